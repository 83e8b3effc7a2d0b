package storetest

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/store"
)

func newRollout(p entitlement.Policy) entitlement.Rollout {
	return entitlement.Rollout{
		Policy: p.ID, Package: p.Package, InForce: 1, Wanted: 2, End: true, Ended: true, Phase: entitlement.RolloutPlanning, Plan: 3, Cursor: "u",
		Users: 4, Adds: 5, Removes: 6, Reads: []directory.Property{"city", "department"}, Groups: []directory.ObjectID{"g"},
		DueAt: start.Add(time.Hour),
	}
}

// automaticTests: the work of automatic policies is kept and found again.
func automaticTests() map[string]func(world) {
	return map[string]func(world){
		"rollouts come back, with their policies": func(w world) {
			c := newCatalog("Sales")
			p := newPackage(c, "Reader")
			l, other := newPolicy(p, "All"), newPolicy(p, "Other")
			w.putAll(c, p, l, other)
			l.Version = 1
			second := l
			second.DisplayName = "All of them"
			w.putAll(second)
			second.Version = 2
			s := newRollout(l)
			w.write(func(ctx context.Context, tx store.Tx) error { return tx.PutRollout(ctx, s) })
			s.Version = 1
			same(w, "rollout", look(w, func(ctx context.Context, r store.Reader) (any, error) { return r.Rollout(ctx, l.ID) }), any(s))
			same(w, "rollouts", look(w, func(ctx context.Context, r store.Reader) (any, error) { return r.Rollouts(ctx) }), any([]entitlement.Rollout{s}))
			for _, pkg := range []entitlement.PackageID{p.ID, ""} {
				got := look(w, func(ctx context.Context, r store.Reader) ([]entitlement.Policy, error) {
					return r.RolledOutPolicies(ctx, pkg)
				})
				same(w, "policies", got, []entitlement.Policy{l, second})
			}
			none := look(w, func(ctx context.Context, r store.Reader) ([]entitlement.Policy, error) {
				return r.RolledOutPolicies(ctx, "x")
			})
			same(w, "policies of another package", none, []entitlement.Policy(nil))
			err := w.tryWrite(func(ctx context.Context, tx store.Tx) error {
				old := s
				old.Version = 0
				return tx.PutRollout(ctx, old)
			})
			wantFault(w, "a rollout put twice", err, fault.Stale)
			w.write(func(ctx context.Context, tx store.Tx) error { return tx.DeleteRollout(ctx, l.ID) })
			_, err = tryLook(w, func(ctx context.Context, r store.Reader) (entitlement.Rollout, error) { return r.Rollout(ctx, l.ID) })
			wantFault(w, "a rollout that is gone", err, fault.NotFound)
		},
		"rollouts and touched users fall due": func(w world) {
			s := newRollout(entitlement.Policy{ID: newID[entitlement.PolicyID](), Package: "p"})
			idle := newRollout(entitlement.Policy{ID: newID[entitlement.PolicyID](), Package: "p"})
			s.DueAt, idle.DueAt = start.Add(-2000*time.Hour), time.Time{}
			w.write(func(ctx context.Context, tx store.Tx) error {
				for _, one := range []entitlement.Rollout{s, idle} {
					if err := tx.PutRollout(ctx, one); err != nil {
						return err
					}
				}
				return tx.Touch(ctx, "u", start.Add(-1999*time.Hour))
			})
			for at, want := range map[time.Duration][2]int{-2001: {0, 0}, -2000: {1, 0}, -1999: {1, 1}} {
				now := start.Add(at * time.Hour)
				w.write(func(ctx context.Context, tx store.Tx) error {
					rollouts, err := tx.DueRollouts(ctx, now, 9)
					if err != nil {
						return err
					}
					users, err := tx.DueTouched(ctx, now, 9)
					if err != nil {
						return err
					}
					due, err := tx.AutomaticDue(ctx, now)
					same(w, fmt.Sprint("due at ", int(at)), [3]any{len(rollouts), len(users), due}, [3]any{want[0], want[1], want[0]+want[1] > 0})
					return err
				})
			}
			due, next, err := w.store.NextDue(w.Context(), start.Add(-2000*time.Hour))
			if err != nil || !slices.Contains(due, w.tenant) {
				w.Errorf("due %v, %v", due, err)
			}
			same(w, "next", next, start.Add(-1999*time.Hour))
		},
		"users are touched once, and keep what blocks them": func(w world) {
			later := start.Add(time.Hour)
			w.write(func(ctx context.Context, tx store.Tx) error {
				for range 2 {
					if err := tx.Touch(ctx, "u", start); err != nil {
						return err
					}
				}
				return tx.PutTouched(ctx, entitlement.Touched{User: "v", DueAt: later, Blocked: []entitlement.PackageID{"p", "q"}})
			})
			w.write(func(ctx context.Context, tx store.Tx) error { return tx.Touch(ctx, "v", start) })
			read := func() map[directory.ObjectID]entitlement.Touched {
				return look(w, func(ctx context.Context, r store.Reader) (map[directory.ObjectID]entitlement.Touched, error) {
					return r.TouchedByID(ctx, []directory.ObjectID{"u", "v", "w"})
				})
			}
			v := entitlement.Touched{User: "v", DueAt: start, Blocked: []entitlement.PackageID{"p", "q"}}
			same(w, "touched", read(), map[directory.ObjectID]entitlement.Touched{"u": {User: "u", DueAt: start}, "v": v})
			v.DueAt, v.Blocked = later, []entitlement.PackageID{"q"}
			w.write(func(ctx context.Context, tx store.Tx) error {
				if err := tx.Untouch(ctx, []directory.ObjectID{"u", "w"}); err != nil {
					return err
				}
				return tx.PutTouched(ctx, v)
			})
			same(w, "touched", read(), map[directory.ObjectID]entitlement.Touched{"v": v})
		},
		"plans are kept by number": func(w world) {
			lines := func(kind entitlement.PlanKind, users ...directory.ObjectID) (all []entitlement.Planned) {
				for _, u := range users {
					all = append(all, entitlement.Planned{User: u, Kind: kind})
				}
				return all
			}
			w.write(func(ctx context.Context, tx store.Tx) error {
				if err := tx.Plan(ctx, "l", 1, lines(entitlement.PlanAdd, "x", "y", "z")); err != nil {
					return err
				}
				if err := tx.Plan(ctx, "l", 2, lines(entitlement.PlanAdd, "b", "a")); err != nil {
					return err
				}
				return tx.Plan(ctx, "l", 2, lines(entitlement.PlanRemove, "a", "c"))
			})
			read := func(kind entitlement.PlanKind, after directory.ObjectID, limit int) []entitlement.Planned {
				return look(w, func(ctx context.Context, r store.Reader) ([]entitlement.Planned, error) {
					return r.Planned(ctx, "l", 2, kind, after, limit)
				})
			}
			same(w, "plan", read("", "", 9), append(lines(entitlement.PlanAdd, "a", "b"), lines(entitlement.PlanRemove, "c")...))
			same(w, "page", read("", "a", 1), lines(entitlement.PlanAdd, "b"))
			same(w, "removals", read(entitlement.PlanRemove, "", 9), lines(entitlement.PlanRemove, "c"))
			w.write(func(ctx context.Context, tx store.Tx) error {
				if err := tx.Replan(ctx, "l", 2, lines(entitlement.PlanLook, "a", "d")); err != nil {
					return err
				}
				return tx.Unplan(ctx, "l", 2, []directory.ObjectID{"b", "x"})
			})
			same(w, "plan", read("", "", 9), append(append(lines(entitlement.PlanLook, "a"), lines(entitlement.PlanRemove, "c")...), lines(entitlement.PlanLook, "d")...))
			var dropped []int
			w.write(func(ctx context.Context, tx store.Tx) error {
				dropped = nil
				for range 3 {
					n, err := tx.DropPlans(ctx, "l", 2, 2)
					if err != nil {
						return err
					}
					dropped = append(dropped, n)
				}
				return nil
			})
			same(w, "dropped", dropped, []int{2, 1, 0})
			same(w, "plan", len(read("", "", 9)), 3)
		},
		"what many people have and ask for is found": func(w world) {
			u, v, gone := newUser("u@x"), newUser("v@x"), newUser("gone@x")
			gone.DeletedAt = start
			a, b := newAssignment(u.ID, "p", "l"), newAssignment(v.ID, "q", "l")
			ended := newAssignment(v.ID, "p", "l")
			ended.State = entitlement.AssignmentExpired
			a.Automatic, a.GraceUntil = true, start.Add(time.Hour)
			open, closed := newRequest(v.ID, "p"), newRequest(u.ID, "p")
			closed.Status, closed.CompletedAt = entitlement.Canceled, start
			w.putAll(u, v, gone, newGroup("g"), a, b, ended, open, closed)
			u.Version, v.Version, gone.Version, a.Version, b.Version = 1, 1, 1, 1, 1
			people := []directory.ObjectID{u.ID, v.ID}
			same(w, "active", look(w, func(ctx context.Context, r store.Reader) ([]entitlement.Assignment, error) {
				return r.ActiveAssignments(ctx, people, []entitlement.PackageID{"p", "q"})
			}), []entitlement.Assignment{a, b})
			same(w, "active of one package", look(w, func(ctx context.Context, r store.Reader) ([]entitlement.Assignment, error) {
				return r.ActiveAssignments(ctx, people, []entitlement.PackageID{"p"})
			}), []entitlement.Assignment{a})
			same(w, "open", look(w, func(ctx context.Context, r store.Reader) (any, error) {
				return r.OpenRequests(ctx, people, []entitlement.PackageID{"p", "q"})
			}), any(map[directory.ObjectID][]entitlement.PackageID{v.ID: {"p"}}))
			same(w, "automatic", look(w, func(ctx context.Context, r store.Reader) ([]entitlement.Assignment, error) {
				return r.AutomaticAssignments(ctx, "l", entitlement.AssignmentDelivered, "", 9)
			}), []entitlement.Assignment{a})
			same(w, "automatic after it", look(w, func(ctx context.Context, r store.Reader) ([]entitlement.Assignment, error) {
				return r.AutomaticAssignments(ctx, "l", entitlement.AssignmentDelivered, a.ID, 9)
			}), []entitlement.Assignment(nil))
			same(w, "standing", look(w, func(ctx context.Context, r store.Reader) (any, error) {
				s, err := r.Standing(ctx, u.ID, "p")
				return s.Active, err
			}), any([]entitlement.Assignment{a}))
			users := look(w, func(ctx context.Context, r store.Reader) ([]directory.Object, error) { return r.UsersAfter(ctx, "", 2) })
			same(w, "users", users, []directory.Object{u, v})
			users = look(w, func(ctx context.Context, r store.Reader) ([]directory.Object, error) {
				return r.UsersAfter(ctx, v.ID, 9)
			})
			same(w, "users after", users, []directory.Object{gone})
			same(w, "number of users", look(w, func(ctx context.Context, r store.Reader) (int64, error) { return r.CountUsers(ctx) }), int64(2))
			w.write(func(ctx context.Context, tx store.Tx) error {
				due, err := tx.DueAssignments(ctx, a.GraceUntil, 9)
				same(w, "due", due, []entitlement.Assignment{a})
				if err != nil {
					return err
				}
				a.GraceUntil = time.Time{}
				return tx.PutAssignment(ctx, a, record(audit.KindAssignment, string(a.ID), start))
			})
		},
	}
}
