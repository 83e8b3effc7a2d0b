// Package odata reads OData query options and resource paths and gives back
// syntax trees. Names stay as they were written: which properties there are,
// and of what type, is decided by those who declare the entities. It knows
// neither HTTP nor SQL.
//
// What cannot be read is a fault.Invalid with a sentence that names the
// option, the position of the character (counted from 1) and what was
// expected there. Its code is InvalidFilter for $filter, $orderby and
// $search, also inside $expand, and BadRequest for everything else.
package odata

import "github.com/grantkeep/grantkeep/internal/query"

// Limits of what is read. They bound the work that one request can ask for
// and the depth of every recursion over a tree.
const (
	MaxText        = 16 << 10 // bytes of one option after decoding, and of a path
	MaxQuery       = 64 << 10 // bytes of the whole query string before decoding
	MaxNodes       = 1000     // conditions, paths and literals in one option
	MaxDepth       = 50       // parentheses and lambdas inside each other
	MaxExpandDepth = 3        // navigations below each other in $expand
)

// Pos is the position of a node in the text of its option, in characters,
// counted from 1.
type Pos int

// Expr is a node of a filter that is true or false: And, Or, Not, Comparison,
// Has, In, Func or Lambda.
type Expr interface {
	// Position is where the node begins.
	Position() Pos

	// String writes the node in OData's syntax. What it writes reads as an
	// equal tree, but for the positions.
	String() string

	expr()
}

type (
	// And has two parts or more; all must hold.
	And struct {
		At    Pos
		Parts []Expr
	}

	// Or has two parts or more; one must hold.
	Or struct {
		At    Pos
		Parts []Expr
	}

	// Not holds if X does not. X is never itself a Not.
	Not struct {
		At Pos
		X  Expr
	}

	// Comparison compares a property with a literal. A literal written on
	// the left has changed places, and the operator with it.
	Comparison struct {
		At    Pos
		Left  Term
		Op    query.Op
		Right Literal
	}

	// Has asks whether a property of a flags type holds a flag.
	Has struct {
		At    Pos
		Left  Term
		Right Literal
	}

	// In compares with one literal or more.
	In struct {
		At     Pos
		Left   Term
		Values []Literal
	}

	// Func is contains, startswith or endswith. "eq true" behind it is left
	// out, and "eq false" has become Not. Value is a literal of kind String.
	Func struct {
		At    Pos
		Op    query.TextOp
		Arg   Term
		Value Literal
	}

	// Lambda is any or all over the collection Path. Var names the element in
	// Body; any() and all() without a body have neither.
	Lambda struct {
		At   Pos
		Path Path
		Any  bool // else all
		Var  string
		Body Expr
	}
)

func (And) expr()        {}
func (Or) expr()         {}
func (Not) expr()        {}
func (Comparison) expr() {}
func (Has) expr()        {}
func (In) expr()         {}
func (Func) expr()       {}
func (Lambda) expr()     {}

// Position implements Expr.
func (e And) Position() Pos { return e.At }

// Position implements Expr.
func (e Or) Position() Pos { return e.At }

// Position implements Expr.
func (e Not) Position() Pos { return e.At }

// Position implements Expr.
func (e Comparison) Position() Pos { return e.At }

// Position implements Expr.
func (e Has) Position() Pos { return e.At }

// Position implements Expr.
func (e In) Position() Pos { return e.At }

// Position implements Expr.
func (e Func) Position() Pos { return e.At }

// Position implements Expr.
func (e Lambda) Position() Pos { return e.At }

// Case says whether the letters of a property are changed before comparing.
type Case int

// The cases of a Term.
const (
	AsIs  Case = iota
	Lower      // tolower(path)
	Upper      // toupper(path)
)

// Term is a property as it stands in a condition.
type Term struct {
	Path Path
	Case Case
}

// Path is one name or several with slashes between. A segment with a dot is a
// cast, such as "microsoft.graph.user". Inside a lambda, a path that begins
// with the name of an element has that name in Var and the rest, perhaps
// nothing, in Segments; elsewhere Var is empty.
type Path struct {
	At       Pos
	Var      string
	Segments []string
}

// Star reports whether the path is the "*" of $select and $expand.
func (p Path) Star() bool { return len(p.Segments) == 1 && p.Segments[0] == "*" }

// Kind is the kind of a literal, as far as it can be told without knowing the
// property beside it.
type Kind int

// The kinds of literals, each with what Literal.Value holds.
const (
	Null     Kind = iota // nil
	String               // string; a GUID without quotes is one too
	Bool                 // bool
	Int                  // int64
	Float                // float64
	DateTime             // time.Time in UTC, cut to microseconds
	Date                 // time.Time, midnight UTC
	Duration             // string, as written between the quotes of duration'…'
	Enum                 // string, the name of the member or several with commas
)

// Literal is a constant. Every value is one that query allows.
type Literal struct {
	At    Pos
	Kind  Kind
	Value query.Value

	// Type is the name before the quotes of an Enum, such as
	// "microsoft.graph.accessPackageRequestState". It is empty when a bare
	// word was written without quotes, which only a property of an enum type
	// may be compared with.
	Type string
}

// OrderTerm is one term of $orderby.
type OrderTerm struct {
	Path Path
	Desc bool
}

// SearchTerm is one term of $search: a word, or anything in double quotes.
type SearchTerm struct {
	At     Pos
	Text   string
	Quoted bool
}

// ExpandItem is one navigation of $expand and what is asked of it.
type ExpandItem struct {
	Path Path
	View View
}

// View is what can be asked of a collection, at the top and inside $expand.
type View struct {
	Filter  Expr // nil: everything
	Select  []Path
	Expand  []ExpandItem
	OrderBy []OrderTerm
	Top     *int // nil if not given; 0 asks for no rows
	Skip    *int // nil if not given
	Count   bool

	given []option // inside $expand: the options as they were written
}
