package wire

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/odata"
)

const (
	userA  = `{"@odata.type":"#microsoft.graph.singleUser","userId":"` + idA + `","description":"Ann"}`
	groupB = `{"@odata.type":"#microsoft.graph.groupMembers","groupId":"` + idB + `","description":null}`
	boss   = `{"@odata.type":"#microsoft.graph.requestorManager","managerLevel":2}`
)

// wholePolicyV1 sets every property that v1.0 has to something that is not
// its default.
const wholePolicyV1 = `{
 "displayName":"Staff","description":"for staff","allowedTargetScope":"specificDirectoryUsers",
 "specificAllowedTargets":[` + groupB + `,{"@odata.type":"#microsoft.graph.attributeRuleMembers","description":"r","membershipRule":"(user.department -eq \"Sales\")"}],
 "expiration":{"endDateTime":null,"duration":"P180D","type":"afterDuration"},
 "requestorSettings":{"allowCustomAssignmentSchedule":true,"enableOnBehalfRequestorsToAddAccess":true,"enableOnBehalfRequestorsToRemoveAccess":true,
  "enableOnBehalfRequestorsToUpdateAccess":true,"enableTargetsToSelfAddAccess":true,"enableTargetsToSelfRemoveAccess":true,"enableTargetsToSelfUpdateAccess":true,
  "onBehalfRequestors":[{"@odata.type":"#microsoft.graph.targetManager","managerLevel":1}]},
 "requestApprovalSettings":{"isApprovalRequiredForAdd":true,"isApprovalRequiredForUpdate":true,"isRequestorJustificationRequired":true,"stages":[
  {"durationBeforeAutomaticDenial":"P14D","isApproverJustificationRequired":true,"isEscalationEnabled":true,"durationBeforeEscalation":"PT192H",
   "primaryApprovers":[` + boss + `],"fallbackPrimaryApprovers":[` + userA + `],
   "escalationApprovers":[` + groupB + `],"fallbackEscalationApprovers":[` + userA + `],"approverInformationVisibility":"notVisible"}]},
 "reviewSettings":{"isEnabled":true,"expirationBehavior":"removeAccess","isRecommendationEnabled":false,"isReviewerJustificationRequired":false,"isSelfReview":false,
  "schedule":{"startDateTime":"2026-03-01T10:00:00Z","expiration":{"endDateTime":null,"duration":"P14D","type":"afterDuration"},
   "recurrence":{"pattern":{"dayOfMonth":0,"daysOfWeek":["monday"],"firstDayOfWeek":"sunday","index":"first","interval":3,"month":0,"type":"absoluteMonthly"},
    "range":{"endDate":null,"numberOfOccurrences":0,"recurrenceTimeZone":null,"startDate":"2026-03-01","type":"noEnd"}}},
  "primaryReviewers":[` + groupB + `],"fallbackReviewers":[` + userA + `]},
 "questions":[
  {"@odata.type":"#microsoft.graph.accessPackageTextInputQuestion","id":"` + idC + `","sequence":1,"isRequired":true,"isAnswerEditable":true,"text":"Why?",
   "localizations":[{"languageCode":"de-DE","text":"Warum?"}],"isSingleLineQuestion":true,"regexPattern":"[a-z]+"},
  {"@odata.type":"#microsoft.graph.accessPackageMultipleChoiceQuestion","id":"` + idD + `","sequence":2,"isRequired":false,"isAnswerEditable":false,"text":"Where?","localizations":[],
   "choices":[{"actualValue":"AZ","text":"Arizona","localizations":[]}],"isMultipleSelectionAllowed":true}],
 "automaticRequestSettings":{"gracePeriodBeforeAccessRemoval":"P7D","removeAccessWhenTargetLeavesAllowedTargets":true,"requestAccessForAllowedTargets":true},
 "notificationSettings":{"isAssignmentNotificationDisabled":true}`

