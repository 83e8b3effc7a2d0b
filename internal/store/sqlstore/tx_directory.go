package sqlstore

import (
	"context"
	"fmt"
	"slices"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/store"
)

func (t *tx) PutObject(ctx context.Context, o directory.Object, why audit.Record) error {
	before := o.Version
	o.Version++
	doc, err := encode(o)
	if err != nil {
		return err
	}
	var u directory.UserDetail
	if o.User != nil {
		u = *o.User
	}
	nickname := u.MailNickname
	var appID string
	var mailEnabled, securityEnabled, groupTypes any
	if o.Group != nil {
		nickname = o.Group.MailNickname
		mailEnabled, securityEnabled = flag(o.Group.MailEnabled), flag(o.Group.SecurityEnabled)
		groupTypes = nameOrNull(store.GroupTypes(o.Group.Types))
	}
	if o.App != nil {
		appID = o.App.AppID
	}
	if o.User != nil {
		t.putSponsors(o, before)
	}
	t.buf.put(objectTable, before, string(o.ID), o.Version, string(o.Kind), t.subjectID(o), name(o.DisplayName), nameOrNull(o.Mail),
		nameOrNull(o.PrincipalName), nameOrNull(nickname), nameOrNull(u.GivenName), nameOrNull(u.Surname), textOrNull(u.Type),
		nameOrNull(u.Department), nameOrNull(u.JobTitle), nameOrNull(u.CompanyName), nameOrNull(u.EmployeeID), textOrNull(u.ManagerID),
		textOrNull(appID), flag(o.Enabled), mailEnabled, securityEnabled, groupTypes, micros(o.CreatedAt), microsOrNull(o.DeletedAt), doc)
	if err := t.keep(audit.KindObject, string(o.ID), o.Version, doc, []audit.Record{why}); err != nil || o.Group == nil || before == 0 {
		return err
	}
	return t.GroupsNested(ctx) // it may come from or go to the recycle bin
}

// subjectID is how entitlement management names the object; null if it never
// does.
func (t *tx) subjectID(o directory.Object) any {
	switch o.Kind {
	case directory.KindUser, directory.KindServicePrincipal, directory.KindExternal:
		return string(entitlement.SubjectOf(t.tenant, o.ID))
	}
	return nil
}

// putSponsors keeps the sponsors of a user where they can be looked for.
func (t *tx) putSponsors(o directory.Object, before int64) {
	if before > 0 {
		t.buf.delete(userSponsorTable, string(o.ID))
	}
	for _, id := range o.User.SponsorIDs {
		t.buf.add(userSponsorTable, string(id), string(o.ID))
	}
}

func (t *tx) PurgeObject(ctx context.Context, id directory.ObjectID, why audit.Record) error {
	if err := t.remove(ctx, "directory_object", string(id), audit.KindObject, why); err != nil {
		return err
	}
	for _, statement := range []string{
		"DELETE FROM membership WHERE tenant_id = $1 AND (group_id = $2 OR member_id = $2)",
		"DELETE FROM user_sponsor WHERE tenant_id = $1 AND (user_id = $2 OR sponsor_id = $2)",
		"DELETE FROM guest WHERE tenant_id = $1 AND id = $2",
	} {
		if err := t.change(ctx, statement, []any{t.no, string(id)}, nil); err != nil {
			return err
		}
	}
	return nil
}

const (
	addLinksHead    = "INSERT INTO membership (tenant_id, group_id, relation, member_id, since) VALUES "
	addLinksTail    = " ON CONFLICT DO NOTHING RETURNING group_id, relation, member_id"
	removeLinksHead = "DELETE FROM membership WHERE tenant_id = $1 AND (group_id, relation, member_id) IN (VALUES "
	removeLinksTail = ") RETURNING group_id, relation, member_id"
)

// linkTable is the part of membership that buffered links write.
var linkTable = &table{
	name: "membership", columns: []string{"group_id", "relation", "member_id", "since"}, types: []string{text, text, text, bigint},
	conflict: addLinksTail,
}

