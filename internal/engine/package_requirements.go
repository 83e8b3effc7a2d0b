package engine

import (
	"context"
	"slices"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

// Requirements tells what asking for a package means, for each of the best
// policies through which the subject may ask (requests.md section 16). An
// empty subject is the caller. Faults: Forbidden for a subject for whom the
// caller may neither ask nor act, NotFound for an unknown package.
func (e *Engine) Requirements(ctx context.Context, who authz.Caller, pkg entitlement.PackageID, subject directory.ObjectID) ([]entitlement.Requirement, error) {
	if subject == "" {
		subject = who.ID()
	}
	return read(ctx, e, who.Tenant, func(r store.Reader) ([]entitlement.Requirement, error) {
		if err := authz.Token(who, authz.DiscoverPackages); err != nil {
			return nil, err
		}
		offer, err := r.Offer(ctx, pkg)
		if err != nil {
			return nil, err
		}
		p := newPeople(r)
		through, err := e.askableBy(ctx, r, p, who, offer, subject)
		if err != nil || !offer.Catalog.Published {
			return nil, err
		}
		standing, err := r.Standing(ctx, subject, pkg)
		if err != nil {
			return nil, err
		}
		if subject == who.ID() {
			standing.Target = e.present(who, standing.Target)
		}
		p.know(standing.Target)
		if standing.Target.External() && !offer.Catalog.ExternallyVisible {
			return nil, nil
		}
		var fitting []entitlement.Policy
		for _, policy := range through {
			in, err := p.admits(ctx, policy, standing.Target)
			if err != nil {
				return nil, err
			}
			if in {
				fitting = append(fitting, policy.Asking(offer.Package, offer.Asking, standing.Target))
			}
		}
		var requirements []entitlement.Requirement
		best := entitlement.Best(fitting)
		given, err := answersGiven(ctx, r, best, standing)
		if err != nil {
			return nil, err
		}
		for _, policy := range best {
			requirements = append(requirements, policy.Requirement(given[policy.ID], e.clock.Now()))
		}
		return requirements, nil
	})
}

// RequirementsByName is Requirements for the package with the unique name.
func (e *Engine) RequirementsByName(ctx context.Context, who authz.Caller, name string, subject directory.ObjectID) ([]entitlement.Requirement, error) {
	id, err := read(ctx, e, who.Tenant, func(r store.Reader) (entitlement.PackageID, error) {
		if err := authz.Token(who, authz.DiscoverPackages); err != nil {
			return "", err
		}
		page, err := r.Packages(ctx, query.List{Where: query.Compare{Field: "uniqueName", Value: name, Fold: true}, Limit: 1})
		if err == nil && len(page.Rows) == 0 {
			err = fault.New(fault.NotFound, "ResourceNotFound", "There is no access package with this unique name.")
		}
		if err != nil {
			return "", err
		}
		return page.Rows[0].ID, nil
	})
	if err != nil {
		return nil, err
	}
	return e.Requirements(ctx, who, id, subject)
}

// askableBy returns the policies through which the caller may ask for the
// subject, whoever their scopes contain. Somebody else's are shown to those
// whom a policy names as requestors for others, and to those who may assign
// the package directly (permissions.md section 5).
func (e *Engine) askableBy(ctx context.Context, r store.Reader, p *people, who authz.Caller, offer store.Offer, subject directory.ObjectID) ([]entitlement.Policy, error) {
	var own, behalf []entitlement.Policy
	for _, policy := range offer.Policies {
		if policy.TakesRequests(false) {
			own = append(own, policy)
		}
		if subject == who.ID() || !policy.TakesRequests(true) {
			continue
		}
		named, err := p.in(ctx, who.ID(), policy.Requestor.OnBehalfRequestors, subject)
		if err != nil {
			return nil, err
		}
		if named {
			behalf = append(behalf, policy)
		}
	}
	if subject == who.ID() {
		return own, nil
	}
	if len(behalf) > 0 {
		return behalf, nil
	}
	if reach, err := e.reach(ctx, r, who, authz.ReadRequirements); err == nil && reach.Covers(offer.Catalog.ID) {
		return own, nil
	}
	return nil, authz.Denied(authz.DiscoverPackages, "the caller may neither ask for this person nor assign the access packages of the catalog")
}

// answersGiven returns, for each of the policies through which the subject has
// the package, the answers of the last request that changed the assignment.
func answersGiven(ctx context.Context, r store.Reader, policies []entitlement.Policy, standing store.Standing) (map[entitlement.PolicyID][]entitlement.Answer, error) {
	given := map[entitlement.PolicyID][]entitlement.Answer{}
	through := map[entitlement.AssignmentID]entitlement.PolicyID{}
	in := query.In{Field: "assignment"}
	for _, a := range standing.Active {
		asks := func(p entitlement.Policy) bool { return p.ID == a.Policy && len(p.Questions) > 0 }
		if slices.ContainsFunc(policies, asks) {
			through[a.ID] = a.Policy
			in.Values = append(in.Values, string(a.ID))
		}
	}
	if len(through) == 0 {
		return given, nil
	}
	page, err := r.Requests(ctx, query.List{
		Where: query.AllOf(equal("target", standing.Target.ID), in, carriedOut(),
			query.Compare{Field: "kind", Op: query.Ne, Value: string(entitlement.SystemUpdate)}),
		Order: []query.Order{{Field: "createdAt"}}, Limit: manyRows,
	})
	for _, q := range page.Rows { // the last one counts
		given[through[q.Assignment]] = q.Answers
	}
	return given, err
}

// carriedOut is the condition that delivery of a request was tried to its
// end, however it went.
func carriedOut() query.Expr {
	return query.In{Field: "status", Values: []query.Value{
		string(entitlement.Delivered), string(entitlement.DeliveredTold), string(entitlement.PartiallyDelivered), string(entitlement.DeliveryFailed),
	}}
}
