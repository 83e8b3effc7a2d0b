package sqlstore

import (
	"context"
	"fmt"
	"time"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/clock"
	"github.com/grantkeep/grantkeep/internal/store"
)

// Latest implements store.Reader. Records are in the order of their ids, which
// begin with the time at which they were made.
func (r *reader) Latest(ctx context.Context) (store.Position, error) {
	var newest string
	err := r.query(ctx, "SELECT id FROM audit WHERE tenant_id = $1 ORDER BY id DESC LIMIT 1", []any{r.no},
		func(row scanner) error { return row.Scan(&newest) })
	if err != nil {
		return store.Position{}, fmt.Errorf("newest audit record: %w", err)
	}
	p := store.Position{At: newest, Settled: r.settled()}
	return p.Safe(), nil
}

// settled is the position before which no transaction can add a record any
// more; empty where records become visible in their order.
func (r *reader) settled() string {
	if r.store.dialect.lag == 0 {
		return ""
	}
	ms := clock.System{}.Now().Add(-r.store.dialect.lag).UnixMilli()
	text := fmt.Sprintf("%012x", ms)
	return text[:8] + "-" + text[8:]
}

// Changed implements store.Reader.
func (r *reader) Changed(ctx context.Context, kind audit.ObjectKind, since string, limit int) (store.Changed, error) {
	c := store.Changed{Position: store.Position{At: since, Settled: r.settled()}}
	seen, looked := map[string]bool{}, 0
	err := r.query(ctx, "SELECT id, object_id, object_kind, result FROM audit WHERE tenant_id = $1 AND id > $2 ORDER BY id LIMIT $3",
		[]any{r.no, since, limit}, func(row scanner) error {
			var id, object, of, result string
			if err := row.Scan(&id, &object, &of, &result); err != nil {
				return err
			}
			c.At = id
			looked++
			if of == string(kind) && result == string(audit.Success) && !seen[object] {
				seen[object] = true
				c.IDs = append(c.IDs, object)
			}
			return nil
		})
	if err != nil {
		return store.Changed{}, fmt.Errorf("changes of %s: %w", kind, err)
	}
	c.More = looked == limit
	return c, nil
}

// writeLimit is longer than any transaction that writes takes.
const writeLimit = 30 * time.Second
