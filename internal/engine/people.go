package engine

import (
	"context"
	"slices"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/store"
)

// people answers questions about subject sets from the directory as it is
// now. It remembers what it looked up and lives for one transaction.
type people struct {
	r       store.Reader
	objects map[directory.ObjectID]directory.Object
	groups  map[directory.ObjectID][]directory.ObjectID // that somebody is in
	members map[directory.ObjectID][]directory.ObjectID // some, of a group
	crowds  map[string][]directory.ObjectID             // many, of several groups, by what was asked

	homes map[directory.ObjectID]entitlement.Organization // of people from outside; the zero one is not known
}

func newPeople(r store.Reader) *people {
	return &people{
		r:       r,
		objects: map[directory.ObjectID]directory.Object{},
		groups:  map[directory.ObjectID][]directory.ObjectID{},
		members: map[directory.ObjectID][]directory.ObjectID{},
		crowds:  map[string][]directory.ObjectID{},
		homes:   map[directory.ObjectID]entitlement.Organization{},
	}
}

// know hands in an object that was read already.
func (p *people) know(o directory.Object) {
	if o.ID != "" {
		p.objects[o.ID] = o
	}
}

// object returns the object, or one without an id if there is none.
func (p *people) object(ctx context.Context, id directory.ObjectID) (directory.Object, error) {
	if o, ok := p.objects[id]; ok || id == "" {
		return o, nil
	}
	o, err := p.r.Object(ctx, id)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return directory.Object{}, err
	}
	p.objects[id] = o
	return o, nil
}

func (p *people) groupsOf(ctx context.Context, id directory.ObjectID) ([]directory.ObjectID, error) {
	if g, ok := p.groups[id]; ok {
		return g, nil
	}
	g, err := p.r.GroupsOf(ctx, id)
	if err != nil {
		return nil, err
	}
	p.groups[id] = g
	return g, nil
}

// manager returns who manages the person at the level (1 is the direct
// manager), or an object without an id.
func (p *people) manager(ctx context.Context, of directory.ObjectID, level int) (directory.Object, error) {
	o, err := p.object(ctx, of)
	for range max(level, 1) {
		if err != nil || o.User == nil || o.User.ManagerID == "" {
			return directory.Object{}, err
		}
		o, err = p.object(ctx, o.User.ManagerID)
	}
	return o, err
}

// in reports whether the person is in any of the sets, seen from the target
// that the sets are about.
func (p *people) in(ctx context.Context, person directory.ObjectID, sets []entitlement.SubjectSet, target directory.ObjectID) (bool, error) {
	for _, s := range sets {
		ok, err := p.inSet(ctx, person, s, target)
		if ok || err != nil {
			return ok, err
		}
	}
	return false, nil
}

func (p *people) inSet(ctx context.Context, person directory.ObjectID, s entitlement.SubjectSet, target directory.ObjectID) (bool, error) {
	switch s.Kind {
	case entitlement.SetUser, entitlement.SetServicePrincipal:
		return directory.ObjectID(s.ID) == person, nil
	case entitlement.SetGroup:
		groups, err := p.groupsOf(ctx, person)
		return slices.Contains(groups, directory.ObjectID(s.ID)), err
	case entitlement.SetRule:
		return p.matches(ctx, person, s.Rule)
	case entitlement.SetRequestorManager:
		m, err := p.manager(ctx, target, s.ManagerLevel)
		return m.ID != "" && m.ID == person, err
	case entitlement.SetTargetManager:
		for level := 1; level <= max(s.ManagerLevel, 1); level++ {
			m, err := p.manager(ctx, target, level)
			if err != nil || m.ID == "" {
				return false, err
			}
			if m.ID == person {
				return true, nil
			}
		}
	case entitlement.SetTargetSponsors, entitlement.SetInternalSponsors, entitlement.SetExternalSponsors:
		sponsors, err := p.sponsors(ctx, s.Kind, target)
		if err != nil || len(sponsors) == 0 || slices.Contains(sponsors, person) {
			return len(sponsors) > 0 && err == nil, err
		}
		groups, err := p.groupsOf(ctx, person)
		return slices.ContainsFunc(sponsors, func(id directory.ObjectID) bool { return slices.Contains(groups, id) }), err
	}
	return false, nil
}

// matches reports whether a membership rule describes the person. Rules are
// read when policies are written, so one that cannot be read describes nobody.
func (p *people) matches(ctx context.Context, person directory.ObjectID, text string) (bool, error) {
	rule, err := directory.ParseRule(text)
	if err != nil {
		return false, nil
	}
	o, err := p.object(ctx, person)
	if err != nil || o.Deleted() {
		return false, err
	}
	in, err := directGroups(ctx, p.r, []directory.ObjectID{person}, rule.Groups())
	return rule.Match(o, in[person]), err
}

// directGroups returns which of the groups, as far as they are living, each
// of the people is a member of directly, with two statements at most.
func directGroups(ctx context.Context, r store.Reader, people, groups []directory.ObjectID) (map[directory.ObjectID]map[directory.ObjectID]bool, error) {
	in := map[directory.ObjectID]map[directory.ObjectID]bool{}
	if len(groups) == 0 || len(people) == 0 {
		return in, nil
	}
	living, err := r.ObjectsByID(ctx, groups)
	if err != nil {
		return nil, err
	}
	asked := make([]directory.Membership, 0, len(people)*len(groups))
	for _, person := range people {
		in[person] = map[directory.ObjectID]bool{}
		for _, g := range groups {
			if o, ok := living[g]; !ok || o.Deleted() {
				continue
			}
			asked = append(asked, directory.Membership{Group: g, Member: person, Relation: directory.MemberOf})
		}
	}
	found, err := r.HaveMembers(ctx, asked)
	for m := range found {
		in[m.Member][m.Group] = true
	}
	return in, err
}

