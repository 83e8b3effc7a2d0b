package storetest

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/store"
)

// readTests: the questions that the use cases ask.
func readTests() map[string]func(world) {
	return map[string]func(world){
		"an offer is a package with its catalog and policies": func(w world) {
			c := newCatalog("Sales")
			p, other := newPackage(c, "Reader"), newPackage(c, "Writer")
			a, b := newPolicy(p, "A"), newPolicy(p, "B")
			w.putAll(c, p, other, b, a, newPolicy(other, "C"))
			c.Version, p.Version, a.Version, b.Version = 1, 1, 1, 1
			want := store.Offer{Package: p, Catalog: c, Policies: []entitlement.Policy{a, b}}
			slices.SortFunc(want.Policies, func(a, b entitlement.Policy) int { return strings.Compare(string(a.ID), string(b.ID)) })
			for range 2 {
				same(w, "offer", look(w, func(ctx context.Context, r store.Reader) (store.Offer, error) { return r.Offer(ctx, p.ID) }), want)
			}
		},
		"an offer has the resources of its catalog that ask for something": func(w world) {
			c, elsewhere := newCatalog("Sales"), newCatalog("Elsewhere")
			p := newPackage(c, "Reader")
			asks, silent, other := newResource(c, "a"), newResource(c, "b"), newResource(elsewhere, "a")
			asks.Attributes = []entitlement.ResourceAttribute{{ID: "1", AttributeUse: entitlement.AttributeUse{Name: "jobTitle"}}}
			other.Attributes = asks.Attributes
			w.putAll(c, elsewhere, p, asks, silent, other)
			offered := func() []entitlement.Resource {
				return look(w, func(ctx context.Context, r store.Reader) (store.Offer, error) { return r.Offer(ctx, p.ID) }).Asking
			}
			asks.Version = 1
			same(w, "asking", offered(), []entitlement.Resource{asks})
			none := asks
			none.Attributes = nil
			w.putAll(none)
			same(w, "asking no more", offered(), []entitlement.Resource(nil))
		},
		"a standing is what matters for a request": func(w world) {
			c := newCatalog("Sales")
			wanted, held := newPackage(c, "Wanted"), newPackage(c, "Held")
			u := newUser("adele@example.com")
			open, closed := newRequest(u.ID, wanted.ID), newRequest(u.ID, wanted.ID)
			closed.Status, closed.CompletedAt = entitlement.Denied, start
			active, expired := newAssignment(u.ID, wanted.ID, "l"), newAssignment(u.ID, wanted.ID, "l")
			expired.State, expired.ExpiredAt = entitlement.AssignmentExpired, start
			w.putAll(c, held, wanted, u, open, closed, active, expired, newAssignment(u.ID, held.ID, "h"),
				newRequest("other", wanted.ID), newRequest(u.ID, held.ID))
			u.Version, open.Version, active.Version = 1, 1, 1
			standing := func(who directory.ObjectID) store.Standing {
				return look(w, func(ctx context.Context, r store.Reader) (store.Standing, error) {
					return r.Standing(ctx, who, wanted.ID)
				})
			}
			same(w, "standing", standing(u.ID), store.Standing{Target: u, Open: &open, Active: []entitlement.Assignment{active}})
			same(w, "of nobody", standing("nobody"), store.Standing{})
		},
		"pending approvals are found by name, group, manager, and escalation": func(w world) { pendingApprovals(w) },
		"sources and grants are found together": func(w world) {
			g, h, ended := newGrant("t", "g"), newGrant("u", "g"), newGrant("t", "h")
			ended.To = start.Add(time.Hour)
			source := func(g entitlement.Grant, a entitlement.AssignmentID) entitlement.GrantSource {
				return entitlement.GrantSource{Grant: g.ID, Assignment: a, From: start}
			}
			w.putAll(g, h, ended, source(g, "a"), source(g, "b"), source(h, "c"), source(ended, "a"))
			over := source(ended, "a")
			over.To = start.Add(time.Hour)
			w.write(func(ctx context.Context, tx store.Tx) error { return tx.EndSource(ctx, over) })
			sources := func(ids ...entitlement.AssignmentID) []entitlement.GrantSource {
				return look(w, func(ctx context.Context, r store.Reader) ([]entitlement.GrantSource, error) {
					return r.SourcesOf(ctx, ids)
				})
			}
			same(w, "of an assignment and those that share its grants", sources("a"), []entitlement.GrantSource{source(g, "a"), source(g, "b")})
			same(w, "of nothing", sources(), []entitlement.GrantSource(nil))
			g.Version, h.Version = 1, 1
			grants := look(w, func(ctx context.Context, r store.Reader) ([]entitlement.Grant, error) {
				return r.OpenGrants(ctx, []directory.ObjectID{"t", "u", "missing"})
			})
			same(w, "open grants", grants, []entitlement.Grant{g, h})
			back := source(g, "d")
			w.write(func(ctx context.Context, tx store.Tx) error {
				end := back
				end.To = start.Add(time.Hour)
				return firstError(tx.AddSource(ctx, back), tx.EndSource(ctx, end))
			})
			same(w, "added and ended at once", sources("d"), []entitlement.GrantSource(nil))
		},
		"each assignment has its grants": grantsOfEach,
		"many ids are asked for at once": func(w world) {
			u := newUser("adele@example.com")
			w.putAll(u)
			ids := []directory.ObjectID{u.ID}
			for range 40000 {
				ids = append(ids, "missing")
			}
			u.Version = 1
			got := look(w, func(ctx context.Context, r store.Reader) (map[directory.ObjectID]directory.Object, error) {
				return r.ObjectsByID(ctx, ids)
			})
			same(w, "objects", got, map[directory.ObjectID]directory.Object{u.ID: u})
			got = look(w, func(ctx context.Context, r store.Reader) (map[directory.ObjectID]directory.Object, error) {
				return r.ObjectsByID(ctx, nil)
			})
			same(w, "none", got, map[directory.ObjectID]directory.Object{})
		},
	}
}

