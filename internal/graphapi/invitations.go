package graphapi

import (
	"encoding/json"
	"net/http"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/engine"
	"github.com/grantkeep/grantkeep/internal/graphapi/wire"
)

// createInvitation makes a guest's account. There is no redemption: whoever
// the partner's issuer lets in has an account at once, so the URL to redeem it
// is the one that the inviter chose.
func createInvitation(c *call) error {
	body, err := c.content()
	if err != nil {
		return err
	}
	i, err := wire.DecodeInvitation(body, c.version, c.decoding(wire.Create))
	if err != nil {
		return err
	}
	o, err := c.s.engine.Invite(c.ctx, c.who, engine.Invitation{Mail: i.Mail, DisplayName: i.DisplayName, Type: i.Type, Tell: i.SendMessage, Link: i.RedirectURL})
	if err != nil {
		return err
	}
	b, err := json.Marshal(invitation{
		Context: c.context("invitations/$entity"), ID: string(o.ID), RedeemURL: i.RedirectURL, RedirectURL: i.RedirectURL,
		Mail: i.Mail, DisplayName: o.DisplayName, Type: string(o.User.Type), Status: invitationStatus(o), SendMessage: i.SendMessage, User: invitedUser{string(o.ID)},
	})
	if err != nil {
		return err
	}
	c.send(http.StatusCreated, jsonType, b)
	return nil
}

func invitationStatus(o directory.Object) string {
	if o.User.ExternalState == directory.Accepted {
		return "Completed"
	}
	return directory.PendingAcceptance
}

// invitation is the answer to an invitation. Nothing of it is kept but the
// account.
type invitation struct {
	Context         string      `json:"@odata.context"`
	ID              string      `json:"id"`
	RedeemURL       string      `json:"inviteRedeemUrl"`
	Mail            string      `json:"invitedUserEmailAddress"`
	DisplayName     string      `json:"invitedUserDisplayName"`
	Type            string      `json:"invitedUserType"`
	RedirectURL     string      `json:"inviteRedirectUrl"`
	SendMessage     bool        `json:"sendInvitationMessage"`
	ResetRedemption bool        `json:"resetRedemption"`
	Status          string      `json:"status"`
	User            invitedUser `json:"invitedUser"`
}

type invitedUser struct {
	ID string `json:"id"`
}
