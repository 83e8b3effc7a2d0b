package engine

import (
	"cmp"
	"context"
	"time"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

// maxSubscriptions is how many subscriptions one owner may have.
const maxSubscriptions = 100

// Prove asks a receiver whether it wants to be told anything; nil if it does.
type Prove func(ctx context.Context, url string) error

// Subscribe makes a subscription to what changes from now on, once its
// receivers have proved that they want it. Faults: Forbidden, NotFound for
// the one object that is followed, Invalid ("InvalidRequest",
// "ValidationError").
func (e *Engine) Subscribe(ctx context.Context, who authz.Caller, s entitlement.Subscription, prove Prove) (entitlement.Subscription, error) {
	now := e.clock.Now()
	s.ID, s.Version, s.CreatedAt = entitlement.SubscriptionID(e.newID()), 0, now
	s.TLS = cmp.Or(s.TLS, "v1_2")
	s = authorized(s, who)
	why := e.record(ctx, who.Actor, now, audit.SubscriptionCreated, audit.KindSubscription, string(s.ID), s.Resource)
	err := e.guarded(ctx, who, audit.SubscriptionCreated, audit.KindSubscription, "", func() error {
		return e.store.Read(ctx, who.Tenant, func(r store.Reader) error { return e.maySubscribe(ctx, r, who, &s, now) })
	})
	if err != nil {
		return s, err
	}
	for _, url := range []string{s.NotificationURL, s.LifecycleURL} {
		if url == "" {
			continue
		}
		if err := prove(ctx, url); err != nil {
			return s, err
		}
	}
	return change(ctx, e, who, audit.SubscriptionCreated, audit.KindSubscription, string(s.ID), func(tx store.Tx) (entitlement.Subscription, error) {
		made := s
		if err := e.maySubscribe(ctx, tx, who, &made, now); err != nil {
			return made, err
		}
		at, err := tx.Latest(ctx)
		if err != nil {
			return made, err
		}
		feed := entitlement.Feed{ID: made.ID, Position: at.At, Due: now}
		if feed.Told, err = toldBefore(ctx, tx, made, feed); err != nil {
			return made, err
		}
		if err := tx.PutFeed(ctx, feed.Wake(made)); err != nil {
			return made, err
		}
		err = tx.PutSubscription(ctx, made, versions(why, 0))
		made.Version++
		return made, err
	})
}

// toldBefore returns what lies behind the first position of a subscription
// and happened before it was made.
func toldBefore(ctx context.Context, tx store.Tx, s entitlement.Subscription, feed entitlement.Feed) ([]string, error) {
	h, err := tx.Happened(ctx, kindOf(s), s.Object, feed.Position, happenedAtOnce)
	var told []string
	for _, n := range h.Each {
		told = append(told, n.ID)
	}
	return told, err
}

// authorized notes in a subscription what the caller's token allows.
func authorized(s entitlement.Subscription, who authz.Caller) entitlement.Subscription {
	s.Owner, s.Scopes, s.Roles = who.Actor, nil, who.DirectoryRoles
	for _, scope := range who.Scopes {
		s.Scopes = append(s.Scopes, string(scope))
	}
	return s
}

// maySubscribe checks that the caller may read what is to be followed, and
// then the subscription itself.
func (e *Engine) maySubscribe(ctx context.Context, r store.Reader, who authz.Caller, s *entitlement.Subscription, now time.Time) error {
	reach, err := e.listReach(ctx, r, who, authz.ReadRequests)
	if err != nil {
		return err
	}
	if err := s.Check(now, e.settings.SubscribersOnLoopback); err != nil {
		return err
	}
	if s.Object != "" {
		if err := followable(ctx, r, reach, *s); err != nil {
			return err
		}
	}
	mine, err := r.Subscriptions(ctx, query.List{Where: equal("owner", who.ID()), Limit: maxSubscriptions})
	if err == nil && s.Version == 0 && len(mine.Rows) == maxSubscriptions {
		err = fault.New(fault.Forbidden, "TooManySubscriptions", "The caller has %d subscriptions, the most there may be; delete one first.", maxSubscriptions)
	}
	return err
}

// followable checks that the one object is there and within reach.
func followable(ctx context.Context, r store.Reader, reach authz.Reach, s entitlement.Subscription) error {
	var catalog entitlement.CatalogID
	var err error
	if s.Of == entitlement.FollowAssignments {
		var a entitlement.Assignment
		a, err = r.Assignment(ctx, entitlement.AssignmentID(s.Object))
		catalog = a.Catalog
	} else {
		var q entitlement.Request
		q, err = r.Request(ctx, entitlement.RequestID(s.Object))
		catalog = q.Catalog
	}
	if err != nil {
		return reach.Missing(err)
	}
	return reach.Check(catalog)
}

// Subscriptions lists the caller's own subscriptions. Faults: Forbidden,
// Invalid.
func (e *Engine) Subscriptions(ctx context.Context, who authz.Caller, q query.List) (query.Page[entitlement.Subscription], error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) (query.Page[entitlement.Subscription], error) {
		if err := e.mayHaveSubscriptions(ctx, r, who); err != nil {
			return query.Page[entitlement.Subscription]{}, err
		}
		q.Where = query.AllOf(equal("owner", who.ID()), q.Where)
		return r.Subscriptions(ctx, q)
	})
}

