package engine

import (
	"context"
	"strings"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

// objectActions says what it takes to read and to change each kind of
// objects.
var objectActions = map[directory.ObjectKind]struct{ read, create, edit authz.Action }{
	directory.KindUser:             {authz.ReadUsers, authz.EditUsers, authz.EditUsers},
	directory.KindGroup:            {authz.ReadGroups, authz.CreateGroup, authz.EditGroups},
	directory.KindServicePrincipal: {authz.ReadApplications, authz.EditApplications, authz.EditApplications},
	directory.KindApplication:      {authz.ReadApplications, authz.EditApplications, authz.EditApplications},
	"":                             {read: authz.ReadDirectoryObjects},
}

// find reads a living object of a kind ("": any) by its id or, for users, by
// its user principal name.
func find(ctx context.Context, r store.Reader, kind directory.ObjectKind, key string) (directory.Object, error) {
	var o directory.Object
	var err error
	if strings.Contains(key, "@") && (kind == directory.KindUser || kind == "") {
		o, err = r.ObjectByName(ctx, key)
	} else {
		o, err = r.Object(ctx, directory.ObjectID(strings.ToLower(key)))
	}
	hidden := o.Deleted() || o.Kind == directory.KindExternal
	if fault.Is(err, fault.NotFound) || err == nil && (hidden || kind != "" && o.Kind != kind) {
		return directory.Object{}, noObject(key)
	}
	return o, err
}

// isSelf reports whether the object is the caller's own, and the token lets
// it be read as such.
func isSelf(who authz.Caller, o directory.Object) bool {
	return o.ID != "" && o.ID == who.ID() && (who.AppOnly() || authz.Token(who, authz.ReadMe) == nil)
}

// visible reads an object for a caller who may read objects of its kind, or
// whose own it is.
func (e *Engine) visible(ctx context.Context, r store.Reader, who authz.Caller, kind directory.ObjectKind, key string) (directory.Object, error) {
	denied := e.everywhere(ctx, r, who, objectActions[kind].read)
	if denied != nil && !fault.Is(denied, fault.Forbidden) {
		return directory.Object{}, denied
	}
	o, err := find(ctx, r, kind, key)
	if denied == nil || isSelf(who, o) {
		return o, err
	}
	if kind == "" && err == nil && e.everywhere(ctx, r, who, objectActions[o.Kind].read) == nil {
		return o, nil
	}
	return directory.Object{}, denied
}

// Me returns the caller. Faults: Invalid for an application, Forbidden,
// NotFound if the caller is not in the directory (any more).
func (e *Engine) Me(ctx context.Context, who authz.Caller) (directory.Object, error) {
	if who.AppOnly() {
		return directory.Object{}, fault.New(fault.Invalid, "BadRequest", "/me request is only valid with delegated authentication flow.")
	}
	return read(ctx, e, who.Tenant, func(r store.Reader) (directory.Object, error) {
		if err := authz.Token(who, authz.ReadMe); err != nil {
			return directory.Object{}, err
		}
		return find(ctx, r, directory.KindUser, string(who.ID()))
	})
}

// Object returns one object of a kind ("": any) by its id or, for users, by
// user principal name. Everybody may read the own one. Faults: Forbidden,
// NotFound.
func (e *Engine) Object(ctx context.Context, who authz.Caller, kind directory.ObjectKind, key string) (directory.Object, error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) (directory.Object, error) {
		return e.visible(ctx, r, who, kind, key)
	})
}

// Objects lists the objects of a kind.
func (e *Engine) Objects(ctx context.Context, who authz.Caller, kind directory.ObjectKind, q query.List) (query.Page[directory.Object], error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) (query.Page[directory.Object], error) {
		if err := e.everywhere(ctx, r, who, objectActions[kind].read); err != nil {
			return query.Page[directory.Object]{}, err
		}
		return r.Objects(ctx, kind, q)
	})
}

