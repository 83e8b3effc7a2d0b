// Package sqlstore keeps everything in SQLite or PostgreSQL. One SQL text
// serves both; dialect.go lists every difference.
//
// It implements store.Store and knows nothing of what the objects mean. Rows
// hold what is filtered and sorted by; what nobody asks for stands in doc, as
// JSON of the core's types.
//
// What a transaction puts is buffered and sent at its end, or before it reads
// something: by table, many rows to a statement, and on PostgreSQL together
// with the commit in one message.
package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/grantkeep/grantkeep/internal/clock"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/store"
)

// Options are the settings of a store. The zero value is useful.
type Options struct {
	MaxConnections int          // PostgreSQL: connections at most; 12 if zero
	Readers        int          // SQLite: connections that read; 4 if zero
	Logger         *slog.Logger // for what no caller can be told; discarded if nil
}

// Store implements store.Store.
type Store struct {
	dialect    dialect
	tables     [tableCount]*table
	db         database
	texts      sync.Map // textKey → string
	cache      decoded
	tenants    sync.Map // directory.TenantID → int64
	statements atomic.Int64
	changes    *changes
	closed     atomic.Bool
}

// rest is what a transaction has put and not sent when its closure ends.
type rest struct {
	tenant int64
	buf    *buffer
}

var _ store.Store = (*Store)(nil)

// database is how the two differ in connections and transactions.
type database interface {
	// read calls fn with a connection that sees one state.
	read(ctx context.Context, fn func(conn) error) error

	// write calls fn and then writes the rest that it returns, all in one
	// transaction, once. It returns what fn returned, or an error of the
	// database. fn runs in the goroutine of the caller.
	write(ctx context.Context, class store.Class, fn func(txConn) (rest, error)) error

	// announce tells other processes that something falls due at an instant.
	announce(due time.Time)

	close() error
}

// Open opens a database and brings its schema up to date. The DSN is
// "sqlite:FILE", "sqlite::memory:" for a database that ends with the store,
// or a PostgreSQL URL ("postgres://..."). Several processes may open the same
// PostgreSQL database at the same time.
func Open(ctx context.Context, dsn string, opts Options) (*Store, error) {
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Store{tables: tables(), changes: newChanges()}
	var err error
	switch scheme, rest, _ := strings.Cut(dsn, ":"); scheme {
	case "sqlite":
		s.dialect = sqliteDialect()
		s.db, err = openSQLite(ctx, s, rest, opts)
	case "postgres", "postgresql":
		s.dialect = postgresDialect()
		s.db, err = openPostgres(ctx, s, dsn, opts)
	default:
		err = errors.New(`the database must be "sqlite:FILE", "sqlite::memory:" or "postgres://..."`)
	}
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	return s, nil
}

// Read implements store.Store.
func (s *Store) Read(ctx context.Context, tenant directory.TenantID, fn func(store.Reader) error) error {
	if s.closed.Load() {
		return closed()
	}
	no, err := s.tenantNo(ctx, tenant)
	if err != nil {
		return err
	}
	return s.dialect.toFault(s.db.read(ctx, func(c conn) error {
		return fn(&reader{store: s, tenant: tenant, no: no, conn: c})
	}))
}

// A transaction that lost against another one is tried again. A key that is
// taken is tried less often: after one look at the new state, the use case
// that still writes it has no rule about it.
const (
	maxAttempts      = 10
	maxTakenAttempts = 3
)

// Write implements store.Store.
func (s *Store) Write(ctx context.Context, tenant directory.TenantID, class store.Class, fn func(store.Tx) error) error {
	if s.closed.Load() {
		return closed()
	}
	no, err := s.tenantNo(ctx, tenant)
	if err != nil {
		return err
	}
	var due time.Time
	err = s.attempt(ctx, class, func(c txConn) (rest, error) {
		t := newTx(s, c, reader{store: s, tenant: tenant, no: no})
		if err := fn(t); err != nil {
			return rest{}, err
		}
		due = t.due
		return rest{no, &t.buf}, t.sendLinks(ctx)
	})
	if err == nil && !due.IsZero() {
		s.changes.tell(due)
		s.db.announce(due)
	}
	return err
}

// run runs statements in a transaction of their own.
func (s *Store) run(ctx context.Context, ops []op) error {
	return s.attempt(ctx, store.People, func(txConn) (rest, error) { return rest{buf: &buffer{others: ops}}, nil })
}

func (s *Store) attempt(ctx context.Context, class store.Class, fn func(txConn) (rest, error)) error {
	calls := 0 // a write may decide more than once
	counted := func(c txConn) (rest, error) {
		calls++
		return fn(c)
	}
	for n := 1; ; n++ {
		err := s.dialect.toFault(s.db.write(ctx, class, counted))
		again := fault.Is(err, fault.Stale) && calls < maxAttempts || errors.Is(err, errTaken) && calls < maxTakenAttempts
		if !again {
			return err
		}
		if err := pause(ctx, n); err != nil {
			return err
		}
	}
}

