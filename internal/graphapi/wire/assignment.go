package wire

import (
	"time"

	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/query"
)

type assignmentView = entitlement.AssignmentView

func (m *model) declareAssignment() {
	assignments := onlyBeta("accessPackageAssignments")
	assignmentID := func(a *assignmentView) string { return string(a.ID) }
	state := func(a *assignmentView) string { return string(a.State) }
	stateValue := func(a *assignmentView) query.Value { return textValue(a.State) }
	packageOf := func(a *assignmentView) query.Value { return textValue(a.Package) }
	catalogOf := func(a *assignmentView) query.Value { return textValue(a.Catalog) }
	policyOf := func(a *assignmentView) query.Value { return textValue(a.Policy) }
	*m.assignment = Entity[assignmentView]{
		collection: "assignments",
		record: record[assignmentView]{
			name: both("accessPackageAssignment"),
			props: []property[assignmentView]{
				guid(both("id"), func(a *assignmentView) *entitlement.AssignmentID { return &a.ID }).filter("id").ro(),
				guid(onlyBeta("catalogId"), func(a *assignmentView) *entitlement.CatalogID { return &a.Catalog }).filter("catalog").ro(),
				guid(onlyBeta("accessPackageId"), func(a *assignmentView) *entitlement.PackageID { return &a.Package }).filter("package").ro(),
				guid(onlyBeta("assignmentPolicyId"), func(a *assignmentView) *entitlement.PolicyID { return &a.Policy }).filter("policy").ro(),
				shown(onlyBeta("targetId"), "Edm.String", func(b []byte, a *assignmentView, s *Shape) []byte {
					return appendText(b, subjectIDOf(a.OfTarget, a.Target, s))
				}),
				derivedChoice(renamed("state", "assignmentState"), assignmentStates(), state, stateValue).filter("state"),
				assignmentStatus(),
				flag(onlyBeta("isExtended"), func(a *assignmentView) *bool { return &a.Extended }).filter("extended").ro(),
				instant(both("expiredDateTime"), func(a *assignmentView) *time.Time { return &a.ExpiredAt }).filter("expiredAt").ro(),
				effectivePeriod(),
				calloutInstances(func(a *assignmentView) *[]callout { return &a.Callouts }),
			},
		},
		navs: []navigation[assignmentView]{
			one(both("accessPackage"), "package", m.pkg, func(a *assignmentView) *packageView { return a.OfPackage }),
			one(renamed("assignmentPolicy", "accessPackageAssignmentPolicy"), "policy", m.policy, func(a *assignmentView) *policyView { return a.OfPolicy }),
			one(both("target"), "target", m.subject, func(a *assignmentView) *entitlement.Subject { return a.OfTarget }),
			pages(onlyBeta("accessPackageAssignmentRequests"), "requests", m.request, func(a *assignmentView) *query.Page[requestView] { return &a.Requests }).
				of(assignments, assignmentID),
			pages(onlyBeta("accessPackageAssignmentResourceRoles"), "grants", m.assignedRole, func(a *assignmentView) *query.Page[grantView] { return &a.Grants }).
				of(assignments, assignmentID),
		},
		paths: []property[assignmentView]{
			path(both("accessPackage/id"), "package", guidLiteral, packageOf),
			path(both("accessPackageId"), "package", guidLiteral, packageOf),
			path[assignmentView](both("accessPackage/displayName"), "package.displayName", nameLiteral, nil),
			path(renamed("accessPackage/catalog/id", "accessPackage/accessPackageCatalog/id"), "catalog", guidLiteral, catalogOf),
			path(both("accessPackage/catalogId"), "catalog", guidLiteral, catalogOf),
			path(both("catalogId"), "catalog", guidLiteral, catalogOf),
			path(renamed("assignmentPolicy/id", "accessPackageAssignmentPolicy/id"), "policy", guidLiteral, policyOf),
			path(both("assignmentPolicyId"), "policy", guidLiteral, policyOf),
			path[assignmentView](renamed("assignmentPolicy/displayName", "accessPackageAssignmentPolicy/displayName"), "policy.displayName", nameLiteral, nil),
			path(both("target/objectId"), "target", guidLiteral, func(a *assignmentView) query.Value { return textValue(a.Target) }),
			path[assignmentView](both("target/displayName"), "target.displayName", nameLiteral, nil),
			path[assignmentView](both("target/email"), "target.mail", nameLiteral, nil),
			path[assignmentView](both("target/principalName"), "target.principalName", nameLiteral, nil),
			path(both("schedule/expiration/endDateTime"), "endsAt", instantLiteral, func(a *assignmentView) query.Value { return instantValue(a.EndsAt) }),
			path(both("createdDateTime"), "createdAt", instantLiteral, func(a *assignmentView) query.Value { return instantValue(a.CreatedAt) }),
			unnamed("graceUntil", instantLiteral, func(a *assignmentView) query.Value { return instantValue(a.GraceUntil) }),
			unnamed("told", wordLiteral, func(a *assignmentView) query.Value { return string(a.Told) }),
		},
	}
	m.assignment.build()
}

