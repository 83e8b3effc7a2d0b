package test

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/grantkeep/grantkeep/internal/pgtest"
)

const (
	servedTenant = "6df54acb-0c5f-4b0a-9d5e-0f3f5f0b7a11"
	servedClient = "b1f6c4de-1f8f-4c43-9f0b-6f5a52a4d902"
	servedObject = "77c0b7a4-27c1-47a6-8a36-21e5e3c8f0aa"
	servedSecret = "a secret that only the file holds"
)

// serving is a `grantkeep serve` under test.
type serving struct {
	t           *testing.T
	config      string // file
	cmd         *exec.Cmd
	log         chan map[string]any // its log, line by line, until it ends
	http, https string
	trust       string // file with the authority behind https
	ready       time.Duration
	client      *http.Client
}

// newServing writes a configuration for the database, with a built-in issuer
// whose key is kept.
func newServing(t *testing.T, dsn string) *serving {
	t.Helper()
	dir := t.TempDir()
	secret := filepath.Join(dir, "secret")
	if err := os.WriteFile(secret, []byte(servedSecret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := &serving{t: t, config: filepath.Join(dir, "grantkeep.yaml")}
	text := fmt.Sprintf(`
http: {address: "127.0.0.1:0"}
https: {address: "127.0.0.1:0"}
tls: {selfSigned: true}
database: %q
tenants:
  - {id: %s, displayName: Contoso, domains: [contoso.example]}
administrators: [%s]
builtinIssuer:
  enabled: true
  keyFile: %q
  clients:
    - {id: %s, oid: %s, secretFile: %q, displayName: Automation, roles: [EntitlementManagement.ReadWrite.All, Group.ReadWrite.All]}
delivery: {delay: 0s}
log: {format: json}
`, dsn, servedTenant, servedObject, filepath.Join(dir, "issuer.pem"), servedClient, servedObject, secret)
	if err := os.WriteFile(s.config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return s
}

// start starts the server and waits until it serves.
func (s *serving) start() {
	s.t.Helper()
	s.cmd = exec.Command(binary, "serve", "--config", s.config)
	s.cmd.Dir = s.t.TempDir()
	s.cmd.Env = append(os.Environ(), "TMPDIR="+s.cmd.Dir)
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := s.cmd.StderrPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	began := time.Now()
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	cmd := s.cmd
	s.t.Cleanup(func() { stop(cmd) })
	s.log = make(chan map[string]any, 1000)
	go read(out, s.log) // ends with the server
	for line := range s.log {
		switch line["msg"] {
		case "made a certificate for https":
			s.trust = fmt.Sprint(line["trust"])
		case "serving":
			s.ready = time.Since(began)
			s.http, s.https = fmt.Sprint(line["http"]), fmt.Sprint(line["https"])
			s.client = s.trusting()
			return
		}
	}
	s.t.Fatal("the server ended before it served")
}

// read sends the lines of a log on as long as somebody has room for them.
func read(log io.Reader, to chan<- map[string]any) {
	defer close(to)
	lines := bufio.NewScanner(log)
	for lines.Scan() {
		var line map[string]any
		if json.Unmarshal(lines.Bytes(), &line) != nil {
			line = map[string]any{"msg": lines.Text()}
		}
		select {
		case to <- line:
		default:
		}
	}
}

// trusting is a client that trusts the authority of the log and nobody else.
func (s *serving) trusting() *http.Client {
	s.t.Helper()
	pem, err := os.ReadFile(s.trust)
	if err != nil {
		s.t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		s.t.Fatalf("%s holds no certificate", s.trust)
	}
	return &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, DisableKeepAlives: true}}
}

// end asks the server to stop and checks that it ends well.
func (s *serving) end() {
	s.t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		s.t.Fatal(err)
	}
	for line := range s.log { // until it has said its last word
		if line["level"] == "ERROR" {
			s.t.Errorf("the server complained: %v", line)
		}
	}
	if err := s.cmd.Wait(); err != nil {
		s.t.Errorf("after SIGTERM the server ended with %v, want exit code 0", err)
	}
	if left, err := filepath.Glob(filepath.Join(s.cmd.Dir, "*")); err != nil || len(left) > 0 {
		s.t.Errorf("the server left %v behind (%v)", left, err)
	}
}

