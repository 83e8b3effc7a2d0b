package entitlement

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/fault"
)

var (
	noon  = time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
	adele = Actor{Kind: ByUser, ID: "adele", Name: "adele@contoso.example"}
	ben   = Actor{Kind: ByUser, ID: "ben", Name: "ben@contoso.example"}
)

func TestCancelIsPossibleUntilDeliveryStarts(t *testing.T) {
	t.Parallel()
	for _, s := range Statuses() {
		r := Request{ID: "r", Kind: UserAdd, Status: s, NotBefore: noon, EscalateAt: noon, DenyAt: noon}
		c, err := r.Cancel(adele, noon)
		if s.Allows(Cancel) {
			if err != nil {
				t.Errorf("%s: %v", s, err)
			}
			if c.After.Status != Canceled || !c.After.CompletedAt.Equal(noon) || !c.After.NextDue().IsZero() {
				t.Errorf("%s: after cancel %+v", s, c.After)
			}
			if len(c.Effects) != 1 {
				t.Errorf("%s: cancel closes the approval, effects %v", s, c.Effects)
			}
			continue
		}
		if f := fault.Of(err); f.Kind != fault.Invalid || f.Code != "RequestNotCancelable" || !strings.Contains(f.Message, s.String()) {
			t.Errorf("%s: the refusal is %v", s, err)
		}
	}
}

// Whatever happens, in whatever order: a closed request stays closed, unless
// its delivery is tried again, and nothing is due; an open one is not
// completed.
func TestClosedRequestsStayClosedAndAreNeverDue(t *testing.T) {
	t.Parallel()
	events := []Event{
		AskApproval, NextStage, Escalate, Deny, TimeOut, Wait, Start, Deliver, DeliverPart, Fail, Cancel, Reprocess,
		CallCreated, CallApproved, CallDelivered, Resume, Withdraw, GiveUp,
	}
	rapid.Check(t, func(rt *rapid.T) {
		r := Request{ID: "r", Kind: UserAdd, Status: Accepted, NotBefore: noon, Schedule: Schedule{Start: noon.Add(time.Hour)}}
		now := noon
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			e := rapid.SampledFrom(events).Draw(rt, "event")
			now = now.Add(time.Minute)
			c, ok := r.Happen(e, System, now)
			if ok != r.Status.Allows(e) {
				rt.Fatalf("%s on %s: ok = %v", r.Status, e, ok)
			}
			if !ok {
				continue
			}
			if r.Status.Final() && e != Reprocess {
				rt.Fatalf("%s moved on %s although it is final", r.Status, e)
			}
			r = c.After
			if r.Status.Final() != !r.CompletedAt.IsZero() {
				rt.Fatalf("%s: completed at %v", r.Status, r.CompletedAt)
			}
			if r.Status.Final() && !r.NextDue().IsZero() {
				rt.Fatalf("%s is due at %v", r.Status, r.NextDue())
			}
		}
	})
}

func stages(n int) []StageSettings {
	s := make([]StageSettings, n)
	for i := range s {
		s[i] = StageSettings{TimeOut: "P14D", Primary: []SubjectSet{{Kind: SetUser, ID: "ben"}}}
	}
	return s
}

func counter() func() string {
	n := 0
	return func() string { n++; return "id-" + string(rune('a'+n-1)) }
}

func pending(n int, edit func(*StageSettings)) (Request, Approval) {
	r := Request{ID: "r", Kind: UserAdd, Status: Accepted, Target: "adele"}
	c, _ := r.Happen(AskApproval, System, noon)
	settings := stages(n)
	if edit != nil {
		for i := range settings {
			edit(&settings[i])
		}
	}
	a := NewApproval(c.After, settings, counter(), noon)
	c.After.EscalateAt, c.After.DenyAt = a.Stages[0].Clocks()
	return c.After, a
}

