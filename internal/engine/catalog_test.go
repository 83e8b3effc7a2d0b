package engine_test

import (
	"testing"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/store"
)

func TestCatalogCreatorBecomesOwner(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.role("cora", authz.CatalogCreator, "")
	cora := w.as("cora")
	if page, err := w.engine.Catalogs(w.ctx, cora, rows(), nil); err != nil || len(page.Rows) != 0 {
		t.Errorf("before: %d catalogs, error %v; want an empty list", len(page.Rows), err)
	}
	c, err := w.engine.CreateCatalog(w.ctx, cora, entitlement.Catalog{DisplayName: "Cora's"})
	w.ok(err)
	if c.Version != 1 || c.Type != entitlement.UserManaged || c.CreatedBy != "cora@contoso.example" || !c.CreatedAt.Equal(monday) {
		t.Errorf("made %+v", c.Catalog)
	}
	w.ok(w.engine.UpdateCatalog(w.ctx, cora, c.ID, func(c *entitlement.Catalog) error { c.Description = "mine"; return nil }))
	forbidden(t, w.engine.UpdateCatalog(w.ctx, cora, w.general(), func(*entitlement.Catalog) error { return nil }))
	page, err := w.engine.Catalogs(w.ctx, cora, rows(), nil)
	w.ok(err)
	if len(page.Rows) != 1 || page.Rows[0].Description != "mine" {
		t.Errorf("after: %+v, want the one catalog", page.Rows)
	}
}

func TestAdministratorsDoNotBecomeOwners(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, who := range map[string]authz.Caller{
		"Global Administrator": w.admin(), "governance administrator": w.with("ida", authz.GovernanceAdmin), "application": w.app(authz.ReadWriteAll),
	} {
		c, err := w.engine.CreateCatalog(w.ctx, who, entitlement.Catalog{DisplayName: name})
		w.ok(err)
		page, err := w.engine.RoleAssignments(w.ctx, w.admin(), authz.EntitlementProvider, rows(equalTo("catalog", string(c.ID))), nil)
		w.ok(err)
		if len(page.Rows) != 0 {
			t.Errorf("%s: %d roles on the new catalog, want none", name, len(page.Rows))
		}
	}
}

func TestCatalogNameIsUniqueInAnyCase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.catalog("Sales")
	id := w.catalog("Marketing")
	_, err := w.engine.CreateCatalog(w.ctx, w.admin(), entitlement.Catalog{DisplayName: "SALES"})
	refused(t, err, fault.Invalid, "DuplicateCatalog")
	rename := func(to string) error {
		return w.engine.UpdateCatalog(w.ctx, w.admin(), id, func(c *entitlement.Catalog) error { c.DisplayName = to; return nil })
	}
	refused(t, rename("sales"), fault.Invalid, "DuplicateCatalog")
	w.ok(rename("MARKETING"))
}

func TestCatalogIsChecked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, c := range map[string]entitlement.Catalog{
		"no name":         {},
		"a long name":     {DisplayName: string(make([]byte, 257))},
		"a bad other key": {DisplayName: "x", UniqueName: "no spaces"},
	} {
		_, err := w.engine.CreateCatalog(w.ctx, w.admin(), c)
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v, want it refused", name, err)
		}
	}
}

func TestEditCannotChangeWhatTheServerOwns(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.catalog("Sales")
	before, err := w.engine.Catalog(w.ctx, w.admin(), id, nil)
	w.ok(err)
	w.clock.Set(monday.Add(day))
	w.ok(w.engine.UpdateCatalog(w.ctx, w.with("ida", authz.GovernanceAdmin), id, func(c *entitlement.Catalog) error {
		*c = entitlement.Catalog{ID: "other", Version: 99, Type: entitlement.ServiceDefault, DisplayName: "Sales", Description: "new", Published: true, ExternallyVisible: true}
		return nil
	}))
	after, err := w.engine.Catalog(w.ctx, w.admin(), id, nil)
	w.ok(err)
	want := before.Catalog
	want.Version, want.Description, want.ModifiedAt, want.ModifiedBy = 2, "new", monday.Add(day), "ida@contoso.example"
	if after.Catalog != want {
		t.Errorf("after the edit %+v, want %+v", after.Catalog, want)
	}
}

func TestEditWithoutAChangeWritesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.catalog("Sales")
	p := w.pkg(id, "CRM")
	u := w.user("adele")
	w.ok(w.engine.UpdateCatalog(w.ctx, w.admin(), id, func(*entitlement.Catalog) error { return nil }))
	w.ok(w.engine.UpdatePackage(w.ctx, w.admin(), p, func(*entitlement.Package) error { return nil }))
	w.ok(w.engine.UpdateObject(w.ctx, w.admin(), directory.KindUser, string(u), func(*directory.Object) error { return nil }, nil))
	c, err := w.engine.Catalog(w.ctx, w.admin(), id, nil)
	w.ok(err)
	pkg, err := w.engine.Package(w.ctx, w.admin(), p, nil)
	w.ok(err)
	o, err := w.engine.Object(w.ctx, w.admin(), directory.KindUser, string(u))
	w.ok(err)
	if c.Version != 1 || pkg.Version != 1 || o.Version != 1 {
		t.Errorf("versions %d, %d, %d; want 1", c.Version, pkg.Version, o.Version)
	}
}

func TestCatalogWithPackagesCannotBeDeleted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.catalog("Sales")
	p := w.pkg(id, "CRM")
	refused(t, w.engine.DeleteCatalog(w.ctx, w.admin(), id), fault.Invalid, "InvalidDeleteCatalogHasAccessPackages")
	w.ok(w.engine.DeletePackage(w.ctx, w.admin(), p))
	w.ok(w.engine.DeleteCatalog(w.ctx, w.admin(), id))
}

func TestDeletedCatalogTakesResourcesAndRolesAlong(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.catalog("Sales")
	r := w.resource(id, "crm")
	role := w.role("olga", authz.CatalogOwner, id)
	w.ok(w.engine.DeleteCatalog(w.ctx, w.as("olga"), id))
	_, err := w.engine.Catalog(w.ctx, w.admin(), id, nil)
	refused(t, err, fault.NotFound, "ResourceNotFound")
	w.ok(w.store.Read(w.ctx, w.tenant, func(rd store.Reader) error {
		if _, err := rd.Resource(w.ctx, r.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("its resource: %v, want it gone", err)
		}
		if _, err := rd.RoleAssignment(w.ctx, role.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("its owner: %v, want the role gone", err)
		}
		return nil
	}))
}

func TestBuiltInCatalogStays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.general()
	refused(t, w.engine.DeleteCatalog(w.ctx, w.admin(), id), fault.Invalid, "CatalogNotModifiable")
	refused(t, w.engine.UpdateCatalog(w.ctx, w.admin(), id, func(c *entitlement.Catalog) error { c.DisplayName = "Mine"; return nil }),
		fault.Invalid, "CatalogNotModifiable")
	w.ok(w.engine.UpdateCatalog(w.ctx, w.admin(), id, func(c *entitlement.Catalog) error { c.Published = false; return nil }))
	w.ok(w.engine.OpenTenant(w.ctx, w.tenant, "Contoso"))
	w.general() // there is still one
}

