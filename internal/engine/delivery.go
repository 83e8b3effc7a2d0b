package engine

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/store"
)

// delivery gives and takes the roles of many assignments in one transaction,
// with a handful of statements for all of them. It decides which grants
// begin and which end; assignments that give the same role share a grant.
//
// Use: load, then begin and end for each assignment, then carryOut, then ask
// outcome for those that began.
type delivery struct {
	e   *Engine
	ctx context.Context
	tx  store.Tx
	now time.Time

	packages  map[entitlement.PackageID]entitlement.Package
	resources map[entitlement.ResourceID]entitlement.Resource
	held      map[entitlement.GrantKey]*held
	byID      map[entitlement.GrantID]*held
	order     []*held // in the order in which they were met: writes are repeatable
	sources   map[entitlement.AssignmentID][]entitlement.GrantSource
}

// held is a grant with what happens to it in this transaction.
type held struct {
	grant   entitlement.Grant
	isNew   bool
	holders []entitlement.AssignmentID // open sources, after this transaction
	began   []entitlement.AssignmentID
	ended   []entitlement.GrantSource
	missing bool  // the resource or the role is gone
	failed  error // the connector could not give it
}

func (e *Engine) newDelivery(ctx context.Context, tx store.Tx, now time.Time) *delivery {
	return &delivery{
		e: e, ctx: ctx, tx: tx, now: now,
		packages:  map[entitlement.PackageID]entitlement.Package{},
		resources: map[entitlement.ResourceID]entitlement.Resource{},
		held:      map[entitlement.GrantKey]*held{},
		byID:      map[entitlement.GrantID]*held{},
		sources:   map[entitlement.AssignmentID][]entitlement.GrantSource{},
	}
}

// load reads what assignments need to begin and, of those that exist, what
// they hold. One that is tried again is both.
func (d *delivery) load(beginning, existing []entitlement.Assignment) error {
	if len(beginning) > 0 {
		if err := d.loadPackages(beginning); err != nil {
			return err
		}
		subjects := distinct(beginning, func(a *entitlement.Assignment) directory.ObjectID { return a.Target })
		grants, err := d.tx.OpenGrants(d.ctx, subjects)
		if err != nil {
			return err
		}
		for _, g := range grants {
			d.know(&held{grant: g})
		}
	}
	if len(existing) == 0 {
		return nil
	}
	return d.loadSources(distinct(existing, func(a *entitlement.Assignment) entitlement.AssignmentID { return a.ID }))
}

func (d *delivery) loadPackages(beginning []entitlement.Assignment) error {
	ids := distinct(beginning, func(a *entitlement.Assignment) entitlement.PackageID { return a.Package })
	var err error
	if d.packages, err = index(d.ctx, ids, d.tx.Packages, func(p *entitlement.Package) entitlement.PackageID { return p.ID }); err != nil {
		return err
	}
	var contents []entitlement.RoleScope
	for _, id := range ids {
		contents = append(contents, d.packages[id].RoleScopes...)
	}
	resources := distinct(contents, func(rs *entitlement.RoleScope) entitlement.ResourceID { return rs.Resource })
	d.resources, err = index(d.ctx, resources, d.tx.Resources, func(r *entitlement.Resource) entitlement.ResourceID { return r.ID })
	return err
}

func (d *delivery) loadSources(existing []entitlement.AssignmentID) error {
	sources, err := d.tx.SourcesOf(d.ctx, existing)
	if err != nil {
		return err
	}
	var unknown []entitlement.GrantID
	for _, id := range distinct(sources, func(s *entitlement.GrantSource) entitlement.GrantID { return s.Grant }) {
		if d.byID[id] == nil {
			unknown = append(unknown, id)
		}
	}
	grants, err := d.tx.GrantsByID(d.ctx, unknown)
	if err != nil {
		return err
	}
	for _, id := range unknown {
		if g, ok := grants[id]; ok {
			d.know(&held{grant: g})
		}
	}
	for _, s := range sources {
		d.sources[s.Assignment] = append(d.sources[s.Assignment], s)
		if h := d.byID[s.Grant]; h != nil {
			h.holders = append(h.holders, s.Assignment)
		}
	}
	return nil
}

func (d *delivery) know(h *held) {
	d.held[h.grant.Key()] = h
	d.byID[h.grant.ID] = h
	d.order = append(d.order, h)
}

// begin gives the assignment everything that its package holds.
func (d *delivery) begin(a entitlement.Assignment) {
	for _, rs := range d.packages[a.Package].RoleScopes {
		h := d.wanted(a, rs)
		if !slices.Contains(h.began, a.ID) && !slices.Contains(h.holders, a.ID) {
			h.began = append(h.began, a.ID)
		}
	}
}

// wanted returns the open grant for a role scope, or a new one.
func (d *delivery) wanted(a entitlement.Assignment, rs entitlement.RoleScope) *held {
	resource, known := d.resources[rs.Resource]
	at := slices.IndexFunc(resource.Roles, func(r entitlement.ResourceRole) bool { return r.ID == rs.Role })
	g := entitlement.Grant{
		Subject: a.Target, Resource: rs.Resource, Role: rs.Role, Scope: rs.Scope,
		OriginSystem: resource.OriginSystem, OriginID: resource.OriginID, From: d.now,
	}
	if !known || at < 0 {
		g.RoleOriginID = string(rs.Role) // keeps the keys of different missing roles apart
	} else {
		g.RoleOriginID = resource.Roles[at].OriginID
	}
	if h := d.held[g.Key()]; h != nil {
		return h
	}
	g.ID = entitlement.GrantID(d.e.newID())
	h := &held{grant: g, isNew: true, missing: !known || at < 0}
	d.know(h)
	return h
}

