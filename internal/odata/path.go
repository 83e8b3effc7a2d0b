package odata

import (
	"net/url"
	"strings"
	"unicode/utf8"
)

// Segment is one part of a resource path. "coll/{key}" and "coll('{key}')"
// give the same two segments, except that InParens of the second is set for
// the latter.
type Segment struct {
	// Name is the segment read as a name, in its own letter case, without the
	// namespace that actions, functions and casts may carry.
	Name string

	// Key is the segment read as a key: all of it, decoded, without quotes.
	Key string

	// Qualified says that Name had "microsoft.graph." before it, so it is an
	// action, a function or a cast and no navigation.
	Qualified bool

	// InParens says that the segment stood in parentheses, so it is a key.
	InParens bool

	// Called says that parentheses with named arguments or none stood behind
	// the name: a function, or a collection with alternate keys in Args.
	Called bool
	Args   []Arg
}

// Arg is a named argument of a function, or an alternate key.
type Arg struct {
	Name  string
	value string
	alias bool
}

const namespace = "microsoft.graph."

// ParsePath splits the part of a URL path below the version root, still
// percent-encoded. A slash that is encoded, or stands between quotes in
// parentheses, belongs to the key. One slash at either end is ignored.
// Whether a segment is a name or a key is for the router to say. Faults have
// the code BadRequest.
func ParsePath(escapedPath string) ([]Segment, error) {
	if len(escapedPath) > MaxText {
		return nil, refuse("The path is longer than %d bytes.", MaxText)
	}
	escapedPath = strings.TrimSuffix(strings.TrimPrefix(escapedPath, "/"), "/")
	if escapedPath == "" {
		return nil, nil
	}
	parts := splitPath(escapedPath)
	segments := make([]Segment, 0, len(parts)+2)
	for _, part := range parts {
		text, err := url.PathUnescape(part)
		if err != nil {
			return nil, refuse("The path segment '%s' has a percent sign that no two hexadecimal digits follow.", shorten(part)).With(err)
		}
		switch {
		case text == "":
			return nil, refuse("The path has an empty segment.")
		case !utf8.ValidString(text) || strings.Contains(text, "\x00"):
			return nil, refuse("The path segment '%s' is not UTF-8, or holds a character that no key can hold.", shorten(part))
		}
		if segments, err = appendSegment(segments, text); err != nil {
			return nil, err
		}
	}
	return segments, nil
}

// splitPath cuts at slashes, save those between quotes in parentheses.
func splitPath(path string) []string {
	var parts []string
	start, seen, open, quoted := 0, false, false, false
	for i := 0; i < len(path); i++ {
		c, width := path[i], 1
		// The marks count in their encoded form too; a slash does not.
		if c == '%' && len(path) >= i+3 {
			switch strings.ToUpper(path[i+1 : i+3]) {
			case "27":
				c, width = '\'', 3
			case "28":
				c, width = '(', 3
			case "29":
				c, width = ')', 3
			}
		}
		switch {
		case c == '\'' && open:
			quoted = !quoted
		case c == '(' && !quoted:
			// Only the first one of a segment can follow a name.
			open = open || !seen && validName(path[start:i])
			seen = true
		case c == ')' && !quoted:
			open = false
		case c == '/' && !quoted:
			parts = append(parts, path[start:i])
			start, seen, open = i+1, false, false
		}
		i += width - 1
	}
	return append(parts, path[start:])
}

// appendSegment reads one decoded segment, which gives two if a key in
// parentheses follows the name.
func appendSegment(segments []Segment, text string) ([]Segment, error) {
	before, rest, found := strings.Cut(text, "(")
	if !found || !validName(before) || !strings.HasSuffix(rest, ")") {
		return append(segments, plainSegment(text)), nil
	}
	seg := plainSegment(before)
	p := &parser{option: "the path segment", text: text, pos: len(before) + 1, code: badRequest}
	if p.take(')') {
		seg.Called = true
		return append(segments, seg), p.pathEnd()
	}
	if word := p.word(); word == "" || !p.after(word, '=') {
		key, err := p.pathValue()
		if err != nil {
			return nil, err
		}
		if key.alias {
			return nil, p.pathFault("a parameter alias cannot be a key")
		}
		if !p.take(')') {
			return nil, p.pathFault("expected ')', found " + p.found())
		}
		keySeg := plainSegment(key.value)
		keySeg.InParens = true
		return append(segments, seg, keySeg), p.pathEnd()
	}
	seg.Called = true
	err := p.pathArgs(&seg)
	return append(segments, seg), err
}

