package storetest

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

// ruleTests: what must not be combined, exceptions from it, and who does.
func ruleTests() map[string]func(world) {
	return map[string]func(world){
		"rules are read anew when they, or what they are judged by, have changed": func(w world) { ruleStamps(w) },
		"packages that give roles":                       func(w world) { packagesGiving(w) },
		"assignments with something else beside":         func(w world) { combined(w) },
		"exceptions come back, by target and by package": func(w world) { exceptions(w) },
		"reviews of emergencies come back, by status":    func(w world) { emergencies(w) },
		"who holds an object makes others wait":          func(w world) { held(w) },
	}
}

func rulesNow(w world) (store.RuleStamp, entitlement.Rules) {
	w.Helper()
	stamp := look(w, func(ctx context.Context, r store.Reader) (store.RuleStamp, error) { return r.RuleStamp(ctx) })
	return stamp, look(w, func(ctx context.Context, r store.Reader) (entitlement.Rules, error) { return r.Rules(ctx, stamp) })
}

func ruleStamps(w world) {
	c := newCatalog("Sales")
	a, b, free := newPackage(c, "A"), newPackage(c, "B"), newPackage(c, "Free")
	outer, inner, user := newGroup("Outer"), newGroup("Inner"), newUser("adele@example.com")
	w.putAll(c, b, free, outer, inner, user, member(outer, inner), member(inner, user))
	stamp, rules := rulesNow(w)
	same(w, "stamp without rules", stamp, store.RuleStamp(""))
	same(w, "packages without rules", rules.Paired(), []entitlement.PackageID{})

	changes := func(what string, want bool, change func()) {
		w.Helper()
		before, _ := rulesNow(w)
		change()
		if after, _ := rulesNow(w); (after != before) != want {
			w.Errorf("%s: the stamp changes: %v, want %v", what, after != before, want)
		}
	}
	a.Incompatible, a.IncompatibleGroup = []entitlement.PackageID{b.ID}, []directory.ObjectID{outer.ID}
	changes("a package with rules", true, func() { w.putAll(a) })
	_, rules = rulesNow(w)
	both := []entitlement.PackageID{a.ID, b.ID}
	slices.Sort(both)
	same(w, "packages of the rule", rules.Paired(), both)
	same(w, "in the other direction", rules.Partners(b.ID), []entitlement.PackageID{a.ID})
	groups := rules.Groups(a.ID)
	slices.Sort(groups)
	nested := []directory.ObjectID{outer.ID, inner.ID}
	slices.Sort(nested)
	same(w, "groups of the rule, the inner one too", groups, nested)
	same(w, "offer's stamp", look(w, func(ctx context.Context, r store.Reader) (store.RuleStamp, error) {
		o, err := r.Offer(ctx, free.ID)
		return o.Rules, err
	}), look(w, func(ctx context.Context, r store.Reader) (store.RuleStamp, error) { return r.RuleStamp(ctx) }))

	role := entitlement.RoleKey{System: entitlement.OriginApplication, Resource: "erp", Role: "pay"}
	b.Version, b.RoleScopes[0].Origin = 1, role
	changes("what a package of a rule gives", true, func() { w.putAll(b) })
	free.Version = 1
	changes("a package that no rule names", false, func() { w.putAll(free) })
	changes("a new package without rules", false, func() { w.putAll(newPackage(c, "New")) })
	changes("a group in a group", true, func() {
		w.write(func(ctx context.Context, tx store.Tx) error { return tx.GroupsNested(ctx) })
	})
	inner.Version, inner.DeletedAt = 1, start
	changes("a deleted group", true, func() { w.putAll(inner) })
	_, rules = rulesNow(w)
	same(w, "groups of the rule", rules.Groups(a.ID), []directory.ObjectID{outer.ID})
	user.Version = 1
	changes("a user", false, func() { w.putAll(user) })

	rolled := w.tryWrite(func(ctx context.Context, tx store.Tx) error {
		gone := a
		gone.Version, gone.Incompatible, gone.IncompatibleGroup = 1, nil, nil
		if err := tx.PutPackage(ctx, gone, record(audit.KindPackage, string(a.ID), start)); err != nil {
			return err
		}
		stamp, err := tx.RuleStamp(ctx)
		if err != nil {
			return err
		}
		rules, err := tx.Rules(ctx, stamp)
		same(w, "rules in the transaction that takes them away", rules.Paired(), []entitlement.PackageID{})
		return firstError(err, errRefused)
	})
	if !errors.Is(rolled, errRefused) {
		w.Errorf("the transaction ends with %v", rolled)
	}
	_, rules = rulesNow(w)
	same(w, "rules after it was rolled back", rules.Paired(), both)

	changes("a package of a rule that is deleted", true, func() {
		w.write(func(ctx context.Context, tx store.Tx) error {
			return tx.DeletePackage(ctx, b.ID, record(audit.KindPackage, string(b.ID), start))
		})
	})
	_, rules = rulesNow(w)
	same(w, "packages of rules", rules.Paired(), []entitlement.PackageID{})
	a.Version, a.Incompatible, a.IncompatibleGroup = 1, nil, nil
	changes("the last rule that goes", true, func() { w.putAll(a) })
}

