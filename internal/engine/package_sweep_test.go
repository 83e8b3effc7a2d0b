package engine_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/store"
)

// oneGroup is a package that gives membership of readers to everybody.
func (w *world) oneGroup(name string) (entitlement.CatalogID, entitlement.PackageID, entitlement.RoleScope) {
	w.t.Helper()
	c := w.catalog(name)
	p := w.pkg(c, name)
	rs := w.give(p, w.resource(c, "readers"), "Member")
	w.policy(p)
	return c, p, rs
}

func (w *world) requestsOf(kind entitlement.RequestKind) []entitlement.RequestView {
	w.t.Helper()
	page, err := w.engine.Requests(w.ctx, w.admin(), rows(equalTo("kind", string(kind))), nil)
	w.ok(err)
	return page.Rows
}

// requests.md section 9.1: the assignment's roles follow the package's.
func TestAssignmentsFollowTheRolesOfTheirPackage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, p, readers := w.oneGroup("CRM")
	id := w.submit("adele", p)
	w.advance(0)
	w.give(p, w.resource(c, "writers"), "Member")
	w.advance(0)
	if !w.memberOf("adele", "writers") {
		t.Error("adele has not got the role that was added")
	}
	w.ok(w.engine.RemoveRoleScope(w.ctx, w.admin(), p, readers.ID()))
	_, err := w.engine.RequestResource(w.ctx, w.admin(), entitlement.ResourceRequest{
		Kind: entitlement.AdminRemove, Catalog: c, Resource: entitlement.Resource{ID: readers.Resource},
	})
	w.ok(err) // at once, though adele is still a member
	if !w.memberOf("adele", "readers") {
		t.Error("the role was taken inside the call")
	}
	w.advance(0)
	if w.memberOf("adele", "readers") || !w.memberOf("adele", "writers") {
		t.Error("adele has not lost the role that was removed, or lost the other one")
	}
	if a := w.assignment(w.request(id).Assignment); a.State != entitlement.AssignmentDelivered {
		t.Errorf("the assignment is %s", a.State)
	}
	updates := w.requestsOf(entitlement.SystemUpdate)
	if len(updates) != 2 || updates[0].Status != entitlement.Delivered || updates[0].Target != w.user("adele") {
		t.Errorf("updates %+v, want one for each change", updates)
	}
	w.advance(time.Hour)
	if n := len(w.requestsOf(entitlement.SystemUpdate)); n != 2 {
		t.Errorf("%d updates later on, want 2 still", n)
	}
}

func TestRolesThatAreHeldOtherwiseStay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, p, readers := w.oneGroup("CRM")
	_, other, _ := w.oneGroup("Mail")
	w.ok(w.engine.AddMember(w.ctx, w.admin(), w.group("readers"), w.user("dana"), directory.MemberOf))
	for _, name := range []string{"adele", "dana", "eli"} {
		w.submit(name, p)
	}
	w.submit("adele", other)
	w.advance(0)
	w.ok(w.engine.RemoveRoleScope(w.ctx, w.admin(), p, readers.ID()))
	w.advance(0)
	for name, want := range map[string]bool{"adele": true, "dana": true, "eli": false} {
		if w.memberOf(name, "readers") != want {
			t.Errorf("%s is a member: %v, want %v", name, !want, want)
		}
	}
}

func TestARoleThatCannotBeAddedIsTriedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, p, _ := w.oneGroup("CRM")
	id := w.submit("adele", p)
	w.advance(0)
	m := w.breakable("writers")
	m.why = busy
	w.give(p, w.resource(c, "writers"), "Member")
	w.advance(0)
	a := w.assignment(w.request(id).Assignment)
	if a.State != entitlement.AssignmentDelivering || !a.NextDue().Equal(w.clock.Now().Add(time.Minute)) || len(w.requestsOf(entitlement.SystemUpdate)) != 0 {
		t.Fatalf("the assignment is %s, next at %v", a.State, a.NextDue())
	}
	w.advance(30 * time.Second) // the package is passed once more, which changes nothing
	if again := w.assignment(a.ID); !cmp.Equal(again, a) {
		t.Errorf("between tries the assignment became %+v", again)
	}
	for w.assignment(a.ID).State == entitlement.AssignmentDelivering {
		w.advance(w.assignment(a.ID).NextDue().Sub(w.clock.Now()))
	}
	if got := w.clock.Now().Sub(monday); got != 6*time.Hour {
		t.Errorf("given up after %v, want six hours", got)
	}
	updates := w.requestsOf(entitlement.SystemUpdate)
	if len(updates) != 1 || updates[0].Status != entitlement.PartiallyDelivered || w.assignment(a.ID).State != entitlement.AssignmentPartial {
		t.Fatalf("the assignment is %s, updates %+v", w.assignment(a.ID).State, updates)
	}
	m.broken = nil
	w.ok(w.engine.ReprocessRequest(w.ctx, w.admin(), updates[0].ID))
	w.advance(0)
	if r, a := w.request(updates[0].ID), w.assignment(a.ID); r.Status != entitlement.Delivered || a.State != entitlement.AssignmentDelivered || !w.memberOf("adele", "writers") {
		t.Errorf("repaired, the update is %s, the assignment %s", r.Status, a.State)
	}
}