// Subscription returns one of the caller's own subscriptions. Faults:
// Forbidden, NotFound.
func (e *Engine) Subscription(ctx context.Context, who authz.Caller, id entitlement.SubscriptionID) (entitlement.Subscription, error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) (entitlement.Subscription, error) {
		return e.ownSubscription(ctx, r, who, id)
	})
}

// mayHaveSubscriptions checks the token alone: who has lost a role may still
// see and end what is left. An application has nothing but its permission.
func (e *Engine) mayHaveSubscriptions(ctx context.Context, r store.Reader, who authz.Caller) error {
	if !who.AppOnly() {
		return authz.Token(who, authz.ReadRequests)
	}
	_, err := e.listReach(ctx, r, who, authz.ReadRequests)
	return err
}

// ownSubscription reads a subscription for its owner; to others there is
// none.
func (e *Engine) ownSubscription(ctx context.Context, r store.Reader, who authz.Caller, id entitlement.SubscriptionID) (entitlement.Subscription, error) {
	if err := e.mayHaveSubscriptions(ctx, r, who); err != nil {
		return entitlement.Subscription{}, err
	}
	s, err := r.Subscription(ctx, id)
	if err == nil && s.Owner.ID != who.ID() {
		err = fault.New(fault.NotFound, "ResourceNotFound", "The subscription %s does not exist.", id)
	}
	return s, err
}

// RenewSubscription lets edit change when a subscription ends and where its
// notifications go, and takes over what the caller's token allows now. A new
// receiver has to prove itself. Faults: as Subscribe, and NotFound.
func (e *Engine) RenewSubscription(ctx context.Context, who authz.Caller, id entitlement.SubscriptionID, edit func(*entitlement.Subscription) error, prove Prove) (entitlement.Subscription, error) {
	now := e.clock.Now()
	renewed := func(r store.Reader) (before, after entitlement.Subscription, err error) {
		if before, err = e.ownSubscription(ctx, r, who, id); err != nil {
			return before, before, err
		}
		after = before
		if err := edit(&after); err != nil {
			return before, after, err
		}
		if err := before.CheckRenewal(after); err != nil {
			return before, after, err
		}
		asked := after.ExpiresAt
		after = authorized(after, who)
		err = e.maySubscribe(ctx, r, who, &after, now)
		if asked.Equal(before.ExpiresAt) {
			after.ExpiresAt = asked // the shortest time is for those who ask for less
		}
		return before, after, err
	}
	err := e.guarded(ctx, who, audit.SubscriptionUpdated, audit.KindSubscription, string(id), func() error {
		var before, after entitlement.Subscription
		err := e.store.Read(ctx, who.Tenant, func(r store.Reader) (err error) {
			before, after, err = renewed(r)
			return err
		})
		if err == nil && after.NotificationURL != before.NotificationURL {
			err = prove(ctx, after.NotificationURL)
		}
		return err
	})
	if err != nil {
		return entitlement.Subscription{}, err
	}
	return change(ctx, e, who, audit.SubscriptionUpdated, audit.KindSubscription, string(id), func(tx store.Tx) (entitlement.Subscription, error) {
		before, after, err := renewed(tx)
		if err != nil {
			return after, err
		}
		feed, err := tx.Feed(ctx, id)
		if err != nil {
			return after, err
		}
		feed.Warned = false
		if err := tx.PutFeed(ctx, feed.Wake(after)); err != nil {
			return after, err
		}
		why := e.record(ctx, who.Actor, now, audit.SubscriptionUpdated, audit.KindSubscription, string(id), after.Resource)
		err = tx.PutSubscription(ctx, after, versions(why, before.Version))
		after.Version++
		return after, err
	})
}

// Unsubscribe ends one of the caller's own subscriptions. Faults: Forbidden,
// NotFound.
func (e *Engine) Unsubscribe(ctx context.Context, who authz.Caller, id entitlement.SubscriptionID) error {
	return e.do(ctx, who, audit.SubscriptionDeleted, audit.KindSubscription, string(id), func(tx store.Tx) error {
		s, err := e.ownSubscription(ctx, tx, who, id)
		if err != nil {
			return err
		}
		return e.endSubscription(ctx, tx, s, who.Actor, "")
	})
}

func (e *Engine) endSubscription(ctx context.Context, tx store.Tx, s entitlement.Subscription, by entitlement.Actor, reason string) error {
	why := e.record(ctx, by, e.clock.Now(), audit.SubscriptionDeleted, audit.KindSubscription, string(s.ID), s.Resource)
	why.Reason = reason
	return tx.DeleteSubscription(ctx, s.ID, gone(why, s.Version))
}

// subscriber is the owner of a subscription as a caller.
func subscriber(tenant directory.TenantID, s entitlement.Subscription) authz.Caller {
	who := authz.Caller{Tenant: tenant, Actor: s.Owner, DirectoryRoles: s.Roles}
	for _, scope := range s.Scopes {
		who.Scopes = append(who.Scopes, authz.Scope(scope))
	}
	return who
}
