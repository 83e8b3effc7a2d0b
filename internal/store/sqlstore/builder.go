package sqlstore

import (
	"strconv"
	"strings"
)

// statement builds an SQL text together with its arguments. A value gets
// into it through arg only, so nothing is numbered by hand and nothing a
// client sent ever becomes text.
//
// SQLite numbers $N by first appearance. Therefore a placeholder is written
// where arg made it, or, like the tenant's, used again later on.
type statement struct {
	text strings.Builder
	args []any
}

// arg takes a value in and returns its placeholder.
func (s *statement) arg(v any) string {
	s.args = append(s.args, v)
	return "$" + strconv.Itoa(len(s.args))
}

// add appends pieces of text, placeholders among them.
func (s *statement) add(pieces ...string) {
	for _, p := range pieces {
		s.text.WriteString(p)
	}
}

// String returns the text so far.
func (s *statement) String() string { return s.text.String() }
