package load

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// plan asks the handler for n things over two connections.
func plan(t *testing.T, n int, handler http.HandlerFunc) Plan {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return Plan{
		Addr: server.Listener.Addr().String(), Conns: 2, Duration: time.Minute,
		Next: func(i int, buf []byte) []byte {
			if i >= n {
				return nil
			}
			return fmt.Appendf(buf, "GET /%d HTTP/1.1\r\nHost: x\r\n\r\n", i)
		},
	}
}

func TestEveryAnswerBelongsToItsRequest(t *testing.T) {
	t.Parallel()
	bodies := map[string]func(w http.ResponseWriter, body string){
		"with its length": func(w http.ResponseWriter, body string) { fmt.Fprint(w, body) },
		"in chunks": func(w http.ResponseWriter, body string) {
			for part := range slices.Chunk([]byte(body), 3) {
				fmt.Fprintf(w, "%s", part)
				w.(http.Flusher).Flush()
			}
		},
		"long": func(w http.ResponseWriter, body string) { fmt.Fprint(w, body+strings.Repeat(" ", 200<<10)) },
	}
	for name, write := range bodies {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := plan(t, 50, func(w http.ResponseWriter, r *http.Request) { write(w, "thing "+r.URL.Path) })
			var mu sync.Mutex
			wrong := 0
			p.Done = func(i int, body []byte) {
				mu.Lock()
				defer mu.Unlock()
				if strings.TrimSpace(string(body)) != fmt.Sprintf("thing /%d", i) {
					wrong++
				}
			}
			got, err := Run(p)
			if err != nil {
				t.Fatal(err)
			}
			if got.Requests != 50 || got.Errors != 0 || wrong != 0 {
				t.Errorf("%+v, %d wrong bodies", got, wrong)
			}
		})
	}
}

func TestRefusalsAreErrors(t *testing.T) {
	t.Parallel()
	p := plan(t, 10, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/3" {
			http.Error(w, "no", http.StatusConflict)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
	got, err := Run(p)
	if err != nil {
		t.Fatal(err)
	}
	if got.Requests != 9 || got.Errors != 1 || got.Example != "409 no\n" {
		t.Errorf("%+v", got)
	}
}

func TestBrokenConnectionIsAnError(t *testing.T) {
	t.Parallel()
	p := plan(t, 10, func(w http.ResponseWriter, _ *http.Request) {
		c, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	got, err := Run(p)
	if err != nil {
		t.Fatal(err)
	}
	if got.Requests != 0 || got.Errors != p.Conns || got.Example != io.EOF.Error() {
		t.Errorf("%+v", got)
	}
}

func TestQuantiles(t *testing.T) {
	t.Parallel()
	var hundred []time.Duration
	for i := range 100 {
		hundred = append(hundred, time.Duration(100-i))
	}
	if got := Quantile(hundred, 0.5); got != 51 {
		t.Errorf("p50 = %d", got)
	}
	if got := Quantile(hundred, 0.99); got != 100 {
		t.Errorf("p99 = %d", got)
	}
	if got := Quantile(nil, 0.5); got != 0 {
		t.Errorf("p50 of nothing = %d", got)
	}
}

func TestUsageOfThisProcess(t *testing.T) {
	t.Parallel()
	got, err := UsageOf(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if got.RSS < 1<<20 || got.RSS > 10<<30 || got.CPU < 0 {
		t.Errorf("%+v", got)
	}
}

func TestAModestRateIsKept(t *testing.T) {
	t.Parallel()
	p := plan(t, 10, func(http.ResponseWriter, *http.Request) {})
	p.PerSecond = 100
	got, err := Run(p)
	if err != nil {
		t.Fatal(err)
	}
	if got.Requests != 10 || got.Elapsed < 90*time.Millisecond {
		t.Errorf("%d requests in %s", got.Requests, got.Elapsed)
	}
}

func TestWhatIsSentLateCountsFromWhenItWasDue(t *testing.T) {
	t.Parallel()
	p := plan(t, 6, func(http.ResponseWriter, *http.Request) { time.Sleep(20 * time.Millisecond) })
	p.Conns, p.PerSecond = 1, 1000
	got, err := Run(p)
	if err != nil {
		t.Fatal(err)
	}
	if got.P99 < 100*time.Millisecond {
		t.Errorf("the last of six waited %s", got.P99)
	}
}