func assignmentStates() *vocabulary {
	return cased(onlyV1("accessPackageAssignmentState"), entitlement.AssignmentStates()...)
}

// inGrace is the status of an assignment that the rule of its policy has
// ended, and that lasts for a while.
const inGrace = "autoAssignmentInGracePeriod"

// assignmentStatus is finer than the state: delivered access may be on its
// way out.
func assignmentStatus() property[assignmentView] {
	get := func(a *assignmentView) string {
		switch {
		case a.InGrace():
			return inGrace
		case a.Told != "" && announced[a.Told] == a.State:
			return string(a.Told)
		}
		return string(a.State)
	}
	p := derivedChoice(renamed("status", "assignmentStatus"), assignmentStatuses(), get,
		func(a *assignmentView) query.Value { return textValue(get(a)) }).filter("state")
	p.selects = func(v query.Value) query.Expr {
		state := func(s entitlement.AssignmentState) query.Expr { return query.Compare{Field: "state", Value: string(s)} }
		told := func(a entitlement.Announcement) query.Expr { return query.Compare{Field: "told", Value: string(a)} }
		noGrace := query.Compare{Field: "graceUntil", Op: query.Eq, Value: nil}
		text, _ := v.(string)
		switch s := entitlement.AssignmentState(text); s {
		case entitlement.AssignmentDelivered:
			return query.And{state(s), noGrace, told("")}
		case entitlement.AssignmentExpired:
			return query.And{state(s), told("")}
		case inGrace:
			return query.And{state(entitlement.AssignmentDelivered), query.Compare{Field: "graceUntil", Op: query.Ne, Value: nil}}
		}
		if s, ok := announced[entitlement.Announcement(text)]; ok {
			return query.And{state(s), noGrace, told(entitlement.Announcement(text))}
		}
		return query.Compare{Field: "state", Value: v}
	}
	return p
}

// announced says in which state each announcement is the status.
var announced = map[entitlement.Announcement]entitlement.AssignmentState{
	entitlement.TwoWeeksLeft: entitlement.AssignmentDelivered,
	entitlement.OneDayLeft:   entitlement.AssignmentDelivered,
	entitlement.EndTold:      entitlement.AssignmentExpired,
}

// assignmentStatuses are the states as text, which both versions capitalize.
// The further ones are told by published examples.
func assignmentStatuses() *vocabulary {
	d := &vocabulary{}
	for _, s := range entitlement.AssignmentStates() {
		d.words = append(d.words, word{is: string(s), v1: pascal(string(s)), beta: pascal(string(s))})
	}
	d.words = append(d.words, word{is: inGrace, v1: pascal(inGrace), beta: pascal(inGrace)})
	for _, a := range entitlement.Announcements() {
		d.words = append(d.words, word{is: string(a), v1: string(a), beta: string(a)})
	}
	return d
}

// effectivePeriod is when an assignment really begins and ends. What has no
// state yet shows what was asked for.
func effectivePeriod() property[assignmentView] {
	return property[assignmentView]{
		names: both("schedule"), types: Names{"graph.entitlementManagementSchedule", "graph.requestSchedule"}, parts: scheduleType, readOnly: true,
		put: func(b []byte, a *assignmentView, s *Shape) []byte {
			if a.State == "" {
				return scheduleType.append(b, &a.Schedule, s)
			}
			period := entitlement.Schedule{Start: a.Schedule.Start, Expiration: entitlement.Expiration{Type: entitlement.NoExpiration}}
			if period.Start.IsZero() {
				period.Start = a.CreatedAt
			}
			if !a.EndsAt.IsZero() {
				period.Expiration = entitlement.Expiration{Type: entitlement.AfterDateTime, End: a.EndsAt}
			}
			return scheduleType.append(b, &period, s)
		},
	}
}
