package graphapi

import (
	"net/http"
	"slices"
	"strings"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/engine"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/graphapi/wire"
	"github.com/grantkeep/grantkeep/internal/odata"
	"github.com/grantkeep/grantkeep/internal/query"
)

// maxFollowedIDs is how many objects a filter may name (directory.md
// section 9).
const maxFollowedIDs = 50

// objectDelta is a request for the delta of users or groups.
type objectDelta struct {
	kind
	engine.Follow
	c    *call
	plan wire.Plan
}

// delta serves the objects of the kind page by page, and later what has
// changed since. A link that is too old or not ours is gone: clients begin
// again at where Location points.
func (k kind) delta(c *call) error {
	d := objectDelta{kind: k, c: c}
	if err := d.read(); err != nil {
		return err
	}
	err := d.answer()
	if fault.Is(err, fault.Gone) {
		c.w.Header().Set("Location", c.base()+c.r.URL.EscapedPath()+"?"+c.options.Afresh())
	}
	return err
}

// read takes the options: what of which objects is followed.
func (d *objectDelta) read() error {
	c, o := d.c, d.c.options
	if o.OrderBy != nil || o.Skip != nil || o.Expand != nil || o.Count || len(o.Search) > 0 {
		return fault.New(fault.Invalid, "Request_BadRequest", "delta takes $select, $filter and $top; of what has changed nothing else can be asked.")
	}
	view := odata.View{Select: slices.Clone(o.Select)}
	d.Follow = engine.Follow{Kind: d.of, Before: c.prefer.returns == "minimal"}
	if d.Before {
		c.w.Header().Set("Preference-Applied", "return=minimal")
	}
	if d.of == directory.KindGroup {
		view.Select = slices.DeleteFunc(view.Select, func(p odata.Path) bool { return strings.EqualFold(p.String(), members.name) })
		d.Members = len(view.Select) < len(o.Select)
		switch {
		case d.Members && len(view.Select) == 0:
			view.Select = []odata.Path{{Segments: []string{"id"}}}
		case len(o.Select) == 0:
			d.Members = c.s.engine.MayReadMembers(c.ctx, c.who)
		}
	}
	var err error
	if d.plan, err = d.entity.Plan(c.version, odata.Options{View: view}); err != nil {
		return err
	}
	if o.Filter != nil {
		d.Only, err = idsOf(o.Filter)
	}
	return err
}

// idsOf reads the only filter that a delta takes: that the id is one of some.
func idsOf(filter odata.Expr) ([]directory.ObjectID, error) {
	parts := []odata.Expr{filter}
	if or, ok := filter.(odata.Or); ok {
		parts = or.Parts
	}
	if len(parts) > maxFollowedIDs {
		return nil, fault.New(fault.Invalid, "Request_UnsupportedQuery", "The $filter of a delta names at most %d ids.", maxFollowedIDs).At("$filter")
	}
	var ids []directory.ObjectID
	for _, part := range parts {
		equal, ok := part.(odata.Comparison)
		id, text := equal.Right.Value.(string)
		if !ok || !text || equal.Op != query.Eq || !strings.EqualFold(equal.Left.Path.String(), "id") {
			return nil, fault.New(fault.Invalid, "Request_UnsupportedQuery", "The $filter of a delta is id eq '…', or several of them joined by or.").At("$filter")
		}
		ids = append(ids, directory.ObjectID(strings.ToLower(id)))
	}
	return ids, nil
}

// The tokens of a delta are tied to where in it they lead.
const (
	listing = "listing " // on with the objects that there are
	round   = "round "   // on with what has changed
)

func (d *objectDelta) answer() error {
	c := d.c
	switch token := c.options.SkipToken; {
	case token != "":
		if key, err := odata.DecodeToken(c.s.settings.TokenSecret, listing+c.deltaPrint(), token); err == nil {
			return d.list(key)
		}
		return d.changes(round+c.deltaPrint(), token)
	case c.options.DeltaToken == "":
		return d.list(nil)
	case strings.EqualFold(c.options.DeltaToken, "latest"):
		now, err := c.s.engine.LatestOfObjects(c.ctx, c.who, d.Follow)
		if err != nil {
			return err
		}
		return d.send(nil, deltaLink, c.deltaToken(now.At))
	}
	return d.changes(c.deltaPrint(), c.options.DeltaToken)
}

