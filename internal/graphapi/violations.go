package graphapi

import (
	"net/http"
	"strings"

	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/graphapi/wire"
	"github.com/grantkeep/grantkeep/internal/query"
)

func listViolations(c *call) error {
	return answerList(c, wire.Violation, c.here(), nil,
		func(q query.List, inc entitlement.Include) (query.Page[entitlement.ViolationView], error) {
			return c.s.engine.Violations(c.ctx, c.who, c.packageID(), q, inc)
		})
}

// pointToViolations tells those who have changed a rule, or what a package
// gives, where to see who violates a rule by now.
func (c *call) pointToViolations() error {
	violated, err := c.s.engine.Violated(c.ctx, c.who, c.packageID())
	if err == nil && violated {
		c.w.Header().Set("Link", "<"+c.root()+em+"/accessPackages/"+c.arg("package")+`/grantkeep.violations>; rel="grantkeep.violations"`)
	}
	return err
}

// argID is an id among the arguments of a function.
func (c *call) argID(name, spelled string) (entitlement.PackageID, error) {
	value, given := c.match.keys[name]
	id := strings.ToLower(value)
	if given && !isGUID(id) {
		return "", fault.New(fault.Invalid, "BadRequest", "Unrecognized Guid format: '%s'.", value).At(spelled)
	}
	return entitlement.PackageID(id), nil
}

func listAdditional(c *call) error {
	pkg, err := c.argID("package", "accessPackageId")
	if err != nil {
		return err
	}
	other, err := c.argID("other", "incompatibleAccessPackageId")
	if err != nil {
		return err
	}
	return answerList(c, wire.Assignment, collectionOf(c, wire.Assignment), nil,
		func(q query.List, inc entitlement.Include) (query.Page[entitlement.AssignmentView], error) {
			return c.s.engine.AdditionalAccess(c.ctx, c.who, pkg, other, q, inc)
		})
}

func (c *call) loadExceptions() loader[entitlement.ExceptionView] {
	return func(q query.List, inc entitlement.Include) (query.Page[entitlement.ExceptionView], error) {
		return c.s.engine.Exceptions(c.ctx, c.who, c.packageID(), q, inc)
	}
}

func listExceptions(c *call) error {
	return answerList(c, wire.Exception, c.here(), nil, c.loadExceptions())
}

func countExceptions(c *call) error { return answerCount(c, wire.Exception, nil, c.loadExceptions()) }

func (c *call) exceptionID() entitlement.ExceptionID {
	return entitlement.ExceptionID(c.arg("exception"))
}

func getException(c *call) error {
	return answerOne(c, wire.Exception, c.around(), func(inc entitlement.Include) (entitlement.ExceptionView, error) {
		return c.s.engine.Exception(c.ctx, c.who, c.packageID(), c.exceptionID(), inc)
	})
}

func createException(c *call) error {
	var v entitlement.ExceptionView
	if err := decode(c, wire.Exception, &v, wire.Create); err != nil {
		return err
	}
	v.Rule.Package = c.packageID()
	made, err := c.s.engine.ApproveException(c.ctx, c.who, v.Exception)
	if err != nil {
		return err
	}
	return answerMade(c, wire.Exception, http.StatusCreated, c.here(), string(made.ID), &made)
}

func deleteException(c *call) error {
	if err := c.s.engine.RevokeException(c.ctx, c.who, c.packageID(), c.exceptionID()); err != nil {
		return err
	}
	return c.sendNothing(http.StatusNoContent)
}
