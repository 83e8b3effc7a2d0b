package engine

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

// MovePackage moves a package into another catalog with its policies. Nobody
// gains or loses access by it. Its requests and assignments follow in work of
// its own, however many they are; until then they belong to the old catalog.
// To the catalog that it is in already it moves without a trace. Faults:
// Forbidden (for either catalog), NotFound, Invalid
// ("ResourceNotInTargetCatalog", "CustomExtensionInUse",
// "DuplicateAccessPackage").
func (e *Engine) MovePackage(ctx context.Context, who authz.Caller, id entitlement.PackageID, to entitlement.CatalogID) error {
	return e.do(ctx, who, audit.PackageMoved, audit.KindPackage, string(id), func(tx store.Tx) error {
		before, err := e.reachPackage(ctx, tx, who, authz.EditPackages, id)
		if err != nil {
			return err
		}
		target, err := e.reachCatalog(ctx, tx, who, authz.EditPackages, to)
		if err != nil || before.Catalog == target.ID {
			return err
		}
		policies, err := everyRow(ctx, tx.Policies, equal("package", id))
		if err != nil {
			return err
		}
		for _, p := range policies {
			if err := p.CheckMove(); err != nil {
				return err
			}
		}
		after, err := movedTo(ctx, tx, before, target.ID)
		if err != nil {
			return err
		}
		if err := packageNameFree(ctx, tx, after); err != nil {
			return err
		}
		if err := e.putPackageAs(ctx, tx, who, audit.PackageMoved, before, after, movedReason(target.ID)); err != nil {
			return err
		}
		if err := e.movePolicies(ctx, tx, who, after, policies); err != nil {
			return err
		}
		if err := e.moveRules(ctx, tx, who, after); err != nil {
			return err
		}
		return sweep(ctx, tx, store.WorkMove, string(id), e.clock.Now())
	})
}

// movedTo returns the package as it is in another catalog.
func movedTo(ctx context.Context, r store.Reader, p entitlement.Package, to entitlement.CatalogID) (entitlement.Package, error) {
	ids := distinct(p.RoleScopes, func(rs *entitlement.RoleScope) entitlement.ResourceID { return rs.Resource })
	found, err := index(ctx, ids, r.Resources, func(r *entitlement.Resource) entitlement.ResourceID { return r.ID })
	if err != nil {
		return entitlement.Package{}, err
	}
	here := make([]entitlement.Resource, 0, len(found))
	origins := query.In{Field: "originId"}
	for _, id := range ids {
		here = append(here, found[id])
		origins.Values = append(origins.Values, found[id].OriginID)
	}
	var there []entitlement.Resource
	if len(here) > 0 {
		if there, err = everyRow(ctx, r.Resources, equal("catalog", to), origins); err != nil {
			return entitlement.Package{}, err
		}
	}
	return p.MovedTo(to, here, there)
}

func movedReason(to entitlement.CatalogID) string { return "movedToCatalog " + string(to) }

// movePolicies takes policies along with their package. What they say stays,
// so people keep what automatic ones gave.
func (e *Engine) movePolicies(ctx context.Context, tx store.Tx, who authz.Caller, p entitlement.Package, policies []entitlement.Policy) error {
	for _, before := range policies {
		after := before
		after.Catalog, after.Stamp = p.Catalog, stampEdit(before.Stamp, who, e.clock.Now())
		why := e.movedRecord(ctx, who.Actor, p, audit.KindPolicy, string(after.ID), before.Version)
		if err := e.putPolicy(ctx, tx, before, after, why); err != nil {
			return err
		}
	}
	return nil
}

// moveRules takes exceptions from the rules of a package and the reviews of
// its emergencies along.
func (e *Engine) moveRules(ctx context.Context, tx store.Tx, who authz.Caller, p entitlement.Package) error {
	exceptions, err := everyRow(ctx, tx.Exceptions, equal("package", p.ID))
	if err != nil {
		return err
	}
	reviews, err := everyRow(ctx, tx.Emergencies, equal("package", p.ID))
	if err != nil {
		return err
	}
	for _, x := range exceptions {
		x.Catalog = p.Catalog
		if err := tx.PutException(ctx, x, e.movedRecord(ctx, who.Actor, p, audit.KindException, string(x.ID), x.Version)); err != nil {
			return err
		}
	}
	for _, x := range reviews {
		x.Catalog = p.Catalog
		if err := tx.PutEmergency(ctx, x, e.movedRecord(ctx, who.Actor, p, audit.KindEmergency, string(x.ID), x.Version)); err != nil {
			return err
		}
	}
	return nil
}

