package authn

import (
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
)

const partnerTenant = "0f1e2d3c-4b5a-4678-8765-a0b1c2d3e4f5"

func asPartner(i *Issuer) {
	i.Tenant, i.Tenants, i.TrustRoles = tenant, nil, true
	i.Partner = &Partner{Tenant: partnerTenant, Domains: []string{"Fabrikam.example"}}
}

// guest changes the claims of a person to those of one of the partner's.
func guest(more map[string]any) map[string]any {
	claims := map[string]any{
		"tid": partnerTenant, "scp": "EntitlementMgmt-SubjectAccess.ReadWrite EntitlementManagement.ReadWrite.All User.Read",
		"upn": "kim@fabrikam.example", "wids": []string{authz.GlobalAdmin}, "name": "Kim",
	}
	maps.Copy(claims, more)
	return claims
}

func TestPeopleOfPartnersComeAsThemselvesOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t, asPartner)
	kim := authz.Caller{
		Tenant: tenant, Scopes: []authz.Scope{authz.SubjectAccess, authz.UserRead},
		Actor: entitlement.Actor{Kind: entitlement.ByUser, ID: entitlement.ExternalOf(tenant, partnerTenant, ada), Name: "kim@fabrikam.example", App: client},
		Home: &authz.Home{
			Identity: directory.Identity{SignInType: directory.Federated, Issuer: partnerTenant, AssignedID: ada}, Mail: "kim@fabrikam.example", Name: "Kim",
		},
	}
	unproved := kim
	unproved.Home = &authz.Home{Identity: kim.Home.Identity, Name: "Kim"}
	unproved.Actor.Name = "kim@other.example"
	tests := []struct {
		name   string
		claims map[string]any
		want   authz.Caller
	}{
		{"scopes and roles of administrators stay at home", nil, kim},
		{"without tid", map[string]any{"tid": nil}, kim},
		{"an address for which the partner does not speak proves nothing", map[string]any{"upn": "kim@other.example"}, unproved},
		{"the mail claim counts first", map[string]any{"upn": "k@fabrikam.example", "email": "kim@FABRIKAM.example"}, func() authz.Caller {
			c := kim
			home := *kim.Home
			home.Mail, c.Home, c.Actor.Name = "kim@FABRIKAM.example", &home, "kim@FABRIKAM.example"
			return c
		}()},
	}
	for _, tt := range tests {
		got, err := w.caller(w.sign(t, w.person(guest(tt.claims))))
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
	other, err := w.caller(w.sign(t, w.person(guest(map[string]any{"oid": nil, "sub": "Case counts"}))))
	same, err2 := w.caller(w.sign(t, w.person(guest(map[string]any{"oid": nil, "sub": "case counts"}))))
	if err != nil || err2 != nil || other.ID() == same.ID() || other.ID() == kim.ID() {
		t.Errorf("subjects that differ are %s and %s (%v, %v)", other.ID(), same.ID(), err, err2)
	}
}

func TestPartnersSpeakForTheirPeopleOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t, asPartner)
	for name, claims := range map[string]map[string]any{
		"of our own tenant": {"tid": tenant},
		"of another tenant": {"tid": stranger},
		"an application":    {"idtyp": "app", "scp": nil, "upn": nil, "roles": []string{"EntitlementManagement.ReadWrite.All"}},
		"nobody":            {"oid": nil, "sub": nil},
		"for somebody else": {"aud": "other"},
		"an unknown kind":   {"idtyp": "device"},
	} {
		if who, err := w.caller(w.sign(t, w.person(guest(claims)))); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("%s: %+v, %v", name, who, err)
		}
	}
}
