package graphapi

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/clock"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/graphapi/wire"
	"github.com/grantkeep/grantkeep/internal/query"
)

// tokens knows two callers: a person and an application.
type tokens struct{}

func (tokens) Caller(_ context.Context, header string) (authz.Caller, error) {
	c := authz.Caller{Tenant: "6df54acb-0000-4000-8000-000000000001"}
	switch header {
	case "Bearer person":
		c.Actor = entitlement.Actor{Kind: entitlement.ByUser, ID: someID}
		c.Scopes = []authz.Scope{authz.UserRead, authz.ReadAll}
	case "Bearer app":
		c.Actor = entitlement.Actor{Kind: entitlement.ByApp, ID: otherID}
	default:
		return c, fault.New(fault.Unauthenticated, "InvalidAuthenticationToken", "Access token is empty.")
	}
	return c, nil
}

const requestName = "0194f1c2-7b1e-7000-8000-000000000001"

// server returns a server without an engine: these tests stop before it, or
// bring handlers of their own.
func server(t *testing.T, set Settings, more ...route) (*Server, *bytes.Buffer) {
	t.Helper()
	var logged bytes.Buffer
	log := slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
	clk := clock.NewManual(time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC), true)
	set.TokenSecret = []byte("secret")
	s := New(nil, tokens{}, clk, func() string { return requestName }, log, set)
	s.router = newRouter(append(routes(), more...))
	return s, &logged
}

// get sends a request as the person, unless the headers say otherwise, which
// come as "Name: value".
func get(s *Server, target string, headers ...string) *httptest.ResponseRecorder {
	return do(s, "GET", target, "", headers...)
}

func do(s *Server, method, target, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer person")
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// failing returns a route that fails with err.
func failing(template string, err error) route {
	return route{"GET", template, both, func(*call) error { return err }, signedIn}
}

func code(t *testing.T, w *httptest.ResponseRecorder) string {
	t.Helper()
	var body struct {
		Error struct{ Code string }
	}
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
		t.Fatalf("%s: %v", w.Body, err)
	}
	return body.Error.Code
}

func TestErrorForm(t *testing.T) {
	t.Parallel()
	s, _ := server(t, Settings{}, failing(em+"/broken", fault.New(fault.Invalid, "InvalidModel", "The \"x\" is wrong.").At("x")))
	w := get(s, "/v1.0"+em+"/broken", "client-request-id: my-id")
	want := `{"error":{"code":"InvalidModel","message":"The \"x\" is wrong.",` +
		`"details":[{"code":"InvalidModel","target":"x","message":"The \"x\" is wrong."}],` +
		`"innerError":{"date":"2026-01-02T03:04:05","request-id":"` + requestName + `","client-request-id":"my-id"}}}`
	if w.Code != 400 || w.Body.String() != want {
		t.Errorf("got %d %s\nwant 400 %s", w.Code, w.Body, want)
	}
	if got := w.Header().Get("request-id"); got != requestName {
		t.Errorf("request-id = %q", got)
	}
}

func TestKindsAndStatuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		err       error
		status    int
		em, other string // codes on routes of entitlement management and of the directory
	}{
		{fault.New(fault.Invalid, "InvalidModel", "m"), 400, "InvalidModel", "Request_BadRequest"},
		{fault.New(fault.Invalid, "InvalidFilter", "m"), 400, "InvalidFilter", "Request_UnsupportedQuery"},
		{fault.New(fault.Forbidden, "UnAuthorized", "m"), 403, "UnAuthorized", "Authorization_RequestDenied"},
		{fault.New(fault.NotFound, "ResourceNotFound", "m"), 404, "ResourceNotFound", "Request_ResourceNotFound"},
		{fault.New(fault.Conflict, "Conflict", "m"), 409, "Conflict", "Request_MultipleObjectsWithSameKeyValue"},
		{fault.New(fault.Gone, "resyncRequired", "m"), 410, "resyncRequired", "resyncRequired"},
		{fault.New(fault.Precondition, "PreconditionFailed", "m"), 412, "PreconditionFailed", "PreconditionFailed"},
		{fault.New(fault.Busy, "TooManyRequests", "m"), 429, "TooManyRequests", "TooManyRequests"},
		{fault.New(fault.Unavailable, "serviceNotAvailable", "m"), 503, "serviceNotAvailable", "serviceNotAvailable"},
		{errors.New("disk on fire"), 500, "InternalServerError", "InternalServerError"},
		{fault.New(fault.Stale, "Stale", "row 7 of table x"), 500, "InternalServerError", "InternalServerError"},
		{fmt.Errorf("wrapped: %w", fault.New(fault.NotFound, "RoleNotFound", "m")), 404, "RoleNotFound", "RoleNotFound"},
	}
	for _, tt := range tests {
		t.Run(tt.em, func(t *testing.T) {
			t.Parallel()
			s, _ := server(t, Settings{}, failing(em+"/broken", tt.err), failing("/broken/{id}", tt.err))
			w := get(s, "/v1.0"+em+"/broken")
			if w.Code != tt.status || code(t, w) != tt.em {
				t.Errorf("entitlement management: %d %s, want %d %s", w.Code, code(t, w), tt.status, tt.em)
			}
			if w = get(s, "/v1.0/broken/"+someID); w.Code != tt.status || code(t, w) != tt.other {
				t.Errorf("directory: %d %s, want %d %s", w.Code, code(t, w), tt.status, tt.other)
			}
		})
	}
}

func TestMissingDirectoryObjectsAreTold(t *testing.T) {
	t.Parallel()
	// Terraform matches this sentence.
	s, _ := server(t, Settings{}, failing("/broken/{id}", fault.New(fault.NotFound, "ResourceNotFound", "m")))
	want := "Resource '" + someID + "' does not exist or one of its queried reference-property objects are not present."
	if w := get(s, "/v1.0/broken/"+someID); !strings.Contains(w.Body.String(), want) {
		t.Errorf("got %s, want %s", w.Body, want)
	}
}

func TestRetryAfterIsWholeSeconds(t *testing.T) {
	t.Parallel()
	for after, want := range map[time.Duration]string{0: "1", time.Millisecond: "1", time.Second: "1", 1500 * time.Millisecond: "2"} {
		s, _ := server(t, Settings{}, failing(em+"/busy", fault.New(fault.Busy, "TooManyRequests", "m").After(after)))
		if got := get(s, "/v1.0"+em+"/busy").Header().Get("Retry-After"); got != want {
			t.Errorf("after %v: Retry-After %q, want %q", after, got, want)
		}
	}
}

