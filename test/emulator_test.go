package test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grantkeep/grantkeep/internal/pgtest"
)

// emulator starts one on SQLite in memory.
func emulator(t *testing.T, flags ...string) *victim {
	t.Helper()
	v := &victim{t: t, dsn: "sqlite::memory:", flags: flags}
	v.start()
	t.Cleanup(func() { v.kill() })
	return v
}

// count returns how many objects a list has.
func (v *victim) count(list string) float64 {
	v.t.Helper()
	n, _ := v.must(v.admin, "GET", em+"/"+list+"?$count=true&$top=1", nil)["@odata.count"].(float64)
	return n
}

func TestResetBringsTheSeedBack(t *testing.T) {
	t.Parallel()
	databases := map[string]func(*testing.T) string{
		"sqlite":   func(*testing.T) string { return "sqlite::memory:" },
		"postgres": func(t *testing.T) string { return pgtest.Start(t) },
	}
	for name, dsn := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := &victim{t: t, dsn: dsn(t), flags: []string{"--frozen"}}
			v.start()
			t.Cleanup(func() { v.kill() })
			catalogs := v.count("catalogs")
			v.something()
			v.must("", "PUT", "/_emulator/faults", map[string]any{"throttle": map[string]any{"after": 1000, "retryAfter": 1}})
			v.must("", "PUT", "/_emulator/clients/00000000-0000-4000-8000-00000000000a", map[string]any{"secret": "s", "oid": "00000000-0000-4000-8000-00000000000b"})
			now := v.must("", "PUT", "/_emulator/clock", map[string]any{"advance": "PT1H"})["now"]
			v.must("", "POST", "/_emulator/reset", nil)
			v.admin = v.token("")
			if got := v.count("catalogs"); got != catalogs {
				t.Errorf("%v catalogs, want %v as at the start", got, catalogs)
			}
			for _, list := range []string{"accessPackages", "assignmentPolicies", "assignmentRequests", "assignments"} {
				if got := v.count(list); got != 0 {
					t.Errorf("%v %s are left", got, list)
				}
			}
			if users := v.must(v.admin, "GET", "/v1.0/users", nil)["value"].([]any); len(users) != 0 {
				t.Errorf("%d users are left", len(users))
			}
			if got := v.must("", "GET", "/_emulator/clock", nil)["now"]; got != now {
				t.Errorf("the clock shows %v, want it to stay at %v", got, now)
			}
			if status, _, err := v.call(http.DefaultClient, "", "POST", "/_emulator/token", map[string]any{"app": "00000000-0000-4000-8000-00000000000a"}); err != nil || status != http.StatusBadRequest {
				t.Errorf("a registered application is left: %d %v", status, err)
			}
			v.something() // and everything works again
		})
	}
}

func TestTheClockOnlyRunsForward(t *testing.T) {
	t.Parallel()
	v := emulator(t, "--frozen")
	now := v.must("", "GET", "/_emulator/clock", nil)["now"]
	for name, body := range map[string]any{
		"back":       map[string]any{"now": "2001-01-01T00:00:00Z"},
		"below zero": map[string]any{"advance": "-1h"},
		"both":       map[string]any{"now": "2090-01-01T00:00:00Z", "advance": "P1D"},
		"neither":    map[string]any{},
		"no instant": map[string]any{"now": "tomorrow"},
		"unknown":    map[string]any{"forward": "P1D"},
	} {
		status, out, err := v.call(http.DefaultClient, "", "PUT", "/_emulator/clock", body)
		if err != nil || status != http.StatusBadRequest || out["error"] == nil {
			t.Errorf("%s: %d %v %v, want 400", name, status, out, err)
		}
	}
	if got := v.must("", "GET", "/_emulator/clock", nil); got["now"] != now || got["frozen"] != true {
		t.Errorf("the clock shows %v, want %v, frozen", got, now)
	}
	if got := v.must("", "PUT", "/_emulator/clock", map[string]any{"now": "2090-01-01T00:00:00Z", "frozen": false})["now"]; got != "2090-01-01T00:00:00Z" {
		t.Errorf("moved, the clock shows %v", got)
	}
}

