package graphapi

import (
	"strings"
	"testing"

	"github.com/grantkeep/grantkeep/internal/graphapi/wire"
)

// TestDeletionsMayNameTheVersion deletes nothing that has been changed since
// the client read it, and PATCH changes nothing then.
func TestDeletionsMayNameTheVersion(t *testing.T) {
	t.Parallel()
	l := newLive(t, Settings{})
	admin := "person " + allScopes()
	for _, target := range []string{
		em + "/catalogs/" + string(l.catalog), em + "/accessPackages/" + string(l.pkg), em + "/assignmentPolicies/" + string(l.policy),
		em + "/assignmentRequests/" + string(l.request), "/users/" + string(l.approver),
	} {
		target = "/v1.0" + target
		if w := l.ask(admin, "DELETE", target, "", `If-Match: W/"another-1"`); w.Code != 412 {
			t.Errorf("%s as another version: %d %s", target, w.Code, w.Body)
		}
		w := l.ask(admin, "GET", target, "")
		tag := w.Header().Get("ETag")
		if w.Code != 200 || tag == "" {
			t.Errorf("%s: %d, ETag %q", target, w.Code, tag)
		}
		if w := l.ask(admin, "DELETE", target, "", "If-Match: "+tag); w.Code == 412 {
			t.Errorf("%s as it is: %d %s", target, w.Code, w.Body)
		}
	}
	const change = `{"description":"x"}`
	for _, match := range []struct {
		header string
		status int
	}{{`W/"another-1"`, 412}, {"*", 204}} {
		if w := l.ask(admin, "PATCH", "/v1.0"+em+"/catalogs/"+string(l.catalog), change, "If-Match: "+match.header); w.Code != match.status {
			t.Errorf("PATCH of %s: %d, want %d", match.header, w.Code, match.status)
		}
	}
}

func TestCountInsideExpand(t *testing.T) {
	t.Parallel()
	l := newLive(t, Settings{})
	for v, path := range map[wire.Version]string{wire.V1: "/catalogs/", wire.Beta: "/accessPackageCatalogs/"} {
		for options, want := range map[string]string{
			"$count=true;$top=1":                               `"accessPackages@odata.count":2,"accessPackages":[{`,
			"$count=true;$filter=displayName eq 'Reader'":      `"accessPackages@odata.count":1,"accessPackages":[{`,
			"$count=true;$filter=displayName eq 'x';$skip=1":   `"accessPackages@odata.count":0,"accessPackages":[]`,
			"$count=false;$filter=displayName eq 'x'":          `,"accessPackages":[]`,
			"$count=true;$select=id;$orderby=displayName desc": `"accessPackages@odata.count":2,"accessPackages":[{"id":`,
		} {
			target := "/" + v.String() + em + path + string(l.catalog) + "?$expand=accessPackages(" + options + ")"
			w := l.ask("person "+allScopes(), "GET", strings.ReplaceAll(target, " ", "%20"), "")
			if w.Code != 200 || !strings.Contains(w.Body.String(), want) || strings.Contains(options, "false") && strings.Contains(w.Body.String(), "@odata.count") {
				t.Errorf("%s: %d %s, want %s", target, w.Code, w.Body, want)
			}
		}
	}
}
