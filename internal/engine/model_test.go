package engine_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/store"
)

// The model knows requests, assignments and their instants in the fewest
// words that tell them apart. It shares no code with the engine.
type modelPolicy struct {
	days     int
	approval bool
}

type modelRequest struct {
	id               entitlement.RequestID
	who, pkg         int
	kind             entitlement.RequestKind
	changes          *modelAssignment // that it prolongs or ends; nil for a new one
	status           entitlement.Status
	policy           modelPolicy // as it was when the request was made
	asks             bool
	start            time.Time
	escalate, denied time.Time
}

type modelAssignment struct {
	id       entitlement.AssignmentID
	who, pkg int
	ends     time.Time
	active   bool
}

type model struct {
	now         time.Time
	policies    [2]modelPolicy
	disabled    [2]bool
	requests    []*modelRequest
	assignments []*modelAssignment
}

func (r *modelRequest) open() bool {
	switch r.status {
	case entitlement.Accepted, entitlement.PendingApproval, entitlement.PendingApprovalEscalated, entitlement.PendingNotBefore, entitlement.Delivering:
		return true
	}
	return false
}

func (r *modelRequest) pending() bool {
	return r.status == entitlement.PendingApproval || r.status == entitlement.PendingApprovalEscalated
}

func (m *model) openRequest(who, pkg int) *modelRequest {
	for _, r := range m.requests {
		if r.open() && r.who == who && r.pkg == pkg {
			return r
		}
	}
	return nil
}

func (m *model) held(who, pkg int) *modelAssignment {
	for _, a := range m.assignments {
		if a.active && a.who == who && a.pkg == pkg {
			return a
		}
	}
	return nil
}

// pass lets time pass and does everything that is due then.
func (m *model) pass(d time.Duration) {
	m.now = m.now.Add(d)
	for moved := true; moved; {
		moved = false
		for _, r := range m.requests {
			moved = m.advance(r) || moved
		}
		for _, a := range m.assignments {
			if a.active && !a.ends.After(m.now) {
				a.active, moved = false, true
			}
		}
	}
}

func (m *model) advance(r *modelRequest) bool {
	const hours = time.Hour
	switch {
	case r.status == entitlement.Accepted && r.asks:
		r.status, r.escalate, r.denied = entitlement.PendingApproval, m.now.Add(24*hours), m.now.Add(96*hours)
	case r.status == entitlement.Accepted && r.start.After(m.now):
		r.status = entitlement.PendingNotBefore
	case r.status == entitlement.PendingApproval && !r.escalate.After(m.now):
		r.status = entitlement.PendingApprovalEscalated
	case r.status == entitlement.PendingApprovalEscalated && !r.denied.After(m.now):
		r.status = entitlement.Expired
	case r.status == entitlement.Accepted, r.status == entitlement.Delivering, r.status == entitlement.PendingNotBefore && !r.start.After(m.now):
		m.deliver(r)
	default:
		return false
	}
	return true
}

func (m *model) deliver(r *modelRequest) {
	lasts := time.Duration(r.policy.days) * 24 * time.Hour
	r.status = entitlement.Delivered
	switch a := r.changes; {
	case a == nil:
		m.assignments = append(m.assignments, &modelAssignment{entitlement.AssignmentID(r.id), r.who, r.pkg, m.now.Add(lasts), true})
	case r.kind == entitlement.UserRemove || r.kind == entitlement.AdminRemove:
		a.active = false
	case !a.active:
		r.status = entitlement.DeliveryFailed
	default:
		a.ends = a.ends.Add(lasts)
	}
}

// due is when time alone changes the request.
func (r *modelRequest) due() time.Time {
	switch r.status {
	case entitlement.PendingApproval:
		return r.escalate
	case entitlement.PendingApprovalEscalated:
		return r.denied
	case entitlement.PendingNotBefore:
		return r.start
	}
	return time.Time{}
}