func TestStagesAreDecidedInOrder(t *testing.T) {
	t.Parallel()
	r, a := pending(2, nil)
	if _, _, err := a.Decide(r, Decision{Stage: a.Stages[1].ID, Approve: true}, ben, noon); !fault.Is(err, fault.Conflict) {
		t.Errorf("deciding a stage that has not begun: %v", err)
	}
	a2, c, err := a.Decide(r, Decision{Stage: a.Stages[0].ID, Approve: true}, ben, noon.Add(time.Hour))
	if err != nil || c.After.Status != PendingApproval || a2.Current() != 1 {
		t.Fatalf("first stage: %v, %s, stage %d", err, c.After.Status, a2.Current())
	}
	if want := noon.Add(time.Hour + 14*24*time.Hour); !c.After.DenyAt.Equal(want) {
		t.Errorf("the second stage has its own clock: %v, want %v", c.After.DenyAt, want)
	}
	if _, _, err := a2.Decide(c.After, Decision{Stage: a.Stages[0].ID}, ben, noon); !fault.Is(err, fault.Conflict) {
		t.Errorf("deciding a stage twice: %v", err)
	}
	a3, c, err := a2.Decide(c.After, Decision{Stage: a.Stages[1].ID, Approve: true}, ben, noon)
	if err != nil || c.After.Status != Delivering || a3.Current() != -1 {
		t.Errorf("last stage: %v, %s", err, c.After.Status)
	}
	if a.Stages[0].Status != StageInProgress {
		t.Error("Decide changed the approval it was called on")
	}
}

func TestOneDenialEndsTheRequest(t *testing.T) {
	t.Parallel()
	r, a := pending(3, nil)
	a, c, err := a.Decide(r, Decision{Stage: a.Stages[0].ID, Justification: "no"}, ben, noon)
	if err != nil || c.After.Status != Denied {
		t.Fatalf("%v, %s", err, c.After.Status)
	}
	for i, s := range a.Stages {
		if s.Status != StageCompleted {
			t.Errorf("stage %d is %s", i, s.Status)
		}
	}
	if a.Stages[0].Result != StageWasDenied || a.Stages[1].Result != NotReviewed {
		t.Errorf("results %s, %s", a.Stages[0].Result, a.Stages[1].Result)
	}
}

func TestApproverMustSayWhyWhenThePolicyAsks(t *testing.T) {
	t.Parallel()
	r, a := pending(1, func(s *StageSettings) { s.ApproverJustificationRequired = true })
	if _, _, err := a.Decide(r, Decision{Stage: a.Stages[0].ID, Approve: true}, ben, noon); fault.Of(err).Code != "JustificationRequired" {
		t.Errorf("got %v", err)
	}
}

func TestClocksOfAStage(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	tests := []struct {
		name             string
		settings         StageSettings
		escalate, denial time.Duration
	}{
		{"without escalation only the denial", StageSettings{TimeOut: "P4D", EscalateAfter: "P1D"}, 0, 4 * day},
		{"with escalation both", StageSettings{TimeOut: "P4D", EscalationEnabled: true, EscalateAfter: "P1D"}, day, 4 * day},
		{"an escalation at the denial never fires", StageSettings{TimeOut: "P4D", EscalationEnabled: true, EscalateAfter: "P4D"}, 0, 4 * day},
		{"minutes work as days do", StageSettings{TimeOut: "PT15M", EscalationEnabled: true, EscalateAfter: "PT5M"}, 5 * time.Minute, 15 * time.Minute},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			escalate, denial := Stage{Settings: tt.settings, StartedAt: noon}.Clocks()
			if !denial.Equal(noon.Add(tt.denial)) {
				t.Errorf("denial at %v", denial)
			}
			if tt.escalate == 0 && !escalate.IsZero() || tt.escalate != 0 && !escalate.Equal(noon.Add(tt.escalate)) {
				t.Errorf("escalation at %v", escalate)
			}
		})
	}
}

