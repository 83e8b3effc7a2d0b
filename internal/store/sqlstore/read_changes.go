package sqlstore

import (
	"context"
	"fmt"
	"time"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/clock"
	"github.com/grantkeep/grantkeep/internal/entitlement"
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

// occurrence is an audit record that tells of a change: not of a refusal, nor
// of something that changed nothing.
type occurrence struct {
	id, object, kind string
	before, after    int64
}

// behind looks through up to limit records behind a position and hands on
// those that tell of a change.
func (r *reader) behind(ctx context.Context, since string, limit int, each func(occurrence)) (p store.Position, more bool, err error) {
	p = store.Position{At: since, Settled: r.settled()}
	looked := 0
	err = r.query(ctx, "SELECT id, object_id, object_kind, before_version, after_version, result FROM audit WHERE tenant_id = $1 AND id > $2 ORDER BY id LIMIT $3",
		[]any{r.no, since, limit}, func(row scanner) error {
			var o occurrence
			var result string
			if err := row.Scan(&o.id, &o.object, &o.kind, &o.before, &o.after, &result); err != nil {
				return err
			}
			p.At = o.id
			looked++
			if result == string(audit.Success) || o.after > 0 { // what failed may have changed something too
				each(o)
			}
			return nil
		})
	return p, looked == limit, err
}

// Changed implements store.Reader.
func (r *reader) Changed(ctx context.Context, kind audit.ObjectKind, since string, limit int) (store.Changed, error) {
	var c store.Changed
	var err error
	seen := map[string]bool{}
	c.Position, c.More, err = r.behind(ctx, since, limit, func(o occurrence) {
		if o.kind == string(kind) && !seen[o.object] {
			seen[o.object] = true
			c.IDs = append(c.IDs, o.object)
		}
	})
	if err != nil {
		return store.Changed{}, fmt.Errorf("changes of %s: %w", kind, err)
	}
	return c, nil
}

// Happened implements store.Reader.
func (r *reader) Happened(ctx context.Context, kind audit.ObjectKind, object, since string, limit int) (store.Happenings, error) {
	var h store.Happenings
	var err error
	h.Position, h.More, err = r.behind(ctx, since, limit, func(o occurrence) {
		if o.kind != string(kind) || object != "" && o.object != object || o.before == 0 && o.after == 0 {
			return
		}
		n := entitlement.Notification{ID: o.id, Object: o.object, Change: entitlement.ChangeUpdated}
		switch {
		case o.before == 0:
			n.Change = entitlement.ChangeCreated
		case o.after == 0:
			n.Change = entitlement.ChangeDeleted
		}
		h.Each = append(h.Each, n)
	})
	if err != nil {
		return store.Happenings{}, fmt.Errorf("what happened to %s: %w", kind, err)
	}
	return h, nil
}

// writeLimit is longer than any transaction that writes takes.
const writeLimit = 30 * time.Second
