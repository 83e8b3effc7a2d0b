package engine_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/engine"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

// automatic adds an automatic policy to a package that gives and takes.
func (w *world) automatic(pkg entitlement.PackageID, rule string, edits ...func(*entitlement.Policy)) entitlement.PolicyID {
	w.t.Helper()
	return w.policy(pkg, append([]func(*entitlement.Policy){byRule(rule)}, edits...)...)
}

func byRule(rule string) func(*entitlement.Policy) {
	return func(p *entitlement.Policy) {
		p.DisplayName, p.Scope, p.AcceptRequests, p.Requestor = rule, entitlement.ScopeSpecificUsers, false, entitlement.RequestorSettings{}
		p.AllowedTargets = []entitlement.SubjectSet{{Kind: entitlement.SetRule, Rule: rule}}
		p.Automatic = &entitlement.AutomaticSettings{RequestForAllowedTargets: true, RemoveWhenTargetLeaves: true}
	}
}

func withGrace(d entitlement.Duration) func(*entitlement.Policy) {
	return func(p *entitlement.Policy) { p.Automatic.GracePeriod = d }
}

// replace changes a policy.
func (w *world) replace(id entitlement.PolicyID, edit func(*entitlement.Policy)) {
	w.t.Helper()
	_, err := w.engine.ReplacePolicy(w.ctx, w.admin(), id, func(p *entitlement.Policy) error { edit(p); return nil })
	w.ok(err)
}

// in puts people into a department, and makes them if need be.
func (w *world) in(department string, people ...string) {
	w.t.Helper()
	for _, name := range people {
		w.edit(name, func(o *directory.Object) { o.User.Department = department })
	}
}

func (w *world) edit(name string, edit func(*directory.Object)) {
	w.t.Helper()
	w.ok(w.engine.UpdateObject(w.ctx, w.admin(), directory.KindUser, string(w.user(name)), func(o *directory.Object) error { edit(o); return nil }, nil))
}

// holders tells who has active assignments to a package: "adele", "ben*" for
// one in grace.
func (w *world) holders(pkg entitlement.PackageID) string {
	w.t.Helper()
	page, err := w.engine.Assignments(w.ctx, w.admin(), rows(equalTo("package", string(pkg)),
		query.Compare{Field: "state", Op: query.Ne, Value: string(entitlement.AssignmentExpired)}), nil)
	w.ok(err)
	names := map[directory.ObjectID]string{}
	for name, id := range maps.All(w.known) {
		names[id] = name
	}
	var found []string
	for _, a := range page.Rows {
		name := names[a.Target]
		if a.InGrace() {
			name += "*"
		}
		found = append(found, name)
	}
	slices.Sort(found)
	return strings.Join(found, " ")
}

func (w *world) hold(pkg entitlement.PackageID, want string) {
	w.t.Helper()
	if got := w.holders(pkg); got != want {
		w.t.Errorf("the package is held by %q, want %q", got, want)
	}
}

// audit returns the records about an object, oldest first.
func (w *world) audit(kind audit.ObjectKind, id string) (all []audit.Record) {
	w.t.Helper()
	w.ok(w.store.Read(w.ctx, w.tenant, func(r store.Reader) (err error) {
		all, err = r.AuditOf(w.ctx, kind, id)
		return err
	}))
	return all
}

// askedFor lists kind and status of what was asked for somebody, oldest
// first.
func (w *world) askedFor(name string) []string {
	w.t.Helper()
	page, err := w.engine.Requests(w.ctx, w.admin(), query.List{
		Where: equalTo("target", string(w.user(name))), Order: []query.Order{{Field: "id"}}, Limit: 100,
	}, nil)
	w.ok(err)
	var found []string
	for _, r := range page.Rows {
		found = append(found, string(r.Kind)+" "+r.Status.String())
	}
	return found
}

const (
	sales = `user.department -eq "Sales"`
	swiss = `user.country -eq "CH"`
)

