package engine

import (
	"context"
	"slices"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
)

// AddStageSetting has a policy call a custom extension at a stage, after
// those that it calls there already. Faults: as ReplacePolicy.
func (e *Engine) AddStageSetting(ctx context.Context, who authz.Caller, policy entitlement.PolicyID, s entitlement.ExtensionStage) (entitlement.StageSettingView, error) {
	s.ID = e.newID()
	_, err := e.ReplacePolicy(ctx, who, policy, func(p *entitlement.Policy) error {
		p.ExtensionStages = append(slices.Clone(p.ExtensionStages), s)
		return nil
	})
	return entitlement.StageSettingView{ExtensionStage: s}, err
}

// RemoveStageSetting takes a call of a custom extension out of a policy;
// legacy tells in which of the two collections it is looked for. Faults: as
// ReplacePolicy, and NotFound if there is no such setting.
func (e *Engine) RemoveStageSetting(ctx context.Context, who authz.Caller, policy entitlement.PolicyID, id string, legacy bool) error {
	_, err := e.ReplacePolicy(ctx, who, policy, func(p *entitlement.Policy) error {
		at := slices.IndexFunc(p.ExtensionStages, func(s entitlement.ExtensionStage) bool { return s.ID == id && s.Legacy == legacy })
		if at < 0 {
			return fault.New(fault.NotFound, "ResourceNotFound", "The policy has no stage setting %s.", id)
		}
		p.ExtensionStages = slices.Delete(slices.Clone(p.ExtensionStages), at, at+1)
		return nil
	})
	return err
}
