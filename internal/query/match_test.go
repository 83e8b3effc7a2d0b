package query

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// record is a row for tests.
type record struct {
	fields   map[string]Value
	elements map[string][]Row
}

func (r record) Field(name string) Value      { return r.fields[name] }
func (r record) Elements(name string) []Row   { return r.elements[name] }
func fields(f map[string]Value) record        { return record{fields: f} }
func with(name string, v Value) record        { return fields(map[string]Value{name: v}) }
func is(field string, op Op, v Value) Compare { return Compare{Field: field, Op: op, Value: v} }

func TestMatch(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	elsewhere := noon.In(time.FixedZone("", 7200))
	stages := record{elements: map[string][]Row{"stages": {
		with("state", "open"), with("state", "closed"),
	}}, fields: map[string]Value{"state": "outer"}}

	tests := []struct {
		name string
		expr Expr
		row  Row
		want bool
	}{
		{"a nil condition holds", nil, with("a", nil), true},
		{"an empty And holds", And{}, with("a", nil), true},
		{"an empty Or does not", Or{}, with("a", nil), false},
		{"a nil part of And holds", And{nil, Bool(true)}, with("a", nil), true},
		{"And needs all", And{Bool(true), Bool(false)}, with("a", nil), false},
		{"Or needs one", Or{Bool(false), Bool(true)}, with("a", nil), true},
		{"Not turns round", Not{Bool(false)}, with("a", nil), true},

		{"null equals null", is("a", Eq, nil), with("a", nil), true},
		{"null equals nothing else", is("a", Eq, nil), with("a", ""), false},
		{"a value does not equal null", is("a", Eq, "x"), with("a", nil), false},
		{"null is unequal to a value", is("a", Ne, "x"), with("a", nil), true},
		{"null is not unequal to null", is("a", Ne, nil), with("a", nil), false},
		{"null is not at least null", is("a", Ge, nil), with("a", nil), false},
		{"null is not at most null", is("a", Le, nil), with("a", nil), false},
		{"null is not less than a value", is("a", Lt, "x"), with("a", nil), false},
		{"a value is not greater than null", is("a", Gt, nil), with("a", "x"), false},
		{"Not over a comparison with null holds", Not{is("a", Lt, "x")}, with("a", nil), true},

		{"types are never mixed in Eq", is("a", Eq, "1"), with("a", int64(1)), false},
		{"so Ne holds between types", is("a", Ne, "1"), with("a", int64(1)), true},
		{"types have no order, less", is("a", Lt, "1"), with("a", int64(0)), false},
		{"types have no order, greater", is("a", Gt, int64(0)), with("a", "1"), false},
		{"integer and float compare by number", is("a", Eq, 2.0), with("a", int64(2)), true},
		{"a float between integers", is("a", Gt, int64(2)), with("a", 2.5), true},
		{"large integers do not collapse", is("a", Eq, float64(1<<53)), with("a", int64(1<<53+1)), false},

		{"instants compare whatever the location", is("a", Eq, elsewhere), with("a", noon), true},
		{"instants have an order", is("a", Lt, noon.Add(time.Microsecond)), with("a", elsewhere), true},
		{"false is less than true", is("a", Lt, true), with("a", false), true},

		{"case counts", is("a", Eq, "Sales"), with("a", "sales"), false},
		{"unless folded", Compare{"a", Eq, "SÄLES", true}, with("a", "säles"), true},
		{"Ne folds too", Compare{"a", Ne, "SALES", true}, with("a", "sales"), false},
		{"order by bytes", is("a", Lt, "a"), with("a", "B"), true},
		{"folded order", Compare{"a", Lt, "a", true}, with("a", "B"), false},
		{"folding leaves other types alone", Compare{"a", Eq, int64(1), true}, with("a", int64(1)), true},

		{"In finds one of several", In{"a", []Value{"x", "y"}, false}, with("a", "y"), true},
		{"In with null finds null", In{"a", []Value{"x", nil}, false}, with("a", nil), true},
		{"In without null does not", In{"a", []Value{"x"}, false}, with("a", nil), false},
		{"In with no values never holds", In{"a", nil, false}, with("a", nil), false},
		{"In folds", In{"a", []Value{"X"}, true}, with("a", "x"), true},

		{"contains", Text{"a", Contains, "al", false}, with("a", "sales"), true},
		{"starts with", Text{"a", StartsWith, "sa", false}, with("a", "sales"), true},
		{"ends with", Text{"a", EndsWith, "es", false}, with("a", "sales"), true},
		{"contains minds case", Text{"a", Contains, "AL", false}, with("a", "sales"), false},
		{"contains folds", Text{"a", Contains, "AL", true}, with("a", "sales"), true},
		{"percent is no wildcard", Text{"a", Contains, "%", false}, with("a", "sales"), false},
		{"underscore is no wildcard", Text{"a", StartsWith, "_", false}, with("a", "sales"), false},
		{"every string contains the empty one", Text{"a", Contains, "", false}, with("a", ""), true},
		{"null contains nothing", Text{"a", Contains, "", false}, with("a", nil), false},
		{"a number contains nothing", Text{"a", Contains, "", false}, with("a", int64(1)), false},

		{"Any needs one element", Any{"stages", is("state", Eq, "open")}, stages, true},
		{"Any looks at elements only", Any{"stages", is("state", Eq, "outer")}, stages, false},
		{"Any without a condition needs one", Any{"stages", nil}, stages, true},
		{"Any over nothing", Any{"others", nil}, stages, false},
		{"All needs every element", All{"stages", is("state", Eq, "open")}, stages, false},
		{"All over several", All{"stages", is("state", Ne, "outer")}, stages, true},
		{"All over nothing holds", All{"others", Bool(false)}, stages, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := Match(tt.expr, tt.row); got != tt.want {
				t.Errorf("Match = %v, want %v", got, tt.want)
			}
			if got := Match(Not{tt.expr}, tt.row); got == tt.want {
				t.Errorf("Match of the opposite = %v too", got)
			}
		})
	}
}

