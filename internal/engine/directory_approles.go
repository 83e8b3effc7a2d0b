package engine

import (
	"context"
	"time"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

// AppRoleAssignments lists the application roles that a principal has, or
// that an application gave, or both; an empty id is no limit. Faults:
// Forbidden, NotFound for either.
func (e *Engine) AppRoleAssignments(ctx context.Context, who authz.Caller, principal, resource directory.ObjectID, q query.List) (query.Page[directory.AppRoleAssignmentView], error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) (query.Page[directory.AppRoleAssignmentView], error) {
		none := query.Page[directory.AppRoleAssignmentView]{}
		own := principal != "" && isSelf(who, directory.Object{ID: principal})
		if !own {
			if err := e.anyOf(ctx, r, who, authz.ReadApplications, authz.ReadDirectoryObjects, authz.EditAppRoles); err != nil {
				return none, err
			}
		}
		for field, id := range map[string]directory.ObjectID{"principal": principal, "resource": resource} {
			if id == "" {
				continue
			}
			if _, err := living(ctx, r, id); err != nil {
				return none, err
			}
			q.Where = query.AllOf(q.Where, equal(field, id))
		}
		page, err := r.AppRoleAssignments(ctx, q)
		if err != nil {
			return none, err
		}
		views := make([]directory.AppRoleAssignmentView, len(page.Rows))
		for i := range page.Rows {
			views[i].AppRoleAssignment = page.Rows[i]
		}
		err = loader{r, who.Tenant}.appRoles(ctx, views)
		return query.Page[directory.AppRoleAssignmentView]{Rows: views, Next: page.Next, Count: page.Count}, err
	})
}

// appRoles loads both ends of assignments, with one statement.
func (l loader) appRoles(ctx context.Context, views []directory.AppRoleAssignmentView) error {
	ends := distinct(views, func(v *directory.AppRoleAssignmentView) directory.ObjectID { return v.Principal })
	ends = append(ends, distinct(views, func(v *directory.AppRoleAssignmentView) directory.ObjectID { return v.Resource })...)
	if len(ends) == 0 {
		return nil
	}
	found, err := l.r.ObjectsByID(ctx, ends)
	if err != nil {
		return err
	}
	for i := range views {
		views[i].PrincipalOf, views[i].ResourceOf = found[views[i].Principal], found[views[i].Resource]
	}
	return nil
}

// GiveAppRole gives a role of an application. Faults: Forbidden, NotFound for
// the principal or the application, Invalid if the application has no such
// role, or the principal has it already.
func (e *Engine) GiveAppRole(ctx context.Context, who authz.Caller, a directory.AppRoleAssignment) (directory.AppRoleAssignmentView, error) {
	return change(ctx, e, who, audit.AppRoleGiven, audit.KindObject, string(a.Resource), func(tx store.Tx) (directory.AppRoleAssignmentView, error) {
		none := directory.AppRoleAssignmentView{}
		if err := e.everywhere(ctx, tx, who, authz.EditAppRoles); err != nil {
			return none, err
		}
		if err := e.directoryWritable(); err != nil {
			return none, err
		}
		principal, err := living(ctx, tx, a.Principal)
		if err == nil && principal.Kind == directory.KindApplication {
			err = noObject(string(a.Principal))
		}
		if err != nil {
			return none, err
		}
		app, err := find(ctx, tx, directory.KindServicePrincipal, string(a.Resource))
		if err != nil {
			return none, err
		}
		if err := app.CheckAppRole(a.Role, principal.Kind); err != nil {
			return none, err
		}
		_, err = tx.AppRoleOf(ctx, a.Principal, a.Resource, a.Role)
		if err == nil {
			return none, fault.New(fault.Invalid, "Request_BadRequest", "Permission being assigned already exists on the object")
		}
		if err := unlessMissing(err); err != nil {
			return none, err
		}
		made := a
		made.ID, made.CreatedAt = e.newID(), e.clock.Now()
		err = tx.PutAppRoleAssignment(ctx, made, e.appRoleRecord(ctx, who, made, audit.AppRoleGiven, made.CreatedAt))
		return directory.AppRoleAssignmentView{AppRoleAssignment: made, PrincipalOf: principal, ResourceOf: app}, err
	})
}

// TakeAppRole takes a role of an application. Faults: Forbidden, NotFound.
func (e *Engine) TakeAppRole(ctx context.Context, who authz.Caller, id string) error {
	return e.do(ctx, who, audit.AppRoleTaken, audit.KindAppRole, id, func(tx store.Tx) error {
		if err := e.everywhere(ctx, tx, who, authz.EditAppRoles); err != nil {
			return err
		}
		if err := e.directoryWritable(); err != nil {
			return err
		}
		a, err := tx.AppRoleAssignment(ctx, id)
		if fault.Is(err, fault.NotFound) {
			err = noObject(id)
		}
		if err != nil {
			return err
		}
		return tx.DeleteAppRoleAssignment(ctx, id, e.appRoleRecord(ctx, who, a, audit.AppRoleTaken, e.clock.Now()))
	})
}

func (e *Engine) appRoleRecord(ctx context.Context, who authz.Caller, a directory.AppRoleAssignment, action audit.Action, at time.Time) audit.Record {
	why := e.record(ctx, who.Actor, at, action, audit.KindAppRole, a.ID, "")
	if a.Principal != who.ID() {
		why.OnBehalf = a.Principal
	}
	return why
}
