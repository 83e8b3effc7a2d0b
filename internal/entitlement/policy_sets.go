package entitlement

import (
	"slices"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/fault"
)

// WithSets returns a copy of the policy that shares nothing with it, with
// every subject set replaced by what f makes of it.
func (p Policy) WithSets(f func(SubjectSet) SubjectSet) Policy {
	replace := func(sets *[]SubjectSet) {
		*sets = slices.Clone(*sets)
		for i, s := range *sets {
			(*sets)[i] = f(s)
		}
	}
	replace(&p.AllowedTargets)
	replace(&p.Requestor.OnBehalfRequestors)
	p.Approval.Stages = slices.Clone(p.Approval.Stages)
	for i := range p.Approval.Stages {
		s := &p.Approval.Stages[i]
		for _, sets := range []*[]SubjectSet{&s.Primary, &s.FallbackPrimary, &s.Escalation, &s.FallbackEscalate} {
			replace(sets)
		}
	}
	if p.Review != nil {
		r := *p.Review
		replace(&r.Primary)
		replace(&r.Fallback)
		p.Review = &r
	}
	if p.Automatic != nil {
		a := *p.Automatic
		p.Automatic = &a
	}
	if p.Emergency != nil {
		x := *p.Emergency
		replace(&x.Reviewers)
		p.Emergency = &x
	}
	p.Questions = slices.Clone(p.Questions)
	p.ExtensionStages = slices.Clone(p.ExtensionStages)
	p.VerifiedCredentials = slices.Clone(p.VerifiedCredentials)
	return p
}

// setKinds says what kind of object the sets that name one name.
var setKinds = map[SubjectSetKind]directory.ObjectKind{
	SetUser:             directory.KindUser,
	SetGroup:            directory.KindGroup,
	SetServicePrincipal: directory.KindServicePrincipal,
}

// Subjects returns the directory objects that the policy names, each once.
func (p Policy) Subjects() []directory.ObjectID {
	var ids []directory.ObjectID
	p.WithSets(func(s SubjectSet) SubjectSet {
		if _, ok := setKinds[s.Kind]; ok && !slices.Contains(ids, directory.ObjectID(s.ID)) {
			ids = append(ids, directory.ObjectID(s.ID))
		}
		return s
	})
	return ids
}

// Organizations returns the connected organizations that the policy names,
// each once.
func (p Policy) Organizations() []OrgID {
	var ids []OrgID
	for _, s := range p.AllowedTargets {
		if s.Kind == SetOrg && !slices.Contains(ids, OrgID(s.ID)) {
			ids = append(ids, OrgID(s.ID))
		}
	}
	return ids
}

// CheckOrganizations reports the first connected organization that the policy
// names and that does not exist, as a fault.Invalid "SubjectNotFound".
func (p Policy) CheckOrganizations(found map[OrgID]Organization) error {
	for _, id := range p.Organizations() {
		if _, ok := found[id]; !ok {
			return fault.New(fault.Invalid, "SubjectNotFound", "There is no connected organization %q, which a %s names.", id, SetOrg).
				At("specificAllowedTargets")
		}
	}
	return nil
}

// CheckSubjects reports the first object that the policy names and that does
// not exist, as a fault.Invalid "SubjectNotFound". What the policy named
// before may be gone by now: that is no reason to refuse an edit.
func (p Policy) CheckSubjects(before Policy, found map[directory.ObjectID]directory.Object) error {
	known := before.Subjects()
	var err error
	p.WithSets(func(s SubjectSet) SubjectSet {
		kind, names := setKinds[s.Kind]
		id := directory.ObjectID(s.ID)
		if o := found[id]; err == nil && names && !slices.Contains(known, id) && (o.Kind != kind || o.Deleted()) {
			err = fault.New(fault.Invalid, "SubjectNotFound", "The directory holds no %s %q, which a %s names.", kind, s.ID, s.Kind)
		}
		return s
	})
	return err
}

// Described returns the policy with the display names of what its sets name,
// for people to read. A name that is unknown is left empty.
func (p Policy) Described(found map[directory.ObjectID]directory.Object) Policy {
	return p.WithSets(func(s SubjectSet) SubjectSet {
		if _, ok := setKinds[s.Kind]; ok || s.Kind == SetOrg {
			s.Description = found[directory.ObjectID(s.ID)].DisplayName
		}
		return s
	})
}

// WithOrganizations is Described for the connected organizations.
func (p Policy) WithOrganizations(found map[OrgID]Organization) Policy {
	return p.WithSets(func(s SubjectSet) SubjectSet {
		if s.Kind == SetOrg {
			s.Description = found[OrgID(s.ID)].DisplayName
		}
		return s
	})
}