func packagesGiving(w world) {
	c := newCatalog("Sales")
	pay := entitlement.RoleKey{System: entitlement.OriginApplication, Resource: "erp", Role: "pay"}
	enter, foreign := pay, pay
	enter.Role, foreign.System = "enter", entitlement.OriginGroup
	gives := func(name string, keys ...entitlement.RoleKey) entitlement.Package {
		p := newPackage(c, name)
		p.RoleScopes = nil
		for _, k := range keys {
			p.RoleScopes = append(p.RoleScopes, entitlement.RoleScope{Role: "o", Scope: "s", Origin: k})
		}
		return p
	}
	one, two, other := gives("One", pay, enter, pay), gives("Two", pay), gives("Other", foreign)
	w.putAll(c, one, two, other, gives("None"))
	who := func(keys ...entitlement.RoleKey) []entitlement.PackageID {
		return look(w, func(ctx context.Context, r store.Reader) ([]entitlement.PackageID, error) {
			return r.PackagesGiving(ctx, keys)
		})
	}
	both := []entitlement.PackageID{one.ID, two.ID}
	slices.Sort(both)
	same(w, "pay", who(pay), both)
	same(w, "enter", who(enter), []entitlement.PackageID{one.ID})
	same(w, "nothing", who(), []entitlement.PackageID(nil))
	one.Version, one.RoleScopes = 1, one.RoleScopes[1:2]
	w.putAll(one)
	same(w, "pay, later", who(pay), []entitlement.PackageID{two.ID})
}

func combined(w world) {
	c := newCatalog("Sales")
	b := newPackage(c, "B")
	a := newPackage(c, "A", b.ID)
	free := newPackage(c, "Free")
	g := newGroup("G")
	holds := func(who directory.ObjectID, p entitlement.Package, state entitlement.AssignmentState) entitlement.Assignment {
		x := newAssignment(who, p.ID, newID[entitlement.PolicyID]())
		if x.State = state; state == entitlement.AssignmentExpired {
			x.ExpiredAt = start
		}
		return x
	}
	double, reverse := holds("double", a, entitlement.AssignmentDelivered), holds("double", b, entitlement.AssignmentPartial)
	single, past := holds("single", a, entitlement.AssignmentDelivered), holds("past", a, entitlement.AssignmentDelivered)
	failed, inGroup := holds("failed", a, entitlement.AssignmentFailed), holds("member", a, entitlement.AssignmentDelivered)
	w.putAll(c, b, a, free, g, double, reverse, single, past, holds("past", b, entitlement.AssignmentExpired),
		failed, holds("failed", b, entitlement.AssignmentDelivered), inGroup, holds("single", free, entitlement.AssignmentDelivered),
		directory.Membership{Group: g.ID, Member: "member", Relation: directory.MemberOf, Since: start},
		directory.Membership{Group: g.ID, Member: "single", Relation: directory.OwnerOf, Since: start})
	ids := func(with store.Combination, of ...entitlement.PackageID) []entitlement.AssignmentID {
		w.Helper()
		in := query.In{Field: "package"}
		for _, id := range of {
			in.Values = append(in.Values, string(id))
		}
		page := look(w, func(ctx context.Context, r store.Reader) (query.Page[entitlement.Assignment], error) {
			return r.Combined(ctx, with, query.List{Where: in, Limit: 9, Count: true})
		})
		var ids []entitlement.AssignmentID
		for _, x := range page.Rows {
			ids = append(ids, x.ID)
		}
		if page.Count != int64(len(ids)) {
			w.Errorf("count %d of %d", page.Count, len(ids))
		}
		return ids
	}
	one := func(x entitlement.Assignment) []entitlement.AssignmentID { return []entitlement.AssignmentID{x.ID} }
	same(w, "A beside B", ids(store.Combination{Packages: []entitlement.PackageID{b.ID}}, a.ID), one(double))
	same(w, "A beside what it must not be beside", ids(store.Combination{Configured: true}, a.ID), one(double))
	same(w, "B beside what it must not be beside", ids(store.Combination{Configured: true}, b.ID), one(reverse))
	same(w, "A beside the group", ids(store.Combination{Groups: []directory.ObjectID{g.ID}}, a.ID), one(inGroup))
	same(w, "A beside Free", ids(store.Combination{Packages: []entitlement.PackageID{free.ID}}, a.ID), one(single))
	same(w, "A beside nothing", ids(store.Combination{}, a.ID), []entitlement.AssignmentID(nil))
	any := []entitlement.AssignmentID{double.ID, inGroup.ID}
	slices.Sort(any)
	same(w, "A beside either", ids(store.Combination{Configured: true, Groups: []directory.ObjectID{g.ID}}, a.ID), any)
}

