package entitlement

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/grantkeep/grantkeep/internal/fault"
)

// Bounds on what is uploaded. The size of one file is bounded as every body
// is.
const (
	maxUploadSessions = 100      // of a resource
	maxUploadedFiles  = 20       // of a session
	maxUploadedBytes  = 10 << 20 // of a session
	uploadTime        = 7 * 24 * time.Hour
)

// UploadStatus tells whether a session still takes files.
type UploadStatus string

// The published statuses.
const (
	UploadActive   UploadStatus = "active"
	UploadComplete UploadStatus = "complete"
	UploadExpired  UploadStatus = "expired"
)

// UploadSession is a time in which files with access data are given to a
// resource that has no system of origin here.
type UploadSession struct {
	ID       UploadID
	Version  int64
	Resource ResourceID

	Reference string // what the client calls it
	Data      string // what the client says of it, as JSON; empty for nothing
	Done      bool   // the client has given everything
	Files     []UploadedFile
	Stamp
}

// UploadedFile is a file of a session, without its content.
type UploadedFile struct {
	ID         FileID
	Name       string
	Size       int64
	UploadedAt time.Time
}

// UploadSessionView is a session with its status at an instant.
type UploadSessionView struct {
	UploadSession
	Status UploadStatus
}

// UploadRef names a session of a resource, and a file in it. Without the id
// of a catalog the resource is looked for in all.
type UploadRef struct {
	Catalog  CatalogID
	Resource ResourceID
	Session  UploadID
	File     FileID
}

// At returns the session as it is at an instant.
func (s UploadSession) At(now time.Time) UploadSessionView {
	v := UploadSessionView{s, UploadActive}
	switch {
	case s.Done:
		v.Status = UploadComplete
	case !now.Before(s.CreatedAt.Add(uploadTime)):
		v.Status = UploadExpired
	}
	return v
}

// Bytes is how much the files hold together.
func (s UploadSession) Bytes() (n int64) {
	for _, f := range s.Files {
		n += f.Size
	}
	return n
}

// CheckUploads reports whether the resource takes one more session beside so
// many.
func (r Resource) CheckUploads(sessions int) error {
	if r.OriginSystem != OriginCustomData {
		return fault.New(fault.Invalid, "InvalidResource", "The resource comes from %s; data is uploaded to resources of %s only.", r.OriginSystem, OriginCustomData)
	}
	if sessions >= maxUploadSessions {
		return fault.New(fault.Invalid, "TooManyUploadSessions", "The resource has %d upload sessions, which is the most; delete one that is over.", sessions)
	}
	return nil
}

// Check reports what is wrong with the session's own properties, as a
// fault.Invalid.
func (s UploadSession) Check() error {
	if utf8.RuneCountInString(s.Reference) > maxName {
		return fault.New(fault.Invalid, "InvalidModel", "referenceId holds at most %d characters.", maxName).At("referenceId")
	}
	return nil
}

// CheckEdit reports whether the session may become after: only one that takes
// files changes at all.
func (s UploadSession) CheckEdit(after UploadSession, now time.Time) error {
	if err := s.open(now); err != nil {
		return err
	}
	return after.Check()
}

func (s UploadSession) open(now time.Time) error {
	if status := s.At(now).Status; status != UploadActive {
		return fault.New(fault.Invalid, "UploadSessionClosed", "The upload session is %s and does not change any more; begin another one.", status)
	}
	return nil
}

// With returns the session with one more file. Faults: Invalid, if the
// session is over, the file has no name that nobody else in the session has,
// or there is too much.
func (s UploadSession) With(f UploadedFile, now time.Time) (UploadSession, error) {
	if err := s.open(now); err != nil {
		return s, err
	}
	if f.Name == "" || utf8.RuneCountInString(f.Name) > maxName || strings.ContainsAny(f.Name, "/\\") || strings.ContainsFunc(f.Name, func(r rune) bool { return r < ' ' }) {
		return s, fault.New(fault.Invalid, "InvalidModel",
			"A file needs a name of at most %d characters without slashes; send Content-Disposition: attachment; filename=\"members.csv\".", maxName).At("Content-Disposition")
	}
	for _, other := range s.Files {
		if strings.EqualFold(other.Name, f.Name) {
			return s, fault.New(fault.Invalid, "DuplicateFile", "The upload session has a file %q already.", other.Name).At("Content-Disposition")
		}
	}
	if f.Size == 0 {
		return s, fault.New(fault.Invalid, "InvalidModel", "The file %q is empty.", f.Name)
	}
	if len(s.Files) == maxUploadedFiles || s.Bytes()+f.Size > maxUploadedBytes {
		return s, fault.New(fault.Invalid, "UploadTooLarge", "An upload session holds at most %d files of %d bytes together.", maxUploadedFiles, maxUploadedBytes)
	}
	f.UploadedAt = now
	s.Files = append(s.Files[:len(s.Files):len(s.Files)], f)
	return s, nil
}

// File returns a file of the session. Faults: NotFound.
func (s UploadSession) File(id FileID) (UploadedFile, error) {
	for _, f := range s.Files {
		if f.ID == id {
			return f, nil
		}
	}
	return UploadedFile{}, fault.New(fault.NotFound, "ResourceNotFound", "The upload session has no file %s.", id)
}
