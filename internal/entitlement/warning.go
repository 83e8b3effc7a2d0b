package entitlement

import (
	"slices"
	"time"
)

// Announcement is what people were last told about the end of an assignment.
// It is the assignment's published status then.
type Announcement string

// The published announcements; empty for none.
const (
	TwoWeeksLeft Announcement = "NearExpiry14DayNotificationTriggered"
	OneDayLeft   Announcement = "NearExpiry1DayNotificationTriggered"
	EndTold      Announcement = "ExpiredNotificationTriggered"
)

// Announcements returns every announcement, in the order of a life.
func Announcements() []Announcement { return []Announcement{TwoWeeksLeft, OneDayLeft, EndTold} }

const (
	aDay = 24 * time.Hour

	// Whoever has access for less than a month, or two days, is told about
	// its end later (emails.md row 26).
	shortAccess  = 30 * aDay
	briefAccess  = 2 * aDay
	shortWarning = 7 * aDay
	briefWarning = time.Hour
)

// warnings are the moments before the end of an assignment at which its
// status changes, extensions are called or its target gets a message, in the
// order in which they come (requests.md section 9.1).
var warnings = []struct {
	lead  time.Duration
	says  Announcement                   // empty: the status stays
	stage CalloutStage                   // whose extensions are called; empty for none
	mails func(lasts time.Duration) bool // by how long the access lasts in all
}{
	{14 * aDay, TwoWeeksLeft, TwoWeeksBefore, func(lasts time.Duration) bool { return lasts >= shortAccess }},
	{shortWarning, "", "", func(lasts time.Duration) bool { return lasts < shortAccess }},
	{aDay, OneDayLeft, OneDayBefore, func(lasts time.Duration) bool { return lasts >= briefAccess }},
	{briefWarning, "", "", func(lasts time.Duration) bool { return lasts < briefAccess }},
}

// Warning is what becomes of an assignment when its end has come near.
type Warning struct {
	After Assignment
	Calls []Call // the extensions to call, in order
	Mails bool   // its target is to get a message, if an extension is possible
}

// Warn returns what is due at now before the end of the assignment; ok is
// false if nothing is. Moments that were missed are made up for together: one
// message tells of the end, whichever of them it is.
func (a Assignment) Warn(now time.Time) (w Warning, ok bool) {
	w.After = a
	for i, due := range a.warningsAhead() {
		if due.IsZero() || due.After(now) {
			continue
		}
		at := warnings[i]
		ok = true
		w.After.Warned = now
		if at.says != "" {
			w.After.Told = at.says
			w.Calls = append(w.Calls, callsAt(a.Calls, at.stage)...)
		}
		w.Mails = w.Mails || at.mails(a.EndsAt.Sub(a.CreatedAt))
	}
	return w, ok
}

// warningsAhead returns when each of the warnings is due, and the zero time
// for those that were given, that mean nothing to this assignment, or for
// which it is too short. An end that is moved is warned of again.
func (a Assignment) warningsAhead() []time.Time {
	all := make([]time.Time, len(warnings))
	if a.EndsAt.IsZero() || a.State != AssignmentDelivered && a.State != AssignmentPartial {
		return all
	}
	for i, w := range warnings {
		due := a.EndsAt.Add(-w.lead)
		if due.After(a.CreatedAt) && due.After(a.Warned) && (w.says != "" || w.mails(a.EndsAt.Sub(a.CreatedAt))) {
			all[i] = due
		}
	}
	return all
}

// nextWarning is when the first warning is due that is ahead; the zero time
// if there is none.
func (a Assignment) nextWarning() time.Time { return earliest(a.warningsAhead()...) }

// Extendable reports whether its target may ask for the assignment to last
// longer. Only such people are told that it ends (policies.md section 5).
func (a Assignment) Extendable(p Policy, now time.Time) bool {
	return p.Requestor.SelfUpdate && a.GraceUntil.IsZero() && a.Renewable(p, now)
}

// Notices returns what is to be told of the warning.
func (w Warning) Notices(newID func() string, now time.Time) []Notice {
	if !w.Mails {
		return nil
	}
	return []Notice{{ID: NoticeID(newID()), Due: now, Event: AccessEndsSoon, Assignment: w.After.ID, At: now, By: System}}
}

// endTellers are the messages by which somebody learns that access ended.
var endTellers = []MessageEvent{AccessEnded, AccessRemoved}

// startTellers are the messages by which those who asked learn that they have
// what they asked for.
var startTellers = []MessageEvent{AccessReady, AccessGiven, AccessExtended}

// TellsEnd reports whether a message of the event tells that access ended.
func (e MessageEvent) TellsEnd() bool { return slices.Contains(endTellers, e) }

// TellsStart reports whether a message of the event tells those who asked that
// they have what they asked for.
func (e MessageEvent) TellsStart() bool { return slices.Contains(startTellers, e) }

// TellEnd notes that its target was told that the assignment ended; ok is
// false if it has not, or if that was known.
func (a Assignment) TellEnd() (after Assignment, ok bool) {
	if a.State != AssignmentExpired || a.Told == EndTold {
		return a, false
	}
	a.Told = EndTold
	return a, true
}
