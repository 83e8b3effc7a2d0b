package entitlement

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/grantkeep/grantkeep/internal/directory"
)

// AutomaticPolicy is an automatic policy in the version that is in force, or
// shall be, with its rules read.
type AutomaticPolicy struct {
	Policy
	rules []directory.Rule

	// Ended says that the policy is no longer automatic, or gone: what it gave
	// by itself ends.
	Ended bool
}

// ReadAutomatic reads the rules of an automatic policy. A rule that cannot be
// read, which Policy.Check keeps out, matches nobody.
func ReadAutomatic(p Policy) AutomaticPolicy {
	a := AutomaticPolicy{Policy: p}
	for _, s := range p.AllowedTargets {
		if rule, err := directory.ParseRule(s.Rule); s.Kind == SetRule && err == nil {
			a.rules = append(a.rules, rule)
		}
	}
	return a
}

// EndedAutomatic stands for a policy that is no longer automatic.
func EndedAutomatic(id PolicyID, pkg PackageID) AutomaticPolicy {
	return AutomaticPolicy{Policy: Policy{ID: id, Package: pkg}, Ended: true}
}

// Matches reports whether the policy is for the user, who must exist. in
// tells which of Groups the user is a direct member of.
func (a AutomaticPolicy) Matches(o directory.Object, in map[directory.ObjectID]bool) bool {
	if o.ID == "" || o.Deleted() {
		return false
	}
	return slices.ContainsFunc(a.rules, func(r directory.Rule) bool { return r.Match(o, in) })
}

// Depends returns the properties that decide whether a user matches.
func (a AutomaticPolicy) Depends() []directory.Property {
	return gather(a.rules, directory.Rule.Depends)
}

// Groups returns the groups that the rules ask about.
func (a AutomaticPolicy) Groups() []directory.ObjectID { return gather(a.rules, directory.Rule.Groups) }

