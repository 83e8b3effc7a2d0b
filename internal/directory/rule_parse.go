package directory

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/grantkeep/grantkeep/internal/fault"
)

// maxRulePattern bounds the regular expressions of -match.
const maxRulePattern = 512

// ParseRule reads a membership rule. Operators stand with or without their
// hyphen. What cannot be read, or makes no sense for a property, is
// fault.Invalid "InvalidMembershipRule", which names the position and what was
// expected there.
func ParseRule(text string) (Rule, error) {
	if utf8.RuneCountInString(text) > MaxRule {
		return Rule{}, fault.New(fault.Invalid, "InvalidMembershipRule", "A membership rule has at most %d characters.", MaxRule)
	}
	if !utf8.ValidString(text) {
		return Rule{}, fault.New(fault.Invalid, "InvalidMembershipRule", "A membership rule is UTF-8 text.")
	}
	p := &ruleParser{scan: ruleScanner{text: text, at: 1}}
	if err := p.advance(); err != nil {
		return Rule{}, err
	}
	root, err := p.rule()
	if err != nil {
		return Rule{}, err
	}
	if p.tok.kind != ruleEnd {
		return Rule{}, p.expected("-and, -or or the end of the rule")
	}
	return Rule{root: root}, nil
}

// ruleParser reads a rule by recursive descent, one token ahead.
type ruleParser struct {
	scan    ruleScanner
	tok     ruleToken
	element bool // inside -any or -all
}

func (p *ruleParser) advance() (err error) {
	p.tok, err = p.scan.next()
	return err
}

func (p *ruleParser) expected(what string) error {
	return badRule(p.tok.at, "expected %s, found %s", what, p.tok)
}

// operator reports whether the token is the operator, with its hyphen or
// without.
func (p *ruleParser) operator(name string) bool {
	return (p.tok.kind == ruleOperator || p.tok.kind == ruleWord) && strings.EqualFold(p.tok.text, name)
}

func (p *ruleParser) mark(m string) bool { return p.tok.kind == ruleMark && p.tok.text == m }

// want takes a mark that must stand here.
func (p *ruleParser) want(m string) error {
	if !p.mark(m) {
		return p.expected(m)
	}
	return p.advance()
}

func (p *ruleParser) rule() (ruleExpr, error) {
	if p.tok.kind == ruleWord && strings.EqualFold(p.tok.text, "Direct") {
		return p.reports()
	}
	return p.or()
}

// reports reads: Direct Reports for "id".
func (p *ruleParser) reports() (ruleExpr, error) {
	for _, word := range []string{"Direct", "Reports", "for"} {
		if p.tok.kind != ruleWord || !strings.EqualFold(p.tok.text, word) {
			return nil, p.expected(`Direct Reports for "id of the manager"`)
		}
		if err := p.advance(); err != nil {
			return nil, err
		}
	}
	id, err := p.guid()
	if err != nil {
		return nil, err
	}
	if p.tok.kind != ruleEnd {
		return nil, p.expected("the end of the rule, as Direct Reports cannot be combined with anything")
	}
	return &ruleReports{manager: id}, nil
}

// guid reads an object id in quotes.
func (p *ruleParser) guid() (ObjectID, error) {
	if p.tok.kind != ruleText || !isGUID(p.tok.text) {
		return "", p.expected("an object id, a GUID in quotes")
	}
	id := ObjectID(strings.ToLower(p.tok.text))
	return id, p.advance()
}

func isGUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		hyphen := i == 8 || i == 13 || i == 18 || i == 23
		if hyphen != (s[i] == '-') || !hyphen && !strings.ContainsRune("0123456789abcdefABCDEF", rune(s[i])) {
			return false
		}
	}
	return true
}

func (p *ruleParser) or() (ruleExpr, error)  { return p.join("or", p.and) }
func (p *ruleParser) and() (ruleExpr, error) { return p.join("and", p.not) }

