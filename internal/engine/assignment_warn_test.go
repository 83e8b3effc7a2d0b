package engine_test

import (
	"testing"
	"time"

	"github.com/grantkeep/grantkeep/internal/entitlement"
)

// isTold checks what was last said about the end of an assignment.
func (w *world) isTold(when string, id entitlement.RequestID, want entitlement.Announcement) {
	w.t.Helper()
	if got := w.assignmentOf(id).Told; got != want {
		w.t.Errorf("%s: told %q, want %q", when, got, want)
	}
}

// until moves the clock to some time after the world began.
func (w *world) until(d time.Duration) {
	w.t.Helper()
	w.advance(monday.Add(d).Sub(w.clock.Now()))
}

// requests.md section 9.1 and emails.md row 26: who has access for a short
// time only is told later, and nobody twice.
func TestTheEndIsAnnounced(t *testing.T) {
	t.Parallel()
	type said struct {
		at   time.Duration
		mail bool
		told entitlement.Announcement
	}
	for lasts, want := range map[entitlement.Duration][]said{
		"P90D":  {{76 * day, true, entitlement.TwoWeeksLeft}, {89 * day, true, entitlement.OneDayLeft}},
		"P30D":  {{16 * day, true, entitlement.TwoWeeksLeft}, {29 * day, true, entitlement.OneDayLeft}},
		"P20D":  {{6 * day, false, entitlement.TwoWeeksLeft}, {13 * day, true, entitlement.TwoWeeksLeft}, {19 * day, true, entitlement.OneDayLeft}},
		"P14D":  {{7 * day, true, ""}, {13 * day, true, entitlement.OneDayLeft}},
		"P7D":   {{6 * day, true, entitlement.OneDayLeft}},
		"PT36H": {{12 * time.Hour, false, entitlement.OneDayLeft}, {35 * time.Hour, true, entitlement.OneDayLeft}},
		"P1D":   {{23 * time.Hour, true, ""}},
		"PT1H":  nil,
		"PT15M": nil,
	} {
		t.Run(string(lasts), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			_, pkg := w.tools()
			w.policy(pkg, ends(lasts))
			id := w.submit("adele", pkg)
			w.advance(0)
			w.wantMail("given", "assignment.delivered to adele")
			before := entitlement.Announcement("")
			for _, s := range want {
				w.until(s.at - time.Second)
				w.wantMail("a moment before " + s.at.String())
				w.isTold("a moment before "+s.at.String(), id, before)
				w.until(s.at)
				var mail []string
				if s.mail {
					mail = []string{"assignment.ends_soon to adele"}
				}
				w.wantMail("at "+s.at.String(), mail...)
				w.isTold("at "+s.at.String(), id, s.told)
				before = s.told
			}
			w.until(lasts.Length())
			w.wantMail("in the end", "assignment.ended to adele")
			w.isTold("in the end", id, entitlement.EndTold)
			w.advance(400 * day)
			w.wantMail("later")
		})
	}
}

// Whatever was missed is made up for by one message.
func TestOneMessageTellsOfTheEndAfterAnInterruption(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, pkg := w.tools()
	w.policy(pkg, ends("P30D"))
	id := w.submit("adele", pkg)
	w.advance(0)
	w.mail()
	w.advance(29*day + time.Hour)
	w.wantMail("two warnings late", "assignment.ends_soon to adele")
	w.isTold("two warnings late", id, entitlement.OneDayLeft)
}

// An end that is moved is warned of again; what was said of the old one is
// not so any more.
func TestAnExtensionTakesTheAnnouncementBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, pkg := w.tools()
	w.policy(pkg, ends("P30D"))
	id := w.submit("adele", pkg)
	w.advance(0)
	w.until(29 * day)
	w.isTold("a day before", id, entitlement.OneDayLeft)
	w.mail()
	longer, err := w.engine.Submit(w.ctx, w.as("adele"), entitlement.Submission{Kind: entitlement.UserExtend, Package: pkg})
	w.ok(err)
	w.advance(0)
	w.isTold("extended", id, "")
	w.wantMail("extended", "assignment.extended to adele")
	if got := w.stored(longer.ID).Status; got != entitlement.DeliveredTold {
		t.Errorf("the extension is %q", string(got))
	}
	w.until(46 * day)
	w.isTold("two weeks before the new end", id, entitlement.TwoWeeksLeft)
	w.wantMail("two weeks before the new end", "assignment.ends_soon to adele")
	w.ok(w.removes("adele", id))
	w.advance(0)
	w.isTold("given back by herself", id, "")
	w.wantMail("given back by herself")
}

func (w *world) removes(name string, id entitlement.RequestID) error {
	_, err := w.engine.Submit(w.ctx, w.as(name), entitlement.Submission{Kind: entitlement.UserRemove, Assignment: w.request(id).Assignment})
	return err
}

// policies.md sections 5 and 14: nobody is asked to extend what cannot be
// extended, and a policy may keep all messages about an assignment back. The
// status says what has come all the same.
func TestWhoGetsNoMessageAboutTheEnd(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		edit  func(*entitlement.Policy)
		mails []string // when it begins and when it ends
		told  entitlement.Status
		ended entitlement.Announcement
	}{
		{
			"extensions are not allowed", func(p *entitlement.Policy) { p.Requestor.SelfUpdate = false },
			[]string{"assignment.delivered to adele", "assignment.ended to adele"},
			entitlement.DeliveredTold, entitlement.EndTold,
		},
		{
			"the policy ends then itself", func(p *entitlement.Policy) {
				p.Expiration = entitlement.Expiration{Type: entitlement.AfterDateTime, End: monday.Add(30 * day)}
			},
			[]string{"assignment.delivered to adele", "assignment.ended to adele"},
			entitlement.DeliveredTold, entitlement.EndTold,
		},
		{
			"switched off", func(p *entitlement.Policy) { p.AssignmentNotificationDisabled = true },
			nil, entitlement.Delivered, "",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			_, pkg := w.tools()
			w.policy(pkg, ends("P30D"), tt.edit)
			id := w.submit("adele", pkg)
			w.advance(0)
			if got := w.stored(id).Status; got != tt.told {
				t.Errorf("delivered: %q, want %q", string(got), string(tt.told))
			}
			for _, at := range []time.Duration{16 * day, 29 * day, 30 * day} {
				w.until(at)
			}
			w.wantMail("all the time", tt.mails...)
			w.isTold("ended", id, tt.ended)
		})
	}
}

// Transition T20 of requests.md: the message comes after delivery and leaves
// everything about the request as it was.
func TestRequestorsAreTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, pkg := w.tools()
	w.policy(pkg)
	id := w.submit("adele", pkg)
	_, err := w.engine.AdvanceRequests(w.ctx, w.tenant, w.clock.Now(), 9)
	w.ok(err)
	before := w.stored(id)
	if before.Status != entitlement.Delivered {
		t.Fatalf("delivered: %q", string(before.Status))
	}
	w.advance(time.Hour)
	after := w.stored(id)
	if after.Status != entitlement.DeliveredTold || after.Open() || !after.CompletedAt.Equal(before.CompletedAt) || !after.NextDue().IsZero() {
		t.Errorf("told: %q, open %v, completed %v, due %v", string(after.Status), after.Open(), after.CompletedAt, after.NextDue())
	}
	if after.Status.String() != "Delivered" || after.Status.State() != "delivered" {
		t.Errorf("clients see %s and %s", after.Status, after.Status.State())
	}
}
