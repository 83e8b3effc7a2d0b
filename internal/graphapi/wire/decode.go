package wire

import (
	"slices"
	"strconv"
	"strings"

	"github.com/grantkeep/grantkeep/internal/fault"
)

// reader is how a body is read.
type reader struct {
	v       Version
	mode    Mode
	lenient bool
}

// inside is how a complex value is read: it is replaced whole, whatever
// happens to the object around it.
func (r *reader) inside() *reader {
	return &reader{v: r.v, mode: Create, lenient: r.lenient}
}

// record is a type with members: a complex type, or what an entity type and a
// complex type have in common.
type record[T any] struct {
	name  Names
	props []property[T]

	annotated bool // objects carry @odata.type: the declared type is abstract
	open      bool // objects have any members besides

	input   []input[T] // further members that bodies may hold
	ignored []string   // members that are accepted and mean nothing to us

	// prepare runs before the members of a body are taken over; it makes
	// copies of what the object may share with others.
	prepare func(t *T)

	// finish runs after the members of a body were taken over, for rules
	// that span several of them.
	finish func(r *reader, body *value, t *T) error

	// keep runs last and carries over, from the object as it was, what the
	// version of the body rounds or cannot say.
	keep func(r *reader, before, after *T)
}

// input is a member that is only read, under any of its names.
type input[T any] struct {
	names []string
	set   func(r *reader, v *value, t *T) error
	clear func(t *T) // what null does; nil if nothing
}

// complexType completes the declaration of a complex type.
func complexType[T any](c record[T]) *record[T] {
	for i := range c.props {
		c.props[i].keys = keys(c.props[i].names)
	}
	return &c
}

// append writes all members of the version.
func (c *record[T]) append(b []byte, t *T, s *Shape) []byte {
	b = append(b, '{')
	start := len(b)
	if c.annotated {
		b = append(b, `"@odata.type":"#microsoft.graph.`...)
		b = append(b, c.name.In(s.Version)...)
		b = append(b, '"')
	}
	for i := range c.props {
		p := &c.props[i]
		if p.keys[s.Version] == "" || p.omit != nil && p.omit(t) {
			continue
		}
		b = member(b, start, p.keys[s.Version])
		b = p.put(b, t, s)
	}
	return append(b, '}')
}

// decode takes a body over into t.
func (c *record[T]) decode(r *reader, body *value, t *T) error {
	if c.prepare != nil {
		c.prepare(t)
	}
	before := *t
	seen := make([]bool, len(c.props))
	for i := range body.members {
		m := &body.members[i]
		if err := c.take(r, m, t, seen); err != nil {
			return c.explain(r, err, m.name)
		}
	}
	for i := range c.props {
		p := &c.props[i]
		if seen[i] || p.names.In(r.v) == "" || !p.settable() || r.mode == Merge {
			continue
		}
		if p.required {
			return invalidModel("The property '%s' of type 'microsoft.graph.%s' is required.", p.names.In(r.v), c.typeName(r.v)).At(p.names.In(r.v))
		}
		if p.unset != nil {
			p.unset(t)
		}
	}
	if c.finish != nil {
		if err := c.finish(r, body, t); err != nil {
			return c.explain(r, err, "")
		}
	}
	if c.keep != nil {
		c.keep(r, &before, t)
	}
	return nil
}

func (p *property[T]) settable() bool {
	return p.set != nil && !p.readOnly
}

// take takes one member over.
func (c *record[T]) take(r *reader, m *pair, t *T, seen []bool) error {
	i := c.propertyNamed(r.v, m.name)
	if i < 0 || !c.props[i].settable() {
		if in := c.inputNamed(m.name); in != nil {
			return in.take(r, &m.value, t)
		}
		if i < 0 && !strings.Contains(m.name, "@") && !r.lenient && !c.ignores(m.name) {
			return unknownMember(m.name)
		}
		return nil
	}
	p := &c.props[i]
	if seen[i] {
		return wrong("stands twice in the body, in different letter case")
	}
	seen[i] = true
	if m.value.kind != isNull {
		return p.set(r, &m.value, t)
	}
	if p.required {
		return wrong("must not be null")
	}
	if p.unset != nil {
		p.unset(t)
	}
	return nil
}

func (in *input[T]) take(r *reader, v *value, t *T) error {
	if v.kind != isNull {
		return in.set(r, v, t)
	}
	if in.clear != nil {
		in.clear(t)
	}
	return nil
}

// unknownMember is a member that the type does not have.
type unknownMember string

func (u unknownMember) Error() string { return string(u) }

