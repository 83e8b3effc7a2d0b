package seed_test

import (
	"context"
	"encoding/binary"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/clock"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/engine"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/provision/builtin"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/seed"
	"github.com/grantkeep/grantkeep/internal/store"
	"github.com/grantkeep/grantkeep/internal/store/sqlstore"
)

const tenant = directory.TenantID("11111111-1111-7111-8111-111111111111")

var now = time.Date(2026, time.November, 23, 10, 0, 0, 0, time.UTC)

// counted returns a source of ids that is the same every time.
func counted() func() string {
	n := uint64(0)
	return func() string {
		n++
		id := uuid.UUID{6: 0x70, 8: 0x80}
		binary.BigEndian.PutUint32(id[0:4], uint32(n))
		return id.String()
	}
}

type demo struct {
	db      *sqlstore.Store
	engine  *engine.Engine
	summary seed.Summary
}

func openStore(t *testing.T) *sqlstore.Store {
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
	return db
}

func setup(t *testing.T) demo {
	t.Helper()
	db, ids := openStore(t), counted()
	connectors := builtin.Connectors(ids)
	s, err := seed.Demo(t.Context(), db, tenant, ids, connectors, now)
	if err != nil {
		t.Fatal(err)
	}
	e := engine.New(db, clock.NewManual(now, true), ids, connectors, engine.Settings{DeliveryDelay: time.Second, MaxStages: 3})
	return demo{db, e, s}
}

func (p demo) read(t *testing.T, fn func(context.Context, store.Reader) error) {
	t.Helper()
	err := p.db.Read(t.Context(), tenant, func(r store.Reader) error { return fn(t.Context(), r) })
	if err != nil {
		t.Fatal(err)
	}
}

func caller(p seed.Persona) authz.Caller {
	c := authz.Caller{Tenant: tenant, Actor: entitlement.Actor{Kind: entitlement.ByUser, ID: p.ID, Name: p.UPN}}
	for _, s := range p.Scopes {
		c.Scopes = append(c.Scopes, authz.Scope(s))
	}
	return c
}

func (p demo) persona(t *testing.T, upn string) seed.Persona {
	t.Helper()
	for _, c := range p.summary.Personas {
		if c.UPN == upn {
			return c
		}
	}
	t.Fatalf("there is no persona %s", upn)
	return seed.Persona{}
}

func TestDemo(t *testing.T) {
	t.Parallel()
	d := setup(t)
	for name, test := range map[string]func(*testing.T, demo){
		"it is as large as promised":         testSize,
		"history has every outcome":          testOutcomes,
		"the past ran on time":               testOnTime,
		"personas are people":                testPersonas,
		"personas have their roles":          testRoles,
		"approvers find their work":          testApprovers,
		"the same ids make the same company": testRepeat,
		"only an empty tenant is filled":     testNotEmpty,
	} {
		t.Run(name, func(t *testing.T) { test(t, d) })
	}
}

func testSize(t *testing.T, d demo) {
	t.Parallel()
	s := d.summary
	for name, c := range map[string]struct{ got, low, high int }{
		"people":             {s.People, 55, 65},
		"guests":             {s.Guests, 2, 5},
		"groups":             {s.Groups, 14, 24},
		"applications":       {s.Applications, 3, 4},
		"catalogs":           {s.Catalogs, 4, 4},
		"packages":           {s.Packages, 20, 20},
		"policies":           {s.Policies, 21, 30},
		"active assignments": {s.ActiveAssignments, 35, 48},
		"ended assignments":  {s.EndedAssignments, 20, 60},
	} {
		if c.got < c.low || c.got > c.high {
			t.Errorf("%d %s, want %d to %d", c.got, name, c.low, c.high)
		}
	}
	d.read(t, func(ctx context.Context, r store.Reader) error {
		count := query.List{Limit: 1, Count: true}
		users, err := r.Objects(ctx, directory.KindUser, count)
		if err != nil {
			return err
		}
		groups, err := r.Objects(ctx, directory.KindGroup, count)
		if err != nil {
			return err
		}
		packages, err := r.Packages(ctx, count)
		if err != nil {
			return err
		}
		policies, err := r.Policies(ctx, count)
		if err != nil {
			return err
		}
		got := []int64{users.Count, groups.Count, packages.Count, policies.Count}
		want := []int64{int64(s.People + s.Guests), int64(s.Groups), int64(s.Packages), int64(s.Policies)}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the summary differs from the store (-summary +store):\n%s", diff)
		}
		disabled, err := r.Objects(ctx, directory.KindUser, query.List{Where: query.Compare{Field: "enabled", Value: false}, Limit: 9})
		if len(disabled.Rows) != 1 {
			t.Errorf("%d people are disabled, want 1", len(disabled.Rows))
		}
		return err
	})
}

