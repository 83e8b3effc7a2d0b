package engine_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/engine"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
)

// open is a package that everybody may ask for and that gives membership of
// groups, which come into the catalog as need be.
func (w *world) open(c entitlement.CatalogID, name string, groups ...string) entitlement.PackageID {
	w.t.Helper()
	p := w.pkg(c, name)
	for _, g := range groups {
		r, err := w.engine.RequestResource(w.ctx, w.admin(), addGroup(c, w.group(g)))
		if fault.Is(err, fault.Invalid) { // it is in the catalog
			page, err := w.engine.Resources(w.ctx, w.admin(), c, rows(equalTo("originId", string(w.group(g)))), nil)
			w.ok(err)
			w.give(p, page.Rows[0].Resource, "Member")
			continue
		}
		w.ok(err)
		w.give(p, r.Resource, "Member")
	}
	w.policy(p)
	return p
}

func (w *world) bar(a, b entitlement.PackageID) {
	w.t.Helper()
	w.ok(w.engine.BarPackage(w.ctx, w.admin(), a, b))
}

// has gives people a package.
func (w *world) has(p entitlement.PackageID, names ...string) {
	w.t.Helper()
	for _, name := range names {
		id := w.submit(name, p)
		w.advance(0)
		if s := w.request(id).Status; s != entitlement.Delivered {
			w.t.Fatalf("the request of %s is %v: %s", name, s, w.request(id).Failure)
		}
	}
}

// barredFrom checks that somebody is refused a package, and how the message
// tells why.
func (w *world) barredFrom(name string, p entitlement.PackageID, words ...string) {
	w.t.Helper()
	_, err := w.engine.Submit(w.ctx, w.as(name), entitlement.Submission{Kind: entitlement.UserAdd, Package: p})
	refused(w.t, err, fault.Invalid, "IncompatibleAccess")
	for _, word := range words {
		if !strings.Contains(fault.Of(err).Message, word) {
			w.t.Errorf("%q does not tell %q", fault.Of(err).Message, word)
		}
	}
}

func (w *world) mayAsk(name string, p entitlement.PackageID) {
	w.t.Helper()
	_, err := w.engine.Submit(w.ctx, w.as(name), entitlement.Submission{Kind: entitlement.UserAdd, Package: p, ValidateOnly: true})
	if err != nil {
		w.t.Errorf("%s may not ask: %v", name, err)
	}
}

func TestOneRuleHoldsBothWays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.catalog("Finance")
	pay, enter := w.open(c, "Pay", "payers"), w.open(c, "Enter", "clerks")
	w.bar(pay, enter)
	w.has(pay, "paul")
	w.has(enter, "enid")
	w.barredFrom("paul", enter, `"Pay"`)
	w.barredFrom("enid", pay, `"Enter"`)
	w.mayAsk("adele", pay)
	w.ok(w.engine.UnbarPackage(w.ctx, w.admin(), pay, enter))
	w.mayAsk("paul", enter)
	w.mayAsk("enid", pay)
}

func TestAnotherPackageThatGivesTheSameRole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, other := w.catalog("Finance"), w.catalog("Elsewhere")
	pay, enter := w.open(c, "Pay", "payers", "staff"), w.open(c, "Enter", "clerks", "staff")
	carrier := w.open(other, "Carrier", "clerks") // the same role, through a resource of its own
	basic := w.open(c, "Basic", "staff")
	w.bar(enter, pay)
	w.has(carrier, "carla")
	w.has(pay, "paul")
	w.has(basic, "carla", "paul") // what both packages give is no reason
	w.barredFrom("carla", pay, `holds the access package "Carrier"`, `gives the role "Member" of "clerks" that the incompatible access package "Enter"`)
	w.barredFrom("paul", carrier, `holds the access package "Pay"`, `this access package gives the role "Member" of "clerks" that "Enter" also gives`)
	w.ok(w.engine.RemoveRoleScope(w.ctx, w.admin(), enter, w.roleScope(enter, "clerks")))
	w.mayAsk("carla", pay)
	w.mayAsk("paul", carrier)
}