// end takes from the assignment everything that only it gives.
func (d *delivery) end(a entitlement.Assignment) {
	for _, s := range d.sources[a.ID] {
		if h := d.byID[s.Grant]; h != nil {
			h.ended = append(h.ended, s)
			h.holders = slices.DeleteFunc(h.holders, func(id entitlement.AssignmentID) bool { return id == a.ID })
		}
	}
}

// errGone is why a role cannot be given that its resource no longer has.
var errGone = errors.New("the resource or its role does not exist any more")

// carryOut does in the origin systems what was decided and writes grants
// and sources.
func (d *delivery) carryOut() error {
	var give, take []*held
	for _, h := range d.order {
		switch {
		case h.missing:
			h.failed = errGone
		case h.isNew && len(h.began) > 0:
			give = append(give, h)
		case len(h.ended) > 0 && len(h.holders) == 0 && len(h.began) == 0:
			h.grant.To = d.now
			if !h.grant.Preexisting {
				take = append(take, h)
			}
		}
	}
	if err := d.give(give); err != nil {
		return err
	}
	if err := d.take(take); err != nil {
		return err
	}
	for _, h := range d.order {
		if err := d.write(h); err != nil {
			return err
		}
	}
	return nil
}

// give asks the connectors, origin system by origin system. What a subject
// had before stays when the grant ends, so that is found out first.
func (d *delivery) give(all []*held) error {
	return d.perOrigin(all, func(c Connector, batch []*held, grants []entitlement.Grant) error {
		had, err := c.Holds(d.ctx, d.tx, grants)
		if err != nil {
			return err
		}
		var missing []*held
		for i, h := range batch {
			if h.grant.Preexisting = had[i]; !had[i] {
				missing = append(missing, h)
			}
		}
		failed, err := c.Give(d.ctx, d.tx, grantsOf(missing), d.why)
		for i := range failed {
			missing[i].failed = failed[i]
		}
		return err
	})
}

func (d *delivery) take(all []*held) error {
	return d.perOrigin(all, func(c Connector, _ []*held, grants []entitlement.Grant) error {
		return c.Take(d.ctx, d.tx, grants, d.why)
	})
}

func (d *delivery) perOrigin(all []*held, do func(Connector, []*held, []entitlement.Grant) error) error {
	var systems []entitlement.OriginSystem
	for _, h := range all {
		if !slices.Contains(systems, h.grant.OriginSystem) {
			systems = append(systems, h.grant.OriginSystem)
		}
	}
	for _, system := range systems {
		batch := slices.DeleteFunc(slices.Clone(all), func(h *held) bool { return h.grant.OriginSystem != system })
		c, ok := d.e.connectors[system]
		if !ok {
			for _, h := range batch {
				h.failed = errors.New("no connector serves the origin system " + string(system))
			}
			continue
		}
		if err := do(c, batch, grantsOf(batch)); err != nil {
			return err
		}
	}
	return nil
}

func grantsOf(batch []*held) []entitlement.Grant {
	grants := make([]entitlement.Grant, len(batch))
	for i, h := range batch {
		grants[i] = h.grant
	}
	return grants
}

func (d *delivery) why(action audit.Action, g entitlement.Grant) audit.Record {
	r := d.e.record(d.ctx, entitlement.System, d.now, action, audit.KindObject, g.OriginID, g.RoleOriginID)
	r.OnBehalf = g.Subject
	return r
}

func (d *delivery) write(h *held) error {
	if h.failed != nil {
		return nil
	}
	if h.isNew && len(h.began) > 0 || !h.grant.To.IsZero() && len(h.ended) > 0 {
		action := audit.ResourceFulfilled
		if !h.isNew {
			action = audit.ResourceWithdrawn
		}
		why := d.e.record(d.ctx, entitlement.System, d.now, action, audit.KindGrant, string(h.grant.ID), h.grant.RoleOriginID)
		why.OnBehalf = h.grant.Subject
		if err := d.tx.PutGrant(d.ctx, h.grant, versions(why, h.grant.Version)); err != nil {
			return err
		}
	}
	for _, id := range h.began {
		if err := d.tx.AddSource(d.ctx, entitlement.GrantSource{Grant: h.grant.ID, Assignment: id, From: d.now}); err != nil {
			return err
		}
	}
	for _, s := range h.ended {
		s.To = d.now
		if err := d.tx.EndSource(d.ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// outcome tells how giving the assignment its roles went: the event that
// happens to it, the one that happens to its request, and why, if not all
// went well.
func (d *delivery) outcome(a entitlement.Assignment) (entitlement.AssignmentEvent, entitlement.Event, string) {
	if _, ok := d.packages[a.Package]; !ok {
		return entitlement.NotGranted, entitlement.Fail, "the access package does not exist any more"
	}
	var given, failed int
	var why string
	for _, h := range d.order {
		if !slices.Contains(h.began, a.ID) && !slices.Contains(h.holders, a.ID) {
			continue
		}
		if h.failed == nil {
			given++
			continue
		}
		failed++
		why = h.failed.Error()
	}
	switch {
	case failed == 0:
		return entitlement.Granted, entitlement.Deliver, ""
	case given == 0:
		return entitlement.NotGranted, entitlement.Fail, why
	}
	return entitlement.PartGranted, entitlement.DeliverPart, why
}
