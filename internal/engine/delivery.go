package engine

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/store"
)

// delivery gives and takes the roles of many assignments in one transaction,
// with a handful of statements for all of them. It decides which grants
// begin and which end; assignments that give the same role share a grant.
//
// Use: load, then begin, enforce and end for each assignment, then carryOut,
// then ask given or taken what became of it.
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
	rollouts  *[]entitlement.Rollout // nil: not read yet
}

// held is a grant with what happens to it in this transaction.
type held struct {
	grant   entitlement.Grant          // as it will be
	before  entitlement.Grant          // as it was read; without an id if it is new
	holders []entitlement.AssignmentID // open sources as they were read
	began   []entitlement.AssignmentID
	ended   []entitlement.GrantSource
	wish
	wanted  bool // an assignment in this transaction is to have it
	missing bool // the resource or the role is gone
	stays   bool // it could not be taken: nobody is rid of it
	back    bool // it was held by the books only, and is given back
}

// changed reports whether anything about the grant itself changes.
func (h *held) changed() bool { return h.back || h.grant != h.before }

// wish is how an assignment wants its roles.
type wish struct {
	now    bool // what waits for its next try is tried
	afresh bool // what could not be given before is tried again
	check  bool // what is held by the books is looked at, and given back if it is gone
	again  bool // somebody tries again what fails in a way that may pass
}

