package engine

import (
	"context"
	"slices"
	"time"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/store"
)

// submitUpdate makes a request that changes an assignment: its end, the
// answers, or both. The body names the assignment, or the package (and the
// policy, if need be) and the target.
func (e *Engine) submitUpdate(ctx context.Context, tx store.Tx, who authz.Caller, s entitlement.Submission) (entitlement.Request, error) {
	none := entitlement.Request{}
	admin := s.Kind == entitlement.AdminUpdate
	reach, err := e.submitReach(ctx, tx, who, admin)
	if err != nil {
		return none, err
	}
	if s, err = identified(ctx, tx, who, s); err != nil {
		if !admin && fault.Is(err, fault.NotFound) {
			err = strange()
		}
		return none, reachMissing(reach, admin, err)
	}
	offer, err := tx.Offer(ctx, s.Package)
	if err != nil {
		return none, reachMissing(reach, admin, err)
	}
	if admin {
		if err := reach.Check(offer.Catalog.ID); err != nil {
			return none, err
		}
	}
	standing, err := tx.Standing(ctx, s.Target, s.Package)
	if err != nil {
		return none, err
	}
	p := newPeople(tx)
	p.know(standing.Target)
	f := entitlement.Facts{
		Package: offer.Package, Catalog: offer.Catalog, Target: standing.Target,
		Open: standing.Open, Admin: admin, Now: e.clock.Now(),
	}
	f.Held, f.Policy, err = changed(s, standing.Active, offer.Policies)
	if !admin && s.Target != who.ID() && (err != nil || !mayUpdateFor(ctx, p, who, s, f.Policy, &err)) {
		if fault.Is(err, fault.Invalid) || err == nil {
			err = strange() // what somebody else has is not theirs to know
		}
		return none, err
	}
	if err != nil {
		return none, err
	}
	if !admin && s.Target == who.ID() && !f.Policy.Requestor.SelfUpdate {
		return none, fault.New(fault.Invalid, "PolicyNotApplicable",
			"The policy %q does not let people extend or change their own access; ask an assignment manager.", f.Policy.DisplayName)
	}
	f.Policy = f.Policy.Asking(offer.Package, offer.Asking, f.Target)
	if f.InScope, err = p.admits(ctx, f.Policy, standing.Target); err != nil {
		return none, err
	}
	return e.decideUpdate(ctx, tx, who, s, f, offer)
}

// identified fills in package, policy and target of the assignment that the
// submission names by its id.
func identified(ctx context.Context, r store.Reader, who authz.Caller, s entitlement.Submission) (entitlement.Submission, error) {
	if s.Assignment == "" {
		if s.Package == "" {
			return s, fault.New(fault.Invalid, "InvalidModel",
				"Name the assignment to change by assignment.id, or by assignment.accessPackageId and assignment.targetId.").At("assignment.id")
		}
		if s.Target == "" {
			s.Target = who.ID()
		}
		return s, nil
	}
	a, err := r.Assignment(ctx, s.Assignment)
	if err != nil {
		return s, err
	}
	if s.Package != "" && s.Package != a.Package || s.Policy != "" && s.Policy != a.Policy || s.Target != "" && s.Target != a.Target {
		return s, fault.New(fault.NotFound, "ResourceNotFound",
			"There is no assignment %s of this target to this access package through this policy; name it by assignment.id alone.", s.Assignment)
	}
	s.Package, s.Policy, s.Target = a.Package, a.Policy, a.Target
	return s, nil
}

// changed picks the assignment that is meant among the active ones, and its
// policy as it is now.
func changed(s entitlement.Submission, active []entitlement.Assignment, policies []entitlement.Policy) (entitlement.Assignment, entitlement.Policy, error) {
	meant := slices.DeleteFunc(slices.Clone(active), func(a entitlement.Assignment) bool {
		return s.Assignment != "" && a.ID != s.Assignment || s.Policy != "" && a.Policy != s.Policy
	})
	switch len(meant) {
	case 0:
		return entitlement.Assignment{}, entitlement.Policy{}, fault.New(fault.Invalid, "AssignmentNotActive",
			"The target has no such active assignment to the access package; ask for a new one.").At("assignment")
	case 1:
	default:
		return entitlement.Assignment{}, entitlement.Policy{}, fault.New(fault.Invalid, "PolicySelectionRequired",
			"The target has several assignments to the access package; name one of them in assignment.id.").At("assignment.id")
	}
	at := slices.IndexFunc(policies, func(p entitlement.Policy) bool { return p.ID == meant[0].Policy })
	if at < 0 {
		return entitlement.Assignment{}, entitlement.Policy{}, fault.New(fault.Invalid, "PolicyNotApplicable",
			"The policy of the assignment %s does not exist any more. It can only be removed, and asked for through another policy.", meant[0].ID)
	}
	return meant[0], policies[at], nil
}

