package engine_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/engine"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

// sets are subject sets of single users.
func (w *world) sets(names ...string) []entitlement.SubjectSet {
	var sets []entitlement.SubjectSet
	for _, n := range names {
		sets = append(sets, entitlement.SubjectSet{Kind: entitlement.SetUser, ID: string(w.user(n))})
	}
	return sets
}

func groupSet(id directory.ObjectID) []entitlement.SubjectSet {
	return []entitlement.SubjectSet{{Kind: entitlement.SetGroup, ID: string(id)}}
}

func managerSet(level int) []entitlement.SubjectSet {
	return []entitlement.SubjectSet{{Kind: entitlement.SetRequestorManager, ManagerLevel: level}}
}

// inStages makes a policy ask in stages, and lets the managers of a target
// ask too.
func inStages(stages ...entitlement.StageSettings) func(*entitlement.Policy) {
	return func(p *entitlement.Policy) {
		p.Approval.RequiredForAdd, p.Approval.Stages = true, stages
		p.Requestor.OnBehalfAdd = true
		p.Requestor.OnBehalfRequestors = []entitlement.SubjectSet{{Kind: entitlement.SetTargetManager, ManagerLevel: 4}}
	}
}

// staged is a package that asks in stages.
func (w *world) staged(stages ...entitlement.StageSettings) entitlement.PackageID {
	w.t.Helper()
	p := w.pkg(w.catalog(newID()), "CRM")
	w.policy(p, inStages(stages...))
	return p
}

func (w *world) approval(id entitlement.RequestID) entitlement.Approval {
	w.t.Helper()
	v, err := w.engine.Approval(w.ctx, w.admin(), id)
	w.ok(err)
	return v.Approval
}

// answer decides the stage in progress.
func (w *world) answer(name string, id entitlement.RequestID, approve bool) error {
	w.t.Helper()
	a := w.approval(id)
	at := a.Current()
	if at < 0 {
		w.t.Fatalf("nothing is in progress: %+v", a.Stages)
	}
	return w.engine.DecideApproval(w.ctx, w.as(name), id, entitlement.Decision{Stage: a.Stages[at].ID, Approve: approve})
}

// waiting returns the requests that wait for somebody's decision.
func (w *world) waiting(name string) []entitlement.RequestID {
	w.t.Helper()
	q := rows(query.Any{Collection: "stages", Where: equalTo("status", string(entitlement.StageInProgress))})
	page, err := w.engine.MyApprovals(w.ctx, w.as(name), "approver", q)
	w.ok(err)
	var ids []entitlement.RequestID
	for _, a := range page.Rows {
		ids = append(ids, a.ID)
	}
	return ids
}

func (w *world) manages(manager string, reports ...string) {
	w.t.Helper()
	for _, r := range reports {
		w.ok(w.engine.SetManager(w.ctx, w.admin(), string(w.user(r)), w.user(manager)))
	}
}

func (w *world) disable(name string) {
	w.t.Helper()
	w.ok(w.engine.UpdateObject(w.ctx, w.admin(), directory.KindUser, string(w.user(name)), func(o *directory.Object) error { o.Enabled = false; return nil }, nil))
}

// onBehalf asks for a package for somebody else.
func (w *world) onBehalf(name, target string, pkg entitlement.PackageID) entitlement.RequestID {
	w.t.Helper()
	r, err := w.engine.Submit(w.ctx, w.as(name), entitlement.Submission{Kind: entitlement.UserAdd, Package: pkg, Target: w.user(target)})
	w.ok(err)
	return r.ID
}

// deadEnds returns the records of stages that nobody could decide.
func (w *world) deadEnds(id entitlement.RequestID) []string {
	w.t.Helper()
	var reasons []string
	w.ok(w.store.Read(w.ctx, w.tenant, func(r store.Reader) error {
		log, err := r.AuditOf(w.ctx, audit.KindRequest, string(id))
		for _, record := range log {
			if record.Action == audit.NobodyCanApprove {
				reasons = append(reasons, record.Reason)
			}
		}
		return err
	}))
	return reasons
}

func TestFiveStagesAreServedInOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(s *engine.Settings) { s.MaxStages = 5 })
	people := []string{"a", "b", "c", "d", "e"}
	var stages []entitlement.StageSettings
	for _, name := range people {
		stages = append(stages, entitlement.StageSettings{Primary: w.sets(name)})
	}
	id := w.submit("adele", w.staged(stages...))
	w.advance(0)
	for i, name := range people {
		if got := w.request(id).Status; got != entitlement.PendingApproval {
			t.Fatalf("before stage %d the request is %s", i+1, got)
		}
		for j, other := range people {
			if want := j == i; (len(w.waiting(other)) == 1) != want {
				t.Errorf("in stage %d %s is asked: %v", i+1, other, !want)
			}
		}
		w.advance(day)
		w.ok(w.answer(name, id, true))
		if due := w.request(id).DenyAt; i < 4 && !due.Equal(w.clock.Now().Add(14*day)) {
			t.Errorf("stage %d ends at %v, want 14 days after it began", i+2, due)
		}
	}
	w.advance(0)
	if got := w.request(id).Status; got != entitlement.Delivered {
		t.Errorf("after five stages the request is %s", got)
	}
}

// TestWhoMayDecideIsFoundOutAnew changes the directory while a request waits.
func TestWhoMayDecideIsFoundOutAnew(t *testing.T) {
	t.Parallel()
	byGroup := func(w *world) entitlement.StageSettings {
		w.ok(w.engine.AddMember(w.ctx, w.admin(), w.group("deciders", "dana", "eli"), w.group("board"), directory.MemberOf))
		return entitlement.StageSettings{Primary: groupSet(w.group("deciders"))}
	}
	byManager := func(level int) func(w *world) entitlement.StageSettings {
		return func(w *world) entitlement.StageSettings {
			w.manages("ben", "adele")
			w.manages("chi", "ben")
			w.manages("dirk", "chi")
			return entitlement.StageSettings{Primary: managerSet(level), FallbackPrimary: w.sets("fay")}
		}
	}
	nothing := func(*world) {}
	tests := []struct {
		name  string
		stage func(*world) entitlement.StageSettings
		edit  func(*world)
		may   string // of all who are tried, separated by blanks
	}{
		{"members of the group", byGroup, nothing, "dana eli"},
		{"a new member of the group", byGroup, func(w *world) { w.group("deciders", "gus") }, "dana eli gus"},
		{"a new member of a group in the group", byGroup, func(w *world) { w.group("board", "hal") }, "dana eli hal"},
		{"a member who left", byGroup, func(w *world) {
			w.ok(w.engine.RemoveMember(w.ctx, w.admin(), w.group("deciders"), w.user("eli"), directory.MemberOf))
		}, "dana"},
		{"a member who is disabled", byGroup, func(w *world) { w.disable("dana") }, "eli"},
		{"a member who was deleted", byGroup, func(w *world) {
			w.ok(w.engine.DeleteObject(w.ctx, w.admin(), directory.KindUser, string(w.user("dana"))))
		}, "eli"},
		{"the manager", byManager(1), nothing, "ben"},
		{"another manager", byManager(1), func(w *world) { w.manages("gus", "adele") }, "gus"},
		{"the manager's manager", byManager(2), nothing, "chi"},
		{"the manager's new manager", byManager(2), func(w *world) { w.manages("hal", "ben") }, "hal"},
		{"no manager any more", byManager(1), func(w *world) { w.ok(w.engine.SetManager(w.ctx, w.admin(), string(w.user("adele")), "")) }, "fay"},
		{"a manager who is disabled", byManager(1), func(w *world) { w.disable("ben") }, "fay"},
		{"the target manages herself's manager", byManager(2), func(w *world) { w.manages("adele", "ben") }, "fay"},
		{"sponsors", func(w *world) entitlement.StageSettings {
			w.ok(w.engine.UpdateObject(w.ctx, w.admin(), directory.KindUser, string(w.user("adele")), func(o *directory.Object) error {
				o.User.SponsorIDs = []directory.ObjectID{w.user("gus"), w.user("adele")}
				return nil
			}, nil))
			return entitlement.StageSettings{Primary: []entitlement.SubjectSet{{Kind: entitlement.SetTargetSponsors}}, FallbackPrimary: w.sets("fay")}
		}, nothing, "gus"},
		{"no sponsors", func(w *world) entitlement.StageSettings {
			return entitlement.StageSettings{Primary: []entitlement.SubjectSet{{Kind: entitlement.SetTargetSponsors}}, FallbackPrimary: w.sets("fay")}
		}, nothing, "fay"},
		{"agents are nobody", func(w *world) entitlement.StageSettings {
			return entitlement.StageSettings{Primary: []entitlement.SubjectSet{{Kind: entitlement.SetAgentSponsors}}, FallbackPrimary: w.sets("fay")}
		}, nothing, "fay"},
		{"an application decides nothing", func(w *world) entitlement.StageSettings {
			return entitlement.StageSettings{
				Primary: []entitlement.SubjectSet{{Kind: entitlement.SetServicePrincipal, ID: string(w.application("robot"))}}, FallbackPrimary: w.sets("fay"),
			}
		}, nothing, "fay"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			id := w.submit("adele", w.staged(tt.stage(w)))
			w.advance(0)
			tt.edit(w)
			var may []string
			for _, name := range []string{"adele", "ben", "chi", "dana", "dirk", "eli", "fay", "gus", "hal"} {
				if _, known := w.known[name]; !known {
					continue
				}
				v, err := w.engine.Approval(w.ctx, w.as(name), id)
				assigned := err == nil && v.AssignedToMe[0]
				if listed := len(w.waiting(name)) == 1; listed != assigned && tt.name != "sponsors" {
					t.Errorf("%s is assigned %v and finds it among the waiting %v", name, assigned, listed)
				}
				if assigned {
					may = append(may, name)
				} else if err := w.answer(name, id, false); !fault.Is(err, fault.Forbidden) {
					t.Errorf("%s decides: %v", name, err)
				}
			}
			if got := strings.Join(may, " "); got != tt.may {
				t.Fatalf("%s may decide, want %s", got, tt.may)
			}
			w.ok(w.answer(may[0], id, true))
		})
	}
}

