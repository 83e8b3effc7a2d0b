package graphapi

import (
	"net/http"
	"strings"

	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/graphapi/wire"
	"github.com/grantkeep/grantkeep/internal/query"
)

// Where the objects of a navigation are found, for @odata.context.
var (
	catalogNames     = wire.Names{V1: "catalogs", Beta: "accessPackageCatalogs"}
	environmentNames = wire.Names{V1: "resourceEnvironments", Beta: "accessPackageResourceEnvironments"}
	packageNames     = wire.Names{V1: "accessPackages", Beta: "accessPackages"}
	policyNames      = wire.Names{V1: "assignmentPolicies", Beta: "accessPackageAssignmentPolicies"}
	assignmentNames  = wire.Names{V1: "assignments", Beta: "accessPackageAssignments"}
	subjectNames     = wire.Names{V1: "subjects", Beta: "subjects"}
)

func (c *call) packageID() entitlement.PackageID { return entitlement.PackageID(c.arg("package")) }

func (c *call) loadPackages() loader[entitlement.PackageView] {
	return func(q query.List, inc entitlement.Include) (query.Page[entitlement.PackageView], error) {
		return c.s.engine.Packages(c.ctx, c.who, q, inc)
	}
}

func (c *call) loadPackage(inc entitlement.Include) (entitlement.PackageView, error) {
	return c.s.engine.Package(c.ctx, c.who, c.packageID(), inc)
}

// listPackages serves all packages, and those of the catalog on the path.
func listPackages(c *call) error {
	return answerList(c, wire.Package, c.here(), is("catalog", c.arg("catalog")), c.loadPackages())
}

func countPackages(c *call) error { return answerCount(c, wire.Package, nil, c.loadPackages()) }

func getPackage(c *call) error { return answerOne(c, wire.Package, c.around(), c.loadPackage) }

func getPackageByName(c *call) error {
	return answerOne(c, wire.Package, c.around(), func(inc entitlement.Include) (entitlement.PackageView, error) {
		return onlyRow(c.s.engine.Packages(c.ctx, c.who, query.List{Where: c.bearing(), Limit: 1}, inc))
	})
}

func getCatalogOfPackage(c *call) error {
	return answerOne(c, wire.Catalog, c.named(catalogNames), func(inc entitlement.Include) (entitlement.CatalogView, error) {
		p, err := c.loadPackage(inc.Under("catalog"))
		return related(p.InCatalog, err)
	})
}

func createPackage(c *call) error {
	var v entitlement.PackageView
	if err := decode(c, wire.Package, &v, wire.Create); err != nil {
		return err
	}
	made, err := c.s.engine.CreatePackage(c.ctx, c.who, v.Package)
	if err != nil {
		return err
	}
	return answerMade(c, wire.Package, http.StatusCreated, c.here(), string(made.ID), &made)
}

func updatePackage(c *call) error {
	body, err := c.content()
	if err != nil {
		return err
	}
	edit := editing(c, body, wire.Package, wire.Merge,
		func(current entitlement.Package) entitlement.PackageView {
			return entitlement.PackageView{Package: current}
		},
		func(v entitlement.PackageView) entitlement.Package { return v.Package })
	if err := c.s.engine.UpdatePackage(c.ctx, c.who, c.packageID(), edit); err != nil {
		return err
	}
	return answerChanged(c, wire.Package, c.around(), c.loadPackage)
}

func deletePackage(c *call) error {
	if err := c.s.engine.DeletePackage(c.ctx, c.who, c.packageID(), unchanged[entitlement.Package](c)); err != nil {
		return err
	}
	return c.sendNothing(http.StatusNoContent)
}

func movePackage(c *call) error {
	body, err := c.content()
	if err != nil {
		return err
	}
	to, err := wire.DecodeCatalogID(body)
	if err != nil {
		return err
	}
	if err := c.s.engine.MovePackage(c.ctx, c.who, c.packageID(), to); err != nil {
		return err
	}
	return c.sendNothing(http.StatusOK)
}

func listRoleScopes(c *call) error {
	return answerList(c, wire.RoleScope, c.here(), nil,
		func(q query.List, inc entitlement.Include) (query.Page[entitlement.RoleScopeView], error) {
			all, err := c.s.engine.RoleScopes(c.ctx, c.who, c.packageID(), inc)
			return wire.RoleScope.Select(all, q), err
		})
}

// roleScopeID is two GUIDs joined by an underscore.
func (c *call) roleScopeID() string { return strings.ToLower(c.arg("roleScope")) }

func getRoleScope(c *call) error {
	return answerOne(c, wire.RoleScope, c.around(), func(inc entitlement.Include) (entitlement.RoleScopeView, error) {
		all, err := c.s.engine.RoleScopes(c.ctx, c.who, c.packageID(), inc)
		return onlyRow(wire.RoleScope.Select(all, query.List{Where: is("id", c.roleScopeID()), Limit: 1}), err)
	})
}

func createRoleScope(c *call) error {
	body, err := c.content()
	if err != nil {
		return err
	}
	ref, err := wire.DecodeRoleScope(body, c.version, c.decoding(wire.Create))
	if err != nil {
		return err
	}
	made, err := c.s.engine.AddRoleScope(c.ctx, c.who, c.packageID(), ref)
	if err != nil {
		return err
	}
	if err := c.pointToViolations(); err != nil {
		return err
	}
	return answerMade(c, wire.RoleScope, http.StatusCreated, c.here(), made.ID(), &made)
}

// deleteRoleScope answers 200 on beta, where a strict client takes nothing
// else, and 204 on v1.0 (clients.md section 1).
func deleteRoleScope(c *call) error {
	if err := c.s.engine.RemoveRoleScope(c.ctx, c.who, c.packageID(), c.roleScopeID()); err != nil {
		return err
	}
	if c.version == wire.Beta {
		return c.sendNothing(http.StatusOK)
	}
	return c.sendNothing(http.StatusNoContent)
}
