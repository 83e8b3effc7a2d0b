package wire

import (
	"time"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/query"
)

// What stands in this file is ours: the published API has no exceptions from
// incompatibility, and no list of those who violate it.

type exceptionView = entitlement.ExceptionView

func (m *model) declareException() {
	behavior := alike(Names{}, "keepAccess", "removeAccess")
	*m.exception = Entity[exceptionView]{
		collection: "exceptions",
		record: record[exceptionView]{
			name: both("grantkeepIncompatibilityException"),
			props: []property[exceptionView]{
				guid(both("id"), func(x *exceptionView) *entitlement.ExceptionID { return &x.ID }).filter("id").ro(),
				guid(both("accessPackageId"), func(x *exceptionView) *entitlement.PackageID { return &x.Rule.Package }).ro(),
				guid(both("incompatibleAccessPackageId"), func(x *exceptionView) *entitlement.PackageID { return &x.Rule.Other }).filter("other").elsewhereToo(),
				guid(both("incompatibleGroupId"), func(x *exceptionView) *directory.ObjectID { return &x.Rule.Group }).filter("group").elsewhereToo(),
				guid(both("targetId"), func(x *exceptionView) *directory.ObjectID { return &x.Target }).filter("target").elsewhereToo(),
				instant(both("startDateTime"), func(x *exceptionView) *time.Time { return &x.From }).filter("from"),
				instant(both("endDateTime"), func(x *exceptionView) *time.Time { return &x.Until }).filter("until"),
				toggle(both("endBehavior"), behavior, "removeAccess", "keepAccess", func(x *exceptionView) *bool { return &x.RemoveAtEnd }),
				text(both("justification"), func(x *exceptionView) *string { return &x.Reason }),
				told(both("status"), func(x *exceptionView) entitlement.ExceptionStatus { return x.Status() }),
				instant(both("createdDateTime"), func(x *exceptionView) *time.Time { return &x.CreatedAt }).filter("createdAt").ro(),
				told(both("createdBy"), func(x *exceptionView) string { return x.ApprovedBy.Name }),
			},
			input: []input[exceptionView]{
				{names: []string{"target"}, set: takeSubject},
				{names: []string{"incompatibleAccessPackage", "incompatibleAccessPackage@odata.bind"}, set: takeReference(func(x *exceptionView, id string) error {
					x.Rule.Other = entitlement.PackageID(id)
					return nil
				})},
				{names: []string{"incompatibleGroup", "incompatibleGroup@odata.bind"}, set: takeReference(func(x *exceptionView, id string) error {
					x.Rule.Group = directory.ObjectID(id)
					return nil
				})},
			},
			finish: func(r *reader, _ *value, x *exceptionView) error {
				if x.Target == "" {
					return missing(r, "grantkeepIncompatibilityException", both("targetId"))
				}
				return nil
			},
		},
		navs: []navigation[exceptionView]{
			one(both("target"), "target", m.subject, func(x *exceptionView) *entitlement.Subject { return x.OfTarget }),
			one(both("accessPackage"), "package", m.pkg, func(x *exceptionView) *packageView { return x.OfPackage }),
			one(both("incompatibleAccessPackage"), "otherPackage", m.pkg, func(x *exceptionView) *packageView { return x.With }),
			one(both("incompatibleGroup"), "group", m.group, func(x *exceptionView) *dirObject { return x.WithGroup }),
		},
		paths: []property[exceptionView]{
			path(both("target/objectId"), "target", guidLiteral, func(x *exceptionView) query.Value { return textValue(x.Target) }),
			path(both("incompatibleAccessPackage/id"), "other", guidLiteral, func(x *exceptionView) query.Value { return textValue(x.Rule.Other) }),
			path(both("incompatibleGroup/id"), "group", guidLiteral, func(x *exceptionView) query.Value { return textValue(x.Rule.Group) }),
		},
	}
	m.exception.build()
}

// takeSubject reads a person by {"objectId": …}, as requests name targets.
func takeSubject(_ *reader, v *value, x *exceptionView) error {
	body, err := v.asObject()
	if err != nil {
		return err
	}
	id := body.first("objectId")
	if id == nil {
		return nil
	}
	s, err := id.asGUID()
	if err != nil {
		return wrong("holds an objectId that " + err.Error())
	}
	x.Target = directory.ObjectID(s)
	return nil
}

// conflictType is one path by which an assignment violates a rule.
var conflictType = complexType(record[entitlement.Conflict]{
	name: both("grantkeepConflict"),
	props: []property[entitlement.Conflict]{
		told(both("kind"), func(c *entitlement.Conflict) entitlement.ConflictKind { return c.Kind }),
		told(both("accessPackageId"), func(c *entitlement.Conflict) entitlement.PackageID { return c.Rule.Package }),
		told(both("incompatibleAccessPackageId"), func(c *entitlement.Conflict) entitlement.PackageID { return c.Rule.Other }),
		told(both("incompatibleGroupId"), func(c *entitlement.Conflict) directory.ObjectID { return c.Rule.Group }),
		told(both("heldAccessPackageId"), func(c *entitlement.Conflict) entitlement.PackageID { return c.Package }),
		told(both("heldAssignmentId"), func(c *entitlement.Conflict) entitlement.AssignmentID { return c.Assignment }),
		told(both("memberOfGroupId"), func(c *entitlement.Conflict) directory.ObjectID { return c.Group }),
		told(both("roleOriginSystem"), func(c *entitlement.Conflict) entitlement.OriginSystem { return c.Role.System }),
		told(both("roleOriginId"), func(c *entitlement.Conflict) string { return c.Role.Role }),
		told(both("resourceOriginId"), func(c *entitlement.Conflict) string { return c.Role.Resource }),
		told(both("path"), func(c *entitlement.Conflict) string { return "The target " + c.String() + "." }),
	},
})

type violationView = entitlement.ViolationView

func (m *model) declareViolation() {
	*m.violation = Entity[violationView]{
		collection: "assignments",
		record: record[violationView]{
			name: both("grantkeepViolation"),
			props: []property[violationView]{
				guid(both("id"), func(v *violationView) *entitlement.AssignmentID { return &v.ID }).filter("id").ro(),
				guid(both("accessPackageId"), func(v *violationView) *entitlement.PackageID { return &v.Package }).ro(),
				guid(both("targetId"), func(v *violationView) *directory.ObjectID { return &v.Target }).filter("target").ro(),
				instant(both("createdDateTime"), func(v *violationView) *time.Time { return &v.CreatedAt }).filter("createdAt").ro(),
				objects(both("conflicts"), conflictType, func(v *violationView) *[]entitlement.Conflict { return &v.Conflicts }).ro(),
			},
		},
		navs: []navigation[violationView]{
			one(both("target"), "target", m.subject, func(v *violationView) *entitlement.Subject { return v.OfTarget }),
			one(both("accessPackage"), "package", m.pkg, func(v *violationView) *packageView { return v.OfPackage }),
		},
		paths: []property[violationView]{
			path(both("target/objectId"), "target", guidLiteral, func(v *violationView) query.Value { return textValue(v.Target) }),
		},
	}
	m.violation.build()
}