// roleScope is the id of the role scope of a package about a group.
func (w *world) roleScope(p entitlement.PackageID, group string) string {
	w.t.Helper()
	v, err := w.engine.Package(w.ctx, w.admin(), p, nil)
	w.ok(err)
	for _, rs := range v.RoleScopes {
		if rs.Origin == entitlement.MemberRole(w.group(group)) {
			return rs.ID()
		}
	}
	w.t.Fatalf("no role scope about %s", group)
	return ""
}

func TestIncompatibleGroupHoldsBothWays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.catalog("Finance")
	w.group("auditors", "aud")
	pay := w.open(c, "Pay", "payers")
	w.ok(w.engine.BarGroup(w.ctx, w.admin(), pay, w.group("auditors")))
	inner := w.group("inner", "ines")
	outer, deep := w.open(c, "Audit", "auditors"), w.open(c, "Inner audit", "inner")
	w.has(pay, "paul")
	w.mayAsk("ines", pay)
	w.mayAsk("paul", deep)

	w.ok(w.engine.AddMember(w.ctx, w.admin(), w.group("auditors"), inner, directory.MemberOf))
	w.barredFrom("aud", pay, `is a member of the group "auditors"`)
	w.barredFrom("ines", pay, `is a member of the group "auditors"`, `through the group "inner"`)
	w.barredFrom("paul", outer, `holds the access package "Pay"`, `membership of the group "auditors"`)
	w.barredFrom("paul", deep, `membership of the group "inner"`, `inside the group "auditors"`)
	w.has(deep, "dina")
	w.barredFrom("dina", pay, `holds the access package "Inner audit"`, `inside the group "auditors"`)

	w.ok(w.engine.RemoveMember(w.ctx, w.admin(), w.group("auditors"), inner, directory.MemberOf))
	w.mayAsk("ines", pay)
	w.mayAsk("paul", deep)
	w.ok(w.engine.AddMember(w.ctx, w.admin(), w.group("auditors"), inner, directory.MemberOf))
	w.ok(w.engine.DeleteObject(w.ctx, w.admin(), directory.KindGroup, string(w.group("auditors"))))
	w.mayAsk("ines", pay)
	w.mayAsk("aud", pay)
}

func TestRulesAreCheckedUntilAccessIsGiven(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.catalog("Finance")
	enter := w.open(c, "Enter", "clerks")
	pay := w.pkg(c, "Pay")
	w.policy(pay, w.approvedBy("megan"))
	direct := w.policy(pay, func(p *entitlement.Policy) {
		p.DisplayName, p.Scope, p.AcceptRequests = "direct", entitlement.ScopeNobody, true
	})
	w.bar(pay, enter)

	waiting := w.submit("adele", pay)
	w.advance(0)
	w.has(enter, "adele", "sid")
	approval, err := w.engine.Approval(w.ctx, w.as("megan"), waiting)
	w.ok(err)
	err = w.engine.DecideApproval(w.ctx, w.as("megan"), waiting, entitlement.Decision{Stage: approval.Stages[0].ID, Approve: true, Justification: "fine"})
	refused(t, err, fault.Invalid, "IncompatibleAccess")

	_, err = w.engine.Submit(w.ctx, w.admin(), entitlement.Submission{Kind: entitlement.AdminAdd, Package: pay, Target: w.user("sid"), Policy: direct})
	refused(t, err, fault.Invalid, "IncompatibleAccess")

	later := entitlement.Submission{
		Kind: entitlement.AdminAdd, Package: pay, Target: w.user("dana"), Policy: direct, Schedule: entitlement.Schedule{Start: w.clock.Now().Add(2 * day)},
	}
	scheduled, err := w.engine.Submit(w.ctx, w.admin(), later)
	w.ok(err)
	w.advance(time.Hour)
	w.has(enter, "dana")
	w.advance(2 * day)
	if r := w.request(scheduled.ID); r.Status != entitlement.DeliveryFailed || !strings.Contains(r.Failure, `"Enter"`) {
		t.Errorf("at its start the request is %v: %s", r.Status, r.Failure)
	}

	one := w.submit("eli", enter) // both are taken up at the same time
	two, err := w.engine.Submit(w.ctx, w.admin(), entitlement.Submission{Kind: entitlement.AdminAdd, Package: pay, Target: w.user("eli"), Policy: direct})
	w.ok(err)
	w.advance(0)
	if a, b := w.request(one).Status, w.request(two.ID).Status; a != entitlement.Delivered || b != entitlement.DeliveryFailed {
		t.Errorf("of two at once: %v, %v; want the first one only", a, b)
	}
}

