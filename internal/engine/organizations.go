package engine

import (
	"context"
	"slices"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/store"
)

// organizationsOf finds the connected organizations of those of the people
// who are from outside, with one statement at most.
func organizationsOf(ctx context.Context, r store.Reader, persons []directory.Object) (map[directory.ObjectID]entitlement.Organization, error) {
	found := map[directory.ObjectID]entitlement.Organization{}
	keys := map[directory.ObjectID][]entitlement.SourceKey{}
	var all []entitlement.SourceKey
	for _, person := range persons {
		keys[person.ID] = entitlement.KeysOf(person)
		all = append(all, keys[person.ID]...)
	}
	if len(all) == 0 {
		return found, nil
	}
	at, err := r.OrganizationsAt(ctx, all)
	if err != nil {
		return nil, err
	}
	for _, person := range persons {
		for _, k := range keys[person.ID] {
			if o, ok := at[k]; ok && o.Fits(person) {
				found[person.ID] = o
				break
			}
		}
	}
	return found, nil
}

// noteDomains makes connected organizations of partners' tenants known by the
// domains that the operator says are theirs. It runs when the server starts.
func (e *Engine) noteDomains(ctx context.Context, tenant directory.TenantID) error {
	known := func(r store.Reader) ([]entitlement.Organization, error) {
		all, err := everyRow(ctx, r.Organizations)
		return slices.DeleteFunc(all, func(o entitlement.Organization) bool {
			return slices.Equal(o.Domains, e.settings.Partners.DomainsOf(o))
		}), err
	}
	changed, err := read(ctx, e, tenant, known)
	if err != nil || len(changed) == 0 {
		return err
	}
	return e.store.Write(ctx, tenant, store.People, func(tx store.Tx) error {
		changed, err := known(tx)
		if err != nil {
			return err
		}
		now := e.clock.Now()
		for _, o := range changed {
			o.Domains = e.settings.Partners.DomainsOf(o)
			why := e.record(ctx, entitlement.System, now, audit.OrganizationUpdated, audit.KindOrganization, string(o.ID), o.DisplayName)
			if err := tx.PutOrganization(ctx, o, versions(why, o.Version)); err != nil {
				return err
			}
		}
		return nil
	})
}
