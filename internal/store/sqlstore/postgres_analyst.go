package sqlstore

import (
	"context"
	"sync"

	"github.com/jackc/pgx/v5"
)

// analyst has PostgreSQL count tables that have doubled. Plans are kept, and
// a plan made while a table was empty may walk through an index in which
// every row of the tenant stands. The server would come to count by itself
// about a minute later; a new tenant, or an import, does not wait for that.
type analyst struct {
	mu    sync.Mutex
	known map[string]int // rows when the table was counted last
	added map[string]int // rows added since, by this process
	wake  chan struct{}
}

// countAtLeast is how many new rows are worth counting a table for.
const countAtLeast = 500

func newAnalyst() *analyst {
	return &analyst{known: map[string]int{}, added: map[string]int{}, wake: make(chan struct{}, 1)}
}

// grown notes rows that were added to a table.
func (a *analyst) grown(table string, rows int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.added[table] += rows
	if !a.doubled(table) {
		return
	}
	select {
	case a.wake <- struct{}{}:
	default: // it is awake
	}
}

func (a *analyst) doubled(table string) bool {
	return a.added[table] >= max(countAtLeast, a.known[table])
}

// learn reads how many rows the server counted before.
func (a *analyst) learn(ctx context.Context, d *postgresDB) error {
	rows, err := d.pool.Query(ctx, `SELECT relname, CAST(reltuples AS BIGINT) FROM pg_class
		WHERE relnamespace = CAST(current_schema() AS regnamespace) AND relkind = 'r' AND reltuples > 0`)
	if err != nil {
		return err
	}
	var table string
	var count int
	a.mu.Lock()
	defer a.mu.Unlock()
	_, err = pgx.ForEachRow(rows, []any{&table, &count}, func() error {
		a.known[table] = count
		return nil
	})
	return err
}

// run counts until the context ends.
func (a *analyst) run(ctx context.Context, d *postgresDB) {
	for {
		select {
		case <-a.wake:
		case <-ctx.Done():
			return
		}
		for table, ok := a.next(); ok; table, ok = a.next() {
			if _, err := d.pool.Exec(ctx, "ANALYZE "+pgx.Identifier{table}.Sanitize()); err != nil && ctx.Err() == nil {
				d.log.WarnContext(ctx, "a table that has grown could not be counted", "table", table, "err", err)
			}
		}
	}
}

// next takes a table that has doubled. What is added meanwhile counts towards
// the next time.
func (a *analyst) next() (string, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for table := range a.added {
		if a.doubled(table) {
			a.known[table] += a.added[table]
			delete(a.added, table)
			return table, true
		}
	}
	return "", false
}
