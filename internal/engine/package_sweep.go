package engine

import (
	"context"
	"strings"
	"time"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

// overlap is longer than any transaction takes. A sweep that began earlier
// than that after the change may have missed rows that were being written
// meanwhile, so it passes once more.
const overlap = 10 * time.Second

// RunSweeps takes a sweep of a tenant that is due at now one batch of up to
// limit rows further. It returns how many rows it changed, and whether there
// was anything to do.
func (e *Engine) RunSweeps(ctx context.Context, tenant directory.TenantID, now time.Time, limit int) (n int, ran bool, err error) {
	err = e.store.Write(ctx, tenant, store.Sweep, func(tx store.Tx) error {
		n = 0
		due, err := tx.DueWork(ctx, now, 1)
		ran = len(due) > 0
		if err != nil || !ran {
			return err
		}
		switch s := due[0]; s.Kind {
		case store.WorkPackage:
			n, err = e.sweepPackage(ctx, tx, s, now, limit)
		case store.WorkMove:
			n, err = e.sweepMove(ctx, tx, s, limit)
		case store.WorkCollected:
			n, err = e.fillAccount(ctx, tx, s, now)
		case store.WorkPending:
			n, err = e.sweepPending(ctx, tx, s, now, limit)
		case store.WorkException:
			n, err = e.endException(ctx, tx, s, now)
		case store.WorkEmergency:
			n, err = e.lapseEmergency(ctx, tx, s, now)
		case store.WorkSent:
			err = forgetSent(ctx, tx, s, now, limit)
		default:
			panic("engine: unknown sweep " + string(s.Kind))
		}
		return err
	})
	return n, ran, err
}

// sweep makes a sweep begin at once.
func sweep(ctx context.Context, tx store.Tx, kind store.WorkKind, ref string, now time.Time) error {
	return tx.PutWork(ctx, store.Work{Kind: kind, Ref: ref, Since: now, Pass: now, Due: now})
}

// goOn moves a sweep on from a batch: to the next one, to another pass, or to
// its end.
func goOn(ctx context.Context, tx store.Tx, s store.Work, reached string) error {
	s.Reached = reached
	if reached != "" {
		return tx.PutWork(ctx, s)
	}
	again := s.Since.Add(overlap)
	if !s.Pass.Before(again) {
		return tx.EndWork(ctx, s)
	}
	s.Pass, s.Due = again, again
	return tx.PutWork(ctx, s)
}

// inStates are the states in which assignments follow their package, in the
// order of a sweep.
var inStates = []entitlement.AssignmentState{
	entitlement.AssignmentDelivered, entitlement.AssignmentPartial, entitlement.AssignmentFailed, entitlement.AssignmentDelivering,
}

// sweepPackage makes the assignments of a package follow what it holds
// (catalogs-and-resources.md section 4.5), state by state, in the order of
// their ids.
func (e *Engine) sweepPackage(ctx context.Context, tx store.Tx, s store.Work, now time.Time, limit int) (int, error) {
	state, after, _ := strings.Cut(s.Reached, "/")
	began := state == ""
	for _, in := range inStates {
		if began = began || string(in) == state; !began {
			continue
		}
		q := query.List{Where: query.AllOf(equal("package", s.Ref), equal("state", in)), Limit: limit}
		if string(in) == state && after != "" {
			q.After = []query.Value{after}
		}
		page, err := tx.Assignments(ctx, q)
		if err != nil {
			return 0, err
		}
		if len(page.Rows) == 0 {
			continue
		}
		n, err := e.settle(ctx, tx, page.Rows, false, now)
		if err != nil {
			return 0, err
		}
		return n, goOn(ctx, tx, s, string(in)+"/"+string(page.Rows[len(page.Rows)-1].ID))
	}
	return 0, goOn(ctx, tx, s, "")
}

// forgetSent forgets keys that have expired, and comes back when the next one
// does.
func forgetSent(ctx context.Context, tx store.Tx, s store.Work, now time.Time, limit int) error {
	next, err := tx.ForgetSent(ctx, now, limit)
	if err != nil {
		return err
	}
	if next.IsZero() {
		return tx.EndWork(ctx, s)
	}
	s.Due = next
	return tx.PutWork(ctx, s)
}
