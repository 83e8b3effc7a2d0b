package entitlement

import (
	"time"

	"github.com/grantkeep/grantkeep/internal/directory"
)

// MessageKind is the way in which a message travels.
type MessageKind string

// The kinds of messages.
const (
	Mail    MessageKind = "mail"
	Webhook MessageKind = "webhook"
)

// Message is a text to one recipient about one event. Messages stand in the
// outbox of their tenant until a sender takes them; they never change.
type Message struct {
	ID    MessageID
	Event MessageEvent
	Kind  MessageKind

	Recipient directory.ObjectID // empty for somebody who is not in the directory
	Address   string             // mail address or URL; empty if none is known
	Subject   string
	Text      string

	// What it is about; empty where there is no such thing.
	Request    RequestID
	Assignment AssignmentID
	Package    PackageID

	// Occasion tells messages of the same event to the same recipient apart:
	// it names the object and what happened to it. The outbox takes no second
	// message of an event about the same occasion to the same recipient.
	Occasion string

	At time.Time // when it was written; a sender may take it from then on
}

// MessageEvent is what a message tells. Webhooks show it as
// "grantkeep.EVENT.v1".
type MessageEvent string

// The events, in the order of emails.md section 3, whose rows the numbers
// name. Rows that nobody gets unless asking for them (24, 25, 27, 31) come
// with the settings of people.
const (
	RequestReceived   MessageEvent = "request.received"            // 1
	RequestMadeForYou MessageEvent = "request.made_for_you"        // 2
	ApprovalNeeded    MessageEvent = "approval.needed"             // 3
	ApprovalReminder  MessageEvent = "approval.reminder"           // 4
	ApprovalEscalated MessageEvent = "approval.escalated"          // 5
	ApprovalPassedOn  MessageEvent = "approval.passed_on"          // 6
	RequestMovedOn    MessageEvent = "request.stage_approved"      // 7
	ApprovalDecided   MessageEvent = "approval.decided"            // 8
	RequestDenied     MessageEvent = "request.denied"              // 9
	RequestTimedOut   MessageEvent = "request.timed_out"           // 10
	ApprovalTimedOut  MessageEvent = "approval.timed_out"          // 11
	RequestLater      MessageEvent = "request.starts_later"        // 12
	RequestWithdrawn  MessageEvent = "request.withdrawn"           // 13
	RequestCanceled   MessageEvent = "request.canceled"            // 14
	ApprovalFallback  MessageEvent = "approval.fallback"           // 18
	ApprovalDeadEnd   MessageEvent = "approval.dead_end"           // 19
	AccessReady       MessageEvent = "assignment.delivered"        // 20
	AccessPartly      MessageEvent = "assignment.partly_delivered" // 21
	AccessFailed      MessageEvent = "assignment.delivery_failed"  // 22
	AccessGiven       MessageEvent = "assignment.given"            // 23
	AccessEndsSoon    MessageEvent = "assignment.ends_soon"        // 26
	AccessExtended    MessageEvent = "assignment.extended"         // 28
	AccessEnded       MessageEvent = "assignment.ended"            // 29
	AccessRemoved     MessageEvent = "assignment.removed"          // 30

	GuestInvited     MessageEvent = "guest.invited"      // 33
	GuestAccessEnded MessageEvent = "guest.access_ended" // 34
	GuestGoesSoon    MessageEvent = "guest.deleted_soon" // 34

	ExtensionFailed MessageEvent = "extension.failed" // 37

	// Emergencies have no rows of their own; a review is told like row 35.
	EmergencyTold         MessageEvent = "emergency.used"
	EmergencyReviewNeeded MessageEvent = "emergency.review_needed"
	EmergencyReminder     MessageEvent = "emergency.review_reminder"
	EmergencyMissed       MessageEvent = "emergency.review_overdue"
	EmergencyDecided      MessageEvent = "emergency.reviewed"
)

// Silenced reports whether a policy that switches assignment notifications
// off silences the event: the rows of emails.md that bear a dagger, and the
// warning of the end, as policies.md section 14 says.
func (e MessageEvent) Silenced() bool {
	return e == AccessReady || e == AccessGiven || e == AccessEndsSoon || e == AccessEnded
}

// Audience is a group of people that a message goes to, seen from what it is
// about.
type Audience string

