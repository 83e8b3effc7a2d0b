package graphapi

import "github.com/grantkeep/grantkeep/internal/graphapi/wire"

// leastPercent is how much of what is published is served at least.
var leastPercent = map[wire.Version]float64{wire.V1: 69, wire.Beta: 62}

// Reasons that stand for several things.
const (
	noSuggestions  = "not yet: suggestions"
	noSubjects     = "not yet: stored for no subject"
	noAttributes   = "not yet: attributes of resources"
	noEnvironments = "not yet: environments of resources"
	noConnectors   = "not yet: connectors of resources elsewhere"
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
	"accessPackageAssignmentRequestCallbackData":                 noAnswers,
	"assignmentRequestApprovalStageCallbackData":                 noAnswers,
	"customExtensionCalloutRequest":                              noAnswers,
	"customExtensionData":                                        noAnswers,
	"customExtensionHandler":                                     noAnswers,
	"beta accessPackageAssignmentPolicy.customExtensionHandlers": noAnswers,

	"accessPackageSuggestion":                           noSuggestions,
	"accessPackageSuggestionReason":                     noSuggestions,
	"accessPackageSuggestionRelatedPeopleBased":         noSuggestions,
	"accessPackageSuggestionSelfAssignmentHistoryBased": noSuggestions,
	"Collection(accessPackageSuggestion)":               noSuggestions,
	"entitlementManagement.accessPackageSuggestions":    noSuggestions,
	"accessPackageSubjectType.notSpecified":             noSubjects,
	"accessPackageResourceAttribute":                    noAttributes,
	"accessPackageResourceAttributeDestination":         noAttributes,
	"accessPackageResourceAttributeQuestion":            noAttributes,
	"accessPackageResourceAttributeSource":              noAttributes,
	"accessPackageUserDirectoryAttributeStore":          noAttributes,

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

	"accessPackageAnswer":                   noAnswers,
	"accessPackageAnswerString":             noAnswers,
	"identity":                              noAnswers,
	"unifiedRolePermission":                 noAnswers,
	"accessPackageRequestType.notSpecified": noAnswers,

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

	"EM/catalogs/{accessPackageCatalogId}/resources":                           noResources,
	"EM/accessPackageCatalogs/{accessPackageCatalogId}/accessPackageResources": noResources,
	"EM/accessPackages/{accessPackageId}/moveToCatalog":                        noResources,
	"EM/resourceEnvironments":                                                  noEnvironments,
	"EM/accessPackageResourceEnvironments":                                     noEnvironments,
	"EM/resourceRoleScopes":                                                    noResources,
	"EM/accessPackageResourceRoleScopes":                                       noResources,
	"EM/resources":                                                             noResources,
	"EM/accessPackageResources":                                                noResources,
	"EM/resources/{accessPackageResourceId}/uploadSessions":                    noUploads,
	"EM/accessPackageResources/{accessPackageResourceId}/uploadSessions":       noUploads,
	"EM/accessPackageSuggestions":                                              noSuggestions,
	"EM/externalOriginResourceConnectors":                                      noConnectors,
	"EM/accessOrchestratorRequests":                                            noOrchestrator,
}
