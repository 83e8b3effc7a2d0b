package wire

import (
	"time"

	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/query"
)

type (
	resourceView  = entitlement.ResourceView
	roleView      = entitlement.RoleView
	scopeView     = entitlement.ScopeView
	roleScopeView = entitlement.RoleScopeView
)

func (m *model) declareResource() {
	catalogOf := func(r *resourceView) query.Value { return textValue(r.Catalog) }
	resources := renamed("resources", "accessPackageResources")
	resourceOwn := func(r *resourceView) string { return string(r.ID) }
	created := func(r *resourceView) *time.Time { return &r.CreatedAt }
	*m.resource = Entity[resourceView]{
		collection: "resources",
		record: record[resourceView]{
			name: both("accessPackageResource"),
			props: []property[resourceView]{
				guid(both("id"), func(r *resourceView) *entitlement.ResourceID { return &r.ID }).filter("id").ro(),
				plain(both("displayName"), func(r *resourceView) *string { return &r.DisplayName }).folded("displayName").ro(),
				text(both("description"), func(r *resourceView) *string { return &r.Description }).folded("description").ro(),
				text(onlyBeta("url"), func(r *resourceView) *string { return &r.URL }).ro(),
				text(onlyBeta("resourceType"), func(r *resourceView) *string { return &r.Type }).filter("type").ro(),
				text(both("originId"), func(r *resourceView) *string { return &r.OriginID }).filter("originId").ro(),
				choice(both("originSystem"), originSystems(), func(r *resourceView) *entitlement.OriginSystem { return &r.OriginSystem }).filter("originSystem").ro(),
				instant(renamed("createdDateTime", "addedOn"), created).filter("createdAt").ro(),
				instant(onlyV1("modifiedDateTime"), func(r *resourceView) *time.Time { return &r.ModifiedAt }).ro(),
				text(onlyBeta("addedBy"), func(r *resourceView) *string { return &r.CreatedBy }).ro(),
				fixed[resourceView](onlyBeta("isPendingOnboarding"), "Edm.Boolean", "false"),
				objects(both("attributes"), attributeType, func(r *resourceView) *[]attribute { return &r.Attributes }).ro(),
			},
		},
		navs: []navigation[resourceView]{
			many(renamed("roles", "accessPackageResourceRoles"), "roles", m.role, rolesOf).of(resources, resourceOwn),
			many(renamed("scopes", "accessPackageResourceScopes"), "scopes", m.scope, scopesOf).of(resources, resourceOwn),
			one(onlyBeta("externalOriginResourceConnector"), "", m.originConnector, func(*resourceView) *originConnector { return nil }),
			one(renamed("environment", "accessPackageResourceEnvironment"), "environment", m.environment, func(r *resourceView) *environmentView { return r.InEnvironment }),
			many(both("uploadSessions"), "uploads", m.upload, func(r *resourceView) []uploadView { return r.Uploads }).
				of(resources, resourceOwn).belongs(),
		},
		paths: []property[resourceView]{
			path(renamed("catalog/id", "catalogId"), "catalog", guidLiteral, catalogOf),
		},
	}
	m.resource.build()

	*m.role = Entity[roleView]{
		record: record[roleView]{
			name: both("accessPackageResourceRole"),
			props: []property[roleView]{
				guid(both("id"), func(r *roleView) *entitlement.RoleID { return &r.ID }).filter("id").ro(),
				plain(both("displayName"), func(r *roleView) *string { return &r.DisplayName }).folded("displayName").ro(),
				text(both("description"), func(r *roleView) *string { return &r.Description }).ro(),
				text(both("originId"), func(r *roleView) *string { return &r.OriginID }).filter("originId").ro(),
				choice(both("originSystem"), originSystems(), func(r *roleView) *entitlement.OriginSystem { return &r.OriginSystem }).filter("originSystem").ro(),
				roleType(),
			},
		},
		navs: []navigation[roleView]{
			one(renamed("resource", "accessPackageResource"), "resource", m.resource, func(r *roleView) *resourceView { return r.Of }),
		},
		paths: []property[roleView]{
			path(renamed("resource/id", "accessPackageResource/id"), "resource", guidLiteral, func(r *roleView) query.Value { return resourceID(r.Of) }),
		},
	}
	m.role.build()

	*m.scope = Entity[scopeView]{
		record: record[scopeView]{
			name: both("accessPackageResourceScope"),
			props: []property[scopeView]{
				guid(both("id"), func(s *scopeView) *entitlement.ScopeID { return &s.ID }).filter("id").ro(),
				plain(both("displayName"), func(s *scopeView) *string { return &s.DisplayName }).folded("displayName").ro(),
				text(both("description"), func(s *scopeView) *string { return &s.Description }).ro(),
				text(both("originId"), func(s *scopeView) *string { return &s.OriginID }).filter("originId").ro(),
				choice(both("originSystem"), originSystems(), func(s *scopeView) *entitlement.OriginSystem { return &s.OriginSystem }).filter("originSystem").ro(),
				flag(both("isRootScope"), func(s *scopeView) *bool { return &s.Root }).filter("root").ro(),
				fixed[scopeView](onlyBeta("roleOriginId"), "Edm.String", "null"),
				fixed[scopeView](onlyBeta("url"), "Edm.String", "null"),
			},
		},
		navs: []navigation[scopeView]{
			one(renamed("resource", "accessPackageResource"), "resource", m.resource, func(s *scopeView) *resourceView { return s.Of }),
		},
		paths: []property[scopeView]{
			path(renamed("resource/id", "accessPackageResource/id"), "resource", guidLiteral, func(s *scopeView) query.Value { return resourceID(s.Of) }),
		},
	}
	m.scope.build()
}

