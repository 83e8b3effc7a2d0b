package engine

import (
	"context"
	"slices"
	"time"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

const (
	// happenedAtOnce is how many audit records are looked through for one
	// call of a subscriber, toldAtOnce how many notifications it holds.
	happenedAtOnce = 2000
	toldAtOnce     = 100
)

func kindOf(s entitlement.Subscription) audit.ObjectKind {
	if s.Of == entitlement.FollowAssignments {
		return audit.KindAssignment
	}
	return audit.KindRequest
}

// TakeTellings claims up to limit feeds of a tenant in which something may
// have happened and returns whom to tell what. Feeds in which there is
// nothing to tell move on at once. moved counts both. Whoever takes a telling
// says by SettleTellings what became of it, or somebody else tells it again
// after a while.
func (e *Engine) TakeTellings(ctx context.Context, tenant directory.TenantID, now time.Time, limit int) (tellings []entitlement.Telling, moved int, err error) {
	err = e.store.Write(ctx, tenant, store.Delivery, func(tx store.Tx) error {
		tellings, moved = nil, 0
		feeds, err := tx.DueFeeds(ctx, now, limit)
		if err != nil {
			return err
		}
		for _, feed := range feeds {
			t, went, err := e.takeTelling(ctx, tx, tenant, feed, now)
			if err != nil {
				return err
			}
			if t.URL() != "" {
				tellings = append(tellings, t)
			}
			if went {
				moved++
			}
		}
		return nil
	})
	return tellings, moved, err
}

// takeTelling claims a feed if there is something to tell, and moves it on if
// not; without a URL there is nobody to call. moved is false if the feed only
// waits.
func (e *Engine) takeTelling(ctx context.Context, tx store.Tx, tenant directory.TenantID, feed entitlement.Feed, now time.Time) (t entitlement.Telling, moved bool, err error) {
	none := entitlement.Telling{}
	s, err := tx.Subscription(ctx, feed.ID)
	if fault.Is(err, fault.NotFound) {
		return none, true, tx.DropFeed(ctx, feed.ID)
	}
	if err != nil {
		return none, false, err
	}
	t, went, err := e.telling(ctx, tx, entitlement.Telling{Tenant: tenant, For: s, Before: feed, After: feed}, now)
	switch {
	case err != nil:
		return none, false, err
	case t.Lifecycle != "" || len(t.Notifications) > 0:
		return t, true, tx.PutFeed(ctx, feed.Claim(now))
	case s.Expired(now):
		return none, true, e.endSubscription(ctx, tx, s, entitlement.System, "it has expired")
	}
	t.After.Due = now // behind those that were not looked at
	return none, went, tx.PutFeed(ctx, t.After)
}

// telling finds out what a subscriber has to be told now, where its feed is
// then, and whether the feed went past anything.
func (e *Engine) telling(ctx context.Context, tx store.Tx, t entitlement.Telling, now time.Time) (_ entitlement.Telling, went bool, err error) {
	s := t.For
	if s.Expired(now) {
		if s.LifecycleURL != "" {
			t.Lifecycle = entitlement.Removed
		}
		return t, false, nil
	}
	t.After = t.After.Wake(s)
	reach, err := e.subscriberReach(ctx, tx, subscriber(t.Tenant, s))
	if err != nil {
		return t, false, err
	}
	if t.After.Warns(s, now) || reach.Empty() && s.LifecycleURL != "" && !t.After.Warned {
		t.Lifecycle, t.After.Warned = entitlement.Reauthorize, true
		return t, false, nil
	}
	h, err := tx.Happened(ctx, kindOf(s), s.Object, t.After.Position, happenedAtOnce)
	if err != nil {
		return t, false, err
	}
	picked, first := pick(s, t.After, h)
	t.After, went = reached(t.After, h, first)
	t.Notifications, err = readable(ctx, tx, s, picked, reach)
	return t, went, err
}

// pick returns what a subscriber wants to hear of and has not heard, each
// change of an object once, and how many of the happenings that takes in.
func pick(s entitlement.Subscription, feed entitlement.Feed, h store.Happenings) (picked []entitlement.Notification, last int) {
	type key struct {
		object string
		change entitlement.ChangeType
	}
	at, told := map[key]int{}, setOf(feed.Told)
	for i, n := range h.Each {
		if told[n.ID] || !slices.Contains(s.Changes, n.Change) {
			continue
		}
		k := key{n.Object, n.Change}
		if known, ok := at[k]; ok {
			picked[known].ID = n.ID // the latest: whoever has seen an earlier one has not seen this
			continue
		}
		if len(picked) == toldAtOnce {
			return picked, i
		}
		at[k] = len(picked)
		picked = append(picked, n)
	}
	return picked, len(h.Each)
}

// reached is the feed after the first few of the happenings. went is false if
// it only waits for what may still appear before them.
func reached(feed entitlement.Feed, h store.Happenings, first int) (_ entitlement.Feed, went bool) {
	if first < len(h.Each) {
		h.At = h.Each[first-1].ID
	}
	before, known, told := feed.Position, feed.Told, setOf(feed.Told)
	feed.Position, feed.Told = max(before, h.Safe().At), nil
	went = feed.Position == h.At && feed.Position != before
	for _, id := range known {
		if id > feed.Position {
			feed.Told = append(feed.Told, id)
		}
	}
	for _, n := range h.Each[:first] {
		if n.ID > feed.Position && !told[n.ID] {
			feed.Told, went = append(feed.Told, n.ID), true
		}
	}
	return feed, went
}

func setOf(ids []string) map[string]bool {
	set := make(map[string]bool, len(ids))
	for _, id := range ids {
		set[id] = true
	}
	return set
}

// readable keeps the notifications about what lies within reach now. What is
// gone has no catalog any more, so that only those hear of it who read all.
func readable(ctx context.Context, r store.Reader, s entitlement.Subscription, all []entitlement.Notification, reach authz.Reach) ([]entitlement.Notification, error) {
	if len(all) == 0 || reach.Empty() {
		return nil, nil
	}
	ids := distinct(all, func(n *entitlement.Notification) string {
		if n.Change == entitlement.ChangeDeleted {
			return ""
		}
		return n.Object
	})
	within := func(list query.List) query.List {
		list.Where = query.AllOf(reach.Narrow("catalog"), list.Where)
		return list
	}
	there := map[string]bool{}
	var err error
	if s.Of == entitlement.FollowAssignments {
		_, err = index(ctx, ids, func(ctx context.Context, q query.List) (query.Page[entitlement.Assignment], error) {
			return r.Assignments(ctx, within(q))
		}, func(a *entitlement.Assignment) string { there[string(a.ID)] = true; return string(a.ID) })
	} else {
		_, err = index(ctx, ids, func(ctx context.Context, q query.List) (query.Page[entitlement.Request], error) {
			return r.Requests(ctx, within(q))
		}, func(q *entitlement.Request) string { there[string(q.ID)] = true; return string(q.ID) })
	}
	return slices.DeleteFunc(all, func(n entitlement.Notification) bool {
		if n.Change == entitlement.ChangeDeleted {
			return !reach.Everywhere
		}
		return !there[n.Object]
	}), err
}

// TellingOutcome is what became of a telling; Err is nil if it was taken.
type TellingOutcome struct {
	Telling entitlement.Telling
	Err     error
}

// SettleTellings notes how far subscribers have been told. What they did not
// take is told again, after growing pauses, until the subscription ends; a
// lifecycle event is told once.
func (e *Engine) SettleTellings(ctx context.Context, tenant directory.TenantID, outcomes []TellingOutcome, now time.Time) error {
	return e.store.Write(ctx, tenant, store.Delivery, func(tx store.Tx) error {
		for _, o := range outcomes {
			if err := e.settleTelling(ctx, tx, o, now); err != nil {
				return err
			}
		}
		return nil
	})
}

func (e *Engine) settleTelling(ctx context.Context, tx store.Tx, o TellingOutcome, now time.Time) error {
	s, err := tx.Subscription(ctx, o.Telling.For.ID)
	if fault.Is(err, fault.NotFound) {
		return nil // it was deleted meanwhile
	}
	if err != nil {
		return err
	}
	if o.Telling.Lifecycle == entitlement.Removed && s.Expired(now) {
		return e.endSubscription(ctx, tx, s, entitlement.System, "it has expired")
	}
	feed, err := tx.Feed(ctx, s.ID) // it may have been renewed meanwhile
	if err != nil {
		return err
	}
	switch {
	case o.Telling.Lifecycle != "":
		feed.Warned, feed.Due = o.Telling.After.Warned, now
	case o.Err == nil:
		feed.Position, feed.Told, feed.Failures, feed.Due = o.Telling.After.Position, o.Telling.After.Told, 0, now
	default:
		feed = feed.Again(now)
	}
	return tx.PutFeed(ctx, feed.Wake(s))
}

// subscriberReach is what the owner of a subscription may read now: nothing
// once the account is disabled or deleted.
func (e *Engine) subscriberReach(ctx context.Context, r store.Reader, who authz.Caller) (authz.Reach, error) {
	known, err := r.ObjectsByID(ctx, []directory.ObjectID{who.ID()})
	if err != nil {
		return authz.Reach{}, err
	}
	if o, ok := known[who.ID()]; ok && !o.Active() {
		return authz.Reach{}, nil
	}
	reach, err := e.reach(ctx, r, who, authz.ReadRequests)
	if fault.Is(err, fault.Forbidden) {
		return authz.Reach{}, nil
	}
	return reach, err
}
