package sqlstore

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/grantkeep/grantkeep/internal/clock"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/store"
)

// write has most of what people do decided on a connection that reads, by
// many at the same time: what the closure put is then written by the writer,
// together with what others put. The guards and keys of the rows see to it
// that nothing was decided on what is no longer so, as on PostgreSQL
// (postgres.go). Whoever is refused by one decides again as the only one.
//
// A closure that claims rows, reads what it wrote or needs the answer of a
// change waits for the writer's connection then, and goes on with it; but
// assignments that are due are claimed without it, because many are at once.
// Deliveries, for which nobody waits, have it from the start.
func (d *sqliteDB) write(ctx context.Context, class store.Class, fn func(txConn) (rest, error)) error {
	if class == store.Delivery {
		return d.writer.do(ctx, class, fn)
	}
	if class == store.People {
		leave, err := d.people.arrive(cap(d.readers))
		if err != nil {
			return err
		}
		defer leave()
	}
	mine := d.claims.claimant()
	defer mine.release()
	t := &decidingTx{ctx: ctx, db: d, class: class, claimant: mine}
	last, err := t.run(fn)
	if t.job != nil {
		if e := <-t.job.answer; e != nil {
			return e
		}
		return err
	}
	if err != nil || last.buf.empty() {
		return err
	}
	err = d.store.dialect.toFault(d.writer.put(ctx, class, last))
	if fault.Is(err, fault.Stale) || errors.Is(err, errTaken) {
		return d.writer.do(ctx, class, func(c txConn) (rest, error) { return fn(claimingTx{c.(*sqliteTx), mine}) })
	}
	return err
}

// decidingTx is a connection in the hands of a closure that decides: one that
// reads the last commit, until it needs the writer's.
type decidingTx struct {
	ctx    context.Context // of the write
	db     *sqliteDB
	class  store.Class
	reader *sqliteConn // nil once the writer's is needed
	job    *job        // of the one who has the writer's connection
	tx     *sqliteTx
	failed error // why the writer's cannot be had
	*claimant
}

// run calls fn. If it came to the writer's connection, what is left is
// written there, and the outcome is known with the answer to the job.
func (t *decidingTx) run(fn func(txConn) (rest, error)) (last rest, err error) {
	if t.reader, err = t.db.borrow(t.ctx); err != nil {
		return rest{}, err
	}
	ended := false
	defer func() {
		if e := t.giveBack(); err == nil {
			err = e
		}
		if t.job != nil {
			if !ended || err != nil {
				t.tx.undo()
			}
			t.job.back <- struct{}{}
		}
	}()
	last, err = fn(t)
	if err == nil {
		err = t.failed
	}
	if err == nil && t.job != nil {
		err = t.tx.send(t.ctx, last.buf.ops(t.db.store, last.tenant))
		if err == nil {
			err = t.tx.release()
		}
	}
	ended = true
	return last, err
}

// giveBack ends the use of the connection that reads.
func (t *decidingTx) giveBack() error {
	if t.reader == nil {
		return nil
	}
	c := t.reader
	t.reader = nil
	return t.db.giveBack(c)
}

// begin waits for the writer's connection.
func (t *decidingTx) begin() {
	if t.tx == nil && t.failed == nil {
		if t.failed = t.giveBack(); t.failed == nil {
			t.job, t.tx, t.failed = t.db.writer.take(t.ctx, t.class)
		}
	}
	if t.tx != nil {
		t.tx.begin()
	}
}

func (t *decidingTx) query(ctx context.Context, text string, args []any, each func(scanner) error) error {
	switch {
	case t.failed != nil:
		return t.failed
	case t.tx != nil:
		return t.tx.query(ctx, text, args, each)
	default:
		return t.reader.query(ctx, text, args, each)
	}
}

func (t *decidingTx) exec(ctx context.Context, text string, args []any) (int64, error) {
	if t.begin(); t.failed != nil {
		return 0, t.failed
	}
	return t.tx.exec(ctx, text, args)
}

func (t *decidingTx) send(ctx context.Context, ops []op) error {
	if t.begin(); t.failed != nil {
		return t.failed
	}
	return t.tx.send(ctx, ops)
}

// crowd is how many do something at the same time, and how long that takes.
type crowd struct {
	mu       sync.Mutex
	ended    bool
	inside   sync.WaitGroup
	size     int
	interval mean // from one who leaves to the next, with many there
}

// arrive refuses one whose wait would make no sense: with n there who take a
// time t, one leaves every t/n, and a new one waits for all. The first few
// are always let in.
func (c *crowd) arrive(few int) (leave func(), err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return nil, closed()
	}
	if c.size > few && time.Duration(c.size)*time.Duration(c.interval) > longestWait {
		return nil, busy()
	}
	c.size++
	c.inside.Add(1)
	n, began := c.size, clock.System{}.Now()
	return func() {
		defer c.inside.Done()
		took := clock.System{}.Now().Sub(began)
		c.mu.Lock()
		defer c.mu.Unlock()
		c.size--
		c.interval.take(took / time.Duration(n))
	}, nil
}

// close lets nobody in any more and waits for those inside.
func (c *crowd) close() {
	c.mu.Lock()
	c.ended = true
	c.mu.Unlock()
	c.inside.Wait()
}
