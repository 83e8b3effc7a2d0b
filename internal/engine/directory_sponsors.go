package engine

import (
	"context"
	"slices"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/store"
)

// Sponsors returns who answers for a user: users and groups. Faults:
// Forbidden, NotFound.
func (e *Engine) Sponsors(ctx context.Context, who authz.Caller, key string) ([]directory.Object, error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) ([]directory.Object, error) {
		o, err := e.visible(ctx, r, who, directory.KindUser, key)
		if err != nil {
			return nil, err
		}
		found, err := r.ObjectsByID(ctx, o.User.SponsorIDs)
		return livingAmong(found, o.User.SponsorIDs), err
	})
}

// maxSponsors is how many sponsors a user has at most.
const maxSponsors = 5

// SponsorUser makes a user or a group a sponsor of a user. Faults: Forbidden,
// NotFound for either, Invalid for oneself, for a sponsor that is one already
// and for more than five.
func (e *Engine) SponsorUser(ctx context.Context, who authz.Caller, key string, sponsor directory.ObjectID) error {
	return e.do(ctx, who, audit.UserUpdated, audit.KindObject, key, func(tx store.Tx) error {
		before, err := e.changeable(ctx, tx, who, directory.KindUser, key, authz.EditUsers)
		if err != nil {
			return err
		}
		by, err := find(ctx, tx, "", string(sponsor))
		if err != nil {
			return err
		}
		bad := func(format string, args ...any) error {
			return fault.New(fault.Invalid, "Request_BadRequest", format, args...).At("@odata.id")
		}
		switch {
		case by.Kind != directory.KindUser && by.Kind != directory.KindGroup:
			return bad("A %s cannot be a sponsor; users and groups can.", by.Kind)
		case by.ID == before.ID:
			return bad("Nobody can be the own sponsor.")
		case slices.Contains(before.User.SponsorIDs, by.ID):
			return bad("One or more added object references already exist for the following modified properties: 'sponsors'.")
		case len(before.User.SponsorIDs) == maxSponsors:
			return bad("A user has at most %d sponsors.", maxSponsors)
		}
		after := before.Clone()
		after.User.SponsorIDs = append(after.User.SponsorIDs, by.ID)
		return e.putObject(ctx, tx, who, before, after)
	})
}

// UnsponsorUser ends that somebody sponsors a user. Faults: Forbidden,
// NotFound.
func (e *Engine) UnsponsorUser(ctx context.Context, who authz.Caller, key string, sponsor directory.ObjectID) error {
	return e.do(ctx, who, audit.UserUpdated, audit.KindObject, key, func(tx store.Tx) error {
		before, err := e.changeable(ctx, tx, who, directory.KindUser, key, authz.EditUsers)
		if err != nil {
			return err
		}
		at := slices.Index(before.User.SponsorIDs, sponsor)
		if at < 0 {
			return noObject(string(sponsor))
		}
		after := before.Clone()
		after.User.SponsorIDs = slices.Delete(after.User.SponsorIDs, at, at+1)
		return e.putObject(ctx, tx, who, before, after)
	})
}
