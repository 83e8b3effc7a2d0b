package engine

import (
	"slices"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
)

// loadEmergencies reads the reviews that notices are about, if any is about
// one.
func (m *mailing) loadEmergencies(due []entitlement.Notice) error {
	ids := distinct(due, func(n *entitlement.Notice) entitlement.RequestID {
		if n.Event.AboutEmergency() {
			return n.Request
		}
		return ""
	})
	if len(ids) == 0 {
		return nil
	}
	var err error
	m.emergencies, err = index(m.ctx, ids, m.tx.Emergencies, func(x *entitlement.EmergencyReview) entitlement.RequestID { return x.ID })
	return err
}

// resolveFor returns the people in the sets, seen from the target of the
// subject.
func (m *mailing) resolveFor(s subject, sets []entitlement.SubjectSet, barred []directory.ObjectID) ([]directory.ObjectID, error) {
	if err := m.people.belongs(m.ctx, s.target(), s.emergency.Organization); err != nil {
		return nil, err
	}
	return m.people.resolve(m.ctx, sets, s.target(), barred, m.e.maxRecipients())
}

// reviewers are those whom the policy names, else who owns the catalog, else
// who governs the tenant; never those whom the review is about.
func (m *mailing) reviewers(s subject) ([]directory.ObjectID, error) {
	named, err := m.resolveFor(s, s.emergency.Reviewers, s.emergency.Barred)
	if len(named) > 0 || err != nil {
		return named, err
	}
	for _, role := range []string{string(authz.CatalogOwner), authz.GovernanceAdmin} {
		some, err := m.staffWith(s, role)
		if err != nil {
			return nil, err
		}
		some = slices.DeleteFunc(some, func(id directory.ObjectID) bool { return slices.Contains(s.emergency.Barred, id) })
		if len(some) > 0 {
			return some, nil
		}
	}
	return nil, nil
}
