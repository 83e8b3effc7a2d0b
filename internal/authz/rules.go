package authz

// Permissions that tokens carry (permissions.md section 2).
const (
	ReadAll       Scope = "EntitlementManagement.Read.All"
	ReadWriteAll  Scope = "EntitlementManagement.ReadWrite.All"
	SubjectAccess Scope = "EntitlementMgmt-SubjectAccess.ReadWrite"

	RolesReadAll       Scope = "RoleManagement.Read.All"
	RolesRead          Scope = "RoleManagement.Read.Directory"
	RolesReadWrite     Scope = "RoleManagement.ReadWrite.Directory"
	UserRead           Scope = "User.Read"
	UserReadBasic      Scope = "User.ReadBasic.All"
	UserReadAll        Scope = "User.Read.All"
	UserReadWriteAll   Scope = "User.ReadWrite.All"
	GroupCreate        Scope = "Group.Create"
	GroupReadBasic     Scope = "Group.ReadBasic.All"
	GroupReadAll       Scope = "Group.Read.All"
	GroupReadWriteAll  Scope = "Group.ReadWrite.All"
	MemberReadBasic    Scope = "GroupMember.ReadBasic.All"
	MemberReadAll      Scope = "GroupMember.Read.All"
	MemberReadWriteAll Scope = "GroupMember.ReadWrite.All"
	AppReadAll         Scope = "Application.Read.All"
	AppReadWriteOwned  Scope = "Application.ReadWrite.OwnedBy"
	AppReadWriteAll    Scope = "Application.ReadWrite.All"
	AppRoleReadWrite   Scope = "AppRoleAssignment.ReadWrite.All"
	DirectoryReadAll   Scope = "Directory.Read.All"
	DirectoryWriteAll  Scope = "Directory.ReadWrite.All"
	AuditReadAll       Scope = "AuditLog.Read.All"
	UserInviteAll      Scope = "User.Invite.All"
	OrganizationRead   Scope = "Organization.Read.All"
	DomainRead         Scope = "Domain.Read.All"
)

// Permissions returns every permission that the product knows.
func Permissions() []Scope {
	return []Scope{
		ReadAll, ReadWriteAll, SubjectAccess, RolesReadAll, RolesRead, RolesReadWrite,
		UserRead, UserReadBasic, UserReadAll, UserReadWriteAll, GroupCreate, GroupReadBasic, GroupReadAll, GroupReadWriteAll,
		MemberReadBasic, MemberReadAll, MemberReadWriteAll, AppReadAll, AppReadWriteOwned, AppReadWriteAll, AppRoleReadWrite,
		DirectoryReadAll, DirectoryWriteAll, AuditReadAll, UserInviteAll, OrganizationRead, DomainRead,
	}
}

// Action is something that a caller may or may not do.
type Action string

// The actions of entitlement management.
const (
	ReadService          Action = "read the root of entitlement management"
	ReadCatalogs         Action = "read catalogs"
	CreateCatalog        Action = "create a catalog"
	EditCatalog          Action = "change a catalog"
	ReadResources        Action = "read the resources of a catalog"
	EditResources        Action = "change the resources of a catalog"
	ReadExtensions       Action = "read the custom extensions of a catalog"
	EditExtensions       Action = "change the custom extensions of a catalog"
	ReadPackages         Action = "read access packages"
	EditPackages         Action = "change access packages"
	ApproveException     Action = "make exceptions from what must not be combined"
	ReadPolicies         Action = "read policies"
	EditPolicies         Action = "change policies"
	EditAttributes       Action = "change the attributes of a resource"
	EditAutomaticPolicy  Action = "change an automatic assignment policy"
	ConfirmAutomatic     Action = "confirm or discard the change of an automatic assignment policy"
	ReadRoleAssignments  Action = "read role assignments"
	EditCatalogRoles     Action = "give and take roles on a catalog"
	EditTenantRoles      Action = "give and take roles on the tenant"
	ReadRequests         Action = "read requests and assignments"
	ReadOwnRequests      Action = "read one's own requests, assignments and approvals"
	MakeOwnRequest       Action = "ask for access"
	MakeAdminRequest     Action = "assign and remove access directly"
	BypassApproval       Action = "assign directly without approval"
	CancelOwnRequest     Action = "cancel one's own request"
	CancelAnyRequest     Action = "cancel a request"
	ReprocessRequest     Action = "have a request delivered again"
	ReprocessAssignment  Action = "have the roles of an assignment set right"
	ReviewEmergency      Action = "review emergency access that one is asked about"
	ReviewAnyEmergency   Action = "review emergency access"
	RevokeApproved       Action = "revoke access that one approved"
	DeleteRequest        Action = "delete a request"
	ResumeRequest        Action = "resume a request that waits for a callback"
	DiscoverPackages     Action = "look for access to ask for"
	ReadRequirements     Action = "see what asking for access means to others"
	DecideApproval       Action = "approve or deny"
	ReadOrganizations    Action = "read connected organizations"
	EditOrganizations    Action = "change connected organizations"
	ReadConnectors       Action = "read the connectors to systems elsewhere"
	EditConnectors       Action = "change the connectors to systems elsewhere"
	ReadSettings         Action = "read the settings of entitlement management"
	EditSettings         Action = "change the settings of entitlement management"
	ReadSubjects         Action = "read the subjects of entitlement management"
	EditSubjects         Action = "change the subjects of entitlement management"
	InviteGuests         Action = "invite guests"
	ReadDirectoryRoles   Action = "read directory roles"
	EditDirectoryRoles   Action = "give and take directory roles"
	ReadMe               Action = "read one's own profile"
	ReadUsers            Action = "read users"
	FollowUsers          Action = "follow the changes of users"
	EditUsers            Action = "change users"
	ReadGroups           Action = "read groups"
	CreateGroup          Action = "create a group"
	EditGroups           Action = "change groups"
	ReadMembers          Action = "read the members of groups"
	EditMembers          Action = "change the members of groups"
	ReadApplications     Action = "read applications"
	EditApplications     Action = "change applications"
	EditAppRoles         Action = "give and take application roles"
	ReadDirectoryObjects Action = "read directory objects"
	ReadOrganization     Action = "read the organization"
	ReadAudit            Action = "read the audit log"
)

