package engine

import (
	"context"
	"slices"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/store"
)

// submitActions names what each kind of request is called in the audit log
// when it is made.
var submitActions = map[entitlement.RequestKind]audit.Action{
	entitlement.UserAdd:        audit.UserRequested,
	entitlement.OnBehalfAdd:    audit.UserRequested,
	entitlement.AdminAdd:       audit.AdminAssigned,
	entitlement.UserExtend:     audit.UserExtension,
	entitlement.UserUpdate:     audit.UserUpdate,
	entitlement.AdminUpdate:    audit.AdminUpdated,
	entitlement.UserRemove:     audit.UserRemoval,
	entitlement.AdminRemove:    audit.AdminRemoved,
	entitlement.ApproverRemove: audit.ApproverRemoved,
}

// Submit makes a request for access, for a change of it or for its end (requests.md section 6).
// It is accepted at once and processed later. Faults: Invalid with the code
// of the rule that refused it, Forbidden, NotFound for an unknown package.
func (e *Engine) Submit(ctx context.Context, who authz.Caller, s entitlement.Submission) (entitlement.RequestView, error) {
	action, ok := submitActions[s.Kind]
	if !ok {
		return entitlement.RequestView{}, fault.New(fault.Invalid, "RequestTypeNotAllowed",
			"A request of the type %q cannot be made here; use userAdd, userExtend, userUpdate, userRemove, adminAdd, adminUpdate, adminRemove or approverRemove.", s.Kind).At("requestType")
	}
	var made entitlement.Request
	err := e.guarded(ctx, who, action, audit.KindRequest, string(s.Package), func() error {
		return e.store.Write(ctx, who.Tenant, store.People, func(tx store.Tx) error {
			if again, err := sentBefore(ctx, tx, who, s, e.clock.Now()); again != nil || err != nil {
				made = orNone(again)
				return err
			}
			r, err := e.submit(ctx, tx, who, s)
			if err != nil {
				return err
			}
			made = r
			if s.ValidateOnly {
				return nil
			}
			if err := remember(ctx, tx, who, s, r); err != nil {
				return err
			}
			made.Version++
			why := e.record(ctx, who.Actor, r.CreatedAt, action, audit.KindRequest, string(r.ID), string(r.Kind))
			if who.ID() != r.Target {
				why.OnBehalf = r.Target
			}
			return tx.PutRequest(ctx, r, versions(why, 0))
		})
	})
	return entitlement.RequestView{Request: made, ValidationOnly: s.ValidateOnly}, err
}

func (e *Engine) submit(ctx context.Context, tx store.Tx, who authz.Caller, s entitlement.Submission) (entitlement.Request, error) {
	switch {
	case s.Kind.Removes():
		return e.submitRemoval(ctx, tx, who, s)
	case s.Kind.Updates():
		return e.submitUpdate(ctx, tx, who, s)
	}
	return e.submitAdd(ctx, tx, who, s)
}

