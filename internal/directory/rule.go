package directory

import (
	"slices"
	"strings"
)

// Rule is a membership rule: a condition on the properties of a user, in the
// published language of dynamic groups, such as
//
//	(user.department -eq "Sales") -and -not (user.country -in ["CA", "US"])
//
// Names, operators and texts compare without regard to case. A property that
// a user does not have is null; -ne and the operators that begin with -not
// hold wherever their opposite does not, so for null too. ParseRule makes
// rules; the zero Rule matches nobody.
type Rule struct{ root ruleExpr }

// MaxRule is the most characters of a rule, as published.
const MaxRule = 3072

// Match reports whether the user is one of those that the rule describes. in
// tells which of the groups of Groups the user is a direct member of. Whether
// the user is deleted or may sign in does not matter unless the rule says so;
// objects that are no users never match.
func (r Rule) Match(o Object, in map[ObjectID]bool) bool {
	if r.root == nil || o.Kind != KindUser || o.User == nil {
		return false
	}
	return r.root.match(&ruleSubject{user: o, in: in})
}

// String prints the rule in its standard form: parsed again, it is the same
// rule.
func (r Rule) String() string {
	if r.root == nil {
		return ""
	}
	var b strings.Builder
	r.root.print(&b)
	return b.String()
}

// Property is the name of a user's property as rules know it.
type Property string

// The properties of a rule that are not found in the user alone.
const (
	PropertyMemberOf Property = "memberOf" // groups
	PropertyManager  Property = "manager"
)

// Depends returns the properties that decide whether somebody matches, sorted,
// each once.
func (r Rule) Depends() []Property {
	var found []Property
	r.visit(func(x ruleExpr) {
		switch x := x.(type) {
		case *ruleCompare:
			if x.subject != nil {
				found = append(found, x.subject.name)
			}
		case *ruleElements:
			found = append(found, x.subject.name)
		case *ruleMemberOf:
			found = append(found, PropertyMemberOf)
		case *ruleReports:
			found = append(found, PropertyManager)
		}
	})
	slices.Sort(found)
	return slices.Compact(found)
}

// Groups returns the groups that the rule asks about, sorted, each once.
func (r Rule) Groups() []ObjectID {
	var found []ObjectID
	r.visit(func(x ruleExpr) {
		if m, ok := x.(*ruleMemberOf); ok {
			found = append(found, m.groups...)
		}
	})
	slices.Sort(found)
	return slices.Compact(found)
}

func (r Rule) visit(f func(ruleExpr)) {
	if r.root != nil {
		r.root.visit(f)
	}
}

// Differ reports whether two versions of a user differ in any of the
// properties. Groups are no property of the user itself.
func Differ(before, after Object, properties []Property) bool {
	for _, name := range properties {
		if name == PropertyManager {
			if detailOf(before).ManagerID != detailOf(after).ManagerID {
				return true
			}
			continue
		}
		p := ruleProperties[Fold(string(name))]
		if p == nil {
			continue
		}
		differs := false
		switch {
		case p.flag != nil:
			differs = p.flag(before) != p.flag(after)
		case p.list != nil:
			differs = !slices.Equal(p.list(before), p.list(after))
		default:
			differs = p.text(before) != p.text(after)
		}
		if differs {
			return true
		}
	}
	return false
}

// detailOf returns what only users have; a missing detail is an empty one.
func detailOf(o Object) *UserDetail {
	if o.User == nil {
		return &UserDetail{}
	}
	return o.User
}
