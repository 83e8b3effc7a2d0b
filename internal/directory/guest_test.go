package directory

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grantkeep/grantkeep/internal/fault"
)

func TestHomeIsWhereSomebodySignsIn(t *testing.T) {
	t.Parallel()
	const tenant = "0f1e2d3c-4b5a-4678-8765-a0b1c2d3e4f5"
	tests := []struct {
		name string
		id   Identity
		want Home
	}{
		{"a tenant", Identity{SignInType: "Federated", Issuer: "0F1E2D3C-4b5a-4678-8765-a0b1c2d3e4f5"}, Home{Tenant: tenant}},
		{"some tenant, which is not told", Identity{SignInType: Federated, Issuer: SomeTenant}, Home{}},
		{"an issuer", Identity{SignInType: Federated, Issuer: "https://sso.example/Idp"}, Home{Issuer: "https://sso.example/Idp"}},
		{"a social provider", Identity{SignInType: Federated, Issuer: "Facebook.com"}, Home{Social: "facebook"}},
		{"a code by mail", Identity{SignInType: ByMail, Issuer: "x"}, Home{OneTime: true}},
		{"a code by mail, told by the issuer", Identity{SignInType: Federated, Issuer: "mail"}, Home{OneTime: true}},
		{"here", Identity{SignInType: "userPrincipalName", Issuer: "contoso.example"}, Home{}},
	}
	for _, tt := range tests {
		o := Object{User: &UserDetail{Identities: []Identity{tt.id}}}
		if diff := cmp.Diff(tt.want, o.Home()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestMailDomain(t *testing.T) {
	t.Parallel()
	for want, o := range map[string]Object{
		"x.example": {Mail: "a@X.example", PrincipalName: "b_y.example#EXT#@c.example"},
		"y.example": {PrincipalName: "b_c_y.example#EXT#@c.example"},
		"":          {PrincipalName: "b_c@c.example"},
	} {
		if got := o.MailDomain(); got != want {
			t.Errorf("the domain of %+v is %q, want %q", o, got, want)
		}
	}
}

func TestCheckMail(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"a@b.example", "o'neil+x@sub.b-c.example", "ä@bücher.example"} {
		if err := CheckMail(good); err != nil {
			t.Errorf("%s is refused: %v", good, err)
		}
	}
	for _, bad := range []string{
		"", "a", "a@", "@b.example", "a@b", "a@b..example", "a@-b.example", "a b@c.example", "a@b@c.example", "a@b.example>",
		"a#EXT#@b.example", "a@b_c.example", string(make([]byte, 250)) + "@b.example",
	} {
		if err := CheckMail(bad); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q is an address: %v", bad, err)
		}
	}
}

func TestAsGuestKeepsThePerson(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	kim := NewExternal("id", "kim@x.example", "", now)
	if !kim.External() || kim.DisplayName != "kim@x.example" {
		t.Errorf("somebody outside is %+v", kim)
	}
	guest := kim.AsGuest(kim.GuestName("c.example", ""))
	if guest.PrincipalName != "kim_x.example#EXT#@c.example" || guest.Kind != KindUser || guest.ID != kim.ID ||
		guest.User.ExternalState != PendingAcceptance || !guest.External() || guest.CheckNew() != nil {
		t.Errorf("the guest is %+v", guest)
	}
	if kim.Kind != KindExternal || kim.User.ExternalState != "" {
		t.Error("the person was changed with the guest")
	}
	known := NewExternal("id", "", "Kim", now, Identity{SignInType: Federated, Issuer: "https://x.example"})
	if guest := known.AsGuest(known.GuestName("c.example", "_2")); guest.User.ExternalState != Accepted || guest.PrincipalName != "id_2#EXT#@c.example" {
		t.Errorf("who has signed in elsewhere is %+v", guest)
	}
}
