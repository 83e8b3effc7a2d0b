package sqlstore

import (
	"context"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/query"
)

const living = " AND directory_object.deleted_at IS NULL"

func (r *reader) Objects(ctx context.Context, kind directory.ObjectKind, q query.List) (query.Page[directory.Object], error) {
	return list(ctx, r, objects, objectColumns, r.scanObject, q, ofKind(kind))
}

func (r *reader) DeletedObjects(ctx context.Context, kind directory.ObjectKind, q query.List) (query.Page[directory.Object], error) {
	return list(ctx, r, objects, objectColumns, r.scanObject, q, func(s *statement, _ string) {
		s.add(" AND directory_object.kind = ", s.arg(string(kind)), " AND directory_object.deleted_at IS NOT NULL")
	})
}

func ofKind(kind directory.ObjectKind) func(*statement, string) {
	return func(s *statement, _ string) {
		s.add(" AND directory_object.kind = ", s.arg(string(kind)), living)
	}
}

func (r *reader) Members(ctx context.Context, group directory.ObjectID, rel directory.Relation, q query.List) (query.Page[directory.Object], error) {
	return list(ctx, r, members, objectColumns, r.scanObject, q, membersOf(group, rel))
}

func (r *reader) DeepMembers(ctx context.Context, group directory.ObjectID, q query.List) (query.Page[directory.Object], error) {
	return list(ctx, r, objects, objectColumns, r.scanObject, q, func(s *statement, tenant string) {
		s.add(living, " AND directory_object.id IN (WITH RECURSIVE nested (id) AS (SELECT id FROM directory_object WHERE tenant_id = ", tenant,
			" AND id = ", s.arg(string(group)), " UNION SELECT g.id FROM nested JOIN membership m ON m.tenant_id = ", tenant,
			" AND m.group_id = nested.id AND m.relation = 'member' JOIN directory_object g ON g.tenant_id = ", tenant,
			" AND g.id = m.member_id AND g.kind = 'group' AND g.deleted_at IS NULL)",
			" SELECT m.member_id FROM nested JOIN membership m ON m.tenant_id = ", tenant, " AND m.group_id = nested.id AND m.relation = 'member')")
	})
}

func membersOf(group directory.ObjectID, rel directory.Relation) func(*statement, string) {
	return func(s *statement, tenant string) {
		s.add(" AND membership.tenant_id = ", tenant, " AND membership.group_id = ", s.arg(string(group)),
			" AND membership.relation = ", s.arg(string(rel)), living)
	}
}

func (r *reader) GroupsHolding(ctx context.Context, id directory.ObjectID, deep bool, q query.List) (query.Page[directory.Object], error) {
	return list(ctx, r, objects, objectColumns, r.scanObject, q, func(s *statement, tenant string) {
		member := s.arg(string(id))
		s.add(" AND directory_object.kind = 'group'", living, " AND directory_object.id IN (")
		if deep {
			// groupsOf names $1 and $2: the arguments so far.
			s.add("WITH RECURSIVE ", groupsOf, " SELECT id FROM holding)")
			return
		}
		s.add("SELECT group_id FROM membership WHERE tenant_id = ", tenant, " AND relation = 'member' AND member_id = ", member, ")")
	})
}

func (r *reader) AppRoleAssignments(ctx context.Context, q query.List) (query.Page[directory.AppRoleAssignment], error) {
	return list(ctx, r, appRoleAssignments, appRoleAssignmentColumns, scanAppRoleAssignment, q, nil)
}

func (r *reader) RoleAssignments(ctx context.Context, q query.List) (query.Page[authz.RoleAssignment], error) {
	return list(ctx, r, roleAssignments, roleAssignmentColumns, scanRoleAssignment, q, nil)
}
