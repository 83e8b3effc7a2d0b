package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

func catalogOf(id entitlement.CatalogID) func(context.Context, store.Reader) (entitlement.Catalog, error) {
	return func(ctx context.Context, r store.Reader) (entitlement.Catalog, error) { return r.Catalog(ctx, id) }
}

// increments rewrites a catalog n times, each time from what it reads.
func increments(w world, id entitlement.CatalogID, n int) error {
	for range n {
		err := w.tryWrite(func(ctx context.Context, tx store.Tx) error {
			c, err := tx.Catalog(ctx, id)
			if err != nil {
				return err
			}
			c.Description += "+"
			return tx.PutCatalog(ctx, c, record(audit.KindCatalog, string(id), start))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// transactionTests: all or nothing, nothing lost, nothing seen too early.
func transactionTests() map[string]func(world) {
	return map[string]func(world){
		"reads see the writes before them": func(w world) {
			c := newCatalog("Sales")
			w.write(func(ctx context.Context, tx store.Tx) error {
				if err := putOne(ctx, tx, start, c); err != nil {
					return err
				}
				got, err := tx.Catalog(ctx, c.ID)
				if err != nil || got.Version != 1 {
					w.Errorf("version %d, %v", got.Version, err)
				}
				p := newPackage(c, "Reader")
				if err := putOne(ctx, tx, start, p); err != nil {
					return err
				}
				offer, err := tx.Offer(ctx, p.ID)
				if offer.Catalog.ID != c.ID {
					w.Errorf("offer %+v, %v", offer, err)
				}
				return err
			})
		},
		"a rollback leaves nothing": func(w world) {
			c, before := newCatalog("Sales"), newCatalog("Before")
			w.putAll(before)
			err := w.tryWrite(func(ctx context.Context, tx store.Tx) error {
				if err := putOne(ctx, tx, start, c); err != nil {
					return err
				}
				before.Version, before.Description = 1, "changed"
				if err := putOne(ctx, tx, start, before); err != nil {
					return err
				}
				if _, err := tx.Catalog(ctx, before.ID); err != nil { // what was put is sent
					return err
				}
				return errRefused
			})
			if !errors.Is(err, errRefused) {
				w.Errorf("error %v, want that of the closure", err)
			}
			_, err = tryLook(w, catalogOf(c.ID))
			wantFault(w, "catalog", err, fault.NotFound)
			for _, id := range []string{string(c.ID), string(before.ID)} {
				records := look(w, func(ctx context.Context, r store.Reader) ([]audit.Record, error) {
					return r.AuditOf(ctx, audit.KindCatalog, id)
				})
				if want := map[string]int{string(before.ID): 1}[id]; len(records) != want {
					w.Errorf("%d records of %s, want %d", len(records), id, want)
				}
			}
			// The same version, put once more, is not mistaken for the one rolled back.
			before.Description = "changed otherwise"
			w.putAll(before)
			if got := look(w, catalogOf(before.ID)); got.Description != "changed otherwise" {
				w.Errorf("description %q", got.Description)
			}
		},
		"a package decoded in a rolled back transaction is forgotten": func(w world) {
			c := newCatalog("Sales")
			p := newPackage(c, "Reader")
			w.putAll(c, p)
			p.Version = 1
			err := w.tryWrite(func(ctx context.Context, tx store.Tx) error {
				p.Description = "never"
				if err := putOne(ctx, tx, start, p); err != nil {
					return err
				}
				if got, err := tx.Package(ctx, p.ID); err != nil || got.Description != "never" {
					w.Errorf("%q, %v", got.Description, err)
				}
				return errRefused
			})
			if !errors.Is(err, errRefused) {
				w.Error(err)
			}
			p.Description = "real"
			w.putAll(p)
			got := look(w, func(ctx context.Context, r store.Reader) (entitlement.Package, error) { return r.Package(ctx, p.ID) })
			if got.Description != "real" {
				w.Errorf("description %q", got.Description)
			}
		},
		"concurrent writers lose no update": func(w world) {
			const writers, each = 8, 40
			c := newCatalog("Sales")
			c.Description = ""
			w.putAll(c)
			var wg sync.WaitGroup
			for range writers {
				wg.Go(func() {
					for range each {
						for { // beyond ten attempts the caller decides
							err := increments(w, c.ID, 1)
							if err == nil {
								break
							}
							if !fault.Is(err, fault.Stale) {
								w.Error(err)
								return
							}
						}
					}
				})
			}
			wg.Wait()
			got := look(w, catalogOf(c.ID))
			if len(got.Description) != writers*each || got.Version != writers*each+1 {
				w.Errorf("%d increments, version %d", len(got.Description), got.Version)
			}
		},
		"of two that take a key one wins, the other sees it": func(w world) {
			var wg sync.WaitGroup
			var won, conflicts atomic.Int64
			for range 6 {
				wg.Go(func() {
					err := w.tryPutAll(start, newRequest("t", "p"))
					switch {
					case err == nil:
						won.Add(1)
					case fault.Is(err, fault.Conflict):
						conflicts.Add(1)
					default:
						w.Error(err)
					}
				})
			}
			wg.Wait()
			if won.Load() != 1 || conflicts.Load() != 5 {
				w.Errorf("%d won, %d conflicts", won.Load(), conflicts.Load())
			}
		},
		"who is refused takes nobody along": func(w world) {
			w.putAll(newCatalog("taken"))
			var wg sync.WaitGroup
			for i := range 60 {
				wg.Go(func() {
					c := newCatalog(fmt.Sprint("free ", i))
					refused := i%5 == 0
					if refused {
						c.DisplayName = "taken"
					}
					err := w.tryPutAll(start, newCatalog(fmt.Sprint("first ", i)), c)
					if fault.Is(err, fault.Conflict) != refused || !refused && err != nil {
						w.Errorf("%s: %v", c.DisplayName, err)
					}
				})
			}
			wg.Wait()
			if page := look(w, func(ctx context.Context, r store.Reader) (query.Page[entitlement.Catalog], error) {
				return r.Catalogs(ctx, query.List{Count: true, Limit: 1})
			}); page.Count != 1+2*48 {
				w.Errorf("there are %d catalogs, want %d", page.Count, 1+2*48)
			}
		},
		"a stale closure is called again, ten times at most": func(w world) {
			c := newCatalog("Sales")
			w.putAll(c)
			calls := 0
			w.write(func(ctx context.Context, tx store.Tx) error {
				calls++
				c.Version = int64(5 - calls) // right at the fourth
				return putOne(ctx, tx, start, c)
			})
			if calls != 4 {
				w.Errorf("%d calls, want 4", calls)
			}
			calls = 0
			err := w.tryWrite(func(context.Context, store.Tx) error {
				calls++
				return fault.New(fault.Stale, "Stale", "again")
			})
			if wantFault(w, "always stale", err, fault.Stale); calls != 10 {
				w.Errorf("%d calls, want 10", calls)
			}
			calls = 0
			err = w.tryWrite(func(context.Context, store.Tx) error {
				calls++
				return fault.New(fault.Conflict, "Conflict", "the use case says no")
			})
			if wantFault(w, "refused", err, fault.Conflict); calls != 1 {
				w.Errorf("%d calls, want 1", calls)
			}
		},
		"a panic leaves nothing and stops nobody": func(w world) {
			c := newCatalog("Sales")
			func() {
				defer func() {
					if r := recover(); r != "bug" {
						w.Errorf("recovered %v", r)
					}
				}()
				err := w.tryWrite(func(ctx context.Context, tx store.Tx) error {
					if err := putOne(ctx, tx, start, c); err != nil {
						return err
					}
					if _, err := tx.Catalog(ctx, c.ID); err != nil {
						return err
					}
					panic("bug")
				})
				w.Error("no panic", err)
			}()
			_, err := tryLook(w, catalogOf(c.ID))
			wantFault(w, "catalog", err, fault.NotFound)
			w.putAll(c)
		},
		"a context that is done stops a write before it begins": func(w world) {
			ctx, cancel := context.WithCancel(w.Context())
			cancel()
			called := false
			err := w.store.Write(ctx, w.tenant, store.People, func(store.Tx) error { called = true; return nil })
			if !errors.Is(err, context.Canceled) || called {
				w.Errorf("error %v, called %v", err, called)
			}
		},
		"a context that ends during a write does not harm others": func(w world) {
			var wg sync.WaitGroup
			for range 8 {
				wg.Go(func() {
					if err := w.tryPutAll(start, newCatalog(newID[string]())); err != nil {
						w.Error(err)
					}
				})
				wg.Go(func() {
					ctx, cancel := context.WithCancel(w.Context())
					defer cancel()
					c := newCatalog(newID[string]())
					err := w.store.Write(ctx, w.tenant, store.People, func(tx store.Tx) error {
						if err := putOne(ctx, tx, start, c); err != nil {
							return err
						}
						cancel()
						return nil
					})
					// Whether it was too late or not, the answer is true.
					_, missing := tryLook(w, catalogOf(c.ID))
					if (err == nil) != (missing == nil) {
						w.Errorf("write: %v; read: %v", err, missing)
					}
				})
			}
			wg.Wait()
		},
		"a read sees one state": func(w world) {
			c := newCatalog("Sales")
			w.putAll(c)
			c.Description = "later"
			look(w, func(ctx context.Context, r store.Reader) (any, error) {
				first, err := r.Catalog(ctx, c.ID)
				if err != nil {
					return nil, err
				}
				c.Version++
				w.putAll(c) // another connection, between two reads, in each run
				second, err := r.Catalog(ctx, c.ID)
				if err == nil {
					same(w, "second answer", second, first)
				}
				return nil, err
			})
			if got := look(w, catalogOf(c.ID)); got.Description != "later" {
				w.Errorf("a later transaction saw %q", got.Description)
			}
		},
		"classes do not keep each other from writing": func(w world) {
			var wg sync.WaitGroup
			for _, class := range []store.Class{store.People, store.Delivery, store.Sweep} {
				for range 10 {
					wg.Go(func() {
						err := w.store.Write(w.Context(), w.tenant, class, func(tx store.Tx) error {
							return putOne(w.Context(), tx, start, newCatalog(newID[string]()))
						})
						if err != nil {
							w.Error(err)
						}
					})
				}
			}
			wg.Wait()
		},
	}
}

// aloneTests need a store of their own.
func aloneTests() map[string]func(world) {
	return map[string]func(world){
		"many in one transaction": func(w world) {
			var all []any
			var want []entitlement.Assignment
			for range 247 {
				a := newAssignment(newID[directory.ObjectID](), "p", "l")
				all, want = append(all, a), append(want, a)
			}
			tries := int64(0) // under load a transaction may be begun anew, and each costs its statements
			put := func() {
				w.write(func(ctx context.Context, tx store.Tx) error {
					tries++
					for _, o := range all {
						if err := putOne(ctx, tx, start, o); err != nil {
							return err
						}
					}
					return nil
				})
			}
			before := w.store.Statements()
			put()
			all = nil
			for i := range want {
				want[i].Version, want[i].State, want[i].ExpiredAt = 1, entitlement.AssignmentExpired, start
				all = append(all, want[i])
			}
			put()
			if got := w.store.Statements() - before; got > tries*2*247 {
				w.Errorf("%d statements for %d times %d objects", got, tries, len(want))
			}
			for i := range want {
				want[i].Version = 2
				same(w, "assignment", look(w, func(ctx context.Context, r store.Reader) (any, error) { return r.Assignment(ctx, want[i].ID) }), any(want[i]))
			}
			want[100].Version = 1
			all[100] = want[100]
			wantFault(w, "one of many is stale", w.tryPutAll(start, all...), fault.Stale)
		},
		"tenants are listed, and made once": func(w world) {
			var wg sync.WaitGroup
			for range 4 {
				for _, id := range []string{"a", "b", "c"} {
					wg.Go(func() {
						if err := w.store.CreateTenant(w.Context(), newTenantID(id), id); err != nil {
							w.Error(err)
						}
					})
				}
			}
			wg.Wait()
			got, err := w.store.Tenants(w.Context())
			if err != nil || len(got) != 4 {
				w.Errorf("tenants %v, %v", got, err)
			}
		},
		"a commit that leaves something due wakes, another does not": func(w world) {
			w.putAll(newCatalog("Sales"))
			select {
			case <-w.store.Changes():
				w.Error("woken by a catalog")
			default:
			}
			first, second := newRequest("t", "p"), newRequest("u", "p")
			second.NotBefore = first.NotBefore.Add(-time.Minute)
			w.putAll(first, second)
			if due := <-w.store.Changes(); !due.Equal(second.NotBefore) {
				w.Errorf("woken for %v, want the earliest, %v", due, second.NotBefore)
			}
		},
		"statements are counted exactly": func(w world) {
			c := newCatalog("Sales")
			p := newPackage(c, "Reader")
			w.putAll(c, p, newPolicy(p, "A"), newPolicy(p, "B"), newUser("adele@example.com"))
			cost := func(fn func()) int64 {
				before := w.store.Statements()
				fn()
				return w.store.Statements() - before
			}
			for name, fn := range map[string]func(){
				"offer": func() { look(w, func(ctx context.Context, r store.Reader) (any, error) { return r.Offer(ctx, p.ID) }) },
				"standing": func() {
					look(w, func(ctx context.Context, r store.Reader) (any, error) { return r.Standing(ctx, "t", p.ID) })
				},
				"roles": func() { look(w, func(ctx context.Context, r store.Reader) (any, error) { return r.RolesOf(ctx, "t") }) },
				"pending": func() {
					look(w, func(ctx context.Context, r store.Reader) (any, error) { return r.PendingFor(ctx, "t", "", 9) })
				},
				"next due": func() { _, _, err := w.store.NextDue(w.Context(), start); same(w, "error", err, nil) },
			} {
				if n := cost(fn); n != 1 {
					w.Errorf("%s costs %d statements", name, n)
				}
			}
			if n := cost(func() { w.putAll(newRequest("t", p.ID)) }); n != 4 {
				w.Errorf("a request costs %d statements, want row, tally, version and record", n)
			}
		},
	}
}

// PutRequests puts n requests, each in a transaction with its version and its
// record, so many at a time. It is for benchmarks.
func PutRequests(tb testing.TB, s store.Store, parallel, n int) {
	tb.Helper()
	tenant := newTenantID("bench")
	if err := s.CreateTenant(tb.Context(), tenant, "bench"); err != nil {
		tb.Fatal(err)
	}
	var left atomic.Int64
	left.Store(int64(n))
	var wg sync.WaitGroup
	for range parallel {
		wg.Go(func() {
			for left.Add(-1) >= 0 {
				q := newRequest(newID[directory.ObjectID](), "p")
				err := s.Write(tb.Context(), tenant, store.People, func(tx store.Tx) error { return putOne(tb.Context(), tx, start, q) })
				if err != nil {
					tb.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}