func TestNobodyDecidesAboutOneself(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.manages("ben", "adele")
	byManager := w.staged(entitlement.StageSettings{Primary: managerSet(1), FallbackPrimary: w.sets("fay")})
	own := w.onBehalf("ben", "adele", byManager)
	w.advance(0)
	forbidden(t, w.answer("ben", own, true))
	forbidden(t, w.answer("adele", own, true))
	if len(w.waiting("ben")) > 0 || !slices.Equal(w.waiting("fay"), []entitlement.RequestID{own}) {
		t.Errorf("ben has %v and fay %v waiting; a manager's own request goes to the fallback", w.waiting("ben"), w.waiting("fay"))
	}
	w.ok(w.answer("fay", own, true))

	byGroup := w.staged(entitlement.StageSettings{Primary: groupSet(w.group("team", "gus", "hal"))})
	mine := w.submit("gus", byGroup)
	w.advance(0)
	forbidden(t, w.answer("gus", mine, true))
	if len(w.waiting("gus")) > 0 {
		t.Error("gus finds the own request among what waits for a decision")
	}
	w.ok(w.answer("hal", mine, true))
}

// TestNobodyToAskIsNeverAnApproval follows requests whose stage resolves to
// nobody (approvals.md section 4.2).
func TestNobodyToAskIsNeverAnApproval(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	deserted := w.group("deserted")
	pending, escalated := entitlement.PendingApproval, entitlement.PendingApprovalEscalated
	tests := []struct {
		name   string
		stage  entitlement.StageSettings
		status entitlement.Status // once it has begun
		ends   int                // dead ends
		who    string             // may decide
	}{
		{"a manager who is not there", entitlement.StageSettings{Primary: managerSet(1)}, pending, 1, ""},
		{"a group without members", entitlement.StageSettings{Primary: groupSet(deserted)}, pending, 1, ""},
		{"the target alone", entitlement.StageSettings{Primary: w.sets("adele")}, pending, 1, ""},
		{"a fallback", entitlement.StageSettings{Primary: managerSet(1), FallbackPrimary: w.sets("fay")}, pending, 0, "fay"},
		{"alternates are asked at once", entitlement.StageSettings{
			TimeOut: "P4D", Primary: managerSet(1), EscalationEnabled: true, EscalateAfter: "P1D", Escalation: w.sets("fay"),
		}, escalated, 0, "fay"},
		{"their fallback", entitlement.StageSettings{
			TimeOut: "P4D", Primary: managerSet(1), EscalationEnabled: true, EscalateAfter: "P1D", Escalation: managerSet(2), FallbackEscalate: w.sets("fay"),
		}, escalated, 0, "fay"},
		{"no alternates either", entitlement.StageSettings{
			TimeOut: "P4D", Primary: managerSet(1), EscalationEnabled: true, EscalateAfter: "P1D", Escalation: managerSet(2),
		}, escalated, 1, ""},
		{"somebody is there, so nothing is hurried", entitlement.StageSettings{
			TimeOut: "P4D", Primary: w.sets("eli"), EscalationEnabled: true, EscalateAfter: "P1D", Escalation: w.sets("fay"),
		}, pending, 0, "eli"},
	}
	for _, tt := range tests {
		id := w.submit("adele", w.staged(tt.stage))
		w.advance(0)
		if got := w.request(id).Status; got != tt.status || len(w.deadEnds(id)) != tt.ends {
			t.Errorf("%s: %s with the dead ends %q, want %s and %d", tt.name, got, w.deadEnds(id), tt.status, tt.ends)
		}
		if tt.who != "" {
			w.ok(w.answer(tt.who, id, true))
			continue
		}
		other := w.submit("bob", w.staged(entitlement.StageSettings{Primary: w.sets("bob")}))
		w.advance(0)
		w.ok(w.engine.CancelRequest(w.ctx, w.admin(), other, true)) // an administrator has a way out
		w.advance(14 * day)
		if got := w.request(id).Status; got != entitlement.Expired {
			t.Errorf("%s: after its time-out it is %s", tt.name, got)
		}
	}
}

