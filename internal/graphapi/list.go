package graphapi

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/graphapi/wire"
	"github.com/grantkeep/grantkeep/internal/odata"
	"github.com/grantkeep/grantkeep/internal/query"
)

// Sizes of pages (conventions.md section 6).
const (
	defaultPage = 100
	largestPage = 999
)

// loader fetches one page of a list.
type loader[T any] func(q query.List, inc entitlement.Include) (query.Page[T], error)

// answerList answers with one page of a list. fragment is what @odata.context
// says; within narrows the list to what the path addresses.
func answerList[T any](c *call, e *wire.Entity[T], fragment string, within query.Expr, load loader[T]) error {
	plan, err := e.Plan(c.version, c.options)
	if err != nil {
		return err
	}
	search, err := c.searched(e.Collection())
	if err != nil {
		return err
	}
	q, err := c.pageOf(plan, query.AllOf(within, search))
	if err != nil {
		return err
	}
	page, err := load(q, plan.Include)
	if err != nil {
		return err
	}
	shape := c.shaped(plan.Shape)
	return c.sendJSON(http.StatusOK, func(b []byte) []byte {
		b = append(b, `{"@odata.context":`...)
		b = appendString(b, c.context(fragment+selected(c.options)))
		if q.Count {
			b = append(b, `,"@odata.count":`...)
			b = strconv.AppendInt(b, page.Count, 10)
		}
		if page.Next != nil && (c.left == 0 || c.left > len(page.Rows)) {
			b = append(b, `,"@odata.nextLink":`...)
			b = appendString(b, c.nextLink(page.Next, len(page.Rows)))
		}
		b = append(b, `,"value":[`...)
		for i := range page.Rows {
			if i > 0 {
				b = append(b, ',')
			}
			b = e.Append(b, &page.Rows[i], &shape)
		}
		return append(b, `]}`...)
	})
}

// answerCount answers /$count: the bare number of rows that match $filter.
func answerCount[T any](c *call, e *wire.Entity[T], within query.Expr, load loader[T]) error {
	if c.dialect() == directoryCodes && !c.advanced() {
		return fault.New(fault.Invalid, "Request_BadRequest", "$count is not currently supported. Send the header ConsistencyLevel: eventual.").At("ConsistencyLevel")
	}
	plan, err := e.Plan(c.version, odata.Options{View: odata.View{Filter: c.options.Filter}})
	if err != nil {
		return err
	}
	search, err := c.searched(e.Collection())
	if err != nil {
		return err
	}
	page, err := load(query.List{Where: query.AllOf(within, search, plan.Where), Limit: 1, Count: true}, nil)
	if err != nil {
		return err
	}
	return c.sendText(strconv.FormatInt(page.Count, 10))
}

// advanced reports whether the client asked for the directory's advanced
// query capabilities, which counting belongs to.
func (c *call) advanced() bool {
	return strings.EqualFold(c.r.Header.Get("ConsistencyLevel"), "eventual")
}

// pageOf turns the paging options into a query. Entitlement management
// clamps $top and takes $skip; the directory refuses both beyond its limits,
// and counts the first page only, for those who asked for advanced queries.
func (c *call) pageOf(plan wire.Plan, within query.Expr) (query.List, error) {
	q := query.List{Where: query.AllOf(within, plan.Where), Order: plan.Order, Count: c.options.Count}
	inDirectory := c.dialect() == directoryCodes
	var err error
	if q.Limit, err = c.pageSize(inDirectory); err != nil {
		return q, err
	}
	if inDirectory {
		q.Count = q.Count && c.advanced() && c.options.SkipToken == ""
	}
	if token := c.options.SkipToken; token != "" {
		// $skip had its effect on the first page.
		if q.After, err = c.resumed(token); c.left > 0 {
			q.Limit = min(q.Limit, c.left)
		}
		return q, err
	}
	if skip := c.options.Skip; skip != nil {
		if inDirectory {
			return q, fault.New(fault.Invalid, "Request_BadRequest", "$skip is not supported here; follow @odata.nextLink.").At("$skip")
		}
		q.Skip = *skip
	}
	return q, nil
}

