package wire

import (
	"math"
	"slices"
	"strings"

	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/odata"
	"github.com/grantkeep/grantkeep/internal/query"
)

// Plan checks the query options $filter, $orderby, $select and $expand
// against the declaration. The others are the caller's. Faults are Invalid:
// "InvalidFilter" for $filter and $orderby, "BadRequest" for the rest.
func (e *Entity[T]) Plan(v Version, o odata.Options) (Plan, error) {
	return e.plan(v, o.View)
}

func (e *Entity[T]) plan(v Version, view odata.View) (Plan, error) {
	p := Plan{Shape: Shape{Version: v}}
	var err error
	if view.Filter != nil {
		if p.Where, err = e.condition(v, view.Filter, ""); err != nil {
			return Plan{}, err
		}
	}
	for _, term := range view.OrderBy {
		field, err := e.sortable(v, term.Path)
		if err != nil {
			return Plan{}, err
		}
		p.Order = append(p.Order, query.Order{Field: field, Desc: term.Desc})
	}
	if len(e.kinds) > 0 {
		return p, e.planKinds(&p, view)
	}
	for _, path := range view.Select {
		if err := e.choose(&p.Shape, path); err != nil {
			return Plan{}, err
		}
	}
	for i := range e.props {
		if e.props[i].include != "" && p.Shape.picked&(1<<i) != 0 {
			p.load(e.props[i].include, nil, nil)
		}
	}
	for _, item := range view.Expand {
		if err := e.expandItem(&p, item); err != nil {
			return Plan{}, err
		}
	}
	return p, nil
}

// load adds what must be loaded: the objects of a name, of them only those on
// the list unless it is nil, with others inside.
func (p *Plan) load(name string, inner entitlement.Include, list *query.List) {
	if p.Include == nil {
		p.Include = entitlement.Include{}
	}
	inner = merged(p.Include.Inside(name), inner)
	if inner == nil && list == nil {
		p.Include[name] = nil
	} else {
		p.Include[name] = &entitlement.Part{Include: inner, List: list}
	}
}

// planKinds selects from each type of a polymorphic entity what it has. A
// name that no type has is refused.
func (e *Entity[T]) planKinds(p *Plan, view odata.View) error {
	if len(view.Expand) > 0 {
		return badRequest("$expand is not supported on type 'microsoft.graph.%s'.", e.Type(p.Shape.Version))
	}
	for range e.kinds {
		p.Shape.kinds = append(p.Shape.kinds, &Shape{Version: p.Shape.Version})
	}
	for _, path := range view.Select {
		known := false
		for i, s := range p.Shape.kinds {
			err := e.kinds[i].entity.choose(s, path)
			known = known || err == nil
			if err != nil && e.kinds[i].entity.choose(s, odata.Path{Segments: []string{"id"}}) != nil {
				return err
			}
		}
		if !known {
			return noProperty(path, e.Type(p.Shape.Version))
		}
	}
	return nil
}

func badRequest(format string, args ...any) *fault.Error {
	return fault.New(fault.Invalid, "BadRequest", format, args...)
}

func noProperty(path odata.Path, typeName string) *fault.Error {
	return badRequest("Could not find a property named '%s' on type 'microsoft.graph.%s'.", shorten(strings.Join(path.Segments, "/")), typeName)
}

// choose adds a property, or a navigation by its name, to the selection. The
// id is always in it.
func (e *Entity[T]) choose(s *Shape, path odata.Path) error {
	if i := e.propertyNamed(s.Version, "id"); i >= 0 {
		s.picked |= 1 << i
	}
	if path.Star() {
		for i := range e.props {
			if !e.props[i].onSelect {
				s.picked |= 1 << i
			}
		}
		return nil
	}
	if len(path.Segments) != 1 {
		return noProperty(path, e.Type(s.Version))
	}
	if i := e.propertyNamed(s.Version, path.Segments[0]); i >= 0 {
		s.picked |= 1 << i
		return nil
	}
	if i := e.navigation(s.Version, path.Segments[0]); i >= 0 {
		s.listed |= 1 << i
		return nil
	}
	return noProperty(path, e.Type(s.Version))
}

