package engine_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/engine"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
)

const fabrikam = "0f1e2d3c-4b5a-4678-8765-a0b1c2d3e4f5"

// partnered makes Fabrikam a known partner.
func partnered(s *engine.Settings) {
	s.Partners = entitlement.Partners{{Tenant: fabrikam, DisplayName: "Fabrikam", Domains: []string{"fabrikam.example"}}}
}

// abroad is somebody with a token of Fabrikam's.
func (w *world) abroad(name string) authz.Caller {
	return authz.Caller{
		Tenant: w.tenant, Scopes: []authz.Scope{authz.SubjectAccess},
		Actor: entitlement.Actor{Kind: entitlement.ByUser, ID: entitlement.ExternalOf(w.tenant, fabrikam, name), Name: name},
		Home: &authz.Home{
			Identity: directory.Identity{SignInType: directory.Federated, Issuer: fabrikam, AssignedID: name},
			Mail:     name + "@fabrikam.example", Name: name,
		},
	}
}

// organization connects the owner of a domain.
func (w *world) organization(domain string) entitlement.OrgID {
	w.t.Helper()
	o, err := w.engine.CreateOrganization(w.ctx, w.admin(), entitlement.Organization{
		DisplayName: domain, State: entitlement.OrgConfigured,
		Sources: []entitlement.IdentitySource{{Kind: entitlement.SourceDomain, Domain: domain}},
	})
	w.ok(err)
	return o.ID
}

// guest is a guest's account with an address elsewhere.
func (w *world) guest(name, domain string) directory.ObjectID {
	return w.named(name, func() directory.Object {
		return directory.Object{
			Kind: directory.KindUser, PrincipalName: name + "@contoso.example", Mail: name + "@" + domain,
			User: &directory.UserDetail{Type: directory.Guest, MailNickname: name},
		}
	})
}

func scoped(scope entitlement.TargetScope, organizations ...entitlement.OrgID) func(*entitlement.Policy) {
	return func(p *entitlement.Policy) {
		p.Scope = scope
		for _, id := range organizations {
			p.AllowedTargets = append(p.AllowedTargets, entitlement.SubjectSet{Kind: entitlement.SetOrg, ID: string(id)})
		}
	}
}

func (w *world) subject(id directory.ObjectID) entitlement.Subject {
	w.t.Helper()
	page, err := w.engine.Subjects(w.ctx, w.admin(), rows(equalTo("objectId", string(id))), nil)
	w.ok(err)
	if len(page.Rows) != 1 {
		w.t.Fatalf("%d subjects are %s", len(page.Rows), id)
	}
	return page.Rows[0]
}

func TestSomebodyOfAPartnerAsksWithoutAnAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t, partnered)
	pkg := w.pkg(w.catalog("sales"), "portal")
	w.policy(pkg, scoped(entitlement.ScopeSpecificOrgs, w.organization("fabrikam.example")), w.approvedBy("dana"))
	kim := w.abroad("kim")

	page, err := w.engine.AvailablePackages(w.ctx, kim, rows(), nil)
	w.ok(err)
	if len(page.Rows) != 1 {
		t.Fatalf("kim finds %d packages, want 1", len(page.Rows))
	}
	if need, err := w.engine.Requirements(w.ctx, kim, pkg, ""); err != nil || len(need) != 1 {
		t.Errorf("requirements: %v, %v", need, err)
	}
	if _, err := w.engine.Subjects(w.ctx, kim, rows(), nil); !fault.Is(err, fault.Forbidden) {
		t.Errorf("kim lists subjects: %v", err)
	}
	asked, err := w.engine.Submit(w.ctx, kim, entitlement.Submission{Kind: entitlement.UserAdd, Package: pkg})
	w.ok(err)
	if s := w.subject(kim.ID()); s.ObjectID != "" || s.Email != "kim@fabrikam.example" {
		t.Errorf("before approval kim is %+v", s)
	}
	if _, err := w.engine.Object(w.ctx, w.admin(), "", string(kim.ID())); !fault.Is(err, fault.NotFound) {
		t.Errorf("the directory shows kim: %v", err)
	}
	w.advance(0)
	w.decide("dana", asked.ID, true)
	w.advance(0)
	s := w.subject(kim.ID())
	if s.ObjectID != kim.ID() || s.Lifecycle != entitlement.Governed {
		t.Errorf("after delivery kim is %+v", s)
	}
	account, err := w.engine.Object(w.ctx, w.admin(), directory.KindUser, string(kim.ID()))
	w.ok(err)
	if account.User.ExternalState != directory.Accepted || !account.Enabled {
		t.Errorf("the account: %+v %+v", account, account.User)
	}
	mine, err := w.engine.MyAssignments(w.ctx, kim, "target", rows(), nil)
	w.ok(err)
	if len(mine.Rows) != 1 || mine.Rows[0].State != entitlement.AssignmentDelivered {
		t.Errorf("kim's assignments: %+v", mine.Rows)
	}

	// When the account was deleted, the same person comes back.
	w.ok(w.engine.DeleteObject(w.ctx, w.admin(), directory.KindUser, string(kim.ID())))
	w.advance(0)
	again, err := w.engine.Submit(w.ctx, kim, entitlement.Submission{Kind: entitlement.UserAdd, Package: pkg})
	w.ok(err)
	w.advance(0)
	w.decide("dana", again.ID, true)
	w.advance(0)
	if got := w.request(again.ID).Status; got != entitlement.Delivered {
		t.Errorf("the second request is %s", got)
	}
	if s := w.subject(kim.ID()); s.ObjectID == "" || s.Lifecycle != entitlement.Governed {
		t.Errorf("kim is back as %+v", s)
	}
}

