package authz_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/query"
)

const (
	mine   entitlement.CatalogID = "mine"
	theirs entitlement.CatalogID = "theirs"
)

func person(scopes []authz.Scope, roles ...string) authz.Caller {
	return authz.Caller{Scopes: scopes, DirectoryRoles: roles, Actor: entitlement.Actor{Kind: entitlement.ByUser, ID: "somebody"}}
}

func application(permissions ...authz.Scope) authz.Caller {
	return authz.Caller{Scopes: permissions, Actor: entitlement.Actor{Kind: entitlement.ByApp, ID: "something"}}
}

func on(catalog entitlement.CatalogID, role authz.Role) []authz.RoleAssignment {
	return []authz.RoleAssignment{{Provider: authz.EntitlementProvider, Role: string(role), Catalog: catalog}}
}

// columns are the roles of permissions.md section 5, each as a caller whose
// token carries every scope. Catalog roles are held on the catalog "mine".
var columns = []struct {
	name string
	who  authz.Caller
	held []authz.RoleAssignment
}{
	{"GA", person(authz.Permissions(), authz.GlobalAdmin), nil},
	{"IGA", person(authz.Permissions(), authz.GovernanceAdmin), nil},
	{"RD", person(authz.Permissions(), authz.GlobalReader), nil},
	{"RD", person(authz.Permissions(), authz.SecurityReader), nil},
	{"RD", person(authz.Permissions(), authz.SecurityAdmin), nil},
	{"RD", person(authz.Permissions(), authz.ComplianceAdmin), nil},
	{"CO-A", person(authz.Permissions()), on("", authz.ConnectedOrgAdmin)},
	{"CC", person(authz.Permissions()), on("", authz.CatalogCreator)},
	{"CO", person(authz.Permissions()), on(mine, authz.CatalogOwner)},
	{"CR", person(authz.Permissions()), on(mine, authz.CatalogReader)},
	{"APM", person(authz.Permissions()), on(mine, authz.PackageManager)},
	{"APAM", person(authz.Permissions()), on(mine, authz.AssignmentManager)},
	{"nobody", person(authz.Permissions()), nil},
	{"UA", person(authz.Permissions(), authz.UserAdmin), nil},
}

// tenantWide are the columns whose reach is not limited to a catalog.
var tenantWide = []string{"GA", "IGA", "RD", "CC", "CO-A"}

