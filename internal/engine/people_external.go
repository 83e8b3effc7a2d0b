package engine

import (
	"context"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
)

// load reads the objects that are not known yet, all at once.
func (p *people) load(ctx context.Context, ids []directory.ObjectID) error {
	var unknown []directory.ObjectID
	for _, id := range ids {
		if _, ok := p.objects[id]; !ok && id != "" {
			unknown = append(unknown, id)
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	found, err := p.r.ObjectsByID(ctx, unknown)
	if err != nil {
		return err
	}
	for _, id := range unknown {
		p.objects[id] = found[id]
	}
	return nil
}

// organizationOf returns the connected organization of somebody from outside;
// the zero one if none is known.
func (p *people) organizationOf(ctx context.Context, person directory.Object) (entitlement.Organization, error) {
	if o, ok := p.homes[person.ID]; ok {
		return o, nil
	}
	found, err := organizationsOf(ctx, p.r, []directory.Object{person})
	if err != nil {
		return entitlement.Organization{}, err
	}
	p.homes[person.ID] = found[person.ID]
	return found[person.ID], nil
}

// belongs says to which organization somebody from outside belonged when a
// request was made. That stays, whatever becomes of organizations meanwhile.
func (p *people) belongs(ctx context.Context, person directory.ObjectID, id entitlement.OrgID) error {
	if p.homes[person].ID == id && id != "" {
		return nil
	}
	if id == "" {
		p.homes[person] = entitlement.Organization{}
		return nil
	}
	for _, known := range p.homes {
		if known.ID == id {
			p.homes[person] = known
			return nil
		}
	}
	found, err := p.r.OrganizationsByID(ctx, []entitlement.OrgID{id})
	p.homes[person] = found[id]
	return err
}

// expect reads at once what approves will ask about many requests.
func (p *people) expect(ctx context.Context, requests map[entitlement.RequestID]entitlement.Request) error {
	var targets []directory.ObjectID
	var organizations []entitlement.OrgID
	for _, r := range requests {
		targets = append(targets, r.Target)
		if r.Organization != "" {
			organizations = append(organizations, r.Organization)
		}
	}
	if err := p.load(ctx, targets); err != nil || len(organizations) == 0 {
		return err
	}
	found, err := p.r.OrganizationsByID(ctx, organizations)
	for _, r := range requests {
		p.homes[r.Target] = found[r.Organization]
	}
	return err
}

// sponsors returns who sponsors the target, or the target's organization:
// users and groups.
func (p *people) sponsors(ctx context.Context, kind entitlement.SponsorKind, target directory.ObjectID) ([]directory.ObjectID, error) {
	t, err := p.object(ctx, target)
	if err != nil || t.User == nil {
		return nil, err
	}
	if kind == entitlement.SetTargetSponsors {
		return t.User.SponsorIDs, nil
	}
	o, err := p.organizationOf(ctx, t)
	return *o.Sponsors(kind), err
}

// admitsExternal is admits for the scopes that are about people from outside.
func (p *people) admitsExternal(ctx context.Context, policy entitlement.Policy, target directory.Object) (bool, error) {
	if !policy.Scope.External() || !target.External() {
		return false, nil
	}
	if policy.AdmitsExternal(entitlement.Organization{}) {
		return true, nil
	}
	o, err := p.organizationOf(ctx, target)
	return policy.AdmitsExternal(o), err
}

// knownOrganization is the organization that a request of the target through
// the policy keeps: none, unless it matters.
func (p *people) knownOrganization(ctx context.Context, policy entitlement.Policy, target directory.Object) (entitlement.OrgID, error) {
	if !target.External() || !policy.Scope.External() && !policy.AsksSponsors() {
		return "", nil
	}
	o, err := p.organizationOf(ctx, target)
	return o.ID, err
}