func TestRecognize(t *testing.T) {
	t.Parallel()
	w := newWorld(t, partnered)
	gina := w.guest("gina", "fabrikam.example")
	w.named("staff", func() directory.Object {
		return directory.Object{
			Kind: directory.KindUser, PrincipalName: "staff@contoso.example", Mail: "staff@fabrikam.example",
			User: &directory.UserDetail{Type: directory.Member, MailNickname: "staff"},
		}
	})
	w.named("vera", func() directory.Object {
		return directory.Object{
			Kind: directory.KindUser, PrincipalName: "vera@contoso.example", Mail: "vera@fabrikam.example",
			User: &directory.UserDetail{
				Type: directory.Guest, MailNickname: "vera",
				Identities: []directory.Identity{{SignInType: directory.Federated, Issuer: "11111111-2222-4333-8444-555555555555"}},
			},
		}
	})
	for name, want := range map[string]directory.ObjectID{
		"gina": gina, // invited before
		"kim":  w.abroad("kim").ID(),
		// A partner's token makes nobody a member here, nor one who signs in elsewhere.
		"staff": w.abroad("staff").ID(),
		"vera":  w.abroad("vera").ID(),
	} {
		got, err := w.engine.Recognize(w.ctx, w.abroad(name))
		if err != nil || got.ID() != want {
			t.Errorf("%s is taken for %s, want %s (%v)", name, got.ID(), want, err)
		}
	}
	unproved := w.abroad("gina")
	unproved.Home.Mail = ""
	if got, err := w.engine.Recognize(w.ctx, unproved); err != nil || got.ID() != unproved.ID() {
		t.Errorf("without an address gina is taken for %s (%v)", got.ID(), err)
	}
	adele := w.as("adele")
	before := w.store.Statements()
	if got, err := w.engine.Recognize(w.ctx, adele); err != nil || got.ID() != adele.ID() || w.store.Statements() != before {
		t.Errorf("our own people cost statements: %v", err)
	}
}

func TestPeopleInsideCostNoStatementMore(t *testing.T) {
	t.Parallel()
	w := newWorld(t, partnered)
	pkg := w.pkg(w.catalog("sales"), "portal")
	w.policy(pkg)
	cost := func(who authz.Caller) int64 {
		before := w.store.Statements()
		_, err := w.engine.Submit(w.ctx, who, entitlement.Submission{Kind: entitlement.UserAdd, Package: pkg})
		w.ok(err)
		return w.store.Statements() - before
	}
	w.user("adele")
	adele := w.as("adele")
	if first := cost(adele); first > 7 {
		t.Errorf("a request of our own people costs %d statements", first)
	}
}