// ObjectsByID returns the objects with the ids, in their order. What does not
// exist is left out.
func (e *Engine) ObjectsByID(ctx context.Context, who authz.Caller, ids []directory.ObjectID) ([]directory.Object, error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) ([]directory.Object, error) {
		if err := e.everywhere(ctx, r, who, authz.ReadDirectoryObjects); err != nil {
			return nil, err
		}
		found, err := r.ObjectsByID(ctx, ids)
		if err != nil {
			return nil, err
		}
		all := make([]directory.Object, 0, len(found))
		for _, id := range ids {
			if o, ok := found[id]; ok && !o.Deleted() && o.Kind != directory.KindExternal {
				all = append(all, o)
				delete(found, id)
			}
		}
		return all, nil
	})
}

// Members lists who is in the relation to a group, or owns an application.
// Faults: Forbidden, NotFound.
func (e *Engine) Members(ctx context.Context, who authz.Caller, group directory.ObjectID, rel directory.Relation, q query.List) (query.Page[directory.Object], error) {
	return e.members(ctx, who, group, func(r store.Reader, id directory.ObjectID) (query.Page[directory.Object], error) {
		return r.Members(ctx, id, rel, q)
	})
}

// DeepMembers lists the members of a group, directly or through other
// groups. Faults: Forbidden, NotFound.
func (e *Engine) DeepMembers(ctx context.Context, who authz.Caller, group directory.ObjectID, q query.List) (query.Page[directory.Object], error) {
	return e.members(ctx, who, group, func(r store.Reader, id directory.ObjectID) (query.Page[directory.Object], error) {
		return r.DeepMembers(ctx, id, q)
	})
}

// members lists something of a group that exists, to those who may read it.
func (e *Engine) members(ctx context.Context, who authz.Caller, group directory.ObjectID, list func(store.Reader, directory.ObjectID) (query.Page[directory.Object], error)) (query.Page[directory.Object], error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) (query.Page[directory.Object], error) {
		none := query.Page[directory.Object]{}
		denied := e.everywhere(ctx, r, who, authz.ReadMembers)
		if denied != nil && !fault.Is(denied, fault.Forbidden) {
			return none, denied
		}
		o, err := find(ctx, r, "", string(group))
		if err == nil && o.App != nil {
			denied = e.everywhere(ctx, r, who, authz.ReadApplications)
		}
		if denied != nil {
			return none, denied
		}
		if err != nil {
			return none, err
		}
		if o.Kind == directory.KindUser {
			return none, noObject(string(group))
		}
		return list(r, o.ID)
	})
}

// MemberOf lists the groups that an object is in, directly or (deep) through
// other groups. People may read their own. Faults: Forbidden, NotFound.
func (e *Engine) MemberOf(ctx context.Context, who authz.Caller, key string, deep bool, q query.List) (query.Page[directory.Object], error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) (query.Page[directory.Object], error) {
		none := query.Page[directory.Object]{}
		denied := e.anyOf(ctx, r, who, authz.ReadMembers, authz.ReadDirectoryObjects)
		if denied != nil && !fault.Is(denied, fault.Forbidden) {
			return none, denied
		}
		o, err := find(ctx, r, "", key)
		if denied != nil && !isSelf(who, o) {
			return none, denied
		}
		if err != nil {
			return none, err
		}
		return r.GroupsHolding(ctx, o.ID, deep, q)
	})
}

// Manager returns a user's manager; NotFound if there is none. Faults:
// Forbidden, NotFound.
func (e *Engine) Manager(ctx context.Context, who authz.Caller, key string) (directory.Object, error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) (directory.Object, error) {
		o, err := e.visible(ctx, r, who, directory.KindUser, key)
		if err != nil {
			return directory.Object{}, err
		}
		if o.User.ManagerID == "" {
			return directory.Object{}, noObject("manager")
		}
		return living(ctx, r, o.User.ManagerID)
	})
}
