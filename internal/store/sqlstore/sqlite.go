package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // the driver

	"github.com/grantkeep/grantkeep/internal/fault"
)

// sqliteDB is a file with one connection that writes and a few that read.
// Readers see the last commit and never wait for the writer (WAL).
type sqliteDB struct {
	store   *Store
	writer  *writer
	people  crowd // those whose write is under way
	claims  claims
	readers chan *sqliteConn
	all     []*sqliteConn
	scratch string // directory of a database that ends with the store
}

func openSQLite(ctx context.Context, s *Store, file string, opts Options) (*sqliteDB, error) {
	d := &sqliteDB{store: s}
	if err := d.open(ctx, s, file, opts); err != nil {
		return nil, errors.Join(err, d.release())
	}
	d.writer = newWriter(s, d.all[0], opts.Logger)
	go d.writer.run()
	return d, nil
}

func (d *sqliteDB) open(ctx context.Context, s *Store, file string, opts Options) (err error) {
	switch file {
	case "":
		return errors.New("sqlite: names no file")
	case ":memory:":
		if d.scratch, err = scratchDir(); err != nil {
			return err
		}
		file = filepath.Join(d.scratch, "grantkeep.db")
	}
	if file, err = filepath.Abs(file); err != nil {
		return err
	}
	if err := prepareSQLite(ctx, s, file); err != nil {
		return err
	}
	if err := d.connect(ctx, file, "PRAGMA cache_size = -32000"); err != nil {
		return err
	}
	readers := opts.Readers
	if readers <= 0 {
		readers = 4
	}
	d.readers = make(chan *sqliteConn, readers)
	for range readers {
		if err := d.connect(ctx, file, "PRAGMA cache_size = -16000", "PRAGMA query_only = 1"); err != nil {
			return err
		}
		d.readers <- d.all[len(d.all)-1]
	}
	return nil
}

// scratchDir makes a directory in memory, if the machine has a place for
// such, or among the temporary files.
func scratchDir() (string, error) {
	if dir, err := os.MkdirTemp("/dev/shm", "grantkeep-"); err == nil {
		return dir, nil
	}
	return os.MkdirTemp("", "grantkeep-")
}

// prepareSQLite brings the schema of a file up to date. That is left to
// database/sql, which the migrations want.
func prepareSQLite(ctx context.Context, s *Store, file string) (err error) {
	dsn := url.URL{Scheme: "file", Path: file, RawQuery: url.Values{
		"_txlock": {"immediate"}, "_pragma": {"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)"},
	}.Encode()}
	db, err := sql.Open("sqlite", dsn.String())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := migrate(ctx, db, goose.DialectSQLite3, s.dialect.schema); err != nil {
		return err
	}
	return plant(ctx, db)
}

// pragmas are those of all connections. What is acknowledged survives the
// loss of power: synchronous is FULL. A longer log than usual (16 MB) has
// pages that change often copied to the file less often.
var pragmas = []string{
	"PRAGMA busy_timeout = 10000", "PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", "PRAGMA foreign_keys = 1",
	"PRAGMA temp_store = MEMORY", "PRAGMA wal_autocheckpoint = 4000",
}

// connect adds a connection to all; the first one is the writer's.
func (d *sqliteDB) connect(ctx context.Context, file string, more ...string) error {
	c, err := openSQLiteConn(file)
	if err != nil {
		return err
	}
	d.all = append(d.all, c)
	for _, p := range slices.Concat(pragmas, more) {
		if err := c.run(ctx, p, nil, nil); err != nil {
			return fmt.Errorf("%s: %w", p, err)
		}
	}
	return nil
}

// read runs fn in a deferred transaction: it sees the last commit before its
// first statement, and keeps seeing it.
func (d *sqliteDB) read(ctx context.Context, fn func(conn) error) (err error) {
	c, err := d.borrow(ctx)
	if err != nil {
		return err
	}
	defer func() {
		if e := d.giveBack(c); err == nil {
			err = e
		}
	}()
	return fn(c)
}

// borrow waits for a connection that reads, and begins.
func (d *sqliteDB) borrow(ctx context.Context) (*sqliteConn, error) {
	var c *sqliteConn
	select {
	case c = <-d.readers:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if c == nil {
		return nil, closed()
	}
	if err := c.control("BEGIN"); err != nil {
		d.readers <- c
		return nil, err
	}
	return c, nil
}

// giveBack ends what was begun; nothing was changed.
func (d *sqliteDB) giveBack(c *sqliteConn) error {
	defer func() { d.readers <- c }()
	return c.control("ROLLBACK")
}

// announce does nothing: there is no other process.
func (d *sqliteDB) announce(time.Time) {}

func (d *sqliteDB) close() error {
	d.people.close()
	d.writer.close()
	for range cap(d.readers) { // those in use come back first
		<-d.readers
	}
	close(d.readers)
	return d.release()
}

func (d *sqliteDB) release() error {
	var errs []error
	for _, c := range d.all {
		errs = append(errs, c.close())
	}
	if d.scratch != "" {
		errs = append(errs, os.RemoveAll(d.scratch))
	}
	return errors.Join(errs...)
}

func closed() error {
	return fault.New(fault.Unavailable, "ServiceUnavailable", "The server is stopping.")
}
