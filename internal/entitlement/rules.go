package entitlement

import (
	"slices"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/fault"
)

// Rule says what nobody may have together: a package and another package,
// whichever of the two names the other, or a package and the membership of a
// group.
type Rule struct {
	Package PackageID
	Other   PackageID          // the other package, or
	Group   directory.ObjectID // the group
}

// Same reports whether two rules say the same, in whatever order they name
// the packages.
func (r Rule) Same(o Rule) bool {
	return r == o || r.Group == "" && r == Rule{Package: o.Other, Other: o.Package}
}

// RuleFacts are what the rules of a tenant are made of.
type RuleFacts struct {
	Rules  []Rule
	Gives  map[PackageID][]RoleKey                     // what the packages that rules name give
	Within map[directory.ObjectID][]directory.ObjectID // a group that rules name → the groups inside it, itself included
}

// Rules are all rules of a tenant, in a form that is quick to judge by. The
// zero value has none. They are never changed, so they may be shared.
type Rules struct {
	partners map[PackageID][]PackageID                   // both ways
	gives    map[PackageID][]RoleKey                     // of packages in partners
	givers   map[RoleKey][]PackageID                     // gives, the other way round
	barred   map[PackageID][]directory.ObjectID          // groups that a package names
	within   map[directory.ObjectID][]directory.ObjectID // as in RuleFacts
	naming   map[directory.ObjectID][]Rule               // the rules about a group or one that it is inside of
}

// NewRules brings the rules into their quick form.
func NewRules(f RuleFacts) Rules {
	r := Rules{
		partners: map[PackageID][]PackageID{}, gives: f.Gives, givers: map[RoleKey][]PackageID{},
		barred: map[PackageID][]directory.ObjectID{}, within: f.Within, naming: map[directory.ObjectID][]Rule{},
	}
	pair := func(a, b PackageID) {
		if !slices.Contains(r.partners[a], b) {
			r.partners[a] = append(r.partners[a], b)
		}
	}
	for _, rule := range f.Rules {
		if rule.Group == "" {
			pair(rule.Package, rule.Other)
			pair(rule.Other, rule.Package)
			continue
		}
		r.barred[rule.Package] = append(r.barred[rule.Package], rule.Group)
		for _, g := range f.Within[rule.Group] {
			r.naming[g] = append(r.naming[g], rule)
		}
	}
	for p, keys := range f.Gives {
		for _, k := range keys {
			r.givers[k] = append(r.givers[k], p)
		}
	}
	return r
}

// Partners returns the packages that must not be combined with the package.
func (r Rules) Partners(id PackageID) []PackageID { return slices.Clone(r.partners[id]) }