func TestEscalationHappensOnceAndKeepsTheDenial(t *testing.T) {
	t.Parallel()
	r, a := pending(1, func(s *StageSettings) { s.EscalationEnabled, s.EscalateAfter = true, "P1D" })
	a, c, ok := a.Escalate(r, noon.Add(24*time.Hour))
	if !ok || c.After.Status != PendingApprovalEscalated || !a.Stages[0].Escalated {
		t.Fatalf("ok %v, %s", ok, c.After.Status)
	}
	if !c.After.NextDue().Equal(noon.Add(14 * 24 * time.Hour)) {
		t.Errorf("next due %v", c.After.NextDue())
	}
	if _, _, again := a.Escalate(c.After, noon); again {
		t.Error("escalated twice")
	}
	a, c, ok = a.TimeOut(c.After, noon.Add(14*24*time.Hour))
	if !ok || c.After.Status != Expired || a.Stages[0].Status != StageExpired {
		t.Errorf("ok %v, %s, stage %s", ok, c.After.Status, a.Stages[0].Status)
	}
}

func TestAssignmentEndsAtTheEarlierOfPolicyAndRequest(t *testing.T) {
	t.Parallel()
	policy := Policy{Expiration: Expiration{Type: AfterDuration, Duration: "P30D"}}
	asked := func(e Expiration) Request { return Request{ID: "r", Schedule: Schedule{Expiration: e}} }
	tests := []struct {
		name   string
		r      Request
		policy Policy
		want   time.Time
	}{
		{"the policy's when nothing was asked", asked(Expiration{}), policy, noon.Add(30 * 24 * time.Hour)},
		{"a shorter one that was asked", asked(Expiration{Type: AfterDuration, Duration: "PT8H"}), policy, noon.Add(8 * time.Hour)},
		{"the policy's when more was asked", asked(Expiration{Type: AfterDuration, Duration: "P90D"}), policy, noon.Add(30 * 24 * time.Hour)},
		{"never when nobody limits it", asked(Expiration{Type: NoExpiration}), Policy{}, time.Time{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := NewAssignment(tt.r, tt.policy, noon).EndsAt; !got.Equal(tt.want) {
				t.Errorf("ends at %v, want %v", got, tt.want)
			}
		})
	}
}

func TestChecksOfASubmissionComeInTheDocumentedOrder(t *testing.T) {
	t.Parallel()
	good := Facts{
		Package: Package{ID: "p"}, Catalog: Catalog{ID: "c", Published: true},
		Policy:  Policy{ID: "pol", DisplayName: "Staff", Scope: ScopeAllMembers, AcceptRequests: true, Requestor: RequestorSettings{SelfAdd: true}},
		Target:  directory.Object{ID: "adele", Enabled: true, DisplayName: "Adele"},
		InScope: true, Now: noon,
	}
	// Each row breaks one rule more than the row before, from the last check
	// to the first; the code must be that of the rule broken last.
	s := Submission{Kind: UserAdd}
	f := good
	if err := s.CheckAdd(f); err != nil {
		t.Fatalf("a good submission: %v", err)
	}
	rows := []struct {
		code string
		bend func()
	}{
		{"JustificationRequired", func() { f.Policy.Approval.RequestorJustificationRequired = true }},
		{"InvalidAnswers", func() { f.Policy.Questions = []Question{{ID: "q", Kind: TextQuestion, Required: true}} }},
		{"InvalidSchedule", func() { s.Schedule.Start = noon.Add(time.Hour) }},
		{"IncompatibleAccess", func() { f.Incompatible = []Conflict{{Kind: HoldsPackage, Package: "other"}} }},
		{"ExistingAssignment", func() { f.Active = []Assignment{{ID: "a", Policy: "pol"}} }},
		{"ExistingOpenRequest", func() { f.Open = &Request{ID: "r"} }},
		{"TargetNotAllowed", func() { f.InScope = false }},
		{"PolicyNotApplicable", func() { f.Policy.AcceptRequests = false }},
		{"CatalogNotEnabled", func() { f.Catalog.Published = false }},
	}
	for _, row := range rows {
		row.bend()
		if got := fault.Of(s.CheckAdd(f)).Code; got != row.code {
			t.Errorf("got %s, want %s", got, row.code)
		}
	}
}

