package main

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/grantkeep/grantkeep/internal/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

const testRows = 300

// everyDatabase runs a test on SQLite, on PostgreSQL with writers that
// commit together, and on PostgreSQL without.
func everyDatabase(t *testing.T, test func(t *testing.T, f *floor)) {
	t.Helper()
	for name, start := range map[string]func(t *testing.T) (dsn string, writers int){
		"sqlite":   func(t *testing.T) (string, int) { return "sqlite:" + filepath.Join(t.TempDir(), "floor.db"), 0 },
		"postgres": func(t *testing.T) (string, int) { return pgtest.Start(t), 2 },
		"alone":    func(t *testing.T) (string, int) { return pgtest.Start(t), 0 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dsn, writers := start(t)
			db, err := open(t.Context(), dsn, testRows, writers)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := db.close(); err != nil {
					t.Error(err)
				}
			})
			test(t, &floor{db: db, rows: testRows})
		})
	}
}

func TestCreationLeavesItsFourRows(t *testing.T) {
	t.Parallel()
	everyDatabase(t, func(t *testing.T, f *floor) {
		const n = 40
		var wg sync.WaitGroup
		for range n {
			wg.Go(func() { create(t, f) })
		}
		wg.Wait()
		for _, table := range []string{"request", "version", "audit", "outbox"} {
			if got := count(t, f.db, table); got != n {
				t.Errorf("%d rows in %s, want %d", got, table, n)
			}
		}
	})
}

func TestCancelWorksOnce(t *testing.T) {
	t.Parallel()
	everyDatabase(t, func(t *testing.T, f *floor) {
		id := create(t, f)
		var mu sync.Mutex
		codes := map[int]int{}
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				w := send(f, "POST", "/cancel/"+id, "")
				mu.Lock()
				defer mu.Unlock()
				codes[w.Code]++
			})
		}
		wg.Wait()
		if codes[http.StatusOK] != 1 || codes[http.StatusBadRequest] != 7 {
			t.Errorf("answers by status: %v, want one 200 and seven 400", codes)
		}
		if v, a := count(t, f.db, "version"), count(t, f.db, "audit"); v != 2 || a != 2 {
			t.Errorf("%d versions and %d audit records, want 2 and 2", v, a)
		}
	})
}

func TestPagesAreExpanded(t *testing.T) {
	t.Parallel()
	everyDatabase(t, func(t *testing.T, f *floor) {
		for path, first := range map[string]int{"/page": 0, "/page?depth=0.5": testRows/2 + 1} {
			var page struct{ Value []assignment }
			if err := json.Unmarshal(send(f, "GET", path, "").Body.Bytes(), &page); err != nil {
				t.Fatal(err)
			}
			if len(page.Value) != pageSize || page.Value[0].ID != seriesID(first) {
				t.Fatalf("%s: %d rows, want %d from %s", path, len(page.Value), pageSize, seriesID(first))
			}
			for _, a := range page.Value {
				if a.Target == nil || a.Package == nil || a.Target.Mail == "" || a.Package.DisplayName == "" {
					t.Fatalf("%s: not expanded: %+v", path, a)
				}
			}
		}
	})
}

func create(t *testing.T, f *floor) string {
	t.Helper()
	w := send(f, "POST", "/create", `{"requestType":"userAdd","assignment":{"targetId":"t","assignmentPolicyId":"p","accessPackageId":"k"}}`)
	var made answer
	if err := json.Unmarshal(w.Body.Bytes(), &made); err != nil || made.ID == "" {
		t.Errorf("create: %d %s (%v)", w.Code, w.Body, err)
	}
	return made.ID
}

func send(f *floor, method, path, body string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	f.routes().ServeHTTP(w, httptest.NewRequestWithContext(context.Background(), method, path, strings.NewReader(body)))
	return w
}

func count(t *testing.T, db database, table string) (n int) {
	t.Helper()
	var err error
	switch db := db.(type) {
	case *sqlite:
		err = db.read.QueryRowContext(t.Context(), "SELECT count(*) FROM "+table).Scan(&n)
	case *postgres:
		err = db.pool.QueryRow(t.Context(), "SELECT count(*) FROM "+table).Scan(&n)
	}
	if err != nil {
		t.Fatal(err)
	}
	return n
}
