package engine_test

import (
	"bytes"
	"testing"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/store"
)

// step is what a record tells of one change.
type step struct {
	action        audit.Action
	before, after int64
}

func (w *world) history(kind audit.ObjectKind, id string) []step {
	w.t.Helper()
	var all []step
	w.ok(w.store.Read(w.ctx, w.tenant, func(r store.Reader) error {
		log, err := r.AuditOf(w.ctx, kind, id)
		for _, record := range log {
			all = append(all, step{record.Action, record.Before, record.After})
			if record.Actor.ID == "" || record.Result != audit.Success || record.ID == "" || record.At.IsZero() {
				w.t.Errorf("incomplete record %+v", record)
			}
		}
		return err
	}))
	return all
}

func TestEveryChangeLeavesARecord(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	admin := w.admin()
	c := w.catalog("Sales")
	r := w.resource(c, "crm")
	p := w.pkg(c, "CRM")
	rs := w.give(p, r, "Member")
	policy := w.policy(p)
	owner := w.role("olga", authz.CatalogOwner, c)
	w.ok(w.engine.UpdateCatalog(w.ctx, admin, c, func(c *entitlement.Catalog) error { c.Description = "x"; return nil }))
	_, err := w.engine.ReplacePolicy(w.ctx, admin, policy, func(p *entitlement.Policy) error { p.DisplayName = "all"; return nil })
	w.ok(err)
	w.ok(w.engine.RemoveRoleScope(w.ctx, admin, p, rs.ID()))
	w.ok(w.engine.DeletePackage(w.ctx, admin, p))
	w.ok(w.engine.DeleteCatalog(w.ctx, admin, c))
	g := w.group("team", "adele")
	w.ok(w.engine.RemoveMember(w.ctx, admin, g, w.user("adele"), directory.MemberOf))
	w.ok(w.engine.DeleteObject(w.ctx, admin, directory.KindGroup, string(g)))
	w.ok(w.engine.PurgeObject(w.ctx, admin, g))
	for _, tt := range []struct {
		kind audit.ObjectKind
		id   string
		want []step
	}{
		{audit.KindCatalog, string(c), []step{{audit.CatalogCreated, 0, 1}, {audit.CatalogUpdated, 1, 2}, {audit.CatalogDeleted, 2, 0}}},
		{audit.KindResource, string(r.ID), []step{{audit.ResourceAdded, 0, 1}, {audit.ResourceRemoved, 1, 0}}},
		{audit.KindPackage, string(p), []step{{audit.PackageCreated, 0, 1}, {audit.PackageUpdated, 1, 2}, {audit.PackageUpdated, 2, 3}, {audit.PackageDeleted, 3, 0}}},
		{audit.KindPolicy, string(policy), []step{{audit.PolicyCreated, 0, 1}, {audit.PolicyUpdated, 1, 2}, {audit.PolicyDeleted, 2, 0}}},
		{audit.KindRoleAssignment, owner.ID, []step{{audit.RoleGiven, 0, 1}, {audit.RoleTaken, 1, 0}}},
		{audit.KindObject, string(g), []step{
			{audit.GroupAdded, 0, 1},
			{audit.OwnerAdded, 0, 0},
			{audit.MemberAdded, 0, 0},
			{audit.MemberRemoved, 0, 0},
			{audit.GroupDeleted, 1, 2},
			{audit.ObjectPurged, 2, 0},
		}},
	} {
		got := w.history(tt.kind, tt.id)
		if len(got) != len(tt.want) {
			t.Errorf("%s: %v, want %v", tt.kind, got, tt.want)
			continue
		}
		for i := range got {
			if got[i] != tt.want[i] {
				t.Errorf("%s, record %d: %v, want %v", tt.kind, i, got[i], tt.want[i])
			}
		}
	}
}

func TestRoleScopesOfThePastAreKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.catalog("Sales")
	p := w.pkg(c, "CRM")
	rs := w.give(p, w.resource(c, "crm"), "Member")
	w.clock.Set(monday.Add(day))
	w.ok(w.engine.RemoveRoleScope(w.ctx, w.admin(), p, rs.ID()))
	w.ok(w.store.Read(w.ctx, w.tenant, func(r store.Reader) error {
		was, err := r.VersionAt(w.ctx, audit.KindPackage, string(p), monday.Add(day/2))
		if err != nil {
			return err
		}
		if !bytes.Contains(was, []byte(rs.Role)) {
			t.Errorf("the package as it was is %s, want the role in it", was)
		}
		log, err := r.AuditOf(w.ctx, audit.KindPackage, string(p))
		if last := log[len(log)-1]; last.Reason != "roleScopeRemoved "+rs.ID() {
			t.Errorf("the record says %q, want which role went", last.Reason)
		}
		return err
	}))
}
