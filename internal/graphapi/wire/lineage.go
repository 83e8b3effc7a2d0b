package wire

import "slices"

// lineage names what a type extends in each version. Entities that are not
// listed extend entity, which has their id; complex types extend nothing.
var lineage = func() map[string]Names {
	of := map[string]Names{"accessPackageQuestion": onlyV1("entity")}
	for base, types := range map[Names][]string{
		renamed("subjectSet", "userSet"): {
			"attributeRuleMembers", "connectedOrganizationMembers", "externalSponsors", "groupMembers", "internalSponsors", "requestorManager",
			"singleServicePrincipal", "singleUser", "targetAgentIdentitySponsorsOrOwners", "targetApplicationOwners", "targetManager", "targetUserSponsors",
		},
		renamed("accessPackageApprovalStage", "approvalStage"): {"accessPackageDynamicApprovalStage"},

		both("accessPackageQuestion"): {"accessPackageTextInputQuestion", "accessPackageMultipleChoiceQuestion"},
		both("accessPackageAnswer"):   {"accessPackageAnswerString"},
		both("directoryObject"):       {"user", "group", "servicePrincipal", "application"},
		both("identity"):              {"userIdentity"},
		both("authenticationInfo"):    {"clientCredentialAuthenticationInfo"},
		both("connectionInfo"):        {"externalSapAcConnectionInfo", "externalTokenBasedSapIagConnectionInfo"},
		both("controlConfiguration"):  {"endUserSettings", "entraIdProtectionRiskyUserApproval", "insiderRiskyUserApproval"},
		both("accessPackageResource"): {"customDataProvidedResource"},
		both("customExtensionData"):   {"accessPackageAssignmentRequestCallbackData"},
		both("accessPackageSuggestionReason"): {
			"accessPackageSuggestionRelatedPeopleBased", "accessPackageSuggestionSelfAssignmentHistoryBased",
		},
		both("accessPackageResourceAttributeSource"):      {"accessPackageResourceAttributeQuestion"},
		both("accessPackageResourceAttributeDestination"): {"accessPackageUserDirectoryAttributeStore"},
		both("accessPackageAssignmentRequestCallbackData"): {
			"assignmentRequestApprovalStageCallbackData",
		},
		both("customCalloutExtension"): {
			"accessPackageAssignmentRequestWorkflowExtension", "accessPackageAssignmentWorkflowExtension", "customAccessPackageWorkflowExtension",
		},
		both("customExtensionAuthenticationConfiguration"): {"azureAdPopTokenAuthentication", "azureAdTokenAuthentication"},
		both("customExtensionCallbackConfiguration"):       {"accessPackageRequestApprovalStageCallbackConfiguration"},
		both("customExtensionEndpointConfiguration"):       {"httpRequestEndpoint", "logicAppTriggerEndpointConfiguration"},
		both("customDataProvidedResourceUploadSession"):    {"customDataProvidedResourceAccessReviewUploadSession"},
		both("identitySource"): {
			"azureActiveDirectoryTenant", "crossCloudAzureActiveDirectoryTenant", "domainIdentitySource", "externalDomainFederation", "socialIdentitySource",
		},
		both("verifiableCredentialRequirementStatus"): {
			"verifiableCredentialRequired", "verifiableCredentialRetrieved", "verifiableCredentialVerified",
		},
	} {
		for _, t := range types {
			of[t] = base
		}
	}
	return of
}()

// settle sets what the type extends and whether it is an entity type: that
// is whatever has the id of one.
func (t *TypeInfo) settle(v Version) {
	if slices.Contains(keyless, t.Name) {
		return
	}
	t.Entity = isEntity(t.Name, t.Entity && (t.Abstract || t.has("id")), v)
	if base, ok := lineage[t.Name]; ok {
		t.Base = base.In(v)
	} else if t.Entity {
		t.Base = entityBase
	}
}

const entityBase = "entity"

// isEntity follows what a type extends to its end.
func isEntity(name string, declared bool, v Version) bool {
	for {
		base, ok := lineage[name]
		if !ok {
			return declared
		}
		if name = base.In(v); name == entityBase || name == "" {
			return name == entityBase
		}
	}
}

func (t *TypeInfo) has(name string) bool {
	return slices.ContainsFunc(t.Properties, func(p PropertyInfo) bool { return p.Name == name })
}

// withBases sets what each type extends and adds the types that are there
// only to be extended; their members are what all that extend them share.
func withBases(types []TypeInfo, v Version) []TypeInfo {
	for i := 0; i < len(types); i++ { // grows on the way
		types[i].settle(v)
		base := types[i].Base
		known := slices.ContainsFunc(types, func(b TypeInfo) bool { return b.Name == base })
		if base != "" && base != entityBase && !known {
			types = append(types, TypeInfo{Name: base, Entity: types[i].Entity, Abstract: true})
		}
	}
	for i := range types {
		if t := &types[i]; t.Abstract {
			common := slices.DeleteFunc(shared(types, t.Name), func(p PropertyInfo) bool { return slices.Contains(unshared[t.Name], p.Name) })
			t.Properties = union(t.Properties, common)
		}
	}
	return types
}

// unshared are members that all types with a base happen to have, each for
// itself.
var unshared = map[string][]string{
	"customCalloutExtension":                {"createdDateTime", "lastModifiedDateTime"},
	"accessPackageAnswer":                   {"value"},
	"authenticationInfo":                    {"accessTokenUrl", "clientId", "secretName"},
	"controlConfiguration":                  {"relatedPeopleInsightLevel", "showApproverDetailsToMembers", "isApprovalRequired", "minimumRiskLevel"},
	"identitySource":                        {"displayName"},
	"accessPackageResourceAttributeSource":  {"question"},
	"customExtensionData":                   {"customExtensionStageInstanceDetail", "customExtensionStageInstanceId", "stage", "state"},
	"verifiableCredentialRequirementStatus": {"expiryDateTime", "url"},
}

// shared returns the members that all types with the base have alike.
func shared(types []TypeInfo, base string) []PropertyInfo {
	var common []PropertyInfo
	first := true
	for _, t := range types {
		switch {
		case t.Base != base:
		case first:
			common, first = slices.Clone(t.Properties), false
		default:
			common = slices.DeleteFunc(common, func(p PropertyInfo) bool {
				return !slices.ContainsFunc(t.Properties, func(q PropertyInfo) bool { return q.Name == p.Name && q.Type == p.Type })
			})
		}
	}
	return common
}

func union(own, more []PropertyInfo) []PropertyInfo {
	for _, p := range more {
		if !slices.ContainsFunc(own, func(q PropertyInfo) bool { return q.Name == p.Name }) {
			own = append(own, p)
		}
	}
	return own
}
