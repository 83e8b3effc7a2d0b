package engine_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

// busy may pass; everything else is for good.
var busy = fault.New(fault.Unavailable, "ServiceUnavailable", "the server is busy")

// roles are the newest grants of somebody: how far the group has come, by its
// name.
func (w *world) roles(name string, groups ...string) map[string]entitlement.GrantStatus {
	w.t.Helper()
	found := map[string]entitlement.GrantStatus{}
	w.ok(w.store.Read(w.ctx, w.tenant, func(r store.Reader) error {
		page, err := r.Grants(w.ctx, query.List{Where: equalTo("subject", string(w.user(name))), Limit: 100}, nil)
		for _, g := range page.Rows {
			for _, group := range groups {
				if g.OriginID == string(w.group(group)) {
					if _, twice := found[group]; twice {
						w.t.Errorf("%s is listed twice for %s", group, name)
					}
					found[group] = g.Status
				}
			}
		}
		return err
	}))
	return found
}

// expect compares how far the groups of somebody have come.
func (w *world) expect(name string, want map[string]entitlement.GrantStatus) {
	w.t.Helper()
	var groups []string
	for g := range want {
		groups = append(groups, g)
	}
	if got := w.roles(name, groups...); fmt.Sprint(got) != fmt.Sprint(want) {
		w.t.Errorf("%s has %v, want %v", name, got, want)
	}
}

// untilDelivered moves the clock from one try to the next until the request
// is closed, and returns the minutes after the start at which there was one.
func (w *world) untilClosed(id entitlement.RequestID) []int {
	w.t.Helper()
	var tries []int
	for range 50 {
		r := w.request(id)
		if !r.Open() {
			return tries
		}
		w.advance(r.NextDue().Sub(w.clock.Now()))
		tries = append(tries, int(w.clock.Now().Sub(monday).Minutes()))
	}
	w.t.Fatal("the request is never closed")
	return nil
}

// requests.md section 8.2: one minute, doubled up to an hour, six hours in
// all; only what is missing is tried.
func TestDeliveryThatMayPassIsTriedForSixHours(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, p := w.twoGroups("CRM")
	m := w.breakable("writers")
	m.why = busy
	id := w.submit("adele", p)
	w.advance(0)
	r := w.request(id)
	a := w.assignment(r.Assignment)
	if r.Status != entitlement.Delivering || a.State != entitlement.AssignmentDelivering || r.Failure == "" {
		t.Fatalf("after the first try the request is %s (%q), the assignment %s", r.Status, r.Failure, a.State)
	}
	w.expect("adele", map[string]entitlement.GrantStatus{"readers": entitlement.GrantHeld, "writers": entitlement.GrantPending})
	refused(t, w.engine.ReprocessRequest(w.ctx, w.admin(), id), fault.Invalid, "RequestNotReprocessable")
	refused(t, w.engine.CancelRequest(w.ctx, w.admin(), id, true), fault.Invalid, "RequestNotCancelable")
	m.asked = nil
	if got, want := w.untilClosed(id), []int{1, 3, 7, 15, 31, 63, 123, 183, 243, 303, 360}; !slices.Equal(got, want) {
		t.Errorf("tried after %v minutes, want %v", got, want)
	}
	if writers := string(w.group("writers")); len(m.asked) != 11 || slices.ContainsFunc(m.asked, func(o string) bool { return o != writers }) {
		t.Errorf("asked for %v, want writers eleven times", m.asked)
	}
	r, a = w.request(id), w.assignment(r.Assignment)
	if r.Status != entitlement.PartiallyDelivered || a.State != entitlement.AssignmentPartial || r.Failure == "" {
		t.Errorf("after six hours the request is %s (%q), the assignment %s", r.Status, r.Failure, a.State)
	}
	w.expect("adele", map[string]entitlement.GrantStatus{"readers": entitlement.GrantHeld, "writers": entitlement.GrantFailed})

	// Taken up again, it is tried for as long again.
	w.ok(w.engine.ReprocessRequest(w.ctx, w.admin(), id))
	w.advance(0)
	if r := w.request(id); r.Status != entitlement.Delivering || !r.NotBefore.Equal(w.clock.Now().Add(time.Minute)) {
		t.Errorf("reprocessed it is %s, next at %v", r.Status, r.NotBefore)
	}
	m.broken = nil
	w.advance(time.Minute)
	if r, a := w.request(id), w.assignment(r.Assignment); r.Status != entitlement.Delivered || r.Failure != "" || a.State != entitlement.AssignmentDelivered {
		t.Errorf("repaired it is %s (%q), the assignment %s", r.Status, r.Failure, a.State)
	}
	w.expect("adele", map[string]entitlement.GrantStatus{"readers": entitlement.GrantHeld, "writers": entitlement.GrantHeld})
}

