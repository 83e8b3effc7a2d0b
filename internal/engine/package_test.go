package engine_test

import (
	"testing"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
)

func TestPackageNameIsUniqueInItsCatalog(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sales, marketing := w.catalog("Sales"), w.catalog("Marketing")
	w.pkg(sales, "CRM")
	w.pkg(marketing, "CRM")
	_, err := w.engine.CreatePackage(w.ctx, w.admin(), entitlement.Package{Catalog: sales, DisplayName: "crm"})
	refused(t, err, fault.Invalid, "DuplicateAccessPackage")
	id := w.pkg(sales, "Mail")
	refused(t, w.engine.UpdatePackage(w.ctx, w.admin(), id, func(p *entitlement.Package) error { p.DisplayName = "Crm"; return nil }),
		fault.Invalid, "DuplicateAccessPackage")
}

func TestPackageNeedsACatalog(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.engine.CreatePackage(w.ctx, w.admin(), entitlement.Package{DisplayName: "CRM"})
	refused(t, err, fault.Invalid, "InvalidModel")
}

func TestPackageStaysInItsCatalog(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.pkg(w.catalog("Sales"), "CRM")
	other := w.catalog("Other")
	refused(t, w.engine.UpdatePackage(w.ctx, w.admin(), id, func(p *entitlement.Package) error { p.Catalog = other; return nil }),
		fault.Invalid, "InvalidModel")
}

func TestRoleScopeIsFoundInEveryWay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.catalog("Sales")
	r, decoy := w.resource(c, "crm"), w.resource(c, "decoy")
	g := r.OriginID
	member := r.Roles[0]
	want := string(member.ID) + "_" + string(r.Scopes[0].ID)
	tests := map[string]entitlement.RoleScopeRef{
		"by ids":       {Role: string(member.ID), Scope: string(r.Scopes[0].ID)},
		"by the role":  {Role: string(member.ID)},
		"by origin":    {RoleOriginSystem: "AadGroup", RoleOriginID: "Member_" + g, ScopeOriginID: g, ResourceID: string(r.ID)},
		"as Terraform": {RoleDisplayName: "Member", RoleOriginID: "Member_" + g, RoleOriginSystem: "AadGroup", ResourceID: string(r.ID), ResourceOriginID: g, ScopeOriginID: g},
		"by the resource's origin": {
			RoleOriginID: "Member_" + g, ResourceOriginID: g, ResourceOriginSystem: "AadGroup",
		},
		"by origin of the role alone": {RoleOriginID: "Member_" + g},
	}
	for name, ref := range tests {
		p := w.pkg(c, name)
		made, err := w.engine.AddRoleScope(w.ctx, w.admin(), p, ref)
		w.ok(err)
		if made.ID() != want {
			t.Errorf("%s: %s, want %s (decoy %s)", name, made.ID(), want, decoy.ID)
		}
		_, err = w.engine.AddRoleScope(w.ctx, w.admin(), p, ref)
		refused(t, err, fault.Invalid, "DuplicateResourceRoleScope")
	}
}

func TestRoleScopeIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, other := w.catalog("Sales"), w.catalog("Other")
	r, foreign := w.resource(c, "crm"), w.resource(other, "mail")
	p := w.pkg(c, "CRM")
	tests := []struct {
		name, code string
		kind       fault.Kind
		ref        entitlement.RoleScopeRef
	}{
		{"unknown role id", "RoleNotFound", fault.NotFound, entitlement.RoleScopeRef{Role: newID()}},
		{"unknown role of the resource", "RoleNotFound", fault.NotFound, entitlement.RoleScopeRef{ResourceID: string(r.ID), RoleOriginID: "Boss_" + r.OriginID}},
		{"unknown scope", "RoleNotFound", fault.NotFound, entitlement.RoleScopeRef{ResourceID: string(r.ID), RoleDisplayName: "Member", Scope: newID()}},
		{"another system", "RoleNotFound", fault.NotFound, entitlement.RoleScopeRef{ResourceID: string(r.ID), RoleDisplayName: "Member", RoleOriginSystem: "AadApplication"}},
		{"resource of another catalog", "ResourceNotInCatalog", fault.Invalid, entitlement.RoleScopeRef{ResourceID: string(foreign.ID), RoleDisplayName: "Member"}},
		{"its origin", "ResourceNotInCatalog", fault.Invalid, entitlement.RoleScopeRef{ResourceOriginID: foreign.OriginID, RoleDisplayName: "Member"}},
		{"unknown resource", "ResourceNotInCatalog", fault.Invalid, entitlement.RoleScopeRef{ResourceID: newID(), RoleDisplayName: "Member"}},
	}
	for _, tt := range tests {
		_, err := w.engine.AddRoleScope(w.ctx, w.admin(), p, tt.ref)
		if !fault.Is(err, tt.kind) || fault.Of(err).Code != tt.code {
			t.Errorf("%s: %v, want %s", tt.name, err, tt.code)
		}
	}
}

