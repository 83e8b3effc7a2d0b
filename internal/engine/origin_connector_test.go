package engine_test

import (
	"strings"
	"testing"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
)

func aConnector() entitlement.OriginConnector {
	return entitlement.OriginConnector{
		DisplayName: "SAP", Description: "roles there", Kind: entitlement.SAPIdentityGovernance,
		Connection: &entitlement.Connection{
			Kind: entitlement.SAPIdentityGovernanceConnection, URL: "https://iag.example",
			ConnectionClient: entitlement.ConnectionClient{AccessTokenURL: "https://iag.example/token", ClientID: "c", SecretName: "hush"},
		},
	}
}

func (w *world) connectors() []entitlement.OriginConnector {
	w.t.Helper()
	all, err := w.engine.OriginConnectors(w.ctx, w.admin())
	w.ok(err)
	return all
}

func TestConnectorsBelongToGovernance(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.role("olga", authz.CatalogOwner, w.catalog("Sales"))
	governor, reader := w.with("ida", authz.GovernanceAdmin), w.with("rita", authz.GlobalReader)
	_, err := w.engine.CreateOriginConnector(w.ctx, w.as("olga"), aConnector())
	forbidden(t, err)
	_, err = w.engine.CreateOriginConnector(w.ctx, reader, aConnector())
	forbidden(t, err)
	_, err = w.engine.CreateOriginConnector(w.ctx, w.app(authz.ReadAll), aConnector())
	forbidden(t, err)
	made, err := w.engine.CreateOriginConnector(w.ctx, governor, aConnector())
	w.ok(err)
	rename := func(c *entitlement.OriginConnector) error { c.DisplayName = "SAP IAG"; return nil }
	forbidden(t, w.engine.UpdateOriginConnector(w.ctx, w.as("olga"), made.ID, rename))
	forbidden(t, w.engine.DeleteOriginConnector(w.ctx, reader, made.ID))
	_, err = w.engine.OriginConnectors(w.ctx, w.as("olga"))
	forbidden(t, err)
	if all, err := w.engine.OriginConnectors(w.ctx, reader); err != nil || len(all) != 1 {
		t.Errorf("a reader sees %d connectors: %v", len(all), err)
	}
	w.ok(w.engine.UpdateOriginConnector(w.ctx, w.app(authz.ReadWriteAll), made.ID, rename))
	refused(t, w.engine.UpdateOriginConnector(w.ctx, governor, entitlement.ConnectorID(newID()), rename), fault.NotFound, "ResourceNotFound")
	w.ok(w.engine.DeleteOriginConnector(w.ctx, governor, made.ID))
	if n := len(w.connectors()); n != 0 {
		t.Errorf("%d connectors are left", n)
	}
	var done []audit.Action
	for _, r := range w.audit(audit.KindConnector, string(made.ID)) {
		if r.Result == audit.Success {
			done = append(done, r.Action)
		}
		if strings.Contains(r.Reason+r.Object.Name, "hush") {
			t.Errorf("the audit log tells the secret: %+v", r)
		}
	}
	if len(done) != 3 || done[0] != audit.ConnectorCreated || done[1] != audit.ConnectorUpdated || done[2] != audit.ConnectorDeleted {
		t.Errorf("the audit log says %v", done)
	}
}

// Clients cannot send back the secret that they are not shown. Whoever has it
// sent elsewhere has to know it.
func TestConnectorsKeepTheirSecrets(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made, err := w.engine.CreateOriginConnector(w.ctx, w.admin(), aConnector())
	w.ok(err)
	for _, tt := range []struct {
		edit func(*entitlement.Connection)
		want string
	}{
		{func(c *entitlement.Connection) { c.SystemID = "1" }, "hush"},
		{func(c *entitlement.Connection) { c.AccessTokenURL = "https://elsewhere.example" }, ""},
		{func(c *entitlement.Connection) { c.SecretName = "new" }, "new"},
		{func(c *entitlement.Connection) { c.URL = "https://elsewhere.example" }, ""},
	} {
		w.ok(w.engine.UpdateOriginConnector(w.ctx, w.admin(), made.ID, func(c *entitlement.OriginConnector) error {
			sent := *c.Connection
			sent.SecretName = ""
			tt.edit(&sent)
			c.Connection = &sent
			return nil
		}))
		if got := w.connectors()[0].Connection.SecretName; got != tt.want {
			t.Errorf("the name of the secret is %q, want %q", got, tt.want)
		}
	}
}

func TestConnectorsAreChecked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for target, edit := range map[string]func(*entitlement.OriginConnector){
		"displayName":        func(c *entitlement.OriginConnector) { c.DisplayName = "" },
		"description":        func(c *entitlement.OriginConnector) { c.Description = " " },
		"connectionInfo":     func(c *entitlement.OriginConnector) { c.Kind = entitlement.SAPAccessControl },
		"connectionInfo.url": func(c *entitlement.OriginConnector) { c.Connection.URL = "http://iag.example" },
		"connectionInfo.accessTokenUrl": func(c *entitlement.OriginConnector) {
			c.Connection.AccessTokenURL = "https://user:password@iag.example"
		},
		"connectionInfo.authenticationInfo.accessTokenUrl": func(c *entitlement.OriginConnector) {
			c.Connection.Authentication = &entitlement.ConnectionSecurity{ConnectionClient: entitlement.ConnectionClient{AccessTokenURL: "x"}}
		},
	} {
		c := aConnector()
		edit(&c)
		_, err := w.engine.CreateOriginConnector(w.ctx, w.admin(), c)
		if !fault.Is(err, fault.Invalid) || fault.Of(err).Target != target {
			t.Errorf("%s: %v", target, err)
		}
	}
}
