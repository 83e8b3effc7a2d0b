package engine_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

func only(kind entitlement.SubjectSetKind, id directory.ObjectID) func(*entitlement.Policy) {
	return func(p *entitlement.Policy) {
		p.Scope = entitlement.ScopeSpecificUsers
		p.AllowedTargets = []entitlement.SubjectSet{{Kind: kind, ID: string(id)}}
	}
}

func (w *world) editPackage(id entitlement.PackageID, edit func(*entitlement.Package)) {
	w.t.Helper()
	w.ok(w.engine.UpdatePackage(w.ctx, w.admin(), id, func(p *entitlement.Package) error { edit(p); return nil }))
}

// foundBy lists the names of the packages somebody may ask for, page by page.
func (w *world) foundBy(name string, q query.List) [][]string {
	w.t.Helper()
	var pages [][]string
	for {
		page, err := w.engine.AvailablePackages(w.ctx, w.as(name), q, nil)
		w.ok(err)
		names := []string{}
		for _, p := range page.Rows {
			names = append(names, p.DisplayName)
		}
		pages = append(pages, names)
		if page.Next == nil {
			return pages
		}
		q.After, q.Skip = page.Next, 0
	}
}

func TestDiscoveryShowsWhatOneMayAskFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.catalog("Sales")
	pkg := func(c entitlement.CatalogID, name string, edits ...func(*entitlement.Policy)) entitlement.PackageID {
		id := w.pkg(c, name)
		w.policy(id, edits...)
		return id
	}
	pkg(c, "everybody")
	pkg(c, "by name", only(entitlement.SetUser, w.user("adele")))
	pkg(c, "by group", only(entitlement.SetGroup, w.group("team", "adele")))
	pkg(c, "another's", only(entitlement.SetUser, w.user("ben")))
	pkg(c, "closed", func(p *entitlement.Policy) { p.AcceptRequests = false })
	pkg(c, "for others", func(p *entitlement.Policy) { p.Requestor.SelfAdd = false })
	w.pkg(c, "without a policy")
	hidden := pkg(c, "hidden")
	w.editPackage(hidden, func(p *entitlement.Package) { p.Hidden = true })
	drafts, err := w.engine.CreateCatalog(w.ctx, w.admin(), entitlement.Catalog{DisplayName: "Drafts"})
	w.ok(err)
	draft := pkg(drafts.ID, "unpublished")

	byName := query.List{Order: []query.Order{{Field: "displayName"}}, Limit: 100}
	if diff := cmp.Diff([][]string{{"by group", "by name", "everybody"}}, w.foundBy("adele", byName)); diff != "" {
		t.Errorf("adele (-want +got): %s", diff)
	}
	if diff := cmp.Diff([][]string{{"another's", "everybody"}}, w.foundBy("ben", byName)); diff != "" {
		t.Errorf("ben (-want +got): %s", diff)
	}
	mine, err := w.engine.MyPackages(w.ctx, w.as("adele", authz.SubjectAccess), "allowedRequestor", byName, nil)
	w.ok(err)
	if len(mine.Rows) != 3 {
		t.Errorf("filterByCurrentUser gives %d packages, want 3", len(mine.Rows))
	}
	_, err = w.engine.MyPackages(w.ctx, w.as("adele"), "target", byName, nil)
	refused(t, err, fault.Invalid, "BadRequest")
	_, err = w.engine.AvailablePackages(w.ctx, w.app(authz.ReadWriteAll), byName, nil)
	forbidden(t, err)
	_, err = w.engine.AvailablePackage(w.ctx, w.as("adele"), hidden, nil)
	w.ok(err) // who has the link may ask
	_, err = w.engine.AvailablePackage(w.ctx, w.as("adele"), draft, nil)
	refused(t, err, fault.NotFound, "ResourceNotFound")
}

func TestDiscoveryPagesOverWhatItLeavesOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.catalog("Sales")
	var want []string
	for i := range 20 {
		p := w.pkg(c, fmt.Sprintf("package %02d", i))
		if i%3 == 0 {
			w.policy(p)
			want = append(want, fmt.Sprintf("package %02d", i))
		}
	}
	for limit := 1; limit <= len(want)+1; limit++ {
		for _, desc := range []bool{false, true} {
			pages := w.foundBy("adele", query.List{Order: []query.Order{{Field: "displayName", Desc: desc}}, Limit: limit})
			got := slices.Concat(pages...)
			if desc {
				slices.Reverse(got)
			}
			if !slices.Equal(got, want) || len(pages) != (len(want)+limit-1)/limit {
				t.Errorf("by %d (descending %v): %v", limit, desc, pages)
			}
		}
	}
	page, err := w.engine.AvailablePackages(w.ctx, w.as("adele"), query.List{Limit: 2, Skip: 4, Count: true}, nil)
	w.ok(err)
	if page.Count != int64(len(want)) || len(page.Rows) != 2 || page.Rows[0].DisplayName != want[4] {
		t.Errorf("after skipping four: %d of %d, first %q", len(page.Rows), page.Count, page.Rows[0].DisplayName)
	}
}

