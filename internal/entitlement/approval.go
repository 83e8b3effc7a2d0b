package entitlement

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/fault"
)

// StageStatus is the state of one stage of an approval.
type StageStatus string

// The published statuses of a stage (approvals.md section 2).
const (
	StageInitializing StageStatus = "Initializing"
	StageInProgress   StageStatus = "InProgress"
	StageCompleted    StageStatus = "Completed"
	StageExpired      StageStatus = "Expired"
)

// StageResult is what was decided in a stage.
type StageResult string

// The published results of a stage.
const (
	NotReviewed    StageResult = "NotReviewed"
	StageApproved  StageResult = "Approved"
	StageWasDenied StageResult = "Denied"
)

// Approval is the decision on one request, in serial stages. Its id is that
// of the request. Who may decide is found out each time it is asked, so that
// a new member of an approving group can decide at once.
type Approval struct {
	ID        RequestID
	Version   int64
	Catalog   CatalogID
	Target    directory.ObjectID
	Requestor directory.ObjectID
	Stages    []Stage

	Organization OrgID // of the target, whose sponsors may be asked
}

// Stage is one stage of an approval; Settings is a copy of the policy's, so
// that edits do not touch what is running.
type Stage struct {
	ID            StageID
	Settings      StageSettings
	Status        StageStatus
	Result        StageResult
	Escalated     bool
	StartedAt     time.Time
	ReviewedBy    Actor // who decided; zero while open
	ReviewedAt    time.Time
	Justification string

	// Asked are the people and groups that were asked, once it is decided:
	// they find the decision among their own.
	Asked []directory.ObjectID
}

// NewApproval returns the approval of a request, with the first stage in
// progress since now. Settings must not be empty; newID makes stage ids.
func NewApproval(r Request, settings []StageSettings, newID func() string, now time.Time) Approval {
	a := Approval{ID: r.ID, Catalog: r.Catalog, Target: r.Target, Requestor: r.Requestor, Organization: r.Organization}
	for _, s := range settings {
		a.Stages = append(a.Stages, Stage{
			ID: StageID(newID()), Settings: s, Status: StageInitializing, Result: NotReviewed,
		})
	}
	a.Stages[0].Status, a.Stages[0].StartedAt = StageInProgress, now
	return a
}

// Current returns the index of the stage in progress, or -1 if none is.
func (a Approval) Current() int {
	return slices.IndexFunc(a.Stages, func(s Stage) bool { return s.Status == StageInProgress })
}

// Asked returns whom the decided stages had asked, each once.
func (a Approval) Asked() []directory.ObjectID {
	var all []directory.ObjectID
	for _, s := range a.Stages {
		for _, id := range s.Asked {
			if !slices.Contains(all, id) {
				all = append(all, id)
			}
		}
	}
	return all
}

// Clocks returns the instants at which the stage escalates and is denied.
// An escalation at or after the denial never fires (approvals.md 4.1) and is
// returned as the zero time.
func (s Stage) Clocks() (escalateAt, denyAt time.Time) {
	denyAt = s.StartedAt.Add(s.Settings.TimeOut.Length())
	if s.Settings.EscalationEnabled && !s.Escalated && s.Settings.EscalateAfter.Length() > 0 {
		escalateAt = s.StartedAt.Add(s.Settings.EscalateAfter.Length())
		if !escalateAt.Before(denyAt) {
			escalateAt = time.Time{}
		}
	}
	return escalateAt, denyAt
}

// Decision is what an approver says.
type Decision struct {
	Stage         StageID
	Approve       bool
	Justification string
}

// Decide records a decision on the stage in progress and moves the request
// along: to the next stage, on its way to delivery, or to its denial. The
// caller has made sure that by may decide. Faults: NotFound for an unknown
// stage, Conflict if the stage is not in progress (somebody was faster, or
// it is closed), Invalid if a justification is missing.
func (a Approval) Decide(r Request, d Decision, by Actor, now time.Time) (Approval, Change, error) {
	at := slices.IndexFunc(a.Stages, func(s Stage) bool { return s.ID == d.Stage })
	if at < 0 {
		return Approval{}, Change{}, fault.New(fault.NotFound, "ResourceNotFound", "The approval has no stage %s. Read the approval to see those that it has.", d.Stage)
	}
	if a.Stages[at].Status != StageInProgress {
		return Approval{}, Change{}, fault.New(fault.Conflict, "Conflict",
			"The stage is not open for a decision: its status is %s and its result %s. Read the approval again to see which stage is.", a.Stages[at].Status, a.Stages[at].Result)
	}
	if utf8.RuneCountInString(d.Justification) > MaxJustification {
		return Approval{}, Change{}, fault.New(fault.Invalid, "InvalidModel", "justification is longer than %d characters; shorten it.", MaxJustification).At("justification")
	}
	if err := a.Stages[at].CheckJustified(d.Justification); err != nil {
		return Approval{}, Change{}, err
	}
	a.Stages = slices.Clone(a.Stages)
	s := &a.Stages[at]
	s.Status, s.ReviewedBy, s.ReviewedAt, s.Justification = StageCompleted, by, now, d.Justification
	if !d.Approve {
		s.Result = StageWasDenied
		a = a.Close()
		c, ok := r.step(Deny, by, now)
		return a, c.about(d), stepped(r, ok)
	}
	s.Result = StageApproved
	a, c, ok := a.forward(r, at, by, now)
	return a, c.about(d), stepped(r, ok)
}

