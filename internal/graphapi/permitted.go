package graphapi

import (
	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/fault"
)

// writing tells what a route that reads a body is for; one of the actions is
// enough. It is asked only when the body cannot be read: who may not send it
// learns that first (permissions.md section 8). Other refusals are the use
// cases' own.
var writing = map[string][]authz.Action{
	"POST " + catalogs:                                {authz.CreateCatalog},
	"PATCH " + catalog:                                {authz.EditCatalog},
	"POST " + extensions:                              {authz.EditExtensions},
	"PUT " + extensions + "/{extension}":              {authz.EditExtensions},
	"PATCH " + extensions + "/{extension}":            {authz.EditExtensions},
	"POST " + resourceRequests:                        {authz.EditResources},
	"POST " + packages:                                {authz.EditPackages},
	"PATCH " + accessPackage:                          {authz.EditPackages},
	"POST " + roleScopes:                              {authz.EditPackages},
	"POST " + exceptions:                              {authz.ApproveException},
	"POST " + packagePolicies:                         {authz.EditPolicies},
	"POST " + policies:                                {authz.EditPolicies},
	"PUT " + policy:                                   {authz.EditPolicies},
	"PATCH " + policy:                                 {authz.EditPolicies},
	"POST " + requests:                                {authz.MakeOwnRequest, authz.MakeAdminRequest},
	"POST " + request + "/cancel":                     {authz.CancelOwnRequest, authz.CancelAnyRequest},
	"POST " + request + "/resume":                     {authz.ResumeRequest},
	"PATCH " + stages + "/{stage}":                    {authz.DecideApproval},
	"POST " + rm + "/roleAssignments":                 {authz.EditCatalogRoles},
	"POST " + directoryRoles + "/roleAssignments":     {authz.EditDirectoryRoles},
	"POST " + connectedOrgs:                           {authz.EditOrganizations},
	"PATCH " + connectedOrg:                           {authz.EditOrganizations},
	"PATCH " + em + "/settings":                       {authz.EditSettings},
	"POST " + controls:                                {authz.EditSettings},
	"PATCH " + controls + "/{control:any}":            {authz.EditSettings},
	"PATCH " + subject:                                {authz.EditSubjects},
	"PATCH " + subjectOf:                              {authz.EditSubjects},
	"POST " + connectedOrg + "/internalSponsors/$ref": {authz.EditOrganizations},
	"POST " + connectedOrg + "/externalSponsors/$ref": {authz.EditOrganizations},
	"POST /users":                                     {authz.EditUsers},
	"PATCH /users/{object:any}":                       {authz.EditUsers},
	"POST /groups":                                    {authz.CreateGroup},
	"PATCH /groups/{object}":                          {authz.EditGroups},
	"POST /servicePrincipals":                         {authz.EditApplications},
	"PATCH /servicePrincipals/{object}":               {authz.EditApplications},

	"POST " + accessPackage + "/getApplicablePolicyRequirements":                   {authz.DiscoverPackages},
	"POST " + accessPackage + "/incompatibleAccessPackages/$ref":                   {authz.EditPackages},
	"POST " + accessPackage + "/incompatibleGroups/$ref":                           {authz.EditPackages},
	"POST " + policy + "/customExtensionStageSettings":                             {authz.EditPolicies},
	"POST " + policy + "/customExtensionHandlers":                                  {authz.EditPolicies},
	"POST " + packages + "(uniqueName={name:any})/getApplicablePolicyRequirements": {authz.DiscoverPackages},
}

// permittedFirst returns the refusal of a caller who may not write here at
// all, if what is wrong otherwise is the body.
func (c *call) permittedFirst(err error) error {
	if !fault.Is(err, fault.Invalid) {
		return err
	}
	actions, ok := writing[c.route.method+" "+c.route.template]
	if !ok {
		return err
	}
	if refusal := c.s.engine.May(c.ctx, c.who, actions...); refusal != nil {
		return refusal
	}
	return err
}

// tokenAllows asks the rules table for what everybody may whose token carries
// a scope for it. No use case stands behind such routes.
func (c *call) tokenAllows(a authz.Action) error {
	reach, err := authz.ReachOf(c.who, nil, a)
	if err == nil && reach.Empty() {
		err = reach.Refusal()
	}
	return err
}
