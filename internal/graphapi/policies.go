package graphapi

import (
	"net/http"

	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/graphapi/wire"
	"github.com/grantkeep/grantkeep/internal/query"
)

func (c *call) policyID() entitlement.PolicyID { return entitlement.PolicyID(c.arg("policy")) }

func (c *call) loadPolicies() loader[entitlement.PolicyView] {
	return func(q query.List, inc entitlement.Include) (query.Page[entitlement.PolicyView], error) {
		return c.s.engine.Policies(c.ctx, c.who, q, inc)
	}
}

func (c *call) loadPolicy(inc entitlement.Include) (entitlement.PolicyView, error) {
	return c.s.engine.Policy(c.ctx, c.who, c.policyID(), inc)
}

// listPolicies serves all policies, and those of the package on the path.
func listPolicies(c *call) error {
	return answerList(c, wire.Policy, c.here(), is("package", c.arg("package")), c.loadPolicies())
}

func countPolicies(c *call) error { return answerCount(c, wire.Policy, nil, c.loadPolicies()) }

func getPolicy(c *call) error { return answerOne(c, wire.Policy, c.around(), c.loadPolicy) }

func createPolicy(c *call) error {
	var v entitlement.PolicyView
	if err := decode(c, wire.Policy, &v, wire.Create); err != nil {
		return err
	}
	made, err := c.s.engine.CreatePolicy(c.ctx, c.who, v.Policy)
	if err != nil {
		return err
	}
	return answerMade(c, wire.Policy, http.StatusCreated, c.here(), string(made.ID), &made)
}

// changePolicy puts the body into the policy: all of it, or what it names.
func changePolicy(c *call, mode wire.Mode) (entitlement.PolicyView, error) {
	body, err := c.content()
	if err != nil {
		return entitlement.PolicyView{}, err
	}
	edit := editing(c, body, wire.Policy, mode,
		func(current entitlement.Policy) entitlement.PolicyView {
			return entitlement.PolicyView{Policy: current}
		},
		func(v entitlement.PolicyView) entitlement.Policy { return v.Policy })
	return c.s.engine.ReplacePolicy(c.ctx, c.who, c.policyID(), edit)
}

func replacePolicy(c *call) error {
	changed, err := changePolicy(c, wire.Replace)
	if err != nil {
		return err
	}
	return answerMade(c, wire.Policy, http.StatusOK, c.around(), string(changed.ID), &changed)
}

// updatePolicy is an extension of ours: Graph has only PUT.
func updatePolicy(c *call) error {
	if _, err := changePolicy(c, wire.Merge); err != nil {
		return err
	}
	return answerChanged(c, wire.Policy, c.around(), c.loadPolicy)
}

func deletePolicy(c *call) error {
	if err := c.s.engine.DeletePolicy(c.ctx, c.who, c.policyID()); err != nil {
		return err
	}
	return c.sendNothing(http.StatusNoContent)
}
