package odata

import (
	"slices"
	"strings"

	"github.com/grantkeep/grantkeep/internal/query"
)

// ParseFilter reads the decoded text of a $filter. Names of functions and
// operators are read in any letter case.
func ParseFilter(text string) (Expr, error) {
	p, err := newParser("$filter", text)
	if err != nil {
		return nil, err
	}
	e, err := p.or()
	if err != nil {
		return nil, err
	}
	if !p.end() {
		return nil, p.expected("'and', 'or' or the end")
	}
	return e, nil
}

func (p *parser) or() (Expr, error) {
	parts, err := p.parts("or", p.and)
	if err != nil || len(parts) == 1 {
		return first(parts), err
	}
	return Or{At: parts[0].Position(), Parts: parts}, p.node()
}

func (p *parser) and() (Expr, error) {
	parts, err := p.parts("and", p.not)
	if err != nil || len(parts) == 1 {
		return first(parts), err
	}
	return And{At: parts[0].Position(), Parts: parts}, p.node()
}

// parts reads one part or more with the word between them.
func (p *parser) parts(word string, read func() (Expr, error)) ([]Expr, error) {
	var parts []Expr
	for {
		e, err := read()
		if err != nil {
			return nil, err
		}
		parts = append(parts, e)
		if !p.keyword(word) {
			return parts, nil
		}
	}
}

func first(parts []Expr) Expr {
	if len(parts) == 0 {
		return nil
	}
	return parts[0]
}

func (p *parser) not() (Expr, error) {
	word := p.word()
	// "not/x" is the path of a property that happens to be named so.
	if !strings.EqualFold(word, "not") || p.after(word, '/') {
		return p.primary()
	}
	at := p.at(p.pos)
	p.pos += len(word)
	e, err := p.primary()
	if err != nil {
		return nil, err
	}
	return negate(at, e), p.node()
}

// negate never builds a Not inside a Not: logic has two values, so two of
// them cancel each other.
func negate(at Pos, e Expr) Expr {
	if n, ok := e.(Not); ok {
		return n.X
	}
	return Not{At: at, X: e}
}

func (p *parser) primary() (Expr, error) {
	if p.is('(') {
		return p.group()
	}
	if p.literalAhead() {
		return p.literalFirst()
	}
	word := p.word()
	if word == "" {
		return nil, p.expected("a condition")
	}
	if !p.after(word, '(') {
		return p.condition()
	}
	switch op, isText := textOp(word); {
	case isText:
		return p.textFunc(op)
	case changesCase(word):
		return p.condition()
	}
	return nil, p.fail(p.pos, "'%s' is not a supported function; contains, startswith, endswith, tolower and toupper are", shorten(word))
}

func (p *parser) group() (Expr, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	p.pos++
	e, err := p.or()
	if err != nil {
		return nil, err
	}
	p.depth--
	return e, p.want(')', "'and', 'or' or ')'")
}

func textOp(word string) (query.TextOp, bool) {
	for op, name := range funcNames {
		if strings.EqualFold(word, name) {
			return op, true
		}
	}
	return 0, false
}

func changesCase(word string) bool {
	return strings.EqualFold(word, "tolower") || strings.EqualFold(word, "toupper")
}

// textFunc reads contains(a,b) and its like, with the "eq true" that some
// clients write behind it.
func (p *parser) textFunc(op query.TextOp) (Expr, error) {
	f, err := p.textCall(op)
	if err != nil {
		return nil, err
	}
	ne := false
	switch {
	case p.keyword("eq"):
	case p.keyword("ne"):
		ne = true
	default:
		return f, nil
	}
	lit, err := p.literal()
	if err != nil {
		return nil, err
	}
	return p.againstBool(f, lit, ne)
}

// againstBool is the function compared with true or false.
func (p *parser) againstBool(f Func, lit Literal, ne bool) (Expr, error) {
	b, ok := lit.Value.(bool)
	if !ok {
		return nil, p.fail(p.pos, "the result of %s is compared with true or false", funcNames[f.Op])
	}
	if b == ne {
		return negate(f.At, f), nil
	}
	return f, nil
}

