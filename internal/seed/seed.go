// Package seed makes the company that demo and emulator show: people,
// groups, applications, catalogs, packages, and what happened in the last
// 90 days.
//
// Nothing is written around the engine. A clock of its own starts in the
// past, the tables of this package are played through the use cases, and
// what falls due on the way runs at its own instant; so history, grants and
// audit log are as true as those of a company that was there.
package seed

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/clock"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/engine"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

const company = "Contoso"

// The permissions of tokens, by what people do with them.
var (
	self       = []string{string(authz.SubjectAccess), string(authz.UserRead)}
	look       = append([]string{string(authz.ReadAll), string(authz.UserReadBasic), string(authz.GroupReadAll)}, self...)
	administer = append([]string{string(authz.ReadWriteAll), string(authz.RolesRead), string(authz.UserReadBasic), string(authz.GroupReadAll)}, self...)
)

// Summary says what Demo made.
type Summary struct {
	People, Guests, Groups, Applications int
	Catalogs, Packages, Policies         int // without the built-in catalog
	Requests                             map[entitlement.Status]int
	ActiveAssignments, EndedAssignments  int

	Personas   []Persona
	Cancelable Persona // one of Personas, whose request waits for approval
}

// Persona is somebody to try things out as.
type Persona struct {
	Name, UPN string
	Role      string // what the persona plays, for people to read
	ID        directory.ObjectID
	Scopes    []string // the permissions that suit the part

	// Request is an open request of the persona that can be canceled, of
	// the status Status; both are empty if there is none.
	Request entitlement.RequestID
	Status  entitlement.Status
}

// Describe tells in one line what there is.
func (s Summary) Describe() string {
	made := 0
	for _, n := range s.Requests {
		made += n
	}
	return fmt.Sprintf("%s, %d people and %d guests in %d groups, %d applications, %d catalogs with %d packages, %d requests in 90 days, %d active assignments",
		company, s.People, s.Guests, s.Groups, s.Applications, s.Catalogs, s.Packages, made, s.ActiveAssignments)
}

// Demo fills a tenant that has no people yet; it makes the tenant if needed.
// History ends at now. The result depends on newID and now alone. It
// is fault.Conflict "TenantNotEmpty" if there are people already; any other
// error leaves the tenant half filled.
func Demo(ctx context.Context, db store.Store, tenant directory.TenantID, newID func() string, connectors engine.Connectors, now time.Time) (Summary, error) {
	now = now.UTC().Truncate(time.Microsecond)
	w := newWorld(db, tenant, newID, connectors, now)
	if err := w.open(ctx); err != nil {
		return Summary{}, err
	}
	for _, step := range []func(context.Context) error{w.fillDirectory, w.fillCatalogs, w.play} {
		if err := step(ctx); err != nil {
			return Summary{}, err
		}
	}
	return w.summary(ctx)
}

// world is a company in the making. Its maps hold the ids of what the tables
// name by keys.
type world struct {
	engine *engine.Engine
	store  store.Store
	clock  *clock.Manual
	now    time.Time // when history ends
	newID  func() string
	setup  authz.Caller

	people   map[string]directory.Object
	objects  map[string]directory.ObjectID // people too
	catalogs map[string]entitlement.CatalogID
	packages map[string]entitlement.PackageID
	policies map[string][]entitlement.Policy // of a package
}

func newWorld(db store.Store, tenant directory.TenantID, newID func() string, connectors engine.Connectors, now time.Time) *world {
	clk := clock.NewManual(now.Add(-past), true)
	return &world{
		engine: engine.New(db, clk, newID, connectors, engine.Settings{DeliveryDelay: time.Second, MaxStages: 3}),
		store:  db, clock: clk, now: now, newID: newID,
		setup: authz.Caller{
			Tenant: tenant, Scopes: authz.Permissions(),
			Actor: entitlement.Actor{Kind: entitlement.ByApp, ID: directory.ObjectID(newID()), Name: "Setup", App: newID()},
		},
		people: map[string]directory.Object{}, objects: map[string]directory.ObjectID{},
		catalogs: map[string]entitlement.CatalogID{}, packages: map[string]entitlement.PackageID{}, policies: map[string][]entitlement.Policy{},
	}
}

// open makes the tenant, and Setup known in it.
func (w *world) open(ctx context.Context) error {
	if err := w.engine.OpenTenant(ctx, w.setup.Tenant, company); err != nil {
		return err
	}
	page, err := w.engine.Objects(ctx, w.setup, directory.KindUser, query.List{Limit: 1})
	if err != nil {
		return err
	}
	if len(page.Rows) > 0 {
		return fault.New(fault.Conflict, "TenantNotEmpty", "The tenant %s has people already, so it cannot become the demo company.", w.setup.Tenant)
	}
	return w.engine.Prepare(ctx, engine.Tenant{
		ID: w.setup.Tenant, DisplayName: company,
		Applications: []engine.Application{{ObjectID: w.setup.ID(), ClientID: w.setup.Actor.App, DisplayName: w.setup.Actor.Name}},
	})
}

// as returns somebody as a caller; the empty key is Setup.
func (w *world) as(key string, scopes ...authz.Scope) authz.Caller {
	if key == "" {
		return w.setup
	}
	p := w.people[key]
	return authz.Caller{
		Tenant: w.setup.Tenant, Scopes: scopes,
		Actor: entitlement.Actor{Kind: entitlement.ByUser, ID: p.ID, Name: p.PrincipalName, App: w.setup.Actor.App},
	}
}

// everything is a limit above all that the tables make.
const everything = 900

func (w *world) summary(ctx context.Context) (Summary, error) {
	s := Summary{
		People: len(people), Guests: len(guests), Groups: len(groups) + len(teams), Applications: len(apps),
		Catalogs: len(catalogs), Packages: len(packages), Requests: map[entitlement.Status]int{},
	}
	for _, o := range packages {
		s.Policies += len(o.policies)
	}
	requests, err := w.engine.Requests(ctx, w.setup, query.List{Limit: everything}, nil)
	if err != nil {
		return Summary{}, err
	}
	waiting := map[directory.ObjectID]entitlement.Request{}
	for _, r := range requests.Rows {
		s.Requests[entitlement.Status(r.Status.String())]++ // as people see it
		if r.Status.Allows(entitlement.Cancel) && r.Target == r.Requestor {
			waiting[r.Target] = r.Request
		}
	}
	assignments, err := w.engine.Assignments(ctx, w.setup, query.List{Limit: everything}, nil)
	if err != nil {
		return Summary{}, err
	}
	for _, a := range assignments.Rows {
		if a.Active() {
			s.ActiveAssignments++
		} else {
			s.EndedAssignments++
		}
	}
	for _, c := range cast {
		o := w.people[c.key]
		p := Persona{
			Name: o.DisplayName, UPN: o.PrincipalName, Role: c.role, ID: o.ID, Scopes: slices.Clone(c.scopes),
			Request: waiting[o.ID].ID, Status: waiting[o.ID].Status,
		}
		if s.Cancelable.Request == "" {
			s.Cancelable = p
		}
		s.Personas = append(s.Personas, p)
	}
	return s, nil
}
