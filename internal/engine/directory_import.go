package engine

import (
	"context"
	"slices"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

// Imported is a user or a group as another directory tells it.
type Imported struct {
	Line    int
	Kind    directory.ObjectKind
	ID      directory.ObjectID            // may be empty
	Key     string                        // user principal name, or the mail nickname of a group; needed where there is no id
	Edit    func(*directory.Object) error // makes the object what it should be; what it leaves alone stays
	Manager string                        // of users: an id or a user principal name; empty leaves it alone
}

// ImportCount tells what an import did.
type ImportCount struct {
	Added, Changed, Same int

	// Waiting are the lines whose managers were not known yet.
	Waiting []Imported
}

// importer is behind what is imported.
var importer = entitlement.Actor{Kind: entitlement.BySystem, Name: "Directory import"}

// Import makes and changes users and groups, all or none of them, in the name
// of the system: whoever runs it owns the database. Faults: Invalid, which
// names the line.
func (e *Engine) Import(ctx context.Context, tenant directory.TenantID, lines []Imported) (ImportCount, error) {
	var count ImportCount
	err := e.store.Write(ctx, tenant, store.Sweep, func(tx store.Tx) error {
		count = ImportCount{}
		ids, names, groups := keysOf(lines)
		known, err := knownAs(ctx, tx, ids, names, groups)
		if err != nil {
			return err
		}
		rollouts, err := tx.Rollouts(ctx)
		if err != nil {
			return err
		}
		seen := map[directory.ObjectID]bool{}
		for _, line := range lines {
			o, err := e.importOne(ctx, tx, known, line, seen, rollouts, &count)
			if err != nil {
				return lineFault(line.Line, err)
			}
			known.put(o)
		}
		return nil
	})
	return count, err
}

func lineFault(line int, err error) error {
	f := fault.Of(err)
	if f.Kind == fault.Internal {
		return err
	}
	return fault.New(f.Kind, f.Code, "Line %d: %s", line, f.Message)
}

func (e *Engine) importOne(ctx context.Context, tx store.Tx, known directoryIndex, line Imported, seen map[directory.ObjectID]bool,
	rollouts []entitlement.Rollout, count *ImportCount,
) (directory.Object, error) {
	now := e.clock.Now()
	before, there := known.find(line.Kind, string(line.ID), line.Key)
	after := before.Clone()
	if !there {
		after = blank(line)
		after.CreatedAt = now
		if after.ID == "" {
			after.ID = directory.ObjectID(e.newID())
		}
	}
	if there && before.Kind != line.Kind {
		return after, fault.New(fault.Invalid, "Request_BadRequest", "the id %s belongs to an object of another type.", before.ID)
	}
	if seen[after.ID] {
		return after, fault.New(fault.Invalid, "Request_BadRequest", "%s stands in the file twice.", line.Key)
	}
	seen[after.ID] = true
	if err := line.Edit(&after); err != nil {
		return after, err
	}
	if line.Manager != "" {
		if manager, ok := known.find(directory.KindUser, line.Manager, line.Manager); ok {
			after.User.ManagerID = manager.ID
		} else {
			count.Waiting = append(count.Waiting, line)
		}
	}
	if err := after.CheckNew(); err != nil {
		return after, err
	}
	if taken, ok := known.find(after.Kind, "", keyOf(after)); ok && taken.ID != after.ID && after.Kind == directory.KindUser {
		return after, fault.New(fault.Invalid, "Request_BadRequest", "Another object with the same value for property userPrincipalName already exists.")
	}
	if there && same(before, after) {
		count.Same++
		return after, nil
	}
	action := objectEvents[after.Kind].updated
	if there {
		count.Changed++
	} else {
		action = objectEvents[after.Kind].added
		count.Added++
	}
	if err := touchUserOf(ctx, tx, rollouts, before, after, now); err != nil {
		return after, err
	}
	why := e.record(ctx, importer, now, action, audit.KindObject, string(after.ID), after.DisplayName)
	err := tx.PutObject(ctx, after, versions(why, before.Version))
	after.Version++
	return after, err
}

// blank is a new object before its properties are known.
func blank(line Imported) directory.Object {
	o := directory.Object{ID: line.ID, Kind: line.Kind, Enabled: true}
	if line.Kind == directory.KindUser {
		o.User = &directory.UserDetail{Type: directory.Member}
	} else {
		o.Group = &directory.GroupDetail{SecurityEnabled: true}
	}
	return o
}

// keyOf is what an object is found by if its id is not known.
func keyOf(o directory.Object) string {
	switch {
	case o.Kind == directory.KindUser:
		return o.PrincipalName
	case o.Group != nil:
		return o.Group.MailNickname
	}
	return ""
}

// directoryIndex finds living objects by id, and by what people call them.
type directoryIndex struct {
	byID  map[directory.ObjectID]directory.Object
	byKey map[string]directory.ObjectID // by kind and folded name
}

func (x directoryIndex) put(o directory.Object) {
	x.byID[o.ID] = o
	x.byKey[string(o.Kind)+" "+directory.Fold(keyOf(o))] = o.ID
}

func (x directoryIndex) find(kind directory.ObjectKind, id, key string) (directory.Object, bool) {
	if o, ok := x.byID[directory.ObjectID(directory.Fold(id))]; ok && id != "" {
		return o, true
	}
	o, ok := x.byID[x.byKey[string(kind)+" "+directory.Fold(key)]]
	return o, ok && key != ""
}

// keysOf returns all that the lines name.
func keysOf(lines []Imported) (ids []directory.ObjectID, names, groups []string) {
	for _, l := range lines {
		if l.ID != "" {
			ids = append(ids, l.ID)
		}
		if l.Manager != "" {
			ids, names = append(ids, directory.ObjectID(directory.Fold(l.Manager))), append(names, l.Manager)
		}
		if l.Kind == directory.KindUser {
			names = append(names, l.Key)
		} else {
			groups = append(groups, l.Key)
		}
	}
	return ids, names, groups
}

// knownAs reads all that is named, with three statements.
func knownAs(ctx context.Context, r store.Reader, ids []directory.ObjectID, names, groups []string) (directoryIndex, error) {
	x := directoryIndex{map[directory.ObjectID]directory.Object{}, map[string]directory.ObjectID{}}
	found, err := r.ObjectsByID(ctx, ids)
	if err != nil {
		return x, err
	}
	for _, o := range found {
		if !o.Deleted() {
			x.put(o)
		}
	}
	for _, ask := range []struct {
		kind  directory.ObjectKind
		field string
		names []string
	}{{directory.KindUser, "principalName", names}, {directory.KindGroup, "mailNickname", groups}} {
		in := query.In{Field: ask.field, Fold: true}
		for _, name := range ask.names {
			if name != "" {
				in.Values = append(in.Values, name)
			}
		}
		if len(in.Values) == 0 {
			continue
		}
		page, err := r.Objects(ctx, ask.kind, query.List{Where: in, Limit: 2 * len(in.Values)})
		if err != nil {
			return x, err
		}
		for _, o := range page.Rows {
			x.put(o)
		}
	}
	return x, nil
}

// ImportedMember says that somebody is in a group; both are named as in
// Imported.
type ImportedMember struct {
	Line          int
	Group, Member string
}

// ImportMembers puts people and groups into groups, those that are not in
// them yet, and returns how many. Faults: Invalid, which names the line.
func (e *Engine) ImportMembers(ctx context.Context, tenant directory.TenantID, links []ImportedMember) (added int, err error) {
	err = e.store.Write(ctx, tenant, store.Sweep, func(tx store.Tx) error {
		added = 0
		var ids []directory.ObjectID
		var names, groups []string
		for _, l := range links {
			ids = append(ids, directory.ObjectID(directory.Fold(l.Group)), directory.ObjectID(directory.Fold(l.Member)))
			names, groups = append(names, l.Member), append(groups, l.Group, l.Member)
		}
		known, err := knownAs(ctx, tx, ids, names, groups)
		if err != nil {
			return err
		}
		var all []directory.Membership
		into := map[directory.Membership]directory.Object{}
		nests := false
		for _, l := range links {
			group, ok := known.find(directory.KindGroup, l.Group, l.Group)
			if !ok || group.Kind != directory.KindGroup {
				return fault.New(fault.Invalid, "Request_BadRequest", "Line %d: there is no group %s.", l.Line, l.Group)
			}
			member, ok := known.find(directory.KindUser, l.Member, l.Member)
			if !ok {
				member, ok = known.find(directory.KindGroup, l.Member, l.Member)
			}
			if !ok || member.ID == group.ID {
				return fault.New(fault.Invalid, "Request_BadRequest", "Line %d: there is no user or group %s that could be a member.", l.Line, l.Member)
			}
			m := directory.Membership{Group: group.ID, Member: member.ID, Relation: directory.MemberOf}
			if err := group.CheckLink(m); err != nil {
				return lineFault(l.Line, err)
			}
			if _, twice := into[m]; !twice {
				all, into[m] = append(all, m), group
				nests = nests || member.Kind == directory.KindGroup
			}
		}
		there, err := tx.HaveMembers(ctx, all)
		if err != nil {
			return err
		}
		all = slices.DeleteFunc(all, func(m directory.Membership) bool { return there[m] })
		return e.importLinks(ctx, tx, all, into, nests, &added)
	})
	return added, err
}

func (e *Engine) importLinks(ctx context.Context, tx store.Tx, all []directory.Membership, into map[directory.Membership]directory.Object, nests bool, added *int) error {
	if nests {
		if err := tx.GroupsNested(ctx); err != nil {
			return err
		}
	}
	now := e.clock.Now()
	for _, m := range all {
		group := into[m]
		m.Since = now
		why := e.record(ctx, importer, now, audit.MemberAdded, audit.KindObject, string(group.ID), group.DisplayName)
		why.OnBehalf = m.Member
		if err := tx.AddMember(ctx, m, why); err != nil {
			return err
		}
		*added++
	}
	return e.touchMembers(ctx, tx, all...)
}