func testOutcomes(t *testing.T, d demo) {
	t.Parallel()
	for status, least := range map[entitlement.Status]int{
		entitlement.PendingApproval: 3, entitlement.PendingApprovalEscalated: 2, entitlement.PendingNotBefore: 2,
		entitlement.Delivered: 60, entitlement.Denied: 5, entitlement.Expired: 3, entitlement.Canceled: 4,
	} {
		if got := d.summary.Requests[status]; got < least {
			t.Errorf("%d requests are %s, want at least %d", got, status, least)
		}
	}
	for _, status := range []entitlement.Status{entitlement.Delivering, entitlement.PartiallyDelivered} {
		if got := d.summary.Requests[status]; got != 0 {
			t.Errorf("%d requests are %s, want none", got, status)
		}
	}
	d.read(t, func(ctx context.Context, r store.Reader) error {
		for _, kind := range []entitlement.RequestKind{
			entitlement.UserAdd, entitlement.AdminAdd, entitlement.UserRemove, entitlement.AdminRemove, entitlement.SystemRemove,
		} {
			page, err := r.Requests(ctx, query.List{Where: query.Compare{Field: "kind", Value: string(kind)}, Limit: 900})
			if err != nil {
				return err
			}
			if len(page.Rows) == 0 {
				t.Errorf("there is no request of the type %s", kind)
			}
			for _, q := range page.Rows {
				if q.CreatedAt.After(now) || q.CreatedAt.Before(now.Add(-90*24*time.Hour)) || q.CompletedAt.After(now) {
					t.Errorf("request %s: made at %s and closed at %s, outside of the last 90 days", q.ID, q.CreatedAt, q.CompletedAt)
				}
			}
		}
		due, _, err := d.db.NextDue(ctx, now)
		if len(due) > 0 {
			t.Errorf("something is due at %s still", now)
		}
		return err
	})
}

// testOnTime: what fell due in the past ran at its own instant, not when the next event
// came along.
func testOnTime(t *testing.T, d demo) {
	t.Parallel()
	d.read(t, func(ctx context.Context, r store.Reader) error {
		ended, err := r.Assignments(ctx, query.List{Where: query.Compare{Field: "state", Value: string(entitlement.AssignmentExpired)}, Limit: 900})
		if err != nil {
			return err
		}
		onTime := 0
		for _, a := range ended.Rows {
			if !a.EndsAt.IsZero() && a.ExpiredAt.After(a.EndsAt) {
				t.Errorf("assignment %s ended at %s, its time was up at %s", a.ID, a.ExpiredAt, a.EndsAt)
			}
			if a.ExpiredAt.Equal(a.EndsAt) {
				onTime++
			}
		}
		if onTime < 15 {
			t.Errorf("%d assignments ended by themselves, want at least 15", onTime)
		}
		return nil
	})
}

func testPersonas(t *testing.T, d demo) {
	t.Parallel()
	statuses := map[entitlement.Status]bool{}
	for _, p := range d.summary.Personas {
		me, err := d.engine.Me(t.Context(), caller(p))
		if err != nil {
			t.Errorf("%s: %v", p.UPN, err)
			continue
		}
		if me.ID != p.ID || me.PrincipalName != p.UPN || me.DisplayName != p.Name || !me.Active() || p.Role == "" {
			t.Errorf("persona %+v is not the person %+v", p, me)
		}
		if p.Request != "" {
			statuses[p.Status] = true
		}
	}
	for _, s := range []entitlement.Status{entitlement.PendingApproval, entitlement.PendingApprovalEscalated, entitlement.PendingNotBefore} {
		if !statuses[s] {
			t.Errorf("no persona owns a request that is %s", s)
		}
	}
	if d.summary.Cancelable.UPN != "ada@contoso.example" || d.summary.Cancelable.Status != entitlement.PendingApproval {
		t.Errorf("the persona who cancels is %+v", d.summary.Cancelable)
	}
}

