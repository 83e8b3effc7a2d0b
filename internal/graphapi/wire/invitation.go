package wire

import (
	"github.com/grantkeep/grantkeep/internal/directory"
)

// Invitation is the body of an invitation.
type Invitation struct {
	Mail        string
	DisplayName string
	Type        directory.UserType
	RedirectURL string
	SendMessage bool
}

var invitationBody = complexType(record[Invitation]{
	name: both("invitation"),
	props: []property[Invitation]{
		plain(both("invitedUserEmailAddress"), func(i *Invitation) *string { return &i.Mail }).due(),
		plain(both("inviteRedirectUrl"), func(i *Invitation) *string { return &i.RedirectURL }).due(),
		text(both("invitedUserDisplayName"), func(i *Invitation) *string { return &i.DisplayName }),
		choice(both("invitedUserType"), alike(Names{}, directory.Guest, directory.Member), func(i *Invitation) *directory.UserType { return &i.Type }),
		flag(both("sendInvitationMessage"), func(i *Invitation) *bool { return &i.SendMessage }),
	},
	ignored: []string{"id", "inviteRedeemUrl", "status", "invitedUser", "invitedUserMessageInfo", "resetRedemption", "invitedUserSponsors"},
})

// DecodeInvitation reads the body of a new invitation.
func DecodeInvitation(body []byte, v Version, o DecodeOptions) (Invitation, error) {
	parsed, err := parse(body)
	if err != nil {
		return Invitation{}, err
	}
	var i Invitation
	err = invitationBody.decode(&reader{v: v, mode: Create, lenient: o.Lenient}, parsed, &i)
	return i, err
}
