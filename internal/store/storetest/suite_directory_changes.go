package storetest

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/store"
)

func directoryChanges(w world) {
	g, u, v, x, other := newGroup("g"), newUser("u@x"), newUser("v@x"), newUser("x@x"), newUser("other@x")
	w.putAll(g, u, x, other, member(g, u), member(g, x))
	changed := func(since string, limit int) store.ObjectsChanged {
		return look(w, func(ctx context.Context, r store.Reader) (store.ObjectsChanged, error) {
			return r.ObjectsChanged(ctx, since, limit)
		})
	}
	position := changed("", 1000).At
	u.Version, x.Version = 1, 1
	renamed, binned := u, x
	renamed.DisplayName = "Renamed"
	binned.DeletedAt = start.Add(time.Hour)
	write := func(action audit.Action, id directory.ObjectID, before int64, do func(ctx context.Context, tx store.Tx, why audit.Record) error) {
		w.write(func(ctx context.Context, tx store.Tx) error {
			why := record(audit.KindObject, string(id), start)
			why.Action, why.Before, why.After = action, before, before+1
			return do(ctx, tx, why)
		})
	}
	put := func(action audit.Action, o directory.Object) {
		write(action, o.ID, o.Version, func(ctx context.Context, tx store.Tx, why audit.Record) error { return tx.PutObject(ctx, o, why) })
	}
	put(audit.UserAdded, v)
	put(audit.UserUpdated, renamed)
	renamed.Version, renamed.DisplayName = 2, "Again"
	put(audit.UserUpdated, renamed)
	put(audit.UserDeleted, binned)
	x.Version = 2
	put(audit.ObjectRestored, x)
	link := func(action audit.Action, m directory.Membership, named directory.ObjectID, do func(store.Tx, context.Context, directory.Membership, audit.Record) error) {
		write(action, m.Group, 0, func(ctx context.Context, tx store.Tx, why audit.Record) error {
			why.Before, why.After, why.OnBehalf, why.Actor.ID = 0, 0, named, v.ID
			return do(tx, ctx, m, why)
		})
	}
	link(audit.MemberAdded, member(g, v), "", store.Tx.AddMember) // v acted for itself
	link(audit.MemberRemoved, member(g, u), u.ID, store.Tx.RemoveMember)
	link(audit.MemberAdded, member(g, u), u.ID, store.Tx.AddMember)
	owner := member(g, other)
	owner.Relation = directory.OwnerOf
	link(audit.OwnerAdded, owner, other.ID, store.Tx.AddMember)
	write(audit.ObjectPurged, x.ID, 3, func(ctx context.Context, tx store.Tx, why audit.Record) error {
		why.After = 0
		return tx.PurgeObject(ctx, x.ID, why)
	})
	got := look(w, func(ctx context.Context, r store.Reader) (store.ObjectsChanged, error) {
		return r.ObjectsChanged(ctx, position, 100)
	})
	pair := func(u directory.Object) directory.Membership {
		return directory.Membership{Group: g.ID, Member: u.ID, Relation: directory.MemberOf}
	}
	same(w, "before", got.Before, map[directory.ObjectID]int64{v.ID: 0, u.ID: 1, x.ID: 1})
	same(w, "purged", got.Purged, map[directory.ObjectID]int64{x.ID: 3})
	same(w, "returned", got.Returned, []directory.ObjectID{x.ID})
	same(w, "links", got.Links, []directory.Membership{pair(v), pair(u)})
	if some := look(w, func(ctx context.Context, r store.Reader) (store.ObjectsChanged, error) {
		return r.ObjectsChanged(ctx, position, 1)
	}); !some.More || len(some.Before) != 1 {
		w.Errorf("of one record: %+v", some)
	}
	versions := look(w, func(ctx context.Context, r store.Reader) (map[directory.ObjectID]directory.Object, error) {
		return r.ObjectVersions(ctx, map[directory.ObjectID]int64{u.ID: 2, x.ID: 2, v.ID: 7})
	})
	if len(versions) != 2 || versions[u.ID].DisplayName != "Renamed" || versions[u.ID].Version != 2 || !versions[x.ID].Deleted() {
		w.Errorf("versions: %+v", versions)
	}
	h := newGroup("h")
	w.putAll(h, member(h, g), member(h, other))
	dead := other
	dead.Version, dead.DeletedAt = 1, start
	put(audit.UserDeleted, dead)
	all := look(w, func(ctx context.Context, r store.Reader) ([]store.GroupMember, error) {
		return r.MembersOfEach(ctx, []directory.ObjectID{g.ID, h.ID}, "", "", 100)
	})
	want := []store.GroupMember{{Group: g.ID, Member: u.ID, Kind: u.Kind}, {Group: g.ID, Member: v.ID, Kind: v.Kind}, {Group: h.ID, Member: g.ID, Kind: g.Kind}}
	slices.SortFunc(want, func(a, b store.GroupMember) int {
		if a.Group != b.Group {
			return cmp.Compare(a.Group, b.Group)
		}
		return cmp.Compare(a.Member, b.Member)
	})
	same(w, "members of each", all, want)
	rest := look(w, func(ctx context.Context, r store.Reader) ([]store.GroupMember, error) {
		return r.MembersOfEach(ctx, []directory.ObjectID{g.ID, h.ID}, want[0].Group, want[0].Member, 1)
	})
	same(w, "one of the rest", rest, want[1:2])
	held := look(w, func(ctx context.Context, r store.Reader) ([]directory.Membership, error) {
		return r.MembershipsOf(ctx, []directory.ObjectID{other.ID, v.ID})
	})
	wanted := []directory.Membership{{Group: h.ID, Member: other.ID, Relation: directory.MemberOf}, pair(v)}
	slices.SortFunc(wanted, func(a, b directory.Membership) int { return cmp.Compare(a.Group, b.Group) })
	same(w, "memberships", held, wanted)
}
