package authn

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/grantkeep/grantkeep/internal/clock"
)

const (
	// freshFor is how long an answer of an issuer is used again. It keeps
	// tokens with invented key ids from becoming calls to the issuer; a key
	// that is used within this time of being published waits for it.
	freshFor = 10 * time.Second

	// retryAfter is how long a failing issuer is left alone.
	retryAfter = 5 * time.Second

	maxDocument = 1 << 20
)

// keySource has the keys of one issuer.
type keySource interface {
	current(ctx context.Context) (keysInUse, error)
}

// keysInUse are an issuer's keys, and the algorithms that it signs with.
type keysInUse struct {
	set        oidc.KeySet
	algorithms []string
}

type givenKeys keysInUse

func (g givenKeys) current(context.Context) (keysInUse, error) { return keysInUse(g), nil }

// fetchedKeys are read from the issuer over HTTP.
type fetchedKeys struct {
	issuer, discovery string
	anyIssuer         bool // the document may name another issuer
	client            *http.Client
	wall              clock.Clock
	log               *slog.Logger

	refreshing sync.Mutex // held while the issuer is asked
	mu         sync.RWMutex
	keys       keysInUse
	since      time.Time
}

func newFetchedKeys(i Issuer, wall clock.Clock, client *http.Client, log *slog.Logger) *fetchedKeys {
	f := &fetchedKeys{issuer: i.URL, discovery: i.URL, wall: wall, log: log}
	if i.DiscoveryURL != "" {
		f.discovery, f.anyIssuer = i.DiscoveryURL, true
	}
	f.discovery = strings.TrimSuffix(f.discovery, wellKnown)
	copied := *client
	copied.Transport = &fetcher{next: client.Transport, wall: wall, log: log, pages: map[string]*page{}}
	f.client = &copied
	return f
}

// current returns keys that are at most cacheAge old, or older ones while the
// issuer is away. Whoever finds them old fetches new ones; the others go on
// with the old ones meanwhile, or wait if there are none yet.
func (f *fetchedKeys) current(ctx context.Context) (keysInUse, error) {
	keys, fresh := f.known()
	if fresh {
		return keys, nil
	}
	if keys.set == nil {
		f.refreshing.Lock()
	} else if !f.refreshing.TryLock() {
		return keys, nil
	}
	defer f.refreshing.Unlock()
	if keys, fresh = f.known(); fresh {
		return keys, nil
	}
	found, err := f.discover(ctx)
	if err != nil {
		if keys.set != nil {
			f.log.WarnContext(ctx, "issuer not refreshed, its last keys stay in use", "issuer", f.issuer, "err", err)
			return keys, nil
		}
		return keysInUse{}, err
	}
	f.mu.Lock()
	f.keys, f.since = found, f.wall.Now()
	f.mu.Unlock()
	return found, nil
}

func (f *fetchedKeys) known() (keys keysInUse, fresh bool) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.keys, f.keys.set != nil && young(f.since, f.wall.Now(), cacheAge)
}

// discover reads the issuer's description. The keys themselves are read with
// the first token, and again with the first token of an unknown key.
func (f *fetchedKeys) discover(ctx context.Context) (keysInUse, error) {
	// Many requests wait for the answer, so it does not depend on the one
	// that happens to ask. The client's timeout ends it.
	ctx = oidc.ClientContext(context.WithoutCancel(ctx), f.client)
	if f.anyIssuer {
		ctx = oidc.InsecureIssuerURLContext(ctx, f.issuer)
	}
	provider, err := oidc.NewProvider(ctx, f.discovery)
	if err != nil {
		return keysInUse{}, fmt.Errorf("discovery of %s: %w", f.issuer, err)
	}
	var document struct {
		KeysURL    string   `json:"jwks_uri"`
		Algorithms []string `json:"id_token_signing_alg_values_supported"`
	}
	if err := provider.Claims(&document); err != nil {
		return keysInUse{}, fmt.Errorf("discovery of %s: %w", f.issuer, err)
	}
	algorithms := slices.DeleteFunc(document.Algorithms, func(a string) bool { return !slices.Contains(asymmetric, a) })
	if len(algorithms) == 0 {
		algorithms = []string{oidc.RS256} // the one that every issuer must support
	}
	return keysInUse{set: oidc.NewRemoteKeySet(ctx, document.KeysURL), algorithms: algorithms}, nil
}

// fetcher is the transport to an issuer. It repeats the last good answer if
// that is fresh or if there is no better one, and tells an issuer that cannot
// be reached from one that answers. Unlike other transports it therefore
// makes an error of every status but 200.
type fetcher struct {
	next http.RoundTripper
	wall clock.Clock
	log  *slog.Logger

	mu    sync.Mutex // held during a call: one at a time is enough
	pages map[string]*page
}

// page is what is known of one address.
type page struct {
	body     []byte // the last good answer
	at       time.Time
	err      error // why there is no newer one
	failedAt time.Time
}

// unreachable is the error of an issuer that gave no usable answer.
type unreachable struct{ cause error }

func (u *unreachable) Error() string { return "issuer not reachable: " + u.cause.Error() }
func (u *unreachable) Unwrap() error { return u.cause }

func (f *fetcher) RoundTrip(r *http.Request) (*http.Response, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	address := r.URL.String()
	p := f.pages[address]
	if p == nil {
		p = &page{}
		f.pages[address] = p
	}
	now := f.wall.Now()
	fresh := p.body != nil && young(p.at, now, freshFor)
	resting := p.err != nil && young(p.failedAt, now, retryAfter)
	if !fresh && !resting {
		f.fetch(r, p)
	}
	if p.body == nil {
		return nil, p.err
	}
	return p.response(r), nil
}

// fetch asks the issuer and notes the outcome in p.
func (f *fetcher) fetch(r *http.Request, p *page) {
	body, err := f.get(r)
	if err != nil {
		p.err, p.failedAt = &unreachable{err}, f.wall.Now()
		f.log.WarnContext(r.Context(), "issuer not reachable", "address", r.URL.Redacted(), "err", err)
		return
	}
	p.body, p.at, p.err = body, f.wall.Now(), nil
}

func (f *fetcher) get(r *http.Request) (body []byte, err error) {
	resp, err := f.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	defer func() {
		if closeErr := resp.Body.Close(); err == nil {
			err = closeErr
		}
	}()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("status %d", resp.StatusCode)
	}
	body, err = io.ReadAll(io.LimitReader(resp.Body, maxDocument+1))
	switch {
	case err != nil:
		return nil, err
	case len(body) > maxDocument:
		return nil, fmt.Errorf("more than %d bytes", maxDocument)
	case !json.Valid(body):
		return nil, fmt.Errorf("not JSON")
	}
	return body, nil
}

func (p *page) response(r *http.Request) *http.Response {
	return &http.Response{
		Status: "200 OK", StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header:        http.Header{"Content-Type": {"application/json"}},
		Body:          io.NopCloser(bytes.NewReader(p.body)),
		ContentLength: int64(len(p.body)),
	}
}