func (p *parser) textCall(op query.TextOp) (Func, error) {
	f := Func{At: p.at(p.pos), Op: op}
	if err := p.node(); err != nil {
		return f, err
	}
	p.pos += len(p.word())
	if err := p.want('(', "'('"); err != nil {
		return f, err
	}
	if p.literalAhead() {
		return f, p.expected("a property as first argument")
	}
	var err error
	if f.Arg, err = p.term(); err != nil {
		return f, err
	}
	if err := p.want(',', "',' and a second argument"); err != nil {
		return f, err
	}
	if f.Value, err = p.textArgument(); err != nil {
		return f, err
	}
	return f, p.want(')', "')'")
}

// textArgument is a string, perhaps inside tolower or toupper.
func (p *parser) textArgument() (Literal, error) {
	word := p.word()
	if !changesCase(word) || !p.after(word, '(') {
		start := p.pos
		lit, err := p.literal()
		if err == nil && lit.Kind != String {
			err = p.fail(start, "expected a string in single quotes as second argument")
		}
		return lit, err
	}
	p.pos += len(word)
	if err := p.want('(', "'('"); err != nil {
		return Literal{}, err
	}
	start := p.pos
	lit, err := p.literal()
	if err != nil {
		return lit, err
	}
	s, ok := lit.Value.(string)
	if !ok || lit.Kind != String {
		return lit, p.fail(start, "expected a string in single quotes")
	}
	if lit.Value = strings.ToUpper(s); strings.EqualFold(word, "tolower") {
		lit.Value = strings.ToLower(s)
	}
	return lit, p.want(')', "')'")
}

// literalFirst reads a comparison that is written the wrong way round.
func (p *parser) literalFirst() (Expr, error) {
	start := p.pos
	lit, err := p.literal()
	if err != nil {
		return nil, err
	}
	op, ok := p.operator()
	if !ok {
		return nil, p.expected("eq, ne, gt, ge, lt or le")
	}
	if p.literalAhead() {
		return nil, p.fail(start, "one side of a comparison must be a property")
	}
	if f, isText := textOp(p.word()); isText && p.after(p.word(), '(') && (op == query.Eq || op == query.Ne) {
		call, err := p.textCall(f)
		if err != nil {
			return nil, err
		}
		return p.againstBool(call, lit, op == query.Ne)
	}
	term, err := p.term()
	if err != nil {
		return nil, err
	}
	return Comparison{At: lit.At, Left: term, Op: mirrored(op), Right: lit}, p.node()
}

func mirrored(op query.Op) query.Op {
	switch op {
	case query.Gt:
		return query.Lt
	case query.Ge:
		return query.Le
	case query.Lt:
		return query.Gt
	case query.Le:
		return query.Ge
	}
	return op
}

// operator passes a comparison operator if one comes next.
func (p *parser) operator() (query.Op, bool) {
	word := p.word()
	for op, name := range opNames {
		if strings.EqualFold(word, name) {
			p.pos += len(word)
			return op, true
		}
	}
	return 0, false
}

// condition reads a comparison, has, in, any or all, all of which begin with
// a property.
func (p *parser) condition() (Expr, error) {
	if err := p.node(); err != nil {
		return nil, err
	}
	term, err := p.term()
	if err != nil {
		return nil, err
	}
	at := term.Path.At
	if term.Case == AsIs && p.pos < len(p.text) && p.text[p.pos] == '/' {
		return p.lambda(term.Path)
	}
	if op, ok := p.operator(); ok {
		lit, err := p.literal()
		return Comparison{At: at, Left: term, Op: op, Right: lit}, err
	}
	switch {
	case p.keyword("has"):
		lit, err := p.literal()
		return Has{At: at, Left: term, Right: lit}, err
	case p.keyword("in"):
		values, err := p.list()
		return In{At: at, Left: term, Values: values}, err
	}
	return nil, p.expected("eq, ne, gt, ge, lt, le, in or has")
}

