package entitlement

import (
	"slices"

	"github.com/grantkeep/grantkeep/internal/fault"
)

// Check reports what is wrong with the package's own properties, as a
// fault.Invalid.
func (p Package) Check() error {
	if err := checkNames(p.DisplayName, p.Description, p.UniqueName); err != nil {
		return err
	}
	if p.Catalog == "" {
		return fault.New(fault.Invalid, "InvalidModel", "An access package belongs to a catalog: give the catalog's id.").At("catalog")
	}
	if slices.Contains(p.Incompatible, p.ID) {
		return fault.New(fault.Invalid, "InvalidModel", "An access package cannot be incompatible with itself.").At("incompatibleAccessPackages")
	}
	return nil
}

// CheckEdit reports whether the package may become after. It stays in its
// catalog.
func (p Package) CheckEdit(after Package) error {
	if after.Catalog != p.Catalog {
		return fault.New(fault.Invalid, "InvalidModel",
			"The catalog of an access package cannot be changed here; use moveToCatalog.").At("catalog")
	}
	if twice(after.Incompatible) {
		return linkedAlready("incompatibleAccessPackages")
	}
	if twice(after.IncompatibleGroup) {
		return linkedAlready("incompatibleGroups")
	}
	return after.Check()
}

// twice reports whether an id stands in a list more than once.
func twice[ID comparable](ids []ID) bool {
	seen := make(map[ID]bool, len(ids))
	for _, id := range ids {
		if seen[id] {
			return true
		}
		seen[id] = true
	}
	return false
}

// linkedAlready is the directory's sentence, which clients match.
func linkedAlready(property string) error {
	return fault.New(fault.Invalid, "Request_BadRequest",
		"One or more added object references already exist for the following modified properties: '%s'.", property)
}

// WithRoleScope returns the package with a role scope more.
func (p Package) WithRoleScope(rs RoleScope) (Package, error) {
	for _, have := range p.RoleScopes {
		if have.ID() == rs.ID() {
			return Package{}, fault.New(fault.Invalid, "DuplicateResourceRoleScope",
				"The access package %q holds this resource role already.", p.DisplayName)
		}
	}
	p.RoleScopes = append(slices.Clip(p.RoleScopes), rs)
	return p, nil
}

// WithoutRoleScope returns the package without the role scope of the given
// published id; fault.NotFound if it holds none.
func (p Package) WithoutRoleScope(id string) (Package, error) {
	at := slices.IndexFunc(p.RoleScopes, func(rs RoleScope) bool { return rs.ID() == id })
	if at < 0 {
		return Package{}, fault.New(fault.NotFound, "ResourceNotFound", "The access package %q holds no resource role %s.", p.DisplayName, id)
	}
	p.RoleScopes = slices.Delete(slices.Clone(p.RoleScopes), at, at+1)
	return p, nil
}

// Find resolves the reference among the resources it may mean
// (catalogs-and-resources.md section 5): role and scope by id, else by their
// ids at the origin, else the root scope. fault.NotFound "RoleNotFound" if
// none of the resources has such a role and scope.
func (ref RoleScopeRef) Find(among []Resource) (RoleScope, error) {
	for _, r := range among {
		role, ok := ref.role(r)
		if !ok {
			continue
		}
		if scope, ok := ref.scope(r); ok {
			return RoleScope{Resource: r.ID, Role: role, Scope: scope, Origin: r.RoleKey(role)}, nil
		}
	}
	return RoleScope{}, fault.New(fault.NotFound, "RoleNotFound", "The role was not found.")
}

func (ref RoleScopeRef) role(r Resource) (RoleID, bool) {
	if ref.RoleOriginSystem != "" && ref.RoleOriginSystem != string(r.OriginSystem) {
		return "", false
	}
	for _, role := range r.Roles {
		switch {
		case ref.Role != "":
			if string(role.ID) == ref.Role {
				return role.ID, true
			}
		case ref.RoleOriginID != "":
			if role.OriginID == ref.RoleOriginID {
				return role.ID, true
			}
		case ref.RoleDisplayName != "" && role.DisplayName == ref.RoleDisplayName:
			return role.ID, true
		}
	}
	return "", false
}

func (ref RoleScopeRef) scope(r Resource) (ScopeID, bool) {
	for _, scope := range r.Scopes {
		switch {
		case ref.Scope != "":
			if string(scope.ID) == ref.Scope {
				return scope.ID, true
			}
		case ref.ScopeOriginID != "":
			if scope.OriginID == ref.ScopeOriginID {
				return scope.ID, true
			}
		case scope.Root:
			return scope.ID, true
		}
	}
	return "", false
}
