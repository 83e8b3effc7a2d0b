package wire

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/odata"
	"github.com/grantkeep/grantkeep/internal/query"
)

// What a package is incompatible with is kept with it and cut in memory. The
// rest that the link leads to is what the list in memory goes on with.
func TestLongCollectionsInMemoryAreCut(t *testing.T) {
	t.Parallel()
	const many = entitlement.ExpandLimit + 7
	p := packageView{Package: entitlement.Package{ID: idA}}
	for i := range many {
		id := fmt.Sprintf("%08d-0000-4000-8000-000000000000", (i*7919)%many)
		p.IncompatibleViews = append(p.IncompatibleViews, packageView{Package: entitlement.Package{ID: entitlement.PackageID(id), DisplayName: "p" + id[6:8]}})
	}
	for _, tt := range []struct {
		options, rest string
		shown, left   int
		more          bool
	}{
		{"$expand=incompatibleAccessPackages", "", 1000, 0, true},
		{"$expand=incompatibleAccessPackages($orderby=displayName desc;$select=id)", "$orderby=displayName%20desc&$select=id&", 1000, 0, true},
		{"$expand=incompatibleAccessPackages($top=1004)", "", 1000, 4, true},
		{"$expand=incompatibleAccessPackages($top=1000)", "", 1000, 0, false},
		{"$expand=incompatibleAccessPackages($skip=7)", "", 1000, 0, false},
		{"$expand=incompatibleAccessPackages($filter=displayName eq 'p01')", "", 11, 0, false},
	} {
		o, err := odata.ParseOptions(tt.options)
		if err != nil {
			t.Fatal(err)
		}
		plan, err := Package.Plan(V1, o)
		if err != nil {
			t.Fatal(err)
		}
		var after []query.Value
		plan.Shape.Continue = func(path string, o odata.Options, left int, key []query.Value) string {
			after = key
			want := "/identityGovernance/entitlementManagement/accessPackages/" + idA + "/incompatibleAccessPackages"
			if got := o.NextQuery("t"); path != want || got != tt.rest+"$skiptoken=t" || left != tt.left {
				t.Errorf("%s: goes on at %s?%s with %d left", tt.options, path, got, left)
			}
			return "link"
		}
		var out struct {
			Shown []struct{ ID string } `json:"incompatibleAccessPackages"`
			Link  string                `json:"incompatibleAccessPackages@odata.nextLink"`
		}
		if err := json.Unmarshal(Package.Append(nil, &p, &plan.Shape), &out); err != nil {
			t.Fatal(err)
		}
		if len(out.Shown) != tt.shown || (out.Link == "link") != tt.more {
			t.Errorf("%s: %d shown, link %q", tt.options, len(out.Shown), out.Link)
		}
		if !tt.more {
			continue
		}
		q := query.List{Limit: many}
		if strings.Contains(tt.options, "orderby") {
			q.Order = []query.Order{{Field: "displayName", Desc: true}}
		}
		var want, got []string
		for _, r := range Package.Select(p.IncompatibleViews, q).Rows {
			want = append(want, string(r.ID))
		}
		for _, r := range out.Shown {
			got = append(got, r.ID)
		}
		q.After = after
		for _, r := range Package.Select(p.IncompatibleViews, q).Rows {
			got = append(got, string(r.ID))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: what is shown and the rest are not the list", tt.options)
		}
	}
}

// A path of navigations passes on what is asked of its last one.
func TestRestOfANavigationInside(t *testing.T) {
	t.Parallel()
	o, err := odata.ParseOptions("$expand=accessPackages/assignmentPolicies($select=id;$top=2)")
	if err != nil {
		t.Fatal(err)
	}
	plan, err := Catalog.Plan(V1, o)
	if err != nil {
		t.Fatal(err)
	}
	c := catalogView{Catalog: entitlement.Catalog{ID: idA}}
	c.Packages = query.Page[packageView]{Rows: []packageView{{}}, Next: []query.Value{"x"}}
	plan.Shape.Continue = func(path string, o odata.Options, _ int, _ []query.Value) string {
		return path + "?" + o.NextQuery("t")
	}
	const want = "/identityGovernance/entitlementManagement/catalogs/" + idA + "/accessPackages?$expand=assignmentPolicies($select%3Did%3B$top%3D2)&$skiptoken=t"
	if got := string(Catalog.Append(nil, &c, &plan.Shape)); !strings.Contains(got, `"accessPackages@odata.nextLink":"`+want+`"`) {
		t.Errorf("got %s\nwant a link to %s", got, want)
	}
}