func TestInternalErrorsAreLoggedOnceAndNotTold(t *testing.T) {
	t.Parallel()
	boom := route{"GET", em + "/panic", both, func(*call) error { panic("the secret of the panic") }, signedIn}
	s, logged := server(t, Settings{}, failing(em+"/broken", errors.New("the secret of the error")), boom)
	for _, path := range []string{"/broken", "/panic"} {
		logged.Reset()
		w := get(s, "/v1.0"+em+path)
		if w.Code != 500 || strings.Contains(w.Body.String(), "secret") {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
		if n := strings.Count(logged.String(), "the secret"); n != 1 || !strings.Contains(logged.String(), requestName) {
			t.Errorf("%s: logged %d times: %s", path, n, logged)
		}
	}
	if !strings.Contains(logged.String(), "stack=") {
		t.Errorf("the panic was logged without its stack: %s", logged)
	}
}

func TestGivenUpRequestsAreNoErrors(t *testing.T) {
	t.Parallel()
	s, logged := server(t, Settings{}, failing(em+"/slow", context.Canceled))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := httptest.NewRequestWithContext(ctx, "GET", "/v1.0"+em+"/slow", nil)
	r.Header.Set("Authorization", "Bearer person")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	if w.Code != 503 || strings.Contains(logged.String(), "level=ERROR") {
		t.Errorf("%d, logged %s", w.Code, logged)
	}
}

func TestTokenComesFirst(t *testing.T) {
	t.Parallel()
	s, _ := server(t, Settings{LoginEndpoint: "https://login.example/", ResourceID: "r"})
	for _, path := range []string{"/v1.0/me", "/v1.0/nothing", "/v2.0/me"} {
		w := get(s, path, "Authorization: ")
		if w.Code != 401 || code(t, w) != "InvalidAuthenticationToken" {
			t.Errorf("%s without a token: %d %s", path, w.Code, w.Body)
		}
		want := `Bearer realm="", authorization_uri="https://login.example/common/oauth2/v2.0/authorize", client_id="r"`
		if got := w.Header().Get("WWW-Authenticate"); got != want {
			t.Errorf("WWW-Authenticate = %s, want %s", got, want)
		}
	}
	if w := get(s, "/metadata/endpoints?api-version=2022-09-01", "Authorization: "); w.Code != 200 {
		t.Errorf("the endpoints without a token: %d %s", w.Code, w.Body)
	}
}

func TestRefusalsBeforeAnyUseCase(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, method, target string
		headers              []string
		status               int
		code                 string
	}{
		{"unknown version", "GET", "/v2.0/me", nil, 400, "BadRequest"},
		{"no version", "GET", "/", nil, 400, "BadRequest"},
		{"unknown segment", "GET", "/v1.0/nothing", nil, 400, "BadRequest"},
		{"wrong method", "PUT", "/v1.0/me", nil, 405, "MethodNotAllowed"},
		{"HEAD", "HEAD", "/v1.0/me", nil, 405, ""},
		{"nothing acceptable", "GET", "/v1.0" + em, []string{"Accept: application/xml"}, 406, "NotAcceptable"},
		{"an unknown option", "GET", "/v1.0" + em + "?$colour=red", nil, 400, "BadRequest"},
		{"an option given twice", "GET", "/v1.0" + em + "/catalogs?$top=1&$top=2", nil, 400, "BadRequest"},
		{"a filter on an unknown name", "GET", "/v1.0" + em + "/catalogs?$filter=colour%20eq%20'red'", nil, 400, "InvalidFilter"},
		{"a malformed id to cancel", "POST", "/v1.0" + em + "/assignmentRequests/7/cancel", nil, 400, "InvalidModel"},
		{"a malformed id to get", "GET", "/v1.0" + em + "/assignmentRequests/7", nil, 404, "ResourceNotFound"},
		{"$top=0", "GET", "/v1.0" + em + "/catalogs?$top=0", nil, 400, "BadRequest"},
		{"$top over the limit in the directory", "GET", "/v1.0/users?$top=1000", nil, 400, "BadRequest"},
		{"$skip in the directory", "GET", "/v1.0/users?$skip=1", nil, 400, "Request_BadRequest"},
		{"$count in the directory without consistency", "GET", "/v1.0/users/$count", nil, 400, "Request_BadRequest"},
		{"$search where there is none", "GET", "/v1.0" + em + "/assignmentRequests?$search=x", nil, 400, "InvalidFilter"},
		{"a foreign page token", "GET", "/v1.0" + em + "/catalogs?$skiptoken=abc", nil, 400, "BadRequest"},
		{"an application's own requests", "GET", "/v1.0" + em + "/assignmentRequests/filterByCurrentUser(on='target')", []string{"Authorization: Bearer app"}, 403, "UnAuthorized"},
		{"an application's own approvals", "GET", "/beta" + em + "/accessPackageAssignmentApprovals/filterByCurrentUser(on='approver')", []string{"Authorization: Bearer app"}, 403, "UnAuthorized"},
		{"an application's profile", "GET", "/v1.0/me", []string{"Authorization: Bearer app"}, 400, "BadRequest"},
		{"an undefined alias", "GET", "/v1.0" + em + "/assignmentRequests/filterByCurrentUser(on=@p)", nil, 400, "BadRequest"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, _ := server(t, Settings{})
			w := do(s, tt.method, tt.target, "x", tt.headers...)
			if w.Code != tt.status {
				t.Fatalf("status = %d, want %d: %s", w.Code, tt.status, w.Body)
			}
			if tt.code != "" && code(t, w) != tt.code {
				t.Errorf("code = %s, want %s", code(t, w), tt.code)
			}
			if tt.status == 405 && w.Header().Get("Allow") != "GET" {
				t.Errorf("Allow = %q, want GET", w.Header().Get("Allow"))
			}
		})
	}
}

