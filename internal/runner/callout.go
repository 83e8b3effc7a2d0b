package runner

import (
	"context"
	"sync"
	"time"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/engine"
	"github.com/grantkeep/grantkeep/internal/entitlement"
)

const (
	callBatch = 16  // custom extensions that are called at the same time
	feedBatch = 100 // feeds that are looked at in one transaction
)

// Caller calls custom extensions and subscribers. An error that is a fault.Unavailable may
// pass, so the call is made again later; any other is for good. What an error
// says is shown to people: it holds no secrets.
type Caller interface {
	Call(ctx context.Context, o entitlement.Outcall) error
	Tell(ctx context.Context, t entitlement.Telling) error
}

// runCalls makes calls as they fall due, until the context ends. It runs
// beside everything else: who is slow to answer holds nothing up.
func (r *Runner) runCalls(ctx context.Context) {
	rest := time.Duration(0)
	for {
		if !r.paused() {
			if _, err := r.callOut(ctx, r.clock.Now()); err != nil && ctx.Err() == nil {
				rest = min(max(2*rest, restAfterError), maxRest)
				r.log.ErrorContext(ctx, "calling custom extensions failed", "err", err, "again_in", rest)
			} else {
				rest = 0
			}
		}
		timer := time.NewTimer(max(rest, pollEvery))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		case <-r.called: // something was done that may have called somebody
			timer.Stop()
		}
	}
}

// wakeCalls tells runCalls that something may have to be called.
func (r *Runner) wakeCalls() {
	select {
	case r.called <- struct{}{}:
	default: // it knows already
	}
}

// callOut makes all calls that are due at or before now and returns how many
// it took. Whoever comes while others are at it waits for them.
func (r *Runner) callOut(ctx context.Context, now time.Time) (int, error) {
	r.calling.Lock()
	defer r.calling.Unlock()
	all := 0
	for {
		tenants, _, err := r.store.NextErrand(ctx, now)
		took := 0
		for _, tenant := range tenants {
			n, err := r.callSome(ctx, tenant, now)
			took += n
			if err != nil {
				return all + took, err
			}
			n, err = r.tellSome(ctx, tenant, now)
			took += n
			if err != nil {
				return all + took, err
			}
		}
		all += took
		if err != nil || took == 0 {
			return all, err
		}
	}
}

// callSome makes some calls of a tenant, at the same time.
func (r *Runner) callSome(ctx context.Context, tenant directory.TenantID, now time.Time) (int, error) {
	calls, n, err := r.engine.TakeCallouts(ctx, tenant, now, callBatch)
	if err != nil || len(calls) == 0 {
		return n, err
	}
	outcomes := make([]engine.CalloutOutcome, len(calls))
	var group sync.WaitGroup
	for i, o := range calls {
		group.Go(func() { outcomes[i] = engine.CalloutOutcome{Call: o, Err: r.caller.Call(ctx, o)} })
	}
	group.Wait()
	if ctx.Err() != nil {
		return n, ctx.Err() // they were cut off; somebody makes them again
	}
	for _, o := range outcomes {
		if o.Err != nil {
			r.log.WarnContext(ctx, "calling a custom extension failed", "extension", o.Call.Extension, "callout", o.Call.ID, "try", o.Call.Tries.Count+1, "err", o.Err)
		}
	}
	return n, r.engine.SettleCallouts(ctx, tenant, outcomes, now)
}

// tellSome tells some subscribers of a tenant what has happened, at the same
// time.
func (r *Runner) tellSome(ctx context.Context, tenant directory.TenantID, now time.Time) (int, error) {
	tellings, n, err := r.engine.TakeTellings(ctx, tenant, now, feedBatch)
	if err != nil || len(tellings) == 0 {
		return n, err
	}
	outcomes := make([]engine.TellingOutcome, len(tellings))
	var group sync.WaitGroup
	for i, t := range tellings {
		group.Go(func() { outcomes[i] = engine.TellingOutcome{Telling: t, Err: r.caller.Tell(ctx, t)} })
	}
	group.Wait()
	if ctx.Err() != nil {
		return n, ctx.Err() // they were cut off; somebody tells them again
	}
	for _, o := range outcomes {
		if o.Err != nil {
			r.log.WarnContext(ctx, "telling a subscriber failed", "subscription", o.Telling.For.ID, "failures", o.Telling.Before.Failures+1, "err", o.Err)
		}
	}
	return n, r.engine.SettleTellings(ctx, tenant, outcomes, now)
}

// NextDue returns the earliest instant after now at which something falls
// due, here or outside; the zero time for none.
func (r *Runner) NextDue(ctx context.Context, now time.Time) (time.Time, error) {
	_, next, err := r.store.NextDue(ctx, now)
	if err != nil {
		return time.Time{}, err
	}
	_, call, err := r.store.NextErrand(ctx, now)
	if next.IsZero() || !call.IsZero() && call.Before(next) {
		next = call
	}
	return next, err
}
