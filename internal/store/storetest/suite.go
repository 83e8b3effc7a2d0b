// Package storetest proves on a real database what the comments of package
// store promise. Every implementation runs it.
package storetest

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/store"
)

// Run proves the promises of store.Store. open returns an empty store and
// closes it when the test ends; most tests share one, each with a tenant of
// its own.
func Run(t *testing.T, open func(t *testing.T) store.Store) {
	t.Helper()
	s := open(t)
	groups := []struct {
		name  string
		tests map[string]func(world)
	}{
		{"objects", objectTests()},
		{"transactions", transactionTests()},
		{"history", historyTests()},
		{"due", dueTests()},
		{"reads", readTests()},
		{"delivery", deliveryTests()},
		{"directory", directoryTests()},
		{"extensions", extensionTests()},
		{"uploads", uploadTests()},
		{"rules", ruleTests()},
		{"automatic", automaticTests()},
		{"messages", messageTests()},
		{"errands", errandTests()},
		{"subscriptions", subscriptionTests()},
		{"outside", outsideTests()},
	}
	for _, g := range groups {
		for name, test := range g.tests {
			t.Run(g.name+"/"+name, func(t *testing.T) {
				t.Parallel()
				test(newWorld(t, s))
			})
		}
	}
	t.Run("lists", func(t *testing.T) {
		t.Parallel()
		RunLists(t, func(*testing.T) store.Store { return s })
	})
	t.Run("alone", func(t *testing.T) {
		t.Parallel()
		for name, test := range aloneTests() {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				test(newWorld(t, open(t)))
			})
		}
	})
}

