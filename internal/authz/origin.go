package authz

import (
	"slices"

	"github.com/grantkeep/grantkeep/internal/directory"
)

// origin says who may offer objects of a kind through access packages
// without owning them.
type origin struct {
	app       []Scope  // an application needs one of these
	directory []string // a person needs one of these roles, or to be Global Administrator
}

// origins is permissions.md section 4 and catalogs-and-resources.md section
// 4.4. Exchange and SharePoint administrators run mail groups only.
var (
	securityGroups = origin{
		app:       []Scope{GroupReadWriteAll, DirectoryWriteAll},
		directory: []string{UserAdmin, GroupsAdmin, IntuneAdmin},
	}
	mailGroups = origin{
		app:       securityGroups.app,
		directory: []string{UserAdmin, GroupsAdmin, IntuneAdmin, ExchangeAdmin, SharePointAdmin},
	}
	applications = origin{
		app:       []Scope{AppReadWriteAll, DirectoryWriteAll},
		directory: []string{GovernanceAdmin, ApplicationAdmin, CloudApplicationAdmin, UserAdmin},
	}
)

// MayGiveAway reports whether the caller has such a right over the object
// that a package may hand out its roles. Owners have it besides.
func MayGiveAway(c Caller, held []RoleAssignment, o directory.Object) bool {
	of := applications
	if o.Kind == directory.KindGroup {
		of = securityGroups
		if o.Group != nil && slices.Contains(o.Group.Types, "Unified") {
			of = mailGroups
		}
	}
	if c.AppOnly() {
		return c.Has(of.app...) || HoldsDirectory(c, held, GlobalAdmin)
	}
	return HoldsDirectory(c, held, append([]string{GlobalAdmin}, of.directory...)...)
}

// MayGiveAwayRoles reports whether the caller may offer groups that can hold
// directory roles.
func MayGiveAwayRoles(c Caller, held []RoleAssignment) bool {
	return HoldsDirectory(c, held, GlobalAdmin, PrivilegedRoleAdmin) || c.AppOnly() && c.Has(RolesReadWrite)
}

// OwnedOnly reports whether the caller is an application that may change
// only the applications that it owns.
func OwnedOnly(c Caller) bool {
	return c.AppOnly() && c.Has(AppReadWriteOwned) && !c.Has(AppReadWriteAll, DirectoryWriteAll)
}