func TestStageThatBecomesADeadEndLater(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.submit("adele", w.staged(
		entitlement.StageSettings{Primary: w.sets("ben")},
		entitlement.StageSettings{TimeOut: "P4D", Primary: w.sets("eli"), EscalationEnabled: true, EscalateAfter: "P1D", Escalation: managerSet(1)},
	))
	w.advance(0)
	w.ok(w.answer("ben", id, true))
	w.disable("eli")
	w.advance(day)
	if got := w.request(id).Status; got != entitlement.PendingApprovalEscalated || !slices.Equal(w.deadEnds(id), []string{"NoApprover: stage 2"}) {
		t.Errorf("%s with the dead ends %q", got, w.deadEnds(id))
	}
}

func TestRepeatedApproverCountsOnlyIfTheOperatorSaysSo(t *testing.T) {
	t.Parallel()
	for _, skip := range []bool{false, true} {
		w := newWorld(t, func(s *engine.Settings) { s.SkipRepeatedApprover, s.MaxStages = skip, 4 })
		w.manages("ben", "adele")
		id := w.submit("adele", w.staged(
			entitlement.StageSettings{Primary: managerSet(1)},
			entitlement.StageSettings{Primary: groupSet(w.group("board", "ben", "chi"))},
			entitlement.StageSettings{Primary: w.sets("dana")},
			entitlement.StageSettings{Primary: w.sets("ben", "chi")},
		))
		w.advance(0)
		w.ok(w.answer("ben", id, true))
		a := w.approval(id)
		if !skip {
			if a.Current() != 1 || len(w.waiting("ben")) != 1 {
				t.Errorf("stage %d is in progress, want the second, which ben has to decide again", a.Current()+1)
			}
			continue
		}
		if s := a.Stages[1]; a.Current() != 2 || s.Result != entitlement.StageApproved || s.ReviewedBy.ID != w.user("ben") {
			t.Fatalf("after ben's approval: %+v", a)
		}
		w.ok(w.answer("dana", id, true))
		if s := w.approval(id).Stages[3]; s.Status != entitlement.StageCompleted || s.ReviewedBy.ID != w.user("ben") {
			t.Errorf("the last stage: %+v", s)
		}
		w.advance(0)
		if got := w.request(id).Status; got != entitlement.Delivered {
			t.Errorf("the request is %s", got)
		}
		w.ok(w.store.Read(w.ctx, w.tenant, func(r store.Reader) error {
			log, err := r.AuditOf(w.ctx, audit.KindRequest, string(id))
			told := slices.ContainsFunc(log, func(r audit.Record) bool { return strings.Contains(r.Reason, "approval.skipRepeatedApprover") })
			if !told {
				t.Error("the audit log does not tell why a stage was skipped")
			}
			return err
		}))
	}
}

