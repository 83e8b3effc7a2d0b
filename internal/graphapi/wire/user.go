package wire

import (
	"time"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/query"
)

type dirObject = directory.Object

func objectID(o *dirObject) string { return string(o.ID) }

// userOf returns what only users have; a missing detail is an empty one.
// Reading changes nothing: ownUser makes an object ready to be written.
func userOf(o *dirObject) *directory.UserDetail {
	if o.User == nil {
		return &directory.UserDetail{}
	}
	return o.User
}

// ownUser gives the object a detail of its own, as the one it has may be
// shared with the object before the change.
func ownUser(o *dirObject) {
	detail := *userOf(o)
	o.User = &detail
}

// ofUser is a text of a user.
func ofUser(name string, at func(*directory.UserDetail) *string) property[dirObject] {
	return text(both(name), func(o *dirObject) *string { return at(userOf(o)) })
}

// keptOut are directory properties that Graph has and we accept without
// keeping them: passwords are none of our business, the rest has no effect on
// entitlements.
var keptOut = []string{
	"passwordProfile", "passwordPolicies", "aboutMe", "ageGroup", "birthday", "consentProvidedForMinor", "customSecurityAttributes",
	"employeeHireDate", "employeeLeaveDateTime", "employeeOrgData", "externalUserStateChangeDateTime", "hireDate",
	"imAddresses", "interests", "legalAgeGroupClassification", "mailboxSettings", "mySite",
	"pastProjects", "preferredDataLocation", "preferredName", "responsibilities", "schools", "skills", "usageLocationCountry",
	"assignedLicenses", "assignedLabels", "classification", "isArchived", "isManagementRestricted", "membershipRuleProcessingState",
	"resourceBehaviorOptions", "resourceProvisioningOptions", "theme", "preferredLanguageTag", "writebackConfiguration",
	"allowExternalSenders", "autoSubscribeNewMembers", "hideFromOutlookClients", "isSubscribedByMail", "unseenCount", "accessType",
	"expirationDateTime", "renewedDateTime", "proxyAddresses", "deletedDateTime", "onPremisesDistinguishedName", "onPremisesDomainName",
	"onPremisesLastSyncDateTime", "onPremisesSamAccountName", "onPremisesUserPrincipalName", "onPremisesProvisioningErrors",
	"serviceProvisioningErrors", "extensions", "manager", "sponsors", "members", "owners", "memberOf", "directReports", "ownedObjects",
	"isEnabled", "refreshTokensValidFromDateTime", "signInSessionsValidFromDateTime", "assignedPlans", "provisionedPlans",
	"isResourceAccount", "cloudRealtimeCommunicationInfo", "infoCatalogs", "onPremisesNetBiosName",
}

