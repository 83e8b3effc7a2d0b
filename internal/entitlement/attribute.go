package entitlement

import (
	"slices"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/fault"
)

// ResourceAttribute is what a resource needs to know of people: whoever asks
// for a package that gives a role of it has to answer the question
// (catalogs-and-resources.md section 4.6).
type ResourceAttribute struct {
	ID string
	AttributeUse
	Question Question
}

// AttributeUse says how an answer becomes a property of whom the access is
// for.
type AttributeUse struct {
	Name       string // a directory.AttributeName
	Editable   bool   // people who have a value are asked too, and may replace it
	Persistent bool   // the value stays when the access ends
}

// Collected is what an assignment's target answered to be written to the
// account.
type Collected struct {
	AttributeUse
	Value string
}

// CheckAttributes reports what is wrong with the attributes of a resource, as
// a fault.Invalid.
func (r Resource) CheckAttributes() error {
	bad := func(format string, args ...any) error {
		return fault.New(fault.Invalid, "InvalidResourceAttribute", format, args...).At("resource.attributes")
	}
	if len(r.Attributes) > maxQuestions {
		return bad("A resource has at most %d attributes.", maxQuestions)
	}
	seen := map[string]bool{}
	for _, a := range r.Attributes {
		switch _, known := directory.AttributeName(a.Name); {
		case !known:
			return bad("%q is no property of users that answers can be written to; take one such as jobTitle, employeeId or extensionAttribute1.", a.Name)
		case seen[a.Name]:
			return bad("The attribute %s stands in the list twice.", a.Name)
		}
		seen[a.Name] = true
		if err := a.Question.check(); err != nil {
			return fault.Of(err).At("resource.attributes")
		}
	}
	return nil
}

// completed returns the attributes as they are kept: with names as they are
// published, and with the ids that those of the same name had before.
func completed(asked, before []ResourceAttribute, newID func() string) []ResourceAttribute {
	var all []ResourceAttribute
	for _, a := range asked {
		if name, ok := directory.AttributeName(a.Name); ok {
			a.Name = name
		}
		var known ResourceAttribute
		if at := slices.IndexFunc(before, func(b ResourceAttribute) bool { return b.Name == a.Name }); at >= 0 {
			known = before[at]
		} else {
			known.ID, known.Question.ID = newID(), QuestionID(newID())
		}
		a.ID, a.Question.ID = known.ID, known.Question.ID
		all = append(all, a)
	}
	return all
}

// WithAttributes returns the resource with other attributes; nil changes
// nothing.
func (r Resource) WithAttributes(asked []ResourceAttribute, newID func() string) Resource {
	if asked != nil {
		r.Attributes = completed(asked, r.Attributes, newID)
	}
	return r
}

// Asking returns the policy with what the resources of the package want to
// know of the target, behind its own questions. An answer is always needed.
// Nobody is asked twice for the same attribute, nor for one that is there and
// cannot be edited; only users have attributes.
func (p Policy) Asking(pkg Package, resources []Resource, target directory.Object) Policy {
	if target.User == nil {
		return p
	}
	asked := map[string]bool{}
	for _, rs := range pkg.RoleScopes {
		at := slices.IndexFunc(resources, func(r Resource) bool { return r.ID == rs.Resource })
		if at < 0 {
			continue
		}
		for _, a := range resources[at].Attributes {
			if asked[a.Name] || !a.Editable && *target.User.Attribute(a.Name) != "" {
				continue
			}
			asked[a.Name] = true
			q := a.Question
			q.Required, q.Fills = true, &a.AttributeUse
			p.Questions = append(slices.Clip(p.Questions), q)
		}
	}
	return p
}

// collected returns what answers are to be written to the account, each once.
func collected(answers []Answer) []Collected {
	var all []Collected
	for _, a := range answers {
		use := a.Question.Fills
		if use == nil {
			continue
		}
		if at := slices.IndexFunc(all, func(c Collected) bool { return c.Name == use.Name }); at >= 0 {
			all[at].Value += ";" + a.Value // further choices
			continue
		}
		all = append(all, Collected{AttributeUse: *use, Value: a.Value})
	}
	return all
}

// collect returns what is collected for an assignment after a change of it:
// what was answered anew goes before what was answered earlier.
func (a Assignment) collect(answers []Answer) []Collected {
	all := collected(answers)
	for _, old := range a.Collected {
		if !slices.ContainsFunc(all, func(c Collected) bool { return c.Name == old.Name }) {
			all = append(all, old)
		}
	}
	return all
}

// Fill returns the account of the target as the assignment wants it: with
// what was collected for it or, once it has ended, without that. Others are
// the target's other assignments; what those want stays. So does what
// somebody has changed since, and what may not be edited.
func (a Assignment) Fill(target directory.Object, others []Assignment) directory.Object {
	if target.User == nil {
		return target
	}
	target = target.Clone()
	for _, c := range a.Collected {
		at := target.User.Attribute(c.Name)
		wanted := slices.ContainsFunc(others, func(o Assignment) bool {
			return o.ID != a.ID && o.Active() && slices.ContainsFunc(o.Collected, func(d Collected) bool { return d.Name == c.Name })
		})
		switch {
		case a.Active() && (c.Editable || *at == ""):
			*at = c.Value
		case !a.Active() && !c.Persistent && !wanted && *at == c.Value:
			*at = ""
		}
	}
	return target
}
