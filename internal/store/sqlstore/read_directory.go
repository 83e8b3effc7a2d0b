package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/store"
)

// groupsOf begins a recursive WITH: holding has the living groups that $2 is
// a member of. UNION leaves out what was found before, so cycles end.
const groupsOf = `holding (id) AS (
		SELECT m.group_id FROM membership m JOIN directory_object g ON g.tenant_id = $1 AND g.id = m.group_id AND g.deleted_at IS NULL
			WHERE m.tenant_id = $1 AND m.member_id = $2 AND m.relation = 'member' AND g.kind = 'group'
		UNION SELECT m.group_id FROM holding
			JOIN membership m ON m.tenant_id = $1 AND m.member_id = holding.id AND m.relation = 'member'
			JOIN directory_object g ON g.tenant_id = $1 AND g.id = m.group_id AND g.deleted_at IS NULL AND g.kind = 'group')`

// byIDs reads the objects of a list of ids, in one statement.
func byIDs[T any, ID ~string](ctx context.Context, r *reader, table, columns string, ids []ID,
	scan func(scanner) (T, error), id func(T) ID,
) (map[ID]T, error) {
	found := make(map[ID]T, len(ids))
	err := r.query(ctx, "SELECT "+columns+" FROM "+table+" WHERE tenant_id = $1 AND id "+r.store.dialect.among("$2"),
		[]any{r.no, listArg(r, ids)}, func(row scanner) error {
			v, err := scan(row)
			if err != nil {
				return err
			}
			found[id(v)] = v
			return nil
		})
	if err != nil {
		return nil, fmt.Errorf("%s by ids: %w", table, err)
	}
	return found, nil
}

func listArg[ID ~string](r *reader, ids []ID) any {
	list := make([]string, len(ids))
	for i, id := range ids {
		list[i] = string(id)
	}
	return r.store.dialect.listArg(list)
}

func scanID[ID ~string](row scanner) (ID, error) {
	var id string
	err := row.Scan(&id)
	return ID(id), err
}

func (r *reader) Object(ctx context.Context, id directory.ObjectID) (directory.Object, error) {
	return byID(ctx, r, "directory_object", objectColumns, string(id), r.scanObject)
}

func (r *reader) ObjectByName(ctx context.Context, principalName string) (directory.Object, error) {
	o, err := one(ctx, r, "SELECT "+objectColumns+` FROM directory_object WHERE tenant_id = $1 AND principal_name = $2
		AND deleted_at IS NULL AND kind = 'user'`, []any{r.no, name(principalName)}, r.scanObject)
	if errors.Is(err, sql.ErrNoRows) {
		return o, notFound("The user %s does not exist.", principalName)
	}
	return o, err
}

func (r *reader) ObjectByAppID(ctx context.Context, appID string) (directory.Object, error) {
	o, err := one(ctx, r, "SELECT "+objectColumns+` FROM directory_object WHERE tenant_id = $1 AND kind = 'servicePrincipal'
		AND app_id = $2 AND deleted_at IS NULL`, []any{r.no, appID}, r.scanObject)
	if errors.Is(err, sql.ErrNoRows) {
		return o, notFound("No service principal has the client id %s.", appID)
	}
	return o, err
}

func (r *reader) ObjectsByID(ctx context.Context, ids []directory.ObjectID) (map[directory.ObjectID]directory.Object, error) {
	return byIDs(ctx, r, "directory_object", objectColumns, ids, r.scanObject, func(o directory.Object) directory.ObjectID { return o.ID })
}

func (r *reader) HasMember(ctx context.Context, m directory.Membership) (bool, error) {
	found := false
	err := r.query(ctx, "SELECT 1 FROM membership WHERE tenant_id = $1 AND group_id = $2 AND relation = $3 AND member_id = $4",
		[]any{r.no, string(m.Group), string(m.Relation), string(m.Member)}, func(scanner) error { found = true; return nil })
	return found, err
}

// MembersOfEach implements store.Reader.
func (r *reader) MembersOfEach(ctx context.Context, groups []directory.ObjectID, group, member directory.ObjectID, limit int) ([]store.GroupMember, error) {
	return many(ctx, r, `SELECT membership.group_id, membership.member_id, directory_object.kind FROM membership
		JOIN directory_object ON directory_object.tenant_id = membership.tenant_id AND directory_object.id = membership.member_id
		WHERE membership.tenant_id = $1 AND membership.relation = 'member' AND membership.group_id `+r.store.dialect.among("$2")+`
		AND (membership.group_id, membership.member_id) > ($3, $4) AND directory_object.deleted_at IS NULL
		ORDER BY membership.group_id, membership.member_id LIMIT $5`,
		[]any{r.no, listArg(r, groups), string(group), string(member), int64(limit)}, func(row scanner) (m store.GroupMember, err error) {
			err = row.Scan(&m.Group, &m.Member, &m.Kind)
			return m, err
		})
}