func TestCancelIsMissingInTheUSClouds(t *testing.T) {
	t.Parallel()
	for _, cloud := range []Cloud{USGovL4, USGovL5} {
		s, _ := server(t, Settings{Cloud: cloud})
		w := do(s, "POST", "/beta"+em+"/accessPackageAssignmentRequests/"+someID+"/cancel", "")
		if w.Code != 404 || code(t, w) != "ResourceNotFound" || !strings.Contains(w.Body.String(), "cloud") {
			t.Errorf("%s: %d %s", cloud, w.Code, w.Body)
		}
	}
	for _, cloud := range []Cloud{"", Global, China} {
		if !cloud.cancels() {
			t.Errorf("%q does not cancel", cloud)
		}
	}
}

func TestHeadersOfEveryAnswer(t *testing.T) {
	t.Parallel()
	s, _ := server(t, Settings{})
	w := get(s, "/V1.0"+em, "client-request-id: 11111111-2222-3333-4444-555555555555")
	want := map[string]string{
		"request-id": requestName, "client-request-id": "11111111-2222-3333-4444-555555555555",
		"OData-Version": "4.0", "Content-Type": jsonType, "Content-Length": fmt.Sprint(w.Body.Len()),
	}
	for name, value := range want {
		if got := w.Header().Get(name); got != value {
			t.Errorf("%s = %q, want %q", name, got, value)
		}
	}
	for _, bad := range []string{strings.Repeat("x", 200), "a b", "<script>"} {
		if got := get(s, "/v1.0"+em, "client-request-id: "+bad).Header().Get("client-request-id"); got != requestName {
			t.Errorf("client-request-id %q was echoed as %q", bad, got)
		}
	}
}

func TestLenientAccept(t *testing.T) {
	t.Parallel()
	tests := []struct {
		accept      string
		json, count bool
	}{
		{"", true, true},
		{"*/*", true, true},
		{"application/json", true, true},
		{"application/json; charset=utf-8; IEEE754Compatible=false; odata.metadata=full", true, true},
		{"text/html, application/xhtml+xml, */*;q=0.8", true, true},
		{"text/plain", false, true},
		{"application/json;q=0", false, false},
		{"application/atom+xml", false, false},
	}
	for _, tt := range tests {
		if got := accepts(tt.accept, "application/json"); got != tt.json {
			t.Errorf("%q for JSON: %v", tt.accept, got)
		}
		if got := accepts(tt.accept, "text/plain"); got != tt.count {
			t.Errorf("%q for a count: %v", tt.accept, got)
		}
	}
}

