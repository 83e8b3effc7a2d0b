package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // the driver

	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/store"
)

// sqliteDB is a file with one connection that writes and a few that read.
// Readers see the last commit and never wait for the writer (WAL).
type sqliteDB struct {
	db      *sql.DB
	writer  *writer
	readers chan *sqliteConn
	all     []*sqliteConn
	scratch string // directory of a database that ends with the store
}

func openSQLite(ctx context.Context, s *Store, file string, opts Options) (*sqliteDB, error) {
	d := &sqliteDB{}
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
	// What is acknowledged survives the loss of power: synchronous is FULL.
	// A longer log than usual (16 MB) has pages that change often copied to
	// the file less often.
	pragmas := url.Values{"_txlock": {"immediate"}, "_pragma": {
		"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)", "temp_store(MEMORY)",
		"wal_autocheckpoint(4000)",
	}}
	dsn := url.URL{Scheme: "file", Path: file, RawQuery: pragmas.Encode()}
	if d.db, err = sql.Open("sqlite", dsn.String()); err != nil {
		return err
	}
	if err := migrate(ctx, d.db, goose.DialectSQLite3, s.dialect.schema); err != nil {
		return err
	}
	if err := plant(ctx, d.db); err != nil {
		return err
	}
	if err := d.connect(ctx, "PRAGMA cache_size = -32000"); err != nil {
		return err
	}
	readers := opts.Readers
	if readers <= 0 {
		readers = 4
	}
	d.readers = make(chan *sqliteConn, readers)
	for range readers {
		if err := d.connect(ctx, "PRAGMA cache_size = -16000", "PRAGMA query_only = 1"); err != nil {
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

// connect adds a connection to all; the first one is the writer's.
func (d *sqliteDB) connect(ctx context.Context, pragmas ...string) error {
	raw, err := d.db.Conn(ctx)
	if err != nil {
		return err
	}
	c := &sqliteConn{raw: raw, prepared: map[string]*sql.Stmt{}}
	d.all = append(d.all, c)
	for _, p := range pragmas {
		if _, err := raw.ExecContext(ctx, p); err != nil {
			return fmt.Errorf("%s: %w", p, err)
		}
	}
	return nil
}

// read runs fn in a deferred transaction: it sees the last commit before its
// first statement, and keeps seeing it.
func (d *sqliteDB) read(ctx context.Context, fn func(conn) error) (err error) {
	var c *sqliteConn
	select {
	case c = <-d.readers:
	case <-ctx.Done():
		return ctx.Err()
	}
	if c == nil {
		return closed()
	}
	defer func() { d.readers <- c }()
	if err := c.control("BEGIN"); err != nil {
		return err
	}
	defer func() {
		if e := c.control("ROLLBACK"); e != nil && err == nil { // nothing was changed
			err = e
		}
	}()
	return fn(c)
}

func (d *sqliteDB) write(ctx context.Context, class store.Class, fn func(txConn) (rest, error)) error {
	return d.writer.do(ctx, class, fn)
}

// announce does nothing: there is no other process.
func (d *sqliteDB) announce() {}

func (d *sqliteDB) close() error {
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
	if d.db != nil {
		errs = append(errs, d.db.Close())
	}
	if d.scratch != "" {
		errs = append(errs, os.RemoveAll(d.scratch))
	}
	return errors.Join(errs...)
}

func closed() error {
	return fault.New(fault.Unavailable, "ServiceUnavailable", "The server is stopping.")
}

// preparedLimit is how many statements a connection keeps. The texts of
// lists vary with their filters; all others are far fewer.
const preparedLimit = 300

// sqliteConn is one connection with its prepared statements. It is used by
// one goroutine at a time.
type sqliteConn struct {
	raw      *sql.Conn
	prepared map[string]*sql.Stmt
}

func (c *sqliteConn) prepare(text string) (*sql.Stmt, error) {
	if stmt, ok := c.prepared[text]; ok {
		return stmt, nil
	}
	stmt, err := c.raw.PrepareContext(context.Background(), text)
	if err != nil {
		return nil, err
	}
	if len(c.prepared) >= preparedLimit {
		for old, victim := range c.prepared { // any will do: what is used often is soon back
			delete(c.prepared, old)
			if err := victim.Close(); err != nil {
				return nil, errors.Join(err, stmt.Close())
			}
			break
		}
	}
	c.prepared[text] = stmt
	return stmt, nil
}

func (c *sqliteConn) query(ctx context.Context, text string, args []any, each func(scanner) error) (err error) {
	stmt, err := c.prepare(text)
	if err != nil {
		return err
	}
	rows, err := stmt.QueryContext(ctx, args...)
	if err != nil {
		return err
	}
	defer func() {
		if e := rows.Close(); err == nil {
			err = e
		}
	}()
	for rows.Next() {
		if err := each(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (c *sqliteConn) exec(ctx context.Context, text string, args []any) (int64, error) {
	stmt, err := c.prepare(text)
	if err != nil {
		return 0, err
	}
	res, err := stmt.ExecContext(ctx, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// control begins or ends a transaction, which nothing may interrupt.
func (c *sqliteConn) control(text string) error {
	_, err := c.exec(context.Background(), text, nil)
	return err
}

func (c *sqliteConn) close() error {
	var errs []error
	for _, stmt := range c.prepared {
		errs = append(errs, stmt.Close())
	}
	return errors.Join(append(errs, c.raw.Close())...)
}
