package issuer

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/google/go-cmp/cmp"

	"github.com/grantkeep/grantkeep/internal/authn"
	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/clock"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
)

const (
	tenant = directory.TenantID("6df54acb-0c5f-4b0a-9d5e-0f3f5f0b7a11")
	ada    = directory.ObjectID("3f1b0a52-7a4e-4d0e-8d62-6a1f3f0c9d01")
	robot  = directory.ObjectID("77c0b7a4-27c1-47a6-8a36-21e5e3c8f0aa")
	appID  = "b1f6c4de-1f8f-4c43-9f0b-6f5a52a4d902"
	secret = "s3cret+with/odd:signs%"
)

// An emulator's clock may be far from the machine's.
var noon = time.Date(2031, 3, 2, 12, 0, 0, 0, time.UTC)

type world struct {
	*Issuer
	*httptest.Server
	clock    *clock.Manual
	clients  *Registry
	verifier *authn.Verifier
}

func discard() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

func newWorld(t *testing.T, change func(*Config)) *world {
	t.Helper()
	key, err := GenerateFastKey()
	if err != nil {
		t.Fatal(err)
	}
	c := Config{Tenants: map[string]directory.TenantID{string(tenant): tenant, "contoso.example": tenant}, Keys: []Key{key}}
	if change != nil {
		change(&c)
	}
	w := &world{clock: clock.NewManual(noon, true), clients: &Registry{}}
	w.clients.Put(tenant, Client{
		ID: appID, ObjectID: robot, DisplayName: "Robot", Secrets: []SecretHash{HashSecret("old"), HashSecret(secret)},
		Roles: []string{"EntitlementManagement.ReadWrite.All"}, DirectoryRoles: []string{authz.GlobalAdmin},
	})
	if w.Issuer, err = New(c, w.clients, w.clock, discard()); err != nil {
		t.Fatal(err)
	}
	w.Server = httptest.NewServer(w.Issuer)
	t.Cleanup(w.Server.Close)
	w.verifier, err = authn.New([]authn.Issuer{{
		URL: w.Issuer.URL("{tenantid}"), AnyHost: w.Follows(), Keys: w.KeySet(), Algorithms: w.Algorithms(),
		Audiences: []string{DefaultAudience}, Tenants: []directory.TenantID{tenant}, TrustRoles: true,
	}}, w.clock, discard())
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func form(change map[string]string) url.Values {
	v := url.Values{
		"grant_type": {"client_credentials"}, "scope": {"https://graph.microsoft.com/.default"},
		"client_id": {appID}, "client_secret": {secret},
	}
	for name, value := range change {
		v.Set(name, value)
		if value == "" {
			v.Del(name)
		}
	}
	return v
}

type answer struct {
	Status       int `json:"-"`
	Header       http.Header
	TokenType    string `json:"token_type"`
	ExpiresIn    int    `json:"expires_in"`
	ExtExpiresIn int    `json:"ext_expires_in"`
	AccessToken  string `json:"access_token"`
	Error        string `json:"error"`
	Description  string `json:"error_description"`
}

func (w *world) ask(t *testing.T, path string, body url.Values, edit func(*http.Request)) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.Server.URL+path, strings.NewReader(body.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if edit != nil {
		edit(r)
	}
	resp, err := w.Server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	a := answer{Status: resp.StatusCode, Header: resp.Header}
	if err := json.NewDecoder(resp.Body).Decode(&a); err != nil {
		t.Fatal(err)
	}
	return a
}

const tokenURL = "/" + string(tenant) + "/oauth2/v2.0/token"

var robotCaller = authz.Caller{
	Tenant: tenant, Scopes: []authz.Scope{"EntitlementManagement.ReadWrite.All"}, DirectoryRoles: []string{authz.GlobalAdmin},
	Actor: entitlement.Actor{Kind: entitlement.ByApp, ID: robot, Name: "Robot", App: appID},
}

func TestTokenEndpointGivesTokens(t *testing.T) {
	t.Parallel()
	basic := func(r *http.Request) { r.SetBasicAuth(url.QueryEscape(appID), url.QueryEscape(secret)) }
	noSecret := map[string]string{"client_id": "", "client_secret": ""}
	tests := []struct {
		name, path string
		change     map[string]string
		edit       func(*http.Request)
	}{
		{"secret in the form", tokenURL, nil, nil},
		{"an older secret", tokenURL, map[string]string{"client_secret": "old"}, nil},
		{"basic authentication", tokenURL, noSecret, basic},
		{"basic authentication and the client id in the form", tokenURL, map[string]string{"client_secret": ""}, basic},
		{"client id in upper case", tokenURL, map[string]string{"client_id": strings.ToUpper(appID)}, nil},
		{"tenant by its domain", "/Contoso.Example/oauth2/v2.0/token", nil, nil},
		{"scope of a national cloud", tokenURL, map[string]string{"scope": "https://graph.microsoft.us/.default"}, nil},
		{"scope with Graph's client id", tokenURL, map[string]string{"scope": "00000003-0000-0000-c000-000000000000/.default"}, nil},
		{"scope with two slashes", tokenURL, map[string]string{"scope": "https://graph.microsoft.com//.default"}, nil},
		{"scope with our host on another port", tokenURL, map[string]string{"scope": "https://127.0.0.1:8443/.default"}, nil},
		{"scope with the host that is called", tokenURL, map[string]string{"scope": "https://access.example/.default"}, func(r *http.Request) { r.Host = "access.example:8443" }},
		{"sign-in scopes beside", tokenURL, map[string]string{"scope": "openid profile https://graph.microsoft.com/.default"}, nil},
		{"a configured resource", tokenURL, map[string]string{"scope": "api://grantkeep/.default"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(c *Config) { c.Resources = []string{"api://grantkeep"} })
			a := w.ask(t, tt.path, form(tt.change), tt.edit)
			if a.Status != http.StatusOK || a.TokenType != "Bearer" || a.ExpiresIn != 3600 || a.ExtExpiresIn != 3600 {
				t.Fatalf("answer = %+v", a)
			}
			if a.Header.Get("Cache-Control") != "no-store" || a.Header.Get("Content-Type") != "application/json" {
				t.Errorf("header = %v", a.Header)
			}
			got, err := w.verifier.Caller(t.Context(), "Bearer "+a.AccessToken)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(robotCaller, got); diff != "" {
				t.Errorf("caller (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTokenEndpointRefuses(t *testing.T) {
	t.Parallel()
	basic := func(r *http.Request) { r.SetBasicAuth(appID, "wrong") }
	tests := []struct {
		name, path string
		change     map[string]string
		edit       func(*http.Request)
		status     int
		code, want string
	}{
		{"a wrong secret", tokenURL, map[string]string{"client_secret": "guess"}, nil, 401, "invalid_client", "There is no application"},
		{"an unknown client", tokenURL, map[string]string{"client_id": string(ada)}, nil, 401, "invalid_client", "There is no application"},
		{"no secret", tokenURL, map[string]string{"client_secret": ""}, nil, 401, "invalid_client", "Send client_id and client_secret"},
		{"a wrong secret in the header", tokenURL, map[string]string{"client_secret": ""}, basic, 401, "invalid_client", "There is no application"},
		{"two secrets", tokenURL, nil, basic, 400, "invalid_request", "once"},
		{"two clients", tokenURL, map[string]string{"client_id": string(ada), "client_secret": ""}, basic, 400, "invalid_request", "another"},
		{"a secret in the address", tokenURL + "?client_secret=old", map[string]string{"client_secret": ""}, nil, 401, "invalid_client", "Send client_id"},
		{"another grant", tokenURL, map[string]string{"grant_type": "password"}, nil, 400, "unsupported_grant_type", `"password"`},
		{"no grant", tokenURL, map[string]string{"grant_type": ""}, nil, 400, "invalid_request", "grant_type"},
		{"no scope", tokenURL, map[string]string{"scope": ""}, nil, 400, "invalid_scope", "/.default"},
		{"single permissions", tokenURL, map[string]string{"scope": "https://graph.microsoft.com/User.Read"}, nil, 400, "invalid_scope", `does not end in "/.default"`},
		{"two resources", tokenURL, map[string]string{"scope": "https://graph.microsoft.com/.default https://graph.microsoft.us/.default"}, nil, 400, "invalid_scope", "one resource"},
		{"a foreign resource", tokenURL, map[string]string{"scope": "https://vault.example/.default"}, nil, 400, "invalid_scope", "not served here"},
		{"no resource", tokenURL, map[string]string{"scope": "/.default"}, nil, 400, "invalid_scope", "not served here"},
		{"an unknown tenant", "/fabrikam.example/oauth2/v2.0/token", nil, nil, 400, "invalid_request", `no tenant "fabrikam.example"`},
		{"a huge form", tokenURL, map[string]string{"x": strings.Repeat("a", maxForm)}, nil, 400, "invalid_request", "at most"},
		{"another method", tokenURL, nil, func(r *http.Request) { r.Method = http.MethodPut }, 405, "invalid_request", "POST"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := newWorld(t, nil).ask(t, tt.path, form(tt.change), tt.edit)
			if a.Status != tt.status || a.Error != tt.code || !strings.Contains(a.Description, tt.want) || a.AccessToken != "" {
				t.Errorf("answer = %+v, want %d %s with %q", a, tt.status, tt.code, tt.want)
			}
			if got := a.Header.Get("WWW-Authenticate"); (got != "") != (tt.status == 401) {
				t.Errorf("WWW-Authenticate = %q", got)
			}
		})
	}
}

type brokenClients struct{}

func (brokenClients) Client(context.Context, directory.TenantID, string) (Client, error) {
	return Client{}, errors.New("disk on fire")
}

func TestTokenEndpointKeepsItsTroublesToItself(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.Issuer.clients = brokenClients{}
	a := w.ask(t, tokenURL, form(nil), nil)
	if a.Status != http.StatusInternalServerError || a.Error != "server_error" || strings.Contains(a.Description, "fire") {
		t.Errorf("answer = %+v", a)
	}
}

func TestTokensCanBeCheckedFromOutside(t *testing.T) {
	t.Parallel()
	rsa, err := GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, func(c *Config) { c.Keys = append([]Key{rsa}, c.Keys...) })
	here := w.Server.URL + "/" + string(tenant)

	ctx := oidc.ClientContext(t.Context(), w.Server.Client())
	provider, err := oidc.NewProvider(ctx, here+"/v2.0")
	if err != nil {
		t.Fatal(err)
	}
	var document struct {
		Issuer     string   `json:"issuer"`
		Token      string   `json:"token_endpoint"`
		Keys       string   `json:"jwks_uri"`
		Algorithms []string `json:"id_token_signing_alg_values_supported"`
	}
	if err := provider.Claims(&document); err != nil {
		t.Fatal(err)
	}
	want := document
	want.Issuer, want.Token, want.Keys = here+"/v2.0", here+tokenPath, here+keysPath
	want.Algorithms = []string{"RS256", "ES256"}
	if diff := cmp.Diff(want, document); diff != "" {
		t.Errorf("description (-want +got):\n%s", diff)
	}

	check := provider.VerifierContext(ctx, &oidc.Config{ClientID: DefaultAudience, Now: w.clock.Now})
	token := w.ask(t, tokenURL, form(nil), nil).AccessToken
	if _, err := check.Verify(ctx, token); err != nil {
		t.Errorf("token of the first key: %v", err)
	}

	old, err := New(Config{Base: w.Server.URL, Keys: w.config.Keys[1:]}, w.clients, w.clock, discard())
	if err != nil {
		t.Fatal(err)
	}
	token, err = old.Mint(t.Context(), Grant{Tenant: tenant, ObjectID: ada})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := check.Verify(ctx, token); err != nil {
		t.Errorf("token of the key that is rotated out: %v", err)
	}
	if _, err := w.verifier.Caller(t.Context(), "Bearer "+token); err != nil {
		t.Errorf("the same, checked without HTTP: %v", err)
	}
}

func TestDescriptionFollowsThePublicURL(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *Config) { c.PublicURL = "https://access.example/" })
	resp, err := w.Server.Client().Get(w.Server.URL + "/" + string(tenant) + discoveryPath)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var document map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&document); err != nil {
		t.Fatal(err)
	}
	if got, want := document["token_endpoint"], "https://access.example/"+string(tenant)+tokenPath; got != want {
		t.Errorf("token_endpoint = %v, want %v", got, want)
	}
	if got, want := document["issuer"], "https://access.example/"+string(tenant)+"/v2.0"; got != want {
		t.Errorf("issuer = %v, want %v", got, want)
	}
}

