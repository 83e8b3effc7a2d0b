package graphapi

import (
	"net/http"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/graphapi/wire"
	"github.com/grantkeep/grantkeep/internal/query"
)

// roleProvider serves the roles of one provider below /roleManagement.
type roleProvider struct {
	of   authz.Provider
	made int // the status of a new assignment (clients.md section 1)
}

var (
	entitlementRoles = roleProvider{authz.EntitlementProvider, http.StatusOK}
	tenantRoles      = roleProvider{authz.DirectoryProvider, http.StatusCreated}
)

func (p roleProvider) definitions(c *call) loader[authz.Definition] {
	return func(q query.List, _ entitlement.Include) (query.Page[authz.Definition], error) {
		all, err := c.s.engine.RoleDefinitions(c.ctx, c.who, p.of)
		return wire.RoleDefinition.Select(all, q), err
	}
}

func (p roleProvider) listDefinitions(c *call) error {
	return answerList(c, wire.RoleDefinition, c.here(), nil, p.definitions(c))
}

func (p roleProvider) getDefinition(c *call) error {
	return answerOne(c, wire.RoleDefinition, c.around(), func(inc entitlement.Include) (authz.Definition, error) {
		return onlyRow(p.definitions(c)(query.List{Where: is("id", c.arg("definition")), Limit: 1}, inc))
	})
}

func (p roleProvider) list(c *call) error {
	return answerList(c, wire.RoleAssignment, c.here(), nil,
		func(q query.List, inc entitlement.Include) (query.Page[authz.RoleAssignmentView], error) {
			return c.s.engine.RoleAssignments(c.ctx, c.who, p.of, q, inc)
		})
}

func (p roleProvider) get(c *call) error {
	return answerOne(c, wire.RoleAssignment, c.around(), func(inc entitlement.Include) (authz.RoleAssignmentView, error) {
		return c.s.engine.RoleAssignment(c.ctx, c.who, p.of, c.arg("assignment"), inc)
	})
}

func (p roleProvider) assign(c *call) error {
	a := authz.RoleAssignmentView{RoleAssignment: authz.RoleAssignment{Provider: p.of}}
	if err := decode(c, wire.RoleAssignment, &a, wire.Create); err != nil {
		return err
	}
	made, err := c.s.engine.AssignRole(c.ctx, c.who, a.RoleAssignment)
	if err != nil {
		return err
	}
	v := authz.RoleAssignmentView{RoleAssignment: made}
	return answerMade(c, wire.RoleAssignment, p.made, c.here(), made.ID, &v)
}

func (p roleProvider) unassign(c *call) error {
	if err := c.s.engine.UnassignRole(c.ctx, c.who, p.of, c.arg("assignment")); err != nil {
		return err
	}
	return c.sendNothing(http.StatusNoContent)
}
