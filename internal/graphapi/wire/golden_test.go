package wire

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/odata"
)

const (
	idA    = "aaaaaaaa-0000-4000-8000-000000000001"
	idB    = "bbbbbbbb-0000-4000-8000-000000000002"
	idC    = "cccccccc-0000-4000-8000-000000000003"
	idD    = "dddddddd-0000-4000-8000-000000000004"
	tenant = directory.TenantID("eeeeeeee-0000-4000-8000-000000000005")
)

var (
	noon  = time.Date(2026, 3, 1, 12, 0, 0, 0, time.FixedZone("", 7200)) // 10:00 UTC
	later = time.Date(2026, 3, 2, 10, 0, 0, 120_000_000, time.UTC)
)

// written returns what an entity writes for the given query options.
func written[T any](t *testing.T, e *Entity[T], v Version, options string, object *T) string {
	t.Helper()
	o, err := odata.ParseOptions(options)
	if err != nil {
		t.Fatal(err)
	}
	p, err := e.Plan(v, o)
	if err != nil {
		t.Fatal(err)
	}
	p.Shape.Tenant, p.Shape.BaseURL = tenant, "https://host/"+v.String()
	out := e.Append(nil, object, &p.Shape)
	if !json.Valid(out) {
		t.Fatalf("not JSON: %s", out)
	}
	return string(out)
}

func compact(t *testing.T, s string) string {
	t.Helper()
	var b bytes.Buffer
	if err := json.Compact(&b, []byte(s)); err != nil {
		t.Fatalf("%v in %s", err, s)
	}
	return b.String()
}

// golden compares both versions of an object with what is expected.
func golden[T any](t *testing.T, e *Entity[T], optionsV1, optionsBeta string, object T, v1, beta string) {
	t.Helper()
	if diff := cmp.Diff(compact(t, v1), written(t, e, V1, optionsV1, &object)); diff != "" {
		t.Errorf("%s v1.0 (-want +got):\n%s", e.Type(V1), diff)
	}
	if diff := cmp.Diff(compact(t, beta), written(t, e, Beta, optionsBeta, &object)); diff != "" {
		t.Errorf("%s beta (-want +got):\n%s", e.Type(Beta), diff)
	}
}

func aCatalog() catalogView {
	return catalogView{Catalog: entitlement.Catalog{
		ID: idA, DisplayName: `Sales "EU"`, Type: entitlement.UserManaged, Published: true, ExternallyVisible: true,
		Stamp: entitlement.Stamp{CreatedAt: noon, ModifiedAt: later, CreatedBy: "ann@x", ModifiedBy: "bob@x"},
	}}
}

func TestCatalogOnTheWire(t *testing.T) {
	t.Parallel()
	c := aCatalog()
	golden(t, Catalog, "", "", c,
		`{"id":"`+idA+`","displayName":"Sales \"EU\"","description":"","state":"published","catalogType":"userManaged","isExternallyVisible":true,
		  "createdDateTime":"2026-03-01T10:00:00Z","modifiedDateTime":"2026-03-02T10:00:00.12Z"}`,
		`{"id":"`+idA+`","displayName":"Sales \"EU\"","description":"","catalogStatus":"Published","catalogType":"UserManaged","isExternallyVisible":true,
		  "createdDateTime":"2026-03-01T10:00:00Z","modifiedDateTime":"2026-03-02T10:00:00.12Z","createdBy":"ann@x","modifiedBy":"bob@x"}`)
	c.Packages.Rows = []packageView{{Package: entitlement.Package{ID: idB, Catalog: idA, DisplayName: "P"}}}
	golden(t, Catalog, "$select=displayName,accessPackages&$expand=accessPackages($select=isHidden),resources",
		"$select=DISPLAYNAME&$expand=accessPackageResources", c,
		`{"id":"`+idA+`","displayName":"Sales \"EU\"","accessPackages":[{"id":"`+idB+`","isHidden":false}],"resources":[]}`,
		`{"id":"`+idA+`","displayName":"Sales \"EU\"","accessPackageResources":[]}`)
}

