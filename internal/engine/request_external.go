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

// addressee finds out whom a submission is about: the caller, if it names
// nobody, or whoever has the mail address that it names. Somebody from
// outside of whom nothing is known yet is returned too; that person has to be
// written down with the request.
func (e *Engine) addressee(ctx context.Context, tx store.Tx, who authz.Caller, s entitlement.Submission) (entitlement.Submission, directory.Object, error) {
	none := directory.Object{}
	if s.Target == "" && s.TargetEmail == "" {
		s.Target = who.ID()
	}
	if s.Target != "" {
		if s.Target == who.ID() && who.Home != nil {
			return s, who.Person(e.clock.Now()), nil
		}
		return s, none, nil
	}
	if s.Kind != entitlement.AdminAdd {
		return s, none, fault.New(fault.Invalid, "InvalidModel",
			"Only a direct assignment (adminAdd) names its target by email; name people of the directory by assignment.targetId.").At("assignment.target")
	}
	if err := directory.CheckMail(s.TargetEmail); err != nil {
		return s, none, fault.Of(err).At("assignment.target")
	}
	o, err := tx.ObjectByMail(ctx, s.TargetEmail)
	if fault.Is(err, fault.NotFound) {
		o = directory.NewExternal(directory.ObjectID(e.newID()), s.TargetEmail, "", e.clock.Now())
		s.Target = o.ID
		return s, o, nil
	}
	s.Target = o.ID
	return s, none, err
}

// meet returns the target as it is, and the newcomer if there has to be one:
// known is what the directory says. Somebody who was deleted comes back as
// the same person, without an account.
func meet(known, newcomer directory.Object) (target, new directory.Object) {
	switch {
	case newcomer.ID == "" || known.ID != "" && !known.Deleted():
		return known, directory.Object{}
	case known.Deleted():
		newcomer.Version, newcomer.CreatedAt = known.Version, known.CreatedAt
	}
	return newcomer, newcomer
}

// present returns the caller's own object. Of somebody from outside who has
// none, it is what the token tells.
func (e *Engine) present(who authz.Caller, me directory.Object) directory.Object {
	if who.Home == nil {
		return me
	}
	me, _ = meet(me, who.Person(e.clock.Now()))
	return me
}

// putNewcomer writes down a person whom a request names for the first time.
func (e *Engine) putNewcomer(ctx context.Context, tx store.Tx, who authz.Caller, o directory.Object) error {
	if o.ID == "" {
		return nil
	}
	why := e.record(ctx, who.Actor, e.clock.Now(), audit.ExternalNamed, audit.KindObject, string(o.ID), o.DisplayName)
	return tx.PutObject(ctx, o, versions(why, o.Version))
}

// returning reports whether the target is a guest who was blocked for lack of
// access. An administrator's assignment brings such a guest back.
func returning(ctx context.Context, r store.Reader, f entitlement.Facts) (bool, error) {
	if !f.Admin || !f.Target.External() || f.Target.Active() || f.Target.Deleted() {
		return false, nil
	}
	found, err := r.Guests(ctx, []directory.ObjectID{f.Target.ID})
	return found[f.Target.ID].Status == entitlement.GuestBlocked, err
}

// Recognize finds out whether a caller from outside has an account, perhaps
// from an invitation to the address for which the partner speaks. An account
// that signs in elsewhere is somebody else's. Other callers are returned as
// they are, at no cost.
func (e *Engine) Recognize(ctx context.Context, who authz.Caller) (authz.Caller, error) {
	if who.Home == nil || who.Home.Mail == "" {
		return who, nil
	}
	err := e.store.Read(ctx, who.Tenant, func(r store.Reader) error {
		o, err := r.Object(ctx, who.ID())
		if !fault.Is(err, fault.NotFound) && (err != nil || !o.Deleted()) {
			return err
		}
		o, err = r.ObjectByMail(ctx, who.Home.Mail)
		if err != nil {
			return unlessMissing(err)
		}
		home := o.Home()
		elsewhere := home != (directory.Home{}) && string(home.Tenant) != who.Home.Identity.Issuer
		if o.External() && !elsewhere {
			who.Actor.ID = o.ID
		}
		return nil
	})
	return who, err
}
