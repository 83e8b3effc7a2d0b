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

// Subjects lists everybody whom requests can be about: users, service
// principals, and people from outside without an account. Faults: Forbidden.
func (e *Engine) Subjects(ctx context.Context, who authz.Caller, q query.List, inc entitlement.Include) (query.Page[entitlement.Subject], error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) (query.Page[entitlement.Subject], error) {
		none := query.Page[entitlement.Subject]{}
		if err := e.everywhere(ctx, r, who, authz.ReadSubjects); err != nil {
			return none, err
		}
		page, err := r.Subjects(ctx, q)
		if err != nil {
			return none, err
		}
		views := make([]entitlement.Subject, len(page.Rows))
		for i, o := range page.Rows {
			views[i] = entitlement.SubjectFor(who.Tenant, o)
		}
		err = loader{r, who.Tenant}.complete(ctx, views, page.Rows, inc)
		return query.Page[entitlement.Subject]{Rows: views, Next: page.Next, Count: page.Count}, err
	})
}

// subjects loads directory objects as entitlement management shows them.
func (l loader) subjects(ctx context.Context, ids []directory.ObjectID, inc entitlement.Include) (map[directory.ObjectID]*entitlement.Subject, error) {
	found, err := l.r.ObjectsByID(ctx, ids)
	if err != nil {
		return nil, err
	}
	objects := make([]directory.Object, 0, len(found))
	views := make([]entitlement.Subject, 0, len(found))
	for _, o := range found {
		objects, views = append(objects, o), append(views, entitlement.SubjectFor(l.tenant, o))
	}
	if err := l.complete(ctx, views, objects, inc); err != nil {
		return nil, err
	}
	subjects := make(map[directory.ObjectID]*entitlement.Subject, len(views))
	for i, o := range objects {
		subjects[o.ID] = &views[i]
	}
	return subjects, nil
}

// complete fills in what is kept about those subjects that are from outside:
// two statements if there are any, whatever the number.
func (l loader) complete(ctx context.Context, views []entitlement.Subject, objects []directory.Object, inc entitlement.Include) error {
	var outside []directory.ObjectID
	for _, o := range objects {
		if o.External() {
			outside = append(outside, o.ID)
		}
	}
	if len(outside) == 0 {
		return nil
	}
	guests, err := l.r.Guests(ctx, outside)
	if err != nil {
		return err
	}
	homes, err := organizationsOf(ctx, l.r, objects)
	if err != nil {
		return err
	}
	for i, o := range objects {
		if g, ok := guests[o.ID]; ok {
			views[i].Lifecycle, views[i].CleanupAt, views[i].Version = g.Lifecycle, g.CleanupAt(), g.Version
		}
		if home, ok := homes[o.ID]; ok {
			views[i].Organization = home.ID
			if inc.Has("organization") {
				views[i].InOrganization = &entitlement.OrganizationView{Organization: home}
			}
		}
	}
	return nil
}

// GovernSubject edits a copy of what is kept about a subject: whether the
// account goes with the last access. key is a condition that finds it. An
// error of edit is returned as it is. Faults: Forbidden, NotFound, Invalid
// for somebody who is no guest.
func (e *Engine) GovernSubject(ctx context.Context, who authz.Caller, key query.Expr, edit func(*entitlement.Subject) error) error {
	return e.do(ctx, who, audit.SubjectUpdated, audit.KindSubject, "", func(tx store.Tx) error {
		if err := e.everywhere(ctx, tx, who, authz.EditSubjects); err != nil {
			return err
		}
		page, err := tx.Subjects(ctx, query.List{Where: key, Limit: 1})
		if err != nil {
			return err
		}
		if len(page.Rows) == 0 {
			return fault.New(fault.NotFound, "ResourceNotFound", "There is no such subject.")
		}
		o := page.Rows[0]
		guests, err := tx.Guests(ctx, []directory.ObjectID{o.ID})
		if err != nil {
			return err
		}
		before, ok := guests[o.ID]
		if !ok {
			before = entitlement.NewGuest(o.ID, entitlement.SubjectFor(who.Tenant, o).Lifecycle)
		}
		view := entitlement.SubjectFor(who.Tenant, o)
		view.Lifecycle = before.Lifecycle
		if err := edit(&view); err != nil {
			return err
		}
		if view.Lifecycle == before.Lifecycle {
			return nil
		}
		if o.Kind != directory.KindUser || !o.External() {
			return fault.New(fault.Invalid, "InvalidModel", "Only guests with an account have a life cycle; %s is none.", o.DisplayName).At("subjectLifecycle")
		}
		after, err := before.Govern(view.Lifecycle)
		if err != nil {
			return err
		}
		why := e.record(ctx, who.Actor, e.clock.Now(), audit.SubjectUpdated, audit.KindSubject, string(o.ID), o.DisplayName)
		return tx.PutGuest(ctx, after, versions(why, before.Version))
	})
}
