package engine

import (
	"context"
	"slices"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/store"
)

// CreateUploadSession begins an upload to a resource of custom data. Faults:
// Forbidden, NotFound for the resource, Invalid ("InvalidResource",
// "TooManyUploadSessions").
func (e *Engine) CreateUploadSession(ctx context.Context, who authz.Caller, ref entitlement.UploadRef, s entitlement.UploadSession) (entitlement.UploadSessionView, error) {
	return change(ctx, e, who, audit.UploadCreated, audit.KindUpload, "", func(tx store.Tx) (entitlement.UploadSessionView, error) {
		none := entitlement.UploadSessionView{}
		resource, err := e.reachResource(ctx, tx, who, authz.EditResources, ref.Catalog, ref.Resource)
		if err != nil {
			return none, err
		}
		others, err := uploadsOf(ctx, tx, resource)
		if err != nil {
			return none, err
		}
		if err := resource.CheckUploads(len(others)); err != nil {
			return none, err
		}
		now := e.clock.Now()
		made := s
		made.ID, made.Version, made.Resource, made.Files = entitlement.UploadID(e.newID()), 0, resource.ID, nil
		made.Stamp = stampNew(who, now)
		if err := made.Check(); err != nil {
			return none, err
		}
		err = e.putUpload(ctx, tx, who, audit.UploadCreated, made)
		made.Version++
		return made.At(now), err
	})
}

func (e *Engine) putUpload(ctx context.Context, tx store.Tx, who authz.Caller, what audit.Action, s entitlement.UploadSession) error {
	why := e.record(ctx, who.Actor, e.clock.Now(), what, audit.KindUpload, string(s.ID), s.Reference)
	return tx.PutUploadSession(ctx, s, versions(why, s.Version))
}

// UpdateUploadSession edits a copy of a session that takes files, such as to
// say that all are there. An error of edit is returned as it is. Faults:
// Forbidden, NotFound, Invalid ("UploadSessionClosed").
func (e *Engine) UpdateUploadSession(ctx context.Context, who authz.Caller, ref entitlement.UploadRef, edit func(*entitlement.UploadSession) error) error {
	_, err := e.changeUpload(ctx, who, audit.UploadUpdated, ref, func(_ store.Tx, s entitlement.UploadSession) (entitlement.UploadSession, error) {
		after := s
		if err := edit(&after); err != nil {
			return s, err
		}
		after.ID, after.Version, after.Resource, after.Files, after.Stamp = s.ID, s.Version, s.Resource, s.Files, s.Stamp
		if same(s, after) {
			return s, nil
		}
		return after, s.CheckEdit(after, e.clock.Now())
	})
	return err
}

// changeUpload puts what edit makes of a session, if that is anything else.
func (e *Engine) changeUpload(ctx context.Context, who authz.Caller, what audit.Action, ref entitlement.UploadRef,
	edit func(store.Tx, entitlement.UploadSession) (entitlement.UploadSession, error),
) (entitlement.UploadSessionView, error) {
	return change(ctx, e, who, what, audit.KindUpload, string(ref.Session), func(tx store.Tx) (entitlement.UploadSessionView, error) {
		now := e.clock.Now()
		before, err := e.reachUpload(ctx, tx, who, authz.EditResources, ref)
		if err != nil {
			return before.At(now), err
		}
		after, err := edit(tx, before)
		if err != nil || same(before, after) {
			return before.At(now), err
		}
		after.Stamp = stampEdit(before.Stamp, who, now)
		err = e.putUpload(ctx, tx, who, what, after)
		after.Version++
		return after.At(now), err
	})
}

// UploadFile puts a file into a session. Faults: Forbidden, NotFound, Invalid
// ("UploadSessionClosed", "DuplicateFile", "UploadTooLarge").
func (e *Engine) UploadFile(ctx context.Context, who authz.Caller, ref entitlement.UploadRef, name string, content []byte) (entitlement.UploadSessionView, error) {
	return e.changeUpload(ctx, who, audit.FileUploaded, ref, func(tx store.Tx, s entitlement.UploadSession) (entitlement.UploadSession, error) {
		f := entitlement.UploadedFile{ID: entitlement.FileID(e.newID()), Name: name, Size: int64(len(content))}
		after, err := s.With(f, e.clock.Now())
		if err != nil {
			return s, err
		}
		return after, tx.PutUploadedContent(ctx, s.ID, f.ID, content)
	})
}

// DeleteUploadedFile takes a file out of a session that takes files. Faults:
// Forbidden, NotFound, Invalid ("UploadSessionClosed").
func (e *Engine) DeleteUploadedFile(ctx context.Context, who authz.Caller, ref entitlement.UploadRef) error {
	_, err := e.changeUpload(ctx, who, audit.FileDeleted, ref, func(tx store.Tx, s entitlement.UploadSession) (entitlement.UploadSession, error) {
		f, err := s.File(ref.File)
		if err != nil {
			return s, err
		}
		after := s
		after.Files = slices.DeleteFunc(slices.Clone(s.Files), func(other entitlement.UploadedFile) bool { return other.ID == f.ID })
		if err := s.CheckEdit(after, e.clock.Now()); err != nil {
			return s, err
		}
		return after, tx.DropUploadedContent(ctx, f.ID)
	})
	return err
}

// DeleteUploadSession removes a session and what was uploaded in it. Faults:
// Forbidden, NotFound.
func (e *Engine) DeleteUploadSession(ctx context.Context, who authz.Caller, ref entitlement.UploadRef, only ...func(entitlement.UploadSession) error) error {
	return e.do(ctx, who, audit.UploadDeleted, audit.KindUpload, string(ref.Session), func(tx store.Tx) error {
		s, err := e.reachUpload(ctx, tx, who, authz.EditResources, ref)
		if err != nil {
			return err
		}
		if err := holds(s, only); err != nil {
			return err
		}
		return e.deleteUpload(ctx, tx, who, s)
	})
}

func (e *Engine) deleteUpload(ctx context.Context, tx store.Tx, who authz.Caller, s entitlement.UploadSession) error {
	why := e.record(ctx, who.Actor, e.clock.Now(), audit.UploadDeleted, audit.KindUpload, string(s.ID), s.Reference)
	return tx.DeleteUploadSession(ctx, s.ID, gone(why, s.Version))
}
