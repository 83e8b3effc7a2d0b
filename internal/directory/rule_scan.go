package directory

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/grantkeep/grantkeep/internal/fault"
)

// ruleToken is a word, a text in quotes, an operator or a mark of a rule.
type ruleToken struct {
	kind ruleTokenKind
	text string // of texts, without quotes and escapes
	at   int    // the position of its first character, from 1
}

type ruleTokenKind int

const (
	ruleEnd ruleTokenKind = iota
	ruleWord
	ruleText
	ruleOperator // a word with a hyphen before it; text is without
	ruleMark     // a parenthesis, a bracket or a comma
)

// String names the token, for people.
func (t ruleToken) String() string {
	switch t.kind {
	case ruleEnd:
		return "the end of the rule"
	case ruleText:
		return `"` + t.text + `"`
	case ruleOperator:
		return "-" + t.text
	}
	return t.text
}

// ruleScanner cuts a rule into tokens.
type ruleScanner struct {
	text string
	pos  int // of the next byte
	at   int // its position, from 1
}

func badRule(at int, format string, args ...any) error {
	return fault.New(fault.Invalid, "InvalidMembershipRule",
		"The membership rule is not valid at position %d: "+format, append([]any{at}, args...)...)
}

// hyphens are the hyphen and what word processors make of it.
const hyphens = "-\u2013\u2014\u2212"

func (s *ruleScanner) peek() rune {
	r, size := utf8.DecodeRuneInString(s.text[s.pos:])
	if size == 0 {
		return -1
	}
	return r
}

func (s *ruleScanner) take() rune {
	r, size := utf8.DecodeRuneInString(s.text[s.pos:])
	s.pos += size
	s.at++
	return r
}

// next returns the next token.
func (s *ruleScanner) next() (ruleToken, error) {
	for unicode.IsSpace(s.peek()) {
		s.take()
	}
	t := ruleToken{at: s.at}
	switch r := s.peek(); {
	case r < 0:
		return t, nil
	case strings.ContainsRune("()[],", r):
		t.kind, t.text = ruleMark, string(s.take())
		return t, nil
	case r == '"' || r == '\'':
		s.take()
		return s.quoted(t, r, false)
	case r == '`':
		// A text whose quotes belong to it: `"Sales`" is "Sales" with them.
		s.take()
		if s.peek() != '"' {
			return t, badRule(t.at, "expected a double quote behind the backtick")
		}
		s.take()
		return s.quoted(t, '"', true)
	case strings.ContainsRune(hyphens, r):
		s.take()
		t.kind, t.text = ruleOperator, s.word()
		if t.text == "" {
			return t, badRule(t.at, "expected the name of an operator behind the hyphen, such as -eq")
		}
		return t, nil
	case inWord(r):
		t.kind, t.text = ruleWord, s.word()
		return t, nil
	default:
		return t, badRule(t.at, "%q cannot stand here; texts stand in quotes", string(r))
	}
}

func inWord(r rune) bool {
	return r == '_' || r == '.' || r == '$' || r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

func (s *ruleScanner) word() string {
	start := s.pos
	for inWord(s.peek()) {
		s.take()
	}
	return s.text[start:s.pos]
}

// quoted reads a text up to its closing quote. A backtick takes the
// character behind it as it is, and two single quotes are one. own says that
// the quotes belong to the text; then a backtick stands before the last one.
func (s *ruleScanner) quoted(t ruleToken, quote rune, own bool) (ruleToken, error) {
	t.kind = ruleText
	var b strings.Builder
	if own {
		b.WriteRune(quote)
	}
	for {
		r := s.peek()
		if r < 0 {
			return t, badRule(t.at, "the text that begins here has no closing quote")
		}
		s.take()
		switch {
		case r == '`' && s.peek() >= 0:
			r = s.take()
			b.WriteRune(r)
			if own && r == quote {
				t.text = b.String()
				return t, nil
			}
		case r == '\'' && s.peek() == '\'':
			s.take()
			b.WriteRune('\'')
		case r == quote && !own:
			t.text = b.String()
			return t, nil
		default:
			b.WriteRune(r)
		}
	}
}
