package entitlement

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/fault"
)

const fabrikam = "0f1e2d3c-4b5a-4678-8765-a0b1c2d3e4f5"

func outsider(mail string, ids ...directory.Identity) directory.Object {
	return directory.NewExternal("o", mail, "", noon, ids...)
}

func signedIn(issuer string) directory.Identity {
	return directory.Identity{SignInType: directory.Federated, Issuer: issuer}
}

func TestWhereSomebodySignsInCountsBeforeTheAddress(t *testing.T) {
	t.Parallel()
	member := outsider("a@x.example")
	member.Kind, member.User = directory.KindUser, &directory.UserDetail{Type: directory.Member}
	tests := []struct {
		name   string
		person directory.Object
		want   []SourceKey
	}{
		{"only the address is known", outsider("a@X.example"), []SourceKey{{sourceOwned, "x.example"}, {SourceFederation, "x.example"}, {SourceDomain, "x.example"}}},
		{"a tenant", outsider("a@x.example", signedIn(fabrikam)), []SourceKey{{SourceTenant, fabrikam}, {SourceCloud, fabrikam}}},
		{"an issuer", outsider("a@x.example", signedIn("https://sso.example")), []SourceKey{{SourceFederation, "x.example"}}},
		{"a social provider", outsider("a@x.example", signedIn("facebook")), []SourceKey{{SourceSocial, "facebook"}}},
		{"a code by mail", outsider("a@x.example", directory.Identity{SignInType: directory.ByMail}), []SourceKey{{SourceDomain, "x.example"}}},
		{"a member", member, nil},
		{"nothing", outsider(""), nil},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, KeysOf(tt.person)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestAFederatedDomainIsAlsoToldByItsIssuer(t *testing.T) {
	t.Parallel()
	o := Organization{Sources: []IdentitySource{{Kind: SourceFederation, Domain: "x.example", IssuerURI: "https://sso.example"}}}
	for issuer, want := range map[string]bool{"https://sso.example": true, "https://other.example": false} {
		if got := o.Fits(outsider("a@x.example", signedIn(issuer))); got != want {
			t.Errorf("who signs in at %s fits: %v, want %v", issuer, got, want)
		}
	}
	if !o.Fits(outsider("a@x.example")) {
		t.Error("who has not signed in yet does not fit")
	}
}

func TestAKnownDomainStandsForItsTenant(t *testing.T) {
	t.Parallel()
	partners := Partners{{Tenant: fabrikam, DisplayName: "Fabrikam", Domains: []string{"Fabrikam.example", "fabrikam.test"}}}
	tests := []struct {
		name         string
		source, want IdentitySource
		domains      int
	}{
		{"a partner's domain", IdentitySource{Kind: SourceDomain, Domain: "FABRIKAM.test"}, IdentitySource{Kind: SourceTenant, TenantID: fabrikam, DisplayName: "Fabrikam"}, 2},
		{"a partner's tenant", IdentitySource{Kind: SourceTenant, TenantID: fabrikam}, IdentitySource{Kind: SourceTenant, TenantID: fabrikam, DisplayName: "Fabrikam"}, 2},
		{"another domain", IdentitySource{Kind: SourceDomain, Domain: "X.example"}, IdentitySource{Kind: SourceDomain, Domain: "x.example", DisplayName: "x.example"}, 0},
		{"another domain with a name", IdentitySource{Kind: SourceDomain, Domain: "x.example", DisplayName: "X"}, IdentitySource{Kind: SourceDomain, Domain: "x.example", DisplayName: "X"}, 0},
	}
	for _, tt := range tests {
		got := partners.Known(Organization{Sources: []IdentitySource{tt.source}})
		if diff := cmp.Diff([]IdentitySource{tt.want}, got.Sources); diff != "" || len(got.Domains) != tt.domains {
			t.Errorf("%s: domains %v (-want +got):\n%s", tt.name, got.Domains, diff)
		}
	}
	o, ok := Propose("id", outsider("a@fabrikam.example"), partners)
	if !ok || o.State != OrgProposed || o.DisplayName != "Fabrikam" || o.Sources[0].TenantID != fabrikam {
		t.Errorf("proposed: %+v, %v", o, ok)
	}
	if _, ok := Propose("id", outsider(""), partners); ok {
		t.Error("an organization is proposed for somebody of whom nothing is known")
	}
}

func TestPolicyAdmitsExternal(t *testing.T) {
	t.Parallel()
	configured, proposed := Organization{ID: "c", State: OrgConfigured}, Organization{ID: "p", State: OrgProposed}
	named := []SubjectSet{{Kind: SetOrg, ID: "p"}}
	tests := []struct {
		scope TargetScope
		want  [3]bool // configured, proposed and named, unknown
	}{
		{ScopeSpecificOrgs, [3]bool{false, true, false}},
		{ScopeAllConfiguredOrgs, [3]bool{true, false, false}},
		{ScopeAllExistingOrgsLegacy, [3]bool{true, false, false}},
		{ScopeAllExternal, [3]bool{true, true, true}},
		{ScopeAllMembers, [3]bool{}},
	}
	for _, tt := range tests {
		p := Policy{Scope: tt.scope, AllowedTargets: named}
		got := [3]bool{p.AdmitsExternal(configured), p.AdmitsExternal(proposed), p.AdmitsExternal(Organization{})}
		if got != tt.want {
			t.Errorf("%s: %v, want %v", tt.scope, got, tt.want)
		}
	}
}

func TestOrganizationCheck(t *testing.T) {
	t.Parallel()
	tests := map[string]IdentitySource{
		"tenantId":                 {Kind: SourceTenant, TenantID: "fabrikam"},
		"domainName":               {Kind: SourceDomain, Domain: "fabrikam"},
		"issuerUri":                {Kind: SourceFederation, Domain: "f.example", IssuerURI: "sso"},
		"cloudInstance":            {Kind: SourceCloud, TenantID: fabrikam},
		"socialIdentitySourceType": {Kind: SourceSocial},
	}
	for member, source := range tests {
		err := Organization{DisplayName: "x", Sources: []IdentitySource{source}}.Check()
		if f := fault.Of(err); f.Kind != fault.Invalid || f.Target != "identitySources/0/"+member {
			t.Errorf("%s: %v at %s", member, err, f.Target)
		}
	}
}
