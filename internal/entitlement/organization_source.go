package entitlement

import (
	"net/url"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/fault"
)

// SourceKind is the published type of an identity source.
type SourceKind string

// The published identity sources.
const (
	SourceTenant     SourceKind = "azureActiveDirectoryTenant"
	SourceDomain     SourceKind = "domainIdentitySource"
	SourceFederation SourceKind = "externalDomainFederation"
	SourceCloud      SourceKind = "crossCloudAzureActiveDirectoryTenant"
	SourceSocial     SourceKind = "socialIdentitySource"
)

// sourceOwned is the kind of the keys for the domains that a tenant owns. No
// identity source is of this kind.
const sourceOwned SourceKind = "domainOfTenant"

// IdentitySource says by what the people of a connected organization are
// known. Which members count is told by Kind.
type IdentitySource struct {
	Kind        SourceKind
	DisplayName string
	TenantID    string // SourceTenant, SourceCloud
	Domain      string // SourceDomain, SourceFederation
	IssuerURI   string // SourceFederation
	Cloud       string // SourceCloud: cloudInstance
	Social      string // SourceSocial: facebook
}

// SourceKey is what an identity source is found by. No two organizations have
// the same.
type SourceKey struct {
	Kind  SourceKind
	Value string // folded
}

// Key returns what the source is found by.
func (s IdentitySource) Key() SourceKey {
	value := s.TenantID
	switch s.Kind {
	case SourceDomain, SourceFederation:
		value = s.Domain
	case SourceSocial:
		value = s.Social
	}
	return SourceKey{s.Kind, directory.Fold(value)}
}

// Keys returns everything that the organization is found by.
func (o Organization) Keys() []SourceKey {
	var keys []SourceKey
	for _, s := range o.Sources {
		keys = append(keys, s.Key())
	}
	for _, d := range o.Domains {
		keys = append(keys, SourceKey{sourceOwned, directory.Fold(d)})
	}
	return keys
}

// Claims returns the keys that no other organization may have: a domain
// belongs to one, however its people sign in.
func (o Organization) Claims() []SourceKey {
	var claims []SourceKey
	for _, k := range o.Keys() {
		switch k.Kind {
		case SourceDomain, SourceFederation, sourceOwned:
			for _, kind := range []SourceKind{SourceDomain, SourceFederation, sourceOwned} {
				claims = append(claims, SourceKey{kind, k.Value})
			}
		default:
			claims = append(claims, k)
		}
	}
	return claims
}

func (s IdentitySource) check() error {
	bad := func(member, format string, args ...any) error {
		return fault.New(fault.Invalid, "InvalidModel", member+" "+format, args...).At("identitySources/0/" + member)
	}
	tenant := s.Kind == SourceTenant || s.Kind == SourceCloud
	domain := s.Kind == SourceDomain || s.Kind == SourceFederation
	if _, err := uuid.Parse(s.TenantID); tenant && (err != nil || len(s.TenantID) != 36) {
		return bad("tenantId", "must be the GUID of a tenant, not %q.", s.TenantID)
	}
	if domain && !directory.IsDomain(s.Domain) {
		return bad("domainName", "must be the name of a domain such as partner.example, not %q.", s.Domain)
	}
	if s.Kind == SourceCloud && s.Cloud == "" {
		return bad("cloudInstance", "is required.")
	}
	if u, err := url.Parse(s.IssuerURI); s.Kind == SourceFederation && (err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http") {
		return bad("issuerUri", "must be the http or https URL of an issuer, not %q.", s.IssuerURI)
	}
	if s.Kind == SourceSocial && s.Social == "" {
		return bad("socialIdentitySourceType", "is required.")
	}
	return nil
}

// Partner is another organization's tenant that the operator knows, with the
// domains that are its own.
type Partner struct {
	Tenant      directory.TenantID
	DisplayName string
	Domains     []string
}

// Partners are all of them.
type Partners []Partner

// owner returns the partner to which a domain belongs.
func (p Partners) owner(domain string) (Partner, bool) {
	at := slices.IndexFunc(p, func(q Partner) bool {
		return slices.ContainsFunc(q.Domains, func(d string) bool { return strings.EqualFold(d, domain) })
	})
	if at < 0 || domain == "" {
		return Partner{}, false
	}
	return p[at], true
}

