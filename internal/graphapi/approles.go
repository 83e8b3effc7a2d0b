package graphapi

import (
	"net/http"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/graphapi/wire"
	"github.com/grantkeep/grantkeep/internal/query"
)

// listAppRolesGiven lists who has roles of the application on the path.
func listAppRolesGiven(c *call) error { return listAppRoles(c, "", c.objectID()) }

// listAppRolesHeld lists which roles the object on the path has.
func listAppRolesHeld(c *call) error {
	principal := c.objectID()
	if !isGUID(string(principal)) { // a user principal name
		user, err := c.s.engine.Object(c.ctx, c.who, directory.KindUser, c.objectKey())
		if err != nil {
			return err
		}
		principal = user.ID
	}
	return listAppRoles(c, principal, "")
}

func listAppRoles(c *call, principal, resource directory.ObjectID) error {
	return answerList(c, wire.AppRoleAssignment, c.here(), nil,
		func(q query.List, _ entitlement.Include) (query.Page[directory.AppRoleAssignmentView], error) {
			return c.s.engine.AppRoleAssignments(c.ctx, c.who, principal, resource, q)
		})
}

func giveAppRole(c *call) error {
	var a directory.AppRoleAssignmentView
	if err := decode(c, wire.AppRoleAssignment, &a, wire.Create); err != nil {
		return err
	}
	made, err := c.s.engine.GiveAppRole(c.ctx, c.who, a.AppRoleAssignment)
	if err != nil {
		return err
	}
	return answerMade(c, wire.AppRoleAssignment, http.StatusCreated, c.here(), made.ID, &made)
}

func takeAppRole(c *call) error {
	if err := c.s.engine.TakeAppRole(c.ctx, c.who, c.arg("appRole")); err != nil {
		return err
	}
	return c.sendNothing(http.StatusNoContent)
}
