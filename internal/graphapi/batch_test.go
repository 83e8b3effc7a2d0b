package graphapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/grantkeep/grantkeep/internal/fault"
)

// batchAnswer is one answer in a batch.
type batchAnswer struct {
	ID      string
	Status  int
	Headers map[string]string
	Body    json.RawMessage
}

func (a batchAnswer) code() string {
	var body struct {
		Error struct{ Code, Message string }
	}
	if json.Unmarshal(a.Body, &body) != nil {
		return ""
	}
	return body.Error.Code
}

// batched sends a batch and returns the answers in it.
func batched(t *testing.T, s *Server, body string, headers ...string) []batchAnswer {
	t.Helper()
	w := do(s, "POST", "/v1.0/$batch", body, append(headers, "Content-Type: application/json")...)
	if w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	return batchAnswers(t, w)
}

func batchAnswers(t *testing.T, w *httptest.ResponseRecorder) []batchAnswer {
	t.Helper()
	var got struct{ Responses []batchAnswer }
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatalf("%v in %s", err, w.Body)
	}
	return got.Responses
}

// probe is a set of routes that remember in which order they were called.
type probe struct {
	mu     sync.Mutex
	called []string
}

func (p *probe) routes() []route {
	return []route{
		{"GET", "/probe/{name:any}", both, p.take, signedIn},
		{"POST", "/probe/{name:any}", both, p.take, signedIn},
		{"GET", "/probe/{name:any}/$count", both, func(c *call) error { return c.sendText("42") }, signedIn},
		{"DELETE", "/probe/{name:any}", both, func(c *call) error { return c.sendNothing(http.StatusNoContent) }, signedIn},
		{"GET", "/panicking", both, func(*call) error { panic("no") }, signedIn},
		{"GET", "/halfway", both, func(c *call) error {
			if err := c.sendText("half"); err != nil {
				return err
			}
			panic("no")
		}, signedIn},
	}
}

func (p *probe) take(c *call) error {
	body, err := c.body()
	if err != nil {
		return err
	}
	p.mu.Lock()
	p.called = append(p.called, c.arg("name"))
	p.mu.Unlock()
	if strings.HasPrefix(c.arg("name"), "bad") {
		return fault.New(fault.Conflict, "Conflict", "no")
	}
	return c.sendJSON(http.StatusOK, func(b []byte) []byte {
		return fmt.Appendf(b, `{"name":%q,"body":%q,"who":%q,"base":%q,"consistency":%q}`, c.arg("name"), body, c.who.Actor.ID, c.base(), c.r.Header.Get("ConsistencyLevel"))
	})
}

func TestBatchRunsEachRequestAsTheCaller(t *testing.T) {
	t.Parallel()
	var p probe
	s, _ := server(t, Settings{TrustForwarded: true}, p.routes()...)
	got := batched(t, s, `{"requests":[
		{"id":"1","method":"GET","url":"/probe/a","headers":{"Authorization":"Bearer app","ConsistencyLevel":"eventual"}},
		{"id":"2","method":"post","url":"probe/b?$top=1","headers":{"content-type":"application/json"},"body":{"x":[1,2]}},
		{"id":"3","method":"DELETE","url":"/probe/c"},
		{"id":"4","method":"GET","url":"/probe/d/$count"}
	]}`, "X-Forwarded-Host: api.example.com", "X-Forwarded-Proto: https")
	if len(got) != 4 {
		t.Fatalf("%d answers", len(got))
	}
	var echo struct{ Name, Body, Who, Base, Consistency string }
	for i, want := range []struct{ name, body, consistency string }{{"a", "", "eventual"}, {"b", `{"x":[1,2]}`, ""}} {
		if err := json.Unmarshal(got[i].Body, &echo); err != nil {
			t.Fatal(err)
		}
		if echo.Name != want.name || echo.Body != want.body || echo.Who != someID || echo.Base != "https://api.example.com" || echo.Consistency != want.consistency {
			t.Errorf("request %d was %+v", i+1, echo)
		}
		if got[i].Headers["Request-Id"] == "" || got[i].Headers["Content-Type"] != jsonType {
			t.Errorf("headers of answer %d: %v", i+1, got[i].Headers)
		}
	}
	if got[2].Status != 204 || got[2].Body != nil {
		t.Errorf("a 204 in a batch: %+v", got[2])
	}
	if string(got[3].Body) != `"NDI"` { // base64url of 42
		t.Errorf("a count in a batch: %s", got[3].Body)
	}
}

