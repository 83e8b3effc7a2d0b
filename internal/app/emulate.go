package app

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"strings"
	"time"

	"github.com/grantkeep/grantkeep/internal/authn/issuer"
	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/clock"
	"github.com/grantkeep/grantkeep/internal/config"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/emulator"
	"github.com/grantkeep/grantkeep/internal/engine"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/provision/builtin"
	"github.com/grantkeep/grantkeep/internal/seed"
)

// The emulator's tenant and application are the same in every run, so that
// scripts can name them.
const (
	DefaultTenant = "6df54acb-24d8-4cd1-9a7e-5b1f4c0d2a11"
	clientID      = "b5c1a2f0-4d63-4e0a-8f57-0c9d7a3e1b22"
	clientSecret  = "grantkeep-emulator-secret"
	clientObject  = "0f9e8d7c-6b5a-4c3d-9e2f-1a0b9c8d7e33"
	clientName    = "Grantkeep emulator"
	domain        = "contoso.example"
)

// Emulation says how demo and emulator run.
type Emulation struct {
	Config  config.Config // database, listeners, delivery delay and the rest
	Tenant  string        // empty: DefaultTenant
	Seed    string        // "none" or "demo"
	Frozen  bool
	SeedIDs uint64 // not 0: ids are repeatable
}

// Started is what demo and emulator tell when they are ready.
type Started struct {
	Addresses
	Tenant string
	CA     string // file with the certificate of the authority behind https
	Client emulator.Client
	Demo   seed.Summary // zero without the demo seed
	World  *emulator.Emulator
	Token  func(ctx context.Context, user directory.ObjectID, upn string, scopes ...string) (string, error)
}

// Emulate runs demo or emulator until the context ends. It listens on
// loopback only: anybody who can reach it gets any token.
func Emulate(ctx context.Context, em Emulation, log *slog.Logger, ready func(Started) error) error {
	for _, address := range []string{em.Config.HTTP.Address, em.Config.HTTPS.Address} {
		if err := loopback(address); err != nil {
			return err
		}
	}
	dir, err := os.MkdirTemp("", "grantkeep-")
	if err != nil {
		return err
	}
	return errors.Join(emulate(ctx, em, dir, log, ready), os.RemoveAll(dir))
}

// loopback refuses addresses that other machines could reach.
func loopback(address string) error {
	if address == "" {
		return nil
	}
	host, _, err := net.SplitHostPort(address)
	ip := net.ParseIP(host)
	if err != nil || host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fault.New(fault.Invalid, "NotLoopback",
			"The emulator gives a token to anybody who asks, so it listens on loopback addresses only; %q is none. Use 127.0.0.1:PORT.", address)
	}
	return nil
}

// emulation is a running demo or emulator.
type emulation struct {
	Emulation
	app    *App
	clock  *clock.Manual
	newID  func() string
	tenant directory.TenantID
	demo   seed.Summary
	faults *emulator.Faults

	callouts *emulator.Callouts
}

func emulate(ctx context.Context, em Emulation, dir string, log *slog.Logger, ready func(Started) error) error {
	now := clock.System{}.Now()
	cert, ca, err := selfSigned(dir, now)
	if err != nil {
		return err
	}
	e := &emulation{
		Emulation: em, clock: clock.NewManual(now, em.Frozen), newID: newID,
		tenant: DefaultTenant, faults: emulator.NewFaults(em.SeedIDs),
	}
	if em.Tenant != "" {
		e.tenant = directory.TenantID(strings.ToLower(em.Tenant))
	}
	if em.SeedIDs != 0 {
		e.newID = repeatableIDs(em.SeedIDs, e.clock)
	}
	var world *emulator.Emulator
	paused := func() bool { return world == nil || world.Paused() }
	if err := e.open(ctx, log, paused); err != nil {
		return err
	}
	world = emulator.New(e.world())
	if err := e.seed(ctx); err != nil {
		return closeAfter(err, e.app)
	}
	l := Listeners{HTTP: em.Config.HTTP.Address, HTTPS: em.Config.HTTPS.Address, Certificate: cert}
	stop, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	err = l.serve(stop, world.Wrap(e.app.Handler), e.app.Run, log, func(at Addresses) {
		started := Started{Addresses: at, Tenant: string(e.tenant), CA: ca, Client: e.client(), Demo: e.demo, World: world, Token: e.personToken}
		if err := ready(started); err != nil {
			cancel(err)
		}
	})
	if cause := context.Cause(stop); cause != nil && ctx.Err() == nil {
		err = errors.Join(err, cause)
	}
	return closeAfter(err, e.app)
}

