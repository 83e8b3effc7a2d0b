package engine

import (
	"context"
	"reflect"
	"time"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

// change runs a use case that changes something, writes down its refusal and
// returns what became of it.
func change[T any](ctx context.Context, e *Engine, who authz.Caller, action audit.Action, kind audit.ObjectKind, id string, fn func(store.Tx) (T, error)) (T, error) {
	var out T
	err := e.guarded(ctx, who, action, kind, id, func() error {
		var err error
		out, err = write(ctx, e, who.Tenant, fn)
		return err
	})
	return out, err
}

// do is change for use cases that return nothing.
func (e *Engine) do(ctx context.Context, who authz.Caller, action audit.Action, kind audit.ObjectKind, id string, fn func(store.Tx) error) error {
	return e.guarded(ctx, who, action, kind, id, func() error {
		return e.store.Write(ctx, who.Tenant, store.People, fn)
	})
}

// gone says in a record that the version was the last.
func gone(r audit.Record, version int64) audit.Record {
	r.Before, r.After = version, 0
	return r
}

func stampNew(who authz.Caller, now time.Time) entitlement.Stamp {
	return entitlement.Stamp{CreatedAt: now, ModifiedAt: now, CreatedBy: who.Actor.Name, ModifiedBy: who.Actor.Name}
}

// stampEdit keeps when and by whom an object was made.
func stampEdit(s entitlement.Stamp, who authz.Caller, now time.Time) entitlement.Stamp {
	s.ModifiedAt, s.ModifiedBy = now, who.Actor.Name
	return s
}

// same reports whether an edit changed nothing; then nothing is written.
func same[T any](before, after T) bool { return reflect.DeepEqual(before, after) }

// equal is the condition that a field holds a value.
func equal[V ~string](field string, value V) query.Expr {
	return query.Compare{Field: field, Value: string(value)}
}

// other leaves out one row, the one that is being written itself.
func other[ID ~string](id ID) query.Expr {
	return query.Compare{Field: "id", Op: query.Ne, Value: string(id)}
}

// anyRow reports whether a list has a row.
func anyRow[T any](ctx context.Context, list func(context.Context, query.List) (query.Page[T], error), where ...query.Expr) (bool, error) {
	page, err := list(ctx, query.List{Where: query.AllOf(where...), Limit: 1})
	return len(page.Rows) > 0, err
}

// pageSize is how many rows are read at once where all of them are needed.
const pageSize = 500

// everyRow reads a list to its end.
func everyRow[T any](ctx context.Context, list func(context.Context, query.List) (query.Page[T], error), where ...query.Expr) ([]T, error) {
	q := query.List{Where: query.AllOf(where...), Limit: pageSize}
	var all []T
	for {
		page, err := list(ctx, q)
		if err != nil {
			return nil, err
		}
		all = append(all, page.Rows...)
		if page.Next == nil {
			return all, nil
		}
		q.After = page.Next
	}
}

// openRequest is the condition that a request is not closed yet.
func openRequest() query.Expr {
	in := query.In{Field: "status"}
	for _, s := range entitlement.Statuses() {
		if !s.Final() {
			in.Values = append(in.Values, string(s))
		}
	}
	return in
}

// inUse reports whether somebody has, or asks for, access through what the
// field names: a package or a policy.
func inUse[ID ~string](ctx context.Context, r store.Reader, field string, id ID) (bool, error) {
	held, err := anyRow(ctx, r.Assignments, equal(field, id), query.Compare{Field: "state", Op: query.Ne, Value: string(entitlement.AssignmentExpired)})
	if held || err != nil {
		return held, err
	}
	return anyRow(ctx, r.Requests, equal(field, id), openRequest())
}

// everywhere checks that the caller may do something that belongs to no
// catalog.
func (e *Engine) everywhere(ctx context.Context, r store.Reader, who authz.Caller, a authz.Action) error {
	reach, err := e.reach(ctx, r, who, a)
	if err == nil && !reach.Everywhere {
		err = reach.Refusal()
	}
	return err
}

// anyOf is everywhere for things that several permissions allow. The refusal
// speaks of the first.
func (e *Engine) anyOf(ctx context.Context, r store.Reader, who authz.Caller, actions ...authz.Action) error {
	var refused error
	for _, a := range actions {
		err := e.everywhere(ctx, r, who, a)
		if err == nil || !fault.Is(err, fault.Forbidden) {
			return err
		}
		if refused == nil {
			refused = err
		}
	}
	return refused
}

// The reach functions below read an object for somebody who wants to do
// something with it: they check the permission before they tell whether it
// exists (permissions.md section 8).

func (e *Engine) reachCatalog(ctx context.Context, r store.Reader, who authz.Caller, a authz.Action, id entitlement.CatalogID) (entitlement.Catalog, error) {
	reach, err := e.reach(ctx, r, who, a)
	if err != nil {
		return entitlement.Catalog{}, err
	}
	if err := reach.Check(id); err != nil {
		return entitlement.Catalog{}, err
	}
	return r.Catalog(ctx, id)
}

func (e *Engine) reachPackage(ctx context.Context, r store.Reader, who authz.Caller, a authz.Action, id entitlement.PackageID) (entitlement.Package, error) {
	reach, err := e.reach(ctx, r, who, a)
	if err != nil {
		return entitlement.Package{}, err
	}
	p, err := r.Package(ctx, id)
	if err != nil {
		return entitlement.Package{}, reach.Missing(err)
	}
	return p, reach.Check(p.Catalog)
}

func (e *Engine) reachRequest(ctx context.Context, r store.Reader, who authz.Caller, a authz.Action, id entitlement.RequestID) (entitlement.Request, error) {
	reach, err := e.reach(ctx, r, who, a)
	if err != nil {
		return entitlement.Request{}, err
	}
	q, err := r.Request(ctx, id)
	if err != nil {
		return entitlement.Request{}, reach.Missing(err)
	}
	return q, reach.Check(q.Catalog)
}

func (e *Engine) reachPolicy(ctx context.Context, r store.Reader, who authz.Caller, a authz.Action, id entitlement.PolicyID) (entitlement.Policy, error) {
	reach, err := e.reach(ctx, r, who, a)
	if err != nil {
		return entitlement.Policy{}, err
	}
	p, err := r.Policy(ctx, id)
	if err != nil {
		return entitlement.Policy{}, reach.Missing(err)
	}
	return p, reach.Check(p.Catalog)
}

// living returns an object that is not deleted.
func living(ctx context.Context, r store.Reader, id directory.ObjectID) (directory.Object, error) {
	o, err := r.Object(ctx, id)
	if err == nil && (o.Deleted() || o.Kind == directory.KindExternal) {
		err = noObject(string(id))
	}
	if fault.Is(err, fault.NotFound) {
		err = noObject(string(id))
	}
	return o, err
}

// noObject is the directory's sentence, which clients match.
func noObject(key string) error {
	return fault.New(fault.NotFound, "Request_ResourceNotFound",
		"Resource '%s' does not exist or one of its queried reference-property objects are not present.", key)
}
