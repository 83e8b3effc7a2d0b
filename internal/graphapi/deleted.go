package graphapi

import (
	"net/http"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/graphapi/wire"
	"github.com/grantkeep/grantkeep/internal/query"
)

// listDeleted lists what was deleted of a kind.
func (k kind) listDeleted(c *call) error {
	return answerList(c, k.entity, "directory/deletedItems", nil, func(q query.List, _ entitlement.Include) (query.Page[directory.Object], error) {
		return c.s.engine.DeletedObjects(c.ctx, c.who, k.of, q)
	})
}

func getDeleted(c *call) error {
	return answerOne(c, wire.DirectoryObject, c.around(), func(entitlement.Include) (directory.Object, error) {
		return c.s.engine.DeletedObject(c.ctx, c.who, c.objectID())
	})
}

func restoreObject(c *call) error {
	if _, err := c.body(); err != nil {
		return err
	}
	o, err := c.s.engine.RestoreObject(c.ctx, c.who, c.objectID())
	if err != nil {
		return err
	}
	return answerMade(c, wire.DirectoryObject, http.StatusOK, "directoryObjects", string(o.ID), &o)
}

// checkMemberGroups answers which of the groups the object is in.
func checkMemberGroups(c *call) error {
	body, err := c.content()
	if err != nil {
		return err
	}
	ids, err := wire.DecodeGroupIDs(body)
	if err != nil {
		return err
	}
	return c.sendIDs(c.s.engine.GroupIDs(c.ctx, c.who, string(c.objectID()), false, ids))
}

// getMemberGroups answers with all groups that the object is in.
func getMemberGroups(c *call) error {
	body, err := c.content()
	if err != nil {
		return err
	}
	security, err := wire.DecodeSecurityOnly(body)
	if err != nil {
		return err
	}
	return c.sendIDs(c.s.engine.GroupIDs(c.ctx, c.who, string(c.objectID()), security, nil))
}

func (c *call) sendIDs(ids []directory.ObjectID, err error) error {
	if err != nil {
		return err
	}
	return c.sendJSON(http.StatusOK, func(b []byte) []byte {
		b = append(b, `{"@odata.context":`...)
		b = appendString(b, c.context("Collection(Edm.String)"))
		b = append(b, `,"value":[`...)
		for i, id := range ids {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendString(b, string(id))
		}
		return append(b, `]}`...)
	})
}
