package wire

import (
	"time"

	"github.com/grantkeep/grantkeep/internal/entitlement"
)

type (
	originConnector    = entitlement.OriginConnector
	connection         = entitlement.Connection
	connectionSecurity = entitlement.ConnectionSecurity
)

// secret is taken and never shown.
func secret[T any](n Names, at func(*T) *string) property[T] {
	p := text(n, at)
	p.put = func(b []byte, _ *T, _ *Shape) []byte { return append(b, "null"...) }
	return p
}

func connectionClient[T any](at func(*T) *entitlement.ConnectionClient) []property[T] {
	return []property[T]{
		text(onlyBeta("accessTokenUrl"), func(t *T) *string { return &at(t).AccessTokenURL }),
		text(onlyBeta("clientId"), func(t *T) *string { return &at(t).ClientID }),
		secret(onlyBeta("secretName"), func(t *T) *string { return &at(t).SecretName }),
	}
}

var securityTypes = []*record[connectionSecurity]{complexType(record[connectionSecurity]{
	name: onlyBeta("clientCredentialAuthenticationInfo"), annotated: true,
	props: connectionClient(func(s *connectionSecurity) *entitlement.ConnectionClient { return &s.ConnectionClient }),
})}

// connectionTypes are the ways to reach systems elsewhere.
var connectionTypes = func() []*record[connection] {
	shared := []property[connection]{
		text(onlyBeta("url"), func(c *connection) *string { return &c.URL }).due(),
		text(onlyBeta("subscriptionId"), func(c *connection) *string { return &c.Subscription }),
		text(onlyBeta("resourceGroup"), func(c *connection) *string { return &c.ResourceGroup }),
		text(onlyBeta("keyVaultName"), func(c *connection) *string { return &c.KeyVault }),
	}
	security := oneOf(onlyBeta("authenticationInfo"), "authenticationInfo", securityTypes, "clientCredentialAuthenticationInfo",
		func(s *connectionSecurity) *string { return &s.Kind }, func(c *connection) **connectionSecurity { return &c.Authentication })
	return []*record[connection]{
		complexType(record[connection]{
			name: onlyBeta(string(entitlement.SAPIdentityGovernanceConnection)), annotated: true,
			props: append(connectionClient(func(c *connection) *entitlement.ConnectionClient { return &c.ConnectionClient }), shared...),
		}),
		complexType(record[connection]{
			name: onlyBeta(string(entitlement.SAPAccessControlConnection)), annotated: true,
			props: append([]property[connection]{
				security,
				text(onlyBeta("systemId"), func(c *connection) *string { return &c.SystemID }),
				text(onlyBeta("userIdentifier"), func(c *connection) *string { return &c.UserIdentifier }),
			}, shared...),
		}),
	}
}()

func (m *model) declareOriginConnector() {
	kinds := alike(onlyBeta("connectorType"), entitlement.SAPIdentityGovernance, entitlement.SAPAccessControl)
	*m.originConnector = Entity[originConnector]{record: record[originConnector]{
		name: onlyBeta("externalOriginResourceConnector"),
		props: []property[originConnector]{
			guid(onlyBeta("id"), func(c *originConnector) *entitlement.ConnectorID { return &c.ID }).filter("id").ro(),
			plain(onlyBeta("displayName"), func(c *originConnector) *string { return &c.DisplayName }).folded("displayName").due(),
			plain(onlyBeta("description"), func(c *originConnector) *string { return &c.Description }).folded("description").due(),
			choice(onlyBeta("connectorType"), kinds, func(c *originConnector) *entitlement.OriginConnectorKind { return &c.Kind }).filter("kind").due(),
			oneOf(onlyBeta("connectionInfo"), "connectionInfo", connectionTypes, "",
				func(c *connection) *entitlement.ConnectionKind { return &c.Kind }, func(c *originConnector) **connection { return &c.Connection }).due(),
			text(onlyBeta("createdBy"), func(c *originConnector) *string { return &c.CreatedBy }).ro(),
			instant(onlyBeta("createdDateTime"), func(c *originConnector) *time.Time { return &c.CreatedAt }).filter("createdAt").ro(),
			text(onlyBeta("modifiedBy"), func(c *originConnector) *string { return &c.ModifiedBy }).ro(),
			instant(onlyBeta("modifiedDateTime"), func(c *originConnector) *time.Time { return &c.ModifiedAt }).filter("modifiedAt").ro(),
		},
	}}
	m.originConnector.build()
}