func (m *model) declareUser() {
	*m.user = Entity[dirObject]{
		collection: "objects",
		id:         objectID,
		record: record[dirObject]{
			name: both("user"),
			props: []property[dirObject]{
				guid(both("id"), func(o *dirObject) *directory.ObjectID { return &o.ID }).filter("id").ro(),
				phones(),
				plain(both("displayName"), func(o *dirObject) *string { return &o.DisplayName }).folded("displayName").due(),
				ofUser("givenName", func(u *directory.UserDetail) *string { return &u.GivenName }).folded("givenName"),
				ofUser("jobTitle", func(u *directory.UserDetail) *string { return &u.JobTitle }).folded("jobTitle"),
				text(both("mail"), func(o *dirObject) *string { return &o.Mail }).folded("mail"),
				ofUser("mobilePhone", func(u *directory.UserDetail) *string { return &u.MobilePhone }),
				ofUser("officeLocation", func(u *directory.UserDetail) *string { return &u.OfficeLocation }),
				ofUser("preferredLanguage", func(u *directory.UserDetail) *string { return &u.PreferredLanguage }),
				ofUser("surname", func(u *directory.UserDetail) *string { return &u.Surname }).folded("surname"),
				text(both("userPrincipalName"), func(o *dirObject) *string { return &o.PrincipalName }).folded("principalName").due(),

				// From here on only if selected.
				flag(both("accountEnabled"), func(o *dirObject) *bool { return &o.Enabled }).filter("enabled").
					orElse(func(o *dirObject) { o.Enabled = true }).selected(),
				userType(),
				ofUser("mailNickname", func(u *directory.UserDetail) *string { return &u.MailNickname }).folded("mailNickname").selected(),
				instant(both("createdDateTime"), func(o *dirObject) *time.Time { return &o.CreatedAt }).filter("createdAt").ro().selected(),
				ofUser("department", func(u *directory.UserDetail) *string { return &u.Department }).folded("department").selected(),
				ofUser("companyName", func(u *directory.UserDetail) *string { return &u.CompanyName }).folded("companyName").selected(),
				ofUser("employeeId", func(u *directory.UserDetail) *string { return &u.EmployeeID }).folded("employeeId").selected(),
				ofUser("employeeType", func(u *directory.UserDetail) *string { return &u.EmployeeType }).selected(),
				ofUser("city", func(u *directory.UserDetail) *string { return &u.City }).selected(),
				ofUser("country", func(u *directory.UserDetail) *string { return &u.Country }).selected(),
				ofUser("state", func(u *directory.UserDetail) *string { return &u.State }).selected(),
				ofUser("streetAddress", func(u *directory.UserDetail) *string { return &u.StreetAddress }).selected(),
				ofUser("postalCode", func(u *directory.UserDetail) *string { return &u.PostalCode }).selected(),
				ofUser("usageLocation", func(u *directory.UserDetail) *string { return &u.UsageLocation }).selected(),
				ofUser("onPremisesImmutableId", func(u *directory.UserDetail) *string { return &u.OnPremisesImmutableID }).selected(),
				texts(both("otherMails"), func(o *dirObject) *[]string { return &userOf(o).OtherMails }).selected(),
				showInAddressList(),
				ofUser("externalUserState", func(u *directory.UserDetail) *string { return &u.ExternalState }).ro().selected(),
				fixed[dirObject](both("externalUserStateChangeDateTime"), "Edm.DateTimeOffset", "null").selected(),
				told(both("creationType"), func(o *dirObject) string {
					if userOf(o).ExternalState != "" {
						return "Invitation"
					}
					return ""
				}).selected(),
				identities(),
				texts(both("proxyAddresses"), func(o *dirObject) *[]string { return &userOf(o).ProxyAddresses }).selected(),
				userExtensions(),
				fixed[dirObject](both("onPremisesSyncEnabled"), "Edm.Boolean", "null").selected(),
				fixed[dirObject](both("onPremisesSecurityIdentifier"), "Edm.String", "null").selected(),
				fixed[dirObject](both("onPremisesSamAccountName"), "Edm.String", "null").selected(),
				fixed[dirObject](both("onPremisesUserPrincipalName"), "Edm.String", "null").selected(),
				fixed[dirObject](both("onPremisesDomainName"), "Edm.String", "null").selected(),
				fixed[dirObject](both("onPremisesDistinguishedName"), "Edm.String", "null").selected(),
				fixed[dirObject](both("securityIdentifier"), "Edm.String", "null").selected(),
				fixed[dirObject](both("ageGroup"), "Edm.String", "null").selected(),
				fixed[dirObject](both("consentProvidedForMinor"), "Edm.String", "null").selected(),
				fixed[dirObject](both("employeeHireDate"), "Edm.DateTimeOffset", "null").selected(),
				fixed[dirObject](both("employeeOrgData"), "graph.employeeOrgData", "null").selected(),
				ofUser("faxNumber", func(u *directory.UserDetail) *string { return &u.FaxNumber }).selected(),
				fixed[dirObject](both("imAddresses"), "Collection(Edm.String)", "[]").selected(),
				fixed[dirObject](both("passwordPolicies"), "Edm.String", "null").selected(),
				instant(both("deletedDateTime"), func(o *dirObject) *time.Time { return &o.DeletedAt }).ro().selected(),
			},
			ignored: keptOut,
			prepare: ownUser,
			finish: func(r *reader, _ *value, o *dirObject) error {
				if r.mode == Create {
					o.Kind = directory.KindUser
				}
				return nil
			},
		},
		paths: []property[dirObject]{
			path(both("manager/id"), "manager", guidLiteral, func(o *dirObject) query.Value { return textValue(userOf(o).ManagerID) }),
		},
	}
	m.user.build()
}

func phones() property[dirObject] {
	return texts(both("businessPhones"), func(o *dirObject) *[]string { return &userOf(o).BusinessPhones })
}

func userType() property[dirObject] {
	return choice(both("userType"), alike(Names{}, directory.Member, directory.Guest), func(o *dirObject) *directory.UserType { return &userOf(o).Type }).
		filter("userType").orElse(func(o *dirObject) { userOf(o).Type = directory.Member }).selected()
}

// showInAddressList is null until somebody sets it.
func showInAddressList() property[dirObject] {
	return property[dirObject]{
		names: both("showInAddressList"), types: both("Edm.Boolean"), onSelect: true,
		put: func(b []byte, o *dirObject, _ *Shape) []byte {
			if show := userOf(o).ShowInAddressList; show != nil {
				return appendBool(b, *show)
			}
			return append(b, "null"...)
		},
		set: func(_ *reader, v *value, o *dirObject) error {
			show, err := v.asBool()
			userOf(o).ShowInAddressList = &show
			return err
		},
		unset: func(o *dirObject) { userOf(o).ShowInAddressList = nil },
	}
}
