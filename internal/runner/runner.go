// Package runner takes up what is due and moves it on through the engine.
//
// It holds no timers of its own: due instants stand in the rows, the
// database says which have come, the state table decides what happens. Any
// number of processes may run at once; claims are per row.
package runner

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/grantkeep/grantkeep/internal/clock"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/engine"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/store"
)

const (
	requestBatch = 100 // requests in one transaction
	sweepBatch   = 200 // expiries in one transaction: short enough to let people in between
	noticeBatch  = 200 // notices in one transaction, which also ends after a thousand messages

	// When more end at once than a batch, sweepers end them at the same time,
	// up to so many batches each before all else that is due gets its turn.
	sweepers     = 3
	sweepBatches = 8

	// pollEvery bounds how late work of another process is seen when its
	// wake-up is lost.
	pollEvery = time.Second

	// restAfterError and maxRest bound how fast failing work is tried again.
	restAfterError = time.Second
	maxRest        = time.Minute

	// claimWait is how long Finish waits for others before it looks again,
	// patience how often it does so in a row.
	claimWait = 5 * time.Millisecond
	patience  = 2000
)

// Runner runs what is due. Make it with New.
type Runner struct {
	engine *engine.Engine
	store  store.Store
	clock  clock.Clock
	log    *slog.Logger
	paused func() bool

	caller  Caller
	calling sync.Mutex    // held while calls are made
	called  chan struct{} // see wakeCalls
}

// New returns a runner. paused may be nil; while it returns true Run leaves
// everything alone and only RunDue and Settle do anything.
func New(e *engine.Engine, db store.Store, clk clock.Clock, caller Caller, log *slog.Logger, paused func() bool) *Runner {
	if paused == nil {
		paused = func() bool { return false }
	}
	return &Runner{engine: e, store: db, clock: clk, caller: caller, log: log, paused: paused, called: make(chan struct{}, 1)}
}

// Run runs what is due until the context ends. It wakes up after commits
// and when the next row falls due.
func (r *Runner) Run(ctx context.Context) {
	var calls sync.WaitGroup
	calls.Go(func() { r.runCalls(ctx) })
	defer calls.Wait()
	rest := time.Duration(0)
	for {
		wait := pollEvery
		if !r.paused() {
			if _, err := r.runInside(ctx, r.clock.Now()); err != nil && ctx.Err() == nil {
				rest = min(max(2*rest, restAfterError), maxRest)
				r.log.ErrorContext(ctx, "running what is due failed", "err", err, "again_in", rest)
				wait = rest
			} else {
				rest = 0
				wait = r.untilNext(ctx)
			}
		}
		if !r.sleep(ctx, wait, rest > 0) {
			return
		}
	}
}

// sleep waits for the time, or until a commit leaves something that falls
// due earlier, unless resting; false means that the context has ended.
func (r *Runner) sleep(ctx context.Context, wait time.Duration, resting bool) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	until := r.clock.Now().Add(wait)
	changes := r.store.Changes()
	if resting {
		changes = nil
	}
	for {
		select {
		case <-ctx.Done():
			return false
		case <-timer.C:
			return true
		case due := <-changes:
			now := r.clock.Now()
			if !due.After(now) {
				return true
			}
			if due.Before(until) {
				until = due
				timer.Reset(due.Sub(now))
			}
		}
	}
}

// untilNext returns how long nothing will be due, at most pollEvery.
func (r *Runner) untilNext(ctx context.Context) time.Duration {
	now := r.clock.Now()
	due, next, err := r.store.NextDue(ctx, now)
	switch {
	case err != nil || len(due) > 0:
		return time.Millisecond // RunDue finds out what is wrong
	case next.IsZero():
		return pollEvery
	}
	return min(max(next.Sub(now), 0), pollEvery)
}

// RunDue runs everything that is due at or before now, in all tenants, and
// returns how many requests and assignments it took. What somebody else has
// claimed it leaves to them.
func (r *Runner) RunDue(ctx context.Context, now time.Time) (int, error) {
	ran := 0
	for {
		n, err := r.runInside(ctx, now)
		ran += n
		if err != nil {
			return ran, err
		}
		if calls, err := r.callOut(ctx, now); err != nil || calls == 0 {
			return ran, err
		}
	}
}

