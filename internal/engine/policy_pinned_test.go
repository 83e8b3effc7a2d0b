package engine_test

import (
	"testing"
	"time"

	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
)

// TestPolicyEditsLeaveRequestsInFlightAlone edits a policy in every respect
// while a request waits in each status, and compares what becomes of the
// request with what the old policy says.
func TestPolicyEditsLeaveRequestsInFlightAlone(t *testing.T) {
	t.Parallel()
	strict := func(w *world) entitlement.Policy {
		p := openPolicy("")
		p.Expiration = entitlement.Expiration{Type: entitlement.AfterDuration, Duration: "P30D"}
		p.Questions = []entitlement.Question{{Kind: entitlement.TextQuestion, Text: entitlement.LocalizedText{Default: "Why?"}, Required: true}}
		inStages(
			entitlement.StageSettings{Primary: w.sets("ben"), TimeOut: "P4D", EscalationEnabled: true, EscalateAfter: "P1D", Escalation: w.sets("chi")},
			entitlement.StageSettings{Primary: w.sets("dana")},
		)(&p)
		return p
	}
	lax := func(w *world, p *entitlement.Policy) error {
		p.Scope, p.AllowedTargets, p.AcceptRequests = entitlement.ScopeSpecificUsers, w.sets("hal"), false
		p.Expiration = entitlement.Expiration{Type: entitlement.AfterDuration, Duration: "P1D"}
		p.Questions = nil
		p.Approval = entitlement.ApprovalSettings{Stages: []entitlement.StageSettings{{Primary: w.sets("hal"), TimeOut: "P1D"}}}
		return nil
	}
	approve := func(name string) func(*world, entitlement.RequestID) {
		return func(w *world, id entitlement.RequestID) { w.ok(w.answer(name, id, true)) }
	}
	pass := func(d time.Duration) func(*world, entitlement.RequestID) {
		return func(w *world, _ entitlement.RequestID) { w.advance(d) }
	}
	both := func(w *world, id entitlement.RequestID) { approve("ben")(w, id); approve("dana")(w, id) }
	tests := []struct {
		name    string
		start   time.Duration
		until   []func(*world, entitlement.RequestID) // takes it into the status
		status  entitlement.Status
		after   []func(*world, entitlement.RequestID) // takes it on
		outcome entitlement.Status
	}{
		{"accepted, then approved", 0, nil, entitlement.Accepted, []func(*world, entitlement.RequestID){pass(0), both, pass(0)}, entitlement.Delivered},
		{"waiting for the first stage", 0, []func(*world, entitlement.RequestID){pass(0)}, entitlement.PendingApproval, []func(*world, entitlement.RequestID){both, pass(0)}, entitlement.Delivered},
		{"waiting, then timed out as it was", 0, []func(*world, entitlement.RequestID){pass(0)}, entitlement.PendingApproval, []func(*world, entitlement.RequestID){pass(4*day - time.Second), pass(time.Second)}, entitlement.Expired},
		{"escalated", 0, []func(*world, entitlement.RequestID){pass(0), pass(day)}, entitlement.PendingApprovalEscalated, []func(*world, entitlement.RequestID){approve("chi"), approve("dana"), pass(0)}, entitlement.Delivered},
		{"waiting for the second stage", 0, []func(*world, entitlement.RequestID){pass(0), approve("ben")}, entitlement.PendingApproval, []func(*world, entitlement.RequestID){approve("dana"), pass(0)}, entitlement.Delivered},
		{"waiting for its start", 5 * day, []func(*world, entitlement.RequestID){pass(0), both}, entitlement.PendingNotBefore, []func(*world, entitlement.RequestID){pass(5 * day)}, entitlement.Delivered},
		{"about to be delivered", 0, []func(*world, entitlement.RequestID){pass(0), both}, entitlement.Delivering, []func(*world, entitlement.RequestID){pass(0)}, entitlement.Delivered},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			pkg := w.pkg(w.catalog("Sales"), "CRM")
			p := strict(w)
			w.user("hal") // not inside the edit, which is a transaction
			p.Package = pkg
			made, err := w.engine.CreatePolicy(w.ctx, w.admin(), p)
			w.ok(err)
			s := entitlement.Submission{Kind: entitlement.UserAdd, Package: pkg, Answers: []entitlement.Answer{{Question: made.Questions[0], Value: "Work"}}}
			if tt.start > 0 {
				s.Schedule.Start = monday.Add(tt.start)
			}
			v, err := w.engine.Submit(w.ctx, w.as("adele"), s)
			w.ok(err)
			for _, do := range tt.until {
				do(w, v.ID)
			}
			if got := w.request(v.ID).Status; got != tt.status {
				t.Fatalf("the request is %s, want it to wait as %s", got, tt.status)
			}
			refused(t, w.engine.DeletePolicy(w.ctx, w.admin(), made.ID), fault.Invalid, "PolicyInUse")
			_, err = w.engine.ReplacePolicy(w.ctx, w.admin(), made.ID, func(p *entitlement.Policy) error { return lax(w, p) })
			w.ok(err)
			for _, do := range tt.after {
				do(w, v.ID)
			}
			r := w.request(v.ID)
			if r.Status != tt.outcome || r.PolicyVersion != 1 || len(r.Answers) != 1 || r.Answers[0].Question.Text.Default != "Why?" {
				t.Errorf("after the edit it became %s under version %d with %+v", r.Status, r.PolicyVersion, r.Answers)
			}
			if r.Status == entitlement.Delivered {
				if a := w.assignment(r.Assignment); !a.EndsAt.Equal(w.clock.Now().Add(30 * day)) {
					t.Errorf("it ends at %v, want 30 days after its delivery as the old policy says", a.EndsAt)
				}
			}
		})
	}
}