func TestDeliveryThatGivesNothingFailsInTheEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, p := w.twoGroups("CRM")
	m := w.breakable("readers", "writers")
	m.why = busy
	id := w.submit("adele", p)
	w.advance(0)
	w.advance(7 * time.Hour)
	for r := w.request(id); r.Open(); r = w.request(id) {
		w.advance(0)
	}
	if r := w.request(id); r.Status != entitlement.DeliveryFailed {
		t.Errorf("the request is %s", r.Status)
	}

	// The time of access counts from when it is given.
	m.broken = map[directory.ObjectID]bool{}
	id = w.submit("dana", p)
	m.broken[w.group("readers")], m.broken[w.group("writers")] = true, true
	w.advance(0)
	w.advance(time.Minute)
	m.broken = nil
	w.advance(2 * time.Minute)
	if a := w.assignment(w.request(id).Assignment); a.State != entitlement.AssignmentDelivered || !a.EndsAt.Equal(w.clock.Now().Add(30*day)) {
		t.Errorf("the assignment is %s until %v, want 30 days from now", a.State, a.EndsAt)
	}
}

func TestAnErrorForGoodEndsDeliveryAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, p := w.twoGroups("CRM")
	w.breakable("writers")
	id := w.submit("adele", p)
	w.advance(0)
	if r := w.request(id); r.Status != entitlement.PartiallyDelivered {
		t.Errorf("the request is %s", r.Status)
	}
	w.ok(w.store.Read(w.ctx, w.tenant, func(r store.Reader) error {
		page, err := r.Grants(w.ctx, query.List{Where: equalTo("status", string(entitlement.GrantFailed)), Limit: 10}, nil)
		if err != nil || len(page.Rows) != 1 || page.Rows[0].Error != "the group is locked" {
			t.Errorf("failed grants %+v, %v", page.Rows, err)
			return err
		}
		records, err := r.AuditOf(w.ctx, audit.KindGrant, string(page.Rows[0].ID))
		if len(records) != 1 || records[0].Action != audit.ResourceFailed || records[0].Result != audit.Failure || records[0].Reason != "the group is locked" {
			t.Errorf("the records of the grant are %+v", records)
		}
		return err
	}))
}

func TestRemovalThatMayPassIsTriedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, p := w.twoGroups("CRM")
	id := w.submit("adele", p)
	w.advance(0)
	m := w.breakable("writers")
	m.why = busy
	assigned := w.request(id).Assignment
	removal, err := w.engine.Submit(w.ctx, w.as("adele"), entitlement.Submission{Kind: entitlement.UserRemove, Assignment: assigned})
	w.ok(err)
	w.advance(0)
	if r, a := w.request(removal.ID), w.assignment(assigned); r.Status != entitlement.Delivering || a.State != entitlement.AssignmentDelivered {
		t.Errorf("the removal is %s, the assignment %s", r.Status, a.State)
	}
	w.expect("adele", map[string]entitlement.GrantStatus{"readers": entitlement.GrantEnded, "writers": entitlement.GrantLeaving})
	m.why = nil
	w.advance(time.Minute)
	if r, a := w.request(removal.ID), w.assignment(assigned); r.Status != entitlement.DeliveryFailed || a.State != entitlement.AssignmentDelivered {
		t.Errorf("refused for good, the removal is %s, the assignment %s", r.Status, a.State)
	}
	m.broken = nil
	w.ok(w.engine.ReprocessRequest(w.ctx, w.admin(), removal.ID))
	w.advance(0)
	if r, a := w.request(removal.ID), w.assignment(assigned); r.Status != entitlement.Delivered || a.State != entitlement.AssignmentExpired || w.memberOf("adele", "writers") {
		t.Errorf("repaired, the removal is %s, the assignment %s", r.Status, a.State)
	}
	w.expect("adele", map[string]entitlement.GrantStatus{"readers": entitlement.GrantEnded, "writers": entitlement.GrantEnded})
}

func TestExpiryIsTriedUntilNothingIsLeft(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, p := w.twoGroups("CRM")
	id := w.submit("adele", p)
	w.advance(0)
	m := w.breakable("writers")
	m.why = busy
	w.mail()
	w.advance(30 * day)
	w.wantMail("while something is left")
	a := w.assignment(w.request(id).Assignment)
	if a.State != entitlement.AssignmentPartial || !a.NextDue().Equal(w.clock.Now().Add(time.Minute)) {
		t.Errorf("the assignment is %s, next due at %v", a.State, a.NextDue())
	}
	for !a.NextDue().After(monday.Add(30*day + 6*time.Hour)) {
		w.advance(a.NextDue().Sub(w.clock.Now()))
		a = w.assignment(a.ID)
	}
	removals := func() []entitlement.Status {
		page, err := w.engine.Requests(w.ctx, w.admin(), rows(equalTo("kind", string(entitlement.SystemRemove))), nil)
		w.ok(err)
		var all []entitlement.Status
		for _, r := range page.Rows {
			all = append(all, r.Status)
		}
		return all
	}
	if got := removals(); !slices.Equal(got, []entitlement.Status{entitlement.DeliveryFailed}) || !a.NextDue().Equal(w.clock.Now().Add(day)) {
		t.Errorf("after six hours the removals are %v and the next is at %v", got, a.NextDue())
	}
	m.broken = nil
	w.advance(day)
	w.wantMail("at the end", "assignment.ended to adele")
	if got := w.assignment(a.ID).Told; got != entitlement.EndTold {
		t.Errorf("the assignment says %q of what its target was told", got)
	}
	if got := removals(); !slices.Equal(got, []entitlement.Status{entitlement.Delivered, entitlement.DeliveryFailed}) || w.memberOf("adele", "writers") {
		t.Errorf("a day later the removals are %v", got)
	}
}

