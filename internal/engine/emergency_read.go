package engine

import (
	"context"
	"slices"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

// Emergencies lists the reviews of emergencies in the catalogs that the
// caller may read. Faults: Forbidden, Invalid.
func (e *Engine) Emergencies(ctx context.Context, who authz.Caller, q query.List, inc entitlement.Include) (query.Page[entitlement.EmergencyReviewView], error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) (query.Page[entitlement.EmergencyReviewView], error) {
		reach, err := e.listReach(ctx, r, who, authz.ReadRequests)
		if err != nil {
			return query.Page[entitlement.EmergencyReviewView]{}, err
		}
		q.Where = query.AllOf(reach.Narrow("catalog"), q.Where)
		return e.emergencies(ctx, r, who, q, inc)
	})
}

// MyEmergencies lists the reviews that wait for the caller's decision (on is
// "reviewer") or that are about the caller ("target"). Faults: Forbidden,
// Invalid for another on.
func (e *Engine) MyEmergencies(ctx context.Context, who authz.Caller, on string, q query.List, inc entitlement.Include) (query.Page[entitlement.EmergencyReviewView], error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) (query.Page[entitlement.EmergencyReviewView], error) {
		none := query.Page[entitlement.EmergencyReviewView]{}
		if err := authz.Token(who, authz.ReadOwnRequests); err != nil {
			return none, err
		}
		switch on {
		case "target":
			q.Where = query.AllOf(equal("target", who.ID()), q.Where)
		case "reviewer":
			mine, err := e.toReview(ctx, r, who)
			if err != nil {
				return none, err
			}
			q.Where = query.AllOf(query.In{Field: "id", Values: values(mine)}, q.Where)
		default:
			return none, unknownOn(on, "reviewer, target")
		}
		return e.emergencies(ctx, r, who, q, inc)
	})
}

// toReview returns the reviews that wait for the caller. All that wait are
// looked at: emergencies are few, and the index finds them.
func (e *Engine) toReview(ctx context.Context, r store.Reader, who authz.Caller) ([]entitlement.RequestID, error) {
	pending := query.In{Field: "status", Values: []query.Value{string(entitlement.EmergencyOpen), string(entitlement.EmergencyOverdue)}}
	waiting, err := everyRow(ctx, r.Emergencies, pending)
	if err != nil {
		return nil, err
	}
	j, err := e.newReviewing(ctx, r, who, waiting)
	if err != nil {
		return nil, err
	}
	var mine []entitlement.RequestID
	for _, x := range waiting {
		ok, err := j.may(ctx, x)
		if err != nil {
			return nil, err
		}
		if ok {
			mine = append(mine, x.ID)
		}
	}
	return mine, nil
}

func (e *Engine) emergencies(ctx context.Context, r store.Reader, who authz.Caller, q query.List, inc entitlement.Include) (query.Page[entitlement.EmergencyReviewView], error) {
	page, err := r.Emergencies(ctx, q)
	if err != nil {
		return query.Page[entitlement.EmergencyReviewView]{}, err
	}
	views, err := e.emergencyViews(ctx, r, who, page.Rows, inc)
	return query.Page[entitlement.EmergencyReviewView]{Rows: views, Next: page.Next, Count: page.Count}, err
}

// Emergency returns one review, to those who may read requests of its
// catalog, to its reviewers and to whom it is about. Faults: Forbidden,
// NotFound.
func (e *Engine) Emergency(ctx context.Context, who authz.Caller, id entitlement.RequestID, inc entitlement.Include) (entitlement.EmergencyReviewView, error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) (entitlement.EmergencyReviewView, error) {
		none := entitlement.EmergencyReviewView{}
		x, missing := r.Emergency(ctx, id)
		if missing != nil && !fault.Is(missing, fault.NotFound) {
			return none, missing
		}
		if missing == nil && authz.Token(who, authz.ReadOwnRequests) == nil {
			own := slices.Contains(x.Barred, who.ID())
			if !own {
				j, err := e.newReviewing(ctx, r, who, []entitlement.EmergencyReview{x})
				if err != nil {
					return none, err
				}
				if own, err = j.named(ctx, x); err != nil {
					return none, err
				}
			}
			if own {
				views, err := e.emergencyViews(ctx, r, who, []entitlement.EmergencyReview{x}, inc)
				return orFirst(views, err)
			}
		}
		reach, err := e.reach(ctx, r, who, authz.ReadRequests)
		if err != nil {
			return none, err
		}
		if missing != nil {
			return none, reach.Missing(missing)
		}
		if err := reach.Check(x.Catalog); err != nil {
			return none, err
		}
		views, err := e.emergencyViews(ctx, r, who, []entitlement.EmergencyReview{x}, inc)
		return orFirst(views, err)
	})
}

