package engine

import (
	"context"
	"slices"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

// Grants lists the resource roles that people have, are to have, or had,
// through assignments that the caller may read: one row for each subject and
// role (requests.md section 18).
func (e *Engine) Grants(ctx context.Context, who authz.Caller, q query.List, inc entitlement.Include) (query.Page[entitlement.GrantView], error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) (query.Page[entitlement.GrantView], error) {
		reach, err := e.listReach(ctx, r, who, authz.ReadRequests)
		if err != nil {
			return query.Page[entitlement.GrantView]{}, err
		}
		return e.listGrants(ctx, r, who, q, reach, inc)
	})
}

// MyGrants lists the caller's own resource roles.
func (e *Engine) MyGrants(ctx context.Context, who authz.Caller, q query.List, inc entitlement.Include) (query.Page[entitlement.GrantView], error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) (query.Page[entitlement.GrantView], error) {
		if err := authz.Token(who, authz.ReadOwnRequests); err != nil {
			return query.Page[entitlement.GrantView]{}, err
		}
		q.Where = query.AllOf(q.Where, equal("subject", who.ID()))
		return e.listGrants(ctx, r, who, q, authz.Reach{Everywhere: true}, inc)
	})
}

// GrantsOf lists the resource roles that an assignment gives, or gave if it
// has ended, for those who may read it.
func (e *Engine) GrantsOf(ctx context.Context, who authz.Caller, id entitlement.AssignmentID, q query.List, inc entitlement.Include) (query.Page[entitlement.GrantView], error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) (query.Page[entitlement.GrantView], error) {
		a, err := e.readableAssignment(ctx, r, who, id)
		if err != nil {
			return query.Page[entitlement.GrantView]{}, err
		}
		sources, err := r.SourcesByAssignment(ctx, []entitlement.AssignmentID{id})
		if err != nil {
			return query.Page[entitlement.GrantView]{}, err
		}
		in := query.In{Field: "id"}
		for _, s := range sources {
			if s.To.IsZero() || !a.Active() {
				in.Values = append(in.Values, string(s.Grant))
			}
		}
		q.Where = query.AllOf(q.Where, in)
		return e.listGrants(ctx, r, who, q, authz.Reach{Everywhere: true}, inc)
	})
}

func (e *Engine) listGrants(ctx context.Context, r store.Reader, who authz.Caller, q query.List, reach authz.Reach, inc entitlement.Include) (query.Page[entitlement.GrantView], error) {
	within := reach.Catalogs
	if reach.Everywhere {
		within = nil
	}
	page, err := r.Grants(ctx, q, within)
	if err != nil {
		return query.Page[entitlement.GrantView]{}, err
	}
	views := make([]entitlement.GrantView, len(page.Rows))
	for i, g := range page.Rows {
		views[i].Grant = g
	}
	err = loader{r, who.Tenant}.grants(ctx, views, inc)
	return query.Page[entitlement.GrantView]{Rows: views, Next: page.Next, Count: page.Count}, err
}

// Grant returns one resource role of somebody: to those who may read an
// assignment that gives it, and to whoever has it.
func (e *Engine) Grant(ctx context.Context, who authz.Caller, id entitlement.GrantID, inc entitlement.Include) (entitlement.GrantView, error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) (entitlement.GrantView, error) {
		found, err := r.GrantsByID(ctx, []entitlement.GrantID{id})
		if err != nil {
			return entitlement.GrantView{}, err
		}
		g, ok := found[id]
		own := ok && g.Subject == who.ID() && authz.Token(who, authz.ReadOwnRequests) == nil
		if !own {
			if err := e.mayReadGrant(ctx, r, who, id, ok); err != nil {
				return entitlement.GrantView{}, err
			}
		}
		views := []entitlement.GrantView{{Grant: g}}
		err = loader{r, who.Tenant}.grants(ctx, views, inc)
		return views[0], err
	})
}

func (e *Engine) mayReadGrant(ctx context.Context, r store.Reader, who authz.Caller, id entitlement.GrantID, exists bool) error {
	reach, err := e.reach(ctx, r, who, authz.ReadRequests)
	if err != nil {
		return err
	}
	if !exists {
		return reach.Missing(fault.New(fault.NotFound, "ResourceNotFound", "The assigned resource role %s does not exist.", id))
	}
	if reach.Everywhere {
		return nil
	}
	sources, err := r.SourcesByGrant(ctx, []entitlement.GrantID{id})
	if err != nil {
		return err
	}
	ids := distinct(sources, func(s *entitlement.GrantSource) entitlement.AssignmentID { return s.Assignment })
	page, err := r.Assignments(ctx, byIDs(ids))
	if err != nil {
		return err
	}
	if slices.ContainsFunc(page.Rows, func(a entitlement.Assignment) bool { return reach.Covers(a.Catalog) }) {
		return nil
	}
	return reach.Refusal()
}