// call sends a request and returns status and body.
func (s *serving) call(method, address, token, contentType, body string) (int, []byte) {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if body != "" {
		req.Header.Set("Content-Type", contentType)
	}
	resp, err := s.client.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return resp.StatusCode, answer
}

// token asks the token endpoint of base for a token.
func (s *serving) token(base, tenant, secret, scope string) (int, map[string]any) {
	s.t.Helper()
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {servedClient}, "client_secret": {secret}, "scope": {scope}}
	status, body := s.call("POST", base+"/"+tenant+"/oauth2/v2.0/token", "", "application/x-www-form-urlencoded", form.Encode())
	var out map[string]any
	if err := json.Unmarshal(body, &out); err != nil {
		s.t.Fatalf("%v: %s", err, body)
	}
	return status, out
}

// TestServe runs the product as operators do: from a file, on each database,
// over http and https, and again on what the first run left.
func TestServe(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		served(t, "sqlite:"+filepath.Join(t.TempDir(), "grantkeep.db"))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		served(t, pgtest.Start(t))
	})
}

func served(t *testing.T, dsn string) {
	s := newServing(t, dsn)
	s.start()
	scopes := map[string]string{
		"https://graph.microsoft.com/.default": s.http, s.https + "/.default": s.https, s.http + "/.default": s.http,
	}
	var token string
	for scope, base := range scopes {
		status, out := s.token(base, servedTenant, servedSecret, scope)
		token, _ = out["access_token"].(string)
		if status != http.StatusOK || token == "" || out["token_type"] != "Bearer" {
			t.Fatalf("token for %s: %d %v", scope, status, out)
		}
		if status, body := s.call("GET", base+em+"/catalogs", token, "", ""); status != http.StatusOK {
			t.Errorf("the token for %s reads nothing: %d %s", scope, status, body)
		}
	}
	s.refusedTokens()
	made := s.create(em+"/catalogs", token, `{"displayName":"Sales","description":"Sales"}`)
	group := s.create("/v1.0/groups", token, `{"displayName":"Readers","mailEnabled":false,"mailNickname":"readers","securityEnabled":true}`)

	for path, kind := range map[string]int{"/healthz": 2, "/metadata/endpoints?api-version=2022-09-01": 2, "/_emulator/clock": 4, "/_emulator/calls": 4} {
		for _, base := range []string{s.http, s.https} {
			if status, body := s.call("GET", base+path, token, "", ""); status/100 != kind {
				t.Errorf("%s: %d, want %dxx: %s", path, status, kind, body)
			}
		}
	}
	if status, body := s.call("POST", s.http+"/_emulator/token", "", "application/json", `{}`); status/100 != 4 || bytes.Contains(body, []byte("access_token")) {
		t.Errorf("anybody gets a token: %d %s", status, body)
	}
	if _, err := http.Get(s.https + "/healthz"); err == nil {
		t.Error("https is trusted by those who were not told to")
	}
	s.end()

	s.start()
	t.Logf("ready %v after its start on an existing database", s.ready.Round(time.Millisecond))
	if status, body := s.call("GET", s.https+em+"/catalogs/"+made, token, "", ""); status != http.StatusOK || !bytes.Contains(body, []byte(`"Sales"`)) {
		t.Errorf("after a restart the old token reads %d %s", status, body)
	}
	if status, body := s.call("GET", s.http+"/v1.0/groups/"+group, token, "", ""); status != http.StatusOK {
		t.Errorf("after a restart the group is %d %s", status, body)
	}
	if status, body := s.call("GET", s.http+em+"/catalogs?$filter=displayName%20eq%20'Sales'", token, "", ""); status != http.StatusOK || !bytes.Contains(body, []byte(made)) {
		t.Errorf("after a restart the list is %d %s", status, body)
	}
	s.end()
}

