package engine_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/engine"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/provision/builtin"
	"github.com/grantkeep/grantkeep/internal/store"
)

// moody is the built-in connector, except that it gives and takes nothing on
// the resources with the broken origin ids; it keeps what it was asked for.
type moody struct {
	engine.Connector
	broken map[directory.ObjectID]bool
	why    error // why not; for good, if it is nil
	asked  []string
}

func (m *moody) Give(ctx context.Context, tx store.Tx, grants []entitlement.Grant, why engine.Why) ([]error, error) {
	return m.spare(grants, func(good []entitlement.Grant) error { _, err := m.Connector.Give(ctx, tx, good, why); return err })
}

func (m *moody) Take(ctx context.Context, tx store.Tx, grants []entitlement.Grant, why engine.Why) ([]error, error) {
	return m.spare(grants, func(good []entitlement.Grant) error { _, err := m.Connector.Take(ctx, tx, good, why); return err })
}

func (m *moody) spare(grants []entitlement.Grant, do func([]entitlement.Grant) error) ([]error, error) {
	failed := make([]error, len(grants))
	var rest []entitlement.Grant
	for i, g := range grants {
		m.asked = append(m.asked, g.OriginID)
		if !m.broken[directory.ObjectID(g.OriginID)] {
			rest = append(rest, g)
		} else if failed[i] = m.why; m.why == nil {
			failed[i] = errors.New("the group is locked")
		}
	}
	return failed, do(rest)
}

// breakable makes deliveries of the world fail on the broken groups.
func (w *world) breakable(groups ...string) *moody {
	w.t.Helper()
	connectors := builtin.Connectors(newID)
	m := &moody{Connector: connectors[entitlement.OriginGroup], broken: map[directory.ObjectID]bool{}}
	for _, g := range groups {
		m.broken[w.group(g)] = true
	}
	connectors[entitlement.OriginGroup] = m
	w.engine = engine.New(w.store, w.clock, newID, connectors, engine.Settings{MaxStages: 3})
	return m
}

// twoGroups is a package that gives membership of readers and of writers, to
// everybody for 30 days.
func (w *world) twoGroups(name string) (entitlement.CatalogID, entitlement.PackageID) {
	w.t.Helper()
	c := w.catalog(name)
	p := w.pkg(c, name)
	w.give(p, w.resource(c, "readers"), "Member")
	w.give(p, w.resource(c, "writers"), "Member")
	w.policy(p, func(p *entitlement.Policy) {
		p.Expiration = entitlement.Expiration{Type: entitlement.AfterDuration, Duration: "P30D"}
	})
	return c, p
}

func (w *world) assignment(id entitlement.AssignmentID) entitlement.Assignment {
	w.t.Helper()
	a, err := w.engine.Assignment(w.ctx, w.admin(), id, nil)
	w.ok(err)
	return a.Assignment
}

func (w *world) memberOf(name, group string) bool {
	w.t.Helper()
	page, err := w.engine.Members(w.ctx, w.admin(), w.group(group), directory.MemberOf, rows())
	w.ok(err)
	return slices.ContainsFunc(page.Rows, func(o directory.Object) bool { return o.ID == w.user(name) })
}

