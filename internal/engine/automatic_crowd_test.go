package engine_test

import (
	"fmt"
	"testing"

	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
)

// peopled is a guarded world where a rule has given three of twelve people a
// package, one after the other as the guard allows.
func peopled(t *testing.T) (*world, entitlement.PackageID, entitlement.PolicyID) {
	t.Helper()
	w := guarded(t)
	crm := w.pkg(w.catalog("Sales"), "CRM")
	w.in("Sales", "adele", "ben", "chi", "dana")
	w.in("HR", "eli", "fay", "gus", "hal", "ida", "jo", "kim")
	id := w.automatic(crm, sales)
	w.advance(0)
	w.ok(w.engine.ConfirmChange(w.ctx, w.admin(), id, anyChange))
	w.advance(0)
	w.hold(crm, "adele ben chi dana")
	return w, crm, id
}

// An import that moves too many people at once changes nothing until somebody
// has a look, though the rule stands.
func TestManyPeopleWhoChangeAtOnceWaitForSomebody(t *testing.T) {
	t.Parallel()
	w, crm, id := peopled(t)
	w.in("", "adele", "ben", "chi", "dana")
	w.advance(0)
	w.hold(crm, "adele ben chi dana")
	c := w.pending(id)
	if c.State != entitlement.PendingWaiting || !c.People || c.Removes != 4 || c.Adds != 0 {
		t.Fatalf("pending: %+v", c)
	}
	if got := w.planned(id, entitlement.PlanRemove); got != "adele ben chi dana" {
		t.Errorf("planned %q", got)
	}

	// The import is mended for two of them; who joins meanwhile waits, too.
	w.in("Sales", "adele", "ben", "eli")
	w.advance(0)
	w.hold(crm, "adele ben chi dana")
	if got := w.planned(id, entitlement.PlanRemove) + "/" + w.planned(id, entitlement.PlanAdd); got != "chi dana/eli" {
		t.Errorf("planned %q", got)
	}
	w.ok(w.engine.ConfirmChange(w.ctx, w.admin(), id, anyChange))
	w.advance(0)
	w.hold(crm, "adele ben eli")
	if c := w.pending(id); c.State != entitlement.PendingNone {
		t.Errorf("pending: %+v", c)
	}
}

// One by one they come to the same.
func TestManyPeopleWhoChangeOneByOneWaitForSomebody(t *testing.T) {
	t.Parallel()
	w, crm, id := peopled(t)
	for i, name := range []string{"adele", "ben", "chi", "dana"} {
		w.in("HR", name)
		w.advance(0)
		if want := []string{"ben chi dana", "chi dana", "dana", "dana"}[i]; w.holders(crm) != want {
			// The guard of this world lets a quarter of twelve go.
			t.Fatalf("after %s: %q, want %q", name, w.holders(crm), want)
		}
	}
	if c := w.pending(id); c.State != entitlement.PendingWaiting || !c.People {
		t.Fatalf("pending: %+v", c)
	}
	w.ok(w.engine.DiscardChange(w.ctx, w.admin(), id, anyChange))
	w.advance(0)
	w.hold(crm, "dana")
	refused(t, w.engine.ConfirmChange(w.ctx, w.admin(), id, anyChange), fault.Invalid, "NoPendingChange")

	// What is added up is forgotten after an hour.
	w.advance(2 * entitlement.LookAgain)
	for i := range 2 {
		w.in("Sales", fmt.Sprintf("new%d", i))
		w.advance(0)
	}
	w.advance(entitlement.LookAgain / 12)
	for i := range 2 {
		w.in("Sales", fmt.Sprintf("newer%d", i))
		w.advance(0)
	}
	w.hold(crm, "new0 new1 newer0 newer1")
}
