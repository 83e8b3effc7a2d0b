package app

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"log/slog"
	"os"
	"strings"

	"github.com/grantkeep/grantkeep/internal/authn"
	"github.com/grantkeep/grantkeep/internal/authn/issuer"
	"github.com/grantkeep/grantkeep/internal/clock"
	"github.com/grantkeep/grantkeep/internal/config"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/engine"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/graphapi"
	"github.com/grantkeep/grantkeep/internal/store/sqlstore"
)

// Serve runs the product as configured until the context ends. ready, if it
// is not nil, is called with the addresses once requests are answered.
func Serve(ctx context.Context, c config.Config, log *slog.Logger, ready func(Addresses)) error {
	o, err := FromConfig(c, log)
	if err != nil {
		return err
	}
	o.Clock, o.NewID = clock.System{}, newID
	a, err := New(ctx, o)
	if err != nil {
		return err
	}
	return closeAfter(listen(ctx, c, a, log, ready), a)
}

// listen serves until the context ends.
func listen(ctx context.Context, c config.Config, a *App, log *slog.Logger, ready func(Addresses)) error {
	l := Listeners{HTTP: c.HTTP.Address, HTTPS: c.HTTPS.Address}
	if l.HTTPS == "" {
		return l.serve(ctx, a.Handler, a.Run, log, ready)
	}
	if !c.TLS.SelfSigned {
		var err error
		if l.Certificate, err = tls.LoadX509KeyPair(c.TLS.Cert, c.TLS.Key); err != nil {
			return err
		}
		return l.serve(ctx, a.Handler, a.Run, log, ready)
	}
	// Clients have to be told to trust what is made here; the file that they
	// need is there as long as the server.
	dir, err := os.MkdirTemp("", "grantkeep-")
	if err != nil {
		return err
	}
	var authority string
	if l.Certificate, authority, err = selfSigned(dir, clock.System{}.Now()); err == nil {
		log.Info("made a certificate for https", "trust", authority)
		err = l.serve(ctx, a.Handler, a.Run, log, ready)
	}
	return errors.Join(err, os.RemoveAll(dir))
}

// FromConfig turns a configuration into options; the clock and the source of
// ids are for the caller to add.
func FromConfig(c config.Config, log *slog.Logger) (Options, error) {
	secret := []byte(c.Paging.Secret)
	if len(secret) == 0 {
		secret = []byte(rand.Text())
	}
	o := Options{
		CalloutSecret: c.Callouts.Secret,

		DSN:     c.Database,
		Store:   sqlstore.Options{MaxConnections: c.Postgres.MaxConnections, Readers: c.SQLite.Readers, Logger: log},
		Domains: map[string]directory.TenantID{},
		Engine: engine.Settings{
			DeliveryDelay: c.Delivery.Delay, CancelStrictBody: c.Cancel.StrictBody,
			CancelAllowAppPermission: c.Cancel.AllowAppPermission, CancelAllowWaiting: c.Cancel.AllowWaitingForCallback,
			AlwaysHonorApproval:              c.AdminAdd.AlwaysHonorApproval,
			AdminAddOverridesIncompatibility: c.Requests.AdminAddOverridesIncompatibility,
			MaxStages:                        c.Approval.MaxStages,
			SkipRepeatedApprover:             c.Approval.SkipRepeatedApprover,
			OnBehalfManagerAutoApproves:      c.Approval.OnBehalfManagerAutoApproves,
			ApproversHidden:                  !c.Approval.ShowApprovers,
			Guard:                            entitlement.Guard{Share: c.Automatic.GuardShare, Minimum: c.Automatic.GuardMinimum},
			MaxAutomatic:                     c.Automatic.MaxUsers,
			MaxRecipients:                    c.Notifications.MaxRecipients,
			SubscribersOnLoopback:            c.Subscriptions.AllowLoopback,
			DirectoryReadOnly:                c.Directory.ReadOnly,
			GuestDomains:                     map[directory.TenantID]string{},
		},
		API: graphapi.Settings{
			Cloud: graphapi.Cloud(c.Cloud), BaseURL: c.PublicURL, TrustForwarded: c.TrustForwarded,
			MaxBody: int64(c.Limits.Body), MaxBatch: c.Limits.Batch, LenientInput: c.LenientInput, TokenSecret: secret, LoginEndpoint: c.LoginEndpoint,
			Origins: c.CORS.Origins, RequestsPerSecond: c.Limits.Requests, WritesPerSecond: c.Limits.Writes,
		},
		Issuer: issuer.Config{
			Base: c.BuiltinIssuer.URL, Audience: c.BuiltinIssuer.Audience, Lifetime: c.BuiltinIssuer.Lifetime, PublicURL: c.PublicURL,
		},
		Log: log,
	}
	o.tenants(c)
	o.externalIssuers(c)
	o.partners(c)
	if !c.BuiltinIssuer.Enabled {
		return o, nil
	}
	o.clients(c)
	var err error
	o.Keys, err = signingKeys(c.BuiltinIssuer.KeyFile)
	return o, err
}