// originSystems are the systems that resources come from. They are spelled
// alike in both versions and are no enumeration type.
func originSystems() *vocabulary {
	d := alike(Names{}, entitlement.OriginGroup, entitlement.OriginApplication, entitlement.OriginCustomData)
	d.open = true
	return d
}

// roleType tells apart the roles of Azure resources, and is null for those of
// any other origin.
func roleType() property[roleView] {
	kinds := alike(both("roleType"), "active", "eligible", "application", "delegated")
	none := func(*roleView) query.Value { return nil }
	return derivedChoice(both("type"), kinds, func(*roleView) string { return "" }, none).filter("type")
}

func resourceID(r *resourceView) query.Value {
	if r == nil {
		return nil
	}
	return textValue(r.ID)
}

// rolesOf returns the roles of a resource, each knowing its resource.
func rolesOf(r *resourceView) []roleView {
	roles := make([]roleView, len(r.Roles))
	for i, role := range r.Roles {
		roles[i] = roleView{ResourceRole: role, OriginSystem: r.OriginSystem, Of: r}
	}
	return roles
}

// scopesOf returns the scopes of a resource, each knowing its resource.
func scopesOf(r *resourceView) []scopeView {
	scopes := make([]scopeView, len(r.Scopes))
	for i, scope := range r.Scopes {
		scopes[i] = scopeView{ResourceScope: scope, OriginSystem: r.OriginSystem, Of: r}
	}
	return scopes
}

func (m *model) declareRoleScope() {
	*m.roleScope = Entity[roleScopeView]{
		collection: "roleScopes",
		record: record[roleScopeView]{
			name: both("accessPackageResourceRoleScope"),
			props: []property[roleScopeView]{
				told(both("id"), func(rs *roleScopeView) string { return rs.ID() }).filter("id"),
				instant(both("createdDateTime"), func(rs *roleScopeView) *time.Time { return &rs.CreatedAt }).filter("createdAt").ro(),
				instant(onlyBeta("modifiedDateTime"), func(rs *roleScopeView) *time.Time { return &rs.ModifiedAt }).ro(),
				text(onlyBeta("createdBy"), func(rs *roleScopeView) *string { return &rs.CreatedBy }).ro(),
				text(onlyBeta("modifiedBy"), func(rs *roleScopeView) *string { return &rs.ModifiedBy }).ro(),
			},
		},
		navs: []navigation[roleScopeView]{
			one(renamed("role", "accessPackageResourceRole"), "role", m.role, func(rs *roleScopeView) *roleView { return rs.RoleOf }),
			one(renamed("scope", "accessPackageResourceScope"), "scope", m.scope, func(rs *roleScopeView) *scopeView { return rs.ScopeOf }),
		},
	}
	m.roleScope.build()
}

// Roles returns the roles of a resource as the collection resourceRoles
// shows them.
func Roles(r *entitlement.ResourceView) []entitlement.RoleView { return rolesOf(r) }

// Scopes returns the scopes of a resource as the collection resourceScopes
// shows them.
func Scopes(r *entitlement.ResourceView) []entitlement.ScopeView { return scopesOf(r) }
