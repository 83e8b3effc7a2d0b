package graphapi

import (
	"slices"
	"strings"

	"github.com/grantkeep/grantkeep/internal/graphapi/wire"
)

// schema is what one version offers: the declared types, and where the routes
// lead among them. It is what $metadata and the OpenAPI document tell.
type schema struct {
	version   wire.Version
	types     []wire.TypeInfo
	enums     []wire.EnumInfo
	endpoints []endpoint

	navigated     map[string]bool // navigations that a route follows, as type.name
	called        []bool          // by operation: a route calls it
	operations    []wire.OperationInfo
	alternateKeys map[string][]string // by type
}

// endpoint is a route in one version, and what it is about.
type endpoint struct {
	route *route
	path  string // with the first name of each segment
	at    place
	call  *wire.OperationInfo // nil if it is no action and no function
}

// place is what a path addresses: an object, or a collection of them.
type place struct {
	of         string // the type, without its namespace
	collection bool
}

func newSchema(v wire.Version, table []route) *schema {
	s := &schema{
		version: v, types: wire.Types(v), enums: wire.Enums(v), operations: wire.Operations(v),
		navigated: map[string]bool{}, alternateKeys: map[string][]string{},
	}
	s.called = make([]bool, len(s.operations))
	for i := range table {
		if r := &table[i]; r.versions.has(v) {
			s.endpoints = append(s.endpoints, s.follow(r))
		}
	}
	return s
}

// follow finds out what a route is about. What the declarations do not know
// has no type.
func (s *schema) follow(r *route) endpoint {
	e := endpoint{route: r}
	for i, segment := range strings.Split(strings.TrimPrefix(r.template, "/"), "/") {
		if _, key := placeholder(segment); key {
			e.path += "/" + strings.Replace(segment, ":any", "", 1)
			e.at.collection = false
			continue
		}
		word, args, called := strings.Cut(segment, "(")
		names := namesIn(word, s.version)
		name := strings.TrimPrefix(names[0], "!")
		e.path += "/" + name
		if called {
			e.path += "(" + strings.ReplaceAll(args, ":any", "")
		}
		switch {
		case strings.HasPrefix(name, "$"):
		case strings.HasPrefix(name, namespace):
			e.at.of = strings.TrimPrefix(name, namespace)
		case i == 0:
			e.at = rootPlace(name)
		default:
			e = s.step(e, names, strings.TrimSuffix(args, ")"))
		}
	}
	return e
}

func rootPlace(name string) place {
	for _, set := range wire.Sets() {
		if set.Name == name {
			return place{set.Type, set.Collection}
		}
	}
	return place{}
}

// step goes along a navigation, or calls an action or a function. Further
// names of a segment lead to the same place.
func (s *schema) step(e endpoint, names []string, args string) endpoint {
	from := e.at
	e.at = place{}
	for _, name := range names {
		if to, ok := s.navigate(from, strings.TrimPrefix(name, "!")); ok {
			e.at = to
		}
	}
	if e.at.of != "" {
		if key, _, ok := strings.Cut(args, "="); ok && e.at.collection {
			if !slices.Contains(s.alternateKeys[e.at.of], key) {
				s.alternateKeys[e.at.of] = append(s.alternateKeys[e.at.of], key)
			}
			e.at.collection = false
		}
		return e
	}
	for i := range s.operations {
		op := &s.operations[i]
		if op.Bound == from.of && op.Collection == from.collection && strings.EqualFold(op.Name, names[0]) && (op.Action || takes(op, args)) {
			s.called[i] = true
			e.call, e.at = op, placeOf(op.Returns)
			return e
		}
	}
	return e
}

func (s *schema) navigate(from place, name string) (place, bool) {
	t := s.find(from.of)
	if t == nil {
		return place{}, false
	}
	for _, p := range t.Properties {
		if p.Name == name && p.Navigation {
			s.navigated[from.of+"."+name] = true
			return placeOf(p.Type), true
		}
	}
	return place{}, false
}

// takes reports whether a function has exactly the arguments of a template.
func takes(op *wire.OperationInfo, args string) bool {
	var names []string
	for arg := range strings.SplitSeq(args, ",") {
		if name, _, ok := strings.Cut(arg, "="); ok {
			names = append(names, name)
		}
	}
	return slices.EqualFunc(op.Parameters, names, func(p wire.ParameterInfo, name string) bool { return p.Name == name })
}

// placeOf reads an Edm type of ours.
func placeOf(edm string) place {
	inner, collection := strings.CutPrefix(edm, "Collection(")
	return place{strings.TrimPrefix(strings.TrimSuffix(inner, ")"), "graph."), collection}
}

func (s *schema) find(name string) *wire.TypeInfo {
	i := slices.IndexFunc(s.types, func(t wire.TypeInfo) bool { return t.Name == name })
	if i < 0 {
		return nil
	}
	return &s.types[i]
}

// offers reports whether a member can be reached: navigations without a
// route are declared for later.
func (s *schema) offers(t *wire.TypeInfo, p wire.PropertyInfo) bool {
	return !p.PathOnly || s.navigated[t.Name+"."+p.Name]
}
