package graphapi

import (
	"net/http"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/graphapi/wire"
	"github.com/grantkeep/grantkeep/internal/query"
)

func listSponsors(c *call) error {
	return answerList(c, wire.DirectoryObject, "directoryObjects", nil,
		func(q query.List, _ entitlement.Include) (query.Page[directory.Object], error) {
			all, err := c.s.engine.Sponsors(c.ctx, c.who, c.objectKey())
			return wire.DirectoryObject.Select(all, q), err
		})
}

func listSponsorRefs(c *call) error {
	all, err := c.s.engine.Sponsors(c.ctx, c.who, c.objectKey())
	if err != nil {
		return err
	}
	return c.sendReferences(c.objectURLs(all))
}

func addSponsor(c *call) error {
	id, err := c.reference()
	if err != nil {
		return err
	}
	if err := c.s.engine.SponsorUser(c.ctx, c.who, c.objectKey(), id); err != nil {
		return err
	}
	return c.sendNothing(http.StatusNoContent)
}

func removeSponsor(c *call) error {
	if err := c.s.engine.UnsponsorUser(c.ctx, c.who, c.objectKey(), directory.ObjectID(c.arg("sponsor"))); err != nil {
		return err
	}
	return c.sendNothing(http.StatusNoContent)
}
