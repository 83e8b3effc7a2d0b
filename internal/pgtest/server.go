// Package pgtest runs a PostgreSQL server for tests and for the benchmark:
// one real server in a temporary directory, on a loopback port, with fsync
// on, gone when the process ends. It knows how to start and stop a server
// and to make empty databases on it; it knows nothing of our schema.
//
// Nothing that is shipped imports it.
package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
)

// ErrNotInstalled says that the machine has no PostgreSQL server.
var ErrNotInstalled = errors.New("no postgres binary under /usr/lib/postgresql/*/bin nor on PATH (Debian: apt-get install postgresql)")

// startLimit is how long a server may take until it accepts connections.
const startLimit = 60 * time.Second

// Server is a running PostgreSQL server. It is safe for concurrent use.
type Server struct {
	port      int
	dir       *workDir
	process   *process
	databases atomic.Int64
}

// New makes an empty cluster in a temporary directory and returns when its
// server accepts connections. settings are server settings of the form
// name=value. ErrNotInstalled if there is no server to run.
//
// The server dies with this process, however that ends.
func New(settings ...string) (*Server, error) {
	bin, err := findBinaries()
	if err != nil {
		return nil, err
	}
	as, err := serverAccount()
	if err != nil {
		return nil, err
	}
	dir, err := newWorkDir(as)
	if err != nil {
		return nil, err
	}
	s := &Server{dir: dir}
	if err := s.start(bin, as, settings); err != nil {
		return nil, errors.Join(err, dir.remove())
	}
	return s, nil
}

func (s *Server) start(bin string, as *account, settings []string) error {
	data := filepath.Join(s.dir.path, "data")
	initdb := exec.Command(filepath.Join(bin, "initdb"), "--pgdata", data, "--username", "grantkeep",
		"--auth", "trust", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync", "--no-instructions")
	initdb.Dir = s.dir.path
	initdb.SysProcAttr = as.attributes()
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	// Between choosing a free port and listening on it, somebody else may
	// take it; then another one will do.
	var err error
	for range 5 {
		if s.port, err = freePort(); err != nil {
			return err
		}
		args := []string{
			"-D", data, "-p", strconv.Itoa(s.port),
			"-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=",
			"-c", "max_connections=200", "-c", "lc_messages=C", "-c", "fsync=on",
		}
		for _, setting := range settings {
			args = append(args, "-c", setting)
		}
		cmd := exec.Command(filepath.Join(bin, "postgres"), args...)
		cmd.Dir = s.dir.path
		cmd.SysProcAttr = as.attributes()
		s.process, err = startProcess(cmd, "database system is ready to accept connections", startLimit)
		if err == nil || !strings.Contains(err.Error(), "could not bind") {
			return err
		}
	}
	return err
}

// CreateDatabase makes an empty database and returns its DSN, a postgres://
// URL.
func (s *Server) CreateDatabase(ctx context.Context) (dsn string, err error) {
	name := "test" + strconv.FormatInt(s.databases.Add(1), 10)
	if err := s.admin(ctx, "CREATE DATABASE "+name); err != nil {
		return "", fmt.Errorf("create database %s: %w", name, err)
	}
	return s.dsn(name), nil
}

// DropDatabase removes a database made by CreateDatabase, whoever is still
// connected to it.
func (s *Server) DropDatabase(ctx context.Context, dsn string) error {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return fmt.Errorf("drop database: %w", err)
	}
	name := pgx.Identifier{config.Database}.Sanitize()
	if err := s.admin(ctx, "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
		return fmt.Errorf("drop database %s: %w", name, err)
	}
	return nil
}

// Stop ends the server and removes its files. Open connections are cut.
func (s *Server) Stop() error {
	return errors.Join(s.process.stop(), s.dir.remove())
}

// Process returns the id of the server's main process.
func (s *Server) Process() int { return s.process.cmd.Process.Pid }

func (s *Server) dsn(database string) string {
	return fmt.Sprintf("postgres://grantkeep@127.0.0.1:%d/%s?sslmode=disable", s.port, database)
}

func (s *Server) admin(ctx context.Context, statement string) error {
	conn, err := pgx.Connect(ctx, s.dsn("postgres"))
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, statement)
	return errors.Join(err, conn.Close(ctx))
}

// findBinaries returns the directory with the newest server's programs.
func findBinaries() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if err != nil {
		return "", err
	}
	if len(found) > 0 {
		slices.SortFunc(found, func(a, b string) int { return majorVersion(a) - majorVersion(b) })
		return filepath.Dir(found[len(found)-1]), nil
	}
	if path, err := exec.LookPath("postgres"); err == nil {
		return filepath.Dir(path), nil
	}
	return "", ErrNotInstalled
}

// majorVersion reads the version out of /usr/lib/postgresql/15/bin/postgres.
func majorVersion(path string) int {
	version, err := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path))))
	if err != nil {
		return 0
	}
	return version
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("a free port: %w", err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	return port, l.Close()
}

// required reports whether a missing server is a failure: on the build
// machine a test on PostgreSQL must not be skipped unnoticed.
func required() bool { return os.Getenv("GRANTKEEP_REQUIRE_ALL") == "1" || os.Getenv("CI") != "" }
