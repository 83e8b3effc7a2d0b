package wire

import (
	"time"

	"github.com/grantkeep/grantkeep/internal/entitlement"
)

type (
	tenantSettings  = entitlement.TenantSettings
	endUserSettings = entitlement.EndUserSettings
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

	*m.endUser = Entity[endUserSettings]{record: record[endUserSettings]{
		name: both("endUserSettings"),
		props: []property[endUserSettings]{
			guid(both("id"), func(c *endUserSettings) *string { return &c.ID }).filter("id").ro(),
			flag(both("isEnabled"), func(c *endUserSettings) *bool { return &c.Enabled }).orElse(func(c *endUserSettings) { c.Enabled = true }),
			choice(both("relatedPeopleInsightLevel"),
				alike(both("accessPackageSuggestionRelatedPeopleInsightLevel"), entitlement.InsightDisabled, entitlement.InsightCount, entitlement.InsightNames),
				func(c *endUserSettings) *entitlement.InsightLevel { return &c.RelatedPeople }).
				orElse(func(c *endUserSettings) { c.RelatedPeople = entitlement.InsightDisabled }),
			flag(both("showApproverDetailsToMembers"), func(c *endUserSettings) *bool { return &c.ShowApproverDetails }),
			text(both("createdBy"), func(c *endUserSettings) *string { return &c.CreatedBy }).ro(),
			instant(both("createdDateTime"), func(c *endUserSettings) *time.Time { return &c.CreatedAt }).ro(),
			text(both("modifiedBy"), func(c *endUserSettings) *string { return &c.ModifiedBy }).ro(),
			instant(both("modifiedDateTime"), func(c *endUserSettings) *time.Time { return &c.ModifiedAt }).ro(),
		},
	}}
	m.endUser.build()
	*m.control = Entity[endUserSettings]{
		record: record[endUserSettings]{
			name:  both("controlConfiguration"),
			props: []property[endUserSettings]{guid(both("id"), func(c *endUserSettings) *string { return &c.ID }).filter("id").ro()},
		},
		kinds: []kindOf[endUserSettings]{{
			is: func(c *endUserSettings) bool { return c.ID != "" }, become: func(*endUserSettings) {}, entity: m.endUser,
		}},
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
