package wire

import (
	"time"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/query"
)

// appOf is userOf for service principals and applications.
func appOf(o *dirObject) *directory.AppDetail {
	if o.App == nil {
		return &directory.AppDetail{}
	}
	return o.App
}

func ownApp(o *dirObject) {
	detail := *appOf(o)
	o.App = &detail
}

// ofApp is a text of an application.
func ofApp(name string, at func(*directory.AppDetail) *string) property[dirObject] {
	return text(both(name), func(o *dirObject) *string { return at(appOf(o)) })
}

// appRoleType is a role that an application defines.
var appRoleType = complexType(record[directory.AppRole]{
	name: both("appRole"),
	props: []property[directory.AppRole]{
		guid(both("id"), func(r *directory.AppRole) *string { return &r.ID }).due(),
		text(both("value"), func(r *directory.AppRole) *string { return &r.Value }),
		text(both("displayName"), func(r *directory.AppRole) *string { return &r.DisplayName }),
		text(both("description"), func(r *directory.AppRole) *string { return &r.Description }),
		flag(both("isEnabled"), func(r *directory.AppRole) *bool { return &r.Enabled }).orElse(func(r *directory.AppRole) { r.Enabled = true }),
		texts(both("allowedMemberTypes"), func(r *directory.AppRole) *[]string { return &r.AllowedMemberTypes }),
		fixed[directory.AppRole](both("origin"), "Edm.String", `"Application"`),
	},
})

// permissionScopeType is a delegated permission that an application offers.
var permissionScopeType = complexType(record[directory.AppRole]{
	name: both("permissionScope"),
	props: []property[directory.AppRole]{
		guid(both("id"), func(r *directory.AppRole) *string { return &r.ID }).due(),
		text(both("value"), func(r *directory.AppRole) *string { return &r.Value }),
		text(both("adminConsentDisplayName"), func(r *directory.AppRole) *string { return &r.DisplayName }),
		text(both("adminConsentDescription"), func(r *directory.AppRole) *string { return &r.Description }),
		flag(both("isEnabled"), func(r *directory.AppRole) *bool { return &r.Enabled }).orElse(func(r *directory.AppRole) { r.Enabled = true }),
		fixed[directory.AppRole](both("type"), "Edm.String", `"User"`),
	},
	ignored: []string{"userConsentDisplayName", "userConsentDescription", "type"},
})

func (m *model) declareApps() {
	id := func(o *dirObject) *directory.ObjectID { return &o.ID }
	appID := guid(both("appId"), func(o *dirObject) *string { return &appOf(o).AppID }).filter("appId")
	roles := objects(both("appRoles"), appRoleType, func(o *dirObject) *[]directory.AppRole { return &appOf(o).Roles })
	identifiers := func(o *dirObject) *[]string { return &appOf(o).IdentifierURIs }
	ignored := append([]string{
		"api", "web", "spa", "info", "keyCredentials", "passwordCredentials", "publicClient", "requiredResourceAccess", "optionalClaims",
		"notes", "logoUrl", "verifiedPublisher", "alternativeNames", "preferredSingleSignOnMode", "appOwnerOrganizationId", "replyUrls",
	}, keptOut...)
	*m.servicePrincipal = Entity[dirObject]{
		collection: "objects",
		id:         objectID,
		record: record[dirObject]{
			name: both("servicePrincipal"),
			props: []property[dirObject]{
				guid(both("id"), id).filter("id").ro(),
				flag(both("accountEnabled"), func(o *dirObject) *bool { return &o.Enabled }).filter("enabled").orElse(func(o *dirObject) { o.Enabled = true }),
				appID.due(),
				told(both("appDisplayName"), func(o *dirObject) string { return o.DisplayName }),
				text(both("displayName"), func(o *dirObject) *string { return &o.DisplayName }).folded("displayName"),
				ofApp("description", func(a *directory.AppDetail) *string { return &a.Description }),
				flag(both("appRoleAssignmentRequired"), func(o *dirObject) *bool { return &appOf(o).AssignmentRequired }),
				ofApp("servicePrincipalType", func(a *directory.AppDetail) *string { return &a.ServicePrincipalType }),
				ofApp("appOwnerOrganizationId", func(a *directory.AppDetail) *string { return &a.OwnerOrganizationID }).ro(),
				ofApp("homepage", func(a *directory.AppDetail) *string { return &a.Homepage }),
				fixed[dirObject](both("loginUrl"), "Edm.String", "null"),
				texts(both("servicePrincipalNames"), identifiers),
				ofApp("signInAudience", func(a *directory.AppDetail) *string { return &a.SignInAudience }),
				texts(both("tags"), func(o *dirObject) *[]string { return &appOf(o).Tags }),
				roles,
				objects(both("oauth2PermissionScopes"), permissionScopeType, func(o *dirObject) *[]directory.AppRole { return &appOf(o).Scopes }),
				instant(both("createdDateTime"), func(o *dirObject) *time.Time { return &o.CreatedAt }).filter("createdAt").ro(),
				instant(both("deletedDateTime"), func(o *dirObject) *time.Time { return &o.DeletedAt }).ro(),
			},
			ignored: ignored,
			prepare: ownApp,
			finish:  finishApp(directory.KindServicePrincipal),
		},
	}
	m.servicePrincipal.build()
	*m.application = Entity[dirObject]{
		collection: "objects",
		id:         objectID,
		record: record[dirObject]{
			name: both("application"),
			props: []property[dirObject]{
				guid(both("id"), id).filter("id").ro(),
				appID.ro(),
				text(both("displayName"), func(o *dirObject) *string { return &o.DisplayName }).folded("displayName").due(),
				ofApp("description", func(a *directory.AppDetail) *string { return &a.Description }),
				roles,
				texts(both("identifierUris"), identifiers),
				ofApp("signInAudience", func(a *directory.AppDetail) *string { return &a.SignInAudience }),
				texts(both("tags"), func(o *dirObject) *[]string { return &appOf(o).Tags }),
				instant(both("createdDateTime"), func(o *dirObject) *time.Time { return &o.CreatedAt }).filter("createdAt").ro(),
				instant(both("deletedDateTime"), func(o *dirObject) *time.Time { return &o.DeletedAt }).ro(),
			},
			ignored: ignored,
			prepare: ownApp,
			finish:  finishApp(directory.KindApplication),
		},
	}
	m.application.build()
}

