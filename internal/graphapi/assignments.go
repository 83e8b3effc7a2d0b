package graphapi

import (
	"net/http"

	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/graphapi/wire"
	"github.com/grantkeep/grantkeep/internal/query"
)

func (c *call) loadAssignments() loader[entitlement.AssignmentView] {
	return func(q query.List, inc entitlement.Include) (query.Page[entitlement.AssignmentView], error) {
		return c.s.engine.Assignments(c.ctx, c.who, q, inc)
	}
}

func (c *call) loadMyAssignments() loader[entitlement.AssignmentView] {
	return func(q query.List, inc entitlement.Include) (query.Page[entitlement.AssignmentView], error) {
		return c.s.engine.MyAssignments(c.ctx, c.who, c.arg("on"), q, inc)
	}
}

func (c *call) loadAssignment(inc entitlement.Include) (entitlement.AssignmentView, error) {
	return c.s.engine.Assignment(c.ctx, c.who, entitlement.AssignmentID(c.arg("assignment")), inc)
}

func listAssignments(c *call) error {
	return answerList(c, wire.Assignment, c.here(), nil, c.loadAssignments())
}

func countAssignments(c *call) error {
	return answerCount(c, wire.Assignment, nil, c.loadAssignments())
}

func listMyAssignments(c *call) error {
	return answerList(c, wire.Assignment, collectionOf(c, wire.Assignment), nil, c.loadMyAssignments())
}

func countMyAssignments(c *call) error {
	return answerCount(c, wire.Assignment, nil, c.loadMyAssignments())
}

// reprocessAssignment has what an assignment gives set right. A body means
// nothing.
func reprocessAssignment(c *call) error {
	id := entitlement.AssignmentID(c.arg("assignment"))
	if err := c.s.engine.ReprocessAssignment(c.ctx, c.who, id); err != nil {
		return err
	}
	return c.sendNothing(http.StatusAccepted)
}

func getAssignment(c *call) error {
	return answerOne(c, wire.Assignment, c.around(), c.loadAssignment)
}

func getPackageOfAssignment(c *call) error {
	return answerOne(c, wire.Package, c.named(packageNames), func(inc entitlement.Include) (entitlement.PackageView, error) {
		a, err := c.loadAssignment(inc.Under("package"))
		return related(a.OfPackage, err)
	})
}

func getPolicyOfAssignment(c *call) error {
	return answerOne(c, wire.Policy, c.named(policyNames), func(inc entitlement.Include) (entitlement.PolicyView, error) {
		a, err := c.loadAssignment(inc.Under("policy"))
		return related(a.OfPolicy, err)
	})
}

func getTarget(c *call) error {
	return answerOne(c, wire.Subject, c.named(subjectNames), func(inc entitlement.Include) (entitlement.Subject, error) {
		a, err := c.loadAssignment(inc.Under("target"))
		return related(a.OfTarget, err)
	})
}

func getOrganizationOfTarget(c *call) error {
	return answerOne(c, wire.HomeOrganization, c.named(organizationNames), func(entitlement.Include) (entitlement.OrganizationView, error) {
		a, err := c.loadAssignment(entitlement.Include{"organization": nil}.Under("target"))
		return organizationOf(a.OfTarget, err)
	})
}
