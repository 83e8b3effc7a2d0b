package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/grantkeep/grantkeep/internal/clock"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/store"
)

// A group is what one commit makes durable: the closures that wait, up to a
// number and an amount of work. Of sweeps, which write many rows each, that
// is one: while it is written, others can be decided.
const (
	groupLimit  = 128
	groupRows   = 512 // once there are so many in a statement, no more are added
	groupWork   = 10 * time.Millisecond
	longestWait = time.Second // more makes no sense
)

// classes is how many queues there are.
const classes = int(store.Sweep) + 1

// writer owns the connection that writes. It lends it to the closures that
// wait, one after another, each under a savepoint of its own; then it commits
// for all of them and tells them. A closure runs in the goroutine of its
// caller, so a panic there is a panic of the caller.
//
// A closure may have read what another one of its group wrote. Therefore
// everybody, those refused included, gets an answer only after the commit.
//
// Most of what people do comes as rows instead (sqlite_decide.go). Those that
// wait next to each other are written with one statement for each table.
type writer struct {
	store *Store
	conn  *sqliteConn
	log   *slog.Logger

	done chan struct{} // closed when run ends

	mu     sync.Mutex
	wake   *sync.Cond
	queues [classes]turnQueue
	commit mean // of a group
	ending bool
}

// mean is a running mean of durations. A single long one, when the machine
// was busy otherwise, counts little; many count in full.
type mean time.Duration

func (m *mean) take(d time.Duration) {
	d = min(d, 8*time.Duration(*m)+100*time.Microsecond)
	*m += (mean(d) - *m) / 8
}

// turnQueue is the queue of a class. Turns are given by time, not by number:
// the class that has used the least of the writer comes next.
type turnQueue struct {
	jobs []*job
	used time.Duration // of the writer's time, as far as others wait
	mean mean          // of one closure
}

// job is one closure that waits for its turn, or what one wants to write.
type job struct {
	class   store.Class
	part    *member        // what to write; nil for a closure
	refusal error          // why part cannot be written; set before the answer
	turn    chan *sqliteTx // receives the connection when it is its turn
	back    chan struct{}  // tells that it is done with it
	answer  chan error     // receives the outcome of the commit
}

func newWriter(s *Store, c *sqliteConn, log *slog.Logger) *writer {
	w := &writer{store: s, conn: c, log: log, done: make(chan struct{})}
	w.wake = sync.NewCond(&w.mu)
	return w
}

// do waits for its turn, runs fn and the statements that it returns, and
// waits for the commit. A caller that gives up before its turn has done
// nothing; after that, what it began is ended.
func (w *writer) do(ctx context.Context, class store.Class, fn func(txConn) (rest, error)) error {
	j, tx, err := w.take(ctx, class)
	if err != nil {
		return err
	}
	refusal := w.lend(ctx, j, tx, fn)
	if err := <-j.answer; err != nil {
		return err
	}
	return refusal
}

// take waits for the connection. Who has it gives it back and waits for the
// answer.
func (w *writer) take(ctx context.Context, class store.Class) (*job, *sqliteTx, error) {
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	j := &job{class: class, turn: make(chan *sqliteTx), back: make(chan struct{}), answer: make(chan error, 1)}
	if err := w.enter(j); err != nil {
		return nil, nil, err
	}
	select {
	case tx := <-j.turn:
		return j, tx, nil
	case <-ctx.Done():
		if w.withdraw(j) {
			return nil, nil, ctx.Err()
		}
		return j, <-j.turn, nil
	}
}

// put waits until what a closure has left is written and committed.
func (w *writer) put(ctx context.Context, class store.Class, last rest) error {
	j := &job{class: class, part: &member{rest: last}, answer: make(chan error, 1)}
	if err := w.enter(j); err != nil {
		return err
	}
	var err error
	select {
	case err = <-j.answer:
	case <-ctx.Done():
		if w.withdraw(j) {
			return ctx.Err()
		}
		err = <-j.answer
	}
	if err != nil {
		return err
	}
	return j.refusal
}

// lend has fn use the connection, and gives it back whatever happens there.
func (w *writer) lend(ctx context.Context, j *job, tx *sqliteTx, fn func(txConn) (rest, error)) (err error) {
	ended := false
	defer func() {
		if !ended || err != nil {
			tx.undo()
		}
		j.back <- struct{}{}
	}()
	last, err := fn(tx)
	if err == nil {
		err = tx.send(ctx, last.buf.ops(w.store, last.tenant))
	}
	if err == nil {
		err = tx.release()
	}
	ended = true
	return err
}

