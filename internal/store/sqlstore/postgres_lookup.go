package sqlstore

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// looker is a conn that can answer a statement that finds a few rows by
// their key together with those of others.
type looker interface {
	lookup(ctx context.Context, text string, args []any, each func(scanner) error) error
}

// lookups send what many callers want to look up in one message, and wait for
// the answers together: a message costs the server and us more than what is
// in it. Each statement sees all that was committed before it was handed
// over, and stands alone: there is no transaction around it.
type lookups struct {
	*gatherer[*lookup]
	db *postgresDB
}

// lookup is one statement and what became of it.
type lookup struct {
	ctx    context.Context
	text   string
	args   []any
	answer *answer // nil: none yet
	err    error
	done   chan struct{}
}

func newLookups(db *postgresDB, workers int) *lookups {
	l := &lookups{db: db}
	l.gatherer = gather(workers, l.run)
	return l
}

// query answers in the caller's goroutine, which need not wait any longer
// than ctx.
func (l *lookups) query(ctx context.Context, text string, args []any, each func(scanner) error) error {
	q := &lookup{ctx: ctx, text: text, args: args, done: make(chan struct{})}
	if err := l.enter(q); err != nil {
		return err
	}
	select {
	case <-q.done:
	case <-ctx.Done():
		return ctx.Err()
	}
	if q.err != nil {
		return q.err
	}
	return q.answer.scan(each)
}

func (l *lookups) run(group []*lookup) {
	ctx, cancel := context.WithTimeout(context.Background(), outcomeLimit)
	defer cancel()
	c, err := l.db.pool.Acquire(ctx)
	if err != nil {
		err = acquireFault(err)
		for _, q := range group {
			q.end(err)
		}
		return
	}
	defer c.Release()
	err = send(ctx, c.Conn(), group)
	_, refused := errors.AsType[*pgconn.PgError](err)
	for _, q := range group {
		if q.answer == nil && refused && len(group) > 1 {
			q.end(send(ctx, c.Conn(), []*lookup{q})) // somebody else's statement may have failed
			continue
		}
		q.end(err)
	}
}

// send asks for what is still wanted.
func send(ctx context.Context, c *pgx.Conn, group []*lookup) error {
	b := &pgx.Batch{}
	for _, q := range group {
		if q.err = q.ctx.Err(); q.err != nil {
			continue
		}
		b.Queue(q.text, q.args...).Query(func(rows pgx.Rows) error {
			a, err := keepAll(rows)
			if err == nil {
				q.answer = a
			}
			return err
		})
	}
	if b.Len() == 0 {
		return nil
	}
	return c.SendBatch(ctx, b).Close()
}

// end tells the caller. An answer is good even if something else failed.
func (q *lookup) end(err error) {
	if q.answer == nil && q.err == nil {
		q.err = err
	}
	close(q.done)
}

// postgresReader is the conn of a Read. A closure that asks for no more than
// one object, as most do, needs no transaction; one that goes on after that
// is called again, in a transaction, because its answers have to be of one
// state.
type postgresReader struct {
	db     *postgresDB
	tx     *postgresConn
	whole  bool // everything goes into the transaction
	looked bool // something was answered outside of it
	again  bool // something else was asked for after that
}

// errAgain ends the first run of a closure that is called again.
var errAgain = errors.New("the closure needs a transaction")

// run calls fn once. If it has to be called again, nothing else that came of
// it counts.
func (r *postgresReader) run(ctx context.Context, fn func(conn) error) (again bool, err error) {
	r.tx = &postgresConn{db: r.db, pending: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"}
	defer r.tx.release()
	err = fn(r)
	if err != nil || r.again || !r.tx.begun {
		return r.again, err
	}
	return false, r.tx.commit(ctx, nil)
}

func (r *postgresReader) lookup(ctx context.Context, text string, args []any, each func(scanner) error) error {
	if r.whole || r.looked || r.tx.begun {
		return r.query(ctx, text, args, each)
	}
	r.looked = true
	return r.db.lookups.query(ctx, text, args, each)
}

func (r *postgresReader) query(ctx context.Context, text string, args []any, each func(scanner) error) error {
	if r.looked {
		r.again = true
		return errAgain
	}
	return r.tx.query(ctx, text, args, each)
}

func (r *postgresReader) exec(ctx context.Context, text string, args []any) (int64, error) {
	if r.looked {
		r.again = true
		return 0, errAgain
	}
	return r.tx.exec(ctx, text, args)
}