// The audiences (emails.md section 2).
const (
	ToTarget     Audience = "target"     // who gets or loses the access
	ToRequestor  Audience = "requestor"  // the target, and whoever asked for it
	ToSender     Audience = "sender"     // who asked, on somebody's behalf or not
	ToApprovers  Audience = "approvers"  // who is asked first in the stage
	ToAlternates Audience = "alternates" // who is asked once the stage escalated
	ToAsked      Audience = "asked"      // everybody who was asked so far
	ToOwners     Audience = "owners"     // owners of the catalog and package managers
	ToManagers   Audience = "managers"   // assignment managers of the catalog
	ToGovernors  Audience = "governors"  // Identity Governance Administrators
	ToSponsors   Audience = "sponsors"   // who answers for a guest, or for the organization of one
	ToBypassed   Audience = "bypassed"   // who would have had to approve but for an emergency
	ToReviewers  Audience = "reviewers"  // who reviews the emergency
)

// audiences says who gets the message of an event. Who belongs to several
// gets the message of the first.
var audiences = map[MessageEvent][]Audience{
	RequestReceived:   {ToSender},
	RequestMadeForYou: {ToTarget},
	ApprovalNeeded:    {ToApprovers},
	ApprovalReminder:  {ToApprovers, ToAlternates},
	ApprovalEscalated: {ToAlternates},
	ApprovalPassedOn:  {ToApprovers},
	RequestMovedOn:    {ToRequestor},
	ApprovalDecided:   {ToAsked},
	RequestDenied:     {ToRequestor},
	RequestTimedOut:   {ToRequestor},
	ApprovalTimedOut:  {ToApprovers, ToAlternates, ToOwners},
	RequestLater:      {ToRequestor},
	RequestWithdrawn:  {ToAsked},
	RequestCanceled:   {ToRequestor, ToAsked},
	ApprovalFallback:  {ToOwners},
	ApprovalDeadEnd:   {ToOwners, ToGovernors},
	AccessReady:       {ToRequestor},
	AccessPartly:      {ToTarget, ToManagers},
	AccessFailed:      {ToTarget, ToManagers, ToOwners},
	AccessGiven:       {ToTarget},
	AccessEndsSoon:    {ToTarget},
	AccessExtended:    {ToTarget},
	AccessEnded:       {ToTarget},
	AccessRemoved:     {ToTarget},

	GuestInvited:     {ToTarget, ToSponsors},
	GuestAccessEnded: {ToTarget, ToSponsors},
	GuestGoesSoon:    {ToTarget, ToSponsors},

	ExtensionFailed: {ToOwners},

	EmergencyTold:         {ToBypassed, ToOwners},
	EmergencyReviewNeeded: {ToReviewers},
	EmergencyReminder:     {ToReviewers},
	EmergencyMissed:       {ToOwners, ToGovernors, ToReviewers},
	EmergencyDecided:      {ToRequestor, ToBypassed},
}

// AboutEmergency reports whether the event tells of an emergency or of the
// review that looks back at it.
func (e MessageEvent) AboutEmergency() bool {
	switch e {
	case EmergencyTold, EmergencyReviewNeeded, EmergencyReminder, EmergencyMissed, EmergencyDecided:
		return true
	}
	return false
}

// AboutGuest reports whether the event tells of the account of a guest. A
// guest who may not sign in any more is told, too.
func (e MessageEvent) AboutGuest() bool {
	return e == GuestInvited || e == GuestAccessEnded || e == GuestGoesSoon
}

// Audiences returns who gets the message of the event.
func (e MessageEvent) Audiences() []Audience { return audiences[e] }

// MessageEvents returns every event.
func MessageEvents() []MessageEvent {
	return []MessageEvent{
		RequestReceived, RequestMadeForYou, ApprovalNeeded, ApprovalReminder, ApprovalEscalated, ApprovalPassedOn, RequestMovedOn,
		ApprovalDecided, RequestDenied, RequestTimedOut, ApprovalTimedOut, RequestLater, RequestWithdrawn, RequestCanceled,
		ApprovalFallback, ApprovalDeadEnd, AccessReady, AccessPartly, AccessFailed, AccessGiven, AccessEndsSoon, AccessExtended,
		AccessEnded, AccessRemoved, GuestInvited, GuestAccessEnded, GuestGoesSoon, ExtensionFailed, EmergencyTold, EmergencyReviewNeeded, EmergencyReminder, EmergencyMissed, EmergencyDecided,
	}
}