func same(w world, what string, got, want any) {
	w.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		w.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func wantFault(w world, what string, err error, kind fault.Kind) {
	w.Helper()
	if !fault.Is(err, kind) {
		w.Errorf("%s: %v, want a fault of kind %d", what, err, kind)
	}
}

var errRefused = errors.New("refused by the use case")

// objectTests: what is put comes back, once, under its version.
func objectTests() map[string]func(world) {
	return map[string]func(world){
		"come back as they were put, with the next version": func(w world) {
			c := newCatalog("Sales")
			p := newPackage(c, "Reader")
			l := newPolicy(p, "All")
			q := newRequest("t", p.ID)
			a := newAssignment("t", p.ID, l.ID)
			g := newGrant("t", "g")
			u := newUser("adele@example.com")
			role := directory.AppRoleAssignment{ID: "opaque", Principal: "p", Resource: "r", Role: "o", CreatedAt: start}
			r := entitlement.Resource{
				ID: newID[entitlement.ResourceID](), Catalog: c.ID, OriginSystem: entitlement.OriginGroup, OriginID: "g", DisplayName: "G",
				Roles: []entitlement.ResourceRole{{ID: "o"}}, Scopes: []entitlement.ResourceScope{{ID: "s", Root: true}}, Stamp: stampAt(start),
			}
			asked := entitlement.ResourceRequest{ID: newID[string](), Kind: entitlement.AdminAdd, Catalog: c.ID, Resource: r, CreatedAt: start}
			approval := entitlement.NewApproval(q, l.Approval.Stages, newID[string], start)
			w.putAll(c, p, l, q, a, g, u, role, r, asked, approval)
			c.Version, p.Version, l.Version, q.Version, a.Version, g.Version, u.Version, r.Version = 1, 1, 1, 1, 1, 1, 1, 1
			asked.Version, approval.Version = 1, 1
			for range 2 { // the second time they may have been decoded before
				same(w, "catalog", look(w, func(ctx context.Context, r store.Reader) (any, error) { return r.Catalog(ctx, c.ID) }), any(c))
				same(w, "package", look(w, func(ctx context.Context, r store.Reader) (any, error) { return r.Package(ctx, p.ID) }), any(p))
				same(w, "policy", look(w, func(ctx context.Context, r store.Reader) (any, error) { return r.Policy(ctx, l.ID) }), any(l))
				same(w, "request", look(w, func(ctx context.Context, r store.Reader) (any, error) { return r.Request(ctx, q.ID) }), any(q))
				same(w, "approval", look(w, func(ctx context.Context, r store.Reader) (any, error) { return r.Approval(ctx, q.ID) }), any(approval))
				same(w, "assignment", look(w, func(ctx context.Context, r store.Reader) (any, error) { return r.Assignment(ctx, a.ID) }), any(a))
				same(w, "user", look(w, func(ctx context.Context, r store.Reader) (any, error) { return r.Object(ctx, u.ID) }), any(u))
				same(w, "resource", look(w, func(ctx context.Context, s store.Reader) (any, error) { return s.Resource(ctx, r.ID) }), any(r))
				same(w, "app role", look(w, func(ctx context.Context, r store.Reader) (any, error) { return r.AppRoleAssignment(ctx, "opaque") }), any(role))
				same(w, "resource request", look(w, func(ctx context.Context, r store.Reader) (any, error) { return r.ResourceRequest(ctx, asked.ID) }), any(asked))
				same(w, "grants", look(w, func(ctx context.Context, r store.Reader) (any, error) {
					return r.GrantsByID(ctx, []entitlement.GrantID{g.ID, "missing"})
				}), any(map[entitlement.GrantID]entitlement.Grant{g.ID: g}))
				same(w, "approvals", look(w, func(ctx context.Context, r store.Reader) (any, error) {
					return r.ApprovalsByID(ctx, []entitlement.RequestID{q.ID, "missing"})
				}), any(map[entitlement.RequestID]entitlement.Approval{q.ID: approval}))
			}
		},
		"belong to whoever read them": func(w world) {
			c := newCatalog("Sales")
			p := newPackage(c, "Reader")
			l := newPolicy(p, "All")
			u := newUser("adele@example.com")
			w.putAll(c, p, l, u)
			for range 2 {
				w.write(func(ctx context.Context, tx store.Tx) error {
					gotP, err := tx.Package(ctx, p.ID)
					gotL, err2 := tx.Policy(ctx, l.ID)
					gotU, err3 := tx.Object(ctx, u.ID)
					gotP.RoleScopes[0].Role, gotL.Questions[0].Text.Default, gotU.User.Department = "x", "x", "x"
					gotL.Approval.Stages[0].Primary[0].Kind, gotU.User.BusinessPhones[0] = "x", "x"
					return errors.Join(err, err2, err3)
				})
			}
			p.Version, l.Version, u.Version = 1, 1, 1
			same(w, "package", look(w, func(ctx context.Context, r store.Reader) (any, error) { return r.Package(ctx, p.ID) }), any(p))
			same(w, "policy", look(w, func(ctx context.Context, r store.Reader) (any, error) { return r.Policy(ctx, l.ID) }), any(l))
			same(w, "user", look(w, func(ctx context.Context, r store.Reader) (any, error) { return r.Object(ctx, u.ID) }), any(u))
		},
		"are missing with a fault": func(w world) {
			for name, read := range map[string]func(context.Context, store.Reader) (any, error){
				"catalog":    func(ctx context.Context, r store.Reader) (any, error) { return r.Catalog(ctx, "x") },
				"policy":     func(ctx context.Context, r store.Reader) (any, error) { return r.PolicyAt(ctx, "x", 1) },
				"offer":      func(ctx context.Context, r store.Reader) (any, error) { return r.Offer(ctx, "x") },
				"request":    func(ctx context.Context, r store.Reader) (any, error) { return r.Request(ctx, "x") },
				"user name":  func(ctx context.Context, r store.Reader) (any, error) { return r.ObjectByName(ctx, "x") },
				"client id":  func(ctx context.Context, r store.Reader) (any, error) { return r.ObjectByAppID(ctx, "x") },
				"role":       func(ctx context.Context, r store.Reader) (any, error) { return r.RoleAssignment(ctx, "x") },
				"app role":   func(ctx context.Context, r store.Reader) (any, error) { return r.AppRoleOf(ctx, "x", "y", "z") },
				"assignment": func(ctx context.Context, r store.Reader) (any, error) { return r.Assignment(ctx, "x") },
			} {
				_, err := tryLook(w, read)
				wantFault(w, name, err, fault.NotFound)
			}
			wantFault(w, "delete", w.tryWrite(func(ctx context.Context, tx store.Tx) error {
				return tx.DeleteCatalog(ctx, "x", record(audit.KindCatalog, "x", start))
			}), fault.NotFound)
			wantFault(w, "tenant", w.store.Read(w.Context(), "x", func(store.Reader) error { return nil }), fault.NotFound)
		},
		"are stale if the version is old, unknown or made up": func(w world) {
			c := newCatalog("Sales")
			w.putAll(c)
			c.Version = 1
			w.putAll(c)
			wantFault(w, "old", w.tryPutAll(start, c), fault.Stale)
			c.Version = 7
			wantFault(w, "made up", w.tryPutAll(start, c), fault.Stale)
			c = newCatalog("Other")
			c.Version = 1
			wantFault(w, "never stored", w.tryPutAll(start, c), fault.Stale)
			q := newRequest("t", "p")
			w.putAll(q)
			q.Version = 3
			other := newRequest("t", "other")
			wantFault(w, "request", w.tryPutAll(start, other, q), fault.Stale)
			_, err := tryLook(w, func(ctx context.Context, r store.Reader) (entitlement.Request, error) {
				return r.Request(ctx, other.ID)
			})
			wantFault(w, "what went with a stale one", err, fault.NotFound)
		},
		"keep unique keys": func(w world) {
			c := newCatalog("Sales")
			p := newPackage(c, "Reader")
			q := newRequest("t", p.ID)
			a := newAssignment("t", p.ID, "policy")
			g := newGrant("t", "g")
			u := newUser("adele@example.com")
			w.putAll(c, p, q, a, g, u)
			again := newUser("ADELE@example.com")
			for name, second := range map[string]any{
				"one open request for a target and a package":   newRequest("t", p.ID),
				"one active assignment for a target and policy": newAssignment("t", p.ID, "policy"),
				"one open grant for a key":                      newGrant("t", "g"),
				"one catalog of a name":                         newCatalog("SALES"),
				"one user of a principal name":                  again,
			} {
				wantFault(w, name, w.tryPutAll(start, second), fault.Conflict)
			}
			q.Version, q.Status, q.CompletedAt = 1, entitlement.Canceled, start
			a.Version, a.State, a.ExpiredAt = 1, entitlement.AssignmentExpired, start
			g.Version, g.To = 1, start
			u.Version, u.DeletedAt = 1, start
			w.putAll(newRequest("t", p.ID), newAssignment("t", p.ID, "policy"), newGrant("t", "g"), again, q, a, g, u)
		},
		"isolated by tenant": func(w world) {
			c := newCatalog("Sales")
			p := newPackage(c, "Reader")
			q := newRequest("t", p.ID)
			w.putAll(c, p, q, newUser("adele@example.com"))
			other := newWorld(w.T, w.store)
			_, err := tryLook(other, func(ctx context.Context, r store.Reader) (entitlement.Request, error) { return r.Request(ctx, q.ID) })
			wantFault(w, "request of another tenant", err, fault.NotFound)
			c.Description = "of the other"
			other.putAll(c, p, q, newUser("adele@example.com"))
			same(w, "description", look(w, func(ctx context.Context, r store.Reader) (string, error) {
				c, err := r.Catalog(ctx, c.ID)
				return c.Description, err
			}), "All of Sales")
			same(w, "description", look(other, func(ctx context.Context, r store.Reader) (string, error) {
				c, err := r.Catalog(ctx, c.ID)
				return c.Description, err
			}), "of the other")
		},
	}
}