func TestReprocessGivesOnlyWhatIsMissing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, p := w.twoGroups("CRM")
	m := w.breakable("writers")
	id := w.submit("adele", p)
	w.advance(0)
	if r := w.request(id); r.Status != entitlement.PartiallyDelivered || r.Failure == "" {
		t.Fatalf("the request is %s (%q)", r.Status, r.Failure)
	}
	end := w.assignment(w.request(id).Assignment).EndsAt

	w.advance(day)
	m.asked = nil
	w.ok(w.engine.ReprocessRequest(w.ctx, w.admin(), id))
	if r := w.request(id); r.Status != entitlement.Delivering || !r.CompletedAt.IsZero() {
		t.Fatalf("while it is tried again it is %s, completed %v", r.Status, r.CompletedAt)
	}
	refused(t, w.engine.ReprocessRequest(w.ctx, w.admin(), id), fault.Invalid, "RequestNotReprocessable")
	w.advance(0)
	if r := w.request(id); r.Status != entitlement.PartiallyDelivered || !r.CompletedAt.Equal(w.clock.Now()) {
		t.Errorf("still broken, it is %s, completed %v", r.Status, r.CompletedAt)
	}

	m.broken = nil
	w.ok(w.engine.ReprocessRequest(w.ctx, w.admin(), id))
	w.advance(0)
	r := w.request(id)
	a := w.assignment(r.Assignment)
	if r.Status != entitlement.Delivered || r.Failure != "" || a.State != entitlement.AssignmentDelivered || !a.EndsAt.Equal(end) {
		t.Errorf("repaired, the request is %s (%q) and the assignment %s until %v, want %v", r.Status, r.Failure, a.State, a.EndsAt, end)
	}
	if !w.memberOf("adele", "readers") || !w.memberOf("adele", "writers") {
		t.Error("adele is not in both groups")
	}
	if writers := string(w.group("writers")); !slices.Equal(m.asked, []string{writers, writers}) {
		t.Errorf("asked for %v, want only the missing group, twice", m.asked)
	}
	refused(t, w.engine.ReprocessRequest(w.ctx, w.admin(), id), fault.Invalid, "RequestNotReprocessable")

	w.advance(30 * day)
	if w.memberOf("adele", "readers") || w.memberOf("adele", "writers") {
		t.Error("what was given in two tries is not taken in the end")
	}
}

func TestReprocessOfWhatGaveNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, p := w.twoGroups("CRM")
	m := w.breakable("readers", "writers")
	id := w.submit("adele", p)
	w.advance(0)
	if r := w.request(id); r.Status != entitlement.DeliveryFailed {
		t.Fatalf("the request is %s", r.Status)
	}
	w.advance(14*day - time.Hour)
	m.broken = map[directory.ObjectID]bool{w.group("readers"): true}
	w.ok(w.engine.ReprocessRequest(w.ctx, w.admin(), id))
	w.advance(0)
	a := w.assignment(w.request(id).Assignment)
	if want := w.clock.Now().Add(30 * day); a.State != entitlement.AssignmentPartial || !a.EndsAt.Equal(want) {
		t.Errorf("the assignment is %s until %v, want partiallyDelivered until %v", a.State, a.EndsAt, want)
	}
	w.advance(15 * day)
	refused(t, w.engine.ReprocessRequest(w.ctx, w.admin(), id), fault.Invalid, "RequestNotReprocessable")
}

func TestReprocessBesideAnotherPackageSharesTheGrant(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, p := w.twoGroups("CRM")
	_, other := w.twoGroups("Mail")
	m := w.breakable("writers")
	first := w.submit("adele", p)
	w.advance(0)
	m.broken = nil
	w.submit("adele", other)
	w.advance(0)
	m.asked = nil
	w.ok(w.engine.ReprocessRequest(w.ctx, w.admin(), first))
	w.advance(0)
	if r := w.request(first); r.Status != entitlement.Delivered || len(m.asked) != 0 {
		t.Errorf("the request is %s; asked for %v although another package gives it already", r.Status, m.asked)
	}
}

func TestAnAssignmentThatEndsMeanwhileIsNotRevived(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, p := w.twoGroups("CRM")
	m := w.breakable("writers")
	id := w.submit("adele", p)
	w.advance(0)
	m.broken = nil
	w.clock.Set(w.clock.Now().Add(13 * day))
	w.ok(w.engine.ReprocessRequest(w.ctx, w.admin(), id))
	w.clock.Set(w.clock.Now().Add(40 * day))
	_, err := w.engine.ExpireAssignments(w.ctx, w.tenant, w.clock.Now(), 10)
	w.ok(err)
	w.advance(0)
	r := w.request(id)
	if a := w.assignment(r.Assignment); r.Status != entitlement.DeliveryFailed || a.State != entitlement.AssignmentExpired || w.memberOf("adele", "writers") {
		t.Errorf("the request is %s, the assignment %s", r.Status, a.State)
	}
	refused(t, w.engine.ReprocessRequest(w.ctx, w.admin(), id), fault.Invalid, "RequestNotReprocessable")
}