// pause waits a little longer each time, and not as long as others do.
func pause(ctx context.Context, attempt int) error {
	if attempt == 1 {
		return ctx.Err()
	}
	longest := time.Millisecond << min(attempt, 6)
	timer := time.NewTimer(rand.N(longest))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Tenants implements store.Store.
func (s *Store) Tenants(ctx context.Context) ([]directory.TenantID, error) {
	return across(ctx, s, "SELECT id FROM tenant ORDER BY no", nil, scanID[directory.TenantID])
}

// across runs a statement that belongs to no tenant.
func across[T any](ctx context.Context, s *Store, text string, args []any, scan func(scanner) (T, error)) (all []T, err error) {
	err = s.db.read(ctx, func(c conn) error {
		all, err = many(ctx, &reader{store: s, conn: c}, text, args, scan)
		return err
	})
	return all, s.dialect.toFault(err)
}

// CreateTenant implements store.Store.
func (s *Store) CreateTenant(ctx context.Context, id directory.TenantID, displayName string) error {
	if _, err := s.tenantNo(ctx, id); !fault.Is(err, fault.NotFound) {
		return err
	}
	// Two at the same time may come to the same number; then one is tried again.
	const statement = `INSERT INTO tenant (no, id, display_name, created_at)
		SELECT COALESCE(MAX(no), 0) + 1, CAST($1 AS TEXT), CAST($2 AS TEXT), CAST($3 AS BIGINT) FROM tenant WHERE TRUE ON CONFLICT (id) DO NOTHING`
	return s.run(ctx, []op{{text: statement, args: []any{string(id), displayName, micros(clock.System{}.Now())}, want: -1}})
}

// tenantNo returns the number of a tenant. A tenant never goes away, so what
// was found once stays right.
func (s *Store) tenantNo(ctx context.Context, id directory.TenantID) (int64, error) {
	if no, ok := s.tenants.Load(id); ok {
		return no.(int64), nil
	}
	found, err := across(ctx, s, "SELECT no FROM tenant WHERE id = $1", []any{string(id)}, func(row scanner) (no int64, err error) {
		err = row.Scan(&no)
		return no, err
	})
	if err != nil {
		return 0, err
	}
	if len(found) == 0 {
		return 0, fault.New(fault.NotFound, "TenantNotFound", "The tenant %s does not exist.", id)
	}
	s.tenants.Store(id, found[0])
	return found[0], nil
}

// dueTables hold rows that wait for an instant, each with an index on it.
var dueTables = [...]string{"request", "assignment", "work", "automatic_rollout", "automatic_touched", "notice", "guest"}

// nextDue asks for dueTables.
var nextDue = nextDueOf(dueTables[:]...)

// nextDueOf asks, for each of the tables, when the first row is due, and when
// the first one after $1.
func nextDueOf(tables ...string) string {
	s := "SELECT t.id"
	for _, table := range tables {
		from := ", (SELECT MIN(next_due_at) FROM " + table + " WHERE tenant_id = t.no AND next_due_at IS NOT NULL"
		s += from + ")" + from + " AND next_due_at > $1)"
	}
	return s + " FROM tenant t ORDER BY t.no"
}

// NextDue implements store.Store. For each tenant it looks at the ends of a
// few indexes, however much is due.
func (s *Store) NextDue(ctx context.Context, until time.Time) (due []directory.TenantID, next time.Time, err error) {
	return s.firstDue(ctx, nextDue, len(dueTables), until)
}

// firstDue asks for what is due in a number of tables.
func (s *Store) firstDue(ctx context.Context, text string, tables int, until time.Time) (due []directory.TenantID, next time.Time, err error) {
	type row struct {
		tenant directory.TenantID
		when   []time.Time // first, then after until, by table
	}
	rows, err := across(ctx, s, text, []any{micros(until)}, func(r scanner) (v row, err error) {
		v.when = make([]time.Time, 2*tables)
		dest := []any{&v.tenant}
		for i := range v.when {
			dest = append(dest, instant{&v.when[i]})
		}
		err = r.Scan(dest...)
		return v, err
	})
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("next due: %w", err)
	}
	for _, r := range rows {
		if slices.ContainsFunc(r.when, func(t time.Time) bool { return dueBy(t, until) }) {
			due = append(due, r.tenant)
		}
		for _, t := range r.when {
			if t.After(until) {
				next = earlier(next, t)
			}
		}
	}
	return due, next, nil
}

func dueBy(t, until time.Time) bool { return !t.IsZero() && !t.After(until) }

// Changes implements store.Store.
func (s *Store) Changes() <-chan time.Time { return s.changes.last }

// Statements implements store.Store. Beginning and ending transactions does
// not count.
func (s *Store) Statements() int64 { return s.statements.Load() }

// Close implements store.Store. A second call does nothing.
func (s *Store) Close() error {
	if s.closed.Swap(true) {
		return nil
	}
	return s.db.close()
}