func (e *Engine) submitAdd(ctx context.Context, tx store.Tx, who authz.Caller, s entitlement.Submission) (entitlement.Request, error) {
	admin := s.Kind == entitlement.AdminAdd
	reach, err := e.submitReach(ctx, tx, who, admin)
	if err != nil {
		return entitlement.Request{}, err
	}
	if s.Package == "" {
		return entitlement.Request{}, fault.New(fault.Invalid, "InvalidModel", "A request for access names the access package: set assignment.accessPackageId.").At("assignment.accessPackageId")
	}
	if admin && s.Policy == "" {
		return entitlement.Request{}, fault.New(fault.Invalid, "InvalidModel",
			"A policy is required for a direct assignment: set assignment.assignmentPolicyId.").At("assignment.assignmentPolicyId")
	}
	offer, err := tx.Offer(ctx, s.Package)
	if err != nil {
		if admin {
			err = reach.Missing(err)
		}
		return entitlement.Request{}, err
	}
	if admin {
		if err := reach.Check(offer.Catalog.ID); err != nil {
			return entitlement.Request{}, err
		}
	}
	if err := s.CheckCatalog(entitlement.Facts{Catalog: offer.Catalog, Admin: admin}); err != nil {
		return entitlement.Request{}, err
	}
	s, newcomer, err := e.addressee(ctx, tx, who, s)
	if err != nil {
		return entitlement.Request{}, err
	}
	standing, err := tx.Standing(ctx, s.Target, s.Package)
	if err != nil {
		return entitlement.Request{}, err
	}
	standing.Target, newcomer = meet(standing.Target, newcomer)
	p := newPeople(tx)
	p.know(standing.Target)
	f := entitlement.Facts{
		Package: offer.Package, Catalog: offer.Catalog, Target: standing.Target,
		Open: standing.Open, Active: standing.Active, Admin: admin, Now: e.clock.Now(),
	}
	if f.Returning, err = returning(ctx, tx, f); err != nil {
		return entitlement.Request{}, err
	}
	if f.Policy, f.InScope, err = e.policyFor(ctx, p, who, s, offer, standing.Target); err != nil {
		return entitlement.Request{}, err
	}
	f.Policy = f.Policy.Asking(offer.Package, offer.Asking, f.Target)
	if f.Organization, err = p.knownOrganization(ctx, f.Policy, f.Target); err != nil {
		return entitlement.Request{}, err
	}
	if err := s.CheckPolicy(f); err != nil {
		return entitlement.Request{}, err
	}
	if !admin {
		if err := mayAskFor(ctx, p, who, s, f.Policy); err != nil {
			return entitlement.Request{}, err
		}
	}
	held, renews, err := renewed(ctx, p, who, s, f)
	if err != nil {
		return entitlement.Request{}, err
	}
	if renews {
		f.Held = held
		return e.decideUpdate(ctx, tx, who, s, f, offer)
	}
	judged, err := judgeOffer(ctx, tx, offer, s.Target, false, f.Now)
	if err != nil {
		return entitlement.Request{}, err
	}
	if !e.overrides(s.Kind) {
		f.Incompatible = judged.conflicts
	}
	if f.Bypass, err = e.bypasses(ctx, tx, who, s, f); err != nil {
		return entitlement.Request{}, err
	}
	if err := s.CheckAdd(f); err != nil {
		return entitlement.Request{}, err
	}
	if !s.ValidateOnly {
		if err := e.putNewcomer(ctx, tx, who, newcomer); err != nil {
			return entitlement.Request{}, err
		}
	}
	made := s.NewRequest(entitlement.RequestID(e.newID()), f, who.Actor, e.settings.DeliveryDelay)
	return made, e.noteLifted(ctx, tx, who.Actor, s, judged, f.Now)
}

// submitReach checks the token for the kind of request; administrators also
// need a role.
func (e *Engine) submitReach(ctx context.Context, r store.Reader, who authz.Caller, admin bool) (authz.Reach, error) {
	if !admin {
		return authz.Reach{}, authz.Token(who, authz.MakeOwnRequest)
	}
	return e.listReach(ctx, r, who, authz.MakeAdminRequest)
}

// policyFor finds the policy: the one that was named, or the best of those
// through which people may ask (requests.md section 6.2).
func (e *Engine) policyFor(ctx context.Context, p *people, who authz.Caller, s entitlement.Submission, offer store.Offer, target directory.Object) (entitlement.Policy, bool, error) {
	if s.Policy != "" {
		at := slices.IndexFunc(offer.Policies, func(c entitlement.Policy) bool { return c.ID == s.Policy })
		if at < 0 {
			return entitlement.Policy{}, false, fault.New(fault.Invalid, "PolicyNotApplicable",
				"The access package has no policy %s. Name one of its own, which getApplicablePolicyRequirements lists, or none to have it chosen.", s.Policy).At("assignment.assignmentPolicyId")
		}
		in, err := p.admits(ctx, offer.Policies[at], target)
		return offer.Policies[at], in, err
	}
	var fitting []entitlement.Policy
	barred := false
	for _, c := range offer.Policies {
		in, err := p.admits(ctx, c, target)
		if err != nil {
			return entitlement.Policy{}, false, err
		}
		if !in || !c.AcceptRequests {
			continue
		}
		may, err := p.mayAsk(ctx, who, s.Target, c)
		if err != nil {
			return entitlement.Policy{}, false, err
		}
		if may {
			fitting = append(fitting, c)
		}
		barred = barred || !may
	}
	if len(fitting) == 0 && barred && s.Target != who.ID() {
		return entitlement.Policy{}, false, mayNotAskForOthers()
	}
	chosen, err := entitlement.Choose(fitting)
	return chosen, err == nil, err
}

// mayAskFor lets people ask for themselves if the policy does, and for
// others if the policy names them as requestors for others.
func mayAskFor(ctx context.Context, p *people, who authz.Caller, s entitlement.Submission, policy entitlement.Policy) error {
	if s.Target == who.ID() {
		if policy.Requestor.SelfAdd {
			return nil
		}
		return fault.New(fault.Invalid, "PolicyNotApplicable",
			"The policy %q does not let people ask for themselves. A package manager can set enableTargetsToSelfAddAccess (acceptRequests in beta).", policy.DisplayName).At("assignment.assignmentPolicyId")
	}
	if ok, err := p.mayAsk(ctx, who, s.Target, policy); ok || err != nil {
		return err
	}
	return mayNotAskForOthers()
}

