package wire

import (
	"strings"

	"github.com/grantkeep/grantkeep/internal/odata"
	"github.com/grantkeep/grantkeep/internal/query"
)

// flagged asks whether a property holds a member of its enumeration. None of
// ours holds several at once, so it is the same as to compare with it.
func (e *Entity[T]) flagged(v Version, x odata.Has, element string) (query.Expr, error) {
	p, err := e.filtered(v, x.Left.Path, element)
	if err != nil {
		return nil, err
	}
	if p.literal != wordLiteral {
		return nil, invalidFilter("has needs a property of an enumeration; '%s' is none (position %d of $filter).", pathText(x.Left.Path), x.At)
	}
	return e.comparison(v, odata.Comparison{At: x.At, Left: x.Left, Op: query.Eq, Right: x.Right}, element)
}

// anyOrAll looks into a related list, or into a list of texts.
func (e *Entity[T]) anyOrAll(v Version, x odata.Lambda, element string) (query.Expr, error) {
	if x.Path.Var != element {
		return nil, invalidFilter("'%s' at position %d of $filter does not belong to the element.", pathText(x.Path), x.Path.At)
	}
	if len(x.Path.Segments) == 1 {
		if to := e.alone[x.Path.Segments[0]]; to != nil {
			if x.Body == nil {
				return query.Bool(true), nil
			}
			return to.condition(v, x.Body, x.Var)
		}
		if i := e.navigation(v, x.Path.Segments[0]); i >= 0 && e.navs[i].lookup != "" {
			return e.lookInto(v, x, &e.navs[i])
		}
	}
	if s, ok := e.searchOf(v, x.Path); ok {
		return s.lookThrough(x)
	}
	if p, err := e.filterable(v, x.Path, "$filter"); err == nil && p.literal == listLiteral {
		return p.lookThrough(x)
	}
	return nil, invalidFilter("any and all are not supported on '%s' of type 'microsoft.graph.%s'; these can be looked into: %s.",
		pathText(x.Path), e.Type(v), e.lookups(v))
}

func (e *Entity[T]) lookInto(v Version, x odata.Lambda, n *navigation[T]) (query.Expr, error) {
	var where query.Expr
	if x.Body != nil {
		var err error
		if where, err = n.target.condition(v, x.Body, x.Var); err != nil {
			return nil, err
		}
	}
	if x.Any {
		return query.Any{Collection: n.lookup, Where: where}, nil
	}
	return query.All{Collection: n.lookup, Where: where}, nil
}

// lookups names what any and all can look into, for people.
func (e *Entity[T]) lookups(v Version) string {
	var names []string
	for i := range e.navs {
		if n := e.navs[i].names.In(v); n != "" && e.navs[i].lookup != "" {
			names = append(names, n)
		}
	}
	for _, s := range e.searches {
		names = append(names, s.names.In(v))
	}
	for i := range e.props {
		if n := e.props[i].names.In(v); n != "" && e.props[i].literal == listLiteral {
			names = append(names, n)
		}
	}
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

// lookThrough looks through a list of texts, which the store keeps as one
// text with a comma on both sides of each. That allows for conditions of one
// kind: an element equals, begins or ends with something.
func (p *property[T]) lookThrough(x odata.Lambda) (query.Expr, error) {
	if x.Body == nil {
		return query.Compare{Field: p.field, Op: query.Ne}, nil
	}
	body, all := x.Body, !x.Any
	if c, ok := body.(odata.Comparison); ok && all && c.Op == query.Ne {
		// All differ from it if none equals it.
		c.Op = query.Eq
		found, err := p.lookThrough(odata.Lambda{Any: true, Var: x.Var, Body: c})
		return query.Not{X: found}, err
	}
	if all {
		return nil, invalidFilter("all on '%s' takes ne only (position %d of $filter).", p.names.V1, x.At)
	}
	switch body := body.(type) {
	case odata.Or:
		var or query.Or
		for _, part := range body.Parts {
			found, err := p.lookThrough(odata.Lambda{Any: true, Var: x.Var, Body: part})
			if err != nil {
				return nil, err
			}
			or = append(or, found)
		}
		return or, nil
	case odata.Comparison:
		if s, ok := body.Right.Value.(string); ok && body.Op == query.Eq && isElement(body.Left.Path, x.Var) {
			return p.part("," + s + ",")
		}
	case odata.Func:
		if s, ok := body.Value.Value.(string); ok && isElement(body.Arg.Path, x.Var) {
			before, behind := "", ""
			if body.Op == query.StartsWith {
				before = ","
			}
			if body.Op == query.EndsWith {
				behind = ","
			}
			return p.part(before + s + behind)
		}
	}
	return nil, invalidFilter("any on '%s' takes %s eq 'value', contains, startswith, endswith and or (position %d of $filter).", p.names.V1, x.Var, body.Position())
}

func isElement(path odata.Path, name string) bool { return path.Var == name && len(path.Segments) == 0 }

// part is the condition that the whole text has a part; a comma inside of
// what is looked for would join two elements.
func (p *property[T]) part(s string) (query.Expr, error) {
	if strings.Contains(strings.Trim(s, ","), ",") {
		return query.Bool(false), nil
	}
	return query.Text{Field: p.field, Op: query.Contains, Value: s, Fold: true}, nil
}
