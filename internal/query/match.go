package query

import (
	"fmt"
	"slices"
	"strings"
)

// Row gives Match and Sort the values of one row, or of one element of a
// collection in a row.
type Row interface {
	// Field returns the value of a field; nil if it is null.
	Field(name string) Value

	// Elements returns the members of a collection, in any order.
	Elements(collection string) []Row
}

// Match reports whether e holds for the row. It is the definition of what an
// Expr means; the SQL that a store makes of the same Expr selects the same
// rows. In full:
//
//   - Logic has two values. Null is a value like any other and never makes a
//     condition unknown: Not{X} holds exactly if X does not, and Ne exactly
//     if Eq does not. A nil Expr and an empty And hold, an empty Or does not.
//   - Eq holds if both sides are null, or both are of one type and equal.
//     Values of different types are never equal, except that int64 and
//     float64 are one type here: they compare by the exact number.
//   - Gt, Ge, Lt and Le hold only between two values of one type, neither of
//     them null; so Ge does not hold between null and null. Between different
//     types none of the four holds.
//   - Strings compare by their bytes in UTF-8, which is the order of their
//     code points. With Fold both sides first go through strings.ToLower,
//     for Gt and its like also. Instants compare as such, whatever their
//     location. False is less than true.
//   - In holds if Eq holds with at least one of the values, a null among
//     them included; with no values it never holds.
//   - Text holds only for a string that contains, starts or ends with the
//     value, byte for byte after folding; no character is a wildcard. Every
//     string contains, starts and ends with the empty one; null does not.
//   - Any and All look at the elements alone: a field inside Where is one of
//     the element. Over no elements Any does not hold and All does; a nil
//     Where holds for every element.
//
// Match panics on a Value or an Expr of a type that query.go does not allow.
func Match(e Expr, row Row) bool {
	switch e := e.(type) {
	case nil:
		return true
	case Bool:
		return bool(e)
	case And:
		return !slices.ContainsFunc(e, func(part Expr) bool { return !Match(part, row) })
	case Or:
		return slices.ContainsFunc(e, func(part Expr) bool { return Match(part, row) })
	case Not:
		return !Match(e.X, row)
	case Compare:
		return holds(e.Op, row.Field(e.Field), e.Value, e.Fold)
	case In:
		field := row.Field(e.Field)
		return slices.ContainsFunc(e.Values, func(v Value) bool { return holds(Eq, field, v, e.Fold) })
	case Text:
		return e.holds(row.Field(e.Field))
	case Any:
		return slices.ContainsFunc(row.Elements(e.Collection), func(el Row) bool { return Match(e.Where, el) })
	case All:
		return !slices.ContainsFunc(row.Elements(e.Collection), func(el Row) bool { return !Match(e.Where, el) })
	}
	panic(fmt.Sprintf("query: no Expr: %T", e))
}

func holds(op Op, a, b Value, foldCase bool) bool {
	if foldCase {
		a, b = fold(a), fold(b)
	}
	ordered := a != nil && b != nil && rank(a) == rank(b)
	switch op {
	case Eq:
		return CompareValues(a, b) == 0
	case Ne:
		return CompareValues(a, b) != 0
	case Gt:
		return ordered && CompareValues(a, b) > 0
	case Ge:
		return ordered && CompareValues(a, b) >= 0
	case Lt:
		return ordered && CompareValues(a, b) < 0
	case Le:
		return ordered && CompareValues(a, b) <= 0
	}
	panic(fmt.Sprintf("query: no comparison: %d", op))
}

func (t Text) holds(field Value) bool {
	s, ok := field.(string)
	if !ok {
		return false
	}
	want := t.Value
	if t.Fold {
		s, want = strings.ToLower(s), strings.ToLower(want)
	}
	switch t.Op {
	case Contains:
		return strings.Contains(s, want)
	case StartsWith:
		return strings.HasPrefix(s, want)
	case EndsWith:
		return strings.HasSuffix(s, want)
	}
	panic(fmt.Sprintf("query: no test on a string: %d", t.Op))
}

func fold(v Value) Value {
	if s, ok := v.(string); ok {
		return strings.ToLower(s)
	}
	return v
}