func TestPackageOnTheWire(t *testing.T) {
	t.Parallel()
	catalog := aCatalog()
	p := packageView{Package: entitlement.Package{ID: idB, Catalog: idA, DisplayName: "P", Description: "d", Hidden: true}, InCatalog: &catalog}
	golden(t, Package, "", "", p,
		`{"id":"`+idB+`","displayName":"P","description":"d","isHidden":true,"createdDateTime":null,"modifiedDateTime":null}`,
		`{"id":"`+idB+`","catalogId":"`+idA+`","displayName":"P","description":"d","isHidden":true,"isRoleScopesVisible":false,
		  "createdDateTime":null,"modifiedDateTime":null,"createdBy":null,"modifiedBy":null}`)
	golden(t, Package, "$select=id&$expand=catalog($select=state),incompatibleGroups", "$select=catalogId&$expand=accessPackageCatalog($select=id)", p,
		`{"id":"`+idB+`","catalog":{"id":"`+idA+`","state":"published"},"incompatibleGroups":[]}`,
		`{"id":"`+idB+`","catalogId":"`+idA+`","accessPackageCatalog":{"id":"`+idA+`"}}`)
}

func TestAvailablePackageOnTheWire(t *testing.T) {
	t.Parallel()
	p := packageView{Package: entitlement.Package{ID: idB, Catalog: idA, DisplayName: "P", Description: "d"}}
	p.Contents = []roleScopeView{{RoleScope: entitlement.RoleScope{Role: idC, Scope: idD}}}
	seen := `{"id":"` + idB + `","displayName":"P","description":"d"}`
	golden(t, AvailablePackage, "", "", p, seen, seen)
	golden(t, AvailablePackage, "$select=id&$expand=resourceRoleScopes($select=id)", "$select=id&$expand=resourceRoleScopes($select=id)", p,
		`{"id":"`+idB+`","resourceRoleScopes":[{"id":"`+idC+`_`+idD+`"}]}`, `{"id":"`+idB+`","resourceRoleScopes":[{"id":"`+idC+`_`+idD+`"}]}`)
}

func TestRequirementOnTheWire(t *testing.T) {
	t.Parallel()
	q := entitlement.Question{ID: idB, Kind: entitlement.TextQuestion, Text: entitlement.LocalizedText{Default: "Which project?"}, Required: true}
	r := requirement{
		Policy: idA, DisplayName: "Staff", Description: "Staff may ask", ApprovalForAdd: true, CustomSchedule: true,
		Schedule:  entitlement.Schedule{Expiration: entitlement.Expiration{Type: entitlement.AfterDuration, Duration: "P365D"}},
		Questions: []entitlement.Question{q}, Answers: []entitlement.Answer{{Question: q, Value: "Apollo"}},
	}
	asked := func(text string) string {
		return `{"@odata.type":"#microsoft.graph.accessPackageTextInputQuestion","id":"` + idB + `","sequence":0,"isRequired":true,"isAnswerEditable":false,` +
			text + `,"isSingleLineQuestion":false,"regexPattern":null}`
	}
	inBeta := asked(`"text":{"defaultText":"Which project?","localizedTexts":[]}`)
	period := `"schedule":{"startDateTime":null,"recurrence":null,"expiration":{"endDateTime":null,"duration":"P365D","type":"afterDuration"}}`
	golden(t, Requirement, "", "", r,
		`{"@odata.type":"#microsoft.graph.accessPackageAssignmentRequestRequirements",
		  "policyId":"`+idA+`","policyDisplayName":"Staff","policyDescription":"Staff may ask",
		  "isApprovalRequiredForAdd":true,"isApprovalRequiredForUpdate":false,"isRequestorJustificationRequired":false,"allowCustomAssignmentSchedule":true,
		  `+period+`,"questions":[`+asked(`"text":"Which project?","localizations":[]`)+`]}`,
		`{"policyId":"`+idA+`","policyDisplayName":"Staff","policyDescription":"Staff may ask",
		  "isApprovalRequired":true,"isApprovalRequiredForExtension":false,"isRequestorJustificationRequired":false,"isCustomAssignmentScheduleAllowed":true,
		  "verifiableCredentialRequirementStatus":null,
		  "existingAnswers":[{"@odata.type":"#microsoft.graph.accessPackageAnswerString","value":"Apollo","displayValue":"Apollo","answeredQuestion":`+inBeta+`}],
		  `+period+`,"questions":[`+inBeta+`]}`)
}

