// Package issuer is the built-in token issuer: applications get tokens for
// their secret, at the addresses and in the form of the Microsoft identity
// platform, and demo and emulator make tokens for anybody.
//
// It stands on the types, errors and JWT signing of zitadel/oidc, but not on
// that module's server framework (op): that serves one issuer, finds its
// description at a fixed path, takes secrets from the query string, logs
// through the process-wide logger, and wants to know of each application how
// people sign in to it. Here every tenant is an issuer, and people do not
// sign in.
//
// It does not know how tokens are checked, nor what they allow.
package issuer

import (
	"cmp"
	"context"
	"crypto/rand"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/zitadel/oidc/v3/pkg/crypto"

	"github.com/grantkeep/grantkeep/internal/clock"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/fault"
)

// What a Config means where it says nothing.
const (
	DefaultBase     = "https://grantkeep.local"
	DefaultAudience = "https://graph.microsoft.com"
	DefaultLifetime = time.Hour
)

// Config says what an issuer is.
type Config struct {
	// Base begins "iss" in every token, whatever host a client called; it
	// need not be an address that exists. Empty: PublicURL, or without that
	// the address that the client called, because clients compare it with
	// where they found the description. Tokens that are not made at the token
	// endpoint then begin with DefaultBase.
	Base string

	// Audience is "aud" in every token; empty: DefaultAudience.
	Audience string

	// Lifetime is how long the tokens of the token endpoint live; 0:
	// DefaultLifetime.
	Lifetime time.Duration

	// Tenants maps what may stand for a tenant in a path to its id: the id
	// itself, its domains, perhaps "common". Names are in lower case.
	Tenants map[string]directory.TenantID

	// PublicURL is what the endpoints in the description begin with; empty:
	// the host that the client called.
	PublicURL string

	// Resources are addresses that a scope may name beside the audience,
	// the host that the client called and the published addresses of Graph.
	Resources []string

	// Keys are the signing keys. The first signs; all are published, so that
	// tokens of an older key stay good while it is rotated out.
	Keys []Key
}

// Clients knows the applications that may ask for tokens.
type Clients interface {
	// Client returns the application with the given client id, or
	// fault.NotFound.
	Client(ctx context.Context, tenant directory.TenantID, id string) (Client, error)
}

// Issuer makes tokens and serves its endpoints. Make it with New; it is safe
// for concurrent use.
type Issuer struct {
	config  Config
	follows bool // "iss" follows the address that the client called
	clients Clients
	clock   clock.Clock
	log     *slog.Logger
	keys    keySet
}

// New returns an issuer whose tokens tell the time of clk. Without a key, or
// with one that cannot sign, it is fault.Invalid.
func New(c Config, clients Clients, clk clock.Clock, log *slog.Logger) (*Issuer, error) {
	if c.Base == "" {
		c.Base = c.PublicURL
	}
	follows := c.Base == ""
	if follows {
		c.Base = DefaultBase
	}
	if c.Audience == "" {
		c.Audience = DefaultAudience
	}
	if c.Lifetime == 0 {
		c.Lifetime = DefaultLifetime
	}
	c.Base = strings.TrimSuffix(c.Base, "/")
	if u, err := url.Parse(c.Base); err != nil || u.Host == "" {
		return nil, fault.New(fault.Invalid, "InvalidIssuer", "The base %q of the built-in issuer is not a URL.", c.Base)
	}
	keys, err := newKeySet(c.Keys)
	if err != nil {
		return nil, err
	}
	return &Issuer{config: c, follows: follows, clients: clients, clock: clk, log: log, keys: keys}, nil
}

// URL is the "iss" of the tenant's tokens that are not made at the token
// endpoint.
func (i *Issuer) URL(tenant directory.TenantID) string { return iss(i.config.Base, tenant) }

// Follows reports whether "iss" may begin with any address of the server,
// rather than with that of URL.
func (i *Issuer) Follows() bool { return i.follows }

func iss(base string, tenant directory.TenantID) string { return base + "/" + string(tenant) + "/v2.0" }

// KeySet checks signatures without asking over HTTP.
func (i *Issuer) KeySet() oidc.KeySet { return i.keys }

