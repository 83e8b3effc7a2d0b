package entitlement

import (
	"slices"
	"time"
	"unicode/utf8"

	"github.com/grantkeep/grantkeep/internal/fault"
)

// CallbackState is what an extension wants to become of a request; empty to
// let it go on.
type CallbackState string

// The published states.
const (
	CallbackDenied   CallbackState = "denied"
	CallbackCanceled CallbackState = "canceled"
)

// Callback is what a custom extension answers (requests.md section 12).
type Callback struct {
	Instance string       // the callout that is answered
	Stage    CalloutStage // empty if it was not said
	State    CallbackState
	Detail   string
	Source   string         // who answers, for the audit log
	Approval *StageSettings // the first stage of approval, if the callout asks for it
}

// maxCallbackText is the most characters in what an extension says.
const maxCallbackText = 4000

// callbackEvents are what an answer does that lets the request not go on.
var callbackEvents = map[CallbackState]Event{CallbackDenied: Deny, CallbackCanceled: Withdraw}

// Resume takes the answer of a custom extension. The request goes on where it
// waits, or, by a second change, is denied or taken back. Faults, all Invalid: "InvalidCallback" if
// the callout was answered before or is not the one that the request waits
// for, "RequestNotWaitingForCallback" if it waits for none,
// "InvalidCallbackState" where an extension cannot refuse any more, and what
// is wrong with a stage of approval.
func (r Request) Resume(cb Callback, by Actor, now time.Time) ([]Change, error) {
	at := slices.IndexFunc(r.Callouts, func(c Callout) bool { return c.ID == cb.Instance })
	if at >= 0 && r.Callouts[at].Status == CalloutAnswered {
		return nil, badCallback("data/customExtensionStageInstanceId", "The callout %s was answered already; an answer counts once.", cb.Instance)
	}
	if !r.Status.Waits() || r.waitingFor() < 0 {
		return nil, fault.New(fault.Invalid, "RequestNotWaitingForCallback",
			"A request with the status %s waits for no callback.", r.Status)
	}
	if at < 0 || at != r.waitingFor() {
		return nil, badCallback("data/customExtensionStageInstanceId", "The request does not wait for the callout %q.", cb.Instance)
	}
	if err := cb.check(r.Callouts[at]); err != nil {
		return nil, err
	}
	c, _ := r.step(Resume, by, now)
	c.Reason = cb.Source
	c.After.NotBefore = now // it goes on at once
	c.After.Callouts = slices.Clone(r.Callouts)
	answered := &c.After.Callouts[at]
	answered.Status, answered.Detail, answered.Approval = CalloutAnswered, cb.Detail, cb.Approval
	if cb.State == "" {
		return []Change{c}, nil
	}
	end, ok := c.After.step(callbackEvents[cb.State], by, now)
	if !ok {
		return nil, fault.New(fault.Invalid, "InvalidCallbackState",
			"A request cannot be %s at %s any more: what it asks for is done. Leave state out.", cb.State, r.Callouts[at].Stage).At("data/state")
	}
	return []Change{c, end}, nil
}

// check compares an answer with the callout that it is for.
func (cb Callback) check(out Callout) error {
	if cb.Stage != "" && cb.Stage != out.Stage {
		return badCallback("data/stage", "The callout %s was made at %s, not at %s.", out.ID, out.Stage, cb.Stage)
	}
	if utf8.RuneCountInString(cb.Detail) > maxCallbackText || utf8.RuneCountInString(cb.Source) > maxCallbackText {
		return fault.New(fault.Invalid, "InvalidModel",
			"source and data.customExtensionStageInstanceDetail hold at most %d characters each.", maxCallbackText).At("data")
	}
	switch {
	case cb.Approval != nil && !out.Approvers:
		return badCallback("data/approvalStage", "The callout %s asks for no stage of approval.", out.ID)
	case cb.Approval == nil && out.Approvers && cb.State == "":
		return badCallback("data/approvalStage", "The callout %s asks who approves: give data.approvalStage, or refuse by data.state.", out.ID)
	case cb.Approval != nil:
		if err := cb.Approval.check(1); err != nil {
			return fault.Of(err).At("data/approvalStage")
		}
	}
	return nil
}

func badCallback(target, format string, args ...any) error {
	return fault.New(fault.Invalid, "InvalidCallback", format, args...).At(target)
}
