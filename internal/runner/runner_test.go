package runner_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/clock"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/engine"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/provision/builtin"
	"github.com/grantkeep/grantkeep/internal/runner"
	"github.com/grantkeep/grantkeep/internal/store/sqlstore"
)

const tenant directory.TenantID = "6df54acb-24d8-4cd1-9a7e-5b1f4c0d2a11"

var noon = time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)

// setup is a server without a face: one person and one package that anybody
// may have for a day.
type setup struct {
	engine *engine.Engine
	store  *sqlstore.Store
	clock  *clock.Manual
	pkg    entitlement.PackageID
	person directory.ObjectID
}

func ids() func() string {
	var n atomic.Int64
	return func() string { return fmt.Sprintf("00000000-0000-7000-8000-%012d", n.Add(1)) }
}

func admin() authz.Caller {
	return authz.Caller{Tenant: tenant, Actor: entitlement.Actor{Kind: entitlement.ByApp, ID: "00000000-0000-4000-8000-00000000000a"}, Scopes: authz.Permissions()}
}

func newSetup(t *testing.T, delay time.Duration) *setup {
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
	s := &setup{store: db, clock: clock.NewManual(noon, true)}
	newID := ids()
	s.engine = engine.New(db, s.clock, newID, builtin.Connectors(newID), engine.Settings{DeliveryDelay: delay, MaxStages: 3})
	if err := s.engine.OpenTenant(t.Context(), tenant, "Test"); err != nil {
		t.Fatal(err)
	}
	person, err := s.engine.CreateObject(t.Context(), admin(), directory.Object{
		Kind: directory.KindUser, DisplayName: "Adele", PrincipalName: "adele@contoso.example", Enabled: true,
		User: &directory.UserDetail{Type: directory.Member, MailNickname: "adele"},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	s.person = person.ID
	c, err := s.engine.CreateCatalog(t.Context(), admin(), entitlement.Catalog{DisplayName: "Sales", Published: true})
	if err != nil {
		t.Fatal(err)
	}
	p, err := s.engine.CreatePackage(t.Context(), admin(), entitlement.Package{Catalog: c.ID, DisplayName: "Tools"})
	if err != nil {
		t.Fatal(err)
	}
	s.pkg = p.ID
	_, err = s.engine.CreatePolicy(t.Context(), admin(), entitlement.Policy{
		Package: p.ID, DisplayName: "Everybody", Scope: entitlement.ScopeAllMembers, AcceptRequests: true,
		Requestor: entitlement.RequestorSettings{SelfAdd: true}, Expiration: entitlement.Expiration{Type: entitlement.AfterDuration, Duration: "P1D"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *setup) ask(t *testing.T) entitlement.RequestID {
	t.Helper()
	who := authz.Caller{Tenant: tenant, Actor: entitlement.Actor{Kind: entitlement.ByUser, ID: s.person}, Scopes: []authz.Scope{authz.SubjectAccess}}
	r, err := s.engine.Submit(t.Context(), who, entitlement.Submission{Kind: entitlement.UserAdd, Package: s.pkg})
	if err != nil {
		t.Fatal(err)
	}
	return r.ID
}

func (s *setup) status(t *testing.T, id entitlement.RequestID) entitlement.Status {
	t.Helper()
	r, err := s.engine.Request(t.Context(), admin(), id, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r.Status
}

// nobody is called by these tests.
type nobody struct{}

func (nobody) Call(context.Context, entitlement.Outcall) error { panic("somebody was called") }
func (nobody) Tell(context.Context, entitlement.Telling) error { panic("somebody was told") }

func TestRunDueLeavesARequestItsBreathAndSettleDoesNot(t *testing.T) {
	t.Parallel()
	s := newSetup(t, time.Second)
	r := runner.New(s.engine, s.store, s.clock, nobody{}, slog.New(slog.DiscardHandler), nil)
	id := s.ask(t)
	if n, err := r.RunDue(t.Context(), noon); n != 0 || err != nil {
		t.Fatalf("RunDue took %d, %v", n, err)
	}
	if got := s.status(t, id); got != entitlement.Accepted {
		t.Fatalf("status %s", got)
	}
	if n, err := r.Settle(t.Context(), noon); n != 1 || err != nil {
		t.Fatalf("Settle took %d, %v", n, err)
	}
	if got := s.status(t, id); got != entitlement.DeliveredTold {
		t.Fatalf("status %s", got)
	}
}

func TestWhatIsDueRunsOnceAndTheRestWaits(t *testing.T) {
	t.Parallel()
	s := newSetup(t, time.Second)
	r := runner.New(s.engine, s.store, s.clock, nobody{}, slog.New(slog.DiscardHandler), nil)
	s.ask(t)
	for _, step := range []struct {
		at   time.Duration
		want int
	}{
		{time.Second, 1},
		{time.Second, 0},
		{23 * time.Hour, 0},
		{23*time.Hour + time.Second, 1}, // the end is near
		{24 * time.Hour, 0},
		{24*time.Hour + time.Second, 1},
		{240 * time.Hour, 0},
	} {
		if n, err := r.RunDue(t.Context(), noon.Add(step.at)); n != step.want || err != nil {
			t.Errorf("after %v RunDue took %d, %v; want %d", step.at, n, err, step.want)
		}
	}
}

func TestRunWakesUpAfterACommitUnlessItIsPaused(t *testing.T) {
	t.Parallel()
	s := newSetup(t, 0)
	var paused atomic.Bool
	paused.Store(true)
	r := runner.New(s.engine, s.store, s.clock, nobody{}, slog.New(slog.DiscardHandler), paused.Load)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		r.Run(ctx)
		close(ended)
	}()
	id := s.ask(t)
	if got := s.status(t, id); got != entitlement.Accepted {
		t.Errorf("a paused runner moved the request to %s", got)
	}
	paused.Store(false)
	for !s.status(t, id).Gave() {
		if t.Context().Err() != nil {
			t.Fatal("the request was never delivered")
		}
	}
	stop()
	<-ended
}
