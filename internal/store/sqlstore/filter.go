package sqlstore

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

// maxConditions keeps a filter well below the depth and the number of
// arguments that the databases refuse, each with an error of its own.
const maxConditions = 400

// filter turns a query.Expr into SQL that selects the rows for which
// query.Match holds. What it writes is true exactly for those; for the others
// it is false or unknown, which a WHERE treats alike, and Not turns both into
// true.
type filter struct {
	*statement
	tenant     string // placeholder
	dialect    dialect
	listing    listing
	conditions int
}

func (f *filter) expr(e query.Expr) error {
	f.conditions++
	if f.conditions > maxConditions {
		return fault.New(fault.Invalid, "InvalidFilter", "A filter holds at most %d conditions; use 'in' for many values.", maxConditions)
	}
	switch e := e.(type) {
	case nil:
		f.add("TRUE")
		return nil
	case query.Bool:
		f.add(constant(bool(e)))
		return nil
	case query.And:
		return f.join(" AND ", true, e)
	case query.Or:
		return f.join(" OR ", false, e)
	case query.Not:
		return f.not(e.X)
	case query.Compare:
		return f.compare(e)
	case query.In:
		return f.in(e)
	case query.Text:
		return f.textTest(e)
	case query.Any:
		return f.any(e)
	case query.All:
		return f.not(query.Any{Collection: e.Collection, Where: query.Not{X: e.Where}})
	}
	panic(fmt.Sprintf("sqlstore: no Expr: %T", e))
}

func (f *filter) join(operator string, empty bool, parts []query.Expr) error {
	if len(parts) == 0 {
		f.add(constant(empty))
		return nil
	}
	f.add("(")
	for i, p := range parts {
		if i > 0 {
			f.add(operator)
		}
		if err := f.expr(p); err != nil {
			return err
		}
	}
	f.add(")")
	return nil
}

// any looks for elements that match, and from them for their rows: what
// people look for this way is rare among the rows.
func (f *filter) any(e query.Any) error {
	in, ok := f.listing.inside[e.Collection]
	if !ok {
		return f.related(e.Collection, e.Where)
	}
	f.add(f.listing.fields["id"].at, " IN (SELECT ", in.owner, " FROM ", in.table, " element WHERE element.tenant_id = ", f.tenant, " AND ")
	inner := *f
	inner.listing = in.listing
	err := inner.expr(e.Where)
	f.conditions = inner.conditions
	f.add(")")
	return err
}

func (f *filter) not(x query.Expr) error {
	f.add("((")
	if err := f.expr(x); err != nil {
		return err
	}
	f.add(") IS NOT TRUE)")
	return nil
}

func (f *filter) compare(e query.Compare) error {
	c, err := f.listing.column(e.Field)
	if err != nil {
		return err
	}
	if e.Op == query.Ne {
		return f.not(query.Compare{Field: e.Field, Op: query.Eq, Value: e.Value, Fold: e.Fold})
	}
	if e.Value == nil {
		if e.Op == query.Eq {
			f.add(c.isNull(f.tenant))
		} else {
			f.add("FALSE")
		}
		return nil
	}
	v, err := c.argument(e.Value, e.Fold)
	if err != nil {
		return err
	}
	if v == "" && e.Op == query.Eq {
		f.add("FALSE") // an empty text is stored as null, which equals null only
		return nil
	}
	f.test(c, e.Fold, func(column string) {
		f.add(column, operators[e.Op], f.arg(v))
		// Null texts are stored as ''; only what may hold for '' must leave them out.
		if c.sparse || c.emptyIsNull() && (e.Op == query.Lt || e.Op == query.Le || v == "") {
			f.add(" AND ", column, " <> ''")
		}
	})
	return nil
}

var operators = map[query.Op]string{query.Eq: " = ", query.Gt: " > ", query.Ge: " >= ", query.Lt: " < ", query.Le: " <= "}

func (f *filter) in(e query.In) error {
	c, err := f.listing.column(e.Field)
	if err != nil {
		return err
	}
	var values []any
	null := false
	for _, v := range e.Values {
		if v == nil {
			null = true
			continue
		}
		arg, err := c.argument(v, e.Fold)
		if err != nil {
			return err
		}
		if arg != "" {
			values = append(values, arg)
		}
	}
	f.add("(")
	if null {
		f.add(c.isNull(f.tenant))
	}
	if null && len(values) > 0 {
		f.add(" OR ")
	}
	if len(values) > 0 {
		f.test(c, e.Fold, func(column string) {
			f.oneOf(column, values)
			if c.sparse {
				f.add(" AND ", column, " <> ''")
			}
		})
	}
	if !null && len(values) == 0 {
		f.add("FALSE")
	}
	f.add(")")
	return nil
}

