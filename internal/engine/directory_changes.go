package engine

import (
	"context"
	"slices"
	"strings"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

// Follow says what somebody wants to follow of the directory.
type Follow struct {
	Kind    directory.ObjectKind // users or groups
	Only    []directory.ObjectID // empty: all of the kind
	Members bool                 // of groups: who is a member
	Before  bool                 // how changed objects were
}

// FollowedObject is an object that changed.
type FollowedObject struct {
	directory.Object                   // only the id is certain if it is gone
	Was              *directory.Object // nil if it is new, if Before was not asked for, or if only its members changed
	New              bool
	Gone             Departure
	Members          []FollowedMember
}

// Departure is how an object went.
type Departure string

// The ways to go: into the recycle bin, or for good.
const (
	Stayed  Departure = ""
	Binned  Departure = "changed"
	ForGood Departure = "deleted"
)

// FollowedMember is somebody who came to a group or left it.
type FollowedMember struct {
	ID   directory.ObjectID
	Kind directory.ObjectKind // empty if it is gone for good
	Left bool
}

// ObjectChanges is what has become of users or groups since a position.
type ObjectChanges struct {
	Rows []FollowedObject
	store.Position
	More bool
}

// LatestOfObjects is Latest for users and groups. Faults: as ObjectChanges.
func (e *Engine) LatestOfObjects(ctx context.Context, who authz.Caller, f Follow) (store.Position, error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) (store.Position, error) {
		if err := e.mayFollowObjects(ctx, r, who, f); err != nil {
			return store.Position{}, err
		}
		return r.Latest(ctx)
	})
}

// mayFollowObjects refuses those who may not read what they want to follow.
func (e *Engine) mayFollowObjects(ctx context.Context, r store.Reader, who authz.Caller, f Follow) error {
	action := authz.FollowUsers
	if f.Kind == directory.KindGroup {
		action = authz.ReadGroups
	}
	err := e.everywhere(ctx, r, who, action)
	if err == nil && f.Members {
		err = e.everywhere(ctx, r, who, authz.ReadMembers)
	}
	return err
}

// MayReadMembers reports whether the caller may read who is in groups.
func (e *Engine) MayReadMembers(ctx context.Context, who authz.Caller) bool {
	return e.May(ctx, who, authz.ReadMembers) == nil
}

// FollowedPage is a page of the objects that there are, to begin with: those
// behind the object with the id after, and of the first one those members
// that come behind member. At most limit objects come, and members up to the
// limit of expanded collections, so that the last object may lack some.
type FollowedPage struct {
	Rows []FollowedObject

	// More says that there is more: behind After and Member.
	More          bool
	After, Member directory.ObjectID
}

// maxFollowedMembers is how many members come at once.
const maxFollowedMembers = 1000

// FollowedObjects returns a page of what there is to follow. Faults: as
// ObjectChanges.
func (e *Engine) FollowedObjects(ctx context.Context, who authz.Caller, f Follow, after, member directory.ObjectID, limit int) (FollowedPage, error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) (FollowedPage, error) {
		if err := e.mayFollowObjects(ctx, r, who, f); err != nil {
			return FollowedPage{}, err
		}
		q := query.List{Limit: limit, Order: []query.Order{{Field: "id"}}}
		if len(f.Only) > 0 {
			q.Where = byIDs(f.Only).Where
		}
		if after != "" {
			q.After = []query.Value{string(after)}
		}
		found, err := r.Objects(ctx, f.Kind, q)
		if err != nil {
			return FollowedPage{}, err
		}
		page := FollowedPage{More: found.Next != nil}
		for _, o := range found.Rows {
			page.Rows = append(page.Rows, FollowedObject{Object: o, New: true})
			page.After = o.ID
		}
		if !f.Members || len(page.Rows) == 0 {
			return page, nil
		}
		return page, withMembers(ctx, r, &page, after, member)
	})
}

// withMembers adds the members to a page of groups, and cuts the page where
// they are too many.
func withMembers(ctx context.Context, r store.Reader, page *FollowedPage, after, member directory.ObjectID) error {
	ids := distinct(page.Rows, func(o *FollowedObject) directory.ObjectID { return o.ID })
	group := directory.ObjectID("")
	if member != "" {
		group = ids[0]
	}
	members, err := r.MembersOfEach(ctx, ids, group, member, maxFollowedMembers+1)
	if err != nil {
		return err
	}
	at := make(map[directory.ObjectID]int, len(ids))
	for i, id := range ids {
		at[id] = i
	}
	for i, m := range members {
		if i == maxFollowedMembers {
			last := members[i-1]
			cut := at[last.Group]
			page.Rows, page.More, page.Member = page.Rows[:cut+1], true, last.Member
			if page.After = after; cut > 0 {
				page.After = ids[cut-1]
			}
			break
		}
		row := &page.Rows[at[m.Group]]
		row.Members = append(row.Members, FollowedMember{ID: m.Member, Kind: m.Kind})
	}
	return nil
}