func TestMatrix(t *testing.T) {
	t.Parallel()
	tests := []struct {
		action authz.Action
		may    string // the columns with a tick
	}{
		{authz.CreateCatalog, "GA IGA CC"},
		{authz.ReadCatalogs, "GA IGA RD CO CR APM APAM"},
		{authz.EditCatalog, "GA IGA CO"},
		{authz.ReadResources, "GA IGA RD CO CR APM APAM"},
		{authz.EditResources, "GA IGA CO"},
		{authz.ReadExtensions, "GA IGA RD CO CR APM APAM"},
		{authz.EditExtensions, "GA IGA CO"},
		{authz.ResumeRequest, "GA IGA CO APM APAM"},
		{authz.ReadRoleAssignments, "GA IGA RD CO CR APM APAM"},
		{authz.EditCatalogRoles, "GA IGA CO"},
		{authz.EditTenantRoles, "GA IGA"},
		{authz.ReadPackages, "GA IGA RD CO CR APM APAM"},
		{authz.EditPackages, "GA IGA CO APM"},
		{authz.ReadPolicies, "GA IGA RD CO CR APM APAM"},
		{authz.EditPolicies, "GA IGA CO APM"},
		{authz.EditAttributes, "GA IGA"},
		{authz.EditAutomaticPolicy, "GA IGA"},
		{authz.ConfirmAutomatic, "GA IGA"},
		{authz.MakeAdminRequest, "GA IGA CO APM APAM"},
		{authz.BypassApproval, "GA IGA CO APM"},
		{authz.ReadRequests, "GA IGA RD CO CR APM APAM"},
		{authz.CancelAnyRequest, "GA IGA CO APM APAM"},
		{authz.MakeOwnRequest, ""},
		{authz.CancelOwnRequest, ""},
		{authz.ReadOwnRequests, ""},
		{authz.DecideApproval, ""},
		{authz.ReadOrganizations, "GA IGA RD CO-A APM"},
		{authz.EditOrganizations, "GA IGA CO-A"},
		{authz.ReadConnectors, "GA IGA RD"},
		{authz.EditConnectors, "GA IGA"},
		{authz.ReadSettings, "GA IGA RD"},
		{authz.EditSettings, "GA IGA"},
		{authz.ReadSubjects, "GA IGA RD"},
		{authz.EditSubjects, "GA IGA"},
		{authz.InviteGuests, "GA UA"},
		{authz.EditDirectoryRoles, "GA"},
		{authz.EditUsers, "GA UA"},
		{authz.CreateGroup, "GA UA"},
		{authz.EditGroups, "GA UA"},
		{authz.EditMembers, "GA UA"},
		{authz.EditApplications, "GA"},
		{authz.EditAppRoles, "GA UA"},
		{authz.ReadAudit, "GA IGA RD"},
	}
	for _, tt := range tests {
		for _, c := range columns {
			reach, err := authz.ReachOf(c.who, c.held, tt.action)
			if err != nil {
				t.Errorf("%s by %s: %v", tt.action, c.name, err)
				continue
			}
			may := slices.Contains(strings.Fields(tt.may), c.name)
			if got := !reach.Empty(); got != may {
				t.Errorf("%s by %s: allowed is %v, want %v", tt.action, c.name, got, may)
			}
			if may {
				wide := slices.Contains(tenantWide, c.name) || c.name == "UA"
				if reach.Everywhere != wide || reach.Covers(theirs) != wide || !reach.Covers(mine) {
					t.Errorf("%s by %s reaches %+v, want the whole tenant: %v", tt.action, c.name, reach, wide)
				}
			}
		}
	}
}

func TestEverybodyOfTheTenantReadsTheDirectory(t *testing.T) {
	t.Parallel()
	for _, a := range []authz.Action{
		authz.ReadUsers, authz.ReadGroups, authz.ReadMembers, authz.ReadApplications, authz.ReadDirectoryObjects,
		authz.ReadDirectoryRoles, authz.ReadOrganization,
	} {
		if reach, err := authz.ReachOf(person(authz.Permissions()), nil, a); err != nil || !reach.Everywhere {
			t.Errorf("%s: %+v, %v", a, reach, err)
		}
		if err := authz.Token(person([]authz.Scope{authz.SubjectAccess}), a); !fault.Is(err, fault.Forbidden) {
			t.Errorf("%s without the scope: %v, want Forbidden", a, err)
		}
	}
}

