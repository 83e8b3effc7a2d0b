package engine

import (
	"context"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/store"
)

// history loads what happened to the requests from the audit log, with two
// statements for all of them. Who did it is told of the system only, until
// reveal tells more.
func (l loader) history(ctx context.Context, views []entitlement.RequestView) error {
	at := make(map[string]int, len(views))
	ids := make([]string, len(views))
	for i := range views {
		at[string(views[i].ID)], ids[i] = i, string(views[i].ID)
		views[i].History = []entitlement.Activity{}
	}
	records, err := l.r.AuditOfMany(ctx, ids)
	if err != nil {
		return err
	}
	people, err := l.r.ObjectsByID(ctx, distinct(records, func(r *audit.Record) directory.ObjectID { return r.Actor.ID }))
	if err != nil {
		return err
	}
	for _, r := range records {
		if !happened(r) {
			continue
		}
		v := &views[at[r.Object.ID]]
		a := entitlement.Activity{
			Action: string(r.Action), At: r.At, Detail: r.Reason,
			By: r.Actor, ByName: r.Actor.Name, Told: r.Actor == entitlement.System,
		}
		if o, ok := people[r.Actor.ID]; ok {
			a.ByName = o.DisplayName
		}
		if r.Action == audit.RequestScheduled {
			a.Scheduled = v.Schedule.Start
		}
		v.History = append(v.History, a)
	}
	return nil
}

// happened reports whether a record tells of something that happened to a
// request. Of its approval only approvals do: everything else about that
// stands in the records of the request.
func happened(r audit.Record) bool {
	if r.Result != audit.Success {
		return false
	}
	return r.Object.Kind == audit.KindRequest || r.Object.Kind == audit.KindApproval && r.Action == audit.RequestApproved
}

// reveal tells who did what: everybody to those who read all requests of the
// catalog, and to others only themselves.
func reveal(views []entitlement.RequestView, who authz.Caller, readsAll func(entitlement.CatalogID) bool) {
	for i := range views {
		for j := range views[i].History {
			a := &views[i].History[j]
			a.Told = a.Told || a.By.ID == who.ID() || readsAll(views[i].Catalog)
		}
	}
}

// tellWho is reveal for somebody who may read none but one's own requests.
func (e *Engine) tellWho(ctx context.Context, r store.Reader, who authz.Caller, views []entitlement.RequestView) error {
	readsAll := func(entitlement.CatalogID) bool { return false }
	if authz.Token(who, authz.ReadRequests) == nil {
		reach, err := e.reach(ctx, r, who, authz.ReadRequests)
		if err != nil {
			return err
		}
		readsAll = reach.Covers
	}
	reveal(views, who, readsAll)
	return nil
}