// individuals hands take the active people whom the sets name one by one,
// until it wants no more, and returns the groups that the sets name.
func (p *people) individuals(ctx context.Context, sets []entitlement.SubjectSet, target directory.ObjectID, take func(directory.ObjectID) (more bool)) (groups []directory.ObjectID, err error) {
	for _, s := range sets {
		if s.Kind == entitlement.SetGroup {
			groups = append(groups, directory.ObjectID(s.ID))
			continue
		}
		candidates, err := p.candidates(ctx, s, target)
		if err != nil {
			return nil, err
		}
		for _, id := range candidates {
			o, err := p.object(ctx, id)
			if err != nil {
				return nil, err
			}
			switch {
			case o.Kind == directory.KindGroup: // sponsors can be
				groups = append(groups, id)
			case o.Kind == directory.KindUser && o.Active() && !take(id):
				return groups, nil
			}
		}
	}
	return groups, nil
}

// anybody reports whether the sets resolve to at least one active person who
// is not barred.
func (p *people) anybody(ctx context.Context, sets []entitlement.SubjectSet, target directory.ObjectID, barred []directory.ObjectID) (bool, error) {
	found := false
	groups, err := p.individuals(ctx, sets, target, func(id directory.ObjectID) bool {
		found = !slices.Contains(barred, id)
		return !found
	})
	if err != nil || found {
		return found, err
	}
	// Groups come last: they cost most.
	for _, g := range groups {
		members, err := p.membersOf(ctx, g)
		if err != nil {
			return false, err
		}
		if slices.ContainsFunc(members, func(id directory.ObjectID) bool { return !slices.Contains(barred, id) }) {
			return true, nil
		}
	}
	return false, nil
}

// candidates returns the people whom a set names one by one, seen from the
// target; a group's are too many for that. Sponsors can be groups too.
func (p *people) candidates(ctx context.Context, s entitlement.SubjectSet, target directory.ObjectID) ([]directory.ObjectID, error) {
	switch s.Kind {
	case entitlement.SetUser:
		return []directory.ObjectID{directory.ObjectID(s.ID)}, nil
	case entitlement.SetRequestorManager:
		m, err := p.manager(ctx, target, s.ManagerLevel)
		if m.ID == "" || err != nil {
			return nil, err
		}
		return []directory.ObjectID{m.ID}, nil
	case entitlement.SetTargetSponsors, entitlement.SetInternalSponsors, entitlement.SetExternalSponsors:
		sponsors, err := p.sponsors(ctx, s.Kind, target)
		if err != nil {
			return nil, err
		}
		return sponsors, p.load(ctx, sponsors)
	}
	return nil, nil
}

// enough is how many members of a group are looked at to find one who may
// act: more than can be barred from a decision.
const enough = 8

// membersOf returns a few of the group's active members, through any number
// of groups.
func (p *people) membersOf(ctx context.Context, group directory.ObjectID) ([]directory.ObjectID, error) {
	if m, ok := p.members[group]; ok {
		return m, nil
	}
	m, err := p.r.MembersOf(ctx, []directory.ObjectID{group}, enough)
	if err != nil {
		return nil, err
	}
	p.members[group] = m
	return m, nil
}

// admits reports whether the policy's scope contains the target.
func (p *people) admits(ctx context.Context, policy entitlement.Policy, target directory.Object) (bool, error) {
	if target.ID == "" {
		return false, nil
	}
	user := target.Kind == directory.KindUser
	switch policy.Scope {
	case entitlement.ScopeSpecificUsers, entitlement.ScopeSpecificPrincipals:
		return p.in(ctx, target.ID, policy.AllowedTargets, target.ID)
	case entitlement.ScopeAllMembers:
		return user && target.User.Type == directory.Member, nil
	case entitlement.ScopeAllUsers:
		return user, nil
	case entitlement.ScopeAllPrincipals:
		return target.Kind == directory.KindServicePrincipal, nil
	}
	return p.admitsExternal(ctx, policy, target)
}

// approves reports whether the person may decide the stage now
// (approvals.md sections 4.2 and 5). Those whom the request is about never
// may.
func (p *people) approves(ctx context.Context, person directory.ObjectID, s entitlement.Stage, r entitlement.Request) (bool, error) {
	barred := barred(r)
	if s.Status != entitlement.StageInProgress || slices.Contains(barred, person) {
		return false, nil
	}
	o, err := p.object(ctx, person)
	if err != nil || !o.Active() {
		return false, err
	}
	if err := p.belongs(ctx, r.Target, r.Organization); err != nil {
		return false, err
	}
	primary, fallback, escalation, escalationFallback := s.Approvers()
	for _, asked := range [][2][]entitlement.SubjectSet{{primary, fallback}, {escalation, escalationFallback}} {
		if ok, err := p.in(ctx, person, asked[0], r.Target); ok || err != nil {
			return ok, err
		}
		ok, err := p.in(ctx, person, asked[1], r.Target)
		if err != nil {
			return false, err
		}
		if ok {
			if some, err := p.anybody(ctx, asked[0], r.Target, barred); !some || err != nil {
				return err == nil, err
			}
		}
	}
	return false, nil
}
