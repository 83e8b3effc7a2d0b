package config

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grantkeep/grantkeep/internal/fault"
)

const (
	tenant = "6df54acb-0c5f-4b0a-9d5e-0f3f5f0b7a11"
	other  = "00000000-0000-4000-8000-00000000ffff"
	secret = "a-long-random-text"
)

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func load(t *testing.T, file string, environ []string, flags map[string]any) Config {
	t.Helper()
	c, err := Load(write(t, file), environ, flags)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestNothingSaidMeansDefaults(t *testing.T) {
	t.Parallel()
	c, err := Load("", []string{"HOME=/root", "GRANTKEEP_TOKEN=x"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Default(), c); diff != "" {
		t.Errorf("configuration (-default +got):\n%s", diff)
	}
}

func TestFlagsBeforeEnvironmentBeforeFile(t *testing.T) {
	t.Parallel()
	file := `
http: {address: "127.0.0.1:1"}
https: {address: "127.0.0.1:1"}
delivery: {delay: 1m}
tenants: [{id: a}, {id: b}]
log:
`
	environ := []string{"GRANTKEEP_HTTPS_ADDRESS=127.0.0.1:2", "GRANTKEEP_DELIVERY_DELAY=2m", `GRANTKEEP_TENANTS=[{"id": "c", "domains": ["d"]}]`}
	got := load(t, file, environ, map[string]any{"delivery.delay": 3 * time.Minute, "lenientInput": true})

	want := Default()
	want.HTTP.Address, want.HTTPS.Address = "127.0.0.1:1", "127.0.0.1:2"
	want.Delivery.Delay = 3 * time.Minute
	want.Tenants = []Tenant{{ID: "c", Domains: []string{"d"}}}
	want.LenientInput = true
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("configuration (-want +got):\n%s", diff)
	}
}

func TestVariablesHoldEveryKindOfValue(t *testing.T) {
	t.Parallel()
	got := load(t, "", []string{
		"GRANTKEEP_PUBLIC_URL=https://access.example", "GRANTKEEP_ADMINISTRATORS= a, b", "GRANTKEEP_SQLITE_READERS=7",
		"GRANTKEEP_CANCEL_STRICT_BODY=true", "GRANTKEEP_LIMITS_BODY=3MiB", "GRANTKEEP_DELIVERY_DELAY=0",
		"GRANTKEEP_DATABASE_FILE=" + write(t, "postgres://u:p=q@h/d\n"), "GRANTKEEP_PAGING_SECRET_FILE=" + write(t, secret+"\r\n"),
	}, nil)
	if got.PublicURL != "https://access.example" || !cmp.Equal(got.Administrators, []string{"a", "b"}) || got.SQLite.Readers != 7 ||
		!got.Cancel.StrictBody || got.Limits.Body != 3<<20 || got.Delivery.Delay != 0 || got.Database != "postgres://u:p=q@h/d" || got.Paging.Secret != secret {
		t.Errorf("configuration = %+v", got)
	}
}

func TestSecretsComeFromFiles(t *testing.T) {
	t.Parallel()
	file := write(t, secret+"\n")
	got := load(t, fmt.Sprintf("builtinIssuer: {clients: [{id: a, secretFile: %q}]}", file), nil, nil)
	if got.BuiltinIssuer.Clients[0].Secret != secret {
		t.Errorf("secret = %q", got.BuiltinIssuer.Clients[0].Secret)
	}
	_, err := Load(write(t, fmt.Sprintf("builtinIssuer: {clients: [{secret: x, secretFile: %q}, {secretFile: /does/not/exist}]}", file)), nil, nil)
	wantFaults(t, err, "builtinIssuer.clients[0].secretFile", "secret is given, too", "builtinIssuer.clients[1].secretFile", "no such file")
}

// wantFaults checks that err tells of exactly the given keys, each with the
// words behind it, both in the text and in the details.
func wantFaults(t *testing.T, err error, pairs ...string) {
	t.Helper()
	f := fault.Of(err)
	if err == nil || f.Kind != fault.Invalid || f.Code != "InvalidConfiguration" {
		t.Fatalf("error = %v, want an InvalidConfiguration", err)
	}
	var got, want []string
	for _, d := range f.Details {
		got = append(got, d.Target)
	}
	for n := 0; n < len(pairs); n += 2 {
		want = append(want, pairs[n])
		if n/2 < len(f.Details) && !strings.Contains(f.Details[n/2].Message, pairs[n+1]) {
			t.Errorf("%s: %q, want %q in it", pairs[n], f.Details[n/2].Message, pairs[n+1])
		}
		if !strings.Contains(f.Message, pairs[n]+": ") {
			t.Errorf("message does not name %s: %s", pairs[n], f.Message)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("faulty keys (-want +got):\n%s", diff)
	}
}

func TestWhatCannotBeUnderstoodIsReportedTogether(t *testing.T) {
	t.Parallel()
	file := `
http: 8080
htps: {address: x}
delivery: {dealy: 1s, delay: 5}
tenants: [{id: 7}, {ID: x}]
lenientInput: perhaps
limits: {body: lots}
sqlite: {readers: 1.5}
administrators: {a: b}
paging: {secret: 12345678}
`
	_, err := Load(write(t, file), []string{"GRANTKEEP_HTTP_ADRESS=x", "GRANTKEEP_ISSUERS=x", "GRANTKEEP_TLS_KEY_FILE=/does/not/exist"},
		map[string]any{"log.levle": "info"})
	wantFaults(
		t, err,
		"administrators", "must be a list",
		"delivery.dealy", `did you mean "delay"?`,
		"delivery.delay", `a unit, such as "1s"`,
		"htps", `did you mean "https"?`,
		"http", "keys of its own",
		"lenientInput", "true or false",
		"limits.body", "KiB or MiB",
		"paging.secret", "put it in quotes",
		"sqlite.readers", "whole number",
		"tenants[0].id", "put it in quotes",
		"tenants[1].ID", `did you mean "id"?`,
		"GRANTKEEP_HTTP_ADRESS", `did you mean "GRANTKEEP_HTTP_ADDRESS"?`,
		"GRANTKEEP_ISSUERS", "JSON array",
		"GRANTKEEP_TLS_KEY_FILE", "no such file",
		"log.levle", `did you mean "log.level"?`,
	)
	if strings.Contains(err.Error(), "12345678") {
		t.Error("the message repeats a secret")
	}
}

func TestOneThingIsSaidOnce(t *testing.T) {
	t.Parallel()
	_, err := Load("", []string{"GRANTKEEP_DATABASE=sqlite:a", "GRANTKEEP_DATABASE_FILE=" + write(t, "sqlite:b")}, nil)
	wantFaults(t, err, "GRANTKEEP_DATABASE_FILE", "GRANTKEEP_DATABASE says the same")
}

func TestFilesThatAreNotYAML(t *testing.T) {
	t.Parallel()
	for _, path := range []string{write(t, "a: b: c"), write(t, "database: x\ndatabase: y"), "/does/not/exist"} {
		if _, err := Load(path, nil, nil); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("error = %v, want one that names %s", err, path)
		}
	}
}

func good() Config {
	c := Default()
	c.Tenants = []Tenant{{ID: tenant, Domains: []string{"contoso.example"}}}
	c.Issuers = []Issuer{{URL: "https://login.example", Audiences: []string{"api://grantkeep"}, Tenant: tenant}}
	c.BuiltinIssuer.Enabled = true
	c.BuiltinIssuer.Clients = []Client{{ID: tenant, OID: tenant, Secret: secret}}
	return c
}

func TestValidate(t *testing.T) {
	t.Parallel()
	if err := good().Validate(); err != nil {
		t.Errorf("a good one: %v", err)
	}
	tests := []struct {
		name   string
		change func(*Config)
		want   []string
	}{
		{"nowhere to listen", func(c *Config) { c.HTTP.Address = "" }, []string{"http.address", "nobody can reach"}},
		{"an address without port", func(c *Config) { c.HTTP.Address = "localhost" }, []string{"http.address", "not host:port"}},
		{"a port that is none", func(c *Config) { c.HTTP.Address = "localhost:http2" }, []string{"http.address", "not host:port"}},
		{"https without certificate", func(c *Config) { c.HTTPS.Address = ":8443" }, []string{"https.address", "needs tls.cert"}},
		{"half a certificate", func(c *Config) { c.TLS.Cert = "x" }, []string{"tls", "go together"}},
		{"two certificates", func(c *Config) { c.TLS = TLS{"x", "y", true} }, []string{"tls.selfSigned", "one of them"}},
		{"a public URL with a path", func(c *Config) { c.PublicURL = "https://a.example/b" }, []string{"publicURL", "path"}},
		{"a public URL that is none", func(c *Config) { c.PublicURL = "a.example" }, []string{"publicURL", "not an http"}},
		{"a login endpoint that is none", func(c *Config) { c.LoginEndpoint = "ftp://a.example" }, []string{"loginEndpoint", "not an http"}},
		{"another database", func(c *Config) { c.Database = "mysql://x" }, []string{"database", "sqlite:FILE"}},
		{"a database without a file", func(c *Config) { c.Database = "sqlite:" }, []string{"database", "sqlite:FILE"}},
		{"no pool", func(c *Config) { c.Postgres.MaxConnections = 1 }, []string{"postgres.maxConnections", "between"}},
		{"no reader", func(c *Config) { c.SQLite.Readers = 0 }, []string{"sqlite.readers", "between"}},
		{"no stages", func(c *Config) { c.Approval.MaxStages = 0 }, []string{"approval.maxStages", "between"}},
		{"no body", func(c *Config) { c.Limits.Body = 0 }, []string{"limits.body", "between"}},
		{"endless batches", func(c *Config) { c.Limits.Batch = 1000 }, []string{"limits.batch", "between"}},
		{"a negative limit of requests", func(c *Config) { c.Limits.Requests = -1 }, []string{"limits.requests", "between"}},
		{"a negative limit of writes", func(c *Config) { c.Limits.Writes = -1 }, []string{"limits.writes", "between"}},
		{"every origin", func(c *Config) { c.CORS.Origins = []string{"*"} }, []string{"cors.origins[0]", "not an http"}},
		{"a negative delay", func(c *Config) { c.Delivery.Delay = -1 }, []string{"delivery.delay", "between"}},
		{"another cloud", func(c *Config) { c.Cloud = "mars" }, []string{"cloud", "usgov-l4"}},
		{"another level", func(c *Config) { c.Log.Level = "loud" }, []string{"log.level", "debug"}},
		{"another format", func(c *Config) { c.Log.Format = "xml" }, []string{"log.format", "json"}},
		{"an administrator by name", func(c *Config) { c.Administrators = []string{tenant, "ada"} }, []string{"administrators[1]", "not a GUID"}},
		{"a short paging secret", func(c *Config) { c.Paging.Secret = "x" }, []string{"paging.secret", "16 characters"}},
		{"a tenant by name", func(c *Config) { c.Tenants = append(c.Tenants, Tenant{ID: "x"}); c.BuiltinIssuer.Clients = nil }, []string{"tenants[1].id", "not a GUID"}},
		{
			"a tenant twice", func(c *Config) { c.Tenants = append(c.Tenants, c.Tenants[0]); c.BuiltinIssuer.Clients = nil },
			[]string{"tenants[1].id", "twice", "tenants[1].domains", "one tenant only"},
		},
		{"nobody who issues tokens", func(c *Config) { c.Issuers, c.BuiltinIssuer.Enabled = nil, false }, []string{"issuers", "nobody could sign in"}},
		{"an issuer without anything", func(c *Config) { c.Issuers[0] = Issuer{} }, []string{"issuers[0].url", "missing", "issuers[0].audiences", "at least one"}},
		{"an issuer twice", func(c *Config) { c.Issuers = append(c.Issuers, c.Issuers[0]) }, []string{"issuers[1].url", "twice"}},
		{"a placeholder without discovery", func(c *Config) { c.Issuers[0].URL = "https://l.example/{tenantid}" }, []string{"issuers[0].discoveryURL", "placeholder"}},
		{"an issuer of another tenant", func(c *Config) { c.Issuers[0].Tenant = other }, []string{"issuers[0].tenant", "not among tenants"}},
		{
			"a built-in issuer without anything", func(c *Config) { c.BuiltinIssuer = BuiltinIssuer{Enabled: true} },
			[]string{"builtinIssuer.audience", "missing", "builtinIssuer.lifetime", "between"},
		},
		{
			"a client without anything", func(c *Config) { c.BuiltinIssuer.Clients = []Client{{}} },
			[]string{"builtinIssuer.clients[0].id", "GUID", "builtinIssuer.clients[0].oid", "GUID", "builtinIssuer.clients[0].secret", "16 characters"},
		},
		{"a client of no tenant", func(c *Config) { c.Tenants = append(c.Tenants, Tenant{ID: other}) }, []string{"builtinIssuer.clients[0].tenant", "several tenants"}},
		{"a client of another tenant", func(c *Config) { c.BuiltinIssuer.Clients[0].Tenant = other }, []string{"builtinIssuer.clients[0].tenant", "not among"}},
		{"a role by name", func(c *Config) { c.BuiltinIssuer.Clients[0].WIDs = []string{"admin"} }, []string{"builtinIssuer.clients[0].wids[0]", "GUID"}},
		{
			"several faults", func(c *Config) { c.Tenants, c.BuiltinIssuer.Enabled, c.Issuers, c.Cloud = nil, false, nil, "" },
			[]string{"tenants", "at least one", "issuers", "nobody", "cloud", "one of"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := good()
			tt.change(&c)
			wantFaults(t, c.Validate(), tt.want...)
		})
	}
}

func TestDatabaseSource(t *testing.T) {
	t.Parallel()
	for database, want := range map[string][2]string{
		"sqlite:grantkeep.db": {SQLiteKind, "grantkeep.db"},
		"sqlite::memory:":     {SQLiteKind, ":memory:"},
		"postgres://a/b?c=d":  {PostgresKind, "postgres://a/b?c=d"},
		"postgresql://a/b":    {PostgresKind, "postgresql://a/b"},
	} {
		kind, source, err := Config{Database: database}.DatabaseSource()
		if err != nil || kind != want[0] || source != want[1] {
			t.Errorf("%s: %s, %s, %v", database, kind, source, err)
		}
	}
}

// documented returns every key as the manual writes it, members of list items
// included.
func documented(t reflect.Type, prefix string) []string {
	var names []string
	for field := range fields(t) {
		name, kind := prefix+field.Tag.Get("koanf"), field.Type
		if kind.Kind() == reflect.Struct {
			names = append(names, documented(kind, name+".")...)
			continue
		}
		names = append(names, name)
		if kind.Kind() == reflect.Slice && kind.Elem().Kind() == reflect.Struct {
			names = append(names, documented(kind.Elem(), name+"[].")...)
		}
	}
	return names
}

func manual(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestManualExplainsEveryKey(t *testing.T) {
	t.Parallel()
	text := manual(t)
	variables := map[string]string{}
	for _, k := range keys() {
		if clash, ok := variables[k.variable()]; ok {
			t.Errorf("%s and %s have the same variable", clash, k.path)
		}
		variables[k.variable()] = k.path
		if row := "| `" + k.path + "` | `" + k.variable() + "` |"; !strings.Contains(text, row) {
			t.Errorf("the manual has no row %s", row)
		}
	}
	names := map[string]bool{}
	for _, name := range documented(reflect.TypeFor[Config](), "") {
		names[name] = true
		if !strings.Contains(text, "| `"+name+"` |") {
			t.Errorf("the manual does not explain %s", name)
		}
	}
	for line := range strings.SplitSeq(text, "\n") {
		if name, ok := strings.CutPrefix(line, "| `"); ok && !names[name[:strings.Index(name, "`")]] {
			t.Errorf("the manual explains what does not exist: %s", line)
		}
	}
}

func TestManualHasTheDefaults(t *testing.T) {
	t.Parallel()
	text := manual(t)
	for key, value := range map[string]string{
		"http.address": Default().HTTP.Address, "database": Default().Database, "cloud": Default().Cloud,
		"builtinIssuer.audience": Default().BuiltinIssuer.Audience,
		"log.level":              Default().Log.Level, "log.format": Default().Log.Format,
		"postgres.maxConnections": fmt.Sprint(Default().Postgres.MaxConnections), "sqlite.readers": fmt.Sprint(Default().SQLite.Readers),
		"approval.maxStages": fmt.Sprint(Default().Approval.MaxStages), "limits.body": fmt.Sprint(int(Default().Limits.Body)>>20, "MiB"),
		"limits.batch":   fmt.Sprint(Default().Limits.Batch),
		"delivery.delay": Default().Delivery.Delay.String(), "builtinIssuer.lifetime": "1h",
	} {
		k, ok := keyNamed(key)
		if row := "| `" + key + "` | `" + k.variable() + "` | `" + value + "` |"; !ok || !strings.Contains(text, row) {
			t.Errorf("the manual has no row %s", row)
		}
	}
}

func TestManualExamplesWork(t *testing.T) {
	t.Parallel()
	blocks := strings.Split(manual(t), "```yaml\n")[1:]
	if len(blocks) != 2 {
		t.Fatalf("%d examples, want one for each database", len(blocks))
	}
	for _, block := range blocks {
		text, _, _ := strings.Cut(block, "```")
		if err := load(t, text, nil, nil).Validate(); err != nil {
			t.Errorf("%v\n%s", err, text)
		}
	}
}
