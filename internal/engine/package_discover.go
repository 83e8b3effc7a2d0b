package engine

import (
	"context"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

// MyPackages lists the packages that the caller may ask for: on is
// "allowedRequestor", the only way there is. Hidden ones are left out. What
// is in a package, and how its policies work, can be included by those only
// who may read the package. Faults: Forbidden, Invalid for another on.
func (e *Engine) MyPackages(ctx context.Context, who authz.Caller, on string, q query.List, inc entitlement.Include) (query.Page[entitlement.PackageView], error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) (query.Page[entitlement.PackageView], error) {
		none := query.Page[entitlement.PackageView]{}
		if on != "allowedRequestor" {
			return none, unknownOn(on, "allowedRequestor")
		}
		page, err := e.discover(ctx, r, who, q)
		if err != nil {
			return none, err
		}
		if beyondNames(inc) {
			reach, err := e.reach(ctx, r, who, authz.ReadPackages)
			if err != nil {
				return none, err
			}
			for _, v := range page.Rows {
				if err := reach.Check(v.Package.Catalog); err != nil {
					return none, err
				}
			}
		}
		return page, loader{r, who.Tenant}.packages(ctx, page.Rows, inc)
	})
}

// beyondNames reports whether more is included than the catalog of each
// package.
func beyondNames(inc entitlement.Include) bool {
	for name := range inc {
		if name != "catalog" || len(inc.Inside(name)) > 0 {
			return true
		}
	}
	return false
}

// AvailablePackages lists the packages that the caller may ask for, as
// requestors see them: the roles of those only that show them.
func (e *Engine) AvailablePackages(ctx context.Context, who authz.Caller, q query.List, inc entitlement.Include) (query.Page[entitlement.PackageView], error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) (query.Page[entitlement.PackageView], error) {
		page, err := e.discover(ctx, r, who, q)
		if err != nil {
			return page, err
		}
		return page, loader{r, who.Tenant}.available(ctx, page.Rows, inc)
	})
}

// AvailablePackage is one of AvailablePackages. A hidden package can be found
// by its id. Faults: Forbidden, NotFound, also for a package that the caller
// may not ask for.
func (e *Engine) AvailablePackage(ctx context.Context, who authz.Caller, id entitlement.PackageID, inc entitlement.Include) (entitlement.PackageView, error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) (entitlement.PackageView, error) {
		p, err := e.availableTo(ctx, r, who, id)
		if err != nil {
			return entitlement.PackageView{}, err
		}
		views := []entitlement.PackageView{{Package: p}}
		err = loader{r, who.Tenant}.available(ctx, views, inc)
		return views[0], err
	})
}

// AvailableRoleScopes returns what a package gives, to those who may ask for
// it and, if it is an application that calls, to those who may read it.
func (e *Engine) AvailableRoleScopes(ctx context.Context, who authz.Caller, id entitlement.PackageID, inc entitlement.Include) ([]entitlement.RoleScopeView, error) {
	if who.AppOnly() {
		return e.RoleScopes(ctx, who, id, inc)
	}
	v, err := e.AvailablePackage(ctx, who, id, inc.Under("roleScopes"))
	return v.Contents, err
}

// available is packages without the roles that requestors are not to see.
func (l loader) available(ctx context.Context, views []entitlement.PackageView, inc entitlement.Include) error {
	for i := range views {
		if !views[i].RoleScopesVisible {
			views[i].RoleScopes = nil
		}
	}
	return l.packages(ctx, views, inc)
}

func (e *Engine) availableTo(ctx context.Context, r store.Reader, who authz.Caller, id entitlement.PackageID) (entitlement.Package, error) {
	if err := authz.Token(who, authz.DiscoverPackages); err != nil {
		return entitlement.Package{}, err
	}
	offer, err := r.Offer(ctx, id)
	if err != nil {
		return entitlement.Package{}, err
	}
	s, err := e.newSearch(ctx, r, who)
	if err != nil {
		return entitlement.Package{}, err
	}
	open, err := offer.Catalog.OpenTo(s.me, offer.Policies, s.admits)
	if err == nil && !open {
		err = fault.New(fault.NotFound, "ResourceNotFound", "There is no access package %s that the caller may ask for.", id)
	}
	return offer.Package, err
}

// search looks for packages that one person may ask for. The store leaves
// out what is for others by name; what is left is read by the page, with
// catalogs and policies at once, and decided in memory. A second page takes
// everything, so the number of statements does not grow with that of packages.
type search struct {
	ctx      context.Context
	r        store.Reader
	people   *people
	me       directory.Object
	refs     []directory.ObjectID // the person and the groups that the person is in
	catalogs map[entitlement.CatalogID]entitlement.Catalog
}

