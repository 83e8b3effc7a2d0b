package test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// badCall is a call that must be refused. Names in braces stand for what the
// surface or the fixture calls them.
type badCall struct {
	name   string
	method string // empty: GET, or POST with a body
	path   string // below entitlement management, unless it begins with "//"
	token  string // empty: the administrator's
	header map[string]string
	body   string

	status int
	code   string
	says   []string // words of the message
	target string   // of the first detail; empty: any
}

// malformedBodies are requests for access that cannot be understood.
var malformedBodies = []badCall{
	{name: "no JSON", body: `requestType=userAdd`, code: "InvalidModel", says: []string{"not valid"}},
	{name: "cut off", body: `{"requestType":"userAdd","{assignment}":{"accessPackageId":"{package}"`, code: "InvalidModel", says: []string{"not valid"}},
	{name: "two values", body: `{"requestType":"userAdd"}{}`, code: "InvalidModel"},
	{name: "a list", body: `[]`, code: "InvalidModel", says: []string{"object"}},
	{name: "nothing", body: ``, method: "POST", code: "InvalidModel"},
	{name: "too deep", body: strings.Repeat(`{"a":`, 5000) + `1` + strings.Repeat(`}`, 5000), code: "InvalidModel"},
	{name: "a member twice", body: `{"requestType":"userAdd","requestType":"adminAdd","{assignment}":{"accessPackageId":"{package}"}}`, code: "InvalidModel", says: []string{"requestType", "twice"}},
	{name: "a member twice in other case", body: `{"requestType":"userAdd","RequestType":"adminAdd"}`, code: "InvalidModel", says: []string{"RequestType", "twice"}},
	{name: "a number for text", body: `{"requestType":"userAdd","justification":7,"{assignment}":{"accessPackageId":"{package}"}}`, code: "InvalidModel", says: []string{"justification"}, target: "justification"},
	{name: "text for an object", body: `{"requestType":"userAdd","{assignment}":"{package}"}`, code: "InvalidModel", says: []string{"{assignment}"}},
	{name: "an object for a list", body: `{"requestType":"userAdd","answers":{}}`, code: "InvalidModel", says: []string{"answers"}, target: "answers"},
	{name: "an unknown kind", body: `{"requestType":"userTake","{assignment}":{"accessPackageId":"{package}"}}`, code: "InvalidModel", says: []string{"requestType", "serAdd"}, target: "requestType"},
	{name: "no kind", body: `{"{assignment}":{"accessPackageId":"{package}"}}`, code: "InvalidModel", says: []string{"requestType", "required"}},
	{name: "a kind of the server's own", body: `{"requestType":"systemAdd","{assignment}":{"accessPackageId":"{package}"}}`, code: "RequestTypeNotAllowed", says: []string{"systemAdd"}},
	{name: "no GUID", body: `{"requestType":"userAdd","{assignment}":{"accessPackageId":"payroll"}}`, code: "InvalidModel", says: []string{"accessPackageId", "GUID"}},
	{name: "an unknown property", body: `{"requestType":"userAdd","colour":"red","{assignment}":{"accessPackageId":"{package}"}}`, code: "InvalidModel", says: []string{"colour", "does not exist"}, target: "colour"},
	{name: "an unknown property inside", body: `{"requestType":"userAdd","{assignment}":{"accessPackageId":"{package}","colour":1}}`, code: "InvalidModel", says: []string{"colour", "does not exist"}},
	{name: "no instant", body: `{"requestType":"userAdd","{assignment}":{"accessPackageId":"{package}"},"schedule":{"startDateTime":"tomorrow"}}`, code: "InvalidModel", says: []string{"startDateTime"}},
	{name: "a repetition", body: `{"requestType":"userAdd","{assignment}":{"accessPackageId":"{package}"},"schedule":{"recurrence":{"pattern":{"type":"daily"}}}}`, code: "InvalidModel", says: []string{"recurrence"}},
	{name: "a wrong duration", body: `{"requestType":"userAdd","{assignment}":{"accessPackageId":"{package}"},"schedule":{"expiration":{"type":"afterDuration","duration":"30 days"}}}`, code: "InvalidModel", says: []string{"duration", "ISO 8601"}},
	{name: "an unknown package", body: `{"requestType":"userAdd","{assignment}":{"accessPackageId":"00000000-0000-4000-8000-000000000001"}}`, status: 404},
	{name: "XML", body: `<a/>`, header: map[string]string{"Content-Type": "application/xml"}, status: 415, code: "UnsupportedMediaType", says: []string{"application/json"}},
	{name: "a form", body: `a=b`, header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, status: 415, code: "UnsupportedMediaType", says: []string{"application/json"}},
	{name: "no content type", body: `{}`, header: map[string]string{"Content-Type": ""}, status: 415, code: "UnsupportedMediaType", says: []string{"Content-Type"}},
	{name: "an unknown coding", body: `{}`, header: map[string]string{"Content-Encoding": "br"}, status: 415, code: "UnsupportedMediaType", says: []string{"br", "gzip"}},
	{name: "gzip that is none", body: `{}`, header: map[string]string{"Content-Encoding": "gzip"}, code: "BadRequest", says: []string{"encoding"}},
}

