package storetest

import (
	"context"
	"fmt"
	"time"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

// deliveryTests: what delivery keeps beside requests and assignments.
func deliveryTests() map[string]func(world) {
	return map[string]func(world){
		"the newest grant of each role is listed, to those whose catalog gives it": func(w world) {
			a, b := newAssignment("t", "p", "l"), newAssignment("u", "p", "l")
			b.Catalog = "elsewhere"
			past, g, h := newGrant("t", "g"), newGrant("t", "g"), newGrant("u", "h")
			past.Status, past.To = entitlement.GrantEnded, start
			h.Status, h.To = entitlement.GrantEnded, start.Add(time.Hour)
			source := func(g entitlement.Grant, a entitlement.Assignment, to time.Time) entitlement.GrantSource {
				return entitlement.GrantSource{Grant: g.ID, Assignment: a.ID, From: start, To: to}
			}
			ofPast, ofG, ofH := source(past, a, start), source(g, a, time.Time{}), source(h, b, start.Add(time.Hour))
			w.putAll(a, b, past, g, h, ofPast, ofG, ofH)
			list := func(within ...entitlement.CatalogID) (ids []entitlement.GrantID) {
				page := look(w, func(ctx context.Context, r store.Reader) (query.Page[entitlement.Grant], error) {
					return r.Grants(ctx, query.List{Limit: 9, Count: true}, within)
				})
				for _, g := range page.Rows {
					ids = append(ids, g.ID)
				}
				if page.Count != int64(len(ids)) {
					w.Errorf("counted %d of %d", page.Count, len(ids))
				}
				return ids
			}
			same(w, "everywhere", list(), []entitlement.GrantID{g.ID, h.ID})
			same(w, "in the catalog", list(a.Catalog, "nowhere"), []entitlement.GrantID{g.ID})
			same(w, "in another catalog, though it ended", list("elsewhere"), []entitlement.GrantID{h.ID})
			same(w, "nowhere", list("nowhere"), []entitlement.GrantID(nil))
			same(w, "sources by grant", look(w, func(ctx context.Context, r store.Reader) (any, error) {
				return r.SourcesByGrant(ctx, []entitlement.GrantID{h.ID, "missing"})
			}), any([]entitlement.GrantSource{ofH}))
			same(w, "sources by assignment", look(w, func(ctx context.Context, r store.Reader) (any, error) {
				return r.SourcesByAssignment(ctx, []entitlement.AssignmentID{a.ID, "missing"})
			}), any([]entitlement.GrantSource{ofPast, ofG}))
		},
		"the records of many objects are read at once": func(w world) {
			q, other, third := newRequest("t", "p"), newRequest("t", "q"), newRequest("t", "r")
			w.putAll(q, other, third)
			records := look(w, func(ctx context.Context, r store.Reader) ([]audit.Record, error) {
				return r.AuditOfMany(ctx, []string{string(third.ID), string(q.ID), "missing"})
			})
			var about []string
			for _, r := range records {
				about = append(about, r.Object.ID)
			}
			same(w, "about", about, []string{string(q.ID), string(third.ID)})
		},
		"tries are kept": func(w world) {
			u := newUser("adele@example.com")
			q, a := newRequest(u.ID, "p"), newAssignment(u.ID, "p", "l")
			q.Tries = entitlement.Tries{Since: start, Count: 3}
			a.Tries, a.RetryAt = entitlement.Tries{Since: start.Add(time.Minute), Count: 2}, start.Add(-time.Hour)
			w.putAll(u, q, a)
			q.Version, a.Version = 1, 1
			same(w, "request", look(w, func(ctx context.Context, r store.Reader) (any, error) { return r.Request(ctx, q.ID) }), any(q))
			same(w, "assignment", look(w, func(ctx context.Context, r store.Reader) (any, error) { return r.Assignment(ctx, a.ID) }), any(a))
			standing := look(w, func(ctx context.Context, r store.Reader) (store.Standing, error) { return r.Standing(ctx, u.ID, "p") })
			same(w, "standing", standing.Active, []entitlement.Assignment{a})
			due := look(w, func(ctx context.Context, r store.Reader) ([]entitlement.Assignment, error) {
				return r.DueAssignments(ctx, start.Add(-time.Hour), 9)
			})
			same(w, "due at its next try", due, []entitlement.Assignment{a})
		},
		"work is due until it is ended": func(w world) {
			due := func(now time.Time) []store.Work {
				return look(w, func(ctx context.Context, r store.Reader) ([]store.Work, error) { return r.DueWork(ctx, now, 9) })
			}
			put := func(work store.Work) {
				w.write(func(ctx context.Context, tx store.Tx) error { return tx.PutWork(ctx, work) })
			}
			first := store.Work{Kind: store.WorkPackage, Ref: "p", Since: start, Pass: start, Due: start.Add(time.Minute)}
			other := store.Work{Kind: store.WorkPackage, Ref: "q", Since: start, Pass: start, Due: start}
			put(first)
			put(other)
			same(w, "in the order of their instants", due(start.Add(time.Minute)), []store.Work{other, first})
			same(w, "only what is due", due(start), []store.Work{other})
			first.Reached, first.Due, first.Since = "delivered/1", start.Add(-time.Hour), start.Add(time.Second)
			put(first)
			same(w, "replaced", due(start), []store.Work{first, other})
			tenants, _, err := w.store.NextDue(w.Context(), start.Add(-time.Hour))
			if err != nil || fmt.Sprint(tenants) == "[]" {
				w.Errorf("due in %v, %v", tenants, err)
			}
			w.write(func(ctx context.Context, tx store.Tx) error { return tx.EndWork(ctx, first) })
			same(w, "ended", due(start), []store.Work{other})
		},
		"what was sent with a key is remembered until it expires": func(w world) {
			sent := store.Sent{Caller: "adele", Key: "k", Content: "c", Request: "r", Expires: start.Add(time.Hour)}
			put := func(s store.Sent, now time.Time) error {
				return w.tryWrite(func(ctx context.Context, tx store.Tx) error { return tx.PutSentOnce(ctx, s, now) })
			}
			get := func(caller directory.ObjectID) (store.Sent, error) {
				return tryLook(w, func(ctx context.Context, r store.Reader) (store.Sent, error) { return r.SentOnce(ctx, caller, "k") })
			}
			if err := put(sent, start); err != nil {
				w.Fatal(err)
			}
			got, err := get("adele")
			if err != nil {
				w.Fatal(err)
			}
			same(w, "sent", got, sent)
			if _, err := get("dana"); !fault.Is(err, fault.NotFound) {
				w.Errorf("another caller's key: %v", err)
			}
			again := sent
			again.Request, again.Expires = "s", start.Add(2*time.Hour)
			wantFault(w, "the key is taken", put(again, start.Add(time.Hour-time.Second)), fault.Stale)
			if err := put(again, start.Add(time.Hour)); err != nil {
				w.Errorf("once it expired: %v", err)
			}
			if got, err := get("adele"); err != nil || got != again {
				w.Errorf("kept %+v, %v", got, err)
			}
			work := look(w, func(ctx context.Context, r store.Reader) ([]store.Work, error) {
				return r.DueWork(ctx, start.Add(time.Hour), 9)
			})
			if len(work) != 1 || work[0].Kind != store.WorkSent || !work[0].Due.Equal(start.Add(time.Hour)) {
				w.Errorf("work %+v, want to forget when the first key expires", work)
			}
			forget := func(now time.Time) (next time.Time) {
				w.write(func(ctx context.Context, tx store.Tx) (err error) {
					next, err = tx.ForgetSent(ctx, now, 9)
					return err
				})
				return next
			}
			if next := forget(start.Add(time.Hour)); !next.Equal(again.Expires) {
				w.Errorf("next to forget at %v, want %v", next, again.Expires)
			}
			if next := forget(start.Add(2 * time.Hour)); !next.IsZero() {
				w.Errorf("next to forget at %v, want never", next)
			}
			if _, err := get("adele"); !fault.Is(err, fault.NotFound) {
				w.Errorf("forgotten: %v", err)
			}
		},
	}
}

// inventGrants gives subjects roles, of which each has one grant at most.
func (w *listWorld) inventGrants() {
	seen := map[entitlement.GrantKey]bool{}
	for range 40 {
		g := entitlement.Grant{
			ID: entitlement.GrantID(w.newID()), Subject: pick(w, directory.ObjectID(w.newID()), pick(w, w.objects...).ID), Resource: "r", Role: "o", Scope: "s",
			OriginSystem: pick(w, entitlement.OriginGroup, entitlement.OriginApplication), OriginID: w.newID(),
			RoleOriginID: pick(w, "Member_"+w.newID(), "Owner_g", "Member_g"), Status: pick(w, entitlement.GrantStatuses()...), From: w.instant(), To: w.instantOrNone(),
		}
		if !seen[g.Key()] {
			seen[g.Key()] = true
			w.grants = append(w.grants, g)
		}
	}
}

func grantRow(g entitlement.Grant) listed {
	return listed{id: string(g.ID), fields: map[string]query.Value{
		"id": text(g.ID), "status": text(g.Status), "subject": text(g.Subject), "originSystem": text(g.OriginSystem), "roleOriginId": text(g.RoleOriginID),
	}}
}

// everyGrant is the list of grants of all catalogs.
func everyGrant(r store.Reader, ctx context.Context, q query.List) (query.Page[entitlement.Grant], error) {
	return r.Grants(ctx, q, nil)
}