func TestScopeComesBeforeRole(t *testing.T) {
	t.Parallel()
	tests := []struct {
		action authz.Action
		enough []authz.Scope
		less   authz.Scope
	}{
		{authz.ReadCatalogs, []authz.Scope{authz.ReadAll, authz.ReadWriteAll}, authz.SubjectAccess},
		{authz.EditCatalog, []authz.Scope{authz.ReadWriteAll}, authz.ReadAll},
		{authz.EditPackages, []authz.Scope{authz.ReadWriteAll}, authz.ReadAll},
		{authz.MakeAdminRequest, []authz.Scope{authz.ReadWriteAll}, authz.SubjectAccess},
		{authz.MakeOwnRequest, []authz.Scope{authz.SubjectAccess, authz.ReadWriteAll}, authz.ReadAll},
		{authz.CancelOwnRequest, []authz.Scope{authz.SubjectAccess, authz.ReadWriteAll}, authz.ReadAll},
		{authz.CancelAnyRequest, []authz.Scope{authz.ReadWriteAll}, authz.SubjectAccess},
		{authz.DecideApproval, []authz.Scope{authz.SubjectAccess, authz.ReadWriteAll}, authz.ReadAll},
		{authz.EditCatalogRoles, []authz.Scope{authz.ReadWriteAll, authz.RolesReadWrite}, authz.RolesRead},
		{authz.EditUsers, []authz.Scope{authz.UserReadWriteAll, authz.DirectoryWriteAll}, authz.UserReadAll},
		{authz.EditMembers, []authz.Scope{authz.MemberReadWriteAll, authz.GroupReadWriteAll, authz.DirectoryWriteAll}, authz.MemberReadAll},
	}
	for _, tt := range tests {
		for _, s := range tt.enough {
			if err := authz.Token(person([]authz.Scope{s}, authz.GlobalAdmin), tt.action); err != nil {
				t.Errorf("%s with %s: %v", tt.action, s, err)
			}
		}
		_, err := authz.ReachOf(person([]authz.Scope{tt.less}, authz.GlobalAdmin), on(mine, authz.CatalogOwner), tt.action)
		if !fault.Is(err, fault.Forbidden) {
			t.Errorf("%s with %s only: %v, want Forbidden whatever the role", tt.action, tt.less, err)
		}
	}
}

func TestApplications(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name       string
		action     authz.Action
		who        authz.Caller
		held       []authz.RoleAssignment
		everywhere bool
		catalogs   int
		refused    bool
	}{
		{"the permission is the role", authz.EditCatalog, application(authz.ReadWriteAll), nil, true, 0, false},
		{"reading is not writing", authz.EditCatalog, application(authz.ReadAll), nil, false, 0, false},
		{"a role without the permission", authz.EditCatalog, application(), on(mine, authz.CatalogOwner), false, 1, false},
		{"cancel: the permission is not enough", authz.CancelAnyRequest, application(authz.ReadWriteAll), nil, false, 0, false},
		{"cancel: a role is", authz.CancelAnyRequest, application(authz.ReadWriteAll), on(mine, authz.CatalogOwner), false, 1, false},
		{"deciding is for people", authz.DecideApproval, application(authz.ReadWriteAll), on(mine, authz.CatalogOwner), false, 0, true},
		{"asking is for people", authz.MakeOwnRequest, application(authz.ReadWriteAll), nil, false, 0, true},
		{"its own profile is no person's", authz.ReadMe, application(authz.UserReadAll), nil, false, 0, true},
		{"scopes of people do not count", authz.MakeAdminRequest, application(authz.SubjectAccess), nil, false, 0, false},
		{"creating groups only", authz.CreateGroup, application(authz.GroupCreate), nil, true, 0, false},
		{"creating is not changing", authz.EditGroups, application(authz.GroupCreate), nil, false, 0, false},
	}
	for _, tt := range tests {
		reach, err := authz.ReachOf(tt.who, tt.held, tt.action)
		if refused := fault.Is(err, fault.Forbidden); refused != tt.refused {
			t.Errorf("%s: %v, refused should be %v", tt.name, err, tt.refused)
		}
		if reach.Everywhere != tt.everywhere || len(reach.Catalogs) != tt.catalogs {
			t.Errorf("%s: reach %+v", tt.name, reach)
		}
	}
}

func TestWhatIsNotListedIsForbidden(t *testing.T) {
	t.Parallel()
	if err := authz.Token(person(authz.Permissions(), authz.GlobalAdmin), "rule the world"); !fault.Is(err, fault.Forbidden) {
		t.Errorf("error %v, want Forbidden", err)
	}
}