func finishApp(kind directory.ObjectKind) func(*reader, *value, *dirObject) error {
	return func(r *reader, _ *value, o *dirObject) error {
		if r.mode == Create {
			o.Kind, o.Enabled = kind, o.Enabled || kind == directory.KindApplication
		}
		return nil
	}
}

func (m *model) declareObject() {
	kind := func(k directory.ObjectKind) func(*dirObject) bool {
		return func(o *dirObject) bool { return o.Kind == k }
	}
	*m.object = Entity[dirObject]{
		collection: "objects",
		id:         objectID,
		record: record[dirObject]{
			name: both("directoryObject"),
			props: []property[dirObject]{
				guid(both("id"), func(o *dirObject) *directory.ObjectID { return &o.ID }).filter("id").ro(),
				instant(both("deletedDateTime"), func(o *dirObject) *time.Time { return &o.DeletedAt }).ro(),
			},
		},
		kinds: []kindOf[dirObject]{
			{is: kind(directory.KindUser), entity: m.user},
			{is: kind(directory.KindGroup), entity: m.group},
			{is: kind(directory.KindServicePrincipal), entity: m.servicePrincipal},
			{is: kind(directory.KindApplication), entity: m.application},
		},
		paths: []property[dirObject]{
			path(both("displayName"), "displayName", nameLiteral, func(o *dirObject) query.Value { return textValue(o.DisplayName) }),
			path(both("mail"), "mail", nameLiteral, func(o *dirObject) query.Value { return textValue(o.Mail) }),
			path(both("userPrincipalName"), "principalName", nameLiteral, func(o *dirObject) query.Value { return textValue(o.PrincipalName) }),
			path(both("accountEnabled"), "enabled", flagLiteral, func(o *dirObject) query.Value { return o.Enabled }),
		},
	}
	m.object.build()
}

func (m *model) declareAppRoleAssignment() {
	type view = directory.AppRoleAssignmentView
	*m.appRoleAssignment = Entity[view]{
		collection: "appRoleAssignments",
		record: record[view]{
			name: both("appRoleAssignment"),
			props: []property[view]{
				text(both("id"), func(a *view) *string { return &a.ID }).filter("id").ro(),
				guid(both("appRoleId"), func(a *view) *string { return &a.Role }).filter("role").orElse(func(a *view) { a.Role = directory.DefaultAppRole }),
				instant(both("createdDateTime"), func(a *view) *time.Time { return &a.CreatedAt }).filter("createdAt").ro(),
				fixed[view](both("deletedDateTime"), "Edm.DateTimeOffset", "null"),
				told(both("principalDisplayName"), func(a *view) string { return a.PrincipalOf.DisplayName }),
				guid(both("principalId"), func(a *view) *directory.ObjectID { return &a.Principal }).filter("principal").due(),
				told(both("principalType"), func(a *view) string { return pascal(string(a.PrincipalOf.Kind)) }),
				told(both("resourceDisplayName"), func(a *view) string { return a.ResourceOf.DisplayName }),
				guid(both("resourceId"), func(a *view) *directory.ObjectID { return &a.Resource }).filter("resource").due(),
			},
		},
	}
	m.appRoleAssignment.build()
}