func TestRuleGivesAndTakes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.catalog("Sales")
	crm := w.pkg(c, "CRM")
	w.give(crm, w.resource(c, "team"), "Member")
	w.in("Sales", "adele")
	w.in("HR", "ben")
	w.automatic(crm, sales, withGrace("P7D"))
	w.advance(0)
	w.hold(crm, "adele")
	w.in("Sales", "ben", "chi") // chi is new
	w.advance(0)
	w.hold(crm, "adele ben chi")
	if !w.memberOf("chi", "team") {
		t.Error("chi is no member of the group that the package gives")
	}
	w.in("HR", "adele", "ben")
	w.advance(0)
	w.hold(crm, "adele* ben* chi")
	w.advance(6 * day)
	w.in("Sales", "adele")
	w.advance(0)
	w.hold(crm, "adele ben* chi")
	w.advance(day)
	w.hold(crm, "adele chi")
	w.advance(100 * day)
	w.hold(crm, "adele chi")
	if diff := cmp.Diff([]string{"systemAdd Delivered", "systemRemove Delivered"}, w.askedFor("ben")); diff != "" {
		t.Errorf("requests of ben: %s", diff)
	}
	if w.memberOf("ben", "team") || !w.memberOf("adele", "team") {
		t.Error("the group does not follow the rule")
	}
}

func TestSettingsOfAutomaticPolicies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.catalog("Sales")
	giving, taking := w.pkg(c, "Giving"), w.pkg(c, "Taking")
	w.in("Sales", "adele", "ben")
	w.automatic(giving, sales, func(p *entitlement.Policy) { p.Automatic.RemoveWhenTargetLeaves = false })
	id := w.automatic(taking, sales)
	w.advance(0)
	w.replace(id, func(p *entitlement.Policy) { p.Automatic.RequestForAllowedTargets = false })
	w.advance(0)
	w.in("Sales", "chi")
	w.in("HR", "ben")
	w.advance(0)
	w.hold(giving, "adele ben chi") // gives, but does not take
	w.hold(taking, "adele")         // takes, but does not give
}

func TestWhoHasThePackageIsLeftAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	crm := w.pkg(w.catalog("Sales"), "CRM")
	w.policy(crm)
	w.in("Sales", "adele", "ben")
	w.submit("adele", crm)
	w.advance(0)
	id := w.automatic(crm, sales)
	w.advance(0)
	w.hold(crm, "adele ben")
	if diff := cmp.Diff([]string{"userAdd Delivered"}, w.askedFor("adele")); diff != "" {
		t.Errorf("requests of adele: %s", diff)
	}
	w.in("HR", "adele", "ben")
	w.advance(0)
	w.hold(crm, "adele") // what somebody asked for, no rule ends
	w.in("Sales", "adele")
	w.ok(w.engine.DeletePolicy(w.ctx, w.admin(), id))
	w.advance(0)
	w.hold(crm, "adele")
}

// An assignment that ends in another way than by the rule leaves somebody
// without the package who should have it.
func TestRuleGivesAgainWhatEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	crm := w.pkg(w.catalog("Sales"), "CRM")
	w.policy(crm, func(p *entitlement.Policy) {
		p.Expiration = entitlement.Expiration{Type: entitlement.AfterDuration, Duration: "P30D"}
	})
	w.in("Sales", "adele", "ben")
	w.submit("adele", crm)
	w.advance(0)
	w.automatic(crm, sales)
	w.advance(30 * day)
	w.hold(crm, "adele ben")
	page, err := w.engine.Assignments(w.ctx, w.admin(), rows(equalTo("target", string(w.user("ben")))), nil)
	w.ok(err)
	_, err = w.engine.Submit(w.ctx, w.admin(), entitlement.Submission{Kind: entitlement.AdminRemove, Assignment: page.Rows[0].ID})
	w.ok(err)
	w.advance(0)
	w.hold(crm, "adele ben")
	if diff := cmp.Diff([]string{"systemAdd Delivered", "adminRemove Delivered", "systemAdd Delivered"}, w.askedFor("ben")); diff != "" {
		t.Errorf("requests of ben: %s", diff)
	}
}

func TestAnotherPolicyOfThePackageTakesOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.catalog("Sales")
	crm := w.pkg(c, "CRM")
	w.give(crm, w.resource(c, "team"), "Member")
	w.in("Sales", "adele", "ben")
	w.edit("adele", func(o *directory.Object) { o.User.Country = "CH" })
	first := w.automatic(crm, sales, withGrace("P7D"))
	second := w.automatic(crm, swiss)
	w.advance(0)
	w.hold(crm, "adele ben")
	w.in("HR", "adele", "ben")
	w.advance(day)
	w.hold(crm, "adele ben*")
	page, err := w.engine.Assignments(w.ctx, w.admin(), rows(equalTo("target", string(w.user("adele")))), nil)
	w.ok(err)
	if len(page.Rows) != 1 || page.Rows[0].Policy != second {
		t.Errorf("assignments of adele: %+v, want one through the second policy", page.Rows)
	}
	for _, r := range w.audit(audit.KindObject, string(w.group("team"))) {
		if r.Action == audit.MemberRemoved && r.OnBehalf == w.user("adele") {
			t.Error("the access of adele had a gap")
		}
	}
	if diff := cmp.Diff([]string{"systemAdd Delivered", "systemUpdate Delivered"}, w.askedFor("adele")); diff != "" {
		t.Errorf("requests of adele: %s", diff)
	}
	w.ok(w.engine.DeletePolicy(w.ctx, w.admin(), second))
	w.in("Sales", "adele")
	w.advance(0)
	w.hold(crm, "adele ben*")
	w.ok(w.engine.DeletePolicy(w.ctx, w.admin(), first))
	w.advance(0)
	w.hold(crm, "")
}

func TestPolicyIsEdited(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	crm := w.pkg(w.catalog("Sales"), "CRM")
	w.in("Sales", "adele")
	w.in("HR", "ben")
	id := w.automatic(crm, sales)
	w.advance(0)
	w.replace(id, func(p *entitlement.Policy) { p.DisplayName = "renamed" })
	if c := w.pending(id); c.State != entitlement.PendingNone {
		t.Errorf("a new name leaves work behind: %+v", c)
	}
	w.replace(id, func(p *entitlement.Policy) { p.AllowedTargets[0].Rule = `user.department -in ["HR", "Law"]` })
	w.in("Law", "chi")
	w.advance(0)
	w.hold(crm, "ben chi")
	w.replace(id, func(p *entitlement.Policy) { p.Automatic = nil })
	w.advance(0)
	w.hold(crm, "")
	w.in("Law", "dana")
	w.advance(0)
	w.hold(crm, "")
	w.replace(id, byRule(sales))
	w.advance(0)
	w.hold(crm, "adele")
}

func TestPeopleWhoCannotSignInGetNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	crm := w.pkg(w.catalog("Sales"), "CRM")
	w.in("Sales", "adele", "ben", "chi")
	w.edit("adele", func(o *directory.Object) { o.Enabled = false })
	w.automatic(crm, sales, withGrace("P7D"))
	w.advance(0)
	w.hold(crm, "ben chi")
	w.edit("adele", func(o *directory.Object) { o.Enabled = true })
	w.edit("ben", func(o *directory.Object) { o.Enabled = false }) // keeps what the rule says
	w.ok(w.engine.DeleteObject(w.ctx, w.admin(), directory.KindUser, string(w.user("chi"))))
	w.advance(0)
	w.hold(crm, "adele ben")
}

// touched is how many users are to be decided about.
func (w *world) touched() int {
	w.t.Helper()
	n := 0
	w.ok(w.store.Read(w.ctx, w.tenant, func(r store.Reader) error {
		due, err := r.DueTouched(w.ctx, w.clock.Now().Add(1000*day), 100)
		n = len(due)
		return err
	}))
	return n
}

func TestOnlyWhatRulesAskAboutIsLookedAt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	crm := w.pkg(w.catalog("Sales"), "CRM")
	w.in("Sales", "adele")
	if n := w.touched(); n != 0 {
		t.Errorf("%d touched without any rule", n)
	}
	w.automatic(crm, sales)
	w.advance(0)
	for _, tt := range []struct {
		what string
		edit func(*directory.Object)
		want int
	}{
		{"a property that no rule asks about", func(o *directory.Object) { o.User.City, o.DisplayName = "Bern", "Adele V." }, 0},
		{"one that a rule asks about", func(o *directory.Object) { o.User.Department = "HR" }, 1},
	} {
		w.edit("adele", tt.edit)
		if n := w.touched(); n != tt.want {
			t.Errorf("%s: %d touched, want %d", tt.what, n, tt.want)
		}
	}
}