func TestBatchWaitsForWhatARequestDependsOn(t *testing.T) {
	t.Parallel()
	var p probe
	s, _ := server(t, Settings{}, p.routes()...)
	got := batched(t, s, `{"requests":[
		{"id":"C","method":"GET","url":"/probe/c","dependsOn":["b"]},
		{"id":"B","method":"GET","url":"/probe/b","dependsOn":["a"]},
		{"id":"A","method":"GET","url":"/probe/a"},
		{"id":"X","method":"GET","url":"/probe/bad"},
		{"id":"Y","method":"GET","url":"/probe/y","dependsOn":["A","X"]},
		{"id":"Z","method":"GET","url":"/probe/z","dependsOn":["Y"]}
	]}`)
	var status []int
	for _, a := range got {
		status = append(status, a.Status)
	}
	if want := []int{200, 200, 200, 409, 424, 424}; !slices.Equal(status, want) {
		t.Errorf("statuses %v, want %v", status, want)
	}
	if got[4].code() != "FailedDependency" {
		t.Errorf("a failed dependency: %s", got[4].Body)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	order := slices.DeleteFunc(slices.Clone(p.called), func(name string) bool { return name == "bad" })
	if want := []string{"a", "b", "c"}; !slices.Equal(order, want) {
		t.Errorf("called in the order %v, want %v", order, want)
	}
}

func TestBatchAnswersWhatItCannotRun(t *testing.T) {
	t.Parallel()
	var p probe
	s, _ := server(t, Settings{}, p.routes()...)
	tests := []struct {
		part   string
		status int
		code   string
	}{
		{`"method":"GET","url":"https://graph.microsoft.com/v1.0/me"`, 400, "BadRequest"},
		{`"method":"GET","url":"//evil.example/me"`, 400, "BadRequest"},
		{`"method":"POST","url":"/$batch"`, 400, "BadRequest"},
		{`"method":"POST","url":"$BATCH","headers":{"Content-Type":"application/json"},"body":{}`, 400, "BadRequest"},
		{`"method":"POST","url":"/probe/a","body":{"a":1}`, 400, "BadRequest"},
		{`"method":"POST","url":"/probe/a","headers":{"Content-Type":"text/plain"},"body":"%%%"`, 400, "BadRequest"},
		{`"method":"POST","url":"/probe/a","headers":{"Content-Type":"text/plain"},"body":"aGVsbG8"`, 415, "UnsupportedMediaType"},
		{`"method":"GET","url":"/nowhere"`, 400, "BadRequest"},
		{`"method":"PATCH","url":"/probe/a"`, 405, "MethodNotAllowed"},
		{`"method":"GET","url":"/probe/a?$colour=red"`, 400, "BadRequest"},
		{`"method":"GET","url":"/probe/%zz"`, 400, "BadRequest"},
		{`"method":"GET","url":"/panicking"`, 500, "InternalServerError"},
		{`"method":"GET","url":"/halfway"`, 500, "InternalServerError"},
	}
	for _, tt := range tests {
		got := batched(t, s, `{"requests":[{"id":"1",`+tt.part+`}]}`)[0]
		if got.Status != tt.status || got.code() != tt.code {
			t.Errorf("%s: %d %s, want %d %s", tt.part, got.Status, got.Body, tt.status, tt.code)
		}
	}
	if len(p.called) != 0 {
		t.Errorf("called all the same: %v", p.called)
	}
}

func TestBatchThatCannotBeReadIsRefused(t *testing.T) {
	t.Parallel()
	s, _ := server(t, Settings{MaxBatch: 3})
	one := `{"id":"%s","method":"GET","url":"/me"}`
	many := func(n int) string {
		var parts []string
		for i := range n {
			parts = append(parts, fmt.Sprintf(one, fmt.Sprint(i)))
		}
		return `{"requests":[` + strings.Join(parts, ",") + `]}`
	}
	tests := []struct{ name, body, says string }{
		{"nothing", ``, "body"},
		{"no JSON", `{"requests":`, "JSON"},
		{"a list", `[]`, "array"},
		{"no requests", `{}`, "between 1 and 3"},
		{"none", `{"requests":[]}`, "between 1 and 3"},
		{"too many", many(4), "between 1 and 3"},
		{"no id", `{"requests":[{"method":"GET","url":"/me"}]}`, "requests[0] lacks id"},
		{"no method", `{"requests":[{"id":"1","url":"/me"}]}`, "lacks method"},
		{"no url", `{"requests":[{"id":"1","method":"GET"}]}`, "lacks url"},
		{"one id twice", `{"requests":[{"id":"a","method":"GET","url":"/me"},{"id":"A","method":"GET","url":"/me"}]}`, "given twice"},
		{"unknown dependency", `{"requests":[{"id":"a","method":"GET","url":"/me","dependsOn":["b"]}]}`, "no request"},
		{"itself", `{"requests":[{"id":"a","method":"GET","url":"/me","dependsOn":["a"]}]}`, "depends on itself"},
		{"a circle", `{"requests":[{"id":"a","method":"GET","url":"/me","dependsOn":["b"]},{"id":"b","method":"GET","url":"/me","dependsOn":["A"]}]}`, "depends on itself"},
		{"unknown member", `{"requests":[{"id":"a","method":"GET","url":"/me","atomicityGroup":"g"}]}`, "atomicityGroup"},
		{"a header that is no text", `{"requests":[{"id":"a","method":"GET","url":"/me","headers":{"Prefer":1}}]}`, "headers"},
	}
	for _, tt := range tests {
		w := do(s, "POST", "/v1.0/$batch", tt.body, "Content-Type: application/json")
		if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), tt.says) {
			t.Errorf("%s: %d %s, want 400 with %q", tt.name, w.Code, w.Body, tt.says)
		}
	}
	if w := do(s, "POST", "/beta/$batch", many(3), "Content-Type: application/json", "Authorization: none"); w.Code != http.StatusUnauthorized {
		t.Errorf("without a token: %d", w.Code)
	}
}

func TestBatchIsOneCallToThoseWhoWatch(t *testing.T) {
	t.Parallel()
	var p probe
	s, _ := server(t, Settings{}, p.routes()...)
	var seen []Call
	s.Observe = func(c Call) { seen = append(seen, c) }
	batched(t, s, `{"requests":[{"id":"1","method":"GET","url":"/probe/a"},{"id":"2","method":"GET","url":"/probe/b"}]}`)
	if len(seen) != 1 || seen[0].Path != "/v1.0/$batch" {
		t.Errorf("seen: %v", seen)
	}
}
