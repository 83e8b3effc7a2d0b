package pgtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
)

// shared is the one server of a test process: starting one for every test
// would take most of the time of the run.
var shared struct {
	mu     sync.Mutex
	begun  bool
	server *Server
	err    error
}

// Start returns the DSN of a new, empty database. The first call in a
// process starts the server; the database is dropped when the test ends.
//
// Where PostgreSQL is not installed, the test is skipped, or fails if the
// environment says GRANTKEEP_REQUIRE_ALL=1 or CI.
//
// A package that calls it should end its server with Main; without that the
// server still ends with the process, but its files stay until the next run.
func Start(tb testing.TB) string {
	tb.Helper()
	server, err := sharedServer()
	if errors.Is(err, ErrNotInstalled) && !required() {
		tb.Skipf("PostgreSQL is not tested: %v", err)
	}
	if err != nil {
		tb.Fatalf("PostgreSQL: %v", err)
	}
	dsn, err := server.CreateDatabase(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		// The test's own context has ended by now.
		if err := server.DropDatabase(context.Background(), dsn); err != nil {
			tb.Error(err)
		}
	})
	return dsn
}

// Main runs the tests of a package and then stops the server, if one was
// started. It is called from TestMain: os.Exit(pgtest.Main(m)).
func Main(m *testing.M) int {
	code := m.Run()
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if shared.server == nil {
		return code
	}
	if err := shared.server.Stop(); err != nil {
		fmt.Fprintf(os.Stderr, "stop PostgreSQL: %v\n", err)
		return max(code, 1)
	}
	return code
}

func sharedServer() (*Server, error) {
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if !shared.begun {
		shared.begun = true
		shared.server, shared.err = New()
	}
	return shared.server, shared.err
}
