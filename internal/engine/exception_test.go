package engine_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/query"
)

// assigned is the only active assignment of somebody to a package.
func (w *world) assigned(name string, p entitlement.PackageID) entitlement.Assignment {
	w.t.Helper()
	page, err := w.engine.Assignments(w.ctx, w.admin(), rows(
		equalTo("target", string(w.user(name))), equalTo("package", string(p)), equalTo("state", "delivered")), nil)
	w.ok(err)
	if len(page.Rows) != 1 {
		w.t.Fatalf("%s has %d assignments, want one", name, len(page.Rows))
	}
	return page.Rows[0].Assignment
}

// finance is two packages that must not be combined, and somebody who has
// the second one.
func (w *world) finance() (c entitlement.CatalogID, pay, enter entitlement.PackageID) {
	w.t.Helper()
	c = w.catalog("Finance")
	pay, enter = w.open(c, "Pay", "payers"), w.open(c, "Enter", "clerks")
	w.bar(pay, enter)
	w.has(enter, "enid")
	return c, pay, enter
}

func (w *world) exception(name string, pay, enter entitlement.PackageID, d time.Duration) entitlement.Exception {
	return entitlement.Exception{
		Rule: entitlement.Rule{Package: pay, Other: enter}, Target: w.user(name), Until: w.clock.Now().Add(d), Reason: "Year end",
	}
}

func (w *world) except(x entitlement.Exception) entitlement.ExceptionID {
	w.t.Helper()
	v, err := w.engine.ApproveException(w.ctx, w.admin(), x)
	w.ok(err)
	return v.ID
}

func TestExceptionOpensAWindow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, pay, enter := w.finance()
	x := w.exception("enid", pay, enter, 3*day)
	x.From = w.clock.Now().Add(day)
	id := w.except(x)
	w.barredFrom("enid", pay)
	w.advance(day)
	w.has(pay, "enid")
	w.has(enter, "ed")
	w.barredFrom("ed", pay) // it is for one person
	if got := w.violating(pay); len(got) != 0 {
		t.Errorf("in the window %v violate", got)
	}
	if !slices.ContainsFunc(w.history(audit.KindException, string(id)), func(s step) bool { return s.action == audit.ExceptionUsed }) {
		t.Error("the audit log does not tell that the exception was used")
	}
	w.advance(2 * day)
	if diff := cmp.Diff([]string{"enid"}, w.violating(pay)); diff != "" {
		t.Errorf("after the window (-want +got): %s", diff)
	}
	if diff := cmp.Diff([]string{"enid"}, w.violating(enter)); diff != "" {
		t.Errorf("from the other side (-want +got): %s", diff)
	}
	if a := w.assigned("enid", pay); !a.Active() {
		t.Error("access ended although it should be kept")
	}
	v, err := w.engine.Exception(w.ctx, w.admin(), pay, id, nil)
	w.ok(err)
	if v.Status() != entitlement.ExceptionEnded || !v.EndedAt.Equal(w.clock.Now()) {
		t.Errorf("the exception is %v, ended at %v", v.Status(), v.EndedAt)
	}
}

func TestAccessEndsWithItsExceptionIfItShall(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, pay, enter := w.finance()
	w.has(enter, "free")
	for _, name := range []string{"enid", "free"} {
		x := w.exception(name, pay, enter, 3*day)
		x.RemoveAtEnd = true
		w.except(x)
		w.has(pay, name)
	}
	_, err := w.engine.Submit(w.ctx, w.admin(), entitlement.Submission{Kind: entitlement.AdminRemove, Assignment: w.assigned("free", enter).ID})
	w.ok(err)
	w.advance(3*day - time.Second)
	id := w.assigned("enid", pay).ID
	w.advance(time.Second)
	if a := w.assignment(id); a.State != entitlement.AssignmentExpired || w.memberOf("enid", "payers") {
		t.Errorf("at the end the assignment is %v", a.State)
	}
	w.assigned("enid", enter)
	w.assigned("free", pay) // no rule is violated any more
	removals, err := w.engine.Requests(w.ctx, w.admin(), rows(equalTo("kind", "systemRemove"), equalTo("assignment", string(id))), nil)
	w.ok(err)
	if len(removals.Rows) != 1 || removals.Rows[0].Status != entitlement.Delivered {
		t.Errorf("removals %+v", removals.Rows)
	}
}

func TestRevokingAnExceptionEndsIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, pay, enter := w.finance()
	x := w.exception("enid", pay, enter, 3*day)
	x.RemoveAtEnd = true
	id := w.except(x)
	w.has(pay, "enid")
	a := w.assigned("enid", pay).ID
	w.role("max", authz.PackageManager, c)
	forbidden(t, w.engine.RevokeException(w.ctx, w.as("max"), pay, id))
	refused(t, w.engine.RevokeException(w.ctx, w.admin(), enter, id), fault.NotFound, "ResourceNotFound")
	w.ok(w.engine.RevokeException(w.ctx, w.admin(), pay, id))
	if s := w.assignment(a).State; s != entitlement.AssignmentExpired {
		t.Errorf("the assignment is %v", s)
	}
	refused(t, w.engine.RevokeException(w.ctx, w.admin(), pay, id), fault.NotFound, "ResourceNotFound")
	w.advance(3 * day) // nothing is left to do
}

