package wire

import (
	"fmt"
	"strings"

	"github.com/grantkeep/grantkeep/internal/entitlement"
)

type attribute = entitlement.ResourceAttribute

// attributeQuestion and attributeStore are where an attribute comes from and
// where it goes: there is one type of each.
var (
	attributeQuestion = complexType(record[attribute]{
		name: both("accessPackageResourceAttributeQuestion"), annotated: true,
		props: []property[attribute]{{
			names: both("question"), types: both("graph.accessPackageQuestion"), contained: onlyV1("question"), required: true,
			put: func(b []byte, a *attribute, s *Shape) []byte { return appendQuestion(b, &a.Question, s) },
			set: func(r *reader, v *value, a *attribute) error { return readQuestion(r, v, &a.Question) },
		}},
	})
	attributeStore = complexType(record[attribute]{name: both("accessPackageUserDirectoryAttributeStore"), annotated: true})
)

var attributeType = complexType(record[attribute]{
	name: both("accessPackageResourceAttribute"),
	props: []property[attribute]{
		text(onlyBeta("id"), func(a *attribute) *string { return &a.ID }).ro(),
		plain(renamed("name", "attributeName"), func(a *attribute) *string { return &a.Name }).due(),
		attributeEnd(renamed("source", "attributeSource"), "graph.accessPackageResourceAttributeSource", attributeQuestion),
		attributeEnd(renamed("destination", "attributeDestination"), "graph.accessPackageResourceAttributeDestination", attributeStore),
		flag(both("isEditable"), func(a *attribute) *bool { return &a.Editable }),
		flag(both("isPersistedOnAssignmentRemoval"), func(a *attribute) *bool { return &a.Persistent }),
	},
})

// attributeEnd is the source or the destination of an attribute. One that
// does not name its type is of the only one there is.
func attributeEnd(n Names, edm string, of *record[attribute]) property[attribute] {
	return property[attribute]{
		names: n, types: both(edm), parts: of, required: true,
		put: func(b []byte, a *attribute, s *Shape) []byte { return of.append(b, a, s) },
		set: func(r *reader, v *value, a *attribute) error {
			body, err := v.asObject()
			if err != nil {
				return err
			}
			if name := typeOf(body); name != "" && !strings.EqualFold(name, of.name.V1) {
				return wrong(fmt.Sprintf("has the type %q; it must be #microsoft.graph.%s", shorten(name), of.name.V1))
			}
			return of.decode(r.inside(), body, a)
		},
	}
}

// takeAttributes reads all attributes of a resource; none are an empty list.
func takeAttributes() property[entitlement.Resource] {
	p := objects(both("attributes"), attributeType, func(r *entitlement.Resource) *[]attribute { return &r.Attributes })
	set := p.set
	p.set = func(r *reader, v *value, resource *entitlement.Resource) error {
		err := set(r, v, resource)
		if resource.Attributes == nil {
			resource.Attributes = []attribute{}
		}
		return err
	}
	return p
}