func TestMatchRefusesForeignTypes(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("an int is no Value, but Match took it")
		}
	}()
	Match(is("a", Eq, 1), with("a", int64(1)))
}

func values() *rapid.Generator[Value] {
	return rapid.OneOf(
		rapid.Just(Value(nil)),
		rapid.Map(rapid.Bool(), func(b bool) Value { return b }),
		rapid.Map(rapid.OneOf(rapid.Int64(), rapid.Int64Range(-2, 2), rapid.SampledFrom([]int64{math.MinInt64, math.MaxInt64, 1<<53 + 1})), func(i int64) Value { return i }),
		rapid.Map(rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{-2, -0.5, 0, 1, 1 << 53, 1 << 63, -1 << 63})), func(f float64) Value { return f }),
		rapid.Map(rapid.StringN(0, 3, -1), func(s string) Value { return s }),
		rapid.Map(rapid.Int64Range(-3, 3), func(us int64) Value { return time.UnixMicro(us) }),
	)
}

func TestCompareValuesIsATotalOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := values().Draw(t, "a"), values().Draw(t, "b"), values().Draw(t, "c")
		if CompareValues(a, a) != 0 {
			t.Fatalf("%v is not equal to itself", a)
		}
		if CompareValues(a, b) != -CompareValues(b, a) {
			t.Fatalf("%v and %v have no order", a, b)
		}
		if CompareValues(a, b) <= 0 && CompareValues(b, c) <= 0 && CompareValues(a, c) > 0 {
			t.Fatalf("%v ≤ %v ≤ %v, but not the first and the last", a, b, c)
		}
		if CompareValues(a, nil) < 0 {
			t.Fatalf("%v comes before null", a)
		}
		if eq := Match(is("f", Eq, b), with("f", a)); eq != (CompareValues(a, b) == 0) {
			t.Fatalf("Eq of %v and %v is %v, unlike the order", a, b, eq)
		}
	})
}

func TestSortPutsNullFirstAndLastWhenDescending(t *testing.T) {
	t.Parallel()
	rows := []record{
		fields(map[string]Value{"id": "1", "name": "b"}),
		fields(map[string]Value{"id": "2", "name": nil}),
		fields(map[string]Value{"id": "3", "name": "a"}),
		fields(map[string]Value{"id": "4", "name": "b"}),
	}
	for _, tt := range []struct {
		order []Order
		want  []string
	}{
		{[]Order{{Field: "name"}}, []string{"2", "3", "1", "4"}},
		{[]Order{{Field: "name", Desc: true}}, []string{"1", "4", "3", "2"}},
		{[]Order{{Field: "name"}, {Field: "id", Desc: true}}, []string{"2", "3", "4", "1"}},
	} {
		got := slices.Clone(rows)
		Sort(got, tt.order)
		if diff := cmp.Diff(tt.want, ids(got)); diff != "" {
			t.Errorf("order %v (-want +got):\n%s", tt.order, diff)
		}
	}
}

func ids(rows []record) []string {
	var out []string
	for _, r := range rows {
		out = append(out, r.fields["id"].(string))
	}
	return out
}

// Pages taken one after another give every matching row once, in order,
// whatever the order, the page size and the nulls.
func TestSelectPagesCoverEveryRowOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 12).Draw(t, "rows")
		rows := make([]record, n)
		for i := range rows {
			name := rapid.SampledFrom([]Value{nil, "a", "b", "c"}).Draw(t, "name")
			rows[i] = fields(map[string]Value{"id": strconv.Itoa(100 + i), "name": name})
		}
		q := List{
			Where: is("name", Ne, "c"), Limit: rapid.IntRange(1, 5).Draw(t, "limit"), Count: true,
			Order: []Order{{Field: "name", Desc: rapid.Bool().Draw(t, "desc")}},
		}
		whole := Select(rows, List{Where: q.Where, Order: q.Order, Limit: 100})
		if whole.Next != nil || whole.Count != -1 {
			t.Fatalf("a page that holds everything has Next %v and Count %d", whole.Next, whole.Count)
		}
		var got []record
		for {
			page := Select(rows, q)
			if len(page.Rows) > q.Limit || page.Count != int64(len(whole.Rows)) {
				t.Fatalf("%d rows and count %d on a page of %d", len(page.Rows), page.Count, q.Limit)
			}
			got = append(got, page.Rows...)
			if page.Next == nil {
				break
			}
			q.After = page.Next
		}
		if a, b := strings.Join(ids(got), " "), strings.Join(ids(whole.Rows), " "); a != b {
			t.Fatalf("pages give %s, the whole is %s", a, b)
		}
		skip := rapid.IntRange(0, 14).Draw(t, "skip")
		rest := Select(rows, List{Where: q.Where, Order: q.Order, Limit: 100, Skip: skip})
		if want := ids(whole.Rows[min(skip, len(whole.Rows)):]); !slices.Equal(ids(rest.Rows), want) {
			t.Fatalf("skipping %d gives %v, want %v", skip, ids(rest.Rows), want)
		}
	})
}
