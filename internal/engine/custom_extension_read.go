package engine

import (
	"context"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

// Extension returns one custom extension of a catalog. Faults: Forbidden,
// NotFound.
func (e *Engine) Extension(ctx context.Context, who authz.Caller, ref entitlement.ExtensionRef) (entitlement.CustomExtension, error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) (entitlement.CustomExtension, error) {
		return e.reachExtension(ctx, r, who, authz.ReadExtensions, ref)
	})
}

// Extensions lists the custom extensions of a catalog. Faults: Forbidden,
// NotFound for the catalog.
func (e *Engine) Extensions(ctx context.Context, who authz.Caller, catalog entitlement.CatalogID, q query.List) (query.Page[entitlement.CustomExtension], error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) (query.Page[entitlement.CustomExtension], error) {
		if _, err := e.reachCatalog(ctx, r, who, authz.ReadExtensions, catalog); err != nil {
			return query.Page[entitlement.CustomExtension]{}, err
		}
		q.Where = query.AllOf(q.Where, equal("catalog", catalog))
		return r.Extensions(ctx, q)
	})
}

// extensionsByID loads custom extensions, with one statement at most.
func extensionsByID(ctx context.Context, r store.Reader, ids []entitlement.ExtensionID) (map[entitlement.ExtensionID]entitlement.CustomExtension, error) {
	return index(ctx, ids, r.Extensions, func(x *entitlement.CustomExtension) entitlement.ExtensionID { return x.ID })
}

// catalogExtensions loads the extensions of catalogs: all, and beta's older
// ones by themselves.
func (l loader) catalogExtensions(ctx context.Context, views []entitlement.CatalogView, within []string, inc entitlement.Include) error {
	load := func(name string, list func(context.Context, query.Each) (map[string]query.Page[entitlement.CustomExtension], error)) (map[string]query.Page[entitlement.CustomExtension], error) {
		if !inc.Has(name) {
			return nil, nil
		}
		return inside(ctx, inc[name], "catalog", within, list, itself, nothing)
	}
	all, err := load("extensions", l.r.ExtensionsEach)
	if err != nil {
		return err
	}
	older, err := load("legacyExtensions", func(ctx context.Context, q query.Each) (map[string]query.Page[entitlement.CustomExtension], error) {
		q.Where = query.AllOf(q.Where, equal("kind", entitlement.LegacyExtension))
		return l.r.ExtensionsEach(ctx, q)
	})
	for i := range views {
		views[i].Extensions, views[i].LegacyExtensions = all[string(views[i].ID)], older[string(views[i].ID)]
	}
	return err
}

// stageSettings puts the extensions beside the stages at which the policies
// call them.
func (l loader) stageSettings(ctx context.Context, views []entitlement.PolicyView, inc entitlement.Include) error {
	found := map[entitlement.ExtensionID]entitlement.CustomExtension{}
	if inc.Has("extension") {
		var calls []entitlement.ExtensionStage
		for _, v := range views {
			calls = append(calls, v.ExtensionStages...)
		}
		var err error
		ids := distinct(calls, func(s *entitlement.ExtensionStage) entitlement.ExtensionID { return s.Extension })
		if found, err = extensionsByID(ctx, l.r, ids); err != nil {
			return err
		}
	}
	for i := range views {
		views[i].Settings = make([]entitlement.StageSettingView, len(views[i].ExtensionStages))
		for j, s := range views[i].ExtensionStages {
			views[i].Settings[j].ExtensionStage = s
			if x, ok := found[s.Extension]; ok {
				views[i].Settings[j].Of = &x
			}
		}
	}
	return nil
}
