package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"github.com/grantkeep/grantkeep/internal/clock"
	"github.com/grantkeep/grantkeep/internal/store"
)

// postgresDB is a pool of connections.
//
// Writes run as READ COMMITTED, and that is enough: every change names the
// version that it read and fails if another one is stored, so no update is
// lost; and where two objects must not exist side by side, a unique key says
// so. What fails by one of these is done again from the start. Stricter
// levels would keep use cases from what they read in passing, which may be
// a moment old in any case, and would fail far more often.
//
// Therefore what a write reads before its first change needs no transaction,
// and its changes are one message: without BEGIN, all statements up to the
// end of a pipeline are one transaction. Most writes are such, and are
// committed in groups (postgres_group.go).
type postgresDB struct {
	store   *Store
	pool    *pgxpool.Pool
	groups  *committers
	lookups *lookups
	analyst *analyst
	log     *slog.Logger
	turn    [classes]chan struct{} // a place for each write of a class; nil: no limit

	mu       sync.Mutex
	inFlight int  // writes under way
	interval mean // from the end of a write to the end of the next, with many under way

	self     string // names this process in notifications
	stop     context.CancelFunc
	herald   *changes // what there is to announce
	watchers sync.WaitGroup
}

// migrationLock is the advisory lock under which the schema is changed.
const migrationLock = 0x6772616e74 // "grant"

// outcomeLimit is how long the end of a write may take when its caller does
// not wait any more.
const outcomeLimit = 30 * time.Second

func openPostgres(ctx context.Context, s *Store, dsn string, opts Options) (d *postgresDB, err error) {
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, err
	}
	config.MaxConns = int32(opts.MaxConnections)
	if config.MaxConns <= 0 {
		config.MaxConns = 12
	}
	// Plans are kept, and most are made when tables are still small. All
	// statements have an index, which is never much worse than a small table.
	config.ConnConfig.RuntimeParams["enable_seqscan"] = "off"
	config.ConnConfig.RuntimeParams["jit"] = "off" // compiling takes longer than any of them
	config.ConnConfig.RuntimeParams["application_name"] = "grantkeep"
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	d = &postgresDB{store: s, pool: pool, log: opts.Logger, analyst: newAnalyst(), self: uuid.NewString(), herald: newChanges(), stop: func() {}}
	// Work that nobody waits for leaves connections to the others.
	d.turn[store.Delivery] = make(chan struct{}, max(1, config.MaxConns/3))
	d.turn[store.Sweep] = make(chan struct{}, max(1, config.MaxConns/3))
	if err := errors.Join(d.migrate(ctx, s.dialect.schema), d.analyst.learn(ctx, d)); err != nil {
		return nil, errors.Join(err, d.close())
	}
	d.groups = newCommitters(d)
	d.lookups = newLookups(d, max(1, int(config.MaxConns)/6)) // fewer make larger groups
	var background context.Context
	background, d.stop = context.WithCancel(context.Background())
	d.watchers.Go(func() { d.listen(background, s.changes.tell) })
	d.watchers.Go(func() { d.tell(background) })
	d.watchers.Go(func() { d.analyst.run(background, d) })
	return d, nil
}

func (d *postgresDB) migrate(ctx context.Context, rewrite func(string) string) (err error) {
	c, err := d.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer c.Release()
	if _, err := c.Exec(ctx, "SELECT pg_advisory_lock($1)", migrationLock); err != nil {
		return err
	}
	defer func() {
		_, e := c.Exec(ctx, "SELECT pg_advisory_unlock($1)", migrationLock)
		err = errors.Join(err, e)
	}()
	db := stdlib.OpenDBFromPool(d.pool)
	defer func() { err = errors.Join(err, db.Close()) }()
	return migrate(ctx, db, goose.DialectPostgres, rewrite)
}

// read runs fn. What it asks for beyond a single lookup is answered in a
// transaction that keeps seeing one state. It begins with the first
// statement, in the same message.
func (d *postgresDB) read(ctx context.Context, fn func(conn) error) error {
	r := &postgresReader{db: d}
	again, err := r.run(ctx, fn)
	if again {
		r = &postgresReader{db: d, whole: true}
		_, err = r.run(ctx, fn)
	}
	return err
}

func (d *postgresDB) write(ctx context.Context, class store.Class, fn func(txConn) (rest, error)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	leave, err := d.arrive()
	if err != nil {
		return err
	}
	defer leave()
	last, done, err := d.decide(ctx, class, fn)
	if done || err != nil {
		return err
	}
	// From here on it is carried out even if the caller has gone: an
	// interrupted commit would leave everybody in doubt.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), outcomeLimit)
	defer cancel()
	err = d.groups.commit(last)
	if !errors.Is(err, errAlone) {
		return err
	}
	tx := &postgresConn{db: d}
	defer tx.release()
	return tx.commit(ctx, last.buf.ops(d.store, last.tenant))
}

// arrive refuses a write whose wait would make no sense. With n writes under
// way that take a time t, one ends every t/n, and a new one waits for all.
func (d *postgresDB) arrive() (leave func(), err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if time.Duration(d.inFlight)*time.Duration(d.interval) > longestWait && d.inFlight > int(d.pool.Config().MaxConns) {
		return nil, busy()
	}
	d.inFlight++
	n, began := d.inFlight, clock.System{}.Now()
	return func() {
		took := clock.System{}.Now().Sub(began)
		d.mu.Lock()
		defer d.mu.Unlock()
		d.inFlight--
		d.interval.take(took / time.Duration(n))
	}, nil
}