// wholePolicyBeta is what beta makes of the same policy, and more of its own.
const wholePolicyBeta = `{
 "accessPackageId":"` + idA + `","displayName":"Staff","description":"for staff","canExtend":true,"durationInDays":180,"expirationDateTime":null,
 "requestorSettings":{"scopeType":"SpecificDirectorySubjects","acceptRequests":true,"allowedRequestors":[
  {"@odata.type":"#microsoft.graph.groupMembers","isBackup":false,"id":"` + idB + `","description":null},
  {"@odata.type":"#microsoft.graph.attributeRuleMembers","isBackup":false,"description":"r","membershipRule":"(user.department -eq \"Sales\")"}]},
 "requestApprovalSettings":{"isApprovalRequired":true,"isApprovalRequiredForExtension":true,"isRequestorJustificationRequired":true,"approvalMode":"SingleStage","approvalStages":[
  {"approvalStageTimeOutInDays":14,"isApproverJustificationRequired":true,"isEscalationEnabled":true,"escalationTimeInMinutes":11520,
   "primaryApprovers":[{"@odata.type":"#microsoft.graph.requestorManager","isBackup":false,"managerLevel":2},
    {"@odata.type":"#microsoft.graph.singleUser","isBackup":true,"id":"` + idA + `","description":"Ann"}],
   "escalationApprovers":[{"@odata.type":"#microsoft.graph.groupMembers","isBackup":false,"id":"` + idB + `","description":null},
    {"@odata.type":"#microsoft.graph.singleUser","isBackup":true,"id":"` + idA + `","description":"Ann"}],
   "approverInformationVisibility":"notVisible"}]},
 "accessReviewSettings":{"isEnabled":true,"recurrenceType":"quarterly","reviewerType":"Reviewers","startDateTime":"2026-03-01T10:00:00Z","durationInDays":14,
  "reviewers":[{"@odata.type":"#microsoft.graph.groupMembers","isBackup":false,"id":"` + idB + `","description":null},
   {"@odata.type":"#microsoft.graph.singleUser","isBackup":true,"id":"` + idA + `","description":"Ann"}],
  "isAccessRecommendationEnabled":false,"isApprovalJustificationRequired":false,"accessReviewTimeoutBehavior":"removeAccess","isAgenticExperienceEnabled":false},
 "questions":[
  {"@odata.type":"#microsoft.graph.accessPackageTextInputQuestion","id":"` + idC + `","sequence":1,"isRequired":true,"isAnswerEditable":true,
   "text":{"defaultText":"Why?","localizedTexts":[{"languageCode":"de-DE","text":"Warum?"}]},"isSingleLineQuestion":true,"regexPattern":"[a-z]+"},
  {"@odata.type":"#microsoft.graph.accessPackageMultipleChoiceQuestion","id":"` + idD + `","sequence":2,"isRequired":false,"isAnswerEditable":false,
   "text":{"defaultText":"Where?","localizedTexts":[]},
   "choices":[{"actualValue":"AZ","displayValue":{"defaultText":"Arizona","localizedTexts":[]}}],"allowsMultipleSelection":true}],
 "accessPackageNotificationSettings":{"isAssignmentNotificationDisabled":true},`

const (
	serverPartV1   = `"createdDateTime":null,"modifiedDateTime":null`
	serverPartBeta = serverPartV1 + `,"createdBy":null,"modifiedBy":null`
)

func decodePolicy(t *testing.T, v Version, mode Mode, p *policyView, body string) {
	t.Helper()
	if err := Policy.Decode([]byte(body), v, p, DecodeOptions{Mode: mode}); err != nil {
		t.Fatal(err)
	}
}

