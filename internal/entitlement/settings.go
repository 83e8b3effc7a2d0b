package entitlement

import (
	"time"

	"github.com/grantkeep/grantkeep/internal/fault"
)

// LifecycleAction is what happens to guests who have lost all access.
type LifecycleAction string

// The published actions.
const (
	KeepGuests           LifecycleAction = "none"
	BlockGuests          LifecycleAction = "blockSignIn"
	BlockAndDeleteGuests LifecycleAction = "blockSignInAndDelete"
)

// TenantSettings are what a tenant's administrators decide for all catalogs
// (catalogs-and-resources.md sections 8 and 9).
type TenantSettings struct {
	Version     int64
	Guests      LifecycleAction
	DeleteAfter Duration         // from the block to the deletion of a guest
	EndUser     *EndUserSettings // nil if nobody made it
	Risks       []Control        // the control configurations of risk, at most one of a kind
}

// DefaultSettings hold until somebody changes them.
func DefaultSettings() TenantSettings {
	return TenantSettings{Guests: BlockAndDeleteGuests, DeleteAfter: Days(30)}
}

// Check reports what is wrong with the settings, as a fault.Invalid
// "InvalidModel".
func (s TenantSettings) Check() error {
	if n := s.DeleteAfter.Length(); n > maxDays*24*time.Hour {
		return fault.New(fault.Invalid, "InvalidModel", "The time until blocked guests are deleted must be between 0 and %d days.", maxDays).
			At("durationUntilExternalUserDeletedAfterBlocked")
	}
	return nil
}

// InsightLevel is what people are told about the access of those around them.
type InsightLevel string

// The published levels.
const (
	InsightDisabled InsightLevel = "disabled"
	InsightCount    InsightLevel = "count"
	InsightNames    InsightLevel = "countAndNames"
)

// ShowsApprovers is what those who ask see of approvers where the policy
// leaves it open: what the end user settings say, else byDefault.
func (s TenantSettings) ShowsApprovers(byDefault bool) bool {
	if s.EndUser == nil || !s.EndUser.Enabled {
		return byDefault
	}
	return s.EndUser.ShowApproverDetails
}

// EndUserSettings are the control configuration of what people see who ask
// for access.
type EndUserSettings struct {
	ID                  string
	Enabled             bool
	RelatedPeople       InsightLevel
	ShowApproverDetails bool // who approves, to those who ask
	Stamp
}
