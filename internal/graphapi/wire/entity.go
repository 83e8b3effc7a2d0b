package wire

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/grantkeep/grantkeep/internal/odata"
	"github.com/grantkeep/grantkeep/internal/query"
)

// Entity is the declaration of one entity type over the domain value T.
type Entity[T any] struct {
	record[T]
	collection string // the key in store.Fields; empty if it is in no store
	navs       []navigation[T]
	paths      []property[T] // names that only filters know, such as accessPackage/id
	searches   []valueSearch // collections that any and all can look into

	alone map[string]target // collections of exactly one element, whose fields are those of the object; any and all look into them

	// kinds are the entities of a type whose objects are of several types;
	// empty for others.
	kinds []kindOf[T]

	// derived are types that extend this one and have its members first. An
	// object of one of them is written as what it is.
	derived  []kindOf[T]
	abstract bool // every object is of a derived type

	id func(*T) string // for @odata.id; nil if it is no directory object
}

// kindOf is one of the types of a polymorphic entity.
type kindOf[T any] struct {
	is     func(*T) bool
	become func(*T) // makes a new object one of this type; nil if no body can
	entity *Entity[T]
}

// navigation is a related object, or a list of them.
type navigation[T any] struct {
	names      Names
	include    string // in entitlement.Include
	inline     Names  // versions in which it is written without being expanded
	collection bool
	paged      bool // the collection comes as what was asked of it; others are filtered, sorted and cut in memory
	contained  bool
	target     target
	lookup     string // in store.Collections, or behind the entity's own in store.Fields; empty if any and all cannot look into it
	elements   func(t *T) []query.Row
	put        func(b []byte, t *T, x *expansion, s *Shape) ([]byte, extent)
	size       func(t *T, l *listing) int   // of a collection, before it is cut
	at         func(t *T, v Version) string // path of the collection behind the version; nil if it has none, and is short
	keys       [2]string
}

// extent is how much of a collection was written, and behind which key it goes
// on; nil if that was all.
type extent struct {
	rows int
	next []query.Value
}

// target is the entity at the far end of a navigation.
type target interface {
	Type(v Version) string
	Collection() string
	plan(v Version, view odata.View) (Plan, error)
	condition(v Version, x odata.Expr, element string) (query.Expr, error)
	remembers(field string) bool
}

// build completes a declaration: keys are encoded once.
func (e *Entity[T]) build() *Entity[T] {
	if len(e.props) > 64 || len(e.navs) > 64 {
		panic(fmt.Sprintf("wire: %s has too many properties for a selection", e.name.V1))
	}
	for i := range e.props {
		e.props[i].keys = keys(e.props[i].names)
	}
	for i := range e.navs {
		e.navs[i].keys = keys(e.navs[i].names)
		// Clients echo related objects; nothing is written through them.
		e.ignored = append(e.ignored, e.navs[i].names.V1, e.navs[i].names.Beta)
	}
	return e
}

func keys(n Names) (k [2]string) {
	for v, name := range []string{n.V1, n.Beta} {
		if name != "" {
			k[v] = `,"` + name + `":`
		}
	}
	return k
}

// Type returns the name of the type in a version, without its namespace.
func (e *Entity[T]) Type(v Version) string { return e.name.In(v) }

// Collection returns the key in store.Fields under which the entity's fields
// are listed; empty if no store lists them.
func (e *Entity[T]) Collection() string { return e.collection }

