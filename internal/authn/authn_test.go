package authn

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/clock"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
)

var app = map[string]any{
	"idtyp": "app", "scp": nil, "upn": nil, "azp": nil, "appid": client, "app_displayname": "Payroll sync",
	"roles": []string{"EntitlementManagement.ReadWrite.All"},
}

func TestCallerOfGoodTokens(t *testing.T) {
	t.Parallel()
	person := authz.Caller{
		Tenant: tenant, Scopes: []authz.Scope{"EntitlementManagement.Read.All", "User.Read"},
		Actor: entitlement.Actor{Kind: entitlement.ByUser, ID: ada, Name: "ada@contoso.example", App: client},
	}
	service := authz.Caller{
		Tenant: tenant, Scopes: []authz.Scope{"EntitlementManagement.ReadWrite.All"},
		Actor: entitlement.Actor{Kind: entitlement.ByApp, ID: ada, Name: "Payroll sync", App: client},
	}
	changed := func(c authz.Caller, change func(*authz.Caller)) authz.Caller {
		change(&c)
		return c
	}
	noScopes := func(c *authz.Caller) { c.Scopes = nil }
	tests := []struct {
		name   string
		issuer func(*Issuer)
		claims map[string]any
		want   authz.Caller
	}{
		{"delegated", nil, nil, person},
		{"scopes in an array", nil, map[string]any{"scp": []string{"EntitlementManagement.Read.All", "User.Read"}}, person},
		{"roles in a delegated token are ignored", nil, map[string]any{"roles": []string{"EntitlementManagement.ReadWrite.All"}}, person},
		{"ids in upper case", nil, map[string]any{"oid": strings.ToUpper(ada), "tid": strings.ToUpper(tenant)}, person},
		{"one of several audiences", nil, map[string]any{"aud": []string{"other", "api://grantkeep"}}, person},
		{"idtyp missing, scp present", nil, map[string]any{"idtyp": nil, "roles": []string{"x"}}, person},
		{"wids of an issuer that is not trusted for them", nil, map[string]any{"wids": []string{authz.GlobalAdmin}}, person},
		{
			"wids of an issuer that is", func(i *Issuer) { i.TrustRoles = true },
			map[string]any{"wids": []string{strings.ToUpper(authz.GlobalAdmin)}},
			changed(person, func(c *authz.Caller) { c.DirectoryRoles = []string{authz.GlobalAdmin} }),
		},
		{
			"without upn the preferred name", nil,
			map[string]any{"upn": nil, "preferred_username": "ada"},
			changed(person, func(c *authz.Caller) { c.Actor.Name = "ada" }),
		},
		{
			"without any name the id", nil,
			map[string]any{"upn": nil},
			changed(person, func(c *authz.Caller) { c.Actor.Name = ada }),
		},
		{
			"a person with roles and no scp does not become an application", nil,
			map[string]any{"idtyp": nil, "scp": nil, "roles": []string{"EntitlementManagement.ReadWrite.All"}},
			changed(person, noScopes),
		},
		{"a fixed tenant without tid", func(i *Issuer) { i.Tenant, i.Tenants = tenant, nil }, map[string]any{"tid": nil}, person},
		{
			"sub where the issuer has no oid", func(i *Issuer) { i.SubjectAsID = true },
			map[string]any{"oid": nil, "sub": ada},
			person,
		},
		{
			"oid before sub", func(i *Issuer) { i.SubjectAsID = true },
			map[string]any{"sub": stranger},
			person,
		},
		{"application", nil, app, service},
		{"idtyp missing, no scp, roles present", nil, withNil(app, "idtyp"), service},
		{
			"idtyp missing, only a client id", nil, withNil(withNil(app, "idtyp"), "roles"),
			changed(service, noScopes),
		},
		{
			"scp in an application's token is ignored", nil, withValue(app, "scp", "User.Read"), service,
		},
		{
			"an application without a name", nil, withNil(app, "app_displayname"),
			changed(service, func(c *authz.Caller) { c.Actor.Name = client }),
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, tt.issuer)
			got, err := w.caller(w.sign(t, w.person(tt.claims)))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("caller (-want +got):\n%s", diff)
			}
		})
	}
}