func TestRemovalWhileDeliveringDropsWhatIsOutstanding(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, p := w.twoGroups("CRM")
	m := w.breakable("writers")
	m.why = busy
	id := w.submit("adele", p)
	w.advance(0)
	remove := entitlement.Submission{Kind: entitlement.UserRemove, Assignment: w.request(id).Assignment}
	remove.ValidateOnly = true
	_, err := w.engine.Submit(w.ctx, w.as("adele"), remove)
	w.ok(err)
	if r := w.request(id); r.Status != entitlement.Delivering {
		t.Fatalf("a removal that was only validated made the request %s", r.Status)
	}
	remove.ValidateOnly = false
	removal, err := w.engine.Submit(w.ctx, w.as("adele"), remove)
	w.ok(err)
	if r, a := w.request(id), w.assignment(remove.Assignment); r.Status != entitlement.PartiallyDelivered || a.State != entitlement.AssignmentPartial {
		t.Errorf("the request is %s, the assignment %s", r.Status, a.State)
	}
	w.expect("adele", map[string]entitlement.GrantStatus{"readers": entitlement.GrantHeld, "writers": entitlement.GrantFailed})
	m.broken, m.asked = nil, nil
	w.advance(day)
	if r, a := w.request(removal.ID), w.assignment(remove.Assignment); r.Status != entitlement.Delivered || a.State != entitlement.AssignmentExpired {
		t.Errorf("the removal is %s, the assignment %s", r.Status, a.State)
	}
	if readers := string(w.group("readers")); !slices.Equal(m.asked, []string{readers}) || w.memberOf("adele", "readers") {
		t.Errorf("asked for %v, want to take readers only", m.asked)
	}
	w.expect("adele", map[string]entitlement.GrantStatus{"readers": entitlement.GrantEnded, "writers": entitlement.GrantEnded})
}

func TestExpiryWhileDeliveringClosesTheRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.catalog("CRM")
	p := w.pkg(c, "CRM")
	w.give(p, w.resource(c, "readers"), "Member")
	w.give(p, w.resource(c, "writers"), "Member")
	w.policy(p, func(p *entitlement.Policy) {
		p.Expiration = entitlement.Expiration{Type: entitlement.AfterDuration, Duration: "PT1H"}
	})
	m := w.breakable("writers")
	m.why = busy
	id := w.submit("adele", p)
	w.advance(0)
	w.advance(time.Hour)
	if r, a := w.request(id), w.assignment(w.request(id).Assignment); r.Status != entitlement.PartiallyDelivered || a.State != entitlement.AssignmentExpired || w.memberOf("adele", "readers") {
		t.Errorf("the request is %s, the assignment %s", r.Status, a.State)
	}
	refused(t, w.engine.ReprocessRequest(w.ctx, w.admin(), id), fault.Invalid, "RequestNotReprocessable")
}

func TestDeliveryStopsWhenTheTargetIsDisabled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, p := w.twoGroups("CRM")
	m := w.breakable("writers")
	m.why = busy
	id := w.submit("adele", p)
	w.advance(0)
	enable := func(on bool) {
		w.ok(w.engine.UpdateObject(w.ctx, w.admin(), directory.KindUser, string(w.user("adele")),
			func(o *directory.Object) error { o.Enabled = on; return nil }, nil))
	}
	enable(false)
	m.broken = nil
	w.advance(time.Minute)
	if r, a := w.request(id), w.assignment(w.request(id).Assignment); r.Status != entitlement.DeliveryFailed || a.State != entitlement.AssignmentPartial {
		t.Errorf("the request is %s, the assignment %s", r.Status, a.State)
	}
	w.expect("adele", map[string]entitlement.GrantStatus{"readers": entitlement.GrantHeld, "writers": entitlement.GrantFailed})
	enable(true)
	w.ok(w.engine.ReprocessRequest(w.ctx, w.admin(), id))
	w.advance(0)
	if r := w.request(id); r.Status != entitlement.Delivered || !w.memberOf("adele", "writers") {
		t.Errorf("enabled again, the request is %s", r.Status)
	}
}

func TestWhatBecomesIncompatibleDuringDeliveryIsNotUndone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, p := w.twoGroups("CRM")
	m := w.breakable("writers")
	m.why = busy
	id := w.submit("adele", p)
	w.advance(0)
	other := w.pkg(c, "Audit")
	w.policy(other)
	w.submit("adele", other)
	w.advance(0)
	w.ok(w.engine.BarPackage(w.ctx, w.admin(), p, other))
	m.broken = nil
	w.advance(time.Minute)
	if r, a := w.request(id), w.assignment(w.request(id).Assignment); r.Status != entitlement.Delivered || a.State != entitlement.AssignmentDelivered {
		t.Errorf("the request is %s (%q), the assignment %s", r.Status, r.Failure, a.State)
	}
}
