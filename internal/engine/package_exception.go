package engine

import (
	"context"
	"slices"
	"time"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

// ApproveException lifts a rule about a package for somebody, until an
// instant. Rule, Target, From (zero is now), Until, RemoveAtEnd and Reason
// are the caller's to say. Faults: Forbidden, also for the person whom it is
// about; NotFound for the package; Invalid ("NotIncompatible" if there is no
// such rule, "TargetNotAllowed", "InvalidModel").
func (e *Engine) ApproveException(ctx context.Context, who authz.Caller, x entitlement.Exception) (entitlement.ExceptionView, error) {
	return change(ctx, e, who, audit.ExceptionApproved, audit.KindException, string(x.Rule.Package), func(tx store.Tx) (entitlement.ExceptionView, error) {
		none := entitlement.ExceptionView{}
		p, err := e.reachPackage(ctx, tx, who, authz.ApproveException, x.Rule.Package)
		if err != nil {
			return none, err
		}
		if x.Target == who.ID() {
			return none, authz.Denied(authz.ApproveException, "nobody approves an exception for oneself")
		}
		rules, err := rulesOf(ctx, tx)
		if err != nil {
			return none, err
		}
		target, err := newPeople(tx).object(ctx, x.Target)
		if err != nil {
			return none, err
		}
		now := e.clock.Now()
		made := x
		made.ID, made.Version, made.Catalog, made.EndedAt = entitlement.ExceptionID(e.newID()), 0, p.Catalog, time.Time{}
		made.ApprovedBy, made.CreatedAt = who.Actor, now
		if made.From.Before(now) {
			made.From = now
		}
		if err := made.Check(rules, target, now); err != nil {
			return none, err
		}
		if err := tx.PutException(ctx, made, versions(e.exceptionRecord(ctx, who.Actor, made, audit.ExceptionApproved, now), 0)); err != nil {
			return none, err
		}
		made.Version++
		return entitlement.ExceptionView{Exception: made, Now: now}, tx.PutWork(ctx, exceptionWork(made))
	})
}

// exceptionWork is what there is to do at the end of an exception.
func exceptionWork(x entitlement.Exception) store.Work {
	return store.Work{Kind: store.WorkException, Ref: string(x.ID), Since: x.CreatedAt, Pass: x.CreatedAt, Due: x.Until}
}

func (e *Engine) exceptionRecord(ctx context.Context, by entitlement.Actor, x entitlement.Exception, action audit.Action, now time.Time) audit.Record {
	why := e.record(ctx, by, now, action, audit.KindException, string(x.ID), string(x.Rule.Package))
	why.OnBehalf = x.Target
	return why
}

// Exceptions lists the exceptions about a package, past ones included. Faults:
// Forbidden, NotFound.
func (e *Engine) Exceptions(ctx context.Context, who authz.Caller, pkg entitlement.PackageID, q query.List, inc entitlement.Include) (query.Page[entitlement.ExceptionView], error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) (query.Page[entitlement.ExceptionView], error) {
		none := query.Page[entitlement.ExceptionView]{}
		if _, err := e.reachPackage(ctx, r, who, authz.ReadRequests, pkg); err != nil {
			return none, err
		}
		q.Where = query.AllOf(equal("package", pkg), q.Where)
		page, err := r.Exceptions(ctx, q)
		if err != nil {
			return none, err
		}
		views := make([]entitlement.ExceptionView, len(page.Rows))
		for i, x := range page.Rows {
			views[i] = entitlement.ExceptionView{Exception: x, Now: e.clock.Now()}
		}
		err = loader{r, who.Tenant}.exceptions(ctx, views, inc)
		return query.Page[entitlement.ExceptionView]{Rows: views, Next: page.Next, Count: page.Count}, err
	})
}

// Exception returns one exception about a package. Faults: Forbidden,
// NotFound.
func (e *Engine) Exception(ctx context.Context, who authz.Caller, pkg entitlement.PackageID, id entitlement.ExceptionID, inc entitlement.Include) (entitlement.ExceptionView, error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) (entitlement.ExceptionView, error) {
		if _, err := e.reachPackage(ctx, r, who, authz.ReadRequests, pkg); err != nil {
			return entitlement.ExceptionView{}, err
		}
		x, err := exceptionOf(ctx, r, pkg, id)
		if err != nil {
			return entitlement.ExceptionView{}, err
		}
		views := []entitlement.ExceptionView{{Exception: x, Now: e.clock.Now()}}
		err = loader{r, who.Tenant}.exceptions(ctx, views, inc)
		return views[0], err
	})
}

func exceptionOf(ctx context.Context, r store.Reader, pkg entitlement.PackageID, id entitlement.ExceptionID) (entitlement.Exception, error) {
	x, err := r.Exception(ctx, id)
	if err == nil && x.Rule.Package != pkg {
		err = fault.New(fault.NotFound, "ResourceNotFound", "The access package has no exception %s.", id)
	}
	return x, err
}

