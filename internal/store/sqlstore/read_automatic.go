package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
)

const (
	rolloutColumns = `id, version, package_id, in_force, wanted, ending, ended, phase, plan, place, users, adds, removes, ` +
		`people, since, since_adds, since_removes, asks_properties, asks_groups, next_due_at`
	touchedColumns = `user_id, next_due_at, blocked`
)

func scanRollout(row scanner) (entitlement.Rollout, error) {
	var s entitlement.Rollout
	var reads, groups string
	err := row.Scan(&s.Policy, &s.Version, &s.Package, &s.InForce, &s.Wanted, truth{&s.End}, truth{&s.Ended}, &s.Phase, &s.Plan, &s.Cursor,
		&s.Users, &s.Adds, &s.Removes, truth{&s.People}, instant{&s.Since}, &s.SinceAdds, &s.SinceRemoves, &reads, &groups, instant{&s.DueAt})
	s.Reads, s.Groups = entitlement.SplitNames[directory.Property](reads), entitlement.SplitNames[directory.ObjectID](groups)
	return s, err
}

func scanTouched(row scanner) (entitlement.Touched, error) {
	var t entitlement.Touched
	var blocked string
	err := row.Scan(&t.User, instant{&t.DueAt}, &blocked)
	t.Blocked = entitlement.SplitNames[entitlement.PackageID](blocked)
	return t, err
}

func (r *reader) Rollout(ctx context.Context, id entitlement.PolicyID) (entitlement.Rollout, error) {
	return r.rollout(ctx, id, "")
}

func (r *reader) rollout(ctx context.Context, id entitlement.PolicyID, lock string) (entitlement.Rollout, error) {
	s, err := one(ctx, r, "SELECT "+rolloutColumns+" FROM automatic_rollout WHERE tenant_id = $1 AND id = $2"+lock, []any{r.no, string(id)}, scanRollout)
	if errors.Is(err, sql.ErrNoRows) {
		return s, notFound("The assignment policy %s assigns nothing by itself.", id)
	}
	return s, err
}

func (r *reader) Rollouts(ctx context.Context) ([]entitlement.Rollout, error) {
	return many(ctx, r, "SELECT "+rolloutColumns+" FROM automatic_rollout WHERE tenant_id = $1 ORDER BY id", []any{r.no}, scanRollout)
}

func (r *reader) RolledOutPolicies(ctx context.Context, pkg entitlement.PackageID) ([]entitlement.Policy, error) {
	const statement = `SELECT v.object_id, v.version, v.image FROM automatic_rollout s
		JOIN version v ON v.tenant_id = s.tenant_id AND v.object_id = s.id AND v.kind = 'accessPackageAssignmentPolicy'
			AND v.version IN (s.in_force, s.wanted) AND v.image IS NOT NULL
		WHERE s.tenant_id = $1 AND (CAST($2 AS TEXT) = '' OR s.package_id = $2) ORDER BY v.object_id, v.version`
	return many(ctx, r, statement, []any{r.no, string(pkg)}, r.scanPolicy)
}

// AutomaticDue looks at the ends of two indexes.
func (r *reader) AutomaticDue(ctx context.Context, now time.Time) (bool, error) {
	const statement = `SELECT 1 WHERE EXISTS (SELECT 1 FROM automatic_rollout WHERE tenant_id = $1 AND next_due_at IS NOT NULL AND next_due_at <= $2)
		OR EXISTS (SELECT 1 FROM automatic_touched WHERE tenant_id = $1 AND next_due_at <= $2)`
	due := false
	err := r.query(ctx, statement, []any{r.no, micros(now)}, func(scanner) error { due = true; return nil })
	return due, err
}

func (r *reader) CountTouched(ctx context.Context, now time.Time, most int64) (int64, error) {
	return one(ctx, r, `SELECT COUNT(*) FROM (SELECT 1 FROM automatic_touched WHERE tenant_id = $1 AND next_due_at <= $2 LIMIT $3) t`,
		[]any{r.no, micros(now), most}, func(row scanner) (n int64, err error) {
			err = row.Scan(&n)
			return n, err
		})
}

func (r *reader) DueRollouts(ctx context.Context, now time.Time, limit int) ([]entitlement.Rollout, error) {
	return many(ctx, r, "SELECT "+rolloutColumns+` FROM automatic_rollout WHERE tenant_id = $1 AND next_due_at IS NOT NULL
		AND next_due_at <= $2 ORDER BY next_due_at, id LIMIT $3`+r.claim(), []any{r.no, micros(now), int64(limit)}, scanRollout)
}