// explain turns what is wrong with a member into a fault that names it.
func (c *record[T]) explain(r *reader, err error, name string) error {
	typeName := c.typeName(r.v)
	name = shorten(name)
	switch e := err.(type) {
	case nil:
		return nil
	case wrong:
		return invalidModel("The property '%s' of type 'microsoft.graph.%s' %s.", name, typeName, string(e)).At(name)
	case element:
		return c.explain(r, wrong("holds an element at index "+strconv.Itoa(e.index)+" that "+e.what), name)
	case *fault.Error:
		if name == "" {
			return e
		}
		if e.Target == "" {
			return e.At(name)
		}
		return e.At(name + "/" + e.Target)
	}
	return invalidModel("The property '%s' does not exist on type 'microsoft.graph.%s'.", name, typeName).At(name)
}

// typeName names the type for people. What only the other version has is
// read in both, and keeps its name.
func (c *record[T]) typeName(v Version) string {
	if name := c.name.In(v); name != "" {
		return name
	}
	return c.name.In(V1 + Beta - v)
}

// element is what is wrong with an element of a list.
type element struct {
	index int
	what  string
}

func (e element) Error() string { return e.what }

// elementOf says at which index of a list something is wrong.
func elementOf(err error, index int) error {
	switch e := err.(type) {
	case wrong:
		return element{index, string(e)}
	case *fault.Error:
		target := strconv.Itoa(index)
		if e.Target != "" {
			target += "/" + e.Target
		}
		return e.At(target)
	}
	return err
}

// propertyNamed finds a property of the version: exactly, else without
// regard to case; -1 if there is none.
func (c *record[T]) propertyNamed(v Version, name string) int {
	for i := range c.props {
		if c.props[i].names.In(v) == name {
			return i
		}
	}
	for i := range c.props {
		if n := c.props[i].names.In(v); n != "" && strings.EqualFold(n, name) {
			return i
		}
	}
	return -1
}

func (c *record[T]) inputNamed(name string) *input[T] {
	for i := range c.input {
		for _, n := range c.input[i].names {
			if strings.EqualFold(n, name) {
				return &c.input[i]
			}
		}
	}
	return nil
}

func (c *record[T]) ignores(name string) bool {
	for _, n := range c.ignored {
		if strings.EqualFold(n, name) {
			return true
		}
	}
	return false
}

// Decode takes a body over into an object. Members that the server owns,
// annotations and related objects are ignored, as clients echo them. After a
// fault the object may be half changed.
func (e *Entity[T]) Decode(body []byte, v Version, into *T, o DecodeOptions) error {
	parsed, err := parse(body)
	if err != nil {
		return err
	}
	r := &reader{v: v, mode: o.Mode, lenient: o.Lenient}
	if len(e.kinds) > 0 {
		return e.decodeKind(r, parsed, into)
	}
	return e.decode(r, parsed, into)
}

// decodeKind takes a body over into an object of one of several types: the
// one that the object has, or the one that '@odata.type' names. The body may
// name the abstract type and say nothing by it. A type never changes.
func (e *Entity[T]) decodeKind(r *reader, body *value, into *T) error {
	// Published samples put the object into a member "value".
	if inner := body.first("value"); inner != nil && inner.kind == isObject {
		body = inner
	}
	at := slices.IndexFunc(e.kinds, func(k kindOf[T]) bool { return k.is(into) })
	if name := typeOf(body); name != "" && !strings.EqualFold(name, e.Type(r.v)) {
		named := slices.IndexFunc(e.kinds, func(k kindOf[T]) bool { return strings.EqualFold(k.entity.Type(r.v), name) })
		switch {
		case named < 0:
			return invalidModel("The type '%s' is not known here; '@odata.type' must be one of %s.", shorten(name), e.typeNames(r.v)).At("@odata.type")
		case at >= 0 && named != at:
			return invalidModel("The object is a '%s' and cannot become another type.", e.kinds[at].entity.Type(r.v)).At("@odata.type")
		}
		at = named
	}
	if at < 0 {
		return invalidModel("The body must name its type by '@odata.type': one of %s.", e.typeNames(r.v)).At("@odata.type")
	}
	e.kinds[at].become(into)
	return e.kinds[at].entity.decode(r, body, into)
}

func (e *Entity[T]) typeNames(v Version) string {
	var names []string
	for _, k := range e.kinds {
		if name := k.entity.Type(v); name != "" { // the other version's is none here
			names = append(names, "#microsoft.graph."+name)
		}
	}
	return strings.Join(names, ", ")
}