// runInside is RunDue without what leads out of the process.
func (r *Runner) runInside(ctx context.Context, now time.Time) (int, error) {
	ran := 0
	for {
		took, err := r.round(ctx, now)
		ran += took.moved
		if took.moved > 0 {
			r.wakeCalls()
		}
		if err != nil || took.nothing() {
			return ran, err
		}
	}
}

// Finish is RunDue that also waits for what others have claimed: when it
// returns, nothing is due. It gives up after a while.
func (r *Runner) Finish(ctx context.Context, now time.Time) (int, error) {
	ran := 0
	for idle := 0; ; {
		took, err := r.round(ctx, now)
		ran += took.moved
		switch {
		case err != nil:
			return ran, err
		case !took.due:
			if calls, err := r.callOut(ctx, now); err != nil || calls == 0 {
				return ran, err
			}
		case !took.nothing():
			idle = 0
		case idle == patience:
			return ran, fault.New(fault.Unavailable, "serviceNotAvailable", "Something has been due for a while and does not move.")
		default:
			idle++
			if !r.sleep(ctx, claimWait, true) {
				return ran, ctx.Err()
			}
		}
	}
}

// Settle is Finish that does not let requests have their breath: what was
// just accepted is taken up too.
func (r *Runner) Settle(ctx context.Context, now time.Time) (int, error) {
	ran := 0
	for {
		n, err := r.Finish(ctx, now)
		ran += n
		if err != nil {
			return ran, err
		}
		tenants, err := r.store.Tenants(ctx)
		if err != nil {
			return ran, err
		}
		held := 0
		for _, tenant := range tenants {
			n, err := r.engine.AdvanceHeld(ctx, tenant, now, requestBatch)
			held += n
			if err != nil {
				return ran + held, err
			}
		}
		ran += held
		if held == 0 {
			return ran, nil
		}
	}
}

// expire takes assignments that are due, and returns how many.
func (r *Runner) expire(ctx context.Context, tenant directory.TenantID, now time.Time) (int, error) {
	n, err := r.engine.ExpireAssignments(ctx, tenant, now, sweepBatch)
	if err != nil || n < sweepBatch {
		return n, err
	}
	all, group := [sweepers]int{}, errgroup.Group{}
	for i := range all {
		group.Go(func() error {
			for range sweepBatches {
				n, err := r.engine.ExpireAssignments(ctx, tenant, now, sweepBatch)
				all[i] += n
				if err != nil || n < sweepBatch {
					return err
				}
			}
			return nil
		})
	}
	err = group.Wait()
	for _, more := range all {
		n += more
	}
	return n, err
}

// taken is what a round did.
type taken struct {
	due   bool // there was something to take, by us or by others
	moved int  // requests and assignments that we took or changed
	told  int  // notices that we made messages of
	swept bool // sweeps or rules were run, though it may have changed nothing
}

func (t taken) nothing() bool { return t.moved == 0 && t.told == 0 && !t.swept }

// round takes one batch of everything that is due in every tenant.
func (r *Runner) round(ctx context.Context, now time.Time) (taken, error) {
	tenants, _, err := r.store.NextDue(ctx, now)
	t := taken{due: len(tenants) > 0}
	for _, tenant := range tenants {
		n, err := r.engine.AdvanceRequests(ctx, tenant, now, requestBatch)
		t.moved += n
		if err != nil {
			return t, err
		}
		n, automatic, err := r.engine.RunAutomatic(ctx, tenant, now, requestBatch)
		t.moved += n
		t.swept = t.swept || automatic
		if err != nil {
			return t, err
		}
		n, err = r.expire(ctx, tenant, now)
		t.moved += n
		if err != nil {
			return t, err
		}
		n, err = r.engine.AdvanceGuests(ctx, tenant, now, sweepBatch)
		t.moved += n
		if err != nil {
			return t, err
		}
		n, swept, err := r.engine.RunSweeps(ctx, tenant, now, sweepBatch)
		t.moved += n
		t.swept = t.swept || swept
		if err != nil {
			return t, err
		}
		n, err = r.engine.WriteMessages(ctx, tenant, now, noticeBatch)
		t.told += n
		if err != nil {
			return t, err
		}
	}
	return t, err
}