func withNil(base map[string]any, name string) map[string]any { return withValue(base, name, nil) }

func withValue(base map[string]any, name string, value any) map[string]any {
	out := map[string]any{}
	for k, v := range base {
		out[k] = v
	}
	out[name] = value
	return out
}

func TestClaimsThatAreRefused(t *testing.T) {
	t.Parallel()
	at := func(d time.Duration) int64 { return noon.Add(d).Unix() }
	tests := []struct {
		name   string
		issuer func(*Issuer)
		claims map[string]any
		want   string // part of the message
	}{
		{"expired", nil, map[string]any{"exp": at(-skew - time.Second)}, "expired at 2026-03-02T11:54:59Z"},
		{"without an end", nil, map[string]any{"exp": nil}, "exp is missing"},
		{"an end beyond time", nil, map[string]any{"exp": 1e300}, "wrong types"},
		{"not yet valid", nil, map[string]any{"nbf": at(skew + time.Second)}, "not valid before 2026-03-02T12:05:01Z"},
		{"issued in the future", nil, map[string]any{"iat": at(skew + time.Second)}, "issued in the future"},
		{"wrong audience", nil, map[string]any{"aud": "https://other.example"}, `meant for "https://other.example". This server accepts tokens for https://graph.microsoft.com, api://grantkeep.`},
		{"no audience", nil, map[string]any{"aud": nil}, "accepts tokens for"},
		{"another issuer", nil, map[string]any{"iss": "https://other.example"}, `issued by "https://other.example", which is not trusted`},
		{"the issuer with a slash", nil, map[string]any{"iss": "+/"}, "not trusted"},
		{"no tenant", nil, map[string]any{"tid": nil}, "tid is missing"},
		{"another tenant", nil, map[string]any{"tid": stranger}, "tenant " + stranger},
		{"another tenant than the fixed one", func(i *Issuer) { i.Tenant, i.Tenants = tenant, nil }, map[string]any{"tid": stranger}, "tenant " + stranger},
		{"a tenant that is no GUID", nil, map[string]any{"tid": "contoso"}, "tid of the access token is not a GUID"},
		{"no oid, and sub does not count", nil, map[string]any{"oid": nil, "sub": ada}, "oid is missing"},
		{"an oid that is no GUID", nil, map[string]any{"oid": "ada"}, "oid of the access token is not a GUID"},
		{"a device", nil, map[string]any{"idtyp": "device"}, `idtyp "device"`},
		{"roles that are no list", nil, map[string]any{"roles": 7}, "wrong types"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, tt.issuer)
			if tt.claims["iss"] == "+/" {
				tt.claims["iss"] = w.URL + "/"
			}
			token := w.sign(t, w.person(tt.claims))
			_, err := w.caller(token)
			wantRefusal(t, err, tt.want, token)
		})
	}
}

// wantRefusal checks kind, code and words, and that the token is not in them.
func wantRefusal(t *testing.T, err error, words, token string) {
	t.Helper()
	f := fault.Of(err)
	if err == nil || f.Kind != fault.Unauthenticated || f.Code != "InvalidAuthenticationToken" {
		t.Fatalf("error = %v, want an InvalidAuthenticationToken", err)
	}
	if !strings.Contains(f.Message, words) {
		t.Errorf("message = %q, want %q in it", f.Message, words)
	}
	for part := range strings.SplitSeq(token, ".") {
		if len(part) > 8 && strings.Contains(err.Error(), part) {
			t.Errorf("the error repeats the token: %v", err)
		}
	}
}

