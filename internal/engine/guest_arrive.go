package engine

import (
	"context"
	"slices"
	"time"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

// outsiders are the targets of a delivery that are from outside, with what is
// kept about them.
type outsiders map[directory.ObjectID]entitlement.Guest

// guestsAmong finds them, with one statement if there are any.
func guestsAmong(ctx context.Context, r store.Reader, targets map[directory.ObjectID]directory.Object) (outsiders, error) {
	var ids []directory.ObjectID
	for id, o := range targets {
		if o.External() {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	slices.Sort(ids)
	found, err := r.Guests(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := outsiders{}
	for _, id := range ids {
		out[id] = entitlement.NewGuest(id, entitlement.NotGoverned)
		if g, ok := found[id]; ok {
			out[id] = g
		}
	}
	return out, nil
}

// target returns the target of a delivery as it will be: a guest who was
// blocked for lack of access is let in again by what gives some.
func (o outsiders) target(t directory.Object) directory.Object {
	if o[t.ID].Status == entitlement.GuestBlocked {
		t.Enabled = true
	}
	return t
}

// among returns the outsiders whose assignments these are.
func (o outsiders) among(assignments []entitlement.Assignment) []directory.ObjectID {
	return distinct(assignments, func(a *entitlement.Assignment) directory.ObjectID {
		if _, ok := o[a.Target]; !ok {
			return ""
		}
		return a.Target
	})
}

// arrive prepares for those from outside who get access: the account of who
// has none, the end of a clean-up, and the organization of who belongs to
// none that is known, if the policy lets everybody in.
func (e *Engine) arrive(ctx context.Context, tx store.Tx, all outsiders, steps []deliveryStep, targets map[directory.ObjectID]directory.Object, now time.Time) error {
	var come, unknown []directory.Object
	seen := map[directory.ObjectID]bool{}
	asked := map[directory.ObjectID]entitlement.RequestID{}
	for _, s := range steps {
		id := s.request.Target
		if _, ok := all[id]; !ok || !s.begins || s.stopped || seen[id] {
			continue
		}
		seen[id], asked[id] = true, s.request.ID
		come = append(come, targets[id])
		if s.policy.Scope == entitlement.ScopeAllExternal {
			unknown = append(unknown, targets[id])
		}
	}
	if len(come) == 0 {
		return nil
	}
	if err := e.proposeOrganizations(ctx, tx, unknown, now); err != nil {
		return err
	}
	names, err := e.guestNames(ctx, tx, come)
	if err != nil {
		return err
	}
	for _, person := range come {
		if err := e.arriveOne(ctx, tx, person, all[person.ID], names[person.ID], now); err != nil {
			return err
		}
		if person.Kind != directory.KindExternal {
			continue
		}
		n := entitlement.Notice{
			ID: entitlement.NoticeID(e.newID()), Due: now, Event: entitlement.GuestInvited, Request: asked[person.ID], Guest: person.ID, At: now, By: entitlement.System,
		}
		if err := tx.PutNotice(ctx, n); err != nil {
			return err
		}
	}
	return nil
}

// arriveOne writes what becomes of one person.
func (e *Engine) arriveOne(ctx context.Context, tx store.Tx, person directory.Object, g entitlement.Guest, name string, now time.Time) error {
	account := person.Clone()
	after, back := g.Happen(entitlement.GainAccess)
	action := audit.UserUpdated
	switch {
	case person.Kind == directory.KindExternal:
		account, action = person.AsGuest(name), audit.UserInvited
		after.Lifecycle = entitlement.Governed
	case !back:
		return nil
	case g.Status == entitlement.GuestBlocked:
		account.Enabled = true
	}
	if !same(person, account) {
		why := e.record(ctx, entitlement.System, now, action, audit.KindObject, string(account.ID), account.DisplayName)
		if err := tx.PutObject(ctx, account, versions(why, person.Version)); err != nil {
			return err
		}
	}
	action = audit.CleanupCanceled
	if !back {
		action = audit.SubjectUpdated
	}
	why := e.record(ctx, entitlement.System, now, action, audit.KindSubject, string(account.ID), account.DisplayName)
	return tx.PutGuest(ctx, after, versions(why, g.Version))
}

// guestDomain is where guests get their user principal names.
func (e *Engine) guestDomain(tenant directory.TenantID) string {
	if domain := e.settings.GuestDomains[tenant]; domain != "" {
		return domain
	}
	return string(tenant) + ".invalid"
}

// guestNames chooses user principal names for those without an account, with
// one statement for all of them.
func (e *Engine) guestNames(ctx context.Context, tx store.Tx, persons []directory.Object) (map[directory.ObjectID]string, error) {
	domain := e.guestDomain(tx.Tenant())
	wanted := query.In{Field: "principalName", Fold: true}
	for _, o := range persons {
		if o.Kind == directory.KindExternal {
			wanted.Values = append(wanted.Values, o.GuestName(domain, ""))
		}
	}
	names := map[directory.ObjectID]string{}
	if len(wanted.Values) == 0 {
		return names, nil
	}
	page, err := tx.Objects(ctx, directory.KindUser, query.List{Where: wanted, Limit: len(wanted.Values)})
	if err != nil {
		return nil, err
	}
	taken := map[string]bool{}
	for _, o := range page.Rows {
		taken[directory.Fold(o.PrincipalName)] = true
	}
	for _, o := range persons {
		name := o.GuestName(domain, "")
		if taken[directory.Fold(name)] {
			name = o.GuestName(domain, "_"+string(o.ID))
		}
		taken[directory.Fold(name)] = true
		names[o.ID] = name
	}
	return names, nil
}

// proposeOrganizations makes organizations for those who belong to none that
// is known, for people to look at.
func (e *Engine) proposeOrganizations(ctx context.Context, tx store.Tx, persons []directory.Object, now time.Time) error {
	known, err := organizationsOf(ctx, tx, persons)
	if err != nil {
		return err
	}
	made := map[entitlement.SourceKey]bool{}
	for _, person := range persons {
		if _, ok := known[person.ID]; ok {
			continue
		}
		o, ok := entitlement.Propose(entitlement.OrgID(e.newID()), person, e.settings.Partners)
		if !ok || made[o.Sources[0].Key()] {
			continue
		}
		made[o.Sources[0].Key()] = true
		o.Stamp = entitlement.Stamp{
			CreatedAt: now, ModifiedAt: now, CreatedBy: entitlement.System.Name, ModifiedBy: entitlement.System.Name,
		}
		why := e.record(ctx, entitlement.System, now, audit.OrganizationCreated, audit.KindOrganization, string(o.ID), o.DisplayName)
		if err := tx.PutOrganization(ctx, o, versions(why, 0)); err != nil {
			return err
		}
	}
	return nil
}