func TestPolicyRoundTripV1(t *testing.T) {
	t.Parallel()
	var p policyView
	decodePolicy(t, V1, Create, &p, wholePolicyV1+`,"accessPackage":{"id":"`+idA+`"}}`)
	want := compact(t, `{"id":null,`+wholePolicyV1[1:]+`,`+serverPartV1+`}`)
	if diff := cmp.Diff(want, written(t, Policy, V1, "", &p)); diff != "" {
		t.Errorf("v1.0 came back changed (-want +got):\n%s", diff)
	}
	if !p.AcceptRequests {
		t.Error("a policy with which people may ask for themselves accepts requests")
	}
	want = compact(t, `{"id":null,`+wholePolicyBeta[1:]+`"verifiableCredentialSettings":null,`+serverPartBeta+`}`)
	if diff := cmp.Diff(want, written(t, Policy, Beta, "", &p)); diff != "" {
		t.Errorf("seen through beta (-want +got):\n%s", diff)
	}
}

func TestPolicyRoundTripBeta(t *testing.T) {
	t.Parallel()
	credentials := `"verifiableCredentialSettings":{"credentialTypes":[{"credentialType":"Card","issuers":["did:x"]}]}`
	var p policyView
	decodePolicy(t, Beta, Create, &p, wholePolicyBeta+credentials+`}`)
	want := compact(t, `{"id":null,`+wholePolicyBeta[1:]+credentials+`,`+serverPartBeta+`}`)
	if diff := cmp.Diff(want, written(t, Policy, Beta, "", &p)); diff != "" {
		t.Errorf("beta came back changed (-want +got):\n%s", diff)
	}
	r := p.Requestor
	if !r.SelfAdd || !r.SelfUpdate || !r.SelfRemove || !r.CustomSchedule {
		t.Errorf("beta's policies permit what beta cannot name: %+v", r)
	}
	// Beta has no words for these; its PUT leaves them alone.
	p.Automatic = &entitlement.AutomaticSettings{GracePeriod: "P1D"}
	p.Requestor.OnBehalfAdd, p.Requestor.SelfRemove = true, false
	before := p
	decodePolicy(t, Beta, Replace, &p, wholePolicyBeta+credentials+`}`)
	if diff := cmp.Diff(before, p); diff != "" {
		t.Errorf("an equal PUT changed the policy (-want +got):\n%s", diff)
	}
}

func TestPolicyReplaceResetsWhatIsAbsent(t *testing.T) {
	t.Parallel()
	var p policyView
	decodePolicy(t, V1, Create, &p, wholePolicyV1+`,"accessPackage":{"id":"`+idA+`"},
	  "customExtensionStageSettings":[{"stage":"AssignmentRequestCreated","customExtension":{"id":"`+idB+`"}}]}`)
	stages := []entitlement.ExtensionStage{{Stage: "assignmentRequestCreated", Extension: idB}}
	if diff := cmp.Diff(stages, p.ExtensionStages); diff != "" {
		t.Fatal(diff)
	}
	decodePolicy(t, V1, Replace, &p, `{"displayName":"Staff"}`)
	want := policyView{Policy: policy{
		Package: idA, DisplayName: "Staff", Scope: entitlement.ScopeNobody, AcceptRequests: true,
		ExtensionStages: stages, // a collection of its own
	}}
	if diff := cmp.Diff(want, p); diff != "" {
		t.Errorf("v1.0 (-want +got):\n%s", diff)
	}
	decodePolicy(t, Beta, Replace, &p, `{"displayName":"Staff","accessPackageId":"`+idA+`","requestApprovalSettings":null,"customExtensionStageSettings":[]}`)
	want.ExtensionStages = nil
	if diff := cmp.Diff(want, p); diff != "" {
		t.Errorf("beta (-want +got):\n%s", diff)
	}
	got := written(t, Policy, Beta, "$select=requestApprovalSettings,requestorSettings,durationInDays,questions", &p)
	if want := compact(t, `{"id":null,"durationInDays":0,"requestorSettings":{"scopeType":"NoSubjects","acceptRequests":true,"allowedRequestors":[]},
	  "requestApprovalSettings":{"isApprovalRequired":false,"isApprovalRequiredForExtension":false,"isRequestorJustificationRequired":false,
	   "approvalMode":"NoApproval","approvalStages":[]},"questions":[]}`); got != want {
		t.Errorf("a client reads %s", got)
	}
}