func TestClocksMayBeFiveMinutesApart(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	token := w.sign(t, w.person(map[string]any{
		"exp": noon.Add(-skew).Unix(), "nbf": noon.Add(skew).Unix(), "iat": noon.Add(skew).Unix(),
	}))
	if _, err := w.caller(token); err != nil {
		t.Error(err)
	}
}

func TestHeadersThatAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	good := w.sign(t, w.person(nil))
	tests := []struct{ name, header, want string }{
		{"missing", "", "no Authorization header"},
		{"another scheme", "Basic " + good, `must be "Bearer"`},
		{"no token", "Bearer ", `nothing follows "Bearer"`},
		{"opaque", "Bearer demo-ada", "not a signed JWT"},
		{"encrypted", "Bearer a.b.c.d.e", "not a signed JWT"},
		{"huge", "Bearer " + strings.Repeat("a", maxToken+1), "longer than"},
		{"not base64", "Bearer !.!.!", "header is not base64url"},
		{"payload not JSON", "Bearer " + good[:strings.Index(good, ".")] + ".aGVsbG8.c2ln", "payload is not base64url"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := w.Caller(t.Context(), tt.header)
			wantRefusal(t, err, tt.want, good)
		})
	}
	if _, err := w.Caller(t.Context(), "bearer  "+good); err != nil {
		t.Errorf("scheme in lower case, two spaces: %v", err)
	}
}

func TestForgedTokensAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	good := w.sign(t, w.person(nil))
	parts := strings.Split(good, ".")
	encode := func(v any) string {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(b)
	}
	public, ok := w.keys[0].Public().Key.(*rsa.PublicKey)
	if !ok {
		t.Fatal("the key is not RSA")
	}
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	shared := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	other := rsaKey(t, "k1")
	weak := other
	weak.Algorithm = "PS256"

	tests := []struct{ name, token, want string }{
		{"claims exchanged", parts[0] + "." + encode(w.person(map[string]any{"oid": stranger})) + "." + parts[2], "signature of the access token is wrong"},
		{"signature cut off", parts[0] + "." + parts[1] + ".", "signature of the access token is wrong"},
		{"signed by another key of the same name", sign(t, other, w.person(nil)), "signature of the access token is wrong"},
		{"alg none", encode(map[string]any{"alg": "none"}) + "." + parts[1] + ".", `signed with "none"`},
		{"HMAC with the public key as the secret", sign(t, jose.JSONWebKey{Key: shared, KeyID: "k1", Algorithm: "HS256"}, w.person(nil)), `signed with "HS256"`},
		{"an algorithm that the issuer does not use", sign(t, weak, w.person(nil)), `signed with "PS256", but its issuer signs with RS256`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := w.caller(tt.token)
			wantRefusal(t, err, tt.want, tt.token)
		})
	}
}

func TestOneIssuerCannotSpeakForAnother(t *testing.T) {
	t.Parallel()
	w, evil := newWorld(t, nil), newProvider(t)
	evil.set(func(p *provider) { p.keys = []jose.JSONWebKey{rsaKey(t, "k1")} })
	w.Verifier = verifierOf(t, w, 10, w.issuer(nil), Issuer{URL: evil.URL, Audiences: []string{audience}, Tenant: stranger})

	token := evil.sign(t, evil.person(map[string]any{"iss": w.URL}))
	_, err := w.caller(token)
	wantRefusal(t, err, "signature of the access token is wrong", token)

	token = evil.sign(t, evil.person(nil))
	_, err = w.caller(token)
	wantRefusal(t, err, "may not speak for", token)

	got, err := w.caller(evil.sign(t, evil.person(map[string]any{"tid": stranger})))
	if err != nil || got.Tenant != stranger {
		t.Errorf("its own tenant: %v, %v", got.Tenant, err)
	}
}

