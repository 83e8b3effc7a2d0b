package entitlement

import (
	"time"

	"github.com/grantkeep/grantkeep/internal/directory"
)

// Notice is something to be told, noted together with the change that it
// tells of. Who is to be told, and in which words, is found out soon after
// from what is so then: whoever makes the change waits for none of it, and a
// group of thousands that approves costs the change nothing.
//
// A notice may fall due later, as reminders do. When its time has come, it
// is dropped if there is nothing to tell any more.
type Notice struct {
	ID    NoticeID
	Due   time.Time
	Event MessageEvent

	Request    RequestID
	Assignment AssignmentID
	Stage      StageID            // the approval stage it is about; empty for none
	Guest      directory.ObjectID // the guest whom it is about, if it is about the account
	Extension  ExtensionID        // the custom extension that was not reached, if it is about that
	Link       string             // where it leads, if whoever made it happen said so

	At     time.Time // when it happened
	By     Actor     // who made it happen
	Reason string    // what the actor said, or why the system acted
}

// tellings says which events of a request are told, and as what: one line
// for each. What is not listed is told to nobody.
var tellings = []struct {
	On   Event
	When func(Change) bool // nil: always
	Tell MessageEvent
}{
	{AskApproval, Change.byPeople, RequestReceived},
	{AskApproval, Change.forAnother, RequestMadeForYou},
	{AskApproval, nil, ApprovalNeeded},
	{AskApproval, nil, ApprovalReminder},
	{NextStage, Change.byPeople, RequestMovedOn},
	{NextStage, nil, ApprovalDecided},
	{NextStage, nil, ApprovalNeeded},
	{NextStage, nil, ApprovalReminder},
	{Escalate, nil, ApprovalEscalated},
	{Escalate, nil, ApprovalPassedOn},
	{Deny, Change.byPeople, RequestDenied},
	{Deny, Change.endsApproval, ApprovalDecided},
	{TimeOut, Change.byPeople, RequestTimedOut},
	{TimeOut, nil, ApprovalTimedOut},
	{Wait, Change.endsApproval, ApprovalDecided},
	{Wait, Change.byPeople, RequestLater},
	{Start, Change.endsApproval, ApprovalDecided},
	{CallApproved, Change.endsApproval, ApprovalDecided},
	{Cancel, Change.withdrawn, RequestWithdrawn},
	{Cancel, Change.overruled, RequestCanceled},
	{Withdraw, Change.overruled, RequestCanceled},
	{Deliver, Change.gaveWhatPeopleAsked, AccessReady},
	{Deliver, Change.gaveDirectly, AccessGiven},
	{Deliver, Change.ranOut, AccessEnded},
	{Deliver, Change.removed, AccessRemoved},
	{DeliverPart, Change.gives, AccessPartly},
	{Fail, Change.gives, AccessFailed},
	{GiveUp, Change.gives, AccessFailed},
}

// Notices returns what is to be told of the change. newID makes their ids.
func (c Change) Notices(newID func() string) []Notice {
	var all []Notice
	for _, t := range tellings {
		if t.On != c.Event || t.When != nil && !t.When(c) {
			continue
		}
		n := Notice{
			Due: c.At, Event: t.Tell, Request: c.After.ID, Assignment: c.After.Assignment, Stage: c.Stage,
			At: c.At, By: c.By, Reason: c.Reason,
		}
		if c.Stage == "" || t.Tell == ApprovalNeeded || t.Tell == ApprovalReminder {
			n.Stage = c.Begun
		}
		if t.Tell == ApprovalReminder {
			n.Due = halfway(c.At, earliest(c.After.EscalateAt, c.After.DenyAt))
		}
		n.ID = NoticeID(newID())
		all = append(all, n)
	}
	for _, out := range c.Called {
		for _, n := range out.Notices(newID, c.At) {
			n.Request, n.Assignment = c.After.ID, c.After.Assignment
			all = append(all, n)
		}
	}
	return all
}

// Notices returns what is to be told of a callout that failed, or was not
// answered in time. Whoever made it says of which request or assignment.
func (out Callout) Notices(newID func() string, now time.Time) []Notice {
	if out.Status != CalloutFailed && out.Status != CalloutMissed {
		return nil
	}
	why := out.Detail
	if out.Status == CalloutMissed {
		why = "it did not answer in time"
	}
	return []Notice{{ID: NoticeID(newID()), Due: now, Event: ExtensionFailed, Extension: out.Extension, At: now, By: System, Reason: why}}
}

// Notices returns what is to be told of the change that a request made.
func (c AssignmentChange) Notices(newID func() string, request RequestID) []Notice {
	if c.After.EndsAt.Equal(c.Before.EndsAt) {
		return nil
	}
	return []Notice{{
		ID: NoticeID(newID()), Due: c.At, Event: AccessExtended, Request: request, Assignment: c.After.ID, At: c.At, By: c.By,
	}}
}

// halfway is the instant in the middle of two (approvals.md section 4.1).
func halfway(from, to time.Time) time.Time { return from.Add(to.Sub(from) / 2) }

// endsApproval reports whether the change met the request while it was
// waiting for approval.
func (c Change) endsApproval() bool {
	return c.Before.Status == PendingApproval || c.Before.Status == PendingApprovalEscalated
}

// byPeople reports whether people asked. Those who assign directly need no
// news of it (approvals.md section 7).
func (c Change) byPeople() bool { return c.After.Kind.ByPeople() }

// forAnother reports whether somebody asked for somebody else.
func (c Change) forAnother() bool {
	return c.After.CreatedBy != "" && c.After.CreatedBy != c.After.Target && c.gives()
}

// overruled reports whether somebody else than those who asked, or for whom
// they did, withdrew what people had asked for.
func (c Change) overruled() bool {
	own := c.By.ID != "" && (c.By.ID == c.After.Target || c.By.ID == c.After.Requestor || c.By.ID == c.After.CreatedBy)
	return c.byPeople() && !own && c.By.Kind != BySystem
}

// withdrawn reports whether there is no decision needed any more, and nobody
// overruled those who asked.
func (c Change) withdrawn() bool { return c.endsApproval() && !c.overruled() }

func (c Change) gives() bool { return !c.After.Kind.Removes() }

func (c Change) gaveWhatPeopleAsked() bool { return c.After.Begins() && c.byPeople() }

func (c Change) gaveDirectly() bool { return c.After.Begins() && c.After.Kind == AdminAdd }

func (c Change) ranOut() bool { return c.After.Kind == SystemRemove }

func (c Change) removed() bool { return c.After.Kind == AdminRemove || c.After.Kind == ApproverRemove }
