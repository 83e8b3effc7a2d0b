package entitlement

import (
	"regexp"
	"unicode/utf8"

	"github.com/grantkeep/grantkeep/internal/fault"
)

// maxLongDescription is the most characters in the description of a catalog
// or a package (catalogs-and-resources.md section 2).
const maxLongDescription = 4000

// uniqueName is the form of an alternate key.
var uniqueName = regexp.MustCompile(`^[A-Za-z0-9-]{1,128}$`)

// Check reports what is wrong with the catalog's own properties, as a
// fault.Invalid.
func (c Catalog) Check() error {
	return checkNames(c.DisplayName, c.Description, c.UniqueName)
}

// CheckEdit reports whether the catalog may become after: the built-in
// catalog keeps its name.
func (c Catalog) CheckEdit(after Catalog) error {
	if c.Type != UserManaged && after.DisplayName != c.DisplayName {
		return fault.New(fault.Invalid, "CatalogNotModifiable", "The built-in catalog %q cannot be renamed.", c.DisplayName).At("displayName")
	}
	return after.Check()
}

// CheckDelete reports whether the catalog may go; packages says that it still
// holds some.
func (c Catalog) CheckDelete(packages bool) error {
	if c.Type != UserManaged {
		return fault.New(fault.Invalid, "CatalogNotModifiable", "The built-in catalog %q cannot be deleted.", c.DisplayName)
	}
	if packages {
		return fault.New(fault.Invalid, "InvalidDeleteCatalogHasAccessPackages",
			"The catalog %s can not be deleted because it has access packages.", c.DisplayName)
	}
	return nil
}

// checkNames checks what catalogs and packages have in common.
func checkNames(displayName, description, unique string) error {
	if displayName == "" || utf8.RuneCountInString(displayName) > maxName {
		return fault.New(fault.Invalid, "InvalidModel", "displayName is required and holds at most %d characters.", maxName).At("displayName")
	}
	if utf8.RuneCountInString(description) > maxLongDescription {
		return fault.New(fault.Invalid, "InvalidModel", "description holds at most %d characters.", maxLongDescription).At("description")
	}
	if unique != "" && !uniqueName.MatchString(unique) {
		return fault.New(fault.Invalid, "InvalidModel", "uniqueName holds 1 to 128 letters, digits and hyphens.").At("uniqueName")
	}
	return nil
}