// malformedCalls are queries, paths and tokens that cannot be understood.
var malformedCalls = []badCall{
	{name: "unknown option", path: "/{requests}?$colour=red", code: "BadRequest", says: []string{"$colour", "not supported"}, target: "$colour"},
	{name: "an option twice", path: "/{requests}?$top=1&top=2", code: "BadRequest", says: []string{"$top", "twice"}},
	{name: "$top below zero", path: "/{requests}?$top=-1", code: "BadRequest", says: []string{"$top"}},
	{name: "$top zero", path: "/{requests}?$top=0", code: "BadRequest", says: []string{"$top", "between 1 and 999"}, target: "$top"},
	{name: "$top no number", path: "/{requests}?$top=x", code: "BadRequest", says: []string{"$top", "number"}},
	{name: "$skip below zero", path: "/{requests}?$skip=-5", code: "BadRequest", says: []string{"$skip"}},
	{name: "$count neither", path: "/{requests}?$count=perhaps", code: "BadRequest", says: []string{"$count", "true"}},
	{name: "a foreign page token", path: "/{requests}?$skiptoken=garbage", code: "BadRequest", says: []string{"$skiptoken"}, target: "$skiptoken"},
	{name: "$format", path: "/{requests}?$format=xml", code: "BadRequest", says: []string{"$format", "json"}},
	{name: "$search", path: "/{requests}?$search=%22x%22", says: []string{"$search"}},
	{name: "filter: unknown name", path: "/{requests}?$filter=colour eq 'red'", code: "InvalidFilter", says: []string{"colour", "{state}"}, target: "$filter"},
	{name: "filter: unknown path", path: "/{requests}?$filter=accessPackage/colour eq 'red'", code: "InvalidFilter", says: []string{"accessPackage/colour"}},
	{name: "filter: unknown operator", path: "/{requests}?$filter={state} is 'delivered'", code: "InvalidFilter", says: []string{"position"}},
	{name: "filter: order of states", path: "/{requests}?$filter={state} gt 'delivered'", code: "InvalidFilter", says: []string{"{state}", "eq"}},
	{name: "filter: has", path: "/{requests}?$filter=id has 'delivered'", code: "InvalidFilter", says: []string{"has"}},
	{name: "filter: unknown state", path: "/{requests}?$filter={state} eq 'lost'", code: "InvalidFilter", says: []string{"{state}", "elivered"}},
	{name: "filter: unclosed quote", path: "/{requests}?$filter=id eq 'abc", code: "InvalidFilter", says: []string{"quote"}},
	{name: "filter: unclosed parenthesis", path: "/{requests}?$filter=({state} eq 'delivered'", code: "InvalidFilter", says: []string{"position"}},
	{name: "filter: nothing behind and", path: "/{requests}?$filter={state} eq 'delivered' and", code: "InvalidFilter", says: []string{"position"}},
	{name: "filter: no GUID", path: "/{requests}?$filter=accessPackage/id eq 'payroll'", code: "InvalidFilter", says: []string{"accessPackage/id", "Guid"}},
	{name: "filter: no instant", path: "/{requests}?$filter=createdDateTime ge 'monday'", code: "InvalidFilter", says: []string{"createdDateTime"}},
	{name: "filter: text of an instant", path: "/{requests}?$filter=contains(createdDateTime,'2026')", code: "InvalidFilter", says: []string{"createdDateTime"}},
	{name: "filter: unknown function", path: "/{requests}?$filter=soundslike(id,'x')", code: "InvalidFilter", says: []string{"soundslike"}},
	{name: "filter: empty", path: "/{requests}?$filter=", code: "InvalidFilter", says: []string{"$filter"}},
	{name: "filter on /$count", path: "/{requests}/$count?$filter=colour eq 'red'", code: "InvalidFilter", says: []string{"colour"}},
	{name: "orderby", path: "/{requests}?$orderby=colour", code: "InvalidFilter", says: []string{"colour", "$orderby"}},
	{name: "orderby direction", path: "/{requests}?$orderby=createdDateTime up", says: []string{"$orderby"}},
	{name: "select", path: "/{requests}?$select=id,colour", says: []string{"colour"}},
	{name: "expand", path: "/{requests}?$expand=colour", says: []string{"colour"}},
	{name: "expand inside", path: "/{requests}?$expand={assignment}($expand=colour)", says: []string{"colour"}},
	{name: "expand unclosed", path: "/{requests}?$expand={assignment}($expand=target", says: []string{"$expand"}},
	{name: "percent", path: "/{requests}?$filter=%zz", code: "BadRequest", says: []string{"percent"}},
	{name: "filterByCurrentUser of nobody", path: "/{requests}/filterByCurrentUser(on='everybody')", token: "person", code: "", says: []string{"everybody"}},
	{name: "select on one", path: "/{requests}/{request}?$select=colour", says: []string{"colour"}},

	{name: "unknown segment", path: "/{requests}s", code: "BadRequest", says: []string{"Resource not found for the segment '{requests}s'"}},
	{name: "unknown segment below", path: "/{requests}/{request}/colour", code: "BadRequest", says: []string{"Resource not found for the segment 'colour'"}},
	{name: "unknown action", method: "POST", path: "/{requests}/{request}/approve", code: "BadRequest", says: []string{"approve"}},
	{name: "empty segment", path: "//{V}//users", code: "BadRequest", says: []string{"empty segment"}},
	{name: "unknown version", path: "//v2.0/users", code: "BadRequest", says: []string{"Invalid version: v2.0"}},
	{name: "no version", path: "//users", code: "BadRequest", says: []string{"Invalid version: users"}},
	{name: "wrong method", method: "PATCH", path: "/{requests}/{request}", body: `{}`, status: 405, code: "MethodNotAllowed", says: []string{"PATCH", "GET"}},
	{name: "wrong method on a list", method: "DELETE", path: "/{catalogs}", status: 405, code: "MethodNotAllowed", says: []string{"GET, POST"}},
	{name: "wrong method on an action", method: "PUT", path: "/{requests}/{request}/cancel", status: 405, code: "MethodNotAllowed", says: []string{"POST"}},
	{name: "no GUID to read", path: "/{requests}/payroll", status: 404, code: "ResourceNotFound", says: []string{"payroll", "GUID"}},
	{name: "no GUID to cancel", method: "POST", path: "/{requests}/payroll/cancel", code: "InvalidModel", says: []string{"payroll", "Guid"}},
	{name: "unknown request", path: "/{requests}/00000000-0000-4000-8000-000000000001", status: 404, code: "ResourceNotFound"},
	{name: "cancel of another", method: "POST", path: "/{requests}/{request}/cancel", body: `{"id":"00000000-0000-4000-8000-000000000001","{status}":"cancelled"}`, code: "InvalidModel", says: []string{"00000000-0000-4000-8000-000000000001", "{request}"}, target: "id"},
	{name: "cancel with another word", method: "POST", path: "/{requests}/{request}/cancel", body: `{"id":"{request}","{status}":"approved"}`, code: "InvalidModel", says: []string{"{status}", "cancelled"}},
	{name: "cancel with half a body", method: "POST", path: "/{requests}/{request}/cancel", body: `{"id":`, code: "InvalidModel"},
	{name: "Accept", path: "/{requests}", header: map[string]string{"Accept": "text/html"}, status: 406, code: "NotAcceptable", says: []string{"Accept"}},

	{name: "no token", path: "/{requests}", token: "none", status: 401, code: "InvalidAuthenticationToken"},
	{name: "no token to write", path: "/{requests}", token: "none", body: `{}`, status: 401, code: "InvalidAuthenticationToken"},
	{name: "basic authentication", path: "/{requests}", token: "Basic Zm9vOmJhcg==", status: 401, code: "InvalidAuthenticationToken"},
	{name: "no JWT", path: "/{requests}", token: "Bearer abc", status: 401, code: "InvalidAuthenticationToken"},
	{name: "expired", path: "/{requests}", token: "expired", status: 401, code: "InvalidAuthenticationToken"},
	{name: "another server's", path: "/{requests}", token: "foreign", status: 401, code: "InvalidAuthenticationToken"},
	{name: "tampered", path: "/{requests}", token: "tampered", status: 401, code: "InvalidAuthenticationToken"},
	{name: "unsigned", path: "/{requests}", token: "unsigned", status: 401, code: "InvalidAuthenticationToken"},
	{name: "unknown path without a token", path: "/colour", token: "none", status: 401, code: "InvalidAuthenticationToken"},
	{name: "a scope that is not enough", path: "/{requests}", token: "reader", body: `{"requestType":"userAdd","{assignment}":{"accessPackageId":"{package}"}}`, status: 403, code: "UnAuthorized"},
	{name: "no scope of ours", path: "/{requests}", token: "outsider", status: 403, code: "UnAuthorized"},
	{name: "an app without permission", path: "/{requests}", token: "powerless", status: 403, code: "UnAuthorized"},
	{name: "an app as a person", path: "/{requests}/filterByCurrentUser(on='target')", status: 403, code: "UnAuthorized", says: []string{"delegated"}},
	{name: "a stranger's request for a catalog", path: "/{catalogs}", token: "person", body: `{"displayName":"x","description":"x"}`, status: 403, code: "UnAuthorized"},
}

