package directory

import (
	"strconv"
	"strings"
)

// attributes are the texts of a user into which answers of people may be
// written. Names and addresses by which somebody is known are not among them.
var attributes = func() map[string]func(*UserDetail) *string {
	all := map[string]func(*UserDetail) *string{
		"jobTitle":          func(u *UserDetail) *string { return &u.JobTitle },
		"department":        func(u *UserDetail) *string { return &u.Department },
		"companyName":       func(u *UserDetail) *string { return &u.CompanyName },
		"employeeId":        func(u *UserDetail) *string { return &u.EmployeeID },
		"employeeType":      func(u *UserDetail) *string { return &u.EmployeeType },
		"officeLocation":    func(u *UserDetail) *string { return &u.OfficeLocation },
		"mobilePhone":       func(u *UserDetail) *string { return &u.MobilePhone },
		"faxNumber":         func(u *UserDetail) *string { return &u.FaxNumber },
		"city":              func(u *UserDetail) *string { return &u.City },
		"country":           func(u *UserDetail) *string { return &u.Country },
		"state":             func(u *UserDetail) *string { return &u.State },
		"streetAddress":     func(u *UserDetail) *string { return &u.StreetAddress },
		"postalCode":        func(u *UserDetail) *string { return &u.PostalCode },
		"usageLocation":     func(u *UserDetail) *string { return &u.UsageLocation },
		"preferredLanguage": func(u *UserDetail) *string { return &u.PreferredLanguage },
	}
	for i := range ExtensionAttributes {
		all["extensionAttribute"+strconv.Itoa(i+1)] = func(u *UserDetail) *string { return &u.Extensions[i] }
	}
	return all
}()

// AttributeName returns the name, as it is published, of a text of users into
// which answers may be written; false if there is none such. Letter case does
// not matter.
func AttributeName(name string) (string, bool) {
	for known := range attributes {
		if strings.EqualFold(known, name) {
			return known, true
		}
	}
	return "", false
}

// Attribute returns where a user keeps what an AttributeName names.
func (u *UserDetail) Attribute(name string) *string { return attributes[name](u) }
