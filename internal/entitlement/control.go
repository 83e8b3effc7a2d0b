package entitlement

import (
	"slices"

	"github.com/grantkeep/grantkeep/internal/fault"
)

// ControlKind is the type of a control configuration, in the published
// spelling. A tenant has at most one of each, which is found by its type as
// well as by its id.
type ControlKind string

// The published kinds.
const (
	EndUserControl     ControlKind = "endUserSettings"
	InsiderRiskControl ControlKind = "insiderRiskyUserApproval"
	UserRiskControl    ControlKind = "entraIdProtectionRiskyUserApproval"
)

// RiskLevel is the least risk of a person that approval is asked for, in the
// published words of the kind.
type RiskLevel string

// Control is a control configuration of any kind. What it has in common with
// the end user settings is in them.
type Control struct {
	Kind ControlKind
	EndUserSettings
	Required bool      // of risk: whether approval is; nothing here rates people, so it never is
	Least    RiskLevel // of risk; empty if nobody has said
}

// Controls returns the control configurations that there are.
func (s TenantSettings) Controls() []Control {
	all := slices.Clone(s.Risks)
	if s.EndUser != nil {
		all = append(all, Control{Kind: EndUserControl, EndUserSettings: *s.EndUser})
	}
	return all
}

// Without returns the settings without the control configuration of a kind.
func (s TenantSettings) Without(kind ControlKind) TenantSettings {
	if kind == EndUserControl {
		s.EndUser = nil
	}
	s.Risks = slices.DeleteFunc(slices.Clone(s.Risks), func(c Control) bool { return c.Kind == kind })
	return s
}

// With returns the settings with a control configuration, in place of the one
// of its kind.
func (s TenantSettings) With(c Control) TenantSettings {
	s = s.Without(c.Kind)
	if c.Kind == EndUserControl {
		s.EndUser = &c.EndUserSettings
	} else {
		s.Risks = append(s.Risks, c)
	}
	return s
}

// Check refuses a control configuration that would not hold what it says, as
// a fault.Invalid "RiskNotRated".
func (c Control) Check() error {
	if c.Kind != EndUserControl && c.Required {
		return fault.New(fault.Invalid, "RiskNotRated",
			"Nothing here rates how risky people are, so approval cannot be required of those at risk; leave isApprovalRequired false, and ask for approval in the policies.").
			At("isApprovalRequired")
	}
	return nil
}
