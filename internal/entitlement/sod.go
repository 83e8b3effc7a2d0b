package entitlement

import (
	"fmt"
	"slices"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/fault"
)

// ConflictKind tells by what path somebody comes to have what a rule says
// nobody may have together.
type ConflictKind string

// The paths.
const (
	HoldsPackage ConflictKind = "holdsPackage" // holds the other package of the rule
	SharesRole   ConflictKind = "sharesRole"   // holds a package that gives a role of the other package of the rule
	GivesRole    ConflictKind = "givesRole"    // the package asked for gives a role of the other package of a rule about a package that is held
	InGroup      ConflictKind = "inGroup"      // is in the group of the rule
	HoldsMember  ConflictKind = "holdsMember"  // holds a package that makes people members of the group of the rule
	GivesMember  ConflictKind = "givesMember"  // the package asked for does, and the rule is about a package that is held
)

// Conflict is something that a target has and that must not be combined with
// an access package, with the path by which the two meet.
type Conflict struct {
	Kind ConflictKind
	Rule Rule // that would be violated

	Package    PackageID    // that the target holds; empty if it is in a group
	Assignment AssignmentID // through which

	Via   PackageID          // the package of the rule that gives the role, too
	Role  RoleKey            // the role that two packages give
	Group directory.ObjectID // the group that the target is, or would be, in directly
	Names map[string]string  // what ids of packages, groups and roles are called, for people
}

// Holding is a package that somebody has.
type Holding struct {
	Assignment AssignmentID
	Package    PackageID
	Gives      []RoleKey
}

// Candidate is somebody who may get a package, or have it for longer.
type Candidate struct {
	Package Package
	Held    []Holding            // what the target has by now
	In      []directory.ObjectID // those of Rules.Groups that the target is in directly
	Has     bool                 // the target has the package already
}

// Conflicts returns what keeps the candidate from the package.
func (r Rules) Conflicts(c Candidate) []Conflict {
	p, own := c.Package, c.Package.Gives()
	var found []Conflict
	for _, h := range c.Held {
		if h.Package == p.ID {
			continue
		}
		base := Conflict{Package: h.Package, Assignment: h.Assignment}
		if slices.Contains(r.partners[p.ID], h.Package) {
			base.Kind, base.Rule = HoldsPackage, Rule{Package: p.ID, Other: h.Package}
			found = append(found, base)
			continue
		}
		found = r.sharing(found, base, p, own, h)
		found = r.giving(found, base, p, own)
		found = r.joining(found, base, p, own, h)
	}
	return r.belonging(found, c, own)
}

// sharing adds conflicts with a held package that gives what a partner of the
// wanted package gives: one for each partner.
func (r Rules) sharing(found []Conflict, base Conflict, p Package, own []RoleKey, h Holding) []Conflict {
	for _, partner := range r.partners[p.ID] {
		at := slices.IndexFunc(h.Gives, func(k RoleKey) bool {
			return slices.Contains(r.gives[partner], k) && !slices.Contains(own, k)
		})
		if at >= 0 {
			c := base
			c.Kind, c.Rule, c.Via, c.Role = SharesRole, Rule{Package: p.ID, Other: partner}, partner, h.Gives[at]
			found = append(found, c)
		}
	}
	return found
}

// giving is sharing seen from the other side: the wanted package gives what
// a partner of the held one gives.
func (r Rules) giving(found []Conflict, base Conflict, p Package, own []RoleKey) []Conflict {
	var met []PackageID
	for _, k := range own {
		for _, rule := range r.againstGiver(p.ID, k) {
			if rule.Package != base.Package || slices.Contains(met, rule.Other) {
				continue
			}
			met = append(met, rule.Other)
			c := base
			c.Kind, c.Rule, c.Via, c.Role = GivesRole, rule, rule.Other, k
			found = append(found, c)
		}
	}
	return found
}

// joining adds conflicts between one package that makes people members of a
// group and another one that members of the group may not have. What the
// latter gives by itself does not count.
func (r Rules) joining(found []Conflict, base Conflict, p Package, own []RoleKey, h Holding) []Conflict {
	for _, g := range r.barred[p.ID] {
		if r.givesGroup(own, g) {
			continue
		}
		at := slices.IndexFunc(h.Gives, func(k RoleKey) bool { return r.givesGroup([]RoleKey{k}, g) })
		if at >= 0 {
			c := base
			c.Kind, c.Rule, c.Role = HoldsMember, Rule{Package: p.ID, Group: g}, h.Gives[at]
			c.Group, _ = c.Role.MemberOf()
			found = append(found, c)
		}
	}
	for _, k := range own {
		for _, rule := range r.againstMembers(p.ID, k) {
			known := slices.ContainsFunc(found, func(c Conflict) bool {
				return c.Kind == GivesMember && c.Rule == rule && c.Assignment == base.Assignment
			})
			if rule.Package != base.Package || known || r.givesGroup(h.Gives, rule.Group) {
				continue
			}
			c := base
			c.Kind, c.Rule, c.Role = GivesMember, rule, k
			c.Group, _ = k.MemberOf()
			found = append(found, c)
		}
	}
	return found
}