// pageSize is how many rows the client wants at once, at most. $top=0 is
// refused: an empty page could not say where it goes on; to count, there is
// $count.
func (c *call) pageSize(inDirectory bool) (int, error) {
	size := defaultPage
	if top := c.options.Top; top != nil {
		if *top < 1 || *top > largestPage && inDirectory {
			return 0, fault.New(fault.Invalid, "BadRequest", "$top is %d; it must be between 1 and %d.", *top, largestPage).At("$top")
		}
		size = min(*top, largestPage)
	}
	if wish := c.prefer.maxPageSize; wish > 0 {
		c.w.Header().Set("Preference-Applied", "odata.maxpagesize="+strconv.Itoa(wish))
		if c.options.Top == nil || wish < size {
			size = min(wish, largestPage)
		}
	}
	return size, nil
}

// fingerprint ties a page token to the list that it was made for: tenant,
// version and path; the options that matter come from odata.
func (c *call) fingerprint() string {
	return c.options.Fingerprint(string(c.who.Tenant) + " " + c.r.URL.Path)
}

// nextLink is the absolute URL of the page after the row with the key, which
// is the last of so many.
func (c *call) nextLink(after []query.Value, shown int) string {
	left := 0
	if c.left > 0 {
		left = c.left - shown
	}
	return c.base() + c.r.URL.EscapedPath() + "?" + c.options.NextQuery(c.token(c.fingerprint(), after, left))
}

// continued is the absolute URL at which an expanded collection goes on: it
// has a path and options of its own.
func (c *call) continued(path string, o odata.Options, left int, after []query.Value) string {
	path = "/" + c.version.String() + path
	return c.base() + path + "?" + o.NextQuery(c.token(o.Fingerprint(string(c.who.Tenant)+" "+path), after, left))
}

// bounded sets apart the tokens that begin with how many rows are left.
const bounded = "bounded "

// token makes the $skiptoken of the page after a row. left is how many rows
// are still asked for, as a $top inside $expand has bounded them; 0 for all.
func (c *call) token(fingerprint string, after []query.Value, left int) string {
	if left > 0 {
		fingerprint, after = bounded+fingerprint, append([]query.Value{int64(left)}, after...)
	}
	return odata.EncodeToken(c.s.settings.TokenSecret, fingerprint, after)
}

// resumed reads a token, and how many rows are left into the call.
func (c *call) resumed(token string) ([]query.Value, error) {
	secret := c.s.settings.TokenSecret
	if key, err := odata.DecodeToken(secret, bounded+c.fingerprint(), token); err == nil {
		left, _ := key[0].(int64)
		c.left = int(left)
		return key[1:], nil
	}
	return odata.DecodeToken(secret, c.fingerprint(), token)
}

// shaped completes a shape with what does not come from query options.
func (c *call) shaped(s wire.Shape) wire.Shape {
	s.Version = c.version
	s.Tenant = c.who.Tenant
	s.UnknownMembers = c.prefer.unknownMembers
	s.FullMetadata = c.metadata() == fullMetadata
	s.BaseURL = c.root()
	s.Continue = c.continued
	return s
}

// selected is how @odata.context tells of $select.
func selected(o odata.Options) string {
	if len(o.Select) == 0 {
		return ""
	}
	names := make([]string, len(o.Select))
	for i, p := range o.Select {
		names[i] = p.String()
	}
	return "(" + strings.Join(names, ",") + ")"
}

// here is the fragment of @odata.context for the collection on the path.
func (c *call) here() string { return c.match.context }

// around is the fragment for the collection that holds the object on the
// path.
func (c *call) around() string { return c.match.within }

// named is the fragment for a collection of entitlement management, by its
// name in each version.
func (c *call) named(names wire.Names) string {
	return strings.TrimPrefix(em, "/") + "/" + names.In(c.version)
}

// collectionOf is the fragment for the answer of a function.
func collectionOf[T any](c *call, e *wire.Entity[T]) string {
	return "Collection(microsoft.graph." + e.Type(c.version) + ")"
}
