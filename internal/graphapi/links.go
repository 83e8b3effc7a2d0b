package graphapi

import (
	"net/http"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/graphapi/wire"
	"github.com/grantkeep/grantkeep/internal/query"
)

// readLinks returns the members and owners that the body of a group binds.
// Whether other kinds of objects have any is not for here to say.
func readLinks(body []byte) ([]directory.Membership, error) {
	var links []directory.Membership
	for _, rel := range []relation{members, owners} {
		ids, err := wire.DecodeBinds(body, rel.name)
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			links = append(links, directory.Membership{Member: id, Relation: rel.of})
		}
	}
	return links, nil
}

// sendReferences answers with references instead of objects, all at once.
func (c *call) sendReferences(urls []string) error {
	return c.sendJSON(http.StatusOK, func(b []byte) []byte {
		b = append(b, `{"@odata.context":`...)
		b = appendString(b, c.context("Collection($ref)"))
		b = append(b, `,"value":[`...)
		for i, url := range urls {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(b, `{"@odata.id":`...)
			b = append(appendString(b, url), '}')
		}
		return append(b, `]}`...)
	})
}

// reference reads the body of a $ref.
func (c *call) reference() (directory.ObjectID, error) {
	body, err := c.content()
	if err != nil {
		return "", err
	}
	return wire.DecodeRef(body)
}

// relation serves the members or the owners of groups.
type relation struct {
	of   directory.Relation
	name string
}

var (
	members = relation{directory.MemberOf, "members"}
	owners  = relation{directory.OwnerOf, "owners"}
)

func (rel relation) objects(c *call) loader[directory.Object] {
	return func(q query.List, _ entitlement.Include) (query.Page[directory.Object], error) {
		return c.s.engine.Members(c.ctx, c.who, c.objectID(), rel.of, q)
	}
}

func (rel relation) list(c *call) error {
	return answerList(c, wire.DirectoryObject, "directoryObjects", nil, rel.objects(c))
}

func (rel relation) listUsers(c *call) error {
	return answerList(c, wire.User, "users", is("kind", string(directory.KindUser)), rel.objects(c))
}

func (rel relation) count(c *call) error {
	return answerCount(c, wire.DirectoryObject, nil, rel.objects(c))
}

func (rel relation) add(c *call) error {
	id, err := c.reference()
	if err != nil {
		return err
	}
	if err := c.s.engine.AddMember(c.ctx, c.who, c.objectID(), id, rel.of); err != nil {
		return err
	}
	return c.sendNothing(http.StatusNoContent)
}

func (rel relation) remove(c *call) error {
	id := directory.ObjectID(c.arg("member"))
	if err := c.s.engine.RemoveMember(c.ctx, c.who, c.objectID(), id, rel.of); err != nil {
		return err
	}
	return c.sendNothing(http.StatusNoContent)
}

// refuseDelete answers a DELETE without /$ref: on the real service it can
// delete the object itself (directory.md section 3).
func (rel relation) refuseDelete(c *call) error {
	return fault.New(fault.Invalid, "Request_BadRequest",
		"To remove the object from %s, send DELETE …/%s/{id}/$ref; without /$ref nothing is deleted.", rel.name, rel.name)
}

// deepMembers are the members of groups, directly or through other groups.
func deepMembers(c *call) loader[directory.Object] {
	return func(q query.List, _ entitlement.Include) (query.Page[directory.Object], error) {
		return c.s.engine.DeepMembers(c.ctx, c.who, c.objectID(), q)
	}
}

func listDeepMembers(c *call) error {
	return answerList(c, wire.DirectoryObject, "directoryObjects", nil, deepMembers(c))
}

func listDeepUsers(c *call) error {
	return answerList(c, wire.User, "users", is("kind", string(directory.KindUser)), deepMembers(c))
}

func countDeepMembers(c *call) error {
	return answerCount(c, wire.DirectoryObject, nil, deepMembers(c))
}

func listMemberOf(c *call) error { return listHolders(c, false) }

func listTransitiveMemberOf(c *call) error { return listHolders(c, true) }

// listHolders lists the groups that the object on the path is in.
func listHolders(c *call, deep bool) error {
	return answerList(c, wire.DirectoryObject, "directoryObjects", nil,
		func(q query.List, _ entitlement.Include) (query.Page[directory.Object], error) {
			return c.s.engine.MemberOf(c.ctx, c.who, string(c.objectID()), deep, q)
		})
}

func getMe(c *call) error {
	return answerOne(c, wire.User, "users", func(entitlement.Include) (directory.Object, error) {
		return c.s.engine.Me(c.ctx, c.who)
	})
}

func getManager(c *call) error {
	return answerOne(c, wire.DirectoryObject, "directoryObjects", func(entitlement.Include) (directory.Object, error) {
		return c.s.engine.Manager(c.ctx, c.who, string(c.objectID()))
	})
}

func setManager(c *call) error {
	id, err := c.reference()
	if err != nil {
		return err
	}
	return changeManager(c, id)
}

func removeManager(c *call) error { return changeManager(c, "") }

func changeManager(c *call, id directory.ObjectID) error {
	if err := c.s.engine.SetManager(c.ctx, c.who, c.objectKey(), id); err != nil {
		return err
	}
	return c.sendNothing(http.StatusNoContent)
}
