package engine

import (
	"context"
	"slices"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
)

func (l loader) grants(ctx context.Context, views []entitlement.GrantView, inc entitlement.Include) error {
	if sub, ok := inc.Of("subject"); ok {
		subjects, err := l.subjects(ctx, distinct(views, func(v *entitlement.GrantView) directory.ObjectID { return v.Subject }), sub)
		if err != nil {
			return err
		}
		for i := range views {
			views[i].OfSubject = subjects[views[i].Subject]
		}
	}
	if inc.Has("role") || inc.Has("scope") {
		if err := l.grantRoles(ctx, views, inc); err != nil {
			return err
		}
	}
	if sub, ok := inc.Of("assignments"); ok {
		return l.grantAssignments(ctx, views, sub)
	}
	return nil
}

// grantRoles loads roles and scopes. Of a resource that has left its catalog
// the grant itself tells what it knows.
func (l loader) grantRoles(ctx context.Context, views []entitlement.GrantView, inc entitlement.Include) error {
	ids := distinct(views, func(v *entitlement.GrantView) entitlement.ResourceID { return v.Resource })
	resources, err := l.resourcesOf(ctx, ids, inc)
	if err != nil {
		return err
	}
	for i := range views {
		v := &views[i]
		resource := resources[v.Resource]
		if sub, ok := inc.Of("role"); ok {
			if v.RoleOf = roleView(resource, v.Role, sub); v.RoleOf == nil {
				v.RoleOf = &entitlement.RoleView{ResourceRole: entitlement.ResourceRole{ID: v.Role, OriginID: v.RoleOriginID}, OriginSystem: v.OriginSystem}
			}
		}
		if sub, ok := inc.Of("scope"); ok {
			if v.ScopeOf = scopeView(resource, v.Scope, sub); v.ScopeOf == nil {
				v.ScopeOf = &entitlement.ScopeView{ResourceScope: entitlement.ResourceScope{ID: v.Scope, OriginID: v.OriginID}, OriginSystem: v.OriginSystem}
			}
		}
	}
	return nil
}

// grantAssignments loads the assignments that give the roles or, of roles
// that have ended, those that gave them.
func (l loader) grantAssignments(ctx context.Context, views []entitlement.GrantView, inc entitlement.Include) error {
	sources, err := l.r.SourcesByGrant(ctx, distinct(views, func(v *entitlement.GrantView) entitlement.GrantID { return v.ID }))
	if err != nil {
		return err
	}
	ended := map[entitlement.GrantID]bool{}
	for _, v := range views {
		ended[v.ID] = !v.To.IsZero()
	}
	sources = slices.DeleteFunc(sources, func(s entitlement.GrantSource) bool { return !s.To.IsZero() && !ended[s.Grant] })
	ids := distinct(sources, func(s *entitlement.GrantSource) entitlement.AssignmentID { return s.Assignment })
	found, err := index(ctx, ids, l.r.Assignments, func(a *entitlement.Assignment) entitlement.AssignmentID { return a.ID })
	if err != nil {
		return err
	}
	assignments := make([]entitlement.AssignmentView, 0, len(found))
	at := make(map[entitlement.AssignmentID]int, len(found))
	for _, id := range ids {
		if a, ok := found[id]; ok {
			at[id] = len(assignments)
			assignments = append(assignments, entitlement.AssignmentView{Assignment: a})
		}
	}
	if err := l.assignments(ctx, assignments, inc); err != nil {
		return err
	}
	for i := range views {
		views[i].Assignments = []entitlement.AssignmentView{}
		for _, s := range sources {
			if k, ok := at[s.Assignment]; ok && s.Grant == views[i].ID {
				views[i].Assignments = append(views[i].Assignments, assignments[k])
			}
		}
	}
	return nil
}

// assignmentGrants loads the roles that the assignments give, and those that
// ended with them.
func (l loader) assignmentGrants(ctx context.Context, views []entitlement.AssignmentView, part *entitlement.Part) error {
	pages, err := inside(ctx, part, "assignment", ids(views, func(v *entitlement.AssignmentView) entitlement.AssignmentID { return v.ID }), l.r.GrantsEach,
		func(g entitlement.Grant) entitlement.GrantView { return entitlement.GrantView{Grant: g} }, l.grants)
	for i := range views {
		views[i].Grants = pages[string(views[i].ID)]
	}
	return err
}