// MembershipsOf implements store.Reader.
func (r *reader) MembershipsOf(ctx context.Context, members []directory.ObjectID) ([]directory.Membership, error) {
	return many(ctx, r, "SELECT group_id, member_id FROM membership WHERE tenant_id = $1 AND relation = 'member' AND member_id "+
		r.store.dialect.among("$2")+" ORDER BY group_id, member_id", []any{r.no, listArg(r, members)}, func(row scanner) (directory.Membership, error) {
		m := directory.Membership{Relation: directory.MemberOf}
		err := row.Scan(&m.Group, &m.Member)
		return m, err
	})
}

// HaveMembers looks each membership up by its key. The answer has them as they
// were given.
func (r *reader) HaveMembers(ctx context.Context, ms []directory.Membership) (map[directory.Membership]bool, error) {
	asked := make(map[string][]directory.Membership, len(ms))
	keys := make([][3]string, len(ms))
	for i, m := range ms {
		keys[i] = [3]string{string(m.Group), string(m.Relation), string(m.Member)}
		k := linkKey(keys[i][0], keys[i][1], keys[i][2])
		asked[k] = append(asked[k], m)
	}
	list, err := json.Marshal(keys)
	if err != nil {
		return nil, fmt.Errorf("memberships: %w", err)
	}
	found := make(map[directory.Membership]bool, len(ms))
	err = r.query(ctx, `SELECT m.group_id, m.relation, m.member_id
		FROM (SELECT value ->> 0 AS group_id, value ->> 1 AS relation, value ->> 2 AS member_id FROM `+r.store.dialect.elements("$2")+`) asked
		CROSS JOIN membership m WHERE m.tenant_id = $1 AND m.group_id = asked.group_id AND m.relation = asked.relation AND m.member_id = asked.member_id`,
		[]any{r.no, string(list)}, func(row scanner) error {
			var group, relation, member string
			if err := row.Scan(&group, &relation, &member); err != nil {
				return err
			}
			for _, m := range asked[linkKey(group, relation, member)] {
				found[m] = true
			}
			return nil
		})
	if err != nil {
		return nil, fmt.Errorf("memberships: %w", err)
	}
	return found, nil
}

func (r *reader) GroupsOf(ctx context.Context, id directory.ObjectID) ([]directory.ObjectID, error) {
	return many(ctx, r, "WITH RECURSIVE "+groupsOf+" SELECT id FROM holding ORDER BY id", []any{r.no, string(id)}, scanID[directory.ObjectID])
}

func (r *reader) MembersOf(ctx context.Context, groups []directory.ObjectID, limit int) ([]directory.ObjectID, error) {
	statement := `WITH RECURSIVE nested (id) AS (
			SELECT id FROM directory_object WHERE tenant_id = $1 AND id ` + r.store.dialect.among("$2") + ` AND kind = 'group' AND deleted_at IS NULL
			UNION SELECT g.id FROM nested
				JOIN membership m ON m.tenant_id = $1 AND m.group_id = nested.id AND m.relation = 'member'
				JOIN directory_object g ON g.tenant_id = $1 AND g.id = m.member_id AND g.kind = 'group' AND g.deleted_at IS NULL)
		SELECT DISTINCT u.id FROM nested
			JOIN membership m ON m.tenant_id = $1 AND m.group_id = nested.id AND m.relation = 'member'
			JOIN directory_object u ON u.tenant_id = $1 AND u.id = m.member_id AND u.kind = 'user' AND u.deleted_at IS NULL AND u.enabled = 1
		ORDER BY u.id LIMIT $3`
	return many(ctx, r, statement, []any{r.no, listArg(r, groups), int64(limit)}, scanID[directory.ObjectID])
}

func (r *reader) AppRoleAssignment(ctx context.Context, id string) (directory.AppRoleAssignment, error) {
	return byID(ctx, r, "app_role_assignment", appRoleAssignmentColumns, id, scanAppRoleAssignment)
}

func (r *reader) AppRoleOf(ctx context.Context, principal, resource directory.ObjectID, role string) (directory.AppRoleAssignment, error) {
	a, err := one(ctx, r, "SELECT "+appRoleAssignmentColumns+` FROM app_role_assignment WHERE tenant_id = $1 AND principal_id = $2
		AND resource_id = $3 AND role_id = $4`, []any{r.no, string(principal), string(resource), role}, scanAppRoleAssignment)
	if errors.Is(err, sql.ErrNoRows) {
		return a, notFound("%s does not have the role %s of %s.", principal, role, resource)
	}
	return a, err
}

func (r *reader) RoleAssignment(ctx context.Context, id string) (authz.RoleAssignment, error) {
	return byID(ctx, r, "role_assignment", roleAssignmentColumns, id, scanRoleAssignment)
}

func (r *reader) RolesOf(ctx context.Context, principal directory.ObjectID) ([]authz.RoleAssignment, error) {
	return many(ctx, r, "WITH RECURSIVE "+groupsOf+" SELECT "+roleAssignmentColumns+` FROM role_assignment
		WHERE tenant_id = $1 AND principal_id IN (SELECT $2 UNION ALL SELECT id FROM holding) ORDER BY id`,
		[]any{r.no, string(principal)}, scanRoleAssignment)
}
