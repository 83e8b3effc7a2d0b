package engine_test

import (
	"testing"

	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/query"
)

func inEmergencies(p *entitlement.Policy) {
	p.Emergency = &entitlement.EmergencySettings{ReviewWithin: "P1D"}
}

// urgently asks for a package under a policy for emergencies.
func (w *world) urgently(name string, pkg entitlement.PackageID, policy entitlement.PolicyID) entitlement.RequestID {
	w.t.Helper()
	r, err := w.engine.Submit(w.ctx, w.as(name), entitlement.Submission{Kind: entitlement.UserAdd, Package: pkg, Policy: policy, Justification: "fire"})
	w.ok(err)
	w.advance(0)
	return r.ID
}

func (w *world) reviews() map[entitlement.RequestID]entitlement.EmergencyReview {
	w.t.Helper()
	page, err := w.engine.Emergencies(w.ctx, w.admin(), query.List{Limit: 99}, nil)
	w.ok(err)
	all := map[entitlement.RequestID]entitlement.EmergencyReview{}
	for _, x := range page.Rows {
		all[x.ID] = x.EmergencyReview
	}
	return all
}

func TestExtendingEmergencyAccessOpensANewReview(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pkg := w.pkg(w.catalog("sales"), "vault")
	policy := w.policy(pkg, inEmergencies, tenDays, w.approvedBy("ben"))
	first := w.urgently("adele", pkg, policy)
	w.ok(w.engine.ReviewEmergency(w.ctx, w.admin(), first, false, "it was needed"))

	shorter, err := w.engine.Submit(w.ctx, w.as("adele"), entitlement.Submission{
		Kind: entitlement.UserUpdate, Package: pkg, Justification: "less", Schedule: until(w.clock.Now().Add(5 * day)),
	})
	w.ok(err)
	w.advance(0)
	if len(w.reviews()) != 1 {
		t.Errorf("less access opened a review: %v", w.reviews()[shorter.ID])
	}

	w.advance(day)
	again, err := w.engine.Submit(w.ctx, w.as("adele"), entitlement.Submission{Kind: entitlement.UserExtend, Package: pkg, Justification: "still burning"})
	w.ok(err)
	w.advance(0)
	x, ok := w.reviews()[again.ID]
	if !ok || x.Status != entitlement.EmergencyOpen || x.Assignment != entitlement.AssignmentID(first) || len(x.Bypassed) != 1 {
		t.Errorf("the extension has the review %+v (%v)", x, ok)
	}
	w.ok(w.engine.ReviewEmergency(w.ctx, w.admin(), again.ID, true, "it is out"))
	w.advance(0)
	if a := w.assignmentOf(first); a.Active() {
		t.Errorf("the review of the extension has not ended the access: %s", a.State)
	}
}

func TestAnApprovedExtensionOfEmergencyAccessSkippedNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pkg := w.pkg(w.catalog("sales"), "vault")
	policy := w.policy(pkg, inEmergencies, tenDays, w.approvedBy("ben"), func(p *entitlement.Policy) { p.Approval.RequiredForUpdate = true })
	w.urgently("adele", pkg, policy)
	w.advance(day)
	again, err := w.engine.Submit(w.ctx, w.as("adele"), entitlement.Submission{Kind: entitlement.UserExtend, Package: pkg, Justification: "still burning"})
	w.ok(err)
	w.advance(0)
	if _, ok := w.reviews()[again.ID]; ok {
		t.Error("there is a review before the approval")
	}
	w.decide("ben", again.ID, true)
	w.advance(0)
	if x, ok := w.reviews()[again.ID]; !ok || len(x.Bypassed) != 0 {
		t.Errorf("the review is %+v (%v)", x, ok)
	}
}

func TestExtensionsDoNotHoldUpEmergencies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sales, pkg := w.tools()
	wait, hook := w.extension(sales, "wait", waitsFor("PT1H")), w.extension(sales, "hook")
	for _, stage := range []entitlement.CalloutStage{entitlement.AtCreation, entitlement.AtApproval} {
		p := openPolicy(pkg)
		inEmergencies(&p)
		calling(stage, wait)(&p)
		_, err := w.engine.CreatePolicy(w.ctx, w.admin(), p)
		refused(t, err, fault.Invalid, "InvalidExtensionStage")
	}

	// Nor can an extension begin to wait, or a policy that calls one become
	// one for emergencies.
	urgent := w.policy(pkg, inEmergencies, calling(entitlement.AtCreation, hook), calling(entitlement.AtGrant, wait))
	_, err := w.engine.ReplaceExtension(w.ctx, w.admin(), entitlement.ExtensionRef{Catalog: sales, ID: hook}, func(x *entitlement.CustomExtension) error {
		waitsFor("PT1H")(x)
		return nil
	})
	refused(t, err, fault.Invalid, "InvalidExtensionStage")
	slow := w.policy(pkg, calling(entitlement.AtCreation, wait))
	_, err = w.engine.ReplacePolicy(w.ctx, w.admin(), slow, func(p *entitlement.Policy) error { inEmergencies(p); return nil })
	refused(t, err, fault.Invalid, "InvalidExtensionStage")

	// After access was given, an extension may take its time.
	id := w.urgently("adele", pkg, urgent)
	if a := w.assignmentOf(id); !a.Active() || !w.isReader("adele") {
		t.Errorf("the access waits: %s", a.State)
	}
}
