package emulator

import (
	"cmp"
	"net/http"
	"slices"
	"time"

	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

// keptMessages is how many messages GET /_emulator/messages shows.
const keptMessages = 1000

// Message is a mail or a webhook that stands in the outbox.
type Message struct {
	Event      string `json:"event"`
	Kind       string `json:"kind"`
	To         string `json:"to"`        // the address, or the recipient where there is none
	Recipient  string `json:"recipient"` // object id
	Subject    string `json:"subject"`
	Text       string `json:"text"`
	At         string `json:"at"`
	Request    string `json:"request,omitempty"`
	Assignment string `json:"assignment,omitempty"`
	Package    string `json:"accessPackage,omitempty"`

	when time.Time
}

func (e *Emulator) messages(r *http.Request) (any, error) {
	var page query.Page[entitlement.Message]
	err := e.world.Store.Read(r.Context(), e.world.Tenant, func(s store.Reader) (err error) {
		page, err = s.Messages(r.Context(), query.List{Order: []query.Order{{Field: "id", Desc: true}}, Limit: keptMessages})
		return err
	})
	out := make([]Message, len(page.Rows))
	for i, m := range page.Rows {
		out[i] = Message{
			Event: string(m.Event), Kind: string(m.Kind), To: cmp.Or(m.Address, string(m.Recipient)), Recipient: string(m.Recipient),
			Subject: m.Subject, Text: m.Text, At: stamp(m.At), when: m.At,
			Request: string(m.Request), Assignment: string(m.Assignment), Package: string(m.Package),
		}
	}
	slices.Reverse(out)
	out = append(out, e.world.Callouts.list()...)
	slices.SortStableFunc(out, func(a, b Message) int { return a.when.Compare(b.when) })
	return map[string][]Message{"messages": out[max(0, len(out)-keptMessages):]}, err
}
