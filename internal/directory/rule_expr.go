package directory

import (
	"regexp"
	"slices"
	"strings"
)

// ruleExpr is a part of a rule. The set is closed.
type ruleExpr interface {
	match(s *ruleSubject) bool
	print(b *strings.Builder)
	visit(f func(ruleExpr))
	level() int // how tightly it binds: higher goes first
}

// The levels of the published precedence.
const (
	orLevel = iota
	andLevel
	notLevel
	compareLevel
)

// ruleSubject is what a rule is asked about: a user or, inside -any and -all,
// an element of one of the user's lists.
type ruleSubject struct {
	user    Object
	in      map[ObjectID]bool
	element string
}

// ruleJoin is -and or -or between two or more parts.
type ruleJoin struct {
	or    bool
	parts []ruleExpr
}

func (j *ruleJoin) match(s *ruleSubject) bool {
	if j.or {
		return slices.ContainsFunc(j.parts, func(x ruleExpr) bool { return x.match(s) })
	}
	return !slices.ContainsFunc(j.parts, func(x ruleExpr) bool { return !x.match(s) })
}

func (j *ruleJoin) print(b *strings.Builder) {
	for i, x := range j.parts {
		if i > 0 && j.or {
			b.WriteString(" -or ")
		} else if i > 0 {
			b.WriteString(" -and ")
		}
		printInside(b, x, j.level()+1)
	}
}

// printInside prints a part in parentheses unless it binds tightly enough.
func printInside(b *strings.Builder, x ruleExpr, least int) {
	if x.level() >= least {
		x.print(b)
		return
	}
	b.WriteByte('(')
	x.print(b)
	b.WriteByte(')')
}

func (j *ruleJoin) visit(f func(ruleExpr)) {
	f(j)
	for _, x := range j.parts {
		x.visit(f)
	}
}

func (j *ruleJoin) level() int {
	if j.or {
		return orLevel
	}
	return andLevel
}

type ruleNot struct{ x ruleExpr }

func (n *ruleNot) match(s *ruleSubject) bool { return !n.x.match(s) }
func (n *ruleNot) level() int                { return notLevel }

func (n *ruleNot) print(b *strings.Builder) {
	b.WriteString("-not ")
	printInside(b, n.x, notLevel)
}

func (n *ruleNot) visit(f func(ruleExpr)) {
	f(n)
	n.x.visit(f)
}

// ruleTest is one of the comparisons, each with its opposite.
type ruleTest int

const (
	testEqual ruleTest = iota
	testStart
	testEnd
	testContains
	testMatch
	testIn
)

// ruleOp is an operator that compares.
type ruleOp struct {
	name string
	test ruleTest
	not  bool
}

var ruleOps = func() map[string]*ruleOp {
	all := map[string]*ruleOp{}
	for _, op := range []*ruleOp{
		{"eq", testEqual, false},
		{"ne", testEqual, true},
		{"startsWith", testStart, false},
		{"notStartsWith", testStart, true},
		{"endsWith", testEnd, false},
		{"notEndsWith", testEnd, true},
		{"contains", testContains, false},
		{"notContains", testContains, true},
		{"match", testMatch, false},
		{"notMatch", testMatch, true},
		{"in", testIn, false},
		{"notIn", testIn, true},
	} {
		all[Fold(op.name)] = op
	}
	return all
}()

// ruleCompare compares a property of the user, or the element, with values.
type ruleCompare struct {
	subject *ruleProperty // nil: the element
	op      *ruleOp
	values  []string // as written; none: null
	folded  []string
	flag    bool           // for flags, instead of values
	pattern *regexp.Regexp // for testMatch
}

func (c *ruleCompare) level() int             { return compareLevel }
func (c *ruleCompare) visit(f func(ruleExpr)) { f(c) }

func (c *ruleCompare) match(s *ruleSubject) bool { return c.holds(s) != c.op.not }

