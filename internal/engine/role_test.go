package engine_test

import (
	"testing"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
)

func TestRoleAssignmentIsChecked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.catalog("Sales")
	w.role("olga", authz.CatalogOwner, c)
	plain := w.group("plain")
	ok := authz.RoleAssignment{Principal: w.user("adele"), Role: string(authz.CatalogReader), Provider: authz.EntitlementProvider, Catalog: c}
	tests := []struct {
		name, code string
		kind       fault.Kind
		edit       func(*authz.RoleAssignment)
	}{
		{"unknown role", "RoleNotFound", fault.NotFound, func(a *authz.RoleAssignment) { a.Role = newID() }},
		{"role of the other provider", "RoleNotFound", fault.NotFound, func(a *authz.RoleAssignment) { a.Role = authz.GlobalAdmin }},
		{"tenant role on a catalog", "InvalidModel", fault.Invalid, func(a *authz.RoleAssignment) { a.Role = string(authz.CatalogCreator) }},
		{"catalog role on the tenant", "InvalidModel", fault.Invalid, func(a *authz.RoleAssignment) { a.Catalog = "" }},
		{"unknown catalog", "ResourceNotFound", fault.NotFound, func(a *authz.RoleAssignment) { a.Catalog = entitlement.CatalogID(newID()) }},
		{"unknown principal", "ResourceNotFound", fault.NotFound, func(a *authz.RoleAssignment) { a.Principal = directory.ObjectID(newID()) }},
		{"a second time", "RoleAssignmentExists", fault.Invalid, func(a *authz.RoleAssignment) { a.Principal, a.Role = w.user("olga"), string(authz.CatalogOwner) }},
		{"directory role to a group that anybody fills", "InvalidModel", fault.Invalid, func(a *authz.RoleAssignment) {
			*a = authz.RoleAssignment{Principal: plain, Role: authz.GlobalReader, Provider: authz.DirectoryProvider}
		}},
	}
	for _, tt := range tests {
		a := ok
		tt.edit(&a)
		_, err := w.engine.AssignRole(w.ctx, w.admin(), a)
		if !fault.Is(err, tt.kind) || fault.Of(err).Code != tt.code {
			t.Errorf("%s: %v, want %s", tt.name, err, tt.code)
		}
	}
	made, err := w.engine.AssignRole(w.ctx, w.admin(), ok)
	w.ok(err)
	if made.ID == "" || made.Version != 1 || !made.CreatedAt.Equal(monday) {
		t.Errorf("made %+v", made)
	}
	tenantWide := authz.RoleAssignment{Principal: w.user("adele"), Role: string(authz.CatalogCreator), Provider: authz.EntitlementProvider}
	_, err = w.engine.AssignRole(w.ctx, w.admin(), tenantWide)
	w.ok(err)
	_, err = w.engine.AssignRole(w.ctx, w.admin(), tenantWide)
	refused(t, err, fault.Invalid, "RoleAssignmentExists")
}

func TestWhoMayGiveRoles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mine, theirs := w.catalog("Mine"), w.catalog("Theirs")
	w.role("olga", authz.CatalogOwner, mine)
	w.role("pam", authz.PackageManager, mine)
	onMine := authz.RoleAssignment{Provider: authz.EntitlementProvider, Role: string(authz.CatalogReader), Catalog: mine}
	onTheirs := authz.RoleAssignment{Provider: authz.EntitlementProvider, Role: string(authz.CatalogReader), Catalog: theirs}
	onTenant := authz.RoleAssignment{Provider: authz.EntitlementProvider, Role: string(authz.CatalogCreator)}
	ofDirectory := authz.RoleAssignment{Provider: authz.DirectoryProvider, Role: authz.GlobalReader}
	tests := []struct {
		name string
		who  authz.Caller
		may  []authz.RoleAssignment
	}{
		{"catalog owner", w.as("olga"), []authz.RoleAssignment{onMine}},
		{"package manager", w.as("pam"), nil},
		{"governance administrator", w.with("ida", authz.GovernanceAdmin), []authz.RoleAssignment{onMine, onTheirs, onTenant}},
		{"Privileged Role Administrator", w.with("prue", authz.PrivilegedRoleAdmin), []authz.RoleAssignment{ofDirectory}},
		{"Global Administrator", w.admin(), []authz.RoleAssignment{onMine, onTheirs, onTenant, ofDirectory}},
		{"application", w.app(authz.ReadWriteAll), []authz.RoleAssignment{onMine, onTheirs, onTenant}},
	}
	for _, tt := range tests {
		for _, a := range []authz.RoleAssignment{onMine, onTheirs, onTenant, ofDirectory} {
			a.Principal = w.user("somebody")
			may := false
			for _, m := range tt.may {
				may = may || m.Role == a.Role && m.Catalog == a.Catalog
			}
			made, err := w.engine.AssignRole(w.ctx, tt.who, a)
			if !may {
				if !fault.Is(err, fault.Forbidden) {
					t.Errorf("%s, %s on %q: %v, want Forbidden", tt.name, a.Role, a.Catalog, err)
				}
				continue
			}
			if err != nil {
				t.Errorf("%s, %s on %q: %v, want it given", tt.name, a.Role, a.Catalog, err)
				continue
			}
			w.ok(w.engine.UnassignRole(w.ctx, tt.who, a.Provider, made.ID))
			refused(t, w.engine.UnassignRole(w.ctx, w.admin(), a.Provider, made.ID), fault.NotFound, "ResourceNotFound")
		}
	}
}

