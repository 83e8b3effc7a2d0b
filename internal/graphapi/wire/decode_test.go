package wire

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
)

func TestBodiesThatAreRefused(t *testing.T) {
	t.Parallel()
	catalog := func(body string, o DecodeOptions) error {
		var c catalogView
		return Catalog.Decode([]byte(body), V1, &c, o)
	}
	pkg := func(body string, o DecodeOptions) error {
		p := packageView{}
		if o.Mode == Merge {
			p.Catalog = idA
		}
		return Package.Decode([]byte(body), Beta, &p, o)
	}
	policyOf := func(body string, o DecodeOptions) error {
		p := policyView{Policy: policy{Package: idA}}
		return Policy.Decode([]byte(body), V1, &p, o)
	}
	submit := func(body string, o DecodeOptions) error {
		_, err := DecodeSubmission([]byte(body), V1, o)
		return err
	}
	resource := func(body string, o DecodeOptions) error {
		var r entitlement.ResourceRequestView
		return ResourceRequest.Decode([]byte(body), Beta, &r, o)
	}
	merge := DecodeOptions{Mode: Merge}
	for _, tt := range []struct {
		decode  func(string, DecodeOptions) error
		body    string
		o       DecodeOptions
		message string
		target  string
	}{
		{catalog, "", merge, "The body is empty; it must be a JSON object.", ""},
		{catalog, "[]", merge, "The body must be a JSON object, not an array.", ""},
		{catalog, "{\n \"a\":}", merge, "The body is not valid JSON at line 2, column 6: a value is due, not '}'.", ""},
		{catalog, `{"a":1`, merge, "The body is not valid JSON at line 1, column 7: a comma or '}' is due.", ""},
		{catalog, `{"a":1} x`, merge, "The body is not valid JSON at line 1, column 9: something stands behind the end of the object.", ""},
		{catalog, `{"a":01}`, merge, `The body is not valid JSON at line 1, column 6: "01" is not a number.`, ""},
		{catalog, `{"displayName":"x","displayName":"y"}`, merge, `The body is not valid JSON at line 1, column 20: the member "displayName" stands here twice.`, ""},
		{catalog, `{"displayName":"x","DisplayName":"y"}`, merge, "The property 'DisplayName' of type 'microsoft.graph.accessPackageCatalog' stands twice in the body, in different letter case.", "DisplayName"},
		{catalog, `{"a":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}`, merge, "The body is not valid JSON at line 1, column 38: objects and arrays are nested more than 32 levels deep.", ""},
		{catalog, `{"displayName":"a\u0000b"}`, merge, "The body is not valid JSON at line 1, column 16: a string holds the character U+0000.", ""},
		{catalog, `{"a":"\x"}`, merge, "The body is not valid JSON at line 1, column 6: a string has an escape that JSON does not know.", ""},
		{catalog, `{}`, DecodeOptions{}, "The property 'displayName' of type 'microsoft.graph.accessPackageCatalog' is required.", "displayName"},
		{catalog, `{"displayName":null}`, merge, "The property 'displayName' of type 'microsoft.graph.accessPackageCatalog' must not be null.", "displayName"},
		{catalog, `{"displayName":3}`, merge, "The property 'displayName' of type 'microsoft.graph.accessPackageCatalog' must be a string, not a number.", "displayName"},
		{catalog, `{"isExternallyVisible":"maybe"}`, merge, `The property 'isExternallyVisible' of type 'microsoft.graph.accessPackageCatalog' must be true or false, not "maybe".`, "isExternallyVisible"},
		{catalog, `{"state":"open"}`, merge, `The property 'state' of type 'microsoft.graph.accessPackageCatalog' must be one of unpublished, published, not "open".`, "state"},
		{catalog, `{"color":"red"}`, merge, "The property 'color' does not exist on type 'microsoft.graph.accessPackageCatalog'.", "color"},
		{pkg, `{"displayName":"x"}`, DecodeOptions{}, "The property 'catalogId' of type 'microsoft.graph.accessPackage' is required.", "catalogId"},
		{pkg, `{"displayName":"x","catalogId":"5"}`, DecodeOptions{}, `The property 'catalogId' of type 'microsoft.graph.accessPackage' must be a GUID, not "5".`, "catalogId"},
		{pkg, `{"catalogId":"` + idB + `"}`, merge, "The property 'catalogId' of type 'microsoft.graph.accessPackage' names another catalog than " + idA + "; use moveToCatalog to move a package.", "catalogId"},
		{
			policyOf, `{"requestApprovalSettings":{"stages":[{},{"durationBeforeAutomaticDenial":"P1Y"}]}}`, merge,
			"The property 'durationBeforeAutomaticDenial' of type 'microsoft.graph.accessPackageApprovalStage' must be an ISO 8601 duration of weeks, days, hours, minutes and seconds, such as P30D or PT8H, not “P1Y”.",
			"requestApprovalSettings/stages/1/durationBeforeAutomaticDenial",
		},
		{
			policyOf, `{"specificAllowedTargets":[{"userId":"` + idA + `"}]}`, merge,
			"The property 'specificAllowedTargets' of type 'microsoft.graph.accessPackageAssignmentPolicy' holds an element at index 0 that must name its type by '@odata.type', such as #microsoft.graph.singleUser.", "specificAllowedTargets",
		},
		{
			policyOf, `{"specificAllowedTargets":[{"@odata.type":"#microsoft.graph.singleUser"}]}`, merge,
			"The property 'userId' of type 'microsoft.graph.singleUser' is required.", "specificAllowedTargets/0/userId",
		},
		{
			policyOf, `{"accessPackage":{"id":"` + idB + `"}}`, merge,
			"The property 'accessPackage' of type 'microsoft.graph.accessPackageAssignmentPolicy' names another package than " + idA + "; a policy stays with its package.", "accessPackage",
		},
		{submit, `{"assignment":{}}`, DecodeOptions{}, "The property 'requestType' of type 'microsoft.graph.accessPackageAssignmentRequest' is required.", "requestType"},
		{submit, `{"requestType":"userAdd","assignment":{"targetId":"x"}}`, DecodeOptions{}, `The property 'targetId' of type 'microsoft.graph.accessPackageAssignment' must be a GUID, not "x".`, "assignment/targetId"},
		{
			submit, `{"requestType":"userAdd","schedule":{"recurrence":{}}}`,
			DecodeOptions{},
			"The property 'recurrence' of type 'microsoft.graph.entitlementManagementSchedule' is not supported in a request; only policies repeat, for their reviews.", "schedule/recurrence",
		},
		{
			submit, `{"requestType":"userAdd","answers":[{"value":"x"}]}`,
			DecodeOptions{},
			"The property 'answers' of type 'microsoft.graph.accessPackageAssignmentRequest' holds an element at index 0 that must name its question by answeredQuestion.id.", "answers",
		},
		{resource, `{"requestType":"Grab","catalogId":"` + idA + `"}`, DecodeOptions{}, "Requested value 'Grab' was not found.", "requestType"},
		{
			resource, `{"requestType":"AdminAdd","catalogId":"` + idA + `","accessPackageResource":{"originId":"x","originSystem":"Mainframe"}}`,
			DecodeOptions{},
			"Requested value 'Mainframe' was not found.", "accessPackageResource/originSystem",
		},
		{resource, `{"requestType":"AdminAdd","catalogId":"` + idA + `"}`, DecodeOptions{}, "The resource must be named by its id, or by originSystem and originId.", "accessPackageResource"},
	} {
		f := fault.Of(tt.decode(tt.body, tt.o))
		if f.Kind != fault.Invalid || f.Message != tt.message || f.Target != tt.target {
			t.Errorf("%s:\n%s at %q\nwant\n%s at %q", tt.body, f.Message, f.Target, tt.message, tt.target)
		}
	}
	if err := catalog(`{"color":"red"}`, DecodeOptions{Mode: Merge, Lenient: true}); err != nil {
		t.Errorf("lenient: %v", err)
	}
}

