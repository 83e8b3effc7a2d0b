package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// cancelAll is the guarded update with its two records, in one statement.
const cancelAll = `WITH changed AS (
		UPDATE request SET status = 'canceled', version = 2, completed_at = $1, next_due_at = NULL
		WHERE tenant = $2 AND id = $3 AND version = 1 AND status = 'accepted' RETURNING id),
	versioned AS (
		INSERT INTO version (tenant, kind, object, version, since, image)
		SELECT $2, 'request', id, 2, $1, $4 FROM changed)
	INSERT INTO audit (tenant, id, at, actor, action, kind, object, after, client)
	SELECT $2, $5, $1, $6, 'request.cancel', 'request', id, 2, $7 FROM changed`

// postgres sends every transaction as one pipelined batch. A few writers
// commit what waits together; without writers each request commits alone.
type postgres struct {
	pool    *pgxpool.Pool
	jobs    chan *batchJob // nil without writers
	writers sync.WaitGroup
	count   atomic.Int64
}

// batchJob queues its statements into a batch that others share.
type batchJob struct {
	queue  func(*pgx.Batch)
	err    error
	answer chan struct{}
}

func openPostgres(ctx context.Context, dsn string, rows, writers int) (*postgres, error) {
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, err
	}
	config.MaxConns = 16
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	p := &postgres{pool: pool}
	if err := p.prepare(ctx, rows); err != nil {
		pool.Close()
		return nil, err
	}
	if writers > 0 {
		p.jobs = make(chan *batchJob, 1024)
		for range writers {
			p.writers.Go(p.run)
		}
	}
	return p, nil
}

// prepare makes and fills the tables of an empty database.
func (p *postgres) prepare(ctx context.Context, rows int) error {
	var n int
	err := p.pool.QueryRow(ctx, "SELECT count(*) FROM package").Scan(&n)
	if err == nil || !isMissingTable(err) {
		return err
	}
	series := func(n int) string { return fmt.Sprintf("generate_series(0, %d) AS s(i)", n-1) }
	id := func(expr string) string {
		return fmt.Sprintf("'%s' || lpad(CAST(%s AS text), 12, '0')", seriesPrefix, expr)
	}
	for _, text := range append(schema, seeding(rows, series, id)...) {
		if _, err := p.pool.Exec(ctx, text); err != nil {
			return fmt.Errorf("%s: %w", text, err)
		}
	}
	_, err = p.pool.Exec(ctx, "VACUUM ANALYZE")
	return err
}

// run is a writer: it takes a job, drains what waits, sends all in one
// transaction and then answers all. It ends when the jobs' channel is closed.
func (p *postgres) run() {
	group := make([]*batchJob, 0, groupLimit)
	for first := range p.jobs {
		group = append(group[:0], first)
	drain:
		for len(group) < groupLimit {
			select {
			case next, ok := <-p.jobs:
				if !ok {
					break drain
				}
				group = append(group, next)
			default:
				break drain
			}
		}
		if err := p.send(group); err != nil {
			for _, j := range group {
				j.err = p.send([]*batchJob{j})
			}
		}
		for _, j := range group {
			close(j.answer)
		}
	}
}

// send runs the jobs in one transaction, with one round trip. A batch without
// BEGIN is a transaction of its own.
func (p *postgres) send(group []*batchJob) error {
	batch := &pgx.Batch{}
	for _, j := range group {
		j.queue(batch)
	}
	p.count.Add(int64(batch.Len()))
	// What was asked for is carried out even if the client has gone.
	return p.pool.SendBatch(context.Background(), batch).Close()
}

func (p *postgres) do(queue func(*pgx.Batch)) error {
	j := &batchJob{queue: queue}
	if p.jobs == nil {
		return p.send([]*batchJob{j})
	}
	j.answer = make(chan struct{})
	p.jobs <- j
	<-j.answer
	return j.err
}

func (p *postgres) create(_ context.Context, r request) error {
	return p.do(func(b *pgx.Batch) {
		b.Queue(insertRequest, r.requestArgs()...)
		b.Queue(insertVersion, r.versionArgs()...)
		b.Queue(insertAudit, r.auditArgs()...)
		b.Queue(insertOutbox, r.outboxArgs()...)
	})
}

func (p *postgres) cancel(_ context.Context, c cancellation) (bool, error) {
	found := false
	err := p.do(func(b *pgx.Batch) {
		b.Queue(cancelAll, c.at, tenant, c.id, c.image, c.audit, c.actor, c.client).Exec(func(tag pgconn.CommandTag) error {
			found = tag.RowsAffected() == 1
			return nil
		})
	})
	return found, err
}

func (p *postgres) page(ctx context.Context, after string) ([]assignment, error) {
	p.count.Add(3)
	rows, err := p.pool.Query(ctx, selectPage, tenant, after, pageSize)
	if err != nil {
		return nil, err
	}
	page, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (assignment, error) { return scanAssignment(row) })
	if err != nil {
		return nil, err
	}
	targetIDs, packageIDs := wantedIDs(page)
	targets, packages := map[string]*subject{}, map[string]*offer{}
	batch := &pgx.Batch{}
	batch.Queue(selectTargets+"= ANY($2)", tenant, targetIDs).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			s, err := scanSubject(rows)
			if err != nil {
				return err
			}
			targets[s.ID] = s
		}
		return rows.Err()
	})
	batch.Queue(selectPackages+"= ANY($2)", tenant, packageIDs).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			o, err := scanOffer(rows)
			if err != nil {
				return err
			}
			packages[o.ID] = o
		}
		return rows.Err()
	})
	if err := p.pool.SendBatch(ctx, batch).Close(); err != nil {
		return nil, err
	}
	expand(page, targets, packages)
	return page, nil
}

func (p *postgres) statements() int64 { return p.count.Load() }

func (p *postgres) close() error {
	if p.jobs != nil {
		close(p.jobs)
		p.writers.Wait()
	}
	p.pool.Close()
	return nil
}
