package engine

import (
	"context"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

// The load functions fill in what an Include names, for a whole page at once:
// one statement for each navigation, however many rows there are.

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

func (l loader) requests(ctx context.Context, views []entitlement.RequestView, inc entitlement.Include) error {
	if sub, ok := inc.Of("package"); ok {
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
	if sub, ok := inc.Of("requestor"); ok {
		subjects, err := l.subjects(ctx, distinct(views, func(v *entitlement.RequestView) directory.ObjectID { return v.Requestor }), sub)
		if err != nil {
			return err
		}
		for i := range views {
			views[i].RequestedBy = subjects[views[i].Requestor]
		}
	}
	if sub, ok := inc.Of("assignment"); ok {
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
	if sub, ok := inc.Of("package"); ok {
		packages, err := l.packagesByID(ctx, distinct(views, func(v *entitlement.AssignmentView) entitlement.PackageID { return v.Package }), sub)
		if err != nil {
			return err
		}
		for i := range views {
			views[i].OfPackage = packages[views[i].Package]
		}
	}
	if sub, ok := inc.Of("policy"); ok {
		policies, err := l.policiesByID(ctx, distinct(views, func(v *entitlement.AssignmentView) entitlement.PolicyID { return v.Policy }), sub)
		if err != nil {
			return err
		}
		for i := range views {
			views[i].OfPolicy = policies[views[i].Policy]
		}
	}
	if sub, ok := inc.Of("target"); ok {
		subjects, err := l.subjects(ctx, distinct(views, func(v *entitlement.AssignmentView) directory.ObjectID { return v.Target }), sub)
		if err != nil {
			return err
		}
		for i := range views {
			views[i].OfTarget = subjects[views[i].Target]
		}
	}
	if inc.Has("requests") {
		if err := l.assignmentRequests(ctx, views, inc["requests"]); err != nil {
			return err
		}
	}
	if inc.Has("grants") {
		return l.assignmentGrants(ctx, views, inc["grants"])
	}
	return nil
}

func (l loader) assignmentRequests(ctx context.Context, views []entitlement.AssignmentView, part *entitlement.Part) error {
	pages, err := inside(ctx, part, "assignment", ids(views, func(v *entitlement.AssignmentView) entitlement.AssignmentID { return v.ID }), l.r.RequestsEach,
		func(r entitlement.Request) entitlement.RequestView { return entitlement.RequestView{Request: r} }, l.requests)
	for i := range views {
		views[i].Requests = pages[string(views[i].ID)]
	}
	return err
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
	if sub, ok := inc.Of("package"); ok {
		packages, err := l.packagesByID(ctx, distinct(views, func(v *entitlement.PolicyView) entitlement.PackageID { return v.Policy.Package }), sub)
		if err != nil {
			return err
		}
		for i := range views {
			views[i].OfPackage = packages[views[i].Package]
		}
	}
	if sub, ok := inc.Of("catalog"); ok {
		catalogs, err := l.catalogsByID(ctx, distinct(views, func(v *entitlement.PolicyView) entitlement.CatalogID { return v.Policy.Catalog }), sub)
		if err != nil {
			return err
		}
		for i := range views {
			views[i].InCatalog = catalogs[views[i].Catalog]
		}
	}
	if sub, ok := inc.Of("settings"); ok {
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
	within := ids(views, func(v *entitlement.CatalogView) entitlement.CatalogID { return v.ID })
	if inc.Has("packages") {
		pages, err := inside(ctx, inc["packages"], "catalog", within, l.r.PackagesEach,
			func(p entitlement.Package) entitlement.PackageView { return entitlement.PackageView{Package: p} }, l.packages)
		if err != nil {
			return err
		}
		for i := range views {
			views[i].Packages = pages[string(views[i].ID)]
		}
	}
	if inc.Has("resources") {
		pages, err := inside(ctx, inc["resources"], "catalog", within, l.r.ResourcesEach,
			func(r entitlement.Resource) entitlement.ResourceView { return entitlement.ResourceView{Resource: r} }, l.resources)
		if err != nil {
			return err
		}
		for i := range views {
			views[i].Resources = pages[string(views[i].ID)]
		}
	}
	return l.catalogExtensions(ctx, views, within, inc)
}
