package graphapi

import "github.com/grantkeep/grantkeep/internal/graphapi/wire"

// leastPercent is how much of what is published is served at least.
var leastPercent = map[wire.Version]float64{wire.V1: 69, wire.Beta: 62}

// Reasons that stand for several things.
const (
	noExtensions   = "not yet: custom workflow extensions"
	noOrganization = "not yet: connected organizations"
	noSettings     = "not yet: settings of the tenant"
	noSuggestions  = "not yet: suggestions"
	noSubjects     = "not yet: subjects as a collection of their own"
	noAttributes   = "not yet: attributes of resources"
	noGivenRoles   = "not yet: the resource roles that assignments give"
	noEnvironments = "not yet: environments of resources"
	noConnectors   = "not yet: connectors of resources elsewhere"
	noAdditional   = "not yet: who has access beside an incompatible package"
	noResources    = "not yet: resources and role scopes outside their catalogs and packages"
	noActions      = "not yet: the actions behind role definitions"
	noAnswers      = "not yet: declared as a type"
	noUploads      = "will not: uploaded data belongs to access reviews of data from elsewhere, which are not served"
	noRisk         = "will not: approval by risk needs a service that rates people"
	noCredentials  = "will not: verified credentials need a service that checks them; requirements are stored and answered"
	noOrchestrator = "will not: only its permissions are published, and no schema"
)