// refusedTokens checks that the token endpoint gives nothing to those who do
// not know the secret, or ask for something else.
func (s *serving) refusedTokens() {
	s.t.Helper()
	const ours = "https://graph.microsoft.com/.default"
	for name, c := range map[string]struct {
		tenant, secret, scope string
		status                int
	}{
		"wrong secret":    {servedTenant, "not the secret at all", ours, http.StatusUnauthorized},
		"a foreign scope": {servedTenant, servedSecret, "https://vault.example/.default", http.StatusBadRequest},
		"no .default":     {servedTenant, servedSecret, "https://graph.microsoft.com/User.Read", http.StatusBadRequest},
		"another tenant":  {"00000000-0000-4000-8000-000000000001", servedSecret, ours, http.StatusBadRequest},
	} {
		status, out := s.token(s.http, c.tenant, c.secret, c.scope)
		if status != c.status || out["error"] == nil || out["access_token"] != nil {
			s.t.Errorf("%s: %d %v, want %d and an error", name, status, out, c.status)
		}
	}
}

func (s *serving) create(path, token, body string) string {
	s.t.Helper()
	status, answer := s.call("POST", s.https+path, token, "application/json", body)
	var out struct{ ID string }
	if err := json.Unmarshal(answer, &out); err != nil || status != http.StatusCreated {
		s.t.Fatalf("%s: %d %s", path, status, answer)
	}
	return out.ID
}

// TestServeRefusesWhatMakesNoSense names everything that is wrong in one go,
// on stderr, and starts nothing.
func TestServeRefusesWhatMakesNoSense(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, config string
		says         []string
	}{
		{
			"many faults", "http: {address: nowhere}\ndatabase: mysql://x\ntenants: [{id: contoso}]\ncloud: moon\nissuers: [{url: \"ftp://x\"}]\n",
			[]string{"http.address", "database", "tenants[0].id", "cloud", "issuers[0].url", "issuers[0].audiences"},
		},
		{"nobody could sign in", "tenants: [{id: " + servedTenant + "}]\n", []string{"issuers", "nobody could sign in"}},
		{"an unknown key", "datbase: sqlite:x.db\n", []string{"datbase", `did you mean "database"`}},
		{"no YAML", "a: b: c\n", []string{"grantkeep.yaml"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "grantkeep.yaml"), []byte(tt.config), 0o600); err != nil {
				t.Fatal(err)
			}
			says(t, dir, 1, tt.says, "serve", "--config", "grantkeep.yaml")
			if left, err := filepath.Glob(filepath.Join(dir, "*.db")); err != nil || len(left) > 0 {
				t.Errorf("a database was made: %v %v", left, err)
			}
		})
	}
	t.Run("no such file", func(t *testing.T) {
		t.Parallel()
		says(t, t.TempDir(), 1, []string{"missing.yaml"}, "serve", "--config", "missing.yaml")
	})
	t.Run("an unknown flag", func(t *testing.T) {
		t.Parallel()
		says(t, t.TempDir(), 64, []string{"--databse"}, "serve", "--databse", "x")
	})
}

// says runs the binary and checks its exit code and what it complains of.
func says(t *testing.T, dir string, code int, words []string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), binary, args...)
	cmd.Dir = dir
	var errs bytes.Buffer
	cmd.Stderr = &errs
	if err := cmd.Run(); err == nil || cmd.ProcessState.ExitCode() != code {
		t.Errorf("%v ended with %v, want exit code %d", args, err, code)
	}
	for _, word := range words {
		if !strings.Contains(errs.String(), word) {
			t.Errorf("the complaint does not say %q: %s", word, errs.String())
		}
	}
}
