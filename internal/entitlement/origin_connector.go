package entitlement

import (
	"net/url"
	"strings"

	"github.com/grantkeep/grantkeep/internal/fault"
)

// OriginConnectorKind tells what kind of system a connector leads to.
type OriginConnectorKind string

// The published kinds.
const (
	SAPIdentityGovernance OriginConnectorKind = "sapIag"
	SAPAccessControl      OriginConnectorKind = "sapAc"
)

// ConnectionKind is the published type of how a system is reached.
type ConnectionKind string

// The published types.
const (
	SAPIdentityGovernanceConnection ConnectionKind = "externalTokenBasedSapIagConnectionInfo"
	SAPAccessControlConnection      ConnectionKind = "externalSapAcConnectionInfo"
)

// connections says how systems of each kind are reached.
var connections = map[OriginConnectorKind]ConnectionKind{
	SAPIdentityGovernance: SAPIdentityGovernanceConnection,
	SAPAccessControl:      SAPAccessControlConnection,
}

// OriginConnector describes a system elsewhere whose roles could be given
// through packages (catalogs-and-resources.md section 12). It is kept and
// given back; nothing is delivered through it.
type OriginConnector struct {
	ID      ConnectorID
	Version int64

	DisplayName string
	Description string
	Kind        OriginConnectorKind
	Connection  *Connection
	Stamp
}

// Connection says where a system is reached, and where its secret is kept.
type Connection struct {
	Kind           ConnectionKind
	URL            string
	Subscription   string
	ResourceGroup  string
	KeyVault       string
	SystemID       string
	UserIdentifier string

	ConnectionClient                     // of the connection itself
	Authentication   *ConnectionSecurity // or apart from it
}

// ConnectionSecurity is how a client of the system shows who it is.
type ConnectionSecurity struct {
	Kind string // the published type
	ConnectionClient
}

// ConnectionClient is a client of a system. The name of its secret is never
// given back.
type ConnectionClient struct {
	AccessTokenURL string
	ClientID       string
	SecretName     string
}

// Keeping returns the connector with the secrets that it had before, where
// the change names none: clients cannot send back what they are not shown.
func (c OriginConnector) Keeping(before OriginConnector) OriginConnector {
	if c.Connection == nil || before.Connection == nil {
		return c
	}
	now, old := *c.Connection, before.Connection
	keep := func(client *ConnectionClient, old ConnectionClient) {
		if client.SecretName == "" && client.ClientID == old.ClientID && client.AccessTokenURL == old.AccessTokenURL {
			client.SecretName = old.SecretName
		}
	}
	if now.URL == old.URL && now.KeyVault == old.KeyVault {
		keep(&now.ConnectionClient, old.ConnectionClient)
		if now.Authentication != nil && old.Authentication != nil {
			security := *now.Authentication
			keep(&security.ConnectionClient, old.Authentication.ConnectionClient)
			now.Authentication = &security
		}
	}
	c.Connection = &now
	return c
}

// Check reports what is wrong with the connector, as a fault.Invalid
// "InvalidModel".
func (c OriginConnector) Check() error {
	if err := checkNames(c.DisplayName, c.Description, ""); err != nil {
		return err
	}
	bad := func(property, format string, args ...any) error {
		return fault.New(fault.Invalid, "InvalidModel", format, args...).At(property)
	}
	switch {
	case strings.TrimSpace(c.Description) == "":
		return bad("description", "description is required.")
	case c.Connection == nil:
		return bad("connectionInfo", "connectionInfo is required.")
	case c.Connection.Kind != connections[c.Kind]:
		return bad("connectionInfo", "A connector of the type %s has a connectionInfo of the type #microsoft.graph.%s.", c.Kind, connections[c.Kind])
	case !reachable(c.Connection.URL):
		return bad("connectionInfo.url", "connectionInfo.url must be an https address without a user.")
	}
	clients := map[string]ConnectionClient{"connectionInfo": c.Connection.ConnectionClient}
	if s := c.Connection.Authentication; s != nil {
		clients["connectionInfo.authenticationInfo"] = s.ConnectionClient
	}
	for at, client := range clients {
		if client.AccessTokenURL != "" && !reachable(client.AccessTokenURL) {
			return bad(at+".accessTokenUrl", "%s.accessTokenUrl must be an https address without a user.", at)
		}
	}
	return nil
}

// reachable reports whether a text is an address that carries no password in
// the clear.
func reachable(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Scheme == "https" && u.Host != "" && u.User == nil
}