func TestRoleAssignmentsOfOneProviderDoNotExistForTheOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.role("olga", authz.CatalogOwner, w.catalog("Sales"))
	_, err := w.engine.RoleAssignment(w.ctx, w.admin(), authz.DirectoryProvider, a.ID, nil)
	refused(t, err, fault.NotFound, "ResourceNotFound")
	refused(t, w.engine.UnassignRole(w.ctx, w.admin(), authz.DirectoryProvider, a.ID), fault.NotFound, "ResourceNotFound")
	v, err := w.engine.RoleAssignment(w.ctx, w.admin(), authz.EntitlementProvider, a.ID, entitlement.Include{"principal": nil})
	w.ok(err)
	if v.PrincipalOf == nil || v.PrincipalOf.DisplayName != "olga" {
		t.Errorf("principal %+v, want olga", v.PrincipalOf)
	}
}

func TestPeopleReadTheirOwnRolesAndThoseOfTheirCatalogs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mine, theirs := w.catalog("Mine"), w.catalog("Theirs")
	w.role("olga", authz.CatalogOwner, mine)
	w.role("rita", authz.CatalogReader, mine)
	w.role("olga", authz.CatalogCreator, "")
	foreign := w.role("otto", authz.CatalogOwner, theirs)
	for name, want := range map[string]int{"olga": 3, "rita": 2, "otto": 1, "adele": 0} {
		page, err := w.engine.RoleAssignments(w.ctx, w.as(name), authz.EntitlementProvider, rows(), nil)
		w.ok(err)
		if len(page.Rows) != want {
			t.Errorf("%s reads %d, want %d", name, len(page.Rows), want)
		}
	}
	_, err := w.engine.RoleAssignment(w.ctx, w.as("olga"), authz.EntitlementProvider, foreign.ID, nil)
	forbidden(t, err)
	_, err = w.engine.RoleAssignments(w.ctx, w.app(), authz.EntitlementProvider, rows(), nil)
	forbidden(t, err)
	_, err = w.engine.RoleAssignments(w.ctx, w.as("olga", authz.SubjectAccess), authz.EntitlementProvider, rows(), nil)
	forbidden(t, err)
}

func TestRoleDefinitionsNeedAReadingScope(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	all, err := w.engine.RoleDefinitions(w.ctx, w.as("adele", authz.ReadAll), authz.EntitlementProvider)
	if err != nil || len(all) != 6 {
		t.Errorf("%d definitions, %v; want 6", len(all), err)
	}
	_, err = w.engine.RoleDefinitions(w.ctx, w.as("adele", authz.UserRead), authz.EntitlementProvider)
	forbidden(t, err)
	_, err = w.engine.RoleDefinitions(w.ctx, w.app(), authz.DirectoryProvider)
	forbidden(t, err)
	_, err = w.engine.RoleDefinitions(w.ctx, w.app(authz.RolesRead), authz.DirectoryProvider)
	w.ok(err)
}

func TestRolesOfGroupsCountForTheirMembers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.catalog("Sales")
	g := w.group("owners", "olga")
	_, err := w.engine.AssignRole(w.ctx, w.admin(), authz.RoleAssignment{Principal: g, Role: string(authz.CatalogOwner), Provider: authz.EntitlementProvider, Catalog: c})
	w.ok(err)
	_, err = w.engine.CreatePackage(w.ctx, w.as("olga"), entitlement.Package{Catalog: c, DisplayName: "CRM"})
	w.ok(err)
	w.ok(w.engine.RemoveMember(w.ctx, w.admin(), g, w.user("olga"), directory.MemberOf))
	_, err = w.engine.CreatePackage(w.ctx, w.as("olga"), entitlement.Package{Catalog: c, DisplayName: "Mail"})
	forbidden(t, err)
}
