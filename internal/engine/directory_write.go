package engine

import (
	"context"
	"slices"
	"time"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

// objectEvents names what happens to objects in the audit log.
var objectEvents = map[directory.ObjectKind]struct{ added, updated, deleted audit.Action }{
	directory.KindUser:             {audit.UserAdded, audit.UserUpdated, audit.UserDeleted},
	directory.KindGroup:            {audit.GroupAdded, audit.GroupUpdated, audit.GroupDeleted},
	directory.KindServicePrincipal: {audit.ServicePrincipalSet, audit.ServicePrincipalUpdated, audit.ServicePrincipalDeleted},
	directory.KindApplication:      {audit.ApplicationAdded, audit.ApplicationUpdated, audit.ApplicationDeleted},
}

// CreateObject makes a user, a group, a service principal or an application,
// with up to 20 members and owners. An id that is set is kept. The people who
// make groups own them unless they name owners; so do applications the
// applications that they make. Faults: Forbidden, NotFound for a member,
// Invalid, Conflict for a client id that is taken.
func (e *Engine) CreateObject(ctx context.Context, who authz.Caller, o directory.Object, links []directory.Membership) (directory.Object, error) {
	return change(ctx, e, who, objectEvents[o.Kind].added, audit.KindObject, "", func(tx store.Tx) (directory.Object, error) {
		none := directory.Object{}
		if err := e.everywhere(ctx, tx, who, objectActions[o.Kind].create); err != nil {
			return none, err
		}
		if err := e.directoryWritable(); err != nil {
			return none, err
		}
		now := e.clock.Now()
		made := o.Clone()
		made.Version, made.CreatedAt, made.DeletedAt = 0, now, time.Time{}
		if made.ID == "" {
			made.ID = directory.ObjectID(e.newID())
		}
		if made.App != nil {
			e.completeApp(made.App)
		}
		if err := made.CheckNew(); err != nil {
			return none, err
		}
		if err := e.mayAssignRoles(ctx, tx, who, made); err != nil {
			return none, err
		}
		if err := keysFree(ctx, tx, made); err != nil {
			return none, err
		}
		why := e.record(ctx, who.Actor, now, objectEvents[o.Kind].added, audit.KindObject, string(made.ID), made.DisplayName)
		if err := e.touchUser(ctx, tx, none, made); err != nil {
			return none, err
		}
		if err := tx.PutObject(ctx, made, versions(why, 0)); err != nil {
			return none, err
		}
		if err := e.addLinks(ctx, tx, who, made, ownedBy(who, made, links), true); err != nil {
			return none, err
		}
		made.Version++
		return made, nil
	})
}

// completeApp fills in the ids that a client may leave to the server.
func (e *Engine) completeApp(a *directory.AppDetail) {
	if a.AppID == "" {
		a.AppID = e.newID()
	}
	for i := range a.Roles {
		if a.Roles[i].ID == "" {
			a.Roles[i].ID = e.newID()
		}
	}
}

// ownedBy adds the creator to the owners of what would have none.
func ownedBy(who authz.Caller, o directory.Object, links []directory.Membership) []directory.Membership {
	owned := slices.ContainsFunc(links, func(m directory.Membership) bool { return m.Relation == directory.OwnerOf })
	if owned || who.ID() == "" || o.ID == who.ID() {
		return links
	}
	if o.Kind == directory.KindGroup && !who.AppOnly() || o.App != nil && authz.OwnedOnly(who) {
		links = append(slices.Clip(links), directory.Membership{Member: who.ID(), Relation: directory.OwnerOf})
	}
	return links
}

// mayAssignRoles checks, for a group that can hold directory roles, that the
// caller may give such roles: whoever fills the group gives them.
func (e *Engine) mayAssignRoles(ctx context.Context, r store.Reader, who authz.Caller, o directory.Object) error {
	if o.Group == nil || !o.Group.AssignableToRole {
		return nil
	}
	return e.everywhere(ctx, r, who, authz.EditDirectoryRoles)
}

// keysFree checks that no other living object has the object's user principal
// name or client id.
func keysFree(ctx context.Context, r store.Reader, o directory.Object) error {
	if o.Kind == directory.KindUser {
		there, err := r.ObjectByName(ctx, o.PrincipalName)
		if err == nil && there.ID != o.ID {
			return fault.New(fault.Invalid, "Request_BadRequest", "Another object with the same value for property userPrincipalName already exists.")
		}
		return unlessMissing(err)
	}
	if o.App == nil {
		return nil
	}
	page, err := r.Objects(ctx, o.Kind, query.List{Where: query.And{query.Compare{Field: "appId", Value: o.App.AppID}, other(o.ID)}, Limit: 1})
	if err == nil && len(page.Rows) > 0 {
		err = fault.New(fault.Conflict, "Request_MultipleObjectsWithSameKeyValue", "Another object with the same value for property appId already exists.")
	}
	return err
}

func unlessMissing(err error) error {
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

// changeable reads an object for a caller who may change it: by permission,
// by role or, for groups, as an owner.
func (e *Engine) changeable(ctx context.Context, r store.Reader, who authz.Caller, kind directory.ObjectKind, key string, a authz.Action) (directory.Object, error) {
	o, err := e.mayChange(ctx, r, who, kind, key, a)
	if err == nil {
		err = e.directoryWritable()
	}
	return o, err
}

func (e *Engine) mayChange(ctx context.Context, r store.Reader, who authz.Caller, kind directory.ObjectKind, key string, a authz.Action) (directory.Object, error) {
	reach, err := e.reach(ctx, r, who, a)
	if err != nil {
		return directory.Object{}, err
	}
	o, err := find(ctx, r, kind, key)
	if err != nil {
		return directory.Object{}, reach.Missing(err)
	}
	owner := directory.Membership{Group: o.ID, Member: who.ID(), Relation: directory.OwnerOf}
	switch {
	case reach.Everywhere && o.App != nil && authz.OwnedOnly(who), !reach.Everywhere && o.Kind == directory.KindGroup && !who.AppOnly():
		if ok, err := r.HasMember(ctx, owner); ok || err != nil {
			return o, err
		}
		return directory.Object{}, reach.Refusal()
	case !reach.Everywhere:
		return directory.Object{}, reach.Refusal()
	}
	if o.Group == nil || !o.Group.AssignableToRole {
		return o, nil
	}
	if ok, err := r.HasMember(ctx, owner); ok && !who.AppOnly() || err != nil {
		return o, err
	}
	return o, e.mayAssignRoles(ctx, r, who, o)
}

// UpdateObject edits a copy of the object and adds links to it (their Group
// left empty), all or nothing. An error of edit is returned as it is. Faults:
// Forbidden, NotFound, Invalid, Conflict for a client id that is taken.
func (e *Engine) UpdateObject(ctx context.Context, who authz.Caller, kind directory.ObjectKind, key string, edit func(*directory.Object) error, links []directory.Membership) error {
	return e.do(ctx, who, objectEvents[kind].updated, audit.KindObject, key, func(tx store.Tx) error {
		before, err := e.changeable(ctx, tx, who, kind, key, objectActions[kind].edit)
		if err != nil {
			return err
		}
		after := before.Clone()
		if err := edit(&after); err != nil {
			return err
		}
		after.ID, after.Kind, after.Version = before.ID, before.Kind, before.Version
		after.CreatedAt, after.DeletedAt = before.CreatedAt, before.DeletedAt
		if !same(before, after) {
			if err := e.putObject(ctx, tx, who, before, after); err != nil {
				return err
			}
		}
		return e.addLinks(ctx, tx, who, after, links, false)
	})
}

func (e *Engine) putObject(ctx context.Context, tx store.Tx, who authz.Caller, before, after directory.Object) error {
	if err := before.CheckWritable(); err != nil {
		return err
	}
	if after.App != nil {
		e.completeApp(after.App)
	}
	if err := after.Check(); err != nil {
		return err
	}
	if after.Group != nil && after.Group.AssignableToRole != before.Group.AssignableToRole {
		return fault.New(fault.Invalid, "Request_BadRequest", "isAssignableToRole is set when a group is made and cannot be changed.").At("isAssignableToRole")
	}
	if err := keysFree(ctx, tx, after); err != nil {
		return err
	}
	now := e.clock.Now()
	why := e.record(ctx, who.Actor, now, objectEvents[after.Kind].updated, audit.KindObject, string(after.ID), after.DisplayName)
	if err := e.touchUser(ctx, tx, before, after); err != nil {
		return err
	}
	if err := tx.PutObject(ctx, after, versions(why, before.Version)); err != nil {
		return err
	}
	return e.objectChanged(ctx, tx, after, now)
}

// SetManager sets a user's manager, or with "" removes it. Faults: Forbidden,
// NotFound for the user or the manager, Invalid for oneself.
func (e *Engine) SetManager(ctx context.Context, who authz.Caller, key string, manager directory.ObjectID) error {
	return e.do(ctx, who, audit.UserUpdated, audit.KindObject, key, func(tx store.Tx) error {
		before, err := e.changeable(ctx, tx, who, directory.KindUser, key, authz.EditUsers)
		if err != nil {
			return err
		}
		if manager != "" {
			if _, err := find(ctx, tx, directory.KindUser, string(manager)); err != nil {
				return err
			}
		}
		if manager == before.ID {
			return fault.New(fault.Invalid, "Request_BadRequest", "Nobody can be the own manager.").At("manager")
		}
		if manager == before.User.ManagerID {
			return nil
		}
		after := before.Clone()
		after.User.ManagerID = manager
		return e.putObject(ctx, tx, who, before, after)
	})
}

// DeleteObject puts an object into the recycle bin: it can still be named,
// but does nothing any more, and its user principal name is free. Faults:
// Forbidden, NotFound, Invalid.
func (e *Engine) DeleteObject(ctx context.Context, who authz.Caller, kind directory.ObjectKind, key string, only ...func(directory.Object) error) error {
	return e.do(ctx, who, objectEvents[kind].deleted, audit.KindObject, key, func(tx store.Tx) error {
		o, err := e.changeable(ctx, tx, who, kind, key, objectActions[kind].edit)
		if err != nil {
			return err
		}
		if err := holds(o, only); err != nil {
			return err
		}
		if err := o.CheckWritable(); err != nil {
			return err
		}
		o.DeletedAt = e.clock.Now()
		why := e.record(ctx, who.Actor, o.DeletedAt, objectEvents[kind].deleted, audit.KindObject, string(o.ID), o.DisplayName)
		if err := e.rollOutAgain(ctx, tx, o); err != nil {
			return err
		}
		if err := tx.PutObject(ctx, o, versions(why, o.Version)); err != nil {
			return err
		}
		return e.objectChanged(ctx, tx, o, o.DeletedAt)
	})
}

// PurgeObject removes a deleted object for good, with its links and roles.
// Faults: Forbidden, NotFound if it is not in the recycle bin.
func (e *Engine) PurgeObject(ctx context.Context, who authz.Caller, id directory.ObjectID) error {
	return e.do(ctx, who, audit.ObjectPurged, audit.KindObject, string(id), func(tx store.Tx) error {
		o, err := tx.Object(ctx, id)
		if fault.Is(err, fault.NotFound) || err == nil && !o.Deleted() {
			if err := e.anyOf(ctx, tx, who, authz.EditUsers, authz.EditGroups, authz.EditApplications); err != nil {
				return err
			}
			return noObject(string(id))
		}
		if err != nil {
			return err
		}
		if err := e.everywhere(ctx, tx, who, objectActions[o.Kind].edit); err != nil {
			return err
		}
		if err := e.directoryWritable(); err != nil {
			return err
		}
		if err := e.dropRoles(ctx, tx, who, id); err != nil {
			return err
		}
		if err := e.dropMemberships(ctx, tx, who, id); err != nil {
			return err
		}
		why := e.record(ctx, who.Actor, e.clock.Now(), audit.ObjectPurged, audit.KindObject, string(id), o.DisplayName)
		return tx.PurgeObject(ctx, id, gone(why, o.Version))
	})
}

// dropRoles takes the roles of somebody who is leaving for good, and the
// roles of an application that is.
func (e *Engine) dropRoles(ctx context.Context, tx store.Tx, who authz.Caller, id directory.ObjectID) error {
	now := e.clock.Now()
	roles, err := everyRow(ctx, tx.RoleAssignments, equal("principal", id))
	if err != nil {
		return err
	}
	for _, a := range roles {
		if err := tx.DeleteRoleAssignment(ctx, a.ID, gone(e.roleRecord(ctx, who, a, roleActions[a.Provider].taken, now), a.Version)); err != nil {
			return err
		}
	}
	given, err := everyRow(ctx, tx.AppRoleAssignments, query.Or{equal("principal", id), equal("resource", id)})
	if err != nil {
		return err
	}
	for _, a := range given {
		if err := tx.DeleteAppRoleAssignment(ctx, a.ID, e.appRoleRecord(ctx, who, a, audit.AppRoleTaken, now)); err != nil {
			return err
		}
	}
	return nil
}

// dropMemberships takes somebody who is leaving for good out of groups, so
// that whoever follows those learns of it.
func (e *Engine) dropMemberships(ctx context.Context, tx store.Tx, who authz.Caller, id directory.ObjectID) error {
	held, err := tx.MembershipsOf(ctx, []directory.ObjectID{id})
	if err != nil || len(held) == 0 {
		return err
	}
	groups, err := tx.ObjectsByID(ctx, distinct(held, func(m *directory.Membership) directory.ObjectID { return m.Group }))
	if err != nil {
		return err
	}
	for _, m := range held {
		if err := tx.RemoveMember(ctx, m, e.linkRecord(ctx, who, groups[m.Group], m, audit.MemberRemoved)); err != nil {
			return err
		}
	}
	return nil
}
