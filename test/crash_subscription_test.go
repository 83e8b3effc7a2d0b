package test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/grantkeep/grantkeep/internal/pgtest"
)

// TestKillNineLosesNoNotification kills the server at random instants while
// requests are made. In the end the subscriber has been told of every request
// that was acknowledged.
func TestKillNineLosesNoNotification(t *testing.T) {
	t.Parallel()
	databases := map[string]func(testing.TB) string{
		"sqlite":   func(tb testing.TB) string { return "sqlite:" + filepath.Join(tb.TempDir(), "crash.db") },
		"postgres": pgtest.Start,
	}
	for name, dsn := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			loseNotifications(t, dsn(t))
		})
	}
}

// subscriber notes of which objects it was told that they were made.
type subscriber struct {
	mu   sync.Mutex
	told map[string]int
}

func (s *subscriber) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if token := r.URL.Query().Get("validationToken"); token != "" {
		w.Header().Set("Content-Type", "text/plain")
		_, _ = io.WriteString(w, token)
		return
	}
	var body struct {
		Value []struct{ ResourceData struct{ ID string } }
	}
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range body.Value {
		s.told[n.ResourceData.ID]++
	}
}

func loseNotifications(t *testing.T, dsn string) {
	hears := &subscriber{told: map[string]int{}}
	receiver := httptest.NewServer(hears)
	t.Cleanup(receiver.Close)
	v := &victim{t: t, dsn: dsn}
	v.start()
	t.Cleanup(func() { v.kill() })
	group := v.create("/v1.0/groups", map[string]any{"displayName": "g", "mailEnabled": false, "mailNickname": "g", "securityEnabled": true})
	catalog := v.create(em+"/catalogs", map[string]any{"displayName": "c", "description": "c"})
	v.create(em+"/resourceRequests", map[string]any{
		"requestType": "adminAdd", "catalog": map[string]any{"id": catalog},
		"resource": map[string]any{"originId": group, "originSystem": "AadGroup"},
	})
	open := v.pkg(catalog, group, "open", nil)
	v.create("/v1.0/subscriptions", map[string]any{
		"changeType": "created", "resource": "identityGovernance/entitlementManagement/assignmentRequests", "notificationUrl": receiver.URL,
		"expirationDateTime": time.Now().Add(24 * time.Hour).UTC().Format(time.RFC3339),
	})

	const rounds = 8
	ack := &acknowledged{open: map[string]string{}, canceled: map[string]bool{}, approved: map[string]bool{}}
	dice := rand.New(rand.NewPCG(3, 4))
	for i := range rounds {
		tokens := make([]string, 4)
		for j := range tokens {
			tokens[j] = v.token(v.user(fmt.Sprintf("u%d-%d", i, j)))
		}
		load, stop := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for j, token := range tokens {
			wg.Go(func() { v.load(load, token, "", open, open, j, ack) })
		}
		wait(t, time.Duration(20+dice.IntN(400))*time.Millisecond)
		v.kill()
		stop()
		wg.Wait()
		v.start()
	}
	// What the dead had claimed is left alone for a while.
	v.must("", "PUT", "/_emulator/clock", map[string]string{"advance": "PT3M"})
	v.must("", "POST", "/_emulator/settle", nil)
	hears.mu.Lock()
	defer hears.mu.Unlock()
	for id := range ack.open {
		if hears.told[id] == 0 {
			t.Errorf("request %s was acknowledged, and the subscriber was not told", id)
		}
	}
	t.Logf("told of %d requests, %d were acknowledged", len(hears.told), len(ack.open))
}
