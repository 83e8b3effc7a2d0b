package engine

import (
	"context"
	"time"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/store"
)

// record begins the audit record of an action on an object.
func (e *Engine) record(ctx context.Context, by entitlement.Actor, at time.Time, action audit.Action, kind audit.ObjectKind, id, name string) audit.Record {
	t := traceOf(ctx)
	return audit.Record{
		ID: e.newID(), At: at, Actor: by, Action: action, Result: audit.Success,
		Object:    audit.Object{Kind: kind, ID: id, Name: name},
		RequestID: t.RequestID, ClientRequestID: t.ClientRequestID,
	}
}

// versions says in a record which version became which; version is the one
// that was read.
func versions(r audit.Record, version int64) audit.Record {
	r.Before, r.After = version, version+1
	return r
}

// requestActions names what each event of a request is called in the audit
// log.
var requestActions = map[entitlement.Event]audit.Action{
	entitlement.AskApproval: audit.RequestUpdated,
	entitlement.NextStage:   audit.StageCompleted,
	entitlement.Escalate:    audit.RequestEscalated,
	entitlement.Deny:        audit.RequestDenied,
	entitlement.TimeOut:     audit.RequestTimedOut,
	entitlement.Wait:        audit.RequestScheduled,
	entitlement.Start:       audit.RequestReady,
	entitlement.Deliver:     audit.RequestFulfilled,
	entitlement.DeliverPart: audit.RequestPartial,
	entitlement.Fail:        audit.RequestFailed,
	entitlement.Cancel:      audit.RequestCanceled,
	entitlement.Reprocess:   audit.RequestReprocessed,
	entitlement.Retry:       audit.RequestPostponed,
	entitlement.Notify:      audit.RequestTold,

	entitlement.CallCreated:   audit.RequestHeldUp,
	entitlement.CallApproved:  audit.RequestHeldUp,
	entitlement.CallDelivered: audit.RequestHeldUp,
	entitlement.Resume:        audit.RequestResumed,
	entitlement.Withdraw:      audit.RequestCanceled,
	entitlement.GiveUp:        audit.RequestFailed,
}

// changeRecord is the audit record of a change of a request. Why the system
// acted is in it, and which extension answered; what people wrote
// (justifications) stays out of the log.
func (e *Engine) changeRecord(ctx context.Context, c entitlement.Change) audit.Record {
	r := e.record(ctx, c.By, c.At, requestActions[c.Event], audit.KindRequest, string(c.After.ID), string(c.After.Kind))
	if c.By.Kind == entitlement.ByUser && c.By.ID != c.After.Target {
		r.OnBehalf = c.After.Target
	}
	if c.By == entitlement.System || c.Event == entitlement.Resume {
		r.Reason = c.Reason
	}
	return versions(r, c.Before.Version)
}

// changeRecords are the audit records of a change: first those of the custom
// extensions that were called on the way to it.
func (e *Engine) changeRecords(ctx context.Context, c entitlement.Change) []audit.Record {
	records := make([]audit.Record, 0, 1+len(c.Called))
	for _, out := range c.Called {
		records = append(records, e.calloutRecord(ctx, audit.KindRequest, string(c.After.ID), out, c.At))
	}
	return append(records, e.changeRecord(ctx, c))
}

// commit writes a request after one or several changes, each with its audit
// records, their effects and what is to be told of them, together.
func (e *Engine) commit(ctx context.Context, tx store.Tx, changes ...entitlement.Change) error {
	var records []audit.Record
	for _, c := range changes {
		records = append(records, e.changeRecords(ctx, c)...)
	}
	if err := tx.PutRequest(ctx, changes[len(changes)-1].After, records...); err != nil {
		return err
	}
	for _, c := range changes {
		for _, effect := range c.Effects {
			switch effect.(type) {
			case entitlement.CloseApproval:
				if err := e.closeApproval(ctx, tx, c); err != nil {
					return err
				}
			default:
				panic("engine: unknown effect")
			}
		}
	}
	return e.tell(ctx, tx, changes...)
}

// closeApproval ends the approval of a request that is closed, if it got as
// far as having one.
func (e *Engine) closeApproval(ctx context.Context, tx store.Tx, c entitlement.Change) error {
	if c.Before.Status != entitlement.PendingApproval && c.Before.Status != entitlement.PendingApprovalEscalated {
		return nil
	}
	a, err := tx.Approval(ctx, c.After.ID)
	if err != nil {
		return err
	}
	why := e.record(ctx, c.By, c.At, audit.RequestUpdated, audit.KindApproval, string(a.ID), "approval")
	return tx.PutApproval(ctx, a.Close(), versions(why, a.Version))
}

// reach works out how far the caller may do something, with one statement at
// most: a caller whose token settles it costs none.
func (e *Engine) reach(ctx context.Context, r store.Reader, who authz.Caller, a authz.Action) (authz.Reach, error) {
	reach, err := authz.ReachOf(who, nil, a)
	if err != nil || reach.Everywhere {
		return reach, err
	}
	held, err := r.RolesOf(ctx, who.ID())
	if err != nil {
		return authz.Reach{}, err
	}
	return authz.ReachOf(who, held, a)
}

// listReach is reach for lists: a caller without any role is refused instead
// of getting an empty page (permissions.md section 5).
func (e *Engine) listReach(ctx context.Context, r store.Reader, who authz.Caller, a authz.Action) (authz.Reach, error) {
	reach, err := e.reach(ctx, r, who, a)
	if err != nil {
		return authz.Reach{}, err
	}
	if reach.Empty() {
		return authz.Reach{}, reach.Refusal()
	}
	return reach, nil
}

// guarded runs a use case and writes an audit record if it is refused. The
// record goes outside the use case's own transaction, which was rolled back.
func (e *Engine) guarded(ctx context.Context, who authz.Caller, action audit.Action, kind audit.ObjectKind, id string, fn func() error) error {
	err := fn()
	if !fault.Is(err, fault.Forbidden) {
		return err
	}
	why := e.record(ctx, who.Actor, e.clock.Now(), action, kind, id, "")
	why.Result, why.Reason = audit.Failure, fault.Of(err).Code
	if noteErr := e.store.Write(ctx, who.Tenant, store.People, func(tx store.Tx) error { return tx.Note(ctx, why) }); noteErr != nil {
		return noteErr
	}
	return err
}

// read runs a use case that changes nothing.
func read[T any](ctx context.Context, e *Engine, tenant directory.TenantID, fn func(store.Reader) (T, error)) (T, error) {
	var out T
	err := e.store.Read(ctx, tenant, func(r store.Reader) error {
		var err error
		out, err = fn(r)
		return err
	})
	return out, err
}

// write runs a use case that changes something and returns what became of it.
func write[T any](ctx context.Context, e *Engine, tenant directory.TenantID, fn func(store.Tx) (T, error)) (T, error) {
	var out T
	err := e.store.Write(ctx, tenant, store.People, func(tx store.Tx) error {
		var err error
		out, err = fn(tx)
		return err
	})
	return out, err
}