// However many people have the package, each batch costs the same, and a
// batch is as large as it was asked to be.
func TestSweepGoesInBatches(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, p, _ := w.oneGroup("CRM")
	for i := range 25 {
		w.submit(fmt.Sprint("user", i), p)
	}
	w.advance(0)
	w.advance(time.Minute)
	w.give(p, w.resource(c, "writers"), "Member")
	var counts []int
	for {
		before := w.store.Statements()
		n, ran, err := w.engine.RunSweeps(w.ctx, w.tenant, w.clock.Now(), 10)
		w.ok(err)
		if !ran {
			break
		}
		counts = append(counts, n)
		if sent := w.store.Statements() - before; n == 10 && sent > 30 {
			t.Errorf("%d statements for a batch of %d", sent, n)
		}
	}
	if fmt.Sprint(counts) != "[10 10 5 0]" {
		t.Errorf("batches %v", counts)
	}
	if !w.memberOf("user0", "writers") || !w.memberOf("user24", "writers") {
		t.Error("not everybody has the role")
	}
	_, next, err := w.store.NextDue(w.ctx, w.clock.Now())
	w.ok(err)
	if want := w.clock.Now().Add(10 * time.Second); !next.Equal(want) {
		t.Errorf("the second pass is due at %v, want %v", next, want)
	}
	w.advance(time.Minute)
	if _, next, err := w.store.NextDue(w.ctx, w.clock.Now()); err != nil || !next.IsZero() {
		t.Errorf("after two passes something is due at %v, %v", next, err)
	}
}

func TestReprocessedAssignmentGivesBackWhatWasTakenByHand(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, p, _ := w.oneGroup("CRM")
	id := w.submit("adele", p)
	w.advance(0)
	a := w.request(id).Assignment
	w.ok(w.engine.RemoveMember(w.ctx, w.admin(), w.group("readers"), w.user("adele"), directory.MemberOf))
	w.role("anna", authz.AssignmentManager, c)
	w.role("otto", authz.AssignmentManager, w.catalog("Other"))
	w.role("rita", authz.CatalogReader, c)
	for _, who := range []authz.Caller{w.as("adele"), w.as("otto"), w.as("rita"), w.as("anna", authz.ReadAll, authz.SubjectAccess), w.app(authz.ReadAll)} {
		forbidden(t, w.engine.ReprocessAssignment(w.ctx, who, a))
	}
	unknown := entitlement.AssignmentID(newID())
	forbidden(t, w.engine.ReprocessAssignment(w.ctx, w.as("anna"), unknown))
	refused(t, w.engine.ReprocessAssignment(w.ctx, w.admin(), unknown), fault.NotFound, "ResourceNotFound")
	w.ok(w.engine.ReprocessAssignment(w.ctx, w.as("anna"), a))
	if got := w.assignment(a); got.State != entitlement.AssignmentDelivering {
		t.Errorf("until it is done the assignment is %s", got.State)
	}
	refused(t, w.engine.ReprocessAssignment(w.ctx, w.app(authz.ReadWriteAll), a), fault.Invalid, "AssignmentNotReprocessable")
	w.advance(0)
	if got := w.assignment(a); got.State != entitlement.AssignmentDelivered || !w.memberOf("adele", "readers") {
		t.Errorf("the assignment is %s", got.State)
	}
	w.ok(w.engine.ReprocessAssignment(w.ctx, w.app(authz.ReadWriteAll), a)) // nothing to do
	w.advance(0)
	if n := len(w.requestsOf(entitlement.SystemUpdate)); n != 1 {
		t.Errorf("%d updates, want one: for what was given back", n)
	}
	remove := entitlement.Submission{Kind: entitlement.UserRemove, Assignment: a}
	_, err := w.engine.Submit(w.ctx, w.as("adele"), remove)
	w.ok(err)
	w.advance(0)
	if w.memberOf("adele", "readers") {
		t.Error("what was given back stays when the assignment ends")
	}
	refused(t, w.engine.ReprocessAssignment(w.ctx, w.admin(), a), fault.Invalid, "AssignmentNotReprocessable")
}

