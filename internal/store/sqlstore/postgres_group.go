package sqlstore

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5/pgconn"
)

// committerCount is how many groups are committed at the same time: while one
// waits for the disk, the next one is sent.
const committerCount = 2

// errAlone tells a member that its group failed with an error of the server,
// so that nothing of it was written: the member has to be tried alone.
var errAlone = errors.New("the group failed")

// committers write what many transactions want to write with one commit, and
// rows of the same table with one statement. A member whose guard or key
// fails takes the group down; then each one goes alone and gets its own
// answer.
type committers struct {
	*gatherer[*member]
	db *postgresDB
}

// member is what one transaction wants to write.
type member struct {
	rest
	answer chan error
}

func newCommitters(db *postgresDB) *committers {
	g := &committers{db: db}
	g.gatherer = gather(committerCount, g.write)
	return g
}

// commit writes and waits for the outcome. errAlone means that nothing was
// written, and that the caller should try by itself.
func (g *committers) commit(last rest) error {
	m := &member{rest: last, answer: make(chan error, 1)}
	if err := g.enter(m); err != nil {
		return err
	}
	return <-m.answer
}

func (g *committers) write(group []*member) {
	err := g.send(group)
	if _, refused := errors.AsType[*pgconn.PgError](err); refused && len(group) > 1 {
		err = errAlone
	}
	for _, m := range group {
		m.answer <- err
	}
}

// send writes the group, merged by tenant, in one message.
func (g *committers) send(group []*member) error {
	ctx, cancel := context.WithTimeout(context.Background(), outcomeLimit)
	defer cancel()
	tx := &postgresConn{db: g.db}
	defer tx.release()
	return tx.commit(ctx, mergedOps(g.db.store, group))
}

func mergedOps(s *Store, group []*member) []op {
	if len(group) == 1 {
		return group[0].buf.ops(s, group[0].tenant)
	}
	merged := map[int64]*buffer{}
	var ops []op
	for _, m := range group {
		b := merged[m.tenant]
		if b == nil {
			b = &buffer{}
			merged[m.tenant] = b
		}
		b.merge(m.buf)
	}
	for tenant, b := range merged {
		ops = append(ops, b.ops(s, tenant)...)
	}
	return ops
}
