package wire

import "github.com/grantkeep/grantkeep/internal/directory"

var identityType = complexType(record[directory.Identity]{
	name: both("objectIdentity"),
	props: []property[directory.Identity]{
		plain(both("signInType"), func(i *directory.Identity) *string { return &i.SignInType }).due(),
		text(both("issuer"), func(i *directory.Identity) *string { return &i.Issuer }),
		text(both("issuerAssignedId"), func(i *directory.Identity) *string { return &i.AssignedID }),
	},
})

// identities are the ways in which a user signs in. Those of guests tell
// which connected organization they belong to.
func identities() property[dirObject] {
	return objects(both("identities"), identityType, func(o *dirObject) *[]directory.Identity { return &userOf(o).Identities }).selected()
}
