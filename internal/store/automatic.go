package store

import (
	"context"
	"time"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
)

// AutomaticReader reads what automatic assignment has to do, and what it
// needs to decide for many people at once.
type AutomaticReader interface {
	// Rollout returns the rollout of a policy; NotFound if it has none.
	Rollout(ctx context.Context, id entitlement.PolicyID) (entitlement.Rollout, error)
	// Rollouts returns all rollouts, in the order of their policies.
	Rollouts(ctx context.Context) ([]entitlement.Rollout, error)
	// RolledOutPolicies returns the policies of a package ("": of all) in the
	// versions that their rollouts have in force or want.
	RolledOutPolicies(ctx context.Context, pkg entitlement.PackageID) ([]entitlement.Policy, error)
	// AutomaticDue reports whether a rollout or a touched user is due at now.
	AutomaticDue(ctx context.Context, now time.Time) (bool, error)
	// DueRollouts is DueRequests for rollouts, DueTouched for touched users.
	DueRollouts(ctx context.Context, now time.Time, limit int) ([]entitlement.Rollout, error)
	DueTouched(ctx context.Context, now time.Time, limit int) ([]entitlement.Touched, error)
	// CountTouched counts the touched users that are due at now, up to most.
	CountTouched(ctx context.Context, now time.Time, most int64) (int64, error)
	// TouchedByID returns those of the users that are touched.
	TouchedByID(ctx context.Context, users []directory.ObjectID) (map[directory.ObjectID]entitlement.Touched, error)

	// UsersAfter returns users in the order of their ids, deleted ones
	// included, after the given one.
	UsersAfter(ctx context.Context, after directory.ObjectID, limit int) ([]directory.Object, error)
	// ActiveAssignments returns the active assignments of the targets to the
	// packages, in the order of their ids.
	ActiveAssignments(ctx context.Context, targets []directory.ObjectID, packages []entitlement.PackageID) ([]entitlement.Assignment, error)
	// OpenRequests returns who of the targets has an open request for which
	// of the packages.
	OpenRequests(ctx context.Context, targets []directory.ObjectID, packages []entitlement.PackageID) (map[directory.ObjectID][]entitlement.PackageID, error)
	// AutomaticAssignments returns active assignments that the rule of a
	// policy gave, those in a state in the order of their ids, after the
	// given one.
	AutomaticAssignments(ctx context.Context, policy entitlement.PolicyID, state entitlement.AssignmentState, after entitlement.AssignmentID, limit int) ([]entitlement.Assignment, error)

	// Planned returns the lines of a plan in the order of the users, after
	// the given one; a kind narrows them ("": all).
	Planned(ctx context.Context, policy entitlement.PolicyID, plan int64, kind entitlement.PlanKind, after directory.ObjectID, limit int) ([]entitlement.Planned, error)
	// CountUsers counts the living users.
	CountUsers(ctx context.Context) (int64, error)
}

// AutomaticTx writes down what automatic assignment has to do. None of it
// needs a record: what is done then has one of its own.
type AutomaticTx interface {
	// TakeRollout is Rollout for somebody who is going to put it: until the
	// transaction ends nobody else does.
	TakeRollout(ctx context.Context, id entitlement.PolicyID) (entitlement.Rollout, error)
	PutRollout(ctx context.Context, s entitlement.Rollout) error
	DeleteRollout(ctx context.Context, id entitlement.PolicyID) error

	// Touch makes it due at an instant to decide anew about a user; what is
	// known of the user stays.
	Touch(ctx context.Context, user directory.ObjectID, due time.Time) error
	// PutTouched replaces what is known of a user.
	PutTouched(ctx context.Context, t entitlement.Touched) error
	Untouch(ctx context.Context, users []directory.ObjectID) error

	// Plan adds lines to a plan; users who stand in it stay as they are.
	Plan(ctx context.Context, policy entitlement.PolicyID, plan int64, lines []entitlement.Planned) error
	// Replan puts lines into a plan, in place of those about the same users.
	Replan(ctx context.Context, policy entitlement.PolicyID, plan int64, lines []entitlement.Planned) error
	Unplan(ctx context.Context, policy entitlement.PolicyID, plan int64, users []directory.ObjectID) error
	// DropPlans removes up to limit lines of other plans of the policy than
	// the given one, and returns how many.
	DropPlans(ctx context.Context, policy entitlement.PolicyID, keep int64, limit int) (int, error)
}
