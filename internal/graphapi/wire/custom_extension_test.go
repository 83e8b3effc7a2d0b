package wire

import (
	"strings"
	"testing"

	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
)

func readExtension(t *testing.T, v Version, mode Mode, x *customExtension, body string) error {
	t.Helper()
	return Extension.Decode([]byte(body), v, x, DecodeOptions{Mode: mode})
}

const (
	httpEndpoint = `{"@odata.type":"#microsoft.graph.httpRequestEndpoint","targetUrl":"https://x/y?sig=1"}`
	logicApp     = `{"@odata.type":"#microsoft.graph.logicAppTriggerEndpointConfiguration","subscriptionId":"s","resourceGroupName":"g","logicAppWorkflowName":"w","url":null}`
)

// Every type of configuration comes back as it was sent.
func TestExtensionRoundTrip(t *testing.T) {
	t.Parallel()
	const server = `"createdDateTime":null,"lastModifiedDateTime":null`
	for _, tt := range []struct {
		name, kind, endpoint, authentication, client, callback string
	}{
		{
			"http, waiting", "accessPackageAssignmentRequestWorkflowExtension", httpEndpoint,
			`{"@odata.type":"#microsoft.graph.azureAdTokenAuthentication","resourceId":"r"}`, `{"maximumRetries":0,"timeoutInMilliseconds":1000}`,
			`{"@odata.type":"#microsoft.graph.customExtensionCallbackConfiguration","timeoutDuration":"PT1H"}`,
		},
		{
			"logic app, naming approvers", "accessPackageAssignmentRequestWorkflowExtension", logicApp,
			`{"@odata.type":"#microsoft.graph.azureAdPopTokenAuthentication"}`, `{"maximumRetries":null,"timeoutInMilliseconds":2000}`,
			`{"@odata.type":"#microsoft.graph.accessPackageRequestApprovalStageCallbackConfiguration","timeoutDuration":"P14D"}`,
		},
		{"before the end", "accessPackageAssignmentWorkflowExtension", httpEndpoint, `null`, `null`, `null`},
		{"older", "customAccessPackageWorkflowExtension", logicApp, `null`, `null`, ``},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			common := `{"@odata.type":"#microsoft.graph.` + tt.kind + `","id":null,"displayName":"X","description":"d","endpointConfiguration":` + tt.endpoint +
				`,"authenticationConfiguration":` + tt.authentication + `,"clientConfiguration":` + tt.client
			for _, v := range []Version{V1, Beta} {
				want := common
				if tt.callback != "" {
					callback := tt.callback
					if i := strings.Index(callback, `"timeoutDuration":`); i >= 0 && v == Beta {
						callback = strings.TrimSuffix(callback, "}") + `,"durationBeforeTimeout":` + callback[i+len(`"timeoutDuration":`):]
					}
					want += `,"callbackConfiguration":` + callback
				}
				want += "," + server
				if tt.callback != "" {
					want += `,"createdBy":null,"lastModifiedBy":null`
				}
				want = compact(t, want+"}")
				for _, sent := range []string{want, `{"@odata.context":"c","value":` + strings.ReplaceAll(want, "#microsoft", "microsoft") + `}`} {
					var x customExtension
					if err := readExtension(t, v, Create, &x, sent); err != nil {
						t.Fatal(err)
					}
					if got := written(t, Extension, v, "", &x); got != want {
						t.Errorf("%s:\n%s\nwant\n%s", v, got, want)
					}
				}
			}
		})
	}
}

func TestExtensionTakesTheTimeOutOfPublishedSamples(t *testing.T) {
	t.Parallel()
	for _, v := range []Version{V1, Beta} {
		var x customExtension
		err := readExtension(t, v, Create, &x, `{"@odata.type":"#microsoft.graph.accessPackageAssignmentRequestWorkflowExtension","displayName":"X",
		  "callbackConfiguration":{"durationBeforeTimeout":"PT1H"}}`)
		if want := (callback{Kind: entitlement.PlainCallback, TimeOut: "PT1H"}); err != nil || *x.Callback != want {
			t.Errorf("%s: %+v, %v", v, x.Callback, err)
		}
	}
}

func TestExtensionRefusals(t *testing.T) {
	t.Parallel()
	const kind = `"@odata.type":"#microsoft.graph.accessPackageAssignmentWorkflowExtension","displayName":"X"`
	older := customExtension{Kind: entitlement.LegacyExtension}
	for _, tt := range []struct {
		name, body string
		on         customExtension
		target     string
	}{
		{"no type", `{"displayName":"X"}`, customExtension{}, "@odata.type"},
		{"an unknown type", `{"@odata.type":"#microsoft.graph.onTokenIssuanceStartCustomExtension","displayName":"X"}`, customExtension{}, "@odata.type"},
		{"another type than it has", `{` + kind + `}`, older, "@odata.type"},
		{"no name", `{"@odata.type":"#microsoft.graph.accessPackageAssignmentWorkflowExtension"}`, customExtension{}, "displayName"},
		{"an endpoint without type", `{` + kind + `,"endpointConfiguration":{"targetUrl":"https://x"}}`, customExtension{}, "endpointConfiguration"},
		{"an endpoint of an unknown type", `{` + kind + `,"endpointConfiguration":{"@odata.type":"#microsoft.graph.x"}}`, customExtension{}, "endpointConfiguration"},
		{"an endpoint with a foreign member", `{` + kind + `,"endpointConfiguration":{"@odata.type":"#microsoft.graph.httpRequestEndpoint","targetUrl":"https://x","url":"x"}}`, customExtension{}, "endpointConfiguration/url"},
		{"a retry that is no number", `{` + kind + `,"clientConfiguration":{"maximumRetries":"many"}}`, customExtension{}, "clientConfiguration/maximumRetries"},
		{"a time-out in months", `{` + kind + `,"callbackConfiguration":{"timeoutDuration":"P1M"}}`, customExtension{}, "callbackConfiguration/timeoutDuration"},
		{"a callback on the older type", `{"displayName":"X","callbackConfiguration":null,"callback":1}`, older, "callbackConfiguration"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			x := tt.on
			err := readExtension(t, Beta, Create, &x, tt.body)
			if !fault.Is(err, fault.Invalid) || fault.Of(err).Code != "InvalidModel" || fault.Of(err).Target != tt.target {
				t.Errorf("%v at %q, want InvalidModel at %q", err, fault.Of(err).Target, tt.target)
			}
		})
	}
}
