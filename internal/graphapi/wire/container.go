package wire

import "slices"

// SetInfo is what stands directly below a version: an entity set or a
// singleton.
type SetInfo struct {
	Name, Type string
	Collection bool
}

// roots are the beginnings of all paths.
var roots = []SetInfo{
	{"directory", "directory", false},
	{"directoryObjects", "directoryObject", true},
	{"groups", "group", true},
	{"identityGovernance", "identityGovernance", false},
	{"me", "user", false},
	{"roleManagement", "roleManagement", false},
	{"servicePrincipals", "servicePrincipal", true},
	{"subscriptions", "subscription", true},
	{"users", "user", true},
}

// Sets lists the beginnings of all paths, in the order of their names.
func Sets() []SetInfo { return slices.Clone(roots) }

// reach is a navigation that has a path of its own and is never expanded.
type reach struct {
	names  Names
	to     Names // the type at its end
	single bool
	part   bool // the objects at its end are part of the one it starts at
}

// reaches lists them by the type they start at. A type that is declared
// nowhere else is there for them only.
var reaches = map[string][]reach{
	"identityGovernance": {{names: both("entitlementManagement"), to: both("entitlementManagement"), single: true, part: true}},
	"roleManagement": {
		{names: both("directory"), to: both("rbacApplication"), single: true, part: true},
		{names: both("entitlementManagement"), to: both("rbacApplication"), single: true, part: true},
	},
	"rbacApplication": {
		{names: both("resourceNamespaces"), to: both("unifiedRbacResourceNamespace"), part: true},
		{names: both("roleAssignments"), to: both("unifiedRoleAssignment"), part: true},
		{names: both("roleDefinitions"), to: both("unifiedRoleDefinition"), part: true},
	},
	"directory": {{names: both("deletedItems"), to: both("directoryObject"), part: true}},
	"entitlementManagement": {
		{names: both("accessPackageAssignmentApprovals"), to: both("approval"), part: true},
		{names: renamed("assignmentPolicies", "accessPackageAssignmentPolicies"), to: both("accessPackageAssignmentPolicy"), part: true},
		{names: both("assignmentRequests"), to: both("accessPackageAssignmentRequest"), part: true},
		{names: onlyBeta("accessPackageAssignmentRequests"), to: both("accessPackageAssignmentRequest"), part: true},
		{names: onlyBeta("accessPackageAssignmentResourceRoles"), to: both("accessPackageAssignmentResourceRole"), part: true},
		{names: renamed("assignments", "accessPackageAssignments"), to: both("accessPackageAssignment"), part: true},
		{names: both("accessPackages"), to: both("accessPackage"), part: true},
		{names: both("accessPackageSuggestions"), to: both("accessPackageSuggestion"), part: true},
		{names: both("availableAccessPackages"), to: both("availableAccessPackage"), part: true},
		{names: renamed("catalogs", "accessPackageCatalogs"), to: both("accessPackageCatalog"), part: true},
		{names: both("connectedOrganizations"), to: both("connectedOrganization"), part: true},
		{names: both("controlConfigurations"), to: both("controlConfiguration"), part: true},
		{names: onlyBeta("externalOriginResourceConnectors"), to: both("externalOriginResourceConnector"), part: true},
		{names: renamed("resourceEnvironments", "accessPackageResourceEnvironments"), to: both("accessPackageResourceEnvironment"), part: true},
		{names: renamed("resourceRequests", "accessPackageResourceRequests"), to: both("accessPackageResourceRequest"), part: true},
		{names: renamed("resourceRoleScopes", "accessPackageResourceRoleScopes"), to: both("accessPackageResourceRoleScope"), part: true},
		{names: renamed("resources", "accessPackageResources"), to: both("accessPackageResource"), part: true},
		{names: both("settings"), to: both("entitlementManagementSettings"), single: true, part: true},
		{names: both("subjects"), to: both("accessPackageSubject"), part: true},
	},
	"accessPackageCatalog": {
		{names: renamed("resourceRoles", "accessPackageResourceRoles"), to: both("accessPackageResourceRole"), part: true},
		{names: renamed("resourceScopes", "accessPackageResourceScopes"), to: both("accessPackageResourceScope"), part: true},
		{names: renamed("customWorkflowExtensions", "accessPackageCustomWorkflowExtensions"), to: both("customCalloutExtension"), part: true},
		{names: onlyBeta("customAccessPackageWorkflowExtensions"), to: both("customAccessPackageWorkflowExtension"), part: true},
	},
	"user": {
		{names: both("appRoleAssignments"), to: both("appRoleAssignment"), part: true},
		{names: both("manager"), to: both("directoryObject"), single: true},
		{names: both("memberOf"), to: both("directoryObject")},
		{names: both("transitiveMemberOf"), to: both("directoryObject")},
	},
	"group": {
		{names: both("appRoleAssignments"), to: both("appRoleAssignment"), part: true},
		{names: both("memberOf"), to: both("directoryObject")},
		{names: both("members"), to: both("directoryObject")},
		{names: both("owners"), to: both("directoryObject")},
		{names: both("transitiveMemberOf"), to: both("directoryObject")},
		{names: both("transitiveMembers"), to: both("directoryObject")},
	},
	"servicePrincipal": {
		{names: both("appRoleAssignedTo"), to: both("appRoleAssignment"), part: true},
		{names: both("appRoleAssignments"), to: both("appRoleAssignment"), part: true},
		{names: both("memberOf"), to: both("directoryObject")},
		{names: both("transitiveMemberOf"), to: both("directoryObject")},
	},
}

// keyless are the types of singletons that have no id.
var keyless = []string{"directory", "identityGovernance", "roleManagement"}

// withContainers adds the navigations that have paths only, and the types
// that consist of them.
func withContainers(types []TypeInfo, v Version) []TypeInfo {
	for name, list := range reaches {
		at := slices.IndexFunc(types, func(t TypeInfo) bool { return t.Name == name })
		if at < 0 {
			at = len(types)
			types = append(types, TypeInfo{Name: name, Entity: true})
			if !slices.Contains(keyless, name) {
				types[at].Properties = []PropertyInfo{{Name: "id", Type: "Edm.String", ReadOnly: true}}
			}
		}
		t := &types[at]
		for _, r := range list {
			if n := r.names.In(v); n != "" && !t.has(n) {
				t.Properties = append(t.Properties, r.describe(v))
			}
		}
	}
	return types
}

func (r reach) describe(v Version) PropertyInfo {
	to := "graph." + r.to.In(v)
	if !r.single {
		to = "Collection(" + to + ")"
	}
	return PropertyInfo{Name: r.names.In(v), Type: to, Nullable: true, ReadOnly: true, Navigation: true, Contained: r.part, PathOnly: true}
}
