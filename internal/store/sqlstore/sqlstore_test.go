package sqlstore_test

import (
	"os"
	"testing"

	"github.com/grantkeep/grantkeep/internal/pgtest"
	"github.com/grantkeep/grantkeep/internal/store"
	"github.com/grantkeep/grantkeep/internal/store/sqlstore"
	"github.com/grantkeep/grantkeep/internal/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

func openSQLite(t *testing.T) store.Store {
	t.Helper()
	return open(t, "sqlite::memory:")
}

func openPostgres(t *testing.T) store.Store {
	t.Helper()
	return open(t, pgtest.Start(t))
}

func open(t testing.TB, dsn string) store.Store {
	t.Helper()
	return openWith(t, dsn, sqlstore.Options{})
}

func openWith(t testing.TB, dsn string, opts sqlstore.Options) store.Store {
	t.Helper()
	s, err := sqlstore.Open(t.Context(), dsn, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestSQLite(t *testing.T) {
	t.Parallel()
	storetest.Run(t, openSQLite)
}

func TestPostgres(t *testing.T) {
	t.Parallel()
	storetest.Run(t, openPostgres)
}
