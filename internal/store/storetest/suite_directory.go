package storetest

import (
	"context"
	"slices"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/store"
)

// directoryTests: people, groups in groups, and their roles.
func directoryTests() map[string]func(world) {
	return map[string]func(world){
		"users are found by name in any case, applications by client id": func(w world) {
			u, gone := newUser("Ädele@Example.com"), newUser("gone@example.com")
			gone.DeletedAt = start
			app := directory.Object{
				ID: newID[directory.ObjectID](), Kind: directory.KindServicePrincipal, DisplayName: "App", Enabled: true, CreatedAt: start,
				App: &directory.AppDetail{AppID: "client"},
			}
			registration := app
			registration.ID, registration.Kind = newID[directory.ObjectID](), directory.KindApplication
			w.putAll(u, gone, registration, app)
			got := look(w, func(ctx context.Context, r store.Reader) (directory.Object, error) {
				return r.ObjectByName(ctx, "äDELE@example.COM")
			})
			same(w, "user", got.ID, u.ID)
			got = look(w, func(ctx context.Context, r store.Reader) (directory.Object, error) {
				return r.ObjectByAppID(ctx, "client")
			})
			same(w, "application", got.ID, app.ID)
			if _, err := tryLook(w, func(ctx context.Context, r store.Reader) (any, error) { return r.ObjectByName(ctx, "gone@example.com") }); err == nil {
				w.Error("a deleted user was found by name")
			}
		},
		"groups, members and roles pass through living groups, in circles too": func(w world) {
			u, disabled, gone := newUser("adele@example.com"), newUser("disabled@example.com"), newUser("gone@example.com")
			disabled.Enabled, gone.DeletedAt = false, start
			direct, above, top, dead, beyond := newGroup("direct"), newGroup("above"), newGroup("top"), newGroup("dead"), newGroup("beyond")
			dead.DeletedAt = start
			owner := member(beyond, u)
			owner.Relation = directory.OwnerOf
			w.putAll(u, disabled, gone, direct, above, top, dead, beyond,
				member(direct, u), member(direct, disabled), member(direct, gone), member(above, direct), member(top, above), member(direct, top),
				member(dead, u), member(beyond, dead), owner)
			groups := look(w, func(ctx context.Context, r store.Reader) ([]directory.ObjectID, error) { return r.GroupsOf(ctx, u.ID) })
			same(w, "groups", groups, sorted(direct.ID, above.ID, top.ID))
			members := func(limit int, of ...directory.ObjectID) []directory.ObjectID {
				return look(w, func(ctx context.Context, r store.Reader) ([]directory.ObjectID, error) {
					return r.MembersOf(ctx, of, limit)
				})
			}
			same(w, "members of the top", members(9, top.ID), sorted(u.ID))
			same(w, "members through a deleted group", members(9, beyond.ID), []directory.ObjectID(nil))
			second := newUser("second@example.com")
			w.putAll(second, member(top, second))
			same(w, "members of two groups", members(9, top.ID, direct.ID), sorted(u.ID, second.ID))
			if got := members(1, top.ID); len(got) != 1 {
				w.Errorf("%d members, want one", len(got))
			}
			give := func(principal directory.ObjectID, role string) authz.RoleAssignment {
				a := authz.RoleAssignment{ID: newID[string](), Principal: principal, Role: role, Provider: authz.EntitlementProvider, Catalog: "c", CreatedAt: start}
				w.write(func(ctx context.Context, tx store.Tx) error {
					return tx.PutRoleAssignment(ctx, a, record(audit.KindRoleAssignment, a.ID, start))
				})
				a.Version = 1
				return a
			}
			want := []authz.RoleAssignment{give(u.ID, "own"), give(top.ID, "by group")}
			give(dead.ID, "by a deleted group")
			give(beyond.ID, "by owning a group")
			give(second.ID, "of another")
			roles := func() []authz.RoleAssignment {
				return look(w, func(ctx context.Context, r store.Reader) ([]authz.RoleAssignment, error) { return r.RolesOf(ctx, u.ID) })
			}
			same(w, "roles", roles(), want)
			w.write(func(ctx context.Context, tx store.Tx) error {
				return tx.DeleteRoleAssignment(ctx, want[0].ID, record(audit.KindRoleAssignment, want[0].ID, start))
			})
			same(w, "roles left", roles(), want[1:])
		},
		"memberships are asked for many at once": func(w world) {
			g, h, u, v := newGroup("g"), newGroup("h"), newUser("u@x"), newUser("v@x")
			w.putAll(g, h, u, v, member(g, u), member(h, v))
			ask := []directory.Membership{member(g, u), member(g, v), member(h, u), member(h, v)}
			ask[0].Since = start.Add(1) // an instant says nothing about who is in
			asOwner := member(g, u)
			asOwner.Relation = directory.OwnerOf
			got := look(w, func(ctx context.Context, r store.Reader) (map[directory.Membership]bool, error) {
				return r.HaveMembers(ctx, append(ask, asOwner))
			})
			same(w, "memberships", got, map[directory.Membership]bool{ask[0]: true, ask[3]: true})
		},
		"who is purged is in no group": func(w world) {
			g, u := newGroup("g"), newUser("u@x")
			w.putAll(g, u, member(g, u))
			w.write(func(ctx context.Context, tx store.Tx) error {
				return tx.PurgeObject(ctx, u.ID, record(audit.KindObject, string(u.ID), start))
			})
			if look(w, func(ctx context.Context, r store.Reader) (bool, error) { return r.HasMember(ctx, member(g, u)) }) {
				w.Error("still a member")
			}
		},
	}
}

func sorted(ids ...directory.ObjectID) []directory.ObjectID {
	slices.Sort(ids)
	return ids
}
