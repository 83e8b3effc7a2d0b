package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/grantkeep/grantkeep/internal/fault"
)

// Bounds on bodies, against input made to exhaust us.
const (
	maxDepth = 32
	maxNodes = 100_000
)

// kind is what a JSON value is.
type kind byte

const (
	isNull kind = iota
	isBool
	isNumber
	isString
	isArray
	isObject
)

func (k kind) String() string {
	return [...]string{"null", "a boolean", "a number", "a string", "an array", "an object"}[k]
}

// value is a JSON value. Members keep the order and the letter case in which
// they were written.
type value struct {
	kind    kind
	text    string // strings; numbers as written; booleans
	items   []value
	members []pair
}

type pair struct {
	name  string
	value value
}

// member returns the member with this name: exactly, else without regard to
// case; nil if there is none.
func (v *value) member(name string) *value {
	for i := range v.members {
		if v.members[i].name == name {
			return &v.members[i].value
		}
	}
	for i := range v.members {
		if strings.EqualFold(v.members[i].name, name) {
			return &v.members[i].value
		}
	}
	return nil
}

// first returns the first of the members that is there and not null.
func (v *value) first(names ...string) *value {
	for _, name := range names {
		if m := v.member(name); m != nil && m.kind != isNull {
			return m
		}
	}
	return nil
}

func invalidModel(format string, args ...any) *fault.Error {
	return fault.New(fault.Invalid, "InvalidModel", format, args...)
}

// parse reads a body, which must be one JSON object. Faults name the
// position by line and column.
func parse(body []byte) (*value, error) {
	if len(bytes.TrimSpace(body)) == 0 {
		return nil, invalidModel("The body is empty; it must be a JSON object.")
	}
	p := &parser{text: body, nodes: maxNodes}
	p.space()
	v, err := p.value(0)
	if err != nil {
		return nil, err
	}
	if p.space(); p.at < len(p.text) {
		return nil, p.fail("something stands behind the end of the object")
	}
	if v.kind != isObject {
		return nil, invalidModel("The body must be a JSON object, not %s.", v.kind)
	}
	return &v, nil
}

type parser struct {
	text  []byte
	at    int
	nodes int
}

// fail reports a position; columns count bytes, as people's editors count
// them for the plain text that JSON syntax is.
func (p *parser) fail(format string, args ...any) *fault.Error {
	before := p.text[:min(p.at, len(p.text))]
	line := 1 + bytes.Count(before, []byte{'\n'})
	column := len(before) - bytes.LastIndexByte(before, '\n')
	return invalidModel("The body is not valid JSON at line %d, column %d: %s.", line, column, fmt.Sprintf(format, args...))
}

func (p *parser) space() {
	for p.at < len(p.text) {
		switch p.text[p.at] {
		case ' ', '\t', '\r', '\n':
			p.at++
		default:
			return
		}
	}
}

func (p *parser) peek() byte {
	if p.at < len(p.text) {
		return p.text[p.at]
	}
	return 0
}

func (p *parser) value(depth int) (value, error) {
	if p.nodes--; p.nodes < 0 {
		return value{}, invalidModel("The body holds more than %d values.", maxNodes)
	}
	if depth > maxDepth {
		return value{}, p.fail("objects and arrays are nested more than %d levels deep", maxDepth)
	}
	switch c := p.peek(); {
	case c == '{':
		return p.object(depth)
	case c == '[':
		return p.array(depth)
	case c == '"':
		s, err := p.string()
		return value{kind: isString, text: s}, err
	case c == '-' || c >= '0' && c <= '9':
		return p.number()
	}
	for _, w := range []struct {
		word string
		kind kind
	}{{"true", isBool}, {"false", isBool}, {"null", isNull}} {
		if bytes.HasPrefix(p.text[p.at:], []byte(w.word)) {
			p.at += len(w.word)
			return value{kind: w.kind, text: w.word}, nil
		}
	}
	if p.at >= len(p.text) {
		return value{}, p.fail("it ends where a value is due")
	}
	return value{}, p.fail("a value is due, not %q", p.rune())
}

func (p *parser) rune() rune {
	r, _ := utf8.DecodeRune(p.text[p.at:])
	return r
}

func (p *parser) object(depth int) (value, error) {
	v := value{kind: isObject}
	p.at++
	if p.space(); p.peek() == '}' {
		p.at++
		return v, nil
	}
	for {
		p.space()
		if p.peek() != '"' {
			return v, p.fail("the name of a member is due, in double quotes")
		}
		start := p.at
		name, err := p.string()
		if err != nil {
			return v, err
		}
		for _, m := range v.members {
			if m.name == name {
				p.at = start
				return v, p.fail("the member %q stands here twice", shorten(name))
			}
		}
		if p.space(); p.peek() != ':' {
			return v, p.fail("a colon is due behind the name of a member")
		}
		p.at++
		p.space()
		x, err := p.value(depth + 1)
		if err != nil {
			return v, err
		}
		v.members = append(v.members, pair{name, x})
		if len(v.members) > maxMembers {
			return v, p.fail("an object has more than %d members", maxMembers)
		}
		more, err := p.next('}')
		if err != nil || !more {
			return v, err
		}
	}
}

// maxMembers bounds the search for members that stand twice.
const maxMembers = 256

func (p *parser) array(depth int) (value, error) {
	v := value{kind: isArray}
	p.at++
	if p.space(); p.peek() == ']' {
		p.at++
		return v, nil
	}
	for {
		p.space()
		x, err := p.value(depth + 1)
		if err != nil {
			return v, err
		}
		v.items = append(v.items, x)
		more, err := p.next(']')
		if err != nil || !more {
			return v, err
		}
	}
}