// RevokeException takes an exception back. That is its end, if it has not
// ended before. Faults: Forbidden, NotFound.
func (e *Engine) RevokeException(ctx context.Context, who authz.Caller, pkg entitlement.PackageID, id entitlement.ExceptionID) error {
	return e.do(ctx, who, audit.ExceptionRevoked, audit.KindException, string(id), func(tx store.Tx) error {
		if _, err := e.reachPackage(ctx, tx, who, authz.ApproveException, pkg); err != nil {
			return err
		}
		x, err := exceptionOf(ctx, tx, pkg, id)
		if err != nil {
			return err
		}
		now := e.clock.Now()
		if err := tx.DeleteException(ctx, id, gone(e.exceptionRecord(ctx, who.Actor, x, audit.ExceptionRevoked, now), x.Version)); err != nil {
			return err
		}
		if !x.EndedAt.IsZero() {
			return nil
		}
		if err := tx.EndWork(ctx, exceptionWork(x)); err != nil || now.Before(x.From) {
			return err
		}
		return e.endExcused(ctx, tx, x, now)
	})
}

// endException does what there is to do when the time of an exception is up.
func (e *Engine) endException(ctx context.Context, tx store.Tx, s store.Work, now time.Time) (int, error) {
	if err := tx.EndWork(ctx, s); err != nil {
		return 0, err
	}
	x, err := tx.Exception(ctx, entitlement.ExceptionID(s.Ref))
	if fault.Is(err, fault.NotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	ended := x
	ended.EndedAt = now
	why := versions(e.exceptionRecord(ctx, entitlement.System, x, audit.ExceptionEnded, now), x.Version)
	if err := tx.PutException(ctx, ended, why); err != nil {
		return 0, err
	}
	return 1, e.endExcused(ctx, tx, ended, now)
}

// endExcused takes the package away that an exception was about, if that was
// said when it was approved and the rule is violated without it.
func (e *Engine) endExcused(ctx context.Context, tx store.Tx, x entitlement.Exception, now time.Time) error {
	if !x.RemoveAtEnd {
		return nil
	}
	d := docket{asked: []asking{{Package: x.Rule.Package, Target: x.Target, Has: true}}, now: now}
	var err error
	if d.stamp, err = tx.RuleStamp(ctx); err != nil {
		return err
	}
	judged, err := judge(ctx, tx, d)
	if err != nil {
		return err
	}
	violated := slices.ContainsFunc(judged, func(j judgement) bool {
		return slices.ContainsFunc(j.conflicts, func(c entitlement.Conflict) bool { return c.Rule.Same(x.Rule) })
	})
	if !violated {
		return nil
	}
	held, err := everyRow(ctx, tx.Assignments, equal("target", x.Target), equal("package", x.Rule.Package),
		query.Compare{Field: "state", Op: query.Ne, Value: string(entitlement.AssignmentExpired)})
	for i := range held {
		held[i].EndsAt = now // so that it ends, even if something could not be taken at once
	}
	if err != nil {
		return err
	}
	return e.endAll(ctx, tx, held, now)
}

func (l loader) exceptions(ctx context.Context, views []entitlement.ExceptionView, inc entitlement.Include) error {
	if sub, ok := inc.Of("target"); ok {
		subjects, err := l.subjects(ctx, distinct(views, func(v *entitlement.ExceptionView) directory.ObjectID { return v.Target }), sub)
		if err != nil {
			return err
		}
		for i := range views {
			views[i].OfTarget = subjects[views[i].Target]
		}
	}
	for name, of := range map[string]struct {
		id  func(*entitlement.ExceptionView) entitlement.PackageID
		set func(*entitlement.ExceptionView, *entitlement.PackageView)
	}{
		"package": {
			func(v *entitlement.ExceptionView) entitlement.PackageID { return v.Rule.Package },
			func(v *entitlement.ExceptionView, p *entitlement.PackageView) { v.OfPackage = p },
		},
		"otherPackage": {
			func(v *entitlement.ExceptionView) entitlement.PackageID { return v.Rule.Other },
			func(v *entitlement.ExceptionView, p *entitlement.PackageView) { v.With = p },
		},
	} {
		sub, ok := inc.Of(name)
		if !ok {
			continue
		}
		packages, err := l.packagesByID(ctx, distinct(views, of.id), sub)
		if err != nil {
			return err
		}
		for i := range views {
			of.set(&views[i], packages[of.id(&views[i])])
		}
	}
	if !inc.Has("group") {
		return nil
	}
	groups, err := l.r.ObjectsByID(ctx, distinct(views, func(v *entitlement.ExceptionView) directory.ObjectID { return v.Rule.Group }))
	for i := range views {
		if g, ok := groups[views[i].Rule.Group]; ok {
			views[i].WithGroup = &g
		}
	}
	return err
}
