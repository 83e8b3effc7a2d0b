package odata

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/grantkeep/grantkeep/internal/fault"
)

// The codes of what cannot be read.
const (
	invalidFilter = "InvalidFilter"
	badRequest    = "BadRequest"
)

// parser reads the text of one option from left to right.
type parser struct {
	option string // such as "$filter", for messages
	code   string // code of the next fault
	text   string
	pos    int // in bytes

	depth, expands, nodes int
	vars                  []string // elements of the lambdas around pos
}

// newParser starts reading text, which is the decoded value of option.
func newParser(option, text string) (*parser, error) {
	p := &parser{option: option, text: text, code: codeOf(option)}
	if len(text) > MaxText {
		p.text = ""
		return nil, p.fail(0, "the text is longer than %d bytes", MaxText)
	}
	if !utf8.ValidString(text) || strings.Contains(text, "\x00") {
		return nil, p.fail(0, "the text is not UTF-8, or holds a character that no property can hold")
	}
	return p, nil
}

func codeOf(option string) string {
	switch option {
	case "$filter", "$orderby", "$search":
		return invalidFilter
	}
	return badRequest
}

// fail says what is wrong at a byte offset.
func (p *parser) fail(offset int, format string, args ...any) error {
	args = append([]any{p.option, p.at(offset)}, args...)
	prefix := "The query option %s is invalid at position %d: "
	if p.code == invalidFilter {
		prefix = "OData query is invalid: %s at position %d: "
	}
	return fault.New(fault.Invalid, p.code, prefix+format+".", args...).At(p.option)
}

// expected fails at the present position.
func (p *parser) expected(what string) error {
	return p.fail(p.pos, "expected %s, found %s", what, p.found())
}

// found describes what stands at the present position, shortened.
func (p *parser) found() string {
	rest := p.text[p.pos:]
	if rest == "" {
		return "the end"
	}
	const most = 24 // characters that are shown
	n := 0
	for i, r := range rest {
		if i > 0 && (n == most || unicode.IsSpace(r)) {
			rest = rest[:i]
			break
		}
		n++
	}
	return "'" + rest + "'"
}

func (p *parser) at(offset int) Pos {
	return Pos(utf8.RuneCountInString(p.text[:offset]) + 1)
}

// node counts one more node of the tree.
func (p *parser) node() error {
	p.nodes++
	if p.nodes > MaxNodes {
		return p.fail(p.pos, "it has more than %d conditions, names and values", MaxNodes)
	}
	return nil
}

// enter goes one level down; the caller subtracts one from depth on its way up.
func (p *parser) enter() error {
	p.depth++
	if p.depth > MaxDepth {
		return p.fail(p.pos, "it is nested deeper than %d levels", MaxDepth)
	}
	return nil
}

func (p *parser) space() {
	p.pos = len(p.text) - len(strings.TrimLeft(p.text[p.pos:], " \t\r\n"))
}

// end skips space and reports whether nothing is left.
func (p *parser) end() bool {
	p.space()
	return p.pos == len(p.text)
}

// is skips space and reports whether c comes next.
func (p *parser) is(c byte) bool {
	p.space()
	return p.pos < len(p.text) && p.text[p.pos] == c
}

// take skips space and, if c comes next, passes it.
func (p *parser) take(c byte) bool {
	if !p.is(c) {
		return false
	}
	p.pos++
	return true
}

// want is take for something that must be there.
func (p *parser) want(c byte, what string) error {
	if !p.take(c) {
		return p.expected(what)
	}
	return nil
}

// word skips space and returns the name that comes next without passing it;
// empty if there is none. Dots belong to a name, as in "microsoft.graph.user".
func (p *parser) word() string {
	p.space()
	rest := p.text[p.pos:]
	for i, r := range rest {
		if r == '_' || unicode.IsLetter(r) || i > 0 && (r == '.' || unicode.IsDigit(r)) {
			continue
		}
		return rest[:i]
	}
	return rest
}

// keyword passes word if it comes next, in any letter case.
func (p *parser) keyword(word string) bool {
	w := p.word()
	if !strings.EqualFold(w, word) {
		return false
	}
	p.pos += len(w)
	return true
}

// after reports whether c comes behind the word at the present position, with
// space between or not.
func (p *parser) after(word string, c byte) bool {
	rest := strings.TrimLeft(p.text[p.pos+len(word):], " \t\r\n")
	return rest != "" && rest[0] == c
}

// validName reports whether s is a name, or several with dots between.
func validName(s string) bool {
	for part := range strings.SplitSeq(s, ".") {
		for i, r := range part {
			if r != '_' && !unicode.IsLetter(r) && (i == 0 || !unicode.IsDigit(r)) {
				return false
			}
		}
		if part == "" {
			return false
		}
	}
	return true
}
