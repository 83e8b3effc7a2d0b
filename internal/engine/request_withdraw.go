package engine

import (
	"context"
	"strings"
	"time"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

// notActive and notInScope are why the system withdraws requests, for people.
const (
	notActive  = "the target is not an active object of the directory any more"
	notInScope = "the target is not among the people any more who may have the access package through the policy"
)

// leftScope tells why the target may not have any more what a request asks
// for, under the policy as it was when the request was made; empty if the
// target may.
func leftScope(ctx context.Context, r store.Reader, p *people, q entitlement.Request, target directory.Object) (string, error) {
	if !target.Active() {
		return notActive, nil
	}
	if q.Kind == entitlement.AdminUpdate || q.Kind == entitlement.SystemUpdate {
		return "", nil // access may be cut short whoever has it
	}
	policy, err := r.PolicyAt(ctx, q.Policy, q.PolicyVersion)
	if err != nil {
		return "", unlessMissing(err)
	}
	if q.Kind == entitlement.AdminAdd && policy.Scope == entitlement.ScopeNobody {
		return "", nil
	}
	p.know(target)
	in, err := p.admits(ctx, policy, target)
	if in || err != nil {
		return "", err
	}
	return notInScope, nil
}

// withdraw cancels those of the pending requests whose targets may not have
// any more what they ask for (requests.md section 8.2). Removals go on.
func (e *Engine) withdraw(ctx context.Context, tx store.Tx, pending []entitlement.Request, now time.Time) (int, error) {
	targets, err := tx.ObjectsByID(ctx, distinct(pending, func(r *entitlement.Request) directory.ObjectID { return r.Target }))
	if err != nil {
		return 0, err
	}
	outside, err := guestsAmong(ctx, tx, targets)
	if err != nil {
		return 0, err
	}
	p, n := newPeople(tx), 0
	for _, r := range pending {
		if r.Kind.Removes() || !r.Status.Allows(entitlement.Cancel) && !r.Status.Allows(entitlement.Withdraw) {
			continue
		}
		why, err := leftScope(ctx, tx, p, r, outside.target(targets[r.Target]))
		if err != nil {
			return n, err
		}
		if why == "" {
			continue
		}
		c, err := r.CancelWaiting(entitlement.System, now)
		if err != nil {
			return n, err
		}
		c.After.Failure, c.Reason = why, why
		if err := e.commit(ctx, tx, c); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// changedPeople looks at the pending requests of people who have changed.
func (e *Engine) changedPeople(ctx context.Context, tx store.Tx, who []directory.ObjectID, now time.Time) error {
	in := query.In{Field: "target"}
	for _, id := range who {
		in.Values = append(in.Values, string(id))
	}
	pending, err := everyRow(ctx, tx.Requests, in, openRequest())
	if err != nil || len(pending) == 0 {
		return err
	}
	_, err = e.withdraw(ctx, tx, pending, now)
	return err
}

// objectChanged does what a change of an object means for access: pending
// requests of people who may not have any more what they ask for are
// withdrawn, and what those had who were deleted ends. The end of a group may
// put any number of people out of any scope.
func (e *Engine) objectChanged(ctx context.Context, tx store.Tx, after directory.Object, now time.Time) error {
	if after.Kind == directory.KindGroup {
		if !after.Deleted() {
			return nil
		}
		return sweep(ctx, tx, store.WorkPending, "", now)
	}
	if err := e.changedPeople(ctx, tx, []directory.ObjectID{after.ID}, now); err != nil || !after.Deleted() {
		return err
	}
	held, err := everyRow(ctx, tx.Assignments, equal("target", after.ID),
		query.Compare{Field: "state", Op: query.Ne, Value: string(entitlement.AssignmentExpired)})
	if err != nil {
		return err
	}
	return e.endAll(ctx, tx, held, now)
}

// memberLeft looks at the pending requests of somebody who left a group. If a
// group left, any number of people did.
func (e *Engine) memberLeft(ctx context.Context, tx store.Tx, m directory.Membership, now time.Time) error {
	if m.Relation != directory.MemberOf {
		return nil
	}
	member, err := tx.Object(ctx, m.Member)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if member.Kind == directory.KindGroup {
		if err := tx.GroupsNested(ctx); err != nil {
			return err
		}
		return sweep(ctx, tx, store.WorkPending, "", now)
	}
	return e.changedPeople(ctx, tx, []directory.ObjectID{m.Member}, now)
}

// oldestFirst is the order in which sweeps go through requests.
var oldestFirst = []query.Order{{Field: "createdAt"}, {Field: "id"}}

// sweepPending looks at all requests that could still be canceled, status by
// status, oldest first.
func (e *Engine) sweepPending(ctx context.Context, tx store.Tx, s store.Work, now time.Time, limit int) (int, error) {
	at := strings.Split(s.Reached, "/") // status, instant, id
	began := s.Reached == ""
	for _, status := range entitlement.Statuses() {
		if began = began || string(status) == at[0]; !began || !status.Allows(entitlement.Cancel) {
			continue
		}
		q := query.List{Where: equal("status", status), Order: oldestFirst, Limit: limit}
		if string(status) == at[0] {
			created, err := time.Parse(time.RFC3339Nano, at[1])
			if err != nil {
				return 0, err
			}
			q.After = []query.Value{created, at[2]}
		}
		page, err := tx.Requests(ctx, q)
		if err != nil {
			return 0, err
		}
		if len(page.Rows) == 0 {
			continue
		}
		n, err := e.withdraw(ctx, tx, page.Rows, now)
		if err != nil {
			return 0, err
		}
		last := page.Rows[len(page.Rows)-1]
		return n, goOn(ctx, tx, s, strings.Join([]string{string(status), last.CreatedAt.Format(time.RFC3339Nano), string(last.ID)}, "/"))
	}
	return 0, goOn(ctx, tx, s, "")
}
