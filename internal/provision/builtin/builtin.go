// Package builtin carries grants out in the built-in directory: members and
// owners of groups, and application roles. It works inside the transaction
// that decides, so a grant and the membership it stands for are never apart.
package builtin

import (
	"context"
	"errors"
	"strings"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/engine"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/store"
)

// Connectors returns the connectors of the built-in directory. newID makes
// the ids of application role assignments.
func Connectors(newID func() string) engine.Connectors {
	return engine.Connectors{
		entitlement.OriginGroup:       Groups{},
		entitlement.OriginApplication: Applications{newID: newID},
	}
}

// errNoGroup and errNoApp end a delivery for good: nobody can be made a
// member of what does not exist.
var (
	errNoGroup = errors.New("the group does not exist any more")
	errNoApp   = errors.New("the application does not exist any more")
)

// living returns which of the origin objects of the grants exist.
func living(ctx context.Context, tx store.Tx, grants []entitlement.Grant) (map[directory.ObjectID]directory.Object, error) {
	var ids []directory.ObjectID
	seen := map[string]bool{}
	for _, g := range grants {
		if !seen[g.OriginID] {
			seen[g.OriginID] = true
			ids = append(ids, directory.ObjectID(g.OriginID))
		}
	}
	return tx.ObjectsByID(ctx, ids)
}

// Groups makes people members or owners of groups.
type Groups struct{}

// membership is the link that a grant stands for: its role is named
// "Member_{group}" or "Owner_{group}" (catalogs-and-resources.md 4.5).
func membership(g entitlement.Grant) directory.Membership {
	rel := directory.MemberOf
	if strings.HasPrefix(g.RoleOriginID, "Owner_") {
		rel = directory.OwnerOf
	}
	return directory.Membership{Group: directory.ObjectID(g.OriginID), Member: g.Subject, Relation: rel, Since: g.From}
}

// Holds implements engine.Connector.
func (Groups) Holds(ctx context.Context, tx store.Tx, grants []entitlement.Grant) ([]bool, error) {
	links := make([]directory.Membership, len(grants))
	for i, g := range grants {
		links[i] = key(g)
	}
	existing, err := tx.HaveMembers(ctx, links)
	held := make([]bool, len(grants))
	for i := range links {
		held[i] = existing[links[i]]
	}
	return held, err
}

// key is the membership without its date, as HaveMembers answers it.
func key(g entitlement.Grant) directory.Membership {
	m := membership(g)
	m.Since = directory.Membership{}.Since
	return m
}

// Give implements engine.Connector.
func (Groups) Give(ctx context.Context, tx store.Tx, grants []entitlement.Grant, why engine.Why) ([]error, error) {
	groups, err := living(ctx, tx, grants)
	if err != nil {
		return nil, err
	}
	failed := make([]error, len(grants))
	for i, g := range grants {
		if group, ok := groups[directory.ObjectID(g.OriginID)]; !ok || group.Deleted() {
			failed[i] = errNoGroup
			continue
		}
		m := membership(g)
		action := audit.MemberAdded
		if m.Relation == directory.OwnerOf {
			action = audit.OwnerAdded
		}
		if err := tx.AddMember(ctx, m, why(action, g)); err != nil {
			return nil, err
		}
	}
	return failed, nil
}

// Take implements engine.Connector.
func (Groups) Take(ctx context.Context, tx store.Tx, grants []entitlement.Grant, why engine.Why) ([]error, error) {
	for _, g := range grants {
		m := membership(g)
		action := audit.MemberRemoved
		if m.Relation == directory.OwnerOf {
			action = audit.OwnerRemoved
		}
		if err := tx.RemoveMember(ctx, m, why(action, g)); err != nil {
			return nil, err
		}
	}
	return make([]error, len(grants)), nil
}

// Applications gives people roles of applications.
type Applications struct{ newID func() string }

// Holds implements engine.Connector.
func (Applications) Holds(ctx context.Context, tx store.Tx, grants []entitlement.Grant) ([]bool, error) {
	held := make([]bool, len(grants))
	for i, g := range grants {
		_, err := tx.AppRoleOf(ctx, g.Subject, directory.ObjectID(g.OriginID), g.RoleOriginID)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return nil, err
		}
		held[i] = err == nil
	}
	return held, nil
}

// Give implements engine.Connector.
func (a Applications) Give(ctx context.Context, tx store.Tx, grants []entitlement.Grant, why engine.Why) ([]error, error) {
	apps, err := living(ctx, tx, grants)
	if err != nil {
		return nil, err
	}
	failed := make([]error, len(grants))
	for i, g := range grants {
		if app, ok := apps[directory.ObjectID(g.OriginID)]; !ok || app.Deleted() {
			failed[i] = errNoApp
			continue
		}
		given := directory.AppRoleAssignment{
			ID: a.newID(), Principal: g.Subject, Resource: directory.ObjectID(g.OriginID), Role: g.RoleOriginID, CreatedAt: g.From,
		}
		if err := tx.PutAppRoleAssignment(ctx, given, why(audit.AppRoleGiven, g)); err != nil {
			return nil, err
		}
	}
	return failed, nil
}

// Take implements engine.Connector.
func (Applications) Take(ctx context.Context, tx store.Tx, grants []entitlement.Grant, why engine.Why) ([]error, error) {
	for _, g := range grants {
		given, err := tx.AppRoleOf(ctx, g.Subject, directory.ObjectID(g.OriginID), g.RoleOriginID)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if err := tx.DeleteAppRoleAssignment(ctx, given.ID, why(audit.AppRoleTaken, g)); err != nil {
			return nil, err
		}
	}
	return make([]error, len(grants)), nil
}