func TestPolicyAcceptsRequests(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name            string
		v               Version
		body            string
		accept, selfAdd bool
	}{
		{"v1.0: nobody in scope, direct assignment stays open", V1, `"allowedTargetScope":"notSpecified"`, true, false},
		{"v1.0: everybody, but not for oneself", V1, `"allowedTargetScope":"allMemberUsers"`, false, false},
		{"v1.0: on behalf only", V1, `"allowedTargetScope":"allMemberUsers","requestorSettings":{"enableOnBehalfRequestorsToAddAccess":"true"}`, true, false},
		{"beta: nobody, closed even for direct assignment", Beta, `"requestorSettings":{"scopeType":"NoSubjects","acceptRequests":false}`, false, false},
		{"beta: nobody, open for direct assignment", Beta, `"requestorSettings":{"scopeType":"noSubjects","acceptRequests":true}`, true, false},
		{"beta: members", Beta, `"requestorSettings":{"scopeType":"AllExistingDirectoryMemberUsers","acceptRequests":true}`, true, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var p policyView
			decodePolicy(t, tt.v, Create, &p, `{"displayName":"x","accessPackage":{"id":"`+idA+`"},`+tt.body+`}`)
			if p.AcceptRequests != tt.accept || p.Requestor.SelfAdd != tt.selfAdd {
				t.Errorf("accepts %v and self-add %v", p.AcceptRequests, p.Requestor.SelfAdd)
			}
		})
	}
}

