package test

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/grantkeep/grantkeep/internal/pgtest"
)

// Scenario 15 of requests.md: the server is killed between any two steps of a
// whole life, and the end is the same.
func TestRestartBetweenAnyTwoTransitions(t *testing.T) {
	t.Parallel()
	databases := map[string]func(testing.TB) string{
		"sqlite":   func(tb testing.TB) string { return "sqlite:" + filepath.Join(tb.TempDir(), "life.db") },
		"postgres": pgtest.Start,
	}
	for name, dsn := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			undisturbed, restarted := live(t, dsn(t), false), live(t, dsn(t), true)
			if !slices.Equal(restarted, undisturbed) {
				t.Errorf("with restarts the life is\n%q, without\n%q", restarted, undisturbed)
			}
			want := []string{
				"submitted", "pendingApproval", "scheduled", "delivering", "delivering", "delivered",
				"readers 1, writers 1, assignment delivered", "readers 1, writers 0, assignment delivered",
				"extended", "readers 1, writers 0, assignment delivered", "readers 0, writers 0, assignment expired",
				"adminUpdate delivered", "systemRemove delivered", "systemUpdate delivered", "userAdd delivered",
			}
			if !slices.Equal(undisturbed, want) {
				t.Errorf("the life is\n%q, want\n%q", undisturbed, want)
			}
		})
	}
}

// life is what happens to one request and its assignment.
type life struct {
	*victim
	restarts bool
	now      time.Time
	faults   map[string]any
	told     []string

	request, assignment string
}

// tell notes what can be seen, and kills the server if it is to be killed
// between any two steps.
func (l *life) tell(format string, args ...any) {
	l.told = append(l.told, fmt.Sprintf(format, args...))
	if !l.restarts {
		return
	}
	l.kill()
	l.start()
	l.move(0)
	l.must("", "PUT", "/_emulator/faults", l.faults)
}

// move moves the clock on from where it was, in whichever server.
func (l *life) move(d time.Duration) {
	l.now = l.now.Add(d)
	l.must("", "PUT", "/_emulator/clock", map[string]any{"now": l.now.Format(time.RFC3339Nano)})
	l.admin = l.token("")
}

func (l *life) settle() { l.must("", "POST", "/_emulator/settle", nil) }

func (l *life) state() string {
	return fmt.Sprint(l.must(l.admin, "GET", em+"/assignmentRequests/"+l.request, nil)["state"])
}

// access tells how many are in the groups, and how the assignment is.
func (l *life) access(groups ...string) string {
	count := func(group string) int {
		return len(l.must(l.admin, "GET", "/v1.0/groups/"+group+"/members", nil)["value"].([]any))
	}
	state := l.must(l.admin, "GET", em+"/assignments/"+l.assignment, nil)["state"]
	return fmt.Sprintf("readers %d, writers %d, assignment %v", count(groups[0]), count(groups[1]), state)
}

