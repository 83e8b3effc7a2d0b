// Package config holds what an operator can decide, in one struct. A file
// (YAML) says less than the environment, and that less than flags; what
// nobody says has a default.
//
// It does not know what the values do. docs/configuration.md explains every
// key to operators.
package config

import (
	"fmt"
	"strings"
	"time"

	"github.com/grantkeep/grantkeep/internal/fault"
)

// Config is the whole configuration. The keys of the file are in the tags.
type Config struct {
	HTTP  Listener `koanf:"http"`  // without TLS; default 127.0.0.1:8080
	HTTPS Listener `koanf:"https"` // with TLS; default off
	TLS   TLS      `koanf:"tls"`

	// PublicURL is how clients reach the server, such as
	// "https://access.example.com": links begin with it. Empty: links follow
	// the host that a client called.
	PublicURL string `koanf:"publicURL"`

	// TrustForwarded believes X-Forwarded-Host and X-Forwarded-Proto. Only
	// behind a proxy that overwrites both.
	TrustForwarded bool `koanf:"trustForwarded"`

	// LoginEndpoint is where clients are sent for tokens. Empty: the server
	// itself.
	LoginEndpoint string `koanf:"loginEndpoint"`

	// Database is "sqlite:FILE", "sqlite::memory:" or "postgres://…".
	Database string   `koanf:"database"`
	Postgres Postgres `koanf:"postgres"`
	SQLite   SQLite   `koanf:"sqlite"`

	Tenants []Tenant `koanf:"tenants"`

	// Administrators are object ids of people or applications that get the
	// role Identity Governance Administrator when the server starts.
	Administrators []string `koanf:"administrators"`

	// Cloud is the national cloud whose availability table is followed:
	// global, usgov-l4, usgov-l5 or china.
	Cloud string `koanf:"cloud"`

	Issuers       []Issuer      `koanf:"issuers"`
	Partners      []Partner     `koanf:"partners"`
	BuiltinIssuer BuiltinIssuer `koanf:"builtinIssuer"`

	Delivery  Delivery  `koanf:"delivery"`
	Cancel    Cancel    `koanf:"cancel"`
	AdminAdd  AdminAdd  `koanf:"adminAdd"`
	Requests  Requests  `koanf:"requests"`
	Approval  Approval  `koanf:"approval"`
	Directory Directory `koanf:"directory"`

	Automatic     Automatic     `koanf:"automatic"`
	Notifications Notifications `koanf:"notifications"`
	Callouts      Callouts      `koanf:"callouts"`
	Subscriptions Subscriptions `koanf:"subscriptions"`

	// LenientInput ignores unknown properties in request bodies instead of
	// refusing them.
	LenientInput bool `koanf:"lenientInput"`

	Paging Paging `koanf:"paging"`
	CORS   CORS   `koanf:"cors"`
	Limits Limits `koanf:"limits"`
	Log    Log    `koanf:"log"`
}

// Listener is a port that is served.
type Listener struct {
	Address string `koanf:"address"` // host:port; empty: not served
}

// TLS is what https needs.
type TLS struct {
	Cert string `koanf:"cert"` // PEM file with the certificate and its chain
	Key  string `koanf:"key"`  // PEM file with its private key

	// SelfSigned makes a certificate authority and a certificate at start
	// instead, for tests and demos.
	SelfSigned bool `koanf:"selfSigned"`
}

// Postgres tunes PostgreSQL.
type Postgres struct {
	MaxConnections int `koanf:"maxConnections"` // in the pool of one process
}

// SQLite tunes SQLite.
type SQLite struct {
	Readers int `koanf:"readers"` // connections that read, beside the one that writes
}

// Tenant is an organization that is served.
type Tenant struct {
	ID          string   `koanf:"id"` // GUID
	DisplayName string   `koanf:"displayName"`
	Domains     []string `koanf:"domains"` // the first one is its initial domain
}

// Issuer is an OpenID Connect issuer whose tokens are accepted.
type Issuer struct {
	// URL is what the claim "iss" must be, exactly. {tenantid} in it stands
	// for the claim "tid".
	URL string `koanf:"url"`

	// DiscoveryURL is where its description is. Empty: at URL.
	DiscoveryURL string `koanf:"discoveryURL"`

	Audiences []string `koanf:"audiences"` // accepted values of "aud"

	// Tenant is the tenant that its tokens belong to. Empty: the claim "tid"
	// names one of our tenants.
	Tenant string `koanf:"tenant"`

	TrustRoles  bool `koanf:"trustRoles"`  // believe directory roles in "wids"
	SubjectAsID bool `koanf:"subjectAsID"` // take "sub" where "oid" is missing
}

