package graphapi

import (
	"context"
	"net/http"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/graphapi/wire"
	"github.com/grantkeep/grantkeep/internal/query"
)

// The change of an automatic policy that waits is an extension of ours. Its
// segments bear our name, so that none of Graph's can ever mean another thing.

func getPendingChange(c *call) error {
	return answerOne(c, wire.PendingChange, c.around(), func(entitlement.Include) (entitlement.PendingChange, error) {
		return c.s.engine.PendingChange(c.ctx, c.who, c.policyID())
	})
}

func listUsersToAdd(c *call) error    { return listPending(c, entitlement.PlanAdd) }
func listUsersToRemove(c *call) error { return listPending(c, entitlement.PlanRemove) }

func listPending(c *call, kind entitlement.PlanKind) error {
	return answerList(c, wire.Subject, c.here(), nil, func(q query.List, _ entitlement.Include) (query.Page[entitlement.Subject], error) {
		return c.s.engine.PendingUsers(c.ctx, c.who, c.policyID(), kind, q)
	})
}

func confirmChange(c *call) error { return decideChange(c, c.s.engine.ConfirmChange) }
func discardChange(c *call) error { return decideChange(c, c.s.engine.DiscardChange) }

// decideChange decides on a change. With If-Match it is the change that the
// caller has seen, or none.
func decideChange(c *call, decide func(context.Context, authz.Caller, entitlement.PolicyID, func(entitlement.PendingChange) error) error) error {
	match := c.r.Header.Get("If-Match")
	err := decide(c.ctx, c.who, c.policyID(), func(now entitlement.PendingChange) error {
		if match != "" && !sameTag(match, tagOf(now)) {
			return fault.New(fault.Precondition, "PreconditionFailed", "The change is another one than the one that If-Match names.").At("If-Match")
		}
		return nil
	})
	if err != nil {
		return err
	}
	return c.sendNothing(http.StatusNoContent)
}