// What people ask for while a running clock is moved falls due behind the
// move, so a move comes to its end however much they ask.
func TestARunningClockRunsWhileItIsMoved(t *testing.T) {
	t.Parallel()
	v := emulator(t)
	v.something()
	packages := v.must(v.admin, "GET", em+"/accessPackages?$filter=displayName%20eq%20'guarded'", nil)["value"].([]any)
	pkg := fmt.Sprint(packages[0].(map[string]any)["id"])
	for i := range 30 { // each is denied at an instant of its own
		v.ask(v.token(v.user(fmt.Sprint("waiting", i))), pkg)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		status, out, err := v.call(http.DefaultClient, "", "PUT", "/_emulator/clock", map[string]any{"advance": "P30D"})
		if err != nil || status != http.StatusOK {
			t.Errorf("the move: %d %v %v", status, out, err)
		}
	}()
	for {
		select {
		case <-ended:
			return
		default:
			if got := v.must("", "GET", "/_emulator/clock", nil); got["frozen"] != false {
				t.Fatalf("while it is moved the clock shows %v", got)
			}
		}
	}
}

func TestUnknownUsersAndClientsGetNoToken(t *testing.T) {
	t.Parallel()
	v := emulator(t)
	for name, body := range map[string]any{
		"user":          map[string]any{"user": "nobody@contoso.example"},
		"user id":       map[string]any{"user": "00000000-0000-4000-8000-000000000001"},
		"client":        map[string]any{"app": "00000000-0000-4000-8000-000000000001"},
		"scopes of app": map[string]any{"scp": "User.Read"},
	} {
		status, out, err := v.call(http.DefaultClient, "", "POST", "/_emulator/token", body)
		if err != nil || status != http.StatusBadRequest || out["access_token"] != nil {
			t.Errorf("%s: %d %v %v, want 400", name, status, out, err)
		}
	}
}

func TestTheDemoSeedIsACompany(t *testing.T) {
	t.Parallel()
	v := emulator(t, "--seed", "demo")
	for list, least := range map[string]float64{"catalogs": 4, "accessPackages": 20, "assignments": 1, "assignmentRequests": 1} {
		if got := v.count(list); got < least {
			t.Errorf("%v %s, want at least %v", got, list, least)
		}
	}
	if users := v.must(v.admin, "GET", "/v1.0/users?$top=999", nil)["value"].([]any); len(users) < 50 {
		t.Errorf("%d users", len(users))
	}
}

// TestSeedIDsMakeARunRepeatable compares two runs of the same calls.
func TestSeedIDsMakeARunRepeatable(t *testing.T) {
	t.Parallel()
	run := func(seed string) map[string]string {
		v := emulator(t, "--frozen", "--seed-ids", seed)
		v.must("", "PUT", "/_emulator/clock", map[string]any{"now": "2090-01-01T00:00:00Z"})
		v.admin = v.token("")
		return v.something()
	}
	first, second, other := run("7"), run("7"), run("8")
	if diff := cmp.Diff(first, second); diff != "" {
		t.Errorf("two runs with one seed differ (-first +second):\n%s", diff)
	}
	if first["request"] == other["request"] {
		t.Error("two seeds make the same ids")
	}
	says(t, t.TempDir(), 1, []string{"--frozen"}, "emulator", "--seed-ids", "7")
}

func TestTheEmulatorListensOnLoopbackOnly(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"emulator", "--http", "0.0.0.0:0"},
		{"emulator", "--https", "[::]:0"},
		{"emulator", "--http", ":0"},
		{"emulator", "--http", "192.0.2.1:0"},
		{"demo", "--http", "0.0.0.0:0"},
	} {
		t.Run(fmt.Sprint(args), func(t *testing.T) {
			t.Parallel()
			says(t, t.TempDir(), 1, []string{"loopback"}, args...)
		})
	}
}

