package sqlstore

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/query"
)

var messages = listing{
	collection: "messages", table: "message",
	fields: map[string]column{
		"id":         {at: "message.id", folded: true},
		"event":      {at: "message.event"},
		"recipient":  {at: "message.recipient_id", folded: true},
		"request":    {at: "message.request_id", folded: true},
		"assignment": {at: "message.assignment_id", folded: true},
		"package":    {at: "message.package_id", folded: true},
		"at":         {at: "message.written_at"},
	},
}

const messageColumns = `id, event, kind, recipient_id, address, subject, body, request_id, assignment_id, package_id, occasion, written_at`

func scanMessage(row scanner) (entitlement.Message, error) {
	var m entitlement.Message
	err := row.Scan(&m.ID, &m.Event, &m.Kind, &m.Recipient, &m.Address, &m.Subject, &m.Text, &m.Request, &m.Assignment, &m.Package,
		&m.Occasion, instant{&m.At})
	return m, err
}

func scanNotice(row scanner) (entitlement.Notice, error) {
	var n entitlement.Notice
	var doc string
	if err := row.Scan(&n.ID, &doc); err != nil {
		return n, err
	}
	if err := json.Unmarshal([]byte(doc), &n); err != nil {
		return n, fmt.Errorf("decode notice %s: %w", n.ID, err)
	}
	return n, nil
}

func (r *reader) DueNotices(ctx context.Context, now time.Time, limit int) ([]entitlement.Notice, error) {
	return many(ctx, r, `SELECT id, doc FROM notice WHERE tenant_id = $1 AND next_due_at <= $2 ORDER BY next_due_at, id LIMIT $3`+r.claim(),
		[]any{r.no, micros(now), int64(limit)}, scanNotice)
}

func (r *reader) Messages(ctx context.Context, q query.List) (query.Page[entitlement.Message], error) {
	return list(ctx, r, messages, messageColumns, scanMessage, q, nil)
}

func (t *tx) PutNotice(_ context.Context, n entitlement.Notice) error {
	doc, err := encode(n)
	if err != nil {
		return err
	}
	t.due = earlier(t.due, n.Due)
	t.buf.add(noticeTable, string(n.ID), micros(n.Due), doc)
	return nil
}

func (t *tx) DropNotice(_ context.Context, id entitlement.NoticeID) error {
	t.buf.delete(noticeTable, string(id))
	return nil
}

func (t *tx) PutMessage(_ context.Context, m entitlement.Message) error {
	t.buf.add(messageTable, string(m.ID), string(m.Event), string(m.Kind), string(m.Recipient), m.Address, m.Subject, m.Text,
		string(m.Request), string(m.Assignment), string(m.Package), m.Occasion, micros(m.At))
	return nil
}
