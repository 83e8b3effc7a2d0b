package wire

import (
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/query"
)

type grantView = entitlement.GrantView

// declareAssignedRole declares the roles of resources that people have
// through assignments. Only beta has them.
func (m *model) declareAssignedRole() {
	*m.assignedRole = Entity[grantView]{
		collection: "grants",
		record: record[grantView]{
			name: onlyBeta("accessPackageAssignmentResourceRole"),
			props: []property[grantView]{
				guid(onlyBeta("id"), func(g *grantView) *entitlement.GrantID { return &g.ID }).filter("id").ro(),
				text(onlyBeta("originId"), func(g *grantView) *string { return &g.RoleOriginID }).filter("roleOriginId").ro(),
				choice(onlyBeta("originSystem"), originSystems(), func(g *grantView) *entitlement.OriginSystem { return &g.OriginSystem }).filter("originSystem").ro(),
				choice(onlyBeta("status"), alike(Names{}, entitlement.GrantStatuses()...), func(g *grantView) *entitlement.GrantStatus { return &g.Status }).filter("status").ro(),
			},
		},
		navs: []navigation[grantView]{
			many(onlyBeta("accessPackageAssignments"), "assignments", m.assignment, func(g *grantView) []assignmentView { return g.Assignments }).
				of(onlyBeta("accessPackageAssignmentResourceRoles"), func(g *grantView) string { return string(g.ID) }).belongs(),
			one(onlyBeta("accessPackageResourceRole"), "role", m.role, func(g *grantView) *roleView { return g.RoleOf }).belongs(),
			one(onlyBeta("accessPackageResourceScope"), "scope", m.scope, func(g *grantView) *scopeView { return g.ScopeOf }).belongs(),
			one(onlyBeta("accessPackageSubject"), "subject", m.subject, func(g *grantView) *entitlement.Subject { return g.OfSubject }).belongs(),
		},
		paths: []property[grantView]{
			path(onlyBeta("accessPackageSubject/objectId"), "subject", guidLiteral, func(g *grantView) query.Value { return textValue[directory.ObjectID](g.Subject) }),
		},
	}
	m.assignedRole.build()
}