// expandItem adds a navigation, or all of them, to the plan.
func (e *Entity[T]) expandItem(p *Plan, item odata.ExpandItem) error {
	v := p.Shape.Version
	if item.Path.Star() {
		for i := range e.navs {
			if e.navs[i].names.In(v) != "" {
				if err := e.expandAt(p, i, odata.View{}); err != nil {
					return err
				}
			}
		}
		return nil
	}
	name := item.Path.Segments[0]
	i := e.navigation(v, name)
	if i < 0 {
		if k := e.propertyNamed(v, name); k >= 0 && e.props[k].contained.In(v) != "" {
			if !plainView(item.View) {
				return badRequest("'%s' is always there and whole, so $expand=%s takes no options of its own.", name, shorten(name))
			}
			if p.Shape.picked != 0 {
				p.Shape.picked |= 1 << k
			}
			return nil // it is written anyway
		}
		return badRequest("Could not find a navigation property named '%s' on type 'microsoft.graph.%s'; these can be expanded: %s.",
			shorten(name), e.Type(v), e.expandable(v))
	}
	return e.expandAt(p, i, item.Below())
}

func plainView(v odata.View) bool {
	return v.Filter == nil && v.Select == nil && v.OrderBy == nil && v.Expand == nil && v.Top == nil && v.Skip == nil && !v.Count
}

// expandAt expands navigation i as the view asks.
func (e *Entity[T]) expandAt(p *Plan, i int, view odata.View) error {
	n := &e.navs[i]
	name := n.names.In(p.Shape.Version)
	if view.Count && !n.collection {
		return badRequest("$count inside $expand needs a collection; '%s' is a single object.", name)
	}
	inner, err := n.target.plan(p.Shape.Version, view)
	if err != nil {
		return err
	}
	x := &expansion{shape: inner.Shape, count: view.Count, top: view.Top, cuts: n.at != nil, rest: view.Rest()}
	var list *query.List
	if view.Filter != nil || view.OrderBy != nil || view.Top != nil || view.Skip != nil || view.Count {
		switch {
		case !n.collection:
			return badRequest("$filter, $orderby, $top and $skip inside $expand need a collection; '%s' is a single object.", name)
		case n.paged:
			list = asked(inner, view)
		default:
			if x.list, err = inMemory(n.target, inner, view); err != nil {
				return err
			}
		}
	}
	if p.Shape.expand == nil {
		p.Shape.expand = make([]*expansion, len(e.navs))
	}
	p.Shape.expand[i] = x
	if n.include != "" {
		p.load(n.include, inner.Include, list)
	}
	return nil
}

// merged includes what either includes: two navigations may lead to the same.
func merged(a, b entitlement.Include) entitlement.Include {
	if len(a) == 0 {
		return b
	}
	for name, part := range b {
		inner := merged(a.Inside(name), b.Inside(name))
		if part == nil {
			part = a[name]
		}
		if part != nil {
			part = &entitlement.Part{Include: inner, List: part.List}
		}
		a[name] = part
	}
	return a
}

// asked is the page of an expanded collection that the view asks for.
func asked(inner Plan, view odata.View) *query.List {
	q := &query.List{Where: inner.Where, Order: inner.Order, Limit: math.MaxInt, Count: view.Count}
	if view.Top != nil {
		q.Limit = *view.Top
	}
	if view.Skip != nil {
		q.Skip = *view.Skip
	}
	return q
}

// inMemory makes the listing of an expanded collection. It refuses fields
// that are known to the store only.
func inMemory(t target, inner Plan, view odata.View) (*listing, error) {
	fields := fieldsOf(inner.Where, nil)
	for _, o := range inner.Order {
		fields = append(fields, o.Field)
	}
	if i := slices.IndexFunc(fields, func(f string) bool { return !t.remembers(f) }); i >= 0 {
		return nil, badRequest("$filter and $orderby inside $expand work on the expanded object's own properties only, not on '%s'.", fields[i])
	}
	l := &listing{where: inner.Where, order: inner.Order, top: -1}
	if view.Top != nil {
		l.top = *view.Top
	}
	if view.Skip != nil {
		l.skip = *view.Skip
	}
	return l, nil
}

func (e *Entity[T]) expandable(v Version) string {
	var names []string
	for i := range e.navs {
		if n := e.navs[i].names.In(v); n != "" {
			names = append(names, n)
		}
	}
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

// sortable returns the field of a path in $orderby.
func (e *Entity[T]) sortable(v Version, path odata.Path) (string, error) {
	p, err := e.filterable(v, path, "$orderby")
	if err != nil {
		return "", err
	}
	if p.literal == listLiteral {
		return "", fault.New(fault.Invalid, "InvalidFilter", "'%s' is a collection, which nothing can be ordered by.", pathText(path)).At("$orderby")
	}
	return p.field, nil
}
