package engine

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

// automatics are the automatic policies of a tenant, or of one package, by
// package, in the order in which they were made.
type automatics struct {
	inForce map[entitlement.PackageID][]entitlement.AutomaticPolicy
	pending []pendingRollout
}

// pendingRollout is a rollout whose wanted version is not in force yet.
type pendingRollout struct {
	rollout entitlement.Rollout
	wanted  entitlement.AutomaticPolicy
}

// loadAutomatics reads the automatic policies of a package ("": of all), with
// two statements.
func loadAutomatics(ctx context.Context, r store.Reader, pkg entitlement.PackageID) (automatics, error) {
	a := automatics{inForce: map[entitlement.PackageID][]entitlement.AutomaticPolicy{}}
	rollouts, err := r.Rollouts(ctx)
	if err != nil || len(rollouts) == 0 {
		return a, err
	}
	policies, err := r.RolledOutPolicies(ctx, pkg)
	if err != nil {
		return a, err
	}
	at := func(id entitlement.PolicyID, version int64) (entitlement.AutomaticPolicy, bool) {
		i := slices.IndexFunc(policies, func(p entitlement.Policy) bool { return p.ID == id && p.Version == version })
		if i < 0 {
			return entitlement.AutomaticPolicy{}, false
		}
		return entitlement.ReadAutomatic(policies[i]), true
	}
	for _, s := range rollouts {
		if pkg != "" && s.Package != pkg {
			continue
		}
		ended := entitlement.EndedAutomatic(s.Policy, s.Package)
		if s.Ended {
			a.inForce[s.Package] = append(a.inForce[s.Package], ended)
		} else if p, ok := at(s.Policy, s.InForce); ok {
			a.inForce[s.Package] = append(a.inForce[s.Package], p)
		}
		if !s.Phase.Open() {
			continue
		}
		if s.End {
			a.pending = append(a.pending, pendingRollout{s, ended})
		} else if p, ok := at(s.Policy, s.Wanted); ok {
			a.pending = append(a.pending, pendingRollout{s, p})
		}
	}
	return a, nil
}

// with returns the policies of a package as they will be once the wanted
// version of one of them is in force.
func (a automatics) with(wanted entitlement.AutomaticPolicy) []entitlement.AutomaticPolicy {
	all := slices.DeleteFunc(slices.Clone(a.inForce[wanted.Package]), func(p entitlement.AutomaticPolicy) bool { return p.ID == wanted.ID })
	at, _ := slices.BinarySearchFunc(all, wanted.ID, func(p entitlement.AutomaticPolicy, id entitlement.PolicyID) int {
		if p.ID < id {
			return -1
		}
		return 1
	})
	return slices.Insert(all, at, wanted)
}

