package graphapi

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/graphapi/wire"
	"github.com/grantkeep/grantkeep/internal/odata"
)

const (
	someID  = "7e382d02-6d06-4d6c-9a1b-0c6a1f1f7b11"
	otherID = "a914b616-e04e-476b-aa37-91038f0b165b"
)

// found follows a path below a version root, as a call does.
func found(t *testing.T, rt *router, v wire.Version, path string) (match, error) {
	t.Helper()
	segments, err := odata.ParsePath(path)
	if err != nil {
		t.Fatalf("ParsePath(%q): %v", path, err)
	}
	return rt.roots[v].find(segments)
}

func TestPathsLeadToRoutes(t *testing.T) {
	t.Parallel()
	rt := newRouter(routes())
	const emPath = "/identityGovernance/entitlementManagement"
	tests := []struct {
		name    string
		version wire.Version
		method  string
		path    string
		want    string // the template
		keys    string // name=value, in the order of names that matter
	}{
		{"a collection", wire.V1, "GET", emPath + "/catalogs", catalogs, ""},
		{"its name in beta", wire.Beta, "GET", emPath + "/accessPackageCatalogs", catalogs, ""},
		{"any letter case", wire.V1, "GET", "/IDENTITYGOVERNANCE/entitlementmanagement/CATALOGS", catalogs, ""},
		{"a slash at the end", wire.V1, "GET", emPath + "/catalogs/", catalogs, ""},
		{"a key as a segment", wire.V1, "GET", emPath + "/catalogs/" + someID, catalog, "catalog=" + someID},
		{"a key in upper case", wire.V1, "GET", emPath + "/catalogs/" + strings.ToUpper(someID), catalog, "catalog=" + someID},
		{"a key in parentheses", wire.V1, "GET", emPath + "/catalogs('" + someID + "')", catalog, "catalog=" + someID},
		{"a key without quotes", wire.V1, "GET", emPath + "/catalogs(" + someID + ")", catalog, "catalog=" + someID},
		{"an alternate key", wire.V1, "GET", emPath + "/catalogs(uniqueName='x')", catalogs + "(uniqueName={name:any})", ""},
		{"count", wire.V1, "GET", emPath + "/catalogs/$count", catalogs + "/$count", ""},
		{"an action", wire.V1, "POST", emPath + "/assignmentRequests/" + someID + "/cancel", request + "/cancel", "request=" + someID},
		{"an action with its namespace", wire.V1, "POST", emPath + "/assignmentRequests/" + someID + "/microsoft.graph.cancel", request + "/cancel", "request=" + someID},
		{"an action with parentheses", wire.V1, "POST", emPath + "/assignmentRequests('" + someID + "')/Cancel()", request + "/cancel", "request=" + someID},
		{"beta's old name", wire.Beta, "POST", emPath + "/accessPackageAssignmentRequests/" + someID + "/cancel", request + "/cancel", "request=" + someID},
		{"beta's new name", wire.Beta, "POST", emPath + "/assignmentRequests/" + someID + "/cancel", request + "/cancel", "request=" + someID},
		{"a function", wire.V1, "GET", emPath + "/assignmentRequests/filterByCurrentUser(on='target')", requests + myOwn, ""},
		{"a function with its namespace", wire.Beta, "GET", emPath + "/accessPackageAssignments/microsoft.graph.filterByCurrentUser(on='target')", assignments + myOwn, ""},
		{"the count of a function", wire.V1, "GET", emPath + "/assignmentRequests/filterByCurrentUser(on='target')/$count", requests + myOwn + "/$count", ""},
		{"v1.0 policies under both names", wire.V1, "GET", emPath + "/accessPackageAssignmentPolicies/" + someID, policies + "/{policy}", "policy=" + someID},
		{"beta assignments under the name of v1.0", wire.Beta, "GET", emPath + "/assignments", assignments, ""},
		{"stages under the name of the other version", wire.Beta, "PATCH", emPath + "/accessPackageAssignmentApprovals/" + someID + "/stages/" + otherID, stages + "/{stage}", "approval=" + someID + " stage=" + otherID},
		{"a user principal name", wire.V1, "GET", "/users/ann_x%23EXT%23@contoso.com/manager", "/users/{object:any}/manager", "object=ann_x#EXT#@contoso.com"},
		{"a user by key in parentheses", wire.V1, "GET", "/users('o''neil@contoso.com')", "/users/{object:any}", "object=o'neil@contoso.com"},
		{"a reference", wire.V1, "DELETE", "/groups/" + someID + "/members/" + otherID + "/$ref", "/groups/{object}/members/{member}/$ref", "object=" + someID + " member=" + otherID},
		{"a cast", wire.V1, "GET", "/groups/" + someID + "/members/microsoft.graph.user", "/groups/{object}/members/microsoft.graph.user", "object=" + someID},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m, err := found(t, rt, tt.version, tt.path)
			if err != nil {
				t.Fatal(err)
			}
			r, err := m.route(tt.method)
			if err != nil {
				t.Fatal(err)
			}
			if r.template != tt.want {
				t.Errorf("template = %s, want %s", r.template, tt.want)
			}
			for pair := range strings.FieldsSeq(tt.keys) {
				name, want, _ := strings.Cut(pair, "=")
				if m.keys[name] != want {
					t.Errorf("key %s = %q, want %q", name, m.keys[name], want)
				}
			}
			if err := m.checkKeys(tt.method); err != nil {
				t.Errorf("the keys are refused: %v", err)
			}
		})
	}
}