// Paired returns all packages that must not be combined with another one.
func (r Rules) Paired() []PackageID {
	ids := make([]PackageID, 0, len(r.partners))
	for id := range r.partners {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// Has reports whether there is such a rule.
func (r Rules) Has(rule Rule) bool {
	if rule.Group != "" {
		return slices.Contains(r.barred[rule.Package], rule.Group)
	}
	return slices.Contains(r.partners[rule.Package], rule.Other)
}

// Touch reports whether any rule can keep somebody from the package, because
// of what it is named in or because of what it gives.
func (r Rules) Touch(p Package) bool {
	if len(r.partners[p.ID]) > 0 || len(r.barred[p.ID]) > 0 {
		return true
	}
	for _, k := range p.Gives() {
		if len(r.againstGiver(p.ID, k)) > 0 || len(r.againstMembers(p.ID, k)) > 0 {
			return true
		}
	}
	return false
}

// againstGiver returns the rules that the package meets because it gives a
// role that another package gives: Package of each is the one that its
// holders have, Other the one that gives the role, too. A role that both
// packages of a rule give tells nothing about either.
func (r Rules) againstGiver(id PackageID, k RoleKey) []Rule {
	var found []Rule
	for _, giver := range r.givers[k] {
		if giver == id {
			continue
		}
		for _, partner := range r.partners[giver] {
			if partner != id && !slices.Contains(r.gives[partner], k) {
				found = append(found, Rule{Package: partner, Other: giver})
			}
		}
	}
	return found
}

// againstMembers returns the rules that the package meets because the role
// that it gives is the membership of a group.
func (r Rules) againstMembers(id PackageID, k RoleKey) []Rule {
	g, ok := k.MemberOf()
	if !ok {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(r.naming[g]), func(rule Rule) bool { return rule.Package == id })
}

// Groups returns the groups whose members may not have the package: those it
// names, and the groups inside them.
func (r Rules) Groups(id PackageID) []directory.ObjectID {
	var all []directory.ObjectID
	for _, g := range r.barred[id] {
		for _, inner := range r.within[g] {
			if !slices.Contains(all, inner) {
				all = append(all, inner)
			}
		}
	}
	return all
}

// givesGroup reports whether one of the roles is the membership of the group,
// directly or through a group inside it.
func (r Rules) givesGroup(keys []RoleKey, group directory.ObjectID) bool {
	return slices.ContainsFunc(keys, func(k RoleKey) bool {
		g, ok := k.MemberOf()
		return ok && slices.Contains(r.within[group], g)
	})
}

// Beside is what somebody who has a package may have besides, so that a rule
// is violated: certain packages, packages that give certain roles, or the
// membership of certain groups.
type Beside struct {
	Packages []PackageID
	Roles    []RoleKey
	Groups   []directory.ObjectID
}

// Beside returns where to look for people who must not have the package and
// have it. Who is found there need not violate a rule, but nobody else does.
func (r Rules) Beside(p Package) Beside {
	b := Beside{Packages: slices.Clone(r.partners[p.ID])}
	own := p.Gives()
	for _, partner := range r.partners[p.ID] {
		for _, k := range r.gives[partner] {
			if !slices.Contains(own, k) {
				b.Roles = append(b.Roles, k)
			}
		}
	}
	for _, k := range own {
		for _, rule := range slices.Concat(r.againstGiver(p.ID, k), r.againstMembers(p.ID, k)) {
			b.Packages = append(b.Packages, rule.Package)
		}
	}
	for _, g := range r.barred[p.ID] {
		if r.givesGroup(own, g) {
			continue
		}
		b.Groups = append(b.Groups, r.within[g]...)
		for _, inner := range r.within[g] {
			b.Roles = append(b.Roles, MemberRole(inner))
		}
	}
	return b
}

// Against returns the rule that would set the package against itself if it
// gave the role: another package that it must not be combined with gives the
// role, or it is the membership of a group whose members may not have the
// package.
func (r Rules) Against(p Package, k RoleKey) (Rule, bool) {
	for _, partner := range r.partners[p.ID] {
		if slices.Contains(r.gives[partner], k) {
			return Rule{Package: p.ID, Other: partner}, true
		}
	}
	for _, g := range r.barred[p.ID] {
		if r.givesGroup([]RoleKey{k}, g) {
			return Rule{Package: p.ID, Group: g}, true
		}
	}
	return Rule{}, false
}

// AgainstItself is the refusal of a role that would set the package against
// itself by the rule: fault.Invalid "IncompatibleResourceRole". name is what
// the other package or the group is called.
func (p Package) AgainstItself(rule Rule, name string) error {
	if rule.Group != "" {
		return fault.New(fault.Invalid, "IncompatibleResourceRole",
			"The access package %q cannot give this role: it makes people members of the group %q (%s), and its members may not have the access package. Give another role, or end the incompatibility.",
			p.DisplayName, name, rule.Group).At("role")
	}
	return fault.New(fault.Invalid, "IncompatibleResourceRole",
		"The access package %q cannot give this role: the access package %q (%s), which must not be combined with it, gives it already. Take the role from that one, or end the incompatibility.",
		p.DisplayName, name, rule.Other).At("role")
}