func scopedTo(group directory.ObjectID) func(*entitlement.Policy) {
	return func(p *entitlement.Policy) {
		p.Scope = entitlement.ScopeSpecificUsers
		p.AllowedTargets = []entitlement.SubjectSet{{Kind: entitlement.SetGroup, ID: string(group)}}
	}
}

// requests.md section 8.2: who goes while a request is pending loses it.
func TestPendingRequestsOfThoseWhoGoAreWithdrawn(t *testing.T) {
	t.Parallel()
	for name, leave := range map[string]func(w *world){
		"deleted": func(w *world) {
			w.ok(w.engine.DeleteObject(w.ctx, w.admin(), directory.KindUser, string(w.user("adele"))))
		},
		"disabled": func(w *world) {
			w.ok(w.engine.UpdateObject(w.ctx, w.admin(), directory.KindUser, string(w.user("adele")),
				func(o *directory.Object) error { o.Enabled = false; return nil }, nil))
		},
		"out of the group": func(w *world) {
			w.ok(w.engine.RemoveMember(w.ctx, w.admin(), w.group("team"), w.user("adele"), directory.MemberOf))
		},
		"group out of the group": func(w *world) {
			w.ok(w.engine.RemoveMember(w.ctx, w.admin(), w.group("sales"), w.group("team"), directory.MemberOf))
		},
		"group deleted": func(w *world) {
			w.ok(w.engine.DeleteObject(w.ctx, w.admin(), directory.KindGroup, string(w.group("team"))))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			team := w.group("team", "adele", "dana")
			w.ok(w.engine.AddMember(w.ctx, w.admin(), w.group("sales"), team, directory.MemberOf))
			p := w.pkg(w.catalog("Sales"), "CRM")
			w.policy(p, w.approvedBy("megan"), scopedTo(w.group("sales")))
			id, other := w.submit("adele", p), w.submit("dana", p)
			w.advance(0)
			leave(w)
			w.advance(0)
			r := w.request(id)
			if r.Status != entitlement.Canceled || r.Failure == "" || !r.NextDue().IsZero() {
				t.Errorf("the request is %s (%q)", r.Status, r.Failure)
			}
			a, err := w.engine.Approval(w.ctx, w.admin(), id)
			w.ok(err)
			if a.Current() >= 0 {
				t.Error("its approval is still open")
			}
			want := entitlement.PendingApproval
			if name == "group out of the group" || name == "group deleted" {
				want = entitlement.Canceled
			}
			if got := w.request(other).Status; got != want {
				t.Errorf("dana's request is %s, want %s", got, want)
			}
		})
	}
}

func TestScheduledStartAsksTheScopeAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.pkg(w.catalog("Sales"), "CRM")
	team := w.group("team", "adele")
	w.policy(p, scopedTo(team))
	r, err := w.engine.Submit(w.ctx, w.as("adele"), entitlement.Submission{
		Kind: entitlement.UserAdd, Package: p, Schedule: entitlement.Schedule{Start: monday.Add(day)},
	})
	w.ok(err)
	w.advance(0)
	// A connector takes her out, as no use case for people does.
	w.ok(w.store.Write(w.ctx, w.tenant, store.People, func(tx store.Tx) error {
		m := directory.Membership{Group: team, Member: w.user("adele"), Relation: directory.MemberOf}
		return tx.RemoveMember(w.ctx, m, audit.Record{
			ID: newID(), At: w.clock.Now(), Actor: entitlement.System, Action: audit.MemberRemoved, Result: audit.Success,
			Object: audit.Object{Kind: audit.KindObject, ID: string(team)},
		})
	}))
	w.advance(day)
	if q := w.request(r.ID); q.Status != entitlement.DeliveryFailed || q.Failure == "" {
		t.Errorf("the request is %s (%q)", q.Status, q.Failure)
	}
}

func TestAccessOfTheDeletedEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, p, _ := w.oneGroup("CRM")
	id := w.submit("adele", p)
	w.advance(0)
	w.ok(w.engine.DeleteObject(w.ctx, w.admin(), directory.KindUser, string(w.user("adele"))))
	if a := w.assignment(w.request(id).Assignment); a.State != entitlement.AssignmentExpired {
		t.Errorf("the assignment is %s", a.State)
	}
	if removals := w.requestsOf(entitlement.SystemRemove); len(removals) != 1 || removals[0].Status != entitlement.Delivered {
		t.Errorf("removals %+v", removals)
	}
}