func orFirst[T any](all []T, err error) (T, error) {
	if err != nil {
		var none T
		return none, err
	}
	return all[0], nil
}

func (e *Engine) emergencyViews(ctx context.Context, r store.Reader, who authz.Caller, rows []entitlement.EmergencyReview, inc entitlement.Include) ([]entitlement.EmergencyReviewView, error) {
	views := make([]entitlement.EmergencyReviewView, len(rows))
	if len(rows) == 0 {
		return views, nil
	}
	j, err := e.newReviewing(ctx, r, who, rows)
	if err != nil {
		return nil, err
	}
	for i, x := range rows {
		views[i].EmergencyReview = x
		if views[i].AssignedToMe, err = j.may(ctx, x); err != nil {
			return nil, err
		}
	}
	l := loader{r, who.Tenant}
	if sub, ok := inc.Of("target"); ok {
		subjects, err := l.subjects(ctx, distinct(views, func(v *entitlement.EmergencyReviewView) directory.ObjectID { return v.Target }), sub)
		if err != nil {
			return nil, err
		}
		for i := range views {
			views[i].OfTarget = subjects[views[i].Target]
		}
	}
	if sub, ok := inc.Of("package"); ok {
		packages, err := l.packagesByID(ctx, distinct(views, func(v *entitlement.EmergencyReviewView) entitlement.PackageID { return v.Package }), sub)
		if err != nil {
			return nil, err
		}
		for i := range views {
			views[i].OfPackage = packages[views[i].Package]
		}
	}
	return views, nil
}

// reviewing answers which reviews one caller may decide.
type reviewing struct {
	people *people
	who    authz.Caller
	reach  authz.Reach // as one who runs the catalog
	self   bool        // the token lets people decide who are named
}

// newReviewing looks ahead for the reviews that will be asked about, so that
// the number of statements does not grow with theirs.
func (e *Engine) newReviewing(ctx context.Context, r store.Reader, who authz.Caller, about []entitlement.EmergencyReview) (*reviewing, error) {
	j := &reviewing{people: newPeople(r), who: who, self: authz.Token(who, authz.ReviewEmergency) == nil}
	reach, err := e.reach(ctx, r, who, authz.ReviewAnyEmergency)
	if err != nil && !fault.Is(err, fault.Forbidden) {
		return nil, err
	}
	j.reach = reach
	var stages []entitlement.StageSettings
	var targets []directory.ObjectID
	homes := map[entitlement.RequestID]entitlement.Request{}
	for _, x := range about {
		stages, targets = append(stages, entitlement.StageSettings{Primary: x.Reviewers}), append(targets, x.Target)
		homes[x.ID] = entitlement.Request{Target: x.Target, Organization: x.Organization}
	}
	if err := j.people.expect(ctx, homes); err != nil {
		return nil, err
	}
	return j, j.people.lookAhead(ctx, stages, targets)
}

// named reports whether the caller is one of the reviewers.
func (j *reviewing) named(ctx context.Context, x entitlement.EmergencyReview) (bool, error) {
	if err := j.people.belongs(ctx, x.Target, x.Organization); err != nil {
		return false, err
	}
	return j.people.in(ctx, j.who.ID(), x.Reviewers, x.Target)
}

// may reports whether the caller may decide the review now: a reviewer may,
// and who owns the catalog or governs the tenant; never one whom it is about.
func (j *reviewing) may(ctx context.Context, x entitlement.EmergencyReview) (bool, error) {
	switch {
	case !x.Pending() || slices.Contains(x.Barred, j.who.ID()):
		return false, nil
	case j.reach.Covers(x.Catalog):
		return true, nil
	case !j.self:
		return false, nil
	}
	return j.named(ctx, x)
}
