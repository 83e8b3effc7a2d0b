package sqlstore

import (
	"context"
	"encoding/base64"
	"fmt"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/entitlement"
)

const uploadColumns = `id, version, doc`

func (r *reader) scanUpload(row scanner) (entitlement.UploadSession, error) {
	return scanDoc(r, row, "upload_session", func(s entitlement.UploadSession) entitlement.UploadSession {
		s.Files = append([]entitlement.UploadedFile(nil), s.Files...)
		return s
	})
}

func (r *reader) UploadSession(ctx context.Context, id entitlement.UploadID) (entitlement.UploadSession, error) {
	return byID(ctx, r, "upload_session", uploadColumns, string(id), r.scanUpload)
}

func (r *reader) UploadSessions(ctx context.Context, resources []entitlement.ResourceID) ([]entitlement.UploadSession, error) {
	if len(resources) == 0 {
		return nil, nil
	}
	found, err := many(ctx, r, "SELECT "+uploadColumns+" FROM upload_session WHERE tenant_id = $1 AND resource_id "+r.store.dialect.among("$2")+" ORDER BY id",
		[]any{r.no, listArg(r, resources)}, r.scanUpload)
	if err != nil {
		return nil, fmt.Errorf("upload sessions of %d resources: %w", len(resources), err)
	}
	return found, nil
}

func (r *reader) UploadedContent(ctx context.Context, id entitlement.FileID) ([]byte, error) {
	text, err := byID(ctx, r, "upload_content", "content", string(id), func(row scanner) (text string, err error) {
		err = row.Scan(&text)
		return text, err
	})
	if err != nil {
		return nil, err
	}
	content, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("decode uploaded file %s: %w", id, err)
	}
	return content, nil
}

func (t *tx) PutUploadSession(_ context.Context, s entitlement.UploadSession, why audit.Record) error {
	before := s.Version
	s.Version++
	doc, err := encode(s)
	if err != nil {
		return err
	}
	t.buf.put(uploadTable, before, string(s.ID), s.Version, string(s.Resource), doc)
	return t.keep(audit.KindUpload, string(s.ID), s.Version, doc, []audit.Record{why})
}

func (t *tx) DeleteUploadSession(ctx context.Context, id entitlement.UploadID, why audit.Record) error {
	return t.remove(ctx, "upload_session", string(id), audit.KindUpload, why)
}

// PutUploadedContent keeps bytes as text, for which both databases have one
// type.
func (t *tx) PutUploadedContent(_ context.Context, session entitlement.UploadID, id entitlement.FileID, content []byte) error {
	t.buf.add(uploadContentTable, string(id), string(session), base64.StdEncoding.EncodeToString(content))
	return nil
}

func (t *tx) DropUploadedContent(_ context.Context, id entitlement.FileID) error {
	t.buf.delete(uploadContentTable, string(id))
	return nil
}
