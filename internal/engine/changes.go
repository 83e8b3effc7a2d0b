package engine

import (
	"context"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

// Changes is what has become of a collection since some position in the
// history: each object that changed, as it is now, and the ids of those that
// are gone.
type Changes[T any] struct {
	Rows []T
	Gone []string
	store.Changed
}

// changesAtOnce is how many audit records are looked through for one page.
const changesAtOnce = 500

// Latest returns the position in the history from which a list that is read
// later can be kept up to date. Faults: as RequestChanges.
func (e *Engine) Latest(ctx context.Context, who authz.Caller) (store.Position, error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) (store.Position, error) {
		if err := e.mayFollow(ctx, r, who); err != nil {
			return store.Position{}, err
		}
		return r.Latest(ctx)
	})
}

// RequestChanges returns what has become of the requests since a position. It
// is for those who read the requests of every catalog, for an object that is
// gone has no catalog any more. Faults: Forbidden.
func (e *Engine) RequestChanges(ctx context.Context, who authz.Caller, since string, inc entitlement.Include) (Changes[entitlement.RequestView], error) {
	return changes(ctx, e, who, audit.KindRequest, since, func(r store.Reader, q query.List) ([]entitlement.RequestView, error) {
		page, err := listRequests(ctx, r, who.Tenant, q, nil, inc)
		return page.Rows, err
	}, func(v entitlement.RequestView) string { return string(v.ID) })
}

// AssignmentChanges is RequestChanges for assignments.
func (e *Engine) AssignmentChanges(ctx context.Context, who authz.Caller, since string, inc entitlement.Include) (Changes[entitlement.AssignmentView], error) {
	return changes(ctx, e, who, audit.KindAssignment, since, func(r store.Reader, q query.List) ([]entitlement.AssignmentView, error) {
		page, err := listAssignments(ctx, r, who.Tenant, q, nil, inc)
		return page.Rows, err
	}, func(v entitlement.AssignmentView) string { return string(v.ID) })
}

func changes[T any](ctx context.Context, e *Engine, who authz.Caller, kind audit.ObjectKind, since string,
	load func(store.Reader, query.List) ([]T, error), id func(T) string,
) (Changes[T], error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) (Changes[T], error) {
		if err := e.mayFollow(ctx, r, who); err != nil {
			return Changes[T]{}, err
		}
		changed, err := r.Changed(ctx, kind, since, changesAtOnce)
		if err != nil || len(changed.IDs) == 0 {
			return Changes[T]{Changed: changed}, err
		}
		in, missing := query.In{Field: "id"}, map[string]bool{}
		for _, id := range changed.IDs {
			in.Values = append(in.Values, id)
			missing[id] = true
		}
		c := Changes[T]{Changed: changed}
		if c.Rows, err = load(r, query.List{Where: in, Limit: len(changed.IDs)}); err != nil {
			return c, err
		}
		for _, row := range c.Rows {
			delete(missing, id(row))
		}
		for _, id := range changed.IDs {
			if missing[id] {
				c.Gone = append(c.Gone, id)
			}
		}
		return c, nil
	})
}

func (e *Engine) mayFollow(ctx context.Context, r store.Reader, who authz.Caller) error {
	reach, err := e.listReach(ctx, r, who, authz.ReadRequests)
	if err == nil && !reach.Everywhere {
		err = authz.Denied(authz.ReadRequests, "following changes needs a role on the whole tenant; list the catalogs of yours instead")
	}
	return err
}