func TestPreferences(t *testing.T) {
	t.Parallel()
	got := readPreferences([]string{`return=minimal, odata.maxpagesize="7"`, "include-unknown-enum-members; x=y", "respond-async"})
	if want := (preferences{maxPageSize: 7, returns: "minimal", unknownMembers: true}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := readPreferences([]string{"odata.maxpagesize=-1"}); got != (preferences{}) {
		t.Errorf("a size that is none was read as %+v", got)
	}
}

// company is a list of catalogs that answers in memory, as a store would.
func company(n int) route {
	var rows []entitlement.CatalogView
	for i := range n {
		rows = append(rows, entitlement.CatalogView{Catalog: entitlement.Catalog{
			ID: entitlement.CatalogID(fmt.Sprintf("00000000-0000-4000-8000-%012d", i)), DisplayName: fmt.Sprintf("Catalog %03d", i%50), Published: i%2 == 0,
		}})
	}
	return route{"GET", em + "/many", both, func(c *call) error {
		return answerList(c, wire.Catalog, c.here(), nil, func(q query.List, _ entitlement.Include) (query.Page[entitlement.CatalogView], error) {
			return wire.Catalog.Select(rows, q), nil
		})
	}, signedIn}
}

type listed struct {
	Context string `json:"@odata.context"`
	Count   *int   `json:"@odata.count"`
	Next    string `json:"@odata.nextLink"`
	Value   []struct{ ID, DisplayName string }
}

func list(t *testing.T, s *Server, target string, headers ...string) listed {
	t.Helper()
	w := get(s, target, headers...)
	var l listed
	if err := json.Unmarshal(w.Body.Bytes(), &l); err != nil || w.Code != 200 {
		t.Fatalf("%s: %d %s %v", target, w.Code, w.Body, err)
	}
	return l
}

func TestFollowingNextLinksGivesEveryRowOnce(t *testing.T) {
	t.Parallel()
	s, _ := server(t, Settings{}, company(120))
	target := "http://called.example:8080/v1.0" + em + "/many?$filter=state%20eq%20'published'&$orderby=displayName%20desc&$top=7&$select=id,displayName&custom=1"
	seen := map[string]bool{}
	last := "~"
	for target != "" {
		l := list(t, s, target)
		for _, row := range l.Value {
			if seen[row.ID] || row.DisplayName > last {
				t.Fatalf("%s %s came twice or out of order", row.ID, row.DisplayName)
			}
			seen[row.ID], last = true, row.DisplayName
		}
		target = l.Next
		if target == "" {
			break
		}
		if !strings.HasPrefix(target, "http://called.example:8080/v1.0"+em+"/many?") {
			t.Fatalf("the next link leads elsewhere: %s", target)
		}
		for _, option := range []string{"$filter=", "$orderby=", "$top=7", "$select=", "custom=1", "$skiptoken="} {
			if strings.Count(target, option) != 1 {
				t.Fatalf("the next link holds %s not once: %s", option, target)
			}
		}
	}
	if len(seen) != 60 {
		t.Errorf("%d rows, want 60", len(seen))
	}
}

func TestPageTokensBelongToTheirList(t *testing.T) {
	t.Parallel()
	s, _ := server(t, Settings{}, company(20), failing(em+"/other", nil))
	next := list(t, s, "/v1.0"+em+"/many?$top=5&$orderby=displayName").Next
	for _, foreign := range []string{
		strings.Replace(next, "$orderby=displayName", "$orderby=createdDateTime", 1),
		next + "&$filter=displayName%20eq%20'x'",
		strings.Replace(next, "/v1.0/", "/beta/", 1),
		next[:len(next)-2] + "xx",
	} {
		if w := get(s, foreign); w.Code != 400 {
			t.Errorf("%s: %d", foreign, w.Code)
		}
	}
	if w := get(s, next); w.Code != 200 {
		t.Errorf("its own: %d %s", w.Code, w.Body)
	}
}

func TestPageSizes(t *testing.T) {
	t.Parallel()
	s, _ := server(t, Settings{}, company(1500))
	tests := []struct {
		query, prefer string
		rows          int
	}{
		{"", "", 100},
		{"?$top=5000", "", 999},
		{"?$top=3", "", 3},
		{"?$skip=1499", "", 1},
		{"", "odata.maxpagesize=12", 12},
		{"?$top=3", "odata.maxpagesize=12", 3},
	}
	for _, tt := range tests {
		if l := list(t, s, "/v1.0"+em+"/many"+tt.query, "Prefer: "+tt.prefer); len(l.Value) != tt.rows || (l.Next == "") != (tt.query == "?$skip=1499") {
			t.Errorf("%q, Prefer %q: %d rows, next %q; want %d rows", tt.query, tt.prefer, len(l.Value), l.Next, tt.rows)
		}
	}
}

func TestSearch(t *testing.T) {
	t.Parallel()
	s, _ := server(t, Settings{}, company(120))
	if l := list(t, s, "/v1.0"+em+"/many?$search=%22LOG%20007%22"); len(l.Value) != 3 {
		t.Errorf("a phrase anywhere: %d rows, want 3", len(l.Value))
	}
	if l := list(t, s, "/v1.0"+em+"/many?$search=%22displayName:log%2000%22&$filter=state%20eq%20'published'&$count=true"); len(l.Value) != 15 || *l.Count != 15 {
		t.Errorf("in one property, filtered: %d rows, want 15", len(l.Value))
	}
	if w := get(s, "/v1.0/users?$search=%22displayName:ann%22"); w.Code != 400 || !strings.Contains(w.Body.String(), "ConsistencyLevel") {
		t.Errorf("in the directory without consistency: %d %s", w.Code, w.Body)
	}
}

func TestCounts(t *testing.T) {
	t.Parallel()
	rows := []entitlement.CatalogView{{Catalog: entitlement.Catalog{ID: someID, Published: true}}, {Catalog: entitlement.Catalog{ID: otherID}}}
	count := route{"GET", em + "/many/$count", both, func(c *call) error {
		return answerCount(c, wire.Catalog, nil, func(q query.List, _ entitlement.Include) (query.Page[entitlement.CatalogView], error) {
			return wire.Catalog.Select(rows, q), nil
		})
	}, signedIn}
	s, _ := server(t, Settings{}, count)
	for target, want := range map[string]string{"": "2", "?$filter=catalogStatus%20eq%20'Published'": "1"} {
		w := get(s, "/beta"+em+"/many/$count"+target, "Accept: text/plain")
		if w.Code != 200 || w.Body.String() != want || w.Header().Get("Content-Type") != textType {
			t.Errorf("%q: %d %s %v, want %s", target, w.Code, w.Body, w.Header(), want)
		}
	}
}

func TestFormOfAList(t *testing.T) {
	t.Parallel()
	s, _ := server(t, Settings{}, company(3))
	w := get(s, "/v1.0"+em+"/many?$count=true&$select=id&$top=2")
	want := regexp.MustCompile(`^\{"@odata.context":"http://example.com/v1.0/\$metadata#identityGovernance/entitlementManagement/many\(id\)",` +
		`"@odata.count":3,"@odata.nextLink":"http://example.com/v1.0/[^"]+","value":\[\{"id":"[^"]+"\},\{"id":"[^"]+"\}\]\}$`)
	if !want.MatchString(w.Body.String()) {
		t.Errorf("got %s", w.Body)
	}
}

func TestStringsAreJSON(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"", `a "quoted" \ back`, "tab\tnewline\n\x00\x1f", "é 漢 🙂 \u2028", "a&b<c>", "bad \xff utf-8"} {
		var got string
		if err := json.Unmarshal(appendString(nil, s), &got); err != nil || got != strings.ToValidUTF8(s, "\ufffd") {
			t.Errorf("%q was written as %s: %q %v", s, appendString(nil, s), got, err)
		}
	}
	if got := string(appendString(nil, "a&b")); got != `"a&b"` {
		t.Errorf("an ampersand was written as %s", got)
	}
}