// list answers with a page of what there is. The position in the history at
// the first page goes along in the links.
func (d *objectDelta) list(key []query.Value) error {
	c := d.c
	size, err := c.pageSize(true)
	if err != nil {
		return err
	}
	var at string
	var after, member directory.ObjectID
	if key == nil {
		now, err := c.s.engine.LatestOfObjects(c.ctx, c.who, d.Follow)
		if err != nil {
			return err
		}
		at = now.At
	} else {
		texts := [3]string{}
		for i := range texts {
			texts[i], _ = key[i].(string)
		}
		at, after, member = texts[0], directory.ObjectID(texts[1]), directory.ObjectID(texts[2])
	}
	page, err := c.s.engine.FollowedObjects(c.ctx, c.who, d.Follow, after, member, size)
	if err != nil {
		return err
	}
	if !page.More {
		return d.send(page.Rows, deltaLink, c.deltaToken(at))
	}
	token := odata.EncodeToken(c.s.settings.TokenSecret, listing+c.deltaPrint(), []query.Value{at, string(page.After), string(page.Member)})
	return d.send(page.Rows, nextLink, c.options.NextQuery(token))
}

// changes answers with what has changed. What is not a token of ours has no
// state here that could be synchronized.
func (d *objectDelta) changes(print, token string) error {
	c := d.c
	since, settled, err := c.deltaSince(print, token)
	if fault.Is(err, fault.Invalid) {
		return fault.New(fault.Gone, "syncStateNotFound", "The token is not one of ours for this query; begin again without it.").At("$deltatoken").With(err)
	}
	if err != nil {
		return err
	}
	changes, err := c.s.engine.ObjectChanges(c.ctx, c.who, d.Follow, since)
	if err != nil {
		return err
	}
	if settled != "" {
		changes.Settled = settled // as it was when this round began
	}
	if changes.More {
		key := []query.Value{changes.At, changes.Settled, c.s.clock.Now()}
		return d.send(changes.Rows, nextLink, c.options.NextQuery(odata.EncodeToken(c.s.settings.TokenSecret, round+c.deltaPrint(), key)))
	}
	return d.send(changes.Rows, deltaLink, c.deltaToken(changes.Safe().At))
}

func (d *objectDelta) send(rows []engine.FollowedObject, link, rest string) error {
	c := d.c
	shape := c.shaped(d.plan.Shape)
	return c.sendJSON(http.StatusOK, func(b []byte) []byte {
		b = append(b, `{"@odata.context":`...)
		b = appendString(b, c.context(strings.TrimSuffix(c.here(), "/delta")+selected(c.options)+"/$delta"))
		b = append(b, `,"`+link+`":`...)
		b = appendString(b, c.base()+c.r.URL.EscapedPath()+"?"+rest)
		b = append(b, `,"value":[`...)
		start := len(b)
		for i := range rows {
			b = d.append(b, start, &rows[i], shape)
		}
		return append(b, `]}`...)
	})
}

// append adds an object to the list that began at start; in a minimal answer
// only with what has changed of it, and not if that is nothing.
func (d *objectDelta) append(b []byte, start int, o *engine.FollowedObject, shape wire.Shape) []byte {
	if o.Gone != engine.Stayed {
		b = append(comma(b, start), `{"id":`...)
		return append(appendString(b, string(o.ID)), `,"@removed":{"reason":"`+string(o.Gone)+`"}}`...)
	}
	if d.Before && o.Was != nil {
		var differ bool
		if shape, differ = d.entity.Differing(o.Was, &o.Object, shape); !differ && len(o.Members) == 0 {
			return b
		}
	}
	b = d.entity.Append(comma(b, start), &o.Object, &shape)
	if len(o.Members) == 0 {
		return b
	}
	b = append(b[:len(b)-1], `,"members@delta":[`...)
	for i, m := range o.Members {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '{')
		if m.Kind != "" {
			b = append(b, `"@odata.type":"#microsoft.graph.`+string(m.Kind)+`",`...)
		}
		b = appendString(append(b, `"id":`...), string(m.ID))
		if m.Left {
			b = append(b, `,"@removed":{"reason":"deleted"}`...)
		}
		b = append(b, '}')
	}
	return append(b, `]}`...)
}