func (e *Engine) newSearch(ctx context.Context, r store.Reader, who authz.Caller) (*search, error) {
	s := &search{ctx: ctx, r: r, people: newPeople(r), catalogs: map[entitlement.CatalogID]entitlement.Catalog{}}
	me, err := s.people.object(ctx, who.ID())
	if err != nil {
		return nil, err
	}
	s.me = e.present(who, me)
	groups, err := s.people.groupsOf(ctx, who.ID())
	s.refs = append([]directory.ObjectID{who.ID()}, groups...)
	return s, err
}

func (s *search) admits(p entitlement.Policy) (bool, error) {
	return s.people.admits(s.ctx, p, s.me)
}

// discover returns a page of the packages that the caller may ask for and
// that are not hidden.
func (e *Engine) discover(ctx context.Context, r store.Reader, who authz.Caller, q query.List) (query.Page[entitlement.PackageView], error) {
	page := query.Page[entitlement.PackageView]{Count: -1}
	if err := authz.Token(who, authz.DiscoverPackages); err != nil {
		return page, err
	}
	s, err := e.newSearch(ctx, r, who)
	if err != nil {
		return page, err
	}
	q.Where = query.AllOf(q.Where, query.Compare{Field: "hidden", Value: false})
	if q.Count {
		page.Count = 0
		if err := s.walk(query.List{Where: q.Where}, func(entitlement.Package, place) bool { page.Count++; return true }); err != nil {
			return page, err
		}
	}
	var last place
	more := false
	skip := q.Skip
	err = s.walk(query.List{Where: q.Where, Order: q.Order, After: q.After}, func(p entitlement.Package, at place) bool {
		switch {
		case skip > 0:
			skip--
		case len(page.Rows) == q.Limit:
			more = true
		default:
			page.Rows = append(page.Rows, entitlement.PackageView{Package: p})
			last = at
		}
		return !more
	})
	if err == nil && more {
		page.Next, err = s.key(last)
	}
	return page, err
}

// place is where a row was found: as which one, from 1, of a stored page.
type place struct {
	page query.List
	row  int
}

// walk visits the packages that may be asked for, in the order of q, until
// visit returns false.
func (s *search) walk(q query.List, visit func(entitlement.Package, place) bool) error {
	q.Limit = pageSize
	for {
		page, err := s.r.PackagesOffered(s.ctx, s.refs, q)
		if err != nil {
			return err
		}
		open, err := s.openAmong(page.Rows)
		if err != nil {
			return err
		}
		for i, p := range page.Rows {
			if open[i] && !visit(p, place{q, i + 1}) {
				return nil
			}
		}
		if page.Next == nil {
			return nil
		}
		q.After, q.Limit = page.Next, manyRows
	}
}

// key returns the key of a row that is not the last one of all: only the
// store knows it.
func (s *search) key(at place) ([]query.Value, error) {
	at.page.Limit = at.row
	page, err := s.r.PackagesOffered(s.ctx, s.refs, at.page)
	return page.Next, err
}

// openAmong tells for each package whether it may be asked for.
func (s *search) openAmong(packages []entitlement.Package) ([]bool, error) {
	open := make([]bool, len(packages))
	if len(packages) == 0 {
		return open, nil
	}
	if err := s.knowCatalogs(packages); err != nil {
		return nil, err
	}
	theirs := query.In{Field: "package"}
	for _, p := range packages {
		theirs.Values = append(theirs.Values, string(p.ID))
	}
	page, err := s.r.Policies(s.ctx, query.List{Where: theirs, Limit: manyRows})
	if err != nil {
		return nil, err
	}
	of := make(map[entitlement.PackageID][]entitlement.Policy, len(packages))
	for _, p := range page.Rows {
		of[p.Package] = append(of[p.Package], p)
	}
	for i, p := range packages {
		if open[i], err = s.catalogs[p.Catalog].OpenTo(s.me, of[p.ID], s.admits); err != nil {
			return nil, err
		}
	}
	return open, nil
}

// knowCatalogs reads the catalogs of the packages that were not met before.
func (s *search) knowCatalogs(packages []entitlement.Package) error {
	unknown := distinct(packages, func(p *entitlement.Package) entitlement.CatalogID {
		if _, ok := s.catalogs[p.Catalog]; ok {
			return ""
		}
		return p.Catalog
	})
	found, err := index(s.ctx, unknown, s.r.Catalogs, func(c *entitlement.Catalog) entitlement.CatalogID { return c.ID })
	for id, c := range found {
		s.catalogs[id] = c
	}
	return err
}