func TestSubjectIsReadInBetaOnly(t *testing.T) {
	t.Parallel()
	tests := []struct {
		version Version
		body    string
		want    directory.ObjectID
		ok      bool
	}{
		{V1, ``, "", true},
		{V1, `{}`, "", true},
		{Beta, ` `, "", true},
		{Beta, `{}`, "", true},
		{Beta, `{"subject":null}`, "", true},
		{Beta, `{"subject":{"objectId":"` + idA + `","@odata.type":"x"}}`, idA, true},
		{V1, `{"subject":{"objectId":"` + idA + `"}}`, "", false},
		{Beta, `{"subject":{"objectId":"adele"}}`, "", false},
		{Beta, `{"subject":{}}`, "", false},
		{Beta, `{"target":"x"}`, "", false},
		{Beta, `[]`, "", false},
	}
	for _, tt := range tests {
		got, err := DecodeSubject([]byte(tt.body), tt.version, DecodeOptions{})
		if got != tt.want || (err == nil) != tt.ok {
			t.Errorf("%s %s: %q, %v", tt.version, tt.body, got, err)
		}
	}
}

func aResource() resourceView {
	return resourceView{Resource: entitlement.Resource{
		ID: idA, Catalog: idB, OriginSystem: entitlement.OriginGroup, OriginID: idC, Type: "Security Group", DisplayName: "G",
		Roles:  []entitlement.ResourceRole{{ID: idC, OriginID: "Member_" + idC, DisplayName: "Member"}, {ID: idD, OriginID: "Owner_" + idC, DisplayName: "Owner"}},
		Scopes: []entitlement.ResourceScope{{ID: idB, OriginID: idC, DisplayName: "Root", Description: "Root Scope", Root: true}},
		Stamp:  entitlement.Stamp{CreatedAt: noon, CreatedBy: "ann@x"},
	}}
}

func TestResourceOnTheWire(t *testing.T) {
	t.Parallel()
	golden(t, Resource, "$expand=roles($filter=displayName eq 'owner';$select=displayName),scopes($top=0)",
		"$expand=accessPackageResourceRoles($orderby=displayName desc;$top=1;$select=originId;$expand=accessPackageResource($select=url))", aResource(),
		`{"id":"`+idA+`","displayName":"G","description":null,"originId":"`+idC+`","originSystem":"AadGroup","createdDateTime":"2026-03-01T10:00:00Z",
		  "modifiedDateTime":null,"attributes":[],"roles":[{"id":"`+idD+`","displayName":"Owner"}],"scopes":[]}`,
		`{"id":"`+idA+`","displayName":"G","description":null,"url":null,"resourceType":"Security Group","originId":"`+idC+`","originSystem":"AadGroup",
		  "addedOn":"2026-03-01T10:00:00Z","addedBy":"ann@x","isPendingOnboarding":false,"attributes":[],
		  "accessPackageResourceRoles":[{"id":"`+idD+`","originId":"Owner_`+idC+`","accessPackageResource":{"id":"`+idA+`","url":null}}]}`)
	res := aResource()
	role, scope := Roles(&res)[0], Scopes(&res)[0]
	golden(t, ResourceRole, "", "", role,
		`{"id":"`+idC+`","displayName":"Member","description":null,"originId":"Member_`+idC+`","originSystem":"AadGroup","type":null}`,
		`{"id":"`+idC+`","displayName":"Member","description":null,"originId":"Member_`+idC+`","originSystem":"AadGroup","type":null}`)
	golden(t, ResourceScope, "", "", scope,
		`{"id":"`+idB+`","displayName":"Root","description":"Root Scope","originId":"`+idC+`","originSystem":"AadGroup","isRootScope":true}`,
		`{"id":"`+idB+`","displayName":"Root","description":"Root Scope","originId":"`+idC+`","originSystem":"AadGroup","isRootScope":true,"roleOriginId":null,"url":null}`)
	rs := roleScopeView{RoleScope: entitlement.RoleScope{Role: idC, Scope: idB, Stamp: entitlement.Stamp{CreatedAt: noon}}, RoleOf: &role, ScopeOf: &scope}
	golden(t, RoleScope, "$expand=role($select=id),scope($select=id)", "", rs,
		`{"id":"`+idC+`_`+idB+`","createdDateTime":"2026-03-01T10:00:00Z","role":{"id":"`+idC+`"},"scope":{"id":"`+idB+`"}}`,
		`{"id":"`+idC+`_`+idB+`","createdDateTime":"2026-03-01T10:00:00Z","modifiedDateTime":null,"createdBy":null,"modifiedBy":null}`)
	golden(t, ResourceRequest, "", "", entitlement.ResourceRequestView{ResourceRequest: entitlement.ResourceRequest{ID: idD, Kind: entitlement.AdminAdd, Catalog: idB, CreatedAt: noon}},
		`{"id":"`+idD+`","requestType":"adminAdd","state":"delivered","createdDateTime":"2026-03-01T10:00:00Z"}`,
		`{"id":"`+idD+`","catalogId":"`+idB+`","requestType":"AdminAdd","requestState":"Delivered","requestStatus":"Fulfilled","isValidationOnly":false,
		  "justification":"","executeImmediately":true,"expirationDateTime":null}`)
}

