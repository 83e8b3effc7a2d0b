package entitlement

import (
	"slices"

	"github.com/grantkeep/grantkeep/internal/fault"
)

// CheckAutomatic reports whether an automatic policy may stand beside the
// other policies of its package: its targets are given by rules, and there is
// no second one (policies.md section 9). Other policies always may.
func (p Policy) CheckAutomatic(others []Policy) error {
	if p.Automatic == nil {
		return nil
	}
	if p.Scope != ScopeSpecificUsers || slices.ContainsFunc(p.AllowedTargets, func(s SubjectSet) bool { return s.Kind != SetRule }) {
		return fault.New(fault.Invalid, "InvalidPolicyScope",
			"An automatic policy has the scope %s, and its targets are all of the kind %s.", ScopeSpecificUsers, SetRule).At("specificAllowedTargets")
	}
	if slices.ContainsFunc(others, func(o Policy) bool { return o.ID != p.ID && o.Automatic != nil }) {
		return fault.New(fault.Invalid, "DuplicateAutomaticPolicy", "The access package has an automatic policy already.").At("automaticRequestSettings")
	}
	return nil
}
