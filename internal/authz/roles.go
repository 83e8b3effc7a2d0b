package authz

// Template ids of the directory roles that count (permissions.md section 4).
const (
	GlobalAdmin           = "62e90394-69f5-4237-9190-012177145e10"
	GovernanceAdmin       = "45d8d3c5-c802-45c6-b32a-1d70b5e1e86e"
	GlobalReader          = "f2ef992c-3afb-46b9-b7cf-a126ee74c451"
	SecurityReader        = "5d6b6bb7-de71-4623-b4af-96380a352509"
	SecurityAdmin         = "194ae4cb-b126-40b2-bd5b-6091b380977d"
	ComplianceAdmin       = "17315797-102d-40b4-93e0-432062caca18"
	UserAdmin             = "fe930be7-5e62-47db-91af-98c3a49a38b1"
	PrivilegedRoleAdmin   = "e8611ab8-c189-46e8-94e1-60213ab1f814"
	GroupsAdmin           = "fdd7a751-b60b-444a-984c-02652fe8fa1c"
	IntuneAdmin           = "3a2c62db-5318-420d-8d74-23affee5d9d5"
	ExchangeAdmin         = "29232cdf-9323-42fd-ade2-1d097af3e4de"
	SharePointAdmin       = "f28a1f50-f6e7-4571-818b-6a12f2af6b6c"
	ApplicationAdmin      = "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3"
	CloudApplicationAdmin = "158c047a-c907-4556-b7ef-446551a6b5f7"
	GuestInviter          = "95e79109-95c0-4d8e-aee3-d01accf2d47b"
	DirectoryReaders      = "88d8e3e3-8f55-4a1e-953a-9b9898b8876b"
	ReportsReader         = "4a5d8f65-41da-4de4-8968-e035b65339cf"
)

const entitlementActions = "microsoft.entitlementManagement/"

// definitions holds the roles of each provider. The display names are the
// API's, not the portal's: clients look roles up by exactly these.
var definitions = map[Provider][]Definition{
	EntitlementProvider: {
		{ID: string(CatalogOwner), DisplayName: "Catalog owner", Actions: []string{entitlementActions + "allEntities/allTasks"}},
		{ID: string(CatalogCreator), DisplayName: "Catalog creator", Tenant: true, Actions: []string{entitlementActions + "AccessPackageCatalog/Create"}},
		{ID: string(CatalogReader), DisplayName: "Catalog reader", Actions: []string{entitlementActions + "allEntities/Read"}},
		{ID: string(PackageManager), DisplayName: "AccessPackages manager", Actions: []string{
			entitlementActions + "AccessPackageCatalog/AccessPackage/allTasks", entitlementActions + "AccessPackageCatalog/allEntities/Read",
		}},
		{ID: string(AssignmentManager), DisplayName: "AccessPackage assignment manager", Actions: []string{
			entitlementActions + "AccessPackage/GrantRequests/allTasks", entitlementActions + "AccessPackage/Grants/allTasks",
			entitlementActions + "AccessPackageCatalog/allEntities/Read",
		}},
		{ID: string(ConnectedOrgAdmin), DisplayName: "Connected Organization Administrator", Tenant: true, Actions: []string{
			entitlementActions + "ConnectedOrganization/allTasks",
		}},
	},
	DirectoryProvider: {
		{ID: GlobalAdmin, DisplayName: "Global Administrator", Tenant: true},
		{ID: GovernanceAdmin, DisplayName: "Identity Governance Administrator", Tenant: true},
		{ID: GlobalReader, DisplayName: "Global Reader", Tenant: true},
		{ID: SecurityReader, DisplayName: "Security Reader", Tenant: true},
		{ID: SecurityAdmin, DisplayName: "Security Administrator", Tenant: true},
		{ID: ComplianceAdmin, DisplayName: "Compliance Administrator", Tenant: true},
		{ID: UserAdmin, DisplayName: "User Administrator", Tenant: true},
		{ID: PrivilegedRoleAdmin, DisplayName: "Privileged Role Administrator", Tenant: true},
		{ID: GroupsAdmin, DisplayName: "Groups Administrator", Tenant: true},
		{ID: IntuneAdmin, DisplayName: "Intune Administrator", Tenant: true},
		{ID: ExchangeAdmin, DisplayName: "Exchange Administrator", Tenant: true},
		{ID: SharePointAdmin, DisplayName: "SharePoint Administrator", Tenant: true},
		{ID: ApplicationAdmin, DisplayName: "Application Administrator", Tenant: true},
		{ID: CloudApplicationAdmin, DisplayName: "Cloud Application Administrator", Tenant: true},
		{ID: GuestInviter, DisplayName: "Guest Inviter", Tenant: true},
		{ID: DirectoryReaders, DisplayName: "Directory Readers", Tenant: true},
		{ID: ReportsReader, DisplayName: "Reports Reader", Tenant: true},
	},
}

// Definition is a role as /roleManagement shows it. Its description is its
// display name.
type Definition struct {
	ID          string
	DisplayName string
	Tenant      bool // given on the whole tenant, not on a catalog
	Actions     []string
}

// Definitions returns the roles of a provider, in a fixed order.
func Definitions(p Provider) []Definition { return definitions[p] }

// DefinitionOf finds a role of a provider by its id.
func DefinitionOf(p Provider, id string) (Definition, bool) {
	for _, d := range definitions[p] {
		if d.ID == id {
			return d, true
		}
	}
	return Definition{}, false
}
