package engine

import (
	"context"
	"slices"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/store"
)

// BarPackage makes a package incompatible with another one: nobody gets
// either who holds the other. Who holds both keeps both. Faults: Forbidden
// (also for those who may not read the other package), NotFound, Invalid
// ("Request_BadRequest" if it is so already, "InvalidModel" for the package
// itself).
func (e *Engine) BarPackage(ctx context.Context, who authz.Caller, id, other entitlement.PackageID) error {
	return e.bar(ctx, who, audit.PackageBarred, id, string(other), func(p *entitlement.Package) error {
		p.Incompatible = append(slices.Clone(p.Incompatible), other)
		return nil
	})
}

// UnbarPackage takes back BarPackage. Faults: Forbidden, NotFound also if
// the package does not name the other one.
func (e *Engine) UnbarPackage(ctx context.Context, who authz.Caller, id, other entitlement.PackageID) error {
	return e.bar(ctx, who, audit.PackageUnbarred, id, string(other), func(p *entitlement.Package) (err error) {
		p.Incompatible, err = without(p.Incompatible, other)
		return err
	})
}

// BarGroup makes a package incompatible with a group: nobody gets the
// package who is in the group, through any number of groups. Faults as
// BarPackage.
func (e *Engine) BarGroup(ctx context.Context, who authz.Caller, id entitlement.PackageID, group directory.ObjectID) error {
	return e.bar(ctx, who, audit.GroupBarred, id, string(group), func(p *entitlement.Package) error {
		p.IncompatibleGroup = append(slices.Clone(p.IncompatibleGroup), group)
		return nil
	})
}

// UnbarGroup takes back BarGroup. Faults as UnbarPackage.
func (e *Engine) UnbarGroup(ctx context.Context, who authz.Caller, id entitlement.PackageID, group directory.ObjectID) error {
	return e.bar(ctx, who, audit.GroupUnbarred, id, string(group), func(p *entitlement.Package) (err error) {
		p.IncompatibleGroup, err = without(p.IncompatibleGroup, group)
		return err
	})
}

func (e *Engine) bar(ctx context.Context, who authz.Caller, action audit.Action, id entitlement.PackageID, other string, edit func(*entitlement.Package) error) error {
	return e.do(ctx, who, action, audit.KindPackage, string(id), func(tx store.Tx) error {
		before, err := e.reachPackage(ctx, tx, who, authz.EditPackages, id)
		if err != nil {
			return err
		}
		after := before
		if err := edit(&after); err != nil {
			return err
		}
		if err := before.CheckEdit(after); err != nil {
			return err
		}
		if err := e.checkIncompatible(ctx, tx, who, before, after); err != nil {
			return err
		}
		return e.putPackageAs(ctx, tx, who, action, before, after, other)
	})
}

// without returns the ids without one of them, which must be there.
func without[ID ~string](ids []ID, id ID) ([]ID, error) {
	at := slices.Index(ids, id)
	if at < 0 {
		return nil, fault.New(fault.NotFound, "ResourceNotFound", "The access package does not name %s as incompatible.", id)
	}
	return slices.Delete(slices.Clone(ids), at, at+1), nil
}