// oneOf writes that the column has one of the values. A single value becomes
// an equation, which leaves the order of an index intact.
func (f *filter) oneOf(column string, values []any) {
	if len(values) == 1 {
		f.add(column, " = ", f.arg(values[0]))
		return
	}
	if texts := allTexts(values); texts != nil {
		f.add(column, " ", f.dialect.among(f.arg(f.dialect.listArg(texts))))
		return
	}
	// Flags and instants are never many: the client typed them.
	f.add(column, " IN (")
	for i, v := range values {
		if i > 0 {
			f.add(", ")
		}
		f.add(f.arg(v))
	}
	f.add(")")
}

func allTexts(values []any) []string {
	texts := make([]string, len(values))
	for i, v := range values {
		s, ok := v.(string)
		if !ok {
			return nil
		}
		texts[i] = s
	}
	return texts
}

// textTest avoids LIKE: it looks at letter case in one database and not in
// the other, and its wildcards need escapes.
func (f *filter) textTest(e query.Text) error {
	c, err := f.listing.column(e.Field)
	if err != nil {
		return err
	}
	if !c.isText() {
		return fault.New(fault.Invalid, "InvalidFilter", "%s is no text, so it has no parts to look for.", e.Field).At(e.Field)
	}
	v, err := c.argument(e.Value, e.Fold)
	if err != nil {
		return err
	}
	want := v.(string)
	f.test(c, e.Fold, func(column string) {
		switch {
		case want == "": // every text has it, null has not
			f.add(column, " <> ''")
		case e.Op == query.Contains:
			f.add("replace(", column, ", ", f.arg(want), ", '') <> ", column)
		case e.Op == query.StartsWith:
			f.add(column, " >= ", f.arg(want)) // as a range, so that an index serves
			if end := afterPrefix(want); end != "" {
				f.add(" AND ", column, " < ", f.arg(end))
			}
		case e.Op == query.EndsWith:
			length := f.arg(int64(utf8.RuneCountInString(want)))
			f.add("length(", column, ") >= ", length, " AND substr(", column, ", length(", column, ") - ", length, " + 1) = ", f.arg(want))
		default:
			panic(fmt.Sprintf("sqlstore: no test on a string: %d", e.Op))
		}
	})
	return nil
}

// test writes a condition on a column that does not hold for null. A field of
// another table is looked for there, so that the database may start from what
// it finds.
func (f *filter) test(c column, foldCase bool, condition func(column string)) {
	inner := c.at
	if foldCase && c.isText() && !c.folded {
		inner = "lower(" + c.at + ")"
	}
	f.add("(")
	if c.of == nil {
		condition(inner)
	} else {
		f.add(c.of.by, " IN (SELECT other.id FROM ", c.of.table, " other WHERE other.tenant_id = ", f.tenant, c.of.index, " AND ")
		condition(inner)
		f.add(")")
	}
	f.add(")")
}

// argument checks a value against the type of the column and returns it as
// the database holds it.
func (c column) argument(v query.Value, foldCase bool) (any, error) {
	switch v := v.(type) {
	case string:
		if !c.isText() {
			break
		}
		if !utf8.ValidString(v) || strings.ContainsRune(v, 0) {
			return nil, fault.New(fault.Invalid, "InvalidFilter", "The value for %s holds characters that no text has.", c.field).At(c.field)
		}
		if foldCase || c.kind == store.Name {
			return directory.Fold(v), nil
		}
		return v, nil
	case bool:
		if c.kind == store.Flag {
			return flag(v), nil
		}
	case time.Time:
		if c.kind == store.Instant {
			return v.UnixMicro(), nil
		}
	}
	return nil, fault.New(fault.Invalid, "InvalidFilter", "%s compares with %s only.", c.field, kindNames[c.kind]).At(c.field)
}

var kindNames = map[store.FieldType]string{
	store.Text: "a text", store.Name: "a text", store.Flag: "true or false", store.Instant: "a point in time",
}

func noCollection(name string) error {
	return fault.New(fault.Invalid, "InvalidFilter", "%s is no collection that can be filtered by.", name).At(name)
}

func constant(b bool) string {
	if b {
		return "TRUE"
	}
	return "FALSE"
}

// afterPrefix returns the smallest text greater than every text that begins
// with prefix, or "" if there is none.
func afterPrefix(prefix string) string {
	runes := []rune(prefix)
	for i := len(runes) - 1; i >= 0; i-- {
		switch r := runes[i]; r {
		case utf8.MaxRune:
			continue
		case 0xD7FF: // surrogates are no characters
			runes[i] = 0xE000
		default:
			runes[i] = r + 1
		}
		return string(runes[:i+1])
	}
	return ""
}
