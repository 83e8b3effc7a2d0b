package wire

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
)

func TestCalloutsOnTheWire(t *testing.T) {
	t.Parallel()
	callouts := []callout{
		{ID: idB, Call: entitlement.Call{Extension: idC, Stage: entitlement.AtCreation, Legacy: true}, Status: entitlement.CalloutSent},
		{ID: idD, Call: entitlement.Call{Extension: idC, Stage: entitlement.AtApproval}, Status: entitlement.CalloutAnswered, Detail: "checked"},
	}
	instances := `"customExtensionCalloutInstances":[
	  {"id":"` + idB + `","customExtensionId":"` + idC + `","externalCorrelationId":null,"detail":null,"status":"calloutSent"},
	  {"id":"` + idD + `","customExtensionId":"` + idC + `","externalCorrelationId":null,"detail":"checked","status":"callbackReceived"}]`
	r := requestView{Request: entitlement.Request{ID: idA, Status: entitlement.WaitingApproved, Callouts: callouts}}
	golden(t, Request, "$select=state,status,customExtensionCalloutInstances",
		"$select=requestState,requestStatus,customExtensionCalloutInstances,customExtensionHandlerInstances", r,
		`{"id":"`+idA+`","state":"delivering","status":"WaitingForCallback",`+instances+`}`,
		`{"id":"`+idA+`","requestState":"Delivering","requestStatus":"WaitingForCallback",
		  "customExtensionHandlerInstances":[{"customExtensionId":"`+idC+`","externalCorrelationId":null,"stage":"assignmentRequestCreated","status":"requestSent"}],`+instances+`}`)
	a := assignmentView{Assignment: entitlement.Assignment{ID: idA, Callouts: callouts}}
	golden(t, Assignment, "$select=customExtensionCalloutInstances", "$select=customExtensionCalloutInstances", a,
		`{"id":"`+idA+`",`+instances+`}`, `{"id":"`+idA+`",`+instances+`}`)
}

func TestCallbackInItsForms(t *testing.T) {
	t.Parallel()
	stage := &entitlement.StageSettings{
		TimeOut: "P14D", InformationVisibility: "default", Primary: []entitlement.SubjectSet{{Kind: entitlement.SetUser, ID: idB}},
	}
	for _, tt := range []struct {
		name, body string
		want       entitlement.Callback
	}{
		{
			"as published", `{"source":"S","type":"microsoft.graph.accessPackageCustomExtensionStage.assignmentRequestCreated",
			  "data":{"@odata.type":"microsoft.graph.accessPackageAssignmentRequestCallbackData","stage":"AssignmentRequestCreated",
			   "customExtensionStageInstanceId":"` + strings.ToUpper(idA) + `","customExtensionStageInstanceDetail":"d","state":"Denied"}}`,
			entitlement.Callback{Source: "S", Stage: entitlement.AtCreation, Instance: idA, Detail: "d", State: entitlement.CallbackDenied},
		},
		{
			"the least", `{"data":{"customExtensionStageInstanceId":"` + idA + `"}}`, entitlement.Callback{Instance: idA},
		},
		{
			"the stage by its type alone", `{"type":"#Microsoft.Graph.accessPackageCustomExtensionStage.AssignmentRequestRemoved","data":{"customExtensionStageInstanceId":"` + idA + `","state":null}}`,
			entitlement.Callback{Instance: idA, Stage: entitlement.AtRemoval},
		},
		{
			"the other spelling", `{"data":{"customExtensionStageInstanceId":"` + idA + `","state":"cancelled"}}`,
			entitlement.Callback{Instance: idA, State: entitlement.CallbackCanceled},
		},
		{
			"with approvers", `{"data":{"@odata.type":"#microsoft.graph.assignmentRequestApprovalStageCallbackData","customExtensionStageInstanceId":"` + idA + `",
			  "approvalStage":{"durationBeforeAutomaticDenial":"P14D","primaryApprovers":[{"@odata.type":"#microsoft.graph.singleUser","id":"` + idB + `"}]}}}`,
			entitlement.Callback{Instance: idA, Approval: stage},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, v := range []Version{V1, Beta} { // beta sends the shape of v1.0 too
				got, err := DecodeCallback([]byte(tt.body), v, DecodeOptions{})
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("%s (-want +got):\n%s", v, diff)
				}
			}
		})
	}
}

func TestCallbackRefusals(t *testing.T) {
	t.Parallel()
	const id = `"customExtensionStageInstanceId":"` + idA + `"`
	for body, target := range map[string]string{
		`{}`:                      "data",
		`{"data":null}`:           "data",
		`{"data":{"stage":null}}`: "data/customExtensionStageInstanceId",
		`{"data":{"@odata.type":"#microsoft.graph.x",` + id + `}}`:                           "data",
		`{"data":{` + id + `,"state":"approved"}}`:                                           "data/state",
		`{"data":{` + id + `,"stage":"assignmentRequestDeterminingApprovalRequirements"}}`:   "data/stage",
		`{"data":{` + id + `,"approvalStage":{}}}`:                                           "data/approvalStage",
		`{"type":"x","data":{` + id + `}}`:                                                   "type",
		`{"type":"microsoft.graph.accessPackageCustomExtensionStage.x","data":{` + id + `}}`: "type",
		`{"type":"microsoft.graph.accessPackageCustomExtensionStage.assignmentRequestCreated","data":{` + id + `,"stage":"assignmentRequestApproved"}}`:      "data/stage",
		`{"data":{"@odata.type":"#microsoft.graph.assignmentRequestApprovalStageCallbackData",` + id + `,"approvalStage":{"approvalStageTimeOutInDays":3}}}`: "data/approvalStage/approvalStageTimeOutInDays",
		`{"callback":1,"data":{` + id + `}}`: "callback",
	} {
		_, err := DecodeCallback([]byte(body), Beta, DecodeOptions{})
		if !fault.Is(err, fault.Invalid) || fault.Of(err).Code != "InvalidModel" || fault.Of(err).Target != target {
			t.Errorf("%s: %v at %q, want InvalidModel at %q", body, err, fault.Of(err).Target, target)
		}
	}
}
