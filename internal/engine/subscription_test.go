package engine_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/engine"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
)

func proved(context.Context, string) error { return nil }

func (w *world) subscribe(who authz.Caller, edits ...func(*entitlement.Subscription)) entitlement.Subscription {
	w.t.Helper()
	s := entitlement.Subscription{
		Resource: "requests", Of: entitlement.FollowRequests, Changes: entitlement.ChangeTypes(),
		NotificationURL: "https://receiver.example/", ExpiresAt: w.clock.Now().Add(10 * day),
	}
	for _, edit := range edits {
		edit(&s)
	}
	made, err := w.engine.Subscribe(w.ctx, who, s, proved)
	w.ok(err)
	return made
}

// later moves the clock and does nothing else.
func (w *world) later(d time.Duration) { w.clock.Set(w.clock.Now().Add(d)) }

// take returns what is to be told now, as "object change" in order.
func (w *world) take() (tellings []entitlement.Telling, what []string) {
	w.t.Helper()
	tellings, _, err := w.engine.TakeTellings(w.ctx, w.tenant, w.clock.Now(), 9)
	w.ok(err)
	for _, t := range tellings {
		if t.Lifecycle != "" {
			what = append(what, string(t.Lifecycle))
		}
		for _, n := range t.Notifications {
			what = append(what, n.Object+" "+string(n.Change))
		}
	}
	return tellings, what
}

func (w *world) settleTellings(all []entitlement.Telling, err error) {
	w.t.Helper()
	var outcomes []engine.TellingOutcome
	for _, t := range all {
		outcomes = append(outcomes, engine.TellingOutcome{Telling: t, Err: err})
	}
	w.ok(w.engine.SettleTellings(w.ctx, w.tenant, outcomes, w.clock.Now()))
}

func wantTold(t *testing.T, when string, got []string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", when, diff)
	}
}

func TestWhatWasTakenAndNotToldIsToldAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pkg := w.open(w.catalog("sales"), "tools")
	w.submit("before", pkg)
	w.subscribe(w.admin())
	_, got := w.take()
	wantTold(t, "before the subscription", got)
	id := string(w.submit("adele", pkg))

	_, got = w.take() // and the process dies
	wantTold(t, "first", got, id+" created")
	_, got = w.take()
	wantTold(t, "while somebody is at it", got)
	w.later(3 * time.Minute)
	tellings, got := w.take()
	wantTold(t, "after a while", got, id+" created")

	w.settleTellings(tellings, errors.New("down"))
	_, got = w.take()
	wantTold(t, "after a failure", got)
	w.later(time.Minute)
	tellings, got = w.take()
	wantTold(t, "after the pause", got, id+" created")
	w.settleTellings(tellings, nil)
	_, got = w.take()
	wantTold(t, "once it was taken", got)
}

func TestADeadReceiverIsTriedUntilTheEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.subscribe(w.admin())
	id := string(w.submit("adele", w.open(w.catalog("sales"), "tools")))
	for i, pause := range []time.Duration{1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60, 60} {
		tellings, got := w.take()
		wantTold(t, fmt.Sprintf("try %d", i), got, id+" created")
		w.settleTellings(tellings, errors.New("down"))
		w.later(pause*time.Minute - time.Second)
		_, got = w.take()
		wantTold(t, fmt.Sprintf("before try %d", i+1), got)
		w.later(time.Second)
	}
	w.later(10 * day)
	_, got := w.take()
	wantTold(t, "at the end", got)
	_, err := w.engine.Subscription(w.ctx, w.admin(), s.ID)
	refused(t, err, fault.NotFound, "ResourceNotFound")
}

func TestASubscriberIsToldWhatItMayReadThen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sales, other := w.catalog("sales"), w.catalog("other")
	tools, keys := w.open(sales, "tools"), w.open(other, "keys")
	held := w.role("rita", authz.CatalogReader, sales)
	w.subscribe(w.as("rita", authz.ReadAll), func(s *entitlement.Subscription) { s.LifecycleURL = "https://receiver.example/life" })

	hers := string(w.submit("adele", tools))
	w.submit("adele", keys)
	tellings, got := w.take()
	wantTold(t, "one catalog", got, hers+" created")
	w.settleTellings(tellings, nil)

	w.submit("dana", tools)
	w.ok(w.engine.UnassignRole(w.ctx, w.admin(), held.Provider, held.ID))
	tellings, got = w.take()
	wantTold(t, "without a role", got, "reauthorizationRequired")
	w.settleTellings(tellings, errors.New("down"))
	_, got = w.take()
	wantTold(t, "without a role, later", got)

	w.role("rita", authz.CatalogReader, sales)
	again := string(w.submit("eli", tools))
	tellings, got = w.take()
	wantTold(t, "with the role again", got, again+" created")
	w.settleTellings(tellings, nil)

	w.disable("rita")
	w.submit("sam", tools)
	_, got = w.take()
	wantTold(t, "disabled", got)
}

func TestNotificationsComeInPortionsAndOnceForEachChange(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pkg := w.open(w.catalog("sales"), "tools")
	w.subscribe(w.admin(), func(s *entitlement.Subscription) { s.Changes = []entitlement.ChangeType{entitlement.ChangeCreated} })
	const people = 103
	for i := range people {
		w.submit(fmt.Sprintf("p%d", i), pkg)
	}
	seen := map[string]bool{}
	for _, want := range []int{100, people - 100, 0} {
		tellings, got := w.take()
		if len(got) != want {
			t.Fatalf("told %d changes, want %d", len(got), want)
		}
		for _, s := range got {
			seen[s] = true
		}
		w.settleTellings(tellings, nil)
	}
	if len(seen) != people {
		t.Errorf("told of %d requests, want %d", len(seen), people)
	}
}

func TestSubscriptionsNeedAReceiverThatWantsThem(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := entitlement.Subscription{
		Of: entitlement.FollowRequests, Changes: entitlement.ChangeTypes(), NotificationURL: "http://127.0.0.1/", ExpiresAt: monday.Add(day),
	}
	_, err := w.engine.Subscribe(w.ctx, w.admin(), s, proved)
	refused(t, err, fault.Invalid, "InvalidRequest") // loopback, which is off
	s.NotificationURL = "https://receiver.example/"
	unwanted := func(context.Context, string) error { return fault.New(fault.Invalid, "ValidationError", "no") }
	_, err = w.engine.Subscribe(w.ctx, w.admin(), s, unwanted)
	refused(t, err, fault.Invalid, "ValidationError")
	_, err = w.engine.Subscribe(w.ctx, w.as("adele"), s, func(context.Context, string) error {
		t.Error("a receiver was called for somebody who may not subscribe")
		return nil
	})
	forbidden(t, err)
	for range 100 {
		w.subscribe(w.admin())
	}
	_, err = w.engine.Subscribe(w.ctx, w.admin(), s, proved)
	refused(t, err, fault.Forbidden, "TooManySubscriptions")
}
