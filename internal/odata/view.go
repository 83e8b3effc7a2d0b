package odata

import (
	"math"
	"strconv"
	"strings"
)

// viewOption reads the value of one option into v, from the present position
// to where it ends by its own grammar. It reports false for a name that is no
// option of a View; the caller checks what comes behind the value.
func (p *parser) viewOption(v *View, name string) (known bool, err error) {
	// A fault inside a nested $filter has the code of a filter.
	outer := p.code
	p.code = codeOf(name)
	defer func() { p.code = outer }()
	switch name {
	case "$filter":
		v.Filter, err = p.or()
	case "$select":
		v.Select, err = p.paths()
	case "$expand":
		v.Expand, err = p.expandItems()
	case "$orderby":
		v.OrderBy, err = p.orderTerms()
	case "$top":
		v.Top, err = p.number()
	case "$skip":
		v.Skip, err = p.number()
	case "$count":
		v.Count, err = p.boolean()
	default:
		return false, nil
	}
	return true, err
}

// separated reads one item or more with commas between.
func (p *parser) separated(read func() error) error {
	for {
		if err := read(); err != nil {
			return err
		}
		if !p.take(',') {
			return nil
		}
	}
}

// starOrPath reads a path or "*".
func (p *parser) starOrPath() (Path, error) {
	if !p.is('*') {
		return p.path()
	}
	path := Path{At: p.at(p.pos), Segments: []string{"*"}}
	p.pos++
	return path, p.node()
}

func (p *parser) paths() (paths []Path, err error) {
	err = p.separated(func() error {
		path, err := p.starOrPath()
		paths = append(paths, path)
		return err
	})
	return paths, err
}

func (p *parser) orderTerms() (terms []OrderTerm, err error) {
	err = p.separated(func() error {
		path, err := p.path()
		if err != nil {
			return err
		}
		term := OrderTerm{Path: path}
		if !p.keyword("asc") {
			term.Desc = p.keyword("desc")
		}
		terms = append(terms, term)
		return nil
	})
	return terms, err
}

func (p *parser) expandItems() (items []ExpandItem, err error) {
	err = p.separated(func() error {
		item, err := p.expandItem()
		items = append(items, item)
		return err
	})
	return items, err
}

func (p *parser) expandItem() (item ExpandItem, err error) {
	if item.Path, err = p.starOrPath(); err != nil {
		return item, err
	}
	levels := 0
	for _, s := range item.Path.Segments {
		if !strings.Contains(s, ".") {
			levels++
		}
	}
	// "a/b" goes as deep as "a($expand=b)".
	if p.expands += levels; p.expands > MaxExpandDepth {
		return item, p.fail(p.pos, "$expand goes at most %d levels deep", MaxExpandDepth)
	}
	if p.is('(') {
		if item.Path.Star() {
			return item, p.expected("nothing behind '*'")
		}
		p.pos++
		if err := p.nestedOptions(&item.View); err != nil {
			return item, err
		}
	}
	p.expands -= levels
	return item, nil
}

// nestedOptions reads the options in parentheses behind a navigation, with
// semicolons between, up to the closing parenthesis.
func (p *parser) nestedOptions(v *View) error {
	seen := map[string]bool{}
	for {
		start, name := p.optionName()
		if name == "" || !p.take('=') {
			return p.expected("an option such as $select=…")
		}
		if seen[name] {
			return p.fail(start, "%s stands here twice", name)
		}
		seen[name] = true
		begin := p.pos
		known, err := p.viewOption(v, name)
		switch {
		case err != nil:
			return err
		case !known:
			return p.fail(start, "%s is not supported inside $expand; $select, $expand, $filter, $orderby, $top, $skip and $count are", shorten(name))
		}
		v.given = append(v.given, option{name, strings.TrimSpace(p.text[begin:p.pos])})
		switch {
		case p.take(';'):
			continue
		}
		return p.want(')', "';' or ')'")
	}
}

// optionName passes the name of an option and gives it in lower case and with
// the dollar sign, which may be left out.
func (p *parser) optionName() (start int, name string) {
	p.space()
	start = p.pos
	p.take('$')
	name = p.word()
	p.pos += len(name)
	if name == "" {
		return start, ""
	}
	return start, "$" + strings.ToLower(name)
}

// number reads a whole number that is not negative. What is too large for an
// int is as good as the largest one: callers have limits of their own.
func (p *parser) number() (*int, error) {
	p.space()
	start := p.pos
	for p.pos < len(p.text) && p.text[p.pos] >= '0' && p.text[p.pos] <= '9' {
		p.pos++
	}
	digits := p.text[start:p.pos]
	if digits == "" {
		return nil, p.expected("a whole number, 0 or greater")
	}
	n, err := strconv.Atoi(digits)
	if err != nil || n > math.MaxInt32 {
		n = math.MaxInt32
	}
	return &n, nil
}

func (p *parser) boolean() (bool, error) {
	switch {
	case p.keyword("true"):
		return true, nil
	case p.keyword("false"):
		return false, nil
	}
	return false, p.expected("true or false")
}

// Below returns what a path of several navigations asks of the first: to
// expand the others.
func (i ExpandItem) Below() View {
	rest := i.Path.Segments[1:]
	if len(rest) == 0 {
		return i.View
	}
	var written []string
	for _, opt := range i.View.given {
		written = append(written, opt.name+"="+opt.value)
	}
	text := strings.Join(rest, "/")
	if len(written) > 0 {
		text += "(" + strings.Join(written, ";") + ")"
	}
	return View{
		Expand: []ExpandItem{{Path: Path{At: i.Path.At, Segments: rest}, View: i.View}},
		given:  []option{{"$expand", text}},
	}
}

// Rest returns the options of a list that goes on where an expanded
// collection was cut: those that say which objects there are, in which order
// and how they look.
func (v View) Rest() Options {
	var o Options
	for _, opt := range v.given {
		switch opt.name {
		case "$filter", "$orderby", "$select", "$expand":
			o.given = append(o.given, opt)
		}
	}
	return o
}