func testRoles(t *testing.T, d demo) {
	t.Parallel()
	for upn, want := range map[string]string{
		"eve": authz.GovernanceAdmin, "ida": string(authz.CatalogCreator), "chi": string(authz.CatalogOwner),
		"dee": string(authz.CatalogReader), "max": string(authz.PackageManager), "lu": string(authz.AssignmentManager),
	} {
		p := d.persona(t, upn+"@contoso.example")
		d.read(t, func(ctx context.Context, r store.Reader) error {
			held, err := r.RolesOf(ctx, p.ID)
			for _, h := range held {
				if h.Role == want {
					return err
				}
			}
			t.Errorf("%s does not have the role %s", p.Name, want)
			return err
		})
	}
}

func TestWaitingRequestsCanBeCanceledByTheirOwners(t *testing.T) {
	t.Parallel()
	d := setup(t)
	canceled := 0
	for _, p := range d.summary.Personas {
		if p.Request == "" {
			continue
		}
		if err := d.engine.CancelRequest(t.Context(), caller(p), p.Request, true); err != nil {
			t.Errorf("%s cancels: %v", p.Name, err)
			continue
		}
		got, err := d.engine.Request(t.Context(), caller(p), p.Request, nil)
		if err != nil || got.Status != entitlement.Canceled {
			t.Errorf("the request of %s is %s (%v), want Canceled", p.Name, got.Status, err)
		}
		canceled++
	}
	if canceled < 4 {
		t.Errorf("%d personas have something to cancel, want at least 4", canceled)
	}
}

func testApprovers(t *testing.T, d demo) {
	t.Parallel()
	for approver, owner := range map[string]string{"ben": "ada", "ada": "sam", "chi": "sam"} {
		want := d.persona(t, owner+"@contoso.example").Request
		page, err := d.engine.MyApprovals(t.Context(), caller(d.persona(t, approver+"@contoso.example")), "approver", query.List{Limit: 50})
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, a := range page.Rows {
			found = found || a.ID == want
		}
		if !found {
			t.Errorf("%s is not asked about the request of %s", approver, owner)
		}
	}
}

func testRepeat(t *testing.T, d demo) {
	t.Parallel()
	if diff := cmp.Diff(d.summary, setup(t).summary); diff != "" {
		t.Errorf("the second run differs (-first +second):\n%s", diff)
	}
}

func testNotEmpty(t *testing.T, d demo) {
	t.Parallel()
	before := d.state(t)
	ids := counted()
	for range 1 << 14 {
		ids() // beyond those in use
	}
	_, err := seed.Demo(t.Context(), d.db, tenant, ids, builtin.Connectors(ids), now)
	if !fault.Is(err, fault.Conflict) {
		t.Errorf("filling it twice: %v, want a conflict", err)
	}
	if diff := cmp.Diff(before, d.state(t)); diff != "" {
		t.Errorf("the refusal changed something (-before +after):\n%s", diff)
	}
}

func TestOtherTenantsAreLeftAlone(t *testing.T) {
	t.Parallel()
	d, ids := setup(t), counted()
	before := d.state(t)
	const second = directory.TenantID("22222222-2222-7222-8222-222222222222")
	if _, err := seed.Demo(t.Context(), d.db, second, ids, builtin.Connectors(ids), now.Add(30*24*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, d.state(t)); diff != "" {
		t.Errorf("filling another tenant ran what was due in this one (-before +after):\n%s", diff)
	}
}

// state is every request and every application of the tenant.
func (p demo) state(t *testing.T) (all struct {
	Requests []entitlement.Request
	Apps     []directory.Object
},
) {
	t.Helper()
	p.read(t, func(ctx context.Context, r store.Reader) error {
		requests, err := r.Requests(ctx, query.List{Limit: 900})
		if err != nil {
			return err
		}
		apps, err := r.Objects(ctx, directory.KindServicePrincipal, query.List{Limit: 900})
		all.Requests, all.Apps = requests.Rows, apps.Rows
		return err
	})
	return all
}
