package entitlement

import (
	"time"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/fault"
)

// Lifecycle tells whether a guest goes when the last access does.
type Lifecycle string

// The published life cycles of a subject.
const (
	NotDefined  Lifecycle = "notDefined"  // not a guest
	NotGoverned Lifecycle = "notGoverned" // a guest whom others look after
	Governed    Lifecycle = "governed"
)

// GuestStatus is where a guest is in the life cycle.
type GuestStatus string

// The statuses of a guest.
const (
	GuestStays   GuestStatus = "stays"
	GuestLeaves  GuestStatus = "leaves"  // the last access has ended; to be blocked
	GuestBlocked GuestStatus = "blocked" // may not sign in; perhaps to be deleted
	GuestDeleted GuestStatus = "deleted"
)

// GuestEvent is something that happens to a guest.
type GuestEvent string

// The events in the life of a guest.
const (
	LoseAccess  GuestEvent = "loseAccess" // the last assignment has ended
	GainAccess  GuestEvent = "gainAccess" // a new assignment begins
	Block       GuestEvent = "block"
	DeleteGuest GuestEvent = "delete"
	Release     GuestEvent = "release" // nobody is to be blocked or deleted any more
)

// guestTransitions is the whole life of a guest. What is not listed cannot
// happen. Source: catalogs-and-resources.md section 8.
var guestTransitions = []struct {
	From GuestStatus
	On   GuestEvent
	To   GuestStatus
}{
	{GuestStays, LoseAccess, GuestLeaves},
	{GuestLeaves, GainAccess, GuestStays},
	{GuestLeaves, Release, GuestStays},
	{GuestLeaves, Block, GuestBlocked},
	{GuestBlocked, GainAccess, GuestStays},
	{GuestBlocked, Release, GuestBlocked},
	{GuestBlocked, DeleteGuest, GuestDeleted},
	{GuestDeleted, GainAccess, GuestStays},
}

// Guest is what entitlement management keeps about somebody from outside. Of
// a guest of whom nothing is kept, the zero Guest is true.
type Guest struct {
	Object    directory.ObjectID
	Version   int64
	Lifecycle Lifecycle
	Status    GuestStatus
	BlockAt   time.Time // while GuestLeaves
	DeleteAt  time.Time // while GuestLeaves or GuestBlocked; zero if not to be deleted
}

// NewGuest returns the life of a guest who has just come.
func NewGuest(id directory.ObjectID, l Lifecycle) Guest {
	return Guest{Object: id, Lifecycle: l, Status: GuestStays}
}

// NextDue returns the instant at which time alone changes the guest, or the
// zero time.
func (g Guest) NextDue() time.Time {
	switch g.Status {
	case GuestLeaves:
		return g.BlockAt
	case GuestBlocked:
		return g.DeleteAt
	}
	return time.Time{}
}

// CleanupAt returns when the account will be deleted or, if it only is
// blocked, when that happens; the zero time if nothing is going to happen.
func (g Guest) CleanupAt() time.Time {
	if !g.DeleteAt.IsZero() {
		return g.DeleteAt
	}
	return g.NextDue()
}

// Happen applies an event; ok is false if the table has no line for it, and
// then nothing happened.
func (g Guest) Happen(e GuestEvent) (after Guest, ok bool) {
	for _, t := range guestTransitions {
		if t.From != g.Status || t.On != e {
			continue
		}
		g.Status = t.To
		if t.To != GuestLeaves {
			g.BlockAt = time.Time{}
		}
		if t.To != GuestBlocked || e == Release {
			g.DeleteAt = time.Time{}
		}
		return g, true
	}
	return g, false
}

// Leave says that the last assignment of the guest has ended. ok is false if
// the guest stays all the same: nobody governs the account, or the settings
// keep guests.
func (g Guest) Leave(s TenantSettings, now time.Time) (after Guest, ok bool) {
	if g.Lifecycle != Governed || s.Guests == KeepGuests {
		return g, false
	}
	if after, ok = g.Happen(LoseAccess); !ok {
		return g, false
	}
	after.BlockAt = now
	if s.Guests == BlockAndDeleteGuests {
		after.DeleteAt = now.Add(s.DeleteAfter.Length())
	}
	return after, true
}

// warnBefore is how long before a guest is deleted everybody is told again.
const warnBefore = 7 * 24 * time.Hour

// LeavingNotices returns what is to be told when the last access of a guest
// has ended: what happens to the account and, in good time before it is
// deleted, that this is near.
func (g Guest) LeavingNotices(now time.Time, newID func() string) []Notice {
	notice := func(e MessageEvent, due time.Time) Notice {
		return Notice{ID: NoticeID(newID()), Due: due, Event: e, Guest: g.Object, At: now, By: System}
	}
	all := []Notice{notice(GuestAccessEnded, now)}
	if g.DeleteAt.IsZero() {
		return all
	}
	soon := g.DeleteAt.Add(-warnBefore)
	if middle := halfway(now, g.DeleteAt); soon.Before(middle) {
		soon = middle
	}
	return append(all, notice(GuestGoesSoon, soon))
}

// Due returns what time does to the guest at now, by the settings of now:
// what they do not ask for any more does not happen. active says that the
// guest has got access again.
func (g Guest) Due(s TenantSettings, active bool, now time.Time) GuestEvent {
	switch {
	case g.NextDue().IsZero() || g.NextDue().After(now):
		return ""
	case active:
		return GainAccess
	case g.Status == GuestLeaves && s.Guests != KeepGuests:
		return Block
	case g.Status == GuestBlocked && s.Guests == BlockAndDeleteGuests:
		return DeleteGuest
	}
	return Release
}

// Govern puts the guest under the life cycle or takes the account out of it.
// Whoever is not governed any more is not blocked or deleted.
func (g Guest) Govern(l Lifecycle) (Guest, error) {
	if l != Governed && l != NotGoverned {
		return g, fault.New(fault.Invalid, "InvalidModel", "subjectLifecycle must be governed or notGoverned.").At("subjectLifecycle")
	}
	if g.Lifecycle = l; l == NotGoverned {
		g, _ = g.Happen(Release)
	}
	return g, nil
}