// Partner is another organization, whose people may be guests.
type Partner struct {
	ID          string   `koanf:"id"` // GUID of its tenant
	DisplayName string   `koanf:"displayName"`
	Domains     []string `koanf:"domains"` // that are its own

	// Issuer is what the claim "iss" of its people's tokens must be, exactly.
	// Empty: its people do not sign in here with tokens of their own.
	Issuer       string   `koanf:"issuer"`
	DiscoveryURL string   `koanf:"discoveryURL"` // where the issuer's description is. Empty: at Issuer
	Audiences    []string `koanf:"audiences"`    // accepted values of "aud"
	Tenant       string   `koanf:"tenant"`       // ours, in which they are guests; may be left out if there is only one
}

// BuiltinIssuer is our own token issuer for applications.
type BuiltinIssuer struct {
	Enabled  bool          `koanf:"enabled"`
	URL      string        `koanf:"url"`      // begins the claim "iss". Empty: PublicURL, or the address that was called
	KeyFile  string        `koanf:"keyFile"`  // PEM; made if missing. Empty: a new key at each start
	Audience string        `koanf:"audience"` // the claim "aud"
	Lifetime time.Duration `koanf:"lifetime"` // of a token
	Clients  []Client      `koanf:"clients"`
}

// Client is an application that may ask for tokens.
type Client struct {
	Tenant      string   `koanf:"tenant"`     // may be left out if there is only one
	ID          string   `koanf:"id"`         // client id, a GUID
	OID         string   `koanf:"oid"`        // object id of its service principal
	Secret      string   `koanf:"secret"`     // at least 16 characters
	SecretFile  string   `koanf:"secretFile"` // instead of Secret: a file that holds it
	DisplayName string   `koanf:"displayName"`
	Roles       []string `koanf:"roles"` // application permissions
	WIDs        []string `koanf:"wids"`  // template ids of directory roles
}

// Delivery is about giving access.
type Delivery struct {
	// Delay is how long a request waits before it is processed; so long it
	// can be canceled without a trace.
	Delay time.Duration `koanf:"delay"`
}

// Cancel is about withdrawing requests.
type Cancel struct {
	// StrictBody asks people who are not administrators for the documented
	// body.
	StrictBody bool `koanf:"strictBody"`

	// AllowAppPermission lets an application cancel with its permission
	// alone, without a role.
	AllowAppPermission bool `koanf:"allowAppPermission"`

	// AllowWaitingForCallback lets requests be canceled that wait for a
	// custom extension before access is given.
	AllowWaitingForCallback bool `koanf:"allowWaitingForCallback"`
}

// AdminAdd is about direct assignments.
type AdminAdd struct {
	// AlwaysHonorApproval makes them wait for approval if the policy asks
	// for it, whoever makes them.
	AlwaysHonorApproval bool `koanf:"alwaysHonorApproval"`
}

// Requests is about what requests may do.
type Requests struct {
	// AdminAddOverridesIncompatibility lets direct assignments combine what
	// must not be combined.
	AdminAddOverridesIncompatibility bool `koanf:"adminAddOverridesIncompatibility"`
}

// Directory is about users, groups and applications.
type Directory struct {
	// ReadOnly refuses calls that would change them: they are a copy of
	// another directory's.
	ReadOnly bool `koanf:"readOnly"`
}

// Approval limits policies and says what may stand for an approval.
type Approval struct {
	MaxStages int `koanf:"maxStages"`

	// SkipRepeatedApprover lets the approval of an earlier stage count in a
	// later one that the same person could decide.
	SkipRepeatedApprover bool `koanf:"skipRepeatedApprover"`

	// OnBehalfManagerAutoApproves lets a manager's request for a report
	// count as the manager's approval, where nobody else is asked first.
	OnBehalfManagerAutoApproves bool `koanf:"onBehalfManagerAutoApproves"`

	// ShowApprovers lets targets and requestors see who decided, where the
	// policy leaves it open.
	ShowApprovers bool `koanf:"showApprovers"`
}

// Automatic is about policies that assign by a rule.
type Automatic struct {
	// GuardShare is the share of a tenant's users, in percent, beyond which
	// the change of a policy waits until somebody confirms it; 0 for no
	// guard. Fewer than GuardMinimum people never need that.
	GuardShare   int `koanf:"guardShare"`
	GuardMinimum int `koanf:"guardMinimum"`

	// MaxUsers is the most people whom one policy gives access; 0 for any
	// number.
	MaxUsers int `koanf:"maxUsers"`
}

