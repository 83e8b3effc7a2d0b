package engine

import (
	"context"
	"time"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

// AssignRole gives a role of either provider (permissions.md section 3.1).
// Faults: Forbidden, NotFound for a role ("RoleNotFound"), catalog or
// principal, Invalid ("InvalidModel" if the role does not fit the scope,
// "RoleAssignmentExists").
func (e *Engine) AssignRole(ctx context.Context, who authz.Caller, a authz.RoleAssignment) (authz.RoleAssignment, error) {
	return change(ctx, e, who, roleActions[a.Provider].given, audit.KindRoleAssignment, "", func(tx store.Tx) (authz.RoleAssignment, error) {
		none := authz.RoleAssignment{}
		if err := e.mayGiveRole(ctx, tx, who, a.Provider, a.Catalog); err != nil {
			return none, err
		}
		if a.Catalog != "" {
			if _, err := tx.Catalog(ctx, a.Catalog); err != nil {
				return none, err
			}
		}
		if err := checkRole(ctx, tx, a); err != nil {
			return none, err
		}
		made := a
		made.ID, made.Version, made.CreatedAt = e.newID(), 0, e.clock.Now()
		err := tx.PutRoleAssignment(ctx, made, versions(e.roleRecord(ctx, who, made, roleActions[a.Provider].given, made.CreatedAt), 0))
		made.Version++
		return made, err
	})
}

// mayGiveRole checks who may give and take roles: on a catalog its owners,
// on the tenant administrators alone.
func (e *Engine) mayGiveRole(ctx context.Context, r store.Reader, who authz.Caller, p authz.Provider, catalog entitlement.CatalogID) error {
	if p == authz.DirectoryProvider {
		return e.everywhere(ctx, r, who, authz.EditDirectoryRoles)
	}
	if catalog == "" {
		return e.everywhere(ctx, r, who, authz.EditTenantRoles)
	}
	reach, err := e.reach(ctx, r, who, authz.EditCatalogRoles)
	if err == nil {
		err = reach.Check(catalog)
	}
	return err
}

func checkRole(ctx context.Context, r store.Reader, a authz.RoleAssignment) error {
	role, ok := authz.DefinitionOf(a.Provider, a.Role)
	if !ok {
		return fault.New(fault.NotFound, "RoleNotFound", "The role was not found.").At("roleDefinitionId")
	}
	if role.Tenant && a.Catalog != "" {
		return fault.New(fault.Invalid, "InvalidModel", "The role %q is given on the tenant, not on a catalog: appScopeId is \"/\".", role.DisplayName).At("appScopeId")
	}
	if !role.Tenant && a.Catalog == "" {
		return fault.New(fault.Invalid, "InvalidModel", "The role %q is given on a catalog: appScopeId is \"/AccessPackageCatalog/{id}\".", role.DisplayName).At("appScopeId")
	}
	principal, err := r.Object(ctx, a.Principal)
	if fault.Is(err, fault.NotFound) || err == nil && (principal.Deleted() || principal.Kind == directory.KindApplication) {
		return fault.New(fault.NotFound, "ResourceNotFound", "There is no principal %s: it is a user, a group or a service principal.", a.Principal).At(string(a.Principal))
	}
	if err != nil {
		return err
	}
	// A group whose members anybody may choose must not make administrators.
	if a.Provider == authz.DirectoryProvider && principal.Group != nil && !principal.Group.AssignableToRole {
		return fault.New(fault.Invalid, "InvalidModel", "The group %q was not made to hold directory roles (isAssignableToRole).", principal.DisplayName).At("principalId")
	}
	catalog := query.Compare{Field: "catalog"}
	if a.Catalog != "" {
		catalog.Value = string(a.Catalog)
	}
	there, err := anyRow(ctx, r.RoleAssignments, equal("principal", a.Principal), equal("role", a.Role), equal("provider", a.Provider), catalog)
	if err == nil && there {
		err = fault.New(fault.Invalid, "RoleAssignmentExists", "The principal has the role %q there already.", role.DisplayName)
	}
	return err
}

// UnassignRole takes a role. Faults: Forbidden, NotFound.
func (e *Engine) UnassignRole(ctx context.Context, who authz.Caller, p authz.Provider, id string) error {
	return e.do(ctx, who, roleActions[p].taken, audit.KindRoleAssignment, id, func(tx store.Tx) error {
		a, err := roleOf(ctx, tx, p, id)
		if fault.Is(err, fault.NotFound) {
			// Only those who may take any role learn that there is none.
			if err := e.mayGiveRole(ctx, tx, who, p, ""); err != nil {
				return err
			}
		}
		if err != nil {
			return err
		}
		if err := e.mayGiveRole(ctx, tx, who, p, a.Catalog); err != nil {
			return err
		}
		return tx.DeleteRoleAssignment(ctx, id, gone(e.roleRecord(ctx, who, a, roleActions[p].taken, e.clock.Now()), a.Version))
	})
}

// roleOf reads a role assignment of one provider; those of the other do not
// exist for it.
func roleOf(ctx context.Context, r store.Reader, p authz.Provider, id string) (authz.RoleAssignment, error) {
	a, err := r.RoleAssignment(ctx, id)
	if err == nil && a.Provider != p {
		err = fault.New(fault.NotFound, "ResourceNotFound", "There is no role assignment %s.", id)
	}
	return a, err
}

// roleActions names what giving and taking a role is called in the audit log.
var roleActions = map[authz.Provider]struct{ given, taken audit.Action }{
	authz.EntitlementProvider: {audit.RoleGiven, audit.RoleTaken},
	authz.DirectoryProvider:   {audit.DirectoryRoleGiven, audit.DirectoryRoleTaken},
}

func (e *Engine) roleRecord(ctx context.Context, who authz.Caller, a authz.RoleAssignment, action audit.Action, at time.Time) audit.Record {
	role, _ := authz.DefinitionOf(a.Provider, a.Role)
	why := e.record(ctx, who.Actor, at, action, audit.KindRoleAssignment, a.ID, role.DisplayName)
	if a.Principal != who.ID() {
		why.OnBehalf = a.Principal
	}
	return why
}
