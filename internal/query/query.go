// Package query holds filter, order and page as values.
//
// The values come from authz (what the caller may see) and from the wire
// (what the client asked for); a store turns them into SQL, and Match
// evaluates them in memory. Both must agree on every row. The package knows
// neither HTTP nor SQL nor the domain: fields are dotted names such as
// "assignment.state".
package query

// Expr is a condition on a row: And, Or, Not, Compare, In, Text, Any, All or
// Bool. A nil Expr holds for every row.
type Expr interface{ expr() }

// Op is a comparison.
type Op int

// The comparisons of OData 4.01, section 5.1.1.1.
const (
	Eq Op = iota
	Ne
	Gt
	Ge
	Lt
	Le
)

// TextOp is a test on a string.
type TextOp int

// The string functions of OData 4.01, section 5.1.1.5.
const (
	Contains TextOp = iota
	StartsWith
	EndsWith
)

type (
	// And holds if all parts hold; empty, it holds.
	And []Expr

	// Or holds if any part holds; empty, it does not.
	Or []Expr

	// Not holds if X does not.
	Not struct{ X Expr }

	// Bool is a constant.
	Bool bool

	// Compare compares a field with a value. Null equals null and nothing
	// else; Gt, Ge, Lt and Le with a null on either side do not hold. Ne is
	// always the opposite of Eq.
	Compare struct {
		Field string
		Op    Op
		Value Value
		Fold  bool // compare strings without regard to case
	}

	// In holds if the field equals one of the values.
	In struct {
		Field  string
		Values []Value
		Fold   bool
	}

	// Text tests a string field; null never holds.
	Text struct {
		Field string
		Op    TextOp
		Value string
		Fold  bool
	}

	// Any holds if Where holds for at least one element of the collection
	// (with a nil Where: if there is one). Fields inside Where are those of
	// the element.
	Any struct {
		Collection string
		Where      Expr
	}

	// All holds if Where holds for every element of the collection.
	All struct {
		Collection string
		Where      Expr
	}
)

func (And) expr()     {}
func (Or) expr()      {}
func (Not) expr()     {}
func (Bool) expr()    {}
func (Compare) expr() {}
func (In) expr()      {}
func (Text) expr()    {}
func (Any) expr()     {}
func (All) expr()     {}

// Value is nil (null), string, bool, int64, float64 or time.Time (UTC,
// microseconds). Nothing else may stand in an Expr.
type Value any

// Order is one term of a sort order.
type Order struct {
	Field string
	Desc  bool
}

// List asks for one page of rows. Stores append the id to Order, so every
// order is total.
type List struct {
	Where Expr
	Order []Order // empty: the collection's own order

	// Limit is the most rows to return; it must be positive.
	Limit int

	// Skip leaves out rows after After; clients send it as $skip.
	Skip int

	// After is the key of the last row of the page before, one value for
	// each term of the full order, or nil for the first page.
	After []Value

	// Count asks for the number of rows that match Where, whatever the page.
	Count bool
}

// Each asks for the same page of the rows of each of several parents.
type Each struct {
	// List is the page of one parent. Its Limit may be zero, and After is nil.
	List

	// Field holds the parent of a row, which is one of Parents.
	Field   string
	Parents []string

	// Total is the most rows to return in all. Every parent gets its first
	// row before any gets its second, and so on; so none stays without rows,
	// whatever Total says.
	Total int
}

// Page is the answer to a List.
type Page[T any] struct {
	Rows []T

	// Next is the key to put in List.After for the following page; nil when
	// this page is the last.
	Next []Value

	// Count is the number of matching rows if it was asked for, else -1.
	Count int64
}

// AllOf joins conditions with And, leaving out those that are nil.
func AllOf(parts ...Expr) Expr {
	var and And
	for _, p := range parts {
		if p != nil {
			and = append(and, p)
		}
	}
	switch len(and) {
	case 0:
		return nil
	case 1:
		return and[0]
	}
	return and
}