func TestForbiddenComesBeforeNotFound(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mine, theirs := w.catalog("Mine"), w.catalog("Theirs")
	w.role("olga", authz.CatalogOwner, mine)
	pkg := w.pkg(theirs, "CRM")
	policy := w.policy(pkg)
	nobody := newID()
	olga, adele := w.as("olga"), w.as("adele")
	calls := map[string]func(who authz.Caller, missing bool) error{
		"read catalog": func(who authz.Caller, missing bool) error {
			_, err := w.engine.Catalog(w.ctx, who, pick(missing, entitlement.CatalogID(nobody), theirs), nil)
			return err
		},
		"delete catalog": func(who authz.Caller, missing bool) error {
			return w.engine.DeleteCatalog(w.ctx, who, pick(missing, entitlement.CatalogID(nobody), theirs))
		},
		"read resources": func(who authz.Caller, missing bool) error {
			_, err := w.engine.Resources(w.ctx, who, pick(missing, entitlement.CatalogID(nobody), theirs), rows(), nil)
			return err
		},
		"request resource": func(who authz.Caller, missing bool) error {
			_, err := w.engine.RequestResource(w.ctx, who, addGroup(pick(missing, entitlement.CatalogID(nobody), theirs), directory.ObjectID(nobody)))
			return err
		},
		"create package": func(who authz.Caller, missing bool) error {
			_, err := w.engine.CreatePackage(w.ctx, who, entitlement.Package{DisplayName: "x", Catalog: pick(missing, entitlement.CatalogID(nobody), theirs)})
			return err
		},
		"read package": func(who authz.Caller, missing bool) error {
			_, err := w.engine.Package(w.ctx, who, pick(missing, entitlement.PackageID(nobody), pkg), nil)
			return err
		},
		"add role scope": func(who authz.Caller, missing bool) error {
			_, err := w.engine.AddRoleScope(w.ctx, who, pick(missing, entitlement.PackageID(nobody), pkg), entitlement.RoleScopeRef{})
			return err
		},
		"create policy": func(who authz.Caller, missing bool) error {
			_, err := w.engine.CreatePolicy(w.ctx, who, openPolicy(pick(missing, entitlement.PackageID(nobody), pkg)))
			return err
		},
		"delete policy": func(who authz.Caller, missing bool) error {
			return w.engine.DeletePolicy(w.ctx, who, pick(missing, entitlement.PolicyID(nobody), policy))
		},
		"assign role": func(who authz.Caller, missing bool) error {
			_, err := w.engine.AssignRole(w.ctx, who, authz.RoleAssignment{
				Principal: w.user("adele"), Role: string(authz.CatalogReader), Provider: authz.EntitlementProvider,
				Catalog: pick(missing, entitlement.CatalogID(nobody), theirs),
			})
			return err
		},
		"unassign role": func(who authz.Caller, missing bool) error {
			if !missing {
				return w.engine.UnassignRole(w.ctx, who, authz.EntitlementProvider, w.role(newID(), authz.CatalogReader, theirs).ID)
			}
			return w.engine.UnassignRole(w.ctx, who, authz.EntitlementProvider, nobody)
		},
	}
	for name, call := range calls {
		for who, c := range map[string]authz.Caller{"owner of another catalog": olga, "stranger": adele} {
			for _, missing := range []bool{false, true} {
				if err := call(c, missing); !fault.Is(err, fault.Forbidden) {
					t.Errorf("%s by %s, missing=%v: %v, want Forbidden", name, who, missing, err)
				}
			}
		}
		if err := call(w.admin(), true); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s by the administrator: %v, want NotFound", name, err)
		}
	}
}

func TestRefusalsAreAudited(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.catalog("Sales")
	forbidden(t, w.engine.DeleteCatalog(w.ctx, w.as("adele"), id))
	w.ok(w.store.Read(w.ctx, w.tenant, func(r store.Reader) error {
		log, err := r.AuditOf(w.ctx, audit.KindCatalog, string(id))
		w.ok(err)
		last := log[len(log)-1]
		if last.Action != audit.CatalogDeleted || last.Result != audit.Failure || last.Reason != "UnAuthorized" || last.Actor.ID != w.known["adele"] {
			t.Errorf("last record %+v, want Adele's refusal", last)
		}
		return nil
	}))
}

func TestListsAreTrimmedToTheCatalogsOfTheCaller(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mine, theirs := w.catalog("Mine"), w.catalog("Theirs")
	w.policy(w.pkg(mine, "A"))
	w.policy(w.pkg(theirs, "B"))
	w.resource(theirs, "crm")
	w.resource(mine, "crm")
	w.role("rita", authz.CatalogReader, mine)
	rita := w.as("rita")
	lists := map[string]func(authz.Caller) (int, error){
		"catalogs": func(who authz.Caller) (int, error) {
			p, err := w.engine.Catalogs(w.ctx, who, rows(), nil)
			return len(p.Rows), err
		},
		"packages": func(who authz.Caller) (int, error) {
			p, err := w.engine.Packages(w.ctx, who, rows(), nil)
			return len(p.Rows), err
		},
		"policies": func(who authz.Caller) (int, error) {
			p, err := w.engine.Policies(w.ctx, who, rows(), nil)
			return len(p.Rows), err
		},
		"resource requests": func(who authz.Caller) (int, error) {
			p, err := w.engine.ResourceRequests(w.ctx, who, rows(), nil)
			return len(p.Rows), err
		},
	}
	for name, list := range lists {
		if n, err := list(rita); n != 1 || err != nil {
			t.Errorf("%s: %d rows, error %v; want 1", name, n, err)
		}
		if n, err := list(w.admin()); n < 2 || err != nil {
			t.Errorf("%s of the administrator: %d rows, error %v; want all", name, n, err)
		}
		if _, err := list(w.as("adele")); !fault.Is(err, fault.Forbidden) {
			t.Errorf("%s of a stranger: %v, want Forbidden", name, err)
		}
	}
}