func TestLinksFollowTheHost(t *testing.T) {
	t.Parallel()
	forwarded := []string{"X-Forwarded-Host: outside.example, inner", "X-Forwarded-Proto: https"}
	tests := []struct {
		name    string
		set     Settings
		headers []string
		want    string
	}{
		{"as called", Settings{}, nil, "http://example.com/v1.0/"},
		{"forwarded, but not trusted", Settings{}, forwarded, "http://example.com/v1.0/"},
		{"forwarded and trusted", Settings{TrustForwarded: true}, forwarded, "https://outside.example/v1.0/"},
		{"a fixed one", Settings{BaseURL: "https://fixed.example/", TrustForwarded: true}, forwarded, "https://fixed.example/v1.0/"},
	}
	for _, tt := range tests {
		s, _ := server(t, tt.set, company(1))
		if got := list(t, s, "/v1.0"+em+"/many", tt.headers...).Context; !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s: %s, want %s…", tt.name, got, tt.want)
		}
	}
}

func TestAnswersAreCompressedOnlyWhenItPays(t *testing.T) {
	t.Parallel()
	s, _ := server(t, Settings{}, company(100))
	plain := get(s, "/v1.0"+em+"/many").Body.String()
	w := get(s, "/v1.0"+em+"/many", "Accept-Encoding: br, gzip;q=0.5")
	if w.Header().Get("Content-Encoding") != "gzip" || w.Header().Get("Content-Length") != fmt.Sprint(w.Body.Len()) {
		t.Fatalf("headers %v", w.Header())
	}
	z, err := gzip.NewReader(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(z); err != nil || string(got) != plain {
		t.Errorf("decompressed to something else: %v", err)
	}
	for _, headers := range [][]string{{"Accept-Encoding: gzip;q=0"}, {"Accept-Encoding: br"}} {
		if got := get(s, "/v1.0"+em+"/many", headers...).Header().Get("Content-Encoding"); got != "" {
			t.Errorf("%v was answered in %s", headers, got)
		}
	}
	if got := get(s, "/v1.0"+em, "Accept-Encoding: gzip").Header().Get("Content-Encoding"); got != "" {
		t.Errorf("a short answer came in %s", got)
	}
}

// made is a route whose POST answers with a new catalog, and whose GET
// answers with an existing one.
func made(status int) []route {
	v := entitlement.CatalogView{Catalog: entitlement.Catalog{ID: someID, Version: 3, DisplayName: "Sales"}}
	return []route{
		{"POST", em + "/things", both, func(c *call) error {
			return answerMade(c, wire.Catalog, status, c.here(), someID, &v)
		}, signedIn},
		{"GET", em + "/things/{thing}", both, func(c *call) error {
			return answerOne(c, wire.Catalog, c.around(), func(entitlement.Include) (entitlement.CatalogView, error) { return v, nil })
		}, signedIn},
		{"PATCH", em + "/things/{thing}", both, func(c *call) error {
			body, err := c.content()
			if err != nil {
				return err
			}
			catalog := v.Catalog
			edit := editing(c, body, wire.Catalog, wire.Merge,
				func(x entitlement.Catalog) entitlement.CatalogView { return entitlement.CatalogView{Catalog: x} },
				func(x entitlement.CatalogView) entitlement.Catalog { return x.Catalog })
			if err := edit(&catalog); err != nil {
				return err
			}
			v := entitlement.CatalogView{Catalog: catalog}
			return answerChanged(c, wire.Catalog, c.around(), func(entitlement.Include) (entitlement.CatalogView, error) { return v, nil })
		}, signedIn},
	}
}

func TestCreatesTellWhereTheObjectIs(t *testing.T) {
	t.Parallel()
	location := "http://example.com/v1.0" + em + "/things/" + someID
	s, _ := server(t, Settings{}, made(201)...)
	w := do(s, "POST", "/v1.0"+em+"/things", "")
	if w.Code != 201 || w.Header().Get("Location") != location {
		t.Errorf("got %d, Location %q", w.Code, w.Header().Get("Location"))
	}
	if !strings.HasPrefix(w.Body.String(), `{"@odata.context":"http://example.com/v1.0/$metadata#identityGovernance/entitlementManagement/things/$entity","id":"`) {
		t.Errorf("body %s", w.Body)
	}
	w = do(s, "POST", "/v1.0"+em+"/things", "", "Prefer: return=minimal")
	if w.Code != 204 || w.Body.Len() != 0 || w.Header().Get("Location") != location || w.Header().Get("OData-EntityId") != location {
		t.Errorf("minimal: %d %s %v", w.Code, w.Body, w.Header())
	}
	s, _ = server(t, Settings{}, made(200)...)
	if w = do(s, "POST", "/v1.0"+em+"/things", "", "Prefer: return=minimal"); w.Code != 200 || w.Header().Get("Location") != "" {
		t.Errorf("a request that is taken in: %d %v", w.Code, w.Header())
	}
}

func TestChanges(t *testing.T) {
	t.Parallel()
	s, _ := server(t, Settings{}, made(201)...)
	thing := "/v1.0" + em + "/things/" + someID
	w := do(s, "PATCH", thing, `{"displayName":"New"}`, "Content-Type: application/json")
	if w.Code != 204 || w.Body.Len() != 0 || w.Header().Get("Content-Type") != "" {
		t.Errorf("PATCH: %d %s %v", w.Code, w.Body, w.Header())
	}
	w = do(s, "PATCH", thing, `{"displayName":"New"}`, "Content-Type: application/json", "Prefer: return=representation", `If-Match: W/"`+someID+`-3"`)
	if w.Code != 200 || !strings.Contains(w.Body.String(), `"displayName":"New"`) || w.Header().Get("Preference-Applied") != "return=representation" {
		t.Errorf("PATCH with representation: %d %s %v", w.Code, w.Body, w.Header())
	}
	if w = do(s, "PATCH", thing, `{}`, "Content-Type: application/json", `If-Match: W/"`+someID+`-2"`); w.Code != 412 {
		t.Errorf("PATCH of an older version: %d %s", w.Code, w.Body)
	}
	if w = do(s, "PATCH", thing, ""); w.Code != 400 {
		t.Errorf("PATCH without a body: %d %s", w.Code, w.Body)
	}
}

func TestUnchangedObjectsAreNotSentAgain(t *testing.T) {
	t.Parallel()
	s, _ := server(t, Settings{}, made(201)...)
	thing := "/v1.0" + em + "/things/" + someID
	tag := get(s, thing).Header().Get("ETag")
	if tag != `W/"`+someID+`-3"` {
		t.Fatalf("ETag = %s", tag)
	}
	if w := get(s, thing, "If-None-Match: "+tag); w.Code != 304 || w.Body.Len() != 0 {
		t.Errorf("the same version: %d %s", w.Code, w.Body)
	}
	if w := get(s, thing, `If-None-Match: W/"other"`); w.Code != 200 {
		t.Errorf("another version: %d", w.Code)
	}
}

func TestCancelAnswersNothingAtAll(t *testing.T) {
	t.Parallel()
	s, _ := server(t, Settings{}, route{"POST", em + "/done", both, func(c *call) error { return c.sendNothing(http.StatusOK) }, signedIn})
	w := do(s, "POST", "/v1.0"+em+"/done", "")
	if w.Code != 200 || w.Body.Len() != 0 || w.Header().Get("Content-Length") != "0" || w.Header().Get("Content-Type") != "" {
		t.Errorf("got %d %q %v", w.Code, w.Body, w.Header())
	}
}

func TestRetiringPathsSaySo(t *testing.T) {
	t.Parallel()
	s, _ := server(t, Settings{Cloud: USGovL4, Sunset: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)})
	w := do(s, "POST", "/beta"+em+"/accessPackageAssignmentRequests/"+someID+"/cancel", "")
	want := map[string]string{
		"Deprecation": "true", "Sunset": "Tue, 01 Jan 2030 00:00:00 GMT",
		"Link": "<http://example.com/beta" + em + `/assignmentRequests>; rel="successor-version"`,
	}
	for name, value := range want {
		if got := w.Header().Get(name); got != value {
			t.Errorf("%s = %q, want %q", name, got, value)
		}
	}
	w = do(s, "POST", "/beta"+em+"/assignmentRequests/"+someID+"/cancel", "")
	if got := w.Header().Get("Deprecation"); got != "" {
		t.Errorf("the successor is deprecated: %s", got)
	}
}

