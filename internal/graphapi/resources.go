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
	return answerOne(c, wire.Resource, c.around(), c.loadResource)
}

func (c *call) loadResource(inc entitlement.Include) (entitlement.ResourceView, error) {
	return c.s.engine.Resource(c.ctx, c.who, c.catalogID(), entitlement.ResourceID(c.arg("resource")), inc)
}

func refreshResource(c *call) error {
	if _, err := c.body(); err != nil {
		return err
	}
	if err := c.s.engine.RefreshResource(c.ctx, c.who, c.catalogID(), entitlement.ResourceID(c.arg("resource"))); err != nil {
		return err
	}
	return c.sendNothing(http.StatusOK)
}

func listRolesOfResource(c *call) error {
	return answerList(c, wire.ResourceRole, c.here(), nil,
		func(q query.List, inc entitlement.Include) (query.Page[entitlement.RoleView], error) {
			resource, err := c.loadResource(inc.Inside("resource"))
			return wire.ResourceRole.Select(wire.Roles(&resource), q), err
		})
}

func listScopesOfResource(c *call) error {
	return answerList(c, wire.ResourceScope, c.here(), nil,
		func(q query.List, inc entitlement.Include) (query.Page[entitlement.ScopeView], error) {
			resource, err := c.loadResource(inc.Inside("resource"))
			return wire.ResourceScope.Select(wire.Scopes(&resource), q), err
		})
}

// allResources returns every resource of the catalog on the path: roles and
// scopes are parts of resources, and filtered in memory.
func (c *call) allResources(inc entitlement.Include) (all []entitlement.ResourceView, err error) {
	q := query.List{Limit: largestPage}
	for {
		page, err := c.s.engine.Resources(c.ctx, c.who, c.catalogID(), q, inc)
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
		func(q query.List, inc entitlement.Include) (query.Page[entitlement.RoleView], error) {
			resources, err := c.allResources(inc.Inside("resource"))
			var roles []entitlement.RoleView
			for i := range resources {
				roles = append(roles, wire.Roles(&resources[i])...)
			}
			return wire.ResourceRole.Select(roles, q), err
		})
}

func listResourceScopes(c *call) error {
	return answerList(c, wire.ResourceScope, c.here(), nil,
		func(q query.List, inc entitlement.Include) (query.Page[entitlement.ScopeView], error) {
			resources, err := c.allResources(inc.Inside("resource"))
			var scopes []entitlement.ScopeView
			for i := range resources {
				scopes = append(scopes, wire.Scopes(&resources[i])...)
			}
			return wire.ResourceScope.Select(scopes, q), err
		})
}

func listResourceRequests(c *call) error {
	return answerList(c, wire.ResourceRequest, c.here(), nil,
		func(q query.List, inc entitlement.Include) (query.Page[entitlement.ResourceRequestView], error) {
			return c.s.engine.ResourceRequests(c.ctx, c.who, q, inc)
		})
}

func getResourceRequest(c *call) error {
	return answerOne(c, wire.ResourceRequest, c.around(), func(inc entitlement.Include) (entitlement.ResourceRequestView, error) {
		return c.s.engine.ResourceRequest(c.ctx, c.who, c.arg("resourceRequest"), inc)
	})
}

func createResourceRequest(c *call) error {
	var v entitlement.ResourceRequestView
	if err := decode(c, wire.ResourceRequest, &v, wire.Create); err != nil {
		return err
	}
	made, err := c.s.engine.RequestResource(c.ctx, c.who, v.ResourceRequest)
	if err != nil {
		return err
	}
	v.ResourceRequest = made
	return answerMade(c, wire.ResourceRequest, http.StatusCreated, c.here(), made.ID, &v)
}

func listAllRoleScopes(c *call) error {
	return answerList(c, wire.RoleScope, c.here(), nil, c.loadAllRoleScopes())
}

func countAllRoleScopes(c *call) error {
	return answerCount(c, wire.RoleScope, nil, c.loadAllRoleScopes())
}

func getAnyRoleScope(c *call) error {
	return answerOne(c, wire.RoleScope, c.around(), func(inc entitlement.Include) (entitlement.RoleScopeView, error) {
		return onlyRow(c.loadAllRoleScopes()(query.List{Where: is("id", c.roleScopeID()), Limit: 1}, inc))
	})
}

func (c *call) loadAllRoleScopes() loader[entitlement.RoleScopeView] {
	return func(q query.List, inc entitlement.Include) (query.Page[entitlement.RoleScopeView], error) {
		return c.s.engine.AllRoleScopes(c.ctx, c.who, q, inc)
	}
}
