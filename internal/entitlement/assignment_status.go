package entitlement

// AssignmentState is the state of an assignment, in the v1.0 spelling.
type AssignmentState string

// The published states of an assignment.
const (
	AssignmentDelivering AssignmentState = "delivering"
	AssignmentDelivered  AssignmentState = "delivered"
	AssignmentPartial    AssignmentState = "partiallyDelivered"
	AssignmentFailed     AssignmentState = "deliveryFailed"
	AssignmentExpired    AssignmentState = "expired"
)

// AssignmentEvent is something that happens to an assignment.
type AssignmentEvent string

// The events in the life of an assignment.
const (
	Granted     AssignmentEvent = "granted"
	PartGranted AssignmentEvent = "partGranted"
	NotGranted  AssignmentEvent = "notGranted"
	Extended    AssignmentEvent = "extended"
	Redeliver   AssignmentEvent = "redeliver" // what it gives is being set right
	Ended       AssignmentEvent = "ended"     // removed, or its time is up
	Left        AssignmentEvent = "left"      // the rule that gave it no longer matches: its grace begins
	Returned    AssignmentEvent = "returned"  // the rule matches again
	Moved       AssignmentEvent = "moved"     // another automatic policy of the package has taken it over
)

// assignmentTransitions is the whole life of an assignment. What is not
// listed cannot happen. Source: requests.md section 9.1.
var assignmentTransitions = []struct {
	From AssignmentState
	On   AssignmentEvent
	To   AssignmentState
}{
	{AssignmentDelivering, Granted, AssignmentDelivered},
	{AssignmentDelivering, PartGranted, AssignmentPartial},
	{AssignmentDelivering, NotGranted, AssignmentFailed},
	{AssignmentDelivering, Redeliver, AssignmentDelivering},
	{AssignmentDelivering, Ended, AssignmentExpired},
	{AssignmentDelivered, PartGranted, AssignmentPartial},
	{AssignmentDelivered, NotGranted, AssignmentFailed},
	{AssignmentDelivered, Redeliver, AssignmentDelivering},
	{AssignmentDelivered, Extended, AssignmentDelivered},
	{AssignmentDelivered, Ended, AssignmentExpired},
	{AssignmentPartial, Granted, AssignmentDelivered},
	{AssignmentPartial, PartGranted, AssignmentPartial},
	{AssignmentPartial, NotGranted, AssignmentFailed},
	{AssignmentPartial, Redeliver, AssignmentDelivering},
	{AssignmentPartial, Ended, AssignmentExpired},
	{AssignmentFailed, Granted, AssignmentDelivered},
	{AssignmentFailed, PartGranted, AssignmentPartial},
	{AssignmentFailed, NotGranted, AssignmentFailed},
	{AssignmentFailed, Redeliver, AssignmentDelivering},
	{AssignmentFailed, Ended, AssignmentExpired},

	{AssignmentDelivering, Left, AssignmentDelivering},
	{AssignmentDelivering, Returned, AssignmentDelivering},
	{AssignmentDelivering, Moved, AssignmentDelivering},
	{AssignmentDelivered, Left, AssignmentDelivered},
	{AssignmentDelivered, Returned, AssignmentDelivered},
	{AssignmentDelivered, Moved, AssignmentDelivered},
	{AssignmentPartial, Left, AssignmentPartial},
	{AssignmentPartial, Returned, AssignmentPartial},
	{AssignmentPartial, Moved, AssignmentPartial},
	{AssignmentFailed, Left, AssignmentFailed},
	{AssignmentFailed, Returned, AssignmentFailed},
	{AssignmentFailed, Moved, AssignmentFailed},
}

// Allows reports whether the event can happen to an assignment in this state.
func (s AssignmentState) Allows(e AssignmentEvent) bool {
	_, ok := s.after(e)
	return ok
}

// Final reports whether nothing can happen any more.
func (s AssignmentState) Final() bool {
	for _, t := range assignmentTransitions {
		if t.From == s {
			return false
		}
	}
	return true
}

func (s AssignmentState) after(e AssignmentEvent) (AssignmentState, bool) {
	for _, t := range assignmentTransitions {
		if t.From == s && t.On == e {
			return t.To, true
		}
	}
	return "", false
}

// AssignmentStates returns every state, in the order of a life.
func AssignmentStates() []AssignmentState {
	return []AssignmentState{AssignmentDelivering, AssignmentDelivered, AssignmentPartial, AssignmentFailed, AssignmentExpired}
}