// removeLinksColumnsText removes any number of links. The members stand in it
// a second time, like the key in updateColumnsText.
func removeLinksColumnsText() string {
	return removeLinksHead[:len(removeLinksHead)-len("VALUES ")] + "SELECT " + elements(linkTable.columns[:3], linkTable.types) +
		") AND member_id = ANY(CAST($4 AS TEXT[])" + removeLinksTail
}

func addLinksText(n int) string {
	s := addLinksHead
	for i := range n {
		if i > 0 {
			s += ", "
		}
		p := 4*i + 2
		s += fmt.Sprintf("($1, $%d, $%d, $%d, $%d)", p, p+1, p+2, p+3)
	}
	return s + addLinksTail
}

func removeLinksText(n int) string {
	s := removeLinksHead
	for i := range n {
		if i > 0 {
			s += ", "
		}
		p := 3*i + 2
		s += fmt.Sprintf("($%d, $%d, $%d)", p, p+1, p+2)
	}
	return s + removeLinksTail
}

func (t *tx) AddMember(ctx context.Context, m directory.Membership, why audit.Record) error {
	return t.link(ctx, link{Membership: m, add: true}, why)
}

func (t *tx) RemoveMember(ctx context.Context, m directory.Membership, why audit.Record) error {
	return t.link(ctx, link{Membership: m}, why)
}

func (t *tx) link(ctx context.Context, l link, why audit.Record) error {
	row, err := auditRow(why)
	if err != nil {
		return err
	}
	l.why = row
	same := func(other link) bool {
		return other.Group == l.Group && other.Member == l.Member && other.Relation == l.Relation
	}
	if slices.ContainsFunc(t.buf.links, same) {
		if err := t.flushBuffer(ctx); err != nil {
			return err
		}
	}
	t.buf.links = append(t.buf.links, l)
	return nil
}

// App role assignments have no version of their own: they come and go.
const addVersion = `INSERT INTO version (tenant_id, kind, object_id, version, valid_from, image)
	SELECT CAST($1 AS BIGINT), CAST($2 AS TEXT), CAST($3 AS TEXT), 1 + count(*), CAST($4 AS BIGINT), CAST($5 AS TEXT) FROM version WHERE tenant_id = $1 AND object_id = $3 AND kind = $2`

func (t *tx) PutAppRoleAssignment(_ context.Context, a directory.AppRoleAssignment, why audit.Record) error {
	image, err := encode(a)
	if err != nil {
		return err
	}
	t.buf.add(appRoleTable, a.ID, string(a.Principal), string(a.Resource), a.Role, micros(a.CreatedAt))
	return t.keepUnversioned(audit.KindAppRole, a.ID, image, why)
}

func (t *tx) DeleteAppRoleAssignment(ctx context.Context, id string, why audit.Record) error {
	found := false
	err := t.change(ctx, "DELETE FROM app_role_assignment WHERE tenant_id = $1 AND id = $2 RETURNING id", []any{t.no, id},
		func(scanner) error { found = true; return nil })
	if err != nil {
		return fmt.Errorf("delete app role assignment %s: %w", id, err)
	}
	if !found {
		return notFound("The app role assignment %s does not exist.", id)
	}
	return t.keepUnversioned(audit.KindAppRole, id, nil, why)
}

func (t *tx) keepUnversioned(kind audit.ObjectKind, id string, image any, why audit.Record) error {
	t.buf.others = append(t.buf.others, op{text: addVersion, want: 1, args: []any{t.no, string(kind), id, micros(why.At), image}})
	return t.buf.note(why)
}

func (t *tx) PutRoleAssignment(_ context.Context, a authz.RoleAssignment, why audit.Record) error {
	before := a.Version
	a.Version++
	image, err := encode(a)
	if err != nil {
		return err
	}
	t.buf.put(roleTable, before, a.ID, a.Version, string(a.Provider), string(a.Principal), a.Role, string(a.Catalog), micros(a.CreatedAt))
	return t.keep(audit.KindRoleAssignment, a.ID, a.Version, image, []audit.Record{why})
}

func (t *tx) DeleteRoleAssignment(ctx context.Context, id string, why audit.Record) error {
	return t.remove(ctx, "role_assignment", id, audit.KindRoleAssignment, why)
}