func TestWrongSegmentsAreNamed(t *testing.T) {
	t.Parallel()
	rt := newRouter(routes())
	const emPath = "/identityGovernance/entitlementManagement"
	tests := []struct {
		name    string
		version wire.Version
		path    string
		segment string
	}{
		{"unknown", wire.V1, "/nothing", "nothing"},
		{"unknown behind a key", wire.V1, emPath + "/catalogs/" + someID + "/nothing", "nothing"},
		{"beta's name on v1.0", wire.V1, emPath + "/accessPackageCatalogs", "accessPackageCatalogs"},
		{"v1.0's name on beta", wire.Beta, emPath + "/catalogs", "catalogs"},
		{"the retiring name on v1.0", wire.V1, emPath + "/accessPackageAssignmentRequests", "accessPackageAssignmentRequests"},
		{"a place where nothing can be done", wire.V1, "/identityGovernance", "identityGovernance"},
		{"a function without its argument", wire.V1, emPath + "/assignmentRequests/filterByCurrentUser()", "filterByCurrentUser"},
		{"an unknown alternate key", wire.V1, emPath + "/catalogs(colour='x')", "catalogs"},
		{"a name in parentheses", wire.V1, emPath + "/catalogs('$count')/x", "x"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := found(t, rt, tt.version, tt.path)
			f := fault.Of(err)
			want := "Resource not found for the segment '" + tt.segment + "'."
			if f.Kind != fault.Invalid || f.Code != "BadRequest" || f.Message != want {
				t.Errorf("got %v, want BadRequest: %s", err, want)
			}
		})
	}
}

func TestMalformedIds(t *testing.T) {
	t.Parallel()
	rt := newRouter(routes())
	path := "/identityGovernance/entitlementManagement/assignmentRequests/not-a-guid"
	tests := []struct {
		method, path string
		want         fault.Kind
	}{
		{"GET", path, fault.NotFound},
		{"POST", path + "/cancel", fault.Invalid},
	}
	for _, tt := range tests {
		m, err := found(t, rt, wire.V1, tt.path)
		if err != nil {
			t.Fatal(err)
		}
		if err := m.checkKeys(tt.method); !fault.Is(err, tt.want) {
			t.Errorf("%s with a malformed id: %v, want kind %d", tt.method, err, tt.want)
		}
	}
}

