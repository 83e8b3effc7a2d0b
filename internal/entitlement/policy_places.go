package entitlement

import (
	"fmt"
	"slices"

	"github.com/grantkeep/grantkeep/internal/fault"
)

// place is where subject sets stand in a policy, with the kinds that mean
// something there (policies.md section 12).
type place struct {
	member string // as clients know it
	role   string // what a set would be there, for people
	kinds  []SubjectSetKind
}

var (
	approverPlace = place{"requestApprovalSettings", "an approver", []SubjectSetKind{
		SetUser, SetGroup, SetServicePrincipal, SetRequestorManager, SetInternalSponsors, SetExternalSponsors, SetTargetSponsors, SetAgentSponsors,
	}}
	reviewerPlace = place{"reviewSettings", "a reviewer", []SubjectSetKind{SetUser, SetGroup, SetServicePrincipal, SetRequestorManager}}
	onBehalfPlace = place{"requestorSettings", "a requestor for others", []SubjectSetKind{SetUser, SetGroup, SetTargetManager, SetAppOwners}}
)

// targetSets lists, for each scope that names people, the sets that may
// name them. Scopes that are not here take no list.
var targetSets = map[TargetScope][]SubjectSetKind{
	ScopeSpecificUsers:      {SetUser, SetGroup, SetRule},
	ScopeSpecificOrgs:       {SetOrg},
	ScopeSpecificPrincipals: {SetServicePrincipal},
}

// managerLevels is how far up the managers a set may reach.
var managerLevels = map[SubjectSetKind]int{SetRequestorManager: 2, SetTargetManager: 4}

func invalidScope(member, format string, args ...any) error {
	return fault.New(fault.Invalid, "InvalidPolicyScope", format, args...).At(member)
}

func (p Policy) checkScope() error {
	const member = "specificAllowedTargets"
	kinds, named := targetSets[p.Scope]
	if !named && len(p.AllowedTargets) > 0 {
		return invalidScope(member, "The scope %s takes no list of targets.", p.Scope)
	}
	if named && len(p.AllowedTargets) == 0 {
		return invalidScope(member, "The scope %s needs at least one target.", p.Scope)
	}
	return place{member, fmt.Sprintf("a target of the scope %s", p.Scope), kinds}.check(p.AllowedTargets)
}

// checkPlaces reports the first set that stands where it means nothing.
func (p Policy) checkPlaces() error {
	if err := onBehalfPlace.check(p.Requestor.OnBehalfRequestors); err != nil {
		return err
	}
	for _, s := range p.Approval.Stages {
		if err := approverPlace.check(slices.Concat(s.Primary, s.FallbackPrimary, s.Escalation, s.FallbackEscalate)); err != nil {
			return err
		}
	}
	if p.Review == nil {
		return nil
	}
	return reviewerPlace.check(slices.Concat(p.Review.Primary, p.Review.Fallback))
}

func (at place) check(sets []SubjectSet) error {
	for _, s := range sets {
		if !slices.Contains(at.kinds, s.Kind) {
			return invalidScope(at.member, "A %s cannot be %s; these can: %s.", s.Kind, at.role, sentenceList(kindNames(at.kinds), "and"))
		}
		if highest, manages := managerLevels[s.Kind]; manages && (s.ManagerLevel < 1 || s.ManagerLevel > highest) {
			return invalidScope(at.member, "The managerLevel of a %s is between 1 and %d, not %d.", s.Kind, highest, s.ManagerLevel)
		}
	}
	return nil
}

func kindNames(kinds []SubjectSetKind) []string {
	words := make([]string, len(kinds))
	for i, k := range kinds {
		words[i] = string(k)
	}
	return words
}

// withLevels fills in the direct manager where a set of managers does not
// say how far up it reaches.
func (p Policy) withLevels() Policy {
	return p.WithSets(func(s SubjectSet) SubjectSet {
		if _, manages := managerLevels[s.Kind]; manages && s.ManagerLevel == 0 {
			s.ManagerLevel = 1
		}
		return s
	})
}
