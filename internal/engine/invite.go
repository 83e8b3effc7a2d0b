package engine

import (
	"context"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/store"
)

// Invitation asks for an account for somebody from outside.
type Invitation struct {
	Mail        string
	DisplayName string
	Type        directory.UserType // empty: a guest
	Tell        bool               // send the person a message
	Link        string             // where it leads
}

// Invite makes an account for somebody from outside and returns it. Who has
// one already keeps it. Faults: Forbidden, Invalid for an address that is
// none, or that a member has.
func (e *Engine) Invite(ctx context.Context, who authz.Caller, i Invitation) (directory.Object, error) {
	return change(ctx, e, who, audit.UserInvited, audit.KindObject, "", func(tx store.Tx) (directory.Object, error) {
		none := directory.Object{}
		if err := e.everywhere(ctx, tx, who, authz.InviteGuests); err != nil {
			return none, err
		}
		if err := directory.CheckMail(i.Mail); err != nil {
			return none, fault.Of(err).At("invitedUserEmailAddress")
		}
		now := e.clock.Now()
		before, err := tx.ObjectByMail(ctx, i.Mail)
		switch {
		case fault.Is(err, fault.NotFound):
			before = directory.NewExternal(directory.ObjectID(e.newID()), i.Mail, i.DisplayName, now)
		case err != nil:
			return none, err
		case before.Kind == directory.KindUser && !before.External():
			return none, fault.New(fault.Invalid, "Request_BadRequest", "The address %s belongs to a member of this directory, who needs no invitation.", i.Mail).
				At("invitedUserEmailAddress")
		case before.Kind == directory.KindUser:
			return before, nil
		}
		names, err := e.guestNames(ctx, tx, []directory.Object{before})
		if err != nil {
			return none, err
		}
		account := before.AsGuest(names[before.ID])
		if i.Type != "" {
			account.User.Type = i.Type
		}
		if i.DisplayName != "" {
			account.DisplayName = i.DisplayName
		}
		why := e.record(ctx, who.Actor, now, audit.UserInvited, audit.KindObject, string(account.ID), account.DisplayName)
		if err := tx.PutObject(ctx, account, versions(why, before.Version)); err != nil {
			return none, err
		}
		account.Version++
		if !i.Tell {
			return account, nil
		}
		return account, tx.PutNotice(ctx, entitlement.Notice{
			ID: entitlement.NoticeID(e.newID()), Due: now, Event: entitlement.GuestInvited, Guest: account.ID, Link: i.Link, At: now, By: who.Actor,
		})
	})
}
