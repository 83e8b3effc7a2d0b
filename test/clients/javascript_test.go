package clients

import (
	"os"
	"os/exec"
	"testing"
)

// TestJavaScriptClient runs the tests in js, which are written in the
// language of their client.
func TestJavaScriptClient(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		missing(t, "node is not installed")
	}
	if _, err := os.Stat("js/node_modules"); err != nil {
		missing(t, "js/node_modules is not there; make test installs it")
	}
	env := os.Environ()
	for name, who := range map[string]string{"ADELE_TOKEN": company.Adele, "BEN_TOKEN": company.Ben} {
		token, err := userToken(who)
		ok(t, err)
		env = append(env, name+"="+token)
	}
	admin, err := applicationToken()
	ok(t, err)
	cmd := exec.Command(node, "--test", "--test-reporter=spec", "js/client.test.js")
	cmd.Env = append(env, "ADMIN_TOKEN="+admin, "ADELE="+company.Adele, "BEN="+company.Ben,
		"GRAPH_URL="+server.HTTPS, "SETTLE_URL="+server.HTTP+"/_emulator/settle")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("%s", out)
}

// missing skips a test whose needs are not there, unless nothing may be
// skipped.
func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("GRANTKEEP_REQUIRE_ALL") == "1" || os.Getenv("CI") != "" {
		t.Fatal(what)
	}
	t.Skip(what)
}
