package odata

import "strings"

// Property splits "displayName:ann" at the first colon if a name stands
// before it. Whether the name is one of a property is for the caller to say.
func (t SearchTerm) Property() (name, text string, ok bool) {
	name, text, ok = strings.Cut(t.Text, ":")
	if !ok || !validName(name) {
		return "", t.Text, false
	}
	return name, text, true
}

// searchTerms reads words and quoted texts, all of which must be found. AND
// may stand between them.
func (p *parser) searchTerms() ([]SearchTerm, error) {
	var terms []SearchTerm
	for !p.end() {
		if err := p.node(); err != nil {
			return nil, err
		}
		start := p.pos
		term, err := p.searchTerm()
		switch {
		case err != nil:
			return nil, err
		case !term.Quoted && (term.Text == "OR" || term.Text == "NOT"):
			return nil, p.fail(start, "%s is not supported; all terms must be found", term.Text)
		case !term.Quoted && term.Text == "AND":
			if len(terms) == 0 || p.end() {
				return nil, p.fail(start, "AND stands between two terms")
			}
			continue
		}
		terms = append(terms, term)
	}
	if len(terms) == 0 {
		return nil, p.expected("a word, or a text in double quotes")
	}
	return terms, nil
}

func (p *parser) searchTerm() (SearchTerm, error) {
	term := SearchTerm{At: p.at(p.pos)}
	if p.text[p.pos] != '"' {
		rest := p.text[p.pos:]
		if end := strings.IndexAny(rest, " \t\r\n\"()"); end >= 0 {
			rest = rest[:end]
		}
		if rest == "" {
			return term, p.expected("a word, or a text in double quotes")
		}
		p.pos += len(rest)
		term.Text = rest
		return term, nil
	}
	term.Quoted = true
	var b strings.Builder
	for i := p.pos + 1; i < len(p.text); i++ {
		switch c := p.text[i]; {
		case c == '\\' && i+1 < len(p.text):
			i++
			b.WriteByte(p.text[i])
		case c == '"':
			p.pos = i + 1
			term.Text = b.String()
			if strings.TrimSpace(term.Text) == "" {
				return term, p.expected("a text that is not empty before this")
			}
			return term, nil
		default:
			b.WriteByte(c)
		}
	}
	return term, p.fail(p.pos, "the text that begins here has no closing double quote")
}
