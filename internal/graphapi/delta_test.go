package graphapi

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/graphapi/wire"
)

// round follows the links of a delta to its end. It returns the ids that came,
// those that are gone, and the delta link.
func (l *live) round(link string) (came, gone []string, delta string) {
	l.t.Helper()
	for delta == "" {
		target, err := url.Parse(link)
		l.ok(err)
		w := l.ask("person "+allScopes(), "GET", target.RequestURI(), "")
		var page struct {
			Value []struct {
				ID      string
				Removed *struct{ Reason string } `json:"@removed"`
			}
			Next  string `json:"@odata.nextLink"`
			Delta string `json:"@odata.deltaLink"`
		}
		if err := json.Unmarshal(w.Body.Bytes(), &page); err != nil || w.Code != 200 || page.Next == "" == (page.Delta == "") {
			l.t.Fatalf("%s: %d %s", link, w.Code, w.Body)
		}
		for _, row := range page.Value {
			if row.Removed != nil {
				gone = append(gone, row.ID)
			} else {
				came = append(came, row.ID)
			}
		}
		link, delta = page.Next, page.Delta
	}
	return came, gone, delta
}

func TestDeltaTellsWhatHasChanged(t *testing.T) {
	t.Parallel()
	for _, v := range []wire.Version{wire.V1, wire.Beta} {
		t.Run(v.String(), func(t *testing.T) {
			t.Parallel()
			l := newLive(t, Settings{})
			came, gone, link := l.round("/" + v.String() + em + "/assignmentRequests/delta?$top=1&$select=id")
			if len(came) != 2 || len(gone) != 0 {
				t.Fatalf("at first: %v, gone %v", came, gone)
			}
			if came, gone, link = l.round(link); len(came)+len(gone) != 0 {
				t.Errorf("nothing has changed: %v, gone %v", came, gone)
			}
			admin := l.person(l.admin)
			l.ok(l.engine.CancelRequest(t.Context(), admin, l.request, true))
			came, gone, canceled := l.round(link)
			if len(came) != 1 || came[0] != string(l.request) || len(gone) != 0 {
				t.Errorf("one was canceled: %v, gone %v", came, gone)
			}
			l.ok(l.engine.DeleteRequest(t.Context(), admin, l.request))
			if came, gone, _ = l.round(canceled); len(came) != 0 || len(gone) != 1 || gone[0] != string(l.request) {
				t.Errorf("one was deleted: %v, gone %v", came, gone)
			}
			if came, gone, _ = l.round(link); len(came) != 0 || len(gone) != 1 {
				t.Errorf("it was canceled and deleted since: %v, gone %v", came, gone)
			}
			if came, gone, _ = l.round("/" + v.String() + em + "/assignmentRequests/delta()?$deltatoken=latest"); len(came)+len(gone) != 0 {
				t.Errorf("from now on: %v, gone %v", came, gone)
			}
		})
	}
}

func TestDeltaOfAssignments(t *testing.T) {
	t.Parallel()
	l := newLive(t, Settings{})
	_, _, link := l.round("/v1.0" + em + "/assignments/delta")
	_, err := l.engine.Submit(t.Context(), l.person(l.admin), entitlement.Submission{
		Kind: entitlement.AdminAdd, Package: l.pkg, Policy: l.policy, Target: l.approver,
	})
	l.ok(err)
	const batch = 10
	_, err = l.engine.AdvanceRequests(t.Context(), l.tenant, l.clock.Now(), batch)
	l.ok(err)
	came, gone, _ := l.round(link)
	if len(came) != 1 || len(gone) != 0 {
		t.Errorf("one was assigned: %v, gone %v", came, gone)
	}
}

func TestDeltaRefuses(t *testing.T) {
	t.Parallel()
	l := newLive(t, Settings{})
	_, _, link := l.round("/v1.0" + em + "/assignmentRequests/delta")
	token := link[strings.Index(link, "$deltatoken="):]
	l.clock.Set(l.clock.Now().Add(deltaKept + time.Second))
	tests := []struct {
		name, query string
		status      int
		code        string
	}{
		{"an old link", token, 410, "resyncRequired"},
		{"a foreign token", "$deltatoken=abc", 400, "BadRequest"},
		{"a filter", "$filter=id%20eq%20'x'", 400, "BadRequest"},
		{"an order", "$orderby=id", 400, "BadRequest"},
	}
	for _, tt := range tests {
		if w := l.ask("person "+allScopes(), "GET", "/v1.0"+em+"/assignmentRequests/delta?"+tt.query, ""); w.Code != tt.status || code(t, w) != tt.code {
			t.Errorf("%s: %d %s, want %d", tt.name, w.Code, w.Body, tt.status)
		}
	}
	for path, name := range map[string]string{"/assignments/delta": "the link of another collection", "/assignmentRequests": "a list"} {
		if w := l.ask("person "+allScopes(), "GET", "/v1.0"+em+path+"?"+token, ""); w.Code != 400 {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	if w := l.ask("app", "GET", "/v1.0"+em+"/assignmentRequests/delta", ""); w.Code != 403 {
		t.Errorf("without a permission: %d", w.Code)
	}
}
