package engine

import (
	"context"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

// resourceActions names what each kind of resource request is called in the
// audit log.
var resourceActions = map[entitlement.RequestKind]audit.Action{
	entitlement.AdminAdd:    audit.ResourceAdded,
	entitlement.AdminUpdate: audit.ResourceUpdated,
	entitlement.AdminRemove: audit.ResourceRemoved,
}

// RequestResource brings an object of the directory into a catalog, changes
// how it is shown there, or takes it out, at once
// (catalogs-and-resources.md section 4.4). Faults: Forbidden, NotFound, and
// Invalid with the code of the rule that refused it.
func (e *Engine) RequestResource(ctx context.Context, who authz.Caller, r entitlement.ResourceRequest) (entitlement.ResourceRequest, error) {
	action, ok := resourceActions[r.Kind]
	if !ok {
		action = audit.ResourceAdded
	}
	return change(ctx, e, who, action, audit.KindCatalog, string(r.Catalog), func(tx store.Tx) (entitlement.ResourceRequest, error) {
		none := entitlement.ResourceRequest{}
		if err := e.mayRequestResource(ctx, tx, who, r); err != nil {
			return none, err
		}
		req := r
		req.ID, req.Version, req.CreatedAt, req.Requestor = e.newID(), 0, e.clock.Now(), who.ID()
		req.Resource.Catalog = r.Catalog
		var err error
		switch r.Kind {
		case entitlement.AdminAdd:
			req.Resource, err = e.addResource(ctx, tx, who, req)
		case entitlement.AdminUpdate:
			req.Resource, err = e.updateResource(ctx, tx, who, req)
		case entitlement.AdminRemove:
			req.Resource, err = e.removeResource(ctx, tx, who, req)
		}
		if err != nil || req.ValidationOnly {
			return req, err
		}
		why := e.record(ctx, who.Actor, req.CreatedAt, action, audit.KindResourceRequest, req.ID, req.Resource.DisplayName)
		err = tx.PutResourceRequest(ctx, req, versions(why, 0))
		req.Version++
		return req, err
	})
}

// mayRequestResource checks the permission, then the catalog, then the form.
// A request without a catalog is malformed to everybody who may change some
// catalog.
func (e *Engine) mayRequestResource(ctx context.Context, r store.Reader, who authz.Caller, req entitlement.ResourceRequest) error {
	reach, err := e.listReach(ctx, r, who, authz.EditResources)
	if err != nil {
		return err
	}
	if req.Catalog != "" {
		if err := reach.Check(req.Catalog); err != nil {
			return err
		}
		if _, err := r.Catalog(ctx, req.Catalog); err != nil {
			return err
		}
	}
	return req.Check()
}

func (e *Engine) addResource(ctx context.Context, tx store.Tx, who authz.Caller, req entitlement.ResourceRequest) (entitlement.Resource, error) {
	none := entitlement.Resource{}
	made, err := e.newResource(ctx, tx, who, req.Resource)
	if err != nil {
		return none, err
	}
	if err := e.checkAttributes(ctx, tx, who, entitlement.Resource{}, made); err != nil {
		return none, err
	}
	there, err := anyRow(ctx, tx.Resources, byOrigin(made))
	if err != nil {
		return none, err
	}
	if there {
		return none, fault.New(fault.Invalid, "ResourceAlreadyOnboarded", "The catalog holds the resource %q already.", made.DisplayName)
	}
	made.Stamp = stampNew(who, req.CreatedAt)
	if req.ValidationOnly {
		return made, nil
	}
	why := e.record(ctx, who.Actor, req.CreatedAt, audit.ResourceAdded, audit.KindResource, string(made.ID), made.DisplayName)
	err = tx.PutResource(ctx, made, versions(why, 0))
	made.Version++
	return made, err
}

// newResource makes the resource of an object that the caller may give away,
// or of custom data, which belongs to nobody.
func (e *Engine) newResource(ctx context.Context, r store.Reader, who authz.Caller, asked entitlement.Resource) (entitlement.Resource, error) {
	if asked.OriginSystem == entitlement.OriginCustomData {
		return entitlement.NewCustomData(asked, e.newID), nil
	}
	object, err := r.Object(ctx, directory.ObjectID(asked.OriginID))
	if err != nil && !fault.Is(err, fault.NotFound) {
		return entitlement.Resource{}, err
	}
	made, err := entitlement.NewResource(asked, object, e.newID)
	if err != nil {
		return entitlement.Resource{}, err
	}
	return made, e.mayGiveAway(ctx, r, who, object)
}

func byOrigin(r entitlement.Resource) query.Expr {
	return query.And{equal("catalog", r.Catalog), equal("originSystem", r.OriginSystem), equal("originId", r.OriginID)}
}

// named finds the resource that a request means, by its id or its origin.
func named(ctx context.Context, r store.Reader, asked entitlement.Resource) (entitlement.Resource, error) {
	missing := fault.New(fault.NotFound, "ResourceNotFound", "The catalog holds no such resource.")
	if asked.ID != "" {
		found, err := r.Resource(ctx, asked.ID)
		if err == nil && found.Catalog != asked.Catalog {
			err = missing
		}
		return found, err
	}
	page, err := r.Resources(ctx, query.List{Where: byOrigin(asked), Limit: 1})
	if err != nil {
		return entitlement.Resource{}, err
	}
	if len(page.Rows) == 0 {
		return entitlement.Resource{}, missing
	}
	return page.Rows[0], nil
}

func (e *Engine) updateResource(ctx context.Context, tx store.Tx, who authz.Caller, req entitlement.ResourceRequest) (entitlement.Resource, error) {
	before, err := named(ctx, tx, req.Resource)
	if err != nil {
		return entitlement.Resource{}, err
	}
	after := before.Renamed(req.Resource).WithAttributes(req.Resource.Attributes, e.newID)
	if err := after.CheckNotify(); err != nil {
		return entitlement.Resource{}, err
	}
	if err := e.checkAttributes(ctx, tx, who, before, after); err != nil {
		return entitlement.Resource{}, err
	}
	if req.ValidationOnly || same(before, after) {
		return after, nil
	}
	after.Stamp = stampEdit(before.Stamp, who, req.CreatedAt)
	why := e.record(ctx, who.Actor, req.CreatedAt, audit.ResourceUpdated, audit.KindResource, string(after.ID), after.DisplayName)
	err = tx.PutResource(ctx, after, versions(why, before.Version))
	after.Version++
	return after, err
}

// checkAttributes checks attributes that change. What people answer ends up
// in their accounts, from which rules conclude what they may have: that is
// for those to decide who may change automatic policies.
func (e *Engine) checkAttributes(ctx context.Context, r store.Reader, who authz.Caller, before, after entitlement.Resource) error {
	if same(before.Attributes, after.Attributes) {
		return nil
	}
	if err := e.everywhere(ctx, r, who, authz.EditAttributes); err != nil {
		return err
	}
	return after.CheckAttributes()
}

func (e *Engine) removeResource(ctx context.Context, tx store.Tx, who authz.Caller, req entitlement.ResourceRequest) (entitlement.Resource, error) {
	none := entitlement.Resource{}
	found, err := named(ctx, tx, req.Resource)
	if err != nil {
		return none, err
	}
	if err := e.mayTakeBack(ctx, tx, who, found); err != nil {
		return none, err
	}
	packages, err := everyRow(ctx, tx.Packages, equal("catalog", found.Catalog))
	if err != nil {
		return none, err
	}
	if err := found.CheckRemove(packages); err != nil || req.ValidationOnly {
		return found, err
	}
	return found, e.deleteResource(ctx, tx, who, found)
}

// deleteResource removes a resource and what was uploaded to it.
func (e *Engine) deleteResource(ctx context.Context, tx store.Tx, who authz.Caller, r entitlement.Resource) error {
	sessions, err := uploadsOf(ctx, tx, r)
	if err != nil {
		return err
	}
	for _, s := range sessions {
		if err := e.deleteUpload(ctx, tx, who, s); err != nil {
			return err
		}
	}
	why := e.record(ctx, who.Actor, e.clock.Now(), audit.ResourceRemoved, audit.KindResource, string(r.ID), r.DisplayName)
	return tx.DeleteResource(ctx, r.ID, gone(why, r.Version))
}

// mayTakeBack is mayGiveAway for a resource that leaves its catalog.
func (e *Engine) mayTakeBack(ctx context.Context, r store.Reader, who authz.Caller, found entitlement.Resource) error {
	if found.OriginSystem == entitlement.OriginCustomData {
		return nil
	}
	object, err := r.Object(ctx, directory.ObjectID(found.OriginID))
	// Nobody has rights over an object that is gone; its remains may be
	// cleared away by whoever owns the catalog.
	if fault.Is(err, fault.NotFound) || err == nil && object.Deleted() {
		return nil
	}
	if err != nil {
		return err
	}
	return e.mayGiveAway(ctx, r, who, object)
}

// mayGiveAway checks the right over the object itself: whoever runs a catalog
// cannot hand out what belongs to somebody else.
func (e *Engine) mayGiveAway(ctx context.Context, r store.Reader, who authz.Caller, o directory.Object) error {
	held, err := r.RolesOf(ctx, who.ID())
	if err != nil {
		return err
	}
	if o.Group != nil && o.Group.AssignableToRole && !authz.MayGiveAwayRoles(who, held) {
		return fault.New(fault.Invalid, "InvalidResource",
			"The group can be given directory roles; only a Privileged Role Administrator may offer it through access packages.").At("resource.originId")
	}
	if authz.MayGiveAway(who, held, o) {
		return nil
	}
	if !who.AppOnly() {
		owner, err := r.HasMember(ctx, directory.Membership{Group: o.ID, Member: who.ID(), Relation: directory.OwnerOf})
		if err != nil || owner {
			return err
		}
	}
	return fault.New(fault.Invalid, "CallerNotResourceOwner", "The caller is not the resource owner.")
}
