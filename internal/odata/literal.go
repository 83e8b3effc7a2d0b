package odata

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"
)

var (
	guidForm     = regexp.MustCompile(`^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}`)
	intForm      = regexp.MustCompile(`^-?[0-9]+$`)
	floatForm    = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)
	dateForm     = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}$`)
	dateTimeForm = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,7})?)?(Z|[+-][0-9]{2}:[0-9]{2})$`)
	durationForm = regexp.MustCompile(`^[+-]?P([0-9]+W|([0-9]+D)?(T([0-9]+H)?([0-9]+M)?([0-9]+(\.[0-9]+)?S)?)?)$`)
)

// reserved words cannot be the bare name of an enum member.
var reserved = map[string]bool{
	"and": true, "or": true, "not": true, "in": true, "has": true, "eq": true,
	"ne": true, "gt": true, "ge": true, "lt": true, "le": true, "inf": true, "nan": true,
}

// guid returns the GUID that stands at the present position, or nothing.
func (p *parser) guid() string {
	g := guidForm.FindString(p.text[p.pos:])
	if end := p.pos + len(g); g == "" || end < len(p.text) && isLiteralByte(p.text[end]) {
		return ""
	}
	return g
}

// isLiteralByte tells what numbers, dates and GUIDs without quotes are made of.
func isLiteralByte(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || strings.IndexByte("-+.:_", c) >= 0
}

// literalAhead reports whether a literal stands at the present position,
// bare enum names not among them: they look like properties.
func (p *parser) literalAhead() bool {
	p.space()
	if p.pos == len(p.text) {
		return false
	}
	if c := p.text[p.pos]; c == '\'' || c == '-' || c >= '0' && c <= '9' || p.guid() != "" {
		return true
	}
	word := p.word()
	if rest := p.text[p.pos+len(word):]; word != "" && strings.HasPrefix(rest, "'") {
		return true
	}
	switch strings.ToLower(word) {
	case "true", "false", "null":
		return !p.after(word, '/') && !p.after(word, '(')
	}
	return false
}

// literal reads a literal; a bare word is the name of an enum member.
func (p *parser) literal() (Literal, error) {
	p.space()
	if err := p.node(); err != nil {
		return Literal{}, err
	}
	lit := Literal{At: p.at(p.pos), Kind: String}
	if p.pos == len(p.text) {
		return lit, p.expected("a value")
	}
	if g := p.guid(); g != "" {
		p.pos += len(g)
		lit.Value = g
		return lit, nil
	}
	switch c := p.text[p.pos]; {
	case c == '\'':
		s, err := p.quotedString()
		lit.Value = s
		return lit, err
	case c == '-' || c >= '0' && c <= '9':
		return p.numeric(lit)
	}
	return p.wordLiteral(lit)
}

// quotedString reads a string in single quotes; two of them stand for one.
func (p *parser) quotedString() (string, error) {
	var b strings.Builder
	for i := p.pos + 1; i < len(p.text); i++ {
		if p.text[i] != '\'' {
			b.WriteByte(p.text[i])
			continue
		}
		if i+1 < len(p.text) && p.text[i+1] == '\'' {
			b.WriteByte('\'')
			i++
			continue
		}
		p.pos = i + 1
		return b.String(), nil
	}
	return "", p.fail(p.pos, "the string that begins here has no closing quote")
}

// numeric reads a number, a date or an instant.
func (p *parser) numeric(lit Literal) (Literal, error) {
	start := p.pos
	for p.pos < len(p.text) && isLiteralByte(p.text[p.pos]) {
		p.pos++
	}
	token := p.text[start:p.pos]
	var err error
	switch upper := strings.ToUpper(token); {
	case intForm.MatchString(token):
		lit.Kind = Int
		lit.Value, err = strconv.ParseInt(token, 10, 64)
	case floatForm.MatchString(token):
		lit.Kind = Float
		lit.Value, err = strconv.ParseFloat(token, 64)
	case dateForm.MatchString(token):
		lit.Kind = Date
		lit.Value, err = instant(time.DateOnly, token)
	case dateTimeForm.MatchString(upper):
		lit.Kind = DateTime
		layout := time.RFC3339
		if upper[len("2006-01-02T15:04")] != ':' {
			layout = "2006-01-02T15:04Z07:00"
		}
		lit.Value, err = instant(layout, upper)
	default:
		return lit, p.fail(start, "'%s' is neither a number nor a GUID, a date or an instant such as 2026-01-31T08:00:00Z; text stands in single quotes", shorten(token))
	}
	if err != nil {
		return lit, p.fail(start, "'%s' is out of range", shorten(token))
	}
	return lit, nil
}

func instant(layout, token string) (time.Time, error) {
	t, err := time.Parse(layout, token)
	if err != nil {
		return time.Time{}, err
	}
	t = t.UTC().Truncate(time.Microsecond)
	if t.Year() < 1 || t.Year() > 9999 {
		return time.Time{}, errors.New("year out of range")
	}
	return t, nil
}

// wordLiteral reads true, false, null, duration'…', an enum member with its
// type in front, or a bare one.
func (p *parser) wordLiteral(lit Literal) (Literal, error) {
	start, word := p.pos, p.word()
	if word == "" {
		return lit, p.expected("a value")
	}
	lower := strings.ToLower(word)
	if p.pos += len(word); p.pos < len(p.text) && p.text[p.pos] == '\'' {
		s, err := p.quotedString()
		if err != nil {
			return lit, err
		}
		return p.typedLiteral(lit, start, word, s)
	}
	switch lower {
	case "true", "false":
		lit.Kind, lit.Value = Bool, lower == "true"
		return lit, nil
	case "null":
		lit.Kind, lit.Value = Null, nil
		return lit, nil
	}
	if reserved[lower] || strings.Contains(word, ".") || p.is('/') || p.is('(') {
		p.pos = start
		return lit, p.fail(start, "expected a value, found %s; a property is compared with a value, and text stands in single quotes", p.found())
	}
	lit.Kind, lit.Value = Enum, word
	return lit, nil
}

func (p *parser) typedLiteral(lit Literal, start int, word, s string) (Literal, error) {
	lit.Value = s
	switch {
	case strings.EqualFold(word, "duration"):
		lit.Kind = Duration
		if !durationForm.MatchString(s) || strings.HasSuffix(s, "P") || strings.HasSuffix(s, "T") {
			return lit, p.fail(start, "'%s' is not a duration such as P14D or PT1H; years and months have no fixed length", shorten(s))
		}
	case strings.Contains(word, ".") && validName(word) && s != "":
		lit.Kind, lit.Type = Enum, word
	default:
		return lit, p.fail(start, "'%s' is not a type of value; expected duration'…' or an enum such as microsoft.graph.type'member'", shorten(word))
	}
	return lit, nil
}

// shorten keeps messages readable when somebody sends kilobytes.
func shorten(s string) string {
	const most = 40
	runes := 0
	for i := range s {
		if runes == most {
			return s[:i] + "…"
		}
		runes++
	}
	return s
}
