package entitlement

import (
	"time"
	"unicode/utf8"

	"github.com/grantkeep/grantkeep/internal/fault"
)

// Limits of a policy (policies.md sections 2, 5, 6 and 8).
const (
	maxName        = 256
	maxDescription = 1024
	maxQuestions   = 50
	maxPattern     = 512
	maxDays        = 3660
	maxStageDays   = 365
	minStageLength = time.Minute // emergencies are measured in minutes
)

// defaultTimeOut is how long a stage waits when the policy does not say.
const defaultTimeOut = Duration("P14D")

// Check reports the first rule of policies.md section 15 that the policy
// breaks, as a fault.Invalid. before is what it replaces, the zero value for
// a new policy: an end that has passed since it was set is no reason to
// refuse another edit. maxStages is the server's limit.
func (p Policy) Check(before Policy, maxStages int, now time.Time) error {
	if p.DisplayName == "" || utf8.RuneCountInString(p.DisplayName) > maxName {
		return fault.New(fault.Invalid, "InvalidModel", "displayName is required and holds at most %d characters.", maxName).At("displayName")
	}
	if utf8.RuneCountInString(p.Description) > maxDescription {
		return fault.New(fault.Invalid, "InvalidModel", "description holds at most %d characters.", maxDescription).At("description")
	}
	for _, check := range []func() error{
		p.checkScope, p.checkPlaces, p.checkRules, p.checkAutomatic, p.checkEmergency,
		func() error { return p.checkExpiration(before, now) },
		func() error { return p.Approval.check(maxStages) },
		p.checkReview, p.checkQuestions,
	} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (p Policy) checkExpiration(before Policy, now time.Time) error {
	bad := func(format string, args ...any) error {
		return fault.New(fault.Invalid, "InvalidExpiration", format, args...).At("expiration")
	}
	e := p.Expiration
	if e.Duration != "" && !e.End.IsZero() {
		return bad("An expiration holds a duration or an end, not both.")
	}
	switch e.Type {
	case "", NotSpecified, NoExpiration:
		if e.Duration != "" || !e.End.IsZero() {
			return bad("An expiration of the type %s holds neither duration nor endDateTime.", e.Type)
		}
	case AfterDateTime:
		if e.End.IsZero() {
			return bad("An expiration of the type afterDateTime needs endDateTime.")
		}
		if !e.End.After(now) && !e.End.Equal(before.Expiration.End) {
			return bad("endDateTime must lie in the future.")
		}
	case AfterDuration:
		if n := e.Duration.Length(); n < time.Minute || n > maxDays*24*time.Hour {
			return bad("The duration must be between a minute and %d days.", maxDays)
		}
	}
	return nil
}

func (a ApprovalSettings) check(maxStages int) error {
	if (a.RequiredForAdd || a.RequiredForUpdate) && len(a.Stages) == 0 {
		return fault.New(fault.Invalid, "ApprovalStagesRequired", "Approval is required, so at least one stage is needed.").At("requestApprovalSettings")
	}
	if len(a.Stages) > maxStages {
		return fault.New(fault.Invalid, "TooManyStages", "A policy has at most %d approval stages on this server; the setting approval.maxStages raises that.", maxStages).At("requestApprovalSettings")
	}
	for i, s := range a.Stages {
		if err := s.check(i + 1); err != nil {
			return err
		}
	}
	return nil
}

func (s StageSettings) check(n int) error {
	bad := func(code, format string, args ...any) error {
		return fault.New(fault.Invalid, code, "Stage %d: "+format, append([]any{n}, args...)...).At("requestApprovalSettings")
	}
	timeOut := s.TimeOut.Length()
	if timeOut < minStageLength || timeOut > maxStageDays*24*time.Hour {
		return bad("InvalidEscalation", "the time before automatic denial must be between a minute and %d days.", maxStageDays)
	}
	if s.Dynamic {
		return s.checkDynamic(n)
	}
	if len(s.Primary) == 0 && len(s.FallbackPrimary) == 0 {
		return bad("ApproversRequired", "at least one primary or fallback approver is needed.")
	}
	if s.EscalationEnabled {
		if len(s.Escalation) == 0 && len(s.FallbackEscalate) == 0 {
			return bad("ApproversRequired", "escalation is on, so at least one escalation approver is needed.")
		}
		if after := s.EscalateAfter.Length(); after <= 0 || after >= timeOut {
			return bad("InvalidEscalation", "the time before escalation must be longer than nothing and shorter than the time before automatic denial.")
		}
	}
	return nil
}

func (p Policy) checkReview() error {
	r := p.Review
	if r == nil || !r.Enabled {
		return nil
	}
	if r.Recurrence == nil || r.RoundDuration.Length() <= 0 || r.ExpirationBehavior == "" {
		return fault.New(fault.Invalid, "InvalidReviewSettings",
			"Reviews are on, so recurrence, duration and what happens when nobody answers are needed.").At("reviewSettings")
	}
	return nil
}

// Completed returns the policy with what the client left open filled in:
// time-outs of stages, levels of managers, ids of new questions and extension
// stages. Questions that before had keep their ids; newID makes the others.
func (p Policy) Completed(before Policy, newID func() string) Policy {
	p = p.withLevels()
	if p.Scope == "" {
		p.Scope = ScopeNobody
	}
	for i := range p.Approval.Stages {
		if p.Approval.Stages[i].TimeOut == "" {
			p.Approval.Stages[i].TimeOut = defaultTimeOut
		}
	}
	if p.Emergency != nil && p.Emergency.ReviewWithin == "" {
		p.Emergency.ReviewWithin = defaultReviewWithin // the copy that withLevels made
	}
	p.Questions = withIDs(p.Questions, before.Questions, newID)
	for i := range p.ExtensionStages {
		if p.ExtensionStages[i].ID == "" {
			p.ExtensionStages[i].ID = newID()
		}
	}
	return p
}