func exceptions(w world) {
	x := entitlement.Exception{
		ID: newID[entitlement.ExceptionID](), Catalog: "c", Rule: entitlement.Rule{Package: "a", Other: "b"}, Target: "t",
		From: start, Until: start.Add(time.Hour), Reason: "needed", RemoveAtEnd: true, CreatedAt: start,
		ApprovedBy: entitlement.Actor{Kind: entitlement.ByUser, ID: "u", Name: "olga"},
	}
	put := func(x entitlement.Exception) {
		w.Helper()
		w.write(func(ctx context.Context, tx store.Tx) error {
			return tx.PutException(ctx, x, record(audit.KindException, string(x.ID), start))
		})
	}
	put(x)
	ended := x
	ended.ID, ended.EndedAt, ended.Until = newID[entitlement.ExceptionID](), start, start
	put(ended)
	x.Version, ended.Version = 1, 1
	same(w, "exception", look(w, func(ctx context.Context, r store.Reader) (entitlement.Exception, error) {
		return r.Exception(ctx, x.ID)
	}), x)
	of := func(when time.Time) []entitlement.Exception {
		return look(w, func(ctx context.Context, r store.Reader) ([]entitlement.Exception, error) {
			return r.ExceptionsFor(ctx, []directory.ObjectID{"t", "other"}, when)
		})
	}
	same(w, "before", of(start.Add(-time.Second)), []entitlement.Exception(nil))
	same(w, "at its beginning", of(start), []entitlement.Exception{x})
	same(w, "at its end", of(start.Add(time.Hour)), []entitlement.Exception(nil))
	page := look(w, func(ctx context.Context, r store.Reader) (query.Page[entitlement.Exception], error) {
		return r.Exceptions(ctx, query.List{Where: query.Compare{Field: "package", Value: "a"}, Limit: 1, Count: true})
	})
	if len(page.Rows) != 1 || page.Next == nil || page.Count != 2 {
		w.Errorf("a page of one of two: %+v", page)
	}
	w.write(func(ctx context.Context, tx store.Tx) error {
		return tx.DeleteException(ctx, x.ID, record(audit.KindException, string(x.ID), start))
	})
	_, err := tryLook(w, func(ctx context.Context, r store.Reader) (entitlement.Exception, error) {
		return r.Exception(ctx, x.ID)
	})
	if err == nil {
		w.Error("a deleted exception is still there")
	}
}

func emergencies(w world) {
	x := entitlement.EmergencyReview{
		ID: newID[entitlement.RequestID](), Catalog: "c", Package: "p", Target: "t", Status: entitlement.EmergencyOpen,
		OpenedAt: start, DueAt: start.Add(time.Hour), Barred: []directory.ObjectID{"t"},
	}
	put := func(x entitlement.EmergencyReview) {
		w.Helper()
		w.write(func(ctx context.Context, tx store.Tx) error {
			return tx.PutEmergency(ctx, x, record(audit.KindEmergency, string(x.ID), start))
		})
	}
	waiting := func() int64 {
		return look(w, func(ctx context.Context, r store.Reader) (query.Page[entitlement.EmergencyReview], error) {
			return r.Emergencies(ctx, query.List{Where: query.Compare{Field: "status", Value: string(entitlement.EmergencyOpen)}, Limit: 1, Count: true})
		}).Count
	}
	put(x)
	x.Version = 1
	same(w, "review", look(w, func(ctx context.Context, r store.Reader) (entitlement.EmergencyReview, error) {
		return r.Emergency(ctx, x.ID)
	}), x)
	same(w, "open ones", waiting(), int64(1))
	x.Status = entitlement.EmergencyKept
	put(x)
	same(w, "open ones after the decision", waiting(), int64(0))
}

// held lets two transactions hold the same object. The second one gets it
// when the first has ended, and sees what that one did.
func held(w world) {
	u := newUser("adele@example.com")
	p := newPackage(newCatalog("Sales"), "P")
	w.putAll(u)
	inside, goOn := make(chan struct{}), make(chan struct{})
	first := make(chan error)
	go func() {
		first <- w.store.Write(w.Context(), w.tenant, store.Delivery, func(tx store.Tx) error {
			if err := tx.Hold(w.Context(), []directory.ObjectID{u.ID}); err != nil {
				return err
			}
			inside <- struct{}{}
			<-goOn
			a := newAssignment(u.ID, p.ID, "l")
			return tx.PutAssignment(w.Context(), a, record(audit.KindAssignment, string(a.ID), start))
		})
	}()
	<-inside
	second := make(chan int)
	go func() {
		seen := -1
		err := w.store.Write(w.Context(), w.tenant, store.Delivery, func(tx store.Tx) error {
			if err := tx.Hold(w.Context(), []directory.ObjectID{u.ID}); err != nil {
				return err
			}
			page, err := tx.Assignments(w.Context(), query.List{Where: query.Compare{Field: "target", Value: string(u.ID)}, Limit: 9})
			seen = len(page.Rows)
			return err
		})
		if err != nil {
			w.Error(err)
		}
		second <- seen
	}()
	close(goOn)
	if err := <-first; err != nil {
		w.Fatal(err)
	}
	same(w, "assignments that the second one sees", <-second, 1)
}
