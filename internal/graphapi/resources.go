package graphapi

import (
	"net/http"

	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/graphapi/wire"
	"github.com/grantkeep/grantkeep/internal/query"
)

func (c *call) loadResources() loader[entitlement.ResourceView] {
	return func(q query.List, inc entitlement.Include) (query.Page[entitlement.ResourceView], error) {
		return c.s.engine.Resources(c.ctx, c.who, c.catalogID(), q, inc)
	}
}

func listResources(c *call) error {
	return answerList(c, wire.Resource, c.here(), nil, c.loadResources())
}

func countResources(c *call) error { return answerCount(c, wire.Resource, nil, c.loadResources()) }

func getResource(c *call) error {
	return answerOne(c, wire.Resource, c.around(), func(inc entitlement.Include) (entitlement.ResourceView, error) {
		return c.s.engine.Resource(c.ctx, c.who, c.catalogID(), entitlement.ResourceID(c.arg("resource")), inc)
	})
}

func (c *call) loadResource() (entitlement.ResourceView, error) {
	return c.s.engine.Resource(c.ctx, c.who, c.catalogID(), entitlement.ResourceID(c.arg("resource")), nil)
}

func listRolesOfResource(c *call) error {
	return answerList(c, wire.ResourceRole, c.here(), nil,
		func(q query.List, _ entitlement.Include) (query.Page[entitlement.RoleView], error) {
			resource, err := c.loadResource()
			return wire.ResourceRole.Select(wire.Roles(&resource), q), err
		})
}

func listScopesOfResource(c *call) error {
	return answerList(c, wire.ResourceScope, c.here(), nil,
		func(q query.List, _ entitlement.Include) (query.Page[entitlement.ScopeView], error) {
			resource, err := c.loadResource()
			return wire.ResourceScope.Select(wire.Scopes(&resource), q), err
		})
}

// allResources returns every resource of the catalog on the path: roles and
// scopes are parts of resources, and filtered in memory.
func (c *call) allResources() (all []entitlement.ResourceView, err error) {
	q := query.List{Limit: largestPage}
	for {
		page, err := c.s.engine.Resources(c.ctx, c.who, c.catalogID(), q, nil)
		if err != nil {
			return nil, err
		}
		all = append(all, page.Rows...)
		if page.Next == nil {
			return all, nil
		}
		q.After = page.Next
	}
}

func listResourceRoles(c *call) error {
	return answerList(c, wire.ResourceRole, c.here(), nil,
		func(q query.List, _ entitlement.Include) (query.Page[entitlement.RoleView], error) {
			resources, err := c.allResources()
			var roles []entitlement.RoleView
			for i := range resources {
				roles = append(roles, wire.Roles(&resources[i])...)
			}
			return wire.ResourceRole.Select(roles, q), err
		})
}

func listResourceScopes(c *call) error {
	return answerList(c, wire.ResourceScope, c.here(), nil,
		func(q query.List, _ entitlement.Include) (query.Page[entitlement.ScopeView], error) {
			resources, err := c.allResources()
			var scopes []entitlement.ScopeView
			for i := range resources {
				scopes = append(scopes, wire.Scopes(&resources[i])...)
			}
			return wire.ResourceScope.Select(scopes, q), err
		})
}

func listResourceRequests(c *call) error {
	return answerList(c, wire.ResourceRequest, c.here(), nil,
		func(q query.List, _ entitlement.Include) (query.Page[entitlement.ResourceRequest], error) {
			return c.s.engine.ResourceRequests(c.ctx, c.who, q)
		})
}

func getResourceRequest(c *call) error {
	return answerOne(c, wire.ResourceRequest, c.around(), func(entitlement.Include) (entitlement.ResourceRequest, error) {
		return c.s.engine.ResourceRequest(c.ctx, c.who, c.arg("resourceRequest"))
	})
}

func createResourceRequest(c *call) error {
	var r entitlement.ResourceRequest
	if err := decode(c, wire.ResourceRequest, &r, wire.Create); err != nil {
		return err
	}
	made, err := c.s.engine.RequestResource(c.ctx, c.who, r)
	if err != nil {
		return err
	}
	return answerMade(c, wire.ResourceRequest, http.StatusCreated, c.here(), made.ID, &made)
}