func TestRoleScopesAreListedAndRemoved(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.catalog("Sales")
	p, r := w.pkg(c, "CRM"), w.resource(c, "crm")
	rs := w.give(p, r, "Owner")
	all, err := w.engine.RoleScopes(w.ctx, w.admin(), p, entitlement.Include{"role": {Include: entitlement.Include{"resource": nil}}, "scope": nil})
	w.ok(err)
	if len(all) != 1 || all[0].RoleOf.DisplayName != "Owner" || all[0].RoleOf.Of.ID != r.ID || !all[0].ScopeOf.Root {
		t.Errorf("role scopes %+v", all)
	}
	w.ok(w.engine.RemoveRoleScope(w.ctx, w.admin(), p, rs.ID()))
	refused(t, w.engine.RemoveRoleScope(w.ctx, w.admin(), p, rs.ID()), fault.NotFound, "ResourceNotFound")
}

func TestEditingAPackageLeavesItsRolesAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.catalog("Sales")
	p := w.pkg(c, "CRM")
	w.give(p, w.resource(c, "crm"), "Member")
	w.ok(w.engine.UpdatePackage(w.ctx, w.admin(), p, func(p *entitlement.Package) error { p.Hidden, p.RoleScopes = true, nil; return nil }))
	v, err := w.engine.Package(w.ctx, w.admin(), p, nil)
	w.ok(err)
	if !v.Hidden || len(v.RoleScopes) != 1 {
		t.Errorf("after the edit %+v", v.Package)
	}
}

func TestPackageInUseCannotBeDeleted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.catalog("Sales")
	p := w.pkg(c, "CRM")
	w.give(p, w.resource(c, "crm"), "Member")
	policy := w.policy(p)
	inUse := func(when string) {
		t.Helper()
		refused(t, w.engine.DeletePackage(w.ctx, w.admin(), p), fault.Invalid, "InvalidDeleteAccessPackageHasAssignments")
		refused(t, w.engine.DeletePolicy(w.ctx, w.admin(), policy), fault.Invalid, "PolicyInUse")
		if t.Failed() {
			t.Fatal(when)
		}
	}
	w.submit("adele", p)
	inUse("a request is open")
	w.advance(0)
	inUse("somebody has it")
	page, err := w.engine.Assignments(w.ctx, w.admin(), rows(), nil)
	w.ok(err)
	_, err = w.engine.Submit(w.ctx, w.admin(), entitlement.Submission{Kind: entitlement.AdminRemove, Assignment: page.Rows[0].ID})
	w.ok(err)
	w.advance(0)
	w.ok(w.engine.DeletePolicy(w.ctx, w.admin(), policy))
	w.ok(w.engine.DeletePackage(w.ctx, w.admin(), p))
}

func TestPackageWithOnlyCanceledAndDeniedRequestsCanBeDeleted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.catalog("Sales")
	p := w.pkg(c, "CRM")
	policy := w.policy(p, w.approvedBy("megan"))
	canceled, denied := w.submit("adele", p), w.submit("bob", p)
	w.advance(0)
	w.ok(w.engine.CancelRequest(w.ctx, w.as("adele"), canceled, true))
	w.advance(15 * day)
	if s := w.request(denied).Status; !s.Final() {
		t.Fatalf("the other request is %v, want it timed out", s)
	}
	w.ok(w.engine.DeletePackage(w.ctx, w.admin(), p))
	_, err := w.engine.Policy(w.ctx, w.admin(), policy, nil)
	refused(t, err, fault.NotFound, "ResourceNotFound")
	w.ok(w.engine.DeleteCatalog(w.ctx, w.admin(), c))
}

func TestIncompatiblePackages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, theirs := w.catalog("Sales"), w.catalog("Theirs")
	a, b, hidden := w.pkg(c, "A"), w.pkg(c, "B"), w.pkg(theirs, "C")
	w.role("olga", authz.CatalogOwner, c)
	set := func(who authz.Caller, ids ...entitlement.PackageID) error {
		return w.engine.UpdatePackage(w.ctx, who, a, func(p *entitlement.Package) error { p.Incompatible = ids; return nil })
	}
	refused(t, set(w.admin(), a), fault.Invalid, "InvalidModel")
	refused(t, set(w.admin(), b, b), fault.Invalid, "Request_BadRequest")
	refused(t, set(w.admin(), entitlement.PackageID(newID())), fault.NotFound, "ResourceNotFound")
	forbidden(t, set(w.as("olga"), hidden))
	w.ok(set(w.as("olga"), b))
	v, err := w.engine.Package(w.ctx, w.admin(), b, entitlement.Include{"incompatibleWith": nil})
	w.ok(err)
	if len(v.IncompatibleWith) != 1 || v.IncompatibleWith[0].ID != a {
		t.Errorf("incompatible with %+v, want A", v.IncompatibleWith)
	}
	w.ok(w.engine.DeletePackage(w.ctx, w.admin(), b))
	v, err = w.engine.Package(w.ctx, w.admin(), a, nil)
	w.ok(err)
	if len(v.Incompatible) != 0 {
		t.Errorf("A is incompatible with %v, want the deleted package gone", v.Incompatible)
	}
	w.ok(w.engine.UpdatePackage(w.ctx, w.admin(), a, func(p *entitlement.Package) error { p.Hidden = true; return nil }))
}

func TestIncompatibleGroupsExist(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.pkg(w.catalog("Sales"), "A")
	set := func(ids ...directory.ObjectID) error {
		return w.engine.UpdatePackage(w.ctx, w.admin(), a, func(p *entitlement.Package) error { p.IncompatibleGroup = ids; return nil })
	}
	refused(t, set(w.user("adele")), fault.NotFound, "ResourceNotFound")
	w.ok(set(w.group("g")))
}
