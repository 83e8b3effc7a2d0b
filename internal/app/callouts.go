package app

import (
	"context"
	"slices"
	"strings"

	"github.com/grantkeep/grantkeep/internal/authn/issuer"
	"github.com/grantkeep/grantkeep/internal/callout"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/emulator"
	"github.com/grantkeep/grantkeep/internal/fault"
)

// callerID names this server in the tokens that custom extensions get, as
// application and as service principal.
const callerID = "5e2f4d0a-3b7c-4c53-9f64-7d0b8a1c2e96"

// caller makes what calls custom extensions and subscribers.
func (a *App) caller(o Options) emulator.Outside {
	c := callout.Options{Secret: o.CalloutSecret, Clock: o.Clock}
	if a.Issuer != nil {
		own := audiences(o.Issuer.Audience)
		c.Token = func(ctx context.Context, tenant directory.TenantID, resource string) (string, error) {
			return a.calloutToken(ctx, tenant, resource, own)
		}
	}
	if o.WrapCaller != nil {
		return o.WrapCaller(callout.New(c))
	}
	return callout.New(c)
}

// calloutToken makes a token that means nothing but that this server calls.
// One for this server itself would be good here for whoever gets it.
func (a *App) calloutToken(ctx context.Context, tenant directory.TenantID, resource string, own []string) (string, error) {
	mine := func(s string) bool {
		return strings.EqualFold(strings.TrimSuffix(resource, "/"), strings.TrimSuffix(s, "/"))
	}
	if resource == "" || slices.ContainsFunc(own, mine) {
		return "", fault.New(fault.Invalid, "InvalidModel", "the resourceId of the custom extension must name the resource that it calls, and no audience of this server")
	}
	return a.Issuer.Mint(ctx, issuer.Grant{
		Tenant: tenant, AppOnly: true, ObjectID: callerID, AppID: callerID, AppName: "Grantkeep", Audience: resource,
	})
}
