package wire

import (
	"time"

	"github.com/grantkeep/grantkeep/internal/entitlement"
)

type (
	tenantSettings = entitlement.TenantSettings
	control        = entitlement.Control
)

func (m *model) declareSettings() {
	after := func(s *tenantSettings) *entitlement.Duration { return &s.DeleteAfter }
	*m.settings = Entity[tenantSettings]{record: record[tenantSettings]{
		name: both("entitlementManagementSettings"),
		props: []property[tenantSettings]{
			fixed[tenantSettings](both("id"), "Edm.String", `"singleton"`),
			duration(onlyV1("durationUntilExternalUserDeletedAfterBlocked"), after).orElse(func(s *tenantSettings) {
				s.DeleteAfter = entitlement.DefaultSettings().DeleteAfter
			}),
			daysUntilDeleted(),
			choice(both("externalUserLifecycleAction"),
				cased(onlyV1("accessPackageExternalUserLifecycleAction"), entitlement.KeepGuests, entitlement.BlockGuests, entitlement.BlockAndDeleteGuests),
				func(s *tenantSettings) *entitlement.LifecycleAction { return &s.Guests }).
				orElse(func(s *tenantSettings) { s.Guests = entitlement.DefaultSettings().Guests }),
		},
	}}
	m.settings.build()
}

// declareControls declares the control configurations. Those of risk are
// beta's only.
func (m *model) declareControls() {
	level := func(c *control) *entitlement.RiskLevel { return &c.Least }
	declare := func(e *Entity[control], kind entitlement.ControlKind, name Names, own ...property[control]) kindOf[control] {
		*e = Entity[control]{record: record[control]{
			name: name,
			props: append([]property[control]{
				guid(both("id"), func(c *control) *string { return &c.ID }).filter("id").ro(),
				flag(both("isEnabled"), func(c *control) *bool { return &c.Enabled }).orElse(func(c *control) { c.Enabled = true }),
				text(both("createdBy"), func(c *control) *string { return &c.CreatedBy }).ro(),
				instant(both("createdDateTime"), func(c *control) *time.Time { return &c.CreatedAt }).ro(),
				text(both("modifiedBy"), func(c *control) *string { return &c.ModifiedBy }).ro(),
				instant(both("modifiedDateTime"), func(c *control) *time.Time { return &c.ModifiedAt }).ro(),
			}, own...),
		}}
		return kindOf[control]{
			is: func(c *control) bool { return c.Kind == kind }, become: func(c *control) { c.Kind = kind }, entity: e.build(),
		}
	}
	required := flag(onlyBeta("isApprovalRequired"), func(c *control) *bool { return &c.Required })
	*m.control = Entity[control]{
		record: record[control]{
			name:  both("controlConfiguration"),
			props: []property[control]{guid(both("id"), func(c *control) *string { return &c.ID }).filter("id").ro()},
		},
		kinds: []kindOf[control]{
			declare(m.endUser, entitlement.EndUserControl, both("endUserSettings"),
				choice(both("relatedPeopleInsightLevel"),
					alike(both("accessPackageSuggestionRelatedPeopleInsightLevel"), entitlement.InsightDisabled, entitlement.InsightCount, entitlement.InsightNames),
					func(c *control) *entitlement.InsightLevel { return &c.RelatedPeople }).
					orElse(func(c *control) { c.RelatedPeople = entitlement.InsightDisabled }),
				flag(both("showApproverDetailsToMembers"), func(c *control) *bool { return &c.ShowApproverDetails })),
			declare(m.insiderRisk, entitlement.InsiderRiskControl, onlyBeta("insiderRiskyUserApproval"), required,
				choice(onlyBeta("minimumRiskLevel"),
					alike(onlyBeta("purviewInsiderRiskManagementLevel"), "none", "minor", "moderate", "elevated"), level)),
			declare(m.userRisk, entitlement.UserRiskControl, onlyBeta("entraIdProtectionRiskyUserApproval"), required,
				choice(onlyBeta("minimumRiskLevel"), alike(onlyBeta("riskLevel"), "low", "medium", "high", "hidden", "none"), level)),
		},
	}
	m.control.build()
}

// daysUntilDeleted is beta's form of the time until a guest is deleted. Hours
// that it does not show stay if the same number is sent back.
func daysUntilDeleted() property[tenantSettings] {
	after := func(s *tenantSettings) *entitlement.Duration { return &s.DeleteAfter }
	p := counted(onlyBeta("daysUntilExternalUserDeletedAfterBlocked"), daysOf, entitlement.Days, after)
	set := p.set
	p.set = func(r *reader, v *value, s *tenantSettings) error {
		if n, err := v.asInt(); err == nil && n == daysOf(s.DeleteAfter) {
			return nil
		}
		return set(r, v, s)
	}
	p.unset = func(s *tenantSettings) { s.DeleteAfter = entitlement.DefaultSettings().DeleteAfter }
	return p
}
