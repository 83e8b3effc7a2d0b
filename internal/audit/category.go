package audit

import (
	"maps"
	"slices"
	"strings"
)

// Category is the published category of a record.
type Category string

// The categories of what is recorded.
const (
	Entitlements Category = "EntitlementManagement"
	Users        Category = "UserManagement"
	Groups       Category = "GroupManagement"
	Applications Category = "ApplicationManagement"
	Roles        Category = "RoleManagement"
	Directory    Category = "DirectoryManagement"
)

// ofDirectory are the actions that are no business of entitlement management.
var ofDirectory = map[Action]Category{
	UserAdded: Users, UserUpdated: Users, UserDeleted: Users, UserInvited: Users,
	GroupAdded: Groups, GroupUpdated: Groups, GroupDeleted: Groups,
	MemberAdded: Groups, MemberRemoved: Groups, OwnerAdded: Groups, OwnerRemoved: Groups,
	ServicePrincipalSet: Applications, ServicePrincipalUpdated: Applications, ServicePrincipalDeleted: Applications,
	ApplicationAdded: Applications, ApplicationUpdated: Applications, ApplicationDeleted: Applications,
	AppRoleGiven: Applications, AppRoleTaken: Applications,
	DirectoryRoleGiven: Roles, DirectoryRoleTaken: Roles,
	ObjectPurged: Directory, ObjectRestored: Directory,
}

// CategoryOf returns the category of an action.
func CategoryOf(a Action) Category {
	if c, ok := ofDirectory[a]; ok {
		return c
	}
	return Entitlements
}

// DirectoryActions returns the actions of a category; those of entitlement
// management are all others.
func DirectoryActions(c Category) []Action {
	var all []Action
	for _, a := range slices.Sorted(maps.Keys(ofDirectory)) {
		if c == Entitlements || ofDirectory[a] == c {
			all = append(all, a)
		}
	}
	return all
}

// Operation returns what kind of change an action is: Create, Update, Delete,
// or its own first word.
func (a Action) Operation() string {
	first, _, _ := strings.Cut(string(a), " ")
	switch first {
	case "Add":
		return "Create"
	case "Remove", "Hard":
		return "Delete"
	}
	return first
}
