package engine_test

import (
	"testing"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/query"
)

// requests.md section 18: one row for each subject and role, whatever gives it.
func TestResourceRolesAreOneRowForEachSubjectAndRole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, p, _ := w.oneGroup("CRM")
	other, q, _ := w.oneGroup("Mail")
	first := w.submit("adele", p)
	w.submit("adele", q)
	w.submit("dana", q)
	w.advance(0)
	inc := entitlement.Include{
		"assignments": {Include: entitlement.Include{"package": nil}}, "role": {Include: entitlement.Include{"resource": nil}}, "scope": nil, "subject": nil,
	}
	list := func(who authz.Caller, where ...query.Expr) []entitlement.GrantView {
		t.Helper()
		page, err := w.engine.Grants(w.ctx, who, rows(where...), inc)
		w.ok(err)
		return page.Rows
	}
	adele := equalTo("subject", string(w.user("adele")))
	got := list(w.admin(), adele)
	if len(got) != 1 || len(got[0].Assignments) != 2 || got[0].Status != entitlement.GrantHeld || got[0].Assignments[0].OfPackage == nil ||
		got[0].OfSubject.ObjectID != w.user("adele") || got[0].RoleOf.DisplayName != "Member" || got[0].RoleOf.Of == nil || got[0].ScopeOf == nil {
		t.Fatalf("adele's roles are %+v", got)
	}
	w.role("anna", authz.CatalogReader, c)
	w.role("otto", authz.CatalogReader, other)
	w.role("rita", authz.CatalogReader, w.catalog("Empty"))
	for name, want := range map[string]int{"anna": 1, "otto": 2, "rita": 0} {
		if n := len(list(w.as(name))); n != want {
			t.Errorf("%s sees %d roles, want %d", name, n, want)
		}
	}
	_, err := w.engine.Grants(w.ctx, w.as("adele"), rows(), nil)
	forbidden(t, err)
	mine, err := w.engine.MyGrants(w.ctx, w.as("adele"), rows(), nil)
	w.ok(err)
	if len(mine.Rows) != 1 || mine.Rows[0].ID != got[0].ID {
		t.Errorf("adele's own roles are %+v", mine.Rows)
	}
	for _, who := range []authz.Caller{w.as("adele"), w.as("anna"), w.as("otto"), w.admin(), w.app(authz.ReadAll)} {
		if g, err := w.engine.Grant(w.ctx, who, got[0].ID, nil); err != nil || g.ID != got[0].ID {
			t.Errorf("%s reads %v, %v", who.Actor.Name, g.ID, err)
		}
	}
	for _, who := range []authz.Caller{w.as("dana"), w.as("rita"), w.as("adele", authz.UserRead)} {
		_, err := w.engine.Grant(w.ctx, who, got[0].ID, nil)
		forbidden(t, err)
	}
	_, err = w.engine.Grant(w.ctx, w.as("adele"), entitlement.GrantID(newID()), nil)
	forbidden(t, err)
	_, err = w.engine.Grant(w.ctx, w.admin(), entitlement.GrantID(newID()), nil)
	refused(t, err, fault.NotFound, "ResourceNotFound")

	// One of two assignments ends, then the other one.
	_, err = w.engine.Submit(w.ctx, w.as("adele"), entitlement.Submission{Kind: entitlement.UserRemove, Assignment: w.request(first).Assignment})
	w.ok(err)
	w.advance(0)
	if got := list(w.admin(), adele); len(got) != 1 || len(got[0].Assignments) != 1 || got[0].Status != entitlement.GrantHeld {
		t.Errorf("with one left adele's roles are %+v", got)
	}
	w.ok(w.engine.DeleteObject(w.ctx, w.admin(), directory.KindUser, string(w.user("adele"))))
	if got := list(w.admin(), adele); len(got) != 1 || len(got[0].Assignments) != 2 || got[0].Status != entitlement.GrantEnded {
		t.Errorf("at the end adele's roles are %+v", got)
	}
	a, err := w.engine.Assignment(w.ctx, w.admin(), w.request(first).Assignment, entitlement.Include{"grants": {Include: entitlement.Include{"subject": nil}}, "requests": nil})
	w.ok(err)
	if len(a.Grants.Rows) != 1 || a.Grants.Rows[0].OfSubject == nil || len(a.Requests.Rows) != 2 {
		t.Errorf("the assignment gave %+v through %+v", a.Grants, a.Requests)
	}
	of, err := w.engine.GrantsOf(w.ctx, w.admin(), a.ID, rows(), nil)
	w.ok(err)
	if len(of.Rows) != 1 || of.Rows[0].ID != a.Grants.Rows[0].ID {
		t.Errorf("listed by its assignment it is %+v", of.Rows)
	}
	_, err = w.engine.GrantsOf(w.ctx, w.as("dana"), a.ID, rows(), nil)
	forbidden(t, err)
	_, err = w.engine.RequestsOf(w.ctx, w.as("dana"), a.ID, rows(), nil)
	forbidden(t, err)
	requests, err := w.engine.RequestsOf(w.ctx, w.admin(), a.ID, rows(), nil)
	w.ok(err)
	if len(requests.Rows) != 2 {
		t.Errorf("requests of the assignment: %+v", requests.Rows)
	}
}

// The number of statements does not depend on the number of rows.
func TestResourceRolesCostTheSameHoweverMany(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, p, _ := w.oneGroup("CRM")
	inc := entitlement.Include{"assignments": {Include: entitlement.Include{"target": nil}}, "role": nil, "scope": nil, "subject": nil}
	cost := func() int64 {
		admin := w.admin()
		before := w.store.Statements()
		_, err := w.engine.Grants(w.ctx, admin, rows(), inc)
		w.ok(err)
		return w.store.Statements() - before
	}
	w.submit("adele", p)
	w.advance(0)
	few := cost()
	for _, name := range []string{"dana", "eli", "sam", "ben"} {
		w.submit(name, p)
	}
	w.advance(0)
	if many := cost(); many != few {
		t.Errorf("%d statements for one row, %d for five", few, many)
	}
}
