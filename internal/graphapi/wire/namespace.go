package wire

import (
	"github.com/grantkeep/grantkeep/internal/authz"
)

func (m *model) declareNamespaces() {
	type action = authz.ResourceAction
	*m.actionScope = Entity[action]{
		record: record[action]{
			name: onlyBeta("unifiedRbacResourceScope"),
			props: []property[action]{
				told(onlyBeta("id"), actionScopeID),
				told(onlyBeta("displayName"), func(a *action) string {
					if a.Wide {
						return "Tenant"
					}
					return "Access package catalog"
				}),
				told(onlyBeta("scope"), func(a *action) string {
					if a.Wide {
						return "/"
					}
					return catalogScope + "{id}"
				}).due(),
				told(onlyBeta("type"), actionScopeID),
			},
		},
	}
	m.actionScope.build()

	// No action asks for one: isAuthenticationContextSettable is false.
	*m.actionContext = Entity[action]{record: record[action]{
		name: onlyBeta("authenticationContextClassReference"),
		props: []property[action]{
			fixed[action](onlyBeta("id"), "Edm.String", "null"),
			fixed[action](onlyBeta("description"), "Edm.String", "null"),
			fixed[action](onlyBeta("displayName"), "Edm.String", "null"),
			fixed[action](onlyBeta("isAvailable"), "Edm.Boolean", "null"),
		},
	}}
	m.actionContext.build()

	*m.action = Entity[action]{
		record: record[action]{
			name: both("unifiedRbacResourceAction"),
			props: []property[action]{
				text(both("id"), func(a *action) *string { return &a.ID }).filter("id").ro(),
				plain(both("name"), func(a *action) *string { return &a.Name }).filter("name").ro().due(),
				text(both("actionVerb"), func(a *action) *string { return &a.Verb }).filter("verb").ro(),
				text(both("description"), func(a *action) *string { return &a.Name }).ro(),
				fixed[action](both("authenticationContextId"), "Edm.String", "null"),
				fixed[action](both("isAuthenticationContextSettable"), "Edm.Boolean", "false"),
				fixed[action](onlyBeta("isPrivileged"), "Edm.Boolean", "false"),
				told(both("resourceScopeId"), actionScopeID),
			},
		},
		navs: []navigation[action]{
			one(onlyBeta("resourceScope"), "", m.actionScope, func(a *action) *action { return a }).belongs(),
			one(onlyBeta("authenticationContext"), "", m.actionContext, func(*action) *action { return nil }),
		},
	}
	m.action.build()

	type namespace = authz.Namespace
	*m.namespace = Entity[namespace]{
		record: record[namespace]{
			name: both("unifiedRbacResourceNamespace"),
			props: []property[namespace]{
				text(both("id"), func(n *namespace) *string { return &n.ID }).filter("id").ro(),
				plain(both("name"), func(n *namespace) *string { return &n.ID }).filter("id").ro().due(),
			},
		},
		navs: []navigation[namespace]{
			many(both("resourceActions"), "", m.action, func(n *namespace) []action { return n.Actions }).belongs(),
		},
	}
	m.namespace.build()
}

// actionScopeID tells on what the roles with an action are given.
func actionScopeID(a *authz.ResourceAction) string {
	if a.Wide {
		return "Tenant"
	}
	return "AccessPackageCatalog"
}

// rolePermission is what a role lets its holders do: all of its actions.
var rolePermission = complexType(record[authz.Definition]{
	name: both("unifiedRolePermission"),
	props: []property[authz.Definition]{
		shown(both("allowedResourceActions"), "Collection(Edm.String)", func(b []byte, d *authz.Definition, _ *Shape) []byte {
			return appendStrings(b, d.Actions)
		}),
		fixed[authz.Definition](both("excludedResourceActions"), "Collection(Edm.String)", "[]"),
		fixed[authz.Definition](both("condition"), "Edm.String", "null"),
	},
})

func rolePermissions() property[authz.Definition] {
	p := shown(both("rolePermissions"), "Collection(graph.unifiedRolePermission)", func(b []byte, d *authz.Definition, s *Shape) []byte {
		return append(rolePermission.append(append(b, '['), d, s), ']')
	})
	p.parts = rolePermission
	return p
}

// principalTypes are the kinds of principals that any role can be given to.
func principalTypes() property[authz.Definition] {
	kinds := alike(onlyBeta("allowedRolePrincipalTypes"), "user", "servicePrincipal", "group").combined()
	return derivedChoice(onlyBeta("allowedPrincipalTypes"), kinds, func(*authz.Definition) string { return "user,servicePrincipal,group" }, nil)
}

func (m *model) declareAppScope() {
	type scope = authz.AppScope
	*m.appScope = Entity[scope]{
		record: record[scope]{
			name: both("appScope"),
			props: []property[scope]{
				told(both("id"), func(s *scope) string { return catalogScope + string(s.Catalog) }),
				text(both("displayName"), func(s *scope) *string { return &s.DisplayName }).ro(),
				fixed[scope](both("type"), "Edm.String", `"AccessPackageCatalog"`),
			},
		},
	}
	m.appScope.build()
}
