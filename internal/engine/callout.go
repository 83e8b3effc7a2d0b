package engine

import (
	"context"
	"time"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

// calling calls the custom extensions that requests and assignments meet in
// one transaction. What it needs is read at once for all of them, and nothing
// is read if none calls anything.
type calling struct {
	e   *Engine
	ctx context.Context
	tx  store.Tx
	now time.Time

	extensions map[entitlement.ExtensionID]entitlement.CustomExtension
	made       map[entitlement.RequestID][]entitlement.Callout // made or missed, and in no change yet
	hurried    map[pair]bool                                   // see hurry
}

func (e *Engine) newCalling(ctx context.Context, tx store.Tx, now time.Time) *calling {
	return &calling{
		e: e, ctx: ctx, tx: tx, now: now,
		extensions: map[entitlement.ExtensionID]entitlement.CustomExtension{},
		made:       map[entitlement.RequestID][]entitlement.Callout{}, hurried: map[pair]bool{},
	}
}

// load reads the extensions behind the calls.
func (c *calling) load(calls []entitlement.Call) (err error) {
	ids := distinct(calls, func(call *entitlement.Call) entitlement.ExtensionID { return call.Extension })
	c.extensions, err = extensionsByID(c.ctx, c.tx, ids)
	return err
}

// callsOf lists what requests or assignments call.
func callsOf[T any](rows []T, of func(*T) []entitlement.Call) (calls []entitlement.Call) {
	for i := range rows {
		calls = append(calls, of(&rows[i])...)
	}
	return calls
}

func callsOfAssignment(a *entitlement.Assignment) []entitlement.Call { return a.Calls }

// pass brings a request on its way to delivery: through its custom
// extensions, to waiting for its start, or to its end if it was carried out
// already. Without a change, next is what comes now: asking for approval, or
// the start of delivery; what was called is in the request then.
func (c *calling) pass(r *entitlement.Request) (next entitlement.Event, changes []entitlement.Change) {
	if r.Status == entitlement.WaitingDelivered {
		return "", c.close(r)
	}
	if r.Status == entitlement.Accepted || r.Status == entitlement.WaitingCreated {
		if changes = c.stop(r, entitlement.AtCreation); changes != nil {
			return "", changes
		}
		if r.ApprovalNeeded {
			return entitlement.AskApproval, nil
		}
	}
	if r.Status == entitlement.Accepted || r.Status.Waits() {
		if changes = c.stop(r, entitlement.AtApproval); changes != nil {
			return "", changes
		}
	}
	if !r.Schedule.Start.After(c.now) {
		return entitlement.Start, nil
	}
	if waits, ok := r.Proceed(entitlement.System, c.now); ok {
		changes = []entitlement.Change{c.tell(waits)}
	}
	return "", changes
}

// close completes a request that was carried out, unless an extension still
// holds it up.
func (c *calling) close(r *entitlement.Request) []entitlement.Change {
	if changes := c.stop(r, r.LastStage()); changes != nil {
		return changes
	}
	done, ok := r.Happen(entitlement.Deliver, entitlement.System, c.now)
	if !ok {
		return nil
	}
	return []entitlement.Change{c.tell(done)}
}

// stop calls the extensions of a stage that are still ahead of the request,
// in order, up to the first that holds it up. It returns the changes that end
// its way for now: it waits for an answer, or ends without one. Without any,
// nothing holds it up; what was called is in the request then.
func (c *calling) stop(r *entitlement.Request, stage entitlement.CalloutStage) []entitlement.Change {
	if after, late, missed := r.Missed(c.now); missed {
		*r = after
		c.made[r.ID] = append(c.made[r.ID], late)
		if end, ok := r.GiveUp(late, c.now); ok {
			return []entitlement.Change{c.tell(end)}
		}
	}
	for _, call := range r.Ahead(stage) {
		out := call.CallOut(c.extension(r, call), c.e.newID(), c.now)
		c.made[r.ID] = append(c.made[r.ID], out)
		r.Callouts = append(r.Callouts[:len(r.Callouts):len(r.Callouts)], out)
		if out.Status == entitlement.CalloutWaiting || out.Status == entitlement.CalloutFailed && !c.mayFail(call) {
			if changes := c.holdUp(*r, out); changes != nil {
				return changes
			}
		}
	}
	return nil
}

// mayFail reports whether nobody waits for what the extension says. One that
// does not exist any more may have been there to refuse.
func (c *calling) mayFail(call entitlement.Call) bool {
	x, known := c.extensions[call.Extension]
	return known && !x.Waits()
}

// holdUp lets the request wait for an answer. One that an extension may have
// refused, had it been called, ends; where none can refuse any more it is not
// held up at all.
func (c *calling) holdUp(r entitlement.Request, out entitlement.Callout) []entitlement.Change {
	held, ok := r.HoldUp(c.now)
	if !ok {
		panic("engine: the state table does not let a request wait that is " + string(r.Status))
	}
	if out.Status == entitlement.CalloutWaiting {
		return []entitlement.Change{c.tell(held)}
	}
	end, ok := held.After.GiveUp(out, c.now)
	if !ok {
		return nil
	}
	return []entitlement.Change{c.tell(held), end}
}

// tell puts what was called on the way to a change into it, once.
func (c *calling) tell(change entitlement.Change) entitlement.Change {
	change.Called = c.made[change.After.ID]
	delete(c.made, change.After.ID)
	return change
}

// calloutRecord is the audit record of a callout of a request or an
// assignment.
func (e *Engine) calloutRecord(ctx context.Context, kind audit.ObjectKind, id string, out entitlement.Callout, now time.Time) audit.Record {
	action := audit.ExtensionCalled
	if out.Status == entitlement.CalloutMissed {
		action = audit.ExtensionMissed
	}
	why := e.record(ctx, entitlement.System, now, action, kind, id, string(out.Stage))
	if out.Status == entitlement.CalloutFailed || out.Status == entitlement.CalloutMissed {
		why.Result = audit.Failure
	}
	why.Reason = string(out.Status) + ": callout " + out.ID + " of custom extension " + string(out.Extension)
	return why
}

// pair is a target and a package, for which there is one open request.
type pair struct {
	target directory.ObjectID
	pkg    entitlement.PackageID
}

// hurry finds out which of the assignments that end have an open request for
// the same target and package. There is one open request at a time, so the
// one behind their end does not wait.
func (c *calling) hurry(over []entitlement.Assignment) error {
	targets, packages := query.In{Field: "target"}, query.In{Field: "package"}
	for _, a := range over {
		for _, call := range a.Calls {
			if x := c.extensions[call.Extension]; call.Stage == entitlement.AtRemoval && x.Waits() {
				targets.Values, packages.Values = append(targets.Values, string(a.Target)), append(packages.Values, string(a.Package))
			}
		}
	}
	if len(targets.Values) == 0 {
		return nil
	}
	open, err := everyRow(c.ctx, c.tx.Requests, targets, packages, openRequest())
	for _, q := range open {
		c.hurried[pair{q.Target, q.Package}] = true
	}
	return err
}

// extension returns what a request calls: an extension that waits for no
// answer if the request is a new one that must not stay open.
func (c *calling) extension(r *entitlement.Request, call entitlement.Call) entitlement.CustomExtension {
	x := c.extensions[call.Extension]
	if r.Status == entitlement.Delivering && r.Version == 0 && c.hurried[pair{r.Target, r.Package}] {
		x.Callback = nil
	}
	return x
}
