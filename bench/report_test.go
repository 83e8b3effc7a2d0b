package main

import (
	"strings"
	"testing"
	"time"

	"github.com/grantkeep/grantkeep/bench/load"
)

func TestVerdicts(t *testing.T) {
	t.Parallel()
	at := func(perSecond int) figures {
		return figures{Result: load.Result{Requests: perSecond, Elapsed: time.Second, P50: 3 * time.Millisecond}}
	}
	page := func(perSecond int) figures {
		f := at(perSecond)
		f.pageSQL = 2 * time.Millisecond
		return f
	}
	tests := []struct {
		name string
		c    comparison
		want string
	}{
		{"half of the floor is enough", comparison{op: "create", conns: 16, before: at(1000), product: at(500), after: at(1000), measured: true}, "ratio 0.50, target ≥ 0.50 reached"},
		{"less is not", comparison{op: "create", conns: 16, before: at(1000), product: at(499), after: at(1000), measured: true}, "ratio 0.50, target ≥ 0.50 MISSED"},
		{"one connection has no target", comparison{op: "create", conns: 1, before: at(1000), product: at(100), after: at(1000), measured: true}, "ratio 0.10"},
		{"the floors are averaged", comparison{op: "cancel", conns: 64, before: at(800), product: at(540), after: at(1000), measured: true}, "ratio 0.60, target ≥ 0.60 reached"},
		{"restless", comparison{op: "create", conns: 16, before: at(1000), product: at(500), after: at(690), measured: true}, "no verdict: the floors differ by 31 %"},
		{"a floor that fails", comparison{op: "create", conns: 16, before: at(0), product: at(500), after: at(0), measured: true}, "no verdict: the floors differ by NaN %"},
		{"a page beside its SQL", comparison{op: "page", conns: 1, before: page(300), product: page(300), after: page(300), measured: true}, "ratio 1.00; its SQL alone takes 2ms, p50 is 1.5 times that, target ≤ 2 reached"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := tt.c.verdict(); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

func TestIDsAreFound(t *testing.T) {
	t.Parallel()
	const id = "7e382d02-0000-7000-8000-000000000001"
	for _, body := range []string{`{"@odata.context":"x","id":"` + id + `","state":"submitted"}`, `{"id": "` + id + `"}`} {
		if got, ok := idIn([]byte(body)); !ok || got != id {
			t.Errorf("in %s: %q", body, got)
		}
	}
	if got, ok := idIn([]byte(`{"error":{"code":"x"}}`)); ok {
		t.Errorf("found %q where there is none", got)
	}
}

func TestRawRequest(t *testing.T) {
	t.Parallel()
	got := string(raw(nil, "POST", "h:1", "/p", "tok", `{}`))
	want := strings.Join([]string{"POST /p HTTP/1.1", "Host: h:1", "Authorization: Bearer tok", "Content-Type: application/json", "Content-Length: 2", "", "{}"}, "\r\n")
	if got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
