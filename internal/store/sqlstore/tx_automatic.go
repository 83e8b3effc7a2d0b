package sqlstore

import (
	"context"
	"slices"
	"time"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
)

func (t *tx) TakeRollout(ctx context.Context, id entitlement.PolicyID) (entitlement.Rollout, error) {
	t.conn.begin()
	return t.rollout(ctx, id, t.store.dialect.hold)
}

func (t *tx) PutRollout(_ context.Context, s entitlement.Rollout) error {
	before := s.Version
	t.due = earlier(t.due, s.DueAt)
	t.buf.put(rolloutTable, before, string(s.Policy), before+1, string(s.Package), s.InForce, s.Wanted, flag(s.End), flag(s.Ended),
		string(s.Phase), s.Plan, s.Cursor, s.Users, s.Adds, s.Removes, flag(s.People), microsOrNull(s.Since), s.SinceAdds, s.SinceRemoves, entitlement.JoinNames(s.Reads), entitlement.JoinNames(s.Groups),
		microsOrNull(s.DueAt))
	return nil
}

func (t *tx) DeleteRollout(ctx context.Context, id entitlement.PolicyID) error {
	return t.change(ctx, "DELETE FROM automatic_rollout WHERE tenant_id = $1 AND id = $2", []any{t.no, string(id)}, nil)
}

func (t *tx) Touch(_ context.Context, user directory.ObjectID, due time.Time) error {
	t.due = earlier(t.due, due)
	rows := t.buf.tables[touchedTable].added
	if !slices.ContainsFunc(rows, func(row []any) bool { return row[0] == string(user) }) { // a statement may hold each once
		t.buf.add(touchedTable, string(user), micros(due), "")
	}
	return nil
}

func (t *tx) PutTouched(_ context.Context, u entitlement.Touched) error {
	t.due = earlier(t.due, u.DueAt)
	t.buf.delete(touchedTable, string(u.User))
	t.buf.add(touchedTable, string(u.User), micros(u.DueAt), entitlement.JoinNames(u.Blocked))
	return nil
}

func (t *tx) Untouch(_ context.Context, users []directory.ObjectID) error {
	for _, id := range users {
		t.buf.delete(touchedTable, string(id))
	}
	return nil
}

func (t *tx) Plan(_ context.Context, policy entitlement.PolicyID, plan int64, lines []entitlement.Planned) error {
	for _, l := range lines {
		t.buf.add(planTable, string(policy), plan, string(l.User), string(l.Kind))
	}
	return nil
}

func (t *tx) Replan(ctx context.Context, policy entitlement.PolicyID, plan int64, lines []entitlement.Planned) error {
	users := make([]directory.ObjectID, len(lines))
	for i, l := range lines {
		users[i] = l.User
	}
	if err := t.Unplan(ctx, policy, plan, users); err != nil {
		return err
	}
	return t.Plan(ctx, policy, plan, lines)
}

func (t *tx) Unplan(ctx context.Context, policy entitlement.PolicyID, plan int64, users []directory.ObjectID) error {
	if len(users) == 0 {
		return nil
	}
	return t.change(ctx, "DELETE FROM automatic_plan WHERE tenant_id = $1 AND policy_id = $2 AND plan = $3 AND user_id "+
		t.store.dialect.among("$4"), []any{t.no, string(policy), plan, listArg(&t.reader, users)}, nil)
}

func (t *tx) DropPlans(ctx context.Context, policy entitlement.PolicyID, keep int64, limit int) (n int, err error) {
	const statement = `DELETE FROM automatic_plan WHERE tenant_id = $1 AND policy_id = $2 AND plan <> $3 AND (plan, user_id) IN (
		SELECT plan, user_id FROM automatic_plan WHERE tenant_id = $1 AND policy_id = $2 AND plan <> $3 LIMIT $4) RETURNING plan`
	err = t.change(ctx, statement, []any{t.no, string(policy), keep, int64(limit)}, func(scanner) error { n++; return nil })
	return n, err
}