// Notifications is about the messages that people get.
type Notifications struct {
	// MaxRecipients is the most people who get the message of one event,
	// such as the members of a group that approves.
	MaxRecipients int `koanf:"maxRecipients"`
}

// Callouts is about the calls of custom extensions.
type Callouts struct {
	Secret     string `koanf:"secret"`     // signs them; empty: they are not signed
	SecretFile string `koanf:"secretFile"` // a file that holds the secret instead
}

// Subscriptions is about those who are told of changes.
type Subscriptions struct {
	// AllowLoopback lets them be told at http:// addresses of this machine.
	AllowLoopback bool `koanf:"allowLoopback"`
}

// Paging is about the links to the next page.
type Paging struct {
	// Secret signs them. All processes of a deployment share it. Empty: a
	// new one at each start, which ends the links of before.
	Secret     string `koanf:"secret"`
	SecretFile string `koanf:"secretFile"` // instead of Secret: a file that holds it
}

// CORS is about pages of other origins in browsers.
type CORS struct {
	// Origins are those that may call, such as "https://portal.example.com".
	// Empty: none.
	Origins []string `koanf:"origins"`
}

// Limits protect the server.
type Limits struct {
	Body  Size `koanf:"body"`  // of a request, after decompression; larger ones get 413
	Batch int  `koanf:"batch"` // how many requests one $batch may hold

	// Requests is how many an application may send in a second, and Writes
	// how many of them may change something for one person or application;
	// more get 429. 0: no limit.
	Requests int `koanf:"requests"`
	Writes   int `koanf:"writes"`
}

// Log says what is logged.
type Log struct {
	Level  string `koanf:"level"`  // debug, info, warn, error
	Format string `koanf:"format"` // text, json
}

// Size is a number of bytes, written as a number or with KiB or MiB.
type Size int64

// Default returns what holds where nobody says anything.
func Default() Config {
	return Config{
		HTTP:          Listener{Address: "127.0.0.1:8080"},
		Database:      "sqlite:grantkeep.db",
		Postgres:      Postgres{MaxConnections: 12},
		SQLite:        SQLite{Readers: 4},
		Cloud:         "global",
		BuiltinIssuer: BuiltinIssuer{Audience: "https://graph.microsoft.com", Lifetime: time.Hour},
		Delivery:      Delivery{Delay: time.Second},
		Approval:      Approval{MaxStages: 3, ShowApprovers: true},
		Automatic:     Automatic{GuardShare: 20, GuardMinimum: 100},
		Notifications: Notifications{MaxRecipients: 500},
		Limits:        Limits{Body: 1 << 20, Batch: 20},
		Log:           Log{Level: "info", Format: "text"},
	}
}

// The kinds of databases.
const (
	SQLiteKind   = "sqlite"
	PostgresKind = "postgres"
)

// DatabaseSource tells what kind of database is meant, and which: a file
// name or ":memory:" for SQLite, the whole address for PostgreSQL. Anything
// else is fault.Invalid.
func (c Config) DatabaseSource() (kind, source string, err error) {
	if file, ok := strings.CutPrefix(c.Database, "sqlite:"); ok && file != "" {
		return SQLiteKind, file, nil
	}
	if strings.HasPrefix(c.Database, "postgres://") || strings.HasPrefix(c.Database, "postgresql://") {
		return PostgresKind, c.Database, nil
	}
	return "", "", fault.New(fault.Invalid, invalidCode, `The database must be "sqlite:FILE", "sqlite::memory:" or "postgres://…".`).At("database")
}

const invalidCode = "InvalidConfiguration"

// faults gathers everything that is wrong, so that an operator mends it in
// one go.
type faults []fault.Detail

func (f *faults) add(key, format string, args ...any) {
	*f = append(*f, fault.Detail{Code: invalidCode, Target: key, Message: fmt.Sprintf(format, args...)})
}

func (f faults) err() error {
	if len(f) == 0 {
		return nil
	}
	var text strings.Builder
	text.WriteString("The configuration cannot be used:")
	for _, d := range f {
		text.WriteString("\n  " + d.Target + ": " + d.Message)
	}
	e := fault.New(fault.Invalid, invalidCode, "%s", text.String())
	e.Details = f
	return e
}
