package wire

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/odata"
	"github.com/grantkeep/grantkeep/internal/query"
)

func invalidFilter(format string, args ...any) *fault.Error {
	return fault.New(fault.Invalid, "InvalidFilter", format, args...).At("$filter")
}

// condition turns a $filter into a condition on fields. Inside any and all,
// element is what the client calls the element that the entity describes.
func (e *Entity[T]) condition(v Version, x odata.Expr, element string) (query.Expr, error) {
	switch x := x.(type) {
	case odata.And:
		parts, err := e.conditions(v, x.Parts, element)
		return query.And(parts), err
	case odata.Or:
		parts, err := e.conditions(v, x.Parts, element)
		return query.Or(parts), err
	case odata.Not:
		inner, err := e.condition(v, x.X, element)
		return query.Not{X: inner}, err
	case odata.Comparison:
		return e.comparison(v, x, element)
	case odata.In:
		return e.membership(v, x, element)
	case odata.Func:
		return e.textTest(v, x, element)
	case odata.Has:
		return e.flagged(v, x, element)
	case odata.Lambda:
		return e.anyOrAll(v, x, element)
	}
	panic(fmt.Sprintf("wire: no condition: %T", x))
}

func (e *Entity[T]) conditions(v Version, parts []odata.Expr, element string) ([]query.Expr, error) {
	list := make([]query.Expr, 0, len(parts))
	for _, part := range parts {
		c, err := e.condition(v, part, element)
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, nil
}

func pathText(p odata.Path) string { return shorten(strings.Join(p.Segments, "/")) }

// filtered finds the property of a path in $filter.
func (e *Entity[T]) filtered(v Version, path odata.Path, element string) (*property[T], error) {
	if path.Var != element {
		return nil, invalidFilter("'%s' at position %d of $filter is no property of the element; inside any and all, write %s/ and the name of one.",
			shorten(strings.TrimPrefix(path.Var+"/"+pathText(path), "/")), path.At, element)
	}
	p, err := e.filterable(v, path, "$filter")
	if err == nil && p.literal == listLiteral {
		return nil, invalidFilter("'%s' is a collection; look into it with any, such as %s/any(x:x eq 'value').", pathText(path), pathText(path))
	}
	return p, err
}

// filterable finds the property of a path in $filter or $orderby. Names
// compare without regard to case. Paths are understood in the spelling of
// the other version too, as published examples mix them.
func (e *Entity[T]) filterable(v Version, path odata.Path, option string) (*property[T], error) {
	name := strings.Join(path.Segments, "/")
	other := V1 + Beta - v
	for _, try := range []struct {
		list []property[T]
		v    Version
	}{{e.props, v}, {e.paths, v}, {e.paths, other}} {
		for i := range try.list {
			p := &try.list[i]
			if n := p.names.In(try.v); p.field != "" && n != "" && strings.EqualFold(n, name) {
				return p, nil
			}
		}
	}
	return nil, fault.New(fault.Invalid, "InvalidFilter", "The property '%s' of type 'microsoft.graph.%s' cannot be used in %s; these can: %s.",
		shorten(name), e.Type(v), option, e.filterables(v)).At(option)
}

// filterables names what can stand in $filter and $orderby, for people.
func (e *Entity[T]) filterables(v Version) string {
	var names []string
	for _, list := range [][]property[T]{e.props, e.paths} {
		for i := range list {
			if n := list[i].names.In(v); n != "" && list[i].field != "" && !slices.Contains(names, n) {
				names = append(names, n)
			}
		}
	}
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

func (e *Entity[T]) comparison(v Version, x odata.Comparison, element string) (query.Expr, error) {
	p, err := e.filtered(v, x.Left.Path, element)
	if err != nil {
		return nil, err
	}
	values, err := p.values(v, x.Right)
	if err != nil {
		return nil, err
	}
	ordered := x.Op != query.Eq && x.Op != query.Ne
	if ordered && (p.literal == wordLiteral || p.literal == flagLiteral || p.literal == scopeLiteral) {
		return nil, invalidFilter("'%s' can be compared with eq, ne and in only (position %d of $filter).", pathText(x.Left.Path), x.At)
	}
	if p.selects != nil && !ordered {
		return p.anyOf(values, x.Op == query.Ne), nil
	}
	fold := p.folds(x.Left)
	if len(values) == 1 {
		return query.Compare{Field: p.field, Op: x.Op, Value: values[0], Fold: fold}, nil
	}
	in := query.In{Field: p.field, Values: values}
	if x.Op == query.Ne {
		return query.Not{X: in}, nil
	}
	return in, nil
}

func (e *Entity[T]) membership(v Version, x odata.In, element string) (query.Expr, error) {
	p, err := e.filtered(v, x.Left.Path, element)
	if err != nil {
		return nil, err
	}
	in := query.In{Field: p.field, Fold: p.folds(x.Left)}
	for _, lit := range x.Values {
		values, err := p.values(v, lit)
		if err != nil {
			return nil, err
		}
		in.Values = append(in.Values, values...)
	}
	if p.selects != nil {
		return p.anyOf(in.Values, false), nil
	}
	return in, nil
}

// anyOf is the condition that the property has one of the values, or none.
func (p *property[T]) anyOf(values []query.Value, not bool) query.Expr {
	var either query.Or
	for _, v := range values {
		either = append(either, p.selects(v))
	}
	switch {
	case not:
		return query.Not{X: either}
	case len(either) == 1:
		return either[0]
	}
	return either
}

func (e *Entity[T]) textTest(v Version, x odata.Func, element string) (query.Expr, error) {
	p, err := e.filtered(v, x.Arg.Path, element)
	if err != nil {
		return nil, err
	}
	s, ok := x.Value.Value.(string)
	switch p.literal {
	case textLiteral, nameLiteral:
	case guidLiteral:
		s = strings.ToLower(s)
	default:
		ok = false
	}
	if !ok {
		return nil, invalidFilter("contains, startswith and endswith need text; '%s' is none (position %d of $filter).", pathText(x.Arg.Path), x.At)
	}
	return query.Text{Field: p.field, Op: x.Op, Value: s, Fold: p.folds(x.Arg)}, nil
}

// folds reports whether a comparison minds no letter case. With tolower or
// toupper around the property the client has asked for that itself.
func (p *property[T]) folds(t odata.Term) bool {
	return p.literal == nameLiteral || p.literal == textLiteral && t.Case != odata.AsIs
}

// values returns what a literal stands for: one value, or for words of an
// enumeration none or several.
func (p *property[T]) values(v Version, lit odata.Literal) ([]query.Value, error) {
	if lit.Kind == odata.Null {
		return []query.Value{nil}, nil
	}
	bad := func(want string) error {
		return invalidFilter("'%s' is compared with %s (position %d of $filter).", p.names.In(v)+p.elsewhere(v), want, lit.At)
	}
	s, isText := lit.Value.(string)
	switch p.literal {
	case textLiteral, nameLiteral:
		if !isText {
			return nil, bad("text in single quotes")
		}
		if p.literal == textLiteral && isGUID(s) {
			s = strings.ToLower(s)
		}
		return []query.Value{s}, nil
	case guidLiteral:
		if !isText || !isGUID(s) {
			return nil, bad("a GUID. Unrecognized Guid format")
		}
		return []query.Value{strings.ToLower(s)}, nil
	case flagLiteral:
		if b, ok := lit.Value.(bool); ok {
			return []query.Value{b}, nil
		}
		if isText && (strings.EqualFold(s, "true") || strings.EqualFold(s, "false")) {
			return []query.Value{strings.EqualFold(s, "true")}, nil
		}
		return nil, bad("true or false")
	case instantLiteral:
		if t, ok := lit.Value.(time.Time); ok {
			return []query.Value{t}, nil
		}
		if t, err := (&value{kind: isString, text: s}).asInstant(); isText && err == nil {
			return []query.Value{t}, nil
		}
		return nil, bad("an instant such as 2026-01-31T08:00:00Z")
	case wordLiteral:
		if isText {
			if values, ok := p.words.selects(s, v); ok {
				return values, nil
			}
		}
		return nil, bad("one of " + p.words.list(v))
	case scopeLiteral:
		if isText {
			if catalog, err := catalogOfScope(s); err == nil {
				return []query.Value{textValue(catalog)}, nil
			}
		}
		return nil, bad("'/' or '" + catalogScope + "{id}'")
	}
	return nil, bad("nothing")
}

// elsewhere is the name of a path that only the other version has.
func (p *property[T]) elsewhere(v Version) string {
	if p.names.In(v) != "" {
		return ""
	}
	return p.names.In(V1 + Beta - v)
}

// fieldsOf appends the fields that a condition names.
func fieldsOf(x query.Expr, fields []string) []string {
	switch x := x.(type) {
	case query.And:
		for _, part := range x {
			fields = fieldsOf(part, fields)
		}
	case query.Or:
		for _, part := range x {
			fields = fieldsOf(part, fields)
		}
	case query.Not:
		fields = fieldsOf(x.X, fields)
	case query.Compare:
		fields = append(fields, x.Field)
	case query.In:
		fields = append(fields, x.Field)
	case query.Text:
		fields = append(fields, x.Field)
	case query.Any:
		fields = append(fields, x.Collection)
	case query.All:
		fields = append(fields, x.Collection)
	}
	return fields
}
