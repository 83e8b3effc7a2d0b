package entitlement

import "github.com/grantkeep/grantkeep/internal/fault"

// PendingState tells how far an automatic policy has got with a change.
type PendingState string

// The states of a change.
const (
	PendingNone     PendingState = "none"     // everything is as the policy says
	PendingCounting PendingState = "counting" // finding out whom it touches
	PendingWaiting  PendingState = "waiting"  // somebody has to confirm it
	PendingWorking  PendingState = "working"  // it is being carried out
)

var pendingStates = map[RolloutPhase]PendingState{
	RolloutIdle:     PendingNone,
	RolloutClearing: PendingCounting,
	RolloutPlanning: PendingCounting,
	RolloutWaiting:  PendingWaiting,
	RolloutWorking:  PendingWorking,
}

// PendingStates returns every state, in the order of a life.
func PendingStates() []PendingState {
	return []PendingState{PendingNone, PendingCounting, PendingWaiting, PendingWorking}
}

// PendingChange is what the change of an automatic policy is about to do, as
// people see it.
type PendingChange struct {
	Policy        PolicyID
	Plan          int64 // tells one change from the next
	State         PendingState
	Users         int64 // of the tenant, when they were counted
	Adds, Removes int64 // how many get and lose access
	People        bool  // people have changed, and not the policy
	Limit         int64 // how many may without a confirmation; negative: any number
}

// Pending describes the change that the rollout is about.
func (s Rollout) Pending(g Guard) PendingChange {
	return PendingChange{
		Policy: s.Policy, Plan: s.Plan, State: pendingStates[s.Phase],
		Users: s.Users, Adds: s.Adds, Removes: s.Removes, People: s.Phase.Open() && s.Stands(), Limit: g.Limit(s.Users),
	}
}

// CheckWaiting reports whether the change waits for somebody; if not, it is a
// fault.Invalid "NoPendingChange".
func (c PendingChange) CheckWaiting() error {
	if c.State == PendingWaiting {
		return nil
	}
	return fault.New(fault.Invalid, "NoPendingChange",
		"No change of the policy %s waits for a confirmation: its state is %s.", c.Policy, c.State)
}

// Restored returns the policy with the reach of an earlier version of it or,
// if that has no id, without any automatic assignment.
func (p Policy) Restored(earlier Policy) Policy {
	if earlier.ID == "" {
		p.Automatic = nil
		return p
	}
	p.Scope, p.AllowedTargets, p.Automatic = earlier.Scope, earlier.AllowedTargets, earlier.Automatic
	return p
}
