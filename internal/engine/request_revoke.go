package engine

import (
	"context"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/store"
)

// approvedBy returns the stage in which the caller approved the request that
// made the assignment. Everybody else is refused, whether it exists or not.
func approvedBy(ctx context.Context, r store.Reader, who authz.Caller, a entitlement.Assignment) (entitlement.Stage, error) {
	approval, err := r.Approval(ctx, a.Request)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return entitlement.Stage{}, err
	}
	for _, s := range approval.Stages {
		if s.Result == entitlement.StageApproved && s.ReviewedBy.ID == who.ID() {
			return s, nil
		}
	}
	return entitlement.Stage{}, notApprover()
}

// notApprover is the one answer to people who want to revoke what they did
// not approve.
func notApprover() error {
	return authz.Denied(authz.RevokeApproved, "the caller approved no request that made this assignment; an assignment manager of its catalog can remove it")
}