func TestLatencyDelaysEveryAnswer(t *testing.T) {
	t.Parallel()
	v := emulator(t)
	const latency = 150 * time.Millisecond
	v.must("", "PUT", "/_emulator/faults", map[string]any{"latency": latency.String()})
	began := time.Now()
	v.must(v.admin, "GET", em+"/catalogs", nil)
	if took := time.Since(began); took < latency {
		t.Errorf("answered after %v, want at least %v", took, latency)
	}
	status, _, err := v.call(http.DefaultClient, "", "PUT", "/_emulator/faults", map[string]any{"latency": "soon"})
	if err != nil || status != http.StatusBadRequest {
		t.Errorf("a latency that is none: %d %v", status, err)
	}
}

func TestCallsAreRecorded(t *testing.T) {
	t.Parallel()
	v := emulator(t)
	v.must("", "DELETE", "/_emulator/calls", nil)
	v.must(v.admin, "POST", em+"/catalogs", map[string]any{"displayName": "c", "description": "c"})
	v.status(v.admin, "GET", em+"/catalogs/none?a=b", "")
	encoded, err := json.Marshal(v.must("", "GET", "/_emulator/calls", nil)["calls"])
	if err != nil {
		t.Fatal(err)
	}
	var calls []struct {
		Method, Path              string
		Status                    int
		RequestSize, ResponseSize int
	}
	if err := json.Unmarshal(encoded, &calls); err != nil {
		t.Fatal(err)
	}
	if len(calls) != 2 || calls[0].Method != "POST" || calls[0].Status != 201 || calls[0].RequestSize == 0 || calls[0].ResponseSize == 0 ||
		calls[1].Path != em+"/catalogs/none?a=b" || calls[1].Status != 404 {
		t.Errorf("calls = %+v", calls)
	}
}

// TestCloudsDecideWhereCancelIs follows the published availability: not in
// the two US government clouds.
func TestCloudsDecideWhereCancelIs(t *testing.T) {
	t.Parallel()
	for cloud, want := range map[string]int{
		"global": http.StatusOK, "china": http.StatusOK, "usgov-l4": http.StatusNotFound, "usgov-l5": http.StatusNotFound,
	} {
		t.Run(cloud, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "cloud.yaml")
			if err := os.WriteFile(file, []byte("cloud: "+cloud+"\nlog: {level: warn}\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			v := emulator(t, "--frozen", "--config", file)
			known := v.something()
			token := v.token(known["person"])
			for _, s := range surfaces {
				path := "/" + s.names["V"] + "/identityGovernance/entitlementManagement/" + s.names["requests"] + "/" + known["request"] + "/cancel"
				status, out, err := v.call(http.DefaultClient, token, "POST", path, nil)
				if err != nil || status != want {
					t.Fatalf("%s: %d %v %v, want %d", s.name, status, out, err, want)
				}
				if want == http.StatusNotFound {
					if code := out["error"].(map[string]any)["code"]; code != "ResourceNotFound" {
						t.Errorf("%s: code %v", s.name, code)
					}
					continue
				}
				v.must("", "POST", "/_emulator/reset", nil)
				known = v.again()
				token = v.token(known["person"])
			}
		})
	}
	file := filepath.Join(t.TempDir(), "cloud.yaml")
	if err := os.WriteFile(file, []byte("cloud: moon\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	says(t, t.TempDir(), 1, []string{"cloud", "moon"}, "emulator", "--config", file, "--http", "127.0.0.1:0")
	says(t, t.TempDir(), 1, []string{"GUID"}, "emulator", "--tenant", "contoso", "--http", "127.0.0.1:0")
}

// again is something on a server that was reset.
func (v *victim) again() map[string]string {
	v.t.Helper()
	v.admin = v.token("")
	return v.something()
}
