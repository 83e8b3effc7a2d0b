package engine

import (
	"context"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

// The load functions fill in what an Include names, for a whole page at once:
// one statement for each navigation, however many rows there are.

// expandLimit is the most elements of an expanded collection.
const expandLimit = 1000

// loader loads related objects within one transaction, for one tenant.
type loader struct {
	r      store.Reader
	tenant directory.TenantID
}

// byIDs is the list of the rows with the given ids.
func byIDs[ID ~string](ids []ID) query.List {
	in := query.In{Field: "id"}
	for _, id := range ids {
		in.Values = append(in.Values, string(id))
	}
	return query.List{Where: in, Limit: max(len(ids), 1)}
}

// distinct returns each id of the rows once, leaving out empty ones.
func distinct[T any, ID ~string](rows []T, id func(*T) ID) []ID {
	seen := make(map[ID]bool, len(rows))
	var ids []ID
	for i := range rows {
		if k := id(&rows[i]); k != "" && !seen[k] {
			seen[k] = true
			ids = append(ids, k)
		}
	}
	return ids
}

// index loads the rows with the given ids through a list and returns them by
// id.
func index[T any, ID ~string](ctx context.Context, ids []ID, list func(context.Context, query.List) (query.Page[T], error), id func(*T) ID) (map[ID]T, error) {
	byID := make(map[ID]T, len(ids))
	if len(ids) == 0 {
		return byID, nil
	}
	page, err := list(ctx, byIDs(ids))
	if err != nil {
		return nil, err
	}
	for i := range page.Rows {
		byID[id(&page.Rows[i])] = page.Rows[i]
	}
	return byID, nil
}

// ofParents is the list of all rows that belong to the given parents.
func ofParents[T any, ID ~string](field string, parents []T, id func(*T) ID) query.List {
	in := query.In{Field: field}
	for i := range parents {
		in.Values = append(in.Values, string(id(&parents[i])))
	}
	return query.List{Where: in, Limit: expandLimit}
}

// whole returns the rows of a page, or a fault if there were more: an
// expanded collection is never cut silently.
func whole[T any](page query.Page[T], err error) ([]T, error) {
	if err == nil && page.Next != nil {
		err = fault.New(fault.Invalid, "BadRequest",
			"An expanded collection holds more than %d entries in all. Ask for fewer rows with $top, or list the collection by itself.", expandLimit).At("$expand")
	}
	return page.Rows, err
}

func (l loader) requests(ctx context.Context, views []entitlement.RequestView, inc entitlement.Include) error {
	if sub, ok := inc["package"]; ok {
		packages, err := l.packagesByID(ctx, distinct(views, func(v *entitlement.RequestView) entitlement.PackageID { return v.Package }), sub)
		if err != nil {
			return err
		}
		for i := range views {
			views[i].OfPackage = packages[views[i].Package]
		}
	}
	if inc.Has("history") {
		if err := l.history(ctx, views); err != nil {
			return err
		}
	}
	if sub, ok := inc["requestor"]; ok {
		subjects, err := l.subjects(ctx, distinct(views, func(v *entitlement.RequestView) directory.ObjectID { return v.Requestor }), sub)
		if err != nil {
			return err
		}
		for i := range views {
			views[i].RequestedBy = subjects[views[i].Requestor]
		}
	}
	if sub, ok := inc["assignment"]; ok {
		return l.requestAssignments(ctx, views, sub)
	}
	return nil
}

// requestAssignments loads the assignments that the requests are about.
// Where there is none yet, the one asked for stands in, without a state.
func (l loader) requestAssignments(ctx context.Context, views []entitlement.RequestView, inc entitlement.Include) error {
	ids := distinct(views, func(v *entitlement.RequestView) entitlement.AssignmentID { return v.Assignment })
	found, err := index(ctx, ids, l.r.Assignments, func(a *entitlement.Assignment) entitlement.AssignmentID { return a.ID })
	if err != nil {
		return err
	}
	assignments := make([]entitlement.AssignmentView, len(views))
	for i, v := range views {
		a, ok := found[v.Assignment]
		if !ok {
			a = entitlement.Assignment{
				ID: v.Assignment, Catalog: v.Catalog, Package: v.Package, Policy: v.Policy,
				Target: v.Target, Request: v.ID, Schedule: v.Schedule,
			}
		}
		assignments[i].Assignment = a
	}
	if err := l.assignments(ctx, assignments, inc); err != nil {
		return err
	}
	for i := range views {
		views[i].OfAssignment = &assignments[i]
	}
	return nil
}

func (l loader) assignments(ctx context.Context, views []entitlement.AssignmentView, inc entitlement.Include) error {
	if sub, ok := inc["package"]; ok {
		packages, err := l.packagesByID(ctx, distinct(views, func(v *entitlement.AssignmentView) entitlement.PackageID { return v.Package }), sub)
		if err != nil {
			return err
		}
		for i := range views {
			views[i].OfPackage = packages[views[i].Package]
		}
	}
	if sub, ok := inc["policy"]; ok {
		policies, err := l.policiesByID(ctx, distinct(views, func(v *entitlement.AssignmentView) entitlement.PolicyID { return v.Policy }), sub)
		if err != nil {
			return err
		}
		for i := range views {
			views[i].OfPolicy = policies[views[i].Policy]
		}
	}
	if sub, ok := inc["target"]; ok {
		subjects, err := l.subjects(ctx, distinct(views, func(v *entitlement.AssignmentView) directory.ObjectID { return v.Target }), sub)
		if err != nil {
			return err
		}
		for i := range views {
			views[i].OfTarget = subjects[views[i].Target]
		}
	}
	if sub, ok := inc["requests"]; ok {
		if err := l.assignmentRequests(ctx, views, sub); err != nil {
			return err
		}
	}
	if sub, ok := inc["grants"]; ok {
		return l.assignmentGrants(ctx, views, sub)
	}
	return nil
}

func (l loader) assignmentRequests(ctx context.Context, views []entitlement.AssignmentView, inc entitlement.Include) error {
	rows, err := whole(l.r.Requests(ctx, ofParents("assignment", views, func(v *entitlement.AssignmentView) entitlement.AssignmentID { return v.ID })))
	if err != nil {
		return err
	}
	requests := make([]entitlement.RequestView, len(rows))
	for i, r := range rows {
		requests[i].Request = r
	}
	if err := l.requests(ctx, requests, inc); err != nil {
		return err
	}
	for i := range views {
		views[i].Requests = []entitlement.RequestView{}
		for _, r := range requests {
			if r.Assignment == views[i].ID {
				views[i].Requests = append(views[i].Requests, r)
			}
		}
	}
	return nil
}

func (l loader) packagesByID(ctx context.Context, ids []entitlement.PackageID, inc entitlement.Include) (map[entitlement.PackageID]*entitlement.PackageView, error) {
	found, err := index(ctx, ids, l.r.Packages, func(p *entitlement.Package) entitlement.PackageID { return p.ID })
	if err != nil {
		return nil, err
	}
	views := make([]entitlement.PackageView, 0, len(found))
	for _, p := range found {
		views = append(views, entitlement.PackageView{Package: p})
	}
	if err := l.packages(ctx, views, inc); err != nil {
		return nil, err
	}
	return pointers(views, func(v *entitlement.PackageView) entitlement.PackageID { return v.ID }), nil
}

func (l loader) policiesByID(ctx context.Context, ids []entitlement.PolicyID, inc entitlement.Include) (map[entitlement.PolicyID]*entitlement.PolicyView, error) {
	found, err := index(ctx, ids, l.r.Policies, func(p *entitlement.Policy) entitlement.PolicyID { return p.ID })
	if err != nil {
		return nil, err
	}
	views := make([]entitlement.PolicyView, 0, len(found))
	for _, p := range found {
		views = append(views, entitlement.PolicyView{Policy: p})
	}
	if err := l.policies(ctx, views, inc); err != nil {
		return nil, err
	}
	return pointers(views, func(v *entitlement.PolicyView) entitlement.PolicyID { return v.ID }), nil
}

func (l loader) catalogsByID(ctx context.Context, ids []entitlement.CatalogID, inc entitlement.Include) (map[entitlement.CatalogID]*entitlement.CatalogView, error) {
	found, err := index(ctx, ids, l.r.Catalogs, func(c *entitlement.Catalog) entitlement.CatalogID { return c.ID })
	if err != nil {
		return nil, err
	}
	views := make([]entitlement.CatalogView, 0, len(found))
	for _, c := range found {
		views = append(views, entitlement.CatalogView{Catalog: c})
	}
	if err := l.catalogs(ctx, views, inc); err != nil {
		return nil, err
	}
	return pointers(views, func(v *entitlement.CatalogView) entitlement.CatalogID { return v.ID }), nil
}

func pointers[T any, ID ~string](views []T, id func(*T) ID) map[ID]*T {
	byID := make(map[ID]*T, len(views))
	for i := range views {
		byID[id(&views[i])] = &views[i]
	}
	return byID
}

func (l loader) policies(ctx context.Context, views []entitlement.PolicyView, inc entitlement.Include) error {
	if err := l.describe(ctx, views); err != nil {
		return err
	}
	if sub, ok := inc["package"]; ok {
		packages, err := l.packagesByID(ctx, distinct(views, func(v *entitlement.PolicyView) entitlement.PackageID { return v.Policy.Package }), sub)
		if err != nil {
			return err
		}
		for i := range views {
			views[i].OfPackage = packages[views[i].Package]
		}
	}
	if sub, ok := inc["catalog"]; ok {
		catalogs, err := l.catalogsByID(ctx, distinct(views, func(v *entitlement.PolicyView) entitlement.CatalogID { return v.Policy.Catalog }), sub)
		if err != nil {
			return err
		}
		for i := range views {
			views[i].InCatalog = catalogs[views[i].Catalog]
		}
	}
	if sub, ok := inc["settings"]; ok {
		return l.stageSettings(ctx, views, sub)
	}
	return nil
}

// describe fills in the display names of the people and groups that the
// policies name, with one statement.
func (l loader) describe(ctx context.Context, views []entitlement.PolicyView) error {
	var ids []directory.ObjectID
	for _, v := range views {
		ids = append(ids, v.Subjects()...)
	}
	if len(ids) == 0 {
		return l.describeOrganizations(ctx, views)
	}
	found, err := l.r.ObjectsByID(ctx, ids)
	if err != nil {
		return err
	}
	for i := range views {
		views[i].Policy = views[i].Described(found)
	}
	return l.describeOrganizations(ctx, views)
}

func (l loader) catalogs(ctx context.Context, views []entitlement.CatalogView, inc entitlement.Include) error {
	within := ofParents("catalog", views, func(v *entitlement.CatalogView) entitlement.CatalogID { return v.ID })
	if sub, ok := inc["packages"]; ok && len(views) > 0 {
		rows, err := whole(l.r.Packages(ctx, within))
		if err != nil {
			return err
		}
		packages := make([]entitlement.PackageView, len(rows))
		for i, p := range rows {
			packages[i].Package = p
		}
		if err := l.packages(ctx, packages, sub); err != nil {
			return err
		}
		for i := range views {
			views[i].Packages = []entitlement.PackageView{}
			for _, p := range packages {
				if p.Catalog == views[i].ID {
					views[i].Packages = append(views[i].Packages, p)
				}
			}
		}
	}
	if sub, ok := inc["resources"]; ok && len(views) > 0 {
		rows, err := whole(l.r.Resources(ctx, within))
		if err != nil {
			return err
		}
		resources := resourceViews(rows)
		if err := l.resources(ctx, resources, sub); err != nil {
			return err
		}
		for i := range views {
			views[i].Resources = []entitlement.ResourceView{}
			for _, r := range resources {
				if r.Catalog == views[i].ID {
					views[i].Resources = append(views[i].Resources, r)
				}
			}
		}
	}
	if inc.Has("extensions") && len(views) > 0 {
		return l.catalogExtensions(ctx, views)
	}
	return nil
}
