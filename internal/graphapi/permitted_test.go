package graphapi

import (
	"regexp"
	"strings"
	"testing"

	"github.com/grantkeep/grantkeep/internal/graphapi/wire"
)

var templateKeys = regexp.MustCompile(`\{[^}]*\}`)

// pathOf spells a template in a version, with the first name of each segment
// and something in place of each key.
func pathOf(template string, v wire.Version) string {
	path := "/" + v.String()
	for segment := range strings.SplitSeq(strings.TrimPrefix(template, "/"), "/") {
		word, rest, _ := strings.Cut(segment, "(")
		if !strings.HasPrefix(segment, "{") {
			segment = strings.TrimPrefix(namesIn(word, v)[0], "!")
			if rest != "" {
				segment += "(" + templateKeys.ReplaceAllString(rest, "'x'")
			}
		}
		path += "/" + templateKeys.ReplaceAllStringFunc(segment, func(string) string { return newGUID() })
	}
	return path
}

// Who may not write learns that first, whatever else is wrong with the call:
// 403 before 400, 404 and 415 (permissions.md section 8).
func TestWhoMayNotWriteLearnsThatBeforeWhatIsWrongWithTheBody(t *testing.T) {
	t.Parallel()
	l := newLive(t, Settings{})
	walked := 0
	for _, r := range routes() {
		if r.method == "GET" || r.template == batchPath {
			continue // a batch asks for each of its requests
		}
		for _, v := range []wire.Version{wire.V1, wire.Beta} {
			if !r.versions.has(v) {
				continue
			}
			path := pathOf(r.template, v)
			for _, token := range []string{"person", "person Everything.Read.All", "app", "app Everything.Read.All"} {
				if strings.HasPrefix(token, "app") && r.access.token == myToken {
					continue // /me is nobody for an application
				}
				for _, body := range []string{`{"`, `[]`, ``, `{"nonsense":{"nonsense":1}}`} {
					walked++
					if w := l.ask(token, r.method, path, body); w.Code != 403 {
						t.Errorf("%s %s as %s with the body %q: %d, want 403: %s", r.method, path, token, body, w.Code, w.Body)
					}
				}
				if w := l.ask(token, r.method, path, "a=b", "Content-Type: application/x-www-form-urlencoded"); w.Code != 403 {
					t.Errorf("%s %s as %s with a form: %d, want 403: %s", r.method, path, token, w.Code, w.Body)
				}
			}
		}
	}
	if walked == 0 {
		t.Error("no route writes")
	}
}

// Who may write learns what is wrong.
func TestWhoMayWriteLearnsWhatIsWrongWithTheCall(t *testing.T) {
	t.Parallel()
	l := newLive(t, Settings{})
	cancel := "/v1.0" + em + "/assignmentRequests/" + string(l.request) + "/cancel"
	if w := l.ask("person "+allScopes(), "POST", cancel, "a=b", "Content-Type: text/plain"); w.Code != 415 || !strings.Contains(w.Body.String(), "UnsupportedMediaType") {
		t.Errorf("a form instead of JSON: %d %s", w.Code, w.Body)
	}
	member := "/v1.0/groups/" + newGUID() + "/members/" + newGUID()
	if w := l.ask("person "+allScopes(), "DELETE", member, ""); w.Code != 400 || !strings.Contains(w.Body.String(), "Request_BadRequest") {
		t.Errorf("a member deleted without $ref: %d %s", w.Code, w.Body)
	}
}