// rule says who may do one thing. Global Administrators always may; the
// people an object is about are the use case's business, where self is set.
type rule struct {
	scopes []Scope // a delegated token needs one of these
	app    []Scope // an application needs one of these; with it, it needs no role
	roles  []Role  // the roles that allow it to people, and to applications without the permission

	directory []string // directory roles that allow it, besides Global Administrator
	appByRole bool     // an application may do it by role even though its permission is not enough
	self      bool     // people may do it for themselves, without a role
	anybody   bool     // every user of the tenant may, with the scope
}

var (
	entitlementRead  = []Scope{ReadAll, ReadWriteAll}
	entitlementWrite = []Scope{ReadWriteAll}
	selfService      = []Scope{SubjectAccess, ReadWriteAll}
	selfServiceRead  = []Scope{SubjectAccess, ReadAll, ReadWriteAll}

	catalogReaders = []Role{CatalogOwner, CatalogReader, PackageManager, AssignmentManager}

	governance = []string{GovernanceAdmin}
	readAll    = []string{GovernanceAdmin, GlobalReader, SecurityReader, SecurityAdmin, ComplianceAdmin}
)

// rules is the whole policy. What is not listed is forbidden.
// Sources: permissions.md sections 5 and 6, operations.tsv, directory.md
// section 1.
var rules = map[Action]rule{
	ReadService:   {scopes: entitlementRead, app: entitlementRead, anybody: true},
	ReadCatalogs:  {scopes: entitlementRead, app: entitlementRead, roles: catalogReaders, directory: readAll},
	CreateCatalog: {scopes: entitlementWrite, app: entitlementWrite, roles: []Role{CatalogCreator}, directory: governance},
	EditCatalog:   {scopes: entitlementWrite, app: entitlementWrite, roles: []Role{CatalogOwner}, directory: governance},
	ReadResources: {scopes: entitlementRead, app: entitlementRead, roles: catalogReaders, directory: readAll},
	EditResources: {scopes: entitlementWrite, app: entitlementWrite, roles: []Role{CatalogOwner}, directory: governance},

	ReadExtensions: {scopes: entitlementRead, app: entitlementRead, roles: catalogReaders, directory: readAll},
	EditExtensions: {scopes: entitlementWrite, app: entitlementWrite, roles: []Role{CatalogOwner}, directory: governance},

	ReadPackages: {scopes: entitlementRead, app: entitlementRead, roles: catalogReaders, directory: readAll},
	EditPackages: {scopes: entitlementWrite, app: entitlementWrite, roles: []Role{CatalogOwner, PackageManager}, directory: governance},
	// A decision of people, above those who make the rules and the packages.
	ApproveException:    {scopes: entitlementWrite, roles: []Role{CatalogOwner}, directory: governance},
	ReadPolicies:        {scopes: entitlementRead, app: entitlementRead, roles: catalogReaders, directory: readAll},
	EditPolicies:        {scopes: entitlementWrite, app: entitlementWrite, roles: []Role{CatalogOwner, PackageManager}, directory: governance},
	EditAttributes:      {scopes: entitlementWrite, app: entitlementWrite, directory: governance},
	EditAutomaticPolicy: {scopes: entitlementWrite, app: entitlementWrite, directory: governance},

	// A guard that whoever trips it can lift alone guards nothing, so the application permission is not enough.
	ConfirmAutomatic: {scopes: entitlementWrite, directory: governance, appByRole: true},

	ReadRoleAssignments: {
		scopes: []Scope{RolesReadAll, RolesRead, RolesReadWrite, ReadAll, ReadWriteAll},
		app:    []Scope{RolesReadAll, RolesRead, RolesReadWrite, ReadAll, ReadWriteAll},
		roles:  catalogReaders, directory: readAll, self: true,
	},
	EditCatalogRoles: {
		scopes: []Scope{ReadWriteAll, RolesReadWrite}, app: []Scope{ReadWriteAll, RolesReadWrite},
		roles: []Role{CatalogOwner}, directory: governance,
	},
	EditTenantRoles: {
		scopes: []Scope{ReadWriteAll, RolesReadWrite}, app: []Scope{ReadWriteAll, RolesReadWrite}, directory: governance,
	},

	ReadRequests:     {scopes: entitlementRead, app: entitlementRead, roles: catalogReaders, directory: readAll},
	ReadOwnRequests:  {scopes: selfServiceRead, self: true},
	MakeOwnRequest:   {scopes: selfService, self: true},
	MakeAdminRequest: {scopes: entitlementWrite, app: entitlementWrite, roles: []Role{CatalogOwner, PackageManager, AssignmentManager}, directory: governance},
	BypassApproval:   {scopes: entitlementWrite, app: entitlementWrite, roles: []Role{CatalogOwner, PackageManager}, directory: governance},
	CancelOwnRequest: {scopes: selfService, self: true},
	CancelAnyRequest: {
		scopes: entitlementWrite, roles: []Role{CatalogOwner, PackageManager, AssignmentManager},
		directory: governance, appByRole: true,
	},
	ReprocessRequest: {scopes: entitlementWrite, app: entitlementWrite, roles: []Role{CatalogOwner, PackageManager, AssignmentManager}, directory: governance},
	ReprocessAssignment: {
		scopes: entitlementWrite, app: entitlementWrite, roles: []Role{CatalogOwner, PackageManager, AssignmentManager}, directory: governance,
	},
	RevokeApproved:   {scopes: selfService, self: true},
	DeleteRequest:    {scopes: entitlementWrite, app: entitlementWrite, roles: []Role{CatalogOwner, PackageManager, AssignmentManager}, directory: governance},
	ResumeRequest:    {scopes: entitlementWrite, app: entitlementWrite, roles: []Role{CatalogOwner, PackageManager, AssignmentManager}, directory: governance},
	ReadRequirements: {scopes: entitlementRead, roles: []Role{CatalogOwner, PackageManager, AssignmentManager}, directory: governance},
	DiscoverPackages: {scopes: selfServiceRead, self: true},
	// A decision of people, like approval: an application never makes it.
	ReviewEmergency:    {scopes: selfService, self: true},
	ReviewAnyEmergency: {scopes: entitlementWrite, roles: []Role{CatalogOwner}, directory: governance},
	DecideApproval:     {scopes: selfService, self: true},

	ReadOrganizations: {
		scopes: entitlementRead, app: entitlementRead, roles: []Role{ConnectedOrgAdmin, PackageManager}, directory: readAll,
	},
	EditOrganizations: {scopes: entitlementWrite, app: entitlementWrite, roles: []Role{ConnectedOrgAdmin}, directory: governance},
	ReadConnectors:    {scopes: entitlementRead, app: entitlementRead, directory: readAll},
	EditConnectors:    {scopes: entitlementWrite, app: entitlementWrite, directory: governance},
	ReadSettings:      {scopes: entitlementRead, app: entitlementRead, directory: readAll},
	EditSettings:      {scopes: entitlementWrite, app: entitlementWrite, directory: governance},
	ReadSubjects:      {scopes: entitlementRead, app: entitlementRead, directory: readAll},
	EditSubjects:      {scopes: entitlementWrite, app: entitlementWrite, directory: governance},
	InviteGuests: {
		scopes: []Scope{UserInviteAll, UserReadWriteAll, DirectoryWriteAll}, app: []Scope{UserInviteAll, UserReadWriteAll, DirectoryWriteAll},
		directory: []string{UserAdmin, GuestInviter},
	},

	ReadDirectoryRoles: {
		scopes: []Scope{RolesReadAll, RolesRead, RolesReadWrite}, app: []Scope{RolesReadAll, RolesRead, RolesReadWrite}, anybody: true,
	},
	EditDirectoryRoles: {scopes: []Scope{RolesReadWrite}, app: []Scope{RolesReadWrite}, directory: []string{PrivilegedRoleAdmin}},

	ReadMe: {scopes: []Scope{UserRead, UserReadBasic, UserReadAll, UserReadWriteAll, DirectoryReadAll, DirectoryWriteAll}, self: true},
	ReadUsers: {
		scopes: []Scope{UserReadBasic, UserReadAll, UserReadWriteAll, DirectoryReadAll, DirectoryWriteAll},
		app:    []Scope{UserReadBasic, UserReadAll, UserReadWriteAll, DirectoryReadAll, DirectoryWriteAll}, anybody: true,
	},
	FollowUsers: { // the basic profile is not enough (directory.md section 1)
		scopes: []Scope{UserReadAll, UserReadWriteAll, DirectoryReadAll, DirectoryWriteAll},
		app:    []Scope{UserReadAll, UserReadWriteAll, DirectoryReadAll, DirectoryWriteAll}, anybody: true,
	},
	EditUsers: {
		scopes: []Scope{UserReadWriteAll, DirectoryWriteAll}, app: []Scope{UserReadWriteAll, DirectoryWriteAll},
		directory: []string{UserAdmin},
	},
	ReadGroups: {
		scopes: []Scope{GroupReadBasic, GroupReadAll, GroupReadWriteAll, DirectoryReadAll, DirectoryWriteAll},
		app:    []Scope{GroupReadBasic, GroupReadAll, GroupReadWriteAll, DirectoryReadAll, DirectoryWriteAll}, anybody: true,
	},
	CreateGroup: {
		scopes: []Scope{GroupReadWriteAll, DirectoryWriteAll}, app: []Scope{GroupCreate, GroupReadWriteAll, DirectoryWriteAll},
		directory: []string{UserAdmin, GroupsAdmin},
	},
	EditGroups: {
		scopes: []Scope{GroupReadWriteAll, DirectoryWriteAll}, app: []Scope{GroupReadWriteAll, DirectoryWriteAll},
		directory: []string{UserAdmin, GroupsAdmin}, self: true,
	},
	ReadMembers: {
		scopes: []Scope{MemberReadBasic, MemberReadAll, MemberReadWriteAll, GroupReadAll, GroupReadWriteAll, DirectoryReadAll, DirectoryWriteAll},
		app:    []Scope{MemberReadBasic, MemberReadAll, MemberReadWriteAll, GroupReadAll, GroupReadWriteAll, DirectoryReadAll, DirectoryWriteAll}, anybody: true,
	},
	EditMembers: {
		scopes:    []Scope{MemberReadWriteAll, GroupReadWriteAll, DirectoryWriteAll},
		app:       []Scope{MemberReadWriteAll, GroupReadWriteAll, DirectoryWriteAll},
		directory: []string{UserAdmin, GroupsAdmin}, self: true,
	},
	ReadApplications: {
		scopes: []Scope{AppReadAll, AppReadWriteAll, DirectoryReadAll, DirectoryWriteAll},
		app:    []Scope{AppReadAll, AppReadWriteOwned, AppReadWriteAll, DirectoryReadAll, DirectoryWriteAll}, anybody: true,
	},
	EditApplications: {
		scopes: []Scope{AppReadWriteAll, DirectoryWriteAll}, app: []Scope{AppReadWriteAll, AppReadWriteOwned, DirectoryWriteAll},
		directory: []string{ApplicationAdmin, CloudApplicationAdmin},
	},
	EditAppRoles: {
		scopes: []Scope{AppRoleReadWrite}, app: []Scope{AppRoleReadWrite},
		directory: []string{ApplicationAdmin, CloudApplicationAdmin, UserAdmin},
	},
	ReadDirectoryObjects: {
		scopes: []Scope{DirectoryReadAll, DirectoryWriteAll}, app: []Scope{DirectoryReadAll, DirectoryWriteAll}, anybody: true,
	},
	ReadAudit: {scopes: []Scope{AuditReadAll}, app: []Scope{AuditReadAll}, directory: append([]string{ReportsReader}, readAll...)},
	ReadOrganization: {
		scopes: []Scope{UserRead, OrganizationRead, DomainRead, DirectoryReadAll, DirectoryWriteAll},
		app:    []Scope{OrganizationRead, DomainRead, DirectoryReadAll, DirectoryWriteAll}, anybody: true,
	},
}
