package entitlement

import (
	"slices"
	"time"

	"github.com/grantkeep/grantkeep/internal/fault"
)

// Updates reports whether requests of this kind change an assignment.
func (k RequestKind) Updates() bool {
	return k == UserExtend || k == UserUpdate || k == AdminUpdate || k == SystemUpdate
}

// Begins reports whether the request asks for an assignment of its own.
func (r Request) Begins() bool { return r.Kind.Adds() && r.Assignment == AssignmentID(r.ID) }

// Updates reports whether the request changes an assignment that exists. A
// renewal does: it is sent like a request for new access, by somebody who
// has it already.
func (r Request) Updates() bool { return r.Kind.Updates() || r.Kind.Adds() && !r.Begins() }

// later reports whether an end is later than another one; the zero time is
// never.
func later(end, than time.Time) bool {
	return !than.IsZero() && (end.IsZero() || end.After(than))
}

// given reports whether somebody asked for an end, were it none at all.
func (e Expiration) given() bool {
	return e.Type == AfterDateTime || e.Type == AfterDuration || e.Type == NoExpiration
}

// limit is the latest instant to which the policy lets the assignment be
// moved; the zero time if there is none. A duration counts from the end that
// the assignment has (policies.md section 5).
func (a Assignment) limit(p Policy, now time.Time) time.Time {
	return p.Expiration.EndFrom(a.base(now))
}

// base is the instant from which durations of a change count.
func (a Assignment) base(now time.Time) time.Time {
	if a.EndsAt.IsZero() {
		return now
	}
	return a.EndsAt
}

// newEnd is when the assignment ends after a change of the given kind: as
// asked, but never past the policy's end. Without a wish an extension and a
// renewal go as far as the policy lets them; an update leaves the end alone.
func (a Assignment) newEnd(kind RequestKind, asked Expiration, p Policy, now time.Time) time.Time {
	switch {
	case asked.given():
		return earliest(a.limit(p, now), asked.EndFrom(a.base(now)))
	case kind == UserExtend || kind.Adds():
		return a.limit(p, now)
	}
	return a.EndsAt
}

// Renewable reports whether the policy lets the assignment last longer than
// it does.
func (a Assignment) Renewable(p Policy, now time.Time) bool {
	return a.State.Allows(Extended) && later(a.limit(p, now), a.EndsAt)
}

// ProlongedBy reports whether the request makes the assignment last longer.
// Who loses nothing by it may also have what is incompatible: only more
// access is checked again.
func (a Assignment) ProlongedBy(r Request, p Policy, now time.Time) bool {
	return later(a.newEnd(r.Kind, r.Schedule.Expiration, p, now), a.EndsAt)
}

// Update applies a request that changes the assignment; ok is false if it
// has ended meanwhile, and then nothing happened.
func (a Assignment) Update(r Request, p Policy, by Actor, now time.Time) (c AssignmentChange, ok bool) {
	c, ok = a.Happen(Extended, by, now)
	if !ok {
		return AssignmentChange{}, false
	}
	c.After.Collected = a.collect(r.Answers)
	c.After.EndsAt = a.newEnd(r.Kind, r.Schedule.Expiration, p, now)
	if !c.After.EndsAt.Equal(a.EndsAt) {
		c.After.Told = "" // what was said is not so any more
	}
	c.After.Extended = a.Extended || later(c.After.EndsAt, a.EndsAt)
	return c, true
}

// Prolongs reports whether the submission would make the assignment in
// f.Held last longer.
func (s Submission) Prolongs(f Facts) bool {
	return later(f.Held.newEnd(s.Kind, s.Schedule.Expiration, f.Policy, f.Now), f.Held.EndsAt)
}

// CheckUpdate applies the rules for changing the assignment in f.Held in the
// documented order (requests.md section 6.4) and reports the first that does
// not hold. Who may send the change is settled before.
func (s Submission) CheckUpdate(f Facts) error {
	for _, check := range []func(Facts) error{
		s.CheckCatalog, s.checkRenewal, s.checkStillTarget, s.checkHeld, s.checkIncompatible,
		s.checkEnd, s.checkAmended, s.checkJustification, s.checkPresented, s.checkRenewalCredentials,
	} {
		if err := check(f); err != nil {
			return err
		}
	}
	return nil
}

// checkRenewal wants of a renewal what is wanted of every new request: that
// the policy accepts them. Extensions have a switch of their own.
func (s Submission) checkRenewal(f Facts) error {
	if s.Kind.Adds() {
		return s.CheckPolicy(f)
	}
	return nil
}

func (s Submission) checkRenewalCredentials(f Facts) error {
	if s.Kind.Adds() {
		return s.checkCredentials(f)
	}
	return nil
}

// checkStillTarget keeps those who left the policy's scope from lasting
// longer; an administrator may still cut their access short.
func (s Submission) checkStillTarget(f Facts) error {
	if f.Admin && !s.Prolongs(f) {
		return nil
	}
	return s.checkTarget(f)
}

func (s Submission) checkHeld(f Facts) error {
	if f.Open != nil {
		return existingOpen(*f.Open)
	}
	if !f.Held.State.Allows(Extended) {
		return fault.New(fault.Invalid, "AssignmentNotActive",
			"The assignment %s cannot be changed while its state is %s; if it has ended, ask for a new one.", f.Held.ID, f.Held.State).At("assignment.id")
	}
	return nil
}