// Algorithms are those that the keys sign with.
func (i *Issuer) Algorithms() []string { return i.keys.algorithms() }

// Grant says what a token says.
type Grant struct {
	Tenant directory.TenantID

	// AppOnly makes a token for an application in its own name, with Roles.
	// Otherwise it is for a person, with Scopes.
	AppOnly bool

	ObjectID      directory.ObjectID // of the person or the service principal
	PrincipalName string             // people only
	Name          string             // people only: the display name

	AppID, AppName string // the client application

	Scopes         []string // "scp"
	Roles          []string // "roles"
	DirectoryRoles []string // "wids"

	Lifetime time.Duration // 0: as the token endpoint's
	Audience string        // "aud"; empty: as the token endpoint's

	base string // of "iss", if not the issuer's
}

// tokenClaims is the payload of a token (permissions.md section 9).
type tokenClaims struct {
	Audience       string   `json:"aud"`
	Issuer         string   `json:"iss"`
	IssuedAt       int64    `json:"iat"`
	NotBefore      int64    `json:"nbf"`
	Expires        int64    `json:"exp"`
	AppName        string   `json:"app_displayname,omitempty"`
	AppID          string   `json:"appid,omitempty"`
	IDType         string   `json:"idtyp"`
	Name           string   `json:"name,omitempty"`
	ObjectID       string   `json:"oid"`
	Roles          []string `json:"roles,omitempty"`
	Scopes         string   `json:"scp,omitempty"`
	Subject        string   `json:"sub"`
	Tenant         string   `json:"tid"`
	PrincipalName  string   `json:"upn,omitempty"`
	ID             string   `json:"uti"`
	Version        string   `json:"ver"`
	DirectoryRoles []string `json:"wids,omitempty"`
}

// Mint makes a token for whatever the grant says, without asking anybody:
// only the token endpoint, calls of custom extensions, demo and emulator may
// call it. A grant without
// tenant or object id, with the permissions of the other kind, or of a
// negative lifetime is fault.Invalid.
func (i *Issuer) Mint(ctx context.Context, g Grant) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err // signing is the dear part; nobody waits for it any more
	}
	if err := g.check(); err != nil {
		return "", err
	}
	return crypto.Sign(i.claims(g), i.keys.signer)
}

func (i *Issuer) claims(g Grant) tokenClaims {
	now := i.clock.Now()
	lifetime := g.Lifetime
	if lifetime == 0 {
		lifetime = i.config.Lifetime
	}
	base := g.base
	if base == "" {
		base = i.config.Base
	}
	c := tokenClaims{
		Audience: cmp.Or(g.Audience, i.config.Audience), Issuer: iss(base, g.Tenant), Version: "2.0", ID: rand.Text(),
		IssuedAt: now.Unix(), NotBefore: now.Unix(), Expires: now.Add(lifetime).Unix(),
		Tenant: string(g.Tenant), ObjectID: string(g.ObjectID), Subject: string(g.ObjectID),
		AppID: g.AppID, AppName: g.AppName, DirectoryRoles: g.DirectoryRoles,
	}
	if g.AppOnly {
		c.IDType, c.Roles = "app", g.Roles
		return c
	}
	c.IDType, c.Scopes = "user", strings.Join(g.Scopes, " ")
	c.PrincipalName, c.Name = g.PrincipalName, g.Name
	return c
}

func (g Grant) check() error {
	invalid := func(target, format string, args ...any) error {
		return fault.New(fault.Invalid, "InvalidGrant", format, args...).At(target)
	}
	switch {
	case g.Tenant == "":
		return invalid("tenant", "A token needs a tenant.")
	case g.ObjectID == "":
		return invalid("oid", "A token needs the object id of its holder.")
	case g.AppOnly && len(g.Scopes) > 0:
		return invalid("scp", "An application's own token has roles, not scopes.")
	case !g.AppOnly && len(g.Roles) > 0:
		return invalid("roles", "A person's token has scopes, not roles.")
	case g.Lifetime < 0:
		return invalid("expiresIn", "A token cannot have a negative lifetime.")
	}
	return nil
}
