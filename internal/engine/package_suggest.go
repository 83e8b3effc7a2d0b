package engine

import (
	"context"
	"maps"
	"slices"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

// relatedLimit is how many people around somebody are looked at.
const relatedLimit = 500

// Suggestions lists packages that the caller may ask for and does not have,
// with the reasons that on asks for (catalogs-and-resources.md section 10):
// what related people have, as far as the end user settings let that be told,
// and what the caller had before. Faults: Forbidden, Invalid for another on.
func (e *Engine) Suggestions(ctx context.Context, who authz.Caller, on string, q query.List, inc entitlement.Include) (query.Page[entitlement.SuggestionView], error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) (query.Page[entitlement.SuggestionView], error) {
		none := query.Page[entitlement.SuggestionView]{Count: -1}
		err := authz.Token(who, authz.DiscoverPackages)
		if who.AppOnly() {
			_, err = e.listReach(ctx, r, who, authz.ReadPackages)
		}
		if err != nil {
			return none, err
		}
		reasons, err := entitlement.ReadSuggestionReasons(on)
		if err != nil {
			return none, err
		}
		if who.AppOnly() {
			reasons = entitlement.SuggestionReasons{} // nobody is around an application, and it asks for nothing
		}
		found, err := suggest(ctx, r, who.ID(), reasons)
		if err != nil {
			return none, err
		}
		if len(found) == 0 {
			if q.Count {
				none.Count = 0
			}
			return none, nil
		}
		ids := slices.Sorted(maps.Keys(found))
		q.Where = query.AllOf(q.Where, query.In{Field: "id", Values: values(ids)})
		page, err := e.discover(ctx, r, who, q)
		if err != nil {
			return none, err
		}
		if sub, ok := inc.Of("package"); ok {
			if err := (loader{r, who.Tenant}).available(ctx, page.Rows, sub); err != nil {
				return none, err
			}
		}
		views := make([]entitlement.SuggestionView, len(page.Rows))
		for i := range page.Rows {
			views[i] = found[page.Rows[i].ID]
			if inc.Has("package") {
				views[i].Of = &page.Rows[i]
			}
		}
		return query.Page[entitlement.SuggestionView]{Rows: views, Next: page.Next, Count: page.Count}, nil
	})
}

// suggest gathers the reasons, with six statements at most.
func suggest(ctx context.Context, r store.Reader, me directory.ObjectID, reasons entitlement.SuggestionReasons) (map[entitlement.PackageID]entitlement.SuggestionView, error) {
	people := map[directory.ObjectID]directory.Object{}
	named := false
	if reasons.RelatedPeople {
		settings, err := r.TenantSettings(ctx)
		if err != nil {
			return nil, err
		}
		level := settings.Insight()
		named = level == entitlement.InsightNames
		if level != entitlement.InsightDisabled {
			if people, err = relatedTo(ctx, r, me); err != nil {
				return nil, err
			}
		}
	}
	var past []entitlement.PastAccess
	if reasons.History {
		var err error
		if past, err = r.PastAccess(ctx, me); err != nil {
			return nil, err
		}
	}
	if len(people) == 0 && len(past) == 0 {
		return nil, nil
	}
	held, err := r.PackageHolders(ctx, append(slices.Sorted(maps.Keys(people)), me))
	return entitlement.Suggest(me, held, past, people, named), err
}

// relatedTo returns the people around somebody: the manager, those who have
// the same manager, those who report to the person.
func relatedTo(ctx context.Context, r store.Reader, me directory.ObjectID) (map[directory.ObjectID]directory.Object, error) {
	mine, err := newPeople(r).object(ctx, me)
	if err != nil || mine.User == nil {
		return nil, err
	}
	around := query.In{Field: "manager", Values: []query.Value{string(me)}}
	if boss := mine.User.ManagerID; boss != "" {
		around.Values = append(around.Values, string(boss))
	}
	page, err := r.Objects(ctx, directory.KindUser, query.List{Where: around, Limit: relatedLimit})
	if err != nil {
		return nil, err
	}
	people := map[directory.ObjectID]directory.Object{}
	for _, o := range page.Rows {
		people[o.ID] = o
	}
	if boss := mine.User.ManagerID; boss != "" {
		found, err := r.ObjectsByID(ctx, []directory.ObjectID{boss})
		if err != nil {
			return nil, err
		}
		if o, ok := found[boss]; ok && !o.Deleted() {
			people[boss] = o
		}
	}
	delete(people, me)
	return people, nil
}
