package entitlement_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
)

// counter makes ids that a test can name.
func counter() func() string {
	n := 0
	return func() string { n++; return fmt.Sprintf("id%d", n) }
}

func TestNewResourceOfAnApplicationTakesTheRolesOfPeople(t *testing.T) {
	t.Parallel()
	app := directory.Object{ID: "crm", Kind: directory.KindServicePrincipal, DisplayName: "CRM", App: &directory.AppDetail{
		Description: "customers", Homepage: "https://crm.example",
		Roles: []directory.AppRole{
			{ID: "r1", DisplayName: "Reader", Enabled: true, AllowedMemberTypes: []string{"User"}},
			{ID: "r2", DisplayName: "Daemon", Enabled: true, AllowedMemberTypes: []string{"Application"}},
			{ID: "r3", DisplayName: "Old", AllowedMemberTypes: []string{"User"}},
			{ID: "r4", DisplayName: "Anybody", Enabled: true},
		},
	}}
	got, err := entitlement.NewResource(entitlement.Resource{Catalog: "c", OriginSystem: entitlement.OriginApplication, OriginID: "crm", Description: "said by the client"}, app, counter())
	if err != nil {
		t.Fatal(err)
	}
	want := entitlement.Resource{
		ID: "id1", Catalog: "c", OriginSystem: entitlement.OriginApplication, OriginID: "crm", Type: "Application",
		DisplayName: "CRM", Description: "said by the client", URL: "https://crm.example",
		Roles: []entitlement.ResourceRole{
			{ID: "id2", OriginID: "r1", DisplayName: "Reader"},
			{ID: "id3", OriginID: "r4", DisplayName: "Anybody"},
		},
		Scopes: []entitlement.ResourceScope{{ID: "id4", OriginID: "crm", DisplayName: "Root", Description: "Root Scope", Root: true}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("resource: %s", diff)
	}
}

func TestUnifiedGroupsAreOfficeGroups(t *testing.T) {
	t.Parallel()
	for want, types := range map[string][]string{"Security Group": nil, "O365 Group": {"Unified"}} {
		g := directory.Object{ID: "g", Kind: directory.KindGroup, Group: &directory.GroupDetail{Types: types, MailEnabled: types != nil}}
		got, err := entitlement.NewResource(entitlement.Resource{OriginSystem: entitlement.OriginGroup, OriginID: "g"}, g, counter())
		if err != nil || got.Type != want {
			t.Errorf("types %v: %q, %v; want %q", types, got.Type, err, want)
		}
	}
}

func policyWithSets() entitlement.Policy {
	set := func(id string) []entitlement.SubjectSet {
		return []entitlement.SubjectSet{{Kind: entitlement.SetUser, ID: id}, {Kind: entitlement.SetRequestorManager, ManagerLevel: 1, Description: "the manager"}}
	}
	return entitlement.Policy{
		AllowedTargets: set("target"),
		Requestor:      entitlement.RequestorSettings{OnBehalfRequestors: set("on behalf")},
		Approval: entitlement.ApprovalSettings{Stages: []entitlement.StageSettings{{
			Primary: set("primary"), FallbackPrimary: set("fallback"), Escalation: set("escalation"), FallbackEscalate: set("last"),
		}}},
		Review: &entitlement.ReviewSettings{Primary: set("reviewer"), Fallback: set("target")},
	}
}

func TestPolicyKnowsEverybodyItNames(t *testing.T) {
	t.Parallel()
	want := []directory.ObjectID{"target", "on behalf", "primary", "fallback", "escalation", "last", "reviewer"}
	if diff := cmp.Diff(want, policyWithSets().Subjects()); diff != "" {
		t.Errorf("subjects: %s", diff)
	}
}

func TestDescribingAPolicyLeavesTheOriginalAlone(t *testing.T) {
	t.Parallel()
	p := policyWithSets()
	d := p.Described(map[directory.ObjectID]directory.Object{"target": {DisplayName: "Adele"}, "reviewer": {DisplayName: "Megan"}})
	if d.AllowedTargets[0].Description != "Adele" || d.Review.Primary[0].Description != "Megan" || d.Review.Fallback[0].Description != "Adele" {
		t.Errorf("described %+v", d)
	}
	if d.AllowedTargets[1].Description != "the manager" {
		t.Errorf("a set that names nobody lost its description: %+v", d.AllowedTargets[1])
	}
	if diff := cmp.Diff(policyWithSets(), p); diff != "" {
		t.Errorf("the original changed: %s", diff)
	}
}