// packages returns the packages that have automatic policies.
func (a automatics) packages() []entitlement.PackageID {
	ids := slices.Collect(maps.Keys(a.inForce))
	for _, p := range a.pending {
		ids = append(ids, p.rollout.Package)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// groups returns the groups that rules ask about.
func (a automatics) groups() []directory.ObjectID {
	var ids []directory.ObjectID
	for _, policies := range a.inForce {
		for _, p := range policies {
			ids = append(ids, p.Groups()...)
		}
	}
	for _, p := range a.pending {
		ids = append(ids, p.wanted.Groups()...)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// crowd is what is known of many users and the packages that rules give.
type crowd struct {
	ids     []directory.ObjectID
	objects map[directory.ObjectID]directory.Object
	in      map[directory.ObjectID]map[directory.ObjectID]bool
	held    map[directory.ObjectID][]entitlement.Assignment
	open    map[directory.ObjectID][]entitlement.PackageID
}

// gatherCrowd reads what deciding about users takes, with three statements at
// most. objects lacks those who are gone for good.
func gatherCrowd(ctx context.Context, r store.Reader, a automatics, ids []directory.ObjectID, objects map[directory.ObjectID]directory.Object) (crowd, error) {
	c := crowd{ids: ids, objects: objects, held: map[directory.ObjectID][]entitlement.Assignment{}}
	packages := a.packages()
	active, err := r.ActiveAssignments(ctx, ids, packages)
	if err != nil {
		return c, err
	}
	for _, one := range active {
		c.held[one.Target] = append(c.held[one.Target], one)
	}
	if c.open, err = r.OpenRequests(ctx, ids, packages); err != nil {
		return c, err
	}
	c.in, err = directGroups(ctx, r, ids, a.groups())
	return c, err
}

// facts returns what decides about a user and a package.
func (c crowd) facts(id directory.ObjectID, pkg entitlement.PackageID, policies []entitlement.AutomaticPolicy, now time.Time) entitlement.AutomaticFacts {
	f := entitlement.AutomaticFacts{Target: c.objects[id], In: c.in[id], Policies: policies, Now: now, Open: slices.Contains(c.open[id], pkg)}
	for _, a := range c.held[id] {
		if a.Package == pkg {
			f.Held = append(f.Held, a)
		}
	}
	return f
}

// automaticWork is what automatic policies want done in one transaction.
type automaticWork struct {
	e   *Engine
	ctx context.Context
	tx  store.Tx
	now time.Time

	adds    []entitlement.Request
	changes []entitlement.AutomaticChange
	blocked map[directory.ObjectID][]entitlement.PackageID // whom something keeps from packages
}

func (e *Engine) newAutomaticWork(ctx context.Context, tx store.Tx, now time.Time) *automaticWork {
	return &automaticWork{e: e, ctx: ctx, tx: tx, now: now, blocked: map[directory.ObjectID][]entitlement.PackageID{}}
}

// take notes what is to be done about a user and a package.
func (w *automaticWork) take(user directory.ObjectID, pkg entitlement.PackageID, s entitlement.AutomaticStep) {
	w.changes = append(w.changes, s.Changes...)
	if s.Waits {
		w.blocked[user] = append(w.blocked[user], pkg)
	}
	if s.Add != nil {
		w.adds = append(w.adds, entitlement.NewSystemAdd(entitlement.RequestID(w.e.newID()), *s.Add, user, w.now))
	}
}

// carryOut writes what was noted. Whom incompatible access keeps from a
// package is told by a request that fails; known says of whom that was told
// before.
func (w *automaticWork) carryOut(known map[directory.ObjectID]entitlement.Touched) error {
	if err := w.limit(); err != nil {
		return err
	}
	conflicts, err := w.e.conflictsNow(w.ctx, w.tx, w.adds, w.now, nil)
	if err != nil {
		return err
	}
	for _, q := range w.adds {
		why := w.e.record(w.ctx, entitlement.System, w.now, audit.SystemAssigned, audit.KindRequest, string(q.ID), string(q.Kind))
		why.OnBehalf = q.Target
		records := []audit.Record{versions(why, 0)}
		if refusal := entitlement.CheckConflicts(conflicts[q.ID]); refusal != nil {
			w.blocked[q.Target] = append(w.blocked[q.Target], q.Package)
			if known[q.Target].IsBlocked(q.Package) {
				continue
			}
			var failed audit.Record
			if q, failed = w.fail(q, refusal); failed.ID != "" {
				records = append(records, failed)
			}
		}
		if err := w.tx.PutRequest(w.ctx, q, records...); err != nil {
			return err
		}
	}
	for _, c := range w.changes {
		if err := w.putChange(c); err != nil {
			return err
		}
	}
	return nil
}

// fail ends a request that is not to be carried out.
func (w *automaticWork) fail(q entitlement.Request, refusal error) (entitlement.Request, audit.Record) {
	var record audit.Record
	for _, event := range []entitlement.Event{entitlement.Start, entitlement.Fail} {
		c, ok := q.Happen(event, entitlement.System, w.now)
		if !ok {
			panic("engine: the state table has no way for a request by " + string(event))
		}
		c.After.Failure = fault.Of(refusal).Message
		record = w.e.changeRecord(w.ctx, c)
		record.Reason = c.After.Failure
		q = c.After
	}
	return q, record
}

// putChange writes what happens to an assignment. That another policy takes
// it over is told by a request of its own.
func (w *automaticWork) putChange(c entitlement.AutomaticChange) error {
	why := w.e.record(w.ctx, entitlement.System, w.now, audit.AssignmentChanged, audit.KindAssignment, string(c.After.ID), string(c.After.State))
	why.OnBehalf, why.Reason = c.After.Target, c.Reason
	if err := w.tx.PutAssignment(w.ctx, c.After, versions(why, c.Before.Version)); err != nil {
		return err
	}
	if c.Event != entitlement.Moved {
		return nil
	}
	return w.e.putSystemRequest(w.ctx, w.tx, w.e.newCalling(w.ctx, w.tx, w.now), entitlement.SystemUpdate, c.After, entitlement.Deliver, "", w.now)
}

// limit leaves out what a policy gives beyond the most people it may have
// (policies.md section 9), and tells once that it was reached.
func (w *automaticWork) limit() error {
	most := int64(w.e.settings.MaxAutomatic)
	if most <= 0 || len(w.adds) == 0 {
		return nil
	}
	left := map[entitlement.PolicyID]int64{}
	told := map[entitlement.PolicyID]bool{}
	var kept []entitlement.Request
	for _, q := range w.adds {
		if _, ok := left[q.Policy]; !ok {
			has, err := w.given(q.Policy)
			if err != nil {
				return err
			}
			left[q.Policy] = most - has
			told[q.Policy] = has >= most
		}
		if left[q.Policy] > 0 {
			left[q.Policy]--
			kept = append(kept, q)
			continue
		}
		if told[q.Policy] {
			continue
		}
		told[q.Policy] = true
		why := w.e.record(w.ctx, entitlement.System, w.now, audit.AutomaticLimit, audit.KindPolicy, string(q.Policy), "")
		why.Result, why.Reason = audit.Failure, "automatic.maxUsers"
		if err := w.tx.Note(w.ctx, why); err != nil {
			return err
		}
	}
	w.adds = kept
	return nil
}

// given counts who has a package through a policy, or is about to get it.
func (w *automaticWork) given(id entitlement.PolicyID) (int64, error) {
	has, err := w.tx.Assignments(w.ctx, query.List{Limit: 1, Count: true, Where: query.AllOf(equal("policy", id),
		query.Compare{Field: "state", Op: query.Ne, Value: string(entitlement.AssignmentExpired)})})
	if err != nil {
		return 0, err
	}
	asks, err := w.tx.Requests(w.ctx, query.List{Limit: 1, Count: true, Where: query.AllOf(equal("policy", id), openRequest(),
		equal("kind", entitlement.SystemAdd))})
	return has.Count + asks.Count, err
}
