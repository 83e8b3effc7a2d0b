package engine_test

import (
	"testing"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
)

func TestGroupBecomesResourceWithRolesAndRootScope(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.catalog("Sales")
	g := string(w.group("crm"))
	made, err := w.engine.RequestResource(w.ctx, w.admin(), addGroup(c, w.group("crm")))
	w.ok(err)
	v, err := w.engine.Resource(w.ctx, w.admin(), c, made.Resource.ID, entitlement.Include{"catalog": nil})
	w.ok(err)
	r := v.Resource
	if r.Type != "Security Group" || r.DisplayName != "crm" || r.OriginID != g || v.InCatalog == nil || v.InCatalog.DisplayName != "Sales" {
		t.Errorf("resource %+v in %+v", r, v.InCatalog)
	}
	if len(r.Roles) != 2 || r.Roles[0].OriginID != "Member_"+g || r.Roles[1].OriginID != "Owner_"+g || r.Roles[0].ID == "" {
		t.Errorf("roles %+v, want Member and Owner", r.Roles)
	}
	if len(r.Scopes) != 1 || !r.Scopes[0].Root || r.Scopes[0].OriginID != g || r.Scopes[0].DisplayName != "Root" {
		t.Errorf("scopes %+v, want the root scope", r.Scopes)
	}
	req, err := w.engine.ResourceRequest(w.ctx, w.admin(), made.ID, nil)
	w.ok(err)
	if req.Kind != entitlement.AdminAdd || req.Catalog != c || req.Resource.ID != r.ID || req.Requestor != w.admin().ID() {
		t.Errorf("request %+v", req)
	}
}

func TestApplicationBecomesResourceWithItsRoles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.catalog("Sales")
	for name, want := range map[string][]string{"crm": {"Reader", "Writer"}, "plain": {"Default Access"}} {
		roles := want
		if name == "plain" {
			roles = nil
		}
		app := w.application(name, roles...)
		made, err := w.engine.RequestResource(w.ctx, w.admin(), entitlement.ResourceRequest{
			Kind: entitlement.AdminAdd, Catalog: c,
			Resource: entitlement.Resource{OriginSystem: entitlement.OriginApplication, OriginID: string(app), DisplayName: "Shown as"},
		})
		w.ok(err)
		r := made.Resource
		if r.Type != "Application" || r.DisplayName != "Shown as" || len(r.Roles) != len(want) {
			t.Fatalf("%s: %+v", name, r)
		}
		for i := range want {
			if r.Roles[i].DisplayName != want[i] {
				t.Errorf("%s: role %q, want %q", name, r.Roles[i].DisplayName, want[i])
			}
		}
	}
}

func TestResourceRequestIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.catalog("Sales")
	w.resource(c, "there")
	group := func(name string, detail directory.GroupDetail) directory.ObjectID {
		detail.MailNickname = name
		return w.named(name, func() directory.Object { return directory.Object{Kind: directory.KindGroup, Group: &detail} })
	}
	gone := w.group("gone")
	w.ok(w.engine.DeleteObject(w.ctx, w.admin(), directory.KindGroup, string(gone)))
	tests := []struct {
		name, code string
		edit       func(*entitlement.ResourceRequest)
	}{
		{"unknown type", "ArgumentException", func(r *entitlement.ResourceRequest) { r.Kind = "userAdd" }},
		{"unknown system", "ArgumentException", func(r *entitlement.ResourceRequest) { r.Resource.OriginSystem = "Moon" }},
		{"no catalog", "InvalidModel", func(r *entitlement.ResourceRequest) { r.Catalog = "" }},
		{"no origin", "InvalidModel", func(r *entitlement.ResourceRequest) { r.Resource.OriginID = "" }},
		{"a second time", "ResourceAlreadyOnboarded", func(r *entitlement.ResourceRequest) { r.Resource.OriginID = string(w.group("there")) }},
		{"no such group", "ResourceNotFoundInOriginSystem", func(r *entitlement.ResourceRequest) { r.Resource.OriginID = newID() }},
		{"a deleted group", "ResourceNotFoundInOriginSystem", func(r *entitlement.ResourceRequest) { r.Resource.OriginID = string(gone) }},
		{"a user as a group", "ResourceNotFoundInOriginSystem", func(r *entitlement.ResourceRequest) { r.Resource.OriginID = string(w.user("adele")) }},
		{"a dynamic group", "InvalidResource", func(r *entitlement.ResourceRequest) {
			r.Resource.OriginID = string(group("dynamic", directory.GroupDetail{Types: []string{"DynamicMembership"}, MembershipRule: "x", SecurityEnabled: true}))
		}},
		{"a copied group", "InvalidResource", func(r *entitlement.ResourceRequest) {
			r.Resource.OriginID = string(group("synced", directory.GroupDetail{OnPremisesSynced: true, SecurityEnabled: true}))
		}},
		{"a distribution list", "InvalidResource", func(r *entitlement.ResourceRequest) {
			r.Resource.OriginID = string(group("list", directory.GroupDetail{MailEnabled: true}))
		}},
	}
	for _, tt := range tests {
		r := addGroup(c, w.group("new"))
		tt.edit(&r)
		_, err := w.engine.RequestResource(w.ctx, w.admin(), r)
		if !fault.Is(err, fault.Invalid) || fault.Of(err).Code != tt.code {
			t.Errorf("%s: %v, want %s", tt.name, err, tt.code)
		}
	}
}