func pendingApprovals(w world) {
	boss := newUser("boss@example.com")
	manager := managed(newUser("manager@example.com"), boss)
	target := managed(newUser("target@example.com"), manager)
	named, second, backup, alternate, inner := newUser("named@x"), newUser("second@x"), newUser("backup@x"), newUser("alternate@x"), newUser("inner@x")
	outer, nested, closed := newGroup("Outer"), newGroup("Nested"), newGroup("Closed")
	closed.DeletedAt = start
	w.putAll(boss, manager, target, named, second, backup, alternate, inner, outer, nested, closed,
		member(outer, nested), member(nested, outer), member(nested, inner), member(closed, inner))
	set := func(kind entitlement.SubjectSetKind, id directory.ObjectID, level int) []entitlement.SubjectSet {
		return []entitlement.SubjectSet{{Kind: kind, ID: string(id), ManagerLevel: level}}
	}
	settings := []entitlement.StageSettings{
		{
			TimeOut: "P1D", EscalationEnabled: true, EscalateAfter: "PT1H", Primary: set(entitlement.SetUser, named.ID, 0),
			FallbackPrimary: set(entitlement.SetUser, backup.ID, 0), Escalation: set(entitlement.SetUser, alternate.ID, 0),
		},
		{TimeOut: "P1D", Primary: set(entitlement.SetUser, second.ID, 0)},
	}
	approval := func(stages ...entitlement.StageSettings) entitlement.Approval {
		q := newRequest(target.ID, newID[entitlement.PackageID]())
		return entitlement.NewApproval(q, stages, newID[string], start)
	}
	byName := approval(settings...)
	byGroup := approval(entitlement.StageSettings{Primary: set(entitlement.SetGroup, outer.ID, 0)})
	byDeleted := approval(entitlement.StageSettings{Primary: set(entitlement.SetGroup, closed.ID, 0)})
	byManager := approval(entitlement.StageSettings{Primary: set(entitlement.SetRequestorManager, "", 1)})
	byBoss := approval(entitlement.StageSettings{Primary: set(entitlement.SetTargetManager, "", 2)})
	all := []any{byName, byGroup, byDeleted, byManager, byBoss}
	w.putAll(all...)
	pending := func(who directory.Object, want ...entitlement.Approval) {
		w.Helper()
		got := look(w, func(ctx context.Context, r store.Reader) ([]entitlement.Approval, error) {
			return r.PendingFor(ctx, who.ID, "", 9)
		})
		var ids, wanted []entitlement.RequestID
		for _, a := range got {
			ids = append(ids, a.ID)
		}
		for _, a := range want {
			wanted = append(wanted, a.ID)
		}
		slices.Sort(wanted)
		same(w, "pending for "+who.DisplayName, ids, wanted)
	}
	pending(named, byName)
	pending(backup, byName)
	pending(alternate)
	pending(second)
	pending(inner, byGroup)
	pending(manager, byManager)
	pending(boss, byBoss)
	pending(target)

	byName.Version, byName.Stages[0].Escalated = 1, true
	w.putAll(byName)
	pending(alternate, byName)
	pending(named, byName)

	byName.Version, byName.Stages[0].Status, byName.Stages[1].Status = 2, entitlement.StageCompleted, entitlement.StageInProgress
	w.putAll(byName)
	pending(named)
	pending(alternate)
	pending(second, byName)

	byName = byName.Close()
	byName.Version = 3
	w.putAll(byName)
	pending(second)

	var more []any
	for range 5 {
		more = append(more, approval(entitlement.StageSettings{Primary: append(set(entitlement.SetUser, second.ID, 0), set(entitlement.SetGroup, outer.ID, 0)...)}))
	}
	w.putAll(more...)
	var after entitlement.RequestID
	n := 0
	for {
		page := look(w, func(ctx context.Context, r store.Reader) ([]entitlement.Approval, error) {
			return r.PendingFor(ctx, second.ID, after, 2)
		})
		for _, a := range page {
			if a.ID <= after {
				w.Errorf("%s comes after %s", a.ID, after)
			}
			after = a.ID
			n++
		}
		if len(page) < 2 {
			break
		}
	}
	if n != 5 {
		w.Errorf("%d approvals on all pages, want 5", n)
	}
}
