package storetest

import (
	"context"
	"slices"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

// collections returns every list of the Reader with the rows it should have.
func (w *listWorld) collections() []collection {
	all := []collection{
		newCollection("catalogs", w.catalogs, w.catalogListing, store.Reader.Catalogs),
		newCollection("resources", w.resources, resourceRow, store.Reader.Resources),
		newCollection("resourceRequests", w.intakes, intakeRow, store.Reader.ResourceRequests),
		newCollection("extensions", w.extensions, extensionRow, store.Reader.Extensions),
		newCollection("packages", w.packages, w.packageListing, store.Reader.Packages),
		newCollection("roleScopes", w.given(), roleScopeRow, listRoleScopes),
		newCollection("organizations", w.orgs, organizationRow, store.Reader.Organizations),
		newCollection("subjects", w.subjects(), w.subjectRow, store.Reader.Subjects),
		newCollection("policies", w.policies, policyRow, store.Reader.Policies),
		newCollection("requests", w.requests, w.requestRow, store.Reader.Requests),
		newCollection("approvals", w.approvals, w.approvalRow, store.Reader.Approvals),
		newCollection("assignments", w.assignments, w.assignmentRow, store.Reader.Assignments),
		newCollection("grants", w.grants, grantRow, everyGrant),
		newCollection("appRoleAssignments", w.appRoles, appRoleRow, store.Reader.AppRoleAssignments),
		newCollection("roleAssignments", w.roles, roleRow, store.Reader.RoleAssignments),
		newCollection("audit", w.records(), auditRow, store.Reader.AuditRecords),
		newCollection("messages", w.messages, messageRow, store.Reader.Messages),
	}
	relate(all)
	for i := range all {
		switch all[i].name {
		case "audit":
			all[i].order = []query.Order{{Field: "at", Desc: true}, {Field: "id", Desc: true}}
		case "requests":
			all[i].order = []query.Order{{Field: "createdAt", Desc: true}, {Field: "id", Desc: true}}
		case "approvals":
			all[i].inside = insideOf(all[i].rows, "approvals", "stages", "asked")
		}
	}
	for _, kind := range []directory.ObjectKind{directory.KindUser, directory.KindGroup, directory.KindServicePrincipal, directory.KindApplication} {
		all = append(all, w.objectCollection("objects of kind "+string(kind),
			func(o directory.Object) bool { return o.Kind == kind },
			func(r store.Reader, ctx context.Context, q query.List) (query.Page[directory.Object], error) {
				return r.Objects(ctx, kind, q)
			}))
	}
	all = append(all, w.deletedCollection(directory.KindUser))
	group := w.memberships[0].Group
	for _, relation := range []directory.Relation{directory.MemberOf, directory.OwnerOf} {
		all = append(all, w.objectCollection("objects that are "+string(relation),
			func(o directory.Object) bool { return w.related(o.ID, relation, group) },
			func(r store.Reader, ctx context.Context, q query.List) (query.Page[directory.Object], error) {
				return r.Members(ctx, group, relation, q)
			}))
	}
	member := w.deepestMember()
	above := w.groupsAbove(member)
	all = append(all, w.objectCollection("objects that are members through groups",
		func(o directory.Object) bool { return slices.Contains(w.groupsAbove(o.ID), above[len(above)-1]) },
		func(r store.Reader, ctx context.Context, q query.List) (query.Page[directory.Object], error) {
			return r.DeepMembers(ctx, above[len(above)-1], q)
		}))
	return append(all,
		w.objectCollection("groups holding somebody directly",
			func(o directory.Object) bool { return w.related(member, directory.MemberOf, o.ID) },
			func(r store.Reader, ctx context.Context, q query.List) (query.Page[directory.Object], error) {
				return r.GroupsHolding(ctx, member, false, q)
			}),
		w.objectCollection("groups holding somebody through groups",
			func(o directory.Object) bool { return slices.Contains(w.groupsAbove(member), o.ID) },
			func(r store.Reader, ctx context.Context, q query.List) (query.Page[directory.Object], error) {
				return r.GroupsHolding(ctx, member, true, q)
			}))
}

// relate puts the collections inside each other as store.Collections does.
// Rows of a collection inside itself have none, so nothing is asked of those.
func relate(all []collection) {
	for i := range all {
		if len(store.Collections[all[i].name]) > 0 && all[i].inside == nil {
			all[i].inside = map[string]collection{}
		}
	}
	for i := range all {
		for name, of := range store.Collections[all[i].name] {
			inner := all[slices.IndexFunc(all, func(c collection) bool { return c.name == of })]
			if of == all[i].name {
				inner.inside = nil
			}
			all[i].inside[name] = inner
		}
	}
}

func newCollection[T any](name string, values []T, row func(T) listed,
	list func(store.Reader, context.Context, query.List) (query.Page[T], error),
) collection {
	c := collection{name: name, fields: store.Fields[name]}
	for _, v := range values {
		c.rows = append(c.rows, row(v))
	}
	c.list = func(ctx context.Context, r store.Reader, q query.List) (query.Page[string], error) {
		page, err := list(r, ctx, q)
		ids := query.Page[string]{Next: page.Next, Count: page.Count}
		for _, v := range page.Rows {
			ids.Rows = append(ids.Rows, row(v).id)
		}
		return ids, err
	}
	return c
}

// objectCollection is a list of the living objects that belong to it.
func (w *listWorld) objectCollection(name string, belongs func(directory.Object) bool,
	list func(store.Reader, context.Context, query.List) (query.Page[directory.Object], error),
) collection {
	var there []directory.Object
	for _, o := range w.objects {
		if !o.Deleted() && belongs(o) {
			there = append(there, o)
		}
	}
	c := newCollection("objects", there, objectRow, list)
	c.name = name
	return c
}

func (w *listWorld) related(member directory.ObjectID, rel directory.Relation, group directory.ObjectID) bool {
	return slices.ContainsFunc(w.memberships, func(m directory.Membership) bool {
		return m.Member == member && m.Relation == rel && m.Group == group
	})
}

// groupsAbove returns the living groups an object is a member of, through
// living groups.
func (w *listWorld) groupsAbove(id directory.ObjectID) []directory.ObjectID {
	var above []directory.ObjectID
	open := []directory.ObjectID{id}
	for len(open) > 0 {
		next := open[0]
		open = open[1:]
		for _, g := range w.objects {
			if !g.Deleted() && w.related(next, directory.MemberOf, g.ID) && !slices.Contains(above, g.ID) {
				above, open = append(above, g.ID), append(open, g.ID)
			}
		}
	}
	return above
}

// deepestMember returns the user for whom indirect groups matter most.
func (w *listWorld) deepestMember() directory.ObjectID {
	var deepest directory.ObjectID
	most := -1
	for _, o := range w.objects {
		direct := 0
		for _, g := range w.objects {
			if w.related(o.ID, directory.MemberOf, g.ID) {
				direct++
			}
		}
		if more := len(w.groupsAbove(o.ID)) - direct; direct > 0 && o.Kind == directory.KindUser && more > most {
			deepest, most = o.ID, more
		}
	}
	return deepest
}

// deletedCollection lists the objects of a kind that are in the recycle bin.
func (w *listWorld) deletedCollection(kind directory.ObjectKind) collection {
	var gone []directory.Object
	for _, o := range w.objects {
		if o.Deleted() && o.Kind == kind {
			gone = append(gone, o)
		}
	}
	c := newCollection("objects", gone, objectRow, func(r store.Reader, ctx context.Context, q query.List) (query.Page[directory.Object], error) {
		return r.DeletedObjects(ctx, kind, q)
	})
	c.name = "deleted objects of kind " + string(kind)
	return c
}
