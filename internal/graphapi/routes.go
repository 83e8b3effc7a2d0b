package graphapi

import "github.com/grantkeep/grantkeep/internal/authz"

// The roots of entitlement management and of its roles. Routes below them
// refuse in the words of entitlement management, all others in those of the
// directory.
const (
	em = "/identityGovernance/entitlementManagement"
	rm = "/roleManagement/entitlementManagement"
)

// The collections, with their names in both versions. Beta serves some under
// the names of v1.0 too (requests.md section 1).
const (
	catalogs         = em + "/catalogs|accessPackageCatalogs"
	catalog          = catalogs + "/{catalog}"
	extensions       = catalog + "/customWorkflowExtensions|accessPackageCustomWorkflowExtensions,!customAccessPackageWorkflowExtensions"
	packages         = em + "/accessPackages"
	accessPackage    = packages + "/{package}"
	available        = em + "/availableAccessPackages"
	suggestions      = em + "/accessPackageSuggestions"
	exceptions       = accessPackage + "/grantkeep.incompatibilityExceptions"
	emergencies      = em + "/grantkeep.emergencyReviews"
	roleScopes       = accessPackage + "/resourceRoleScopes|accessPackageResourceRoleScopes"
	resources        = em + "/resources|accessPackageResources"
	allRoleScopes    = em + "/resourceRoleScopes|accessPackageResourceRoleScopes"
	environments     = em + "/resourceEnvironments|accessPackageResourceEnvironments"
	resourceRequests = em + "/resourceRequests|accessPackageResourceRequests"
	policies         = em + "/assignmentPolicies,accessPackageAssignmentPolicies"
	policy           = policies + "/{policy}"
	packagePolicies  = accessPackage + "/assignmentPolicies,accessPackageAssignmentPolicies"
	pending          = policy + "/grantkeep.pendingChange"
	requests         = em + "/assignmentRequests|assignmentRequests,!accessPackageAssignmentRequests"
	request          = requests + "/{request}"
	assignments      = em + "/assignments|accessPackageAssignments,assignments"
	assignment       = assignments + "/{assignment}"
	assignedRoles    = em + "/accessPackageAssignmentResourceRoles"
	approvals        = em + "/accessPackageAssignmentApprovals"
	approval         = approvals + "/{approval}"
	stages           = approval + "/stages,steps"
	myOwn            = "/filterByCurrentUser(on={on:any})"
	directoryRoles   = "/roleManagement/directory"
	metadataPath     = "/$metadata"
	batchPath        = "/$batch"

	connectedOrgs = em + "/connectedOrganizations"
	connectedOrg  = connectedOrgs + "/{organization}"
	subjects      = em + "/subjects"
	subject       = subjects + "/{subject}"
	subjectOf     = subjects + "(objectId={object:any})"
	controls      = em + "/controlConfigurations"
	connectors    = em + "/externalOriginResourceConnectors"
)

// memberGroupReaders are the rights by one of which somebody may ask in which
// groups an object is: everybody may for oneself.
var memberGroupReaders = []authz.Action{authz.ReadMe, authz.ReadMembers, authz.ReadDirectoryObjects}

