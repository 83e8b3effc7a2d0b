package authn

import (
	"fmt"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/fault"
)

// A token that was verified is believed without keys, so taking the keys away
// shows whether an answer came from the cache.
func (w *world) withdrawKeys() {
	w.set(func(p *provider) { p.keys = []jose.JSONWebKey{rsaKey(w.t, "other")} })
	w.Verifier.trusted[0] = verifierOf(w.t, w, 1, w.issuer(nil)).trusted[0]
}

func TestVerifiedTokensAreRemembered(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	token := w.sign(t, w.person(nil))
	if _, err := w.caller(token); err != nil {
		t.Fatal(err)
	}
	w.withdrawKeys()
	if _, err := w.caller(token); err != nil {
		t.Fatalf("a second time: %v", err)
	}
	w.advanceWall(cacheAge - time.Microsecond)
	if _, err := w.caller(token); err != nil {
		t.Errorf("before the age: %v", err)
	}
	w.advanceWall(time.Microsecond)
	_, err := w.caller(token)
	wantRefusal(t, err, "signature of the access token is wrong", token)
}

func TestCacheEndsWithTheToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	token := w.sign(t, w.person(nil))
	if _, err := w.caller(token); err != nil {
		t.Fatal(err)
	}
	w.clock.Set(noon.Add(time.Hour + skew))
	if _, err := w.caller(token); err != nil {
		t.Errorf("within the skew it is verified again: %v", err)
	}
	w.withdrawKeys()
	_, err := w.caller(token)
	wantRefusal(t, err, "signature of the access token is wrong", token)

	w = newWorld(t, nil)
	token = w.sign(t, w.person(nil))
	if _, err := w.caller(token); err != nil {
		t.Fatal(err)
	}
	w.clock.Set(noon.Add(time.Hour + skew + time.Second))
	_, err = w.caller(token)
	wantRefusal(t, err, "expired at 2026-03-02T13:00:00Z", token)
}

func TestRefusalsAreNotRemembered(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	token := w.sign(t, w.person(map[string]any{"nbf": noon.Add(time.Hour / 2).Unix()}))
	if _, err := w.caller(token); !fault.Is(err, fault.Unauthenticated) {
		t.Fatalf("early: %v", err)
	}
	w.clock.Set(noon.Add(time.Hour / 2))
	if _, err := w.caller(token); err != nil {
		t.Errorf("in time: %v", err)
	}
}

func TestCacheIsBounded(t *testing.T) {
	t.Parallel()
	const limit = 20
	c := newCache(limit)
	add := func(n int, expires time.Time) digest {
		key := digest{byte(n)}
		c.put(key, entry{who: authz.Caller{Tenant: tenant}, expires: expires, verified: noon}, noon)
		return key
	}
	live := noon.Add(time.Hour)
	for n := range limit / 2 {
		add(n, noon.Add(time.Second))
	}
	var keep []digest
	for n := range limit / 2 {
		keep = append(keep, add(100+n, live))
	}
	late := noon.Add(time.Minute)
	c.put(digest{200}, entry{expires: live, verified: late}, late)
	for _, key := range keep {
		if _, ok := c.get(key, late, late); !ok {
			t.Error("a live entry was dropped while expired ones could go")
		}
	}
	if len(c.entries) != limit/2+1 {
		t.Errorf("%d entries, want the %d live ones and the new one", len(c.entries), limit/2)
	}
	for n := range 3 * limit {
		c.put(digest{byte(n), 1}, entry{expires: live, verified: late}, late)
		if len(c.entries) > limit {
			t.Fatalf("%d entries, limit %d", len(c.entries), limit)
		}
	}
}

func BenchmarkCallerHit(b *testing.B) {
	for _, size := range []int{1000, 2000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			w := newWorld(b, nil)
			token := w.sign(b, w.person(map[string]any{"filler": string(make([]byte, (size-700)/9))}))
			header := "Bearer " + token
			b.ReportMetric(float64(len(token)), "B/token")
			b.ReportAllocs()
			for b.Loop() {
				if _, err := w.Caller(b.Context(), header); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
