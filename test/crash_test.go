package test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/grantkeep/grantkeep/internal/pgtest"
)

// kills is how often the server is killed on each database.
const kills = 50

// TestKillNineLosesNothing kills the server at random instants under load.
// After each restart everything that was acknowledged is there, everything
// that waited goes on, and nothing was delivered twice.
func TestKillNineLosesNothing(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		crash(t, "sqlite:"+filepath.Join(t.TempDir(), "crash.db"))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		crash(t, pgtest.Start(t))
	})
}

// victim is a server that is there to be killed.
type victim struct {
	t      *testing.T
	dsn    string
	flags  []string // of the emulator, beside its database
	cmd    *exec.Cmd
	base   string
	tenant string
	admin  string // token
}

func (v *victim) start() {
	v.t.Helper()
	v.cmd = exec.Command(binary, "emulator", "--http", "127.0.0.1:0", "--https", "127.0.0.1:0", "--db", v.dsn, "--delivery-delay", "0s")
	v.cmd.Args = append(v.cmd.Args, v.flags...)
	v.cmd.Dir = v.t.TempDir()
	v.cmd.Env = append(os.Environ(), "TMPDIR="+v.cmd.Dir) // what a killed server leaves behind goes with the test
	v.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := v.cmd.StdoutPipe()
	if err != nil {
		v.t.Fatal(err)
	}
	if err := v.cmd.Start(); err != nil {
		v.t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		v.t.Fatalf("the server did not start: %v", err)
	}
	var started struct{ HTTP, Tenant string }
	if err := json.Unmarshal(line, &started); err != nil {
		v.t.Fatal(err)
	}
	v.base, v.tenant = started.HTTP, started.Tenant
	v.admin = v.token("")
}

func (v *victim) kill() {
	if err := v.cmd.Process.Kill(); err != nil {
		v.t.Error(err)
	}
	_ = v.cmd.Wait() // killed, as it should be
}

// call sends one request; an error means that nobody answered.
func (v *victim) call(client *http.Client, token, method, path string, body any) (int, map[string]any, error) {
	var encoded []byte
	if body != nil {
		var err error
		if encoded, err = json.Marshal(body); err != nil {
			return 0, nil, err
		}
	}
	req, err := http.NewRequest(method, v.base+path, bytes.NewReader(encoded))
	if err != nil {
		return 0, nil, err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, nil, err
	}
	var out map[string]any
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &out); err != nil {
			return 0, nil, err
		}
	}
	return resp.StatusCode, out, nil
}

// must is call for what cannot fail while nobody kills the server.
func (v *victim) must(token, method, path string, body any) map[string]any {
	v.t.Helper()
	status, out, err := v.call(http.DefaultClient, token, method, path, body)
	if err != nil || status/100 != 2 {
		v.t.Fatalf("%s %s: %d %v %v", method, path, status, out, err)
	}
	return out
}

func (v *victim) token(user string) string {
	v.t.Helper()
	body := map[string]any{}
	if user != "" {
		body["user"] = user
	}
	return fmt.Sprint(v.must("", "POST", "/_emulator/token", body)["access_token"])
}

func (v *victim) create(path string, body any) string {
	v.t.Helper()
	return fmt.Sprint(v.must(v.admin, "POST", path, body)["id"])
}

func (v *victim) user(name string) string {
	v.t.Helper()
	return v.create("/v1.0/users", map[string]any{
		"accountEnabled": true, "displayName": name, "mailNickname": name, "userPrincipalName": name + "@contoso.example",
		"passwordProfile": map[string]any{"password": "not kept"},
	})
}

// acknowledged is what the server said it had done.
type acknowledged struct {
	mu       sync.Mutex
	open     map[string]string // request → package
	canceled map[string]bool
	approved map[string]bool
}

func crash(t *testing.T, dsn string) {
	v := &victim{t: t, dsn: dsn}
	v.start()
	t.Cleanup(func() { v.kill() })
	boss := v.user("boss")
	group := v.create("/v1.0/groups", map[string]any{"displayName": "g", "mailEnabled": false, "mailNickname": "g", "securityEnabled": true})
	catalog := v.create(em+"/catalogs", map[string]any{"displayName": "c", "description": "c"})
	v.create(em+"/resourceRequests", map[string]any{
		"requestType": "adminAdd", "catalog": map[string]any{"id": catalog},
		"resource": map[string]any{"originId": group, "originSystem": "AadGroup"},
	})
	open := v.pkg(catalog, group, "open", nil)
	guarded := v.pkg(catalog, group, "guarded", oneStage(boss))

	ack := &acknowledged{open: map[string]string{}, canceled: map[string]bool{}, approved: map[string]bool{}}
	dice := rand.New(rand.NewPCG(1, 2))
	for i := range kills {
		tokens := make([]string, 12)
		for j := range tokens {
			tokens[j] = v.token(v.user(fmt.Sprintf("u%d-%d", i, j)))
		}
		bossToken := v.token(boss)
		load, stop := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for j, token := range tokens {
			wg.Go(func() { v.load(load, token, bossToken, open, guarded, j, ack) })
		}
		wait(t, time.Duration(20+dice.IntN(180))*time.Millisecond)
		v.kill()
		stop()
		wg.Wait()
		v.start()
		v.verify(ack, open)
	}
	v.kill()
	oneStory(t, dsn, v.tenant, slices.Collect(maps.Keys(ack.open)))
	t.Logf("%d requests, %d cancels and %d approvals were acknowledged", len(ack.open), len(ack.canceled), len(ack.approved))
	v.start()
}