// next passes the comma before another member, or the end.
func (p *parser) next(end byte) (more bool, err error) {
	p.space()
	switch p.peek() {
	case ',':
		p.at++
		return true, nil
	case end:
		p.at++
		return false, nil
	}
	return false, p.fail("a comma or %q is due", end)
}

// string reads a string, escapes included. Text that no database can hold
// is refused here, once for all.
func (p *parser) string() (string, error) {
	start := p.at
	escaped := false
	for i := p.at + 1; i < len(p.text); i++ {
		switch c := p.text[i]; {
		case c == '"':
			raw := p.text[start+1 : i]
			if !utf8.Valid(raw) {
				return "", p.fail("a string is not UTF-8")
			}
			s := string(raw)
			if escaped {
				if err := json.Unmarshal(p.text[start:i+1], &s); err != nil {
					return "", p.fail("a string has an escape that JSON does not know")
				}
			}
			if strings.IndexByte(s, 0) >= 0 {
				return "", p.fail("a string holds the character U+0000")
			}
			p.at = i + 1
			return s, nil
		case c == '\\':
			escaped = true
			i++
		case c < 0x20:
			p.at = i
			return "", p.fail("a string holds a control character that is not escaped")
		}
	}
	return "", p.fail("the string that begins here has no closing quote")
}

func (p *parser) number() (value, error) {
	start := p.at
	for p.at < len(p.text) && bytes.IndexByte([]byte("+-.0123456789eE"), p.text[p.at]) >= 0 {
		p.at++
	}
	raw := p.text[start:p.at]
	if !json.Valid(raw) {
		p.at = start
		return value{}, p.fail("%q is not a number", shorten(string(raw)))
	}
	return value{kind: isNumber, text: string(raw)}, nil
}

// shorten keeps messages readable when somebody sends kilobytes.
func shorten(s string) string {
	const most = 60
	for i, n := 0, 0; i < len(s); n++ {
		if n == most {
			return s[:i] + "…"
		}
		_, size := utf8.DecodeRuneInString(s[i:])
		i += size
	}
	return s
}

// wrong says what a value must be. The object around it makes a fault of it
// that names the property and the type.
type wrong string

func (w wrong) Error() string { return string(w) }

func (v *value) mustBe(what string) error {
	return wrong(fmt.Sprintf("must be %s, not %s", what, v.kind))
}

func (v *value) asText() (string, error) {
	if v.kind != isString {
		return "", v.mustBe("a string")
	}
	return v.text, nil
}

// asBool also takes strings, which some published examples send.
func (v *value) asBool() (bool, error) {
	if v.kind == isBool || v.kind == isString {
		switch strings.ToLower(v.text) {
		case "true":
			return true, nil
		case "false":
			return false, nil
		}
	}
	if v.kind == isString {
		return false, wrong(fmt.Sprintf("must be true or false, not %q", shorten(v.text)))
	}
	return false, v.mustBe("true or false")
}

// asInt also takes strings and numbers written with a fraction of zero.
func (v *value) asInt() (int, error) {
	if v.kind != isNumber && v.kind != isString {
		return 0, v.mustBe("a whole number")
	}
	if n, err := strconv.ParseInt(strings.TrimSpace(v.text), 10, 32); err == nil {
		return int(n), nil
	}
	if f, err := strconv.ParseFloat(v.text, 64); v.kind == isNumber && err == nil && f == float64(int32(f)) {
		return int(f), nil
	}
	return 0, wrong(fmt.Sprintf("must be a whole number of 32 bits, not %q", shorten(v.text)))
}

// asInstant takes any offset and up to seven digits of a fraction. The first
// instant of the calendar, which typed clients send for nothing, is nothing.
func (v *value) asInstant() (time.Time, error) {
	if v.kind != isString {
		return time.Time{}, v.mustBe("an instant such as 2026-01-31T08:00:00Z")
	}
	t, err := time.Parse(time.RFC3339Nano, strings.ToUpper(v.text))
	if t = t.UTC(); err != nil || t.Year() < 1 || t.Year() > 9999 {
		return time.Time{}, wrong(fmt.Sprintf("must be an instant such as 2026-01-31T08:00:00Z, not %q", shorten(v.text)))
	}
	return t.Truncate(time.Microsecond), nil
}

// asGUID returns the GUID in lower case.
func (v *value) asGUID() (string, error) {
	s, err := v.asText()
	if err != nil {
		return "", err
	}
	if !isGUID(s) {
		return "", wrong(fmt.Sprintf("must be a GUID, not %q", shorten(s)))
	}
	return strings.ToLower(s), nil
}

func (v *value) asObject() (*value, error) {
	if v.kind != isObject {
		return nil, v.mustBe("an object")
	}
	return v, nil
}

func (v *value) asArray() ([]value, error) {
	if v.kind != isArray {
		return nil, v.mustBe("an array")
	}
	return v.items, nil
}

func (v *value) asTexts() ([]string, error) {
	items, err := v.asArray()
	if err != nil {
		return nil, err
	}
	list := make([]string, 0, len(items))
	for i := range items {
		s, err := items[i].asText()
		if err != nil {
			return nil, wrong("must be an array of strings")
		}
		list = append(list, s)
	}
	return list, nil
}

// isGUID reports whether s is a GUID as Graph writes it, in any letter case.
func isGUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		switch i {
		case 8, 13, 18, 23:
			if c != '-' {
				return false
			}
		default:
			if !(c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F') {
				return false
			}
		}
	}
	return true
}
