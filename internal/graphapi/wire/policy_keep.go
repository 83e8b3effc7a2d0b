package wire

import (
	"slices"

	"github.com/grantkeep/grantkeep/internal/entitlement"
)

// keepPolicy makes the two versions two views of one policy: what comes back
// as it was read changes nothing of what the other version sees.
func keepPolicy(r *reader, before, after *policyView) {
	keepAcceptance(r, before, after)
	if r.mode == Create {
		return
	}
	if before.Scope == entitlement.ScopeAllExistingOrgsLegacy && after.Scope == entitlement.ScopeAllConfiguredOrgs && r.v == V1 {
		after.Scope = before.Scope // beta's older word for the same
	}
	for i := range min(len(before.Approval.Stages), len(after.Approval.Stages)) {
		keepStage(r.v, &before.Approval.Stages[i], &after.Approval.Stages[i])
	}
	if before.Review != nil && after.Review != nil {
		keepReview(r.v, before.Review, after.Review)
	}
}

// keepAcceptance settles whether requests are accepted, for which v1.0 has
// two flags and beta one (policies.md section 4). Each version decides only
// when what it says of it has changed.
func keepAcceptance(r *reader, before, after *policyView) {
	nobody := after.Scope == entitlement.ScopeNobody
	was, is := &before.Requestor, &after.Requestor
	other := r.mode == Create || nobody != (before.Scope == entitlement.ScopeNobody)
	switch {
	case r.v == V1 && (other || was.SelfAdd != is.SelfAdd || was.OnBehalfAdd != is.OnBehalfAdd):
		after.AcceptRequests = nobody || is.SelfAdd || is.OnBehalfAdd
	case r.v == Beta && (other || before.AcceptRequests != after.AcceptRequests):
		is.SelfAdd = after.AcceptRequests && !nobody
	}
}

// keepStage keeps lengths that beta rounds, and the places that approvers
// have in beta's mixed lists.
func keepStage(v Version, was, is *stageOfPolicy) {
	is.DisplayName = was.DisplayName
	if v == V1 {
		keepPlaces(was.Primary, is.Primary, was.FallbackPrimary, is.FallbackPrimary)
		keepPlaces(was.Escalation, is.Escalation, was.FallbackEscalate, is.FallbackEscalate)
		return
	}
	if daysOf(was.TimeOut) == daysOf(is.TimeOut) {
		is.TimeOut = was.TimeOut
	}
	if minutesOf(was.EscalateAfter) == minutesOf(is.EscalateAfter) {
		is.EscalateAfter = was.EscalateAfter
	}
}

// keepReview keeps what one version of reviews does not have: a recurrence
// without a word of beta's, a length that beta rounds, beta's own flag.
func keepReview(v Version, was, is *review) {
	if v == V1 {
		is.AgenticExperienceEnabled = was.AgenticExperienceEnabled
		if alikeInV1(was, is) {
			*is = *was
		}
		return
	}
	if rhythmOf(was) == rhythmOf(is) {
		is.Recurrence = was.Recurrence
	}
	if daysOf(was.RoundDuration) == daysOf(is.RoundDuration) {
		is.RoundDuration = was.RoundDuration
	}
}

// alikeInV1 reports whether v1.0 tells two reviews apart by anything that is
// the client's to say.
func alikeInV1(a, b *review) bool {
	seen := func(r review) string {
		r.Primary, r.Fallback = undescribed(r.Primary), undescribed(r.Fallback)
		return string(reviewSettingsV1.append(nil, &r, &Shape{Version: V1}))
	}
	return seen(*a) == seen(*b)
}

func undescribed(sets []entitlement.SubjectSet) []entitlement.SubjectSet {
	sets = slices.Clone(sets)
	for i := range sets {
		sets[i].Description = ""
	}
	return sets
}

func keepPlaces(wasFirst, first, wasBackup, backup []entitlement.SubjectSet) {
	same := func(a, b entitlement.SubjectSet) bool {
		return a.Kind == b.Kind && a.ID == b.ID && a.ManagerLevel == b.ManagerLevel && a.Rule == b.Rule
	}
	if !slices.EqualFunc(wasFirst, first, same) || !slices.EqualFunc(wasBackup, backup, same) {
		return
	}
	for i := range first {
		first[i].Place = wasFirst[i].Place
	}
	for i := range backup {
		backup[i].Place = wasBackup[i].Place
	}
}
