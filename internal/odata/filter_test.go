package odata

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/query"
)

// ignorePositions compares trees by what they mean.
var ignorePositions = cmp.Options{cmpopts.IgnoreTypes(Pos(0)), cmpopts.IgnoreUnexported(View{})}

func prop(segments ...string) Path           { return Path{Segments: segments} }
func elem(v string, segments ...string) Path { return Path{Var: v, Segments: segments} }
func term(segments ...string) Term           { return Term{Path: prop(segments...)} }
func lower(segments ...string) Term          { return Term{Path: prop(segments...), Case: Lower} }
func str(s string) Literal                   { return Literal{Kind: String, Value: s} }
func eq(t Term, l Literal) Comparison        { return Comparison{Left: t, Op: query.Eq, Right: l} }

const someID = "2b6d5f8a-77c4-4d3e-9d0b-1c2d3e4f5a6b"

func TestFilter(t *testing.T) {
	t.Parallel()
	at := time.Date(2023, 6, 28, 1, 19, 48, 421678000, time.UTC)
	tests := []struct {
		text string
		want Expr
	}{
		// What clients and the published pages send.
		{"displayName eq 'Catalog owner'", eq(term("displayName"), str("Catalog owner"))},
		{"displayName eq 'acctestUser''2611'", eq(term("displayName"), str("acctestUser'2611"))},
		{"contains(tolower(displayName),'x')", Func{Op: query.Contains, Arg: lower("displayName"), Value: str("x")}},
		{"contains(displayName,'x')", Func{Op: query.Contains, Arg: term("displayName"), Value: str("x")}},
		{"startswith(originId,'x')", Func{Op: query.StartsWith, Arg: term("originId"), Value: str("x")}},
		{"startswith(originId, 'x')", Func{Op: query.StartsWith, Arg: term("originId"), Value: str("x")}},
		{"startswith(id,'" + someID + "')", Func{Op: query.StartsWith, Arg: term("id"), Value: str(someID)}},
		{"originSystem eq 'AadApplication'", eq(term("originSystem"), str("AadApplication"))},
		{"originSystem eq 'SharePointOnline'", eq(term("originSystem"), str("SharePointOnline"))},
		{"(id eq 'x')", eq(term("id"), str("x"))},
		{"id eq " + someID, eq(term("id"), str(someID))},
		{"id eq " + strings.ToUpper(someID), eq(term("id"), str(strings.ToUpper(someID)))},
		{"id eq abcdef12-0000-4000-8000-000000000000", eq(term("id"), str("abcdef12-0000-4000-8000-000000000000"))},
		{"resourceId eq " + someID, eq(term("resourceId"), str(someID))},
		{"isHidden eq true", eq(term("isHidden"), Literal{Kind: Bool, Value: true})},
		{"isExternallyVisible eq False", eq(term("isExternallyVisible"), Literal{Kind: Bool, Value: false})},
		{"catalog/id eq 'x'", eq(term("catalog", "id"), str("x"))},
		{"accessPackageResource/id eq 'x'", eq(term("accessPackageResource", "id"), str("x"))},
		{"target/objectid eq 'x'", eq(term("target", "objectid"), str("x"))},
		{"accessPackageAssignmentPolicy/Id eq 'x'", eq(term("accessPackageAssignmentPolicy", "Id"), str("x"))},
		{"assignment/target/objectId eq 'x'", eq(term("assignment", "target", "objectId"), str("x"))},
		{"(originSystem eq 'AadGroup' and resource/id eq 'x')", And{Parts: []Expr{
			eq(term("originSystem"), str("AadGroup")), eq(term("resource", "id"), str("x")),
		}}},
		{"accessPackage/id eq 'x' and state eq 'Delivered'", And{Parts: []Expr{
			eq(term("accessPackage", "id"), str("x")), eq(term("state"), str("Delivered")),
		}}},
		{"state eq microsoft.graph.accessPackageRequestState'delivered'", eq(term("state"),
			Literal{Kind: Enum, Value: "delivered", Type: "microsoft.graph.accessPackageRequestState"})},
		{"state eq delivered", eq(term("state"), Literal{Kind: Enum, Value: "delivered"})},
		{"stages/any(s:s/status eq 'InProgress')", Lambda{
			Any: true, Path: prop("stages"), Var: "s",
			Body: eq(Term{Path: elem("s", "status")}, str("InProgress")),
		}},
		{"identitySources/any(is:is/microsoft.graph.azureActiveDirectoryTenant/tenantId eq 'x')", Lambda{
			Any: true, Path: prop("identitySources"), Var: "is",
			Body: eq(Term{Path: elem("is", "microsoft.graph.azureActiveDirectoryTenant", "tenantId")}, str("x")),
		}},
		{"targetResources/any(t:t/id eq 'x')", Lambda{
			Any: true, Path: prop("targetResources"), Var: "t",
			Body: eq(Term{Path: elem("t", "id")}, str("x")),
		}},
		{"targetResources/any(x:startswith(x/displayName,'y'))", Lambda{
			Any: true, Path: prop("targetResources"), Var: "x",
			Body: Func{Op: query.StartsWith, Arg: Term{Path: elem("x", "displayName")}, Value: str("y")},
		}},
		{"initiatedBy/user/userPrincipalName eq 'x'", eq(term("initiatedBy", "user", "userPrincipalName"), str("x"))},
		{"createdDateTime ge 2023-06-28T01:19:48.4216782Z", Comparison{
			Left: term("createdDateTime"), Op: query.Ge,
			Right: Literal{Kind: DateTime, Value: at},
		}},
		{"createdDateTime le 2023-06-28T03:19:48.421678+02:00", Comparison{
			Left: term("createdDateTime"), Op: query.Le,
			Right: Literal{Kind: DateTime, Value: at},
		}},
		{"createdDateTime lt 2023-06-28t01:19z", Comparison{
			Left: term("createdDateTime"), Op: query.Lt,
			Right: Literal{Kind: DateTime, Value: time.Date(2023, 6, 28, 1, 19, 0, 0, time.UTC)},
		}},
		{"createdDateTime gt 2023-06-28", Comparison{
			Left: term("createdDateTime"), Op: query.Gt,
			Right: Literal{Kind: Date, Value: time.Date(2023, 6, 28, 0, 0, 0, 0, time.UTC)},
		}},

		// The rest of the grammar.
		{"a ne null", Comparison{Left: term("a"), Op: query.Ne, Right: Literal{Kind: Null}}},
		{"a eq -12", eq(term("a"), Literal{Kind: Int, Value: int64(-12)})},
		{"a eq 1.5e3", eq(term("a"), Literal{Kind: Float, Value: 1500.0})},
		{"a eq duration'P14DT2H'", eq(term("a"), Literal{Kind: Duration, Value: "P14DT2H"})},
		{"a eq DURATION'P2W'", eq(term("a"), Literal{Kind: Duration, Value: "P2W"})},
		{"a eq ''", eq(term("a"), str(""))},
		{"a has microsoft.graph.t'b,c'", Has{Left: term("a"), Right: Literal{Kind: Enum, Value: "b,c", Type: "microsoft.graph.t"}}},
		{"a in ('x', 'y',z )", In{Left: term("a"), Values: []Literal{str("x"), str("y"), {Kind: Enum, Value: "z"}}}},
		{"a IN('x')", In{Left: term("a"), Values: []Literal{str("x")}}},
		{"tolower(a) eq 'x'", eq(lower("a"), str("x"))},
		{"ToUpper ( a ) eq 'X'", eq(Term{Path: prop("a"), Case: Upper}, str("X"))},
		{"contains ( a , toLower('X') )", Func{Op: query.Contains, Arg: term("a"), Value: str("x")}},
		{"ENDSWITH(a,'x')", Func{Op: query.EndsWith, Arg: term("a"), Value: str("x")}},
		{"endswith(a,'x') eq true", Func{Op: query.EndsWith, Arg: term("a"), Value: str("x")}},
		{"endswith(a,'x') ne false", Func{Op: query.EndsWith, Arg: term("a"), Value: str("x")}},
		{"endswith(a,'x') eq false", Not{X: Func{Op: query.EndsWith, Arg: term("a"), Value: str("x")}}},
		{"not endswith(a,'x') eq false", Func{Op: query.EndsWith, Arg: term("a"), Value: str("x")}},
		{"false eq endswith(a,'x')", Not{X: Func{Op: query.EndsWith, Arg: term("a"), Value: str("x")}}},
		{"5 lt a", Comparison{Left: term("a"), Op: query.Gt, Right: Literal{Kind: Int, Value: int64(5)}}},
		{"5 ge a", Comparison{Left: term("a"), Op: query.Le, Right: Literal{Kind: Int, Value: int64(5)}}},
		{"'x' eq tolower(a)", eq(lower("a"), str("x"))},
		{"null ne a", Comparison{Left: term("a"), Op: query.Ne, Right: Literal{Kind: Null}}},
		{"not a eq 'x'", Not{X: eq(term("a"), str("x"))}},
		{"Not(a eq 'x')", Not{X: eq(term("a"), str("x"))}},
		{"not (not (a eq 'x'))", eq(term("a"), str("x"))},
		{"a eq 1 or b eq 2 and not c eq 3", Or{Parts: []Expr{
			eq(term("a"), Literal{Kind: Int, Value: int64(1)}),
			And{Parts: []Expr{
				eq(term("b"), Literal{Kind: Int, Value: int64(2)}),
				Not{X: eq(term("c"), Literal{Kind: Int, Value: int64(3)})},
			}},
		}}},
		{"(a eq x or b eq y)AND c eq z", And{Parts: []Expr{
			Or{Parts: []Expr{eq(term("a"), Literal{Kind: Enum, Value: "x"}), eq(term("b"), Literal{Kind: Enum, Value: "y"})}},
			eq(term("c"), Literal{Kind: Enum, Value: "z"}),
		}}},
		{"a/any()", Lambda{Any: true, Path: prop("a")}},
		{"a/ALL( x : x eq 'y' )", Lambda{Path: prop("a"), Var: "x", Body: eq(Term{Path: elem("x")}, str("y"))}},
		{"a/any(x:x/b/all(y:y/c eq 'z' and x/d eq e))", Lambda{
			Any: true, Path: prop("a"), Var: "x",
			Body: Lambda{Path: elem("x", "b"), Var: "y", Body: And{Parts: []Expr{
				eq(Term{Path: elem("y", "c")}, str("z")), eq(Term{Path: elem("x", "d")}, Literal{Kind: Enum, Value: "e"}),
			}}},
		}},
		{"any eq 'x' and a/all eq 'y' and not/x eq 'z'", And{Parts: []Expr{
			eq(term("any"), str("x")), eq(term("a", "all"), str("y")), eq(term("not", "x"), str("z")),
		}}},
		{"größe eq 'ß'", eq(term("größe"), str("ß"))},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			t.Parallel()
			got, err := ParseFilter(tt.text)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got, ignorePositions); diff != "" {
				t.Errorf("tree (-want +got):\n%s", diff)
			}
			again, err := ParseFilter(got.String())
			if err != nil {
				t.Fatalf("what String wrote cannot be read: %v", err)
			}
			if diff := cmp.Diff(got, again, ignorePositions); diff != "" {
				t.Errorf("%q reads as another tree (-first +second):\n%s", got, diff)
			}
		})
	}
}

