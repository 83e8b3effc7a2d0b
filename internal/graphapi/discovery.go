package graphapi

import (
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/graphapi/wire"
	"github.com/grantkeep/grantkeep/internal/query"
)

func (c *call) loadMyPackages() loader[entitlement.PackageView] {
	return func(q query.List, inc entitlement.Include) (query.Page[entitlement.PackageView], error) {
		return c.s.engine.MyPackages(c.ctx, c.who, c.arg("on"), q, inc)
	}
}

func listMyPackages(c *call) error {
	return answerList(c, wire.Package, collectionOf(c, wire.Package), nil, c.loadMyPackages())
}

func countMyPackages(c *call) error { return answerCount(c, wire.Package, nil, c.loadMyPackages()) }

func (c *call) loadAvailable() loader[entitlement.PackageView] {
	return func(q query.List, inc entitlement.Include) (query.Page[entitlement.PackageView], error) {
		return c.s.engine.AvailablePackages(c.ctx, c.who, q, inc)
	}
}

func listAvailable(c *call) error {
	return answerList(c, wire.AvailablePackage, c.here(), nil, c.loadAvailable())
}

func countAvailable(c *call) error {
	return answerCount(c, wire.AvailablePackage, nil, c.loadAvailable())
}

func getAvailable(c *call) error {
	return answerOne(c, wire.AvailablePackage, c.around(), func(inc entitlement.Include) (entitlement.PackageView, error) {
		return c.s.engine.AvailablePackage(c.ctx, c.who, c.packageID(), inc)
	})
}

func listAvailableRoleScopes(c *call) error {
	return answerList(c, wire.RoleScope, c.here(), nil,
		func(q query.List, inc entitlement.Include) (query.Page[entitlement.RoleScopeView], error) {
			all, err := c.s.engine.AvailableRoleScopes(c.ctx, c.who, c.packageID(), inc)
			return wire.RoleScope.Select(all, q), err
		})
}

// listRequirements serves getApplicablePolicyRequirements. The list is short
// and comes whole.
func listRequirements(c *call) error {
	body, err := c.body()
	if err != nil {
		return err
	}
	subject, err := wire.DecodeSubject(body, c.version, c.decoding(wire.Create))
	if err != nil {
		return err
	}
	return answerList(c, wire.Requirement, collectionOf(c, wire.Requirement), nil,
		func(query.List, entitlement.Include) (query.Page[entitlement.Requirement], error) {
			ask := func() ([]entitlement.Requirement, error) {
				if name, named := c.match.keys["name"]; named {
					return c.s.engine.RequirementsByName(c.ctx, c.who, name, subject)
				}
				return c.s.engine.Requirements(c.ctx, c.who, c.packageID(), subject)
			}
			all, err := ask()
			return query.Page[entitlement.Requirement]{Rows: all, Count: int64(len(all))}, err
		})
}