// CheckJustified is a fault.Invalid "JustificationRequired" if the stage wants
// its approvers to say why, and they say nothing.
func (s Stage) CheckJustified(justification string) error {
	if !s.Settings.ApproverJustificationRequired || strings.TrimSpace(justification) != "" {
		return nil
	}
	return fault.New(fault.Invalid, "JustificationRequired", "The policy asks approvers to say why; set justification.").At("justification")
}

// forward goes on from a stage that was approved: to the next one or, after
// the last, to delivery. The stages are the caller's own copy.
func (a Approval) forward(r Request, at int, by Actor, now time.Time) (Approval, Change, bool) {
	if at+1 == len(a.Stages) {
		c, ok := r.Proceed(by, now)
		c.Stage = a.Stages[at].ID
		return a, c, ok
	}
	next := &a.Stages[at+1]
	next.Status, next.StartedAt = StageInProgress, now
	c, ok := r.step(NextStage, by, now)
	c.After.EscalateAt, c.After.DenyAt = next.Clocks()
	c.Stage, c.Begun = a.Stages[at].ID, next.ID
	return a, c, ok
}

// Concede approves the stage in progress in the name of somebody whose word
// for the request is known already, as justification says; why tells the
// audit log on what ground. ok is false if nothing is in progress.
func (a Approval) Concede(r Request, in Actor, justification, why string, now time.Time) (Approval, Change, bool) {
	at := a.Current()
	if at < 0 {
		return a, Change{}, false
	}
	a.Stages = slices.Clone(a.Stages)
	s := &a.Stages[at]
	s.Status, s.Result, s.ReviewedBy, s.ReviewedAt, s.Justification = StageCompleted, StageApproved, in, now, justification
	a, c, ok := a.forward(r, at, System, now)
	c.Reason = why
	return a, c, ok
}

// Escalate asks the alternates of the stage in progress too; the first
// approvers can still decide. ok is false if it has none, or asked them
// already.
func (a Approval) Escalate(r Request, now time.Time) (Approval, Change, bool) {
	at := a.Current()
	if at < 0 || !a.Stages[at].Settings.EscalationEnabled || a.Stages[at].Escalated {
		return a, Change{}, false
	}
	c, ok := r.step(Escalate, System, now)
	if !ok {
		return a, Change{}, false
	}
	a.Stages = slices.Clone(a.Stages)
	a.Stages[at].Escalated = true
	c.After.EscalateAt, c.After.DenyAt = a.Stages[at].Clocks()
	c.Stage = a.Stages[at].ID
	return a, c, true
}

// TimeOut denies the request because nobody decided.
func (a Approval) TimeOut(r Request, now time.Time) (Approval, Change, bool) {
	c, ok := r.step(TimeOut, System, now)
	at := a.Current()
	if !ok || at < 0 {
		return a, Change{}, false
	}
	a.Stages = slices.Clone(a.Stages)
	a.Stages[at].Status = StageExpired
	c.Stage = a.Stages[at].ID
	return a.Close(), c, true
}

// Close ends all stages that are open, as happens when the request is
// denied, canceled or timed out.
func (a Approval) Close() Approval {
	a.Stages = slices.Clone(a.Stages)
	for i := range a.Stages {
		if s := &a.Stages[i]; s.Status == StageInProgress || s.Status == StageInitializing {
			s.Status = StageCompleted
		}
	}
	return a
}

// Approvers returns the sets of people who are asked in the stage now, as
// primary sets with their fallbacks, and the alternates once it escalated.
// Fallbacks count only where the sets before them resolve to nobody
// (approvals.md section 4.2), which only the use case can find out.
func (s Stage) Approvers() (primary, fallback, escalation, escalationFallback []SubjectSet) {
	primary, fallback = s.Settings.Primary, s.Settings.FallbackPrimary
	if s.Escalated {
		escalation, escalationFallback = s.Settings.Escalation, s.Settings.FallbackEscalate
	}
	return primary, fallback, escalation, escalationFallback
}

func (c Change) about(d Decision) Change {
	c.Reason, c.Stage = d.Justification, d.Stage
	return c
}

// stepped turns a missing line of the state table into the fault that a
// decider sees: the request was closed by somebody else meanwhile.
func stepped(r Request, ok bool) error {
	if ok {
		return nil
	}
	return fault.New(fault.Conflict, "Conflict", "The request is no longer waiting for a decision: its status is %s. What was decided stays; a new request can be made.", r.Status)
}
