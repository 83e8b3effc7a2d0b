package storetest

import (
	"context"
	"encoding/json"
	"time"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

func recordsOf(w world, kind audit.ObjectKind, id string) []audit.Record {
	w.Helper()
	return look(w, func(ctx context.Context, r store.Reader) ([]audit.Record, error) { return r.AuditOf(ctx, kind, id) })
}

func imageAt[T any](w world, kind audit.ObjectKind, id string, at time.Time) *T {
	w.Helper()
	b := look(w, func(ctx context.Context, r store.Reader) ([]byte, error) { return r.VersionAt(ctx, kind, id, at) })
	if b == nil {
		return nil
	}
	v := new(T)
	if err := json.Unmarshal(b, v); err != nil {
		w.Fatal(err)
	}
	return v
}

// historyTests: the past is kept, and every change has its record.
func historyTests() map[string]func(world) {
	return map[string]func(world){
		"an object can be read as of any instant": func(w world) {
			q := newRequest("t", "p")
			var want []entitlement.Request
			for i := range 3 {
				if err := w.tryPutAll(start.Add(time.Duration(i)*time.Hour), q); err != nil {
					w.Fatal(err)
				}
				q.Version++
				want = append(want, q)
				q.Failure += "!"
			}
			at := func(d time.Duration) *entitlement.Request {
				return imageAt[entitlement.Request](w, audit.KindRequest, string(q.ID), start.Add(d))
			}
			same(w, "before it was", at(-time.Microsecond), (*entitlement.Request)(nil))
			same(w, "from the start", at(0), &want[0])
			same(w, "until the change", at(time.Hour-time.Microsecond), &want[0])
			same(w, "from the change", at(time.Hour), &want[1])
			same(w, "now", at(100*time.Hour), &want[2])
			same(w, "as another kind", imageAt[any](w, audit.KindApproval, string(q.ID), start), (*any)(nil))
		},
		"what changed in the directory": directoryChanges,
		"what changed behind a position is named once": func(w world) {
			position := look(w, func(ctx context.Context, r store.Reader) (store.Position, error) { return r.Latest(ctx) })
			changed := func(since string, limit int) store.Changed {
				return look(w, func(ctx context.Context, r store.Reader) (store.Changed, error) {
					return r.Changed(ctx, audit.KindRequest, since, limit)
				})
			}
			c, q := newCatalog("Sales"), newRequest("t", "p")
			for range 2 {
				if err := w.tryPutAll(start, q); err != nil {
					w.Fatal(err)
				}
				q.Version++
			}
			if err := w.tryPutAll(start, c); err != nil {
				w.Fatal(err)
			}
			all := changed(position.At, 100)
			same(w, "requests", all.IDs, []string{string(q.ID)})
			if all.More || len(changed(all.At, 100).IDs) > 0 {
				w.Errorf("there is more behind the end: %+v", changed(all.At, 100))
			}
			if some := changed(position.At, 1); !some.More || some.At >= all.At {
				w.Errorf("of one record: %+v", some)
			}
			if latest := look(w, func(ctx context.Context, r store.Reader) (store.Position, error) { return r.Latest(ctx) }); latest.At > all.At {
				w.Errorf("the latest position is %s, behind the last record %s", latest.At, all.At)
			}
		},
		"what is deleted keeps its past": func(w world) {
			c := newCatalog("Sales")
			p := newPackage(c, "Reader")
			l := newPolicy(p, "All")
			u := newUser("adele@example.com")
			role := directory.AppRoleAssignment{ID: "opaque", Principal: u.ID, Resource: "r", Role: "o", CreatedAt: start}
			w.putAll(c, p, l, u, role)
			l.Version, l.Description = 1, "second"
			w.putAll(l)
			later := start.Add(time.Hour)
			w.write(func(ctx context.Context, tx store.Tx) error {
				if err := tx.DeletePolicy(ctx, l.ID, record(audit.KindPolicy, string(l.ID), later)); err != nil {
					return err
				}
				if err := tx.DeleteAppRoleAssignment(ctx, "opaque", record(audit.KindAppRole, "opaque", later)); err != nil {
					return err
				}
				return tx.PurgeObject(ctx, u.ID, record(audit.KindObject, string(u.ID), later))
			})
			_, err := tryLook(w, func(ctx context.Context, r store.Reader) (any, error) { return r.Policy(ctx, l.ID) })
			wantFault(w, "policy", err, fault.NotFound)
			_, err = tryLook(w, func(ctx context.Context, r store.Reader) (any, error) { return r.Object(ctx, u.ID) })
			wantFault(w, "user", err, fault.NotFound)
			_, err = tryLook(w, func(ctx context.Context, r store.Reader) (any, error) { return r.AppRoleOf(ctx, u.ID, "r", "o") })
			wantFault(w, "app role", err, fault.NotFound)
			if got := imageAt[entitlement.Policy](w, audit.KindPolicy, string(l.ID), later.Add(-time.Second)); got == nil || got.Description != "second" {
				w.Errorf("before the end it was %+v", got)
			}
			same(w, "after the end", imageAt[entitlement.Policy](w, audit.KindPolicy, string(l.ID), later), (*entitlement.Policy)(nil))
			same(w, "app role before", imageAt[directory.AppRoleAssignment](w, audit.KindAppRole, "opaque", start), &role)
			same(w, "app role after", imageAt[directory.AppRoleAssignment](w, audit.KindAppRole, "opaque", later), (*directory.AppRoleAssignment)(nil))
			w.putAll(role) // it may come back
			for version, description := range map[int64]string{1: "", 2: "second"} {
				for range 2 {
					got := look(w, func(ctx context.Context, r store.Reader) (entitlement.Policy, error) {
						return r.PolicyAt(ctx, l.ID, version)
					})
					if got.Version != version || got.Description != description {
						w.Errorf("version %d: %d %q", version, got.Version, got.Description)
					}
				}
			}
			_, err = tryLook(w, func(ctx context.Context, r store.Reader) (any, error) { return r.PolicyAt(ctx, l.ID, 3) })
			wantFault(w, "the version of the deletion", err, fault.NotFound)
			wantFault(w, "the second deletion", w.tryWrite(func(ctx context.Context, tx store.Tx) error {
				return tx.DeletePolicy(ctx, l.ID, record(audit.KindPolicy, string(l.ID), later))
			}), fault.NotFound)
		},
		"a deleted request leaves its past, and its place to another": func(w world) {
			q := newRequest("t", "p")
			approval := entitlement.NewApproval(q, newPolicy(newPackage(newCatalog("Sales"), "Reader"), "All").Approval.Stages, newID[string], start)
			w.putAll(q, approval)
			approval.Version = 1
			w.putAll(approval.Close())
			later := start.Add(time.Hour)
			remove := func(ctx context.Context, tx store.Tx) error {
				if err := tx.DeleteApproval(ctx, q.ID, record(audit.KindApproval, string(q.ID), later)); err != nil {
					return err
				}
				return tx.DeleteRequest(ctx, q.ID, record(audit.KindRequest, string(q.ID), later))
			}
			w.write(remove)
			_, err := tryLook(w, func(ctx context.Context, r store.Reader) (any, error) { return r.Request(ctx, q.ID) })
			wantFault(w, "request", err, fault.NotFound)
			_, err = tryLook(w, func(ctx context.Context, r store.Reader) (any, error) { return r.Approval(ctx, q.ID) })
			wantFault(w, "approval", err, fault.NotFound)
			q.Version = 1
			same(w, "before", imageAt[entitlement.Request](w, audit.KindRequest, string(q.ID), start), &q)
			same(w, "after", imageAt[entitlement.Request](w, audit.KindRequest, string(q.ID), later), (*entitlement.Request)(nil))
			if n := len(recordsOf(w, audit.KindRequest, string(q.ID))); n != 2 {
				w.Errorf("%d records, want the one of the put and the one of the deletion", n)
			}
			wantFault(w, "the second deletion", w.tryWrite(remove), fault.NotFound)
			w.putAll(newRequest("t", "p"))
		},
		"counts follow what is added, moved and deleted": func(w world) {
			q, a := newRequest("t", "p"), newAssignment("t", "p", "l")
			counts := func(catalog entitlement.CatalogID, status entitlement.Status, state entitlement.AssignmentState) [4]int64 {
				return look(w, func(ctx context.Context, r store.Reader) (n [4]int64, err error) {
					in := query.Compare{Field: "catalog", Value: string(catalog)}
					for i, where := range []query.Expr{nil, query.And{in, query.Compare{Field: "status", Value: string(status)}}} {
						page, err := r.Requests(ctx, query.List{Where: where, Limit: 1, Count: true})
						if err != nil {
							return n, err
						}
						n[i] = page.Count
					}
					for i, where := range []query.Expr{nil, query.And{in, query.Compare{Field: "state", Value: string(state)}}} {
						page, err := r.Assignments(ctx, query.List{Where: where, Limit: 1, Count: true})
						if err != nil {
							return n, err
						}
						n[2+i] = page.Count
					}
					return n, nil
				})
			}
			w.putAll(q, newRequest("u", "p"), a, newAssignment("u", "p", "l"))
			same(w, "added", counts("c", q.Status, a.State), [4]int64{2, 2, 2, 2})
			q.Version, q.Status, a.Version, a.State, a.Catalog = 1, entitlement.Delivered, 1, entitlement.AssignmentExpired, "d"
			w.putAll(q, a)
			same(w, "as they were", counts("c", entitlement.Accepted, entitlement.AssignmentDelivered), [4]int64{2, 1, 2, 1})
			same(w, "the request moved on", counts("c", q.Status, a.State), [4]int64{2, 1, 2, 0})
			same(w, "the assignment moved to another catalog", counts("d", q.Status, a.State), [4]int64{2, 0, 2, 1})
			w.write(func(ctx context.Context, tx store.Tx) error {
				return tx.DeleteRequest(ctx, q.ID, record(audit.KindRequest, string(q.ID), start))
			})
			same(w, "deleted", counts("c", q.Status, a.State), [4]int64{1, 0, 2, 0})
		},
		"what others need is not deleted": func(w world) {
			c := newCatalog("Sales")
			w.putAll(c, newPackage(c, "Reader"))
			wantFault(w, "catalog", w.tryWrite(func(ctx context.Context, tx store.Tx) error {
				return tx.DeleteCatalog(ctx, c.ID, record(audit.KindCatalog, string(c.ID), start))
			}), fault.Conflict)
		},
		"records come back as written, in order": func(w world) {
			q := newRequest("t", "p")
			var want []audit.Record
			for i := range 3 {
				a := record(audit.KindRequest, string(q.ID), start.Add(time.Duration(i)))
				a.At = a.At.Truncate(time.Microsecond)
				want = append(want, a)
			}
			refusal := record(audit.KindRequest, string(q.ID), start)
			refusal.Result, refusal.Reason = audit.Failure, "UnAuthorized"
			w.write(func(ctx context.Context, tx store.Tx) error {
				if err := tx.PutRequest(ctx, q, want...); err != nil {
					return err
				}
				return tx.Note(ctx, refusal)
			})
			same(w, "records", recordsOf(w, audit.KindRequest, string(q.ID)), append(want, refusal))
			same(w, "of another kind", recordsOf(w, audit.KindApproval, string(q.ID)), []audit.Record(nil))
		},
		"nothing is put without a record": func(w world) {
			q := newRequest("t", "p")
			for name, put := range map[string]func(context.Context, store.Tx) error{
				"none":  func(ctx context.Context, tx store.Tx) error { return tx.PutRequest(ctx, q) },
				"no id": func(ctx context.Context, tx store.Tx) error { return tx.PutRequest(ctx, q, audit.Record{At: start}) },
				"no instant": func(ctx context.Context, tx store.Tx) error {
					return tx.AddMember(ctx, directory.Membership{Group: "g", Member: "m", Relation: directory.MemberOf}, audit.Record{ID: "a"})
				},
			} {
				if err := w.tryWrite(put); err == nil || fault.Of(err).Kind != fault.Internal {
					w.Errorf("%s: %v", name, err)
				}
			}
		},
		"a membership that is so already leaves no record": func(w world) {
			g, u := newGroup("G"), newUser("adele@example.com")
			m := member(g, u)
			add := func(ctx context.Context, tx store.Tx) error {
				return tx.AddMember(ctx, m, record(audit.KindObject, string(g.ID), start))
			}
			remove := func(ctx context.Context, tx store.Tx) error {
				return tx.RemoveMember(ctx, m, record(audit.KindObject, string(g.ID), start))
			}
			for i, step := range []struct {
				do      func(context.Context, store.Tx) error
				records int
				there   bool
			}{
				{remove, 0, false},
				{add, 1, true},
				{add, 1, true},
				{remove, 2, false},
				{remove, 2, false},
				{func(ctx context.Context, tx store.Tx) error {
					return firstError(add(ctx, tx), remove(ctx, tx), add(ctx, tx))
				}, 5, true},
			} {
				w.write(step.do)
				if n := len(recordsOf(w, audit.KindObject, string(g.ID))); n != step.records {
					w.Errorf("step %d: %d records, want %d", i, n, step.records)
				}
				there := look(w, func(ctx context.Context, r store.Reader) (bool, error) { return r.HasMember(ctx, m) })
				if there != step.there {
					w.Errorf("step %d: member %v", i, there)
				}
			}
		},
	}
}