func TestIssuerOfManyTenants(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.set(func(p *provider) { p.name = p.URL + "/{tenantid}/v2.0" })
	w.Verifier = verifierOf(t, w, 10, w.issuer(func(i *Issuer) {
		i.URL, i.DiscoveryURL = w.URL+"/{tenantid}/v2.0", w.URL+"/.well-known/openid-configuration"
	}))

	if _, err := w.caller(w.sign(t, w.person(map[string]any{"iss": w.URL + "/" + tenant + "/v2.0"}))); err != nil {
		t.Error(err)
	}
	token := w.sign(t, w.person(map[string]any{"iss": w.URL + "/" + stranger + "/v2.0"}))
	_, err := w.caller(token)
	wantRefusal(t, err, "not trusted here", token)
	token = w.sign(t, w.person(map[string]any{"iss": w.URL + "/" + stranger + "/v2.0", "tid": stranger}))
	_, err = w.caller(token)
	wantRefusal(t, err, "may not speak for", token)
}

func TestKeysRotate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	before := w.sign(t, w.person(nil))
	if _, err := w.caller(before); err != nil {
		t.Fatal(err)
	}

	next := ecKey(t, "k2")
	w.set(func(p *provider) {
		p.algorithms = []string{"ES256", "RS256"}
		p.keys = append([]jose.JSONWebKey{next}, p.keys...)
	})
	w.advanceWall(cacheAge)
	if _, err := w.caller(w.sign(t, w.person(map[string]any{"jti": "1"}))); err != nil {
		t.Errorf("new key and algorithm: %v", err)
	}

	third := rsaKey(t, "k3")
	w.set(func(p *provider) { p.keys = []jose.JSONWebKey{third, next} })
	w.advanceWall(freshFor)
	if _, err := w.caller(w.sign(t, w.person(map[string]any{"jti": "2"}))); err != nil {
		t.Errorf("unknown key id before the description is read again: %v", err)
	}

	w.advanceWall(cacheAge)
	_, err := w.caller(before)
	wantRefusal(t, err, "signature of the access token is wrong", before)
}

func (w *world) advanceWall(d time.Duration) { w.wall.Set(w.wall.Now().Add(d)) }

func TestInventedKeyIDsDoNotReachTheIssuer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for i := range 5 {
		token := sign(t, rsaKey(t, fmt.Sprint("invented-", i)), w.person(nil))
		_, err := w.caller(token)
		wantRefusal(t, err, "signature of the access token is wrong", token)
	}
	if got := w.fetched(); got != 1 {
		t.Errorf("the keys were fetched %d times, want once", got)
	}
}

func TestIssuerMayBeAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	token := w.sign(t, w.person(nil))
	w.set(func(p *provider) { p.down = true })
	for range 2 {
		_, err := w.caller(token)
		f := fault.Of(err)
		if f.Kind != fault.Unavailable || f.RetryAfter != retryAfter || !strings.Contains(f.Message, w.URL) {
			t.Fatalf("while it is away: %v, want fault.Unavailable that names it", err)
		}
	}

	w.set(func(p *provider) { p.down = false })
	if _, err := w.caller(token); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a failing issuer was asked again at once: %v", err)
	}
	w.advanceWall(retryAfter)
	if _, err := w.caller(token); err != nil {
		t.Errorf("after it came back: %v", err)
	}

	w.set(func(p *provider) { p.down = true })
	w.advanceWall(24 * time.Hour)
	if _, err := w.caller(token); err != nil {
		t.Errorf("away again, with keys known: %v", err)
	}
}

func TestDescriptionMustNameTheIssuer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.set(func(p *provider) { p.name = "https://other.example" })
	if _, err := w.caller(w.sign(t, w.person(nil))); !fault.Is(err, fault.Unavailable) {
		t.Errorf("error = %v, want fault.Unavailable", err)
	}
}

