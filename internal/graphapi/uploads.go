package graphapi

import (
	"mime"
	"net/http"
	"strings"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/graphapi/wire"
	"github.com/grantkeep/grantkeep/internal/query"
)

// uploadRoutes are those below a resource, wherever it is found.
func uploadRoutes(resource string) []route {
	sessions := resource + "/uploadSessions"
	session := sessions + "/{upload}"
	files := session + "/files"
	writes := signedIn.toWrite(authz.EditResources)
	return []route{
		{"GET", sessions, both, listUploads, signedIn},
		{"POST", sessions, both, createUpload, writes},
		{"GET", sessions + "/$count", both, countUploads, signedIn},
		{"GET", session, both, getUpload, signedIn},
		{"PATCH", session, both, updateUpload, writes},
		{"DELETE", session, both, deleteUpload, signedIn},
		{"POST", session + "/uploadFile", both, uploadFile, writes},
		{"GET", files, both, listFiles, signedIn},
		{"GET", files + "/$count", both, countFiles, signedIn},
		{"GET", files + "/{file}", both, getFile, signedIn},
		{"DELETE", files + "/{file}", both, deleteFile, signedIn},
		{"GET", files + "/{file}/$value", both, getContent, signedIn},
	}
}

func (c *call) uploadRef() entitlement.UploadRef {
	return entitlement.UploadRef{
		Catalog: c.catalogID(), Resource: entitlement.ResourceID(c.arg("resource")),
		Session: entitlement.UploadID(c.arg("upload")), File: entitlement.FileID(c.arg("file")),
	}
}

func (c *call) loadUploads(q query.List, _ entitlement.Include) (query.Page[entitlement.UploadSessionView], error) {
	sessions, err := c.s.engine.UploadSessions(c.ctx, c.who, c.uploadRef())
	return wire.UploadSession.Select(sessions, q), err
}

func (c *call) loadUpload(entitlement.Include) (entitlement.UploadSessionView, error) {
	return c.s.engine.UploadSession(c.ctx, c.who, c.uploadRef())
}

func listUploads(c *call) error {
	return answerList(c, wire.UploadSession, c.here(), nil, c.loadUploads)
}

func countUploads(c *call) error { return answerCount(c, wire.UploadSession, nil, c.loadUploads) }

func getUpload(c *call) error { return answerOne(c, wire.UploadSession, c.around(), c.loadUpload) }

func createUpload(c *call) error {
	var v entitlement.UploadSessionView
	if err := decode(c, wire.UploadSession, &v, wire.Create); err != nil {
		return err
	}
	made, err := c.s.engine.CreateUploadSession(c.ctx, c.who, c.uploadRef(), v.UploadSession)
	if err != nil {
		return err
	}
	return answerMade(c, wire.UploadSession, http.StatusCreated, c.here(), string(made.ID), &made)
}

func updateUpload(c *call) error {
	body, err := c.content()
	if err != nil {
		return err
	}
	edit := editing(c, body, wire.UploadSession, wire.Merge,
		func(s entitlement.UploadSession) entitlement.UploadSessionView {
			return entitlement.UploadSessionView{UploadSession: s}
		},
		func(v entitlement.UploadSessionView) entitlement.UploadSession { return v.UploadSession })
	if err := c.s.engine.UpdateUploadSession(c.ctx, c.who, c.uploadRef(), edit); err != nil {
		return err
	}
	return answerChanged(c, wire.UploadSession, c.around(), c.loadUpload)
}

func deleteUpload(c *call) error {
	if err := c.s.engine.DeleteUploadSession(c.ctx, c.who, c.uploadRef(), unchanged[entitlement.UploadSession](c)); err != nil {
		return err
	}
	return c.sendNothing(http.StatusNoContent)
}

// uploadFile takes the body for the content of a file, which
// Content-Disposition names, and answers with the session, as the published
// action does.
func uploadFile(c *call) error {
	content, err := readContent(c.r, c.s.settings.MaxBody)
	if c.in = len(content); err != nil {
		return err
	}
	made, err := c.s.engine.UploadFile(c.ctx, c.who, c.uploadRef(), fileName(c.r), content)
	if err != nil {
		return err
	}
	sessions, _, _ := strings.Cut(c.here(), "/uploadSessions")
	return answerMade(c, wire.UploadSession, http.StatusOK, sessions+"/uploadSessions", string(made.ID), &made)
}

// fileName is the name that the client gives to what it sends; empty for
// none.
func fileName(r *http.Request) string {
	_, params, err := mime.ParseMediaType(r.Header.Get("Content-Disposition"))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(params["filename"])
}

func (c *call) loadFiles(q query.List, _ entitlement.Include) (query.Page[entitlement.UploadedFile], error) {
	s, err := c.s.engine.UploadSession(c.ctx, c.who, c.uploadRef())
	return wire.UploadedFile.Select(s.Files, q), err
}

func listFiles(c *call) error { return answerList(c, wire.UploadedFile, c.here(), nil, c.loadFiles) }

func countFiles(c *call) error { return answerCount(c, wire.UploadedFile, nil, c.loadFiles) }

func getFile(c *call) error {
	return answerOne(c, wire.UploadedFile, c.around(), func(entitlement.Include) (entitlement.UploadedFile, error) {
		s, err := c.s.engine.UploadSession(c.ctx, c.who, c.uploadRef())
		if err != nil {
			return entitlement.UploadedFile{}, err
		}
		return s.File(c.uploadRef().File)
	})
}

func deleteFile(c *call) error {
	if err := c.s.engine.DeleteUploadedFile(c.ctx, c.who, c.uploadRef()); err != nil {
		return err
	}
	return c.sendNothing(http.StatusNoContent)
}

// getContent answers with a file as it was uploaded. Browsers are told to
// save it, whatever it holds.
func getContent(c *call) error {
	content, err := c.s.engine.UploadedContent(c.ctx, c.who, c.uploadRef())
	if err != nil {
		return err
	}
	c.w.Header().Set("Content-Disposition", "attachment")
	c.w.Header().Set("X-Content-Type-Options", "nosniff")
	c.send(http.StatusOK, bytesType, content)
	return nil
}
