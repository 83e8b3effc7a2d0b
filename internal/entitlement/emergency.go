package entitlement

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/fault"
)

// EmergencySettings make a policy one for emergencies: it gives access at
// once, whoever would have to approve, and has each use reviewed afterwards.
type EmergencySettings struct {
	Reviewers    []SubjectSet // empty: the owners of the catalog
	ReviewWithin Duration     // after it a review is overdue
}

// defaultReviewWithin is how long a review waits when the policy does not say.
const defaultReviewWithin = Duration("P3D")

var emergencyPlace = place{"@grantkeep.emergency", "a reviewer of emergencies", []SubjectSetKind{
	SetUser, SetGroup, SetRequestorManager, SetInternalSponsors, SetExternalSponsors, SetTargetSponsors,
}}

func (p Policy) checkEmergency() error {
	if p.Emergency == nil {
		return nil
	}
	bad := func(format string, args ...any) error {
		return fault.New(fault.Invalid, "InvalidEmergency", format, args...).At("@grantkeep.emergency")
	}
	if p.Automatic != nil {
		return bad("An automatic policy cannot be one for emergencies; take automaticRequestSettings or @grantkeep.emergency out.")
	}
	if n := p.Emergency.ReviewWithin.Length(); n < time.Minute || n > maxStageDays*24*time.Hour {
		return bad("reviewDuration must be between a minute and %d days.", maxStageDays)
	}
	return emergencyPlace.check(p.Emergency.Reviewers)
}

// Bypassed returns everybody whom the stages of approval ask, their stand-ins
// and alternates among them: those whom an emergency skips.
func (p Policy) Bypassed() []SubjectSet {
	var all []SubjectSet
	for _, s := range p.Approval.Stages {
		all = slices.Concat(all, s.Primary, s.FallbackPrimary, s.Escalation, s.FallbackEscalate)
	}
	return all
}

// EmergencyStatus is where the review of an emergency stands.
type EmergencyStatus string

// The statuses of a review.
const (
	EmergencyOpen    EmergencyStatus = "open"
	EmergencyOverdue EmergencyStatus = "overdue" // nobody decided in time; somebody still has to
	EmergencyKept    EmergencyStatus = "accessKept"
	EmergencyRemoved EmergencyStatus = "accessRemoved"
)

// EmergencyEvent is something that happens to the review of an emergency.
type EmergencyEvent string

// The events in the life of a review.
const (
	EmergencyLapse  EmergencyEvent = "lapse" // its time is up
	EmergencyKeep   EmergencyEvent = "keepAccess"
	EmergencyRemove EmergencyEvent = "removeAccess"
)

// emergencyTransitions is the whole life of a review. What is not listed
// cannot happen.
var emergencyTransitions = []struct {
	From EmergencyStatus
	On   EmergencyEvent
	To   EmergencyStatus
}{
	{EmergencyOpen, EmergencyLapse, EmergencyOverdue},
	{EmergencyOpen, EmergencyKeep, EmergencyKept},
	{EmergencyOpen, EmergencyRemove, EmergencyRemoved},
	{EmergencyOverdue, EmergencyKeep, EmergencyKept},
	{EmergencyOverdue, EmergencyRemove, EmergencyRemoved},
}

// Allows reports whether the event can happen to a review in this status.
func (s EmergencyStatus) Allows(e EmergencyEvent) bool {
	_, ok := s.after(e)
	return ok
}

func (s EmergencyStatus) after(e EmergencyEvent) (EmergencyStatus, bool) {
	for _, t := range emergencyTransitions {
		if t.From == s && t.On == e {
			return t.To, true
		}
	}
	return "", false
}

// EmergencyStatuses returns every status, in the order of a life.
func EmergencyStatuses() []EmergencyStatus {
	return []EmergencyStatus{EmergencyOpen, EmergencyOverdue, EmergencyKept, EmergencyRemoved}
}