func TestPolicyExpirationInBeta(t *testing.T) {
	t.Parallel()
	end := entitlement.Expiration{Type: entitlement.AfterDateTime, End: later}
	hours := entitlement.Expiration{Type: entitlement.AfterDuration, Duration: "PT8H"}
	for _, tt := range []struct {
		name string
		now  entitlement.Expiration
		body string
		want entitlement.Expiration
	}{
		{"days", entitlement.Expiration{}, `"durationInDays":30`, entitlement.Expiration{Type: entitlement.AfterDuration, Duration: "P30D"}},
		{"zero days mean never", hours, `"durationInDays":0`, entitlement.Expiration{Type: entitlement.NoExpiration}},
		{"an end", hours, `"expirationDateTime":"2026-03-02T12:00:00.12+02:00","durationInDays":0`, end},
		{"hours stay when their rounded days come back", hours, `"durationInDays":1`, hours},
		{"other days replace them", hours, `"durationInDays":"2"`, entitlement.Expiration{Type: entitlement.AfterDuration, Duration: "P2D"}},
		{"never stays as it was said", entitlement.Expiration{Type: entitlement.NotSpecified}, `"durationInDays":0`, entitlement.Expiration{Type: entitlement.NotSpecified}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := policyView{Policy: policy{Package: idA, Expiration: tt.now}}
			decodePolicy(t, Beta, Replace, &p, `{"displayName":"x",`+tt.body+`}`)
			if diff := cmp.Diff(tt.want, p.Expiration); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestPolicyScopesThatBetaCannotName(t *testing.T) {
	t.Parallel()
	p := policyView{Policy: policy{Package: idA, Scope: entitlement.ScopeAllPrincipals}}
	if got, want := written(t, Policy, Beta, "$select=requestorSettings", &p),
		`{"id":null,"requestorSettings":{"scopeType":"NoSubjects","acceptRequests":false,"allowedRequestors":[],"@em.v1Scope":"allDirectoryServicePrincipals"}}`; got != want {
		t.Errorf("got %s", got)
	}
	for _, body := range []string{`{"displayName":"x"}`, `{"displayName":"x","requestorSettings":{"scopeType":"NoSubjects"}}`} {
		q := p
		err := Policy.Decode([]byte(body), Beta, &q, DecodeOptions{Mode: Replace})
		if f, ok := errors.AsType[*fault.Error](err); !ok || f.Kind != fault.Conflict {
			t.Errorf("%s: %v, want a conflict", body, err)
		}
	}
	legacy := policyView{Policy: policy{Scope: entitlement.ScopeAllExistingOrgsLegacy}}
	for v, want := range map[Version]string{
		V1:   `{"id":null,"allowedTargetScope":"allConfiguredConnectedOrganizationUsers"}`,
		Beta: `{"id":null,"requestorSettings":{"scopeType":"AllExistingConnectedOrganizationSubjects","acceptRequests":false,"allowedRequestors":[]}}`,
	} {
		if got := written(t, Policy, v, map[Version]string{V1: "$select=allowedTargetScope", Beta: "$select=requestorSettings"}[v], &legacy); got != want {
			t.Errorf("%s: %s", v, got)
		}
	}
}

func TestPolicyInTheFormOfClients(t *testing.T) {
	t.Parallel()
	var p policyView
	decodePolicy(t, Beta, Create, &p, `{"@odata.type":"#microsoft.graph.accessPackageAssignmentPolicy","id":"","createdDateTime":null,
	  "accessPackageId":"`+idA+`","displayName":"x","durationInDays":0,"expirationDateTime":"0001-01-01T00:00:00Z","isCustomAssignmentScheduleAllowed":true,
	  "accessPackage":{"id":"`+idA+`","@odata.type":"#x","anything":1},
	  "requestApprovalSettings":{"@odata.type":"#microsoft.graph.approvalSettings","isApprovalRequired":true,"approvalStages":[
	   {"approvalStageTimeOutInDays":3,"primaryApprovers":[{"@odata.type":"microsoft.graph.singleUser","userId":"`+`AAAAAAAA-0000-4000-8000-000000000001`+`","isBackup":"false"}]}]},
	  "accessReviewSettings":{"isEnabled":true,"recurrenceType":"monthly","reviewerType":"Manager","durationInDays":5,"accessReviewTimeoutBehavior":"KeepAccess"}}`)
	if got := p.Approval.Stages[0]; got.TimeOut != "P3D" || got.Primary[0].ID != idA || got.InformationVisibility != "default" {
		t.Errorf("stage: %+v", got)
	}
	if got, want := written(t, Policy, V1, "$select=reviewSettings", &p), compact(t, `{"id":null,"reviewSettings":{"isEnabled":true,"expirationBehavior":"keepAccess",
	  "isRecommendationEnabled":true,"isReviewerJustificationRequired":true,"isSelfReview":false,
	  "schedule":{"startDateTime":null,"expiration":{"endDateTime":null,"duration":"P5D","type":"afterDuration"},
	   "recurrence":{"pattern":{"dayOfMonth":0,"daysOfWeek":[],"firstDayOfWeek":null,"index":null,"interval":1,"month":0,"type":"absoluteMonthly"},
	    "range":{"endDate":null,"numberOfOccurrences":0,"recurrenceTimeZone":null,"startDate":null,"type":"noEnd"}}},
	  "primaryReviewers":[{"@odata.type":"#microsoft.graph.requestorManager","managerLevel":1}],"fallbackReviewers":[]}}`); got != want {
		t.Errorf("review through v1.0:\n%s\nwant\n%s", got, want)
	}
}

func TestStageSettingsOnTheWire(t *testing.T) {
	t.Parallel()
	x := customExtension{ID: idB, Kind: entitlement.AssignmentExtension, DisplayName: "X", Endpoint: &endpoint{Kind: entitlement.HTTPEndpoint, URL: "https://x"}}
	p := policyView{Settings: []stageSetting{
		{ExtensionStage: extensionStage{ID: "s", Stage: entitlement.OneDayBefore, Extension: idB}, Of: &x},
		{ExtensionStage: extensionStage{ID: "h", Stage: entitlement.AtCreation, Extension: idC, Legacy: true}},
	}}
	got := written(t, Policy, Beta, "$select=id&$expand=customExtensionStageSettings($expand=customExtension($select=displayName)),customExtensionHandlers", &p)
	if want := compact(t, `{"id":null,
	  "customExtensionStageSettings":[{"id":"s","stage":"assignmentOneDayBeforeExpiration",
	   "customExtension":{"@odata.type":"#microsoft.graph.accessPackageAssignmentWorkflowExtension","id":"`+idB+`","displayName":"X"}}],
	  "customExtensionHandlers":[{"id":"h","stage":"assignmentRequestCreated"}]}`); got != want {
		t.Errorf("stages: %s", got)
	}
}

// What loads the extensions is asked for even if another collection of the
// same settings is expanded without them.
func TestTwoNavigationsToTheSameAddUp(t *testing.T) {
	t.Parallel()
	o, err := odata.ParseOptions("$expand=customExtensionStageSettings($expand=customExtension),customExtensionHandlers")
	if err != nil {
		t.Fatal(err)
	}
	p, err := Policy.Plan(Beta, o)
	if err != nil || !p.Include.Inside("settings").Has("extension") {
		t.Errorf("include = %v, %v", p.Include, err)
	}
}

func TestStageSettingsKeepTheirIDs(t *testing.T) {
	t.Parallel()
	p := policyView{Policy: policy{Package: idA, ExtensionStages: []extensionStage{
		{ID: idC, Stage: entitlement.AtCreation, Extension: idB}, {ID: idD, Stage: entitlement.AtGrant, Extension: idB, Legacy: true},
	}}}
	setting := func(id string) string {
		return `{"id":"` + id + `","stage":"assignmentRequestApproved","customExtension":{"id":"` + idB + `"}}`
	}
	decodePolicy(t, Beta, Replace, &p, `{"displayName":"Staff","customExtensionStageSettings":[`+setting(idC)+`,`+setting(idC)+`,`+setting(idD)+`,`+setting(idA)+`]}`)
	var ids []string
	for _, s := range p.ExtensionStages {
		ids = append(ids, s.ID)
	}
	if want := []string{idD, idC, "", "", ""}; !slices.Equal(ids, want) {
		t.Errorf("ids = %q, want %q: the handler's, the known one once, new ones", ids, want)
	}
}

func TestDynamicStageRoundTrip(t *testing.T) {
	t.Parallel()
	const dynamic = `{"@odata.type":"#microsoft.graph.accessPackageDynamicApprovalStage",`
	extension := `"customExtension":{"@odata.type":"#microsoft.graph.accessPackageAssignmentRequestWorkflowExtension","id":"` + idB + `"}}`
	stages := map[Version]string{
		V1: dynamic + `"durationBeforeAutomaticDenial":"P3D","isApproverJustificationRequired":false,"isEscalationEnabled":false,"durationBeforeEscalation":null,
		  "primaryApprovers":[],"fallbackPrimaryApprovers":[],"escalationApprovers":[],"fallbackEscalationApprovers":[],"approverInformationVisibility":"default",` + extension,
		Beta: dynamic + `"approvalStageTimeOutInDays":3,"isApproverJustificationRequired":false,"isEscalationEnabled":false,"escalationTimeInMinutes":0,
		  "primaryApprovers":[],"escalationApprovers":[],"approverInformationVisibility":"default",` + extension,
	}
	for v, stage := range stages {
		list := map[Version]string{V1: "stages", Beta: "approvalStages"}[v]
		for _, sent := range []string{stage, strings.Replace(stage, extension, `"customExtension@odata.bind":"https://h/v1.0/catalogs/`+idA+`/customWorkflowExtensions/`+idB+`"}`, 1)} {
			var p policyView
			decodePolicy(t, v, Create, &p, `{"displayName":"Staff","accessPackageId":"`+idA+`","requestApprovalSettings":{"`+list+`":[`+sent+`]}}`)
			if s := p.Approval.Stages[0]; !s.Dynamic || s.Extension != idB || s.TimeOut != "P3D" {
				t.Errorf("%s: %+v", v, s)
			}
			if got := written(t, Policy, v, "$select=requestApprovalSettings", &p); !strings.Contains(got, `"`+list+`":[`+compact(t, stage)+`]`) {
				t.Errorf("%s: %s", v, got)
			}
		}
	}
}
