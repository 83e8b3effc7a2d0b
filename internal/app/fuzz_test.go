package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/grantkeep/grantkeep/internal/app"
	"github.com/grantkeep/grantkeep/internal/config"
)

const (
	governed = "/identityGovernance/entitlementManagement"
	roles    = "/roleManagement/entitlementManagement"
)

// fuzzedLists are lists of every kind, each with what it is made of.
var fuzzedLists = []string{
	governed + "/catalogs", governed + "/accessPackages", governed + "/assignmentPolicies", governed + "/assignmentRequests",
	governed + "/assignments", governed + "/resources", governed + "/resourceRequests", governed + "/connectedOrganizations",
	governed + "/resourceRoleScopes", governed + "/subjects", roles + "/roleDefinitions", roles + "/roleAssignments",
	"/users", "/groups", "/servicePrincipals", "/auditLogs/directoryAudits", "/subscriptions", "/directory/deletedItems/microsoft.graph.user",
}

// fuzzedOptions are the options whose text a client makes up.
var fuzzedOptions = []string{"$filter", "$expand", "$orderby", "$select", "$search", "$skiptoken", "$top", "$skip", "$count", "$format", "$deltatoken"}

// company starts the demo's company and returns its address and a token that
// may do everything.
func company(f *testing.F) (address, token string) {
	c := config.Default()
	c.Database, c.HTTP.Address, c.HTTPS.Address = "sqlite::memory:", "127.0.0.1:0", ""
	ctx, stop := context.WithCancel(context.Background())
	ready, ended := make(chan app.Started, 1), make(chan error, 1)
	go func() {
		ended <- app.Emulate(ctx, app.Emulation{Config: c, Seed: "demo"}, slog.New(slog.DiscardHandler), func(at app.Started) error {
			ready <- at
			return nil
		})
	}()
	f.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			f.Error(err)
		}
	})
	select {
	case at := <-ready:
		res, err := http.PostForm(at.HTTP+"/"+at.Tenant+"/oauth2/v2.0/token", url.Values{
			"grant_type": {"client_credentials"}, "client_id": {at.Client.ID}, "client_secret": {at.Client.Secret},
			"scope": {"https://graph.microsoft.com/.default"},
		})
		if err != nil {
			f.Fatal(err)
		}
		defer res.Body.Close()
		var answer struct {
			Token string `json:"access_token"`
		}
		if err := json.NewDecoder(res.Body).Decode(&answer); err != nil || answer.Token == "" {
			f.Fatal("no token: ", err)
		}
		return at.HTTP, answer.Token
	case err := <-ended:
		ended <- nil
		f.Fatal(err)
	case <-time.After(time.Minute):
		f.Fatal("the server does not start")
	}
	return "", ""
}

// FuzzServer sends what nobody foresaw to a whole server: options, keys,
// bodies and batches. Whatever it is, the answer is no 5xx, and an error has
// Graph's form, a code and a sentence.
func FuzzServer(f *testing.F) {
	for i, text := range []string{
		`state eq 'delivered'`, `startswith(displayName,'a') or not (id ne null)`, `accessPackage/id eq 'x' and target/any(t:t/id eq '1')`,
		`assignments($expand=target;$filter=state eq 'delivered')`, `displayName desc,id`, `id,displayName`, `"displayName:a"`, `9`, `true`, ``,
		`00000000-0000-0000-0000-000000000000`, `')`, `a/b('c')/$count`, `{"displayName":"x","catalog":{"id":"1"}}`,
		`{"requestType":"userAdd","assignment":{"accessPackageId":"1"}}`, `{"requests":[{"id":"1","method":"GET","url":"/users?$filter=a"}]}`,
		`$filter=createdDateTime gt 2020-01-01T00:00:00Z&$top=1&$count=true`, `createdDateTime/any(x:x)`, `-1`, `1e99`, "\x00", `''''`,
	} {
		for way := range byte(7) {
			f.Add(way, byte(i), byte(i), text)
		}
	}
	address, token := company(f)
	f.Fuzz(func(t *testing.T, way, list, option byte, text string) {
		path := fuzzedLists[int(list)%len(fuzzedLists)]
		method, target, body := "GET", path, ""
		switch way % 7 {
		case 0, 1:
			target += "?" + fuzzedOptions[int(option)%len(fuzzedOptions)] + "=" + url.QueryEscape(text)
		case 2:
			target += "/" + url.PathEscape(text)
		case 3:
			target += "('" + url.PathEscape(text) + "')"
		case 4:
			method, target, body = "POST", "/$batch", text
		case 5:
			method, body = []string{"POST", "PATCH", "PUT"}[int(option)%3], text
			if method != "POST" {
				target += "/00000000-0000-0000-0000-000000000000"
			}
		case 6:
			target += "?" + strings.NewReplacer(" ", "%20", "#", "%23", "\x7f", "").Replace(text)
		}
		version := []string{"/v1.0", "/beta"}[int(option)%2]
		req, err := http.NewRequestWithContext(t.Context(), method, address+version+target, strings.NewReader(body))
		if err != nil {
			return // no client can send it
		}
		req.Header.Set("Authorization", "Bearer "+token)
		if body != "" {
			req.Header.Set("Content-Type", "application/json")
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatalf("%s %s with %q: no answer: %v", method, req.URL, body, err) // a panic ends the connection
		}
		defer res.Body.Close()
		answer, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		if err := wellFormed(res.StatusCode, answer); err != nil {
			t.Fatalf("%s %s with %q: %v", method, req.URL, body, err)
		}
		var batch struct {
			Responses []struct {
				Status int
				Body   json.RawMessage
			}
		}
		if target != "/$batch" || res.StatusCode != http.StatusOK {
			return
		}
		if err := json.Unmarshal(answer, &batch); err != nil {
			t.Fatal(err)
		}
		for _, part := range batch.Responses {
			if err := wellFormed(part.Status, part.Body); err != nil {
				t.Fatalf("in a batch of %q: %v", body, err)
			}
		}
	})
}

// wellFormed reports what is wrong with an answer.
func wellFormed(status int, body []byte) error {
	if status >= 500 {
		return fmt.Errorf("%d %s", status, body)
	}
	var answer struct {
		Error struct{ Code, Message string }
	}
	if status < 400 {
		return nil
	}
	if err := json.Unmarshal(body, &answer); err != nil || answer.Error.Code == "" || answer.Error.Message == "" {
		return fmt.Errorf("%d with an error that is not one: %s", status, body)
	}
	return nil
}