// open makes the real server with the emulator's tenant, key and client.
func (e *emulation) open(ctx context.Context, log *slog.Logger, paused func() bool) error {
	o, err := FromConfig(e.Config, log)
	if err != nil {
		return err
	}
	key, err := issuer.GenerateFastKey()
	if err != nil {
		return err
	}
	o.Keys = append(o.Keys, key)
	o.Clock, o.NewID, o.Paused, o.Wrap = e.clock, e.newID, paused, e.faults.Connectors
	o.WrapCaller = func(c emulator.Outside) emulator.Outside {
		e.callouts = emulator.NewCallouts(c, e.clock)
		return e.callouts
	}
	o.Tenants = append(o.Tenants, engine.Tenant{
		ID: e.tenant, DisplayName: "Contoso",
		Applications: []engine.Application{{ObjectID: clientObject, ClientID: clientID, DisplayName: clientName}},
	})
	o.Engine.SubscribersOnLoopback = true
	o.Domains[domain], o.Engine.GuestDomains[e.tenant] = e.tenant, domain
	for i := range o.Issuers {
		if o.Issuers[i].Partner != nil && o.Issuers[i].Tenant == "" {
			o.Issuers[i].Tenant = e.tenant
		}
	}
	o.API.Tenant, o.API.Organization, o.API.Domains = string(e.tenant), "Contoso", []string{domain}
	if e.app, err = New(ctx, o); err != nil {
		return err
	}
	e.register(e.client())
	return nil
}

// client is the application that may do everything.
func (e *emulation) client() emulator.Client {
	return emulator.Client{
		ID: clientID, Secret: clientSecret, OID: clientObject, DisplayName: clientName,
		Roles: everyPermission(), WIDs: []string{authz.GlobalAdmin},
	}
}

func (e *emulation) register(c emulator.Client) {
	e.app.PutClient(Client{
		Tenant: e.tenant, ID: c.ID, Secret: c.Secret, ObjectID: directory.ObjectID(c.OID),
		DisplayName: c.DisplayName, Roles: c.Roles, WIDs: c.WIDs,
	})
}

func (e *emulation) seed(ctx context.Context) error {
	if e.Seed != "demo" {
		return nil
	}
	var err error
	e.demo, err = seed.Demo(ctx, e.app.Store, e.tenant, e.newID, builtin.Connectors(e.newID), e.clock.Now())
	return err
}

func (e *emulation) world() emulator.World {
	return emulator.World{
		Tenant: e.tenant, Store: e.app.Store, Runner: e.app.Runner, Clock: e.clock, Faults: e.faults, Callouts: e.callouts,
		Default: e.client(), Mint: e.mint,
		Clients: func(id string) (emulator.Client, bool) {
			c, err := e.app.Clients.Client(context.Background(), e.tenant, id)
			return emulator.Client{ID: c.ID, OID: string(c.ObjectID), DisplayName: c.DisplayName, Roles: c.Roles, WIDs: c.DirectoryRoles}, err == nil
		},
		Register: func(_ context.Context, c emulator.Client) error { e.register(c); return nil },
		Reset:    e.reset,
	}
}

func (e *emulation) reset(ctx context.Context) error {
	if err := e.app.Store.Wipe(ctx, e.tenant); err != nil {
		return err
	}
	e.app.Clients.Clear()
	e.register(e.client())
	tenant := engine.Tenant{
		ID: e.tenant, DisplayName: "Contoso",
		Applications: []engine.Application{{ObjectID: clientObject, ClientID: clientID, DisplayName: clientName}},
	}
	if err := e.app.Engine.Prepare(ctx, tenant); err != nil {
		return err
	}
	return e.seed(ctx)
}

func (e *emulation) mint(ctx context.Context, t emulator.Token) (string, error) {
	g := issuer.Grant{
		Tenant: e.tenant, AppOnly: t.User.ID == "", ObjectID: directory.ObjectID(t.Client.OID),
		AppID: t.Client.ID, AppName: t.Client.DisplayName, DirectoryRoles: t.WIDs,
		Lifetime: time.Duration(t.ExpiresIn) * time.Second,
	}
	if g.AppOnly {
		g.Roles = t.Roles
	} else {
		g.ObjectID, g.PrincipalName, g.Name, g.Scopes = t.User.ID, t.User.PrincipalName, t.User.DisplayName, t.Scopes
	}
	return e.app.Issuer.Mint(ctx, g)
}

// demoTokenLife is how long the tokens live that the demo prints, seconds.
const demoTokenLife = 12 * 3600

// personToken makes a token for somebody in the demo.
func (e *emulation) personToken(ctx context.Context, user directory.ObjectID, upn string, scopes ...string) (string, error) {
	return e.mint(ctx, emulator.Token{
		User: directory.Object{ID: user, PrincipalName: upn}, Client: e.client(), Scopes: scopes, ExpiresIn: demoTokenLife,
	})
}