// TestPolicyOfEndedRequestsCanBeDeleted leaves nothing behind that would ask
// for the policy again.
func TestPolicyOfEndedRequestsCanBeDeleted(t *testing.T) {
	t.Parallel()
	ends := map[string]func(*world, entitlement.RequestID){
		"canceled": func(w *world, id entitlement.RequestID) { w.ok(w.engine.CancelRequest(w.ctx, w.as("adele"), id, true)) },
		"denied":   func(w *world, id entitlement.RequestID) { w.advance(0); w.ok(w.answer("ben", id, false)) },
		"expired":  func(w *world, _ entitlement.RequestID) { w.advance(0); w.advance(14 * day) },
		"its access has ended": func(w *world, id entitlement.RequestID) {
			w.advance(0)
			w.ok(w.answer("ben", id, true))
			w.advance(0)
			w.advance(30 * day)
		},
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			pkg := w.pkg(w.catalog("Sales"), "CRM")
			policy := w.policy(pkg, inStages(entitlement.StageSettings{Primary: w.sets("ben")}), func(p *entitlement.Policy) {
				p.Expiration = entitlement.Expiration{Type: entitlement.AfterDuration, Duration: "P30D"}
			})
			id := w.submit("adele", pkg)
			refused(t, w.engine.DeletePolicy(w.ctx, w.admin(), policy), fault.Invalid, "PolicyInUse")
			end(w, id)
			w.ok(w.engine.DeletePolicy(w.ctx, w.admin(), policy))
			w.advance(30 * day)
			if r := w.request(id); r.Open() || r.Policy != policy {
				t.Errorf("the request is %s under %s", r.Status, r.Policy)
			}
		})
	}
}

// TestAnswersKeepWhatWasAsked: an edit or the end of a question changes
// nothing of what was answered to it.
func TestAnswersKeepWhatWasAsked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pkg := w.pkg(w.catalog("Sales"), "CRM")
	where := entitlement.Question{
		Kind: entitlement.ChoiceQuestion, Text: entitlement.LocalizedText{Default: "Where?"}, AnswerEditable: true,
		Choices: []entitlement.Choice{{Value: "AZ", Text: entitlement.LocalizedText{Default: "Arizona"}}, {Value: "WA", Text: entitlement.LocalizedText{Default: "Washington"}}},
	}
	policy := w.policy(pkg, func(p *entitlement.Policy) { p.Questions = []entitlement.Question{where} })
	made, err := w.engine.Policy(w.ctx, w.admin(), policy, nil)
	w.ok(err)
	answered := []entitlement.Answer{{Question: made.Questions[0], Value: "AZ"}}
	v, err := w.engine.Submit(w.ctx, w.as("adele"), entitlement.Submission{Kind: entitlement.UserAdd, Package: pkg, Answers: answered})
	w.ok(err)
	w.advance(0)
	edited, err := w.engine.ReplacePolicy(w.ctx, w.admin(), policy, func(p *entitlement.Policy) error {
		p.Questions[0].Text.Default, p.Questions[0].Choices = "In which state?", p.Questions[0].Choices[1:]
		return nil
	})
	w.ok(err)
	if edited.Questions[0].ID != made.Questions[0].ID {
		t.Error("the question has another id after an edit")
	}
	a := w.request(v.ID).Answers[0]
	if a.Question.Text.Default != "Where?" || len(a.Question.Choices) != 2 || a.Display != "Arizona" {
		t.Errorf("the answer shows %+v", a)
	}
	got, err := w.engine.Requirements(w.ctx, w.as("adele"), pkg, "")
	w.ok(err)
	if len(got) != 1 || got[0].Questions[0].Text.Default != "In which state?" || len(got[0].Answers) != 1 || got[0].Answers[0].Value != "AZ" {
		t.Errorf("whoever asks next meets %+v, with the answers of before %+v", got[0].Questions, got[0].Answers)
	}
	_, err = w.engine.Submit(w.ctx, w.as("bob"), entitlement.Submission{Kind: entitlement.UserAdd, Package: pkg, Answers: answered})
	refused(t, err, fault.Invalid, "InvalidAnswers")
}