// holds applies the comparison without its negation. A list compares by its
// elements: one that fits is enough.
func (c *ruleCompare) holds(s *ruleSubject) bool {
	switch {
	case c.subject == nil:
		return c.fits(s.element)
	case c.subject.flag != nil:
		return c.subject.flag(s.user) == c.flag
	case c.subject.list != nil:
		list := c.subject.list(s.user)
		if len(c.values) == 0 {
			return len(list) == 0
		}
		return slices.ContainsFunc(list, c.fits)
	}
	return c.fits(c.subject.text(s.user))
}

func (c *ruleCompare) fits(text string) bool {
	if len(c.values) == 0 {
		return text == ""
	}
	if c.op.test == testMatch {
		return text != "" && c.pattern.MatchString(text)
	}
	text = Fold(text)
	switch c.op.test {
	case testStart:
		return strings.HasPrefix(text, c.folded[0])
	case testEnd:
		return strings.HasSuffix(text, c.folded[0])
	case testContains:
		return strings.Contains(text, c.folded[0])
	}
	return slices.Contains(c.folded, text)
}

func (c *ruleCompare) print(b *strings.Builder) {
	if c.subject == nil {
		b.WriteByte('_')
	} else {
		b.WriteString("user." + string(c.subject.name))
	}
	b.WriteString(" -" + c.op.name + " ")
	switch {
	case c.subject != nil && c.subject.flag != nil && c.flag:
		b.WriteString("true")
	case c.subject != nil && c.subject.flag != nil:
		b.WriteString("false")
	case c.op.test == testIn:
		printList(b, c.values)
	case len(c.values) == 0:
		b.WriteString("null")
	default:
		printText(b, c.values[0])
	}
}

func printList[S ~string](b *strings.Builder, values []S) {
	b.WriteByte('[')
	for i, v := range values {
		if i > 0 {
			b.WriteString(", ")
		}
		printText(b, string(v))
	}
	b.WriteByte(']')
}

// printText quotes a text: a backtick stands before quotes and backticks, and
// single quotes are doubled.
func printText(b *strings.Builder, s string) {
	b.WriteByte('"')
	for _, r := range s {
		switch r {
		case '"', '`':
			b.WriteByte('`')
		case '\'':
			b.WriteByte('\'')
		}
		b.WriteRune(r)
	}
	b.WriteByte('"')
}

// ruleElements is -any or -all over one of the user's lists.
type ruleElements struct {
	subject *ruleProperty
	all     bool
	where   ruleExpr
}

func (e *ruleElements) level() int { return compareLevel }

func (e *ruleElements) match(s *ruleSubject) bool {
	fits := func(element string) bool { return e.where.match(&ruleSubject{element: element}) != e.all }
	return slices.ContainsFunc(e.subject.list(s.user), fits) != e.all
}

func (e *ruleElements) print(b *strings.Builder) {
	quantifier := " -any ("
	if e.all {
		quantifier = " -all ("
	}
	b.WriteString("user." + string(e.subject.name) + quantifier)
	e.where.print(b)
	b.WriteByte(')')
}

func (e *ruleElements) visit(f func(ruleExpr)) {
	f(e)
	e.where.visit(f)
}

// ruleMemberOf asks whether the user is a direct member of one of the groups.
type ruleMemberOf struct{ groups []ObjectID }

func (m *ruleMemberOf) level() int             { return compareLevel }
func (m *ruleMemberOf) visit(f func(ruleExpr)) { f(m) }

func (m *ruleMemberOf) match(s *ruleSubject) bool {
	return slices.ContainsFunc(m.groups, func(id ObjectID) bool { return s.in[id] })
}

func (m *ruleMemberOf) print(b *strings.Builder) {
	b.WriteString("user.memberOf -any (group.objectId -in ")
	printList(b, m.groups)
	b.WriteByte(')')
}

// ruleReports matches those who report to somebody directly. It is always a
// rule of its own.
type ruleReports struct{ manager ObjectID }

func (r *ruleReports) level() int             { return compareLevel }
func (r *ruleReports) visit(f func(ruleExpr)) { f(r) }

func (r *ruleReports) match(s *ruleSubject) bool { return s.user.User.ManagerID == r.manager }

func (r *ruleReports) print(b *strings.Builder) {
	b.WriteString(`Direct Reports for "` + string(r.manager) + `"`)
}
