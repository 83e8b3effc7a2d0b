package pgtest

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5"
)

// holdServer, in the environment, turns the test binary into a process that
// starts a server, prints its DSN and waits to be killed.
const holdServer = "GRANTKEEP_PGTEST_HOLD"

func TestMain(m *testing.M) {
	if os.Getenv(holdServer) == "" {
		os.Exit(Main(m))
	}
	os.Exit(hold())
}

func hold() int {
	server, err := New()
	if err != nil {
		println(err.Error())
		return 1
	}
	if _, err := os.Stdout.WriteString(server.dsn("postgres") + "\n" + server.dir.path + "\n"); err != nil {
		return 1
	}
	select {}
}

func TestEveryStartIsAnEmptyDatabase(t *testing.T) {
	t.Parallel()
	first, second := connect(t, Start(t)), connect(t, Start(t))
	for _, conn := range []*pgx.Conn{first, second} {
		if _, err := conn.Exec(t.Context(), "CREATE TABLE thing (id bigint)"); err != nil {
			t.Errorf("a table of the other database is in the way: %v", err)
		}
	}
}

func TestServerKeepsWhatItAcknowledges(t *testing.T) {
	t.Parallel()
	conn := connect(t, Start(t))
	for setting, want := range map[string]string{
		"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on",
		"server_encoding": "UTF8", "max_connections": "200",
	} {
		var got string
		if err := conn.QueryRow(t.Context(), "SELECT current_setting($1)", setting).Scan(&got); err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("%s = %s, want %s", setting, got, want)
		}
	}
}

func TestDatabaseIsDroppedWithItsTest(t *testing.T) {
	t.Parallel()
	var dsn string
	t.Run("inner", func(t *testing.T) {
		dsn = Start(t)
		connect(t, dsn) // an open connection does not keep it alive
	})
	conn, err := pgx.Connect(t.Context(), dsn)
	if err == nil {
		t.Errorf("the database is still there; close: %v", conn.Close(t.Context()))
	}
}

func TestServerDiesWithAKilledProcess(t *testing.T) {
	t.Parallel()
	Start(t) // skips where there is no server
	holder := exec.Command(os.Args[0], "-test.run=^$")
	holder.Env = append(os.Environ(), holdServer+"=1")
	holder.Stderr = os.Stderr
	out, err := holder.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	lines.Scan()
	dsn := lines.Text()
	lines.Scan()
	dir := lines.Text()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatalf("the server of the other process does not answer: %v", err)
	}
	if err := holder.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	// The connection ends when the server does.
	_, err = conn.WaitForNotification(t.Context())
	if err == nil {
		t.Fatal("a notification came from nowhere")
	}
	if err := holder.Wait(); err == nil {
		t.Error("the killed process ended well")
	}

	if err := sweep(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s is left: %v", dir, err)
	}
}

func TestSweepLeavesTheLivingAlone(t *testing.T) {
	t.Parallel()
	dir, err := newWorkDir(nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := dir.remove(); err != nil {
			t.Error(err)
		}
	})
	if err := sweep(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir.path, "lock")); err != nil {
		t.Errorf("a directory in use was removed: %v", err)
	}
}

func connect(t *testing.T, dsn string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		// The server may have cut the connection already; that is all the same here.
		if err := conn.Close(t.Context()); err != nil && !conn.IsClosed() {
			t.Error(err)
		}
	})
	return conn
}