func TestRightOverTheOrigin(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mail := w.named("mail", func() directory.Object {
		return directory.Object{Kind: directory.KindGroup, Group: &directory.GroupDetail{MailNickname: "mail", MailEnabled: true, Types: []string{"Unified"}}}
	})
	roleGroup := w.named("roles", func() directory.Object {
		return directory.Object{Kind: directory.KindGroup, Group: &directory.GroupDetail{MailNickname: "roles", SecurityEnabled: true, AssignableToRole: true}}
	})
	security, crm := w.group("security"), w.application("crm")
	w.ok(w.engine.AddMember(w.ctx, w.admin(), security, w.user("owen"), directory.OwnerOf))
	w.ok(w.engine.AddMember(w.ctx, w.admin(), crm, w.user("owen"), directory.OwnerOf))
	const owned = "CallerNotResourceOwner"
	tests := []struct {
		name               string
		who                func(entitlement.CatalogID) authz.Caller
		security, mail     string // code of the refusal; empty: allowed
		crm, assignToRoles string
	}{
		{"catalog owner alone", w.owner("olga"), owned, owned, owned, "InvalidResource"},
		{"owner of the object", w.owner("owen"), "", owned, "", "InvalidResource"},
		{"Global Administrator", w.owner("gina", authz.GlobalAdmin), "", "", "", ""},
		{"governance administrator", w.owner("ida", authz.GovernanceAdmin), owned, owned, "", "InvalidResource"},
		{"User Administrator", w.owner("uma", authz.UserAdmin), "", "", "", "InvalidResource"},
		{"Groups Administrator", w.owner("gus", authz.GroupsAdmin), "", "", owned, "InvalidResource"},
		{"Intune Administrator", w.owner("ines", authz.IntuneAdmin), "", "", owned, "InvalidResource"},
		{"Exchange Administrator", w.owner("eve", authz.ExchangeAdmin), owned, "", owned, "InvalidResource"},
		{"Application Administrator", w.owner("anna", authz.ApplicationAdmin), owned, owned, "", "InvalidResource"},
		{"application", w.daemon(authz.ReadWriteAll), owned, owned, owned, "InvalidResource"},
		{"application with groups", w.daemon(authz.ReadWriteAll, authz.GroupReadWriteAll), "", "", owned, "InvalidResource"},
		{"application with applications", w.daemon(authz.ReadWriteAll, authz.AppReadWriteAll), owned, owned, "", "InvalidResource"},
	}
	for _, tt := range tests {
		c := w.catalog(tt.name)
		who := tt.who(c)
		for id, want := range map[directory.ObjectID]string{security: tt.security, mail: tt.mail, crm: tt.crm, roleGroup: tt.assignToRoles} {
			r := addGroup(c, id)
			if id == crm {
				r.Resource.OriginSystem = entitlement.OriginApplication
			}
			_, err := w.engine.RequestResource(w.ctx, who, r)
			switch {
			case want == "" && err != nil:
				t.Errorf("%s, %s: %v, want it allowed", tt.name, w.nameOf(id), err)
			case want != "" && (err == nil || fault.Of(err).Code != want):
				t.Errorf("%s, %s: %v, want %s", tt.name, w.nameOf(id), err, want)
			}
		}
	}
}

// owner is somebody who owns the catalog and has directory roles.
func (w *world) owner(name string, roles ...string) func(entitlement.CatalogID) authz.Caller {
	return func(c entitlement.CatalogID) authz.Caller {
		w.role(name, authz.CatalogOwner, c)
		return w.with(name, roles...)
	}
}

