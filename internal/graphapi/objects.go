package graphapi

import (
	"net/http"
	"slices"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/graphapi/wire"
	"github.com/grantkeep/grantkeep/internal/query"
)

// kind serves one collection of the directory: users, groups or service
// principals.
type kind struct {
	of         directory.ObjectKind
	collection string
	key        string // the segment of the template that takes the key
	entity     *wire.Entity[directory.Object]
	creates    authz.Action
	edits      authz.Action
}

var (
	users             = kind{directory.KindUser, "users", "/{object:any}", wire.User, authz.EditUsers, authz.EditUsers}
	groups            = kind{directory.KindGroup, "groups", "/{object}", wire.Group, authz.CreateGroup, authz.EditGroups}
	servicePrincipals = kind{directory.KindServicePrincipal, "servicePrincipals", "/{object}", wire.ServicePrincipal, authz.EditApplications, authz.EditApplications}
)

// objectKey is the id on the path, or a user principal name.
func (c *call) objectKey() string { return c.arg("object") }

// objectID is the id on the path; below /me it is the caller's own.
func (c *call) objectID() directory.ObjectID {
	if c.objectKey() == "" {
		return c.who.ID()
	}
	return directory.ObjectID(c.objectKey())
}

func (k kind) objects(c *call) loader[directory.Object] {
	return func(q query.List, _ entitlement.Include) (query.Page[directory.Object], error) {
		return c.s.engine.Objects(c.ctx, c.who, k.of, q)
	}
}

func (k kind) object(c *call) func(entitlement.Include) (directory.Object, error) {
	return func(entitlement.Include) (directory.Object, error) {
		return c.s.engine.Object(c.ctx, c.who, k.of, c.objectKey())
	}
}

func (k kind) list(c *call) error { return answerList(c, k.entity, c.here(), nil, k.objects(c)) }

func (k kind) count(c *call) error { return answerCount(c, k.entity, nil, k.objects(c)) }

func (k kind) get(c *call) error { return answerOne(c, k.entity, c.around(), k.object(c)) }

func (k kind) create(c *call) error {
	o, links, err := k.read(c)
	if err != nil {
		return err
	}
	made, err := c.s.engine.CreateObject(c.ctx, c.who, o, links)
	if err != nil {
		return err
	}
	return answerMade(c, k.entity, http.StatusCreated, c.here(), string(made.ID), &made)
}

// read reads the body of a new object, with the links that it brings along.
func (k kind) read(c *call) (o directory.Object, links []directory.Membership, err error) {
	body, err := c.content()
	if err != nil {
		return o, nil, err
	}
	o.Kind = k.of
	if err := k.entity.Decode(body, c.version, &o, c.decoding(wire.Create)); err != nil {
		return o, nil, err
	}
	links, err = readLinks(body)
	return o, links, err
}

func (k kind) update(c *call) error {
	same := func(o directory.Object) directory.Object { return o }
	body, err := c.content()
	if err != nil {
		return err
	}
	links, err := readLinks(body)
	if err != nil {
		return err
	}
	edit := editing(c, body, k.entity, wire.Merge, same, same)
	if err := c.s.engine.UpdateObject(c.ctx, c.who, k.of, c.objectKey(), edit, links); err != nil {
		return err
	}
	return answerChanged(c, k.entity, c.around(), k.object(c))
}

func (k kind) delete(c *call) error {
	if err := c.s.engine.DeleteObject(c.ctx, c.who, k.of, c.objectKey(), unchanged[directory.Object](c)); err != nil {
		return err
	}
	return c.sendNothing(http.StatusNoContent)
}

func getByAppID(c *call) error {
	return answerOne(c, wire.ServicePrincipal, c.around(), func(entitlement.Include) (directory.Object, error) {
		q := query.List{Where: is("appId", c.arg("appId")), Limit: 1}
		return onlyRow(c.s.engine.Objects(c.ctx, c.who, directory.KindServicePrincipal, q))
	})
}

func getObject(c *call) error {
	return answerOne(c, wire.DirectoryObject, c.around(), func(entitlement.Include) (directory.Object, error) {
		return c.s.engine.Object(c.ctx, c.who, "", c.objectKey())
	})
}

func purgeObject(c *call) error {
	if err := c.s.engine.PurgeObject(c.ctx, c.who, c.objectID()); err != nil {
		return err
	}
	return c.sendNothing(http.StatusNoContent)
}

// getObjectsByID answers with those of the objects that exist.
func getObjectsByID(c *call) error {
	body, err := c.content()
	if err != nil {
		return err
	}
	ids, kinds, err := wire.DecodeGetByIDs(body)
	if err != nil {
		return err
	}
	return answerList(c, wire.DirectoryObject, "directoryObjects", nil, func(query.List, entitlement.Include) (query.Page[directory.Object], error) {
		rows, err := c.s.engine.ObjectsByID(c.ctx, c.who, ids)
		if len(kinds) > 0 {
			rows = slices.DeleteFunc(rows, func(o directory.Object) bool { return !slices.Contains(kinds, o.Kind) })
		}
		return query.Page[directory.Object]{Rows: rows, Count: -1}, err
	})
}
