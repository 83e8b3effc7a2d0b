package wire

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/grantkeep/grantkeep/internal/entitlement"
)

// TestWhatWasReadChangesNothingWhenItComesBack holds the two versions to one
// policy: whatever it says, a PUT of what a GET showed leaves it as it is, in
// either version, even where that version rounds or has no words.
func TestWhatWasReadChangesNothingWhenItComesBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := policyView{Policy: anyPolicy().Draw(t, "policy")}
		for _, v := range []Version{V1, Beta, V1} {
			before := p
			body := Policy.Append(nil, &p, &Shape{Version: v})
			if err := Policy.Decode(body, v, &p, DecodeOptions{Mode: Replace}); err != nil {
				t.Fatalf("%s: %v: %s", v, err, body)
			}
			if diff := cmp.Diff(before, p); diff != "" {
				t.Fatalf("%s changed the policy (-before +after):\n%s\nby %s", v, diff, body)
			}
		}
	})
}

func anyPolicy() *rapid.Generator[entitlement.Policy] {
	scopes := []entitlement.TargetScope{
		entitlement.ScopeNobody, entitlement.ScopeSpecificUsers, entitlement.ScopeSpecificOrgs, entitlement.ScopeAllMembers,
		entitlement.ScopeAllUsers, entitlement.ScopeAllConfiguredOrgs, entitlement.ScopeAllExternal, entitlement.ScopeAllExistingOrgsLegacy,
	}
	lengths := rapid.SampledFrom([]entitlement.Duration{"", "PT0S", "P14D", "P2W", "PT336H", "PT8H", "PT90M", "PT30S", "P1DT1H"})
	return rapid.Custom(func(t *rapid.T) entitlement.Policy {
		flag := func(name string) bool { return rapid.Bool().Draw(t, name) }
		p := entitlement.Policy{
			ID: idB, Package: idA, DisplayName: "Staff", Description: rapid.SampledFrom([]string{"", "for staff"}).Draw(t, "description"),
			Scope: rapid.SampledFrom(scopes).Draw(t, "scope"), AcceptRequests: flag("accept"),
			AssignmentNotificationDisabled: flag("quiet"),
			Requestor: entitlement.RequestorSettings{
				SelfAdd: flag("self add"), SelfUpdate: flag("self update"), SelfRemove: flag("self remove"), CustomSchedule: flag("schedule"),
				OnBehalfAdd: flag("behalf add"), OnBehalfUpdate: flag("behalf update"), OnBehalfRemove: flag("behalf remove"),
				OnBehalfRequestors: anySets(t, "behalf", entitlement.SetTargetManager),
			},
			AllowedTargets: anySets(t, "targets", entitlement.SetUser, entitlement.SetGroup, entitlement.SetOrg, entitlement.SetRule),
			Approval: entitlement.ApprovalSettings{
				RequiredForAdd: flag("approval add"), RequiredForUpdate: flag("approval update"), RequestorJustificationRequired: flag("why"),
			},
		}
		switch rapid.IntRange(0, 3).Draw(t, "end") {
		case 0:
			p.Expiration = entitlement.Expiration{Type: entitlement.AfterDateTime, End: later}
		case 1:
			p.Expiration = entitlement.Expiration{Type: entitlement.AfterDuration, Duration: lengths.Filter(func(d entitlement.Duration) bool { return d.Length() > 0 }).Draw(t, "lasts")}
		case 2:
			p.Expiration.Type = entitlement.NoExpiration
		default:
			p.Expiration.Type = entitlement.NotSpecified
		}
		kinds := []entitlement.SubjectSetKind{entitlement.SetUser, entitlement.SetGroup, entitlement.SetRequestorManager, entitlement.SetTargetSponsors}
		for range rapid.IntRange(0, 3).Draw(t, "stages") {
			s := entitlement.StageSettings{
				TimeOut: lengths.Filter(func(d entitlement.Duration) bool { return d != "" }).Draw(t, "time out"), EscalateAfter: lengths.Draw(t, "escalate"),
				EscalationEnabled: flag("escalation"), ApproverJustificationRequired: flag("approver why"),
				InformationVisibility: rapid.SampledFrom([]string{"default", "visible", "notVisible"}).Draw(t, "visible"),
				DisplayName:           rapid.SampledFrom([]string{"", "Manager"}).Draw(t, "label"),
			}
			s.Primary, s.FallbackPrimary = mixed(t, "primary", kinds...)
			s.Escalation, s.FallbackEscalate = mixed(t, "escalation", kinds...)
			p.Approval.Stages = append(p.Approval.Stages, s)
		}
		if flag("review") {
			p.Review = anyReview(t, lengths)
		}
		for range rapid.IntRange(0, 2).Draw(t, "questions") {
			p.Questions = append(p.Questions, anyQuestion(t))
		}
		if flag("automatic") {
			p.Automatic = &entitlement.AutomaticSettings{RequestForAllowedTargets: flag("add"), GracePeriod: lengths.Draw(t, "grace")}
		}
		if flag("credentials") {
			p.VerifiedCredentials = []entitlement.VerifiedCredential{{Type: "Card", Issuers: []string{"did:x"}}}
		}
		if flag("extensions") {
			p.ExtensionStages = []entitlement.ExtensionStage{{ID: idC, Stage: "assignmentRequestCreated", Extension: idD, Legacy: flag("legacy")}}
		}
		return p
	})
}

