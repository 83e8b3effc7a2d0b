package sqlstore

import (
	"slices"
	"sync"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
)

// cacheKey names one version of one object, which never changes.
type cacheKey struct {
	tenant  int64
	version int64
	table   string
	id      string
}

// generation is how many objects enter the cache before the older half of
// it is given up.
const generation = 6000

// decoded keeps objects that were decoded from their JSON, so that a page
// or a submission does not decode the same policy again. Nothing needs to be
// invalidated, because the key holds the version. It keeps two generations:
// what is used moves to the young one, and the old one is dropped as a whole.
type decoded struct {
	mu         sync.Mutex
	young, old map[cacheKey]any
}

func (c *decoded) get(k cacheKey) (any, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if v, ok := c.young[k]; ok {
		return v, true
	}
	v, ok := c.old[k]
	if ok {
		c.add(k, v)
	}
	return v, ok
}

func (c *decoded) put(k cacheKey, v any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.add(k, v)
}

func (c *decoded) add(k cacheKey, v any) {
	if c.young == nil || len(c.young) >= generation {
		c.old, c.young = c.young, make(map[cacheKey]any)
	}
	c.young[k] = v
}

// clear forgets everything.
func (c *decoded) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.young, c.old = nil, nil
}

// The clone functions copy what a caller could change in place: use cases
// edit what they read.

func cloneResource(r entitlement.Resource) entitlement.Resource {
	r.Roles, r.Scopes, r.Attributes = slices.Clone(r.Roles), slices.Clone(r.Scopes), slices.Clone(r.Attributes)
	return r
}

func clonePackage(p entitlement.Package) entitlement.Package {
	p.RoleScopes = slices.Clone(p.RoleScopes)
	p.Incompatible = slices.Clone(p.Incompatible)
	p.IncompatibleGroup = slices.Clone(p.IncompatibleGroup)
	return p
}

func clonePolicy(p entitlement.Policy) entitlement.Policy {
	p.AllowedTargets = slices.Clone(p.AllowedTargets)
	p.Requestor.OnBehalfRequestors = slices.Clone(p.Requestor.OnBehalfRequestors)
	p.Approval.Stages = slices.Clone(p.Approval.Stages)
	for i := range p.Approval.Stages {
		s := &p.Approval.Stages[i]
		s.Primary, s.FallbackPrimary = slices.Clone(s.Primary), slices.Clone(s.FallbackPrimary)
		s.Escalation, s.FallbackEscalate = slices.Clone(s.Escalation), slices.Clone(s.FallbackEscalate)
	}
	p.Questions = slices.Clone(p.Questions)
	for i := range p.Questions {
		q := &p.Questions[i]
		q.Text.Translations = slices.Clone(q.Text.Translations)
		q.Choices = slices.Clone(q.Choices)
		for j := range q.Choices {
			q.Choices[j].Text.Translations = slices.Clone(q.Choices[j].Text.Translations)
		}
	}
	if p.Review != nil {
		review := *p.Review
		review.Primary, review.Fallback = slices.Clone(review.Primary), slices.Clone(review.Fallback)
		if review.Recurrence != nil {
			again := *review.Recurrence
			again.DaysOfWeek = slices.Clone(again.DaysOfWeek)
			review.Recurrence = &again
		}
		p.Review = &review
	}
	if p.Automatic != nil {
		automatic := *p.Automatic
		p.Automatic = &automatic
	}
	p.ExtensionStages = slices.Clone(p.ExtensionStages)
	p.VerifiedCredentials = slices.Clone(p.VerifiedCredentials)
	for i := range p.VerifiedCredentials {
		p.VerifiedCredentials[i].Issuers = slices.Clone(p.VerifiedCredentials[i].Issuers)
	}
	return p
}

func cloneOrganization(o entitlement.Organization) entitlement.Organization {
	o.Sources, o.Domains = slices.Clone(o.Sources), slices.Clone(o.Domains)
	o.InternalSponsors, o.ExternalSponsors = slices.Clone(o.InternalSponsors), slices.Clone(o.ExternalSponsors)
	return o
}

func cloneSettings(s entitlement.TenantSettings) entitlement.TenantSettings {
	if s.EndUser != nil {
		own := *s.EndUser
		s.EndUser = &own
	}
	s.Risks = slices.Clone(s.Risks)
	return s
}

func cloneObject(o directory.Object) directory.Object {
	if o.User != nil {
		u := *o.User
		u.BusinessPhones, u.OtherMails = slices.Clone(u.BusinessPhones), slices.Clone(u.OtherMails)
		u.SponsorIDs, u.ProxyAddresses = slices.Clone(u.SponsorIDs), slices.Clone(u.ProxyAddresses)
		u.Identities = slices.Clone(u.Identities)
		if u.ShowInAddressList != nil {
			show := *u.ShowInAddressList
			u.ShowInAddressList = &show
		}
		o.User = &u
	}
	if o.Group != nil {
		g := *o.Group
		g.Types = slices.Clone(g.Types)
		o.Group = &g
	}
	if o.App != nil {
		a := *o.App
		a.Roles, a.Scopes = cloneRoles(a.Roles), cloneRoles(a.Scopes)
		a.Tags, a.IdentifierURIs = slices.Clone(a.Tags), slices.Clone(a.IdentifierURIs)
		o.App = &a
	}
	return o
}

func cloneRoles(roles []directory.AppRole) []directory.AppRole {
	roles = slices.Clone(roles)
	for i := range roles {
		roles[i].AllowedMemberTypes = slices.Clone(roles[i].AllowedMemberTypes)
	}
	return roles
}
