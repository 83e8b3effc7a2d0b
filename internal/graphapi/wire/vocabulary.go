package wire

import (
	"fmt"
	"slices"
	"strings"

	"github.com/grantkeep/grantkeep/internal/query"
)

// vocabulary is an enumeration with its spelling in both versions. v1.0
// writes camelCase members of enumeration types; beta mostly writes strings
// in PascalCase for the same things.
type vocabulary struct {
	edm   Names // the enumeration's name; empty where it is Edm.String
	words []word
	flags bool // a value may be several words, separated by commas
	open  bool // filters may name what is not listed; nothing has it
}

// word is one member of a vocabulary.
type word struct {
	is       string // the domain's value
	v1, beta string
	also     []string      // further spellings that are understood
	stands   []query.Value // what it selects in a filter; nil for its own value
	evolved  bool          // stands behind unknownFutureValue
}

// notSpecified is a member that nothing here has: filters may name it, bodies
// may not.
var notSpecified = word{is: "notSpecified", v1: "notSpecified", beta: "NotSpecified"}

const unknownFuture = "unknownFutureValue"

// pascal is beta's spelling of a v1.0 member.
func pascal(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// cased returns a vocabulary that is spelled in camelCase in v1.0 and in
// PascalCase in beta.
func cased[S ~string](edm Names, members ...S) *vocabulary {
	d := &vocabulary{edm: edm}
	for _, m := range members {
		d.words = append(d.words, word{is: string(m), v1: string(m), beta: pascal(string(m))})
	}
	return d
}

// alike returns a vocabulary that is spelled as it is in both versions.
func alike[S ~string](edm Names, members ...S) *vocabulary {
	d := &vocabulary{edm: edm}
	for _, m := range members {
		d.words = append(d.words, word{is: string(m), v1: string(m), beta: string(m)})
	}
	return d
}

// combined makes it flags: a value may be several words.
func (d *vocabulary) combined() *vocabulary {
	d.flags = true
	return d
}

// lookup finds a word by any of its spellings, without regard to case.
func (d *vocabulary) lookup(s string) *word {
	for i := range d.words {
		w := &d.words[i]
		if strings.EqualFold(w.v1, s) || strings.EqualFold(w.beta, s) || strings.EqualFold(w.is, s) ||
			slices.ContainsFunc(w.also, func(a string) bool { return strings.EqualFold(a, s) }) {
			return w
		}
	}
	return nil
}

// spell returns the spelling of a domain value; a value that is not listed
// is spelled as it is.
func (d *vocabulary) spell(is string, s *Shape) string {
	for i := range d.words {
		w := &d.words[i]
		if w.is != is {
			continue
		}
		if s.Version == Beta {
			return w.beta
		}
		if w.evolved && !s.UnknownMembers {
			return unknownFuture
		}
		return w.v1
	}
	return is
}

// read returns the domain value of a word in a body.
func (d *vocabulary) read(r *reader, v *value) (string, error) {
	s, err := v.asText()
	if err != nil {
		return "", err
	}
	if w := d.lookup(s); w != nil {
		return w.is, nil
	}
	return "", wrong(fmt.Sprintf("must be one of %s, not %q", d.list(r.v), shorten(s)))
}

// list names the words of a version, for people.
func (d *vocabulary) list(v Version) string {
	var names []string
	for _, w := range d.words {
		name := w.v1
		if v == Beta {
			name = w.beta
		}
		if name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

// selects returns the values of the field that a literal stands for.
func (d *vocabulary) selects(literal string, v Version) ([]query.Value, bool) {
	var values []query.Value
	if strings.EqualFold(literal, unknownFuture) {
		for _, w := range d.words {
			if w.evolved {
				values = append(values, w.is)
			}
		}
		return values, true
	}
	w := d.lookup(literal)
	if w == nil {
		return []query.Value{literal}, d.open
	}
	if w.stands != nil {
		return w.stands, true
	}
	// Domain values that this version spells alike are selected together.
	name := w.v1
	if v == Beta {
		name = w.beta
	}
	for _, other := range d.words {
		same := other.v1
		if v == Beta {
			same = other.beta
		}
		if other.is == w.is || same == name && strings.EqualFold(literal, name) {
			values = append(values, other.is)
		}
	}
	return values, true
}

// types returns the Edm types of a property that speaks the vocabulary.
func (d *vocabulary) types(n Names) Names {
	t := typed(n, "Edm.String")
	if n.V1 != "" && d.edm.V1 != "" {
		t.V1 = "graph." + d.edm.V1
	}
	if n.Beta != "" && d.edm.Beta != "" {
		t.Beta = "graph." + d.edm.Beta
	}
	return t
}

// choice is a property with one word of a vocabulary; null when it is empty.
func choice[T any, S ~string](n Names, d *vocabulary, at func(*T) *S) property[T] {
	return property[T]{
		names: n, types: d.types(n), words: d, literal: wordLiteral,
		put: func(b []byte, t *T, s *Shape) []byte { return appendText(b, d.spell(string(*at(t)), s)) },
		set: func(r *reader, v *value, t *T) error {
			is, err := d.read(r, v)
			if err == nil {
				*at(t) = S(is)
			}
			return err
		},
		unset: func(t *T) { *at(t) = "" },
		value: func(t *T) query.Value { return textValue(*at(t)) },
	}
}

// derivedChoice is a word that the server derives. The field may hold values
// that are finer than the word.
func derivedChoice[T any](n Names, d *vocabulary, get func(*T) string, val func(*T) query.Value) property[T] {
	return property[T]{
		names: n, types: d.types(n), words: d, literal: wordLiteral, readOnly: true,
		put:   func(b []byte, t *T, s *Shape) []byte { return appendText(b, d.spell(get(t), s)) },
		value: val,
	}
}

// toggle is a boolean that clients know as one of two words.
func toggle[T any](n Names, d *vocabulary, on, off string, at func(*T) *bool) property[T] {
	d.lookup(on).stands, d.lookup(off).stands = []query.Value{true}, []query.Value{false}
	return property[T]{
		names: n, types: d.types(n), words: d, literal: wordLiteral,
		put: func(b []byte, t *T, s *Shape) []byte {
			is := off
			if *at(t) {
				is = on
			}
			return appendText(b, d.spell(is, s))
		},
		set: func(r *reader, v *value, t *T) error {
			is, err := d.read(r, v)
			if err == nil {
				*at(t) = is == on
			}
			return err
		},
		unset: func(t *T) { *at(t) = false },
		value: func(t *T) query.Value { return *at(t) },
	}
}

// with adds a word.
func (d *vocabulary) with(w word) *vocabulary {
	d.words = append(d.words, w)
	return d
}
