package wire

import (
	"time"

	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/query"
)

// property is one line of a declaration: a member of T in both versions.
type property[T any] struct {
	names Names
	types Names // Edm types
	keys  [2]string

	field   string // in store.Fields; empty if it cannot be filtered by
	literal literalKind
	words   *vocabulary // of enumerations
	parts   typeInfo    // the complex type of objects; nil otherwise

	readOnly bool // clients send it back; what they send is ignored
	required bool
	onSelect bool   // written only if selected by name
	include  string // in entitlement.Include: what must be loaded for it

	contained Names         // versions that call it a navigation to contained objects
	omit      func(*T) bool // when it is left out instead of null

	// selects turns a value of the field, in $filter, into a condition; nil
	// for values that are simply equal.
	selects func(query.Value) query.Expr

	put   func(b []byte, t *T, s *Shape) []byte
	set   func(r *reader, v *value, t *T) error
	unset func(t *T) // to the default
	value func(t *T) query.Value
}

// literalKind tells how a literal of $filter becomes values of a field.
type literalKind int

const (
	noLiteral literalKind = iota
	textLiteral
	nameLiteral // text that compares without regard to case
	guidLiteral
	flagLiteral
	instantLiteral
	wordLiteral
	scopeLiteral // an appScopeId, which stands for a catalog
	listLiteral  // several texts, kept as one
)

// filter makes the property one that lists can be filtered and sorted by.
func (p property[T]) filter(field string) property[T] {
	p.field = field
	return p
}

// folded is filter for a field of type Name.
func (p property[T]) folded(field string) property[T] {
	p.field, p.literal = field, nameLiteral
	return p
}

// ro makes the property one that the server owns.
func (p property[T]) ro() property[T] {
	p.readOnly = true
	return p
}

// due makes the property one that must be given.
func (p property[T]) due() property[T] {
	p.required = true
	return p
}

// elsewhereToo makes the property one that a body may give in another member
// instead: that it is absent says nothing.
func (p property[T]) elsewhereToo() property[T] {
	p.unset = nil
	return p
}

// selected leaves the property out unless it is selected by name.
func (p property[T]) selected() property[T] {
	p.onSelect = true
	return p
}

// loads names what must be loaded for the property.
func (p property[T]) loads(include string) property[T] {
	p.include = include
	return p
}

// unless leaves the property out of objects for which omit holds.
func (p property[T]) unless(omit func(*T) bool) property[T] {
	p.omit = omit
	return p
}

// orElse gives the default that an absent or null member stands for.
func (p property[T]) orElse(unset func(*T)) property[T] {
	p.unset = unset
	return p
}

func textValue[S ~string](s S) query.Value {
	if s == "" {
		return nil
	}
	return string(s)
}

// pointed makes a property of a pointer into T and the ways to read and write
// what it points to.
func pointed[T, M any](n Names, edm string, lit literalKind, at func(*T) *M,
	put func([]byte, M) []byte, get func(*value) (M, error), val func(M) query.Value,
) property[T] {
	return property[T]{
		names: n, types: typed(n, edm), literal: lit,
		put: func(b []byte, t *T, _ *Shape) []byte { return put(b, *at(t)) },
		set: func(_ *reader, v *value, t *T) error {
			m, err := get(v)
			if err == nil {
				*at(t) = m
			}
			return err
		},
		unset: func(t *T) { *at(t) = *new(M) },
		value: func(t *T) query.Value { return val(*at(t)) },
	}
}

// typed gives the same Edm type to the versions that have the property.
func typed(n Names, edm string) (t Names) {
	if n.V1 != "" {
		t.V1 = edm
	}
	if n.Beta != "" {
		t.Beta = edm
	}
	return t
}

func readText[S ~string](v *value) (S, error) {
	s, err := v.asText()
	return S(s), err
}

func readGUID[S ~string](v *value) (S, error) {
	s, err := v.asGUID()
	return S(s), err
}

// text is a string that is null when it is empty.
func text[T any, S ~string](n Names, at func(*T) *S) property[T] {
	return pointed(n, "Edm.String", textLiteral, at, appendText[S], readText[S], textValue[S])
}

// plain is a string that stays a string when it is empty.
func plain[T any, S ~string](n Names, at func(*T) *S) property[T] {
	return pointed(n, "Edm.String", textLiteral, at, appendString[S], readText[S], textValue[S])
}

// guid is an id; null when it is empty.
func guid[T any, S ~string](n Names, at func(*T) *S) property[T] {
	return pointed(n, "Edm.String", guidLiteral, at, appendText[S], readGUID[S], textValue[S])
}

func flag[T any](n Names, at func(*T) *bool) property[T] {
	return pointed(n, "Edm.Boolean", flagLiteral, at, appendBool, (*value).asBool, func(v bool) query.Value { return v })
}

func whole[T any](n Names, at func(*T) *int) property[T] {
	return pointed(n, "Edm.Int32", noLiteral, at, appendInt, (*value).asInt, func(v int) query.Value { return int64(v) })
}

func instant[T any](n Names, at func(*T) *time.Time) property[T] {
	return pointed(n, "Edm.DateTimeOffset", instantLiteral, at, appendInstant, (*value).asInstant, instantValue)
}

func instantValue(t time.Time) query.Value {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Truncate(time.Microsecond)
}

