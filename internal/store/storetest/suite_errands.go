package storetest

import (
	"context"
	"slices"
	"time"

	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/store"
)

// errandTests: calls wait until they are due, are postponed and go.
func errandTests() map[string]func(world) {
	return map[string]func(world){
		"errands come earliest first, are replaced, and go": func(w world) {
			errand := func(after time.Duration) entitlement.Errand {
				return entitlement.Errand{
					ID: newID[string](), Extension: "x", Request: "r", Status: entitlement.Accepted, Due: start.Add(after),
					Tries: entitlement.Tries{Since: start, Count: 2},
				}
			}
			one, two := errand(time.Hour), errand(2*time.Hour)
			w.write(func(ctx context.Context, tx store.Tx) error {
				return orFirst(tx.PutErrand(ctx, two), tx.PutErrand(ctx, one))
			})
			due := func(after time.Duration) []entitlement.Errand {
				return look(w, func(ctx context.Context, r store.Reader) ([]entitlement.Errand, error) {
					return r.DueErrands(ctx, start.Add(after), 9)
				})
			}
			same(w, "before the first", due(0), []entitlement.Errand(nil))
			same(w, "both", due(2*time.Hour), []entitlement.Errand{one, two})
			one = one.Claim(start.Add(3 * time.Hour))
			w.write(func(ctx context.Context, tx store.Tx) error {
				return orFirst(tx.PutErrand(ctx, one), tx.DropErrand(ctx, two.ID))
			})
			same(w, "claimed", due(3*time.Hour), []entitlement.Errand(nil))
			same(w, "left alone", due(4*time.Hour), []entitlement.Errand{one})
		},
		"an errand makes its tenant due, apart from everything else": func(w world) {
			at := start.Add(-3000 * time.Hour)
			w.write(func(ctx context.Context, tx store.Tx) error {
				return tx.PutErrand(ctx, entitlement.Errand{ID: newID[string](), Due: at})
			})
			due, next, err := w.store.NextErrand(w.Context(), at.Add(-time.Microsecond))
			if err != nil || slices.Contains(due, w.tenant) || next.After(at) || next.IsZero() {
				w.Errorf("before: due %v, next %v, %v", due, next, err)
			}
			due, _, err = w.store.NextErrand(w.Context(), at)
			if err != nil || !slices.Contains(due, w.tenant) {
				w.Errorf("then: due %v, %v", due, err)
			}
			if due, _, err = w.store.NextDue(w.Context(), at); err != nil || slices.Contains(due, w.tenant) {
				w.Errorf("other work is due too: %v, %v", due, err)
			}
		},
	}
}

// orFirst returns the first error.
func orFirst(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