func TestFilterFaultsNamePositionAndExpectation(t *testing.T) {
	t.Parallel()
	tests := []struct{ text, want string }{
		{"", "position 1: expected a condition, found the end"},
		{"displayName", "position 12: expected eq, ne, gt, ge, lt, le, in or has, found the end"},
		{"displayName eq", "position 15: expected a value, found the end"},
		{"displayName equals 'x'", "position 13: expected eq, ne, gt, ge, lt, le, in or has, found 'equals'"},
		{"displayName eq 'x' und b eq 1", "position 20: expected 'and', 'or' or the end, found 'und'"},
		{"größe eq 'x", "position 10: the string that begins here has no closing quote"},
		{"a eq 'x')", "position 9: expected 'and', 'or' or the end, found ')'"},
		{"(a eq 'x'", "position 10: expected 'and', 'or' or ')', found the end"},
		{"concat(a,'x') eq 'y'", "position 1: 'concat' is not a supported function"},
		{"contains('x',a)", "position 10: expected a property as first argument"},
		{"contains(a,5)", "position 12: expected a string in single quotes"},
		{"contains(a)", "position 11: expected ',' and a second argument"},
		{"contains(a,'x') eq 5", "the result of contains is compared with true or false"},
		{"a eq b/c", "position 6: expected a value, found 'b/c'"},
		{"a eq and", "position 6: expected a value, found 'and'"},
		{"1 eq 1", "position 1: one side of a comparison must be a property"},
		{"1 eq not", "position 6: expected the name of a property"},
		{"true", "position 5: expected eq, ne, gt, ge, lt or le"},
		{"a in ()", "position 7: expected a value, found ')'"},
		{"a in 'x'", "position 6: expected '(' and a list of values"},
		{"a eq 99999999999999999999", "position 6: '99999999999999999999' is out of range"},
		{"a eq 1e999", "out of range"},
		{"a eq 2023-13-01", "position 6: '2023-13-01' is out of range"},
		{"a eq 2023-06-28T01:19:48.12345678Z", "is neither a number nor a GUID"},
		{"a eq 2023-06-28T01:19:48", "is neither a number nor a GUID"},
		{"a eq 0001-01-01T00:00:00+01:00", "out of range"},
		{"a eq {" + someID + "}", "expected a value, found '{"},
		{"a eq duration'P1Y'", "position 6: 'P1Y' is not a duration"},
		{"a eq duration'P'", "is not a duration"},
		{"a eq duration'P1DT'", "is not a duration"},
		{"a eq guid'x'", "'guid' is not a type of value"},
		{"a//b eq 1", "position 3: expected the name of a property, found '/b'"},
		{"a/b. eq 1", "position 3: 'b.' is not a name"},
		{"$it/a eq 1", "position 1: expected a condition, found '$it/a'"},
		{"a/any(x.y:x eq 1)", "'x.y' cannot name the element"},
		{"a/any(x:x/b/any(x:x eq 1))", "position 17: 'x' cannot name the element"},
		{"a/any(x eq 1)", "position 9: expected ':' and a condition"},
		{"a eq '\x00'", "the text is not UTF-8"},
		{"a eq '\xff'", "the text is not UTF-8"},
		{strings.Repeat("(", 51) + "a eq 1", "position 51: it is nested deeper than 50 levels"},
		{strings.Repeat("a eq 1 or ", 400) + "a eq 1", "it has more than 1000 conditions"},
		{"a eq '" + strings.Repeat("x", MaxText) + "'", "the text is longer than 16384 bytes"},
	}
	for _, tt := range tests {
		t.Run(shorten(tt.text), func(t *testing.T) {
			t.Parallel()
			_, err := ParseFilter(tt.text)
			checkFault(t, err, "InvalidFilter", "$filter", tt.want)
			if !strings.HasPrefix(fault.Of(err).Message, "OData query is invalid: $filter at position ") {
				t.Errorf("message %q does not begin like those of Graph", fault.Of(err).Message)
			}
		})
	}
}