// TestBadInputIsRefusedAndStoresNothing sends everything that clients get
// wrong, on both versions. Each is refused with its own status, in the
// complete error form, in words that name what is wrong.
func TestBadInputIsRefusedAndStoresNothing(t *testing.T) {
	t.Parallel()
	v := &victim{t: t, dsn: "sqlite::memory:", flags: []string{"--frozen"}}
	v.start()
	t.Cleanup(func() { v.kill() })
	known := v.something()
	tokens := v.badTokens(known["person"])
	for _, s := range surfaces {
		names := maps.Clone(known)
		maps.Copy(names, s.names)
		v.checkAll(t, s.name, names, tokens)
	}
}

func (v *victim) checkAll(t *testing.T, surface string, names, tokens map[string]string) {
	var calls []badCall
	for _, c := range malformedBodies {
		c.path, c.token = "/{requests}", "person"
		calls = append(calls, c)
	}
	calls = append(calls, malformedCalls...)
	stored := v.inventory()
	for _, c := range calls {
		t.Run(surface+"/"+c.name, func(t *testing.T) { v.refused(t, c, names, tokens) })
	}
	if now := v.inventory(); now != stored {
		t.Errorf("%s: refused calls changed what is stored: %s, before %s", surface, now, stored)
	}
}

// refused sends a bad call and checks the refusal.
func (v *victim) refused(t *testing.T, c badCall, names, tokens map[string]string) {
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(names)) {
		pairs = append(pairs, "{"+name+"}", names[name])
	}
	fill := strings.NewReplacer(pairs...).Replace
	path := "/" + names["V"] + "/identityGovernance/entitlementManagement" + c.path
	if strings.HasPrefix(c.path, "//") {
		path = c.path[1:]
	}
	if c.method == "" {
		c.method = http.MethodGet
		if c.body != "" {
			c.method = http.MethodPost
		}
	}
	if c.status == 0 {
		c.status = http.StatusBadRequest
	}
	header := http.Header{"Content-Type": {"application/json"}}
	for name, value := range c.header {
		header.Set(name, value)
	}
	switch token, ok := tokens[c.token]; {
	case ok && token != "":
		header.Set("Authorization", "Bearer "+token)
	case !ok:
		header.Set("Authorization", c.token)
	}
	resp, body := v.send(t, c.method, strings.ReplaceAll(fill(path), " ", "%20"), header, []byte(fill(c.body)))
	if resp.StatusCode != c.status {
		t.Fatalf("status %d, want %d: %s", resp.StatusCode, c.status, body)
	}
	form := wellFormed(t, resp, body)
	if c.code != "" && form.Code != c.code {
		t.Errorf("code %s, want %s: %s", form.Code, c.code, form.Message)
	}
	for _, words := range c.says {
		if !strings.Contains(form.Message, fill(words)) {
			t.Errorf("the message does not say %q: %s", fill(words), form.Message)
		}
	}
	if c.target != "" && (len(form.Details) == 0 || form.Details[0].Target != fill(c.target)) {
		t.Errorf("details %+v, want the target %s", form.Details, fill(c.target))
	}
	if c.status == http.StatusUnauthorized && !strings.HasPrefix(resp.Header.Get("WWW-Authenticate"), "Bearer ") {
		t.Errorf("WWW-Authenticate is %q", resp.Header.Get("WWW-Authenticate"))
	}
	if c.status == http.StatusMethodNotAllowed && resp.Header.Get("Allow") == "" {
		t.Error("Allow is missing")
	}
}