func TestRulesAskAboutGroupsAndManagers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.catalog("Sales")
	crm, mail, door := w.pkg(c, "CRM"), w.pkg(c, "Mail"), w.pkg(c, "Door")
	pilots := w.group("pilots")
	w.give(mail, w.resource(c, "pilots"), "Member")
	w.policy(mail)
	w.automatic(crm, `user.memberOf -any (group.objectId -in ["`+string(pilots)+`"])`)
	w.automatic(door, `Direct Reports for "`+string(w.user("boss"))+`"`)
	w.advance(0)
	w.ok(w.engine.AddMember(w.ctx, w.admin(), pilots, w.user("adele"), directory.MemberOf))
	w.submit("ben", mail) // a package brings ben into the group
	w.ok(w.engine.SetManager(w.ctx, w.admin(), string(w.user("chi")), w.user("boss")))
	w.advance(0)
	w.hold(crm, "adele ben")
	w.hold(door, "chi")
	w.ok(w.engine.RemoveMember(w.ctx, w.admin(), pilots, w.user("adele"), directory.MemberOf))
	w.ok(w.engine.SetManager(w.ctx, w.admin(), string(w.user("chi")), ""))
	w.advance(0)
	w.hold(crm, "ben")
	w.hold(door, "")
	w.ok(w.engine.DeleteObject(w.ctx, w.admin(), directory.KindGroup, string(pilots)))
	w.advance(0)
	w.hold(crm, "")
}

func TestIncompatibleAccessKeepsARuleFromGiving(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.catalog("Sales")
	crm, audits := w.pkg(c, "CRM"), w.pkg(c, "Audits")
	w.policy(audits)
	w.ok(w.engine.BarPackage(w.ctx, w.admin(), crm, audits))
	w.in("Sales", "adele", "ben")
	w.submit("adele", audits)
	w.advance(0)
	w.automatic(crm, sales)
	w.advance(0)
	w.hold(crm, "ben")
	want := []string{"userAdd Delivered", "systemAdd DeliveryFailed"}
	if diff := cmp.Diff(want, w.askedFor("adele")); diff != "" {
		t.Errorf("requests of adele: %s", diff)
	}
	w.advance(3 * time.Hour)
	if diff := cmp.Diff(want, w.askedFor("adele")); diff != "" {
		t.Errorf("the refusal is told more than once: %s", diff)
	}
	page, err := w.engine.Requests(w.ctx, w.admin(), rows(equalTo("status", string(entitlement.DeliveryFailed))), nil)
	w.ok(err)
	if len(page.Rows) != 1 || !strings.Contains(page.Rows[0].Failure, `holds the access package "Audits"`) {
		t.Errorf("failed requests %+v, want one that names what is in the way", page.Rows)
	}
	held, err := w.engine.Assignments(w.ctx, w.admin(), rows(equalTo("package", string(audits))), nil)
	w.ok(err)
	_, err = w.engine.Submit(w.ctx, w.admin(), entitlement.Submission{Kind: entitlement.AdminRemove, Assignment: held.Rows[0].ID})
	w.ok(err)
	w.advance(time.Hour)
	w.hold(crm, "adele ben")
}

func TestOpenRequestIsDecidedFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	crm := w.pkg(w.catalog("Sales"), "CRM")
	w.policy(crm, w.approvedBy("megan"))
	w.in("Sales", "adele")
	id := w.submit("adele", crm)
	w.automatic(crm, sales)
	w.advance(time.Hour)
	w.hold(crm, "")
	w.ok(w.engine.CancelRequest(w.ctx, w.as("adele"), id, false))
	w.advance(time.Hour)
	w.hold(crm, "adele")
}

// guarded is a world whose guard is tripped by more than one person in four,
// and more than two.
func guarded(t *testing.T) *world {
	t.Helper()
	return newWorld(t, func(s *engine.Settings) { s.Guard = entitlement.Guard{Share: 25, Minimum: 2} })
}

func (w *world) pending(id entitlement.PolicyID) entitlement.PendingChange {
	w.t.Helper()
	c, err := w.engine.PendingChange(w.ctx, w.admin(), id)
	w.ok(err)
	return c
}

