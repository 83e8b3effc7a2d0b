package entitlement

import (
	"testing"
	"time"

	"github.com/grantkeep/grantkeep/internal/fault"
)

func TestEveryStatusOfAnEmergencyIsReachedAndOneDecisionClosesIt(t *testing.T) {
	t.Parallel()
	reached := map[EmergencyStatus]bool{EmergencyOpen: true}
	for _, line := range emergencyTransitions {
		reached[line.To] = true
	}
	for _, s := range EmergencyStatuses() {
		if !reached[s] {
			t.Errorf("no line leads to %s", s)
		}
	}
	x := EmergencyReview{Status: EmergencyOpen}
	kept, err := x.Decide(false, "it was needed", Actor{}, time.Time{})
	if err != nil || kept.Status != EmergencyKept || kept.Pending() {
		t.Fatalf("kept: %+v, %v", kept, err)
	}
	if _, err := kept.Decide(true, "after all", Actor{}, time.Time{}); !fault.Is(err, fault.Conflict) {
		t.Errorf("a second decision: %v", err)
	}
	if _, ok := kept.Lapse(); ok {
		t.Error("a closed review became overdue")
	}
	late, ok := x.Lapse()
	if !ok || !late.Pending() {
		t.Errorf("an overdue review still has to be done: %+v", late)
	}
}

func TestAPolicyForEmergenciesIsNeverChosen(t *testing.T) {
	t.Parallel()
	emergency := Policy{ID: "e", Scope: ScopeSpecificUsers, Emergency: &EmergencySettings{}}
	ordinary := Policy{ID: "o", Scope: ScopeAllUsers}
	if p, err := Choose([]Policy{emergency, ordinary}); err != nil || p.ID != "o" {
		t.Errorf("beside an ordinary one: %v, %v", p.ID, err)
	}
	if _, err := Choose([]Policy{emergency}); fault.Of(err).Code != "PolicyNotApplicable" {
		t.Errorf("alone: %v", err)
	}
	if best := Best([]Policy{emergency, ordinary}); len(best) != 2 || best[1].ID != "e" {
		t.Errorf("both are shown, the ordinary one first: %v", best)
	}
}