// send makes a call and returns the answer with its body.
func (v *victim) send(t *testing.T, method, path string, header http.Header, body []byte) (*http.Response, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, v.base+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header = header
	req.Header.Set("client-request-id", echoed)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, answer
}

const echoed = "3d2f1c7e-0b5a-4a7f-9c55-6f3f0c9a1b2c"

type errorForm struct {
	Code, Message string
	Details       []struct{ Code, Target, Message string }
	InnerError    map[string]string
}

var (
	instant = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$`)
	guid    = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
)

// wellFormed checks the error form of an answer and returns it.
func wellFormed(t *testing.T, resp *http.Response, body []byte) errorForm {
	t.Helper()
	var answer struct{ Error errorForm }
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&answer); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	form := answer.Error
	if form.Code == "" || form.Message == "" {
		t.Errorf("code or message is missing: %s", body)
	}
	inner := form.InnerError
	if !instant.MatchString(inner["date"]) || !guid.MatchString(inner["request-id"]) || inner["client-request-id"] != echoed {
		t.Errorf("innerError is incomplete: %s", body)
	}
	if resp.Header.Get("request-id") != inner["request-id"] || resp.Header.Get("client-request-id") != echoed {
		t.Errorf("the headers name request %q of %q", resp.Header.Get("request-id"), resp.Header.Get("client-request-id"))
	}
	if !strings.HasPrefix(resp.Header.Get("Content-Type"), "application/json") {
		t.Errorf("Content-Type is %q", resp.Header.Get("Content-Type"))
	}
	return form
}

// something makes a package that everybody may ask for, and a request that
// waits. The names are those that bad calls use.
func (v *victim) something() map[string]string {
	v.t.Helper()
	boss, person := v.user("boss"), v.user("person")
	group := v.create("/v1.0/groups", map[string]any{"displayName": "g", "mailEnabled": false, "mailNickname": "g", "securityEnabled": true})
	catalog := v.create(em+"/catalogs", map[string]any{"displayName": "c", "description": "c"})
	v.create(em+"/resourceRequests", map[string]any{
		"requestType": "adminAdd", "catalog": map[string]any{"id": catalog}, "resource": map[string]any{"originId": group, "originSystem": "AadGroup"},
	})
	guarded, open := v.pkg(catalog, group, "guarded", oneStage(boss)), v.pkg(catalog, group, "open", nil)
	request := v.must(v.token(person), "POST", em+"/assignmentRequests", map[string]any{
		"requestType": "userAdd", "assignment": map[string]any{"accessPackageId": guarded},
	})["id"]
	v.must("", "POST", "/_emulator/settle", nil)
	return map[string]string{"person": person, "catalog": catalog, "package": open, "request": fmt.Sprint(request)}
}

// badTokens are tokens for the calls, by name; "" is the administrator's.
func (v *victim) badTokens(person string) map[string]string {
	v.t.Helper()
	mint := func(body map[string]any) string {
		return fmt.Sprint(v.must("", "POST", "/_emulator/token", body)["access_token"])
	}
	header, payload := `{"alg":"none","typ":"JWT"}`, strings.Split(v.admin, ".")[1]
	parts := strings.Split(v.token(person), ".")
	other := &victim{t: v.t, dsn: "sqlite::memory:"}
	other.start()
	foreign := other.admin
	other.kill()
	// Expired a minute ago: more than clocks may differ by.
	expired := mint(map[string]any{"expiresIn": 60})
	v.must("", "PUT", "/_emulator/clock", map[string]any{"advance": "PT11M"})
	v.admin = v.token("")
	return map[string]string{
		"": v.admin, "none": "", "person": v.token(person), "expired": expired, "foreign": foreign,
		"tampered":  parts[0] + "." + payload + "." + parts[2],
		"unsigned":  base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + payload + ".",
		"reader":    mint(map[string]any{"user": person, "scp": "EntitlementManagement.Read.All"}),
		"outsider":  mint(map[string]any{"user": person, "scp": "User.Read"}),
		"powerless": mint(map[string]any{"roles": []string{}, "wids": []string{}}),
	}
}

// inventory says how much of everything is stored.
func (v *victim) inventory() string {
	v.t.Helper()
	var counts []string
	for _, list := range []string{"assignmentRequests", "assignments", "catalogs", "accessPackages", "assignmentPolicies"} {
		out := v.must(v.admin, "GET", em+"/"+list+"?$count=true&$top=999&$orderby=id", nil)
		encoded, err := json.Marshal(out["value"])
		if err != nil {
			v.t.Fatal(err)
		}
		counts = append(counts, fmt.Sprintf("%v %s: %s", out["@odata.count"], list, encoded))
	}
	return strings.Join(counts, "\n")
}

// TestBodiesThatAreTooLarge are refused with 413, and cost no memory: neither
// many bytes nor few bytes that become many.
func TestBodiesThatAreTooLarge(t *testing.T) {
	t.Parallel()
	v := &victim{t: t, dsn: "sqlite::memory:", flags: []string{"--frozen"}}
	v.start()
	t.Cleanup(func() { v.kill() })
	known := v.something()
	stored := v.inventory()
	large := []byte(`{"requestType":"userAdd","justification":"` + strings.Repeat("x", 10<<20) + `"}`)
	bomb := zipped(t, 100<<20)
	before := v.peak(t)
	for _, s := range surfaces {
		root := "/" + s.names["V"] + "/identityGovernance/entitlementManagement/"
		for _, path := range []string{root + s.names["requests"], root + s.names["requests"] + "/" + known["request"] + "/cancel", root + s.names["catalogs"]} {
			for name, body := range map[string][]byte{"": large, "gzip": bomb} {
				header := http.Header{"Content-Type": {"application/json"}, "Authorization": {"Bearer " + v.admin}}
				if name != "" {
					header.Set("Content-Encoding", name)
				}
				resp, answer := v.send(t, http.MethodPost, path, header, body)
				if resp.StatusCode != http.StatusRequestEntityTooLarge {
					t.Fatalf("%s %s: status %d: %s", path, name, resp.StatusCode, answer)
				}
				if form := wellFormed(t, resp, answer); form.Code != "RequestEntityTooLarge" || !strings.Contains(form.Message, "1048576") {
					t.Errorf("%s %s: %+v", path, name, form)
				}
			}
		}
	}
	if grown := v.peak(t) - before; grown > 32<<10 {
		t.Errorf("the server grew by %d KiB", grown)
	}
	if now := v.inventory(); now != stored {
		t.Errorf("refused calls changed what is stored: %s, before %s", now, stored)
	}
}

func zipped(t *testing.T, spaces int) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	chunk := bytes.Repeat([]byte(" "), 1<<20)
	for range spaces / len(chunk) {
		if _, err := z.Write(chunk); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// peak is the most memory that the server has had, in KiB; 0 where the
// system does not tell.
func (v *victim) peak(t *testing.T) int {
	t.Helper()
	status, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(v.cmd.Process.Pid), "status"))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if value, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kib, err := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(value), "kB")))
			if err != nil {
				t.Fatal(err)
			}
			return kib
		}
	}
	return 0
}

// TestLenientInputIgnoresUnknownProperties is the setting that makes the
// server forgive what it otherwise refuses by name.
func TestLenientInputIgnoresUnknownProperties(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "lenient.yaml")
	if err := os.WriteFile(file, []byte("lenientInput: true\nlog: {level: warn}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	v := &victim{t: t, dsn: "sqlite::memory:", flags: []string{"--config", file}}
	v.start()
	t.Cleanup(func() { v.kill() })
	for _, s := range surfaces {
		out := v.must(v.admin, "POST", "/"+s.names["V"]+"/identityGovernance/entitlementManagement/"+s.names["catalogs"],
			map[string]any{"displayName": s.name, "description": "d", "colour": "red"})
		if out["displayName"] != s.name || out["colour"] != nil {
			t.Errorf("%s: answered %v", s.name, out)
		}
	}
	status, out, err := v.call(http.DefaultClient, v.admin, "POST", em+"/catalogs", map[string]any{"displayName": 7})
	if err != nil || status != http.StatusBadRequest {
		t.Errorf("a number for a text is no unknown property: %d %v %v", status, out, err)
	}
}
