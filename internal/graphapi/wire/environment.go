package wire

import (
	"time"

	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/query"
)

type environmentView = entitlement.EnvironmentView

// connectionType tells where the resources of an environment are reached.
var connectionType = complexType(record[environmentView]{
	name: both("connectionInfo"),
	props: []property[environmentView]{
		shown(both("url"), "Edm.String", func(b []byte, env *environmentView, s *Shape) []byte {
			if env.OriginSystem == entitlement.OriginGroup {
				return appendString(b, s.BaseURL+"/groups")
			}
			return appendString(b, s.BaseURL+"/servicePrincipals")
		}),
	},
})

func (m *model) declareEnvironment() {
	type env = environmentView
	connection := shown(both("connectionInfo"), "graph.connectionInfo", func(b []byte, e *env, s *Shape) []byte {
		return connectionType.append(b, e, s)
	})
	connection.parts = connectionType
	*m.environment = Entity[env]{
		record: record[env]{
			name: both("accessPackageResourceEnvironment"),
			props: []property[env]{
				guid(both("id"), func(e *env) *entitlement.EnvironmentID { return &e.ID }).filter("id").ro(),
				plain(both("displayName"), func(e *env) *string { return &e.DisplayName }).folded("displayName").ro(),
				text(both("description"), func(e *env) *string { return &e.Description }).ro(),
				text(both("originId"), func(e *env) *string { return &e.OriginID }).filter("originId").ro(),
				choice(both("originSystem"), originSystems(), func(e *env) *entitlement.OriginSystem { return &e.OriginSystem }).filter("originSystem").ro(),
				fixed[env](both("isDefaultEnvironment"), "Edm.Boolean", "true"),
				connection,
				instant(both("createdDateTime"), func(e *env) *time.Time { return &e.CreatedAt }).ro(),
				instant(both("modifiedDateTime"), func(e *env) *time.Time { return &e.ModifiedAt }).ro(),
				text(onlyBeta("createdBy"), func(e *env) *string { return &e.CreatedBy }).ro(),
				text(onlyBeta("modifiedBy"), func(e *env) *string { return &e.ModifiedBy }).ro(),
			},
		},
		navs: []navigation[env]{
			pages(renamed("resources", "accessPackageResources"), "resources", m.resource, func(e *env) *query.Page[resourceView] { return &e.Resources }).
				of(renamed("resourceEnvironments", "accessPackageResourceEnvironments"), func(e *env) string { return string(e.ID) }),
		},
	}
	m.environment.build()
}
