package engine_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/store"
)

// heldRequest is what the model of callouts and partial delivery knows of a
// request. It shares no code with the engine.
type heldRequest struct {
	id      entitlement.RequestID
	who     int
	removes bool
	status  entitlement.Status
	until   time.Time // while it waits for an answer
	call    entitlement.CalloutStatus
}

func (r *heldRequest) waits() bool {
	return r.status == entitlement.WaitingCreated || r.status == entitlement.WaitingApproved || r.status == entitlement.WaitingDelivered
}

func (r *heldRequest) open() bool {
	return r.waits() || r.status == entitlement.Accepted || r.status == entitlement.Delivering
}

// heldWalk is the model beside the real thing: a package of two roles, one of
// which cannot be given at times, and an extension that is waited for at one
// of the stages, and cannot be called at times.
type heldWalk struct {
	walk
	stage    entitlement.CalloutStage
	pkg      entitlement.PackageID
	moody    *moody
	broken   bool // writers cannot be given
	deaf     bool // the extension cannot be called
	asked    []*heldRequest
	readers  [2]bool
	writers  [2]bool
	assigned [2]entitlement.AssignmentID
}

// TestEngineAgreesWithTheModelOfCallouts walks at random through what holds
// requests up on their way, and through deliveries that succeed in part.
func TestEngineAgreesWithTheModelOfCallouts(t *testing.T) {
	t.Parallel()
	const most = 12 // walks, each in a database of its own
	walks, failing := 0, false
	rapid.Check(t, func(rt *rapid.T) {
		if walks++; walks > most && !failing {
			return
		}
		failing = true
		w := newHeldWalk(t, rt)
		rt.Repeat(map[string]func(*rapid.T){
			"submit": func(*rapid.T) { w.submitOne() }, "pass": func(*rapid.T) { w.passSome() }, "answer": func(*rapid.T) { w.answerOne() },
			"reprocess": func(*rapid.T) { w.reprocessOne() }, "remove": func(*rapid.T) { w.removeOne() },
			"break": func(*rapid.T) { w.breakSome() }, "": func(*rapid.T) { w.agree() },
		})
		failing = false
	})
}

func newHeldWalk(t *testing.T, rt *rapid.T) *heldWalk {
	w := &heldWalk{walk: walk{world: newWorld(t), rt: rt, people: [2]string{"adele", "bob"}}}
	w.now = monday
	w.moody = w.breakable("writers")
	w.stage = rapid.SampledFrom([]entitlement.CalloutStage{entitlement.AtCreation, entitlement.AtApproval, entitlement.AtGrant}).Draw(rt, "stage")
	c := w.catalog("Sales")
	w.pkg = w.world.pkg(c, "both")
	w.give(w.pkg, w.resource(c, "readers"), "Member")
	w.give(w.pkg, w.resource(c, "writers"), "Member")
	w.policy(w.pkg, calling(w.stage, w.extension(c, "hook", waitsFor("PT1H"))))
	w.caller = func(o entitlement.Outcall) error {
		if w.deaf {
			return gone(o)
		}
		return nil
	}
	w.mend(false)
	return w
}

func (w *heldWalk) mend(broken bool) {
	w.broken = broken
	w.moody.broken[w.known["writers"]] = broken
}

func (w *heldWalk) breakSome() {
	w.mend(rapid.Bool().Draw(w.rt, "broken"))
	w.deaf = rapid.IntRange(0, 3).Draw(w.rt, "deaf") == 0
}

func (w *heldWalk) open(who int) *heldRequest {
	for _, r := range w.asked {
		if r.who == who && r.open() {
			return r
		}
	}
	return nil
}

func (w *heldWalk) one() *heldRequest {
	if len(w.asked) == 0 {
		return nil
	}
	return rapid.SampledFrom(w.asked).Draw(w.rt, "request")
}

func (w *heldWalk) submitOne() {
	who := rapid.IntRange(0, 1).Draw(w.rt, "who")
	if w.assigned[who] != "" {
		return
	}
	code := ""
	if w.open(who) != nil {
		code = "ExistingOpenRequest"
	}
	made, err := w.engine.Submit(w.ctx, w.as(w.people[who]), entitlement.Submission{Kind: entitlement.UserAdd, Package: w.pkg})
	if w.expect(err, code, "submit") {
		w.asked = append(w.asked, &heldRequest{id: made.ID, who: who, status: entitlement.Accepted})
	}
}

func (w *heldWalk) removeOne() {
	who := rapid.IntRange(0, 1).Draw(w.rt, "who")
	if w.assigned[who] == "" || w.broken || w.open(who) != nil {
		return
	}
	made, err := w.engine.Submit(w.ctx, w.as(w.people[who]), entitlement.Submission{Kind: entitlement.UserRemove, Assignment: w.assigned[who]})
	if w.expect(err, "", "remove") {
		w.asked = append(w.asked, &heldRequest{id: made.ID, who: who, removes: true, status: entitlement.Accepted})
		w.pass(0)
	}
}

func (w *heldWalk) answerOne() {
	r := w.one()
	if r == nil || !r.waits() {
		return
	}
	state := rapid.SampledFrom([]entitlement.CallbackState{"", "", entitlement.CallbackDenied, entitlement.CallbackCanceled}).Draw(w.rt, "state")
	code := ""
	if state != "" && r.status == entitlement.WaitingDelivered {
		code = "InvalidCallbackState"
	}
	if !w.expect(w.answers(r.id, state), code, "answer "+string(state)) {
		return
	}
	r.call, r.until = entitlement.CalloutAnswered, time.Time{}
	switch state {
	case entitlement.CallbackDenied:
		r.status = entitlement.Denied
	case entitlement.CallbackCanceled:
		r.status = entitlement.Canceled
	}
	w.pass(0)
}