func TestWhoMayMakeExceptions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, pay, enter := w.finance()
	for name, role := range map[string]authz.Role{"olga": authz.CatalogOwner, "max": authz.PackageManager, "anna": authz.AssignmentManager, "rita": authz.CatalogReader} {
		w.role(name, role, c)
	}
	for _, name := range []string{"max", "anna", "rita", "enid"} {
		_, err := w.engine.ApproveException(w.ctx, w.as(name), w.exception("enid", pay, enter, day))
		forbidden(t, err)
	}
	_, err := w.engine.ApproveException(w.ctx, w.as("olga"), w.exception("olga", pay, enter, day))
	forbidden(t, err)
	_, err = w.engine.ApproveException(w.ctx, w.app(authz.ReadWriteAll), w.exception("enid", pay, enter, day))
	forbidden(t, err)
	_, err = w.engine.ApproveException(w.ctx, w.as("olga"), w.exception("enid", pay, enter, day))
	w.ok(err)
	_, err = w.engine.ApproveException(w.ctx, w.with("gina", authz.GovernanceAdmin), w.exception("enid", pay, enter, day))
	w.ok(err)
	for _, name := range []string{"olga", "max", "anna", "rita"} {
		page, err := w.engine.Exceptions(w.ctx, w.as(name), pay, rows(), entitlement.Include{"target": nil, "otherPackage": nil})
		w.ok(err)
		if len(page.Rows) != 2 || page.Rows[0].OfTarget == nil || page.Rows[0].With == nil || page.Rows[0].With.ID != enter {
			t.Errorf("%s sees %+v", name, page.Rows)
		}
	}
	_, err = w.engine.Exceptions(w.ctx, w.as("enid"), pay, rows(), nil)
	forbidden(t, err)
}

func TestExceptionThatMakesNoSenseIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, pay, enter := w.finance()
	other, g := w.pkg(c, "Other"), w.group("auditors")
	for name, tt := range map[string]struct {
		code string
		edit func(*entitlement.Exception)
	}{
		"no rule":           {"NotIncompatible", func(x *entitlement.Exception) { x.Rule.Other = other }},
		"no such group":     {"NotIncompatible", func(x *entitlement.Exception) { x.Rule.Other, x.Rule.Group = "", g }},
		"neither":           {"InvalidModel", func(x *entitlement.Exception) { x.Rule.Other = "" }},
		"both":              {"InvalidModel", func(x *entitlement.Exception) { x.Rule.Group = g }},
		"nobody":            {"TargetNotAllowed", func(x *entitlement.Exception) { x.Target = directory.ObjectID(newID()) }},
		"no end":            {"InvalidModel", func(x *entitlement.Exception) { x.Until = time.Time{} }},
		"ends before now":   {"InvalidModel", func(x *entitlement.Exception) { x.Until = w.clock.Now() }},
		"ends too early":    {"InvalidModel", func(x *entitlement.Exception) { x.From = x.Until }},
		"lasts for ever":    {"InvalidModel", func(x *entitlement.Exception) { x.Until = w.clock.Now().Add(367 * day) }},
		"no reason":         {"InvalidModel", func(x *entitlement.Exception) { x.Reason = " " }},
		"reason is a novel": {"InvalidModel", func(x *entitlement.Exception) { x.Reason = strings.Repeat("x", 4001) }},
	} {
		x := w.exception("enid", pay, enter, day)
		tt.edit(&x)
		_, err := w.engine.ApproveException(w.ctx, w.admin(), x)
		if !fault.Is(err, fault.Invalid) || fault.Of(err).Code != tt.code {
			t.Errorf("%s: %v, want %s", name, err, tt.code)
		}
	}
}

// violating lists by name who has a package and must not, page by page.
func (w *world) violating(p entitlement.PackageID) []string {
	w.t.Helper()
	names := []string{}
	q := query.List{Limit: 2}
	for {
		page, err := w.engine.Violations(w.ctx, w.admin(), p, q, entitlement.Include{"target": nil})
		w.ok(err)
		for _, v := range page.Rows {
			names = append(names, v.OfTarget.DisplayName)
		}
		if page.Next == nil {
			slices.Sort(names)
			return names
		}
		q.After = page.Next
	}
}

