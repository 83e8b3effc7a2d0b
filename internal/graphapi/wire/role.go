package wire

import (
	"strings"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/query"
)

// catalogScope stands before the id of a catalog in an appScopeId. Clients
// cut exactly this off.
const catalogScope = "/AccessPackageCatalog/"

// catalogOfScope returns the catalog of an appScopeId; empty for the tenant.
func catalogOfScope(scope string) (entitlement.CatalogID, error) {
	if scope == "" || scope == "/" {
		return "", nil
	}
	if len(scope) > len(catalogScope) && strings.EqualFold(scope[:len(catalogScope)], catalogScope) && isGUID(scope[len(catalogScope):]) {
		return entitlement.CatalogID(strings.ToLower(scope[len(catalogScope):])), nil
	}
	return "", wrong("must be / for the whole tenant, or " + catalogScope + " and the id of a catalog")
}

func (m *model) declareRoles() {
	type definition = authz.Definition
	yes := func(*definition) query.Value { return true }
	builtIn := fixed[definition](both("isBuiltIn"), "Edm.Boolean", "true").filter("builtIn")
	builtIn.literal, builtIn.value = flagLiteral, yes
	enabled := fixed[definition](both("isEnabled"), "Edm.Boolean", "true").filter("enabled")
	enabled.literal, enabled.value = flagLiteral, yes
	*m.roleDefinition = Entity[definition]{
		record: record[definition]{
			name: both("unifiedRoleDefinition"),
			props: []property[definition]{
				guid(both("id"), func(d *definition) *string { return &d.ID }).filter("id").ro(),
				text(both("description"), func(d *definition) *string { return &d.DisplayName }).ro(),
				text(both("displayName"), func(d *definition) *string { return &d.DisplayName }).folded("displayName").ro(),
				builtIn,
				enabled,
				fixed[definition](onlyBeta("isPrivileged"), "Edm.Boolean", "false"),
				fixed[definition](both("resourceScopes"), "Collection(Edm.String)", `["/"]`),
				rolePermissions(),
				principalTypes(),
				guid(both("templateId"), func(d *definition) *string { return &d.ID }).filter("id").ro(),
				fixed[definition](both("version"), "Edm.String", `"1.0"`),
			},
		},
	}
	m.roleDefinition.navs = []navigation[definition]{
		many(both("inheritsPermissionsFrom"), "", m.roleDefinition, func(*definition) []definition { return nil }),
	}
	m.roleDefinition.build()

	type assignment = authz.RoleAssignmentView
	*m.roleAssignment = Entity[assignment]{
		collection: "roleAssignments",
		record: record[assignment]{
			name: both("unifiedRoleAssignment"),
			props: []property[assignment]{
				text(both("id"), func(a *assignment) *string { return &a.ID }).filter("id").ro(),
				guid(both("principalId"), func(a *assignment) *directory.ObjectID { return &a.Principal }).filter("principal").due(),
				guid(both("roleDefinitionId"), func(a *assignment) *string { return &a.Role }).filter("role").due(),
				directoryScope(),
				appScope(),
				fixed[assignment](onlyBeta("resourceScope"), "Edm.String", `"/"`),
				fixed[assignment](onlyV1("principalOrganizationId"), "Edm.String", "null"),
				fixed[assignment](both("condition"), "Edm.String", "null"),
			},
			ignored: []string{"resourceScope", "principalOrganizationId"},
		},
		navs: []navigation[assignment]{
			one(both("principal"), "principal", m.object, func(a *assignment) *directory.Object { return a.PrincipalOf }),
			one(both("roleDefinition"), "", m.roleDefinition, roleOf),
			one(both("appScope"), "appScope", m.appScope, func(a *assignment) *authz.AppScope { return a.ScopeOf }).belongs(),
			// The whole directory is no object of it, and nothing else can be named.
			one(both("directoryScope"), "", m.object, func(*assignment) *directory.Object { return nil }),
		},
		paths: []property[assignment]{
			path(both("principal/id"), "principal", guidLiteral, func(a *assignment) query.Value { return textValue(a.Principal) }),
			path(both("roleDefinition/id"), "role", guidLiteral, func(a *assignment) query.Value { return textValue(a.Role) }),
		},
	}
	m.roleAssignment.build()
}

// roleOf looks the role up: definitions are built in.
func roleOf(a *authz.RoleAssignmentView) *authz.Definition {
	if d, ok := authz.DefinitionOf(a.Provider, a.Role); ok {
		return &d
	}
	return nil
}

// directoryScope is the tenant for directory roles. Entitlement management
// has scopes of its own, but clients send both.
func directoryScope() property[authz.RoleAssignmentView] {
	return property[authz.RoleAssignmentView]{
		names: both("directoryScopeId"), types: both("Edm.String"),
		put: func(b []byte, a *authz.RoleAssignmentView, _ *Shape) []byte {
			if a.Provider == authz.DirectoryProvider {
				return appendString(b, "/")
			}
			return append(b, "null"...)
		},
		set: func(_ *reader, v *value, _ *authz.RoleAssignmentView) error {
			s, err := v.asText()
			if err == nil && s != "/" && s != "" {
				return wrong("must be /; roles are given on the whole directory, or on a catalog by appScopeId")
			}
			return err
		},
	}
}

func appScope() property[authz.RoleAssignmentView] {
	return property[authz.RoleAssignmentView]{
		names: both("appScopeId"), types: both("Edm.String"), field: "catalog", literal: scopeLiteral,
		put: func(b []byte, a *authz.RoleAssignmentView, _ *Shape) []byte {
			switch {
			case a.Catalog != "":
				return appendString(b, catalogScope+string(a.Catalog))
			case a.Provider == authz.DirectoryProvider:
				return append(b, "null"...)
			}
			return appendString(b, "/")
		},
		set: func(_ *reader, v *value, a *authz.RoleAssignmentView) error {
			s, err := v.asText()
			if err != nil {
				return err
			}
			a.Catalog, err = catalogOfScope(s)
			return err
		},
		unset: func(a *authz.RoleAssignmentView) { a.Catalog = "" },
		value: func(a *authz.RoleAssignmentView) query.Value { return textValue(a.Catalog) },
	}
}
