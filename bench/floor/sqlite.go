package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"sync/atomic"

	_ "modernc.org/sqlite" // the driver
)

// groupLimit is how many requests one commit makes durable at most.
const groupLimit = 128

// sqlite has one writer, which commits what waits together, and a few
// readers.
type sqlite struct {
	write, read *sql.DB
	jobs        chan *job
	done        chan struct{}
	count       atomic.Int64
}

// job is one closure of a group.
type job struct {
	do     func(*statements) error
	err    error
	answer chan struct{}
}

func openSQLite(ctx context.Context, file string, rows int) (*sqlite, error) {
	pragmas := url.Values{"_pragma": {
		"journal_mode(WAL)", "synchronous(FULL)", "busy_timeout(10000)", "cache_size(-32000)", "temp_store(MEMORY)",
	}}
	dsn := "file:" + file + "?" + pragmas.Encode()
	s := &sqlite{jobs: make(chan *job, 1024), done: make(chan struct{})}
	var err error
	if s.write, err = sql.Open("sqlite", dsn); err != nil {
		return nil, err
	}
	s.write.SetMaxOpenConns(1)
	if err := s.prepare(ctx, rows); err != nil {
		return nil, errors.Join(err, s.write.Close())
	}
	if s.read, err = sql.Open("sqlite", dsn); err != nil {
		return nil, errors.Join(err, s.write.Close())
	}
	s.read.SetMaxOpenConns(4)
	s.read.SetMaxIdleConns(4)
	conn, err := s.write.Conn(ctx)
	if err != nil {
		return nil, err
	}
	st, err := newStatements(ctx, conn, &s.count)
	if err != nil {
		return nil, err
	}
	go s.run(st)
	return s, nil
}

// prepare makes and fills the tables of a new file.
func (s *sqlite) prepare(ctx context.Context, rows int) error {
	var n int
	err := s.write.QueryRowContext(ctx, "SELECT count(*) FROM package").Scan(&n)
	if err == nil || !isMissingTable(err) {
		return err
	}
	series := func(n int) string {
		return fmt.Sprintf("(WITH RECURSIVE s(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM s WHERE i + 1 < %d) SELECT i FROM s)", n)
	}
	id := func(expr string) string { return fmt.Sprintf("printf('%s%%012d', %s)", seriesPrefix, expr) }
	for _, text := range append(schema, seeding(rows, series, id)...) {
		if len(text) > 12 && text[:12] == "CREATE TABLE" {
			text += " WITHOUT ROWID"
		}
		if _, err := s.write.ExecContext(ctx, text); err != nil {
			return fmt.Errorf("%s: %w", text, err)
		}
	}
	_, err = s.write.ExecContext(ctx, "ANALYZE")
	return err
}

// run is the writer: it takes a job, drains what waits, commits once and
// then answers all. It ends when the jobs' channel is closed.
func (s *sqlite) run(st *statements) {
	defer close(s.done)
	group := make([]*job, 0, groupLimit)
	for first := range s.jobs {
		group = append(group[:0], first)
	drain:
		for len(group) < groupLimit {
			select {
			case next, ok := <-s.jobs:
				if !ok {
					break drain
				}
				group = append(group, next)
			default:
				break drain
			}
		}
		if err := st.commit(group); err != nil {
			if _, undone := st.exec(st.rollback); undone != nil {
				err = errors.Join(err, undone)
			}
			for _, j := range group {
				j.err = errors.Join(j.err, err)
			}
		}
		for _, j := range group {
			close(j.answer)
		}
	}
}

func (s *sqlite) do(fn func(*statements) error) error {
	j := &job{do: fn, answer: make(chan struct{})}
	s.jobs <- j
	<-j.answer
	return j.err
}

func (s *sqlite) create(_ context.Context, r request) error {
	return s.do(func(st *statements) error {
		if _, err := st.exec(st.request, r.requestArgs()...); err != nil {
			return err
		}
		if _, err := st.exec(st.version, r.versionArgs()...); err != nil {
			return err
		}
		if _, err := st.exec(st.audit, r.auditArgs()...); err != nil {
			return err
		}
		_, err := st.exec(st.outbox, r.outboxArgs()...)
		return err
	})
}

