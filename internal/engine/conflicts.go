package engine

import (
	"context"
	"slices"
	"time"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

// conflicts names what keeps the target from the package: the assignments to
// incompatible packages that are handed in, and the incompatible groups that
// the target is in, through any number of groups.
func conflicts(ctx context.Context, p *people, pkg entitlement.Package, target directory.ObjectID, held []entitlement.Assignment) ([]entitlement.Conflict, error) {
	var found []entitlement.Conflict
	if len(held) > 0 {
		names, err := index(ctx, distinct(held, func(a *entitlement.Assignment) entitlement.PackageID { return a.Package }),
			p.r.Packages, func(p *entitlement.Package) entitlement.PackageID { return p.ID })
		if err != nil {
			return nil, err
		}
		for _, a := range held {
			found = append(found, entitlement.Conflict{Package: a.Package, Assignment: a.ID, Name: names[a.Package].DisplayName})
		}
	}
	if len(pkg.IncompatibleGroup) == 0 {
		return found, nil
	}
	groups, err := p.groupsOf(ctx, target)
	if err != nil {
		return nil, err
	}
	for _, id := range pkg.IncompatibleGroup {
		if !slices.Contains(groups, id) {
			continue
		}
		g, err := p.object(ctx, id)
		if err != nil {
			return nil, err
		}
		found = append(found, entitlement.Conflict{Group: id, Name: g.DisplayName})
	}
	return found, nil
}

// conflictsNow asks again what keeps the targets of many requests from what
// they asked for. Rules and people change while requests wait, so what was
// right when a request was made says nothing. Where no package has a rule it
// costs two statements. Requests stand in the order in which they will be
// carried out: one that is free of conflicts counts against those after it.
func conflictsNow(ctx context.Context, tx store.Tx, requests []entitlement.Request) (map[entitlement.RequestID][]entitlement.Conflict, error) {
	ids := distinct(requests, func(r *entitlement.Request) entitlement.PackageID { return r.Package })
	if len(ids) == 0 {
		return nil, nil
	}
	rules, err := tx.Incompatible(ctx, ids)
	if err != nil {
		return nil, err
	}
	packages, err := index(ctx, ids, tx.Packages, func(p *entitlement.Package) entitlement.PackageID { return p.ID })
	if err != nil {
		return nil, err
	}
	holding, err := holdings(ctx, tx, requests, rules)
	if err != nil {
		return nil, err
	}
	p := newPeople(tx)
	found := map[entitlement.RequestID][]entitlement.Conflict{}
	for _, r := range requests {
		against := slices.DeleteFunc(slices.Clone(holding[r.Target]), func(a entitlement.Assignment) bool {
			return !slices.Contains(rules[r.Package], a.Package)
		})
		all, err := conflicts(ctx, p, packages[r.Package], r.Target, against)
		if err != nil {
			return nil, err
		}
		if len(all) > 0 {
			found[r.ID] = all
			continue
		}
		if r.Begins() {
			holding[r.Target] = append(holding[r.Target], entitlement.Assignment{ID: r.Assignment, Package: r.Package})
		}
	}
	return found, nil
}

// holdings reads what the targets hold of the packages that the rules name.
func holdings(ctx context.Context, r store.Reader, requests []entitlement.Request, rules map[entitlement.PackageID][]entitlement.PackageID) (map[directory.ObjectID][]entitlement.Assignment, error) {
	holding := map[directory.ObjectID][]entitlement.Assignment{}
	if len(rules) == 0 {
		return holding, nil
	}
	targets, barred := query.In{Field: "target"}, query.In{Field: "package"}
	for _, q := range requests {
		if len(rules[q.Package]) == 0 {
			continue
		}
		targets.Values = append(targets.Values, string(q.Target))
		for _, id := range rules[q.Package] {
			barred.Values = append(barred.Values, string(id))
		}
	}
	rows, err := everyRow(ctx, r.Assignments, targets, barred,
		query.Compare{Field: "state", Op: query.Ne, Value: string(entitlement.AssignmentExpired)})
	for _, a := range rows {
		holding[a.Target] = append(holding[a.Target], a)
	}
	return holding, err
}

// checkStillCompatible refuses to approve what has become incompatible while
// it waited. The request stays open: its approver may deny it, or approve it
// once the other access has ended.
func checkStillCompatible(ctx context.Context, tx store.Tx, r entitlement.Request, now time.Time) error {
	more, err := givesMore(ctx, tx, r, now)
	if err != nil || !more {
		return err
	}
	found, err := conflictsNow(ctx, tx, []entitlement.Request{r})
	if err != nil {
		return err
	}
	return entitlement.CheckConflicts(found[r.ID])
}

// givesMore reports whether the request gives access, or makes it last
// longer.
func givesMore(ctx context.Context, r store.Reader, q entitlement.Request, now time.Time) (bool, error) {
	if !q.Updates() {
		return q.Begins(), nil
	}
	a, err := r.Assignment(ctx, q.Assignment)
	if err != nil {
		return false, err
	}
	policy, err := r.PolicyAt(ctx, q.Policy, q.PolicyVersion)
	return err == nil && a.ProlongedBy(q, policy, now), err
}