// Append writes the object as JSON: properties in declared order, then the
// navigations that are expanded. The shape must be one of this entity.
func (e *Entity[T]) Append(b []byte, t *T, s *Shape) []byte {
	if len(e.kinds) > 0 {
		return e.appendKind(b, t, s)
	}
	for i := range e.derived {
		if e.derived[i].is(t) {
			own := *s
			own.TypeAnnotation = true
			return e.derived[i].entity.Append(b, t, &own)
		}
	}
	v := s.Version
	b = append(b, '{')
	start := len(b)
	if s.Context != "" {
		b = append(b, `"@odata.context":`...)
		b = appendString(b, s.Context)
	}
	b = e.annotate(b, start, t, s)
	for i := range e.props {
		p := &e.props[i]
		if !e.selects(i, s) {
			continue
		}
		if p.omit != nil && p.omit(t) {
			continue
		}
		b = member(b, start, p.keys[v])
		b = p.put(b, t, s)
	}
	for i := range e.navs {
		n := &e.navs[i]
		if n.keys[v] == "" {
			continue
		}
		var x *expansion
		if s.expand != nil {
			x = s.expand[i]
		}
		if x == nil {
			if n.inline.In(v) == "" || (s.picked|s.listed != 0 && s.listed&(1<<i) == 0) {
				continue
			}
			x = &expansion{}
		}
		if x.count {
			b = member(b, start, `,"`+n.names.In(v)+`@odata.count":`)
			b = appendInt(b, n.size(t, x.list))
		}
		b = member(b, start, n.keys[v])
		var part extent
		b, part = n.put(b, t, x, s)
		if part.next != nil && x.cuts && s.Continue != nil && x.goesOn(part) {
			b = append(b, `,"`+n.names.In(v)+`@odata.nextLink":`...)
			b = appendString(b, s.Continue(n.at(t, v), x.rest, x.left(part), part.next))
		}
	}
	return append(b, '}')
}

// goesOn reports whether more was asked for than was shown.
func (x *expansion) goesOn(s extent) bool { return x.top == nil || s.rows < *x.top }

// left is how many more objects were asked for; 0 for all that there are.
func (x *expansion) left(s extent) int {
	if x.top == nil {
		return 0
	}
	return *x.top - s.rows
}

// selects reports whether the shape shows property i.
func (e *Entity[T]) selects(i int, s *Shape) bool {
	p := &e.props[i]
	if p.keys[s.Version] == "" {
		return false
	}
	if s.picked == 0 && s.listed == 0 {
		return !p.onSelect
	}
	return s.picked&(1<<i) != 0
}

// Differing returns the shape with only the id and those of its properties in
// which two states of an object differ, and whether there are any.
func (e *Entity[T]) Differing(was, is *T, s Shape) (Shape, bool) {
	only := s
	only.picked, only.expand = 0, nil
	for i := range e.props {
		if e.selects(i, &s) && !bytes.Equal(e.props[i].put(nil, was, &s), e.props[i].put(nil, is, &s)) {
			only.picked |= 1 << i
		}
	}
	differ := only.picked != 0
	if i := e.propertyNamed(s.Version, "id"); i >= 0 {
		only.picked |= 1 << i
	}
	return only, differ
}

// appendKind writes an object of a polymorphic type as what it is.
func (e *Entity[T]) appendKind(b []byte, t *T, s *Shape) []byte {
	for i := range e.kinds {
		if !e.kinds[i].is(t) {
			continue
		}
		own := Shape{}
		if s.kinds != nil {
			own = *s.kinds[i]
		}
		own = own.in(s)
		own.Context, own.TypeAnnotation = s.Context, true
		return e.kinds[i].entity.Append(b, t, &own)
	}
	return append(b, "null"...)
}

// annotate writes the annotations that the shape asks for.
func (e *Entity[T]) annotate(b []byte, start int, t *T, s *Shape) []byte {
	full := s.FullMetadata && e.id != nil
	if s.TypeAnnotation || full {
		b = member(b, start, `,"@odata.type":`)
		b = append(b, `"#microsoft.graph.`...)
		b = append(b, e.name.In(s.Version)...)
		b = append(b, '"')
	}
	if full {
		b = member(b, start, `,"@odata.id":`)
		b = appendString(b, s.BaseURL+"/directoryObjects/"+e.id(t))
	}
	return b
}

// member begins a member of the object that began at start. The key comes
// with a comma in front, which the first member leaves out.
func member(b []byte, start int, key string) []byte {
	if len(b) == start {
		key = key[1:]
	}
	return append(b, key...)
}

// Expanding returns the shape with the named navigations expanded, besides
// those that are. Names are the ones of the shape's version. It panics on a
// name that is not declared, which is a bug of the caller.
func (e *Entity[T]) Expanding(s Shape, names ...string) Shape {
	expand := make([]*expansion, len(e.navs))
	copy(expand, s.expand)
	for _, name := range names {
		i := e.navigation(s.Version, name)
		if i < 0 {
			panic("wire: no navigation " + name + " on " + e.Type(s.Version))
		}
		if expand[i] == nil {
			expand[i] = &expansion{}
		}
	}
	s.expand = expand
	return s
}

