package engine

import (
	"context"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

// reachOrganizations checks that the caller may do something with connected
// organizations. They belong to no catalog, so a role on any will do.
func (e *Engine) reachOrganizations(ctx context.Context, r store.Reader, who authz.Caller, a authz.Action) error {
	_, err := e.listReach(ctx, r, who, a)
	return err
}

// Organization returns one connected organization. Faults: Forbidden,
// NotFound.
func (e *Engine) Organization(ctx context.Context, who authz.Caller, id entitlement.OrgID, inc entitlement.Include) (entitlement.OrganizationView, error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) (entitlement.OrganizationView, error) {
		none := entitlement.OrganizationView{}
		if err := e.reachOrganizations(ctx, r, who, authz.ReadOrganizations); err != nil {
			return none, err
		}
		o, err := r.Organization(ctx, id)
		if err != nil {
			return none, err
		}
		views := []entitlement.OrganizationView{{Organization: o}}
		err = loader{r, who.Tenant}.organizations(ctx, views, inc)
		return views[0], err
	})
}

// Organizations lists connected organizations. Faults: Forbidden.
func (e *Engine) Organizations(ctx context.Context, who authz.Caller, q query.List, inc entitlement.Include) (query.Page[entitlement.OrganizationView], error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) (query.Page[entitlement.OrganizationView], error) {
		none := query.Page[entitlement.OrganizationView]{}
		if err := e.reachOrganizations(ctx, r, who, authz.ReadOrganizations); err != nil {
			return none, err
		}
		page, err := r.Organizations(ctx, q)
		if err != nil {
			return none, err
		}
		views := make([]entitlement.OrganizationView, len(page.Rows))
		for i := range page.Rows {
			views[i].Organization = page.Rows[i]
		}
		err = loader{r, who.Tenant}.organizations(ctx, views, inc)
		return query.Page[entitlement.OrganizationView]{Rows: views, Next: page.Next, Count: page.Count}, err
	})
}

// organizations loads the sponsors of both kinds, with one statement.
func (l loader) organizations(ctx context.Context, views []entitlement.OrganizationView, inc entitlement.Include) error {
	var ids []directory.ObjectID
	for _, v := range views {
		if inc.Has("internalSponsors") {
			ids = append(ids, v.InternalSponsors...)
		}
		if inc.Has("externalSponsors") {
			ids = append(ids, v.ExternalSponsors...)
		}
	}
	found := map[directory.ObjectID]directory.Object{}
	if len(ids) > 0 {
		var err error
		if found, err = l.r.ObjectsByID(ctx, ids); err != nil {
			return err
		}
	}
	for i := range views {
		views[i].Internal = livingAmong(found, views[i].InternalSponsors)
		views[i].External = livingAmong(found, views[i].ExternalSponsors)
	}
	return nil
}

// describeOrganizations is describe for connected organizations.
func (l loader) describeOrganizations(ctx context.Context, views []entitlement.PolicyView) error {
	var ids []entitlement.OrgID
	for _, v := range views {
		ids = append(ids, v.Organizations()...)
	}
	if len(ids) == 0 {
		return nil
	}
	found, err := l.r.OrganizationsByID(ctx, ids)
	if err != nil {
		return err
	}
	for i := range views {
		views[i].Policy = views[i].WithOrganizations(found)
	}
	return nil
}

// livingAmong returns the objects with the ids, in their order, that are
// there and not deleted.
func livingAmong(found map[directory.ObjectID]directory.Object, ids []directory.ObjectID) []directory.Object {
	all := make([]directory.Object, 0, len(ids))
	for _, id := range ids {
		if o, ok := found[id]; ok && !o.Deleted() {
			all = append(all, o)
		}
	}
	return all
}
