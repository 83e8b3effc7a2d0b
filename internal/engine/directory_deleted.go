package engine

import (
	"context"
	"time"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

// DeletedObjects lists the objects of a kind that are in the recycle bin.
// Faults: Forbidden, Invalid.
func (e *Engine) DeletedObjects(ctx context.Context, who authz.Caller, kind directory.ObjectKind, q query.List) (query.Page[directory.Object], error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) (query.Page[directory.Object], error) {
		if err := e.everywhere(ctx, r, who, objectActions[kind].read); err != nil {
			return query.Page[directory.Object]{}, err
		}
		return r.DeletedObjects(ctx, kind, q)
	})
}

// DeletedObject returns an object that is in the recycle bin. Faults:
// Forbidden, NotFound.
func (e *Engine) DeletedObject(ctx context.Context, who authz.Caller, id directory.ObjectID) (directory.Object, error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) (directory.Object, error) {
		if err := e.everywhere(ctx, r, who, authz.ReadDirectoryObjects); err != nil {
			return directory.Object{}, err
		}
		return inBin(ctx, r, id)
	})
}

func inBin(ctx context.Context, r store.Reader, id directory.ObjectID) (directory.Object, error) {
	o, err := r.Object(ctx, id)
	if fault.Is(err, fault.NotFound) || err == nil && (!o.Deleted() || o.Kind == directory.KindExternal) {
		err = noObject(string(id))
	}
	return o, err
}

// RestoreObject takes an object out of the recycle bin: it is as it was, with
// its memberships. Access that ended when it was deleted does not come back.
// Faults: Forbidden, NotFound, Invalid or Conflict if its name was taken
// meanwhile.
func (e *Engine) RestoreObject(ctx context.Context, who authz.Caller, id directory.ObjectID) (directory.Object, error) {
	return change(ctx, e, who, audit.ObjectRestored, audit.KindObject, string(id), func(tx store.Tx) (directory.Object, error) {
		before, err := inBin(ctx, tx, id)
		if err != nil {
			if err := e.anyOf(ctx, tx, who, authz.EditUsers, authz.EditGroups, authz.EditApplications); err != nil {
				return before, err
			}
			return before, err
		}
		if err := e.everywhere(ctx, tx, who, objectActions[before.Kind].edit); err != nil {
			return before, err
		}
		if err := e.directoryWritable(); err != nil {
			return before, err
		}
		if err := e.mayAssignRoles(ctx, tx, who, before); err != nil {
			return before, err
		}
		after := before.Clone()
		after.DeletedAt = time.Time{}
		if err := keysFree(ctx, tx, after); err != nil {
			return before, err
		}
		now := e.clock.Now()
		if err := e.touchUser(ctx, tx, before, after); err != nil {
			return before, err
		}
		why := e.record(ctx, who.Actor, now, audit.ObjectRestored, audit.KindObject, string(id), after.DisplayName)
		if err := tx.PutObject(ctx, after, versions(why, before.Version)); err != nil {
			return before, err
		}
		after.Version++
		return after, e.objectChanged(ctx, tx, after, now)
	})
}

// directoryWritable refuses what would change users, groups and applications
// where they are a copy of another directory's.
func (e *Engine) directoryWritable() error {
	if !e.settings.DirectoryReadOnly {
		return nil
	}
	return fault.New(fault.Invalid, "Request_BadRequest",
		"Unable to update the specified properties for on-premises mastered Directory Sync objects or objects currently undergoing migration. "+
			"The directory is read-only here (directory.readOnly): change it where it is kept, or import it.")
}

// GroupIDs returns the groups that an object is in, through any number of
// groups: all, those for security only, or those among the given ones.
// Faults: as MemberOf.
func (e *Engine) GroupIDs(ctx context.Context, who authz.Caller, key string, security bool, among []directory.ObjectID) ([]directory.ObjectID, error) {
	q := query.List{Limit: pageSize}
	if security {
		q.Where = query.Compare{Field: "securityEnabled", Value: true}
	}
	if among != nil {
		q.Where = query.AllOf(q.Where, byIDs(among).Where)
	}
	ids := []directory.ObjectID{}
	for {
		page, err := e.MemberOf(ctx, who, key, true, q)
		if err != nil {
			return nil, err
		}
		for _, g := range page.Rows {
			ids = append(ids, g.ID)
		}
		if page.Next == nil {
			return ids, nil
		}
		q.After = page.Next
	}
}