// belonging adds conflicts with groups that the target is in, one for each
// group that the package names. A membership that comes from a held package
// was told before, and one that comes from the package itself is no reason
// to take it away.
func (r Rules) belonging(found []Conflict, c Candidate, own []RoleKey) []Conflict {
	for _, g := range r.barred[c.Package.ID] {
		if c.Has && r.givesGroup(own, g) {
			continue
		}
		rule := Rule{Package: c.Package.ID, Group: g}
		for _, in := range c.In {
			told := slices.ContainsFunc(found, func(f Conflict) bool { return f.Rule == rule && f.Group == in })
			if slices.Contains(r.within[g], in) && !told {
				found = append(found, Conflict{Kind: InGroup, Rule: rule, Group: in})
				break
			}
		}
	}
	return found
}

// String tells people by what path the conflict arises; what they read begins
// with the target.
func (c Conflict) String() string {
	held := fmt.Sprintf("holds the access package %s (%s, assignment %s)", c.name(string(c.Package)), c.Package, c.Assignment)
	role := c.roleName()
	switch c.Kind {
	case HoldsPackage:
		return held
	case SharesRole:
		return fmt.Sprintf("%s, which gives %s that the incompatible access package %s (%s) also gives", held, role, c.name(string(c.Via)), c.Via)
	case GivesRole:
		return fmt.Sprintf("%s, which must not be combined with the access package %s (%s), and this access package gives %s that %s also gives",
			held, c.name(string(c.Via)), c.Via, role, c.name(string(c.Via)))
	case InGroup:
		if c.Group != c.Rule.Group {
			return fmt.Sprintf("is a member of the group %s, through the group %s", c.group(c.Rule.Group), c.group(c.Group))
		}
		return "is a member of the group " + c.group(c.Group)
	case HoldsMember:
		return fmt.Sprintf("%s, which gives the membership of the group %s%s", held, c.group(c.Group), c.inside())
	case GivesMember:
		return fmt.Sprintf("%s, which members of the group %s may not have, and this access package gives the membership of the group %s%s",
			held, c.group(c.Rule.Group), c.group(c.Group), c.inside())
	}
	panic("entitlement: unknown conflict " + string(c.Kind))
}

func (c Conflict) inside() string {
	if c.Group == c.Rule.Group {
		return ""
	}
	return ", which is inside the group " + c.group(c.Rule.Group)
}

func (c Conflict) group(id directory.ObjectID) string {
	return c.name(string(id)) + " (" + string(id) + ")"
}

func (c Conflict) name(id string) string { return fmt.Sprintf("%q", c.Names[id]) }

func (c Conflict) roleName() string {
	if c.Role == (RoleKey{}) {
		return ""
	}
	return "the role " + c.RoleName()
}

// RoleName is what the shared role is called, such as "Member" of "CRM".
func (c Conflict) RoleName() string {
	if c.Role == (RoleKey{}) {
		return ""
	}
	return c.name(c.Role.Role) + " of " + c.name(c.Role.Resource)
}

// Unnamed returns the ids that Names should tell about.
func (c Conflict) Unnamed() (packages []PackageID, groups []directory.ObjectID) {
	for _, id := range []PackageID{c.Package, c.Via, c.Rule.Package, c.Rule.Other} {
		if id != "" && !slices.Contains(packages, id) {
			packages = append(packages, id)
		}
	}
	for _, id := range []directory.ObjectID{c.Group, c.Rule.Group} {
		if id != "" && !slices.Contains(groups, id) {
			groups = append(groups, id)
		}
	}
	return packages, groups
}

// CheckConflicts refuses what would combine incompatible access: a
// fault.Invalid "IncompatibleAccess" that names each path, or nil if there
// is none.
func CheckConflicts(found []Conflict) error {
	if len(found) == 0 {
		return nil
	}
	paths := make([]string, len(found))
	for i, c := range found {
		paths[i] = c.String()
	}
	return fault.New(fault.Invalid, "IncompatibleAccess",
		"The target has access that must not be combined with this access package: the target %s. It has to end first, or an exception has to be approved.",
		sentenceList(paths, "and"))
}
