package test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/grantkeep/grantkeep/internal/pgtest"
)

const (
	askers   = 150 // people who ask; each does so twice
	patience = 30 * time.Second
)

// TestTwoProcessesOnOneDatabase runs two servers side by side. What one
// wrote the other reads at once, either can finish what the other began, and
// nothing is done twice.
func TestTwoProcessesOnOneDatabase(t *testing.T) {
	t.Parallel()
	dsn := pgtest.Start(t)
	servers := [2]*victim{{t: t, dsn: dsn}, {t: t, dsn: dsn}}
	for _, v := range servers {
		v.start()
		t.Cleanup(func() { v.kill() })
	}
	a, b := servers[0], servers[1]
	boss := a.user("boss")
	group := a.create("/v1.0/groups", map[string]any{"displayName": "g", "mailEnabled": false, "mailNickname": "g", "securityEnabled": true})
	catalog := a.create(em+"/catalogs", map[string]any{"displayName": "c", "description": "c"})
	b.create(em+"/resourceRequests", map[string]any{ // through the other, at once
		"requestType": "adminAdd", "catalog": map[string]any{"id": catalog}, "resource": map[string]any{"originId": group, "originSystem": "AadGroup"},
	})
	open := b.pkg(catalog, group, "open", nil)
	guarded := a.pkg(catalog, group, "guarded", oneStage(boss))

	// Everybody asks for both packages, one through each server, all at the
	// same time, and withdraws one through the server that did not take it.
	var all, opened, withdrawn [askers]string
	var contenders []func()
	for i := range askers {
		v, other := servers[i%2], servers[(i+1)%2]
		person := v.user(fmt.Sprintf("u%d", i))
		token, otherToken := v.token(person), other.token(person)
		contenders = append(contenders, func() { opened[i] = v.ask(token, open) }, func() {
			withdrawn[i] = other.ask(otherToken, guarded)
			if withdrawn[i] == "" {
				return
			}
			path := em + "/assignmentRequests/" + withdrawn[i]
			if status, out := v.patiently(token, "GET", path, nil); status != http.StatusOK {
				t.Errorf("a request that one server took is %d on the other: %v", status, out)
			}
			if status, out := v.patiently(token, "POST", path+"/cancel", nil); status != http.StatusOK {
				t.Errorf("cancel through the other server: %d %v", status, out)
			}
			if got := other.stateOf(withdrawn[i]); got != "canceled" {
				t.Errorf("canceled through the other server, a request is %s here", got)
			}
		})
	}
	atOnce(contenders)
	for i := range askers {
		servers[i%2].await(opened[i], "delivered")
		if got := servers[(i+1)%2].stateOf(opened[i]); got != "delivered" {
			t.Errorf("delivered on one server, request %s is %s on the other", opened[i], got)
		}
		all[i] = opened[i]
	}
	if members := b.must(b.admin, "GET", "/v1.0/groups/"+group+"/members?$top=999", nil)["value"].([]any); len(members) != askers {
		t.Errorf("the group has %d members, want %d", len(members), askers)
	}

	// Approved through one, delivered by either, seen through both.
	person := a.user("last")
	last := a.ask(a.token(person), guarded)
	b.await(last, "pendingApproval")
	approvals := &acknowledged{approved: map[string]bool{}}
	b.approve(http.DefaultClient, b.token(boss), last, approvals)
	if !approvals.approved[last] {
		t.Fatal("the other server did not take the approval")
	}
	a.await(last, "delivered")

	a.kill()
	b.kill()
	oneStory(t, dsn, a.tenant, append(append(all[:], withdrawn[:]...), last))
	a.start()
	b.start()
}

// patiently is call for times when the servers are asked for more than they
// can do: a refusal with 429 means that nothing was done, so the call is sent
// again.
func (v *victim) patiently(token, method, path string, body any) (int, map[string]any) {
	limit := time.Now().Add(patience)
	for {
		status, out, err := v.call(http.DefaultClient, token, method, path, body)
		if err != nil {
			v.t.Error(err)
		}
		if status != http.StatusTooManyRequests || time.Now().After(limit) {
			return status, out
		}
		wait(v.t, 100*time.Millisecond)
	}
}

// ask asks for a package and returns the request; "" if it was refused.
func (v *victim) ask(token, pkg string) string {
	status, out := v.patiently(token, "POST", em+"/assignmentRequests", map[string]any{
		"requestType": "userAdd", "assignment": map[string]any{"accessPackageId": pkg},
	})
	if status != http.StatusOK {
		v.t.Errorf("a request for access: %d %v", status, out)
		return ""
	}
	return fmt.Sprint(out["id"])
}

func (v *victim) stateOf(request string) string {
	status, out := v.patiently(v.admin, "GET", em+"/assignmentRequests/"+request, nil)
	if status != http.StatusOK {
		v.t.Errorf("request %s: %d %v", request, status, out)
	}
	return fmt.Sprint(out["state"])
}

// await asks until a request has got where it should: the servers work by
// themselves here.
func (v *victim) await(request, want string) {
	v.t.Helper()
	limit := time.Now().Add(patience)
	got := v.stateOf(request)
	for ; got != want && time.Now().Before(limit); got = v.stateOf(request) {
		wait(v.t, 5*time.Millisecond)
	}
	if got != want {
		v.t.Fatalf("request %s is %s, want %s", request, got, want)
	}
}
