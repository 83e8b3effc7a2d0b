package entitlement_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	. "github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
)

var checkedAt = time.Date(2026, time.January, 5, 9, 0, 0, 0, time.UTC)

// soundPolicy breaks no rule.
func soundPolicy() Policy {
	return Policy{DisplayName: "Staff", Scope: ScopeAllUsers, Expiration: Expiration{Type: NoExpiration}}
}

func users(ids ...string) []SubjectSet {
	var sets []SubjectSet
	for _, id := range ids {
		sets = append(sets, SubjectSet{Kind: SetUser, ID: id})
	}
	return sets
}

func stage(edits ...func(*StageSettings)) func(*Policy) {
	return func(p *Policy) {
		s := StageSettings{TimeOut: "P14D", Primary: users("ben")}
		for _, edit := range edits {
			edit(&s)
		}
		p.Approval.RequiredForAdd = true
		p.Approval.Stages = append(p.Approval.Stages, s)
	}
}

func escalating(after Duration) func(*StageSettings) {
	return func(s *StageSettings) {
		s.EscalationEnabled, s.EscalateAfter, s.Escalation = true, after, users("chi")
	}
}

func ask(q Question) func(*Policy) {
	return func(p *Policy) { p.Questions = append(p.Questions, q) }
}

func text(s string, translations ...Translation) LocalizedText {
	return LocalizedText{Default: s, Translations: translations}
}

func choices(values ...string) []Choice {
	var all []Choice
	for _, v := range values {
		all = append(all, Choice{Value: v, Text: text(v)})
	}
	return all
}