// wishOf is how roles are wanted after some tries.
func wishOf(t entitlement.Tries, now time.Time) wish {
	return wish{now: true, afresh: t.Count == 0, again: !t.Last(now)}
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
//
// Grants are read before the assignments that share them, and written
// whenever one comes or goes: a delivery of another process that changes who
// shares a grant makes this one begin anew.
func (d *delivery) load(beginning, existing []entitlement.Assignment) error {
	if len(beginning) > 0 {
		if err := d.loadPackages(beginning); err != nil {
			return err
		}
	}
	all := slices.Concat(beginning, existing)
	if len(all) == 0 {
		return nil
	}
	grants, err := d.tx.OpenGrants(d.ctx, distinct(all, func(a *entitlement.Assignment) directory.ObjectID { return a.Target }))
	if err != nil {
		return err
	}
	for _, g := range grants {
		d.know(&held{grant: g, before: g})
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
	for _, s := range sources {
		if h := d.byID[s.Grant]; h != nil {
			h.holders = append(h.holders, s.Assignment)
			d.sources[s.Assignment] = append(d.sources[s.Assignment], s)
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
func (d *delivery) begin(a entitlement.Assignment, how wish) {
	for _, rs := range d.packages[a.Package].RoleScopes {
		h := d.wanted(a, rs)
		h.wanted = true
		h.wish = h.or(how)
		if !h.of(a.ID) {
			h.began, h.now, h.afresh = append(h.began, a.ID), true, true
		}
	}
}

// enforce is begin for an assignment that exists: what its package does not
// hold any more ends.
func (d *delivery) enforce(a entitlement.Assignment, how wish) {
	d.begin(a, how)
	d.endRest(a, how)
}

// endRest takes from the assignment what its package does not hold any more.
func (d *delivery) endRest(a entitlement.Assignment, how wish) {
	contents := map[entitlement.GrantKey]bool{}
	for _, rs := range d.packages[a.Package].RoleScopes {
		contents[d.wanted(a, rs).grant.Key()] = true
	}
	for _, s := range d.sources[a.ID] {
		h := d.byID[s.Grant]
		if contents[h.grant.Key()] || h.before.Status == entitlement.GrantLeaving && !how.now {
			continue
		}
		h.ended, h.wish = append(h.ended, s), h.or(how)
	}
}

// end takes from the assignment everything that only it gives.
func (d *delivery) end(a entitlement.Assignment, how wish) {
	for _, s := range d.sources[a.ID] {
		h := d.byID[s.Grant]
		h.ended, h.wish = append(h.ended, s), h.or(how)
	}
}

// wanted returns the open grant for a role scope, or a new one.
func (d *delivery) wanted(a entitlement.Assignment, rs entitlement.RoleScope) *held {
	resource, known := d.resources[rs.Resource]
	at := slices.IndexFunc(resource.Roles, func(r entitlement.ResourceRole) bool { return r.ID == rs.Role })
	g := entitlement.Grant{
		Subject: a.Target, Resource: rs.Resource, Role: rs.Role, Scope: rs.Scope,
		OriginSystem: resource.OriginSystem, OriginID: resource.OriginID, Status: entitlement.GrantPending, From: d.now,
	}
	if !known || at < 0 {
		g.RoleOriginID = string(rs.Role) // keeps the keys of different missing roles apart
	} else {
		g.RoleOriginID = resource.Roles[at].OriginID
	}
	h := d.held[g.Key()]
	if h == nil {
		g.ID = entitlement.GrantID(d.e.newID())
		h = &held{grant: g}
		d.know(h)
	}
	h.missing = !known || at < 0
	return h
}

// or joins how several assignments want the same role.
func (w wish) or(other wish) wish {
	return wish{
		now: w.now || other.now, afresh: w.afresh || other.afresh,
		check: w.check || other.check, again: w.again || other.again,
	}
}

// free reports whether no assignment holds the grant after this transaction.
func (h *held) free() bool {
	return len(h.began) == 0 && !slices.ContainsFunc(h.holders, func(id entitlement.AssignmentID) bool {
		return !slices.ContainsFunc(h.ended, func(s entitlement.GrantSource) bool { return s.Assignment == id })
	})
}

// of reports whether the assignment holds the grant, or shall.
func (h *held) of(a entitlement.AssignmentID) bool {
	return slices.Contains(h.began, a) || slices.Contains(h.holders, a)
}

// leaves reports whether the assignment gives the grant up.
func (h *held) leaves(a entitlement.AssignmentID) bool {
	return slices.ContainsFunc(h.ended, func(s entitlement.GrantSource) bool { return s.Assignment == a })
}

// touched reports whether anything about what the assignment gives changes.
func (d *delivery) touched(a entitlement.AssignmentID) bool {
	return slices.ContainsFunc(d.order, func(h *held) bool {
		return slices.Contains(h.began, a) || h.leaves(a) && !h.stays || slices.Contains(h.holders, a) && h.changed()
	})
}

// holdsAny reports whether the assignment had given anything before this
// transaction.
func (d *delivery) holdsAny(a entitlement.AssignmentID) bool {
	return slices.ContainsFunc(d.order, func(h *held) bool {
		return slices.Contains(h.holders, a) && h.before.Status.Given()
	})
}

// errGone is why a role cannot be given that its resource no longer has.
var errGone = errors.New("the resource or its role does not exist any more")

// result tells how giving or taking the roles of an assignment went.
type result struct {
	done, failed, waiting int
	why                   []string // of those that are not done
}

// complete reports whether nothing is left to do.
func (r result) complete() bool { return r.failed+r.waiting == 0 }

// given tells how giving the assignment its roles went. last tells that
// nobody tries again: then nothing is waiting.
func (d *delivery) given(a entitlement.Assignment, last bool) result {
	var r result
	for _, h := range d.order {
		if !h.of(a.ID) || h.leaves(a.ID) && !h.stays {
			continue
		}
		switch {
		case h.leaves(a.ID):
			r.count(h, h.grant.Status == entitlement.GrantLeaving && !last)
		case h.grant.Status.Given():
			r.done++
		default:
			r.count(h, h.grant.Status == entitlement.GrantPending && !last)
		}
	}
	return r
}

// taken tells how taking the assignment its roles went.
func (d *delivery) taken(a entitlement.Assignment, last bool) result {
	var r result
	for _, h := range d.order {
		if !h.leaves(a.ID) {
			continue
		}
		if !h.stays {
			r.done++
			continue
		}
		r.count(h, h.grant.Status == entitlement.GrantLeaving && !last)
	}
	return r
}

// count adds a grant that is not done.
func (r *result) count(h *held, waits bool) {
	if waits {
		r.waiting++
	} else {
		r.failed++
	}
	r.why = append(r.why, h.grant.RoleOriginID+": "+h.grant.Error)
}
