package sqlstore

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/grantkeep/grantkeep/internal/audit"
)

// tx implements store.Tx. What it puts is kept in a buffer until the end, or
// until something is read.
type tx struct {
	reader
	conn txConn
	buf  buffer

	due time.Time // the earliest instant that something put waits for
}

// txConn is a conn that changes things.
type txConn interface {
	conn
	// begin makes sure that the statements that follow are one transaction
	// up to its end.
	begin()
	// send runs the statements in order, with as few messages as can be.
	send(ctx context.Context, ops []op) error
}

func newTx(s *Store, c txConn, r reader) *tx {
	t := &tx{reader: r, conn: c}
	t.reader.conn = c
	t.flush = t.flushBuffer
	return t
}

// flushBuffer sends what is buffered, so that reads see it.
func (t *tx) flushBuffer(ctx context.Context) error {
	if t.buf.empty() {
		return nil
	}
	if err := t.sendLinks(ctx); err != nil {
		return err
	}
	ops := t.buf.ops(t.store, t.no)
	t.buf = buffer{}
	return t.send(ctx, ops)
}

// sendLinks sends the memberships, which must be sent before the records that
// they lead to are known.
func (t *tx) sendLinks(ctx context.Context) error {
	links := t.buf.linkOps(t.store, t.no)
	if len(links) == 0 {
		return nil
	}
	return t.send(ctx, links)
}

func (t *tx) send(ctx context.Context, ops []op) error {
	t.private = true
	t.conn.begin()
	return t.store.dialect.toFault(t.conn.send(ctx, ops))
}

// change runs one statement that changes something at once.
func (t *tx) change(ctx context.Context, text string, args []any, each func(scanner) error) error {
	if err := t.flushBuffer(ctx); err != nil {
		return err
	}
	return t.send(ctx, []op{{text: text, args: args, each: each, want: -1}})
}

// Note writes a record that goes with no change.
func (t *tx) Note(_ context.Context, why audit.Record) error { return t.buf.note(why) }

// keep adds the after-image of an object and the records of its change.
func (t *tx) keep(kind audit.ObjectKind, id string, version int64, image any, why []audit.Record) error {
	if len(why) == 0 {
		return fmt.Errorf("%s %s is put without an audit record", kind, id)
	}
	if id == "" {
		return fmt.Errorf("a %s is put without an id", kind)
	}
	t.buf.add(versionTable, string(kind), id, version, micros(why[0].At), image)
	return t.buf.note(why...)
}

// remove deletes an object by its id and keeps its past: its last version
// has no image.
func (t *tx) remove(ctx context.Context, table, id string, kind audit.ObjectKind, why audit.Record) error {
	var version int64
	err := t.change(ctx, "DELETE FROM "+table+" WHERE tenant_id = $1 AND id = $2 RETURNING version", []any{t.no, id},
		func(row scanner) error { return row.Scan(&version) })
	if err != nil {
		return fmt.Errorf("delete %s %s: %w", table, id, err)
	}
	if version == 0 {
		return notFound("The %s %s does not exist.", nouns[table], id)
	}
	return t.keep(kind, id, version+1, nil, []audit.Record{why})
}

// encode returns the JSON of an object, which is both its doc and its image.
func encode(v any) (string, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("encode %T: %w", v, err)
	}
	return string(b), nil
}
