package graphapi

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestThrottle(t *testing.T) {
	t.Parallel()
	const rate = 4
	start := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	th := throttle{perSecond: rate}
	for n := range rate {
		if _, ok := th.take("a", start); !ok {
			t.Fatalf("call %d of a second's worth is refused", n+1)
		}
	}
	wait, ok := th.take("a", start)
	if ok || wait != time.Second/rate {
		t.Errorf("one more: let through is %v, wait %v, want %v", ok, wait, time.Second/rate)
	}
	if _, ok := th.take("b", start); !ok {
		t.Error("another caller is refused")
	}
	if _, ok := th.take("a", start.Add(wait)); !ok {
		t.Error("it is refused after the time it was told")
	}
	if _, ok := th.take("a", start.Add(wait)); ok {
		t.Error("a second one comes through after the time for one")
	}
	for n := range manyCallers {
		th.take(fmt.Sprint(n), start)
	}
	if th.take("c", start.Add(time.Hour)); len(th.paid) > 1 {
		t.Errorf("%d quiet callers are remembered", len(th.paid))
	}
	var off throttle
	for range 1000 {
		if _, ok := off.take("a", start); !ok {
			t.Fatal("it refuses though it is off")
		}
	}
}

func TestTooManyRequests(t *testing.T) {
	t.Parallel()
	s, _ := server(t, Settings{RequestsPerSecond: 2})
	now := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	s.now = func() time.Time { return now }
	for range 2 {
		if w := get(s, "/v1.0"+em); w.Code != 200 {
			t.Fatalf("within the limit: %d", w.Code)
		}
	}
	w := get(s, "/v1.0"+em)
	if w.Code != 429 || code(t, w) != "TooManyRequests" || w.Header().Get("Retry-After") != "1" {
		t.Errorf("%d, Retry-After %q: %s", w.Code, w.Header().Get("Retry-After"), w.Body)
	}
	for _, part := range []string{`"message":"Please retry again later."`, `"innerError":{"code":"429","message":"Please retry after","status":"429"`} {
		if !strings.Contains(w.Body.String(), part) {
			t.Errorf("%s lacks %s", w.Body, part)
		}
	}
	if w := get(s, "/v1.0"+em, "Authorization: Bearer app"); w.Code == 429 {
		t.Error("another client pays for the first")
	}
	batch := `{"requests":[{"id":"1","method":"GET","url":"/me"}]}`
	if w := do(s, "POST", "/v1.0/$batch", batch, "Content-Type: application/json"); w.Code != 200 || !strings.Contains(w.Body.String(), `"status":429`) ||
		!strings.Contains(w.Body.String(), `"Retry-After":"1"`) {
		t.Errorf("in a batch: %d %s", w.Code, w.Body)
	}
	now = now.Add(time.Second)
	if w := get(s, "/v1.0"+em); w.Code != 200 {
		t.Errorf("after the time that was told: %d", w.Code)
	}
}

func TestWritesHaveALimitOfTheirOwn(t *testing.T) {
	t.Parallel()
	s, _ := server(t, Settings{WritesPerSecond: 1})
	s.now = func() time.Time { return time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC) }
	const none = "/v1.0/nothing"
	if w := do(s, "POST", none, ""); w.Code == 429 {
		t.Error("the first write is refused")
	}
	if w := do(s, "POST", none, ""); w.Code != 429 {
		t.Errorf("the second write: %d", w.Code)
	}
	if w := get(s, "/v1.0"+em); w.Code != 200 {
		t.Errorf("reading meanwhile: %d", w.Code)
	}
}
