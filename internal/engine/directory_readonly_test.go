package engine_test

import (
	"strings"
	"testing"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/engine"
	"github.com/grantkeep/grantkeep/internal/fault"
)

// A directory that is a copy refuses every change, and only to those who may
// make it: others learn nothing.
func TestReadOnlyDirectoryRefusesChanges(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ann, crew := w.user("ann"), w.group("crew", "ben")
	frozen := engine.New(w.store, w.clock, newID, nil, engine.Settings{MaxStages: 3, DirectoryReadOnly: true})
	for name, change := range map[string]func() error{
		"make": func() error {
			_, err := frozen.CreateObject(w.ctx, w.admin(), directory.Object{Kind: directory.KindGroup, DisplayName: "g", Group: &directory.GroupDetail{MailNickname: "g"}}, nil)
			return err
		},
		"change": func() error {
			return frozen.UpdateObject(w.ctx, w.admin(), directory.KindUser, string(ann), func(o *directory.Object) error { o.DisplayName = "x"; return nil }, nil)
		},
		"delete":        func() error { return frozen.DeleteObject(w.ctx, w.admin(), directory.KindUser, string(ann)) },
		"manager":       func() error { return frozen.SetManager(w.ctx, w.admin(), string(ann), "") },
		"add member":    func() error { return frozen.AddMember(w.ctx, w.admin(), crew, ann, directory.MemberOf) },
		"remove member": func() error { return frozen.RemoveMember(w.ctx, w.admin(), crew, w.user("ben"), directory.MemberOf) },
	} {
		if err := change(); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "directory.readOnly") {
			t.Errorf("%s: %v, want a refusal that names the setting", name, err)
		}
	}
	if err := frozen.DeleteObject(w.ctx, w.as("ben"), directory.KindUser, string(ann)); !fault.Is(err, fault.Forbidden) {
		t.Errorf("a stranger is told %v", err)
	}
}
