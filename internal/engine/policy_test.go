package engine_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
)

func TestPolicyTakesItsCatalogFromThePackage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.catalog("Sales")
	p := openPolicy(w.pkg(c, "CRM"))
	p.Catalog = w.catalog("Other")
	v, err := w.engine.CreatePolicy(w.ctx, w.admin(), p)
	w.ok(err)
	got, err := w.engine.Policy(w.ctx, w.admin(), v.ID, entitlement.Include{"package": nil, "catalog": nil})
	w.ok(err)
	if got.Catalog != c || got.InCatalog.ID != c || got.OfPackage.DisplayName != "CRM" || got.CreatedBy != "admin@contoso.example" {
		t.Errorf("policy %+v", got.Policy)
	}
}

func TestPolicyIsChecked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.pkg(w.catalog("Sales"), "CRM")
	gone := w.user("gone")
	w.ok(w.engine.DeleteObject(w.ctx, w.admin(), directory.KindUser, string(gone)))
	approver := func(kind entitlement.SubjectSetKind, id directory.ObjectID) func(*entitlement.Policy) {
		return func(p *entitlement.Policy) {
			p.Approval.Stages = []entitlement.StageSettings{{Primary: []entitlement.SubjectSet{{Kind: kind, ID: string(id)}}}}
		}
	}
	tests := []struct {
		name, code string
		edit       func(*entitlement.Policy)
	}{
		{"no package", "InvalidModel", func(p *entitlement.Policy) { p.Package = "" }},
		{"no name", "InvalidModel", func(p *entitlement.Policy) { p.DisplayName = "" }},
		{"a list that the scope does not take", "InvalidPolicyScope", func(p *entitlement.Policy) {
			p.AllowedTargets = []entitlement.SubjectSet{{Kind: entitlement.SetUser, ID: string(w.user("adele"))}}
		}},
		{"approval without stages", "ApprovalStagesRequired", func(p *entitlement.Policy) { p.Approval.RequiredForAdd = true }},
		{"more stages than the server allows", "TooManyStages", func(p *entitlement.Policy) {
			for range 4 {
				w.approvedBy("megan")(p)
			}
		}},
		{"an end in the past", "InvalidExpiration", func(p *entitlement.Policy) {
			p.Expiration = entitlement.Expiration{Type: entitlement.AfterDateTime, End: monday.Add(-day)}
		}},
		{"a rule that cannot be read", "InvalidMembershipRule", func(p *entitlement.Policy) {
			p.Scope = entitlement.ScopeSpecificUsers
			p.AllowedTargets = []entitlement.SubjectSet{{Kind: entitlement.SetRule, Rule: `user.department -is "Sales"`}}
		}},
		{"an automatic policy with an end", "InvalidExpiration", func(p *entitlement.Policy) {
			p.Scope = entitlement.ScopeSpecificUsers
			p.AllowedTargets = []entitlement.SubjectSet{{Kind: entitlement.SetRule, Rule: `user.department -eq "Sales"`}}
			p.Automatic = &entitlement.AutomaticSettings{}
			p.Expiration = entitlement.Expiration{Type: entitlement.AfterDuration, Duration: "P30D"}
		}},
		{"an approver who does not exist", "SubjectNotFound", approver(entitlement.SetUser, directory.ObjectID(newID()))},
		{"an approver who was deleted", "SubjectNotFound", approver(entitlement.SetUser, gone)},
		{"a group named as a user", "SubjectNotFound", approver(entitlement.SetUser, w.group("team"))},
	}
	for _, tt := range tests {
		policy := openPolicy(p)
		tt.edit(&policy)
		_, err := w.engine.CreatePolicy(w.ctx, w.admin(), policy)
		if !fault.Is(err, fault.Invalid) || fault.Of(err).Code != tt.code {
			t.Errorf("%s: %v, want %s", tt.name, err, tt.code)
		}
	}
	_, err := w.engine.CreatePolicy(w.ctx, w.admin(), openPolicy(entitlement.PackageID(newID())))
	refused(t, err, fault.NotFound, "AccessPackageNotFound")
}

func TestPolicyTellsTheNamesOfThoseItNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.policy(w.pkg(w.catalog("Sales"), "CRM"), w.approvedBy("megan"))
	name := func() string {
		t.Helper()
		v, err := w.engine.Policy(w.ctx, w.admin(), id, nil)
		w.ok(err)
		return v.Approval.Stages[0].Primary[0].Description
	}
	if got := name(); got != "megan" {
		t.Errorf("description %q, want megan", got)
	}
	w.ok(w.engine.UpdateObject(w.ctx, w.admin(), directory.KindUser, string(w.user("megan")), func(o *directory.Object) error { o.DisplayName = "Megan B."; return nil }, nil))
	if got := name(); got != "Megan B." {
		t.Errorf("description %q after the change of name, want Megan B.", got)
	}
	page, err := w.engine.Policies(w.ctx, w.admin(), rows(), nil)
	w.ok(err)
	if got := page.Rows[0].Approval.Stages[0].Primary[0].Description; got != "Megan B." {
		t.Errorf("description %q in the list", got)
	}
}