// mayAsk reports whether the policy lets the caller ask for the target.
func (p *people) mayAsk(ctx context.Context, who authz.Caller, target directory.ObjectID, policy entitlement.Policy) (bool, error) {
	if target == who.ID() {
		return policy.Requestor.SelfAdd, nil
	}
	if !policy.Requestor.OnBehalfAdd {
		return false, nil
	}
	return p.in(ctx, who.ID(), policy.Requestor.OnBehalfRequestors, target)
}

func mayNotAskForOthers() error {
	return authz.Denied(authz.MakeOwnRequest, "the policy does not let the caller ask for somebody else; "+
		"a package manager can name the caller among its onBehalfRequestors and set enableOnBehalfRequestorsToAddAccess")
}

// bypasses reports whether a direct assignment skips approval: an assignment
// manager's does not (permissions.md section 5, note 4).
func (e *Engine) bypasses(ctx context.Context, r store.Reader, who authz.Caller, s entitlement.Submission, f entitlement.Facts) (bool, error) {
	if s.Kind != entitlement.AdminAdd || !f.Policy.ApprovalRequired(s.Kind) || e.settings.AlwaysHonorApproval {
		return false, nil
	}
	reach, err := e.reach(ctx, r, who, authz.BypassApproval)
	return reach.Covers(f.Catalog.ID), err
}

func (e *Engine) submitRemoval(ctx context.Context, tx store.Tx, who authz.Caller, s entitlement.Submission) (entitlement.Request, error) {
	admin := s.Kind == entitlement.AdminRemove
	reach, err := e.submitReach(ctx, tx, who, admin)
	if err == nil && s.Kind == entitlement.ApproverRemove {
		err = authz.Token(who, authz.RevokeApproved)
	}
	if err != nil {
		return entitlement.Request{}, err
	}
	if s.Assignment == "" {
		return entitlement.Request{}, fault.New(fault.Invalid, "InvalidModel", "A removal names the assignment to end: set assignment.id.").At("assignment.id")
	}
	a, err := tx.Assignment(ctx, s.Assignment)
	if err != nil {
		if !admin && fault.Is(err, fault.NotFound) {
			err = strange()
			if s.Kind == entitlement.ApproverRemove {
				err = notApprover()
			}
		}
		return entitlement.Request{}, reachMissing(reach, admin, err)
	}
	if admin {
		if err := reach.Check(a.Catalog); err != nil {
			return entitlement.Request{}, err
		}
	} else if s.Kind != entitlement.ApproverRemove && a.Target != who.ID() {
		return entitlement.Request{}, strange()
	}
	var approved entitlement.Stage
	if s.Kind == entitlement.ApproverRemove {
		if approved, err = approvedBy(ctx, tx, who, a); err != nil {
			return entitlement.Request{}, err
		}
	}
	policy, err := tx.PolicyAt(ctx, a.Policy, a.PolicyVersion)
	if err != nil {
		return entitlement.Request{}, err
	}
	standing, err := tx.Standing(ctx, a.Target, a.Package)
	if err != nil {
		return entitlement.Request{}, err
	}
	open := standing.Open
	delivers := open != nil && open.DeliversTo(a)
	if delivers {
		open = nil
	}
	if err := s.CheckRemove(a, policy, open); err != nil {
		return entitlement.Request{}, err
	}
	if err := approved.CheckJustified(s.Justification); err != nil {
		return entitlement.Request{}, err
	}
	if delivers && !s.ValidateOnly {
		if err := e.dropOutstanding(ctx, tx, *standing.Open, a, e.clock.Now()); err != nil {
			return entitlement.Request{}, err
		}
	}
	return entitlement.NewRemoval(entitlement.RequestID(e.newID()), s.Kind, a, who.Actor, s.Justification, e.clock.Now(), e.settings.DeliveryDelay), nil
}

func reachMissing(reach authz.Reach, admin bool, err error) error {
	if admin {
		return reach.Missing(err)
	}
	return err
}

// strange is the one answer to people who name somebody else's assignment or
// one that does not exist: it tells nothing.
func strange() error {
	return authz.Denied(authz.MakeOwnRequest, "the assignment is not the caller's own; an assignment manager of its catalog can remove or change it")
}
