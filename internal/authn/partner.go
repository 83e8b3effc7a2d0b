package authn

import (
	"slices"
	"strings"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
)

// Partner is another organization that an issuer speaks for.
type Partner struct {
	Tenant  directory.TenantID // its own
	Domains []string           // addresses in these domains are its people's
}

// guest reads the claims of a token of a partner's issuer. Its people can ask
// for access and see what has become of it; whatever else the token says,
// roles and permissions among it, counts where it was issued.
func (t *trusted) guest(c claims) (authz.Caller, error) {
	if c.Tenant != "" && !strings.EqualFold(c.Tenant, string(t.Partner.Tenant)) {
		return authz.Caller{}, refuse("The access token is of the tenant %q, which %s may not speak for here.", clip(c.Tenant), t.URL)
	}
	if c.kind() != entitlement.ByUser {
		return authz.Caller{}, refuse("The access token is an application's. From %s only people are let in.", t.URL)
	}
	subject := first(c.ObjectID, c.Subject)
	if subject == "" {
		return authz.Caller{}, refuse("The access token does not say who is calling: the claims oid and sub are missing.")
	}
	if id, ok := guid(subject); ok {
		subject = id
	}
	home := &authz.Home{
		Identity: directory.Identity{SignInType: directory.Federated, Issuer: string(t.Partner.Tenant), AssignedID: subject},
		Name:     first(c.Name, c.PreferredName, c.PrincipalName),
	}
	for _, mail := range []string{c.Mail, c.PreferredName, c.PrincipalName} {
		if t.Partner.speaksFor(mail) {
			home.Mail = mail
			break
		}
	}
	id := entitlement.ExternalOf(t.Tenant, string(t.Partner.Tenant), subject)
	name := first(home.Mail, c.PreferredName, c.PrincipalName, c.Name, string(id))
	return authz.Caller{
		Tenant: t.Tenant, Home: home, Scopes: selfService(scopes(c.Scopes)),
		Actor: entitlement.Actor{Kind: entitlement.ByUser, ID: id, Name: name, App: c.app()},
	}, nil
}

// speaksFor reports whether a text is an address in one of the partner's
// domains. Of other addresses the partner proves nothing.
func (p Partner) speaksFor(mail string) bool {
	domain := directory.DomainOf(mail)
	return directory.CheckMail(mail) == nil && slices.ContainsFunc(p.Domains, func(d string) bool { return strings.EqualFold(d, domain) })
}

// selfService keeps the scopes of what people do for themselves.
func selfService(all []authz.Scope) []authz.Scope {
	return slices.DeleteFunc(all, func(s authz.Scope) bool { return s != authz.SubjectAccess && s != authz.UserRead })
}