func TestAConfiguredIssuerIsTheSameEverywhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *Config) { c.Base = "https://access.example" })
	token := w.ask(t, tokenURL, form(nil), nil).AccessToken
	if _, err := w.verifier.Caller(t.Context(), "Bearer "+token); err != nil {
		t.Error(err)
	}
	// Then a token that says something else is not ours.
	elsewhere, err := New(Config{Base: w.Server.URL, Keys: w.config.Keys}, w.clients, w.clock, discard())
	if err != nil {
		t.Fatal(err)
	}
	if token, err = elsewhere.Mint(t.Context(), Grant{Tenant: tenant, ObjectID: ada}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.verifier.Caller(t.Context(), "Bearer "+token); err == nil {
		t.Error("a token of another issuer was accepted")
	}
}

func TestMintedTokensSayWhatWasGranted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	tests := []struct {
		name  string
		grant Grant
		want  authz.Caller
	}{
		{
			"a person",
			Grant{
				Tenant: tenant, ObjectID: ada, PrincipalName: "ada@contoso.example", Name: "Ada", AppID: appID, AppName: "Portal",
				Scopes: []string{"User.Read", "EntitlementManagement.Read.All"}, DirectoryRoles: []string{authz.GlobalReader},
			},
			authz.Caller{
				Tenant: tenant, Scopes: []authz.Scope{"User.Read", "EntitlementManagement.Read.All"}, DirectoryRoles: []string{authz.GlobalReader},
				Actor: entitlement.Actor{Kind: entitlement.ByUser, ID: ada, Name: "ada@contoso.example", App: appID},
			},
		},
		{
			"an application",
			Grant{
				Tenant: tenant, ObjectID: robot, AppOnly: true, AppID: appID, AppName: "Robot",
				Roles: []string{"EntitlementManagement.ReadWrite.All"}, DirectoryRoles: []string{authz.GlobalAdmin},
			},
			robotCaller,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			token, err := w.Mint(t.Context(), tt.grant)
			if err != nil {
				t.Fatal(err)
			}
			got, err := w.verifier.Caller(t.Context(), "Bearer "+token)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("caller (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTokensEndByTheGivenClock(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	token, err := w.Mint(t.Context(), Grant{Tenant: tenant, ObjectID: ada, Lifetime: 10 * time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	w.clock.Set(noon.Add(10 * time.Minute))
	if _, err := w.verifier.Caller(t.Context(), "Bearer "+token); err != nil {
		t.Errorf("at its end, with the clocks apart: %v", err)
	}
	w.clock.Set(noon.Add(16 * time.Minute))
	if _, err := w.verifier.Caller(t.Context(), "Bearer "+token); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("after it: %v, want fault.Unauthenticated", err)
	}
}

func TestGrantsThatMakeNoToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for name, g := range map[string]Grant{
		"no tenant":                {ObjectID: ada},
		"no holder":                {Tenant: tenant},
		"a person with roles":      {Tenant: tenant, ObjectID: ada, Roles: []string{"x"}},
		"an application with scp":  {Tenant: tenant, ObjectID: robot, AppOnly: true, Scopes: []string{"x"}},
		"an end before it's begun": {Tenant: tenant, ObjectID: ada, Lifetime: -time.Second},
	} {
		if _, err := w.Mint(t.Context(), g); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: error = %v, want fault.Invalid", name, err)
		}
	}
}

func TestPathsOfTheIssuer(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]bool{
		tokenURL: true, "/" + string(tenant) + discoveryPath: true, "/contoso.example/discovery/v2.0/keys": true,
		"/v1.0/users": false, "/oauth2/v2.0/token": false, "//oauth2/v2.0/token": false, "/": false,
	} {
		if got := Serves(path); got != want {
			t.Errorf("Serves(%q) = %v", path, got)
		}
	}
}

func TestClearedRegistryKnowsNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	if _, err := w.clients.Client(t.Context(), "another", appID); !fault.Is(err, fault.NotFound) {
		t.Errorf("in another tenant: %v, want fault.NotFound", err)
	}
	w.clients.Clear()
	if a := w.ask(t, tokenURL, form(nil), nil); a.Error != "invalid_client" {
		t.Errorf("answer = %+v", a)
	}
}
