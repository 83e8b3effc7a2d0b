package graphapi

import (
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/graphapi/wire"
	"github.com/grantkeep/grantkeep/internal/query"
)

func (c *call) loadEnvironments() loader[entitlement.EnvironmentView] {
	return func(q query.List, inc entitlement.Include) (query.Page[entitlement.EnvironmentView], error) {
		all, err := c.s.engine.Environments(c.ctx, c.who, inc)
		return wire.Environment.Select(all, q), err
	}
}

// listEnvironments insists on a filter, as the published API does
// (catalogs-and-resources.md section 4.8).
func listEnvironments(c *call) error {
	return answerList(c, wire.Environment, c.here(), nil, func(q query.List, inc entitlement.Include) (query.Page[entitlement.EnvironmentView], error) {
		page, err := c.loadEnvironments()(q, inc)
		if err == nil && c.options.Filter == nil {
			err = fault.New(fault.Invalid, "InvalidFilter", "This list needs a filter: $filter=originSystem eq '%s'.", entitlement.OriginGroup).At("$filter")
		}
		return page, err
	})
}

func (c *call) loadEnvironment(inc entitlement.Include) (entitlement.EnvironmentView, error) {
	return onlyRow(c.loadEnvironments()(query.List{Where: is("id", c.arg("environment")), Limit: 1}, inc))
}

func getEnvironment(c *call) error {
	return answerOne(c, wire.Environment, c.around(), c.loadEnvironment)
}

func listResourcesOfEnvironment(c *call) error {
	return answerList(c, wire.Resource, c.here(), nil, func(q query.List, inc entitlement.Include) (query.Page[entitlement.ResourceView], error) {
		env, err := c.loadEnvironment(nil)
		if err != nil {
			return query.Page[entitlement.ResourceView]{}, err
		}
		q.Where = query.AllOf(q.Where, is("originSystem", string(env.OriginSystem)))
		return c.loadResources()(q, inc)
	})
}

func getEnvironmentOfResource(c *call) error {
	return answerOne(c, wire.Environment, c.named(environmentNames), func(inc entitlement.Include) (entitlement.EnvironmentView, error) {
		r, err := c.loadResource(inc.Under("environment"))
		return related(r.InEnvironment, err)
	})
}
