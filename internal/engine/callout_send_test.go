package engine_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
)

// down is what a caller says of an extension that may come back.
func down(entitlement.Outcall) error {
	return fault.New(fault.Unavailable, "CalloutFailed", "nobody answers")
}

// gone is what it says of one that will not.
func gone(entitlement.Outcall) error { return errors.New("answered with 404") }

// stagesCalled lists the stages of the calls that were made, in order.
func (w *world) stagesCalled() string {
	var all []string
	for _, o := range w.called {
		all = append(all, strings.TrimPrefix(string(o.Callout.Stage), "assignment")+" "+o.Status.String())
	}
	return strings.Join(all, ", ")
}

func TestCallsTellWhatHappened(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sales, pkg := w.tools()
	hook, wait := w.extension(sales, "hook"), w.extension(sales, "wait", waitsFor("PT1H"))
	w.policy(pkg, calling(entitlement.AtCreation, hook), calling(entitlement.AtCreation, wait), calling(entitlement.AtGrant, hook))
	id := w.submit("adele", pkg)
	if _, err := w.engine.AdvanceRequests(w.ctx, w.tenant, w.clock.Now(), 9); err != nil {
		t.Fatal(err)
	}
	if len(w.called) != 0 {
		t.Error("an extension was called while the request was moved")
	}
	w.advance(0)
	if got := w.stagesCalled(); got != "RequestCreated Accepted, RequestCreated WaitingForCallback" {
		t.Fatalf("called: %s", got)
	}
	o := w.called[1]
	if o.ID != w.waitedFor(id) || o.To.ID != wait || o.Of.ID != id || o.Package.DisplayName != "tools" || o.Catalog.ID != sales ||
		o.Requestor.DisplayName != "adele" || o.Target.ObjectID != w.user("adele") || !o.CanRespond || w.called[0].CanRespond || o.Tenant != w.tenant {
		t.Errorf("the extension is told %+v", o)
	}
	w.ok(w.answers(id, ""))
	w.advance(0)
	w.advance(day)
	if got := w.stagesCalled(); !strings.HasSuffix(got, ", RequestGranted Delivering") || len(w.called) != 3 {
		t.Errorf("called: %s", got)
	}
}

// requests.md section 12.1: what cannot be called holds nothing up where
// nobody waits, and ends the request where it could have been refused.
func TestCallsThatCannotBeMade(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		stage entitlement.CalloutStage
		waits bool
		want  entitlement.Status
		has   bool
	}{
		{"listening", entitlement.AtCreation, false, entitlement.Delivered, true},
		{"waited for at creation", entitlement.AtCreation, true, entitlement.CallbackTimedOut, false},
		{"waited for when approved", entitlement.AtApproval, true, entitlement.CallbackTimedOut, false},
		{"listening when granted", entitlement.AtGrant, false, entitlement.Delivered, true},
		{"waited for when granted", entitlement.AtGrant, true, entitlement.Delivered, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			sales, pkg := w.tools()
			hook := w.extension(sales, "hook")
			if tt.waits {
				hook = w.extension(sales, "hook", waitsFor("P14D"))
			}
			w.policy(pkg, calling(tt.stage, hook))
			w.role("olga", authz.CatalogOwner, sales)
			w.caller = gone
			id := w.submit("adele", pkg)
			w.advance(0)
			if got := w.mail(); !slices.Contains(got, "extension.failed to olga") {
				t.Errorf("the owner of the catalog was not told; messages: %v", got)
			}
			w.stands(id, tt.want, strings.TrimPrefix(string(tt.stage), "assignment")+" calloutFailed")
			if r := w.request(id); r.Callouts[0].Detail != "answered with 404" || len(w.called) != 1 || w.isReader("adele") != tt.has {
				t.Errorf("detail %q, %d calls, has access %v", r.Callouts[0].Detail, len(w.called), w.isReader("adele"))
			}
		})
	}
}