func aRequest() requestView {
	return requestView{Request: entitlement.Request{
		ID: idA, Kind: entitlement.UserExtend, Status: entitlement.PendingApprovalEscalated, Package: idB, CreatedAt: noon, DenyAt: later,
		Answers: []entitlement.Answer{{Question: question{ID: idC, Kind: entitlement.TextQuestion, Text: entitlement.LocalizedText{Default: "Why?"}, Required: true}, Value: "so"}},
	}}
}

func TestRequestOnTheWire(t *testing.T) {
	t.Parallel()
	golden(t, Request, "", "", aRequest(),
		`{"id":"`+idA+`","requestType":"userUpdate","state":"pendingApproval","status":"PendingApprovalEscalated",
		  "createdDateTime":"2026-03-01T10:00:00Z","completedDateTime":null,"justification":null,
		  "schedule":{"startDateTime":null,"recurrence":null,"expiration":{"endDateTime":null,"duration":null,"type":"notSpecified"}},
		  "answers":[{"@odata.type":"#microsoft.graph.accessPackageAnswerString","value":"so","displayValue":"so","answeredQuestion":
		   {"@odata.type":"#microsoft.graph.accessPackageTextInputQuestion","id":"`+idC+`","sequence":0,"isRequired":true,"isAnswerEditable":false,
		    "text":"Why?","localizations":[],"isSingleLineQuestion":false,"regexPattern":null}}],
		  "customExtensionCalloutInstances":[]}`,
		`{"id":"`+idA+`","requestType":"UserExtend","requestState":"PendingApproval","requestStatus":"PendingApprovalEscalated",
		  "createdDateTime":"2026-03-01T10:00:00Z","completedDate":null,"expirationDateTime":"2026-03-02T10:00:00.12Z","isValidationOnly":false,"justification":null,
		  "schedule":{"startDateTime":null,"recurrence":null,"expiration":{"endDateTime":null,"duration":null,"type":"notSpecified"}},
		  "answers":[{"@odata.type":"#microsoft.graph.accessPackageAnswerString","value":"so","displayValue":"so","answeredQuestion":
		   {"@odata.type":"#microsoft.graph.accessPackageTextInputQuestion","id":"`+idC+`","sequence":0,"isRequired":true,"isAnswerEditable":false,
		    "text":{"defaultText":"Why?","localizedTexts":[]},"isSingleLineQuestion":false,"regexPattern":null}}],
		  "verifiedCredentialsData":[],"customExtensionHandlerInstances":[],"customExtensionCalloutInstances":[]}`)
	golden(t, Request, "$select=id&$expand=requestor,assignment($select=status)", "$select=history&$expand=accessPackageAssignment($select=assignmentState)",
		requestView{Request: entitlement.Request{ID: idA}, OfAssignment: &assignmentView{Assignment: entitlement.Assignment{ID: idB}}},
		`{"id":"`+idA+`","assignment":{"id":"`+idB+`","status":null},"requestor":null}`,
		`{"id":"`+idA+`","history":[],"accessPackageAssignment":{"id":"`+idB+`","assignmentState":null}}`)
}

