// Package clients runs Microsoft's own Graph clients, as they are published,
// against the real binary over TLS. It is a module of its own, because what
// they need is none of the product's business.
package clients

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

const em = "/v1.0/identityGovernance/entitlementManagement"

// started is the line that the emulator prints when it is ready.
type started struct {
	HTTP   string `json:"http"`
	HTTPS  string `json:"https"`
	Tenant string `json:"tenant"`
	CA     string `json:"ca"`
	Client struct {
		ID     string `json:"id"`
		Secret string `json:"secret"`
	} `json:"client"`
}

// server is the emulator, and company what all tests share.
var (
	server  started
	company = struct{ Adele, Ben, Group string }{}
)

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) (code int) {
	dir, err := os.MkdirTemp("", "grantkeep-clients-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	binary := filepath.Join(dir, "grantkeep")
	build := exec.Command("go", "build", "-o", binary, "./cmd/grantkeep")
	build.Dir, build.Stderr = "../..", os.Stderr
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if err := build.Run(); err != nil {
		panic(err)
	}
	emulator := exec.Command(binary, "emulator", "--delivery-delay", "0s")
	emulator.Stderr = os.Stderr
	out, err := emulator.StdoutPipe()
	if err != nil {
		panic(err)
	}
	if err := emulator.Start(); err != nil {
		panic(err)
	}
	defer func() {
		if err := errors.Join(emulator.Process.Signal(syscall.SIGTERM), emulator.Wait()); err != nil {
			fmt.Fprintln(os.Stderr, "the emulator:", err)
			code = 1
		}
	}()
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		panic(err)
	}
	if err := json.Unmarshal(line, &server); err != nil {
		panic(err)
	}
	// This is how the users of these clients trust a CA of their own.
	for name, value := range map[string]string{"SSL_CERT_FILE": server.CA, "NODE_EXTRA_CA_CERTS": server.CA} {
		if err := os.Setenv(name, value); err != nil {
			panic(err)
		}
	}
	if err := found(); err != nil {
		panic(err)
	}
	return m.Run()
}

// found makes two people and a group, which are not what is tested here.
func found() error {
	admin, err := applicationToken()
	if err != nil {
		return err
	}
	for name, id := range map[string]*string{"adele": &company.Adele, "ben": &company.Ben} {
		body := map[string]any{
			"accountEnabled": true, "displayName": name, "mailNickname": name, "userPrincipalName": name + "@corp.example",
			"passwordProfile": map[string]any{"password": "not used by anybody"},
		}
		if *id, err = create(admin, "/v1.0/users", body); err != nil {
			return err
		}
	}
	company.Group, err = create(admin, "/v1.0/groups", map[string]any{
		"displayName": "Readers", "mailNickname": "readers", "mailEnabled": false, "securityEnabled": true,
	})
	return err
}

func create(token, path string, body any) (string, error) {
	var made struct{ ID string }
	return made.ID, call(token, path, body, &made)
}

// userToken is a token of somebody who signed in.
func userToken(id string) (string, error) {
	var answer struct {
		Token string `json:"access_token"`
	}
	err := call("", "/_emulator/token", map[string]any{"user": id, "scp": "EntitlementManagement.ReadWrite.All"}, &answer)
	return answer.Token, err
}

// applicationToken is one of the application that may do everything.
func applicationToken() (string, error) {
	var answer struct {
		Token string `json:"access_token"`
	}
	err := call("", "/_emulator/token", map[string]any{
		"app": server.Client.ID, "roles": []string{"EntitlementManagement.ReadWrite.All", "User.ReadWrite.All", "Group.ReadWrite.All"},
	}, &answer)
	return answer.Token, err
}

// call posts body and reads the answer into out.
func call(token, path string, body, out any) (err error) {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequest("POST", server.HTTP+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, res.Body.Close()) }()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode > 299 {
		return fmt.Errorf("POST %s: %s: %s", path, res.Status, answer)
	}
	return json.Unmarshal(answer, out)
}