func TestManagersRequestIsAnApprovalOnlyIfTheOperatorSaysSo(t *testing.T) {
	t.Parallel()
	for _, counts := range []bool{false, true} {
		w := newWorld(t, func(s *engine.Settings) { s.OnBehalfManagerAutoApproves = counts })
		w.manages("ben", "adele")
		w.manages("chi", "ben")
		end := map[bool]entitlement.Status{true: entitlement.Delivered, false: entitlement.PendingApproval}
		tests := []struct {
			name  string
			stage entitlement.StageSettings
			ask   func(entitlement.PackageID) entitlement.RequestID
			want  entitlement.Status
		}{
			{"the manager alone", entitlement.StageSettings{Primary: managerSet(1), FallbackPrimary: w.sets("fay")}, func(p entitlement.PackageID) entitlement.RequestID { return w.onBehalf("ben", "adele", p) }, end[counts]},
			{"by name is not as manager", entitlement.StageSettings{Primary: w.sets("ben"), FallbackPrimary: w.sets("fay")}, func(p entitlement.PackageID) entitlement.RequestID { return w.onBehalf("ben", "adele", p) }, entitlement.PendingApproval},
			{"the manager and somebody else", entitlement.StageSettings{Primary: append(managerSet(1), w.sets("fay")...)}, func(p entitlement.PackageID) entitlement.RequestID { return w.onBehalf("ben", "adele", p) }, entitlement.PendingApproval},
			{"another manager", entitlement.StageSettings{Primary: managerSet(1)}, func(p entitlement.PackageID) entitlement.RequestID { return w.onBehalf("chi", "adele", p) }, entitlement.PendingApproval},
			{"the target asks", entitlement.StageSettings{Primary: managerSet(1)}, func(p entitlement.PackageID) entitlement.RequestID { return w.submit("adele", p) }, entitlement.PendingApproval},
		}
		for _, tt := range tests {
			id := tt.ask(w.staged(tt.stage))
			w.advance(0)
			if got := w.request(id).Status; got != tt.want {
				t.Errorf("%s, counts %v: %s, want %s", tt.name, counts, got, tt.want)
			}
		}
	}
}

func TestApproversFindWhatWasDecided(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.manages("ben", "adele")
	id := w.submit("adele", w.staged(
		entitlement.StageSettings{Primary: managerSet(1), FallbackPrimary: w.sets("fay")},
		entitlement.StageSettings{Primary: groupSet(w.group("board", "dana", "eli", "adele"))},
		entitlement.StageSettings{Primary: w.sets("gus")},
	))
	w.advance(0)
	history := func(name string) int {
		page, err := w.engine.MyApprovals(w.ctx, w.as(name), "approver", rows())
		w.ok(err)
		return len(page.Rows)
	}
	w.ok(w.answer("ben", id, true))
	w.manages("chi", "adele") // ben is no longer the manager, but was asked
	if history("ben") != 0 {
		t.Error("what is still open is no history")
	}
	w.ok(w.answer("dana", id, false))
	for name, want := range map[string]int{"ben": 1, "chi": 0, "fay": 0, "dana": 1, "eli": 1, "adele": 0, "gus": 0} {
		if got := history(name); got != want {
			t.Errorf("%s finds %d approvals, want %d", name, got, want)
		}
	}
	_, err := w.engine.Approval(w.ctx, w.as("ben", authz.SubjectAccess), id)
	w.ok(err)
	_, err = w.engine.Approval(w.ctx, w.as("hal", authz.SubjectAccess), id)
	forbidden(t, err)

	canceled := w.submit("bob", w.staged(entitlement.StageSettings{Primary: w.sets("hal")}))
	w.advance(0)
	w.ok(w.engine.CancelRequest(w.ctx, w.as("bob"), canceled, true))
	if history("hal") != 0 {
		t.Error("what nobody decided is in somebody's history")
	}
	w.ok(w.engine.DeleteRequest(w.ctx, w.admin(), id))
	if history("ben") != 0 {
		t.Error("a deleted request is in somebody's history")
	}
}