func gather[T any, E cmp.Ordered](all []T, of func(T) []E) []E {
	var found []E
	for _, t := range all {
		found = append(found, of(t)...)
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// gives reports whether the policy gives access to those who match.
func (a AutomaticPolicy) gives() bool {
	return !a.Ended && a.Automatic != nil && a.Automatic.RequestForAllowedTargets
}

// SameReach reports whether both versions of a policy, as far as they are
// automatic, do the same to the same people.
func (p Policy) SameReach(o Policy) bool {
	if (p.Automatic == nil) != (o.Automatic == nil) {
		return false
	}
	rules := func(p Policy) (all []string) {
		for _, s := range p.AllowedTargets {
			all = append(all, s.Rule)
		}
		return all
	}
	return p.Automatic == nil || *p.Automatic == *o.Automatic && slices.Equal(rules(p), rules(o))
}

// AutomaticFacts is what decides what automatic assignment does about one
// user and one package.
type AutomaticFacts struct {
	Target   directory.Object            // without an id if it is gone for good
	In       map[directory.ObjectID]bool // groups that rules ask about and the target is in
	Policies []AutomaticPolicy           // the automatic policies of the package
	Held     []Assignment                // active assignments of the target to the package
	Open     bool                        // the target has an open request for the package
	Now      time.Time
}

// AutomaticStep is what is to be done about them.
type AutomaticStep struct {
	Add *Policy // the policy through which access is to be given

	// Waits says that access would be given, but for an open request of the
	// target for the package: that one is decided first.
	Waits bool

	Changes []AutomaticChange
}

// AutomaticChange is what happens to an assignment, and why.
type AutomaticChange struct {
	AssignmentChange
	Reason string
}

// Idle reports whether nothing is to be done.
func (s AutomaticStep) Idle() bool { return s.Add == nil && !s.Waits && len(s.Changes) == 0 }

// Removes reports whether access is to end.
func (s AutomaticStep) Removes() bool {
	return slices.ContainsFunc(s.Changes, func(c AutomaticChange) bool { return c.Event == Left })
}

// Decide applies the automatic policies of a package to a user (policies.md
// section 9). Who has an active assignment to the package, through whatever
// policy, gets no other one. What a policy gave by itself ends after the
// policy's grace period when its rule no longer matches, unless another
// automatic policy of the package matches: that one takes the assignment
// over, so that access has no gap. What somebody asked for stays. Policies
// come in the order in which they are to be tried.
func (f AutomaticFacts) Decide() AutomaticStep {
	var step AutomaticStep
	for _, a := range f.Held {
		if c, ok := f.keep(a); ok {
			step.Changes = append(step.Changes, c)
		}
	}
	if len(f.Held) > 0 || !f.Target.Active() {
		return step
	}
	if next := f.giver(nil); next != nil {
		step.Add, step.Waits = &next.Policy, f.Open
		if f.Open {
			step.Add = nil
		}
	}
	return step
}

// giver returns the first policy that gives the package to the target and
// through which none of the assignments is held.
func (f AutomaticFacts) giver(held []Assignment) *AutomaticPolicy {
	for i := range f.Policies {
		p := &f.Policies[i]
		through := slices.ContainsFunc(held, func(a Assignment) bool { return a.Policy == p.ID })
		if p.gives() && !through && p.Matches(f.Target, f.In) {
			return p
		}
	}
	return nil
}

// keep decides what becomes of an assignment; ok is false if nothing does.
func (f AutomaticFacts) keep(a Assignment) (c AutomaticChange, ok bool) {
	at := slices.IndexFunc(f.Policies, func(p AutomaticPolicy) bool { return p.ID == a.Policy })
	if at < 0 || !a.Automatic {
		return c, false // somebody asked for it
	}
	p := f.Policies[at]
	switch {
	case p.Ended:
		return f.leave(a, 0, "the policy is no longer automatic")
	case p.Matches(f.Target, f.In), !p.Automatic.RemoveWhenTargetLeaves:
		if a.GraceUntil.IsZero() {
			return c, false
		}
		return f.change(a, Returned, "the rule of the policy matches again", func(*Assignment) {})
	}
	return f.leave(a, p.Automatic.GracePeriod.Length(), "the rule of the policy no longer matches")
}

func (f AutomaticFacts) leave(a Assignment, grace time.Duration, why string) (AutomaticChange, bool) {
	if next := f.giver(f.Held); next != nil {
		return f.change(a, Moved, fmt.Sprintf("%s, but that of %q does", why, next.DisplayName), func(a *Assignment) {
			a.Policy, a.PolicyVersion = next.ID, next.Version
		})
	}
	if f.Target.ID == "" || f.Target.Deleted() {
		grace, why = 0, "the target does not exist any more" // nobody is left to hand anything over
	}
	until := f.Now.Add(grace)
	if !a.GraceUntil.IsZero() && !a.GraceUntil.After(until) {
		return AutomaticChange{}, false // it is ending already
	}
	if !a.GraceUntil.IsZero() && grace > 0 {
		return AutomaticChange{}, false // the time that was promised stays
	}
	return f.change(a, Left, why, func(a *Assignment) { a.GraceUntil = until })
}

// change applies an event that moves the end of an assignment's grace.
func (f AutomaticFacts) change(a Assignment, e AssignmentEvent, why string, edit func(*Assignment)) (AutomaticChange, bool) {
	c, ok := a.Happen(e, System, f.Now)
	c.After.GraceUntil = time.Time{}
	edit(&c.After)
	return AutomaticChange{AssignmentChange: c, Reason: why}, ok
}

// NewSystemAdd returns the request that gives the package of an automatic
// policy to somebody who matches: no approval, no questions, no end.
func NewSystemAdd(id RequestID, p Policy, target directory.ObjectID, now time.Time) Request {
	return Request{
		ID: id, Kind: SystemAdd, Status: Accepted,
		Catalog: p.Catalog, Package: p.Package, Policy: p.ID, PolicyVersion: p.Version,
		Assignment: AssignmentID(id), Target: target, Requestor: target,
		CreatedAt: now, NotBefore: now, Calls: p.callsOf(SystemAdd, false),
	}
}