func TestMostSpecificPolicyIsChosen(t *testing.T) {
	t.Parallel()
	specific, members, all := Policy{ID: "1", Scope: ScopeSpecificUsers}, Policy{ID: "2", Scope: ScopeAllMembers}, Policy{ID: "3", Scope: ScopeAllUsers}
	if p, err := Choose([]Policy{all, specific, members}); err != nil || p.ID != "1" {
		t.Errorf("got %s, %v", p.ID, err)
	}
	if p, err := Choose([]Policy{all, members}); err != nil || p.ID != "2" {
		t.Errorf("got %s, %v", p.ID, err)
	}
	if _, err := Choose([]Policy{members, {ID: "4", Scope: ScopeAllMembers}}); fault.Of(err).Code != "PolicySelectionRequired" {
		t.Errorf("two of a class: %v", err)
	}
	if _, err := Choose(nil); fault.Of(err).Code != "PolicyNotApplicable" {
		t.Errorf("none: %v", err)
	}
}

func TestDurations(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	good := map[string]time.Duration{
		"P30D": 30 * day, "PT8H": 8 * time.Hour, "P14DT2H": 14*day + 2*time.Hour, "P2W": 14 * day,
		"PT1M30S": 90 * time.Second, "PT0S": 0, "PT0.5S": 500 * time.Millisecond, "P1DT1H1M1S": day + time.Hour + time.Minute + time.Second,
	}
	for text, want := range good {
		d, err := ParseDuration(text)
		if err != nil || d.Length() != want || string(d) != text {
			t.Errorf("%s: %v, %v", text, d.Length(), err)
		}
	}
	for _, text := range []string{"", "P", "PT", "30D", "P1M", "P1Y", "P1H", "PT1D", "P-1D", "P1.5D", "PT1M1H", "P1DT", "PTT1H", "PT1HT1M"} {
		if _, err := ParseDuration(text); err == nil {
			t.Errorf("%q was accepted", text)
		}
	}
	for d, want := range map[time.Duration]Duration{0: "PT0S", 90 * day: "P90D", 90 * time.Minute: "PT1H30M", day + time.Second: "P1DT1S"} {
		if got := DurationOf(d); got != want {
			t.Errorf("DurationOf(%v) = %s, want %s", d, got, want)
		}
	}
}

func TestAnswersAreJudgedByTheirQuestions(t *testing.T) {
	t.Parallel()
	p := Policy{Questions: []Question{
		{ID: "text", Kind: TextQuestion, SingleLine: true, Pattern: "[A-Z]{3}", Required: true},
		{ID: "one", Kind: ChoiceQuestion, Choices: []Choice{{Value: "AZ", Text: LocalizedText{Default: "Arizona"}}}},
		{ID: "many", Kind: ChoiceQuestion, Multiple: true, Choices: []Choice{{Value: "a"}, {Value: "b"}}},
	}}
	answer := func(id QuestionID, v string) Answer { return Answer{Question: Question{ID: id}, Value: v} }
	text := answer("text", "ABC")
	good, err := p.Answered([]Answer{text, answer("one", "Arizona"), answer("many", "a;b")})
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	for _, a := range good {
		values = append(values, a.Value)
	}
	if !slices.Equal(values, []string{"ABC", "AZ", "a", "b"}) {
		t.Errorf("values %v", values)
	}
	for name, given := range map[string][]Answer{
		"required":         {},
		"blank":            {answer("text", " ")},
		"pattern":          {answer("text", "ABCD")},
		"two lines":        {answer("text", "AB\nC")},
		"too long":         {answer("text", strings.Repeat("A", 201))},
		"unknown question": {text, answer("none", "x")},
		"unknown choice":   {text, answer("one", "NY")},
		"two of one":       {text, answer("one", "AZ"), answer("one", "AZ")},
	} {
		if _, err := p.Answered(given); fault.Of(err).Code != "InvalidAnswers" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A way to ask for access that nobody thought of here would skip approval.
func TestEveryWayToAskNeedsApproval(t *testing.T) {
	t.Parallel()
	p := Policy{Approval: ApprovalSettings{RequiredForAdd: true}}
	for _, kind := range []RequestKind{UserAdd, OnBehalfAdd, AdminAdd} {
		if !p.ApprovalRequired(kind) {
			t.Errorf("%s skips approval", kind)
		}
	}
}