func TestBodiesWithNoise(t *testing.T) {
	t.Parallel()
	p := packageView{}
	body := `{"@odata.type":"#microsoft.graph.accessPackage","id":"` + idD + `","CATALOGID":"AAAAAAAA-0000-4000-8000-000000000001","displayName":"P",
	  "description":null,"isHidden":"true","createdDateTime":null,"createdBy":"x","uniqueName":null,
	  "accessPackageCatalog":{"@odata.type":"#microsoft.graph.accessPackageCatalog","id":"` + idA + `","displayName":"other","color":1},
	  "accessPackageAssignmentPolicies":null}`
	if err := Package.Decode([]byte(body), Beta, &p, DecodeOptions{}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(packageView{Package: entitlement.Package{Catalog: idA, DisplayName: "P", Hidden: true}}, p); diff != "" {
		t.Errorf("created (-want +got):\n%s", diff)
	}
	p.Description = "kept"
	if err := Package.Decode([]byte(`{"isHidden":false,"accessPackageCatalog":{"id":"`+idA+`"}}`), Beta, &p, DecodeOptions{Mode: Merge}); err != nil {
		t.Fatal(err)
	}
	if p.Description != "kept" || p.Hidden || p.DisplayName != "P" {
		t.Errorf("merged: %+v", p.Package)
	}
	u := dirObject{}
	if err := User.Decode([]byte(`{"accountEnabled":true,"displayName":"Ann","mailNickname":"ann","userPrincipalName":"ann@x","passwordProfile":{"password":"p"},
	  "businessPhones":["1"],"showInAddressList":false}`), V1, &u, DecodeOptions{}); err != nil {
		t.Fatal(err)
	}
	hidden := false
	want := dirObject{Kind: directory.KindUser, DisplayName: "Ann", PrincipalName: "ann@x", Enabled: true, User: &directory.UserDetail{
		Type: directory.Member, MailNickname: "ann", BusinessPhones: []string{"1"}, ShowInAddressList: &hidden,
	}}
	if diff := cmp.Diff(want, u); diff != "" {
		t.Errorf("user (-want +got):\n%s", diff)
	}
	a := authz.RoleAssignmentView{}
	if err := RoleAssignment.Decode([]byte(`{"principalId":"`+idA+`","roleDefinitionId":"`+idB+`","directoryScopeId":"/","appScopeId":"/AccessPackageCatalog/`+idC+`"}`), Beta, &a, DecodeOptions{}); err != nil {
		t.Fatal(err)
	}
	if a.Catalog != idC || a.Principal != idA || a.Role != idB {
		t.Errorf("role assignment: %+v", a)
	}
}

// A use case keeps the object as it was before; both share their details.
func TestChangesLeaveTheObjectBeforeAlone(t *testing.T) {
	t.Parallel()
	before := dirObject{ID: idA, Kind: directory.KindUser, User: &directory.UserDetail{Department: "Sales"}}
	after := before
	if err := User.Decode([]byte(`{"department":"IT"}`), V1, &after, DecodeOptions{Mode: Merge}); err != nil {
		t.Fatal(err)
	}
	if before.User.Department != "Sales" || after.User.Department != "IT" {
		t.Errorf("before %q, after %q", before.User.Department, after.User.Department)
	}
	bare := dirObject{ID: idA, Kind: directory.KindUser}
	written(t, User, V1, "", &bare)
	if bare.User != nil {
		t.Error("writing an object out changed it")
	}
}

func TestSubmissions(t *testing.T) {
	t.Parallel()
	start, stop := noon.UTC(), later
	inner := entitlement.Schedule{Start: start, Expiration: entitlement.Expiration{Type: entitlement.AfterDateTime, End: stop}}
	for _, tt := range []struct {
		name, body string
		want       entitlement.Submission
	}{
		{
			"direct", `{"requestType":"adminAdd","assignment":{"targetId":"` + idA + `","assignmentPolicyId":"` + idB + `","accessPackageId":"` + idC + `"},
		   "schedule":{"startDateTime":"2026-03-01T12:00:00+02:00","recurrence":null,"expiration":{"duration":"P90D","type":"AfterDuration"}}}`,
			entitlement.Submission{
				Kind: entitlement.AdminAdd, Target: idA, Policy: idB, Package: idC,
				Schedule: entitlement.Schedule{Start: start, Expiration: entitlement.Expiration{Type: entitlement.AfterDuration, Duration: "P90D"}},
			},
		},
		{
			"beta names, target by object, noise", `{"id":"x","requestType":"UserAdd","requestState":null,"isValidationOnly":"false","accessPackageAssignment":{"@odata.type":"#x","state":null,
		   "target":{"objectId":"` + idA + `","subjectType":"user","displayName":"Ann"},"accessPackage":{"id":"` + idC + `"},"assignmentPolicy":{"id":"` + idB + `"},"catalogId":null}}`,
			entitlement.Submission{Kind: entitlement.UserAdd, Target: idA, Policy: idB, Package: idC},
		},
		{
			"an outsider", `{"requestType":"AdminAdd","assignment":{"target":{"email":" ann@x "},"accessPackageId":"` + idC + `"}}`,
			entitlement.Submission{Kind: entitlement.AdminAdd, TargetEmail: "ann@x", Package: idC},
		},
		{
			"the schedule inside", `{"requestType":"userExtend","assignment":{"accessPackageId":"` + idC + `","schedule":{"startDateTime":"2026-03-01T10:00:00Z","stopDateTime":"2026-03-02T10:00:00.12Z"}}}`,
			entitlement.Submission{Kind: entitlement.UserExtend, Package: idC, Schedule: inner},
		},
		{
			"the outer schedule wins", `{"requestType":"userAdd","assignment":{"schedule":{"startDateTime":"2026-03-01T10:00:00Z"}},"schedule":{"startDateTime":"2026-03-02T10:00:00.12Z"}}`,
			entitlement.Submission{Kind: entitlement.UserAdd, Schedule: entitlement.Schedule{Start: later}},
		},
		{
			"removal", `{"requestType":"adminRemove","justification":"gone","assignment":{"id":"` + idA + `"}}`,
			entitlement.Submission{Kind: entitlement.AdminRemove, Assignment: idA, Justification: "gone"},
		},
		{
			"answers", `{"requestType":"userAdd","answers":[{"@odata.type":"#microsoft.graph.answerString","value":"AZ","displayValue":"Arizona",
		   "answeredQuestion":{"@odata.type":"#microsoft.graph.textInputQuestion","id":"` + idA + `"}},{"displayValue":"B","answeredQuestion":{"id":"` + idB + `"}}]}`,
			entitlement.Submission{Kind: entitlement.UserAdd, Answers: []entitlement.Answer{
				{Question: question{ID: idA}, Value: "AZ"}, {Question: question{ID: idB}, Value: "B"},
			}},
		},
	} {
		for _, v := range []Version{V1, Beta} {
			got, err := DecodeSubmission([]byte(tt.body), v, DecodeOptions{})
			if err != nil {
				t.Errorf("%s, %s: %v", tt.name, v, err)
				continue
			}
			if tt.want.Schedule.Start.IsZero() == false && tt.want.Schedule.Expiration.Type == "" {
				got.Schedule.Expiration.Type = "" // absent and not specified are the same
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%s, %s (-want +got):\n%s", tt.name, v, diff)
			}
		}
	}
}

func TestCancelBodies(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]CancelBody{
		"":    {},
		" \n": {},
		"{}":  {},
		`{"id":"AAAAAAAA-0000-4000-8000-000000000001","requestStatus":"cancelled"}`: {ID: idA, Declared: true},
		`{"id":"` + idA + `","state":"Canceled"}`:                                   {ID: idA, Declared: true},
		`{"id":"` + idA + `"}`:                    {ID: idA},
		`{"requestStatus":"CANCELLED","other":1}`: {},
	} {
		if got, err := DecodeCancel([]byte(body), Beta); err != nil || got != want {
			t.Errorf("%s: %+v, %v", body, got, err)
		}
	}
	for _, body := range []string{`[]`, `{"requestStatus":"denied"}`, `{"id":"x"}`, `{"requestStatus":7}`, `nope`} {
		if _, err := DecodeCancel([]byte(body), Beta); fault.Of(err).Code != "InvalidModel" {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestDecisions(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]entitlement.Decision{
		`{"reviewResult":"Approve","justification":"OK","status":"x"}`: {Stage: "s", Approve: true, Justification: "OK"},
		`{"reviewResult":"denied","justification":null}`:               {Stage: "s"},
	} {
		if got, err := DecodeDecision([]byte(body), V1, "s"); err != nil || got != want {
			t.Errorf("%s: %+v, %v", body, got, err)
		}
	}
	for body, message := range map[string]string{
		`{}`:                       "The property 'reviewResult' of type 'microsoft.graph.approvalStage' is required.",
		`{"reviewResult":"Maybe"}`: `The property 'reviewResult' must be one of Approve, Deny, not "Maybe".`,
	} {
		if _, err := DecodeDecision([]byte(body), V1, "s"); fault.Of(err).Message != message {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestRoleScopeBodies(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		v    Version
		body string
		want entitlement.RoleScopeRef
	}{
		{V1, `{"role":{"id":"` + idA + `"},"scope":{"id":"` + idB + `"}}`, entitlement.RoleScopeRef{Role: idA, Scope: idB}},
		{V1, `{"role":{"displayName":"Member","originSystem":"AadGroup","originId":"Member_g","resource":{"id":"` + idC + `","originId":"g","originSystem":"AadGroup"}},
		  "scope":{"originSystem":"AadGroup","originId":"g","isRootScope":true}}`, entitlement.RoleScopeRef{
			RoleOriginID: "Member_g", RoleOriginSystem: "AadGroup", RoleDisplayName: "Member", ScopeOriginID: "g",
			ResourceID: idC, ResourceOriginID: "g", ResourceOriginSystem: "AadGroup",
		}},
		{Beta, `{"accessPackageResourceRole":{"displayName":"Member","originId":"Member_g","originSystem":"AadGroup","accessPackageResource":{"id":"` + idC + `","resourceType":"x"}},
		  "accessPackageResourceScope":{"originSystem":"AadGroup","originId":"g"}}`, entitlement.RoleScopeRef{
			RoleOriginID: "Member_g", RoleOriginSystem: "AadGroup", RoleDisplayName: "Member", ScopeOriginID: "g",
			ResourceID: idC, ResourceOriginSystem: "AadGroup",
		}},
	} {
		got, err := DecodeRoleScope([]byte(tt.body), tt.v, DecodeOptions{})
		if err != nil {
			t.Errorf("%s: %v", tt.body, err)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.body, diff)
		}
	}
	if _, err := DecodeRoleScope([]byte(`{"scope":{"id":"x"}}`), V1, DecodeOptions{}); fault.Of(err).Target != "role" {
		t.Errorf("without a role: %v", err)
	}
}

func TestResourceRequestBodies(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		v    Version
		body string
		want entitlement.ResourceRequest
	}{
		{
			V1, `{"requestType":"adminAdd","catalog":{"id":"` + idA + `"},"resource":{"originId":"BBBBBBBB-0000-4000-8000-000000000002","originSystem":"aadGroup","displayName":"G"}}`,
			entitlement.ResourceRequest{Kind: entitlement.AdminAdd, Catalog: idA, Resource: entitlement.Resource{OriginID: idB, OriginSystem: entitlement.OriginGroup, DisplayName: "G"}},
		},
		{
			Beta, `{"catalogId":"` + idA + `","requestType":"AdminRemove","executeImmediately":true,"justification":"j","isValidationOnly":true,"accessPackageResource":{"id":"` + idC + `"}}`,
			entitlement.ResourceRequest{Kind: entitlement.AdminRemove, Catalog: idA, Justification: "j", ValidationOnly: true, Resource: entitlement.Resource{ID: idC}},
		},
	} {
		var got entitlement.ResourceRequestView
		if err := ResourceRequest.Decode([]byte(tt.body), tt.v, &got, DecodeOptions{}); err != nil {
			t.Errorf("%s: %v", tt.body, err)
		}
		if diff := cmp.Diff(entitlement.ResourceRequestView{ResourceRequest: tt.want}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.body, diff)
		}
	}
}

func TestReferences(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]directory.ObjectID{
		"https://graph.microsoft.com/v1.0/groups/AAAAAAAA-0000-4000-8000-000000000001":          idA,
		"https://other:8443/v2/t/directoryObjects/" + idA + "/Microsoft.DirectoryServices.User": idA,
		"users('" + idA + "')": idA,
		"https://x/users/ann":  "", "": "", "https://x": "",
	} {
		got, err := DecodeRef([]byte(`{"@odata.id":"` + url + `"}`))
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%s: %q, %v", url, got, err)
		}
	}
	ids, err := DecodeBinds([]byte(`{"displayName":"G","owners@odata.bind":["https://h/v1.0/users/`+idA+`","groups/`+idB+`"]}`), "owners")
	if want := []directory.ObjectID{idA, idB}; err != nil || !cmp.Equal(want, ids) {
		t.Errorf("binds: %v, %v", ids, err)
	}
	if ids, err := DecodeBinds([]byte(`{}`), "owners"); ids != nil || err != nil {
		t.Errorf("no binds: %v, %v", ids, err)
	}
	if _, err := DecodeBinds([]byte(`{"owners@odata.bind":["x"]}`), "owners"); fault.Of(err).Target != "owners@odata.bind" {
		t.Errorf("bad bind: %v", err)
	}
	ids, kinds, err := DecodeGetByIDs([]byte(`{"ids":["` + idA + `"],"types":["User","group"]}`))
	if err != nil || len(ids) != 1 || !cmp.Equal(kinds, []directory.ObjectKind{"user", "group"}) {
		t.Errorf("getByIds: %v %v %v", ids, kinds, err)
	}
	if _, kinds, err := DecodeGetByIDs([]byte(`{"ids":[],"types":["directoryObject"]}`)); err != nil || kinds != nil {
		t.Errorf("getByIds of any type: %v %v", kinds, err)
	}
}

// Whatever comes in, the decoders answer; what they take, they can write.
func FuzzBodies(f *testing.F) {
	f.Add(wholePolicyV1 + `}`)
	f.Add(wholePolicyBeta + `"x":null}`)
	f.Add(`{"requestType":"userAdd","assignment":{"target":{"email":"a@b"}}}`)
	f.Fuzz(func(t *testing.T, body string) {
		for _, v := range []Version{V1, Beta} {
			p := policyView{Policy: policy{Package: idA}}
			if err := Policy.Decode([]byte(body), v, &p, DecodeOptions{Mode: Merge, Lenient: true}); err == nil {
				written(t, Policy, v, "", &p)
			} else if fault.Of(err).Kind == fault.Internal {
				t.Fatal(err)
			}
			if _, err := DecodeSubmission([]byte(body), v, DecodeOptions{}); err != nil && fault.Of(err).Kind == fault.Internal {
				t.Fatal(err)
			}
		}
	})
}
