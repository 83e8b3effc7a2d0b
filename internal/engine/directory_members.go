package engine

import (
	"context"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/store"
)

// maxLinks is how many members and owners one call may add
// (directory.md section 3).
const maxLinks = 20

// linkEvents names the changes of each relation in the audit log, what it
// takes to make them, and the property that holds them.
var linkEvents = map[directory.Relation]struct {
	added, removed audit.Action
	edit           authz.Action
	property       string
}{
	directory.MemberOf: {audit.MemberAdded, audit.MemberRemoved, authz.EditMembers, "members"},
	directory.OwnerOf:  {audit.OwnerAdded, audit.OwnerRemoved, authz.EditGroups, "owners"},
}

// AddMember adds a member or an owner to a group, or an owner to an
// application. The owners of a group may do it. Faults: Forbidden, NotFound
// for either object, Invalid if it is so already.
func (e *Engine) AddMember(ctx context.Context, who authz.Caller, group, member directory.ObjectID, rel directory.Relation) error {
	return e.do(ctx, who, linkEvents[rel].added, audit.KindObject, string(group), func(tx store.Tx) error {
		o, err := e.linkable(ctx, tx, who, group, rel)
		if err != nil {
			return err
		}
		return e.addLinks(ctx, tx, who, o, []directory.Membership{{Member: member, Relation: rel}}, false)
	})
}

// linkable reads the object whose links are to change. What the permission
// is depends on its kind, so somebody who may change no kind is refused
// whether it exists or not.
func (e *Engine) linkable(ctx context.Context, r store.Reader, who authz.Caller, id directory.ObjectID, rel directory.Relation) (directory.Object, error) {
	o, err := r.Object(ctx, id)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return directory.Object{}, err
	}
	action := linkEvents[rel].edit
	if o.App != nil {
		action = authz.EditApplications
	}
	o, err = e.changeable(ctx, r, who, "", string(id), action)
	if err == nil && o.Kind == directory.KindUser {
		err = noObject(string(id))
	}
	return o, err
}

// addLinks adds members and owners to an object that the caller may change.
func (e *Engine) addLinks(ctx context.Context, tx store.Tx, who authz.Caller, o directory.Object, links []directory.Membership, isNew bool) error {
	if len(links) == 0 {
		return nil
	}
	if len(links) > maxLinks {
		return fault.New(fault.Invalid, "Request_BadRequest", "At most %d members and owners can be added in one call.", maxLinks)
	}
	now := e.clock.Now()
	all := make([]directory.Membership, len(links))
	ids := make([]directory.ObjectID, len(links))
	for i, m := range links {
		m.Group, m.Since = o.ID, now
		all[i], ids[i] = m, m.Member
		// The first members of a copied group come with it.
		if err := o.CheckLink(m); err != nil && !isNew {
			return err
		}
	}
	nests, err := checkLinks(ctx, tx, all, ids)
	if err != nil {
		return err
	}
	if nests {
		if err := tx.GroupsNested(ctx); err != nil {
			return err
		}
	}
	for _, m := range all {
		why := e.linkRecord(ctx, who, o, m, linkEvents[m.Relation].added)
		if err := tx.AddMember(ctx, m, why); err != nil {
			return err
		}
	}
	return e.touchMembers(ctx, tx, all...)
}

// checkLinks checks that all members exist, and that none of the links does.
// It reports whether one of the members is a group.
func checkLinks(ctx context.Context, r store.Reader, links []directory.Membership, ids []directory.ObjectID) (nests bool, err error) {
	found, err := r.ObjectsByID(ctx, ids)
	if err != nil {
		return false, err
	}
	keys := make([]directory.Membership, len(links))
	seen := map[directory.Membership]bool{}
	for i, m := range links {
		member, ok := found[m.Member]
		if !ok || member.Deleted() {
			return false, noObject(string(m.Member))
		}
		if err := directory.CheckMember(member.Kind, m.Relation); err != nil {
			return false, err
		}
		nests = nests || member.Kind == directory.KindGroup
		keys[i] = directory.Membership{Group: m.Group, Member: m.Member, Relation: m.Relation}
		if seen[keys[i]] {
			return false, linked(m.Relation)
		}
		seen[keys[i]] = true
	}
	there, err := r.HaveMembers(ctx, keys)
	if err != nil {
		return false, err
	}
	for _, k := range keys {
		if there[k] {
			return false, linked(k.Relation)
		}
	}
	return nests, nil
}

// linked is the directory's sentence, which clients match.
func linked(rel directory.Relation) error {
	return fault.New(fault.Invalid, "Request_BadRequest",
		"One or more added object references already exist for the following modified properties: '%s'.", linkEvents[rel].property)
}

// linkRecord tells in the audit log who came to or left which object.
func (e *Engine) linkRecord(ctx context.Context, who authz.Caller, o directory.Object, m directory.Membership, action audit.Action) audit.Record {
	why := e.record(ctx, who.Actor, e.clock.Now(), action, audit.KindObject, string(o.ID), o.DisplayName)
	if m.Member != who.ID() {
		why.OnBehalf = m.Member
	}
	return why
}

// RemoveMember removes a member or an owner. Faults: Forbidden, NotFound for
// the object and for a link that is not there, Invalid.
func (e *Engine) RemoveMember(ctx context.Context, who authz.Caller, group, member directory.ObjectID, rel directory.Relation) error {
	return e.do(ctx, who, linkEvents[rel].removed, audit.KindObject, string(group), func(tx store.Tx) error {
		o, err := e.linkable(ctx, tx, who, group, rel)
		if err != nil {
			return err
		}
		m := directory.Membership{Group: o.ID, Member: member, Relation: rel}
		if err := o.CheckLink(m); err != nil {
			return err
		}
		there, err := tx.HasMember(ctx, m)
		if err != nil {
			return err
		}
		if !there {
			return noObject(string(member))
		}
		if err := tx.RemoveMember(ctx, m, e.linkRecord(ctx, who, o, m, linkEvents[rel].removed)); err != nil {
			return err
		}
		if err := e.touchMembers(ctx, tx, m); err != nil {
			return err
		}
		return e.memberLeft(ctx, tx, m, e.clock.Now())
	})
}
