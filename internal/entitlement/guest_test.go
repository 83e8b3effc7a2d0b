package entitlement

import (
	"testing"
	"time"
)

const day = 24 * time.Hour

func TestLifeOfAGuest(t *testing.T) {
	t.Parallel()
	both := TenantSettings{Guests: BlockAndDeleteGuests, DeleteAfter: "P30D"}
	block, keep := TenantSettings{Guests: BlockGuests, DeleteAfter: "P30D"}, TenantSettings{Guests: KeepGuests}

	g, ok := NewGuest("g", Governed).Leave(both, noon)
	if !ok || g.Status != GuestLeaves || !g.NextDue().Equal(noon) || !g.CleanupAt().Equal(noon.Add(30*day)) {
		t.Fatalf("who has lost all access is %+v", g)
	}
	if _, again := g.Leave(both, noon.Add(day)); again {
		t.Error("a guest leaves twice")
	}
	blocked, ok := g.Happen(g.Due(both, false, noon))
	if !ok || blocked.Status != GuestBlocked || !blocked.NextDue().Equal(noon.Add(30*day)) {
		t.Fatalf("after the block: %+v", blocked)
	}
	if event := blocked.Due(both, false, noon.Add(30*day-time.Second)); event != "" {
		t.Errorf("a second too early: %s", event)
	}
	gone, ok := blocked.Happen(blocked.Due(both, false, noon.Add(30*day)))
	if !ok || gone.Status != GuestDeleted || !gone.NextDue().IsZero() {
		t.Errorf("after the deletion: %+v", gone)
	}

	for name, from := range map[string]Guest{"leaves": g, "blocked": blocked, "deleted": gone} {
		back, ok := from.Happen(GainAccess)
		if !ok || back != NewGuest("g", Governed) {
			t.Errorf("new access of one who is %s: %+v, %v", name, back, ok)
		}
	}
	late := noon.Add(40 * day)
	for name, tt := range map[string]struct {
		g        Guest
		settings TenantSettings
		active   bool
		want     GuestEvent
	}{
		"settings keep guests by now":        {g, keep, false, Release},
		"settings do not delete by now":      {blocked, block, false, Release},
		"got access meanwhile":               {g, both, true, GainAccess},
		"got access before the deletion":     {blocked, both, true, GainAccess},
		"nothing is due of one who stays":    {NewGuest("g", Governed), both, false, ""},
		"nothing is due of one who was kept": {Guest{Status: GuestBlocked}, both, false, ""},
	} {
		if got := tt.g.Due(tt.settings, tt.active, late); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
	if after, ok := blocked.Happen(Release); !ok || after.Status != GuestBlocked || !after.NextDue().IsZero() {
		t.Errorf("a released one who is blocked: %+v", after)
	}
}

func TestWhoIsNotGovernedStays(t *testing.T) {
	t.Parallel()
	both := TenantSettings{Guests: BlockAndDeleteGuests}
	if _, ok := NewGuest("g", NotGoverned).Leave(both, noon); ok {
		t.Error("a guest whom others look after leaves")
	}
	if _, ok := NewGuest("g", Governed).Leave(TenantSettings{Guests: KeepGuests}, noon); ok {
		t.Error("a guest leaves although guests are kept")
	}
	only, _ := NewGuest("g", Governed).Leave(TenantSettings{Guests: BlockGuests, DeleteAfter: "P1D"}, noon)
	if !only.DeleteAt.IsZero() || !only.CleanupAt().Equal(noon) {
		t.Errorf("one to be blocked only: %+v", only)
	}
	leaving, _ := NewGuest("g", Governed).Leave(both, noon)
	if after, err := leaving.Govern(NotGoverned); err != nil || after.Status != GuestStays || after.Lifecycle != NotGoverned {
		t.Errorf("taken out of the life cycle: %+v, %v", after, err)
	}
	if _, err := leaving.Govern(NotDefined); err == nil {
		t.Error("a guest can be made to have no life cycle")
	}
}
