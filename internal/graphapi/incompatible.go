package graphapi

import (
	"net/http"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/graphapi/wire"
	"github.com/grantkeep/grantkeep/internal/query"
)

// barred serves what a package must not be combined with: packages or groups.
type barred[T any] struct {
	include string // what loads it with its package
	entity  *wire.Entity[T]
	rows    func(entitlement.PackageView) []T
	url     func(*call, *T) string
	add     func(c *call, id string) error
	remove  func(c *call, id string) error
}

var incompatiblePackages = barred[entitlement.PackageView]{
	include: "incompatible", entity: wire.Package, url: packageURL,
	rows: func(p entitlement.PackageView) []entitlement.PackageView { return p.IncompatibleViews },
	add: func(c *call, id string) error {
		return c.s.engine.BarPackage(c.ctx, c.who, c.packageID(), entitlement.PackageID(id))
	},
	remove: func(c *call, id string) error {
		return c.s.engine.UnbarPackage(c.ctx, c.who, c.packageID(), entitlement.PackageID(id))
	},
}

// incompatibleWith is read only: the packages that name the one on the path.
var incompatibleWith = barred[entitlement.PackageView]{
	include: "incompatibleWith", entity: wire.Package, url: packageURL,
	rows: func(p entitlement.PackageView) []entitlement.PackageView { return p.IncompatibleWith },
}

var incompatibleGroups = barred[directory.Object]{
	include: "incompatibleGroups", entity: wire.Group,
	url:  func(c *call, g *directory.Object) string { return c.root() + "/groups/" + string(g.ID) },
	rows: func(p entitlement.PackageView) []directory.Object { return p.IncompatibleGroups },
	add: func(c *call, id string) error {
		return c.s.engine.BarGroup(c.ctx, c.who, c.packageID(), directory.ObjectID(id))
	},
	remove: func(c *call, id string) error {
		return c.s.engine.UnbarGroup(c.ctx, c.who, c.packageID(), directory.ObjectID(id))
	},
}

func packageURL(c *call, p *entitlement.PackageView) string {
	return c.root() + em + "/accessPackages/" + string(p.ID)
}

func (b barred[T]) load(c *call) loader[T] {
	return func(q query.List, inc entitlement.Include) (query.Page[T], error) {
		if err := b.entity.Remembers(q); err != nil {
			return query.Page[T]{}, err
		}
		p, err := c.s.engine.Package(c.ctx, c.who, c.packageID(), inc.Under(b.include))
		return b.entity.Select(b.rows(p), q), err
	}
}

func (b barred[T]) list(c *call) error {
	return answerList(c, b.entity, c.here(), nil, b.load(c))
}

func (b barred[T]) count(c *call) error { return answerCount(c, b.entity, nil, b.load(c)) }

// listRefs answers with references instead of objects, all at once: the
// lists are short.
func (b barred[T]) listRefs(c *call) error {
	p, err := c.s.engine.Package(c.ctx, c.who, c.packageID(), entitlement.Include{b.include: nil})
	if err != nil {
		return err
	}
	rows := b.rows(p)
	urls := make([]string, len(rows))
	for i := range rows {
		urls[i] = b.url(c, &rows[i])
	}
	return c.sendReferences(urls)
}

func (b barred[T]) link(c *call) error {
	id, err := c.reference()
	if err != nil {
		return err
	}
	if err := b.add(c, string(id)); err != nil {
		return err
	}
	if err := c.pointToViolations(); err != nil {
		return err
	}
	return c.sendNothing(http.StatusNoContent)
}

func (b barred[T]) unlink(c *call) error {
	if err := b.remove(c, c.arg("other")); err != nil {
		return err
	}
	return c.sendNothing(http.StatusNoContent)
}
