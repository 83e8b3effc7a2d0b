package sqlstore

import (
	"context"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/entitlement"
)

func (t *tx) PutOrganization(_ context.Context, o entitlement.Organization, why audit.Record) error {
	before := o.Version
	o.Version++
	doc, err := encode(o)
	if err != nil {
		return err
	}
	id := string(o.ID)
	t.buf.put(organizationTable, before, id, o.Version, name(o.DisplayName), name(o.Description), string(o.State),
		micros(o.CreatedAt), micros(o.ModifiedAt), doc)
	if before > 0 {
		t.buf.delete(organizationSourceTable, id)
		t.buf.delete(organizationSponsorTable, id)
	}
	for _, k := range o.Keys() {
		t.buf.add(organizationSourceTable, string(k.Kind), k.Value, id)
	}
	for _, kind := range []entitlement.SponsorKind{entitlement.SetInternalSponsors, entitlement.SetExternalSponsors} {
		for _, sponsor := range *o.Sponsors(kind) {
			t.buf.add(organizationSponsorTable, string(sponsor), string(kind), id)
		}
	}
	return t.keep(audit.KindOrganization, id, o.Version, doc, []audit.Record{why})
}

func (t *tx) DeleteOrganization(ctx context.Context, id entitlement.OrgID, why audit.Record) error {
	return t.remove(ctx, "connected_organization", string(id), audit.KindOrganization, why)
}

func (t *tx) PutGuest(_ context.Context, g entitlement.Guest, why audit.Record) error {
	before := g.Version
	g.Version++
	doc, err := encode(g)
	if err != nil {
		return err
	}
	t.due = earlier(t.due, g.NextDue())
	t.buf.put(guestTable, before, string(g.Object), g.Version, microsOrNull(g.NextDue()), doc)
	return t.keep(audit.KindSubject, string(g.Object), g.Version, doc, []audit.Record{why})
}

// settingsID is the id of the one row of settings.
const settingsID = "singleton"

func (t *tx) PutTenantSettings(_ context.Context, s entitlement.TenantSettings, why audit.Record) error {
	before := s.Version
	s.Version++
	doc, err := encode(s)
	if err != nil {
		return err
	}
	t.buf.put(settingsTable, before, settingsID, s.Version, doc)
	return t.keep(audit.KindSettings, settingsID, s.Version, doc, []audit.Record{why})
}