func (w *heldWalk) reprocessOne() {
	r := w.one()
	if r == nil {
		return
	}
	code := ""
	switch {
	case r.status != entitlement.PartiallyDelivered:
		code = "RequestNotReprocessable"
	case w.open(r.who) != nil:
		code = "ExistingOpenRequest"
	case w.assigned[r.who] != entitlement.AssignmentID(r.id):
		code = "RequestNotReprocessable"
	}
	if w.expect(w.engine.ReprocessRequest(w.ctx, w.admin(), r.id), code, "reprocess "+string(r.status)) {
		r.status = entitlement.Delivering
	}
}

func (w *heldWalk) passSome() {
	w.pass(rapid.SampledFrom([]time.Duration{0, 0, 20 * time.Minute, time.Hour, 2 * time.Hour}).Draw(w.rt, "time"))
}

// pass lets time pass in both worlds.
func (w *heldWalk) pass(d time.Duration) {
	w.world.advance(d)
	w.now = w.now.Add(d)
	for moved := true; moved; {
		moved = false
		for _, r := range w.asked {
			before := *r
			w.move(r)
			moved = moved || *r != before
		}
	}
}

// move takes a request along as far as it goes in one step.
func (w *heldWalk) move(r *heldRequest) {
	switch {
	case !r.open():
	case r.removes:
		w.readers[r.who], w.writers[r.who], w.assigned[r.who] = false, false, ""
		r.status = entitlement.Delivered
	case r.waits() && r.call == entitlement.CalloutWaiting:
		if !r.until.After(w.now) {
			r.call = entitlement.CalloutMissed
			w.giveUp(r)
		}
	case r.status == entitlement.WaitingDelivered: // answered
		r.status = entitlement.Delivered
	case r.status == entitlement.Accepted && w.stage == entitlement.AtCreation:
		w.callOut(r, entitlement.WaitingCreated)
	case r.status == entitlement.Accepted && w.stage == entitlement.AtApproval:
		w.callOut(r, entitlement.WaitingApproved)
	default:
		w.deliver(r)
	}
}

// callOut is the call of the extension, and what becomes of it.
func (w *heldWalk) callOut(r *heldRequest, status entitlement.Status) {
	r.status, r.call, r.until = status, entitlement.CalloutWaiting, w.now.Add(time.Hour)
	if w.deaf {
		r.call = entitlement.CalloutFailed
		w.giveUp(r)
	}
}

func (w *heldWalk) giveUp(r *heldRequest) {
	r.until = time.Time{}
	if r.status == entitlement.WaitingDelivered {
		r.status = entitlement.Delivered
		return
	}
	r.status = entitlement.CallbackTimedOut
}

func (w *heldWalk) deliver(r *heldRequest) {
	w.assigned[r.who], w.readers[r.who] = entitlement.AssignmentID(r.id), true
	w.writers[r.who] = w.writers[r.who] || !w.broken
	switch {
	case !w.writers[r.who]:
		r.status = entitlement.PartiallyDelivered
	case w.stage == entitlement.AtGrant && r.call == "":
		w.callOut(r, entitlement.WaitingDelivered)
	default:
		r.status = entitlement.Delivered
	}
}

// agree compares statuses, callouts and access, and holds the audit log to
// one record at least for each change.
func (w *heldWalk) agree() {
	w.ok(w.store.Read(w.ctx, w.tenant, func(r store.Reader) error {
		for _, m := range w.asked {
			q, err := r.Request(w.ctx, m.id)
			if err != nil {
				return err
			}
			status, call := q.Status, entitlement.CalloutStatus("")
			if status == entitlement.DeliveredTold {
				status = entitlement.Delivered
			}
			if len(q.Callouts) > 0 {
				call = q.Callouts[len(q.Callouts)-1].Status
			}
			if status != m.status || call != m.call || len(q.Callouts) > 1 {
				w.rt.Fatalf("a request at %s is %q with %d callouts, the last %q; the model says %q with %q", w.stage, string(q.Status), len(q.Callouts), call, string(m.status), m.call)
			}
			if due := q.NextDue(); m.waits() && !due.Equal(m.until) || !m.open() && !due.IsZero() {
				w.rt.Fatalf("a request that is %q is due at %v, the model says %v", string(q.Status), due, m.until)
			}
			if err := w.everyVersionIsRecorded(r, audit.KindRequest, string(q.ID), q.Version); err != nil {
				return err
			}
			a, err := r.Assignment(w.ctx, entitlement.AssignmentID(m.id))
			if err == nil {
				err = w.everyVersionIsRecorded(r, audit.KindAssignment, string(a.ID), a.Version)
			}
			if held := w.assigned[m.who] == entitlement.AssignmentID(m.id); held != (err == nil && a.Active()) {
				w.rt.Fatalf("the assignment %+v (%v), the model says held: %v", a, err, held)
			}
		}
		return nil
	}))
	for i, name := range w.people {
		if got := [2]bool{w.memberOf(name, "readers"), w.memberOf(name, "writers")}; got != [2]bool{w.readers[i], w.writers[i]} {
			w.rt.Fatalf("%s is in readers and writers: %v, the model says %v and %v", name, got, w.readers[i], w.writers[i])
		}
	}
	if due, _, err := w.store.NextErrand(w.ctx, w.now); err != nil || len(due) > 0 && len(w.asked) > 0 && w.open(0) == nil && w.open(1) == nil {
		w.rt.Fatalf("calls are left to make: %v, %v", due, err)
	}
}