// walk is a model beside the real thing.
type walk struct {
	*world
	model
	rt       *rapid.T
	people   [2]string
	packages [2]entitlement.PackageID
	rules    [2]entitlement.PolicyID
}

// TestEngineAgreesWithTheModel walks at random through what can happen to
// requests and compares states, grants and instants after every step.
func TestEngineAgreesWithTheModel(t *testing.T) {
	t.Parallel()
	const most = 20 // walks of some thirty steps, each in a database of its own
	walks, failing := 0, false
	rapid.Check(t, func(rt *rapid.T) {
		if walks++; walks > most && !failing {
			return
		}
		failing = true // until it is over: what fails is walked again to find the shortest way
		w := newWalk(t, rt)
		steps := map[string]func(*rapid.T){
			"submit": func(*rapid.T) { w.submitOne() }, "cancel": func(*rapid.T) { w.cancelOne() }, "decide": func(*rapid.T) { w.decideOne() },
			"pass": func(*rapid.T) { w.passSome() }, "edit": func(*rapid.T) { w.editPolicy() }, "reprocess": func(*rapid.T) { w.reprocessOne() },
			"disable": func(*rapid.T) { w.disableOne() }, "": func(*rapid.T) { w.agree() },
		}
		rt.Repeat(steps)
		failing = false
	})
}

func newWalk(t *testing.T, rt *rapid.T) *walk {
	w := &walk{world: newWorld(t), rt: rt, people: [2]string{"adele", "bob"}}
	w.now = monday
	c := w.catalog("Sales")
	readers := w.resource(c, "readers") // both packages give the same role
	for i := range w.packages {
		w.policies[i] = modelPolicy{days: 10, approval: i == 1}
		w.packages[i] = w.pkg(c, "package"+newID())
		w.give(w.packages[i], readers, "Member")
		w.rules[i] = w.policy(w.packages[i], w.rule(w.policies[i]))
	}
	return w
}

func (w *walk) rule(p modelPolicy) func(*entitlement.Policy) {
	stages := []entitlement.StageSettings{{
		TimeOut: "P4D", EscalationEnabled: true, EscalateAfter: "P1D", Primary: w.sets("ben"), Escalation: w.sets("chi"),
	}}
	return func(policy *entitlement.Policy) {
		policy.Expiration = entitlement.Expiration{Type: entitlement.AfterDuration, Duration: entitlement.Days(p.days)}
		policy.Approval = entitlement.ApprovalSettings{RequiredForAdd: p.approval, Stages: stages}
	}
}

// one draws one of the requests; nil if there is none yet.
func (w *walk) one() *modelRequest {
	if len(w.requests) == 0 {
		return nil
	}
	return rapid.SampledFrom(w.requests).Draw(w.rt, "request")
}

// expect compares whether the engine refused with what the model says.
func (w *walk) expect(err error, code, what string) bool {
	w.t.Helper()
	if code == "" && err != nil || code != "" && (err == nil || fault.Of(err).Code != code) {
		w.rt.Fatalf("%s: %v, want %q", what, err, code)
	}
	return code == ""
}