func TestIssuersThatAreDescribedWrongly(t *testing.T) {
	t.Parallel()
	good := Issuer{URL: "https://login.example", Audiences: []string{audience}, Tenant: tenant}
	tests := []struct {
		name   string
		change func(*Issuer)
	}{
		{"no URL", func(i *Issuer) { i.URL = "" }},
		{"not a URL", func(i *Issuer) { i.URL = "login.example" }},
		{"a discovery address that is none", func(i *Issuer) { i.DiscoveryURL = "ftp://login.example" }},
		{"no audience", func(i *Issuer) { i.Audiences = nil }},
		{"no tenant", func(i *Issuer) { i.Tenant = "" }},
		{"two ways to the tenant", func(i *Issuer) { i.Tenants = []directory.TenantID{tenant} }},
		{"a placeholder without discovery", func(i *Issuer) { i.URL = "https://login.example/{tenantid}" }},
		{"every address without keys", func(i *Issuer) { i.AnyHost = true }},
		{"a symmetric algorithm", func(i *Issuer) { i.Keys, i.Algorithms = &oidc.StaticKeySet{}, []string{"HS256"} }},
		{"no algorithm at all", func(i *Issuer) { i.Keys, i.Algorithms = &oidc.StaticKeySet{}, []string{"none"} }},
	}
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			i := good
			tt.change(&i)
			if _, err := New([]Issuer{i}, clock.System{}, log); !fault.Is(err, fault.Invalid) {
				t.Errorf("error = %v, want fault.Invalid", err)
			}
		})
	}
	if _, err := New([]Issuer{good, good}, clock.System{}, log); !fault.Is(err, fault.Invalid) {
		t.Errorf("listed twice: %v, want fault.Invalid", err)
	}
	if _, err := New([]Issuer{good}, clock.System{}, log); err != nil {
		t.Errorf("a good one: %v", err)
	}
}

func TestGivenKeysNeedNoIssuer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.Verifier = verifierOf(t, w, 10, w.issuer(func(i *Issuer) {
		i.URL = "https://grantkeep.local"
		i.Keys = &oidc.StaticKeySet{PublicKeys: []crypto.PublicKey{w.keys[0].Public().Key}}
	}))
	if _, err := w.caller(w.sign(t, w.person(map[string]any{"iss": "https://grantkeep.local"}))); err != nil {
		t.Error(err)
	}
	if w.fetched() != 0 {
		t.Error("keys were fetched")
	}
}

func TestKeysThatCountAtEveryAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.Verifier = verifierOf(t, w, 10, w.issuer(func(i *Issuer) {
		i.URL, i.AnyHost = "https://grantkeep.local/tenant/v2.0", true
		i.Keys = &oidc.StaticKeySet{PublicKeys: []crypto.PublicKey{w.keys[0].Public().Key}}
	}))
	for iss, ok := range map[string]bool{
		"https://grantkeep.local/tenant/v2.0": true, "http://127.0.0.1:8080/tenant/v2.0": true,
		"https://grantkeep.local/other/v2.0": false, "https://grantkeep.local/tenant/v2.0?x": false, "tenant/v2.0": false,
	} {
		if _, err := w.caller(w.sign(t, w.person(map[string]any{"iss": iss}))); (err == nil) != ok {
			t.Errorf("%s: %v, accepted should be %t", iss, err, ok)
		}
	}
}

func TestNothingLogsTheToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	var log bytes.Buffer
	client := *w.trusted[0].keys.(*fetchedKeys).client
	client.Transport = client.Transport.(*fetcher).next
	v, err := newVerifier([]Issuer{w.issuer(nil)}, w.clock, w.wall, &client, 10, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	w.set(func(p *provider) { p.down = true })
	token := w.sign(t, w.person(nil))
	if _, err := v.Caller(t.Context(), "Bearer "+token); err == nil {
		t.Fatal("no error")
	}
	if log.Len() == 0 {
		t.Error("an issuer that is away is not logged")
	}
	if strings.Contains(log.String(), token[:20]) {
		t.Errorf("the log holds the token: %s", log.String())
	}
}