func TestAdministratorsMayOverrideIfTheyShall(t *testing.T) {
	t.Parallel()
	for _, may := range []bool{false, true} {
		w := newWorld(t, func(s *engine.Settings) { s.AdminAddOverridesIncompatibility = may })
		c := w.catalog("Finance")
		pay, enter := w.open(c, "Pay"), w.pkg(c, "Enter")
		policy := w.policy(enter)
		w.bar(pay, enter)
		w.has(pay, "paul")
		w.barredFrom("paul", enter)
		made, err := w.engine.Submit(w.ctx, w.admin(), entitlement.Submission{Kind: entitlement.AdminAdd, Package: enter, Target: w.user("paul"), Policy: policy})
		if !may {
			refused(t, err, fault.Invalid, "IncompatibleAccess")
			continue
		}
		w.ok(err)
		w.advance(0)
		if r := w.request(made.ID); r.Status != entitlement.Delivered {
			t.Errorf("the direct assignment is %v: %s", r.Status, r.Failure)
		}
		if !slices.ContainsFunc(w.history(audit.KindPackage, string(enter)), func(s step) bool { return s.action == audit.IncompatibleAllowed }) {
			t.Error("the audit log does not tell of it")
		}
	}
}

func TestRoleThatItsOwnRulesForbidIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.catalog("Finance")
	pay, enter := w.open(c, "Pay", "payers"), w.open(c, "Enter", "clerks")
	w.bar(pay, enter)
	w.group("auditors")
	w.ok(w.engine.BarGroup(w.ctx, w.admin(), pay, w.group("auditors")))
	add := func(p entitlement.PackageID, group string) error {
		_, err := w.engine.AddRoleScope(w.ctx, w.admin(), p, entitlement.RoleScopeRef{ResourceOriginID: string(w.group(group)), RoleDisplayName: "Member"})
		return err
	}
	w.resource(c, "auditors")
	refused(t, add(pay, "clerks"), fault.Invalid, "IncompatibleResourceRole")
	refused(t, add(enter, "payers"), fault.Invalid, "IncompatibleResourceRole")
	refused(t, add(pay, "auditors"), fault.Invalid, "IncompatibleResourceRole")
	w.ok(add(enter, "auditors"))
}

func TestRulesCostNothingWhereNoneApplies(t *testing.T) {
	t.Parallel()
	cost := func(w *world, p entitlement.PackageID, name string) int64 {
		w.user(name)
		who := w.as(name)
		before := w.store.Statements()
		_, err := w.engine.Submit(w.ctx, who, entitlement.Submission{Kind: entitlement.UserAdd, Package: p})
		w.ok(err)
		return w.store.Statements() - before
	}
	w := newWorld(t)
	c := w.catalog("Finance")
	free := w.open(c, "Free", "staff")
	without := cost(w, free, "a")
	pay, enter := w.open(c, "Pay", "payers"), w.open(c, "Enter", "clerks")
	w.bar(pay, enter)
	w.group("auditors")
	w.ok(w.engine.BarGroup(w.ctx, w.admin(), pay, w.group("auditors")))
	cost(w, free, "b") // reads the rules, once
	if with := cost(w, free, "c"); with != without {
		t.Errorf("a package that no rule touches costs %d statements, %d where there are no rules", with, without)
	}
	one := cost(w, pay, "d")
	for _, name := range []string{"p1", "p2", "p3", "p4", "p5", "p6"} {
		other := w.open(c, name, name)
		w.bar(pay, other)
		w.has(w.open(c, name+" free"), "e")
	}
	cost(w, pay, "f")
	if many := cost(w, pay, "e"); many != one+1 { // what e has is read, packages and all
		t.Errorf("with one rule %d statements, with seven and six packages held %d", one, many)
	}
}
