package entitlement

import (
	"slices"

	"github.com/grantkeep/grantkeep/internal/fault"
)

// MovedTo returns the package as it is in another catalog: it gives the same
// roles, by the ids that they have there. here holds the resources of the
// roles that it gives, there those of the other catalog. fault.Invalid
// "ResourceNotInTargetCatalog" if the other catalog lacks one of them, or a
// role or scope of it.
func (p Package) MovedTo(catalog CatalogID, here, there []Resource) (Package, error) {
	moved := make([]RoleScope, 0, len(p.RoleScopes))
	for _, rs := range p.RoleScopes {
		same, ok := rs.among(here, there)
		if !ok {
			return Package{}, fault.New(fault.Invalid, "ResourceNotInTargetCatalog",
				"The target catalog has no role %s of the resource %s %q, which the access package gives; add the resource to it, or refresh it there.",
				rs.Origin.Role, rs.Origin.System, rs.Origin.Resource).At("catalogId")
		}
		same.Stamp = rs.Stamp
		moved = append(moved, same)
	}
	p.Catalog, p.RoleScopes = catalog, moved
	return p, nil
}

// among returns the same role on the same scope of a resource there.
func (rs RoleScope) among(here, there []Resource) (RoleScope, bool) {
	from := slices.IndexFunc(here, func(r Resource) bool { return r.ID == rs.Resource })
	to := slices.IndexFunc(there, func(r Resource) bool {
		return r.OriginSystem == rs.Origin.System && r.OriginID == rs.Origin.Resource
	})
	if from < 0 || to < 0 {
		return RoleScope{}, false
	}
	scope := slices.IndexFunc(here[from].Scopes, func(s ResourceScope) bool { return s.ID == rs.Scope })
	if scope < 0 {
		return RoleScope{}, false
	}
	ref := RoleScopeRef{RoleOriginID: rs.Origin.Role, ScopeOriginID: here[from].Scopes[scope].OriginID}
	same, err := ref.Find(there[to : to+1])
	return same, err == nil
}

// CheckMove reports whether the policy can move to another catalog with its
// package: what it calls belongs to the catalog that it is in.
func (p Policy) CheckMove() error {
	if len(p.CalledExtensions()) == 0 {
		return nil
	}
	return fault.New(fault.Invalid, "CustomExtensionInUse",
		"The policy %q calls custom extensions of the catalog that the access package is in; take them out of it before the package moves.",
		p.DisplayName).At("catalogId")
}
