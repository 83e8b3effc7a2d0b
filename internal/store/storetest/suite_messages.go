package storetest

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

// messageTests: what is to be told waits until it is due and is told once.
func messageTests() map[string]func(world) {
	return map[string]func(world){
		"notices come earliest first, and go": func(w world) {
			var want []entitlement.Notice
			for i := range 3 {
				want = append(want, newNotice(start.Add(time.Duration(i)*time.Hour)))
			}
			w.putAll(want[2], want[0], want[1])
			due := func(at time.Duration, limit int) []entitlement.Notice {
				return look(w, func(ctx context.Context, r store.Reader) ([]entitlement.Notice, error) {
					return r.DueNotices(ctx, start.Add(at), limit)
				})
			}
			same(w, "before the first", due(-time.Microsecond, 9), []entitlement.Notice(nil))
			same(w, "due", due(time.Hour, 9), want[:2])
			same(w, "limited", due(5*time.Hour, 1), want[:1])
			w.write(func(ctx context.Context, tx store.Tx) error { return tx.DropNotice(ctx, want[0].ID) })
			same(w, "left", due(5*time.Hour, 9), want[1:])
		},
		"a notice makes its tenant due": func(w world) {
			n := newNotice(start.Add(-900 * time.Hour))
			w.putAll(n)
			due, next, err := w.store.NextDue(w.Context(), n.Due.Add(-time.Microsecond))
			if err != nil || slices.Contains(due, w.tenant) || next.IsZero() || next.After(n.Due) {
				w.Errorf("before: due %v, next %v, %v", due, next, err)
			}
			due, _, err = w.store.NextDue(w.Context(), n.Due)
			if err != nil || !slices.Contains(due, w.tenant) {
				w.Errorf("then: due %v, %v", due, err)
			}
		},
		"a recipient gets one message about an occasion": func(w world) {
			first := newMessage("adele", "once")
			again, other := newMessage("adele", "once"), newMessage("ben", "once")
			third := newMessage("adele", "twice")
			w.putAll(first)
			w.putAll(again, other, third, newMessage("ben", "once"))
			page := look(w, func(ctx context.Context, r store.Reader) (query.Page[entitlement.Message], error) {
				return r.Messages(ctx, query.List{Limit: 9})
			})
			same(w, "outbox", page.Rows, []entitlement.Message{first, other, third})
		},
		"many messages in one transaction": func(w world) {
			var all []any
			for i := range 130 {
				all = append(all, newMessage(directory.ObjectID(fmt.Sprint(i)), "many"))
			}
			w.putAll(append(all, all...)...)
			page := look(w, func(ctx context.Context, r store.Reader) (query.Page[entitlement.Message], error) {
				return r.Messages(ctx, query.List{Limit: 1, Count: true})
			})
			same(w, "count", page.Count, int64(130))
		},
	}
}

func newNotice(due time.Time) entitlement.Notice {
	return entitlement.Notice{
		ID: newID[entitlement.NoticeID](), Due: due, Event: entitlement.ApprovalReminder, Request: "r", Assignment: "a", Stage: "s",
		At: start, By: entitlement.Actor{Kind: entitlement.ByUser, ID: "adele", Name: "Adele"}, Reason: "so",
	}
}

func newMessage(to directory.ObjectID, occasion string) entitlement.Message {
	return entitlement.Message{
		ID: newID[entitlement.MessageID](), Event: entitlement.AccessReady, Kind: entitlement.Mail, Recipient: to, Address: string(to) + "@example.com",
		Subject: "Ready", Text: "You have it.\n", Request: "r", Assignment: "a", Package: "p", Occasion: occasion, At: start,
	}
}

func (w *listWorld) inventMessages() {
	for i := range 20 {
		w.messages = append(w.messages, entitlement.Message{
			ID: entitlement.MessageID(w.newID()), Event: pick(w, entitlement.AccessReady, entitlement.ApprovalNeeded), Kind: entitlement.Mail,
			Recipient: pick(w, "", pick(w, w.objects[:5]...).ID), Address: w.nameOrNone(), Occasion: fmt.Sprint(i), At: w.instant(),
			Request:    entitlement.RequestID(pick(w, "", string(pick(w, w.requests[:5]...).ID))),
			Assignment: entitlement.AssignmentID(pick(w, "", string(pick(w, w.assignments[:5]...).ID))),
			Package:    entitlement.PackageID(pick(w, "", string(pick(w, w.packages[:5]...).ID))),
		})
	}
}

func messageRow(m entitlement.Message) listed {
	return listed{string(m.ID), map[string]query.Value{
		"id": text(m.ID), "event": text(m.Event), "recipient": text(m.Recipient), "request": text(m.Request),
		"assignment": text(m.Assignment), "package": text(m.Package), "at": at(m.At),
	}}
}