func TestWhoMayReprocessAndDelete(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, p := w.twoGroups("CRM")
	w.breakable("readers", "writers")
	id := w.submit("adele", p)
	w.advance(0)
	w.role("anna", authz.AssignmentManager, c)
	w.role("otto", authz.AssignmentManager, w.catalog("Other"))
	w.role("rita", authz.CatalogReader, c)
	unknown := entitlement.RequestID(newID())
	for name, do := range map[string]func(authz.Caller, entitlement.RequestID) error{
		"reprocess": func(who authz.Caller, id entitlement.RequestID) error {
			return w.engine.ReprocessRequest(w.ctx, who, id)
		},
		"delete": func(who authz.Caller, id entitlement.RequestID) error { return w.engine.DeleteRequest(w.ctx, who, id) },
	} {
		for _, who := range []authz.Caller{w.as("adele"), w.as("otto"), w.as("rita"), w.as("anna", authz.ReadAll, authz.SubjectAccess), w.app(authz.ReadAll)} {
			if err := do(who, id); !fault.Is(err, fault.Forbidden) {
				t.Errorf("%s by %s: %v, want a refusal", name, who.Actor.Name, err)
			}
		}
		forbidden(t, do(w.as("anna"), unknown))
		refused(t, do(w.admin(), unknown), fault.NotFound, "ResourceNotFound")
	}
	w.ok(w.engine.ReprocessRequest(w.ctx, w.as("anna"), id))
	w.advance(0)
	w.ok(w.engine.ReprocessRequest(w.ctx, w.app(authz.ReadWriteAll), id))
	w.advance(0)
	refused(t, w.engine.DeleteRequest(w.ctx, w.as("anna"), id), fault.Invalid, "RequestInUse")
}

func TestDeletedRequestKeepsItsPast(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.pkg(w.catalog("Sales"), "CRM")
	w.policy(p, w.approvedBy("megan"))
	id := w.submit("adele", p)
	w.advance(0)
	refused(t, w.engine.DeleteRequest(w.ctx, w.admin(), id), fault.Invalid, "RequestInUse")
	w.ok(w.engine.CancelRequest(w.ctx, w.as("adele"), id, true))
	w.ok(w.engine.DeleteRequest(w.ctx, w.admin(), id))
	_, err := w.engine.Request(w.ctx, w.admin(), id, nil)
	refused(t, err, fault.NotFound, "ResourceNotFound")
	_, err = w.engine.Approval(w.ctx, w.admin(), id)
	refused(t, err, fault.NotFound, "ResourceNotFound")
	page, err := w.engine.Approvals(w.ctx, w.admin(), rows())
	w.ok(err)
	if len(page.Rows) != 0 {
		t.Errorf("the approval is still listed: %+v", page.Rows)
	}
	w.ok(w.store.Read(w.ctx, w.tenant, func(r store.Reader) error {
		records, err := r.AuditOf(w.ctx, audit.KindRequest, string(id))
		var got []audit.Action
		for _, record := range records {
			got = append(got, record.Action)
		}
		want := []audit.Action{audit.UserRequested, audit.RequestUpdated, audit.RequestCanceled, audit.RequestDeleted}
		if !slices.Equal(got, want) {
			t.Errorf("records %v, want %v", got, want)
		}
		return err
	}))
	refused(t, w.engine.DeleteRequest(w.ctx, w.admin(), id), fault.NotFound, "ResourceNotFound")
	w.submit("adele", p) // the way is free
}

func TestRequestIsDeletedOnceItsAssignmentEnded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, p := w.twoGroups("CRM")
	id := w.submit("adele", p)
	w.advance(0)
	refused(t, w.engine.DeleteRequest(w.ctx, w.admin(), id), fault.Invalid, "RequestInUse")
	w.advance(30 * day)
	w.ok(w.engine.DeleteRequest(w.ctx, w.admin(), id))
	page, err := w.engine.Requests(w.ctx, w.admin(), rows(), nil)
	w.ok(err)
	if len(page.Rows) != 1 || page.Rows[0].Kind != entitlement.SystemRemove {
		t.Fatalf("left are %+v, want the removal", page.Rows)
	}
	w.ok(w.engine.DeleteRequest(w.ctx, w.admin(), page.Rows[0].ID))
}
