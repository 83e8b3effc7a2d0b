package directory

import "strconv"

// ruleProperty is a property of a user that rules can ask about. One of the
// functions is set, by the property's type.
type ruleProperty struct {
	name Property
	text func(Object) string   // empty: null
	list func(Object) []string // empty: null
	flag func(Object) bool
}

// ruleProperties finds properties by their folded name, the directory's own
// name or the one of Graph where the two differ.
var ruleProperties = func() map[string]*ruleProperty {
	all := map[string]*ruleProperty{}
	add := func(p *ruleProperty, also ...string) {
		for _, name := range append(also, string(p.name)) {
			all[Fold(name)] = p
		}
	}
	text := func(name string, get func(Object) string, also ...string) {
		add(&ruleProperty{name: Property(name), text: get}, also...)
	}
	ofUser := func(name string, get func(*UserDetail) string, also ...string) {
		text(name, func(o Object) string { return get(detailOf(o)) }, also...)
	}
	list := func(name string, get func(*UserDetail) []string, also ...string) {
		add(&ruleProperty{name: Property(name), list: func(o Object) []string { return get(detailOf(o)) }}, also...)
	}

	add(&ruleProperty{name: "accountEnabled", flag: func(o Object) bool { return o.Enabled }})
	text("displayName", func(o Object) string { return o.DisplayName })
	text("mail", func(o Object) string { return o.Mail })
	text("objectId", func(o Object) string { return string(o.ID) }, "id")
	text("userPrincipalName", func(o Object) string { return o.PrincipalName })
	ofUser("city", func(u *UserDetail) string { return u.City })
	ofUser("companyName", func(u *UserDetail) string { return u.CompanyName })
	ofUser("country", func(u *UserDetail) string { return u.Country })
	ofUser("department", func(u *UserDetail) string { return u.Department })
	ofUser("employeeId", func(u *UserDetail) string { return u.EmployeeID })
	ofUser("employeeType", func(u *UserDetail) string { return u.EmployeeType })
	ofUser("externalUserState", func(u *UserDetail) string { return u.ExternalState })
	ofUser("facsimileTelephoneNumber", func(u *UserDetail) string { return u.FaxNumber }, "faxNumber")
	ofUser("givenName", func(u *UserDetail) string { return u.GivenName })
	ofUser("jobTitle", func(u *UserDetail) string { return u.JobTitle })
	ofUser("mailNickname", func(u *UserDetail) string { return u.MailNickname })
	ofUser("mobile", func(u *UserDetail) string { return u.MobilePhone }, "mobilePhone")
	ofUser("onPremisesImmutableId", func(u *UserDetail) string { return u.OnPremisesImmutableID })
	ofUser("physicalDeliveryOfficeName", func(u *UserDetail) string { return u.OfficeLocation }, "officeLocation")
	ofUser("postalCode", func(u *UserDetail) string { return u.PostalCode })
	ofUser("preferredLanguage", func(u *UserDetail) string { return u.PreferredLanguage })
	ofUser("state", func(u *UserDetail) string { return u.State })
	ofUser("streetAddress", func(u *UserDetail) string { return u.StreetAddress })
	ofUser("surname", func(u *UserDetail) string { return u.Surname })
	ofUser("telephoneNumber", func(u *UserDetail) string {
		if len(u.BusinessPhones) == 0 {
			return ""
		}
		return u.BusinessPhones[0]
	})
	ofUser("usageLocation", func(u *UserDetail) string { return u.UsageLocation })
	ofUser("userType", func(u *UserDetail) string { return string(u.Type) })
	list("businessPhones", func(u *UserDetail) []string { return u.BusinessPhones })
	list("otherMails", func(u *UserDetail) []string { return u.OtherMails })
	list("proxyAddresses", func(u *UserDetail) []string { return u.ProxyAddresses })
	for i := range ExtensionAttributes {
		ofUser("extensionAttribute"+strconv.Itoa(i+1), func(u *UserDetail) string { return u.Extensions[i] })
	}
	return all
}()
