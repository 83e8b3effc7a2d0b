package sqlstore

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/clock"
	"github.com/grantkeep/grantkeep/internal/directory"
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

	action, actor, onBehalf string
}

// behind looks through up to limit records behind a position and hands on
// those that tell of a change.
func (r *reader) behind(ctx context.Context, since string, limit int, each func(occurrence)) (p store.Position, more bool, err error) {
	p = store.Position{At: since, Settled: r.settled()}
	looked := 0
	err = r.query(ctx, "SELECT id, object_id, object_kind, before_version, after_version, action, actor_id, on_behalf, result FROM audit WHERE tenant_id = $1 AND id > $2 ORDER BY id LIMIT $3",
		[]any{r.no, since, limit}, func(row scanner) error {
			var o occurrence
			var result string
			if err := row.Scan(&o.id, &o.object, &o.kind, &o.before, &o.after, &o.action, &o.actor, &o.onBehalf, &result); err != nil {
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

// ObjectsChanged implements store.Reader. Records of links are about the
// group, and name the member unless it is who acted.
func (r *reader) ObjectsChanged(ctx context.Context, since string, limit int) (store.ObjectsChanged, error) {
	c := store.ObjectsChanged{Before: map[directory.ObjectID]int64{}, Purged: map[directory.ObjectID]int64{}}
	seen := map[directory.Membership]bool{}
	var err error
	c.Position, c.More, err = r.behind(ctx, since, limit, func(o occurrence) {
		if o.kind != string(audit.KindObject) {
			return
		}
		id := directory.ObjectID(o.object)
		switch audit.Action(o.action) {
		case audit.MemberAdded, audit.MemberRemoved:
			m := directory.Membership{Group: id, Member: directory.ObjectID(o.onBehalf), Relation: directory.MemberOf}
			if m.Member == "" {
				m.Member = directory.ObjectID(o.actor)
			}
			if !seen[m] {
				seen[m] = true
				c.Links = append(c.Links, m)
			}
			return
		case audit.OwnerAdded, audit.OwnerRemoved:
			return
		case audit.ObjectRestored:
			c.Returned = append(c.Returned, id)
		case audit.ObjectPurged:
			c.Purged[id] = o.before
		}
		if _, ok := c.Before[id]; !ok {
			c.Before[id] = o.before
		}
	})
	if err != nil {
		return store.ObjectsChanged{}, fmt.Errorf("changes of the directory: %w", err)
	}
	return c, nil
}

// ObjectVersions implements store.Reader.
func (r *reader) ObjectVersions(ctx context.Context, versions map[directory.ObjectID]int64) (map[directory.ObjectID]directory.Object, error) {
	found := make(map[directory.ObjectID]directory.Object, len(versions))
	if len(versions) == 0 {
		return found, nil
	}
	s := &statement{}
	s.add("SELECT object_id, version, image FROM version WHERE tenant_id = ", s.arg(r.no), " AND kind = ", s.arg(string(audit.KindObject)),
		" AND image IS NOT NULL AND (object_id, version) IN (VALUES ")
	for i, id := range slices.Sorted(maps.Keys(versions)) {
		if i > 0 {
			s.add(", ")
		}
		s.add("(CAST(", s.arg(string(id)), " AS TEXT), CAST(", s.arg(versions[id]), " AS BIGINT))")
	}
	s.add(")")
	err := r.query(ctx, s.String(), s.args, func(row scanner) error {
		o, err := r.scanObject(row)
		found[o.ID] = o
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("versions of objects: %w", err)
	}
	return found, nil
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
