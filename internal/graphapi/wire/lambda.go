package wire

import (
	"github.com/grantkeep/grantkeep/internal/odata"
	"github.com/grantkeep/grantkeep/internal/query"
)

// searched makes a navigation one that any and all in $filter look into; name
// is the collection's in store.Fields, behind the one it lies in.
func (n navigation[T]) searched(name string) navigation[T] {
	n.elements = name
	return n
}

// lambda turns any or all over a collection into a condition.
func (e *Entity[T]) lambda(v Version, x odata.Lambda) (query.Expr, error) {
	i := -1
	if len(x.Path.Segments) == 1 {
		i = e.navigation(v, x.Path.Segments[0])
	}
	if i < 0 || e.navs[i].elements == "" {
		return nil, invalidFilter("any and all are not supported on '%s' of type 'microsoft.graph.%s'.", pathText(x.Path), e.Type(v))
	}
	var where query.Expr
	if x.Body != nil {
		if p, ok := outerPath(x.Body); ok {
			return nil, invalidFilter("Inside any and all, '%s' must begin with the name of the element, such as %s/%s (position %d of $filter).",
				pathText(p), x.Var, pathText(p), p.At)
		}
		var err error
		if where, err = e.navs[i].target.condition(v, x.Body); err != nil {
			return nil, err
		}
	}
	if x.Any {
		return query.Any{Collection: e.navs[i].elements, Where: where}, nil
	}
	return query.All{Collection: e.navs[i].elements, Where: where}, nil
}

// outerPath finds a path in the body of a lambda that does not begin with the
// element, and so speaks of the object around it.
func outerPath(x odata.Expr) (odata.Path, bool) {
	var path odata.Path
	switch x := x.(type) {
	case odata.And:
		return firstOuter(x.Parts)
	case odata.Or:
		return firstOuter(x.Parts)
	case odata.Not:
		return outerPath(x.X)
	case odata.Comparison:
		path = x.Left.Path
	case odata.In:
		path = x.Left.Path
	case odata.Func:
		path = x.Arg.Path
	default:
		return path, false // refused by condition, in its own words
	}
	return path, path.Var == ""
}

func firstOuter(parts []odata.Expr) (odata.Path, bool) {
	for _, part := range parts {
		if p, ok := outerPath(part); ok {
			return p, true
		}
	}
	return odata.Path{}, false
}