// planned names those whom a change gives access, or takes it from.
func (w *world) planned(id entitlement.PolicyID, kind entitlement.PlanKind) string {
	w.t.Helper()
	var names []string
	q := query.List{Limit: 2}
	for {
		page, err := w.engine.PendingUsers(w.ctx, w.admin(), id, kind, q)
		w.ok(err)
		for _, s := range page.Rows {
			names = append(names, s.DisplayName)
		}
		if page.Next == nil {
			break
		}
		q.After = page.Next
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

func anyChange(entitlement.PendingChange) error { return nil }

func TestChangeOfManyWaitsForSomebody(t *testing.T) {
	t.Parallel()
	w := guarded(t)
	crm := w.pkg(w.catalog("Sales"), "CRM")
	w.in("Sales", "adele", "ben", "chi")
	w.in("HR", "dana", "eli", "fay", "gus")
	id := w.automatic(crm, sales)
	w.advance(0)
	w.hold(crm, "")
	want := entitlement.PendingChange{Policy: id, Plan: 1, State: entitlement.PendingWaiting, Users: 8, Adds: 3, Limit: 2}
	if diff := cmp.Diff(want, w.pending(id)); diff != "" {
		t.Errorf("pending: %s", diff)
	}
	if got := w.planned(id, entitlement.PlanAdd); got != "adele ben chi" {
		t.Errorf("planned %q", got)
	}
	w.in("Sales", "dana") // the plan goes with the people
	w.in("HR", "chi")
	w.advance(10 * day)
	if got := w.planned(id, entitlement.PlanAdd); got != "adele ben dana" {
		t.Errorf("planned %q", got)
	}
	w.hold(crm, "")
	forbidden(t, w.engine.ConfirmChange(w.ctx, w.as("adele"), id, anyChange))
	forbidden(t, w.engine.ConfirmChange(w.ctx, w.app(authz.ReadWriteAll), id, anyChange))
	forbidden(t, w.engine.DiscardChange(w.ctx, w.as("adele"), id, anyChange))
	w.ok(w.engine.ConfirmChange(w.ctx, w.admin(), id, anyChange))
	w.advance(0)
	w.hold(crm, "adele ben dana")
	refused(t, w.engine.ConfirmChange(w.ctx, w.admin(), id, anyChange), fault.Invalid, "NoPendingChange")

	// While a change waits, what is in force goes on.
	w.replace(id, func(p *entitlement.Policy) { p.AllowedTargets[0].Rule = `user.department -eq "HR"` })
	w.advance(0)
	if c := w.pending(id); c.State != entitlement.PendingWaiting || c.Adds != 4 || c.Removes != 3 {
		t.Errorf("pending: %+v", c)
	}
	if got := w.planned(id, entitlement.PlanRemove); got != "adele ben dana" {
		t.Errorf("planned %q", got)
	}
	w.in("Sales", "eli")
	w.in("Law", "ben")
	w.advance(0)
	w.hold(crm, "adele dana eli")
	w.ok(w.engine.DiscardChange(w.ctx, w.admin(), id, anyChange))
	w.advance(0)
	w.hold(crm, "adele dana eli")
	v, err := w.engine.Policy(w.ctx, w.admin(), id, nil)
	w.ok(err)
	if v.AllowedTargets[0].Rule != sales || w.pending(id).State != entitlement.PendingNone {
		t.Errorf("after discarding: %+v, %+v", v.Policy, w.pending(id))
	}

	w.replace(id, func(p *entitlement.Policy) { p.Automatic = nil })
	w.advance(0)
	w.hold(crm, "adele dana eli")
	w.ok(w.engine.ConfirmChange(w.ctx, w.admin(), id, anyChange))
	w.advance(0)
	w.hold(crm, "")
	_, err = w.engine.PendingChange(w.ctx, w.admin(), id)
	refused(t, err, fault.NotFound, "ResourceNotFound")
}

func TestDiscardedFirstRuleIsAutomaticNoLonger(t *testing.T) {
	t.Parallel()
	w := guarded(t)
	crm := w.pkg(w.catalog("Sales"), "CRM")
	w.in("Sales", "adele", "ben", "chi")
	id := w.automatic(crm, sales)
	w.advance(0)
	w.ok(w.engine.DiscardChange(w.ctx, w.admin(), id, anyChange))
	w.in("Sales", "dana")
	w.advance(0)
	w.hold(crm, "")
	v, err := w.engine.Policy(w.ctx, w.admin(), id, nil)
	w.ok(err)
	if v.Automatic != nil {
		t.Errorf("the policy is still automatic: %+v", v.Policy)
	}
}

func TestDeletionOfManyAssignmentsIsRefused(t *testing.T) {
	t.Parallel()
	w := guarded(t)
	crm := w.pkg(w.catalog("Sales"), "CRM")
	w.in("Sales", "adele", "ben", "chi")
	id := w.automatic(crm, sales)
	w.advance(0)
	w.ok(w.engine.ConfirmChange(w.ctx, w.admin(), id, anyChange))
	w.advance(0)
	refused(t, w.engine.DeletePolicy(w.ctx, w.admin(), id), fault.Invalid, "PolicyInUse")
	w.in("HR", "ben", "chi")
	w.advance(0)
	w.ok(w.engine.DeletePolicy(w.ctx, w.admin(), id))
	w.advance(0)
	w.hold(crm, "")
}

// A request that a rule made is not carried out once the rule is gone.
func TestOutdatedRequestsAreWithdrawn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	crm := w.pkg(w.catalog("Sales"), "CRM")
	w.in("Sales", "adele", "ben")
	w.edit("ben", func(o *directory.Object) { o.User.Country = "CH" })
	id := w.automatic(crm, sales)
	for range 3 { // clear, plan, carry out: the requests are made, and not delivered
		_, _, err := w.engine.RunAutomatic(w.ctx, w.tenant, w.clock.Now(), 100)
		w.ok(err)
	}
	w.replace(id, func(p *entitlement.Policy) { p.AllowedTargets[0].Rule = swiss })
	for range 3 {
		_, _, err := w.engine.RunAutomatic(w.ctx, w.tenant, w.clock.Now(), 100)
		w.ok(err)
	}
	w.advance(0)
	w.hold(crm, "ben")
	if diff := cmp.Diff([]string{"systemAdd Canceled"}, w.askedFor("adele")); diff != "" {
		t.Errorf("requests of adele: %s", diff)
	}
}

func TestLimitOfPeople(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(s *engine.Settings) { s.MaxAutomatic = 2 })
	crm := w.pkg(w.catalog("Sales"), "CRM")
	w.in("Sales", "adele", "ben", "chi", "dana")
	id := w.automatic(crm, sales)
	w.advance(0)
	if n := len(strings.Fields(w.holders(crm))); n != 2 {
		t.Errorf("%d have the package, want 2", n)
	}
	var told int
	for _, r := range w.audit(audit.KindPolicy, string(id)) {
		if r.Action == audit.AutomaticLimit {
			told++
		}
	}
	if told != 1 {
		t.Errorf("the limit was told %d times, want once", told)
	}
	w.in("HR", strings.Fields(w.holders(crm))...)
	w.advance(day) // those who were left out come with the next look at everybody
	if n := len(strings.Fields(w.holders(crm))); n != 2 {
		t.Errorf("%d have the package, want 2", n)
	}
}

// Everything is worked off in batches that begin where the last one ended,
// with a constant number of statements for each.
func TestManyPeopleInBatches(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	crm := w.pkg(w.catalog("Sales"), "CRM")
	const people = 40
	for i := range people {
		w.in("Sales", fmt.Sprintf("p%02d", i))
	}
	w.automatic(crm, sales)
	statements := func(limit int) int64 {
		before := w.store.Statements()
		_, _, err := w.engine.RunAutomatic(w.ctx, w.tenant, w.clock.Now(), limit)
		w.ok(err)
		return w.store.Statements() - before
	}
	for range 2 {
		statements(1)
	}
	few, many := statements(5), statements(20)
	if many > few {
		t.Errorf("%d statements for 20 people, %d for 5", many, few)
	}
	w.advance(0)
	if n := len(strings.Fields(w.holders(crm))); n != people {
		t.Errorf("%d have the package, want %d", n, people)
	}
}
