package engine

import (
	"context"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
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
		p.know(standing.Target)
		var fitting []entitlement.Policy
		for _, policy := range through {
			in, err := p.admits(ctx, policy, standing.Target)
			if err != nil {
				return nil, err
			}
			if in {
				fitting = append(fitting, policy)
			}
		}
		var requirements []entitlement.Requirement
		for _, policy := range entitlement.Best(fitting) {
			given, err := answersGiven(ctx, r, policy, standing.Active)
			if err != nil {
				return nil, err
			}
			requirements = append(requirements, policy.Requirement(given))
		}
		return requirements, nil
	})
}

// askableBy returns the policies through which the caller may ask for the
// subject, whoever their scopes contain. Somebody else's are shown to those
// whom a policy names as requestors for others, and to those who may read the
// requests of the catalog.
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
	if reach, err := e.reach(ctx, r, who, authz.ReadRequests); err == nil && reach.Covers(offer.Catalog.ID) {
		return own, nil
	}
	return nil, authz.Denied(authz.DiscoverPackages, "the caller may neither ask for this person nor read the requests of the catalog")
}

// answersGiven returns the answers of the last request that changed the
// assignment the subject has through the policy.
func answersGiven(ctx context.Context, r store.Reader, policy entitlement.Policy, active []entitlement.Assignment) ([]entitlement.Answer, error) {
	for _, a := range active {
		if a.Policy != policy.ID {
			continue
		}
		page, err := r.Requests(ctx, query.List{
			Where: query.AllOf(equal("target", a.Target), equal("assignment", a.ID), carriedOut()),
			Order: []query.Order{{Field: "createdAt", Desc: true}}, Limit: 1,
		})
		if err != nil || len(page.Rows) == 0 {
			return nil, err
		}
		return page.Rows[0].Answers, nil
	}
	return nil, nil
}

// carriedOut is the condition that delivery of a request was tried to its
// end, however it went.
func carriedOut() query.Expr {
	return query.In{Field: "status", Values: []query.Value{
		string(entitlement.Delivered), string(entitlement.PartiallyDelivered), string(entitlement.DeliveryFailed),
	}}
}
