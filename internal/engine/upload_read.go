package engine

import (
	"context"
	"maps"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/store"
)

// UploadSessions returns the upload sessions of a resource, oldest first.
// Faults: Forbidden, NotFound for the resource.
func (e *Engine) UploadSessions(ctx context.Context, who authz.Caller, ref entitlement.UploadRef) ([]entitlement.UploadSessionView, error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) ([]entitlement.UploadSessionView, error) {
		resource, err := e.reachResource(ctx, r, who, authz.ReadResources, ref.Catalog, ref.Resource)
		if err != nil {
			return nil, err
		}
		sessions, err := uploadsOf(ctx, r, resource)
		now := e.clock.Now()
		views := make([]entitlement.UploadSessionView, len(sessions))
		for i, s := range sessions {
			views[i] = s.At(now)
		}
		return views, err
	})
}

// UploadSession returns one upload session. Faults: Forbidden, NotFound.
func (e *Engine) UploadSession(ctx context.Context, who authz.Caller, ref entitlement.UploadRef) (entitlement.UploadSessionView, error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) (entitlement.UploadSessionView, error) {
		s, err := e.reachUpload(ctx, r, who, authz.ReadResources, ref)
		return s.At(e.clock.Now()), err
	})
}

// UploadedContent returns what a file of an upload session holds. Faults:
// Forbidden, NotFound.
func (e *Engine) UploadedContent(ctx context.Context, who authz.Caller, ref entitlement.UploadRef) ([]byte, error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) ([]byte, error) {
		s, err := e.reachUpload(ctx, r, who, authz.ReadResources, ref)
		if err != nil {
			return nil, err
		}
		if _, err := s.File(ref.File); err != nil {
			return nil, err
		}
		return r.UploadedContent(ctx, ref.File)
	})
}

// reachUpload reads a session for somebody who wants to do something with it.
func (e *Engine) reachUpload(ctx context.Context, r store.Reader, who authz.Caller, a authz.Action, ref entitlement.UploadRef) (entitlement.UploadSession, error) {
	resource, err := e.reachResource(ctx, r, who, a, ref.Catalog, ref.Resource)
	if err != nil {
		return entitlement.UploadSession{}, err
	}
	s, err := r.UploadSession(ctx, ref.Session)
	if err == nil && s.Resource != resource.ID {
		err = fault.New(fault.NotFound, "ResourceNotFound", "The resource has no upload session %s.", ref.Session)
	}
	return s, err
}

// uploadsOf returns the sessions of a resource, which costs no statement for
// one that cannot have any.
func uploadsOf(ctx context.Context, r store.Reader, resource entitlement.Resource) ([]entitlement.UploadSession, error) {
	if resource.OriginSystem != entitlement.OriginCustomData {
		return nil, nil
	}
	return r.UploadSessions(ctx, []entitlement.ResourceID{resource.ID})
}

// resourcesWithUploads loads what is asked of resources, their upload sessions
// among it: whether those are over depends on the time, which a loader does
// not know.
func (e *Engine) resourcesWithUploads(ctx context.Context, l loader, views []entitlement.ResourceView, inc entitlement.Include) error {
	if inc.Has("uploads") {
		if err := e.uploads(ctx, l.r, views); err != nil {
			return err
		}
		inc = maps.Clone(inc)
		delete(inc, "uploads")
	}
	return l.resources(ctx, views, inc)
}

func (e *Engine) uploads(ctx context.Context, r store.Reader, views []entitlement.ResourceView) error {
	var ids []entitlement.ResourceID
	at := map[entitlement.ResourceID]int{}
	for i := range views {
		views[i].Uploads = []entitlement.UploadSessionView{}
		if views[i].OriginSystem == entitlement.OriginCustomData {
			at[views[i].ID] = i
			ids = append(ids, views[i].ID)
		}
	}
	sessions, err := r.UploadSessions(ctx, ids)
	now := e.clock.Now()
	for _, s := range sessions {
		v := &views[at[s.Resource]]
		v.Uploads = append(v.Uploads, s.At(now))
	}
	return err
}
