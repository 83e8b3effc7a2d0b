package config

import (
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

const (
	minSecret = 16
	maxCount  = 1_000_000_000
)

// Validate says whether a server can run with the configuration. What cannot
// be is fault.Invalid, with one detail for each thing to mend.
func (c Config) Validate() error {
	var bad faults
	c.checkListeners(&bad)
	if _, _, err := c.DatabaseSource(); err != nil {
		bad.add("database", `must be "sqlite:FILE", "sqlite::memory:" or "postgres://…"`)
	}
	c.checkTenants(&bad)
	c.checkIssuers(&bad)
	c.checkPartners(&bad)
	c.checkBuiltinIssuer(&bad)
	bad.guids("administrators", c.Administrators)
	bad.oneOf("cloud", c.Cloud, "global", "usgov-l4", "usgov-l5", "china")
	bad.oneOf("log.level", c.Log.Level, "debug", "info", "warn", "error")
	bad.oneOf("log.format", c.Log.Format, "text", "json")
	bad.between("postgres.maxConnections", c.Postgres.MaxConnections, 2, 1000)
	bad.between("sqlite.readers", c.SQLite.Readers, 1, 64)
	bad.between("approval.maxStages", c.Approval.MaxStages, 1, 10)
	bad.between("automatic.guardShare", c.Automatic.GuardShare, 0, 100)
	bad.between("automatic.guardMinimum", c.Automatic.GuardMinimum, 0, maxCount)
	bad.between("automatic.maxUsers", c.Automatic.MaxUsers, 0, maxCount)
	bad.between("notifications.maxRecipients", c.Notifications.MaxRecipients, 1, 10000)
	bad.between("limits.body", int(c.Limits.Body), 1<<10, 100<<20)
	bad.between("limits.batch", c.Limits.Batch, 1, 100)
	bad.between("limits.requests", c.Limits.Requests, 0, maxCount)
	bad.between("limits.writes", c.Limits.Writes, 0, maxCount)
	for n, origin := range c.CORS.Origins {
		where := fmt.Sprintf("cors.origins[%d]", n)
		if origin == "" {
			bad.add(where, "is missing")
		}
		bad.origin(where, origin)
	}
	if c.Delivery.Delay < 0 || c.Delivery.Delay > 24*time.Hour {
		bad.add("delivery.delay", "must be between 0 and 24h")
	}
	if c.Paging.Secret != "" && len(c.Paging.Secret) < minSecret {
		bad.add("paging.secret", "must have at least %d characters", minSecret)
	}
	if c.Callouts.Secret != "" && len(c.Callouts.Secret) < minSecret {
		bad.add("callouts.secret", "must have at least %d characters", minSecret)
	}
	return bad.err()
}

func (c Config) checkListeners(bad *faults) {
	bad.address("http.address", c.HTTP.Address)
	bad.address("https.address", c.HTTPS.Address)
	if c.HTTP.Address == "" && c.HTTPS.Address == "" {
		bad.add("http.address", "this or https.address must be given, or nobody can reach the server")
	}
	own := c.TLS.Cert != "" || c.TLS.Key != ""
	switch {
	case (c.TLS.Cert == "") != (c.TLS.Key == ""):
		bad.add("tls", "cert and key go together")
	case own && c.TLS.SelfSigned:
		bad.add("tls.selfSigned", "makes a certificate, but tls.cert is given; one of them is enough")
	case c.HTTPS.Address != "" && !own && !c.TLS.SelfSigned:
		bad.add("https.address", "needs tls.cert and tls.key, or tls.selfSigned for tests")
	}
	bad.origin("publicURL", c.PublicURL)
	bad.web("loginEndpoint", c.LoginEndpoint)
}

func (c Config) checkTenants(bad *faults) {
	if len(c.Tenants) == 0 {
		bad.add("tenants", "at least one must be listed")
	}
	ids, domains := map[string]bool{}, map[string]bool{}
	for n, t := range c.Tenants {
		where := fmt.Sprintf("tenants[%d]", n)
		bad.guid(where+".id", t.ID)
		if ids[strings.ToLower(t.ID)] {
			bad.add(where+".id", "is listed twice")
		}
		ids[strings.ToLower(t.ID)] = true
		for _, d := range t.Domains {
			if domains[strings.ToLower(d)] {
				bad.add(where+".domains", "%s belongs to one tenant only", d)
			}
			domains[strings.ToLower(d)] = true
		}
	}
}

// has reports whether the tenant is listed.
func (c Config) has(tenant string) bool {
	return slices.ContainsFunc(c.Tenants, func(t Tenant) bool { return strings.EqualFold(t.ID, tenant) })
}

func (c Config) checkIssuers(bad *faults) {
	if len(c.Issuers) == 0 && !c.BuiltinIssuer.Enabled {
		bad.add("issuers", "list one, or set builtinIssuer.enabled: nobody could sign in")
	}
	for n, i := range c.Issuers {
		where := fmt.Sprintf("issuers[%d]", n)
		if i.URL == "" {
			bad.add(where+".url", "is missing")
		}
		bad.web(where+".url", i.URL)
		bad.web(where+".discoveryURL", i.DiscoveryURL)
		if strings.Contains(i.URL, "{tenantid}") && i.DiscoveryURL == "" {
			bad.add(where+".discoveryURL", "is needed, because url has a placeholder")
		}
		if len(i.Audiences) == 0 {
			bad.add(where+".audiences", "at least one must be listed")
		}
		if i.Tenant != "" && !c.has(i.Tenant) {
			bad.add(where+".tenant", "%s is not among tenants", i.Tenant)
		}
		if slices.ContainsFunc(c.Issuers[:n], func(o Issuer) bool { return o.URL == i.URL }) {
			bad.add(where+".url", "is listed twice")
		}
	}
}

func (c Config) checkPartners(bad *faults) {
	owner := map[string]bool{}
	for n, p := range c.Partners {
		where := fmt.Sprintf("partners[%d]", n)
		bad.guid(where+".id", p.ID)
		if c.has(p.ID) {
			bad.add(where+".id", "%s is a tenant of our own", p.ID)
		}
		if slices.ContainsFunc(c.Partners[:n], func(o Partner) bool { return strings.EqualFold(o.ID, p.ID) }) {
			bad.add(where+".id", "is listed twice")
		}
		for _, d := range p.Domains {
			if owner[strings.ToLower(d)] {
				bad.add(where+".domains", "%s belongs to one partner only", d)
			}
			owner[strings.ToLower(d)] = true
		}
		c.checkPartnerIssuer(bad, where, n)
	}
}

func (c Config) checkPartnerIssuer(bad *faults, where string, n int) {
	p := c.Partners[n]
	bad.web(where+".issuer", p.Issuer)
	bad.web(where+".discoveryURL", p.DiscoveryURL)
	if p.Issuer == "" {
		return
	}
	if len(p.Audiences) == 0 {
		bad.add(where+".audiences", "at least one must be listed")
	}
	switch {
	case p.Tenant == "" && len(c.Tenants) > 1:
		bad.add(where+".tenant", "is missing, and there are several tenants")
	case p.Tenant != "" && !c.has(p.Tenant):
		bad.add(where+".tenant", "%s is not among tenants", p.Tenant)
	}
	if slices.ContainsFunc(c.Partners[:n], func(o Partner) bool { return o.Issuer == p.Issuer }) ||
		slices.ContainsFunc(c.Issuers, func(o Issuer) bool { return o.URL == p.Issuer }) {
		bad.add(where+".issuer", "is listed twice")
	}
}

func (c Config) checkBuiltinIssuer(bad *faults) {
	b := c.BuiltinIssuer
	if !b.Enabled {
		return
	}
	bad.web("builtinIssuer.url", b.URL)
	if b.Audience == "" {
		bad.add("builtinIssuer.audience", "is missing")
	}
	if b.Lifetime < time.Minute || b.Lifetime > 24*time.Hour {
		bad.add("builtinIssuer.lifetime", "must be between 1m and 24h")
	}
	for n, client := range b.Clients {
		where := fmt.Sprintf("builtinIssuer.clients[%d]", n)
		bad.guid(where+".id", client.ID)
		bad.guid(where+".oid", client.OID)
		bad.guids(where+".wids", client.WIDs)
		if len(client.Secret) < minSecret {
			bad.add(where+".secret", "must be a random text of at least %d characters, here or in secretFile", minSecret)
		}
		switch {
		case client.Tenant == "" && len(c.Tenants) > 1:
			bad.add(where+".tenant", "is missing, and there are several tenants")
		case client.Tenant != "" && !c.has(client.Tenant):
			bad.add(where+".tenant", "%s is not among tenants", client.Tenant)
		}
	}
}

func (f *faults) guid(key, value string) {
	const length = 36
	if _, err := uuid.Parse(value); err != nil || len(value) != length {
		f.add(key, "%q is not a GUID", value)
	}
}

func (f *faults) guids(key string, values []string) {
	for n, v := range values {
		f.guid(fmt.Sprintf("%s[%d]", key, n), v)
	}
}

func (f *faults) oneOf(key, value string, allowed ...string) {
	if !slices.Contains(allowed, value) {
		f.add(key, "%q is not one of %s", value, strings.Join(allowed, ", "))
	}
}

func (f *faults) between(key string, value, low, high int) {
	if value < low || value > high {
		f.add(key, "must be between %d and %d", low, high)
	}
}

// address accepts host:port; port 0 is any free one.
func (f *faults) address(key, value string) {
	if value == "" {
		return
	}
	_, port, err := net.SplitHostPort(value)
	if _, portErr := strconv.ParseUint(port, 10, 16); err != nil || portErr != nil {
		f.add(key, "%q is not host:port", value)
	}
}

// web accepts an http or https URL.
func (f *faults) web(key, value string) {
	if value != "" && parseWeb(value) == nil {
		f.add(key, "%q is not an http or https URL", value)
	}
}

// origin accepts a URL of nothing but scheme and host.
func (f *faults) origin(key, value string) {
	f.web(key, value)
	if u := parseWeb(value); u != nil && strings.Trim(u.Path, "/") != "" {
		f.add(key, "must not have a path")
	}
}

// parseWeb returns the URL, or nil if it is not one of the web.
func parseWeb(value string) *url.URL {
	u, err := url.Parse(value)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" || u.Fragment != "" {
		return nil
	}
	return u
}
