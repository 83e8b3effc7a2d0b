package engine_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
)

// catalogs-and-resources.md section 3.1: assignments are not touched.
func TestAPackageMovesWithAllThatBelongsToIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	from, p, _ := w.oneGroup("CRM")
	to := w.catalog("Marketing")
	there := w.resource(to, "readers")
	asking := w.policy(p, w.approvedBy("dana"), func(p *entitlement.Policy) { p.DisplayName = "asking" })
	w.role("anna", authz.AssignmentManager, from)
	w.role("max", authz.AssignmentManager, to)
	given := w.submitUnder("adele", p, "")
	w.advance(0)
	pending := w.submitUnder("ben", p, asking)
	w.advance(0)
	enter := w.pkg(from, "Enter")
	w.bar(p, enter)
	x := w.except(w.exception("adele", p, enter, day))

	w.ok(w.engine.MovePackage(w.ctx, w.admin(), p, to))
	moved, err := w.engine.Package(w.ctx, w.admin(), p, entitlement.Include{"policies": nil})
	w.ok(err)
	if moved.Catalog != to || len(moved.RoleScopes) != 1 || moved.RoleScopes[0].Resource != there.ID || moved.RoleScopes[0].Role != there.Roles[0].ID {
		t.Errorf("moved %+v, want the roles of %s", moved.Package, there.ID)
	}
	for _, policy := range moved.Policies.Rows {
		if policy.Catalog != to {
			t.Errorf("the policy %q stayed behind", policy.DisplayName)
		}
	}
	w.ok(w.removeResource(from, "readers"))

	w.advance(0)
	assigned := w.request(given).Assignment
	for name, want := range map[string]bool{"anna": false, "max": true} {
		_, err := w.engine.Request(w.ctx, w.as(name), pending, nil)
		if want != (err == nil) {
			t.Errorf("%s reads the request: %v, want %v", name, err, want)
		}
		_, err = w.engine.Assignment(w.ctx, w.as(name), assigned, nil)
		if want != (err == nil) {
			t.Errorf("%s reads the assignment: %v, want %v", name, err, want)
		}
		_, err = w.engine.Approval(w.ctx, w.as(name), pending)
		if want != (err == nil) {
			t.Errorf("%s reads the approval: %v, want %v", name, err, want)
		}
	}
	for kind, id := range map[audit.ObjectKind]string{
		audit.KindPackage: string(p), audit.KindPolicy: string(asking), audit.KindRequest: string(pending), audit.KindApproval: string(pending),
		audit.KindAssignment: string(assigned), audit.KindException: string(x),
	} {
		if !slices.ContainsFunc(w.audit(kind, id), func(r audit.Record) bool { return r.Action == audit.PackageMoved }) {
			t.Errorf("the audit log does not tell that the %s moved", kind)
		}
	}

	w.decide("dana", pending, true)
	w.advance(time.Minute)
	if !w.memberOf("adele", "readers") || !w.memberOf("ben", "readers") {
		t.Error("somebody lost access, or did not get it")
	}
	if n := len(w.requestsOf(entitlement.SystemUpdate)); n != 0 {
		t.Errorf("%d updates of assignments, want none", n)
	}
	if a := w.assignment(w.request(pending).Assignment); a.Catalog != to {
		t.Errorf("the assignment made after the move belongs to %s", a.Catalog)
	}
}

// submitUnder asks under a policy; "" is the one that takes no approval.
func (w *world) submitUnder(name string, p entitlement.PackageID, policy entitlement.PolicyID) entitlement.RequestID {
	w.t.Helper()
	if policy == "" {
		v, err := w.engine.Package(w.ctx, w.admin(), p, entitlement.Include{"policies": nil})
		w.ok(err)
		policy = v.Policies.Rows[0].ID
	}
	r, err := w.engine.Submit(w.ctx, w.as(name), entitlement.Submission{Kind: entitlement.UserAdd, Package: p, Policy: policy})
	w.ok(err)
	return r.ID
}

func (w *world) removeResource(c entitlement.CatalogID, group string) error {
	_, err := w.engine.RequestResource(w.ctx, w.admin(), entitlement.ResourceRequest{
		Kind: entitlement.AdminRemove, Catalog: c,
		Resource: entitlement.Resource{OriginSystem: entitlement.OriginGroup, OriginID: string(w.group(group))},
	})
	return err
}

