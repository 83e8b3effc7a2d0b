package storetest

import (
	"context"
	"slices"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

// records are a part of what making the world wrote down. Other suites show
// that records come back as they were written.
func (w *listWorld) records() []audit.Record {
	var all []audit.Record
	err := w.store.Read(context.Background(), w.tenant, func(r store.Reader) error {
		page, err := r.AuditRecords(context.Background(), query.List{Limit: 10_000})
		all = page.Rows
		return err
	})
	if err != nil {
		panic(err)
	}
	return slices.Clip(all)
}

func auditRow(r audit.Record) listed {
	return listed{r.ID, map[string]query.Value{
		"id": r.ID, "at": at(r.At), "action": text(r.Action), "result": text(r.Result), "actorKind": text(r.Actor.Kind),
		"actor": text(r.Actor.ID), "actorName": text(r.Actor.Name), "actorApp": text(r.Actor.App),
		"object": text(r.Object.ID), "objectKind": text(r.Object.Kind), "objectName": text(r.Object.Name), "correlation": text(r.RequestID),
	}}
}