func TestTenantOutOfTheSettings(t *testing.T) {
	t.Parallel()
	s, _ := server(t, Settings{Organization: "Contoso", Domains: []string{"contoso.com", "b.example"}})
	var body struct {
		Value []struct {
			ID        string
			IsInitial bool
		}
	}
	w := get(s, "/v1.0/domains")
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil || len(body.Value) != 2 || !body.Value[0].IsInitial || body.Value[1].IsInitial {
		t.Errorf("domains: %s %v", w.Body, err)
	}
	if w := get(s, "/v1.0/organization"); !strings.Contains(w.Body.String(), `"displayName":"Contoso"`) {
		t.Errorf("organization: %s", w.Body)
	}
	if w := get(s, "/v1.0/domains", "Authorization: Bearer app"); w.Code != 403 || code(t, w) != "Authorization_RequestDenied" {
		t.Errorf("an application without a permission: %d %s", w.Code, w.Body)
	}
	if w := get(s, "/v1.0/domains/CONTOSO.com"); w.Code != 200 || !strings.Contains(w.Body.String(), `"id":"contoso.com"`) {
		t.Errorf("one domain: %d %s", w.Code, w.Body)
	}
}

func TestAccountsNameNoSecrets(t *testing.T) {
	t.Parallel()
	s, logged := server(t, Settings{}, made(201)...)
	var calls []Call
	s.Observe = func(c Call) { calls = append(calls, c) }
	do(s, "PATCH", "/v1.0"+em+"/things/"+someID+"?secret=query", `{"displayName":"New"}`, "Content-Type: application/json")
	want := []Call{{Method: "PATCH", Path: "/v1.0" + em + "/things/" + someID, Status: 204, RequestBytes: 21}}
	if !slices.Equal(calls, want) {
		t.Errorf("observed %+v, want %+v", calls, want)
	}
	line := logged.String()
	for _, part := range []string{"method=PATCH", "route=" + em + "/things/{thing}", "status=204", "took=", "request=" + requestName} {
		if !strings.Contains(line, part) {
			t.Errorf("the log lacks %s: %s", part, line)
		}
	}
	for _, part := range []string{"secret", "person", "New", someID} {
		if strings.Contains(line, part) {
			t.Errorf("the log tells %s: %s", part, line)
		}
	}
}