// More rows than one batch takes move all the same, whatever their state.
func TestEverythingMovesBatchByBatch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, p, _ := w.oneGroup("CRM")
	to := w.catalog("Marketing")
	w.resource(to, "readers")
	const people = 7
	for i := range people {
		w.submit(fmt.Sprintf("user%d", i), p)
	}
	w.advance(0)
	_, err := w.engine.Submit(w.ctx, w.as("user0"), entitlement.Submission{Kind: entitlement.UserRemove, Assignment: w.assigned("user0", p).ID})
	w.ok(err)
	w.advance(0)
	w.ok(w.engine.MovePackage(w.ctx, w.admin(), p, to))
	for range 20 {
		_, _, err := w.engine.RunSweeps(w.ctx, w.tenant, w.clock.Now(), 2)
		w.ok(err)
	}
	requests, err := w.engine.Requests(w.ctx, w.admin(), rows(equalTo("catalog", string(to))), nil)
	w.ok(err)
	assignments, err := w.engine.Assignments(w.ctx, w.admin(), rows(equalTo("catalog", string(to))), nil)
	w.ok(err)
	if len(requests.Rows) != people+1 || len(assignments.Rows) != people {
		t.Errorf("%d requests and %d assignments moved, want %d and %d", len(requests.Rows), len(assignments.Rows), people+1, people)
	}
}

func TestAPackageDoesNotMove(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	from, p, _ := w.oneGroup("CRM")
	to, empty := w.catalog("Marketing"), w.catalog("Empty")
	w.resource(to, "readers")
	w.role("max", authz.PackageManager, from)
	w.role("mia", authz.PackageManager, to)
	forbidden(t, w.engine.MovePackage(w.ctx, w.as("max"), p, to))
	forbidden(t, w.engine.MovePackage(w.ctx, w.as("mia"), p, to))
	forbidden(t, w.engine.MovePackage(w.ctx, w.as("max"), p, entitlement.CatalogID(newID())))
	refused(t, w.engine.MovePackage(w.ctx, w.admin(), p, entitlement.CatalogID(newID())), fault.NotFound, "ResourceNotFound")
	refused(t, w.engine.MovePackage(w.ctx, w.admin(), entitlement.PackageID(newID()), to), fault.NotFound, "ResourceNotFound")
	refused(t, w.engine.MovePackage(w.ctx, w.admin(), p, empty), fault.Invalid, "ResourceNotInTargetCatalog")

	before := w.audit(audit.KindPackage, string(p))
	w.ok(w.engine.MovePackage(w.ctx, w.as("max"), p, from)) // it is there
	if after := w.audit(audit.KindPackage, string(p)); len(after) != len(before) {
		t.Errorf("moving nowhere left %v", after[len(before):])
	}
	twin := w.pkg(to, "crm")
	refused(t, w.engine.MovePackage(w.ctx, w.admin(), p, to), fault.Invalid, "DuplicateAccessPackage")
	w.ok(w.engine.DeletePackage(w.ctx, w.admin(), twin))
	hook := w.extension(from, "hook")
	calling := w.policy(p, func(p *entitlement.Policy) { p.DisplayName = "calling" }, calling(entitlement.AtCreation, hook))
	refused(t, w.engine.MovePackage(w.ctx, w.admin(), p, to), fault.Invalid, "CustomExtensionInUse")
	w.ok(w.engine.DeletePolicy(w.ctx, w.admin(), calling))

	w.role("max", authz.PackageManager, to)
	w.ok(w.engine.MovePackage(w.ctx, w.as("max"), p, to))
}

// The default role of every application has the same id at its origin.
func TestRolesAreFoundInTheirOwnResource(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	from, to := w.catalog("Sales"), w.catalog("Marketing")
	p := w.pkg(from, "CRM")
	add := func(c entitlement.CatalogID, app string) entitlement.Resource {
		r, err := w.engine.RequestResource(w.ctx, w.admin(), entitlement.ResourceRequest{
			Kind: entitlement.AdminAdd, Catalog: c,
			Resource: entitlement.Resource{OriginSystem: entitlement.OriginApplication, OriginID: string(w.application(app))},
		})
		w.ok(err)
		return r.Resource
	}
	w.give(p, add(from, "crm"), "Default Access")
	add(to, "decoy")
	refused(t, w.engine.MovePackage(w.ctx, w.admin(), p, to), fault.Invalid, "ResourceNotInTargetCatalog")
	crm := add(to, "crm")
	w.ok(w.engine.MovePackage(w.ctx, w.admin(), p, to))
	v, err := w.engine.Package(w.ctx, w.admin(), p, nil)
	w.ok(err)
	if v.RoleScopes[0].Resource != crm.ID {
		t.Errorf("the package gives a role of %s, want %s", v.RoleScopes[0].Resource, crm.ID)
	}
}
