package odata

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/grantkeep/grantkeep/internal/fault"
)

// Options are the query options of a request.
type Options struct {
	View
	Search    []SearchTerm // all must be found; empty if not given
	SkipToken string       // empty if not given

	// DeltaToken asks for what has changed since; empty if not given. It is
	// for lists that can be followed, and for them only.
	DeltaToken string

	// Aliases holds what parameter aliases such as @p stand for, as written:
	// a string still has its quotes. Arg.Value looks here.
	Aliases map[string]string

	given []option
}

// option is a name with a decoded value. Names that we know have their dollar
// sign and are in lower case.
type option struct{ name, value string }

// known are the options that may be written without the dollar sign.
var known = []string{
	"$filter", "$select", "$expand", "$orderby", "$top", "$skip", "$count", "$skiptoken", "$deltatoken", "$search", "$format",
}

// ParseOptions reads a query string as it stands in the URL. Names are read
// in any letter case, with the dollar sign or without. An unknown name with a
// dollar sign is refused, as is an option given twice; other names that are
// unknown are left to others.
//
// It does not use url.ParseQuery, which drops every option with a semicolon
// in it, as $expand has between nested options.
func ParseOptions(rawQuery string) (Options, error) {
	var o Options
	if len(rawQuery) > MaxQuery {
		return o, refuse("The query string is longer than %d bytes.", MaxQuery)
	}
	seen := map[string]bool{}
	for pair := range strings.SplitSeq(rawQuery, "&") {
		if pair == "" {
			continue
		}
		opt, err := decode(pair)
		if err != nil {
			return o, err
		}
		system := slices.Contains(known, opt.name)
		if strings.HasPrefix(opt.name, "$") && !system {
			return o, refuse("The query option '%s' is not supported.", shorten(opt.name)).At(shorten(opt.name))
		}
		if seen[opt.name] && (system || strings.HasPrefix(opt.name, "@")) {
			return o, refuse("The query option %s is given twice.", shorten(opt.name)).At(shorten(opt.name))
		}
		seen[opt.name] = true
		o.given = append(o.given, opt)
		if err := o.read(opt); err != nil {
			return Options{}, err
		}
	}
	return o, nil
}

// refuse is a fault that is not one of a filter.
func refuse(format string, args ...any) *fault.Error {
	return fault.New(fault.Invalid, badRequest, format, args...)
}

func decode(pair string) (option, error) {
	rawName, rawValue, _ := strings.Cut(pair, "=")
	name, err := url.QueryUnescape(rawName)
	if err != nil {
		return option{}, refuse("The query string has a percent sign that no two hexadecimal digits follow: %s.", shorten(rawName)).With(err)
	}
	name = strings.TrimSpace(name)
	lower := strings.ToLower(name)
	switch {
	case strings.HasPrefix(name, "$"):
		name = lower
	case slices.Contains(known, "$"+lower):
		name = "$" + lower
	}
	value, err := url.QueryUnescape(rawValue)
	if err != nil {
		return option{}, refuse("The query option %s has a percent sign that no two hexadecimal digits follow.", shorten(name)).At(shorten(name)).With(err)
	}
	return option{name, value}, nil
}

// read takes one option over into o. Custom options pass.
func (o *Options) read(opt option) error {
	if name, ok := strings.CutPrefix(opt.name, "@"); ok {
		if len(opt.value) > MaxText {
			return refuse("The parameter alias @%s is longer than %d bytes.", shorten(name), MaxText)
		}
		if o.Aliases == nil {
			o.Aliases = map[string]string{}
		}
		o.Aliases[name] = opt.value
		return nil
	}
	if !strings.HasPrefix(opt.name, "$") {
		return nil
	}
	p, err := newParser(opt.name, opt.value)
	if err != nil {
		return err
	}
	switch opt.name {
	case "$search":
		o.Search, err = p.searchTerms()
		return err
	case "$skiptoken":
		if o.SkipToken = opt.value; opt.value == "" {
			return p.expected("the token of a next link")
		}
		return nil
	case "$deltatoken":
		if o.DeltaToken = opt.value; opt.value == "" {
			return p.expected("the token of a delta link, or latest")
		}
		return nil
	case "$format":
		// With or without parameters, as in "application/json;odata.metadata=none".
		format, _, _ := strings.Cut(strings.ToLower(opt.value), ";")
		if format = strings.TrimSpace(format); format != "json" && format != "application/json" {
			return p.expected("json")
		}
		return nil
	}
	if isKnown, err := p.viewOption(&o.View, opt.name); err != nil {
		return err
	} else if !isKnown {
		return fmt.Errorf("odata: the option %s has no reader", opt.name)
	}
	if !p.end() {
		return p.expected("the end")
	}
	return nil
}

// NextQuery is the query string of the following page: all options that were
// given, in their order, with token as $skiptoken and without $skip, which
// has had its effect on the first page. It begins without a question mark.
func (o Options) NextQuery(token string) string { return o.with("$skiptoken", token) }

// DeltaQuery is NextQuery for what changes later, with token as $deltatoken.
func (o Options) DeltaQuery(token string) string { return o.with("$deltatoken", token) }

// Afresh is NextQuery for beginning again, without a token.
func (o Options) Afresh() string { return strings.TrimSuffix(o.with("", ""), "&") }

func (o Options) with(name, token string) string {
	var b strings.Builder
	for _, opt := range o.given {
		if opt.name == "$skip" || opt.name == "$skiptoken" || opt.name == "$deltatoken" {
			continue
		}
		escape(&b, opt.name)
		b.WriteByte('=')
		escape(&b, opt.value)
		b.WriteByte('&')
	}
	if name != "" {
		b.WriteString(name + "=")
		escape(&b, token)
	}
	return b.String()
}

// Fingerprint names the rows and the order that a page belongs to: the path
// and the options that change either. A token for one fingerprint is refused
// for another. The caller puts into path whatever else makes a difference,
// such as the tenant.
func (o Options) Fingerprint(path string) string {
	relevant := []string{"$filter", "$orderby", "$search"}
	var b strings.Builder
	fmt.Fprintf(&b, "%q", path)
	for _, name := range relevant {
		for _, opt := range o.given {
			if opt.name == name {
				fmt.Fprintf(&b, " %s=%q", name, opt.value)
			}
		}
	}
	return b.String()
}

// escape writes s for a query string. It leaves the marks of OData readable,
// which url.QueryEscape would not.
func escape(b *strings.Builder, s string) {
	for i := range len(s) {
		c := s[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~$!*'(),:@/?", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(b, "%%%02X", c)
		}
	}
}