// routes returns all routes there are.
func routes() []route {
	table := []route{
		{"GET", em, both, entitlementRoot, signedIn},

		{"GET", catalogs, both, listCatalogs, signedIn},
		{"POST", catalogs, both, createCatalog, signedIn.toWrite(authz.CreateCatalog)},
		{"GET", catalogs + "/Search", betaOnly, listCatalogs, signedIn},
		{"GET", catalogs + "/$count", both, countCatalogs, signedIn},
		{"GET", catalogs + "(uniqueName={name:any})", both, getCatalogByName, signedIn},
		{"GET", catalog, both, getCatalog, signedIn},
		{"PATCH", catalog, both, updateCatalog, signedIn.toWrite(authz.EditCatalog)},
		{"DELETE", catalog, both, deleteCatalog, signedIn},
		{"GET", catalog + "/accessPackages", both, listPackages, signedIn},
		{"GET", catalog + "/resources|accessPackageResources", both, listResources, signedIn},
		{"GET", catalog + "/resources|accessPackageResources/$count", both, countResources, signedIn},
		{"GET", catalog + "/resources|accessPackageResources/{resource}", both, getResource, signedIn},
		{"GET", catalog + "/resources|accessPackageResources/{resource}/roles|accessPackageResourceRoles", both, listRolesOfResource, signedIn},
		{"GET", catalog + "/resources|accessPackageResources/{resource}/scopes|accessPackageResourceScopes", both, listScopesOfResource, signedIn},
		{"POST", catalog + "/resources|accessPackageResources/{resource}/refresh", both, refreshResource, signedIn.toWrite(authz.EditResources)},
		{"GET", catalog + "/resourceRoles|accessPackageResourceRoles", both, listResourceRoles, signedIn},
		{"GET", catalog + "/resourceScopes|accessPackageResourceScopes", both, listResourceScopes, signedIn},
		{"GET", extensions, both, listExtensions, signedIn},
		{"POST", extensions, both, createExtension, signedIn.toWrite(authz.EditExtensions)},
		{"GET", extensions + "/$count", both, countExtensions, signedIn},
		{"GET", extensions + "/{extension}", both, getExtension, signedIn},
		{"PUT", extensions + "/{extension}", both, replaceExtension, signedIn.toWrite(authz.EditExtensions)},
		{"PATCH", extensions + "/{extension}", both, updateExtension, signedIn.toWrite(authz.EditExtensions)},
		{"DELETE", extensions + "/{extension}", both, deleteExtension, signedIn},

		{"GET", resources, both, listResources, signedIn},
		{"GET", resources + "/$count", both, countResources, signedIn},
		{"GET", resources + "/{resource}", both, getResource, signedIn},
		{"GET", resources + "/{resource}/roles|accessPackageResourceRoles", both, listRolesOfResource, signedIn},
		{"GET", resources + "/{resource}/scopes|accessPackageResourceScopes", both, listScopesOfResource, signedIn},
		{"GET", resources + "/{resource}/environment|accessPackageResourceEnvironment", both, getEnvironmentOfResource, signedIn},
		{"POST", resources + "/{resource}/refresh", both, refreshResource, signedIn.toWrite(authz.EditResources)},
		{"GET", allRoleScopes, both, listAllRoleScopes, signedIn},
		{"GET", allRoleScopes + "/$count", both, countAllRoleScopes, signedIn},
		{"GET", allRoleScopes + "/{roleScope:any}", both, getAnyRoleScope, signedIn},
		{"GET", connectors, betaOnly, listOriginConnectors, signedIn},
		{"POST", connectors, betaOnly, createOriginConnector, signedIn.toWrite(authz.EditConnectors)},
		{"GET", connectors + "/$count", betaOnly, countOriginConnectors, signedIn},
		{"GET", connectors + "/{connector}", betaOnly, getOriginConnector, signedIn},
		{"PATCH", connectors + "/{connector}", betaOnly, updateOriginConnector, signedIn.toWrite(authz.EditConnectors)},
		{"DELETE", connectors + "/{connector}", betaOnly, deleteOriginConnector, signedIn},
		{"GET", environments, both, listEnvironments, signedIn},
		{"GET", environments + "/{environment}", both, getEnvironment, signedIn},
		{"GET", environments + "/{environment}/resources|accessPackageResources", both, listResourcesOfEnvironment, signedIn},

		{"GET", resourceRequests, both, listResourceRequests, signedIn},
		{"POST", resourceRequests, both, createResourceRequest, signedIn.toWrite(authz.EditResources)},
		{"GET", resourceRequests + "/{resourceRequest}", both, getResourceRequest, signedIn},

		{"GET", packages, both, listPackages, signedIn},
		{"POST", packages, both, createPackage, signedIn.toWrite(authz.EditPackages)},
		{"GET", packages + "/Search", betaOnly, listPackages, signedIn},
		{"GET", packages + "/$count", both, countPackages, signedIn},
		{"GET", packages + "(uniqueName={name:any})", both, getPackageByName, signedIn},
		{"GET", packages + myOwn, both, listMyPackages, asPerson},
		{"GET", packages + myOwn + "/$count", both, countMyPackages, asPerson},
		{"GET", accessPackage, both, getPackage, signedIn},
		{"PATCH", accessPackage, both, updatePackage, signedIn.toWrite(authz.EditPackages)},
		{"DELETE", accessPackage, both, deletePackage, signedIn},
		{"POST", accessPackage + "/moveToCatalog", both, movePackage, signedIn.toWrite(authz.EditPackages)},
		{"POST", accessPackage + "/getApplicablePolicyRequirements", both, listRequirements, asPerson.toWrite(authz.DiscoverPackages)},
		{"POST", packages + "(uniqueName={name:any})/getApplicablePolicyRequirements", both, listRequirements, asPerson.toWrite(authz.DiscoverPackages)},
		{"GET", accessPackage + "/catalog|accessPackageCatalog", both, getCatalogOfPackage, signedIn},
		{"GET", packagePolicies, both, listPolicies, signedIn},
		{"POST", packagePolicies, both, createPolicy, signedIn.toWrite(authz.EditPolicies)},
		{"GET", packagePolicies + "/$count", both, countPolicies, signedIn},
		{"GET", packagePolicies + "/{policy}", both, getPolicy, signedIn},
		{"GET", accessPackage + "/incompatibleAccessPackages", both, incompatiblePackages.list, signedIn},
		{"GET", accessPackage + "/incompatibleAccessPackages/$count", both, incompatiblePackages.count, signedIn},
		{"GET", accessPackage + "/incompatibleAccessPackages/$ref", both, incompatiblePackages.listRefs, signedIn},
		{"POST", accessPackage + "/incompatibleAccessPackages/$ref", both, incompatiblePackages.link, signedIn.toWrite(authz.EditPackages)},
		{"DELETE", accessPackage + "/incompatibleAccessPackages/{other}/$ref", both, incompatiblePackages.unlink, signedIn},
		{"GET", accessPackage + "/incompatibleGroups", both, incompatibleGroups.list, signedIn},
		{"GET", accessPackage + "/incompatibleGroups/$count", both, incompatibleGroups.count, signedIn},
		{"GET", accessPackage + "/incompatibleGroups/$ref", both, incompatibleGroups.listRefs, signedIn},
		{"POST", accessPackage + "/incompatibleGroups/$ref", both, incompatibleGroups.link, signedIn.toWrite(authz.EditPackages)},
		{"DELETE", accessPackage + "/incompatibleGroups/{other}/$ref", both, incompatibleGroups.unlink, signedIn},
		{"GET", accessPackage + "/accessPackagesIncompatibleWith", both, incompatibleWith.list, signedIn},
		{"GET", accessPackage + "/accessPackagesIncompatibleWith/$count", both, incompatibleWith.count, signedIn},
		{"GET", accessPackage + "/accessPackagesIncompatibleWith/$ref", both, incompatibleWith.listRefs, signedIn},
		{"GET", exceptions, both, listExceptions, signedIn},
		{"POST", exceptions, both, createException, asPerson.toWrite(authz.ApproveException)},
		{"GET", exceptions + "/$count", both, countExceptions, signedIn},
		{"GET", exceptions + "/{exception}", both, getException, signedIn},
		{"DELETE", exceptions + "/{exception}", both, deleteException, asPerson},
		{"GET", accessPackage + "/grantkeep.violations", both, listViolations, signedIn},
		{"GET", roleScopes, both, listRoleScopes, signedIn},
		{"POST", roleScopes, both, createRoleScope, signedIn.toWrite(authz.EditPackages)},
		{"GET", roleScopes + "/{roleScope:any}", both, getRoleScope, signedIn},
		{"DELETE", roleScopes + "/{roleScope:any}", both, deleteRoleScope, signedIn},

		{"GET", available, both, listAvailable, asPerson},
		{"GET", available + "/$count", both, countAvailable, asPerson},
		{"GET", available + "/{package}", both, getAvailable, asPerson},
		{"GET", available + "/{package}/resourceRoleScopes", both, listAvailableRoleScopes, signedIn},

		{"GET", suggestions + myOwn, both, listSuggestions, signedIn},
		{"GET", suggestions + myOwn + "/$count", both, countSuggestions, signedIn},

		{"GET", policies, both, listPolicies, signedIn},
		{"POST", policies, both, createPolicy, signedIn.toWrite(authz.EditPolicies)},
		{"GET", policies + "/$count", both, countPolicies, signedIn},
		{"GET", policy, both, getPolicy, signedIn},
		{"PUT", policy, both, replacePolicy, signedIn.toWrite(authz.EditPolicies)},
		{"PATCH", policy, both, updatePolicy, signedIn.toWrite(authz.EditPolicies)},
		{"DELETE", policy, both, deletePolicy, signedIn},
		{"GET", pending, both, getPendingChange, signedIn},
		{"GET", pending + "/usersToAdd", both, listUsersToAdd, signedIn},
		{"GET", pending + "/usersToRemove", both, listUsersToRemove, signedIn},
		{"POST", policy + "/grantkeep.confirmChange", both, confirmChange, signedIn},
		{"POST", policy + "/grantkeep.discardChange", both, discardChange, signedIn},
		{"GET", policy + "/customExtensionStageSettings", both, stageSettings.list, signedIn},
		{"POST", policy + "/customExtensionStageSettings", both, stageSettings.create, signedIn.toWrite(authz.EditPolicies)},
		{"GET", policy + "/customExtensionStageSettings/$count", both, stageSettings.count, signedIn},
		{"GET", policy + "/customExtensionStageSettings/{setting}", both, stageSettings.get, signedIn},
		{"DELETE", policy + "/customExtensionStageSettings/{setting}", both, stageSettings.delete, signedIn},
		{"GET", policy + "/customExtensionHandlers", betaOnly, extensionHandlers.list, signedIn},
		{"POST", policy + "/customExtensionHandlers", betaOnly, extensionHandlers.create, signedIn.toWrite(authz.EditPolicies)},
		{"GET", policy + "/customExtensionHandlers/$count", betaOnly, extensionHandlers.count, signedIn},
		{"GET", policy + "/customExtensionHandlers/{setting}", betaOnly, extensionHandlers.get, signedIn},
		{"DELETE", policy + "/customExtensionHandlers/{setting}", betaOnly, extensionHandlers.delete, signedIn},
		{"GET", policy + "/accessPackage", both, getPackageOfPolicy, signedIn},
		{"GET", policy + "/catalog|accessPackageCatalog", both, getCatalogOfPolicy, signedIn},
		{"GET", policy + "/questions", v1Only, listQuestions, signedIn},
		{"GET", policy + "/questions/$count", v1Only, countQuestions, signedIn},
		{"GET", policy + "/questions/{question}", v1Only, getQuestion, signedIn},

		{"GET", requests, both, listRequests, signedIn},
		{"POST", requests, both, createRequest, signedIn.toWrite(authz.MakeOwnRequest, authz.MakeAdminRequest)},
		{"GET", requests + "/$count", both, countRequests, signedIn},
		{"GET", requests + "/delta", both, requestDelta.serve, signedIn},
		{"GET", requests + myOwn, both, listMyRequests, asPerson},
		{"GET", requests + myOwn + "/$count", both, countMyRequests, asPerson},
		{"GET", requests + "/My", betaOnly, listRequestsForMe, asPerson},
		{"GET", request, both, getRequest, signedIn},
		{"DELETE", request, both, deleteRequest, signedIn},
		{"POST", request + "/cancel", both, cancelRequest, signedIn.toWrite(authz.CancelOwnRequest, authz.CancelAnyRequest)},
		{"POST", request + "/reprocess", both, reprocessRequest, signedIn},
		{"POST", request + "/resume", both, resumeRequest, signedIn.toWrite(authz.ResumeRequest)},
		{"GET", request + "/accessPackage", both, getPackageOfRequest, signedIn},
		{"GET", request + "/assignment|accessPackageAssignment", both, getAssignmentOfRequest, signedIn},
		{"GET", request + "/requestor", both, getRequestor, signedIn},
		{"GET", request + "/requestor/connectedOrganization", both, getOrganizationOfRequestor, signedIn},

		{"GET", assignments, both, listAssignments, signedIn},
		{"GET", assignments + "/$count", both, countAssignments, signedIn},
		{"GET", assignments + "/delta", both, assignmentDelta.serve, signedIn},
		{"GET", assignments + myOwn, both, listMyAssignments, asPerson},
		{"GET", assignments + myOwn + "/$count", both, countMyAssignments, asPerson},
		{"GET", assignments + "/My", betaOnly, listAssignmentsOfMine, asPerson},
		{"GET", assignments + "/additionalAccess()", both, listAdditional, asPerson},
		{"GET", assignments + "/additionalAccess(accessPackageId={package:any})", both, listAdditional, asPerson},
		{"GET", assignments + "/additionalAccess(incompatibleAccessPackageId={other:any})", both, listAdditional, asPerson},
		{"GET", assignments + "/additionalAccess(accessPackageId={package:any},incompatibleAccessPackageId={other:any})", both, listAdditional, asPerson},
		{"GET", assignment, both, getAssignment, signedIn},
		{"POST", assignment + "/reprocess", both, reprocessAssignment, signedIn},
		{"GET", assignment + "/accessPackage", both, getPackageOfAssignment, signedIn},
		{"GET", assignment + "/assignmentPolicy|accessPackageAssignmentPolicy", both, getPolicyOfAssignment, signedIn},
		{"GET", assignment + "/target", both, getTarget, signedIn},
		{"GET", assignment + "/accessPackageAssignmentRequests", betaOnly, listRequestsOfAssignment, signedIn},
		{"GET", assignment + "/accessPackageAssignmentResourceRoles", betaOnly, listRolesOfAssignment, signedIn},

		{"GET", assignedRoles, betaOnly, listAssignedRoles, signedIn},
		{"GET", assignedRoles + "/$count", betaOnly, countAssignedRoles, signedIn},
		{"GET", assignedRoles + "/My", betaOnly, listMyAssignedRoles, asPerson},
		{"GET", assignedRoles + "/{assignedRole}", betaOnly, getAssignedRole, signedIn},
		{"GET", assignedRoles + "/{assignedRole}/accessPackageAssignments", betaOnly, listAssignmentsOfRole, signedIn},
		{"GET", assignment + "/target/connectedOrganization", both, getOrganizationOfTarget, signedIn},

		{"GET", approvals, both, listApprovals, signedIn},
		{"GET", approvals + "/$count", both, countApprovals, signedIn},
		{"GET", approvals + myOwn, both, listMyApprovals, asPerson},
		{"GET", approvals + myOwn + "/$count", both, countMyApprovals, asPerson},
		{"GET", approval, both, getApproval, asPerson},
		{"GET", stages, both, allStages.list, asPerson},
		{"GET", stages + "/$count", both, allStages.count, asPerson},
		{"GET", stages + "/{stage}", both, allStages.get, asPerson},
		{"GET", approval + "/completedSteps", betaOnly, completedStages.list, asPerson},
		{"GET", approval + "/completedSteps/{stage}", betaOnly, completedStages.get, asPerson},
		{"GET", approval + "/pendingSteps", betaOnly, pendingStages.list, asPerson},
		{"GET", approval + "/pendingSteps/{stage}", betaOnly, pendingStages.get, asPerson},
		{"PATCH", stages + "/{stage}", both, decideStage, asPerson.toWrite(authz.DecideApproval)},

		{"GET", emergencies, both, listEmergencies, signedIn},
		{"GET", emergencies + "/$count", both, countEmergencies, signedIn},
		{"GET", emergencies + myOwn, both, listMyEmergencies, asPerson},
		{"GET", emergencies + myOwn + "/$count", both, countMyEmergencies, asPerson},
		{"GET", emergencies + "/{emergency}", both, getEmergency, signedIn},
		{"PATCH", emergencies + "/{emergency}", both, reviewEmergency, asPerson.toWrite(authz.ReviewEmergency, authz.ReviewAnyEmergency)},

		{"GET", connectedOrgs, both, listOrganizations, signedIn},
		{"POST", connectedOrgs, both, createOrganization, signedIn.toWrite(authz.EditOrganizations)},
		{"GET", connectedOrgs + "/$count", both, countOrganizations, signedIn},
		{"GET", connectedOrg, both, getOrganization, signedIn},
		{"PATCH", connectedOrg, both, updateOrganization, signedIn.toWrite(authz.EditOrganizations)},
		{"DELETE", connectedOrg, both, deleteOrganization, signedIn},

		{"GET", em + "/settings", both, getSettings, signedIn},
		{"PATCH", em + "/settings", both, updateSettings, signedIn.toWrite(authz.EditSettings)},
		{"GET", controls, both, listControls, signedIn},
		{"POST", controls, both, createControl, signedIn.toWrite(authz.EditSettings)},
		{"GET", controls + "/{control:any}", both, getControl, signedIn},
		{"PATCH", controls + "/{control:any}", both, updateControl, signedIn.toWrite(authz.EditSettings)},
		{"DELETE", controls + "/{control:any}", both, deleteControl, signedIn},

		{"GET", subjects, both, listSubjects, signedIn},
		{"GET", subjects + "/$count", both, countSubjects, signedIn},
		{"GET", subject, both, getSubject, signedIn},
		{"PATCH", subject, both, updateSubject, signedIn.toWrite(authz.EditSubjects)},
		{"GET", subject + "/connectedOrganization", both, getOrganizationOfSubject, signedIn},
		{"GET", subjectOf, both, getSubject, signedIn},
		{"PATCH", subjectOf, both, updateSubject, signedIn.toWrite(authz.EditSubjects)},
		{"GET", subjectOf + "/connectedOrganization", both, getOrganizationOfSubject, signedIn},

		{"GET", rm + "/roleDefinitions", both, entitlementRoles.listDefinitions, signedIn},
		{"GET", rm + "/roleDefinitions/{definition}", both, entitlementRoles.getDefinition, signedIn},
		{"GET", rm + "/resourceNamespaces", both, entitlementRoles.listNamespaces, signedIn},
		{"GET", rm + "/resourceNamespaces/{namespace:any}", both, entitlementRoles.getNamespace, signedIn},
		{"GET", rm + "/resourceNamespaces/{namespace:any}/resourceActions", both, entitlementRoles.listActions, signedIn},
		{"GET", rm + "/resourceNamespaces/{namespace:any}/resourceActions/{action:any}", both, entitlementRoles.getAction, signedIn},
		{"GET", rm + "/roleAssignments", both, entitlementRoles.list, signedIn},
		{"POST", rm + "/roleAssignments", both, entitlementRoles.assign, signedIn.toWrite(authz.EditCatalogRoles)},
		{"GET", rm + "/roleAssignments/{assignment}", both, entitlementRoles.get, signedIn},
		{"DELETE", rm + "/roleAssignments/{assignment}", both, entitlementRoles.unassign, signedIn},
		{"GET", directoryRoles + "/roleDefinitions", both, tenantRoles.listDefinitions, signedIn},
		{"GET", directoryRoles + "/roleDefinitions/{definition}", both, tenantRoles.getDefinition, signedIn},
		{"GET", directoryRoles + "/roleAssignments", both, tenantRoles.list, signedIn},
		{"POST", directoryRoles + "/roleAssignments", both, tenantRoles.assign, signedIn.toWrite(authz.EditDirectoryRoles)},
		{"GET", directoryRoles + "/roleAssignments/{assignment}", both, tenantRoles.get, signedIn},
		{"DELETE", directoryRoles + "/roleAssignments/{assignment}", both, tenantRoles.unassign, signedIn},

		{"GET", "/users/delta", both, users.delta, signedIn},
		{"GET", "/groups/delta", both, groups.delta, signedIn},
		{"GET", "/me", both, getMe, asMyself},
		{"GET", "/me/manager", both, getManager, asMyself},
		{"GET", "/me/memberOf", both, listMemberOf, asMyself},
		{"GET", "/me/transitiveMemberOf", both, listTransitiveMemberOf, asMyself},
		{"GET", "/users/{object:any}/manager", both, getManager, signedIn},
		{"PUT", "/users/{object:any}/manager/$ref", both, setManager, signedIn.toWrite(authz.EditUsers)},
		{"DELETE", "/users/{object:any}/manager/$ref", both, removeManager, signedIn},
		{"GET", "/users/{object:any}/sponsors", both, listSponsors, signedIn},
		{"GET", "/users/{object:any}/sponsors/$ref", both, listSponsorRefs, signedIn},
		{"POST", "/users/{object:any}/sponsors/$ref", both, addSponsor, signedIn.toWrite(authz.EditUsers)},
		{"DELETE", "/users/{object:any}/sponsors/{sponsor}/$ref", both, removeSponsor, signedIn},
		{"POST", "/invitations", both, createInvitation, signedIn.toWrite(authz.InviteGuests)},

		{"GET", "/groups/{object}/members", both, members.list, signedIn},
		{"GET", "/groups/{object}/members/$count", both, members.count, signedIn},
		{"GET", "/groups/{object}/members/microsoft.graph.user", both, members.listUsers, signedIn},
		{"POST", "/groups/{object}/members/$ref", both, members.add, signedIn.toWrite(authz.EditMembers)},
		{"DELETE", "/groups/{object}/members/{member}/$ref", both, members.remove, signedIn},
		{"DELETE", "/groups/{object}/members/{member}", both, members.refuseDelete, signedIn.toWrite(authz.EditMembers)},
		{"GET", "/groups/{object}/transitiveMembers", both, listDeepMembers, signedIn},
		{"GET", "/groups/{object}/transitiveMembers/$count", both, countDeepMembers, signedIn},
		{"GET", "/groups/{object}/transitiveMembers/microsoft.graph.user", both, listDeepUsers, signedIn},
		{"GET", "/groups/{object}/owners", both, owners.list, signedIn},
		{"GET", "/groups/{object}/owners/$count", both, owners.count, signedIn},
		{"POST", "/groups/{object}/owners/$ref", both, owners.add, signedIn.toWrite(authz.EditGroups)},
		{"DELETE", "/groups/{object}/owners/{member}/$ref", both, owners.remove, signedIn},
		{"DELETE", "/groups/{object}/owners/{member}", both, owners.refuseDelete, signedIn.toWrite(authz.EditGroups)},

		{"GET", "/servicePrincipals(appId={appId:any})", both, getByAppID, signedIn},
		{"GET", "/servicePrincipals/{object}/appRoleAssignedTo", both, listAppRolesGiven, signedIn},
		{"POST", "/servicePrincipals/{object}/appRoleAssignedTo", both, giveAppRole, signedIn.toWrite(authz.EditAppRoles)},
		{"DELETE", "/servicePrincipals/{object}/appRoleAssignedTo/{appRole:any}", both, takeAppRole, signedIn},

		{"POST", "/directoryObjects/getByIds", both, getObjectsByID, signedIn.toWrite(authz.ReadDirectoryObjects)},
		{"GET", "/directoryObjects/{object}", both, getObject, signedIn},
		{"DELETE", "/directory/deletedItems/{object}", both, purgeObject, signedIn},
		{"GET", "/directory/deletedItems/{object}", both, getDeleted, signedIn},
		{"POST", "/directory/deletedItems/{object}/restore", both, restoreObject, signedIn.toWrite(authz.EditUsers, authz.EditGroups, authz.EditApplications)},
		{"GET", "/directory/deletedItems/microsoft.graph.user", both, users.listDeleted, signedIn},
		{"GET", "/directory/deletedItems/microsoft.graph.group", both, groups.listDeleted, signedIn},
		{"GET", "/directory/deletedItems/microsoft.graph.servicePrincipal", both, servicePrincipals.listDeleted, signedIn},
		{"POST", "/me/checkMemberGroups", both, checkMemberGroups, asMyself.toWrite(memberGroupReaders...)},
		{"POST", "/me/getMemberGroups", both, getMemberGroups, asMyself.toWrite(memberGroupReaders...)},
		{"POST", "/directoryObjects/{object}/checkMemberGroups", both, checkMemberGroups, signedIn.toWrite(memberGroupReaders...)},
		{"POST", "/directoryObjects/{object}/getMemberGroups", both, getMemberGroups, signedIn.toWrite(memberGroupReaders...)},
		{"GET", "/auditLogs/directoryAudits", both, listAudits, signedIn},
		{"GET", "/auditLogs/directoryAudits/$count", both, countAudits, signedIn},
		{"GET", "/auditLogs/directoryAudits/{audit}", both, getAudit, signedIn},
		{"GET", "/subscriptions", both, listSubscriptions, signedIn},
		{"POST", "/subscriptions", both, createSubscription, signedIn.toWrite(authz.ReadRequests)},
		{"GET", "/subscriptions/{subscription}", both, getSubscription, signedIn},
		{"PATCH", "/subscriptions/{subscription}", both, renewSubscription, signedIn.toWrite(authz.ReadRequests)},
		{"DELETE", "/subscriptions/{subscription}", both, deleteSubscription, signedIn},
		{"POST", "/subscriptions/{subscription}/reauthorize", both, reauthorizeSubscription, signedIn},
		{"GET", "/organization", both, listOrganization, signedIn},
		{"GET", "/domains", both, listDomains, signedIn},
		{"GET", "/domains/{domain:any}", both, getDomain, signedIn},
		{"GET", "/metadata/endpoints", outside, endpoints, anonymous},
		{"GET", metadataPath, both, getMetadata, anonymous},
		{"GET", openAPIPath, both, getOpenAPI, anonymous},
		{"POST", batchPath, both, postBatch, signedIn},
	}
	for _, resource := range []string{resources + "/{resource}", catalog + "/resources|accessPackageResources/{resource}"} {
		table = append(table, uploadRoutes(resource)...)
	}
	for _, sp := range []sponsorship{internalSponsors, externalSponsors} {
		at := connectedOrg + "/" + string(sp.kind)
		table = append(table,
			route{"GET", at, both, sp.list, signedIn},
			route{"GET", at + "/$count", both, sp.count, signedIn},
			route{"GET", at + "/$ref", both, sp.listRefs, signedIn},
			route{"POST", at + "/$ref", both, sp.add, signedIn.toWrite(authz.EditOrganizations)},
			route{"DELETE", at + "/{sponsor}/$ref", both, sp.remove, signedIn},
		)
	}
	for _, k := range []kind{users, groups, servicePrincipals} {
		at, object := "/"+k.collection, "/"+k.collection+k.key
		table = append(table,
			route{"GET", at, both, k.list, signedIn},
			route{"POST", at, both, k.create, signedIn.toWrite(k.creates)},
			route{"GET", at + "/$count", both, k.count, signedIn},
			route{"GET", object, both, k.get, signedIn},
			route{"PATCH", object, both, k.update, signedIn.toWrite(k.edits)},
			route{"DELETE", object, both, k.delete, signedIn},
			route{"GET", object + "/memberOf", both, listMemberOf, signedIn},
			route{"GET", object + "/transitiveMemberOf", both, listTransitiveMemberOf, signedIn},
			route{"POST", object + "/checkMemberGroups", both, checkMemberGroups, signedIn.toWrite(memberGroupReaders...)},
			route{"POST", object + "/getMemberGroups", both, getMemberGroups, signedIn.toWrite(memberGroupReaders...)},
			route{"GET", object + "/appRoleAssignments", both, listAppRolesHeld, signedIn},
			route{"POST", object + "/appRoleAssignments", both, giveAppRole, signedIn.toWrite(authz.EditAppRoles)},
			route{"DELETE", object + "/appRoleAssignments/{appRole:any}", both, takeAppRole, signedIn},
		)
	}
	return table
}