func (r *reader) DueTouched(ctx context.Context, now time.Time, limit int) ([]entitlement.Touched, error) {
	return many(ctx, r, "SELECT "+touchedColumns+` FROM automatic_touched WHERE tenant_id = $1 AND next_due_at <= $2
		ORDER BY next_due_at, user_id LIMIT $3`+r.claim(), []any{r.no, micros(now), int64(limit)}, scanTouched)
}

func (r *reader) TouchedByID(ctx context.Context, users []directory.ObjectID) (map[directory.ObjectID]entitlement.Touched, error) {
	found := map[directory.ObjectID]entitlement.Touched{}
	err := r.query(ctx, "SELECT "+touchedColumns+" FROM automatic_touched WHERE tenant_id = $1 AND user_id "+r.store.dialect.among("$2"),
		[]any{r.no, listArg(r, users)}, func(row scanner) error {
			t, err := scanTouched(row)
			found[t.User] = t
			return err
		})
	return found, err
}

// UsersAfter walks along the key: an index by kind has no order of ids. What
// it reads passes the cache by, which a million users would empty.
func (r *reader) UsersAfter(ctx context.Context, after directory.ObjectID, limit int) ([]directory.Object, error) {
	const statement = `SELECT doc FROM directory_object WHERE tenant_id = $1 AND id > $2 AND kind || '' = 'user' ORDER BY id LIMIT $3`
	return many(ctx, r, statement, []any{r.no, string(after), int64(limit)}, func(row scanner) (o directory.Object, err error) {
		var doc string
		if err = row.Scan(&doc); err == nil {
			err = json.Unmarshal([]byte(doc), &o)
		}
		return o, err
	})
}

// ActiveAssignments is found by the targets: a package may have millions, so
// no index on packages may be taken for it.
func (r *reader) ActiveAssignments(ctx context.Context, targets []directory.ObjectID, packages []entitlement.PackageID) ([]entitlement.Assignment, error) {
	all, err := many(ctx, r, "SELECT "+assignmentColumns+" FROM assignment WHERE tenant_id = $1 AND target_id "+r.store.dialect.among("$2")+
		" AND package_id || '' "+r.store.dialect.among("$3")+" AND state <> 'expired' ORDER BY id",
		[]any{r.no, listArg(r, targets), listArg(r, packages)}, scanAssignment)
	if err != nil {
		return nil, fmt.Errorf("active assignments: %w", err)
	}
	return all, nil
}

func (r *reader) OpenRequests(ctx context.Context, targets []directory.ObjectID, packages []entitlement.PackageID) (map[directory.ObjectID][]entitlement.PackageID, error) {
	open := map[directory.ObjectID][]entitlement.PackageID{}
	err := r.query(ctx, `SELECT target_id, package_id FROM request WHERE tenant_id = $1 AND completed_at IS NULL AND target_id `+
		r.store.dialect.among("$2")+" AND package_id || '' "+r.store.dialect.among("$3"),
		[]any{r.no, listArg(r, targets), listArg(r, packages)}, func(row scanner) error {
			var target directory.ObjectID
			var pkg entitlement.PackageID
			err := row.Scan(&target, &pkg)
			open[target] = append(open[target], pkg)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("open requests: %w", err)
	}
	return open, nil
}

func (r *reader) AutomaticAssignments(ctx context.Context, policy entitlement.PolicyID, state entitlement.AssignmentState, after entitlement.AssignmentID, limit int) ([]entitlement.Assignment, error) {
	return many(ctx, r, "SELECT "+assignmentColumns+` FROM assignment WHERE tenant_id = $1 AND policy_id = $2 AND state = $3 AND id > $4
		AND automatic = 1 ORDER BY id LIMIT $5`, []any{r.no, string(policy), string(state), string(after), int64(limit)}, scanAssignment)
}

func (r *reader) Planned(ctx context.Context, policy entitlement.PolicyID, plan int64, kind entitlement.PlanKind, after directory.ObjectID, limit int) ([]entitlement.Planned, error) {
	const statement = `SELECT user_id, kind FROM automatic_plan WHERE tenant_id = $1 AND policy_id = $2 AND plan = $3 AND user_id > $4
		AND (CAST($5 AS TEXT) = '' OR kind = $5) ORDER BY user_id LIMIT $6`
	return many(ctx, r, statement, []any{r.no, string(policy), plan, string(after), string(kind), int64(limit)},
		func(row scanner) (p entitlement.Planned, err error) {
			err = row.Scan(&p.User, &p.Kind)
			return p, err
		})
}

func (r *reader) CountUsers(ctx context.Context) (n int64, err error) {
	err = r.query(ctx, "SELECT count(*) FROM directory_object WHERE tenant_id = $1 AND kind = 'user' AND deleted_at IS NULL", []any{r.no},
		func(row scanner) error { return row.Scan(&n) })
	return n, err
}