func TestEvolvableMembersNeedToBeAskedFor(t *testing.T) {
	t.Parallel()
	r := requestView{Request: entitlement.Request{ID: idA, Kind: entitlement.ApproverRemove}}
	for _, tt := range []struct {
		v       Version
		unknown bool
		want    string
	}{
		{V1, false, "unknownFutureValue"}, {V1, true, "approverRemove"}, {Beta, false, "ApproverRemove"},
	} {
		s := Shape{Version: tt.v, UnknownMembers: tt.unknown}
		var got struct{ RequestType string }
		if err := json.Unmarshal(Request.Append(nil, &r, &s), &got); err != nil || got.RequestType != tt.want {
			t.Errorf("%s, asked %v: %q, want %q (%v)", tt.v, tt.unknown, got.RequestType, tt.want, err)
		}
	}
}

func TestAssignmentOnTheWire(t *testing.T) {
	t.Parallel()
	a := assignmentView{Assignment: entitlement.Assignment{
		ID: idA, State: entitlement.AssignmentDelivered, Catalog: idB, Package: idC, Policy: idD, Target: idA, CreatedAt: noon, EndsAt: later, Extended: true,
	}}
	subject := string(entitlement.SubjectOf(tenant, idA))
	golden(t, Assignment, "", "", a,
		`{"id":"`+idA+`","state":"delivered","status":"Delivered","expiredDateTime":null,
		  "schedule":{"startDateTime":"2026-03-01T10:00:00Z","recurrence":null,"expiration":{"endDateTime":"2026-03-02T10:00:00.12Z","duration":null,"type":"afterDateTime"}},
		  "customExtensionCalloutInstances":[]}`,
		`{"id":"`+idA+`","catalogId":"`+idB+`","accessPackageId":"`+idC+`","assignmentPolicyId":"`+idD+`","targetId":"`+subject+`",
		  "assignmentState":"Delivered","assignmentStatus":"Delivered","isExtended":true,"expiredDateTime":null,
		  "schedule":{"startDateTime":"2026-03-01T10:00:00Z","recurrence":null,"expiration":{"endDateTime":"2026-03-02T10:00:00.12Z","duration":null,"type":"afterDateTime"}},
		  "customExtensionCalloutInstances":[]}`)
	a.OfTarget = &entitlement.Subject{ID: idB, ObjectID: idA, Kind: directory.KindUser, DisplayName: "Ann", Email: "ann@x", PrincipalName: "ann@x"}
	golden(t, Assignment, "$select=id&$expand=target($expand=connectedOrganization)", "$select=targetId&$expand=target", a,
		`{"id":"`+idA+`","target":{"id":"`+idB+`","objectId":"`+idA+`","displayName":"Ann","email":"ann@x","principalName":"ann@x","onPremisesSecurityIdentifier":null,
		  "subjectType":"user","subjectLifecycle":"notDefined","connectedOrganization":null}}`,
		`{"id":"`+idA+`","targetId":"`+idB+`","target":{"id":"`+idB+`","objectId":"`+idA+`","displayName":"Ann","email":"ann@x","principalName":"ann@x","onPremisesSecurityIdentifier":null,
		  "type":"User","subjectLifecycle":"notDefined","connectedOrganizationId":null,"altSecId":null,"cleanupScheduledDateTime":null}}`)
}