func live(t *testing.T, dsn string, restarts bool) []string {
	l := &life{victim: &victim{t: t, dsn: dsn, flags: []string{"--frozen"}}, restarts: restarts, faults: map[string]any{}}
	l.start()
	t.Cleanup(func() { l.kill() })
	clock := fmt.Sprint(l.must("", "GET", "/_emulator/clock", nil)["now"])
	var err error
	if l.now, err = time.Parse(time.RFC3339Nano, clock); err != nil {
		t.Fatal(err)
	}
	l.move(time.Hour) // ahead of the machine's time, at which every server begins
	boss, adele := l.user("boss"), l.user("adele")
	var groups []string
	catalog := l.create(em+"/catalogs", map[string]any{"displayName": "c", "description": "c"})
	for _, name := range []string{"readers", "writers"} {
		g := l.create("/v1.0/groups", map[string]any{"displayName": name, "mailEnabled": false, "mailNickname": name, "securityEnabled": true})
		l.create(em+"/resourceRequests", map[string]any{
			"requestType": "adminAdd", "catalog": map[string]any{"id": catalog}, "resource": map[string]any{"originId": g, "originSystem": "AadGroup"},
		})
		groups = append(groups, g)
	}
	pkg := l.create(em+"/accessPackages", map[string]any{"displayName": "p", "description": "p", "catalog": map[string]any{"id": catalog}})
	var contents []string
	for _, g := range groups {
		contents = append(contents, l.create(em+"/accessPackages/"+pkg+"/resourceRoleScopes", map[string]any{
			"role":  map[string]any{"originId": "Member_" + g, "originSystem": "AadGroup", "resource": map[string]any{"originId": g, "originSystem": "AadGroup"}},
			"scope": map[string]any{"originId": g, "originSystem": "AadGroup"},
		}))
	}
	l.create(em+"/assignmentPolicies", map[string]any{
		"displayName": "p", "description": "p", "accessPackage": map[string]any{"id": pkg}, "allowedTargetScope": "allMemberUsers",
		"expiration":              map[string]any{"type": "afterDuration", "duration": "P10D"},
		"requestorSettings":       map[string]any{"enableTargetsToSelfAddAccess": true, "allowCustomAssignmentSchedule": true},
		"requestApprovalSettings": oneStage(boss),
	})
	l.faults = map[string]any{"delivery": map[string]any{"rate": 1, "resource": groups[1], "error": "503 busy"}}
	l.must("", "PUT", "/_emulator/faults", l.faults)

	asked := l.must(l.token(adele), "POST", em+"/assignmentRequests", map[string]any{
		"requestType": "userAdd", "assignment": map[string]any{"accessPackageId": pkg},
		"schedule": map[string]any{"startDateTime": l.now.Add(24 * time.Hour).Format(time.RFC3339Nano)},
	})
	l.request = fmt.Sprint(asked["id"])
	l.tell("%s", l.state())
	l.settle()
	l.tell("%s", l.state())
	stages := em + "/accessPackageAssignmentApprovals/" + l.request + "/stages"
	bossToken := l.token(boss)
	stage := l.must(bossToken, "GET", stages, nil)["value"].([]any)[0].(map[string]any)["id"]
	l.must(bossToken, "PATCH", fmt.Sprintf("%s/%v", stages, stage), map[string]any{"reviewResult": "Approve"})
	l.settle()
	l.tell("%s", l.state())
	l.move(24 * time.Hour)
	l.tell("%s", l.state())
	l.move(time.Minute) // one more try that fails
	l.tell("%s", l.state())
	l.faults = map[string]any{}
	l.must("", "PUT", "/_emulator/faults", l.faults)
	l.move(2 * time.Minute)
	l.tell("%s", l.state())
	out := l.must(l.admin, "GET", em+"/assignmentRequests/"+l.request+"?expand=assignment", nil)
	l.assignment = fmt.Sprint(out["assignment"].(map[string]any)["id"])
	l.tell("%s", l.access(groups...))

	l.must(l.admin, "DELETE", em+"/accessPackages/"+pkg+"/resourceRoleScopes/"+contents[1], nil)
	if restarts { // the work is in the database, not in the process
		l.kill()
		l.start()
		l.move(0)
	}
	l.settle()
	l.tell("%s", l.access(groups...))
	l.create(em+"/assignmentRequests", map[string]any{
		"requestType": "adminUpdate", "assignment": map[string]any{"id": l.assignment},
		"schedule": map[string]any{"expiration": map[string]any{"type": "afterDuration", "duration": "P5D"}},
	})
	l.tell("extended")
	l.settle()
	l.move(12 * 24 * time.Hour) // beyond the first end
	l.tell("%s", l.access(groups...))
	l.move(4 * 24 * time.Hour)
	l.tell("%s", l.access(groups...))
	var ends []string
	for _, r := range l.must(l.admin, "GET", em+"/assignmentRequests", nil)["value"].([]any) {
		r := r.(map[string]any)
		ends = append(ends, fmt.Sprintf("%v %v", r["requestType"], r["state"]))
	}
	slices.Sort(ends)
	return append(l.told, ends...)
}
