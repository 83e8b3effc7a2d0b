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

func listApprovals(c *call) error {
	return answerList(c, wire.Approval, c.here(), nil,
		func(q query.List, _ entitlement.Include) (query.Page[entitlement.ApprovalView], error) {
			return c.s.engine.Approvals(c.ctx, c.who, q)
		})
}

func listMyApprovals(c *call) error {
	return answerList(c, wire.Approval, collectionOf(c, wire.Approval), nil,
		func(q query.List, _ entitlement.Include) (query.Page[entitlement.ApprovalView], error) {
			return c.s.engine.MyApprovals(c.ctx, c.who, c.arg("on"), q)
		})
}

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

func listStages(c *call) error {
	return answerList(c, wire.Stage, c.here(), nil,
		func(q query.List, _ entitlement.Include) (query.Page[wire.StageView], error) {
			a, err := c.loadApproval(nil)
			return wire.Stage.Select(wire.Stages(&a), q), err
		})
}

func getStage(c *call) error {
	return answerOne(c, wire.Stage, c.around(), func(entitlement.Include) (wire.StageView, error) {
		a, err := c.loadApproval(nil)
		return onlyRow(wire.Stage.Select(wire.Stages(&a), query.List{Where: is("id", c.arg("stage")), Limit: 1}), err)
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
