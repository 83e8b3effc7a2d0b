package storetest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/store"
)

// dueTests: what waits is found when it is due, by one transaction only.
func dueTests() map[string]func(world) {
	return map[string]func(world){
		"due requests come earliest first, up to the limit": func(w world) {
			var want []entitlement.RequestID
			var all []any
			for i := range 5 {
				q := newRequest("t", entitlement.PackageID(fmt.Sprint(i)))
				q.NotBefore = start.Add(time.Duration(5-i) * time.Minute)
				all, want = append(all, q), append(want, q.ID)
			}
			never := newRequest("t", "never")
			never.NotBefore = time.Time{}
			w.putAll(append(all, never)...)
			slices.Reverse(want)
			w.write(func(ctx context.Context, tx store.Tx) error {
				for _, tt := range []struct {
					now   time.Duration
					limit int
					want  []entitlement.RequestID
				}{
					{time.Minute - time.Microsecond, 9, nil},
					{time.Minute, 9, want[:1]},
					{4 * time.Minute, 9, want[:4]},
					{time.Hour, 3, want[:3]},
				} {
					got, err := tx.DueRequests(ctx, start.Add(tt.now), tt.limit)
					if err != nil {
						return err
					}
					var ids []entitlement.RequestID
					for _, q := range got {
						ids = append(ids, q.ID)
					}
					same(w, fmt.Sprint("due at ", tt.now), ids, tt.want)
				}
				held, err := tx.HeldRequests(ctx, 9)
				if len(held) != 5 {
					w.Errorf("%d held, want 5", len(held))
				}
				return err
			})
		},
		"what is due is claimed once": func(w world) {
			const n = 60
			var all []any
			for range n {
				a := newAssignment(newID[directory.ObjectID](), "p", "l")
				q := newRequest(newID[directory.ObjectID](), "p")
				all = append(all, a, q)
			}
			w.putAll(all...)
			var mu sync.Mutex
			taken := map[string]int{}
			now := start.Add(100 * 24 * time.Hour)
			drain := func() error {
				for {
					var ids []string
					err := w.tryWrite(func(ctx context.Context, tx store.Tx) error {
						ids = nil
						requests, err := tx.DueRequests(ctx, now, 4)
						if err != nil {
							return err
						}
						for _, q := range requests {
							ids = append(ids, string(q.ID))
							q.Status, q.CompletedAt, q.NotBefore = entitlement.Canceled, now, time.Time{}
							if err := putOne(ctx, tx, now, q); err != nil {
								return err
							}
						}
						assignments, err := tx.DueAssignments(ctx, now, 4)
						if err != nil {
							return err
						}
						for _, a := range assignments {
							ids = append(ids, string(a.ID))
							a.State, a.ExpiredAt = entitlement.AssignmentExpired, now
							if err := tx.PutAssignment(ctx, a, record(audit.KindAssignment, string(a.ID), now)); err != nil {
								return err
							}
						}
						return nil
					})
					if err != nil || len(ids) == 0 {
						return err
					}
					mu.Lock()
					for _, id := range ids {
						taken[id]++
					}
					mu.Unlock()
				}
			}
			var wg sync.WaitGroup
			for range 4 {
				wg.Go(func() {
					if err := drain(); err != nil {
						w.Error(err)
					}
				})
			}
			wg.Wait()
			if err := drain(); err != nil { // what others had claimed when a drainer looked last
				w.Error(err)
			}
			if len(taken) != 2*n {
				w.Errorf("%d taken, want %d", len(taken), 2*n)
			}
			for id, times := range taken {
				if times != 1 {
					w.Errorf("%s was taken %d times", id, times)
				}
			}
		},
		"the next due instant of all tenants is known": func(w world) {
			a := newAssignment("t", "p", "l")
			a.EndsAt = start.Add(-2 * time.Hour)
			q := newRequest("t", "p")
			q.NotBefore = start.Add(-1001 * time.Hour)
			w.putAll(a, q)
			other := newWorld(w.T, w.store)
			b := newAssignment("t", "p", "l")
			b.EndsAt = start.Add(-1000 * time.Hour) // earlier than anything of other tests
			other.putAll(b)
			due, next, err := w.store.NextDue(w.Context(), start.Add(-1001*time.Hour))
			if err != nil || !slices.Contains(due, w.tenant) || slices.Contains(due, other.tenant) {
				w.Errorf("due %v, %v", due, err)
			}
			same(w, "next", next, b.EndsAt)
			due, _, err = w.store.NextDue(w.Context(), start.Add(-1000*time.Hour))
			if err != nil || !slices.Contains(due, w.tenant) || !slices.Contains(due, other.tenant) {
				w.Errorf("due %v, %v", due, err)
			}
		},
	}
}
