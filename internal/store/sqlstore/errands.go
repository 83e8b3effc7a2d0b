package sqlstore

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
)

// nextErrand is nextDue for errands and feeds.
var nextErrand = strings.Replace(nextDueOf("errand"), " FROM tenant t", `,
	(SELECT MIN(f.next_due_at) FROM subscription_feed f WHERE f.tenant_id = t.no AND f.next_due_at <= $1 AND (f.wakes_at <= $1 OR f.position < (
		SELECT MAX(a.id) FROM audit a WHERE a.tenant_id = t.no))),
	(SELECT MIN(CASE WHEN f.next_due_at > $1 THEN f.next_due_at ELSE f.wakes_at END) FROM subscription_feed f
		WHERE f.tenant_id = t.no AND (f.next_due_at > $1 OR f.wakes_at > $1)) FROM tenant t`, 1)

// NextErrand implements store.Store.
func (s *Store) NextErrand(ctx context.Context, until time.Time) (due []directory.TenantID, next time.Time, err error) {
	return s.firstDue(ctx, nextErrand, 2, until)
}

func scanErrand(row scanner) (entitlement.Errand, error) {
	var e entitlement.Errand
	var doc string
	if err := row.Scan(&e.ID, &doc); err != nil {
		return e, err
	}
	if err := json.Unmarshal([]byte(doc), &e); err != nil {
		return e, fmt.Errorf("decode errand %s: %w", e.ID, err)
	}
	return e, nil
}

func (r *reader) DueErrands(ctx context.Context, now time.Time, limit int) ([]entitlement.Errand, error) {
	return many(ctx, r, `SELECT id, doc FROM errand WHERE tenant_id = $1 AND next_due_at <= $2 ORDER BY next_due_at, id LIMIT $3`+r.claim(),
		[]any{r.no, micros(now), int64(limit)}, scanErrand)
}

func (t *tx) PutErrand(_ context.Context, e entitlement.Errand) error {
	doc, err := encode(e)
	if err != nil {
		return err
	}
	t.due = earlier(t.due, e.Due)
	t.buf.add(errandTable, e.ID, micros(e.Due), doc)
	return nil
}

func (t *tx) DropErrand(_ context.Context, id string) error {
	t.buf.delete(errandTable, id)
	return nil
}
