package callout

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grantkeep/grantkeep/internal/clock"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
)

var noon = time.Date(2026, time.January, 5, 12, 0, 0, 0, time.UTC)

// receiver is an extension on this machine.
type receiver struct {
	*httptest.Server
	header http.Header
	body   []byte
}

func newReceiver(t *testing.T, status int) *receiver {
	t.Helper()
	r := &receiver{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		r.header = q.Header
		r.body, _ = io.ReadAll(q.Body)
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(status)
	}))
	t.Cleanup(r.Close)
	return r
}

// waiting is a call of an extension at a URL, which waits for its answer.
func waiting(address string) entitlement.Outcall {
	return entitlement.Outcall{
		Errand: entitlement.Errand{ID: "inst", Extension: "ext", Request: "req", Status: entitlement.WaitingCreated}, Tenant: "tenant",
		Callout: entitlement.Callout{ID: "inst", Call: entitlement.Call{Stage: entitlement.AtCreation}, Status: entitlement.CalloutWaiting},
		To: entitlement.CustomExtension{
			ID: "ext", Catalog: "cat", Endpoint: &entitlement.ExtensionEndpoint{Kind: entitlement.HTTPEndpoint, URL: address},
			Callback: &entitlement.ExtensionCallback{Kind: entitlement.PlainCallback, TimeOut: "PT1H"},
		},
		Of: entitlement.Request{
			ID: "req", Kind: entitlement.UserAdd, Package: "pkg", Catalog: "cat", Assignment: "req", Target: "oid", Requestor: "oid", Justification: "secret",
			Answers: []entitlement.Answer{{
				Question: entitlement.Question{ID: "q", Kind: entitlement.TextQuestion, Text: entitlement.LocalizedText{Default: "Why?"}}, Value: "so",
			}},
		},
		Package: entitlement.Package{DisplayName: "Tools"}, Catalog: entitlement.Catalog{DisplayName: "Sales"},
		Requestor: entitlement.Subject{ID: "sub", DisplayName: "Adele"}, Target: entitlement.Subject{ID: "sub", DisplayName: "Adele"}, CanRespond: true,
	}
}