// wait lets the load run: the instant of the kill is meant to be arbitrary.
func wait(t *testing.T, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-t.Context().Done():
	}
}

func (v *victim) pkg(catalog, group, name string, approval map[string]any) string {
	v.t.Helper()
	id := v.create(em+"/accessPackages", map[string]any{"displayName": name, "description": name, "catalog": map[string]any{"id": catalog}})
	v.create(em+"/accessPackages/"+id+"/resourceRoleScopes", map[string]any{
		"role":  map[string]any{"originId": "Member_" + group, "originSystem": "AadGroup", "resource": map[string]any{"originId": group, "originSystem": "AadGroup"}},
		"scope": map[string]any{"originId": group, "originSystem": "AadGroup"},
	})
	v.create(em+"/assignmentPolicies", map[string]any{
		"displayName": name, "description": name, "accessPackage": map[string]any{"id": id}, "allowedTargetScope": "allMemberUsers",
		"requestorSettings": map[string]any{"enableTargetsToSelfAddAccess": true}, "requestApprovalSettings": approval,
	})
	return id
}

// load asks for both packages, cancels some requests and approves others,
// and notes what was acknowledged, until the server is gone.
func (v *victim) load(ctx context.Context, token, boss, open, guarded string, n int, ack *acknowledged) {
	client := &http.Client{Transport: &http.Transport{}, Timeout: 10 * time.Second}
	defer client.CloseIdleConnections()
	for _, pkg := range []string{open, guarded} {
		for try := 0; ctx.Err() == nil && try < 20; try++ {
			status, out, err := v.call(client, token, "POST", em+"/assignmentRequests", map[string]any{
				"requestType": "userAdd", "assignment": map[string]any{"accessPackageId": pkg},
			})
			if err != nil {
				return
			}
			if status != http.StatusOK {
				break
			}
			id := fmt.Sprint(out["id"])
			ack.mu.Lock()
			ack.open[id] = pkg
			ack.mu.Unlock()
			if pkg == guarded && (n+try)%2 == 0 {
				if v.approve(client, boss, id, ack) {
					break
				}
				continue
			}
			status, _, err = v.call(client, token, "POST", em+"/assignmentRequests/"+id+"/cancel", nil)
			if err != nil {
				return
			}
			if status == http.StatusOK {
				ack.mu.Lock()
				ack.canceled[id] = true
				ack.mu.Unlock()
			}
		}
	}
}

func (v *victim) approve(client *http.Client, boss, id string, ack *acknowledged) bool {
	path := em + "/accessPackageAssignmentApprovals/" + id
	for range 50 {
		status, out, err := v.call(client, boss, "GET", path, nil)
		if err != nil {
			return true
		}
		if status != http.StatusOK {
			wait(v.t, 2*time.Millisecond) // the first stage has not begun yet
			continue
		}
		stage := out["stages"].([]any)[0].(map[string]any)["id"]
		status, _, err = v.call(client, boss, "PATCH", fmt.Sprintf("%s/stages/%v", path, stage), map[string]any{"reviewResult": "Approve"})
		if err == nil && status == http.StatusNoContent {
			ack.mu.Lock()
			ack.approved[id] = true
			ack.mu.Unlock()
		}
		return true
	}
	return true
}

// verify looks at everything that was acknowledged and is not known to be
// closed yet. What waited goes on: settle leaves nothing half done.
func (v *victim) verify(ack *acknowledged, open string) {
	v.t.Helper()
	v.must("", "POST", "/_emulator/settle", nil)
	for id, pkg := range ack.open {
		status, out, err := v.call(http.DefaultClient, v.admin, "GET", em+"/assignmentRequests/"+id+"?expand=assignment", nil)
		if err != nil || status != http.StatusOK {
			v.t.Fatalf("request %s was acknowledged and is gone: %d %v", id, status, err)
		}
		state := fmt.Sprint(out["state"])
		assignment, _ := out["assignment"].(map[string]any)
		given := assignment != nil && assignment["state"] != nil
		switch {
		case ack.canceled[id] && state != "canceled":
			v.t.Errorf("request %s was canceled and is %s", id, state)
		case ack.approved[id] && state != "delivered":
			v.t.Errorf("request %s was approved and is %s", id, state)
		case pkg == open && state != "delivered" && state != "canceled":
			v.t.Errorf("request %s did not go on: %s", id, state)
		case state == "submitted" || state == "delivering":
			v.t.Errorf("request %s is stuck in %s", id, state)
		case given != (state == "delivered"):
			v.t.Errorf("request %s is %s, but its assignment is %v", id, state, assignment)
		}
	}
}
