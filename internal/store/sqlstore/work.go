package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/store"
)

const workColumns = `kind, ref, since, pass_at, reached, next_due_at`

func (r *reader) DueWork(ctx context.Context, now time.Time, limit int) ([]store.Work, error) {
	return many(ctx, r, "SELECT "+workColumns+` FROM work WHERE tenant_id = $1 AND next_due_at <= $2
		ORDER BY next_due_at, kind, ref LIMIT $3`+r.claim(), []any{r.no, micros(now), int64(limit)}, scanWork)
}

func scanWork(row scanner) (store.Work, error) {
	var s store.Work
	err := row.Scan(&s.Kind, &s.Ref, instant{&s.Since}, instant{&s.Pass}, &s.Reached, instant{&s.Due})
	return s, err
}

func (t *tx) PutWork(_ context.Context, s store.Work) error {
	t.work(s, `DO UPDATE SET since = excluded.since, pass_at = excluded.pass_at, reached = excluded.reached, next_due_at = excluded.next_due_at`)
	return nil
}

// work adds a row of work, unless there is one; then it does what it is told.
func (t *tx) work(s store.Work, conflict string) {
	t.due = earlier(t.due, s.Due)
	t.buf.others = append(t.buf.others, op{
		text: "INSERT INTO work (tenant_id, " + workColumns + ") VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (tenant_id, kind, ref) " + conflict,
		args: []any{t.no, string(s.Kind), s.Ref, micros(s.Since), micros(s.Pass), s.Reached, micros(s.Due)}, want: -1,
	})
}

func (t *tx) EndWork(_ context.Context, s store.Work) error {
	t.buf.others = append(t.buf.others, op{
		text: "DELETE FROM work WHERE tenant_id = $1 AND kind = $2 AND ref = $3", args: []any{t.no, string(s.Kind), s.Ref}, want: -1,
	})
	return nil
}

func (r *reader) SentOnce(ctx context.Context, caller directory.ObjectID, key string) (store.Sent, error) {
	s := store.Sent{Caller: caller, Key: key}
	_, err := one(ctx, r, "SELECT content, request_id, expires_at FROM sent_once WHERE tenant_id = $1 AND caller_id = $2 AND client_key = $3",
		[]any{r.no, string(caller), key}, func(row scanner) (struct{}, error) {
			return struct{}{}, row.Scan(&s.Content, &s.Request, instant{&s.Expires})
		})
	if errors.Is(err, sql.ErrNoRows) {
		return store.Sent{}, notFound("Nothing was sent with the key %s.", key)
	}
	if err != nil {
		return store.Sent{}, fmt.Errorf("sent with key: %w", err)
	}
	return s, nil
}

func (t *tx) PutSentOnce(_ context.Context, s store.Sent, now time.Time) error {
	const statement = `INSERT INTO sent_once (tenant_id, caller_id, client_key, content, request_id, expires_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (tenant_id, caller_id, client_key) DO UPDATE SET content = excluded.content, request_id = excluded.request_id,
		expires_at = excluded.expires_at WHERE sent_once.expires_at <= $7`
	t.buf.others = append(t.buf.others, op{
		text: t.store.dialect.guard(statement, "1"), want: 1,
		args: []any{t.no, string(s.Caller), s.Key, s.Content, string(s.Request), micros(s.Expires), micros(now)},
	})
	t.work(store.Work{Kind: store.WorkSent, Since: now, Pass: now, Due: s.Expires}, "DO NOTHING")
	return nil
}

func (t *tx) ForgetSent(ctx context.Context, now time.Time, limit int) (next time.Time, err error) {
	const statement = `DELETE FROM sent_once WHERE tenant_id = $1 AND (caller_id, client_key) IN (
		SELECT caller_id, client_key FROM sent_once WHERE tenant_id = $1 AND expires_at <= $2 ORDER BY expires_at LIMIT $3)`
	if err := t.change(ctx, statement, []any{t.no, micros(now), int64(limit)}, nil); err != nil {
		return time.Time{}, fmt.Errorf("forget what was sent: %w", err)
	}
	err = t.query(ctx, "SELECT MIN(expires_at) FROM sent_once WHERE tenant_id = $1", []any{t.no},
		func(row scanner) error { return row.Scan(instant{&next}) })
	return next, err
}
