package engine_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/grantkeep/grantkeep/internal/engine"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

// outbox returns all messages, oldest first.
func (w *world) outbox() []entitlement.Message {
	w.t.Helper()
	var page query.Page[entitlement.Message]
	w.ok(w.store.Read(w.ctx, w.tenant, func(r store.Reader) (err error) {
		page, err = r.Messages(w.ctx, query.List{Limit: 10000})
		return err
	}))
	return page.Rows
}

// mail returns what was written since it was asked last, as "event to name",
// sorted.
func (w *world) mail() []string {
	w.t.Helper()
	var out []string
	all := w.outbox()
	for _, m := range all[w.read:] {
		who := string(m.Recipient)
		for name, id := range w.known {
			if id == m.Recipient {
				who = name
			}
		}
		out = append(out, string(m.Event)+" to "+who)
	}
	w.read = len(all)
	slices.Sort(out)
	return out
}

// wantMail checks what was written since mail was asked last.
func (w *world) wantMail(when string, want ...string) {
	w.t.Helper()
	slices.Sort(want)
	if got := w.mail(); !slices.Equal(got, want) {
		w.t.Errorf("%s: messages\n  %s\nwant\n  %s", when, strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

// rule decides the stage in progress and lets what follows happen.
func (w *world) rule(name string, id entitlement.RequestID, approve bool) {
	w.t.Helper()
	w.decide(name, id, approve)
	w.advance(0)
}

func (w *world) users(names ...string) []entitlement.SubjectSet {
	var sets []entitlement.SubjectSet
	for _, n := range names {
		sets = append(sets, entitlement.SubjectSet{Kind: entitlement.SetUser, ID: string(w.user(n))})
	}
	return sets
}

// escalating is a stage of ben that passes on to chi after four days.
func (w *world) escalating(p *entitlement.Policy) {
	p.Approval.RequiredForAdd = true
	p.Approval.Stages = append(p.Approval.Stages, entitlement.StageSettings{
		TimeOut: entitlement.Days(10), Primary: w.users("ben"), EscalationEnabled: true, EscalateAfter: entitlement.Days(4), Escalation: w.users("chi"),
	})
}

// approvals.md section 7, with the rows of emails.md.
func TestWhoIsToldOfARequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.catalog("sales")
	pkg := w.pkg(c, "reader")
	w.role("olga", "ae79f266-94d4-4dab-b730-feca7e132178", c)
	w.policy(pkg, w.escalating, w.approvedBy("dora"))
	w.wantMail("nobody asked")

	id := w.submit("adele", pkg)
	w.wantMail("accepted, and could still be withdrawn without a trace")
	w.advance(0)
	w.wantMail("asked", "request.received to adele", "approval.needed to ben")
	w.advance(2*day - time.Second)
	w.wantMail("before half of the time to the escalation")
	w.advance(time.Second)
	w.wantMail("at half of it", "approval.reminder to ben")
	w.advance(2 * day)
	w.wantMail("escalated", "approval.escalated to chi", "approval.passed_on to ben")
	w.rule("chi", id, true)
	w.wantMail("first stage approved", "approval.decided to ben", "request.stage_approved to adele", "approval.needed to dora")
	w.rule("dora", id, true)
	w.wantMail("approved", "approval.decided to ben", "approval.decided to chi", "assignment.delivered to adele")
	w.advance(30 * day)
	w.wantMail("reminders of what is decided")

	id = w.submit("bea", pkg)
	w.advance(0)
	w.mail()
	w.rule("ben", id, false)
	w.wantMail("denied", "request.denied to bea")

	w.submit("carl", pkg)
	w.advance(0)
	w.advance(4 * day)
	w.mail()
	w.advance(6 * day)
	w.wantMail("out of time", "request.timed_out to carl", "approval.timed_out to ben", "approval.timed_out to chi", "approval.timed_out to olga")

	id = w.submit("dirk", pkg)
	w.ok(w.engine.CancelRequest(w.ctx, w.as("dirk"), id, true))
	w.advance(0)
	w.wantMail("withdrawn before anybody was asked")
	id = w.submit("dirk", pkg)
	w.advance(0)
	w.mail()
	w.ok(w.engine.CancelRequest(w.ctx, w.as("dirk"), id, true))
	w.advance(0)
	w.wantMail("withdrawn", "request.withdrawn to ben")
	id = w.submit("dirk", pkg)
	w.advance(0)
	w.mail()
	w.ok(w.engine.CancelRequest(w.ctx, w.admin(), id, true))
	w.advance(0)
	w.wantMail("canceled by an administrator", "request.canceled to dirk", "request.canceled to ben")
}

// Direct assignments send no mail of completion or denial, but row 23.
func TestWhoIsToldOfADirectAssignment(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pkg := w.pkg(w.general(), "reader")
	loud := w.policy(pkg)
	quiet := w.policy(pkg, func(p *entitlement.Policy) { p.DisplayName, p.AssignmentNotificationDisabled = "quiet", true })
	for _, tt := range []struct {
		policy entitlement.PolicyID
		want   []string
	}{
		{loud, []string{"assignment.given to adele"}},
		{quiet, nil},
	} {
		r, err := w.engine.Submit(w.ctx, w.admin(), entitlement.Submission{Kind: entitlement.AdminAdd, Package: pkg, Policy: tt.policy, Target: w.user("adele")})
		w.ok(err)
		w.advance(0)
		w.wantMail("given", tt.want...)
		_, err = w.engine.Submit(w.ctx, w.admin(), entitlement.Submission{Kind: entitlement.AdminRemove, Assignment: r.Assignment})
		w.ok(err)
		w.advance(0)
		w.wantMail("taken, which no policy silences", "assignment.removed to adele")
	}
}

// The switch of the policy silences what the target would get of set-up and
// end, and nothing that asks somebody for a decision.
func TestSwitchedOffNotifications(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pkg := w.pkg(w.general(), "reader")
	w.policy(pkg, w.approvedBy("ben"), func(p *entitlement.Policy) {
		p.AssignmentNotificationDisabled = true
		p.Expiration = entitlement.Expiration{Type: entitlement.AfterDuration, Duration: "PT30M"}
		p.Requestor.SelfUpdate = false
	})
	id := w.submit("adele", pkg)
	w.advance(0)
	w.wantMail("asked", "request.received to adele", "approval.needed to ben")
	w.rule("ben", id, true)
	w.wantMail("ready, in silence")
	w.advance(time.Hour)
	w.wantMail("ended, in silence")
}

func TestWhatAMessageTells(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pkg := w.pkg(w.general(), "Sales EU reports")
	w.policy(pkg, w.approvedBy("ben"), func(p *entitlement.Policy) { p.Approval.Stages[0].InformationVisibility = "notVisible" })
	_, err := w.engine.Submit(w.ctx, w.as("adele"), entitlement.Submission{Kind: entitlement.UserAdd, Package: pkg, Justification: "Cover for Ida"})
	w.ok(err)
	w.advance(0)
	for _, m := range w.outbox() {
		switch m.Event {
		case entitlement.ApprovalNeeded:
			want := "adele asks for “Sales EU reports”.\n\nWhy      “Cover for Ida”\nAsked    Mon 5 Jan 2026 09:00 UTC\n" +
				"You are  the only step of the approval\nTime     Mon 19 Jan 2026 09:00 UTC (14 days)\n\nRequest " + string(m.Request) + "\n"
			if m.Subject != "Approve or deny: adele → Sales EU reports, by Mon 19 Jan 09:00" || m.Text != want {
				t.Errorf("%s\n%s\nwant\n%s", m.Subject, m.Text, want)
			}
			if m.Address != "ben@contoso.example" || m.Package != pkg {
				t.Errorf("to %s about %s", m.Address, m.Package)
			}
		case entitlement.RequestReceived:
			if strings.Contains(m.Text, "ben") {
				t.Errorf("the policy does not show approvers, yet:\n%s", m.Text)
			}
		}
	}
}

// approvals.md section 4.2: the fallbacks, escalation at once, and the alarm.
func TestWhenNobodyCanApprove(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.catalog("sales")
	w.role("olga", "ae79f266-94d4-4dab-b730-feca7e132178", c)
	manager := entitlement.SubjectSet{Kind: entitlement.SetRequestorManager, ManagerLevel: 1}
	for i, tt := range []struct {
		stage entitlement.StageSettings
		want  []string
	}{
		{
			entitlement.StageSettings{FallbackPrimary: w.users("ben")},
			[]string{"approval.needed to ben", "approval.fallback to olga"},
		},
		{
			entitlement.StageSettings{EscalationEnabled: true, EscalateAfter: entitlement.Days(2), Escalation: w.users("chi")},
			[]string{"approval.escalated to chi"},
		},
		{
			entitlement.StageSettings{FallbackPrimary: w.users("adele")}, // about herself she never decides
			[]string{"approval.dead_end to olga"},
		},
	} {
		pkg := w.pkg(c, fmt.Sprint("reader", i))
		tt.stage.Primary = []entitlement.SubjectSet{manager}
		w.policy(pkg, func(p *entitlement.Policy) {
			p.Approval.RequiredForAdd, p.Approval.Stages = true, []entitlement.StageSettings{tt.stage}
		})
		w.submit("adele", pkg)
		w.advance(0)
		w.wantMail(fmt.Sprint("case ", i), append(tt.want, "request.received to adele")...)
	}
}

// A large group does not flood the outbox, and costs no more statements than
// a small one.
func TestLargeGroupsAreCapped(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(s *engine.Settings) { s.MaxRecipients = 3 })
	pkg := w.pkg(w.general(), "reader")
	group := w.group("approvers", "a", "b", "c", "d", "e")
	w.policy(pkg, func(p *entitlement.Policy) {
		p.Approval.RequiredForAdd = true
		p.Approval.Stages = []entitlement.StageSettings{{Primary: []entitlement.SubjectSet{{Kind: entitlement.SetGroup, ID: string(group)}}}}
	})
	cost := func(n int) int64 {
		for i := range n {
			w.submit(fmt.Sprint("asker", n, "-", i), pkg)
		}
		_, err := w.engine.AdvanceRequests(w.ctx, w.tenant, w.clock.Now(), 100)
		w.ok(err)
		w.mail()
		before := w.store.Statements()
		_, err = w.engine.WriteMessages(w.ctx, w.tenant, w.clock.Now(), 100)
		w.ok(err)
		return w.store.Statements() - before
	}
	few := cost(1)
	w.wantMail("one request", "approval.needed to a", "approval.needed to b", "approval.needed to c", "request.received to asker1-0")
	const chunks = 4 // rows are written in statements of 20
	if many := cost(20); many > few+chunks {
		t.Errorf("messages for 20 requests read with %d statements, for one with %d", many, few)
	}
	if got := len(w.mail()); got != 20*4 {
		t.Errorf("%d messages for 20 requests, want 80", got)
	}
}
