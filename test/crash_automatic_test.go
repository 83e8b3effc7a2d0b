package test

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/grantkeep/grantkeep/internal/pgtest"
)

// TestKillNineInARollout kills the server again and again while a rule gives a
// package to many people. Each time it goes on, and nobody is assigned twice.
func TestKillNineInARollout(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		rollOutAndDie(t, "sqlite:"+filepath.Join(t.TempDir(), "rollout.db"))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		rollOutAndDie(t, pgtest.Start(t))
	})
}

func rollOutAndDie(t *testing.T, dsn string) {
	const people = 250
	config := filepath.Join(t.TempDir(), "grantkeep.yaml")
	if err := os.WriteFile(config, []byte("automatic:\n  guardShare: 0\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	v := &victim{t: t, dsn: dsn, flags: []string{"--config", config}}
	v.start()
	t.Cleanup(func() { v.kill() })
	group := v.create("/v1.0/groups", map[string]any{"displayName": "g", "mailEnabled": false, "mailNickname": "g", "securityEnabled": true})
	catalog := v.create(em+"/catalogs", map[string]any{"displayName": "c", "description": "c"})
	v.create(em+"/resourceRequests", map[string]any{
		"requestType": "adminAdd", "catalog": map[string]any{"id": catalog},
		"resource": map[string]any{"originId": group, "originSystem": "AadGroup"},
	})
	pkg := v.pkg(catalog, group, "tools", nil)
	for i := range people {
		v.user(fmt.Sprintf("u%03d", i))
	}
	v.create(em+"/assignmentPolicies", map[string]any{
		"displayName": "rule", "description": "", "accessPackage": map[string]any{"id": pkg}, "allowedTargetScope": "specificDirectoryUsers",
		"specificAllowedTargets": []any{map[string]any{
			"@odata.type": "#microsoft.graph.attributeRuleMembers", "membershipRule": `user.mailNickname -startsWith "u"`,
		}},
		"automaticRequestSettings": map[string]any{"requestAccessForAllowedTargets": true, "removeAccessWhenTargetLeavesAllowedTargets": true},
	})
	dice := rand.New(rand.NewPCG(3, 4))
	var deaths []int
	for given := 0; given < people; {
		now := v.assigned(pkg)
		for tries := 0; now <= given && tries < 500; tries++ { // it goes on by itself
			wait(t, 5*time.Millisecond)
			now = v.assigned(pkg)
		}
		if now <= given {
			t.Fatalf("after %d deaths the rollout does not go on: %d have the package", len(deaths), now)
		}
		given = now
		wait(t, time.Duration(dice.IntN(10))*time.Millisecond)
		v.kill()
		deaths = append(deaths, given)
		v.start()
	}
	t.Logf("so many of %d had the package when the server died: %v", people, deaths)
	v.must("", "POST", "/_emulator/settle", nil)
	if got := v.assigned(pkg); got != people {
		t.Errorf("%d people have the package, want %d", got, people)
	}
	members := v.must(v.admin, "GET", "/v1.0/groups/"+group+"/members?$top=999", nil)["value"].([]any)
	if len(members) != people {
		t.Errorf("%d people are in the group, want %d", len(members), people)
	}
}

// assigned counts those who have the package, or are about to, and fails if
// somebody has it twice.
func (v *victim) assigned(pkg string) int {
	v.t.Helper()
	twice := map[string]int{}
	path := em + "/assignments?$top=999&$expand=target&$filter=" + url.QueryEscape("accessPackage/id eq '"+pkg+"'")
	for _, a := range v.must(v.admin, "GET", path, nil)["value"].([]any) {
		target := a.(map[string]any)["target"].(map[string]any)
		twice[fmt.Sprint(target["objectId"])]++
	}
	for who, n := range twice {
		if n > 1 {
			v.t.Errorf("%s has the package %d times", who, n)
		}
	}
	return len(twice)
}