func (s *sqlite) cancel(_ context.Context, c cancellation) (bool, error) {
	found := false
	err := s.do(func(st *statements) error {
		res, err := st.exec(st.cancel, c.at, tenant, c.id)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		if err != nil || n == 0 {
			return err
		}
		found = true
		if _, err := st.exec(st.version, tenant, c.id, 2, c.at, c.image); err != nil {
			return err
		}
		_, err = st.exec(st.audit, tenant, c.audit, c.at, c.actor, "request.cancel", c.id, 2, c.client)
		return err
	})
	return found, err
}

func (s *sqlite) page(ctx context.Context, after string) (page []assignment, err error) {
	tx, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, tx.Commit()) }()
	if page, err = query(s, tx, scanAssignment, selectPage, tenant, after, pageSize); err != nil {
		return nil, err
	}
	targetIDs, packageIDs := wantedIDs(page)
	const among = "IN (SELECT value FROM json_each($2))"
	targets, err := query(s, tx, scanSubject, selectTargets+among, tenant, jsonList(targetIDs))
	if err != nil {
		return nil, err
	}
	packages, err := query(s, tx, scanOffer, selectPackages+among, tenant, jsonList(packageIDs))
	if err != nil {
		return nil, err
	}
	byTarget, byPackage := map[string]*subject{}, map[string]*offer{}
	for _, t := range targets {
		byTarget[t.ID] = t
	}
	for _, p := range packages {
		byPackage[p.ID] = p
	}
	expand(page, byTarget, byPackage)
	return page, nil
}

func query[T any](s *sqlite, tx *sql.Tx, scan func(scanner) (T, error), text string, args ...any) (out []T, err error) {
	s.count.Add(1)
	rows, err := tx.Query(text, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

func jsonList(ids []string) string {
	text, err := json.Marshal(ids)
	if err != nil {
		panic(err) // strings always marshal
	}
	return string(text)
}

func (s *sqlite) statements() int64 { return s.count.Load() }

func (s *sqlite) close() error {
	close(s.jobs)
	<-s.done
	return errors.Join(s.read.Close(), s.write.Close())
}

// statements are the writer's, prepared once.
type statements struct {
	begin, end, rollback                    *sql.Stmt
	mark, release, undo                     *sql.Stmt
	request, version, audit, outbox, cancel *sql.Stmt
	count                                   *atomic.Int64
}

func newStatements(ctx context.Context, conn *sql.Conn, count *atomic.Int64) (*statements, error) {
	st := &statements{count: count}
	for _, p := range []struct {
		to   **sql.Stmt
		text string
	}{
		{&st.begin, "BEGIN IMMEDIATE"},
		{&st.end, "COMMIT"},
		{&st.rollback, "ROLLBACK"},
		{&st.mark, "SAVEPOINT s"},
		{&st.release, "RELEASE s"},
		{&st.undo, "ROLLBACK TO s"},
		{&st.request, insertRequest},
		{&st.version, insertVersion},
		{&st.audit, insertAudit},
		{&st.outbox, insertOutbox},
		{&st.cancel, cancelRequest},
	} {
		var err error
		if *p.to, err = conn.PrepareContext(ctx, p.text); err != nil {
			return nil, fmt.Errorf("%s: %w", p.text, err)
		}
	}
	return st, nil
}

func (st *statements) exec(stmt *sql.Stmt, args ...any) (sql.Result, error) {
	st.count.Add(1)
	return stmt.Exec(args...)
}

// commit runs the jobs one after another, each undone alone if it fails, and
// commits them together.
func (st *statements) commit(group []*job) error {
	if _, err := st.exec(st.begin); err != nil {
		return err
	}
	for _, j := range group {
		if _, err := st.exec(st.mark); err != nil {
			return err
		}
		if j.err = j.do(st); j.err != nil {
			if _, err := st.exec(st.undo); err != nil {
				return err
			}
		}
		if _, err := st.exec(st.release); err != nil {
			return err
		}
	}
	_, err := st.exec(st.end)
	return err
}