func TestApprovalOnTheWire(t *testing.T) {
	t.Parallel()
	a := approvalView{
		Approval: entitlement.Approval{ID: idA, Stages: []entitlement.Stage{
			{ID: idB, Status: entitlement.StageCompleted, Result: entitlement.StageApproved, Justification: "fine", ReviewedAt: noon},
			{ID: idC, Status: entitlement.StageInProgress, Result: entitlement.NotReviewed},
		}},
		AssignedToMe: []bool{false, true},
		Reviewers:    []directory.Object{{ID: idD, DisplayName: "Ann", PrincipalName: "ann@x"}, {}},
	}
	stages := `[{"id":"` + idB + `","displayName":null,"status":"Completed","assignedToMe":false,"reviewResult":"Approved","justification":"fine",
	   "reviewedBy":{"@odata.type":"#microsoft.graph.userIdentity","id":"` + idD + `","displayName":"Ann","userPrincipalName":"ann@x"},"reviewedDateTime":"2026-03-01T10:00:00Z"},
	  {"id":"` + idC + `","displayName":null,"status":"InProgress","assignedToMe":true,"reviewResult":"NotReviewed","justification":"","reviewedBy":null,"reviewedDateTime":null}]`
	golden(t, Approval, "", "$expand=steps", a, `{"id":"`+idA+`","stages":`+stages+`}`, `{"id":"`+idA+`","steps":`+stages+`}`)
	golden(t, Approval, "$select=id", "", a, `{"id":"`+idA+`"}`, `{"id":"`+idA+`"}`)
	s := Approval.Expanding(Shape{Version: Beta}, "steps")
	if got, want := string(Approval.Append(nil, &a, &s)), compact(t, `{"id":"`+idA+`","steps":`+stages+`}`); got != want {
		t.Errorf("expanding by name gives %s", got)
	}
}

func TestDirectoryObjectsOnTheWire(t *testing.T) {
	t.Parallel()
	user := dirObject{
		ID: idA, Kind: directory.KindUser, DisplayName: "Ann", Mail: "ann@x", PrincipalName: "ann@x", Enabled: true,
		User: &directory.UserDetail{Type: directory.Guest, Department: "Sales", GivenName: "Ann"},
	}
	defaults := `"id":"` + idA + `","businessPhones":[],"displayName":"Ann","givenName":"Ann","jobTitle":null,"mail":"ann@x","mobilePhone":null,"officeLocation":null,
	  "preferredLanguage":null,"surname":null,"userPrincipalName":"ann@x"`
	golden(t, User, "", "", user, `{`+defaults+`}`, `{`+defaults+`}`)
	golden(t, User, "$select=userType,department,accountEnabled", "$select=showInAddressList", user,
		`{"id":"`+idA+`","accountEnabled":true,"userType":"Guest","department":"Sales"}`, `{"id":"`+idA+`","showInAddressList":null}`)
	golden(t, DirectoryObject, "", "$select=department,mailNickname", user,
		`{"@odata.type":"#microsoft.graph.user",`+defaults+`}`, `{"@odata.type":"#microsoft.graph.user","id":"`+idA+`","mailNickname":null,"department":"Sales"}`)
	group := dirObject{ID: idB, Kind: directory.KindGroup, DisplayName: "G", Group: &directory.GroupDetail{SecurityEnabled: true, MailNickname: "g"}}
	golden(t, Group, "$select=displayName,securityEnabled", "$select=groupTypes", group,
		`{"id":"`+idB+`","displayName":"G","securityEnabled":true}`, `{"id":"`+idB+`","groupTypes":[]}`)
	golden(t, DirectoryObject, "$select=department,mailNickname", "$select=id", group,
		`{"@odata.type":"#microsoft.graph.group","id":"`+idB+`","mailNickname":"g"}`, `{"@odata.type":"#microsoft.graph.group","id":"`+idB+`"}`)
	app := dirObject{ID: idC, Kind: directory.KindServicePrincipal, DisplayName: "CRM", Enabled: true, App: &directory.AppDetail{
		AppID: idD, Roles: []directory.AppRole{{ID: idA, Value: "Reader", DisplayName: "Reader", Enabled: true, AllowedMemberTypes: []string{"User"}}},
	}}
	roles := `"appRoles":[{"id":"` + idA + `","value":"Reader","displayName":"Reader","description":null,"isEnabled":true,"allowedMemberTypes":["User"],"origin":"Application"}]`
	golden(t, ServicePrincipal, "$select=appId,appRoles", "$select=accountEnabled,tags", app,
		`{"id":"`+idC+`","appId":"`+idD+`",`+roles+`}`, `{"id":"`+idC+`","accountEnabled":true,"tags":[]}`)
	golden(t, Application, "$select=appId,appRoles", "$select=displayName", app,
		`{"id":"`+idC+`","appId":"`+idD+`",`+roles+`}`, `{"id":"`+idC+`","displayName":"CRM"}`)

	s := Shape{Version: V1, BaseURL: "https://host/v1.0", FullMetadata: true, Context: "https://host/v1.0/$metadata#users/$entity"}
	want := compact(t, `{"@odata.context":"https://host/v1.0/$metadata#users/$entity","@odata.type":"#microsoft.graph.user",
	  "@odata.id":"https://host/v1.0/directoryObjects/`+idA+`",`+defaults+`}`)
	if got := string(User.Append(nil, &user, &s)); got != want {
		t.Errorf("full metadata: %s, want %s", got, want)
	}
}