func (w *walk) submitOne() {
	who, pkg := rapid.IntRange(0, 1).Draw(w.rt, "who"), rapid.IntRange(0, 1).Draw(w.rt, "package")
	kind := rapid.SampledFrom([]entitlement.RequestKind{
		entitlement.UserAdd, entitlement.UserAdd, entitlement.AdminAdd, entitlement.UserExtend, entitlement.UserRemove, entitlement.AdminRemove,
	}).Draw(w.rt, "kind")
	held, rule := w.held(who, pkg), w.model.policies[pkg]
	r := &modelRequest{who: who, pkg: pkg, kind: kind, status: entitlement.Accepted, policy: rule}
	s := entitlement.Submission{Kind: kind, Package: w.packages[pkg], Policy: w.rules[pkg], Target: w.user(w.people[who])}
	caller, code := w.as(w.people[who]), ""
	switch kind {
	case entitlement.UserAdd:
		r.asks, r.changes = rule.approval, held // who has it already renews it
	case entitlement.AdminAdd:
		caller = w.admin()
		if rapid.Bool().Draw(w.rt, "later") {
			r.start = w.now.Add(2 * day)
			s.Schedule.Start = r.start
		}
		if held != nil {
			code = "ExistingAssignment"
		}
	default:
		if kind == entitlement.AdminRemove {
			caller = w.admin()
		}
		if r.changes = held; held == nil {
			return
		}
		s.Assignment = held.id
	}
	switch {
	case w.disabled[who] && caller.ID() == s.Target:
		return // could not sign in
	case w.disabled[who] && kind == entitlement.AdminAdd:
		code = "TargetNotAllowed"
	case w.openRequest(who, pkg) != nil:
		code = "ExistingOpenRequest"
	}
	made, err := w.engine.Submit(w.ctx, caller, s)
	if w.expect(err, code, "submit "+string(kind)) {
		r.id = made.ID
		w.requests = append(w.requests, r)
	}
}

func (w *walk) cancelOne() {
	r := w.one()
	if r == nil {
		return
	}
	code := ""
	if !r.open() || r.status == entitlement.Delivering {
		code = "RequestNotCancelable"
	}
	if w.expect(w.engine.CancelRequest(w.ctx, w.admin(), r.id, true), code, "cancel "+string(r.status)) {
		r.status = entitlement.Canceled
	}
}

func (w *walk) decideOne() {
	r := w.one()
	if r == nil || !r.pending() {
		return
	}
	by, approve := rapid.SampledFrom([]string{"ben", "chi"}).Draw(w.rt, "by"), rapid.Bool().Draw(w.rt, "approve")
	code := ""
	if by == "chi" && r.status == entitlement.PendingApproval {
		code = "UnAuthorized"
	}
	if !w.expect(w.answer(by, r.id, approve), code, by+" decides") {
		return
	}
	r.status = entitlement.Denied
	if approve {
		r.status = entitlement.Delivering
	}
}

func (w *walk) passSome() {
	d := rapid.SampledFrom([]time.Duration{0, 0, time.Hour, day, 3 * day, 11 * day}).Draw(w.rt, "time")
	w.world.advance(d)
	w.pass(d)
}

func (w *walk) editPolicy() {
	pkg := rapid.IntRange(0, 1).Draw(w.rt, "package")
	p := modelPolicy{days: rapid.SampledFrom([]int{5, 10, 30}).Draw(w.rt, "days"), approval: rapid.Bool().Draw(w.rt, "approval")}
	edit := w.rule(p)
	_, err := w.engine.ReplacePolicy(w.ctx, w.admin(), w.rules[pkg], func(policy *entitlement.Policy) error { edit(policy); return nil })
	w.ok(err)
	w.model.policies[pkg] = p
}

// reprocessOne tries again what failed: here it is always because the
// assignment has ended, which nothing mends.
func (w *walk) reprocessOne() {
	if r := w.one(); r != nil {
		w.expect(w.engine.ReprocessRequest(w.ctx, w.admin(), r.id), "RequestNotReprocessable", "reprocess "+string(r.status))
	}
}

// disableOne takes somebody away: what waits for a decision or its start is
// withdrawn.
func (w *walk) disableOne() {
	who := rapid.IntRange(0, 9).Draw(w.rt, "who leaves")
	if who > 1 || w.disabled[who] {
		return // seldom, or most walks would be over at once
	}
	w.world.advance(0)
	w.pass(0)
	w.disable(w.people[who])
	w.disabled[who] = true
	w.world.advance(0)
	for _, r := range w.requests {
		if r.who == who && r.open() {
			r.status = entitlement.Canceled
		}
	}
}

// agree compares everything, and holds what must always hold.
func (w *walk) agree() {
	w.ok(w.store.Read(w.ctx, w.tenant, func(r store.Reader) error {
		for _, m := range w.requests {
			if err := w.agreeOn(r, m); err != nil {
				return err
			}
		}
		for i, name := range w.people {
			if err := w.agreeOnGrants(r, i, w.user(name)); err != nil {
				return err
			}
		}
		return nil
	}))
}

