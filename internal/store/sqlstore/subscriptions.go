package sqlstore

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/query"
)

const subscriptionColumns = `id, version, doc`

var subscriptions = listing{
	collection: "subscriptions", table: "subscription",
	fields: map[string]column{
		"id":    {at: "subscription.id", folded: true},
		"owner": {at: "subscription.owner_id", folded: true},
	},
}

func (r *reader) scanSubscription(row scanner) (entitlement.Subscription, error) {
	return scanDoc(r, row, "subscription", func(s entitlement.Subscription) entitlement.Subscription {
		s.Scopes, s.Roles, s.Changes = slices.Clone(s.Scopes), slices.Clone(s.Roles), slices.Clone(s.Changes)
		return s
	})
}

func (r *reader) Subscription(ctx context.Context, id entitlement.SubscriptionID) (entitlement.Subscription, error) {
	return byID(ctx, r, "subscription", subscriptionColumns, string(id), r.scanSubscription)
}

func (r *reader) Subscriptions(ctx context.Context, q query.List) (query.Page[entitlement.Subscription], error) {
	return list(ctx, r, subscriptions, subscriptionColumns, r.scanSubscription, q, nil)
}

func (t *tx) PutSubscription(_ context.Context, s entitlement.Subscription, why audit.Record) error {
	before := s.Version
	s.Version++
	doc, err := encode(s)
	if err != nil {
		return err
	}
	t.buf.put(subscriptionTable, before, string(s.ID), s.Version, string(s.Owner.ID), doc)
	return t.keep(audit.KindSubscription, string(s.ID), s.Version, doc, []audit.Record{why})
}

func (t *tx) DeleteSubscription(ctx context.Context, id entitlement.SubscriptionID, why audit.Record) error {
	t.buf.delete(feedTable, string(id))
	return t.remove(ctx, "subscription", string(id), audit.KindSubscription, why)
}

func scanFeed(row scanner) (entitlement.Feed, error) {
	var f entitlement.Feed
	var doc string
	if err := row.Scan(&f.ID, &doc); err != nil {
		return f, err
	}
	if err := json.Unmarshal([]byte(doc), &f); err != nil {
		return f, fmt.Errorf("decode feed %s: %w", f.ID, err)
	}
	return f, nil
}

func (r *reader) Feed(ctx context.Context, id entitlement.SubscriptionID) (entitlement.Feed, error) {
	return byID(ctx, r, "subscription_feed", "id, doc", string(id), scanFeed)
}

func (r *reader) DueFeeds(ctx context.Context, now time.Time, limit int) ([]entitlement.Feed, error) {
	return many(ctx, r, `SELECT id, doc FROM subscription_feed WHERE tenant_id = $1 AND next_due_at <= $2 AND (wakes_at <= $2 OR position < (
		SELECT MAX(id) FROM audit WHERE tenant_id = $1)) ORDER BY next_due_at, id LIMIT $3`+r.claim(),
		[]any{r.no, micros(now), int64(limit)}, scanFeed)
}

func (t *tx) PutFeed(_ context.Context, f entitlement.Feed) error {
	doc, err := encode(f)
	if err != nil {
		return err
	}
	t.buf.add(feedTable, string(f.ID), f.Position, micros(f.Due), micros(f.Wakes), doc)
	return nil
}

func (t *tx) DropFeed(_ context.Context, id entitlement.SubscriptionID) error {
	t.buf.delete(feedTable, string(id))
	return nil
}