func (w *world) daemon(roles ...authz.Scope) func(entitlement.CatalogID) authz.Caller {
	return func(entitlement.CatalogID) authz.Caller { return w.app(roles...) }
}

func (w *world) nameOf(id directory.ObjectID) string {
	for name, known := range w.known {
		if known == id {
			return name
		}
	}
	return string(id)
}

func TestResourceIsRemovedByIDOrOrigin(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, elsewhere := w.catalog("Sales"), w.catalog("Elsewhere")
	for name, by := range map[string]func(entitlement.Resource) entitlement.Resource{
		"id": func(r entitlement.Resource) entitlement.Resource { return entitlement.Resource{ID: r.ID} },
		"origin": func(r entitlement.Resource) entitlement.Resource {
			return entitlement.Resource{OriginSystem: r.OriginSystem, OriginID: r.OriginID}
		},
	} {
		r := w.resource(c, "crm")
		remove := entitlement.ResourceRequest{Kind: entitlement.AdminRemove, Catalog: elsewhere, Resource: by(r)}
		_, err := w.engine.RequestResource(w.ctx, w.admin(), remove)
		refused(t, err, fault.NotFound, "ResourceNotFound")
		remove.Catalog = c
		_, err = w.engine.RequestResource(w.ctx, w.admin(), remove)
		w.ok(err)
		if _, err := w.engine.Resource(w.ctx, w.admin(), c, r.ID, nil); !fault.Is(err, fault.NotFound) {
			t.Errorf("by %s: %v, want it gone", name, err)
		}
	}
}

func TestResourceInUseStays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.catalog("Sales")
	r := w.resource(c, "crm")
	p := w.pkg(c, "CRM")
	rs := w.give(p, r, "Member")
	remove := entitlement.ResourceRequest{Kind: entitlement.AdminRemove, Catalog: c, Resource: entitlement.Resource{ID: r.ID}}
	_, err := w.engine.RequestResource(w.ctx, w.admin(), remove)
	refused(t, err, fault.Invalid, "InvalidDeleteResourceHasEntitlements")
	w.ok(w.engine.RemoveRoleScope(w.ctx, w.admin(), p, rs.ID()))
	_, err = w.engine.RequestResource(w.ctx, w.admin(), remove)
	w.ok(err)
}

func TestResourceOfADeletedGroupCanBeRemoved(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.catalog("Sales")
	r := w.resource(c, "crm")
	w.role("olga", authz.CatalogOwner, c)
	remove := entitlement.ResourceRequest{Kind: entitlement.AdminRemove, Catalog: c, Resource: entitlement.Resource{ID: r.ID}}
	_, err := w.engine.RequestResource(w.ctx, w.as("olga"), remove)
	refused(t, err, fault.Invalid, "CallerNotResourceOwner")
	w.ok(w.engine.DeleteObject(w.ctx, w.admin(), directory.KindGroup, r.OriginID))
	_, err = w.engine.RequestResource(w.ctx, w.as("olga"), remove)
	w.ok(err)
}

func TestResourceUpdateChangesWhatIsShown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.catalog("Sales")
	r := w.resource(c, "crm")
	got, err := w.engine.RequestResource(w.ctx, w.admin(), entitlement.ResourceRequest{
		Kind: entitlement.AdminUpdate, Catalog: c, Resource: entitlement.Resource{ID: r.ID, Description: "customers"},
	})
	w.ok(err)
	if got.Resource.Description != "customers" || got.Resource.DisplayName != "crm" || got.Resource.Version != 2 {
		t.Errorf("after the update %+v", got.Resource)
	}
}

func TestValidationOnlyKeepsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.catalog("Sales")
	req := addGroup(c, w.group("crm"))
	req.ValidationOnly = true
	_, err := w.engine.RequestResource(w.ctx, w.admin(), req)
	w.ok(err)
	resources, err := w.engine.Resources(w.ctx, w.admin(), c, rows(), nil)
	w.ok(err)
	requests, err := w.engine.ResourceRequests(w.ctx, w.admin(), rows(), nil)
	w.ok(err)
	if len(resources.Rows)+len(requests.Rows) > 0 {
		t.Errorf("%d resources and %d requests, want none", len(resources.Rows), len(requests.Rows))
	}
	req.Resource.OriginID = newID()
	_, err = w.engine.RequestResource(w.ctx, w.admin(), req)
	refused(t, err, fault.Invalid, "ResourceNotFoundInOriginSystem")
}