func TestRolesOnTheWire(t *testing.T) {
	t.Parallel()
	d := authz.Definition{ID: idA, DisplayName: "Catalog owner", Actions: []string{"a/b"}}
	permissions := `"rolePermissions":[{"allowedResourceActions":["a/b"],"excludedResourceActions":[],"condition":null}],"templateId":"` + idA + `","version":"1.0"`
	golden(t, RoleDefinition, "", "", d,
		`{"id":"`+idA+`","description":"Catalog owner","displayName":"Catalog owner","isBuiltIn":true,"isEnabled":true,"resourceScopes":["/"],`+permissions+`}`,
		`{"id":"`+idA+`","description":"Catalog owner","displayName":"Catalog owner","isBuiltIn":true,"isEnabled":true,"isPrivileged":false,"resourceScopes":["/"],`+strings.Replace(permissions, `"templateId"`, `"allowedPrincipalTypes":"user,servicePrincipal,group","templateId"`, 1)+`}`)
	a := authz.RoleAssignmentView{
		RoleAssignment: authz.RoleAssignment{ID: idB, Principal: idC, Role: string(authz.CatalogOwner), Provider: authz.EntitlementProvider, Catalog: idD},
		PrincipalOf:    &directory.Object{ID: idC, Kind: directory.KindGroup, DisplayName: "G"},
	}
	golden(t, RoleAssignment, "$expand=principal($select=displayName),roleDefinition($select=displayName)", "", a,
		`{"id":"`+idB+`","principalId":"`+idC+`","roleDefinitionId":"`+string(authz.CatalogOwner)+`","directoryScopeId":null,"appScopeId":"/AccessPackageCatalog/`+idD+`",
		  "principalOrganizationId":null,"condition":null,
		  "principal":{"@odata.type":"#microsoft.graph.group","id":"`+idC+`","displayName":"G"},"roleDefinition":{"id":"`+string(authz.CatalogOwner)+`","displayName":"Catalog owner"}}`,
		`{"id":"`+idB+`","principalId":"`+idC+`","roleDefinitionId":"`+string(authz.CatalogOwner)+`","directoryScopeId":null,"appScopeId":"/AccessPackageCatalog/`+idD+`",
		  "resourceScope":"/","condition":null}`)
	given := `{"id":"x","appRoleId":"` + idA + `","createdDateTime":null,"deletedDateTime":null,"principalDisplayName":"CRM","principalId":"` + idB + `",
	  "principalType":"ServicePrincipal","resourceDisplayName":"API","resourceId":"` + idC + `"}`
	golden(t, AppRoleAssignment, "", "", directory.AppRoleAssignmentView{
		AppRoleAssignment: directory.AppRoleAssignment{ID: "x", Principal: idB, Resource: idC, Role: idA},
		PrincipalOf:       directory.Object{Kind: directory.KindServicePrincipal, DisplayName: "CRM"}, ResourceOf: directory.Object{DisplayName: "API"},
	}, given, given)
}

func TestStringsAreValidWhateverIsInThem(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"", "plain", "\"\\\n\r\t\x01", "häé€😀", "bad \xff utf8", "\u2028"} {
		var back string
		if err := json.Unmarshal(appendString(nil, s), &back); err != nil {
			t.Errorf("%q: %v", s, err)
		}
		if want := string(bytes.ToValidUTF8([]byte(s), []byte("\ufffd"))); back != want {
			t.Errorf("%q came back as %q", s, back)
		}
	}
}
