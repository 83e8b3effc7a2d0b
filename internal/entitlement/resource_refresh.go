package entitlement

import (
	"slices"

	"github.com/grantkeep/grantkeep/internal/directory"
)

// Refreshed returns the resource as its origin calls it now
// (catalogs-and-resources.md section 4.7). Roles keep their ids; new ones
// come in, and those that the origin has no more go unless one of the
// catalog's packages still gives them: what people have does not change
// behind their backs. Faults: as NewResource.
func (r Resource) Refreshed(object directory.Object, packages []Package, newID func() string) (Resource, error) {
	now, err := NewResource(Resource{Catalog: r.Catalog, OriginSystem: r.OriginSystem, OriginID: r.OriginID}, object, newID)
	if err != nil {
		return r, err
	}
	given := func(id RoleID) bool {
		return slices.ContainsFunc(packages, func(p Package) bool {
			return slices.ContainsFunc(p.RoleScopes, func(rs RoleScope) bool { return rs.Role == id })
		})
	}
	var roles []ResourceRole
	for _, old := range r.Roles {
		at := slices.IndexFunc(now.Roles, func(role ResourceRole) bool { return role.OriginID == old.OriginID })
		switch {
		case at >= 0:
			now.Roles[at].ID = old.ID
			roles = append(roles, now.Roles[at])
			now.Roles = slices.Delete(now.Roles, at, at+1)
		case given(old.ID):
			roles = append(roles, old)
		}
	}
	r.DisplayName, r.Description, r.Type = now.DisplayName, now.Description, now.Type
	r.Roles = append(roles, now.Roles...)
	return r, nil
}