func TestSponsorsCostTheSameForAnyNumberOfOrganizations(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pkg := w.pkg(w.catalog("sales"), "portal")
	w.policy(pkg, scoped(entitlement.ScopeAllConfiguredOrgs), func(p *entitlement.Policy) {
		p.Approval = entitlement.ApprovalSettings{RequiredForAdd: true, Stages: []entitlement.StageSettings{
			{Primary: []entitlement.SubjectSet{{Kind: entitlement.SetInternalSponsors}}},
		}}
	})
	sam := w.as("sam")
	cost := func() (pending int, statements int64) {
		before := w.store.Statements()
		page, err := w.engine.MyRequests(w.ctx, sam, "approver", rows(), entitlement.Include{"organization": nil}.Under("requestor"))
		w.ok(err)
		for _, r := range page.Rows {
			if r.RequestedBy.InOrganization == nil {
				t.Errorf("%s comes from nowhere", r.RequestedBy.DisplayName)
			}
		}
		return len(page.Rows), w.store.Statements() - before
	}
	more := func(from, to int) {
		for i := from; i < to; i++ {
			domain := fmt.Sprintf("partner%d.example", i)
			w.ok(w.engine.AddSponsor(w.ctx, w.admin(), w.organization(domain), entitlement.SetInternalSponsors, sam.ID()))
			name := fmt.Sprint("guest", i)
			w.guest(name, domain)
			w.submit(name, pkg)
		}
		w.advance(0)
	}
	more(0, 2)
	few, cheap := cost()
	more(2, 20)
	many, dear := cost()
	if few != 2 || many != 20 || dear != cheap {
		t.Errorf("%d requests cost %d statements, %d cost %d", few, cheap, many, dear)
	}
}

func TestLeavingCostsTheSameForAnyNumberOfGuests(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pkg := w.pkg(w.catalog("sales"), "portal")
	policy := w.policy(pkg, scoped(entitlement.ScopeAllExternal), func(p *entitlement.Policy) {
		p.Expiration = entitlement.Expiration{Type: entitlement.AfterDuration, Duration: "P1D"}
	})
	assign := func(n int, domain string) {
		for i := range n {
			_, err := w.engine.Submit(w.ctx, w.admin(), entitlement.Submission{
				Kind: entitlement.AdminAdd, Package: pkg, Policy: policy, TargetEmail: fmt.Sprintf("g%d@%s", i, domain),
			})
			w.ok(err)
		}
	}
	round := func(n int, domain string) (arrive, leave, block int64) {
		assign(n, domain)
		begin := w.store.Statements()
		w.advance(0)
		arrive = w.store.Statements() - begin
		w.clock.Set(w.clock.Now().Add(day))
		begin = w.store.Statements()
		got, err := w.engine.ExpireAssignments(w.ctx, w.tenant, w.clock.Now(), 200)
		w.ok(err)
		leave = w.store.Statements() - begin
		begin = w.store.Statements()
		blocked, err := w.engine.AdvanceGuests(w.ctx, w.tenant, w.clock.Now(), 200)
		w.ok(err)
		if got != n || blocked != n {
			t.Errorf("%d left, %d blocked, want %d", got, blocked, n)
		}
		return arrive, leave, w.store.Statements() - begin
	}
	// SQLite replaces rows one by one: of each guest there are two, and a third
	// when they arrive and are told. All else is done once for a batch, however many
	// there are; messages fill one sooner than guests do.
	const more, rows3, rows2, chunks = 18, 3, 2, 8
	a1, l1, b1 := round(2, "a.example")
	a2, l2, b2 := round(2+more, "b.example")
	for what, c := range map[string]struct{ cost, rows int64 }{
		"to arrive": {a2 - a1, rows3}, "to leave": {l2 - l1, rows2}, "to be blocked": {b2 - b1, rows2},
	} {
		if c.cost > more*c.rows+chunks {
			t.Errorf("%d guests more cost %d statements more %s", more, c.cost, what)
		}
	}
	orgs, err := w.engine.Organizations(w.ctx, w.admin(), rows(equalTo("state", "proposed")), nil)
	w.ok(err)
	if len(orgs.Rows) != 2 {
		t.Errorf("%d organizations were proposed, want one for each domain", len(orgs.Rows))
	}
}

