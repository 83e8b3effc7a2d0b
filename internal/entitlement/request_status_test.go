package entitlement

import (
	"slices"
	"testing"
)

func TestEveryStatusIsReachable(t *testing.T) {
	t.Parallel()
	reached := []Status{Accepted}
	for i := 0; i < len(reached); i++ {
		for _, tr := range transitions {
			if tr.From == reached[i] && !slices.Contains(reached, tr.To) {
				reached = append(reached, tr.To)
			}
		}
	}
	for _, s := range Statuses() {
		if !slices.Contains(reached, s) {
			t.Errorf("%s cannot be reached from %s", s, Accepted)
		}
	}
	if len(reached) != len(Statuses()) {
		t.Errorf("the table reaches %v, Statuses lists %v", reached, Statuses())
	}
}

func TestNoMoveIsAmbiguous(t *testing.T) {
	t.Parallel()
	type move struct {
		from Status
		on   Event
	}
	seen := map[move]Status{}
	for _, tr := range transitions {
		m := move{tr.From, tr.On}
		if to, ok := seen[m]; ok {
			t.Errorf("%s on %s leads to %s and to %s", tr.From, tr.On, to, tr.To)
		}
		seen[m] = tr.To
	}
}

// The four statuses are documented on the published page of cancel.
func TestCancelableAreTheDocumentedFour(t *testing.T) {
	t.Parallel()
	want := []Status{Accepted, PendingApproval, PendingApprovalEscalated, PendingNotBefore}
	var got []Status
	for _, s := range Statuses() {
		if s.Allows(Cancel) {
			got = append(got, s)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("cancelable: %v, want %v", got, want)
	}
}

// requests.md section 11: what was delivered in full cannot be tried again,
// and what nobody tried to deliver cannot either.
func TestOnlyFailedDeliveriesCanBeReprocessed(t *testing.T) {
	t.Parallel()
	for _, s := range Statuses() {
		if want := s == PartiallyDelivered || s == DeliveryFailed; s.Allows(Reprocess) != want {
			t.Errorf("%s can be reprocessed: %v, want %v", s, !want, want)
		}
	}
	for _, tr := range transitions {
		if tr.On == Reprocess && tr.To != Delivering {
			t.Errorf("%s is reprocessed into %s, want %s", tr.From, tr.To, Delivering)
		}
	}
}

// requests.md section 12: a request can be resumed where clients see it
// waiting, and nowhere else. It is taken back only before access is given.
func TestWaitingStatuses(t *testing.T) {
	t.Parallel()
	for _, s := range Statuses() {
		if waits := s.String() == "WaitingForCallback"; s.Allows(Resume) != waits {
			t.Errorf("%s (%q) can be resumed: %v", s, string(s), !waits)
		}
		if before := s == WaitingCreated || s == WaitingApproved; s.Allows(Withdraw) != before || s.Allows(GiveUp) != before || s.Waits() && s.Allows(Deny) != before {
			t.Errorf("%q: withdraw %v, give up %v, deny %v", string(s), s.Allows(Withdraw), s.Allows(GiveUp), s.Allows(Deny))
		}
	}
	for _, tr := range transitions {
		if tr.On == Resume && tr.To != tr.From {
			t.Errorf("an answer itself leads from %q to %q", string(tr.From), string(tr.To))
		}
	}
	for s, state := range map[Status]string{WaitingCreated: "submitted", WaitingApproved: "delivering", WaitingDelivered: "delivering", CallbackTimedOut: "deliveryFailed"} {
		if s.State() != state {
			t.Errorf("%q is %s, want %s", string(s), s.State(), state)
		}
	}
}

func TestFinalStatusesAreTheEndsOfTheTable(t *testing.T) {
	t.Parallel()
	want := []Status{Delivered, DeliveredTold, PartiallyDelivered, DeliveryFailed, Denied, Expired, Canceled, CallbackTimedOut}
	var got []Status
	for _, s := range Statuses() {
		if s.Final() {
			got = append(got, s)
		}
		if s.State() == "" {
			t.Errorf("%s has no coarse state", s)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("final: %v, want %v", got, want)
	}
}

func TestEveryAssignmentStateIsReachableAndNoMoveAmbiguous(t *testing.T) {
	t.Parallel()
	reached := []AssignmentState{AssignmentDelivering}
	type move struct {
		from AssignmentState
		on   AssignmentEvent
	}
	seen := map[move]bool{}
	for i := 0; i < len(reached); i++ {
		for _, tr := range assignmentTransitions {
			if tr.From == reached[i] && !slices.Contains(reached, tr.To) {
				reached = append(reached, tr.To)
			}
		}
	}
	for _, tr := range assignmentTransitions {
		if m := (move{tr.From, tr.On}); seen[m] {
			t.Errorf("%s on %s stands twice", tr.From, tr.On)
		} else {
			seen[m] = true
		}
	}
	for _, s := range AssignmentStates() {
		if !slices.Contains(reached, s) {
			t.Errorf("%s cannot be reached", s)
		}
		if s.Final() != (s == AssignmentExpired) {
			t.Errorf("%s final = %v", s, s.Final())
		}
	}
}
