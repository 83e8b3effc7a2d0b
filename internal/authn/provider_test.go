package authn

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/clock"
	"github.com/grantkeep/grantkeep/internal/directory"
)

const (
	tenant   = "6df54acb-0c5f-4b0a-9d5e-0f3f5f0b7a11"
	stranger = "00000000-0000-4000-8000-00000000ffff"
	ada      = "3f1b0a52-7a4e-4d0e-8d62-6a1f3f0c9d01"
	client   = "b1f6c4de-1f8f-4c43-9f0b-6f5a52a4d902"
	audience = "https://graph.microsoft.com"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// provider is an OpenID Connect issuer: discovery, keys, and a pen.
type provider struct {
	*httptest.Server
	mu         sync.Mutex
	name       string // the issuer in its description; empty: its address
	down       bool
	keys       []jose.JSONWebKey // private; the first signs
	algorithms []string
	fetches    int // of the keys
}

func newProvider(t testing.TB) *provider {
	t.Helper()
	p := &provider{keys: []jose.JSONWebKey{{Key: firstKey(), KeyID: "k1", Algorithm: "RS256", Use: "sig"}}, algorithms: []string{"RS256"}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		name := p.name
		if name == "" {
			name = p.URL
		}
		answer(t, w, map[string]any{"issuer": name, "jwks_uri": p.URL + "/keys", "id_token_signing_alg_values_supported": p.algorithms})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		p.fetches++
		var set jose.JSONWebKeySet
		for _, k := range p.keys {
			set.Keys = append(set.Keys, k.Public())
		}
		answer(t, w, set)
	})
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.down {
			http.Error(w, "out to lunch", http.StatusBadGateway)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(p.Close)
	return p
}

func answer(t testing.TB, w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(body); err != nil {
		t.Error(err)
	}
}

func (p *provider) set(change func(*provider)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(p)
}

func (p *provider) fetched() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.fetches
}

// firstKey is the same for all providers, because making one takes long.
var firstKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

func rsaKey(t testing.TB, id string) jose.JSONWebKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return jose.JSONWebKey{Key: key, KeyID: id, Algorithm: "RS256", Use: "sig"}
}

func ecKey(t testing.TB, id string) jose.JSONWebKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return jose.JSONWebKey{Key: key, KeyID: id, Algorithm: "ES256", Use: "sig"}
}

// person is a good delegated token, changed by the given claims; nil removes
// a claim.
func (p *provider) person(change map[string]any) map[string]any {
	return with(map[string]any{
		"iss": p.URL, "aud": audience, "tid": tenant, "oid": ada, "sub": "pairwise", "idtyp": "user",
		"scp": "EntitlementManagement.Read.All User.Read", "upn": "ada@contoso.example", "azp": client,
		"iat": noon.Unix(), "nbf": noon.Unix(), "exp": noon.Add(time.Hour).Unix(),
	}, change)
}

func with(base, change map[string]any) map[string]any {
	maps.Copy(base, change)
	maps.DeleteFunc(base, func(_ string, v any) bool { return v == nil })
	return base
}

func (p *provider) sign(t testing.TB, c map[string]any) string {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	return sign(t, p.keys[0], c)
}

func sign(t testing.TB, key jose.JSONWebKey, c map[string]any) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(key.Algorithm), Key: key}, nil)
	if err != nil {
		t.Fatal(err)
	}
	payload, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	jws, err := signer.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	token, err := jws.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// world is a verifier that trusts one provider, with its two clocks.
type world struct {
	t testing.TB
	*provider
	*Verifier
	clock, wall *clock.Manual
}

func newWorld(t testing.TB, change func(*Issuer)) *world {
	t.Helper()
	w := &world{t: t, provider: newProvider(t), clock: clock.NewManual(noon, true), wall: clock.NewManual(noon, true)}
	w.Verifier = verifierOf(t, w, 100, w.issuer(change))
	return w
}

func (w *world) issuer(change func(*Issuer)) Issuer {
	i := Issuer{URL: w.URL, Audiences: []string{audience, "api://grantkeep"}, Tenants: []directory.TenantID{tenant}}
	if change != nil {
		change(&i)
	}
	return i
}

func verifierOf(t testing.TB, w *world, size int, issuers ...Issuer) *Verifier {
	t.Helper()
	client := &http.Client{Transport: http.DefaultTransport, Timeout: requestTimeout}
	v, err := newVerifier(issuers, w.clock, w.wall, client, size, slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func (w *world) caller(token string) (authz.Caller, error) {
	return w.Caller(w.t.Context(), "Bearer "+token)
}
