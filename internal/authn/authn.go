// Package authn turns bearer tokens into callers. A token is a JWT of an
// OpenID Connect issuer that the operator trusts; what it says about a person
// or an application becomes an authz.Caller (permissions.md sections 8, 9).
//
// It does not know HTTP servers, storage or what a caller may do.
package authn

import (
	"context"
	"crypto/sha256"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"
	"unsafe"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/clock"
	"github.com/grantkeep/grantkeep/internal/fault"
)

const (
	// skew is how far the issuer's clock and ours may be apart.
	skew = 5 * time.Minute

	// maxToken is the longest token that is looked at. Real ones, with many
	// groups in them, stay below 16 KiB.
	maxToken = 64 << 10

	cacheSize      = 100_000
	requestTimeout = 5 * time.Second // one call to an issuer

	invalidToken = "InvalidAuthenticationToken"
)

// Verifier checks tokens. Make it with New; it is safe for concurrent use.
type Verifier struct {
	trusted []*trusted
	clock   clock.Clock
	wall    clock.Clock
	cache   *cache
}

// New returns a verifier of the tokens of the given issuers, by the given
// clock. It contacts nobody: the keys of an issuer are fetched when its first
// token arrives, and fetched again from time to time, so the server starts
// and works on while an issuer is away. An issuer that is described wrongly
// is fault.Invalid.
func New(issuers []Issuer, clk clock.Clock, log *slog.Logger) (*Verifier, error) {
	client := &http.Client{Transport: http.DefaultTransport, Timeout: requestTimeout}
	return newVerifier(issuers, clk, clock.System{}, client, cacheSize, log)
}

// newVerifier has a clock of its own for what happens between machines: how
// old fetched keys are does not depend on an emulated time.
func newVerifier(issuers []Issuer, clk, wall clock.Clock, client *http.Client, size int, log *slog.Logger) (*Verifier, error) {
	v := &Verifier{clock: clk, wall: wall, cache: newCache(size)}
	for _, i := range issuers {
		t, err := trust(i, wall, client, log)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(v.trusted, func(o *trusted) bool { return o.URL == i.URL }) {
			return nil, fault.New(fault.Invalid, "InvalidIssuer", "The issuer %s is listed twice.", i.URL).At(i.URL)
		}
		v.trusted = append(v.trusted, t)
	}
	return v, nil
}

// Caller returns who sends a request with the given Authorization header.
//
// What is wrong with the token is fault.Unauthenticated, in words for the
// person who has to mend it. If the keys of its issuer cannot be had, that
// says nothing about the token, so it is fault.Unavailable: a client should
// come back with the same token, not look for another.
//
// A verified token is remembered until it expires by the clock, but no longer
// than cacheAge of real time, so that a key which the issuer withdraws stops
// working within twice that. The slices of the caller are shared: they must
// not be changed.
func (v *Verifier) Caller(ctx context.Context, authorizationHeader string) (authz.Caller, error) {
	token, err := bearer(authorizationHeader)
	if err != nil {
		return authz.Caller{}, err
	}
	// The digest does not keep or change the bytes, so they need not be copied.
	key := sha256.Sum256(unsafe.Slice(unsafe.StringData(token), len(token)))
	now, wall := v.clock.Now(), v.wall.Now()
	if who, ok := v.cache.get(key, now, wall); ok {
		return who, nil
	}
	who, expires, err := v.verify(ctx, token, now)
	if err != nil {
		return authz.Caller{}, err
	}
	v.cache.put(key, entry{who: who, expires: expires, verified: wall}, now)
	return who, nil
}

// bearer returns the token in an Authorization header.
func bearer(header string) (string, error) {
	header = strings.TrimSpace(header)
	if header == "" {
		return "", refuse(`Access token is empty: the request has no Authorization header. Send "Authorization: Bearer" and a token.`)
	}
	scheme, token, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", refuse(`The Authorization header must be "Bearer", a space and a token; other schemes are not known here.`)
	}
	token = strings.TrimSpace(token)
	switch {
	case token == "":
		return "", refuse(`Access token is empty: nothing follows "Bearer" in the Authorization header.`)
	case len(token) > maxToken:
		return "", refuse("The access token is longer than %d bytes.", maxToken)
	case strings.Count(token, ".") != 2:
		return "", refuse("The access token is not a signed JWT: it must have three parts with a dot between them.")
	}
	return token, nil
}