func (s Submission) checkEnd(f Facts) error {
	bad := func(target, format string, args ...any) error {
		return fault.New(fault.Invalid, "InvalidSchedule", format, args...).At(target)
	}
	asked, start := s.Schedule.Expiration, s.Schedule.Start
	if !asked.given() && (s.Kind == UserUpdate || s.Kind == AdminUpdate) && len(s.Answers) == 0 {
		return fault.New(fault.Invalid, "InvalidModel", "An update gives new answers, a new schedule.expiration, or both.").At("schedule")
	}
	if start.After(f.Now) && start.After(f.Held.EndsAt) {
		return bad("schedule.startDateTime", "The assignment %s has begun already and must not have a gap; leave schedule.startDateTime out.", f.Held.ID)
	}
	if (asked.Type == AfterDateTime || asked.Type == AfterDuration) && !f.Admin && !f.Policy.Requestor.CustomSchedule {
		return bad("schedule", "The policy %q does not let requestors choose a period; leave schedule out.", f.Policy.DisplayName)
	}
	end, limit := asked.EndFrom(f.Held.base(f.Now)), f.Held.limit(f.Policy, f.Now)
	if !end.IsZero() && !end.After(f.Now) {
		return bad("schedule.expiration", "The new end must lie in the future; to end access now, remove it.")
	}
	if !limit.IsZero() && end.After(limit) {
		return bad("schedule.expiration", "The policy ends access at %s at the latest; ask for an end until then, or leave expiration out.", limit.Format(time.RFC3339))
	}
	if s.Kind != UserExtend && !s.Kind.Adds() || s.Prolongs(f) {
		return nil
	}
	if f.Held.EndsAt.IsZero() {
		return bad("schedule", "The assignment %s does not end, so there is nothing to extend.", f.Held.ID)
	}
	return bad("schedule.expiration", "The assignment %s ends at %s; an extension has to end later, and the policy ends access at %s at the latest.",
		f.Held.ID, f.Held.EndsAt.Format(time.RFC3339), limit.Format(time.RFC3339))
}

func (s Submission) checkAmended(f Facts) error {
	_, err := f.Policy.Amended(f.Before, s.Answers, f.Admin)
	return err
}

// Amended returns the answers that hold after some were given anew: those
// from before stay where nothing was given. Only an answer to an editable
// question may change, unless an administrator does it; questions that were
// not asked before may be answered. Faults as Answered.
func (p Policy) Amended(before, given []Answer, admin bool) ([]Answer, error) {
	answers := func(all []Answer, id QuestionID) []Answer {
		return slices.DeleteFunc(slices.Clone(all), func(a Answer) bool { return a.Question.ID != id })
	}
	rest, kept := p, map[QuestionID][]Answer{}
	rest.Questions = nil
	for _, q := range p.Questions {
		if old := answers(before, q.ID); len(old) > 0 && len(answers(given, q.ID)) == 0 {
			kept[q.ID] = old
			continue
		}
		rest.Questions = append(rest.Questions, q)
	}
	fresh, err := rest.Answered(given)
	if err != nil {
		return nil, err
	}
	var all []Answer
	for _, q := range p.Questions {
		now, old := answers(fresh, q.ID), answers(before, q.ID)
		same := slices.EqualFunc(now, old, func(a, b Answer) bool { return a.Value == b.Value })
		if len(kept[q.ID]) == 0 && len(old) > 0 && !same && !q.AnswerEditable && !admin {
			return nil, invalidAnswer("The answer to %q (%s) cannot be changed later; an assignment manager can change it.", q.Text.Default, q.ID)
		}
		all = append(append(all, kept[q.ID]...), now...)
	}
	return all, nil
}

// NewUpdate returns the request that changes the assignment in f.Held once
// every check has passed. It takes effect when it is delivered, so it waits
// for no start.
func (s Submission) NewUpdate(id RequestID, f Facts, by Actor, delay time.Duration) Request {
	answers, err := f.Policy.Amended(f.Before, s.Answers, f.Admin)
	if err != nil {
		answers = nil // CheckUpdate refused it before
	}
	r := Request{
		ID: id, Kind: s.Kind, Status: Accepted,
		Catalog: f.Catalog.ID, Package: f.Package.ID, Policy: f.Policy.ID, PolicyVersion: f.Policy.Version,
		Assignment: f.Held.ID,
		Target:     f.Held.Target, Requestor: by.ID, CreatedBy: by.ID,
		CreatedAt: f.Now, NotBefore: f.Now.Add(delay),
		Schedule: Schedule{Expiration: s.Schedule.Expiration}, Justification: s.Justification, Answers: answers, Credentials: s.Credentials,
		ApprovalNeeded: f.Policy.ApprovalRequired(s.Kind), Organization: f.Organization,
	}
	if s.Kind.Adds() {
		// A renewal is no way around the approval of extensions.
		r.ApprovalNeeded = f.Policy.Approval.RequiredForAdd || f.Policy.Approval.RequiredForUpdate
	}
	if s.Kind == AdminUpdate {
		r.Requestor = f.Held.Target // as for direct assignments
	}
	r.Calls = callsAt(f.Policy.callsOf(r.Kind, r.ApprovalNeeded), AtCreation, AtApproval, AtGrant)
	return r
}
