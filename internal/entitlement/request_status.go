package entitlement

// Status is the detailed state of a request, in the published spelling.
// Clients see it as "status" in v1.0 and "requestStatus" in beta.
type Status string

// The statuses of a request.
const (
	Accepted                 Status = "Accepted"
	PendingApproval          Status = "PendingApproval"
	PendingApprovalEscalated Status = "PendingApprovalEscalated"
	PendingNotBefore         Status = "PendingNotBefore" // waits for its start
	Delivering               Status = "Delivering"
	Delivered                Status = "Delivered"
	DeliveredTold            Status = "FulfilledNotificationTriggered" // and those who asked were told
	PartiallyDelivered       Status = "PartiallyDelivered"
	DeliveryFailed           Status = "DeliveryFailed"
	Denied                   Status = "Denied"
	Expired                  Status = "Expired" // nobody decided in time
	Canceled                 Status = "Canceled"
	CallbackTimedOut         Status = "CallbackTimedOut" // a custom extension did not answer in time

	// A request waits for custom extensions in three places. Clients see
	// WaitingForCallback in all of them.
	WaitingCreated   Status = "WaitingForCallback"          // it was just made
	WaitingApproved  Status = "WaitingForCallbackApproved"  // nothing else is in its way
	WaitingDelivered Status = "WaitingForCallbackDelivered" // it is carried out, but not closed yet
)

// Event is something that happens to a request.
type Event string

// The events in the life of a request.
const (
	AskApproval Event = "askApproval" // the policy wants approval: the first stage begins
	NextStage   Event = "nextStage"   // a stage was approved and another one follows
	Escalate    Event = "escalate"    // nobody decided: alternates are asked too
	Deny        Event = "deny"
	TimeOut     Event = "timeOut" // nobody decided at all
	Wait        Event = "wait"    // nothing in the way but the start date
	Start       Event = "start"   // delivery begins
	Deliver     Event = "deliver" // everything was granted
	DeliverPart Event = "deliverPart"
	Fail        Event = "fail"  // nothing was granted
	Retry       Event = "retry" // something may still be granted, later
	Cancel      Event = "cancel"
	Reprocess   Event = "reprocess" // somebody has delivery tried again
	Notify      Event = "notify"    // those who asked were told that they have it

	CallCreated   Event = "callCreated"   // custom extensions are called that hold it up where it was made,
	CallApproved  Event = "callApproved"  // where it has passed approval,
	CallDelivered Event = "callDelivered" // and where it has been carried out
	Resume        Event = "resume"        // an extension answered
	Withdraw      Event = "withdraw"      // it is taken back while it waits for an extension
	GiveUp        Event = "giveUp"        // an extension did not answer in time
)