// ObjectChanges returns what has become of users or groups since a position:
// each object as it is now, or how it went. Faults: Forbidden.
func (e *Engine) ObjectChanges(ctx context.Context, who authz.Caller, f Follow, since string) (ObjectChanges, error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) (ObjectChanges, error) {
		if err := e.mayFollowObjects(ctx, r, who, f); err != nil {
			return ObjectChanges{}, err
		}
		changed, err := r.ObjectsChanged(ctx, since, changesAtOnce)
		if err != nil {
			return ObjectChanges{}, err
		}
		w := follower{Follow: f, ctx: ctx, r: r, changed: changed, rows: map[directory.ObjectID]*FollowedObject{}}
		if err := w.objects(); err != nil {
			return ObjectChanges{}, err
		}
		if f.Members {
			if err := w.members(); err != nil {
				return ObjectChanges{}, err
			}
		}
		out := ObjectChanges{Position: changed.Position, More: changed.More}
		for _, row := range w.rows {
			out.Rows = append(out.Rows, *row)
		}
		slices.SortFunc(out.Rows, func(a, b FollowedObject) int { return strings.Compare(string(a.ID), string(b.ID)) })
		return out, nil
	})
}

// follower gathers what happened to objects.
type follower struct {
	Follow
	ctx     context.Context
	r       store.Reader
	changed store.ObjectsChanged
	found   map[directory.ObjectID]directory.Object // that changed, as they are
	rows    map[directory.ObjectID]*FollowedObject
}

// wants reports whether an object is among those that are followed.
func (f Follow) wants(id directory.ObjectID) bool {
	return len(f.Only) == 0 || slices.Contains(f.Only, id)
}

// objects adds those objects of the kind that changed.
func (w *follower) objects() error {
	var ids []directory.ObjectID
	for id := range w.changed.Before {
		ids = append(ids, id)
	}
	var err error
	if w.found, err = w.r.ObjectsByID(w.ctx, ids); err != nil {
		return err
	}
	last, err := w.r.ObjectVersions(w.ctx, w.changed.Purged)
	if err != nil {
		return err
	}
	former := map[directory.ObjectID]int64{}
	for id, before := range w.changed.Before {
		o, there := w.found[id]
		switch {
		case !w.wants(id):
		case !there:
			if last[id].Kind == w.Kind {
				w.rows[id] = &FollowedObject{Object: directory.Object{ID: id}, Gone: ForGood}
			}
		case o.Kind != w.Kind:
		case o.Deleted():
			w.rows[id] = &FollowedObject{Object: o, Gone: Binned}
		default:
			w.rows[id] = &FollowedObject{Object: o, New: before == 0}
			if w.Before && before > 0 {
				former[id] = before
			}
		}
	}
	was, err := w.r.ObjectVersions(w.ctx, former)
	if err != nil {
		return err
	}
	for id := range former {
		// Who came back from the recycle bin, or was somebody whom requests
		// only named, is new to those who follow.
		if o, ok := was[id]; ok && o.Kind == w.Kind && !o.Deleted() {
			w.rows[id].Was = &o
		} else {
			w.rows[id].New = true
		}
	}
	return nil
}

// members adds who came to groups and left them. Whoever is in the recycle
// bin is in no group, and back in all of them afterwards.
func (w *follower) members() error {
	moved := slices.Clone(w.changed.Returned)
	for id, o := range w.found {
		if o.Deleted() {
			moved = append(moved, id)
		}
	}
	links := w.changed.Links
	if len(moved) > 0 {
		more, err := w.r.MembershipsOf(w.ctx, moved)
		if err != nil {
			return err
		}
		links = append(slices.Clone(links), more...)
	}
	links = slices.DeleteFunc(slices.Clone(links), func(m directory.Membership) bool { return !w.wants(m.Group) })
	if len(links) == 0 {
		return w.restored()
	}
	there, err := w.r.HaveMembers(w.ctx, links)
	if err != nil {
		return err
	}
	ids := distinct(links, func(m *directory.Membership) directory.ObjectID { return m.Group })
	found, err := w.r.ObjectsByID(w.ctx, append(ids, distinct(links, func(m *directory.Membership) directory.ObjectID { return m.Member })...))
	if err != nil {
		return err
	}
	told := map[directory.Membership]bool{}
	for _, m := range links {
		group, ok := found[m.Group]
		if !ok || group.Kind != directory.KindGroup || group.Deleted() || told[m] {
			continue
		}
		told[m] = true
		row := w.rows[m.Group]
		if row == nil {
			row = &FollowedObject{Object: group, Was: &group}
			w.rows[m.Group] = row
		}
		who, exists := found[m.Member]
		row.Members = append(row.Members, FollowedMember{ID: m.Member, Kind: who.Kind, Left: !there[m] || !exists || who.Deleted()})
	}
	return w.restored()
}

// restored adds all members of groups that came back: who follows them has
// forgotten them.
func (w *follower) restored() error {
	for _, id := range w.changed.Returned {
		row := w.rows[id]
		if row == nil || row.Gone != Stayed {
			continue
		}
		row.Members = slices.DeleteFunc(row.Members, func(m FollowedMember) bool { return !m.Left })
		for more, group, member := true, directory.ObjectID(""), directory.ObjectID(""); more; {
			members, err := w.r.MembersOfEach(w.ctx, []directory.ObjectID{id}, group, member, maxFollowedMembers)
			if err != nil {
				return err
			}
			for _, m := range members {
				row.Members = append(row.Members, FollowedMember{ID: m.Member, Kind: m.Kind})
				group, member = m.Group, m.Member
			}
			more = len(members) == maxFollowedMembers
		}
	}
	return nil
}