func TestDiscoveryCostsNoStatementForEachPackage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.catalog("Sales")
	w.group("team", "adele")
	cost := func() int64 {
		before := w.store.Statements()
		w.foundBy("adele", query.List{Limit: 100})
		return w.store.Statements() - before
	}
	add := func(n int) {
		for range n {
			w.policy(w.pkg(c, newID()), only(entitlement.SetGroup, w.group("team")))
		}
	}
	add(2)
	few := cost()
	add(30)
	if many := cost(); many != few {
		t.Errorf("2 packages cost %d statements, 32 cost %d", few, many)
	}
}

func TestRequestorsSeeRolesOfPackagesThatShowThem(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, p := w.twoGroups("CRM")
	got, err := w.engine.AvailableRoleScopes(w.ctx, w.as("adele", authz.SubjectAccess), p, entitlement.Include{"role": nil})
	w.ok(err)
	if len(got) != 0 {
		t.Errorf("a package that hides its roles shows %+v", got)
	}
	w.editPackage(p, func(p *entitlement.Package) { p.RoleScopesVisible = true })
	got, err = w.engine.AvailableRoleScopes(w.ctx, w.as("adele", authz.SubjectAccess), p, entitlement.Include{"role": nil})
	w.ok(err)
	if len(got) != 2 || got[0].RoleOf == nil || got[0].RoleOf.DisplayName != "Member" {
		t.Errorf("role scopes %+v", got)
	}
	_, err = w.engine.AvailableRoleScopes(w.ctx, w.app(authz.ReadAll), p, nil)
	w.ok(err)
	w.role("rita", authz.CatalogReader, c)
	inside := entitlement.Include{"policies": nil}
	_, err = w.engine.MyPackages(w.ctx, w.as("adele"), "allowedRequestor", rows(), inside)
	forbidden(t, err)
	_, err = w.engine.MyPackages(w.ctx, w.as("rita"), "allowedRequestor", rows(), inside)
	w.ok(err)
	_, err = w.engine.MyPackages(w.ctx, w.as("adele"), "allowedRequestor", rows(), entitlement.Include{"catalog": nil})
	w.ok(err)
}

func TestRequirementsAreThoseOfTheBestPolicies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.catalog("Sales")
	p := w.pkg(c, "CRM")
	w.policy(p)
	team := w.policy(p, only(entitlement.SetGroup, w.group("team", "adele")), w.approvedBy("megan"), func(p *entitlement.Policy) {
		p.DisplayName, p.Description = "team", "The team"
		p.Expiration = entitlement.Expiration{Type: entitlement.AfterDuration, Duration: "P30D"}
		p.Questions = []entitlement.Question{{Kind: entitlement.TextQuestion, Text: entitlement.LocalizedText{Default: "Why?"}}}
	})
	w.policy(p, func(p *entitlement.Policy) { p.DisplayName, p.AcceptRequests = "closed", false })
	asked := func(name string, subject directory.ObjectID) []entitlement.Requirement {
		t.Helper()
		all, err := w.engine.Requirements(w.ctx, w.as(name, authz.SubjectAccess), p, subject)
		w.ok(err)
		return all
	}
	got := asked("adele", "")
	if len(got) != 1 || got[0].Policy != team || got[0].Description != "The team" || !got[0].ApprovalForAdd || got[0].ApprovalForUpdate ||
		got[0].Schedule.Expiration.Duration != "P30D" || len(got[0].Questions) != 1 || len(got[0].Answers) != 0 {
		t.Errorf("adele meets %+v", got)
	}
	if got := asked("ben", w.user("ben")); len(got) != 1 || got[0].DisplayName != "everybody" {
		t.Errorf("ben meets %+v", got)
	}
	_, err := w.engine.Requirements(w.ctx, w.as("adele"), entitlement.PackageID(newID()), "")
	if !fault.Is(err, fault.NotFound) {
		t.Errorf("of an unknown package: %v", err)
	}
	_, err = w.engine.Requirements(w.ctx, w.app(authz.ReadWriteAll), p, "")
	forbidden(t, err)
	w.ok(w.engine.UpdateCatalog(w.ctx, w.admin(), c, func(c *entitlement.Catalog) error { c.Published = false; return nil }))
	if got := asked("adele", ""); len(got) != 0 {
		t.Errorf("of an unpublished catalog: %+v", got)
	}
}

func TestRequirementsForSomebodyElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.catalog("Sales")
	p := w.pkg(c, "CRM")
	own := w.policy(p, func(p *entitlement.Policy) {
		p.Questions = []entitlement.Question{{Kind: entitlement.TextQuestion, Text: entitlement.LocalizedText{Default: "Why?"}}}
	})
	made, err := w.engine.Policy(w.ctx, w.admin(), own, nil)
	w.ok(err)
	question := made.Questions[0].ID
	_, err = w.engine.Submit(w.ctx, w.as("adele"), entitlement.Submission{
		Kind: entitlement.UserAdd, Package: p, Answers: []entitlement.Answer{{Question: entitlement.Question{ID: question}, Value: "Work"}},
	})
	w.ok(err)
	w.advance(0)
	_, err = w.engine.Requirements(w.ctx, w.as("ben"), p, w.user("adele"))
	forbidden(t, err)
	w.role("anna", authz.AssignmentManager, c)
	_, err = w.engine.Requirements(w.ctx, w.as("anna", authz.SubjectAccess), p, w.user("adele"))
	forbidden(t, err) // the role needs a scope that lets it read
	got, err := w.engine.Requirements(w.ctx, w.as("anna"), p, w.user("adele"))
	w.ok(err)
	if len(got) != 1 || got[0].Policy != own || len(got[0].Answers) != 1 || got[0].Answers[0].Value != "Work" {
		t.Errorf("anna sees %+v, want the answer given", got)
	}
	{ // whoever has nothing has given no answers
		got, err := w.engine.Requirements(w.ctx, w.as("anna"), p, w.user("chi"))
		w.ok(err)
		if len(got) != 1 || len(got[0].Answers) != 0 {
			t.Errorf("chi meets %+v", got)
		}
	}
	behalf := w.policy(p, func(p *entitlement.Policy) {
		p.DisplayName = "on behalf"
		p.Requestor.OnBehalfAdd = true
		p.Requestor.OnBehalfRequestors = []entitlement.SubjectSet{{Kind: entitlement.SetUser, ID: string(w.user("ben"))}}
	})
	got, err = w.engine.Requirements(w.ctx, w.as("ben", authz.SubjectAccess), p, w.user("adele"))
	w.ok(err)
	if len(got) != 1 || got[0].Policy != behalf {
		t.Errorf("ben sees %+v, want the policy that names him", got)
	}
}

func TestDiscoveryAmongThousandsCostsAsMuchAsAmongAFew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.catalog("Sales")
	w.group("team", "adele")
	mine := w.pkg(c, "mine")
	w.policy(mine, only(entitlement.SetGroup, w.group("team")))
	cost := func(name string) int64 {
		before := w.store.Statements()
		if pages := w.foundBy(name, query.List{Order: []query.Order{{Field: "displayName"}}, Limit: 100}); len(pages) != 1 || len(pages[0]) != 1 {
			t.Fatalf("%s finds %v", name, pages)
		}
		return w.store.Statements() - before
	}
	few := cost("adele")
	w.manyPackages(c, 5000, only(entitlement.SetUser, w.user("ben")))
	if many := cost("adele"); many != few {
		t.Errorf("1 package costs %d statements, 5001 cost %d", few, many)
	}
	page, err := w.engine.AvailablePackages(w.ctx, w.as("ben"), query.List{Limit: 3, Count: true}, nil)
	w.ok(err)
	if len(page.Rows) != 3 || page.Count != 5000 || page.Next == nil {
		t.Errorf("ben finds %d of %d", len(page.Rows), page.Count)
	}
}

// manyPackages puts packages with a policy each into a catalog, at once.
func (w *world) manyPackages(c entitlement.CatalogID, n int, edit func(*entitlement.Policy)) {
	w.t.Helper()
	w.ok(w.store.Write(w.ctx, w.tenant, store.People, func(tx store.Tx) error {
		for range n {
			why := func(kind audit.ObjectKind, id string) audit.Record {
				return audit.Record{ID: newID(), At: monday, Action: audit.PackageCreated, Result: audit.Success, Object: audit.Object{Kind: kind, ID: id}}
			}
			p := entitlement.Package{ID: entitlement.PackageID(newID()), Catalog: c}
			p.DisplayName = string(p.ID)
			policy := openPolicy(p.ID)
			policy.ID, policy.Catalog = entitlement.PolicyID(newID()), c
			edit(&policy)
			if err := tx.PutPackage(w.ctx, p, why(audit.KindPackage, string(p.ID))); err != nil {
				return err
			}
			if err := tx.PutPolicy(w.ctx, policy, why(audit.KindPolicy, string(policy.ID))); err != nil {
				return err
			}
		}
		return nil
	}))
}