// transitions is the whole life of a request. What is not listed cannot
// happen. Source: requests.md section 8.2.
var transitions = []struct {
	From Status
	On   Event
	To   Status
}{
	{Accepted, AskApproval, PendingApproval},
	{Accepted, Wait, PendingNotBefore},
	{Accepted, Start, Delivering},
	{Accepted, Cancel, Canceled},
	{Accepted, CallCreated, WaitingCreated},
	{Accepted, CallApproved, WaitingApproved},

	{WaitingCreated, CallCreated, WaitingCreated},
	{WaitingCreated, Resume, WaitingCreated},
	{WaitingCreated, AskApproval, PendingApproval},
	{WaitingCreated, CallApproved, WaitingApproved},
	{WaitingCreated, Wait, PendingNotBefore},
	{WaitingCreated, Start, Delivering},
	{WaitingCreated, Deny, Denied},
	{WaitingCreated, Withdraw, Canceled},
	{WaitingCreated, GiveUp, CallbackTimedOut},

	{PendingApproval, NextStage, PendingApproval},
	{PendingApproval, Escalate, PendingApprovalEscalated},
	{PendingApproval, CallApproved, WaitingApproved},
	{PendingApproval, Wait, PendingNotBefore},
	{PendingApproval, Start, Delivering},
	{PendingApproval, Deny, Denied},
	{PendingApproval, TimeOut, Expired},
	{PendingApproval, Cancel, Canceled},

	{PendingApprovalEscalated, NextStage, PendingApproval},
	{PendingApprovalEscalated, CallApproved, WaitingApproved},
	{PendingApprovalEscalated, Wait, PendingNotBefore},
	{PendingApprovalEscalated, Start, Delivering},
	{PendingApprovalEscalated, Deny, Denied},
	{PendingApprovalEscalated, TimeOut, Expired},
	{PendingApprovalEscalated, Cancel, Canceled},

	{WaitingApproved, CallApproved, WaitingApproved},
	{WaitingApproved, Resume, WaitingApproved},
	{WaitingApproved, Wait, PendingNotBefore},
	{WaitingApproved, Start, Delivering},
	{WaitingApproved, Deny, Denied},
	{WaitingApproved, Withdraw, Canceled},
	{WaitingApproved, GiveUp, CallbackTimedOut},

	{PendingNotBefore, Start, Delivering},
	{PendingNotBefore, Cancel, Canceled},

	{Delivering, Retry, Delivering},
	{Delivering, Deliver, Delivered},
	{Delivering, DeliverPart, PartiallyDelivered},
	{Delivering, Fail, DeliveryFailed},
	{Delivering, CallDelivered, WaitingDelivered},

	{WaitingDelivered, CallDelivered, WaitingDelivered},
	{WaitingDelivered, Resume, WaitingDelivered},
	{WaitingDelivered, Deliver, Delivered},

	{Delivered, Notify, DeliveredTold},

	{PartiallyDelivered, Reprocess, Delivering},
	{DeliveryFailed, Reprocess, Delivering},
}

// states maps each status to the coarse state that clients see as "state"
// in v1.0 and, capitalized, as "requestState" in beta (requests.md 8.1).
var states = map[Status]string{
	Accepted:                 "submitted",
	PendingApproval:          "pendingApproval",
	PendingApprovalEscalated: "pendingApproval",
	PendingNotBefore:         "scheduled",
	Delivering:               "delivering",
	Delivered:                "delivered",
	DeliveredTold:            "delivered",
	PartiallyDelivered:       "partiallyDelivered",
	DeliveryFailed:           "deliveryFailed",
	Denied:                   "denied",
	Expired:                  "denied",
	Canceled:                 "canceled",
	CallbackTimedOut:         "deliveryFailed",
	WaitingCreated:           "submitted",
	WaitingApproved:          "delivering",
	WaitingDelivered:         "delivering",
}

// String returns the status as clients know it. They wait for Delivered, so
// that is what they see whether anybody was told or not.
func (s Status) String() string {
	switch {
	case s.Waits():
		return string(WaitingCreated)
	case s == DeliveredTold:
		return string(Delivered)
	}
	return string(s)
}

// Waits reports whether the request waits for custom extensions.
func (s Status) Waits() bool { return s.Allows(Resume) }

// State returns the coarse state, in the v1.0 spelling.
func (s Status) State() string { return states[s] }

// Allows reports whether the event can happen to a request in this status.
func (s Status) Allows(e Event) bool {
	_, ok := s.after(e)
	return ok
}

// Final reports whether the request is completed: nothing happens to it any
// more but that people are told, unless somebody takes it up again by
// Reprocess.
func (s Status) Final() bool {
	for _, t := range transitions {
		if t.From == s && t.On != Reprocess && t.On != Notify {
			return false
		}
	}
	return true
}

// Gave reports whether delivery gave everything, or a part of it.
func (s Status) Gave() bool { return s == Delivered || s == DeliveredTold || s == PartiallyDelivered }

func (s Status) after(e Event) (Status, bool) {
	for _, t := range transitions {
		if t.From == s && t.On == e {
			return t.To, true
		}
	}
	return "", false
}

// Statuses returns every status of a request, in the order of a life.
func Statuses() []Status {
	return []Status{
		Accepted, WaitingCreated, PendingApproval, PendingApprovalEscalated, WaitingApproved, PendingNotBefore, Delivering, WaitingDelivered,
		Delivered, DeliveredTold, PartiallyDelivered, DeliveryFailed, Denied, Expired, Canceled, CallbackTimedOut,
	}
}