func signingKeys(file string) ([]issuer.Key, error) {
	if file != "" {
		return issuer.LoadOrCreateKeys(file)
	}
	key, err := issuer.GenerateKey()
	return []issuer.Key{key}, err
}

func (o *Options) tenants(c config.Config) {
	for _, t := range c.Tenants {
		tenant := engine.Tenant{ID: directory.TenantID(strings.ToLower(t.ID)), DisplayName: t.DisplayName}
		for _, id := range c.Administrators {
			tenant.Administrators = append(tenant.Administrators, directory.ObjectID(strings.ToLower(id)))
		}
		for i, d := range t.Domains {
			o.Domains[d] = tenant.ID
			if i == 0 {
				o.Engine.GuestDomains[tenant.ID] = d
			}
		}
		o.Tenants = append(o.Tenants, tenant)
	}
	if len(c.Tenants) > 0 {
		o.API.Tenant, o.API.Organization, o.API.Domains = c.Tenants[0].ID, c.Tenants[0].DisplayName, c.Tenants[0].Domains
	}
}

func (o *Options) externalIssuers(c config.Config) {
	var all []directory.TenantID
	for _, t := range o.Tenants {
		all = append(all, t.ID)
	}
	for _, i := range c.Issuers {
		external := authn.Issuer{
			URL: i.URL, DiscoveryURL: i.DiscoveryURL, Audiences: i.Audiences, TrustRoles: i.TrustRoles, SubjectAsID: i.SubjectAsID,
		}
		if i.Tenant == "" {
			external.Tenants = all
		} else {
			external.Tenant = directory.TenantID(strings.ToLower(i.Tenant))
		}
		o.Issuers = append(o.Issuers, external)
	}
}

// partners makes other organizations known, and trusts their issuers to tell
// who their people are.
func (o *Options) partners(c config.Config) {
	for _, p := range c.Partners {
		partner := entitlement.Partner{Tenant: directory.TenantID(strings.ToLower(p.ID)), DisplayName: p.DisplayName, Domains: p.Domains}
		o.Engine.Partners = append(o.Engine.Partners, partner)
		if p.Issuer == "" {
			continue
		}
		tenant := directory.TenantID(strings.ToLower(p.Tenant))
		if tenant == "" && len(o.Tenants) > 0 {
			tenant = o.Tenants[0].ID
		}
		o.Issuers = append(o.Issuers, authn.Issuer{
			URL: p.Issuer, DiscoveryURL: p.DiscoveryURL, Audiences: p.Audiences, Tenant: tenant,
			Partner: &authn.Partner{Tenant: partner.Tenant, Domains: p.Domains},
		})
	}
}

// clients registers the applications of the built-in issuer and shows them
// in their tenants' directories.
func (o *Options) clients(c config.Config) {
	for _, k := range c.BuiltinIssuer.Clients {
		tenant := directory.TenantID(strings.ToLower(k.Tenant))
		if tenant == "" && len(o.Tenants) > 0 {
			tenant = o.Tenants[0].ID
		}
		o.Clients = append(o.Clients, Client{
			Tenant: tenant, ID: k.ID, Secret: k.Secret, ObjectID: directory.ObjectID(strings.ToLower(k.OID)),
			DisplayName: k.DisplayName, Roles: k.Roles, WIDs: k.WIDs,
		})
		for i := range o.Tenants {
			if o.Tenants[i].ID == tenant {
				o.Tenants[i].Applications = append(o.Tenants[i].Applications, engine.Application{
					ObjectID: directory.ObjectID(strings.ToLower(k.OID)), ClientID: strings.ToLower(k.ID), DisplayName: k.DisplayName,
				})
			}
		}
	}
}
