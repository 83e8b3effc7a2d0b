package engine

import (
	"context"
	"time"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

// leave looks at people some of whose assignments have ended in this
// transaction: governed guests who have lost the last one are to be blocked,
// as the settings say. Where there is no such guest it costs one statement.
func (e *Engine) leave(ctx context.Context, tx store.Tx, ended []directory.ObjectID, now time.Time) error {
	if len(ended) == 0 {
		return nil
	}
	guests, err := tx.Guests(ctx, ended)
	if err != nil {
		return err
	}
	return e.leaveAs(ctx, tx, ended, guests, now)
}

// leaveAs is leave where it is known which of the people are governed guests.
func (e *Engine) leaveAs(ctx context.Context, tx store.Tx, ended []directory.ObjectID, guests map[directory.ObjectID]entitlement.Guest, now time.Time) error {
	if len(guests) == 0 {
		return nil
	}
	active, err := activeAmong(ctx, tx, guests)
	if err != nil {
		return err
	}
	settings, err := tx.TenantSettings(ctx)
	if err != nil {
		return err
	}
	for _, id := range ended {
		g, ok := guests[id]
		if !ok || active[id] {
			continue
		}
		after, ok := g.Leave(settings, now)
		if !ok {
			continue
		}
		why := e.record(ctx, entitlement.System, now, audit.CleanupPlanned, audit.KindSubject, string(id), string(after.Status))
		why.OnBehalf = id
		if err := tx.PutGuest(ctx, after, versions(why, g.Version)); err != nil {
			return err
		}
		if err := putNotices(ctx, tx, after.LeavingNotices(now, e.newID)); err != nil {
			return err
		}
	}
	return nil
}

// activeAmong tells which of the guests have an active assignment.
func activeAmong(ctx context.Context, r store.Reader, guests map[directory.ObjectID]entitlement.Guest) (map[directory.ObjectID]bool, error) {
	in := query.In{Field: "target"}
	for id := range guests {
		in.Values = append(in.Values, string(id))
	}
	rows, err := everyRow(ctx, r.Assignments, in, query.Compare{Field: "state", Op: query.Ne, Value: string(entitlement.AssignmentExpired)})
	active := map[directory.ObjectID]bool{}
	for _, a := range rows {
		active[a.Target] = true
	}
	return active, err
}

// AdvanceGuests takes up to limit guests of a tenant for whom something is
// due at now: to be blocked, then to be deleted, unless they have got access
// again or the settings do not ask for it any more. It returns how many there
// were.
func (e *Engine) AdvanceGuests(ctx context.Context, tenant directory.TenantID, now time.Time, limit int) (int, error) {
	var n int
	err := e.store.Write(ctx, tenant, store.Sweep, func(tx store.Tx) error {
		due, err := tx.DueGuests(ctx, now, limit)
		n = len(due)
		if err != nil || n == 0 {
			return err
		}
		guests := map[directory.ObjectID]entitlement.Guest{}
		for _, g := range due {
			guests[g.Object] = g
		}
		active, err := activeAmong(ctx, tx, guests)
		if err != nil {
			return err
		}
		settings, err := tx.TenantSettings(ctx)
		if err != nil {
			return err
		}
		objects, err := tx.ObjectsByID(ctx, distinct(due, func(g *entitlement.Guest) directory.ObjectID { return g.Object }))
		if err != nil {
			return err
		}
		var deleted []directory.ObjectID
		for _, g := range due {
			event := g.Due(settings, active[g.Object], now)
			if err := e.advanceGuest(ctx, tx, g, objects[g.Object], event, now); err != nil {
				return err
			}
			if event == entitlement.DeleteGuest {
				deleted = append(deleted, g.Object)
			}
		}
		if len(deleted) == 0 {
			return nil
		}
		return e.changedPeople(ctx, tx, deleted, now)
	})
	return n, err
}

// guestActions names what each event of a guest is called in the audit log.
var guestActions = map[entitlement.GuestEvent]audit.Action{
	entitlement.GainAccess:  audit.CleanupCanceled,
	entitlement.Release:     audit.CleanupCanceled,
	entitlement.Block:       audit.GuestBlocked,
	entitlement.DeleteGuest: audit.GuestRemoved,
}

// advanceGuest writes what an event does to a guest and the account.
func (e *Engine) advanceGuest(ctx context.Context, tx store.Tx, g entitlement.Guest, account directory.Object, event entitlement.GuestEvent, now time.Time) error {
	after, ok := g.Happen(event)
	if !ok {
		return nil // a timer that fires too late
	}
	changed, action := account.Clone(), audit.UserUpdated
	switch event {
	case entitlement.Block:
		changed.Enabled = false
	case entitlement.DeleteGuest:
		changed.DeletedAt, action = now, audit.UserDeleted
	}
	if account.ID != "" && !account.Deleted() && !same(account, changed) {
		why := e.record(ctx, entitlement.System, now, action, audit.KindObject, string(account.ID), account.DisplayName)
		if err := tx.PutObject(ctx, changed, versions(why, account.Version)); err != nil {
			return err
		}
	}
	why := e.record(ctx, entitlement.System, now, guestActions[event], audit.KindSubject, string(g.Object), account.DisplayName)
	why.OnBehalf = g.Object
	return tx.PutGuest(ctx, after, versions(why, g.Version))
}
