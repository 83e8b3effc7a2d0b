package graphapi

import (
	"net/http"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/graphapi/wire"
	"github.com/grantkeep/grantkeep/internal/query"
)

var organizationNames = wire.Names{V1: "connectedOrganizations", Beta: "connectedOrganizations"}

func (c *call) organizationID() entitlement.OrgID { return entitlement.OrgID(c.arg("organization")) }

func (c *call) loadOrganizations() loader[entitlement.OrganizationView] {
	return func(q query.List, inc entitlement.Include) (query.Page[entitlement.OrganizationView], error) {
		return c.s.engine.Organizations(c.ctx, c.who, q, inc)
	}
}

func (c *call) loadOrganization(inc entitlement.Include) (entitlement.OrganizationView, error) {
	return c.s.engine.Organization(c.ctx, c.who, c.organizationID(), inc)
}

func listOrganizations(c *call) error {
	return answerList(c, wire.Organization, c.here(), nil, c.loadOrganizations())
}

func countOrganizations(c *call) error {
	return answerCount(c, wire.Organization, nil, c.loadOrganizations())
}

func getOrganization(c *call) error {
	return answerOne(c, wire.Organization, c.around(), c.loadOrganization)
}

func createOrganization(c *call) error {
	var v entitlement.OrganizationView
	if err := decode(c, wire.Organization, &v, wire.Create); err != nil {
		return err
	}
	made, err := c.s.engine.CreateOrganization(c.ctx, c.who, v.Organization)
	if err != nil {
		return err
	}
	return answerMade(c, wire.Organization, http.StatusCreated, c.here(), string(made.ID), &made)
}

func updateOrganization(c *call) error {
	body, err := c.content()
	if err != nil {
		return err
	}
	edit := editing(c, body, wire.Organization, wire.Merge,
		func(current entitlement.Organization) entitlement.OrganizationView {
			return entitlement.OrganizationView{Organization: current}
		},
		func(v entitlement.OrganizationView) entitlement.Organization { return v.Organization })
	if err := c.s.engine.UpdateOrganization(c.ctx, c.who, c.organizationID(), edit); err != nil {
		return err
	}
	return answerChanged(c, wire.Organization, c.around(), c.loadOrganization)
}

func deleteOrganization(c *call) error {
	if err := c.s.engine.DeleteOrganization(c.ctx, c.who, c.organizationID(), unchanged[entitlement.Organization](c)); err != nil {
		return err
	}
	return c.sendNothing(http.StatusNoContent)
}

// sponsorship serves the internal or the external sponsors of organizations.
type sponsorship struct {
	kind entitlement.SponsorKind
	of   func(entitlement.OrganizationView) []directory.Object
}

var (
	internalSponsors = sponsorship{
		entitlement.SetInternalSponsors, func(o entitlement.OrganizationView) []directory.Object { return o.Internal },
	}
	externalSponsors = sponsorship{
		entitlement.SetExternalSponsors, func(o entitlement.OrganizationView) []directory.Object { return o.External },
	}
)

func (sp sponsorship) sponsors(c *call) ([]directory.Object, error) {
	o, err := c.loadOrganization(entitlement.Include{string(sp.kind): nil})
	return sp.of(o), err
}

func (sp sponsorship) load(c *call) loader[directory.Object] {
	return func(q query.List, _ entitlement.Include) (query.Page[directory.Object], error) {
		all, err := sp.sponsors(c)
		return wire.DirectoryObject.Select(all, q), err
	}
}

func (sp sponsorship) list(c *call) error {
	return answerList(c, wire.DirectoryObject, "directoryObjects", nil, sp.load(c))
}

func (sp sponsorship) count(c *call) error {
	return answerCount(c, wire.DirectoryObject, nil, sp.load(c))
}

func (sp sponsorship) listRefs(c *call) error {
	all, err := sp.sponsors(c)
	if err != nil {
		return err
	}
	return c.sendReferences(c.objectURLs(all))
}

func (sp sponsorship) add(c *call) error {
	id, err := c.reference()
	if err != nil {
		return err
	}
	if err := c.s.engine.AddSponsor(c.ctx, c.who, c.organizationID(), sp.kind, id); err != nil {
		return err
	}
	return c.sendNothing(http.StatusNoContent)
}

func (sp sponsorship) remove(c *call) error {
	id := directory.ObjectID(c.arg("sponsor"))
	if err := c.s.engine.RemoveSponsor(c.ctx, c.who, c.organizationID(), sp.kind, id); err != nil {
		return err
	}
	return c.sendNothing(http.StatusNoContent)
}

// objectURLs are where the objects can be read.
func (c *call) objectURLs(objects []directory.Object) []string {
	urls := make([]string, len(objects))
	for i, o := range objects {
		urls[i] = c.root() + "/directoryObjects/" + string(o.ID)
	}
	return urls
}
