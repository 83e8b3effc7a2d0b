package entitlement

import (
	"fmt"
	"slices"
	"time"
)

// Call is a custom extension that a request or an assignment is to call.
type Call struct {
	Setting   string // id of the policy's stage setting
	Stage     CalloutStage
	Extension ExtensionID
	Legacy    bool // the setting is one of beta's customExtensionHandlers
	Approvers bool // the answer brings the first stage of approval
}

// CalloutStatus is what became of a callout, in the published spelling.
type CalloutStatus string

// The published statuses of a callout.
const (
	CalloutSent     CalloutStatus = "calloutSent" // nothing waits for an answer
	CalloutWaiting  CalloutStatus = "waitingForCallback"
	CalloutAnswered CalloutStatus = "callbackReceived"
	CalloutFailed   CalloutStatus = "calloutFailed" // nothing could be called
	CalloutMissed   CalloutStatus = "callbackTimedOut"
)

// Callout is a call that was made; its ID names it to the extension.
type Callout struct {
	ID string
	Call
	At       time.Time
	Until    time.Time // when waiting for the answer ends; zero if nothing waits
	Status   CalloutStatus
	Detail   string         // what the extension says, or why it could not be called
	Approval *StageSettings // the stage of approval that the answer brought
}

// dynamicSetting stands for the setting of a call that comes from a dynamic
// stage of approval.
const dynamicSetting = "dynamicApprovalStage"

// callsOf returns what a request under the policy calls on its way, and its
// assignment after it: the policy's stages that concern the kind, and the
// extension that names the approvers if approval is needed.
func (p Policy) callsOf(kind RequestKind, approval bool) []Call {
	var calls []Call
	for _, s := range p.ExtensionStages {
		if kind.meets(s.Stage) {
			calls = append(calls, Call{Setting: s.ID, Stage: s.Stage, Extension: s.Extension, Legacy: s.Legacy})
		}
	}
	if !approval || len(p.Approval.Stages) == 0 || !p.Approval.Stages[0].Dynamic {
		return calls
	}
	// A call at creation that is there anyway is the one that is answered.
	first := p.Approval.Stages[0].Extension
	at := slices.IndexFunc(calls, func(c Call) bool { return c.Stage == AtCreation && c.Extension == first })
	if at < 0 {
		at, calls = len(calls), append(calls, Call{Setting: dynamicSetting, Stage: AtCreation, Extension: first})
	}
	calls[at].Approvers = true
	return calls
}

// meets reports whether a request of this kind, or the assignment that it
// makes, gets to the stage.
func (k RequestKind) meets(s CalloutStage) bool {
	switch {
	case k.Removes():
		return s == AtRemoval
	case k.Adds():
		return true
	}
	return s == AtCreation || s == AtApproval || s == AtGrant
}

// callsAt returns those calls that belong to the given stages.
func callsAt(calls []Call, stages ...CalloutStage) []Call {
	var at []Call
	for _, c := range calls {
		if slices.Contains(stages, c.Stage) {
			at = append(at, c)
		}
	}
	return at
}

// Ahead returns the calls of a stage that the request has not made yet, in
// order.
func (r Request) Ahead(stage CalloutStage) []Call {
	return slices.DeleteFunc(callsAt(r.Calls, stage), func(c Call) bool {
		return slices.ContainsFunc(r.Callouts, func(done Callout) bool { return done.Setting == c.Setting })
	})
}

// LastStage is the stage at which a request calls once it is carried out.
func (r Request) LastStage() CalloutStage {
	if r.Kind.Removes() {
		return AtRemoval
	}
	return AtGrant
}

// waitingFor returns the index of the callout that the request waits for, or
// -1.
func (r Request) waitingFor() int {
	return slices.IndexFunc(r.Callouts, func(c Callout) bool { return c.Status == CalloutWaiting })
}

// Missed ends the waiting for an answer that is due by now. ok is false if
// the request waits for none; late names the callout.
func (r Request) Missed(now time.Time) (after Request, late Callout, ok bool) {
	at := r.waitingFor()
	if at < 0 || r.Callouts[at].Until.After(now) {
		return r, Callout{}, false
	}
	r.Callouts = slices.Clone(r.Callouts)
	r.Callouts[at].Status = CalloutMissed
	return r, r.Callouts[at], true
}

// CallOut makes a call, under the id; x is the zero value if the extension
// does not exist any more. The answer is waited for if the extension says so.
func (c Call) CallOut(x CustomExtension, id string, now time.Time) Callout {
	out := Callout{ID: id, Call: c, At: now, Status: CalloutSent}
	switch {
	case x.ID == "":
		out.Status, out.Detail = CalloutFailed, "the custom extension does not exist any more"
	case x.Endpoint == nil || x.Endpoint.URL == "":
		out.Status, out.Detail = CalloutFailed, "the endpoint of the custom extension has no URL"
	case x.Waits() && c.Stage.OfRequest():
		out.Status, out.Until = CalloutWaiting, now.Add(x.Callback.TimeOut.Length())
	}
	return out
}

// stageEvents are what holding a request up is called at each stage.
var stageEvents = map[CalloutStage]Event{
	AtCreation: CallCreated, AtApproval: CallApproved, AtGrant: CallDelivered, AtRemoval: CallDelivered,
}

// HoldUp lets the request wait for the answer to its last callout.
func (r Request) HoldUp(now time.Time) (Change, bool) {
	last := r.Callouts[len(r.Callouts)-1]
	c, ok := r.step(stageEvents[last.Stage], System, now)
	c.After.NotBefore = last.Until
	return c, ok
}

// GiveUp ends the request because an extension that may refuse it could not
// be called, or did not answer.
func (r Request) GiveUp(out Callout, now time.Time) (Change, bool) {
	why := fmt.Sprintf("no callback came for the callout %s of the custom extension %s in time", out.ID, out.Extension)
	if out.Status == CalloutFailed {
		why = fmt.Sprintf("the custom extension %s was not called: %s", out.Extension, out.Detail)
	}
	c, ok := r.step(GiveUp, System, now)
	c.After.Failure, c.Reason = why, why
	return c, ok
}
