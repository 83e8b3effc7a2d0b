package graphapi

import (
	"net/http"
	"strings"
	"time"

	"github.com/grantkeep/grantkeep/internal/engine"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/graphapi/wire"
	"github.com/grantkeep/grantkeep/internal/odata"
	"github.com/grantkeep/grantkeep/internal/query"
)

// deltaKept is how long a delta link is good for.
const deltaKept = 30 * 24 * time.Hour

// followed is a collection whose changes can be followed: first it is listed
// page by page, then each delta link leads to what has changed since. An
// object may come more than once, and is then the same or newer.
type followed[T any] struct {
	entity *wire.Entity[T]
	list   func(*call) loader[T]
	since  func(c *call, position string, inc entitlement.Include) (engine.Changes[T], error)
}

var (
	requestDelta = followed[entitlement.RequestView]{
		wire.Request, (*call).loadRequests,
		func(c *call, position string, inc entitlement.Include) (engine.Changes[entitlement.RequestView], error) {
			return c.s.engine.RequestChanges(c.ctx, c.who, position, inc)
		},
	}
	assignmentDelta = followed[entitlement.AssignmentView]{
		wire.Assignment, (*call).loadAssignments,
		func(c *call, position string, inc entitlement.Include) (engine.Changes[entitlement.AssignmentView], error) {
			return c.s.engine.AssignmentChanges(c.ctx, c.who, position, inc)
		},
	}
)

func (f followed[T]) serve(c *call) error {
	o := c.options
	if o.Filter != nil || o.OrderBy != nil || o.Skip != nil || o.Expand != nil || o.Count || len(o.Search) > 0 {
		return fault.New(fault.Invalid, "BadRequest", "delta takes $select and $top; of what has changed nothing else can be asked.")
	}
	plan, err := f.entity.Plan(c.version, odata.Options{View: odata.View{Select: o.Select}})
	if err != nil {
		return err
	}
	switch {
	case o.DeltaToken == "":
		return f.first(c, plan)
	case strings.EqualFold(o.DeltaToken, "latest"):
		now, err := c.s.engine.Latest(c.ctx, c.who)
		if err != nil {
			return err
		}
		return f.answer(c, plan, nil, nil, deltaLink, c.deltaToken(now.At))
	}
	return f.later(c, plan)
}

// The links that a page of a delta ends with.
const (
	nextLink  = "@odata.nextLink"
	deltaLink = "@odata.deltaLink"
)

// first answers with a page of the collection as it is. The position at the
// first page goes along in the links.
func (f followed[T]) first(c *call, plan wire.Plan) error {
	now, err := c.s.engine.Latest(c.ctx, c.who)
	if err != nil {
		return err
	}
	size, err := c.pageSize(false)
	if err != nil {
		return err
	}
	q := query.List{Limit: size}
	if token := c.options.SkipToken; token != "" {
		key, err := odata.DecodeToken(c.s.settings.TokenSecret, c.deltaPrint(), token)
		if err != nil {
			return err
		}
		now.At, _ = key[0].(string)
		q.After = key[1:]
	}
	page, err := f.list(c)(q, plan.Include)
	if err != nil {
		return err
	}
	if page.Next == nil {
		return f.answer(c, plan, page.Rows, nil, deltaLink, c.deltaToken(now.At))
	}
	token := odata.EncodeToken(c.s.settings.TokenSecret, c.deltaPrint(), append([]query.Value{now.At}, page.Next...))
	return f.answer(c, plan, page.Rows, nil, nextLink, c.options.NextQuery(token))
}

// later answers with what has changed.
func (f followed[T]) later(c *call, plan wire.Plan) error {
	since, settled, err := c.deltaSince(c.deltaPrint(), c.options.DeltaToken)
	if err != nil {
		return err
	}
	changes, err := f.since(c, since, plan.Include)
	if err != nil {
		return err
	}
	if settled != "" {
		changes.Settled = settled // as it was when this round began
	}
	if changes.More {
		return f.answer(c, plan, changes.Rows, changes.Gone, nextLink, c.deltaQuery(changes.At, changes.Settled))
	}
	return f.answer(c, plan, changes.Rows, changes.Gone, deltaLink, c.deltaToken(changes.Safe().At))
}

// deltaSince reads the token of a delta link: where in the history to go on
// and, in the midst of a round, what was settled when it began.
func (c *call) deltaSince(print, token string) (since, settled string, err error) {
	key, err := odata.DecodeToken(c.s.settings.TokenSecret, print, token)
	if err != nil {
		return "", "", fault.New(fault.Invalid, "BadRequest", "$deltatoken is not one of ours for this query; follow the delta link as it was given, or begin again without it.").
			At("$deltatoken").With(err)
	}
	const parts = 3
	if len(key) != parts {
		return "", "", fault.New(fault.Invalid, "BadRequest", "$deltatoken is a token of another link; begin again without it.").At("$deltatoken")
	}
	since, _ = key[0].(string)
	settled, _ = key[1].(string)
	issued, _ := key[2].(time.Time)
	if c.s.clock.Now().Sub(issued) > deltaKept {
		return "", "", fault.New(fault.Gone, "resyncRequired", "The delta link is older than 30 days; begin again without it.").At("$deltatoken")
	}
	return since, settled, nil
}

func (f followed[T]) answer(c *call, plan wire.Plan, rows []T, gone []string, link, rest string) error {
	shape := c.shaped(plan.Shape)
	return c.sendJSON(http.StatusOK, func(b []byte) []byte {
		b = append(b, `{"@odata.context":`...)
		b = appendString(b, c.context(strings.TrimSuffix(c.here(), "/delta")+selected(c.options)+"/$delta"))
		b = append(b, `,"`+link+`":`...)
		b = appendString(b, c.base()+c.r.URL.EscapedPath()+"?"+rest)
		b = append(b, `,"value":[`...)
		start := len(b)
		for i := range rows {
			b = comma(b, start)
			b = f.entity.Append(b, &rows[i], &shape)
		}
		for _, id := range gone {
			b = comma(b, start)
			b = append(b, `{"id":`...)
			b = append(appendString(b, id), `,"@removed":{"reason":"deleted"}}`...)
		}
		return append(b, `]}`...)
	})
}

// comma separates the elements of a list that began at start.
func comma(b []byte, start int) []byte {
	if len(b) > start {
		b = append(b, ',')
	}
	return b
}

// deltaPrint ties delta tokens to the collection; no other list takes them.
func (c *call) deltaPrint() string { return "delta " + c.fingerprint() }

// deltaToken is the query of a delta link from a position on.
func (c *call) deltaToken(position string) string { return c.deltaQuery(position, "") }

func (c *call) deltaQuery(position, settled string) string {
	key := []query.Value{position, settled, c.s.clock.Now()}
	return c.options.DeltaQuery(odata.EncodeToken(c.s.settings.TokenSecret, c.deltaPrint(), key))
}
