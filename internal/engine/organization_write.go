package engine

import (
	"context"
	"strings"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/store"
)

// CreateOrganization makes a connected organization. A domain that a known
// partner owns stands for the partner's tenant. Faults: Forbidden, Invalid
// ("DuplicateConnectedOrganization" if another one has the identity source).
func (e *Engine) CreateOrganization(ctx context.Context, who authz.Caller, o entitlement.Organization) (entitlement.OrganizationView, error) {
	return change(ctx, e, who, audit.OrganizationCreated, audit.KindOrganization, "", func(tx store.Tx) (entitlement.OrganizationView, error) {
		none := entitlement.OrganizationView{}
		if err := e.reachOrganizations(ctx, tx, who, authz.EditOrganizations); err != nil {
			return none, err
		}
		now := e.clock.Now()
		made := entitlement.Organization{
			ID: entitlement.OrgID(e.newID()), DisplayName: o.DisplayName, Description: o.Description, State: o.State,
			Sources: o.Sources, Stamp: stampNew(who, now),
		}
		if err := made.Check(); err != nil {
			return none, err
		}
		made = e.settings.Partners.Known(made)
		if err := sourceFree(ctx, tx, made); err != nil {
			return none, err
		}
		why := e.record(ctx, who.Actor, now, audit.OrganizationCreated, audit.KindOrganization, string(made.ID), made.DisplayName)
		if err := tx.PutOrganization(ctx, made, versions(why, 0)); err != nil {
			return none, err
		}
		made.Version++
		return entitlement.OrganizationView{Organization: made}, nil
	})
}

// sourceFree checks that no other organization has the identity source, and
// that it is not the tenant itself.
func sourceFree(ctx context.Context, r store.Reader, o entitlement.Organization) error {
	source := o.Sources[0]
	if source.Kind == entitlement.SourceTenant && strings.EqualFold(source.TenantID, string(r.Tenant())) {
		return fault.New(fault.Invalid, "InvalidModel", "The tenant %s is this one; its people need no connected organization.", source.TenantID).At("identitySources")
	}
	found, err := r.OrganizationsAt(ctx, o.Claims())
	if err != nil {
		return err
	}
	for _, k := range o.Claims() {
		if other, ok := found[k]; ok && other.ID != o.ID {
			return fault.New(fault.Invalid, "DuplicateConnectedOrganization",
				"The connected organization %q (%s) has the identity source %s already.", other.DisplayName, other.ID, k.Value).At("identitySources")
		}
	}
	return nil
}

// UpdateOrganization edits a copy of the organization: its names, its state.
// An error of edit is returned as it is. Faults: Forbidden, NotFound, Invalid
// if its identity source would change.
func (e *Engine) UpdateOrganization(ctx context.Context, who authz.Caller, id entitlement.OrgID, edit func(*entitlement.Organization) error) error {
	return e.do(ctx, who, audit.OrganizationUpdated, audit.KindOrganization, string(id), func(tx store.Tx) error {
		before, err := e.editedOrganization(ctx, tx, who, id)
		if err != nil {
			return err
		}
		after := before
		if err := edit(&after); err != nil {
			return err
		}
		after = e.settings.Partners.Known(after)
		if err := before.CheckEdit(after); err != nil {
			return err
		}
		after.ID, after.Version, after.Stamp = before.ID, before.Version, before.Stamp
		after.Sources, after.Domains = before.Sources, before.Domains
		after.InternalSponsors, after.ExternalSponsors = before.InternalSponsors, before.ExternalSponsors
		if same(before, after) {
			return nil
		}
		return e.putOrganization(ctx, tx, who, after, audit.OrganizationUpdated)
	})
}

func (e *Engine) editedOrganization(ctx context.Context, tx store.Tx, who authz.Caller, id entitlement.OrgID) (entitlement.Organization, error) {
	if err := e.reachOrganizations(ctx, tx, who, authz.EditOrganizations); err != nil {
		return entitlement.Organization{}, err
	}
	return tx.Organization(ctx, id)
}

func (e *Engine) putOrganization(ctx context.Context, tx store.Tx, who authz.Caller, after entitlement.Organization, action audit.Action) error {
	now := e.clock.Now()
	after.Stamp = stampEdit(after.Stamp, who, now)
	why := e.record(ctx, who.Actor, now, action, audit.KindOrganization, string(after.ID), after.DisplayName)
	return tx.PutOrganization(ctx, after, versions(why, after.Version))
}

// DeleteOrganization removes an organization that no policy names. Its people
// belong to none then. Faults: Forbidden, NotFound, Invalid
// ("InvalidDeleteConnectedOrganizationInUse").
func (e *Engine) DeleteOrganization(ctx context.Context, who authz.Caller, id entitlement.OrgID, only ...func(entitlement.Organization) error) error {
	return e.do(ctx, who, audit.OrganizationDeleted, audit.KindOrganization, string(id), func(tx store.Tx) error {
		o, err := e.editedOrganization(ctx, tx, who, id)
		if err != nil {
			return err
		}
		if err := holds(o, only); err != nil {
			return err
		}
		naming, err := tx.PoliciesNaming(ctx, id, 1)
		if err != nil {
			return err
		}
		if err := o.CheckDelete(naming); err != nil {
			return err
		}
		why := e.record(ctx, who.Actor, e.clock.Now(), audit.OrganizationDeleted, audit.KindOrganization, string(id), o.DisplayName)
		return tx.DeleteOrganization(ctx, id, gone(why, o.Version))
	})
}

// sponsorActions names what happens to sponsors in the audit log.
var sponsorActions = map[entitlement.SponsorKind]struct{ added, removed audit.Action }{
	entitlement.SetInternalSponsors: {audit.InternalSponsorAdded, audit.InternalSponsorRemoved},
	entitlement.SetExternalSponsors: {audit.ExternalSponsorAdded, audit.ExternalSponsorRemoved},
}

// AddSponsor makes a user or a group a sponsor of an organization. Faults:
// Forbidden, NotFound for either, Invalid if it is one already.
func (e *Engine) AddSponsor(ctx context.Context, who authz.Caller, id entitlement.OrgID, kind entitlement.SponsorKind, sponsor directory.ObjectID) error {
	action := sponsorActions[kind].added
	return e.do(ctx, who, action, audit.KindOrganization, string(id), func(tx store.Tx) error {
		before, err := e.editedOrganization(ctx, tx, who, id)
		if err != nil {
			return err
		}
		o, err := find(ctx, tx, "", string(sponsor))
		if err != nil {
			return err
		}
		after, err := before.AddSponsor(kind, o)
		if err != nil {
			return err
		}
		return e.putOrganization(ctx, tx, who, after, action)
	})
}

// RemoveSponsor ends that somebody is a sponsor of an organization. Faults:
// Forbidden, NotFound.
func (e *Engine) RemoveSponsor(ctx context.Context, who authz.Caller, id entitlement.OrgID, kind entitlement.SponsorKind, sponsor directory.ObjectID) error {
	action := sponsorActions[kind].removed
	return e.do(ctx, who, action, audit.KindOrganization, string(id), func(tx store.Tx) error {
		before, err := e.editedOrganization(ctx, tx, who, id)
		if err != nil {
			return err
		}
		after, err := before.RemoveSponsor(kind, sponsor)
		if err != nil {
			return err
		}
		return e.putOrganization(ctx, tx, who, after, action)
	})
}
