package storetest

import (
	"context"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/store"
)

func newUpload(r entitlement.Resource) entitlement.UploadSession {
	return entitlement.UploadSession{
		ID: newID[entitlement.UploadID](), Resource: r.ID, Reference: "June", Data: `{"a":1}`, Stamp: stampAt(start),
		Files: []entitlement.UploadedFile{{ID: newID[entitlement.FileID](), Name: "a.csv", Size: 3, UploadedAt: start}},
	}
}

// uploadTests: sessions are kept by resource, and what their files hold beside
// them.
func uploadTests() map[string]func(world) {
	content := func(w world, id entitlement.FileID) ([]byte, error) {
		return tryLook(w, func(ctx context.Context, r store.Reader) ([]byte, error) { return r.UploadedContent(ctx, id) })
	}
	return map[string]func(world){
		"come back as they were put, oldest first": func(w world) {
			c := newCatalog("Sales")
			a, b, other := newCustomData(c, "a"), newCustomData(c, "b"), newCustomData(c, "other")
			x, y, z := newUpload(a), newUpload(b), newUpload(other)
			w.putAll(c, a, b, other, x, y, z)
			x.Version, y.Version = 1, 1
			got := look(w, func(ctx context.Context, r store.Reader) ([]entitlement.UploadSession, error) {
				return r.UploadSessions(ctx, []entitlement.ResourceID{b.ID, a.ID})
			})
			same(w, "sessions", got, []entitlement.UploadSession{x, y})
			got[0].Files[0].Name = "changed" // it belongs to whoever read it
			one := look(w, func(ctx context.Context, r store.Reader) (entitlement.UploadSession, error) {
				return r.UploadSession(ctx, x.ID)
			})
			same(w, "session", one, x)
		},
		"hold bytes of any kind until the file goes, or the session": func(w world) {
			c := newCatalog("Sales")
			a := newCustomData(c, "a")
			x := newUpload(a)
			w.putAll(c, a, x)
			first, second, bytes := x.Files[0].ID, newID[entitlement.FileID](), []byte("\x00\xff'\n")
			w.write(func(ctx context.Context, tx store.Tx) error {
				if err := tx.PutUploadedContent(ctx, x.ID, first, bytes); err != nil {
					return err
				}
				return tx.PutUploadedContent(ctx, x.ID, second, bytes)
			})
			got, err := content(w, first)
			if err != nil {
				w.Fatal(err)
			}
			same(w, "content", got, bytes)
			w.write(func(ctx context.Context, tx store.Tx) error { return tx.DropUploadedContent(ctx, first) })
			_, err = content(w, first)
			wantFault(w, "a dropped file", err, fault.NotFound)
			w.write(func(ctx context.Context, tx store.Tx) error {
				return tx.DeleteUploadSession(ctx, x.ID, record(audit.KindUpload, string(x.ID), start))
			})
			_, err = content(w, second)
			wantFault(w, "a file of a deleted session", err, fault.NotFound)
		},
	}
}

func newCustomData(c entitlement.Catalog, origin string) entitlement.Resource {
	return entitlement.Resource{
		ID: newID[entitlement.ResourceID](), Catalog: c.ID, OriginSystem: entitlement.OriginCustomData, OriginID: origin,
		Type: entitlement.TypeCustomData, DisplayName: origin, Stamp: stampAt(start),
	}
}
