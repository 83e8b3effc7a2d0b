package test

import (
	"bytes"
	"fmt"
	"net/http"
	"path/filepath"
	"sync"
	"testing"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/pgtest"
	"github.com/grantkeep/grantkeep/internal/store"
	"github.com/grantkeep/grantkeep/internal/store/sqlstore"
)

const (
	races = 1000 // of each kind, on each database
	atime = 8    // at the same time
)

// TestCancelRacesHaveOneWinner cancels requests at the very moment in which
// they are approved, or taken up for delivery. Exactly one side wins, the
// loser changes nothing, and the log tells one story.
func TestCancelRacesHaveOneWinner(t *testing.T) {
	t.Parallel()
	databases := map[string]func(*testing.T) string{
		"sqlite":   func(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "race.db") },
		"postgres": func(t *testing.T) string { return pgtest.Start(t) },
	}
	for name, dsn := range databases {
		t.Run(name+"/approve", func(t *testing.T) {
			t.Parallel()
			race(t, dsn(t), true)
		})
		t.Run(name+"/delivery", func(t *testing.T) {
			t.Parallel()
			race(t, dsn(t), false)
		})
	}
}

func race(t *testing.T, dsn string, approve bool) {
	v := &victim{t: t, dsn: dsn, flags: []string{"--frozen"}}
	v.start()
	t.Cleanup(func() { v.kill() })
	boss := v.user("boss")
	bossToken := v.token(boss)
	group := v.create("/v1.0/groups", map[string]any{"displayName": "g", "mailEnabled": false, "mailNickname": "g", "securityEnabled": true})
	catalog := v.create(em+"/catalogs", map[string]any{"displayName": "c", "description": "c"})
	v.create(em+"/resourceRequests", map[string]any{
		"requestType": "adminAdd", "catalog": map[string]any{"id": catalog}, "resource": map[string]any{"originId": group, "originSystem": "AadGroup"},
	})
	var approval map[string]any
	if approve {
		approval = oneStage(boss)
	}
	pkg := v.pkg(catalog, group, "p", approval)

	wins := map[string]int{}
	var all []string
	for round := range races / atime {
		var contenders []func()
		var requests [atime]string
		var canceled, other [atime]int
		for i := range atime {
			token := v.token(v.user(fmt.Sprintf("u%d-%d", round, i)))
			requests[i] = fmt.Sprint(v.must(token, "POST", em+"/assignmentRequests", map[string]any{
				"requestType": "userAdd", "assignment": map[string]any{"accessPackageId": pkg},
			})["id"])
			contenders = append(contenders, func() {
				canceled[i] = v.status(token, "POST", em+"/assignmentRequests/"+requests[i]+"/cancel", "")
			})
		}
		if approve {
			v.must("", "POST", "/_emulator/settle", nil)
			for i, id := range requests {
				path := em + "/accessPackageAssignmentApprovals/" + id
				stage := v.must(bossToken, "GET", path, nil)["stages"].([]any)[0].(map[string]any)["id"]
				contenders = append(contenders, func() {
					other[i] = v.status(bossToken, "PATCH", fmt.Sprintf("%s/stages/%v", path, stage), `{"reviewResult":"Approve"}`)
				})
			}
		} else {
			contenders = append(contenders, func() { v.status("", "POST", "/_emulator/settle", "") })
		}
		atOnce(contenders)
		v.must("", "POST", "/_emulator/settle", nil)
		for i, id := range requests {
			out := v.must(v.admin, "GET", em+"/assignmentRequests/"+id+"?expand=assignment", nil)
			winner := fmt.Sprint(out["state"])
			wins[winner]++
			all = append(all, id)
			lost := map[string]bool{"canceled": canceled[i] == http.StatusOK, "delivered": canceled[i] == http.StatusBadRequest}
			if !lost[winner] {
				t.Errorf("request %s is %s, but its cancel was answered %d", id, winner, canceled[i])
			}
			if approve && (other[i] == http.StatusNoContent) != (winner == "delivered") {
				t.Errorf("request %s is %s, but its approval was answered %d", id, winner, other[i])
			}
			assignment, _ := out["assignment"].(map[string]any)
			if given := assignment["state"] != nil; given != (winner == "delivered") {
				t.Errorf("request %s is %s, but its assignment is %v", id, winner, assignment)
			}
		}
	}
	v.kill()
	oneStory(t, dsn, v.tenant, all)
	t.Logf("%v", wins)
	v.start()
}

func oneStage(boss string) map[string]any {
	return map[string]any{"isApprovalRequiredForAdd": true, "stages": []any{map[string]any{
		"durationBeforeAutomaticDenial": "P14D",
		"primaryApprovers":              []any{map[string]any{"@odata.type": "#microsoft.graph.singleUser", "userId": boss}},
	}}}
}

// atOnce lets all go at the same instant and waits for them.
func atOnce(contenders []func()) {
	var ready, done sync.WaitGroup
	start := make(chan struct{})
	ready.Add(len(contenders))
	for _, run := range contenders {
		done.Go(func() {
			ready.Done()
			<-start
			run()
		})
	}
	ready.Wait()
	close(start)
	done.Wait()
}

// status sends a request and returns the status of the answer, 0 for none.
func (v *victim) status(token, method, path, body string) int {
	req, err := http.NewRequest(method, v.base+path, bytes.NewReader([]byte(body)))
	if err != nil {
		v.t.Error(err)
		return 0
	}
	req.Header.Set("Authorization", "Bearer "+token)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		v.t.Error(err)
		return 0
	}
	if err := resp.Body.Close(); err != nil {
		v.t.Error(err)
	}
	return resp.StatusCode
}

// oneStory reads the audit log behind the API's back: a request was canceled
// once or delivered once, never both, and nothing is told twice.
func oneStory(t *testing.T, dsn, tenant string, requests []string) {
	t.Helper()
	db, err := sqlstore.Open(t.Context(), dsn, sqlstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	err = db.Read(t.Context(), directory.TenantID(tenant), func(r store.Reader) error {
		for _, id := range requests {
			records, err := r.AuditOf(t.Context(), audit.KindRequest, id)
			if err != nil {
				return err
			}
			seen := map[audit.Action]int{}
			for _, record := range records {
				if record.Result == audit.Success {
					seen[record.Action]++
				}
			}
			for action, n := range seen {
				if n != 1 {
					t.Errorf("request %s: %q stands %d times in the log", id, action, n)
				}
			}
			if seen[audit.RequestFulfilled]+seen[audit.RequestCanceled] > 1 {
				t.Errorf("request %s was both delivered and canceled", id)
			}
			if len(records) == 0 {
				t.Errorf("request %s is not in the log", id)
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
