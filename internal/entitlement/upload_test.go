package entitlement

import (
	"strings"
	"testing"
	"time"

	"github.com/grantkeep/grantkeep/internal/fault"
)

func TestFilesOfAnUploadSession(t *testing.T) {
	t.Parallel()
	began := time.Date(2026, time.March, 1, 10, 0, 0, 0, time.UTC)
	session := func(files ...UploadedFile) UploadSession {
		return UploadSession{Files: files, Stamp: Stamp{CreatedAt: began}}
	}
	done := session()
	done.Done = true
	many := make([]UploadedFile, maxUploadedFiles)
	for _, tt := range []struct {
		name  string
		in    UploadSession
		file  UploadedFile
		after time.Duration
		code  string
	}{
		{"one fits", session(), UploadedFile{Name: "a.csv", Size: maxUploadedBytes}, uploadTime - 1, ""},
		{"none fits when the time is over", session(), UploadedFile{Name: "a.csv", Size: 1}, uploadTime, "UploadSessionClosed"},
		{"none fits when all are there", done, UploadedFile{Name: "a.csv", Size: 1}, 0, "UploadSessionClosed"},
		{"each has a name", session(), UploadedFile{Size: 1}, 0, "InvalidModel"},
		{"which is no path", session(), UploadedFile{Name: `..\a`, Size: 1}, 0, "InvalidModel"},
		{"nor too long", session(), UploadedFile{Name: strings.Repeat("a", maxName+1), Size: 1}, 0, "InvalidModel"},
		{"of its own", session(UploadedFile{Name: "A.csv"}), UploadedFile{Name: "a.csv", Size: 1}, 0, "DuplicateFile"},
		{"something is in it", session(), UploadedFile{Name: "a.csv"}, 0, "InvalidModel"},
		{"they are not too many", session(many...), UploadedFile{Name: "a.csv", Size: 1}, 0, "UploadTooLarge"},
		{"nor too large together", session(UploadedFile{Size: maxUploadedBytes}), UploadedFile{Name: "a.csv", Size: 1}, 0, "UploadTooLarge"},
	} {
		now := began.Add(tt.after)
		got, err := tt.in.With(tt.file, now)
		if tt.code == "" {
			if err != nil || len(got.Files) != 1 || !got.Files[0].UploadedAt.Equal(now) {
				t.Errorf("%s: %v, %v", tt.name, got.Files, err)
			}
			continue
		}
		if fault.Of(err).Code != tt.code {
			t.Errorf("%s: %v, want %s", tt.name, err, tt.code)
		}
	}
	if err := (Resource{OriginSystem: OriginCustomData}).CheckUploads(maxUploadSessions); fault.Of(err).Code != "TooManyUploadSessions" {
		t.Errorf("one session too many: %v", err)
	}
}