// The documented shape: catalogs-and-resources.md section 11.
func TestPayload(t *testing.T) {
	t.Parallel()
	r := newReceiver(t, http.StatusAccepted)
	c := New(Options{Clock: clock.NewManual(noon, true)})
	if err := c.Call(t.Context(), waiting(r.URL)); err != nil {
		t.Fatal(err)
	}
	var got, want any
	for text, into := range map[string]*any{string(r.body): &got, `{
		"type": "microsoft.graph.accessPackageCustomExtensionStage.assignmentRequestCreated",
		"source": "/identityGovernance/entitlementManagement/catalogs/cat/customWorkflowExtensions/ext",
		"data": {
			"@odata.type": "microsoft.graph.accessPackageAssignmentRequestCalloutData",
			"accessPackageAssignmentRequestId": "req", "stage": "assignmentRequestCreated", "requestType": "userAdd",
			"customExtensionStageInstanceId": "inst",
			"callbackUriPath": "/identityGovernance/entitlementManagement/assignmentRequests/req/resume",
			"accessPackage": {"id": "pkg", "displayName": "Tools"}, "accessPackageCatalog": {"id": "cat", "displayName": "Sales"},
			"assignment": {"id": "req", "target": {"id": "sub", "objectId": "oid", "displayName": "Adele"},
				"schedule": {"startDateTime": null, "expiration": {"type": "notSpecified", "endDateTime": null, "duration": null}}},
			"requestor": {"id": "sub", "objectId": "oid", "displayName": "Adele"},
			"answers": [{"@odata.type": "#microsoft.graph.accessPackageAnswerString", "value": "so", "displayValue": "so",
				"answeredQuestion": {"@odata.type": "#microsoft.graph.accessPackageTextInputQuestion", "id": "q", "text": "Why?"}}],
			"state": "submitted", "status": "WaitingForCallback",
			"callbackConfiguration": {"@odata.type": "microsoft.graph.customExtensionCallbackConfiguration", "timeoutDuration": "PT1H"}}}`: &want} {
		if err := json.Unmarshal([]byte(text), into); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if r.header.Get("client-request-id") != "inst" || r.header.Get("Authorization") != "" || r.header.Get(Signature) != "" {
		t.Errorf("headers %v", r.header)
	}
}

func TestCallsProveWhereTheyComeFrom(t *testing.T) {
	t.Parallel()
	r := newReceiver(t, http.StatusOK)
	o := waiting(r.URL)
	o.To.Authentication = &entitlement.ExtensionAuthentication{Kind: tokenAuthentication, Resource: "api://hooks"}
	c := New(Options{
		Secret: "a long enough secret", Clock: clock.NewManual(noon, true),
		Token: func(_ context.Context, tenant directory.TenantID, resource string) (string, error) {
			return string(tenant) + " for " + resource, nil
		},
	})
	if err := c.Call(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if got := r.header.Get("Authorization"); got != "Bearer tenant for api://hooks" {
		t.Errorf("token %q", got)
	}
	if got, want := r.header.Get(Signature), "t=1767614400,v1="+sign("a long enough secret", "1767614400", r.body); got != want {
		t.Errorf("signature %q, want %q", got, want)
	}
	if err := New(Options{Clock: clock.NewManual(noon, true)}).Call(t.Context(), o); err == nil || fault.Is(err, fault.Unavailable) {
		t.Errorf("without anybody who makes tokens: %v", err)
	}
}

// What may pass is tried again, what will not is not; no error tells the URL,
// which may hold a secret.
func TestWhatBecomesOfCalls(t *testing.T) {
	t.Parallel()
	type outcome int
	const (
		taken outcome = iota
		later
		never
	)
	c := New(Options{Clock: clock.NewManual(noon, true)})
	check := func(name, address string, want outcome, edits ...func(*entitlement.Outcall)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := waiting(address + "/hook?sig=hush")
			for _, edit := range edits {
				edit(&o)
			}
			err := c.Call(t.Context(), o)
			got := taken
			switch {
			case fault.Is(err, fault.Unavailable):
				got = later
			case err != nil:
				got = never
			}
			if got != want {
				t.Errorf("outcome %d, want %d: %v", got, want, err)
			}
			if err != nil && strings.Contains(err.Error(), "hush") {
				t.Errorf("the error tells the secret: %v", err)
			}
		})
	}
	for status, want := range map[int]outcome{
		200: taken, 202: taken, 204: taken, 302: never, 400: never, 401: never, 404: never, 408: later, 429: later, 500: later, 503: later,
	} {
		check(http.StatusText(status), newReceiver(t, status).URL, want)
	}
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	check("nobody there", closed.URL, later)
	secure := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(secure.Close)
	secure.Config.ErrorLog = nil
	check("a certificate that nobody trusts", secure.URL, later)
	check("in the clear over the network", "http://hooks.example.com", never)
	check("another scheme", "ftp://127.0.0.1", never)
	check("gone", "", never, func(o *entitlement.Outcall) { o.To = entitlement.CustomExtension{} })

	release := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, q *http.Request) {
		select {
		case <-q.Context().Done():
		case <-release:
		}
	}))
	t.Cleanup(func() { close(release); slow.Close() })
	soon := 30
	check("too slow", slow.URL, later, func(o *entitlement.Outcall) {
		o.To.Client = &entitlement.ExtensionClient{TimeoutMilliseconds: &soon}
	})
}

func TestTimeouts(t *testing.T) {
	t.Parallel()
	ms := func(n int) entitlement.CustomExtension {
		return entitlement.CustomExtension{Client: &entitlement.ExtensionClient{TimeoutMilliseconds: &n}}
	}
	for want, x := range map[time.Duration]entitlement.CustomExtension{
		defaultTimeout: {}, 2 * time.Second: ms(2000), longestTimeout: ms(3_600_000),
	} {
		if got := timeoutOf(x); got != want {
			t.Errorf("timeout %v, want %v", got, want)
		}
	}
	if errors.Is(entitlement.CheckAddress("http://[::1]:80/x"), nil) && entitlement.CheckAddress("http://localhost/x") == nil {
		return
	}
	t.Error("this machine cannot be called in the clear")
}
