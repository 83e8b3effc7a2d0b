package entitlement

import "slices"

// Anybody stands in the audience of a policy whose people cannot be told by
// their ids.
const Anybody = "*"

// Audience returns for whom the policy may be who ask for themselves: the ids
// of objects, or Anybody. It may name too many people, never too few, and
// nobody if the policy takes no requests.
func (p Policy) Audience() []string {
	if !p.TakesRequests(false) || p.Scope == ScopeNobody {
		return nil
	}
	if p.Scope != ScopeSpecificUsers && p.Scope != ScopeSpecificPrincipals {
		return []string{Anybody}
	}
	var ids []string
	for _, s := range p.AllowedTargets {
		switch s.Kind {
		case SetUser, SetServicePrincipal, SetGroup:
			if !slices.Contains(ids, s.ID) {
				ids = append(ids, s.ID)
			}
		default:
			return []string{Anybody}
		}
	}
	return ids
}