// duration keeps the text as it was sent.
func duration[T any](n Names, at func(*T) *entitlement.Duration) property[T] {
	return pointed(n, "Edm.Duration", noLiteral, at, appendText[entitlement.Duration],
		(*value).asDuration, textValue[entitlement.Duration])
}

func (v *value) asDuration() (entitlement.Duration, error) {
	s, err := v.asText()
	if err != nil {
		return "", v.mustBe("a duration such as P30D or PT8H")
	}
	d, err := entitlement.ParseDuration(s)
	if err != nil {
		return "", wrong("must be an ISO 8601 duration of weeks, days, hours, minutes and seconds, such as P30D or PT8H, not “" + shorten(s) + "”")
	}
	return d, nil
}

// texts is a list of strings, never null.
func texts[T any](n Names, at func(*T) *[]string) property[T] {
	return pointed(n, "Collection(Edm.String)", noLiteral, at, appendStrings[string],
		(*value).asTexts, func([]string) query.Value { return nil })
}

// shown is a property that clients read and the server derives.
func shown[T any](n Names, edm string, put func(b []byte, t *T, s *Shape) []byte) property[T] {
	return property[T]{names: n, types: typed(n, edm), readOnly: true, put: put}
}

// told is a string that the server derives; null when it is empty.
func told[T any, S ~string](n Names, get func(*T) S) property[T] {
	p := shown(n, "Edm.String", func(b []byte, t *T, _ *Shape) []byte { return appendText(b, get(t)) })
	p.literal = textLiteral
	p.value = func(t *T) query.Value { return textValue(get(t)) }
	return p
}

// fixed is a property that is the same on every object.
func fixed[T any](n Names, edm, json string) property[T] {
	return shown(n, edm, func(b []byte, _ *T, _ *Shape) []byte { return append(b, json...) })
}

// path is a name that only filters and orders know, such as accessPackage/id.
// The value is for filters in memory and may be nil.
func path[T any](n Names, field string, lit literalKind, val func(*T) query.Value) property[T] {
	return property[T]{names: n, field: field, literal: lit, readOnly: true, value: val}
}

// unnamed gives a field that conditions name, though clients do not, its
// value.
func unnamed[T any](field string, lit literalKind, val func(*T) query.Value) property[T] {
	return property[T]{field: field, literal: lit, readOnly: true, value: val}
}

// object is a complex value that is always there.
func object[T, U any](n Names, of *record[U], at func(*T) *U) property[T] {
	return property[T]{
		names: n, types: Names{V1: "graph." + of.name.V1, Beta: "graph." + of.name.Beta}.where(n), parts: of,
		put: func(b []byte, t *T, s *Shape) []byte { return of.append(b, at(t), s) },
		set: func(r *reader, v *value, t *T) error {
			body, err := v.asObject()
			if err != nil {
				return err
			}
			return of.decode(r.inside(), body, at(t))
		},
		unset: func(t *T) { *at(t) = *new(U) },
	}
}

// optional is a complex value that may be null.
func optional[T, U any](n Names, of *record[U], at func(*T) **U) property[T] {
	return property[T]{
		names: n, types: Names{V1: "graph." + of.name.V1, Beta: "graph." + of.name.Beta}.where(n), parts: of,
		put: func(b []byte, t *T, s *Shape) []byte {
			if u := *at(t); u != nil {
				return of.append(b, u, s)
			}
			return append(b, "null"...)
		},
		set: func(r *reader, v *value, t *T) error {
			body, err := v.asObject()
			if err != nil {
				return err
			}
			u := new(U)
			if err := of.decode(r.inside(), body, u); err != nil {
				return err
			}
			*at(t) = u
			return nil
		},
		unset: func(t *T) { *at(t) = nil },
	}
}

// objects is a list of complex values, never null.
func objects[T, U any](n Names, of *record[U], at func(*T) *[]U) property[T] {
	return property[T]{
		names: n, types: Names{V1: "Collection(graph." + of.name.V1 + ")", Beta: "Collection(graph." + of.name.Beta + ")"}.where(n), parts: of,
		put: func(b []byte, t *T, s *Shape) []byte {
			return appendEach(b, *at(t), func(b []byte, u *U) []byte { return of.append(b, u, s) })
		},
		set: func(r *reader, v *value, t *T) error {
			list, err := decodeEach(r, v, func(r *reader, v *value, u *U) error {
				body, err := v.asObject()
				if err != nil {
					return err
				}
				return of.decode(r.inside(), body, u)
			})
			if err == nil {
				*at(t) = list
			}
			return err
		},
		unset: func(t *T) { *at(t) = nil },
	}
}

// where keeps the names of the versions that has has too.
func (n Names) where(has Names) Names {
	if has.V1 == "" {
		n.V1 = ""
	}
	if has.Beta == "" {
		n.Beta = ""
	}
	return n
}

func appendEach[U any](b []byte, list []U, put func(b []byte, u *U) []byte) []byte {
	b = append(b, '[')
	for i := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = put(b, &list[i])
	}
	return append(b, ']')
}

// decodeEach reads a list; an empty one is nil.
func decodeEach[U any](r *reader, v *value, read func(r *reader, v *value, u *U) error) ([]U, error) {
	items, err := v.asArray()
	if err != nil {
		return nil, err
	}
	var list []U
	for i := range items {
		var u U
		if err := read(r, &items[i], &u); err != nil {
			return nil, elementOf(err, i)
		}
		list = append(list, u)
	}
	return list, nil
}
