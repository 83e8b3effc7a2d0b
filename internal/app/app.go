// Package app is the composition root: it makes one server out of the parts
// and is the only package that sees them all.
package app

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"github.com/grantkeep/grantkeep/internal/authn"
	"github.com/grantkeep/grantkeep/internal/authn/issuer"
	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/clock"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/emulator"
	"github.com/grantkeep/grantkeep/internal/engine"
	"github.com/grantkeep/grantkeep/internal/graphapi"
	"github.com/grantkeep/grantkeep/internal/provision/builtin"
	"github.com/grantkeep/grantkeep/internal/runner"
	"github.com/grantkeep/grantkeep/internal/store/sqlstore"
)

// Client is an application that gets tokens from the built-in issuer.
type Client struct {
	Tenant      directory.TenantID
	ID          string
	Secret      string
	ObjectID    directory.ObjectID
	DisplayName string
	Roles       []string // application permissions
	WIDs        []string // directory roles
}

// Options are what an App is made of.
type Options struct {
	DSN     string
	Store   sqlstore.Options
	Tenants []engine.Tenant
	Domains map[string]directory.TenantID // names that stand for a tenant
	Engine  engine.Settings
	API     graphapi.Settings

	Issuers []authn.Issuer // beside the built-in one
	Keys    []issuer.Key   // of the built-in issuer; none: it is off
	Issuer  issuer.Config  // its Keys and Tenants are filled in here
	Clients []Client

	Clock  clock.Clock
	NewID  func() string
	Paused func() bool                               // holds the runner, see runner.New
	Wrap   func(engine.Connectors) engine.Connectors // puts something before the connectors; may be nil
	Log    *slog.Logger

	CalloutSecret string                                  // signs the calls of custom extensions and subscribers
	WrapCaller    func(emulator.Outside) emulator.Outside // puts something before them; may be nil
}

// App is a server without its listeners.
type App struct {
	Handler http.Handler
	Engine  *engine.Engine
	Store   *sqlstore.Store
	Runner  *runner.Runner
	Issuer  *issuer.Issuer // nil if it is off
	Clients *issuer.Registry

	connectors engine.Connectors
}

// New opens the database, prepares the tenants and puts the server together.
// Close it in the end, even if it never ran.
func New(ctx context.Context, o Options) (*App, error) {
	db, err := sqlstore.Open(ctx, o.DSN, o.Store)
	if err != nil {
		return nil, err
	}
	a, err := assemble(ctx, o, db)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return a, nil
}

func assemble(ctx context.Context, o Options, db *sqlstore.Store) (*App, error) {
	a := &App{Store: db, Clients: &issuer.Registry{}, connectors: builtin.Connectors(o.NewID)}
	if o.Wrap != nil {
		a.connectors = o.Wrap(a.connectors)
	}
	a.Engine = engine.New(db, o.Clock, o.NewID, a.connectors, o.Engine)
	for _, t := range o.Tenants {
		if err := a.Engine.Prepare(ctx, t); err != nil {
			return nil, err
		}
	}
	trusted, err := a.issuers(o)
	if err != nil {
		return nil, err
	}
	outside := a.caller(o)
	o.API.Prove = outside.Prove
	a.Runner = runner.New(a.Engine, db, o.Clock, outside, o.Log, o.Paused)
	verifier, err := authn.New(trusted, o.Clock, o.Log)
	if err != nil {
		return nil, err
	}
	a.Handler = a.mux(graphapi.New(a.Engine, verifier, o.Clock, o.NewID, o.Log, o.API))
	return a, nil
}

// issuers makes the built-in issuer, unless it is off, and returns all whose
// tokens are accepted.
func (a *App) issuers(o Options) ([]authn.Issuer, error) {
	if len(o.Keys) == 0 {
		return o.Issuers, nil
	}
	o.Issuer.Keys = o.Keys
	o.Issuer.Tenants = map[string]directory.TenantID{}
	for name, id := range o.Domains {
		o.Issuer.Tenants[strings.ToLower(name)] = id
	}
	for _, t := range o.Tenants {
		o.Issuer.Tenants[string(t.ID)] = t.ID
	}
	for _, c := range o.Clients {
		a.PutClient(c)
	}
	var err error
	if a.Issuer, err = issuer.New(o.Issuer, a.Clients, o.Clock, o.Log); err != nil {
		return nil, err
	}
	trusted := o.Issuers
	for _, t := range o.Tenants {
		trusted = append(trusted, authn.Issuer{
			URL: a.Issuer.URL(t.ID), AnyHost: a.Issuer.Follows(), Keys: a.Issuer.KeySet(), Algorithms: a.Issuer.Algorithms(),
			Audiences: audiences(o.Issuer.Audience), Tenant: t.ID, TrustRoles: true,
		})
	}
	return trusted, nil
}

// graphAppID is what Graph is called as a resource, beside its URL
// (permissions.md section 9).
const graphAppID = "00000003-0000-0000-c000-000000000000"

func audiences(own string) []string {
	all := []string{issuer.DefaultAudience, graphAppID}
	if own != "" && own != issuer.DefaultAudience {
		all = append(all, own)
	}
	return all
}

// PutClient lets an application get tokens from the built-in issuer.
func (a *App) PutClient(c Client) {
	a.Clients.Put(c.Tenant, issuer.Client{
		ID: c.ID, ObjectID: c.ObjectID, DisplayName: c.DisplayName,
		Secrets: []issuer.SecretHash{issuer.HashSecret(c.Secret)}, Roles: c.Roles, DirectoryRoles: c.WIDs,
	})
}

// mux puts the API, the token endpoints and the health checks under one
// handler.
func (a *App) mux(api http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case a.Issuer != nil && issuer.Serves(r.URL.Path):
			a.Issuer.ServeHTTP(w, r)
		case r.URL.Path == "/healthz":
			a.health(w, r)
		default:
			api.ServeHTTP(w, r)
		}
	})
}

// health answers 200 if the database answers, else 503.
func (a *App) health(w http.ResponseWriter, r *http.Request) {
	if _, err := a.Store.Tenants(r.Context()); err != nil {
		http.Error(w, "the database does not answer", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "text/plain")
	if _, err := w.Write([]byte("ok\n")); err != nil {
		return // the client has gone
	}
}

// Run runs what is due until the context ends, and returns when the runner
// has stopped.
func (a *App) Run(ctx context.Context) { a.Runner.Run(ctx) }

// Close closes the database. Nothing may be running any more.
func (a *App) Close() error { return a.Store.Close() }

// everyPermission lists all permissions by name.
func everyPermission() []string {
	all := authz.Permissions()
	names := make([]string, len(all))
	for i, s := range all {
		names[i] = string(s)
	}
	return names
}