// mayUpdateFor reports whether the policy lets the caller change the access
// of others.
func mayUpdateFor(ctx context.Context, p *people, who authz.Caller, s entitlement.Submission, policy entitlement.Policy, failed *error) bool {
	if !policy.Requestor.OnBehalfUpdate {
		return false
	}
	ok, err := p.in(ctx, who.ID(), policy.Requestor.OnBehalfRequestors, s.Target)
	*failed = err
	return ok && err == nil
}

// renewed returns the assignment that a request for access would renew: the
// target has one through the same policy, and the policy lets it last longer
// (requests.md section 6.4, check 8).
func renewed(ctx context.Context, p *people, who authz.Caller, s entitlement.Submission, f entitlement.Facts) (entitlement.Assignment, bool, error) {
	at := slices.IndexFunc(f.Active, func(a entitlement.Assignment) bool { return a.Policy == f.Policy.ID })
	if at < 0 || s.Kind == entitlement.AdminAdd || !f.Active[at].Renewable(f.Policy, f.Now) {
		return entitlement.Assignment{}, false, nil
	}
	if s.Target == who.ID() {
		return f.Active[at], f.Policy.Requestor.SelfUpdate, nil
	}
	var err error
	ok := mayUpdateFor(ctx, p, who, s, f.Policy, &err)
	return f.Active[at], ok, err
}

// decideUpdate gathers what is still unknown, checks the change and makes
// its request.
func (e *Engine) decideUpdate(ctx context.Context, tx store.Tx, who authz.Caller, s entitlement.Submission, f entitlement.Facts, offer store.Offer) (entitlement.Request, error) {
	var err error
	var judged judgement
	p := newPeople(tx)
	p.know(f.Target)
	if f.Organization, err = p.knownOrganization(ctx, f.Policy, f.Target); err != nil {
		return entitlement.Request{}, err
	}
	if s.Prolongs(f) {
		if judged, err = judgeOffer(ctx, tx, offer, s.Target, true, f.Now); err != nil {
			return entitlement.Request{}, err
		}
		f.Incompatible = judged.conflicts
	}
	if len(f.Policy.Questions) > 0 {
		if f.Before, err = answersOf(ctx, tx, f.Held.ID); err != nil {
			return entitlement.Request{}, err
		}
	}
	if err := s.CheckUpdate(f); err != nil {
		return entitlement.Request{}, err
	}
	made := s.NewUpdate(entitlement.RequestID(e.newID()), f, who.Actor, e.settings.DeliveryDelay)
	return made, e.noteLifted(ctx, tx, who.Actor, s, judged, f.Now)
}

// answersOf returns the answers that hold for an assignment: those of the
// last request that made or changed it.
func answersOf(ctx context.Context, r store.Reader, id entitlement.AssignmentID) ([]entitlement.Answer, error) {
	all, err := everyRow(ctx, r.Requests, equal("assignment", id))
	var last entitlement.Request
	for _, q := range all {
		if q.Status.Gave() && !q.Kind.Removes() && q.Kind != entitlement.SystemUpdate && !q.CompletedAt.Before(last.CompletedAt) {
			last = q
		}
	}
	return last.Answers, err
}

// startUpdate decides what delivery of a change means. An assignment that
// has ended meanwhile, and a target who has gone, make it fail.
func startUpdate(ctx context.Context, tx store.Tx, s deliveryStep, target directory.Object, now time.Time) (deliveryStep, error) {
	if !s.assignment.State.Allows(entitlement.Extended) {
		s.failure = "the assignment has ended"
		return s, nil
	}
	policy, err := tx.PolicyAt(ctx, s.request.Policy, s.request.PolicyVersion)
	if err != nil {
		return s, err
	}
	s.policy, s.more = policy, s.assignment.ProlongedBy(s.request, policy, now)
	if s.more && !target.Active() {
		s.failure = notActive
		return s, nil
	}
	change, ok := s.assignment.Update(s.request, policy, entitlement.System, now)
	if !ok {
		panic("engine: the state table has no way for a change of an assignment that is " + string(s.assignment.State))
	}
	s.update = &change
	return s, nil
}

// putUpdate writes an assignment that was changed, unless only the answers
// were, which its requests hold.
func (e *Engine) putUpdate(ctx context.Context, tx store.Tx, c entitlement.AssignmentChange) error {
	if c.After.EndsAt.Equal(c.Before.EndsAt) && c.After.Extended == c.Before.Extended && same(c.After.Collected, c.Before.Collected) {
		return nil
	}
	if err := accountFollows(ctx, tx, c); err != nil {
		return err
	}
	action := audit.AssignmentChanged
	if c.After.Extended && !c.Before.EndsAt.IsZero() && (c.After.EndsAt.IsZero() || c.After.EndsAt.After(c.Before.EndsAt)) {
		action = audit.AssignmentLonger
	}
	why := e.record(ctx, c.By, c.At, action, audit.KindAssignment, string(c.After.ID), string(c.After.State))
	why.OnBehalf = c.After.Target
	return tx.PutAssignment(ctx, c.After, versions(why, c.Before.Version))
}
