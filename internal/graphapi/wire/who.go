package wire

import "github.com/grantkeep/grantkeep/internal/directory"

// identityRecord is somebody as others are told of them; personRecord is a
// user in the same way.
var (
	identityRecord = complexType(record[directory.Object]{name: both("identity"), props: identityProperties()})
	personRecord   = complexType(record[directory.Object]{
		name: both("userIdentity"), annotated: true,
		props: append(identityProperties(), text(both("userPrincipalName"), func(o *directory.Object) *string { return &o.PrincipalName }).ro()),
	})
)

func identityProperties() []property[directory.Object] {
	return []property[directory.Object]{
		text(both("id"), func(o *directory.Object) *directory.ObjectID { return &o.ID }).ro(),
		text(both("displayName"), func(o *directory.Object) *string { return &o.DisplayName }).ro(),
	}
}
