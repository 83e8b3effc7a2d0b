package query

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// CompareValues is the order in which rows are sorted: negative if a comes
// before b, zero if they are equal, positive if a comes after b. Null comes
// first, so it comes last in a descending order; then false, true, numbers,
// strings by their bytes, instants. It is total: values of different types
// have an order too, though no condition ever holds by it. Two values are
// equal in the sense of Eq exactly if CompareValues returns zero. NaN is
// before every other number. It panics on a type that Value does not allow.
func CompareValues(a, b Value) int {
	if c := cmp.Compare(rank(a), rank(b)); c != 0 {
		return c
	}
	switch a := a.(type) {
	case nil:
		return 0
	case bool:
		return compareBools(a, b.(bool))
	case int64:
		if f, ok := b.(float64); ok {
			return compareIntFloat(a, f)
		}
		return cmp.Compare(a, b.(int64))
	case float64:
		if i, ok := b.(int64); ok {
			return -compareIntFloat(i, a)
		}
		return cmp.Compare(a, b.(float64))
	case string:
		return strings.Compare(a, b.(string))
	case time.Time:
		return a.Compare(b.(time.Time))
	}
	panic(fmt.Sprintf("query: no Value: %T", a))
}

// rank puts the types in order; int64 and float64 are one.
func rank(v Value) int {
	switch v.(type) {
	case nil:
		return 0
	case bool:
		return 1
	case int64, float64:
		return 2
	case string:
		return 3
	case time.Time:
		return 4
	}
	panic(fmt.Sprintf("query: no Value: %T", v))
}

func compareBools(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// compareIntFloat compares without turning the integer into a float, which
// would make 1<<53 and 1<<53 + 1 equal.
func compareIntFloat(i int64, f float64) int {
	const limit = 1 << 63 // first float64 above every int64
	switch {
	case math.IsNaN(f) || f < -limit:
		return 1
	case f >= limit:
		return -1
	}
	whole := math.Trunc(f)
	if c := cmp.Compare(i, int64(whole)); c != 0 {
		return c
	}
	return cmp.Compare(0, f-whole)
}

// Total returns order with the id appended, unless it is there already. Every
// list is sorted by the total order, so no two rows are ever equal in it.
func Total(order []Order) []Order {
	if slices.ContainsFunc(order, func(o Order) bool { return o.Field == "id" }) {
		return order
	}
	return append(slices.Clone(order), Order{Field: "id"})
}

// Key returns what the row is sorted by: one value for each term of order.
func Key(row Row, order []Order) []Value {
	key := make([]Value, len(order))
	for i, o := range order {
		key[i] = row.Field(o.Field)
	}
	return key
}

// CompareKeys compares two keys of the same order, term by term in the sense
// of CompareValues, turned round where the term is descending.
func CompareKeys(a, b []Value, order []Order) int {
	for i, o := range order {
		c := CompareValues(a[i], b[i])
		if o.Desc {
			c = -c
		}
		if c != 0 {
			return c
		}
	}
	return 0
}

// After reports whether a row with this key comes on a page behind the row
// whose key is after. Every row comes after the nil key, which is the start.
func After(key, after []Value, order []Order) bool {
	return after == nil || CompareKeys(key, after, order) > 0
}

// Sort puts rows into order. Rows that are equal in it keep their places.
func Sort[R Row](rows []R, order []Order) {
	slices.SortStableFunc(rows, func(a, b R) int {
		return CompareKeys(Key(a, order), Key(b, order), order)
	})
}

// Select answers a List from rows in memory as a store answers it from
// tables. It leaves rows as they are. It panics if q.Limit is not positive or
// if q.After does not fit the total order, as both are bugs of the caller.
func Select[R Row](rows []R, q List) Page[R] {
	order := Total(q.Order)
	if q.Limit <= 0 {
		panic("query: List.Limit must be positive")
	}
	if q.After != nil && len(q.After) != len(order) {
		panic(fmt.Sprintf("query: List.After has %d values for %d terms", len(q.After), len(order)))
	}
	page := Page[R]{Count: -1}
	var matching []R
	for _, r := range rows {
		if Match(q.Where, r) {
			matching = append(matching, r)
		}
	}
	if q.Count {
		page.Count = int64(len(matching))
	}
	Sort(matching, order)
	matching = slices.DeleteFunc(matching, func(r R) bool { return !After(Key(r, order), q.After, order) })
	matching = matching[min(max(q.Skip, 0), len(matching)):]
	if len(matching) > q.Limit {
		matching = matching[:q.Limit]
		page.Next = Key(matching[q.Limit-1], order)
	}
	page.Rows = matching
	return page
}