func TestApproversAreShownAsThePolicySays(t *testing.T) {
	t.Parallel()
	tests := []struct {
		visibility    string
		hidden, shown bool // by default of the tenant; then to the target
	}{
		{"visible", true, true},
		{"visible", false, true},
		{"notVisible", true, false},
		{"notVisible", false, false},
		{"default", true, false},
		{"default", false, true},
		{"", false, true},
	}
	for _, tt := range tests {
		w := newWorld(t, func(s *engine.Settings) { s.ApproversHidden = tt.hidden })
		w.manages("ben", "adele")
		id := w.onBehalf("ben", "adele", w.staged(entitlement.StageSettings{Primary: w.sets("dana", "eli"), InformationVisibility: tt.visibility}))
		w.advance(0)
		w.ok(w.answer("dana", id, true))
		sees := func(who authz.Caller) bool {
			v, err := w.engine.Approval(w.ctx, who, id)
			w.ok(err)
			return v.Stages[0].ReviewedBy.ID == w.user("dana") && v.Reviewers[0].DisplayName == "dana"
		}
		for _, name := range []string{"adele", "ben"} {
			if got := sees(w.as(name)); got != tt.shown {
				t.Errorf("%q, hidden by default %v: %s sees who decided: %v", tt.visibility, tt.hidden, name, got)
			}
		}
		page, err := w.engine.MyApprovals(w.ctx, w.as("adele"), "target", rows())
		w.ok(err)
		if len(page.Rows) != 1 || (page.Rows[0].Reviewers[0].ID != "") != tt.shown {
			t.Errorf("%q, hidden by default %v: the target's list %+v", tt.visibility, tt.hidden, page.Rows)
		}
		if !sees(w.as("eli")) || !sees(w.with("gina", authz.GovernanceAdmin)) {
			t.Errorf("%q: the other approver or an administrator does not see who decided", tt.visibility)
		}
	}
}

// TestApprovalsCostNoStatementEach holds lists and the start of stages to a
// number of statements that does not rise with the number of requests.
func TestApprovalsCostNoStatementEach(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.staged(entitlement.StageSettings{
		Primary: append(managerSet(2), w.sets("dana")...), FallbackPrimary: w.sets("fay"),
	}, entitlement.StageSettings{Primary: groupSet(w.group("board", "ben"))})
	add := func(n int) {
		for range n {
			name := newID()
			w.manages("ben"+name, name)
			w.manages("chi", "ben"+name)
			w.submit(name, p)
		}
	}
	cost := func(do func()) int64 {
		before := w.store.Statements()
		do()
		return w.store.Statements() - before
	}
	ask := func() {
		_, err := w.engine.AdvanceRequests(w.ctx, w.tenant, w.clock.Now(), 100)
		w.ok(err)
	}
	list := func(who, on string) func() {
		return func() {
			_, err := w.engine.MyApprovals(w.ctx, w.as(who), on, rows())
			w.ok(err)
		}
	}
	add(2)
	begun := cost(ask)
	mine, all := cost(list("chi", "approver")), cost(func() { _, err := w.engine.Approvals(w.ctx, w.admin(), rows()); w.ok(err) })
	add(20)
	// SQLite replaces each request by a statement of its own.
	if got := cost(ask); got-20 > begun-2+5 {
		t.Errorf("beginning 2 approvals cost %d statements, 20 cost %d", begun, got)
	}
	if got := cost(list("chi", "approver")); got != mine {
		t.Errorf("2 waiting approvals cost %d statements, 22 cost %d", mine, got)
	}
	if got := cost(func() { _, err := w.engine.Approvals(w.ctx, w.admin(), rows()); w.ok(err) }); got != all {
		t.Errorf("2 approvals cost %d statements, 22 cost %d", all, got)
	}
}

func TestJustificationOfADecisionIsNeededAndLimited(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.submit("adele", w.staged(entitlement.StageSettings{Primary: w.sets("ben"), ApproverJustificationRequired: true}))
	w.advance(0)
	decide := func(why string) error {
		return w.engine.DecideApproval(w.ctx, w.as("ben"), id, entitlement.Decision{Stage: w.approval(id).Stages[0].ID, Justification: why})
	}
	refused(t, decide(""), fault.Invalid, "JustificationRequired")
	refused(t, decide(" \n"), fault.Invalid, "JustificationRequired")
	refused(t, decide(strings.Repeat("ö", entitlement.MaxJustification+1)), fault.Invalid, "InvalidModel")
	w.ok(decide(strings.Repeat("ö", entitlement.MaxJustification)))
	refused(t, decide("again"), fault.Conflict, "Conflict")
}