// enter puts a job in its queue, unless the wait would make no sense.
func (w *writer) enter(j *job) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ending {
		return closed()
	}
	q := &w.queues[j.class]
	active := 1
	least := time.Duration(-1)
	for i := range w.queues {
		if other := &w.queues[i]; len(other.jobs) > 0 {
			if i != int(j.class) {
				active++
			}
			if least < 0 || other.used < least {
				least = other.used
			}
		}
	}
	ahead := len(q.jobs) * active
	if time.Duration(ahead)*time.Duration(q.mean)+time.Duration(ahead/groupLimit)*time.Duration(w.commit) > longestWait {
		return busy()
	}
	if len(q.jobs) == 0 && least > q.used {
		q.used = least // time that nobody waited for is not saved up
	}
	q.jobs = append(q.jobs, j)
	w.wake.Signal()
	return nil
}

func busy() error {
	return fault.New(fault.Busy, "TooManyRequests", "The server has more to do than it can within a second; try again later.").
		After(time.Second)
}

// withdraw takes a job out of its queue and reports whether it was there.
func (w *writer) withdraw(j *job) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	q := &w.queues[j.class]
	for i := range q.jobs {
		if q.jobs[i] == j {
			q.jobs = append(q.jobs[:i], q.jobs[i+1:]...)
			return true
		}
	}
	return false
}

// next takes the job whose class has used the least time. Without one it
// waits, if told so; it returns nil if there is none, or no more.
func (w *writer) next(wait bool) *job {
	w.mu.Lock()
	defer w.mu.Unlock()
	for {
		var best *turnQueue
		for i := range w.queues {
			if q := &w.queues[i]; len(q.jobs) > 0 && (best == nil || q.used < best.used) {
				best = q
			}
		}
		if best != nil {
			j := best.jobs[0]
			best.jobs[0] = nil
			best.jobs = best.jobs[1:]
			return j
		}
		if !wait || w.ending {
			return nil
		}
		w.wake.Wait()
	}
}

// more appends the jobs behind j in its queue that also only want to write,
// up to a number of jobs and of rows.
func (w *writer) more(group []*job, j *job) []*job {
	w.mu.Lock()
	defer w.mu.Unlock()
	q := &w.queues[j.class]
	rows := j.part.buf.rows()
	for len(group) < groupLimit && rows < groupRows && len(q.jobs) > 0 && q.jobs[0].part != nil {
		rows += q.jobs[0].part.buf.rows()
		group = append(group, q.jobs[0])
		q.jobs[0] = nil
		q.jobs = q.jobs[1:]
	}
	return group
}

// spent accounts for the time that n jobs of a class took together.
func (w *writer) spent(class store.Class, d time.Duration, n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	q := &w.queues[class]
	q.used += d
	for range n {
		q.mean.take(d / time.Duration(n))
	}
}

// run commits group after group until the writer is closed and nobody waits.
func (w *writer) run() {
	defer close(w.done)
	now := clock.System{}.Now
	group := make([]*job, 0, groupLimit)
	for {
		j := w.next(true)
		if j == nil {
			return
		}
		group = group[:0]
		err := w.conn.control("BEGIN IMMEDIATE")
		tx := &sqliteTx{sqliteConn: w.conn, failed: err, sent: &w.store.statements, bare: true}
		began := now()
		for at := began; j != nil; {
			first := len(group)
			group = append(group, j)
			if j.part == nil {
				tx.bare = false
				j.turn <- tx
				<-j.back
			} else {
				group = w.more(group, j)
				w.write(tx, group, first)
			}
			last := at
			at = now()
			w.spent(j.class, at.Sub(last), len(group)-first)
			if tx.failed != nil || len(group) == groupLimit || at.Sub(began) >= groupWork {
				break
			}
			j = w.next(false)
		}
		ended := now()
		err = w.end(tx)
		w.mu.Lock()
		w.commit.take(now().Sub(ended))
		w.mu.Unlock()
		for _, j := range group {
			j.answer <- err
		}
	}
}

