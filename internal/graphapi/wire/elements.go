package wire

import (
	"slices"
	"strings"

	"github.com/grantkeep/grantkeep/internal/odata"
	"github.com/grantkeep/grantkeep/internal/query"
)

// valueSearch is a collection of complex values that any and all can look
// into. The values are of several types, each with one member that tells it
// apart.
type valueSearch struct {
	names      Names
	collection string // in store.Fields, behind the one it lies in; its fields are "kind" and "value"
	members    []searchedMember
}

type searchedMember struct {
	kind string // the type, without its namespace
	name string
}

// searchOf returns the collection of values at the path, if there is one.
func (e *Entity[T]) searchOf(v Version, path odata.Path) (valueSearch, bool) {
	at := slices.IndexFunc(e.searches, func(s valueSearch) bool { return strings.EqualFold(s.names.In(v), strings.Join(path.Segments, "/")) })
	if at < 0 {
		return valueSearch{}, false
	}
	return e.searches[at], true
}

// lookThrough turns any or all into a condition on the values.
func (s valueSearch) lookThrough(x odata.Lambda) (query.Expr, error) {
	var where query.Expr
	if x.Body != nil {
		var err error
		if where, err = s.condition(x.Body); err != nil {
			return nil, err
		}
	}
	if x.Any {
		return query.Any{Collection: s.collection, Where: where}, nil
	}
	return query.All{Collection: s.collection, Where: where}, nil
}

func (s valueSearch) condition(x odata.Expr) (query.Expr, error) {
	switch x := x.(type) {
	case odata.And:
		parts, err := s.conditions(x.Parts)
		return query.And(parts), err
	case odata.Or:
		parts, err := s.conditions(x.Parts)
		return query.Or(parts), err
	case odata.Not:
		inner, err := s.condition(x.X)
		return query.Not{X: inner}, err
	case odata.Comparison:
		if x.Op == query.Eq {
			return s.equals(x.Left.Path, []odata.Literal{x.Right})
		}
	case odata.In:
		return s.equals(x.Left.Path, x.Values)
	}
	return nil, invalidFilter("Elements of '%s' can be compared with eq and in only (position %d of $filter).", s.names.V1, x.Position())
}

func (s valueSearch) conditions(list []odata.Expr) ([]query.Expr, error) {
	out := make([]query.Expr, 0, len(list))
	for _, x := range list {
		c, err := s.condition(x)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

// equals is the condition that the member of an element has one of the
// values. Its path may name the type of the element before the member.
func (s valueSearch) equals(path odata.Path, literals []odata.Literal) (query.Expr, error) {
	in := query.In{Field: "value", Fold: true}
	for _, l := range literals {
		text, ok := l.Value.(string)
		if !ok {
			return nil, invalidFilter("'%s' is compared with text in single quotes (position %d of $filter).", pathText(path), l.At)
		}
		in.Values = append(in.Values, text)
	}
	var found query.Or
	name, cast := path.Segments, ""
	if len(name) == 2 {
		cast, name = name[0][strings.LastIndexByte(name[0], '.')+1:], name[1:]
	}
	var known []string
	for _, m := range s.members {
		known = append(known, m.kind+"/"+m.name)
		if len(name) == 1 && strings.EqualFold(name[0], m.name) && (cast == "" || strings.EqualFold(cast, m.kind)) {
			found = append(found, query.And{query.Compare{Field: "kind", Value: m.kind}, in})
		}
	}
	if path.Var == "" || len(found) == 0 {
		return nil, invalidFilter("'%s' is no member of the elements of '%s' that can be compared; these are: %s.",
			pathText(path), s.names.V1, strings.Join(known, ", "))
	}
	if len(found) == 1 {
		return found[0], nil
	}
	return found, nil
}
