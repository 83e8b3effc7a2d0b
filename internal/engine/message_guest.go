package engine

import (
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/notify"
)

// loadGuests reads what is kept about the guests whose accounts notices are
// about, and the organizations that they belong to.
func (m *mailing) loadGuests(due []entitlement.Notice) error {
	ids := distinct(due, func(n *entitlement.Notice) directory.ObjectID { return n.Guest })
	if len(ids) == 0 {
		return nil
	}
	var err error
	if m.guests, err = m.tx.Guests(m.ctx, ids); err != nil {
		return err
	}
	found, err := m.tx.ObjectsByID(m.ctx, ids)
	if err != nil {
		return err
	}
	var people []directory.Object
	for _, o := range found {
		m.people.know(o)
		people = append(people, o)
	}
	homes, err := organizationsOf(m.ctx, m.tx, people)
	for _, id := range ids {
		m.people.homes[id] = homes[id]
	}
	return err
}

// guestMoot reports whether there is nothing to tell about the account any
// more: the guest has got access again, or is gone.
func (s *subject) guestMoot() bool {
	switch s.notice.Event {
	case entitlement.GuestAccessEnded:
		return s.guest.CleanupAt().IsZero()
	case entitlement.GuestGoesSoon:
		return s.guest.Status != entitlement.GuestBlocked || s.guest.DeleteAt.IsZero()
	}
	return false
}

// sponsorsOf are the people who answer for a guest, or else for the
// organization that the guest is from.
func (m *mailing) sponsorsOf(s subject) ([]directory.ObjectID, error) {
	for _, kinds := range [][]entitlement.SubjectSet{{{Kind: entitlement.SetTargetSponsors}}, {{Kind: entitlement.SetInternalSponsors}}} {
		some, err := m.people.resolve(m.ctx, kinds, s.target(), nil, m.e.maxRecipients())
		if len(some) > 0 || err != nil {
			return some, err
		}
	}
	return nil, nil
}

// addGuest adds what happens to the account.
func (m *mailing) addGuest(f *notify.Facts, s *subject) {
	f.Link, f.DeleteAt, f.BlockOnly = s.notice.Link, s.guest.DeleteAt, s.guest.DeleteAt.IsZero()
	if s.request.ID == "" {
		f.Package = ""
	}
}
