package entitlement

import (
	"slices"

	"github.com/grantkeep/grantkeep/internal/directory"
)

// RoleKey is a role as its origin knows it: the system, the resource there
// and the role of that resource. Two packages give the same role if all three
// are equal, whatever catalogs they are in.
type RoleKey struct {
	System   OriginSystem
	Resource string
	Role     string
}

// groupMember is how the role of a group's members begins
// (catalogs-and-resources.md section 4.5).
const groupMember = "Member_"

// MemberRole is the role that makes somebody a member of the group.
func MemberRole(group directory.ObjectID) RoleKey {
	return RoleKey{System: OriginGroup, Resource: string(group), Role: groupMember + string(group)}
}

// MemberOf returns the group that the role makes somebody a member of; false
// if it does not.
func (k RoleKey) MemberOf() (directory.ObjectID, bool) {
	group := directory.ObjectID(k.Resource)
	return group, k == MemberRole(group)
}

// RoleKey returns what the role of the resource is at its origin; zero if the
// resource has no such role.
func (r Resource) RoleKey(id RoleID) RoleKey {
	at := slices.IndexFunc(r.Roles, func(role ResourceRole) bool { return role.ID == id })
	if at < 0 {
		return RoleKey{}
	}
	return RoleKey{System: r.OriginSystem, Resource: r.OriginID, Role: r.Roles[at].OriginID}
}

// Gives returns the roles that the package gives, each once.
func (p Package) Gives() []RoleKey {
	var keys []RoleKey
	for _, rs := range p.RoleScopes {
		if rs.Origin != (RoleKey{}) && !slices.Contains(keys, rs.Origin) {
			keys = append(keys, rs.Origin)
		}
	}
	return keys
}
