package entitlement

import (
	"fmt"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/fault"
)

// Conflict is something that a target has and that must not be combined with
// an access package: another package, held through an assignment, or the
// membership of a group.
type Conflict struct {
	Package    PackageID
	Assignment AssignmentID
	Group      directory.ObjectID // instead of package and assignment
	Name       string             // of the package or the group
}

// String tells people by what path the conflict arises.
func (c Conflict) String() string {
	if c.Group != "" {
		return fmt.Sprintf("is a member of the group %q (%s)", c.Name, c.Group)
	}
	return fmt.Sprintf("holds the access package %q (%s, assignment %s)", c.Name, c.Package, c.Assignment)
}

// CheckConflicts refuses what would combine incompatible access: a
// fault.Invalid "IncompatibleAccess" that names each path, or nil if there
// is none.
func CheckConflicts(found []Conflict) error {
	if len(found) == 0 {
		return nil
	}
	paths := make([]string, len(found))
	for i, c := range found {
		paths[i] = c.String()
	}
	return fault.New(fault.Invalid, "IncompatibleAccess",
		"The target has access that must not be combined with this access package: the target %s. It has to end first.", sentenceList(paths, "and"))
}
