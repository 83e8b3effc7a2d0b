package graphapi

import (
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/graphapi/wire"
	"github.com/grantkeep/grantkeep/internal/query"
)

func (c *call) loadAssignedRoles() loader[entitlement.GrantView] {
	return func(q query.List, inc entitlement.Include) (query.Page[entitlement.GrantView], error) {
		return c.s.engine.Grants(c.ctx, c.who, q, inc)
	}
}

func (c *call) loadMyAssignedRoles() loader[entitlement.GrantView] {
	return func(q query.List, inc entitlement.Include) (query.Page[entitlement.GrantView], error) {
		return c.s.engine.MyGrants(c.ctx, c.who, q, inc)
	}
}

func listAssignedRoles(c *call) error {
	return answerList(c, wire.AssignedRole, c.here(), nil, c.loadAssignedRoles())
}

func countAssignedRoles(c *call) error {
	return answerCount(c, wire.AssignedRole, nil, c.loadAssignedRoles())
}

// listMyAssignedRoles and the two below it answer functions from before
// filterByCurrentUser, which only beta has.
func listMyAssignedRoles(c *call) error {
	return answerList(c, wire.AssignedRole, collectionOf(c, wire.AssignedRole), nil, c.loadMyAssignedRoles())
}

func listRequestsForMe(c *call) error {
	return answerList(c, wire.Request, collectionOf(c, wire.Request), nil, func(q query.List, inc entitlement.Include) (query.Page[entitlement.RequestView], error) {
		return c.s.engine.MyRequests(c.ctx, c.who, "target", q, inc)
	})
}

func listAssignmentsOfMine(c *call) error {
	return answerList(c, wire.Assignment, collectionOf(c, wire.Assignment), nil, func(q query.List, inc entitlement.Include) (query.Page[entitlement.AssignmentView], error) {
		return c.s.engine.MyAssignments(c.ctx, c.who, "target", q, inc)
	})
}

func getAssignedRole(c *call) error {
	return answerOne(c, wire.AssignedRole, c.around(), func(inc entitlement.Include) (entitlement.GrantView, error) {
		return c.s.engine.Grant(c.ctx, c.who, entitlement.GrantID(c.arg("assignedRole")), inc)
	})
}

// listAssignmentsOfRole lists in memory: one subject has a role through a
// handful of assignments.
func listAssignmentsOfRole(c *call) error {
	return answerList(c, wire.Assignment, c.here(), nil, func(q query.List, inc entitlement.Include) (query.Page[entitlement.AssignmentView], error) {
		if err := wire.Assignment.Remembers(q); err != nil {
			return query.Page[entitlement.AssignmentView]{}, err
		}
		g, err := c.s.engine.Grant(c.ctx, c.who, entitlement.GrantID(c.arg("assignedRole")), inc.Under("assignments"))
		return wire.Assignment.Select(g.Assignments, q), err
	})
}

func listRequestsOfAssignment(c *call) error {
	return answerList(c, wire.Request, c.here(), nil, func(q query.List, inc entitlement.Include) (query.Page[entitlement.RequestView], error) {
		return c.s.engine.RequestsOf(c.ctx, c.who, entitlement.AssignmentID(c.arg("assignment")), q, inc)
	})
}

func listRolesOfAssignment(c *call) error {
	return answerList(c, wire.AssignedRole, c.here(), nil, func(q query.List, inc entitlement.Include) (query.Page[entitlement.GrantView], error) {
		return c.s.engine.GrantsOf(c.ctx, c.who, entitlement.AssignmentID(c.arg("assignment")), q, inc)
	})
}