func TestReplacedPolicyKeepsWhatTheServerOwns(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.pkg(w.catalog("Sales"), "CRM")
	id := w.policy(p, func(p *entitlement.Policy) {
		p.Questions = []entitlement.Question{{Kind: entitlement.TextQuestion, Text: entitlement.LocalizedText{Default: "Why?"}}}
	})
	before, err := w.engine.Policy(w.ctx, w.admin(), id, nil)
	w.ok(err)
	w.clock.Set(monday.Add(day))
	after, err := w.engine.ReplacePolicy(w.ctx, w.with("ida", authz.GovernanceAdmin), id, func(p *entitlement.Policy) error {
		*p = entitlement.Policy{ID: "x", Version: 9, Package: p.Package, DisplayName: "nobody", Questions: append(slices.Clone(p.Questions), entitlement.Question{
			Kind: entitlement.TextQuestion, Text: entitlement.LocalizedText{Default: "Until when?"},
		})}
		return nil
	})
	w.ok(err)
	if after.ID != id || after.Version != 2 || after.CreatedBy != before.CreatedBy || !after.CreatedAt.Equal(monday) ||
		after.ModifiedBy != "ida@contoso.example" || !after.ModifiedAt.Equal(monday.Add(day)) || after.Scope != entitlement.ScopeNobody {
		t.Errorf("after %+v", after.Policy)
	}
	if len(after.Questions) != 2 || after.Questions[0].ID != before.Questions[0].ID || after.Questions[1].ID == "" {
		t.Errorf("questions %+v, want the old one with its id and a new one with one", after.Questions)
	}
	stored, err := w.engine.Policy(w.ctx, w.admin(), id, nil)
	w.ok(err)
	if diff := cmp.Diff(after.Policy, stored.Policy); diff != "" {
		t.Errorf("returned and stored differ: %s", diff)
	}
}

func TestPolicyStaysWithItsPackage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.catalog("Sales")
	id, other := w.policy(w.pkg(c, "CRM")), w.pkg(c, "Mail")
	_, err := w.engine.ReplacePolicy(w.ctx, w.admin(), id, func(p *entitlement.Policy) error { p.Package = other; return nil })
	refused(t, err, fault.Invalid, "InvalidModel")
}

func TestPolicyMayKeepNamingWhoIsGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.policy(w.pkg(w.catalog("Sales"), "CRM"), w.approvedBy("megan"))
	w.ok(w.engine.DeleteObject(w.ctx, w.admin(), directory.KindUser, string(w.user("megan"))))
	_, err := w.engine.ReplacePolicy(w.ctx, w.admin(), id, func(p *entitlement.Policy) error { p.DisplayName = "renamed"; return nil })
	w.ok(err)
}

func TestReplacingWithTheSameWritesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.policy(w.pkg(w.catalog("Sales"), "CRM"), w.approvedBy("megan"))
	v, err := w.engine.ReplacePolicy(w.ctx, w.admin(), id, func(*entitlement.Policy) error { return nil })
	w.ok(err)
	if v.Version != 1 {
		t.Errorf("version %d, want 1", v.Version)
	}
}

func TestRuleDecidesWhoMayAsk(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.pkg(w.catalog("Sales"), "CRM")
	w.group("pilots", "megan")
	w.policy(p, func(p *entitlement.Policy) {
		p.Scope = entitlement.ScopeSpecificUsers
		p.AllowedTargets = []entitlement.SubjectSet{{Kind: entitlement.SetRule, Rule: `user.department -eq "Sales" -or
			user.memberOf -any (group.objectId -in ["` + string(w.group("pilots")) + `"])`}}
	})
	ask := func(name string) error {
		_, err := w.engine.Submit(w.ctx, w.as(name), entitlement.Submission{Kind: entitlement.UserAdd, Package: p})
		return err
	}
	refused(t, ask("adele"), fault.Invalid, "PolicyNotApplicable")
	w.ok(w.engine.UpdateObject(w.ctx, w.admin(), directory.KindUser, string(w.user("adele")), func(o *directory.Object) error {
		o.User.Department = "sales"
		return nil
	}, nil))
	w.ok(ask("adele"))
	w.ok(ask("megan"))
}

func TestAutomaticPoliciesAreForAdministrators(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.catalog("Sales")
	p := w.pkg(c, "CRM")
	w.role("olga", authz.CatalogOwner, c)
	automatic := openPolicy(p)
	automatic.Automatic = &entitlement.AutomaticSettings{RequestForAllowedTargets: true}
	_, err := w.engine.CreatePolicy(w.ctx, w.admin(), automatic)
	refused(t, err, fault.Invalid, "InvalidPolicyScope")
	automatic.Scope = entitlement.ScopeSpecificUsers
	automatic.AllowedTargets = []entitlement.SubjectSet{{Kind: entitlement.SetRule, Rule: `(user.department -eq "Sales")`}}
	_, err = w.engine.CreatePolicy(w.ctx, w.as("olga"), automatic)
	forbidden(t, err)
	made, err := w.engine.CreatePolicy(w.ctx, w.app(authz.ReadWriteAll), automatic)
	w.ok(err)
	second, err := w.engine.CreatePolicy(w.ctx, w.admin(), automatic) // a package may have several
	w.ok(err)
	w.ok(w.engine.DeletePolicy(w.ctx, w.admin(), second.ID))
	_, err = w.engine.ReplacePolicy(w.ctx, w.as("olga"), made.ID, func(p *entitlement.Policy) error { p.Automatic = nil; return nil })
	forbidden(t, err)
	forbidden(t, w.engine.DeletePolicy(w.ctx, w.as("olga"), made.ID))
	w.ok(w.engine.DeletePolicy(w.ctx, w.admin(), made.ID))
	ordinary := openPolicy(p)
	_, err = w.engine.CreatePolicy(w.ctx, w.as("olga"), ordinary)
	w.ok(err)
}