// in returns the shape with everything that an inner object takes over from
// the one around it.
func (s Shape) in(outer *Shape) Shape {
	s.Version, s.Tenant, s.BaseURL = outer.Version, outer.Tenant, outer.BaseURL
	s.UnknownMembers, s.FullMetadata, s.Continue = outer.UnknownMembers, outer.FullMetadata, outer.Continue
	return s
}

// navigation returns the index of a navigation, -1 if there is none. Names
// compare without regard to case; the name of the other version is understood
// too, as published examples mix them.
func (e *Entity[T]) navigation(v Version, name string) int {
	for _, spelling := range []Version{v, V1 + Beta - v} {
		for i := range e.navs {
			if n := &e.navs[i]; n.names.In(v) != "" && strings.EqualFold(n.names.In(spelling), name) {
				return i
			}
		}
	}
	return -1
}

// one declares a navigation to a single object. Expanded without an object
// to show, it is null.
func one[T, U any](n Names, include string, to *Entity[U], get func(*T) *U) navigation[T] {
	return navigation[T]{
		names: n, include: include, target: to,
		put: func(b []byte, t *T, x *expansion, s *Shape) ([]byte, extent) {
			u := get(t)
			if u == nil {
				return append(b, "null"...), extent{}
			}
			inner := x.shape.in(s)
			return to.Append(b, u, &inner), extent{}
		},
	}
}

// many declares a navigation to a list. Expanded, it is an array even if
// there is nothing in it.
func many[T, U any](n Names, include string, to *Entity[U], get func(*T) []U) navigation[T] {
	return navigation[T]{
		names: n, include: include, target: to, collection: true,
		size: func(t *T, l *listing) int {
			if l == nil || l.where == nil {
				return len(get(t))
			}
			return len(to.matching(get(t), l.where))
		},
		elements: func(t *T) []query.Row {
			var rows []query.Row
			for _, r := range to.rows(get(t)) {
				rows = append(rows, r)
			}
			return rows
		},
		put: func(b []byte, t *T, x *expansion, s *Shape) ([]byte, extent) {
			page := to.pick(get(t), x)
			return to.appendAll(b, page.Rows, x, s), extent{len(page.Rows), page.Next}
		},
	}
}

// pages is many for collections of which the view holds the page that was
// asked for.
func pages[T, U any](n Names, include string, to *Entity[U], get func(*T) *query.Page[U]) navigation[T] {
	nav := many(n, include, to, func(t *T) []U { return get(t).Rows })
	nav.paged = true
	nav.size = func(t *T, _ *listing) int { return int(get(t).Count) }
	nav.put = func(b []byte, t *T, x *expansion, s *Shape) ([]byte, extent) {
		page := get(t)
		return to.appendAll(b, page.Rows, x, s), extent{len(page.Rows), page.Next}
	}
	return nav
}

// appendAll writes the objects of an expanded collection as an array.
func (e *Entity[T]) appendAll(b []byte, rows []T, x *expansion, s *Shape) []byte {
	inner := x.shape.in(s)
	b = append(b, '[')
	for i := range rows {
		if i > 0 {
			b = append(b, ',')
		}
		b = e.Append(b, &rows[i], &inner)
	}
	return append(b, ']')
}

// of tells where the collection is served: below the object with its id in a
// collection of entitlement management.
func (n navigation[T]) of(collection Names, id func(*T) string) navigation[T] {
	n.at = func(t *T, v Version) string {
		return "/identityGovernance/entitlementManagement/" + collection.In(v) + "/" + id(t) + "/" + n.names.In(v)
	}
	return n
}

// always makes a navigation part of the object in some versions, without
// being expanded.
func (n navigation[T]) always(in Names) navigation[T] {
	n.inline, n.contained = in, true
	return n
}

// within makes the navigation one that any and all can look into.
func (n navigation[T]) within(collection string) navigation[T] {
	n.lookup = collection
	return n
}

// belongs marks a navigation whose objects are part of this one.
func (n navigation[T]) belongs() navigation[T] {
	n.contained = true
	return n
}