func TestWhoViolatesANewRuleIsListedWithThePath(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.catalog("Finance")
	pay, enter, carrier, free := w.open(c, "Pay", "payers"), w.open(c, "Enter", "clerks"), w.open(c, "Carrier", "clerks"), w.open(c, "Free", "staff")
	w.group("auditors", "aud")
	for _, name := range []string{"both", "shares", "aud", "only", "past"} {
		w.has(pay, name)
		w.has(free, name)
	}
	w.has(enter, "both", "past")
	w.has(carrier, "shares")
	_, err := w.engine.Submit(w.ctx, w.admin(), entitlement.Submission{Kind: entitlement.AdminRemove, Assignment: w.assigned("past", enter).ID})
	w.ok(err)
	w.advance(time.Hour)
	if got := w.violating(pay); len(got) != 0 {
		t.Errorf("without a rule %v violate", got)
	}
	w.bar(enter, pay) // nobody loses anything
	w.ok(w.engine.BarGroup(w.ctx, w.admin(), pay, w.group("auditors")))
	for p, want := range map[entitlement.PackageID][]string{
		pay: {"aud", "both", "shares"}, enter: {"both"}, carrier: {"shares"}, free: {},
	} {
		if diff := cmp.Diff(want, w.violating(p)); diff != "" {
			t.Errorf("(-want +got): %s", diff)
		}
	}
	page, err := w.engine.Violations(w.ctx, w.admin(), pay, rows(equalTo("target", string(w.user("shares")))), nil)
	w.ok(err)
	if len(page.Rows) != 1 || len(page.Rows[0].Conflicts) != 1 || !strings.Contains(page.Rows[0].Conflicts[0].String(), `"Member" of "clerks" that the incompatible access package "Enter"`) {
		t.Errorf("the path is %+v", page.Rows)
	}
	if some, err := w.engine.Violated(w.ctx, w.admin(), pay); !some || err != nil {
		t.Errorf("violated: %v, %v", some, err)
	}
	w.ok(w.engine.UnbarPackage(w.ctx, w.admin(), enter, pay))
	if diff := cmp.Diff([]string{"aud"}, w.violating(pay)); diff != "" {
		t.Errorf("(-want +got): %s", diff)
	}
	_, err = w.engine.Violations(w.ctx, w.as("only"), pay, rows(), nil)
	forbidden(t, err)
}

func TestViolationsCostAFixedNumberOfStatements(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.catalog("Finance")
	pay, enter := w.open(c, "Pay", "payers"), w.open(c, "Enter", "clerks")
	cost := func() int64 {
		before := w.store.Statements()
		_, err := w.engine.Violations(w.ctx, w.admin(), pay, rows(), entitlement.Include{"target": nil})
		w.ok(err)
		return w.store.Statements() - before
	}
	w.has(pay, "a", "b", "c", "d", "e")
	w.has(enter, "a")
	w.bar(pay, enter)
	cost()
	one := cost()
	w.ok(w.engine.UnbarPackage(w.ctx, w.admin(), pay, enter))
	w.has(enter, "b", "c", "d", "e")
	w.bar(pay, enter)
	cost()
	if many := cost(); many != one {
		t.Errorf("one violation costs %d statements, five cost %d", one, many)
	}
}

func TestAdditionalAccess(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, theirs := w.catalog("Finance"), w.catalog("Theirs")
	pay, enter, free, foreign := w.open(c, "Pay"), w.open(c, "Enter"), w.open(c, "Free"), w.open(theirs, "Foreign")
	w.has(pay, "both", "only", "far")
	w.has(enter, "both")
	w.has(free, "both", "only")
	w.has(foreign, "far")
	w.role("rita", authz.CatalogReader, c)
	list := func(a, b entitlement.PackageID) []string {
		t.Helper()
		page, err := w.engine.AdditionalAccess(w.ctx, w.as("rita"), a, b, query.List{Limit: 9, Count: true}, entitlement.Include{"target": nil, "package": nil})
		w.ok(err)
		found := []string{}
		for _, v := range page.Rows {
			found = append(found, v.OfTarget.DisplayName+" "+v.OfPackage.DisplayName)
		}
		if page.Count != int64(len(found)) {
			t.Errorf("count %d of %v", page.Count, found)
		}
		slices.Sort(found)
		return found
	}
	is := func(what string, got []string, want ...string) {
		t.Helper()
		if diff := cmp.Diff(append([]string{}, want...), got); diff != "" {
			t.Errorf("%s (-want +got): %s", what, diff)
		}
	}
	is("two that no rule names", list(pay, free), "both Pay", "only Pay")
	is("of one that no rule names", list(pay, ""))
	is("of all, without rules", list("", ""))
	w.bar(pay, enter)
	w.bar(foreign, pay)
	is("a pair", list(pay, enter), "both Pay")
	is("the pair, the other way round", list(enter, pay), "both Enter")
	is("of one package", list(pay, ""), "both Pay", "far Pay")
	is("of all beside one", list("", enter), "both Pay")
	is("of all", list("", ""), "both Enter", "both Pay", "far Pay") // not what is in a catalog out of reach
	_, err := w.engine.AdditionalAccess(w.ctx, w.as("rita"), pay, pay, rows(), nil)
	refused(t, err, fault.Invalid, "BadRequest")
	_, err = w.engine.AdditionalAccess(w.ctx, w.as("rita"), pay, foreign, rows(), nil)
	forbidden(t, err)
	_, err = w.engine.AdditionalAccess(w.ctx, w.admin(), pay, entitlement.PackageID(newID()), rows(), nil)
	refused(t, err, fault.NotFound, "ResourceNotFound")
	_, err = w.engine.AdditionalAccess(w.ctx, w.as("both"), pay, enter, rows(), nil)
	forbidden(t, err)
}
