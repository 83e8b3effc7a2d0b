package engine

import (
	"context"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/store"
)

// CreatePolicy adds a policy to a package. Faults: Forbidden, NotFound
// ("AccessPackageNotFound"), Invalid with the code of the rule that the
// policy breaks (policies.md section 15).
func (e *Engine) CreatePolicy(ctx context.Context, who authz.Caller, p entitlement.Policy) (entitlement.PolicyView, error) {
	return change(ctx, e, who, audit.PolicyCreated, audit.KindPolicy, "", func(tx store.Tx) (entitlement.PolicyView, error) {
		none := entitlement.PolicyView{}
		pkg, err := e.packageForPolicy(ctx, tx, who, p.Package)
		if err != nil {
			return none, err
		}
		now := e.clock.Now()
		made := p.Completed(entitlement.Policy{}, e.newID).Described(nil)
		made.ID, made.Version, made.Catalog, made.Stamp = entitlement.PolicyID(e.newID()), 0, pkg.Catalog, stampNew(who, now)
		if err := e.checkPolicy(ctx, tx, who, entitlement.Policy{}, made); err != nil {
			return none, err
		}
		why := e.record(ctx, who.Actor, now, audit.PolicyCreated, audit.KindPolicy, string(made.ID), made.DisplayName)
		if err := e.putPolicy(ctx, tx, entitlement.Policy{}, made, versions(why, 0)); err != nil {
			return none, err
		}
		made.Version++
		return e.policyView(ctx, tx, who, made)
	})
}

// packageForPolicy finds the package of a new policy for somebody who may
// change its policies. A policy without a package is malformed to everybody
// who may write one somewhere.
func (e *Engine) packageForPolicy(ctx context.Context, r store.Reader, who authz.Caller, id entitlement.PackageID) (entitlement.Package, error) {
	reach, err := e.listReach(ctx, r, who, authz.EditPolicies)
	if err != nil {
		return entitlement.Package{}, err
	}
	if id == "" {
		return entitlement.Package{}, fault.New(fault.Invalid, "InvalidModel", "A policy belongs to an access package: give its id.").At("accessPackage")
	}
	p, err := r.Package(ctx, id)
	if fault.Is(err, fault.NotFound) {
		err = reach.Missing(fault.New(fault.NotFound, "AccessPackageNotFound", "There is no access package %s.", id).At("accessPackage"))
	}
	if err != nil {
		return entitlement.Package{}, err
	}
	return p, reach.Check(p.Catalog)
}

// checkPolicy applies the rules of policies to what a policy is to become.
func (e *Engine) checkPolicy(ctx context.Context, r store.Reader, who authz.Caller, before, after entitlement.Policy) error {
	if before.Automatic != nil || after.Automatic != nil {
		if err := e.everywhere(ctx, r, who, authz.EditAutomaticPolicy); err != nil {
			return err
		}
	}
	if err := after.Check(before, e.settings.MaxStages, e.clock.Now()); err != nil {
		return err
	}
	called, err := extensionsByID(ctx, r, after.CalledExtensions())
	if err != nil {
		return err
	}
	if err := after.CheckCalls(called); err != nil {
		return err
	}
	if named := after.Organizations(); len(named) > 0 {
		known, err := r.OrganizationsByID(ctx, named)
		if err != nil {
			return err
		}
		if err := after.CheckOrganizations(known); err != nil {
			return err
		}
	}
	found, err := r.ObjectsByID(ctx, after.Subjects())
	if err != nil {
		return err
	}
	return after.CheckSubjects(before, found)
}

func (e *Engine) policyView(ctx context.Context, r store.Reader, who authz.Caller, p entitlement.Policy) (entitlement.PolicyView, error) {
	views := []entitlement.PolicyView{{Policy: p}}
	err := loader{r, who.Tenant}.policies(ctx, views, nil)
	return views[0], err
}

// ReplacePolicy lets edit turn a copy of the policy into its replacement.
// Requests and assignments keep the version they were made under. Faults:
// Forbidden, NotFound, Invalid with the code of the rule that was broken.
func (e *Engine) ReplacePolicy(ctx context.Context, who authz.Caller, id entitlement.PolicyID, edit func(*entitlement.Policy) error) (entitlement.PolicyView, error) {
	return change(ctx, e, who, audit.PolicyUpdated, audit.KindPolicy, string(id), func(tx store.Tx) (entitlement.PolicyView, error) {
		none := entitlement.PolicyView{}
		before, err := e.reachPolicy(ctx, tx, who, authz.EditPolicies, id)
		if err != nil {
			return none, err
		}
		after := before.Described(nil)
		if err := edit(&after); err != nil {
			return none, err
		}
		if after.Package != "" && after.Package != before.Package {
			return none, fault.New(fault.Invalid, "InvalidModel", "A policy stays with its access package.").At("accessPackage")
		}
		after = after.Completed(before, e.newID).Described(nil)
		after.ID, after.Version, after.Package, after.Catalog, after.Stamp = before.ID, before.Version, before.Package, before.Catalog, before.Stamp
		if same(before, after) {
			return e.policyView(ctx, tx, who, before)
		}
		if err := e.checkPolicy(ctx, tx, who, before, after); err != nil {
			return none, err
		}
		now := e.clock.Now()
		after.Stamp = stampEdit(before.Stamp, who, now)
		why := e.record(ctx, who.Actor, now, audit.PolicyUpdated, audit.KindPolicy, string(id), after.DisplayName)
		if err := e.putPolicy(ctx, tx, before, after, versions(why, before.Version)); err != nil {
			return none, err
		}
		after.Version++
		return e.policyView(ctx, tx, who, after)
	})
}

// putPolicy writes a policy and sets to work what it means for automatic
// assignment.
func (e *Engine) putPolicy(ctx context.Context, tx store.Tx, before, after entitlement.Policy, why audit.Record) error {
	next := after
	next.Version++
	if err := e.rollOut(ctx, tx, before, next); err != nil {
		return err
	}
	return tx.PutPolicy(ctx, after, why)
}

// DeletePolicy removes a policy through which nobody has or asks for access;
// what an automatic policy gave by itself ends with it.
// Faults: Forbidden, NotFound, Invalid ("PolicyInUse").
func (e *Engine) DeletePolicy(ctx context.Context, who authz.Caller, id entitlement.PolicyID, only ...func(entitlement.Policy) error) error {
	return e.do(ctx, who, audit.PolicyDeleted, audit.KindPolicy, string(id), func(tx store.Tx) error {
		p, err := e.reachPolicy(ctx, tx, who, authz.EditPolicies, id)
		if err != nil {
			return err
		}
		if err := holds(p, only); err != nil {
			return err
		}
		if p.Automatic != nil {
			if err := e.everywhere(ctx, tx, who, authz.EditAutomaticPolicy); err != nil {
				return err
			}
		}
		used, err := e.policyInUse(ctx, tx, p)
		if err != nil {
			return err
		}
		if used {
			return fault.New(fault.Invalid, "PolicyInUse",
				"The policy %q can not be deleted because there are assignments or open requests under it. They have to end first.", p.DisplayName)
		}
		return e.removePolicy(ctx, tx, who, p)
	})
}

func (e *Engine) removePolicy(ctx context.Context, tx store.Tx, who authz.Caller, p entitlement.Policy) error {
	if err := e.rollBack(ctx, tx, p); err != nil {
		return err
	}
	why := e.record(ctx, who.Actor, e.clock.Now(), audit.PolicyDeleted, audit.KindPolicy, string(p.ID), p.DisplayName)
	return tx.DeletePolicy(ctx, p.ID, gone(why, p.Version))
}
