package authn

import (
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/clock"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
)

// Issuer describes an issuer whose tokens are accepted.
type Issuer struct {
	// URL is what "iss" must be, exactly. The placeholder {tenantid} stands
	// for the token's "tid", for issuers that serve many tenants.
	URL string

	// AnyHost accepts the path of URL at every address: Keys alone tell whose
	// token it is.
	AnyHost bool

	// DiscoveryURL is where the issuer describes itself, with or without
	// "/.well-known/openid-configuration"; empty: at URL. With it, the
	// document may name another issuer than URL, as multi-tenant ones do.
	DiscoveryURL string

	// Keys, if set, are the issuer's keys; then nothing is fetched.
	Keys oidc.KeySet

	// Algorithms are the ones that go with Keys; empty: RS256 and ES256.
	// Otherwise the issuer's own description tells them. Only asymmetric
	// algorithms are ever accepted.
	Algorithms []string

	// Audiences are the accepted values of "aud".
	Audiences []string

	// Tenant is the tenant that all tokens belong to; a "tid" may be missing
	// but not differ. If it is empty, "tid" must be one of Tenants.
	Tenant  directory.TenantID
	Tenants []directory.TenantID

	// TrustRoles believes directory roles in "wids". Without it roles come
	// from our own store only.
	TrustRoles bool

	// SubjectAsID takes "sub" for the object id where "oid" is missing.
	SubjectAsID bool

	// Partner, if set, makes it the issuer of another organization: its
	// people come as guests. "tid" may be missing but not differ from the
	// partner's tenant.
	Partner *Partner
}

const (
	tenantPlaceholder = "{tenantid}"
	wellKnown         = "/.well-known/openid-configuration"
)

// asymmetric are the algorithms with which the one who checks a signature
// cannot make one. "none" and HS* must never be among them.
var asymmetric = []string{
	oidc.RS256, oidc.RS384, oidc.RS512, oidc.PS256, oidc.PS384, oidc.PS512,
	oidc.ES256, oidc.ES384, oidc.ES512, oidc.EdDSA,
}

// trusted is an issuer with its keys.
type trusted struct {
	Issuer
	keys keySource
}

func trust(i Issuer, wall clock.Clock, client *http.Client, log *slog.Logger) (*trusted, error) {
	if err := i.check(); err != nil {
		return nil, err
	}
	if i.Keys != nil {
		algorithms := i.Algorithms
		if len(algorithms) == 0 {
			algorithms = []string{oidc.RS256, oidc.ES256}
		}
		return &trusted{Issuer: i, keys: givenKeys{set: i.Keys, algorithms: algorithms}}, nil
	}
	return &trusted{Issuer: i, keys: newFetchedKeys(i, wall, client, log)}, nil
}

func (i Issuer) check() error {
	invalid := func(format string, args ...any) error {
		return fault.New(fault.Invalid, "InvalidIssuer", format, args...).At(i.URL)
	}
	for _, address := range []string{i.URL, i.DiscoveryURL} {
		u, err := url.Parse(address)
		if address != "" && (err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http") {
			return invalid("The address %q of an issuer is not an http or https URL.", address)
		}
	}
	switch {
	case i.URL == "":
		return invalid("An issuer has no URL.")
	case len(i.Audiences) == 0:
		return invalid("The issuer %s has no audiences, so none of its tokens could be accepted.", i.URL)
	case (i.Tenant == "") == (len(i.Tenants) == 0):
		return invalid("The issuer %s needs either one fixed tenant or the list of tenants that its tokens may name.", i.URL)
	case i.AnyHost && i.Keys == nil:
		return invalid("The issuer %s is accepted at every address, so its keys must be given.", i.URL)
	case strings.Contains(i.URL, tenantPlaceholder) && i.DiscoveryURL == "" && i.Keys == nil:
		return invalid("The issuer %s has a placeholder, so its discovery address must be given.", i.URL)
	}
	for _, a := range i.Algorithms {
		if !slices.Contains(asymmetric, a) {
			return invalid("The issuer %s has the signature algorithm %q; only asymmetric ones are accepted.", i.URL, a)
		}
	}
	return nil
}

// issues reports whether a token with these claims is this issuer's to check.
func (t *trusted) issues(h hint) bool {
	want := t.URL
	if strings.Contains(want, tenantPlaceholder) {
		tenant, ok := guid(h.Tenant)
		if !ok {
			return false
		}
		want = strings.ReplaceAll(want, tenantPlaceholder, tenant)
	}
	if h.Issuer == want || !t.AnyHost {
		return h.Issuer == want
	}
	own, err := url.Parse(want)
	named, namedErr := url.Parse(h.Issuer)
	return err == nil && namedErr == nil && named.Path == own.Path && named.RawQuery == ""
}

// caller reads the claims of a token whose signature and times are right.
func (t *trusted) caller(c claims) (authz.Caller, error) {
	if !slices.ContainsFunc(c.Audience, func(a string) bool { return slices.Contains(t.Audiences, a) }) {
		return authz.Caller{}, refuse("The access token is meant for %q. This server accepts tokens for %s.",
			clip(strings.Join(c.Audience, ", ")), strings.Join(t.Audiences, ", "))
	}
	if t.Partner != nil {
		return t.guest(c)
	}
	tenant, err := t.tenant(c)
	if err != nil {
		return authz.Caller{}, err
	}
	id, err := t.objectID(c)
	if err != nil {
		return authz.Caller{}, err
	}
	who := authz.Caller{Tenant: tenant, Actor: entitlement.Actor{ID: id, App: c.app()}}
	switch kind := c.kind(); kind {
	case entitlement.ByApp:
		who.Actor.Kind = kind
		who.Actor.Name = first(c.AppName, c.Name, who.Actor.App)
		who.Scopes = scopes(c.Roles)
	case entitlement.ByUser:
		// Roles in a delegated token are roles of the client application,
		// not permissions here.
		who.Actor.Kind = kind
		who.Actor.Name = first(c.PrincipalName, c.PreferredName, c.UniqueName, c.Name, string(id))
		who.Scopes = scopes(c.Scopes)
	default:
		return authz.Caller{}, refuse(`The access token has the idtyp %q; "user" and "app" are accepted.`, clip(c.IDType))
	}
	if t.TrustRoles {
		who.DirectoryRoles = lower(c.DirectoryRoles)
	}
	return who, nil
}

func (t *trusted) tenant(c claims) (directory.TenantID, error) {
	if c.Tenant == "" {
		if t.Tenant == "" {
			return "", refuse("The access token does not say which tenant it is for: the claim tid is missing.")
		}
		return t.Tenant, nil
	}
	text, ok := guid(c.Tenant)
	if !ok {
		return "", refuse("The claim tid of the access token is not a GUID.")
	}
	tenant := directory.TenantID(text)
	if tenant != t.Tenant && !slices.Contains(t.Tenants, tenant) {
		return "", refuse("The access token is for the tenant %s, which %s may not speak for here.", tenant, t.URL)
	}
	return tenant, nil
}

func (t *trusted) objectID(c claims) (directory.ObjectID, error) {
	name, value := "oid", c.ObjectID
	if value == "" && t.SubjectAsID {
		name, value = "sub", c.Subject
	}
	if value == "" {
		return "", refuse("The access token does not say who is calling: the claim %s is missing.", name)
	}
	id, ok := guid(value)
	if !ok {
		return "", refuse("The claim %s of the access token is not a GUID.", name)
	}
	return directory.ObjectID(id), nil
}
