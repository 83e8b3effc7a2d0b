package storetest

import (
	"context"
	"slices"
	"time"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

func newSubscription(owner directory.ObjectID) entitlement.Subscription {
	return entitlement.Subscription{
		ID: newID[entitlement.SubscriptionID](), Owner: entitlement.Actor{Kind: entitlement.ByUser, ID: owner}, Scopes: []string{"Read"},
		Resource: "r", Of: entitlement.FollowRequests, Changes: []entitlement.ChangeType{entitlement.ChangeCreated}, ExpiresAt: start.Add(time.Hour),
	}
}

// subscriptionTests: feeds follow the history and are due when there is more
// of it.
func subscriptionTests() map[string]func(world) {
	return map[string]func(world){
		"subscriptions are put, listed by owner and deleted with their feed": func(w world) {
			mine, other := newSubscription("u"), newSubscription("v")
			feed := entitlement.Feed{ID: mine.ID, Position: "p", Told: []string{"n"}, Due: start, Wakes: start.Add(time.Hour), Failures: 2}
			why := record(audit.KindSubscription, string(mine.ID), start)
			w.write(func(ctx context.Context, tx store.Tx) error {
				return orFirst(tx.PutSubscription(ctx, mine, why), tx.PutFeed(ctx, feed),
					tx.PutSubscription(ctx, other, record(audit.KindSubscription, string(other.ID), start)))
			})
			mine.Version++
			same(w, "listed", look(w, func(ctx context.Context, r store.Reader) ([]entitlement.Subscription, error) {
				page, err := r.Subscriptions(ctx, query.List{Where: query.Compare{Field: "owner", Value: "u"}, Limit: 9})
				return page.Rows, err
			}), []entitlement.Subscription{mine})
			getFeed := func(ctx context.Context, r store.Reader) (entitlement.Feed, error) { return r.Feed(ctx, mine.ID) }
			same(w, "feed", look(w, getFeed), feed)
			feed.Position, feed.Told = "q", nil
			w.write(func(ctx context.Context, tx store.Tx) error { return tx.PutFeed(ctx, feed) })
			same(w, "replaced feed", look(w, getFeed), feed)
			w.write(func(ctx context.Context, tx store.Tx) error {
				return tx.DeleteSubscription(ctx, mine.ID, record(audit.KindSubscription, string(mine.ID), start))
			})
			_, err := tryLook(w, getFeed)
			wantFault(w, "feed of a deleted subscription", err, fault.NotFound)
			_, err = tryLook(w, func(ctx context.Context, r store.Reader) (entitlement.Subscription, error) {
				return r.Subscription(ctx, mine.ID)
			})
			wantFault(w, "deleted subscription", err, fault.NotFound)
		},
		"a feed is due when something has happened, or when it wakes": func(w world) {
			at := start.Add(-3000 * time.Hour)
			s := newSubscription("u")
			due := func(now time.Time) bool {
				tenants, _, err := w.store.NextErrand(w.Context(), now)
				if err != nil {
					w.Fatal(err)
				}
				feeds := look(w, func(ctx context.Context, r store.Reader) ([]entitlement.Feed, error) { return r.DueFeeds(ctx, now, 9) })
				if slices.Contains(tenants, w.tenant) != (len(feeds) > 0) {
					w.Errorf("at %v the tenant is due: %v, feeds: %v", now, tenants, feeds)
				}
				return len(feeds) > 0
			}
			put := func(f entitlement.Feed) {
				f.ID, f.Wakes = s.ID, at.Add(time.Hour)
				w.write(func(ctx context.Context, tx store.Tx) error { return tx.PutFeed(ctx, f) })
			}
			w.write(func(ctx context.Context, tx store.Tx) error {
				return tx.PutSubscription(ctx, s, record(audit.KindSubscription, string(s.ID), start))
			})
			newest := look(w, func(ctx context.Context, r store.Reader) (string, error) {
				h, err := r.Happened(ctx, audit.KindSubscription, "", "", 9)
				return h.At, err
			})
			put(entitlement.Feed{Position: newest, Due: at})
			same(w, "with nothing behind it", due(at), false)
			same(w, "when it wakes", due(at.Add(time.Hour)), true)
			_, next, err := w.store.NextErrand(w.Context(), at)
			if err != nil || next.After(at.Add(time.Hour)) || next.IsZero() {
				w.Errorf("next is %v, %v", next, err)
			}
			put(entitlement.Feed{Position: "", Due: at})
			same(w, "with history behind it", due(at), true)
			put(entitlement.Feed{Position: "", Due: at.Add(time.Minute)})
			same(w, "when it is to wait", due(at), false)
		},
		"what happened to objects of a kind is told record by record": func(w world) {
			q, other := newRequest("t", "p"), newRequest("t2", "p")
			w.write(func(ctx context.Context, tx store.Tx) error {
				created := record(audit.KindRequest, string(q.ID), start)
				created.Before, created.After = 0, 1
				refused := record(audit.KindRequest, string(q.ID), start)
				refused.Result, refused.Before, refused.After = audit.Failure, 0, 0
				failed := record(audit.KindRequest, string(q.ID), start)
				failed.Result = audit.Failure
				noted := record(audit.KindRequest, string(q.ID), start)
				noted.Before, noted.After = 0, 0
				gone := record(audit.KindRequest, string(other.ID), start)
				gone.After = 0
				return orFirst(tx.Note(ctx, created), tx.Note(ctx, refused), tx.Note(ctx, failed), tx.Note(ctx, noted), tx.Note(ctx, gone),
					tx.Note(ctx, record(audit.KindAssignment, "a", start)))
			})
			happened := func(object string) []string {
				h := look(w, func(ctx context.Context, r store.Reader) (store.Happenings, error) {
					return r.Happened(ctx, audit.KindRequest, object, "", 99)
				})
				var all []string
				for _, n := range h.Each {
					all = append(all, n.Object+" "+string(n.Change))
				}
				return all
			}
			same(w, "all", happened(""), []string{string(q.ID) + " created", string(q.ID) + " updated", string(other.ID) + " deleted"})
			same(w, "one object", happened(string(other.ID)), []string{string(other.ID) + " deleted"})
		},
	}
}