// EmergencyReview looks back at one use of a policy for emergencies. Somebody
// has to say whether the access stays, even if it has ended by then.
type EmergencyReview struct {
	ID      RequestID // of the request that used the policy
	Version int64

	Catalog      CatalogID
	Package      PackageID
	Policy       PolicyID
	Assignment   AssignmentID
	Target       directory.ObjectID
	Organization OrgID // of a target from outside

	// Barred may not decide: who got the access, who asked for it, who sent
	// the request.
	Barred []directory.ObjectID

	Reviewers []SubjectSet // empty: the owners of the catalog
	Bypassed  []SubjectSet // who would have had to approve

	Status        EmergencyStatus
	OpenedAt      time.Time
	DueAt         time.Time
	ReviewedBy    Actor // zero while nobody has decided
	ReviewedAt    time.Time
	Justification string
}

// NewEmergencyReview opens the review of a request under a policy for
// emergencies.
func NewEmergencyReview(r Request, p Policy, now time.Time) EmergencyReview {
	x := EmergencyReview{
		ID: r.ID, Catalog: r.Catalog, Package: r.Package, Policy: r.Policy, Assignment: r.Assignment,
		Target: r.Target, Organization: r.Organization, Barred: slices.Compact([]directory.ObjectID{r.Target, r.Requestor, r.CreatedBy}),
		Reviewers: p.Emergency.Reviewers, Bypassed: p.Bypassed(),
		Status: EmergencyOpen, OpenedAt: now, DueAt: now.Add(p.Emergency.ReviewWithin.Length()),
	}
	if r.ApprovalNeeded { // of an extension: nobody was skipped
		x.Bypassed = nil
	}
	return x
}

// Pending reports whether somebody still has to decide.
func (x EmergencyReview) Pending() bool { return x.Status.Allows(EmergencyKeep) }

// Lapse makes the review overdue; ok is false if it is not open any more, and
// then nothing happened.
func (x EmergencyReview) Lapse() (EmergencyReview, bool) {
	to, ok := x.Status.after(EmergencyLapse)
	if ok {
		x.Status = to
	}
	return x, ok
}

// Decide closes the review. Faults: Conflict if it is closed already, Invalid
// if nobody says why.
func (x EmergencyReview) Decide(remove bool, justification string, by Actor, now time.Time) (EmergencyReview, error) {
	event := EmergencyKeep
	if remove {
		event = EmergencyRemove
	}
	to, ok := x.Status.after(event)
	switch {
	case !ok:
		return x, fault.New(fault.Conflict, "Conflict", "The review is closed: its status is %s. A decision cannot be changed; access that should go can be removed by a request.", x.Status)
	case strings.TrimSpace(justification) == "":
		return x, fault.New(fault.Invalid, "JustificationRequired", "Those who review an emergency say why they decide so; set justification.").At("justification")
	case utf8.RuneCountInString(justification) > MaxJustification:
		return x, fault.New(fault.Invalid, "InvalidModel", "justification is longer than %d characters.", MaxJustification).At("justification")
	}
	x.Status, x.ReviewedBy, x.ReviewedAt, x.Justification = to, by, now, justification
	return x, nil
}

// EmergencyReviewView includes "target" and "package".
type EmergencyReviewView struct {
	EmergencyReview
	AssignedToMe bool // the caller may decide now
	OfTarget     *Subject
	OfPackage    *PackageView
}

// Notice returns what is to be told of the review. newID makes its id.
func (x EmergencyReview) Notice(event MessageEvent, by Actor, now time.Time, newID func() string) Notice {
	return Notice{ID: NoticeID(newID()), Due: now, Event: event, Request: x.ID, Assignment: x.Assignment, At: now, By: by, Reason: x.Justification}
}

// OpeningNotices returns what is to be told when the review opens, and the
// reminder at half of its time.
func (x EmergencyReview) OpeningNotices(by Actor, newID func() string) []Notice {
	reminder := x.Notice(EmergencyReminder, System, x.OpenedAt, newID)
	reminder.Due = halfway(x.OpenedAt, x.DueAt)
	return []Notice{
		x.Notice(EmergencyTold, by, x.OpenedAt, newID), x.Notice(EmergencyReviewNeeded, by, x.OpenedAt, newID), reminder,
	}
}
