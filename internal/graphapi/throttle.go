package graphapi

import (
	"net/http"
	"sync"
	"time"

	"github.com/grantkeep/grantkeep/internal/fault"
)

// throttle limits how often somebody may call: a rate by the second, of which
// one second's worth may come at once. It keeps one instant for each caller,
// the one at which all that was let through is paid for.
type throttle struct {
	perSecond int // 0: no limit

	mu   sync.Mutex
	paid map[string]time.Time
}

// manyCallers is how many callers are remembered before those who are quiet
// are forgotten.
const manyCallers = 10_000

// take lets one more call of the caller through, or says after how long it
// would be.
func (t *throttle) take(caller string, now time.Time) (wait time.Duration, ok bool) {
	if t.perSecond <= 0 {
		return 0, true
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.paid == nil || len(t.paid) > manyCallers {
		t.forget(now)
	}
	from := t.paid[caller]
	if from.Before(now) {
		from = now
	}
	until := from.Add(time.Second / time.Duration(t.perSecond))
	if wait = until.Sub(now) - time.Second; wait > 0 {
		return wait, false
	}
	t.paid[caller] = until
	return 0, true
}

// forget keeps those only who still have something to pay.
func (t *throttle) forget(now time.Time) {
	kept := map[string]time.Time{}
	for caller, until := range t.paid {
		if until.After(now) {
			kept[caller] = until
		}
	}
	t.paid = kept
}

// throttled refuses a call that comes too soon: of an application in its
// tenant, and of somebody who changes things (conventions.md section 8). The
// parts of a batch count, not the batch.
func (c *call) throttled() error {
	if c.route != nil && c.route.template == batchPath {
		return nil
	}
	app := c.who.Actor.App
	if app == "" {
		app = string(c.who.ID())
	}
	now := c.s.now()
	wait, ok := c.s.calls.take(string(c.who.Tenant)+" "+app, now)
	if ok && c.r.Method != http.MethodGet {
		wait, ok = c.s.writes.take(string(c.who.Tenant)+" "+string(c.who.ID()), now)
	}
	if ok {
		return nil
	}
	return fault.New(fault.Busy, "TooManyRequests", "Please retry again later.").After(wait)
}
