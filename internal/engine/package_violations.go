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

// Violations lists the assignments to a package whose targets have something
// besides that must not be combined with it, each with the paths, unless
// exceptions lift all rules that they violate. A page may have fewer rows
// than was asked for, because exceptions are looked at last. Faults:
// Forbidden, NotFound, Invalid for a count, which nobody could tell without
// judging every row.
func (e *Engine) Violations(ctx context.Context, who authz.Caller, pkg entitlement.PackageID, q query.List, inc entitlement.Include) (query.Page[entitlement.ViolationView], error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) (query.Page[entitlement.ViolationView], error) {
		none := query.Page[entitlement.ViolationView]{Count: -1}
		if q.Count {
			return none, fault.New(fault.Invalid, "BadRequest", "Violations are not counted; list them.").At("$count")
		}
		p, err := e.reachPackage(ctx, r, who, authz.ReadRequests, pkg)
		if err != nil {
			return none, err
		}
		page, err := violators(ctx, r, p, q)
		if err != nil {
			return none, err
		}
		views, err := e.violations(ctx, r, p, page.Rows)
		if err != nil {
			return none, err
		}
		err = loader{r, who.Tenant}.violations(ctx, views, inc)
		return query.Page[entitlement.ViolationView]{Rows: views, Next: page.Next, Count: -1}, err
	})
}

// violators returns a page of the assignments to a package that may violate
// a rule.
func violators(ctx context.Context, r store.Reader, p entitlement.Package, q query.List) (query.Page[entitlement.Assignment], error) {
	rules, err := rulesOf(ctx, r)
	if err != nil || !rules.Touch(p) {
		return query.Page[entitlement.Assignment]{Count: -1}, err
	}
	beside := rules.Beside(p)
	giving, err := r.PackagesGiving(ctx, beside.Roles)
	if err != nil {
		return query.Page[entitlement.Assignment]{}, err
	}
	with := store.Combination{Packages: beside.Packages, Groups: beside.Groups}
	for _, id := range giving {
		if id != p.ID {
			with.Packages = append(with.Packages, id)
		}
	}
	q.Where = query.AllOf(equal("package", p.ID), q.Where)
	return r.Combined(ctx, with, q)
}

// violations judges assignments to a package and keeps those that violate a
// rule.
func (e *Engine) violations(ctx context.Context, r store.Reader, p entitlement.Package, assignments []entitlement.Assignment) ([]entitlement.ViolationView, error) {
	d := docket{known: []entitlement.Package{p}, asked: make([]asking, len(assignments)), now: e.clock.Now()}
	for i, a := range assignments {
		d.asked[i] = asking{Package: p.ID, Target: a.Target, Has: true}
	}
	var err error
	if d.stamp, err = r.RuleStamp(ctx); err != nil {
		return nil, err
	}
	judged, err := judge(ctx, r, d)
	if err != nil {
		return nil, err
	}
	views := []entitlement.ViolationView{}
	for i, a := range assignments {
		if len(judged[i].conflicts) > 0 {
			views = append(views, entitlement.ViolationView{Assignment: a, Conflicts: judged[i].conflicts})
		}
	}
	return views, nil
}

// Violated reports whether there seems to be anybody whom Violations would
// list.
func (e *Engine) Violated(ctx context.Context, who authz.Caller, pkg entitlement.PackageID) (bool, error) {
	const enough = 100
	page, err := e.Violations(ctx, who, pkg, query.List{Limit: enough}, nil)
	return len(page.Rows) > 0 || page.Next != nil, err
}

func (l loader) violations(ctx context.Context, views []entitlement.ViolationView, inc entitlement.Include) error {
	if sub, ok := inc.Of("target"); ok {
		subjects, err := l.subjects(ctx, distinct(views, func(v *entitlement.ViolationView) directory.ObjectID { return v.Target }), sub)
		if err != nil {
			return err
		}
		for i := range views {
			views[i].OfTarget = subjects[views[i].Target]
		}
	}
	sub, ok := inc.Of("package")
	if !ok {
		return nil
	}
	packages, err := l.packagesByID(ctx, distinct(views, func(v *entitlement.ViolationView) entitlement.PackageID { return v.Package }), sub)
	for i := range views {
		views[i].OfPackage = packages[views[i].Package]
	}
	return err
}

// AdditionalAccess lists the assignments to a package whose targets also have
// an incompatible one (requests.md section 17). Without the one or the other
// it is about all packages that rules name: without other, about those that
// must not be combined with pkg; without pkg, about those that must not be
// combined with other. Faults: Forbidden, for either package; NotFound;
// Invalid if both are the same.
func (e *Engine) AdditionalAccess(ctx context.Context, who authz.Caller, pkg, other entitlement.PackageID, q query.List, inc entitlement.Include) (query.Page[entitlement.AssignmentView], error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) (query.Page[entitlement.AssignmentView], error) {
		none := query.Page[entitlement.AssignmentView]{Count: -1}
		reach, err := e.listReach(ctx, r, who, authz.ReadRequests)
		if err != nil {
			return none, err
		}
		if pkg == other && pkg != "" {
			return none, fault.New(fault.Invalid, "BadRequest", "accessPackageId and incompatibleAccessPackageId must name two different access packages.").
				At("incompatibleAccessPackageId")
		}
		for _, id := range []entitlement.PackageID{pkg, other} {
			if id == "" {
				continue
			}
			if _, err := e.reachPackage(ctx, r, who, authz.ReadRequests, id); err != nil {
				return none, err
			}
		}
		with := store.Combination{Packages: []entitlement.PackageID{other}}
		among := []entitlement.PackageID{pkg}
		if pkg == "" || other == "" {
			rules, err := rulesOf(ctx, r)
			if err != nil {
				return none, err
			}
			switch {
			case pkg != "":
				with.Packages = rules.Partners(pkg)
			case other != "":
				among = rules.Partners(other)
			default:
				with, among = store.Combination{Configured: true}, rules.Paired()
			}
		}
		if len(among) == 0 || len(with.Packages) == 0 && !with.Configured {
			if q.Count {
				none.Count = 0
			}
			return none, nil
		}
		in := query.In{Field: "package"}
		for _, id := range among {
			in.Values = append(in.Values, string(id))
		}
		q.Where = query.AllOf(in, q.Where, reach.Narrow("catalog"))
		page, err := r.Combined(ctx, with, q)
		if err != nil {
			return none, err
		}
		views := make([]entitlement.AssignmentView, len(page.Rows))
		for i, a := range page.Rows {
			views[i].Assignment = a
		}
		err = loader{r, who.Tenant}.assignments(ctx, views, inc)
		return query.Page[entitlement.AssignmentView]{Rows: views, Next: page.Next, Count: page.Count}, err
	})
}