func TestWrongMethodNamesTheRightOnes(t *testing.T) {
	t.Parallel()
	m, err := found(t, newRouter(routes()), wire.V1, "/identityGovernance/entitlementManagement/catalogs/"+someID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.route("HEAD"); !fault.Is(err, fault.MethodNotAllowed) {
		t.Errorf("HEAD: %v, want MethodNotAllowed", err)
	}
	if got, want := m.allowed(), "DELETE, GET, PATCH"; got != want {
		t.Errorf("allowed = %q, want %q", got, want)
	}
}

func TestContextFollowsThePath(t *testing.T) {
	t.Parallel()
	rt := newRouter(routes())
	tests := []struct{ path, here, around string }{
		{
			"/IDENTITYgovernance/entitlementManagement/catalogs/" + someID + "/RESOURCES",
			"identityGovernance/entitlementManagement/catalogs('" + someID + "')/resources",
			"identityGovernance/entitlementManagement/catalogs('" + someID + "')/resources",
		},
		{
			"/identityGovernance/entitlementManagement/catalogs/" + someID,
			"identityGovernance/entitlementManagement/catalogs('" + someID + "')",
			"identityGovernance/entitlementManagement/catalogs",
		},
	}
	for _, tt := range tests {
		m, err := found(t, rt, wire.V1, tt.path)
		if err != nil {
			t.Fatal(err)
		}
		if m.context != tt.here || m.within != tt.around {
			t.Errorf("%s: context %q within %q, want %q within %q", tt.path, m.context, m.within, tt.here, tt.around)
		}
	}
}

func TestRetiringNamesKnowTheirSuccessor(t *testing.T) {
	t.Parallel()
	rt := newRouter(routes())
	m, err := found(t, rt, wire.Beta, "/identityGovernance/entitlementManagement/accessPackageAssignmentRequests")
	if err != nil || m.newPath != "identityGovernance/entitlementManagement/assignmentRequests" {
		t.Errorf("successor = %q, %v; want assignmentRequests", m.newPath, err)
	}
	m, err = found(t, rt, wire.Beta, "/identityGovernance/entitlementManagement/assignmentRequests")
	if err != nil || m.newPath != "" {
		t.Errorf("the successor itself retires in favour of %q, %v", m.newPath, err)
	}
}

func TestEveryRouteIsReachable(t *testing.T) {
	t.Parallel()
	rt := newRouter(routes())
	for _, r := range routes() {
		for _, v := range []wire.Version{wire.V1, wire.Beta} {
			if !r.versions.has(v) {
				continue
			}
			path := example(r.template, v)
			m, err := found(t, rt, v, path)
			if err != nil {
				t.Errorf("%s %s: %v", r.method, path, err)
				continue
			}
			got, err := m.route(r.method)
			if err != nil || got.template != r.template {
				t.Errorf("%s %s leads to %v, %v", r.method, path, got, err)
			}
		}
	}
}

// example is a path that fits a template.
func example(template string, v wire.Version) string {
	var path strings.Builder
	for segment := range strings.SplitSeq(strings.TrimPrefix(template, "/"), "/") {
		path.WriteByte('/')
		if _, ok := placeholder(segment); ok {
			path.WriteString(someID)
			continue
		}
		word, rest, hasArg := strings.Cut(segment, "(")
		path.WriteString(strings.TrimPrefix(namesIn(word, v)[0], "!"))
		if hasArg {
			var args []string // in another order than in the template
			for arg := range strings.SplitSeq(strings.TrimSuffix(rest, ")"), ",") {
				if name, _, named := strings.Cut(arg, "="); named {
					args = slices.Insert(args, 0, name+"='x'")
				}
			}
			path.WriteString("(" + strings.Join(args, ",") + ")")
		}
	}
	return path.String()
}

func TestAmbiguousTableIsRefused(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("two routes for the same method and path were accepted")
		}
	}()
	nothing := func(*call) error { return errors.New("never called") }
	newRouter([]route{{"GET", "/a/{x}", both, nothing, signedIn}, {"GET", "/a/{y}", both, nothing, signedIn}})
}
