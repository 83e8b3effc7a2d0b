package sqlstore_test

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/clock"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/pgtest"
	"github.com/grantkeep/grantkeep/internal/store"
	"github.com/grantkeep/grantkeep/internal/store/sqlstore"
)

// What was written is there when the database is opened again, and opening
// it again is quick.
func TestReopen(t *testing.T) {
	t.Parallel()
	for name, dsn := range map[string]func() string{
		"sqlite":   func() string { return "sqlite:" + filepath.Join(t.TempDir(), "a file?with#odd names.db") },
		"postgres": func() string { return pgtest.Start(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at := dsn()
			for i := range 3 {
				began := time.Now()
				s, err := sqlstore.Open(t.Context(), at, sqlstore.Options{})
				if err != nil {
					t.Fatal(err)
				}
				t.Logf("open %d: %v", i, time.Since(began))
				if i == 0 {
					if err := s.CreateTenant(t.Context(), "t", "T"); err != nil {
						t.Fatal(err)
					}
				}
				got, err := s.Tenants(t.Context())
				if err != nil || len(got) != 1 {
					t.Errorf("tenants %v, %v", got, err)
				}
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func TestOpenRefusesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	for _, dsn := range []string{"", "sqlite:", "mysql://x", "grantkeep.db", "postgres://localhost:x"} {
		if s, err := sqlstore.Open(t.Context(), dsn, sqlstore.Options{}); err == nil {
			t.Errorf("%q was opened", dsn)
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

// Several processes may start at the same time, and wake each other.
func TestPostgresProcesses(t *testing.T) {
	t.Parallel()
	dsn := pgtest.Start(t)
	stores := make([]*sqlstore.Store, 4)
	var wg sync.WaitGroup
	for i := range stores {
		wg.Go(func() {
			var err error
			if stores[i], err = sqlstore.Open(t.Context(), dsn, sqlstore.Options{MaxConnections: 3}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if t.Failed() {
		t.FailNow()
	}
	for _, s := range stores {
		t.Cleanup(func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	if err := stores[0].CreateTenant(t.Context(), "t", "T"); err != nil {
		t.Fatal(err)
	}
	for _, s := range stores[1:] {
		for woken := false; !woken; { // a listener may not have been there yet
			putDue(t, stores[0], "t")
			select {
			case <-s.Changes():
				woken = true
			case <-time.After(100 * time.Millisecond):
			case <-t.Context().Done():
				t.Fatal("another process was not woken")
			}
		}
	}
}

// A write whose turn would come too late is refused at once.
func TestBusy(t *testing.T) {
	t.Parallel()
	for name, dsn := range map[string]func() string{
		"sqlite":   func() string { return "sqlite::memory:" },
		"postgres": func() string { return pgtest.Start(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openWith(t, dsn(), sqlstore.Options{MaxConnections: 2, Readers: 2})
			if err := s.CreateTenant(t.Context(), "t", "T"); err != nil {
				t.Fatal(err)
			}
			// Long closures that hold a connection teach the store how long
			// one takes; meanwhile more of them queue up.
			var wg sync.WaitGroup
			busy, refused := make(chan error, 1), false
			for i := 0; i < 600 && !refused; i++ {
				wg.Go(func() {
					err := s.Write(t.Context(), "t", store.People, func(tx store.Tx) error {
						_, err := tx.DueRequests(t.Context(), clock.System{}.Now(), 1)
						<-time.After(10 * time.Millisecond)
						return err
					})
					if err == nil {
						return
					}
					select {
					case busy <- err:
					default:
					}
				})
				select {
				case err := <-busy:
					if f := fault.Of(err); f.Kind != fault.Busy || f.RetryAfter != time.Second {
						t.Errorf("%v, retry after %v", err, f.RetryAfter)
					}
					refused = true
				case <-time.After(time.Millisecond):
				}
			}
			wg.Wait()
			if !refused {
				t.Error("nobody was refused")
			}
			if err := s.Write(t.Context(), "t", store.People, func(store.Tx) error { return nil }); err != nil {
				t.Errorf("afterwards: %v", err)
			}
		})
	}
}

// A closed store says so.
func TestClosed(t *testing.T) {
	t.Parallel()
	for name, dsn := range map[string]func() string{
		"sqlite":   func() string { return "sqlite::memory:" },
		"postgres": func() string { return pgtest.Start(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := sqlstore.Open(t.Context(), dsn(), sqlstore.Options{})
			if err != nil {
				t.Fatal(err)
			}
			err = errors.Join(s.CreateTenant(t.Context(), "t", "T"),
				s.Read(t.Context(), "t", func(store.Reader) error { return nil }), s.Close(), s.Close())
			if err != nil {
				t.Fatal(err)
			}
			for what, err := range map[string]error{
				"read":  s.Read(t.Context(), "t", func(store.Reader) error { return nil }),
				"write": s.Write(t.Context(), "t", store.People, func(store.Tx) error { return nil }),
			} {
				if !fault.Is(err, fault.Unavailable) {
					t.Errorf("%s: %v", what, err)
				}
			}
		})
	}
}

func putDue(t *testing.T, s store.Store, tenant directory.TenantID) {
	t.Helper()
	err := s.Write(t.Context(), tenant, store.Delivery, func(tx store.Tx) error { return dueRequest(t, tx) })
	if err != nil {
		t.Fatal(err)
	}
}

func dueRequest(t *testing.T, tx store.Tx) error {
	t.Helper()
	now := clock.System{}.Now()
	id := uuid.NewString()
	return tx.PutRequest(t.Context(), entitlement.Request{
		ID: entitlement.RequestID(id), Status: entitlement.Accepted, Target: directory.ObjectID(id), CreatedAt: now, NotBefore: now,
	}, audit.Record{ID: uuid.NewString(), At: now, Result: audit.Success})
}

// A table that grows is counted soon, so that no plan from its first days is
// kept; a server left to itself takes a minute.
func TestGrownTablesAreCounted(t *testing.T) {
	t.Parallel()
	dsn := pgtest.Start(t)
	s := openWith(t, dsn, sqlstore.Options{})
	if err := s.CreateTenant(t.Context(), "t", "T"); err != nil {
		t.Fatal(err)
	}
	const rows = 600
	err := s.Write(t.Context(), "t", store.People, func(tx store.Tx) error {
		for range rows {
			if err := dueRequest(t, tx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for counted := 0; counted < rows; {
		if err := conn.QueryRow(t.Context(), "SELECT CAST(reltuples AS BIGINT) FROM pg_class WHERE relname = 'request'").Scan(&counted); err != nil {
			t.Fatal(err)
		}
		if counted < rows {
			select {
			case <-time.After(20 * time.Millisecond):
			case <-ctx.Done():
				t.Fatal("the table was not counted")
			}
		}
	}
}
