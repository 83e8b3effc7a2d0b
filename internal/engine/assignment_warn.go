package engine

import (
	"context"
	"time"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/store"
)

// warn says that the end of assignments is near: to their targets, and to the
// custom extensions of their policies. Their status tells that it did.
func (e *Engine) warn(ctx context.Context, tx store.Tx, ending []entitlement.Assignment, now time.Time) error {
	c := e.newCalling(ctx, tx, now)
	if err := c.load(callsOf(ending, callsOfAssignment)); err != nil {
		return err
	}
	for _, a := range ending {
		w, ok := a.Warn(now)
		if !ok {
			continue
		}
		why := e.record(ctx, entitlement.System, now, audit.AssignmentEnding, audit.KindAssignment, string(a.ID), string(a.State))
		why.OnBehalf, why.Reason = a.Target, string(w.After.Told)
		records := []audit.Record{versions(why, a.Version)}
		notices := w.Notices(e.newID, now)
		for _, call := range w.Calls {
			out := call.CallOut(c.extensions[call.Extension], e.newID(), now)
			records = append(records, versions(e.calloutRecord(ctx, audit.KindAssignment, string(a.ID), out, now), a.Version))
			w.After.Callouts = append(w.After.Callouts[:len(w.After.Callouts):len(w.After.Callouts)], out)
			notices = append(notices, noticesOfCall(a, out, e.newID, now)...)
		}
		if err := tx.PutAssignment(ctx, w.After, records...); err != nil {
			return err
		}
		if err := putErrands(ctx, tx, w.After.Errands(now)); err != nil {
			return err
		}
		if err := putNotices(ctx, tx, notices); err != nil {
			return err
		}
	}
	return nil
}