// DomainsOf returns the domains that the tenant of an organization owns.
func (p Partners) DomainsOf(o Organization) []string {
	var domains []string
	for _, s := range o.Sources {
		for _, q := range p {
			if s.Kind != SourceTenant || string(q.Tenant) != s.TenantID {
				continue
			}
			for _, d := range q.Domains {
				domains = append(domains, directory.Fold(d))
			}
		}
	}
	return domains
}

// Known returns the organization with what is known of its identity sources:
// a domain that a partner owns stands for the partner's tenant, and the
// domains of a tenant are noted.
func (p Partners) Known(o Organization) Organization {
	o.Sources = slices.Clone(o.Sources)
	for i := range o.Sources {
		o.Sources[i] = p.resolve(o.Sources[i])
	}
	o.Domains = p.DomainsOf(o)
	return o
}

func (p Partners) resolve(s IdentitySource) IdentitySource {
	s.Domain, s.TenantID = directory.Fold(s.Domain), directory.Fold(s.TenantID)
	if s.Kind == SourceDomain {
		if q, ok := p.owner(s.Domain); ok {
			return q.source(s.DisplayName)
		}
	}
	if s.DisplayName == "" {
		s.DisplayName = s.Key().Value
		for _, q := range p {
			if s.Kind == SourceTenant && string(q.Tenant) == s.TenantID && q.DisplayName != "" {
				s.DisplayName = q.DisplayName
			}
		}
	}
	return s
}

func (p Partner) source(otherwise string) IdentitySource {
	name := p.DisplayName
	if name == "" {
		name = otherwise
	}
	if name == "" {
		name = string(p.Tenant)
	}
	return IdentitySource{Kind: SourceTenant, TenantID: string(p.Tenant), DisplayName: name}
}

// KeysOf returns the keys by which the organization of somebody from outside
// is found, the best one first. Where people sign in counts before their
// address: an address in a partner's domain makes nobody the partner's who
// signs in elsewhere.
func KeysOf(person directory.Object) []SourceKey {
	if !person.External() {
		return nil
	}
	home, domain := person.Home(), person.MailDomain()
	unknown := home == (directory.Home{})
	var keys []SourceKey
	for _, k := range []struct {
		SourceKey
		holds bool
	}{
		{SourceKey{SourceTenant, string(home.Tenant)}, true},
		{SourceKey{SourceCloud, string(home.Tenant)}, true},
		{SourceKey{SourceSocial, home.Social}, true},
		{SourceKey{sourceOwned, domain}, unknown},
		{SourceKey{SourceFederation, domain}, unknown || home.Issuer != ""},
		{SourceKey{SourceDomain, domain}, unknown || home.OneTime},
	} {
		if k.holds && k.Value != "" {
			keys = append(keys, SourceKey{k.Kind, directory.Fold(k.Value)})
		}
	}
	return keys
}

// Fits reports whether the person, found by one of the organization's keys,
// belongs to it: a federated domain is also told by its issuer.
func (o Organization) Fits(person directory.Object) bool {
	issuer := person.Home().Issuer
	return issuer == "" || !slices.ContainsFunc(o.Sources, func(s IdentitySource) bool {
		return s.Kind == SourceFederation && s.IssuerURI != issuer
	})
}

// sourceFor makes the identity source of somebody whose organization is not
// known; ok is false if nothing tells it.
func sourceFor(person directory.Object, partners Partners) (s IdentitySource, ok bool) {
	home, domain := person.Home(), person.MailDomain()
	switch {
	case home.Tenant != "":
		return partners.resolve(IdentitySource{Kind: SourceTenant, TenantID: string(home.Tenant)}), true
	case home.Issuer != "" && domain != "":
		return partners.resolve(IdentitySource{Kind: SourceFederation, Domain: domain, IssuerURI: home.Issuer}), true
	case home.Social != "":
		return partners.resolve(IdentitySource{Kind: SourceSocial, Social: home.Social}), true
	case domain != "":
		return partners.resolve(IdentitySource{Kind: SourceDomain, Domain: domain}), true
	}
	return IdentitySource{}, false
}