// verify checks everything that section 8 asks of a token, and returns the
// caller and when the token expires.
func (v *Verifier) verify(ctx context.Context, token string, now time.Time) (authz.Caller, time.Time, error) {
	hint, err := peek(token)
	if err != nil {
		return authz.Caller{}, time.Time{}, refuse("The access token cannot be read: %s.", err)
	}
	from := v.issuerOf(hint)
	if from == nil {
		return authz.Caller{}, time.Time{}, refuse("The access token was issued by %q, which is not trusted here.", clip(hint.Issuer))
	}
	c, err := from.verified(ctx, token, hint)
	if err != nil {
		return authz.Caller{}, time.Time{}, err
	}
	if err := c.timely(now); err != nil {
		return authz.Caller{}, time.Time{}, err
	}
	who, err := from.caller(c)
	return who, c.Expires.at, err
}

// issuerOf returns the issuer that the token names, or nil.
func (v *Verifier) issuerOf(h hint) *trusted {
	for _, t := range v.trusted {
		if t.issues(h) {
			return t
		}
	}
	return nil
}

// verified checks the signature and returns what was signed.
func (t *trusted) verified(ctx context.Context, token string, h hint) (claims, error) {
	use, err := t.keys.current(ctx)
	if err != nil {
		return claims{}, t.unavailable(err)
	}
	if !slices.Contains(use.algorithms, h.Algorithm) {
		return claims{}, refuse("The access token is signed with %q, but its issuer signs with %s.", clip(h.Algorithm), strings.Join(use.algorithms, ", "))
	}
	// Audience and times are checked by us: several audiences are accepted,
	// and the library grants no skew on exp.
	watched := &watchedKeys{set: use.set}
	id, err := oidc.NewVerifier(h.Issuer, watched, &oidc.Config{
		SupportedSigningAlgs: use.algorithms, SkipClientIDCheck: true, SkipExpiryCheck: true,
	}).Verify(ctx, token)
	switch {
	case err == nil:
	case !watched.called:
		return claims{}, refuse("The access token cannot be read: its parts are not a JWS.").With(err)
	case watched.err == nil:
		return claims{}, refuse("The access token cannot be read: its claims have wrong types.").With(err)
	case isUnreachable(watched.err) || ctx.Err() != nil:
		return claims{}, t.unavailable(watched.err)
	default:
		return claims{}, refuse("The signature of the access token is wrong: no key of %s made it.", t.URL).With(err)
	}
	var c claims
	if err := id.Claims(&c); err != nil {
		return claims{}, refuse("The access token cannot be read: its claims have wrong types.").With(err)
	}
	return c, nil
}

// watchedKeys remembers how a signature check went, because the library
// answers with the text of the error only.
type watchedKeys struct {
	set    oidc.KeySet
	called bool
	err    error
}

func (w *watchedKeys) VerifySignature(ctx context.Context, jwt string) ([]byte, error) {
	payload, err := w.set.VerifySignature(ctx, jwt)
	w.called, w.err = true, err
	return payload, err
}

func (t *trusted) unavailable(cause error) error {
	return fault.New(fault.Unavailable, "serviceNotAvailable",
		"The keys of the token's issuer %s cannot be had at present, so the token cannot be checked. Try again with the same token.", t.URL).
		With(cause).After(retryAfter)
}

func isUnreachable(err error) bool {
	_, ok := errors.AsType[*unreachable](err)
	return ok
}

func refuse(format string, args ...any) *fault.Error {
	return fault.New(fault.Unauthenticated, invalidToken, format, args...).At("Authorization")
}

// clip shortens what a stranger wrote before it is repeated.
func clip(s string) string {
	const limit = 200
	if len(s) > limit {
		return s[:limit] + "…"
	}
	return s
}
