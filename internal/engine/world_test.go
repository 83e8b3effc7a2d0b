package engine_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/clock"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/engine"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/provision/builtin"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
	"github.com/grantkeep/grantkeep/internal/store/sqlstore"
)

// world is a small company in a database of its own, at a time of its own.
// Names stand for whatever bears them: w.user("adele") makes Adele when she
// is first named.
type world struct {
	t      *testing.T
	ctx    context.Context
	store  store.Store
	clock  *clock.Manual
	engine *engine.Engine
	tenant directory.TenantID
	known  map[string]directory.ObjectID
	read   int // messages that a test has seen

	called []entitlement.Outcall             // custom extensions that were called, in order
	caller func(o entitlement.Outcall) error // what becomes of a call; nil: it is taken
}

const day = 24 * time.Hour

// monday is when every world begins.
var monday = time.Date(2026, time.January, 5, 9, 0, 0, 0, time.UTC)

func newID() string { return uuid.Must(uuid.NewV7()).String() }

func newWorld(t *testing.T, settings ...func(*engine.Settings)) *world {
	t.Helper()
	db, err := sqlstore.Open(t.Context(), "sqlite::memory:", sqlstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	set := engine.Settings{MaxStages: 3}
	for _, change := range settings {
		change(&set)
	}
	w := &world{
		t: t, ctx: t.Context(), store: db, clock: clock.NewManual(monday, true),
		tenant: directory.TenantID(newID()), known: map[string]directory.ObjectID{},
	}
	w.engine = engine.New(db, w.clock, newID, builtin.Connectors(newID), set)
	w.ok(w.engine.OpenTenant(w.ctx, w.tenant, "Contoso"))
	return w
}

// ok stops the test at an error.
func (w *world) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// refused checks that an error is the fault with the code.
func refused(t *testing.T, err error, kind fault.Kind, code string) {
	t.Helper()
	if !fault.Is(err, kind) || fault.Of(err).Code != code {
		t.Errorf("error = %v, want the fault %s (kind %d)", err, code, kind)
	}
}

// forbidden checks that an error is the refusal for lack of a permission.
func forbidden(t *testing.T, err error) {
	t.Helper()
	refused(t, err, fault.Forbidden, "UnAuthorized")
}

// allDelegated is every scope a person's token can carry, but those of a
// reader only where a test asks for them.
var allDelegated = authz.Permissions()

// as is somebody signed in; without scopes the token carries all of them.
func (w *world) as(name string, scopes ...authz.Scope) authz.Caller {
	if len(scopes) == 0 {
		scopes = allDelegated
	}
	return authz.Caller{
		Tenant: w.tenant, Scopes: scopes,
		Actor: entitlement.Actor{Kind: entitlement.ByUser, ID: w.user(name), Name: name + "@contoso.example", App: "portal"},
	}
}

// with is somebody signed in with directory roles.
func (w *world) with(name string, roles ...string) authz.Caller {
	c := w.as(name)
	c.DirectoryRoles = roles
	return c
}

// admin is the Global Administrator.
func (w *world) admin() authz.Caller {
	c := authz.Caller{
		Tenant: w.tenant, Scopes: allDelegated, DirectoryRoles: []string{authz.GlobalAdmin},
		Actor: entitlement.Actor{Kind: entitlement.ByUser, ID: "00000000-0000-0000-0000-0000000000ad", Name: "admin@contoso.example", App: "portal"},
	}
	if _, ok := w.known["admin"]; !ok {
		w.known["admin"] = c.ID()
		w.object(c, directory.Object{
			ID: c.ID(), Kind: directory.KindUser, DisplayName: "Admin", PrincipalName: c.Actor.Name, Enabled: true,
			User: &directory.UserDetail{Type: directory.Member, MailNickname: "admin"},
		})
	}
	return c
}

// app is an application in its own name, with application permissions.
func (w *world) app(roles ...authz.Scope) authz.Caller {
	id := w.application("daemon")
	return authz.Caller{
		Tenant: w.tenant, Scopes: roles,
		Actor: entitlement.Actor{Kind: entitlement.ByApp, ID: id, Name: "daemon", App: string(id)},
	}
}

func (w *world) object(who authz.Caller, o directory.Object, links ...directory.Membership) directory.Object {
	w.t.Helper()
	made, err := w.engine.CreateObject(w.ctx, who, o, links)
	w.ok(err)
	return made
}

// named returns what bears the name, and makes it if need be.
func (w *world) named(name string, make func() directory.Object) directory.ObjectID {
	if id, ok := w.known[name]; ok {
		return id
	}
	o := make()
	o.DisplayName, o.Enabled = name, true
	w.known[name] = directory.ObjectID(newID())
	o.ID = w.known[name]
	w.object(w.admin(), o)
	return o.ID
}

func (w *world) user(name string) directory.ObjectID {
	return w.named(name, func() directory.Object {
		return directory.Object{
			Kind: directory.KindUser, PrincipalName: name + "@contoso.example", Mail: name + "@contoso.example",
			User: &directory.UserDetail{Type: directory.Member, MailNickname: name},
		}
	})
}

// group is a security group with the named people in it.
func (w *world) group(name string, people ...string) directory.ObjectID {
	w.t.Helper()
	id := w.named(name, func() directory.Object {
		return directory.Object{Kind: directory.KindGroup, Group: &directory.GroupDetail{MailNickname: name, SecurityEnabled: true}}
	})
	for _, p := range people {
		w.ok(w.engine.AddMember(w.ctx, w.admin(), id, w.user(p), directory.MemberOf))
	}
	return id
}

// application is a service principal with the named roles for people.
func (w *world) application(name string, roles ...string) directory.ObjectID {
	return w.named(name, func() directory.Object {
		app := &directory.AppDetail{}
		for _, r := range roles {
			app.Roles = append(app.Roles, directory.AppRole{ID: newID(), Value: r, DisplayName: r, Enabled: true, AllowedMemberTypes: []string{"User"}})
		}
		return directory.Object{Kind: directory.KindServicePrincipal, App: app}
	})
}

func (w *world) catalog(name string) entitlement.CatalogID {
	w.t.Helper()
	c, err := w.engine.CreateCatalog(w.ctx, w.admin(), entitlement.Catalog{DisplayName: name, Published: true, ExternallyVisible: true})
	w.ok(err)
	return c.ID
}

// general is the built-in catalog.
func (w *world) general() entitlement.CatalogID {
	w.t.Helper()
	page, err := w.engine.Catalogs(w.ctx, w.admin(), query.List{Where: query.Compare{Field: "type", Value: "serviceDefault"}, Limit: 2}, nil)
	w.ok(err)
	if len(page.Rows) != 1 {
		w.t.Fatalf("%d built-in catalogs, want 1", len(page.Rows))
	}
	return page.Rows[0].ID
}

// addGroup is the request that brings a group into a catalog.
func addGroup(catalog entitlement.CatalogID, group directory.ObjectID) entitlement.ResourceRequest {
	return entitlement.ResourceRequest{
		Kind: entitlement.AdminAdd, Catalog: catalog,
		Resource: entitlement.Resource{OriginSystem: entitlement.OriginGroup, OriginID: string(group)},
	}
}

// resource brings a group into a catalog.
func (w *world) resource(catalog entitlement.CatalogID, group string) entitlement.Resource {
	w.t.Helper()
	r, err := w.engine.RequestResource(w.ctx, w.admin(), addGroup(catalog, w.group(group)))
	w.ok(err)
	return r.Resource
}

func (w *world) pkg(catalog entitlement.CatalogID, name string) entitlement.PackageID {
	w.t.Helper()
	p, err := w.engine.CreatePackage(w.ctx, w.admin(), entitlement.Package{Catalog: catalog, DisplayName: name})
	w.ok(err)
	return p.ID
}

// give puts a role of a resource, such as "Member", into a package.
func (w *world) give(pkg entitlement.PackageID, r entitlement.Resource, role string) entitlement.RoleScope {
	w.t.Helper()
	rs, err := w.engine.AddRoleScope(w.ctx, w.admin(), pkg, entitlement.RoleScopeRef{ResourceID: string(r.ID), RoleDisplayName: role})
	w.ok(err)
	return rs.RoleScope
}

// openPolicy lets everybody ask, without approval and for ever.
func openPolicy(pkg entitlement.PackageID) entitlement.Policy {
	return entitlement.Policy{
		Package: pkg, DisplayName: "everybody", Scope: entitlement.ScopeAllUsers, AcceptRequests: true,
		Requestor:  entitlement.RequestorSettings{SelfAdd: true, SelfUpdate: true, SelfRemove: true, CustomSchedule: true},
		Expiration: entitlement.Expiration{Type: entitlement.NoExpiration},
	}
}

// approvedBy makes a policy ask a person first, for two weeks at most.
func (w *world) approvedBy(name string) func(*entitlement.Policy) {
	return func(p *entitlement.Policy) {
		p.Approval.RequiredForAdd = true
		p.Approval.Stages = append(p.Approval.Stages, entitlement.StageSettings{
			Primary: []entitlement.SubjectSet{{Kind: entitlement.SetUser, ID: string(w.user(name))}},
		})
	}
}

// policy adds a policy to a package: openPolicy, edited.
func (w *world) policy(pkg entitlement.PackageID, edits ...func(*entitlement.Policy)) entitlement.PolicyID {
	w.t.Helper()
	p := openPolicy(pkg)
	for _, edit := range edits {
		edit(&p)
	}
	v, err := w.engine.CreatePolicy(w.ctx, w.admin(), p)
	w.ok(err)
	return v.ID
}

// role gives somebody a role on a catalog, or on the tenant with "".
func (w *world) role(name string, role authz.Role, catalog entitlement.CatalogID) authz.RoleAssignment {
	w.t.Helper()
	a, err := w.engine.AssignRole(w.ctx, w.admin(), authz.RoleAssignment{
		Principal: w.user(name), Role: string(role), Provider: authz.EntitlementProvider, Catalog: catalog,
	})
	w.ok(err)
	return a
}

// submit asks for a package in somebody's own name.
func (w *world) submit(name string, pkg entitlement.PackageID) entitlement.RequestID {
	w.t.Helper()
	r, err := w.engine.Submit(w.ctx, w.as(name), entitlement.Submission{Kind: entitlement.UserAdd, Package: pkg})
	w.ok(err)
	return r.ID
}

// advance moves the clock and does what is due until nothing is.
func (w *world) advance(d time.Duration) {
	w.t.Helper()
	if !w.clock.Set(w.clock.Now().Add(d)) {
		w.t.Fatalf("the clock does not go back by %v", -d)
	}
	const batch = 100
	for range batch {
		now := w.clock.Now()
		requests, err := w.engine.AdvanceRequests(w.ctx, w.tenant, now, batch)
		w.ok(err)
		expired, err := w.engine.ExpireAssignments(w.ctx, w.tenant, now, batch)
		w.ok(err)
		guests, err := w.engine.AdvanceGuests(w.ctx, w.tenant, now, batch)
		w.ok(err)
		_, swept, err := w.engine.RunSweeps(w.ctx, w.tenant, now, batch)
		w.ok(err)
		_, ran, err := w.engine.RunAutomatic(w.ctx, w.tenant, now, batch)
		w.ok(err)
		told, err := w.engine.WriteMessages(w.ctx, w.tenant, now, batch)
		w.ok(err)
		if requests+expired+guests+told+w.callOut(now) == 0 && !swept && !ran {
			return
		}
	}
	w.t.Fatal("there is always something due")
}

// decide decides the stage in progress.
func (w *world) decide(name string, id entitlement.RequestID, approve bool) {
	w.t.Helper()
	a, err := w.engine.Approval(w.ctx, w.as(name), id)
	w.ok(err)
	w.ok(w.engine.DecideApproval(w.ctx, w.as(name), id, entitlement.Decision{Stage: a.Stages[a.Current()].ID, Approve: approve}))
}

// callOut calls the custom extensions that are to be called by now and
// returns how many errands there were.
func (w *world) callOut(now time.Time) int {
	w.t.Helper()
	calls, taken, err := w.engine.TakeCallouts(w.ctx, w.tenant, now, 10)
	w.ok(err)
	var outcomes []engine.CalloutOutcome
	for _, o := range calls {
		w.called = append(w.called, o)
		outcome := engine.CalloutOutcome{Call: o}
		if w.caller != nil {
			outcome.Err = w.caller(o)
		}
		outcomes = append(outcomes, outcome)
	}
	w.ok(w.engine.SettleCallouts(w.ctx, w.tenant, outcomes, now))
	return taken
}

// request returns a request. Whether those who asked were told already that
// it was delivered shows in stored.
func (w *world) request(id entitlement.RequestID) entitlement.Request {
	w.t.Helper()
	r := w.stored(id)
	if r.Status == entitlement.DeliveredTold {
		r.Status = entitlement.Delivered
	}
	return r
}

// stored returns a request just as it is.
func (w *world) stored(id entitlement.RequestID) entitlement.Request {
	w.t.Helper()
	r, err := w.engine.Request(w.ctx, w.admin(), id, nil)
	w.ok(err)
	return r.Request
}

// rows is a list without limits.
func rows(where ...query.Expr) query.List {
	return query.List{Where: query.AllOf(where...), Limit: 100}
}

func equalTo(field, value string) query.Expr { return query.Compare{Field: field, Value: value} }

func pick[T any](first bool, a, b T) T {
	if first {
		return a
	}
	return b
}
