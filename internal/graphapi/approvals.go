package graphapi

import (
	"net/http"
	"slices"
	"strings"

	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/graphapi/wire"
	"github.com/grantkeep/grantkeep/internal/odata"
	"github.com/grantkeep/grantkeep/internal/query"
)

// approvalID is also the id of the request.
func (c *call) approvalID() entitlement.RequestID { return entitlement.RequestID(c.arg("approval")) }

func (c *call) loadApproval(entitlement.Include) (entitlement.ApprovalView, error) {
	return c.s.engine.Approval(c.ctx, c.who, c.approvalID())
}

func (c *call) loadApprovals(q query.List, _ entitlement.Include) (query.Page[entitlement.ApprovalView], error) {
	return c.s.engine.Approvals(c.ctx, c.who, q)
}

func (c *call) loadMyApprovals(q query.List, _ entitlement.Include) (query.Page[entitlement.ApprovalView], error) {
	return c.s.engine.MyApprovals(c.ctx, c.who, c.arg("on"), q)
}

func listApprovals(c *call) error {
	return answerList(c, wire.Approval, c.here(), nil, c.loadApprovals)
}

func countApprovals(c *call) error { return answerCount(c, wire.Approval, nil, c.loadApprovals) }

func listMyApprovals(c *call) error {
	return answerList(c, wire.Approval, collectionOf(c, wire.Approval), nil, c.loadMyApprovals)
}

func countMyApprovals(c *call) error { return answerCount(c, wire.Approval, nil, c.loadMyApprovals) }

// getApproval always shows the stages: v1.0 has them inline, and on beta a
// single approval is of no use without them (approvals.md section 1).
func getApproval(c *call) error {
	const steps = "steps"
	expanded := slices.ContainsFunc(c.options.Expand, func(i odata.ExpandItem) bool { return strings.EqualFold(i.Path.String(), steps) || i.Path.Star() })
	if c.version == wire.Beta && !expanded {
		c.options.Expand = append(c.options.Expand, odata.ExpandItem{Path: odata.Path{Segments: []string{steps}}})
	}
	return answerOne(c, wire.Approval, c.around(), c.loadApproval)
}

// someStages serves stages of an approval: all, or those that have ended or
// not, which beta has collections for.
type someStages func(*entitlement.ApprovalView) []wire.StageView

var (
	allStages       someStages = wire.Stages
	completedStages someStages = wire.CompletedStages
	pendingStages   someStages = wire.PendingStages
)

func (some someStages) load(c *call) loader[wire.StageView] {
	return func(q query.List, _ entitlement.Include) (query.Page[wire.StageView], error) {
		a, err := c.loadApproval(nil)
		return wire.Stage.Select(some(&a), q), err
	}
}

func (some someStages) list(c *call) error {
	return answerList(c, wire.Stage, c.here(), nil, some.load(c))
}

func (some someStages) count(c *call) error { return answerCount(c, wire.Stage, nil, some.load(c)) }

func (some someStages) get(c *call) error {
	return answerOne(c, wire.Stage, c.around(), func(inc entitlement.Include) (wire.StageView, error) {
		return onlyRow(some.load(c)(query.List{Where: is("id", c.arg("stage")), Limit: 1}, inc))
	})
}

func decideStage(c *call) error {
	body, err := c.content()
	if err != nil {
		return err
	}
	d, err := wire.DecodeDecision(body, c.version, entitlement.StageID(c.arg("stage")))
	if err != nil {
		return err
	}
	if err := c.s.engine.DecideApproval(c.ctx, c.who, c.approvalID(), d); err != nil {
		return err
	}
	return c.sendNothing(http.StatusNoContent)
}
