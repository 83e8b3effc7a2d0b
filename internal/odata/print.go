package odata

import (
	"strconv"
	"strings"
	"time"

	"github.com/grantkeep/grantkeep/internal/query"
)

var opNames = map[query.Op]string{
	query.Eq: "eq", query.Ne: "ne", query.Gt: "gt", query.Ge: "ge", query.Lt: "lt", query.Le: "le",
}

var funcNames = map[query.TextOp]string{
	query.Contains: "contains", query.StartsWith: "startswith", query.EndsWith: "endswith",
}

// String implements Expr.
func (e And) String() string {
	parts := make([]string, len(e.Parts))
	for i, p := range e.Parts {
		switch p.(type) {
		case And, Or:
			parts[i] = "(" + p.String() + ")"
		default:
			parts[i] = p.String()
		}
	}
	return strings.Join(parts, " and ")
}

// String implements Expr.
func (e Or) String() string {
	parts := make([]string, len(e.Parts))
	for i, p := range e.Parts {
		// "and" binds tighter, so only an Or inside an Or needs parentheses.
		if _, ok := p.(Or); ok {
			parts[i] = "(" + p.String() + ")"
		} else {
			parts[i] = p.String()
		}
	}
	return strings.Join(parts, " or ")
}

// String implements Expr.
func (e Not) String() string {
	switch e.X.(type) {
	case And, Or:
		return "not (" + e.X.String() + ")"
	}
	return "not " + e.X.String()
}

// String implements Expr.
func (e Comparison) String() string {
	return e.Left.String() + " " + opNames[e.Op] + " " + e.Right.String()
}

// String implements Expr.
func (e Has) String() string { return e.Left.String() + " has " + e.Right.String() }

// String implements Expr.
func (e In) String() string {
	values := make([]string, len(e.Values))
	for i, v := range e.Values {
		values[i] = v.String()
	}
	return e.Left.String() + " in (" + strings.Join(values, ",") + ")"
}

// String implements Expr.
func (e Func) String() string {
	return funcNames[e.Op] + "(" + e.Arg.String() + "," + e.Value.String() + ")"
}

// String implements Expr.
func (e Lambda) String() string {
	name := "all"
	if e.Any {
		name = "any"
	}
	if e.Body == nil {
		return e.Path.String() + "/" + name + "()"
	}
	return e.Path.String() + "/" + name + "(" + e.Var + ":" + e.Body.String() + ")"
}

// String writes the term as it stands in a filter.
func (t Term) String() string {
	switch t.Case {
	case Lower:
		return "tolower(" + t.Path.String() + ")"
	case Upper:
		return "toupper(" + t.Path.String() + ")"
	}
	return t.Path.String()
}

// String joins the names with slashes, the name of the element first.
func (p Path) String() string {
	s := strings.Join(p.Segments, "/")
	switch {
	case p.Var == "":
		return s
	case s == "":
		return p.Var
	}
	return p.Var + "/" + s
}

// String writes the literal as it stands in a filter.
func (l Literal) String() string {
	switch v := l.Value.(type) {
	case nil:
		return "null"
	case bool:
		return strconv.FormatBool(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		s := strconv.FormatFloat(v, 'g', -1, 64)
		if !strings.ContainsAny(s, ".e") {
			s += ".0" // else it would read as an Int
		}
		return s
	case time.Time:
		if l.Kind == Date {
			return v.Format(time.DateOnly)
		}
		return v.Format(time.RFC3339Nano)
	case string:
		return l.quoted(v)
	}
	return ""
}

func (l Literal) quoted(s string) string {
	quoted := "'" + strings.ReplaceAll(s, "'", "''") + "'"
	switch {
	case l.Kind == Duration:
		return "duration" + quoted
	case l.Kind == Enum && l.Type != "":
		return l.Type + quoted
	case l.Kind == Enum:
		return s
	}
	return quoted
}