func TestTwoWithAddressesThatLookTheSame(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pkg := w.pkg(w.catalog("sales"), "portal")
	policy := w.policy(pkg, scoped(entitlement.ScopeAllExternal))
	names := map[string]bool{}
	for _, mail := range []string{"a_b@c.example", "a@b_c.example"} {
		if directory.CheckMail(mail) != nil {
			continue
		}
		_, err := w.engine.Submit(w.ctx, w.admin(), entitlement.Submission{Kind: entitlement.AdminAdd, Package: pkg, Policy: policy, TargetEmail: mail})
		w.ok(err)
	}
	w.guest("other", "c.example")
	w.ok(w.engine.UpdateObject(w.ctx, w.admin(), directory.KindUser, string(w.known["other"]), func(o *directory.Object) error {
		o.PrincipalName = "a_b_c.example#EXT#@" + string(w.tenant) + ".invalid"
		return nil
	}, nil))
	w.advance(0)
	page, err := w.engine.Objects(w.ctx, w.admin(), directory.KindUser, rows(equalTo("userType", "Guest")))
	w.ok(err)
	for _, o := range page.Rows {
		names[o.PrincipalName] = true
	}
	if len(names) != 2 || len(page.Rows) != 2 {
		t.Errorf("guests are called %v", names)
	}
}

func TestOperatorLearnsDomainsOfPartners(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made, err := w.engine.CreateOrganization(w.ctx, w.admin(), entitlement.Organization{
		DisplayName: "F", State: entitlement.OrgConfigured,
		Sources: []entitlement.IdentitySource{{Kind: entitlement.SourceTenant, TenantID: fabrikam}},
	})
	w.ok(err)
	gina := w.guest("gina", "fabrikam.example")
	if s := w.subject(gina); s.Organization != "" {
		t.Errorf("gina belongs to %s before anybody knows the domain", s.Organization)
	}
	s := engine.Settings{MaxStages: 3}
	partnered(&s)
	later := engine.New(w.store, w.clock, newID, nil, s)
	w.ok(later.Prepare(w.ctx, engine.Tenant{ID: w.tenant, DisplayName: "Contoso"}))
	if s := w.subject(gina); s.Organization != made.ID {
		t.Errorf("gina belongs to %q, want %s", s.Organization, made.ID)
	}
	before := w.version(made.ID)
	w.ok(later.Prepare(w.ctx, engine.Tenant{ID: w.tenant, DisplayName: "Contoso"}))
	if after := w.version(made.ID); after != before {
		t.Errorf("a start that learns nothing writes version %d after %d", after, before)
	}
}

func (w *world) version(id entitlement.OrgID) int64 {
	w.t.Helper()
	o, err := w.engine.Organization(w.ctx, w.admin(), id, nil)
	w.ok(err)
	return o.Version
}

func TestScheduledRequestOfABlockedGuestStays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pkg, second := w.pkg(w.catalog("sales"), "portal"), w.pkg(w.catalog("other"), "late")
	policy, late := w.policy(pkg, scoped(entitlement.ScopeNobody)), w.policy(second, scoped(entitlement.ScopeNobody))
	add := func(p entitlement.PackageID, through entitlement.PolicyID, start time.Time) entitlement.RequestView {
		t.Helper()
		r, err := w.engine.Submit(w.ctx, w.admin(), entitlement.Submission{
			Kind: entitlement.AdminAdd, Package: p, Policy: through, TargetEmail: "kim@x.example", Schedule: entitlement.Schedule{Start: start},
		})
		w.ok(err)
		return r
	}
	first := add(pkg, policy, time.Time{})
	w.advance(0)
	next := add(second, late, w.clock.Now().Add(3*day))
	w.advance(0)
	_, err := w.engine.Submit(w.ctx, w.admin(), entitlement.Submission{Kind: entitlement.AdminRemove, Assignment: first.Request.Assignment})
	w.ok(err)
	w.advance(0)
	kim := w.request(first.ID).Target
	if o, err := w.engine.Object(w.ctx, w.admin(), directory.KindUser, string(kim)); err != nil || o.Enabled {
		t.Errorf("kim is not blocked: %v", err)
	}
	w.advance(3 * day)
	if got := w.request(next.ID).Status; got != entitlement.Delivered {
		t.Errorf("the scheduled request is %s", got)
	}
	if s := w.subject(kim); !s.CleanupAt.IsZero() {
		t.Errorf("kim is still to go: %+v", s)
	}
	if o, err := w.engine.Object(w.ctx, w.admin(), directory.KindUser, string(kim)); err != nil || !o.Enabled {
		t.Errorf("kim is not back: %v", err)
	}
}