func plainSegment(text string) Segment {
	seg := Segment{Name: text, Key: text}
	if len(text) > len(namespace) && strings.EqualFold(text[:len(namespace)], namespace) && validName(text) {
		seg.Name, seg.Qualified = text[len(namespace):], true
	}
	return seg
}

// pathArgs reads "name=value,…)" to the end of the segment.
func (p *parser) pathArgs(seg *Segment) error {
	for {
		name := p.word()
		if !validName(name) {
			return p.pathFault("expected the name of an argument, found " + p.found())
		}
		p.pos += len(name)
		if !p.take('=') {
			return p.pathFault("expected '=', found " + p.found())
		}
		if _, ok := seg.find(name); ok {
			return p.pathFault("the argument " + shorten(name) + " is given twice")
		}
		arg, err := p.pathValue()
		if err != nil {
			return err
		}
		arg.Name = name
		seg.Args = append(seg.Args, arg)
		switch {
		case p.take(','):
			continue
		case p.take(')'):
			return p.pathEnd()
		}
		return p.pathFault("expected ',' or ')', found " + p.found())
	}
}

// pathValue reads a value with quotes or without, or a parameter alias.
func (p *parser) pathValue() (Arg, error) {
	if p.is('\'') {
		s, err := p.quotedString()
		if err != nil {
			return Arg{}, p.pathFault("a quote is not closed")
		}
		return Arg{value: s}, nil
	}
	rest := p.text[p.pos:]
	if end := strings.IndexAny(rest, ",)'"); end >= 0 {
		rest = rest[:end]
	}
	p.pos += len(rest)
	value := strings.TrimSpace(rest)
	alias, isAlias := strings.CutPrefix(value, "@")
	if value == "" || isAlias && alias == "" {
		return Arg{}, p.pathFault("expected a value, found " + p.found())
	}
	return Arg{value: alias, alias: isAlias}, nil
}

func (p *parser) pathEnd() error {
	if p.pos != len(p.text) {
		return p.pathFault("expected the end of the segment, found " + p.found())
	}
	return nil
}

func (p *parser) pathFault(what string) error {
	return refuse("The path segment '%s' cannot be read: at position %d, %s.", shorten(p.text), p.at(p.pos), what)
}

func (s Segment) find(name string) (Arg, bool) {
	for _, a := range s.Args {
		if strings.EqualFold(a.Name, name) {
			return a, true
		}
	}
	return Arg{}, false
}

// Arg returns the value of a named argument or alternate key, whose name is
// read in any letter case; ok is false if it is not there. A parameter alias
// is looked up in Options.Aliases; one that the query does not define is
// fault.Invalid "BadRequest".
func (s Segment) Arg(name string, aliases map[string]string) (value string, ok bool, err error) {
	a, ok := s.find(name)
	if !ok {
		return "", false, nil
	}
	if !a.alias {
		return a.value, true, nil
	}
	text, defined := aliases[a.value]
	if !defined {
		return "", false, refuse("The parameter alias @%s of %s is not defined in the query string.", shorten(a.value), shorten(s.Name)).At("@" + shorten(a.value))
	}
	p, err := newParser("@"+shorten(a.value), text)
	if err != nil {
		return "", false, err
	}
	if !p.is('\'') {
		return strings.TrimSpace(text), true, nil
	}
	value, err = p.quotedString()
	if err == nil && !p.end() {
		err = p.expected("the end")
	}
	return value, err == nil, err
}

// ParseReference reads the value of an @odata.id or @odata.bind: an absolute
// or relative URL that ends in "collection/{key}" or "collection('{key}')",
// perhaps with the name of a type behind it. Host and version mean nothing:
// clients name hosts that are not ours. Faults have the code BadRequest.
func ParseReference(reference string) (collection, key string, err error) {
	bad := refuse("The reference '%s' does not end in a collection and a key, such as users/{id}.", shorten(reference))
	u, err := url.Parse(strings.TrimSpace(reference))
	if err != nil {
		return "", "", bad.With(err)
	}
	segments, err := ParsePath(u.EscapedPath())
	if err != nil {
		return "", "", err
	}
	// The directory writes {id}/Microsoft.DirectoryServices.User.
	if n := len(segments); n > 2 && isTypeName(segments[n-1]) {
		segments = segments[:n-1]
	}
	n := len(segments)
	if n < 2 || segments[n-1].Called || segments[n-2].Called || segments[n-2].InParens {
		return "", "", bad
	}
	return segments[n-2].Name, segments[n-1].Key, nil
}

func isTypeName(s Segment) bool {
	return !s.InParens && !s.Called && validName(s.Key) &&
		(s.Qualified || strings.HasPrefix(strings.ToLower(s.Key), "microsoft.directoryservices."))
}
