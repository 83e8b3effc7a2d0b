package odata

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantkeep/grantkeep/internal/fault"
)

func num(n int) *int { return &n }

func nav(name string, v View) ExpandItem { return ExpandItem{Path: prop(name), View: v} }

func TestOptions(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, query string
		want        View
	}{
		{"nothing", "", View{}},
		{"all of them", "$filter=a%20eq%20'x'&$select=id,b/c&$orderby=b+desc,c/d&$top=5&$skip=2&$count=true&$expand=e", View{
			Filter: eq(term("a"), str("x")), Select: []Path{prop("id"), prop("b", "c")},
			OrderBy: []OrderTerm{{Path: prop("b"), Desc: true}, {Path: prop("c", "d")}},
			Top:     num(5), Skip: num(2), Count: true, Expand: []ExpandItem{nav("e", View{})},
		}},
		{"names without dollar sign and in any case", "Filter=a+eq+'x'&TOP=1&%24Select=*", View{
			Filter: eq(term("a"), str("x")), Top: num(1), Select: []Path{prop("*")},
		}},
		{"custom options pass, even twice", "api-version=1&api-version=2&$top=1", View{Top: num(1)}},
		{"top 0 is something else than no top", "$top=0", View{Top: num(0)}},
		{"a top beyond every limit is as good as the largest", "$top=99999999999999999999", View{Top: num(1<<31 - 1)}},
		{"orderby asc", "$orderby=displayName ASC , id", View{OrderBy: []OrderTerm{{Path: prop("displayName")}, {Path: prop("id")}}}},
		{"count false", "$count=False", View{}},
		{"ids and bare ampersands", "&$select=showInAddressList&", View{Select: []Path{prop("showInAddressList")}}},
		{"permissions", "$expand=roleDefinition&$select=id,appScopeId,roleDefinition", View{
			Expand: []ExpandItem{nav("roleDefinition", View{})}, Select: []Path{prop("id"), prop("appScopeId"), prop("roleDefinition")},
		}},
		{"package with filter on it", "$expand=accessPackage&$filter=accessPackage/id eq 'x'", View{
			Expand: []ExpandItem{nav("accessPackage", View{})}, Filter: eq(term("accessPackage", "id"), str("x")),
		}},
		{"expand star", "$expand=*", View{Expand: []ExpandItem{nav("*", View{})}}},
		{"several", "$expand=roles, scopes,environment", View{Expand: []ExpandItem{nav("roles", View{}), nav("scopes", View{}), nav("environment", View{})}}},
		{"nested", "$expand=resourceRoleScopes($expand=role($expand=resource),scope)", View{
			Expand: []ExpandItem{nav("resourceRoleScopes", View{Expand: []ExpandItem{
				nav("role", View{Expand: []ExpandItem{nav("resource", View{})}}), nav("scope", View{}),
			}})},
		}},
		{"nested in one and plain after it", "$expand=assignment($expand=target,accessPackage),requestor($expand=connectedOrganization)", View{
			Expand: []ExpandItem{
				nav("assignment", View{Expand: []ExpandItem{nav("target", View{}), nav("accessPackage", View{})}}),
				nav("requestor", View{Expand: []ExpandItem{nav("connectedOrganization", View{})}}),
			},
		}},
		{"every nested option, semicolons raw", "$expand=a($select=id,b;Filter=c eq ';)''' and (d eq 1);$orderby=e desc;$top=3;$skip=1;$count=true;expand=f($select=*)),g", View{
			Expand: []ExpandItem{nav("a", View{
				Select:  []Path{prop("id"), prop("b")},
				Filter:  And{Parts: []Expr{eq(term("c"), str(";)'")), eq(term("d"), Literal{Kind: Int, Value: int64(1)})}},
				OrderBy: []OrderTerm{{Path: prop("e"), Desc: true}}, Top: num(3), Skip: num(1), Count: true,
				Expand: []ExpandItem{nav("f", View{Select: []Path{prop("*")}})},
			}), nav("g", View{})},
		}},
		{"semicolons and dollar signs encoded", "%24expand=a(%24select%3Did%3B%24top%3D1)", View{
			Expand: []ExpandItem{nav("a", View{Select: []Path{prop("id")}, Top: num(1)})},
		}},
		{"cast in a path", "$expand=members/microsoft.graph.user($select=id)", View{
			Expand: []ExpandItem{{Path: prop("members", "microsoft.graph.user"), View: View{Select: []Path{prop("id")}}}},
		}},
		{"three levels of expand", "$expand=a($expand=b($expand=c,d)),e/f/g", View{
			Expand: []ExpandItem{
				nav("a", View{Expand: []ExpandItem{nav("b", View{Expand: []ExpandItem{nav("c", View{}), nav("d", View{})}})}}),
				{Path: prop("e", "f", "g")},
			},
		}},
		{"format", "$format=application/json;odata.metadata=none", View{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := ParseOptions(tt.query)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got.View, ignorePositions); diff != "" {
				t.Errorf("view (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOptionsFaults(t *testing.T) {
	t.Parallel()
	const filter, other = "InvalidFilter", "BadRequest"
	tests := []struct{ query, code, target, want string }{
		{"$filter=a", filter, "$filter", "OData query is invalid: $filter at position 2: expected eq"},
		{"$orderby=a up", filter, "$orderby", "OData query is invalid: $orderby at position 3: expected the end, found 'up'"},
		{"$orderby=", filter, "$orderby", "expected the name of a property"},
		{"$orderby=a,", filter, "$orderby", "expected the name of a property"},
		{"$search=", filter, "$search", "expected a word"},
		{"$search=\"a", filter, "$search", "has no closing double quote"},
		{"$search=a OR b", filter, "$search", "OR is not supported"},
		{"$search=a AND", filter, "$search", "AND stands between two terms"},
		{"$search=\"\"", filter, "$search", "a text that is not empty"},
		{"$search=(a)", filter, "$search", "expected a word"},
		{"$select=", other, "$select", "$select is invalid at position 1"},
		{"$select=a,,b", other, "$select", "position 3: expected the name of a property, found ',b'"},
		{"$select=a-b", other, "$select", "position 2: expected the end, found '-b'"},
		{"$top=-1", other, "$top", "expected a whole number, 0 or greater, found '-1'"},
		{"$top=1.5", other, "$top", "expected the end, found '.5'"},
		{"$skip=x", other, "$skip", "expected a whole number"},
		{"$count=yes", other, "$count", "expected true or false"},
		{"$format=xml", other, "$format", "expected json"},
		{"$skiptoken=", other, "$skiptoken", "expected the token"},
		{"$top=1&top=2", other, "$top", "$top is given twice"},
		{"$Filter=a eq 1&filter=a eq 1", other, "$filter", "$filter is given twice"},
		{"@p='x'&@p='y'", other, "@p", "@p is given twice"},
		{"$apply=x", other, "$apply", "'$apply' is not supported"},
		{"$levels=1", other, "$levels", "'$levels' is not supported"},
		{"$top=%zz", other, "$top", "percent sign"},
		{"%zz=1", other, "", "percent sign"},
		{"$filter=%ff", filter, "$filter", "not UTF-8"},
		{"$expand=a($levels=2)", other, "$expand", "position 3: $levels is not supported inside $expand"},
		{"$expand=a($search=x)", other, "$expand", "$search is not supported inside $expand"},
		{"$expand=a()", other, "$expand", "expected an option such as $select=…, found ')'"},
		{"$expand=a($top=1;top=2)", other, "$expand", "position 10: $top stands here twice"},
		{"$expand=a($top=1", other, "$expand", "expected ';' or ')', found the end"},
		{"$expand=a($filter=b)", filter, "$expand", "OData query is invalid: $expand at position 12: expected eq"},
		{"$expand=a($orderby=)", filter, "$expand", "expected the name of a property"},
		{"$expand=a($filter=b eq 1;$top=x)", other, "$expand", "expected a whole number"},
		{"$expand=*($top=1)", other, "$expand", "expected nothing behind '*'"},
		{"$expand=a/$ref", other, "$expand", "expected the name of a property, found '$ref'"},
		{"$expand=a($expand=b($expand=c($expand=d)))", other, "$expand", "$expand goes at most 3 levels deep"},
		{"$expand=a/b($expand=c/d)", other, "$expand", "$expand goes at most 3 levels deep"},
		{"$filter=" + strings.Repeat("x", MaxText+1), filter, "$filter", "longer than"},
		{"x=" + strings.Repeat("x", MaxQuery), other, "", "longer than"},
		{"@p=" + strings.Repeat("x", MaxText+1), other, "", "longer than"},
	}
	for _, tt := range tests {
		t.Run(shorten(tt.query), func(t *testing.T) {
			t.Parallel()
			_, err := ParseOptions(tt.query)
			checkFault(t, err, tt.code, tt.target, tt.want)
		})
	}
}

func TestSearch(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text string
		want []SearchTerm
	}{
		{`sales`, []SearchTerm{{Text: "sales"}}},
		{`"displayName:ann"`, []SearchTerm{{Text: "displayName:ann", Quoted: true}}},
		{`"a \"b\\" AND c d`, []SearchTerm{{Text: `a "b\`, Quoted: true}, {Text: "c"}, {Text: "d"}}},
		{`"OR"`, []SearchTerm{{Text: "OR", Quoted: true}}},
	}
	for _, tt := range tests {
		o, err := ParseOptions("$search=" + url.QueryEscape(tt.text))
		if err != nil {
			t.Errorf("%s: %v", tt.text, err)
			continue
		}
		if diff := cmp.Diff(tt.want, o.Search, ignorePositions); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.text, diff)
		}
	}
	name, text, ok := SearchTerm{Text: "displayName:ann:b"}.Property()
	if name != "displayName" || text != "ann:b" || !ok {
		t.Errorf("Property = %q, %q, %v", name, text, ok)
	}
	if _, text, ok := (SearchTerm{Text: "at 10:30"}).Property(); ok || text != "at 10:30" {
		t.Errorf("a text with a colon was taken for a property: %q", text)
	}
}

func TestNextQueryKeepsEveryOptionButSkip(t *testing.T) {
	t.Parallel()
	const given = "TOP=2&$skip=4&$filter=a+eq+'x%26y;z'&%24expand=b($select=c;$top=1)&x=%C3%A4&@p='q'&$skiptoken=old"
	o, err := ParseOptions(given)
	if err != nil {
		t.Fatal(err)
	}
	const want = "$top=2&$filter=a%20eq%20'x%26y%3Bz'&$expand=b($select%3Dc%3B$top%3D1)&x=%C3%A4&@p='q'&$skiptoken=n%3Dw"
	if got := o.NextQuery("n=w"); got != want {
		t.Errorf("NextQuery =\n %s, want\n %s", got, want)
	}
	next, err := ParseOptions(o.NextQuery("new"))
	if err != nil {
		t.Fatal(err)
	}
	if next.SkipToken != "new" || next.Skip != nil || next.Aliases["p"] != "'q'" {
		t.Errorf("the next page is asked with token %q, skip %v, aliases %v", next.SkipToken, next.Skip, next.Aliases)
	}
	o.Skip, o.SkipToken = nil, ""
	if diff := cmp.Diff(o.View, next.View, ignorePositions); diff != "" {
		t.Errorf("the next page has another view (-first +next):\n%s", diff)
	}
	if o.Fingerprint("/p") != next.Fingerprint("/p") {
		t.Error("the next page has another fingerprint than the first")
	}
}

func TestFingerprintTellsQueriesApart(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, q := range []string{
		"/a?", "/b?", "/a?$filter=x eq 1", "/a?$filter=x eq 2", "/a?$orderby=x", "/a?$orderby=x desc", "/a?$search=x",
	} {
		path, raw, _ := strings.Cut(q, "?")
		o, err := ParseOptions(raw)
		if err != nil {
			t.Fatal(err)
		}
		f := o.Fingerprint(path)
		if other, ok := seen[f]; ok {
			t.Errorf("%s has the fingerprint of %s", q, other)
		}
		seen[f] = q
	}
}

func FuzzExpand(f *testing.F) {
	for _, s := range []string{
		"*", "a,b", "a/b($select=c)", "a($expand=b($expand=c);$top=1)", "a($filter=b eq ';)';$orderby=c desc,d)",
		"a(filter=b/any(x:x eq 1);$count=true;$skip=0)", "a($levels=1)", "a(((", "a($filter=(b eq 1)",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		first, err := ParseOptions("$expand=" + url.QueryEscape(text))
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Fatalf("%q: %v is no fault.Invalid", text, err)
			}
			return
		}
		second, err := ParseOptions(first.NextQuery("t"))
		if err != nil {
			t.Fatalf("the next page of %q: %v", text, err)
		}
		if diff := cmp.Diff(first.View, second.View, ignorePositions); diff != "" {
			t.Fatalf("the next page of %q asks for something else:\n%s", text, diff)
		}
	})
}