// A call that may work later is made again after 1, 2, 4 … minutes, for six
// hours; the extension may ask for fewer tries.
func TestCallsAreMadeAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sales, pkg := w.tools()
	w.policy(pkg, calling(entitlement.AtCreation, w.extension(sales, "hook", waitsFor("P14D"))))
	w.caller = down
	id := w.submit("adele", pkg)
	w.advance(0)
	var at []time.Duration
	for range 40 {
		if w.request(id).Status != entitlement.WaitingCreated {
			break
		}
		_, next, err := w.store.NextErrand(w.ctx, w.clock.Now())
		w.ok(err)
		at = append(at, next.Sub(monday))
		w.advance(next.Sub(w.clock.Now()))
	}
	want := []time.Duration{time.Minute, 3 * time.Minute, 7 * time.Minute, 15 * time.Minute, 31 * time.Minute, 63 * time.Minute}
	if len(at) != len(want)+5 || !slices.Equal(at[:len(want)], want) || at[len(at)-1] != 6*time.Hour {
		t.Errorf("called again after %v", at)
	}
	w.stands(id, entitlement.CallbackTimedOut, "RequestCreated calloutFailed")

	// It comes back in time.
	w.called = nil
	id = w.submit("dana", pkg)
	w.advance(0)
	w.caller = nil
	w.advance(time.Minute)
	w.stands(id, entitlement.WaitingCreated, "RequestCreated waitingForCallback")
	if len(w.called) != 2 || w.called[0].ID != w.called[1].ID {
		t.Errorf("%d calls", len(w.called))
	}
	// An answer that comes before the call was ever taken ends the trying.
	w.called, w.caller = nil, down
	id = w.submit("eli", pkg)
	w.advance(0)
	w.ok(w.answers(id, ""))
	w.advance(day)
	w.stands(id, entitlement.Delivered, "RequestCreated callbackReceived")
	if len(w.called) != 1 {
		t.Errorf("%d calls after it had answered", len(w.called))
	}
}

func TestAnExtensionMayAskForFewerTries(t *testing.T) {
	t.Parallel()
	once := 1
	w := newWorld(t)
	sales, pkg := w.tools()
	w.policy(pkg, calling(entitlement.AtCreation, w.extension(sales, "hook", func(x *entitlement.CustomExtension) {
		x.Client = &entitlement.ExtensionClient{MaximumRetries: &once}
	})))
	w.caller = down
	id := w.submit("adele", pkg)
	w.advance(0)
	w.stands(id, entitlement.Delivered, "RequestCreated calloutSent")
	w.advance(time.Minute)
	w.stands(id, entitlement.Delivered, "RequestCreated calloutFailed")
	w.advance(day)
	if len(w.called) != 2 {
		t.Errorf("%d calls, want 2", len(w.called))
	}
}

// Extensions that hear of the end of an assignment are called the same way;
// what cannot be called does not keep it from ending.
func TestCallsBeforeTheEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sales, pkg := w.tools()
	w.policy(pkg, ends("P30D"), calling(entitlement.TwoWeeksBefore, w.extension(sales, "ending", ofKind(entitlement.AssignmentExtension))))
	w.role("olga", authz.CatalogOwner, sales)
	w.caller = gone
	id := w.submit("adele", pkg)
	w.advance(0)
	w.mail()
	w.until(16 * day)
	if got := w.mail(); !slices.Contains(got, "extension.failed to olga") {
		t.Errorf("the owner of the catalog was not told; messages: %v", got)
	}
	if a := w.assignmentOf(id); told(a.Callouts) != "FourteenDaysBeforeExpiration calloutFailed" || len(w.called) != 1 || w.called[0].About.ID != a.ID || w.called[0].Of.ID != id {
		t.Errorf("callouts %q, %d calls", told(a.Callouts), len(w.called))
	}
	w.until(30 * day)
	if w.isReader("adele") {
		t.Error("access did not end")
	}
}

// A process that dies while it calls leaves the call to another one, not at
// once.
func TestClaimedCallsAreMadeByOthersLater(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sales, pkg := w.tools()
	w.policy(pkg, calling(entitlement.AtCreation, w.extension(sales, "hook")))
	w.submit("adele", pkg)
	_, err := w.engine.AdvanceRequests(w.ctx, w.tenant, w.clock.Now(), 9)
	w.ok(err)
	for _, tt := range []struct {
		after time.Duration
		want  int
	}{{0, 1}, {time.Minute, 0}, {time.Minute, 1}} {
		w.clock.Set(w.clock.Now().Add(tt.after))
		calls, _, err := w.engine.TakeCallouts(w.ctx, w.tenant, w.clock.Now(), 9)
		if err != nil || len(calls) != tt.want {
			t.Errorf("%v later: %d calls, want %d (%v)", tt.after, len(calls), tt.want, err)
		}
	}
}