// list reads literals in parentheses.
func (p *parser) list() ([]Literal, error) {
	if err := p.want('(', "'(' and a list of values"); err != nil {
		return nil, err
	}
	var values []Literal
	for {
		lit, err := p.literal()
		if err != nil {
			return nil, err
		}
		values = append(values, lit)
		if !p.take(',') {
			return values, p.want(')', "',' or ')'")
		}
	}
}

// term reads a path, perhaps inside tolower or toupper.
func (p *parser) term() (Term, error) {
	word := p.word()
	if !changesCase(word) || !p.after(word, '(') {
		path, err := p.path()
		return Term{Path: path}, err
	}
	p.pos += len(word)
	if err := p.want('(', "'('"); err != nil {
		return Term{}, err
	}
	path, err := p.path()
	if err != nil {
		return Term{}, err
	}
	t := Term{Path: path, Case: Upper}
	if strings.EqualFold(word, "tolower") {
		t.Case = Lower
	}
	return t, p.want(')', "')'")
}

// path reads names with slashes between. It stops before the "/any(" or
// "/all(" of a lambda.
func (p *parser) path() (Path, error) {
	if err := p.node(); err != nil {
		return Path{}, err
	}
	name, err := p.name()
	if err != nil {
		return Path{}, err
	}
	if strings.EqualFold(name, "not") && !p.after(name, '/') {
		return Path{}, p.expected("the name of a property")
	}
	path := Path{At: p.at(p.pos)}
	p.pos += len(name)
	if slices.Contains(p.vars, name) {
		path.Var = name
	} else {
		path.Segments = append(path.Segments, name)
	}
	for p.pos < len(p.text) && p.text[p.pos] == '/' {
		slash := p.pos
		p.pos++
		if name, err = p.name(); err != nil {
			return Path{}, err
		}
		if isLambda(name) && p.after(name, '(') {
			p.pos = slash
			break
		}
		if err := p.node(); err != nil {
			return Path{}, err
		}
		path.Segments = append(path.Segments, name)
		p.pos += len(name)
	}
	return path, nil
}

// name returns the name at the present position without passing it.
func (p *parser) name() (string, error) {
	name := p.word()
	if name == "" {
		return "", p.expected("the name of a property")
	}
	if !validName(name) {
		return "", p.fail(p.pos, "'%s' is not a name", shorten(name))
	}
	return name, nil
}

func isLambda(name string) bool {
	return strings.EqualFold(name, "any") || strings.EqualFold(name, "all")
}

// lambda reads "/any(x:…)" behind the path of a collection.
func (p *parser) lambda(collection Path) (Expr, error) {
	p.pos++
	l := Lambda{At: collection.At, Path: collection}
	word := p.word()
	l.Any = strings.EqualFold(word, "any")
	p.pos += len(word)
	if err := p.want('(', "'('"); err != nil {
		return nil, err
	}
	if p.take(')') {
		return l, nil
	}
	if err := p.enter(); err != nil {
		return nil, err
	}
	var err error
	if l.Var, err = p.name(); err != nil {
		return nil, p.expected("a name for the element and ':'")
	}
	if strings.Contains(l.Var, ".") || slices.Contains(p.vars, l.Var) {
		return nil, p.fail(p.pos, "'%s' cannot name the element: it has a dot or names one already", shorten(l.Var))
	}
	p.pos += len(l.Var)
	if err := p.want(':', "':' and a condition"); err != nil {
		return nil, err
	}
	p.vars = append(p.vars, l.Var)
	if l.Body, err = p.or(); err != nil {
		return nil, err
	}
	p.vars = p.vars[:len(p.vars)-1]
	p.depth--
	return l, p.want(')', "'and', 'or' or ')'")
}
