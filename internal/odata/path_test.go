package odata

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func seg(name string) Segment { return Segment{Name: name, Key: name} }
func key(k string) Segment    { return Segment{Name: k, Key: k, InParens: true} }
func call(name string, args ...Arg) Segment {
	return Segment{Name: name, Key: name, Called: true, Args: args}
}

func qualified(name string) Segment {
	return Segment{Name: name, Key: "microsoft.graph." + name, Qualified: true}
}

var allowArgs = cmp.AllowUnexported(Arg{})

func TestPath(t *testing.T) {
	t.Parallel()
	on := Arg{Name: "on", value: "target"}
	fn := qualified("filterByCurrentUser")
	fn.Called, fn.Args = true, []Arg{on}
	tests := []struct {
		path string
		want []Segment
	}{
		{"", nil},
		{"/", nil},
		{"/coll", []Segment{seg("coll")}},
		{"connectedOrganizations/", []Segment{seg("connectedOrganizations")}},
		{"/coll/" + someID + "/cancel", []Segment{seg("coll"), seg(someID), seg("cancel")}},
		{"/coll('" + someID + "')/cancel", []Segment{seg("coll"), key(someID), seg("cancel")}},
		{"/coll(" + someID + ")", []Segment{seg("coll"), key(someID)}},
		{"/coll%28%27" + someID + "%27%29/x", []Segment{seg("coll"), key(someID), seg("x")}},
		{"/coll('it''s')", []Segment{seg("coll"), key("it's")}},
		{"/coll('it%27%27s')", []Segment{seg("coll"), key("it's")}},
		{"/coll/a%2Fb/c", []Segment{seg("coll"), seg("a/b"), seg("c")}},
		{"/coll('a%2Fb')/c", []Segment{seg("coll"), key("a/b"), seg("c")}},
		{"/coll('a/b')/c", []Segment{seg("coll"), key("a/b"), seg("c")}},
		{"/coll(%27a/b%27)/c", []Segment{seg("coll"), key("a/b"), seg("c")}},
		{"/coll('(x)')/c", []Segment{seg("coll"), key("(x)"), seg("c")}},
		{"/catalogs(uniqueName='x')", []Segment{call("catalogs", Arg{Name: "uniqueName", value: "x"})}},
		{"/subjects(objectId='x')/$ref", []Segment{call("subjects", Arg{Name: "objectId", value: "x"}), seg("$ref")}},
		{"/coll/filterByCurrentUser(on='target')", []Segment{seg("coll"), call("filterByCurrentUser", on)}},
		{"/coll/filterByCurrentUser(on=target)", []Segment{seg("coll"), call("filterByCurrentUser", on)}},
		{"/coll/filterByCurrentUser(on%3D%27target%27)", []Segment{seg("coll"), call("filterByCurrentUser", on)}},
		{"/coll/filterByCurrentUser( on = 'target' )", []Segment{seg("coll"), call("filterByCurrentUser", on)}},
		{"/coll/microsoft.graph.filterByCurrentUser(on='target')", []Segment{seg("coll"), fn}},
		{"/coll/filterByCurrentUser(on=@p)", []Segment{seg("coll"), call("filterByCurrentUser", Arg{Name: "on", value: "p", alias: true})}},
		{"/coll/additionalAccess(accessPackageId='x',incompatibleAccessPackageId='y')", []Segment{
			seg("coll"),
			call("additionalAccess", Arg{Name: "accessPackageId", value: "x"}, Arg{Name: "incompatibleAccessPackageId", value: "y"}),
		}},
		{"/coll/Search()", []Segment{seg("coll"), call("Search")}},
		{"/coll/1/microsoft.graph.cancel", []Segment{seg("coll"), seg("1"), qualified("cancel")}},
		{"/users/ann.b@contoso.com/manager", []Segment{seg("users"), seg("ann.b@contoso.com"), seg("manager")}},
		{"/users/o'brien@x.com/manager", []Segment{seg("users"), seg("o'brien@x.com"), seg("manager")}},
		{"/users/ann_x.com%23EXT%23@contoso.com", []Segment{seg("users"), seg("ann_x.com#EXT#@contoso.com")}},
		{"/users/a+b@x.com", []Segment{seg("users"), seg("a+b@x.com")}},
		{"/coll/$count", []Segment{seg("coll"), seg("$count")}},
		{"/coll/%24count", []Segment{seg("coll"), seg("$count")}},
		{"/scopes/Member_" + someID, []Segment{seg("scopes"), seg("Member_" + someID)}},
	}
	for _, tt := range tests {
		t.Run(tt.path, func(t *testing.T) {
			t.Parallel()
			got, err := ParsePath(tt.path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got, allowArgs); diff != "" {
				t.Errorf("segments (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPathFaults(t *testing.T) {
	t.Parallel()
	tests := []struct{ path, want string }{
		{"/a//b", "empty segment"},
		{"/a/%zz", "percent sign"},
		{"/a/%ff", "not UTF-8"},
		{"/a/%00", "not UTF-8"},
		{"/a('x)", "a quote is not closed"},
		{"/a('x'y)", "expected ')', found 'y)'"},
		{"/a('x')('y')", "expected the end of the segment, found '('y')'"},
		{"/a( )x()", "expected the end of the segment"},
		{"/a(,)", "expected a value"},
		{"/a(@p)", "a parameter alias cannot be a key"},
		{"/f(a=)", "expected a value"},
		{"/f(a='x',)", "expected the name of an argument"},
		{"/f(a='x' b='y')", "expected ',' or ')', found 'b='y')'"},
		{"/f(a='x',b)", "expected '=', found ')'"},
		{"/f(a='x',A='y')", "the argument A is given twice"},
		{"/f(a=@)", "expected a value"},
		{"/" + strings.Repeat("x", MaxText), "longer than"},
	}
	for _, tt := range tests {
		t.Run(shorten(tt.path), func(t *testing.T) {
			t.Parallel()
			_, err := ParsePath(tt.path)
			checkFault(t, err, "BadRequest", "", tt.want)
		})
	}
}

func TestArg(t *testing.T) {
	t.Parallel()
	segments, err := ParsePath("/f(on=@p,with='it''s',bad=@q,open=@r,plain=@s)")
	if err != nil {
		t.Fatal(err)
	}
	f := segments[0]
	o, err := ParseOptions("@p='tar''get'&@r='x&@s=+7+")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"ON": "tar'get", "with": "it's", "plain": "7"} {
		got, ok, err := f.Arg(name, o.Aliases)
		if got != want || !ok || err != nil {
			t.Errorf("Arg(%s) = %q, %v, %v; want %q", name, got, ok, err, want)
		}
	}
	if got, ok, err := f.Arg("none", o.Aliases); got != "" || ok || err != nil {
		t.Errorf("an argument that is not there = %q, %v, %v", got, ok, err)
	}
	_, _, err = f.Arg("bad", o.Aliases)
	checkFault(t, err, "BadRequest", "@q", "The parameter alias @q of f is not defined")
	_, _, err = f.Arg("open", o.Aliases)
	checkFault(t, err, "BadRequest", "@r", "no closing quote")
}

func TestReference(t *testing.T) {
	t.Parallel()
	for _, ref := range []string{
		"https://graph.microsoft.com/v1.0/groups/" + someID,
		"https://graph.microsoft.com/beta/groups('" + someID + "')",
		"groups/" + someID, "/v1.0/groups/" + someID + "/",
		"https://x.example/tenant/groups/" + someID + "/Microsoft.DirectoryServices.User",
		"https://x.example/v1.0/groups/" + someID + "/microsoft.graph.group",
	} {
		collection, key, err := ParseReference(ref)
		if collection != "groups" || key != someID || err != nil {
			t.Errorf("%s = %q, %q, %v", ref, collection, key, err)
		}
	}
	for _, ref := range []string{"", someID, "https://x.example", "groups(a='b')", "f()/x", "a('b')/c", "http://[", "%zz/a"} {
		if _, _, err := ParseReference(ref); err == nil {
			t.Errorf("%q was taken for a reference", ref)
		}
	}
}

// write puts segments back into a path, every mark encoded.
func write(segments []Segment) string {
	var b strings.Builder
	quote := func(s string) string { return url.PathEscape("'" + strings.ReplaceAll(s, "'", "''") + "'") }
	for _, s := range segments {
		if s.InParens {
			b.WriteString("(" + quote(s.Key) + ")")
			continue
		}
		b.WriteString("/" + url.PathEscape(s.Key))
		if !s.Called {
			continue
		}
		args := make([]string, len(s.Args))
		for i, a := range s.Args {
			if args[i] = a.Name + "=" + quote(a.value); a.alias {
				args[i] = a.Name + "=@" + url.PathEscape(a.value)
			}
		}
		b.WriteString("(" + strings.Join(args, ",") + ")")
	}
	return b.String()
}

func FuzzPath(f *testing.F) {
	for _, s := range []string{
		"/a/b", "/coll('it''s')/x", "/coll(1)", "/f(on='target',b=@p)", "/f()", "/a%2Fb/c", "/coll('a/b')/c",
		"/microsoft.graph.x(y=z)", "/a%28%27b%27%29", "/a('", "/a(b=c", "/$count/",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, path string) {
		first, err := ParsePath(path)
		if err != nil {
			return
		}
		written := write(first)
		if len(written) > MaxText {
			return
		}
		second, err := ParsePath(written)
		if err != nil {
			t.Fatalf("%q was written as %q, which cannot be read: %v", path, written, err)
		}
		if diff := cmp.Diff(first, second, allowArgs); diff != "" {
			t.Fatalf("%q was written as %q, which reads otherwise:\n%s", path, written, diff)
		}
	})
}