func (w *walk) agreeOn(r store.Reader, m *modelRequest) error {
	q, err := r.Request(w.ctx, m.id)
	if err != nil {
		return err
	}
	status := q.Status
	if status == entitlement.DeliveredTold {
		status = entitlement.Delivered
	}
	if status != m.status || q.Open() != m.open() {
		w.rt.Fatalf("%s of %s is %s, the model says %s", q.Kind, w.people[m.who], q.Status, m.status)
	}
	if due := m.due(); !due.IsZero() && !q.NextDue().Equal(due) || !m.open() && !q.NextDue().IsZero() {
		w.rt.Fatalf("a request that is %s is due at %v, the model says %v", q.Status, q.NextDue(), due)
	}
	if err := w.everyVersionIsRecorded(r, audit.KindRequest, string(q.ID), q.Version); err != nil {
		return err
	}
	a, err := r.Approval(w.ctx, m.id)
	if fault.Is(err, fault.NotFound) {
		if m.pending() {
			w.rt.Fatal("a pending request has no approval")
		}
		return nil
	}
	if err != nil {
		return err
	}
	if open := a.Current() >= 0; open != m.pending() {
		w.rt.Fatalf("the approval of a request that is %s is open: %v", q.Status, open)
	}
	return w.everyVersionIsRecorded(r, audit.KindApproval, string(a.ID), a.Version)
}

func (w *walk) agreeOnGrants(r store.Reader, who int, id directory.ObjectID) error {
	var live []entitlement.AssignmentID
	page, err := r.Assignments(w.ctx, rows(equalTo("target", string(id))))
	if err != nil {
		return err
	}
	for _, a := range page.Rows {
		at := slices.IndexFunc(w.assignments, func(m *modelAssignment) bool { return m.id == a.ID })
		if at < 0 || w.assignments[at].active != a.Active() || a.Active() && !a.EndsAt.Equal(w.assignments[at].ends) || !a.Active() && !a.NextDue().IsZero() {
			w.rt.Fatalf("assignment %+v, the model has %+v", a, w.assignments)
		}
		if a.Active() {
			live = append(live, a.ID)
		}
		if err := w.everyVersionIsRecorded(r, audit.KindAssignment, string(a.ID), a.Version); err != nil {
			return err
		}
	}
	open, err := r.OpenGrants(w.ctx, []directory.ObjectID{id})
	if err != nil {
		return err
	}
	if (len(live) > 0) != (len(open) == 1) || len(open) > 1 {
		w.rt.Fatalf("%s has %d grants through %d live assignments", w.people[who], len(open), len(live))
	}
	member, err := r.HasMember(w.ctx, directory.Membership{Group: w.known["readers"], Relation: directory.MemberOf, Member: id})
	if err == nil && member != (len(live) > 0) {
		w.rt.Fatalf("%s is in the group: %v, with %d live assignments", w.people[who], member, len(live))
	}
	if err != nil || len(live) == 0 {
		return err
	}
	sources, err := r.SourcesOf(w.ctx, live)
	if err == nil && len(sources) != len(live) {
		w.rt.Fatalf("%d sources for %d live assignments", len(sources), len(live))
	}
	return err
}

// everyVersionIsRecorded holds the audit log to one record at least for each
// change, and none for what did not happen.
func (w *walk) everyVersionIsRecorded(r store.Reader, kind audit.ObjectKind, id string, version int64) error {
	log, err := r.AuditOf(w.ctx, kind, id)
	recorded := map[int64]bool{}
	for _, record := range log {
		if record.After > 0 {
			recorded[record.After] = true
		}
	}
	if err == nil && int64(len(recorded)) != version {
		w.rt.Fatalf("%s has version %d and %d of them in the log", kind, version, len(recorded))
	}
	return err
}