// write writes what the jobs of a group from first on want to, all at once.
// If that is refused, each goes alone and gets its own answer. As long as
// nobody had the connection lent, the group can begin again from the start:
// that spares a savepoint, for which every changed page would be copied.
func (w *writer) write(tx *sqliteTx, group []*job, first int) {
	err := tx.apply(mergedOps(w.store, partsOf(group[first:])))
	if err == nil {
		return
	}
	if tx.bare {
		tx.restart()
		first = 0
	}
	if group = group[first:]; len(group) == 1 {
		group[0].refusal = err
		return
	}
	for _, j := range group {
		j.refusal = tx.apply(mergedOps(w.store, []*member{j.part}))
	}
}

func partsOf(jobs []*job) []*member {
	parts := make([]*member, len(jobs))
	for i, j := range jobs {
		parts[i] = j.part
	}
	return parts
}

// end commits the group, or rolls it back.
func (w *writer) end(tx *sqliteTx) error {
	err := tx.failed
	if err == nil {
		err = w.conn.control("COMMIT")
	}
	if err == nil {
		return nil
	}
	w.store.cache.clear()                          // somebody may have decoded what is not to be
	if e := w.conn.control("ROLLBACK"); e != nil { // it may have been rolled back already
		w.log.Warn("rollback", "err", e)
	}
	w.log.Error("commit failed", "err", err)
	return fmt.Errorf("commit: %w", err)
}

func (w *writer) close() {
	w.mu.Lock()
	w.ending = true
	w.wake.Broadcast()
	w.mu.Unlock()
	<-w.done
}

// sqliteTx is the writer's connection in the hands of one closure.
type sqliteTx struct {
	*sqliteConn
	sent   *atomic.Int64
	bare   bool // no savepoints are set: the group can begin again
	marked bool
	failed error // why the whole group cannot be committed
}

// begin sets the savepoint of the closure before its first change.
func (t *sqliteTx) begin() {
	if t.marked || t.bare || t.failed != nil {
		return
	}
	if err := t.control("SAVEPOINT closure"); err != nil {
		t.failed = err
	}
	t.marked = true
}

// The statements of a group are not interrupted: that could take down what
// others did before.

func (t *sqliteTx) query(ctx context.Context, text string, args []any, each func(scanner) error) error {
	if t.failed != nil {
		return t.failed
	}
	return t.sqliteConn.query(context.WithoutCancel(ctx), text, args, each)
}

func (t *sqliteTx) exec(ctx context.Context, text string, args []any) (int64, error) {
	t.begin()
	if t.failed != nil {
		return 0, t.failed
	}
	return t.sqliteConn.exec(context.WithoutCancel(ctx), text, args)
}

func (t *sqliteTx) send(ctx context.Context, ops []op) error {
	t.sent.Add(int64(len(ops)))
	for _, o := range ops {
		if o.each != nil {
			t.begin()
			if err := t.query(ctx, o.text, o.args, o.each); err != nil {
				return err
			}
			continue
		}
		n, err := t.exec(ctx, o.text, o.args)
		if err != nil {
			return err
		}
		if o.want >= 0 && n != o.want {
			return stale(fmt.Errorf("%d rows of %d", n, o.want))
		}
	}
	return nil
}

// apply runs statements, all or none.
func (t *sqliteTx) apply(ops []op) error {
	err := t.send(context.Background(), ops)
	if err != nil {
		t.undo()
		return err
	}
	return t.release()
}

// restart takes back everything that the group has done. From now on each
// closure has a savepoint.
func (t *sqliteTx) restart() {
	t.bare = false
	if t.failed == nil {
		t.failed = errors.Join(t.control("ROLLBACK"), t.control("BEGIN IMMEDIATE"))
	}
}

// release keeps the changes of the closure.
func (t *sqliteTx) release() error {
	if !t.marked {
		return t.failed
	}
	t.marked = false
	if t.failed != nil {
		return t.failed
	}
	if err := t.control("RELEASE closure"); err != nil {
		t.failed = err
	}
	return t.failed
}

// undo rolls the changes of the closure back. If that does not work, some
// errors having rolled back everything, nothing of the group is committed.
func (t *sqliteTx) undo() {
	if !t.marked || t.failed != nil {
		t.marked = false
		return
	}
	t.marked = false
	if err := errors.Join(t.control("ROLLBACK TO closure"), t.control("RELEASE closure")); err != nil {
		t.failed = err
	}
}