func checkFault(t *testing.T, err error, code, target, part string) {
	t.Helper()
	if !fault.Is(err, fault.Invalid) {
		t.Fatalf("error = %v, want fault.Invalid", err)
	}
	f := fault.Of(err)
	if f.Code != code || f.Target != target {
		t.Errorf("code %s at %q, want %s at %q", f.Code, f.Target, code, target)
	}
	if !strings.Contains(f.Message, part) {
		t.Errorf("message %q does not say %q", f.Message, part)
	}
}

func TestNodesKeepTheirPositionInCharacters(t *testing.T) {
	t.Parallel()
	e, err := ParseFilter("größe eq 'ä' and b/c in (1, 2)")
	if err != nil {
		t.Fatal(err)
	}
	and := e.(And)
	in := and.Parts[1].(In)
	got := []Pos{and.Position(), and.Parts[0].(Comparison).Right.At, in.Position(), in.Left.Path.At, in.Values[1].At}
	if diff := cmp.Diff([]Pos{1, 10, 18, 18, 29}, got); diff != "" {
		t.Errorf("positions (-want +got):\n%s", diff)
	}
}

func TestFilterAtTheLimitsIsRead(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		strings.Repeat("(", 50) + "a eq 1" + strings.Repeat(")", 50),
		strings.Repeat("a eq 1 or ", 300) + "a eq 1",
		"a in (" + strings.Repeat("1,", 900) + "1)",
	} {
		if _, err := ParseFilter(text); err != nil {
			t.Errorf("%s: %v", shorten(text), err)
		}
	}
}

func FuzzFilter(f *testing.F) {
	for _, s := range []string{
		"displayName eq 'x''y' and (a ne null or not contains(tolower(b),'c') eq false)",
		"a/any(x:x/microsoft.graph.t/b in (1,2.5,true,d,e.f'g'))",
		"5 lt a and 'x' eq tolower(a) and a has b.c'd'",
		"a eq " + someID + " or a ge 2023-06-28T01:19:48.4216782+02:00 or a lt 2023-06-28",
		"a eq duration'PT1H' or 1 eq not", "a/all(x:x/b/any(y:y/c eq x))", "((", "'", "a in (", "a/any()",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		first, err := ParseFilter(text)
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Fatalf("%q: %v is no fault.Invalid", text, err)
			}
			return
		}
		written := first.String()
		if len(written) > MaxText {
			return
		}
		second, err := ParseFilter(written)
		if err != nil {
			t.Fatalf("%q was written as %q, which cannot be read: %v", text, written, err)
		}
		if diff := cmp.Diff(first, second, ignorePositions); diff != "" {
			t.Fatalf("%q was written as %q, which reads otherwise:\n%s", text, written, diff)
		}
	})
}