// TestEveryRuleOfPolicies holds each code of policies.md section 15, and the
// limits, to the cases just inside and just outside.
func TestEveryRuleOfPolicies(t *testing.T) {
	t.Parallel()
	expires := func(e Expiration) func(*Policy) { return func(p *Policy) { p.Expiration = e } }
	scope := func(s TargetScope, sets ...SubjectSet) func(*Policy) {
		return func(p *Policy) { p.Scope, p.AllowedTargets = s, sets }
	}
	approver := func(sets ...SubjectSet) func(*Policy) {
		return stage(func(s *StageSettings) { s.Primary = sets })
	}
	onBehalf := func(sets ...SubjectSet) func(*Policy) {
		return func(p *Policy) { p.Requestor.OnBehalfRequestors = sets }
	}
	review := func(r ReviewSettings) func(*Policy) { return func(p *Policy) { p.Review = &r } }
	sound := ReviewSettings{Enabled: true, Recurrence: &Recurrence{Type: "weekly"}, RoundDuration: "P5D", ExpirationBehavior: "keepAccess", Primary: users("ben")}
	many := func(n int) func(*Policy) {
		return func(p *Policy) {
			for i := range n {
				ask(Question{Kind: TextQuestion, Text: text(fmt.Sprint("Question ", i))})(p)
			}
		}
	}
	manager := func(kind SubjectSetKind, level int) SubjectSet {
		return SubjectSet{Kind: kind, ManagerLevel: level}
	}
	tests := []struct {
		name, code string // no code: it is allowed
		edit       func(*Policy)
	}{
		{"nothing", "", func(*Policy) {}},
		{"no name", "InvalidModel", func(p *Policy) { p.DisplayName = "" }},
		{"a name of 256 letters", "", func(p *Policy) { p.DisplayName = strings.Repeat("ö", 256) }},
		{"a name of 257 letters", "InvalidModel", func(p *Policy) { p.DisplayName = strings.Repeat("ö", 257) }},
		{"a description of 1024 letters", "", func(p *Policy) { p.Description = strings.Repeat("ö", 1024) }},
		{"a description of 1025 letters", "InvalidModel", func(p *Policy) { p.Description = strings.Repeat("ö", 1025) }},

		{"a scope of all with a list", "InvalidPolicyScope", scope(ScopeAllMembers, users("ben")...)},
		{"a scope of nobody with a list", "InvalidPolicyScope", scope(ScopeNobody, users("ben")...)},
		{"people without a list", "InvalidPolicyScope", scope(ScopeSpecificUsers)},
		{"organizations without a list", "InvalidPolicyScope", scope(ScopeSpecificOrgs)},
		{"people, groups and rules", "", scope(ScopeSpecificUsers, SubjectSet{Kind: SetUser, ID: "a"}, SubjectSet{Kind: SetGroup, ID: "b"}, SubjectSet{Kind: SetRule, Rule: `(user.department -eq "Sales")`})},
		{"organizations", "", scope(ScopeSpecificOrgs, SubjectSet{Kind: SetOrg, ID: "a"})},
		{"applications", "", scope(ScopeSpecificPrincipals, SubjectSet{Kind: SetServicePrincipal, ID: "a"})},
		{"every application", "", scope(ScopeAllPrincipals)},
		{"every agent", "", scope(ScopeAllAgentIdentities)},
		{"an application among people", "InvalidPolicyScope", scope(ScopeSpecificUsers, SubjectSet{Kind: SetServicePrincipal, ID: "a"})},
		{"an organization among people", "InvalidPolicyScope", scope(ScopeSpecificUsers, SubjectSet{Kind: SetOrg, ID: "a"})},
		{"a person among applications", "InvalidPolicyScope", scope(ScopeSpecificPrincipals, users("a")...)},
		{"a manager among people", "InvalidPolicyScope", scope(ScopeSpecificUsers, manager(SetRequestorManager, 1))},

		{"requestors for others", "", onBehalf(manager(SetTargetManager, 1), manager(SetTargetManager, 4), SubjectSet{Kind: SetAppOwners}, SubjectSet{Kind: SetUser, ID: "a"})},
		{"a manager five levels up", "InvalidPolicyScope", onBehalf(manager(SetTargetManager, 5))},
		{"a manager below", "InvalidPolicyScope", onBehalf(manager(SetTargetManager, -1))},
		{"sponsors ask for others", "InvalidPolicyScope", onBehalf(SubjectSet{Kind: SetTargetSponsors})},
		{"every kind of approver", "", approver(
			SubjectSet{Kind: SetUser, ID: "a"}, SubjectSet{Kind: SetGroup, ID: "b"}, SubjectSet{Kind: SetServicePrincipal, ID: "c"},
			manager(SetRequestorManager, 1), manager(SetRequestorManager, 2), SubjectSet{Kind: SetInternalSponsors},
			SubjectSet{Kind: SetExternalSponsors}, SubjectSet{Kind: SetTargetSponsors}, SubjectSet{Kind: SetAgentSponsors})},
		{"the manager's manager's manager approves", "InvalidPolicyScope", approver(manager(SetRequestorManager, 3))},
		{"a rule approves", "InvalidPolicyScope", approver(SubjectSet{Kind: SetRule, Rule: `(user.department -eq "Sales")`})},
		{"an organization approves", "InvalidPolicyScope", approver(SubjectSet{Kind: SetOrg, ID: "a"})},
		{"the target's manager approves", "InvalidPolicyScope", approver(manager(SetTargetManager, 1))},
		{"a rule is the alternate", "InvalidPolicyScope", stage(escalating("P1D"), func(s *StageSettings) { s.FallbackEscalate = []SubjectSet{{Kind: SetRule}} })},
		{"a rule reviews", "InvalidPolicyScope", review(ReviewSettings{Fallback: []SubjectSet{{Kind: SetRule}}})},

		{"never", "", expires(Expiration{})},
		{"not specified", "", expires(Expiration{Type: NotSpecified})},
		{"a day in the future", "", expires(Expiration{Type: AfterDateTime, End: checkedAt.Add(time.Second)})},
		{"now", "InvalidExpiration", expires(Expiration{Type: AfterDateTime, End: checkedAt})},
		{"a day without a date", "InvalidExpiration", expires(Expiration{Type: AfterDateTime})},
		{"a duration without one", "InvalidExpiration", expires(Expiration{Type: AfterDuration})},
		{"a duration and a day", "InvalidExpiration", expires(Expiration{Type: AfterDuration, Duration: "P1D", End: checkedAt.Add(time.Hour)})},
		{"a day for a duration", "InvalidExpiration", expires(Expiration{Type: AfterDuration, End: checkedAt.Add(time.Hour)})},
		{"a duration for a day", "InvalidExpiration", expires(Expiration{Type: AfterDateTime, Duration: "P1D"})},
		{"never after a duration", "InvalidExpiration", expires(Expiration{Type: NoExpiration, Duration: "P1D"})},
		{"not specified until a day", "InvalidExpiration", expires(Expiration{Type: NotSpecified, End: checkedAt.Add(time.Hour)})},
		{"eight hours", "", expires(Expiration{Type: AfterDuration, Duration: "PT8H"})},
		{"a minute", "", expires(Expiration{Type: AfterDuration, Duration: "PT1M"})},
		{"a second", "InvalidExpiration", expires(Expiration{Type: AfterDuration, Duration: "PT59S"})},
		{"3660 days", "", expires(Expiration{Type: AfterDuration, Duration: "P3660D"})},
		{"3661 days", "InvalidExpiration", expires(Expiration{Type: AfterDuration, Duration: "P3661D"})},

		{"approval to add without stages", "ApprovalStagesRequired", func(p *Policy) { p.Approval.RequiredForAdd = true }},
		{"approval to extend without stages", "ApprovalStagesRequired", func(p *Policy) { p.Approval.RequiredForUpdate = true }},
		{"stages without approval are kept", "", func(p *Policy) { stage()(p); p.Approval.RequiredForAdd = false }},
		{"three stages", "", func(p *Policy) { stage()(p); stage()(p); stage()(p) }},
		{"four stages", "TooManyStages", func(p *Policy) { stage()(p); stage()(p); stage()(p); stage()(p) }},
		{"nobody approves", "ApproversRequired", approver()},
		{"only fallbacks approve", "", stage(func(s *StageSettings) { s.Primary, s.FallbackPrimary = nil, users("ben") })},
		{"escalation to nobody", "ApproversRequired", stage(func(s *StageSettings) { s.EscalationEnabled, s.EscalateAfter = true, "P1D" })},
		{"escalation to fallbacks only", "", stage(func(s *StageSettings) {
			s.EscalationEnabled, s.EscalateAfter, s.FallbackEscalate = true, "P1D", users("chi")
		})},
		{"escalation at once", "InvalidEscalation", stage(escalating("PT0S"))},
		{"escalation with the time-out", "InvalidEscalation", stage(escalating("P14D"))},
		{"escalation before the time-out", "", stage(escalating("P13D"))},
		{"a length without escalation means nothing", "", stage(func(s *StageSettings) { s.EscalateAfter = "P99D" })},
		{"a stage of a minute", "", stage(func(s *StageSettings) { s.TimeOut = "PT1M" })},
		{"a stage of less than a minute", "InvalidEscalation", stage(func(s *StageSettings) { s.TimeOut = "PT59S" })},
		{"a stage of a year", "", stage(func(s *StageSettings) { s.TimeOut = "P365D" })},
		{"a stage of more than a year", "InvalidEscalation", stage(func(s *StageSettings) { s.TimeOut = "P366D" })},

		{"a review", "", review(sound)},
		{"a review that is off", "", review(ReviewSettings{})},
		{"a review that does not recur", "InvalidReviewSettings", review(ReviewSettings{Enabled: true, RoundDuration: "P5D", ExpirationBehavior: "keepAccess"})},
		{"a review without an end", "InvalidReviewSettings", review(ReviewSettings{Enabled: true, Recurrence: sound.Recurrence, ExpirationBehavior: "keepAccess"})},
		{"a review of no time", "InvalidReviewSettings", review(ReviewSettings{Enabled: true, Recurrence: sound.Recurrence, RoundDuration: "P0D", ExpirationBehavior: "keepAccess"})},
		{"a review without behaviour", "InvalidReviewSettings", review(ReviewSettings{Enabled: true, Recurrence: sound.Recurrence, RoundDuration: "P5D"})},

		{"50 questions", "", many(50)},
		{"51 questions", "InvalidQuestion", many(51)},
		{"a question without a text", "InvalidQuestion", ask(Question{Kind: TextQuestion, Text: text(" ")})},
		{"a pattern", "", ask(Question{Kind: TextQuestion, Text: text("Why?"), Pattern: `[A-Z]{2}\d+`})},
		{"no pattern", "InvalidQuestion", ask(Question{Kind: TextQuestion, Text: text("Why?"), Pattern: "["})},
		{"a pattern of another language", "InvalidQuestion", ask(Question{Kind: TextQuestion, Text: text("Why?"), Pattern: "(?=a)b"})},
		{"a pattern that gets out of its anchors", "InvalidQuestion", ask(Question{Kind: TextQuestion, Text: text("Why?"), Pattern: "a)|(b"})},
		{"a pattern that repeats too often", "InvalidQuestion", ask(Question{Kind: TextQuestion, Text: text("Why?"), Pattern: "(((a{100}){100}){100}){100}"})},
		{"a pattern of 512 letters", "", ask(Question{Kind: TextQuestion, Text: text("Why?"), Pattern: strings.Repeat("ö", 512)})},
		{"a pattern of 513 letters", "InvalidQuestion", ask(Question{Kind: TextQuestion, Text: text("Why?"), Pattern: strings.Repeat("ö", 513)})},
		{"choices", "", ask(Question{Kind: ChoiceQuestion, Text: text("Where?"), Choices: choices("AZ", "WA")})},
		{"no choices", "InvalidQuestion", ask(Question{Kind: ChoiceQuestion, Text: text("Where?")})},
		{"a choice without a value", "InvalidQuestion", ask(Question{Kind: ChoiceQuestion, Text: text("Where?"), Choices: choices("AZ", "")})},
		{"a choice twice", "InvalidQuestion", ask(Question{Kind: ChoiceQuestion, Text: text("Where?"), Choices: choices("AZ", "AZ")})},
		{"texts in two languages", "", ask(Question{Kind: TextQuestion, Text: text("Why?", Translation{"de", "Warum?"}, Translation{"fr-CA", "Pourquoi?"})})},
		{"two texts in a language", "InvalidQuestion", ask(Question{Kind: TextQuestion, Text: text("Why?", Translation{"fr-CA", "a"}, Translation{"FR-ca", "b"})})},
		{"a language that is none", "InvalidQuestion", ask(Question{Kind: TextQuestion, Text: text("Why?", Translation{"french", "a"})})},
		{"two texts of a choice in a language", "InvalidQuestion", ask(Question{
			Kind: ChoiceQuestion, Text: text("Where?"), Choices: []Choice{{Value: "AZ", Text: text("Arizona", Translation{"de", "a"}, Translation{"de", "b"})}},
		})},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := soundPolicy()
			tt.edit(&p)
			err := p.Check(Policy{}, 3, checkedAt)
			if tt.code == "" && err != nil || tt.code != "" && (!fault.Is(err, fault.Invalid) || fault.Of(err).Code != tt.code) {
				t.Errorf("%v, want %q", err, tt.code)
			}
		})
	}
}