// notServed says why something published is missing: a type, a member of it,
// an action or a function bound to it, or an operation. An entry covers what
// is inside, and both versions unless it begins with one.
var notServed = map[string]string{
	"accessPackageAssignmentRequestCallbackData":                 noExtensions,
	"accessPackageAssignmentRequestWorkflowExtension":            noExtensions,
	"accessPackageAssignmentWorkflowExtension":                   noExtensions,
	"accessPackageCatalog.accessPackageCustomWorkflowExtensions": noExtensions,
	"accessPackageCatalog.customAccessPackageWorkflowExtensions": noExtensions,
	"accessPackageCatalog.customWorkflowExtensions":              noExtensions,
	"accessPackageCustomExtensionHandlerStatus":                  noExtensions,
	"accessPackageDynamicApprovalStage":                          noExtensions,
	"accessPackageRequestApprovalStageCallbackConfiguration":     noExtensions,
	"accessPackageAssignmentRequest/resume":                      noExtensions,
	"assignmentRequestApprovalStageCallbackData":                 noExtensions,
	"azureAdPopTokenAuthentication":                              noExtensions,
	"azureAdTokenAuthentication":                                 noExtensions,
	"customAccessPackageWorkflowExtension":                       noExtensions,
	"customCalloutExtension":                                     noExtensions,
	"customExtensionAuthenticationConfiguration":                 noExtensions,
	"customExtensionCallbackConfiguration":                       noExtensions,
	"customExtensionCalloutInstance":                             noExtensions,
	"customExtensionCalloutInstanceStatus":                       noExtensions,
	"customExtensionCalloutRequest":                              noExtensions,
	"customExtensionClientConfiguration":                         noExtensions,
	"customExtensionData":                                        noExtensions,
	"customExtensionEndpointConfiguration":                       noExtensions,
	"customExtensionHandler":                                     noExtensions,
	"customExtensionHandlerInstance":                             noExtensions,
	"httpRequestEndpoint":                                        noExtensions,
	"logicAppTriggerEndpointConfiguration":                       noExtensions,
	"beta accessPackageAssignmentPolicy.customExtensionHandlers": noExtensions,

	"connectedOrganization":                        noOrganization,
	"connectedOrganizationState":                   noOrganization,
	"azureActiveDirectoryTenant":                   noOrganization,
	"crossCloudAzureActiveDirectoryTenant":         noOrganization,
	"domainIdentitySource":                         noOrganization,
	"externalDomainFederation":                     noOrganization,
	"identitySource":                               noOrganization,
	"socialIdentitySource":                         noOrganization,
	"socialIdentitySourceType":                     noOrganization,
	"entitlementManagement.connectedOrganizations": noOrganization,

	"entitlementManagementSettings":                    noSettings,
	"accessPackageExternalUserLifecycleAction":         noSettings,
	"controlConfiguration":                             noSettings,
	"endUserSettings":                                  noSettings,
	"accessPackageSuggestionRelatedPeopleInsightLevel": noSettings,
	"entitlementManagement.settings":                   noSettings,
	"entitlementManagement.controlConfigurations":      noSettings,

	"accessPackageSuggestion":                                      noSuggestions,
	"accessPackageSuggestionReason":                                noSuggestions,
	"accessPackageSuggestionRelatedPeopleBased":                    noSuggestions,
	"accessPackageSuggestionSelfAssignmentHistoryBased":            noSuggestions,
	"Collection(accessPackageSuggestion)":                          noSuggestions,
	"entitlementManagement.accessPackageSuggestions":               noSuggestions,
	"accessPackageSubjectLifecycle":                                noSubjects,
	"accessPackageSubjectType.notSpecified":                        noSubjects,
	"entitlementManagement.subjects":                               noSubjects,
	"accessPackageResourceAttribute":                               noAttributes,
	"accessPackageResourceAttributeDestination":                    noAttributes,
	"accessPackageResourceAttributeQuestion":                       noAttributes,
	"accessPackageResourceAttributeSource":                         noAttributes,
	"accessPackageUserDirectoryAttributeStore":                     noAttributes,
	"accessPackageAssignment.accessPackageAssignmentResourceRoles": noGivenRoles,
	"accessPackageAssignmentResourceRole":                          noGivenRoles,
	"Collection(accessPackageAssignmentResourceRole)":              noGivenRoles,
	"entitlementManagement.accessPackageAssignmentResourceRoles":   noGivenRoles,

	"accessPackageResourceEnvironment":                       noEnvironments,
	"accessPackageResource.environment":                      noEnvironments,
	"accessPackageResource.accessPackageResourceEnvironment": noEnvironments,
	"connectionInfo": noEnvironments,
	"entitlementManagement.resourceEnvironments":              noEnvironments,
	"entitlementManagement.accessPackageResourceEnvironments": noEnvironments,

	"externalOriginResourceConnector":                        noConnectors,
	"accessPackageResource.externalOriginResourceConnector":  noConnectors,
	"authenticationInfo":                                     noConnectors,
	"clientCredentialAuthenticationInfo":                     noConnectors,
	"connectorType":                                          noConnectors,
	"externalSapAcConnectionInfo":                            noConnectors,
	"externalTokenBasedSapIagConnectionInfo":                 noConnectors,
	"entitlementManagement.externalOriginResourceConnectors": noConnectors,

	"entitlementManagement.resourceRoleScopes":              noResources,
	"entitlementManagement.accessPackageResourceRoleScopes": noResources,
	"entitlementManagement.resources":                       noResources,
	"entitlementManagement.accessPackageResources":          noResources,
	"accessPackageResource/refresh":                         noResources,
	"accessPackage/moveToCatalog":                           noResources,
	"accessPackageResourceRequest.catalog":                  noResources,
	"accessPackageResourceRequest.requestor":                noResources,
	"accessPackageResourceRole.type":                        noResources,
	"roleType":                                              noResources,

	"appScope":                                    noActions,
	"authenticationContextClassReference":         noActions,
	"rbacApplication.resourceNamespaces":          noActions,
	"unifiedRbacResourceAction":                   noActions,
	"unifiedRbacResourceNamespace":                noActions,
	"unifiedRbacResourceScope":                    noActions,
	"unifiedRoleAssignment.appScope":              noActions,
	"unifiedRoleAssignment.directoryScope":        noActions,
	"unifiedRoleDefinition.allowedPrincipalTypes": noActions,
	"allowedRolePrincipalTypes":                   noActions,

	"accessPackageAnswer":                     noAnswers,
	"accessPackageAnswerString":               noAnswers,
	"approval.completedSteps":                 noAnswers,
	"approval.pendingSteps":                   noAnswers,
	"identity":                                noAnswers,
	"unifiedRolePermission":                   noAnswers,
	"requestActivity":                         noAnswers,
	"accessPackageRequestType.notSpecified":   noAnswers,
	"accessPackageRequestType.approverRemove": noAnswers,

	"Collection(accessPackageAssignment)":        noAdditional,
	"Collection(accessPackageAssignmentRequest)": noAdditional,
	"accessPackageAssignment/reprocess":          noAdditional,

	"accessPackageResource.uploadSessions":                noUploads,
	"customDataProvidedResource":                          noUploads,
	"customDataProvidedResourceAccessReviewUploadSession": noUploads,
	"customDataProvidedResourceFile":                      noUploads,
	"customDataProvidedResourceUploadSession":             noUploads,
	"customDataProvidedResourceUploadStats":               noUploads,
	"customDataProvidedResourceUploadStatus":              noUploads,
	"v1.0 data":                                           noUploads,

	"entraIdProtectionRiskyUserApproval":  noRisk,
	"insiderRiskyUserApproval":            noRisk,
	"purviewInsiderRiskManagementLevel":   noRisk,
	"riskLevel":                           noRisk,
	"accessPackageCatalog.privilegeLevel": "will not: it appears in the newest SDK only, without a meaning",
	"privilegeLevel":                      "will not: it appears in the newest SDK only, without a meaning",

	"verifiableCredentialRequired":          noCredentials,
	"verifiableCredentialRequirementStatus": noCredentials,
	"verifiableCredentialRetrieved":         noCredentials,
	"verifiableCredentialVerified":          noCredentials,
	"verifiedCredentialClaims":              noCredentials,
	"verifiedCredentialData":                noCredentials,

	"GET EM": "not yet", "POST EM": "not yet", "PUT EM": "not yet", "PATCH EM": "not yet", "DELETE EM": "not yet",
}
