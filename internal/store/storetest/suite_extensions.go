package storetest

import (
	"context"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/store"
)

func newExtension(c entitlement.Catalog) entitlement.CustomExtension {
	retries, timeout := 1, 500
	return entitlement.CustomExtension{
		ID: newID[entitlement.ExtensionID](), Catalog: c.ID, Kind: entitlement.RequestExtension, DisplayName: "X",
		Endpoint:       &entitlement.ExtensionEndpoint{Kind: entitlement.HTTPEndpoint, URL: "https://x"},
		Authentication: &entitlement.ExtensionAuthentication{Kind: "azureAdTokenAuthentication", Resource: "r"},
		Client:         &entitlement.ExtensionClient{MaximumRetries: &retries, TimeoutMilliseconds: &timeout},
		Callback:       &entitlement.ExtensionCallback{Kind: entitlement.PlainCallback, TimeOut: "PT1H"},
		Stamp:          stampAt(start),
	}
}

func calling(p entitlement.Package, name string, extensions ...entitlement.CustomExtension) entitlement.Policy {
	l := newPolicy(p, name)
	for _, x := range extensions {
		l.ExtensionStages = append(l.ExtensionStages, entitlement.ExtensionStage{ID: newID[string](), Stage: entitlement.AtGrant, Extension: x.ID})
	}
	return l
}

func callersOf(w world, x entitlement.CustomExtension) []string {
	w.Helper()
	found := look(w, func(ctx context.Context, r store.Reader) ([]entitlement.Policy, error) { return r.Callers(ctx, x.ID) })
	var names []string
	for _, p := range found {
		names = append(names, p.DisplayName)
	}
	return names
}

// extensionTests: extensions are kept, and the store knows which policies
// call them.
func extensionTests() map[string]func(world) {
	return map[string]func(world){
		"come back as they were put, and belong to whoever read them": func(w world) {
			c := newCatalog("Sales")
			x := newExtension(c)
			w.putAll(c, x)
			x.Version = 1
			for range 2 {
				got := look(w, func(ctx context.Context, r store.Reader) (entitlement.CustomExtension, error) {
					return r.Extension(ctx, x.ID)
				})
				same(w, "extension", any(got), any(x))
				*got.Client.MaximumRetries, got.Endpoint.URL, got.Callback.TimeOut, got.Authentication.Kind = 7, "x", "x", "x"
			}
		},
		"connectors come back as they were put, until they are deleted": func(w world) {
			c := entitlement.OriginConnector{
				ID: newID[entitlement.ConnectorID](), DisplayName: "SAP", Kind: entitlement.SAPAccessControl, Stamp: stampAt(start),
				Connection: &entitlement.Connection{
					Kind: entitlement.SAPAccessControlConnection, URL: "https://x", Authentication: &entitlement.ConnectionSecurity{Kind: "k"},
				},
			}
			w.putAll(c)
			c.Version = 1
			all := func() []entitlement.OriginConnector {
				return look(w, func(ctx context.Context, r store.Reader) ([]entitlement.OriginConnector, error) {
					return r.OriginConnectors(ctx)
				})
			}
			for range 2 {
				got := all()
				same(w, "connectors", got, []entitlement.OriginConnector{c})
				got[0].Connection.Authentication.Kind, got[0].Connection.URL = "x", "x"
			}
			w.write(func(ctx context.Context, tx store.Tx) error {
				return tx.DeleteOriginConnector(ctx, c.ID, record(audit.KindConnector, string(c.ID), start))
			})
			same(w, "connectors that are left", all(), []entitlement.OriginConnector(nil))
		},
		"know who calls them, once": func(w world) {
			c := newCatalog("Sales")
			p := newPackage(c, "Reader")
			x, y := newExtension(c), newExtension(c)
			a, b := calling(p, "A", x, x, y), calling(p, "B", x)
			b.Approval.Stages = []entitlement.StageSettings{{TimeOut: "P1D", Dynamic: true, Extension: y.ID}}
			w.putAll(c, p, x, y, a, b)
			same(w, "callers of x", callersOf(w, x), []string{"A", "B"})
			same(w, "callers of y", callersOf(w, y), []string{"A", "B"})
			a.Version, a.ExtensionStages = 1, nil
			w.putAll(a)
			same(w, "callers of x", callersOf(w, x), []string{"B"})
			w.write(func(ctx context.Context, tx store.Tx) error {
				return tx.DeletePolicy(ctx, b.ID, record(audit.KindPolicy, string(b.ID), start))
			})
			same(w, "callers of y", callersOf(w, y), []string(nil))
			w.write(func(ctx context.Context, tx store.Tx) error {
				return tx.DeleteExtension(ctx, x.ID, record(audit.KindExtension, string(x.ID), start))
			})
			_, err := tryLook(w, func(ctx context.Context, r store.Reader) (entitlement.CustomExtension, error) {
				return r.Extension(ctx, x.ID)
			})
			wantFault(w, "a deleted extension", err, fault.NotFound)
		},
		"cannot go while a policy calls them, nor be called when they are gone": func(w world) {
			c := newCatalog("Sales")
			p := newPackage(c, "Reader")
			x := newExtension(c)
			w.putAll(c, p, x, calling(p, "A", x))
			wantFault(w, "delete", w.tryWrite(func(ctx context.Context, tx store.Tx) error {
				return tx.DeleteExtension(ctx, x.ID, record(audit.KindExtension, string(x.ID), start))
			}), fault.Conflict)
			wantFault(w, "call", w.tryPutAll(start, calling(p, "B", newExtension(c))), fault.Conflict)
		},
	}
}