func TestStagesHaveNoLimitButTheServers(t *testing.T) {
	t.Parallel()
	p := soundPolicy()
	for range 5 {
		stage()(&p)
	}
	if err := p.Check(Policy{}, 5, checkedAt); err != nil {
		t.Error(err)
	}
	if err := p.Check(Policy{}, 4, checkedAt); err == nil || !strings.Contains(err.Error(), "approval.maxStages") {
		t.Errorf("%v, want a sentence that names the setting", err)
	}
}

func TestAnEndThatHasPassedIsNoReasonToRefuseAnotherEdit(t *testing.T) {
	t.Parallel()
	p := soundPolicy()
	p.Expiration = Expiration{Type: AfterDateTime, End: checkedAt.Add(-time.Hour)}
	before := p
	p.DisplayName = "Renamed"
	if err := p.Check(before, 3, checkedAt); err != nil {
		t.Errorf("renamed: %v", err)
	}
	p.Expiration.End = checkedAt.Add(-time.Minute)
	if err := p.Check(before, 3, checkedAt); err == nil {
		t.Error("another end in the past was taken")
	}
}

func TestCompletedFillsInWhatIsLeftOpen(t *testing.T) {
	t.Parallel()
	n := 0
	newID := func() string { n++; return fmt.Sprint("new", n) }
	question := func(id QuestionID, s string) Question {
		return Question{ID: id, Kind: TextQuestion, Text: text(s)}
	}
	before := Policy{Questions: []Question{question("a", "A"), question("b", "B")}}
	p := Policy{
		AllowedTargets: []SubjectSet{{Kind: SetRequestorManager}},
		Requestor:      RequestorSettings{OnBehalfRequestors: []SubjectSet{{Kind: SetTargetManager, ManagerLevel: 3}}},
		Approval:       ApprovalSettings{Stages: []StageSettings{{}}},
		Questions:      []Question{question("b", "B"), question("", "C"), question("client's", "D"), question("b", "E")},
	}
	got := p.Completed(before, newID)
	var ids []QuestionID
	for _, q := range got.Questions {
		ids = append(ids, q.ID)
	}
	if want := []QuestionID{"b", "new1", "new2", "new3"}; !slices.Equal(ids, want) {
		t.Errorf("questions %v, want %v: only ids of before are kept, each once", ids, want)
	}
	if got.Scope != ScopeNobody || got.Approval.Stages[0].TimeOut != "P14D" ||
		got.AllowedTargets[0].ManagerLevel != 1 || got.Requestor.OnBehalfRequestors[0].ManagerLevel != 3 {
		t.Errorf("completed %+v", got)
	}
	if p.Questions[1].ID != "" || p.Approval.Stages[0].TimeOut != "" || p.AllowedTargets[0].ManagerLevel != 0 {
		t.Error("the original was changed")
	}
}