func anySets(t *rapid.T, name string, kinds ...entitlement.SubjectSetKind) []entitlement.SubjectSet {
	var sets []entitlement.SubjectSet
	for range rapid.IntRange(0, 2).Draw(t, name) {
		s := entitlement.SubjectSet{Kind: rapid.SampledFrom(kinds).Draw(t, "kind")}
		switch s.Kind {
		case entitlement.SetRule:
			s.Rule = "x"
		case entitlement.SetRequestorManager, entitlement.SetTargetManager:
			s.ManagerLevel = rapid.IntRange(1, 2).Draw(t, "level")
		case entitlement.SetTargetSponsors:
		default:
			s.ID = rapid.SampledFrom([]string{idA, idB, idC}).Draw(t, "id")
		}
		sets = append(sets, s)
	}
	return sets
}

// mixed makes a list of sets and of those that stand in for them, in any
// order, as beta may have sent them.
func mixed(t *rapid.T, name string, kinds ...entitlement.SubjectSetKind) (first, backups []entitlement.SubjectSet) {
	first, backups = anySets(t, name, kinds...), anySets(t, name+" backups", kinds...)
	if len(first) > 0 && len(backups) > 0 && rapid.Bool().Draw(t, "backups first") {
		for i := range backups {
			backups[i].Place = i + 1
		}
		for i := range first {
			first[i].Place = len(backups) + i + 1
		}
	}
	return first, backups
}

func anyReview(t *rapid.T, lengths *rapid.Generator[entitlement.Duration]) *entitlement.ReviewSettings {
	flag := func(name string) bool { return rapid.Bool().Draw(t, name) }
	r := &entitlement.ReviewSettings{
		Enabled: flag("enabled"), ExpirationBehavior: rapid.SampledFrom([]string{"", "keepAccess", "removeAccess"}).Draw(t, "behaviour"),
		RecommendationEnabled: flag("recommend"), ReviewerJustificationRequired: flag("reviewer why"),
		RoundDuration: lengths.Draw(t, "round"), AgenticExperienceEnabled: flag("agentic"),
		ReviewerType: rapid.SampledFrom([]string{"", selfReview, managerReviews, namedReviewers}).Draw(t, "type"),
	}
	r.SelfReview = r.ReviewerType == selfReview
	if flag("start") {
		r.Start = time.Date(2026, time.March, 1, 0, 0, 0, 0, time.UTC)
	}
	r.Primary, r.Fallback = mixed(t, "reviewers", entitlement.SetUser, entitlement.SetRequestorManager)
	if flag("recurs") {
		r.Recurrence = &entitlement.Recurrence{
			Type: rapid.SampledFrom([]string{"weekly", "absoluteMonthly", "relativeYearly"}).Draw(t, "pattern"), Interval: rapid.IntRange(1, 3).Draw(t, "interval"),
			RangeType: rapid.SampledFrom([]string{"noEnd", "numbered"}).Draw(t, "range"), Occurrences: rapid.IntRange(0, 2).Draw(t, "times"),
		}
	}
	return r
}

func anyQuestion(t *rapid.T) entitlement.Question {
	words := func(name string) entitlement.LocalizedText {
		l := entitlement.LocalizedText{Default: name}
		if rapid.Bool().Draw(t, "translated") {
			l.Translations = []entitlement.Translation{{Language: "de", Text: "x"}}
		}
		return l
	}
	q := entitlement.Question{
		ID: idD, Kind: entitlement.TextQuestion, Text: words("Why?"), Sequence: rapid.IntRange(0, 2).Draw(t, "sequence"),
		Required: rapid.Bool().Draw(t, "required"), AnswerEditable: rapid.Bool().Draw(t, "editable"),
	}
	if rapid.Bool().Draw(t, "choices") {
		q.Kind, q.Multiple = entitlement.ChoiceQuestion, rapid.Bool().Draw(t, "multiple")
		q.Choices = []entitlement.Choice{{Value: "AZ", Text: words("Arizona")}}
		return q
	}
	q.SingleLine, q.Pattern = rapid.Bool().Draw(t, "single"), rapid.SampledFrom([]string{"", "[a-z]+"}).Draw(t, "pattern")
	return q
}