// join reads parts with the operator between them.
func (p *ruleParser) join(operator string, part func() (ruleExpr, error)) (ruleExpr, error) {
	j := &ruleJoin{or: operator == "or"}
	for {
		x, err := part()
		if err != nil {
			return nil, err
		}
		j.parts = append(j.parts, x)
		if !p.operator(operator) {
			break
		}
		if err := p.advance(); err != nil {
			return nil, err
		}
	}
	if len(j.parts) == 1 {
		return j.parts[0], nil
	}
	return j, nil
}

func (p *ruleParser) not() (ruleExpr, error) {
	if !p.operator("not") {
		return p.primary()
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	x, err := p.not()
	return &ruleNot{x: x}, err
}

func (p *ruleParser) primary() (ruleExpr, error) {
	if p.mark("(") {
		if err := p.advance(); err != nil {
			return nil, err
		}
		x, err := p.or()
		if err != nil {
			return nil, err
		}
		return x, p.want(")")
	}
	if p.tok.kind != ruleWord {
		if p.element {
			return nil, p.expected("_, -not or a parenthesis")
		}
		return nil, p.expected("a property such as user.department, -not or a parenthesis")
	}
	if p.element {
		if p.tok.text != "_" {
			return nil, p.expected("_, which stands for the value inside -any and -all; put their condition in parentheses")
		}
		if err := p.advance(); err != nil {
			return nil, err
		}
		return p.compare(nil)
	}
	return p.property()
}

// property reads a property of the user and what is asked of it.
func (p *ruleParser) property() (ruleExpr, error) {
	object, name, _ := strings.Cut(p.tok.text, ".")
	switch {
	case strings.EqualFold(object, "device"):
		return nil, p.expected("a property of user; there are no devices here")
	case !strings.EqualFold(object, "user") || name == "":
		return nil, p.expected("a property such as user.department")
	}
	member := strings.EqualFold(name, string(PropertyMemberOf))
	subject := ruleProperties[Fold(name)]
	if subject == nil && !member {
		return nil, p.expected("a property of user, which are " + propertyNames())
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	quantified := p.operator("any") || p.operator("all")
	switch {
	case member:
		return p.memberOf()
	case quantified && subject.list == nil:
		return nil, badRule(p.tok.at, "user.%s has one value, so it is compared directly, without -any and -all", subject.name)
	case quantified:
		return p.elements(subject)
	}
	return p.compare(subject)
}

// propertyNames lists the properties that rules can ask about.
func propertyNames() string {
	names := []string{string(PropertyMemberOf)}
	for _, p := range ruleProperties {
		names = append(names, string(p.name))
	}
	slices.Sort(names)
	return strings.Join(slices.Compact(names), ", ")
}

// memberOf reads: -any (group.objectId -in ["id", "id"]).
func (p *ruleParser) memberOf() (ruleExpr, error) {
	const form = `-any (group.objectId -in ["id"])`
	if !p.operator("any") {
		return nil, p.expected(form + " behind user.memberOf")
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	if err := p.want("("); err != nil {
		return nil, err
	}
	if p.tok.kind != ruleWord || !strings.EqualFold(p.tok.text, "group.objectId") {
		return nil, p.expected("group.objectId, as in " + form)
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	if !p.operator("in") {
		return nil, p.expected("-in, as in " + form)
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	m := &ruleMemberOf{}
	err := p.listed(func() error {
		id, err := p.guid()
		m.groups = append(m.groups, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	return m, p.want(")")
}

// elements reads the condition behind -any or -all. Without parentheses it
// goes on to the end: the two bind less than all other operators.
func (p *ruleParser) elements(subject *ruleProperty) (ruleExpr, error) {
	e := &ruleElements{subject: subject, all: p.operator("all")}
	if err := p.advance(); err != nil {
		return nil, err
	}
	p.element = true
	defer func() { p.element = false }()
	var err error
	if p.mark("(") {
		e.where, err = p.primary()
	} else {
		e.where, err = p.or()
	}
	return e, err
}

// listed reads a list in brackets; its elements are read by each.
func (p *ruleParser) listed(each func() error) error {
	if err := p.want("["); err != nil {
		return err
	}
	for {
		if err := each(); err != nil {
			return err
		}
		if p.mark("]") {
			return p.advance()
		}
		if !p.mark(",") {
			return p.expected(", or ]")
		}
		if err := p.advance(); err != nil {
			return err
		}
	}
}

// compare reads operator and value. A nil subject is the element of a list.
func (p *ruleParser) compare(subject *ruleProperty) (ruleExpr, error) {
	var op *ruleOp
	if p.tok.kind == ruleOperator || p.tok.kind == ruleWord {
		op = ruleOps[Fold(p.tok.text)]
	}
	switch {
	case op == nil:
		return nil, p.expected("an operator: " + operatorNames())
	case subject != nil && subject.flag != nil && op.test != testEqual:
		return nil, badRule(p.tok.at, "user.%s is true or false, so it is compared with -eq or -ne, not -%s", subject.name, op.name)
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	c := &ruleCompare{subject: subject, op: op}
	var err error
	switch {
	case subject != nil && subject.flag != nil:
		err = p.truth(c)
	case op.test == testIn:
		err = p.listed(func() error { return p.value(c) })
	default:
		err = p.single(c)
	}
	return c, err
}

func operatorNames() string {
	names := slices.Sorted(maps.Keys(ruleOps))
	for i, n := range names {
		names[i] = "-" + ruleOps[n].name
	}
	return strings.Join(names, ", ")
}

// constant reports whether the token is null, true or false; a dollar sign
// may stand before it.
func (p *ruleParser) constant(name string) bool {
	return p.tok.kind == ruleWord && strings.EqualFold(strings.TrimPrefix(p.tok.text, "$"), name)
}

// truth reads true or false; texts of the same words are understood.
func (p *ruleParser) truth(c *ruleCompare) error {
	yes := p.constant("true") || p.tok.kind == ruleText && strings.EqualFold(p.tok.text, "true")
	no := p.constant("false") || p.tok.kind == ruleText && strings.EqualFold(p.tok.text, "false")
	if !yes && !no {
		return p.expected("true or false")
	}
	c.flag = yes
	return p.advance()
}

// single reads null or one value, and checks that the operator can use it.
func (p *ruleParser) single(c *ruleCompare) error {
	at := p.tok.at
	if p.constant("null") {
		if c.op.test != testEqual {
			return badRule(at, "null is compared with -eq or -ne, not -%s", c.op.name)
		}
		return p.advance()
	}
	if err := p.value(c); err != nil {
		return err
	}
	text := c.values[0]
	switch {
	case text == "" && c.op.test == testEqual:
		c.values, c.folded = nil, nil // nobody has an empty text
	case text == "":
		return badRule(at, "the text is empty: -%s would say nothing", c.op.name)
	case c.op.test == testMatch:
		if utf8.RuneCountInString(text) > maxRulePattern {
			return badRule(at, "the regular expression has more than %d characters", maxRulePattern)
		}
		var err error
		if c.pattern, err = regexp.Compile("(?i)" + text); err != nil {
			return badRule(at, "the regular expression cannot be used: %v", err)
		}
	}
	return nil
}

// value reads a text in quotes or a number, which is taken as text.
func (p *ruleParser) value(c *ruleCompare) error {
	number := p.tok.kind == ruleWord && p.tok.text[0] != '.' && strings.Trim(p.tok.text, "0123456789.") == ""
	if p.tok.kind != ruleText && !number {
		if p.constant("true") || p.constant("false") {
			return p.expected("a text in quotes, as the value is no flag")
		}
		return p.expected("a text in quotes, a number or null")
	}
	c.values, c.folded = append(c.values, p.tok.text), append(c.folded, Fold(p.tok.text))
	return p.advance()
}
