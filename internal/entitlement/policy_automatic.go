package entitlement

import (
	"slices"
	"time"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/fault"
)

// checkRules reports the first membership rule among the targets that cannot
// be read.
func (p Policy) checkRules() error {
	for _, s := range p.AllowedTargets {
		if s.Kind != SetRule {
			continue
		}
		if _, err := directory.ParseRule(s.Rule); err != nil {
			return fault.Of(err).At("specificAllowedTargets")
		}
	}
	return nil
}

// checkAutomatic wants of an automatic policy that its targets are given by
// rules (policies.md section 9), and that they alone end what it gives. A
// package may have any number of automatic policies.
func (p Policy) checkAutomatic() error {
	if p.Automatic == nil {
		return nil
	}
	if p.Scope != ScopeSpecificUsers || slices.ContainsFunc(p.AllowedTargets, func(s SubjectSet) bool { return s.Kind != SetRule }) {
		return fault.New(fault.Invalid, "InvalidPolicyScope",
			"An automatic policy has the scope %s, and its targets are all of the kind %s.", ScopeSpecificUsers, SetRule).At("specificAllowedTargets")
	}
	if p.Expiration.Type == AfterDateTime || p.Expiration.Type == AfterDuration {
		return fault.New(fault.Invalid, "InvalidExpiration",
			"What an automatic policy gives ends when the rule no longer matches; leave expiration out, or make its type %s.", NoExpiration).At("expiration")
	}
	if p.Automatic.GracePeriod.Length() > maxDays*24*time.Hour {
		return fault.New(fault.Invalid, "InvalidModel", "gracePeriodBeforeAccessRemoval is at most %d days.", maxDays).At("automaticRequestSettings")
	}
	return nil
}