func TestMissingIsToldToThoseWhoSeeEverything(t *testing.T) {
	t.Parallel()
	missing := fault.New(fault.NotFound, "ResourceNotFound", "There is no such catalog.")
	all, err := authz.ReachOf(person(authz.Permissions(), authz.GlobalReader), nil, authz.ReadCatalogs)
	if err != nil || !fault.Is(all.Missing(missing), fault.NotFound) {
		t.Errorf("a reader of everything is told %v (%v)", all.Missing(missing), err)
	}
	some, err := authz.ReachOf(person(authz.Permissions()), on(mine, authz.CatalogOwner), authz.ReadCatalogs)
	if err != nil || !fault.Is(some.Missing(missing), fault.Forbidden) {
		t.Errorf("an owner of one catalog is told %v (%v)", some.Missing(missing), err)
	}
	if got, ok := some.Narrow("catalog").(query.In); !ok || len(got.Values) != 1 || got.Values[0] != string(mine) {
		t.Errorf("lists are narrowed by %+v", some.Narrow("catalog"))
	}
	if all.Narrow("catalog") != nil {
		t.Errorf("lists of a reader of everything are narrowed by %+v", all.Narrow("catalog"))
	}
}

func TestMayGiveAwayIsForTheKindOfObject(t *testing.T) {
	t.Parallel()
	app := directory.Object{Kind: directory.KindServicePrincipal, App: &directory.AppDetail{}}
	group := directory.Object{Kind: directory.KindGroup, Group: &directory.GroupDetail{}}
	mail := directory.Object{Kind: directory.KindGroup, Group: &directory.GroupDetail{Types: []string{"Unified"}}}
	tests := []struct {
		role             string
		group, mail, app bool
	}{
		{authz.GlobalAdmin, true, true, true},
		{authz.GovernanceAdmin, false, false, true},
		{authz.UserAdmin, true, true, true},
		{authz.GroupsAdmin, true, true, false},
		{authz.IntuneAdmin, true, true, false},
		{authz.ExchangeAdmin, false, true, false},
		{authz.SharePointAdmin, false, true, false},
		{authz.ApplicationAdmin, false, false, true},
		{authz.CloudApplicationAdmin, false, false, true},
		{authz.GlobalReader, false, false, false},
	}
	for _, tt := range tests {
		c := person(nil, tt.role)
		got := [3]bool{authz.MayGiveAway(c, nil, group), authz.MayGiveAway(c, nil, mail), authz.MayGiveAway(c, nil, app)}
		if want := [3]bool{tt.group, tt.mail, tt.app}; got != want {
			t.Errorf("%s: group, mail group, application: %v, want %v", tt.role, got, want)
		}
	}
}

func TestRoleNamesAreThoseThatClientsLookUp(t *testing.T) {
	t.Parallel()
	for id, name := range map[authz.Role]string{
		authz.CatalogOwner: "Catalog owner", authz.CatalogReader: "Catalog reader", authz.CatalogCreator: "Catalog creator",
		authz.PackageManager: "AccessPackages manager", authz.AssignmentManager: "AccessPackage assignment manager",
	} {
		if d, ok := authz.DefinitionOf(authz.EntitlementProvider, string(id)); !ok || d.DisplayName != name {
			t.Errorf("%s is %q, want %q", id, d.DisplayName, name)
		}
	}
}

// A refusal names the roles that would help, as clients look them up.
func TestRefusalsNameTheRolesThatWouldHelp(t *testing.T) {
	t.Parallel()
	who := authz.Caller{Actor: entitlement.Actor{Kind: entitlement.ByUser, ID: "u"}, Scopes: authz.Permissions()}
	for action, want := range map[authz.Action]string{
		authz.CancelAnyRequest:   "AccessPackage assignment manager or Identity Governance Administrator or Global Administrator",
		authz.InviteGuests:       "User Administrator or Guest Inviter or Global Administrator",
		authz.EditDirectoryRoles: "Privileged Role Administrator or Global Administrator",
		authz.EditApplications:   "Application Administrator or Cloud Application Administrator or Global Administrator",
		authz.ReviewAnyEmergency: "Catalog owner or Identity Governance Administrator or Global Administrator",
	} {
		reach, err := authz.ReachOf(who, nil, action)
		if err != nil {
			t.Fatal(action, err)
		}
		if err := reach.Refusal(); !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", action, err)
		}
	}
}