// decide runs fn. A transaction that it began is also ended; else what it
// wants to write is left to the caller, and the connection to others.
func (d *postgresDB) decide(ctx context.Context, class store.Class, fn func(txConn) (rest, error)) (last rest, done bool, err error) {
	leave, err := d.enter(ctx, class)
	if err != nil {
		return rest{}, false, err
	}
	defer leave()
	tx := &postgresConn{db: d}
	defer tx.release()
	last, err = fn(tx)
	if err != nil {
		return rest{}, false, err
	}
	if !tx.begun && tx.pending == "" {
		return last, last.buf.empty(), nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), outcomeLimit)
	defer cancel()
	return rest{}, true, tx.commit(ctx, last.buf.ops(d.store, last.tenant))
}

// enter waits for a place in the class.
func (d *postgresDB) enter(ctx context.Context, class store.Class) (leave func(), err error) {
	turn := d.turn[class]
	if turn == nil {
		return func() {}, nil
	}
	select {
	case turn <- struct{}{}:
		return func() { <-turn }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// acquireFault is what it means that there is no connection to be had.
func acquireFault(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return unavailable(err)
}

func (d *postgresDB) close() error {
	if d.groups != nil {
		d.groups.close()
	}
	if d.lookups != nil {
		d.lookups.close()
	}
	d.stop()
	d.watchers.Wait()
	d.pool.Close()
	return nil
}

// postgresConn is a connection in the hands of one transaction, which takes
// it from the pool when it first needs it.
type postgresConn struct {
	db      *postgresDB
	held    *pgxpool.Conn  // nil: none yet
	pending string         // the BEGIN that goes with the next statement
	begun   bool           // a BEGIN was sent, and no end yet
	added   map[string]int // rows by table, not committed yet
}

func (c *postgresConn) use(ctx context.Context) (*pgx.Conn, error) {
	if c.held == nil {
		held, err := c.db.pool.Acquire(ctx)
		if err != nil {
			return nil, acquireFault(err)
		}
		c.held = held
	}
	return c.held.Conn(), nil
}

// lookup needs no connection of its own outside of a transaction.
func (c *postgresConn) lookup(ctx context.Context, text string, args []any, each func(scanner) error) error {
	if c.begun || c.pending != "" {
		return c.query(ctx, text, args, each)
	}
	return c.db.lookups.query(ctx, text, args, each)
}

// begin makes the statements that follow one transaction.
func (c *postgresConn) begin() {
	if !c.begun {
		c.pending = "BEGIN"
	}
}

// queue puts the BEGIN that is due into a batch.
func (c *postgresConn) queue(b *pgx.Batch) {
	if c.pending != "" {
		b.Queue(c.pending)
		c.pending, c.begun = "", true
	}
}

func (c *postgresConn) query(ctx context.Context, text string, args []any, each func(scanner) error) error {
	conn, err := c.use(ctx)
	if err != nil {
		return err
	}
	if c.pending != "" {
		b := &pgx.Batch{}
		c.queue(b)
		b.Queue(text, args...).Query(func(rows pgx.Rows) error { return scanAll(rows, each) })
		return conn.SendBatch(ctx, b).Close()
	}
	rows, err := conn.Query(ctx, text, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	return scanAll(rows, each)
}

func (c *postgresConn) exec(ctx context.Context, text string, args []any) (n int64, err error) {
	conn, err := c.use(ctx)
	if err != nil {
		return 0, err
	}
	b := &pgx.Batch{}
	c.queue(b)
	b.Queue(text, args...).Exec(func(tag pgconn.CommandTag) error {
		n = tag.RowsAffected()
		return nil
	})
	err = conn.SendBatch(ctx, b).Close()
	return n, err
}

func (c *postgresConn) send(ctx context.Context, ops []op) error {
	conn, err := c.use(ctx)
	if err != nil {
		return err
	}
	b := &pgx.Batch{}
	c.queue(b)
	c.queueAll(b, ops)
	return conn.SendBatch(ctx, b).Close()
}

func (c *postgresConn) queueAll(b *pgx.Batch, ops []op) {
	c.db.store.statements.Add(int64(len(ops)))
	for _, o := range ops {
		if o.added > 0 {
			if c.added == nil {
				c.added = map[string]int{}
			}
			c.added[o.table] += o.added
		}
		q := b.Queue(o.text, o.args...)
		if o.each != nil {
			q.Query(func(rows pgx.Rows) error { return scanAll(rows, o.each) })
		}
	}
}

// commit runs what is left and ends the transaction, in one message. Without
// a BEGIN the message itself is the transaction.
func (c *postgresConn) commit(ctx context.Context, ops []op) error {
	b := &pgx.Batch{}
	c.queueAll(b, ops)
	if c.begun {
		b.Queue("COMMIT")
	}
	if b.Len() == 0 {
		return nil
	}
	conn, err := c.use(ctx)
	if err != nil {
		return err
	}
	if err := conn.SendBatch(ctx, b).Close(); err != nil {
		if conn.IsClosed() && ctx.Err() == nil {
			return unavailable(fmt.Errorf("%w: %w", errUncertain, err))
		}
		return err
	}
	c.begun = false
	for table, n := range c.added {
		c.db.analyst.grown(table, n)
	}
	return nil
}

// release rolls back what was begun and not committed, and gives the
// connection back. One that cannot do that is given up by the pool, which
// closes connections that come back with an open transaction.
func (c *postgresConn) release() {
	if c.held == nil {
		return
	}
	defer c.held.Release()
	if conn := c.held.Conn(); c.begun && !conn.IsClosed() {
		ctx, cancel := context.WithTimeout(context.Background(), outcomeLimit)
		defer cancel()
		if _, err := conn.Exec(ctx, "ROLLBACK"); err != nil {
			return
		}
	}
}
