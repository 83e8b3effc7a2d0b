package graphapi

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/fault"
)

// domain is a domain of the tenant as the directory shows it. Domains and
// the organization come from the settings: there is nothing to filter.
type domain struct {
	ID                 string   `json:"id"`
	AuthenticationType string   `json:"authenticationType"`
	IsAdminManaged     bool     `json:"isAdminManaged"`
	IsDefault          bool     `json:"isDefault"`
	IsInitial          bool     `json:"isInitial"`
	IsRoot             bool     `json:"isRoot"`
	IsVerified         bool     `json:"isVerified"`
	SupportedServices  []string `json:"supportedServices"`
}

func (s Settings) domains() []domain {
	var all []domain
	for i, name := range s.Domains {
		all = append(all, domain{
			ID: name, AuthenticationType: "Managed", IsAdminManaged: true,
			IsDefault: i == 0, IsInitial: i == 0, IsRoot: true, IsVerified: true, SupportedServices: []string{"Email"},
		})
	}
	return all
}

func listDomains(c *call) error { return sendSettings(c, "domains", c.s.settings.domains()) }

func getDomain(c *call) error {
	if err := c.tokenAllows(authz.ReadOrganization); err != nil {
		return err
	}
	all := c.s.settings.domains()
	at := slices.IndexFunc(all, func(d domain) bool { return strings.EqualFold(d.ID, c.arg("domain")) })
	if at < 0 {
		return fault.New(fault.NotFound, "ResourceNotFound", "There is no domain %s.", c.arg("domain"))
	}
	return sendStruct(c, struct {
		Context string `json:"@odata.context"`
		domain
	}{c.context("domains/$entity"), all[at]})
}

// verifiedDomain is a domain inside the organization.
type verifiedDomain struct {
	Name      string `json:"name"`
	IsDefault bool   `json:"isDefault"`
	IsInitial bool   `json:"isInitial"`
	Type      string `json:"type"`
}

type organization struct {
	ID              string           `json:"id"`
	DisplayName     string           `json:"displayName"`
	TenantType      string           `json:"tenantType"`
	VerifiedDomains []verifiedDomain `json:"verifiedDomains"`
}

func listOrganization(c *call) error {
	o := organization{
		ID: string(c.who.Tenant), DisplayName: c.s.settings.Organization, TenantType: "AAD",
		VerifiedDomains: []verifiedDomain{},
	}
	for _, d := range c.s.settings.domains() {
		o.VerifiedDomains = append(o.VerifiedDomains, verifiedDomain{d.ID, d.IsDefault, d.IsInitial, d.AuthenticationType})
	}
	return sendSettings(c, "organization", []organization{o})
}

// sendSettings answers with a collection out of the settings, to those whose
// token may read the organization.
func sendSettings[T any](c *call, collection string, rows []T) error {
	if err := c.tokenAllows(authz.ReadOrganization); err != nil {
		return err
	}
	if rows == nil {
		rows = []T{}
	}
	return sendStruct(c, struct {
		Context string `json:"@odata.context"`
		Value   []T    `json:"value"`
	}{c.context(collection), rows})
}

func sendStruct(c *call, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	c.send(http.StatusOK, jsonType, b)
	return nil
}

// environment is what infrastructure tools ask a cloud for first.
type environment struct {
	Name                     string            `json:"name"`
	Portal                   string            `json:"portal"`
	Authentication           authentication    `json:"authentication"`
	ResourceManager          string            `json:"resourceManager"`
	MicrosoftGraphResourceID string            `json:"microsoftGraphResourceId"`
	Suffixes                 map[string]string `json:"suffixes"`
}

type authentication struct {
	LoginEndpoint    string   `json:"loginEndpoint"`
	Audiences        []string `json:"audiences"`
	Tenant           string   `json:"tenant"`
	IdentityProvider string   `json:"identityProvider"`
}

// endpoints tells where everything is, before there is a token (clients.md
// section 2).
func endpoints(c *call) error {
	base := c.base()
	login := c.s.settings.LoginEndpoint
	if login == "" {
		login = base
	}
	return sendStruct(c, environment{
		Name: "Grantkeep", Portal: base, ResourceManager: base, MicrosoftGraphResourceID: base,
		Authentication: authentication{LoginEndpoint: login, Audiences: []string{base}, Tenant: "Common", IdentityProvider: "AAD"},
		Suffixes:       map[string]string{},
	})
}