// movedRecord is the audit record of something that follows a package into
// its catalog.
func (e *Engine) movedRecord(ctx context.Context, by entitlement.Actor, p entitlement.Package, kind audit.ObjectKind, id string, version int64) audit.Record {
	why := e.record(ctx, by, e.clock.Now(), audit.PackageMoved, kind, id, p.DisplayName)
	why.Reason = movedReason(p.Catalog)
	return versions(why, version)
}

// sweepMove makes the requests and assignments of a package that moved belong
// to its catalog: first the requests, because assignments are made of them,
// then the assignments, state by state.
func (e *Engine) sweepMove(ctx context.Context, tx store.Tx, s store.Work, limit int) (int, error) {
	p, err := tx.Package(ctx, entitlement.PackageID(s.Ref))
	if fault.Is(err, fault.NotFound) {
		return 0, tx.EndWork(ctx, s)
	}
	if err != nil {
		return 0, err
	}
	parts := []string{"requests"}
	for _, state := range entitlement.AssignmentStates() {
		parts = append(parts, string(state))
	}
	at, after, _ := strings.Cut(s.Reached, "/")
	for _, part := range parts[max(slices.Index(parts, at), 0):] {
		move := e.moveAssignments
		if part == "requests" {
			move = e.moveRequests
		}
		n, reached, err := move(ctx, tx, p, query.List{Where: equal("package", p.ID), Limit: limit}, part, after)
		if err != nil {
			return 0, err
		}
		if reached != "" {
			return n, goOn(ctx, tx, s, part+"/"+reached)
		}
		after = ""
	}
	return 0, goOn(ctx, tx, s, "")
}

// moveRequests moves a batch of the requests of a package, with their
// approvals, oldest first. It returns how many there were to move, and how
// far it got; nothing if there were no more.
func (e *Engine) moveRequests(ctx context.Context, tx store.Tx, p entitlement.Package, q query.List, _, after string) (n int, reached string, err error) {
	q.Order = oldestFirst
	if created, id, ok := strings.Cut(after, "/"); ok {
		at, err := time.Parse(time.RFC3339Nano, created)
		if err != nil {
			return 0, "", err
		}
		q.After = []query.Value{at, id}
	}
	page, err := tx.Requests(ctx, q)
	if err != nil || len(page.Rows) == 0 {
		return 0, "", err
	}
	approvals, err := tx.ApprovalsByID(ctx, distinct(page.Rows, func(r *entitlement.Request) entitlement.RequestID { return r.ID }))
	if err != nil {
		return 0, "", err
	}
	for _, r := range page.Rows {
		if r.Catalog != p.Catalog {
			n, r.Catalog = n+1, p.Catalog
			if err := tx.PutRequest(ctx, r, e.movedRecord(ctx, entitlement.System, p, audit.KindRequest, string(r.ID), r.Version)); err != nil {
				return 0, "", err
			}
		}
		if a, ok := approvals[r.ID]; ok && a.Catalog != p.Catalog {
			a.Catalog = p.Catalog
			if err := tx.PutApproval(ctx, a, e.movedRecord(ctx, entitlement.System, p, audit.KindApproval, string(a.ID), a.Version)); err != nil {
				return 0, "", err
			}
		}
	}
	last := page.Rows[len(page.Rows)-1]
	return n, last.CreatedAt.Format(time.RFC3339Nano) + "/" + string(last.ID), nil
}

// moveAssignments is moveRequests for the assignments in a state, in the
// order of their ids.
func (e *Engine) moveAssignments(ctx context.Context, tx store.Tx, p entitlement.Package, q query.List, state, after string) (n int, reached string, err error) {
	q.Where = query.AllOf(q.Where, equal("state", state))
	if after != "" {
		q.After = []query.Value{after}
	}
	page, err := tx.Assignments(ctx, q)
	if err != nil || len(page.Rows) == 0 {
		return 0, "", err
	}
	for _, a := range page.Rows {
		if a.Catalog == p.Catalog {
			continue
		}
		n, a.Catalog = n+1, p.Catalog
		if err := tx.PutAssignment(ctx, a, e.movedRecord(ctx, entitlement.System, p, audit.KindAssignment, string(a.ID), a.Version)); err != nil {
			return 0, "", err
		}
	}
	return n, string(page.Rows[len(page.Rows)-1].ID), nil
}
