package test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// The commands of scripts:
//
//	start [flags]            start the emulator (frozen, on $DSN) and wait for its line
//	kill                     kill -9 it; start starts it again on the same database
//	world                    make the company described at cmdWorld
//	package NAME FILE        make a package with its member role; FILE is a policy in v1.0 shape
//	as USER|admin|app [SCP]  who sends the following calls; app takes application roles
//	call METHOD PATH [FILE]  send a request; variables in path and FILE are filled in, " in PATH is ' on the wire
//	status N                 status of the last answer
//	code CODE                error.code of the last answer
//	empty                    the last answer has no body and no content type
//	field PATH VALUE         a member of the last answer, letter case aside; ! for unequal
//	count PATH N             length of a list in the last answer
//	header NAME VALUE        a header of the last answer; VALUE * means any
//	save NAME PATH           keep a member of the last answer in a variable
//	clock DURATION           move the clock; settle runs what is due now
//	later NAME DURATION      keep the instant that is so far ahead in a variable
//
// and those of checks_test.go:
//
//	with NAME VALUE          a header of the next call; Content-Encoding gzip also compresses its body
//	assign PACKAGE USER...   assign a package directly, as the administrator
//	follow                   GET the next link: absolute, with the options of the first page, and none of the rows seen
//	says TEXT                the whole body of the last answer
//	contains TEXT            a part of it; ! for not
//	many N METHOD PATH FILE  send FILE so often; $n is the number, in four digits
//	goeson PATH [LIST]       GET what the next link of an expanded collection leads to, up to its end; together they are what LIST lists
//	only PATH NAME...        the members that an object of the last answer has, annotations aside
//	absent PATH NAME         an object of the last answer lacks a member
//	begins PATH TEXT         how a member of the last answer begins
//	holds FILE               everything in FILE is in the last answer, with the same values
//	mail USER [EVENT...]     the messages in the outbox to somebody that no mail before has seen, in any order
//	receiver NAME [STATUS]   start an HTTP receiver, its URL is in NAME; or have it answer with a status
//	received NAME N          how many calls it got since this was asked last; the last one is the answer
var commands = map[string]func(*testscript.TestScript, bool, []string){
	"start": cmdStart, "kill": cmdKill, "world": cmdWorld, "package": cmdPackage, "as": cmdAs, "call": cmdCall,
	"status": cmdStatus, "code": cmdCode, "empty": cmdEmpty, "field": cmdField, "count": cmdCount, "header": cmdHeader,
	"save": cmdSave, "clock": cmdClock, "settle": cmdSettle, "later": cmdLater,
	"with": cmdWith, "assign": cmdAssign, "follow": cmdFollow, "says": cmdSays, "only": cmdOnly, "absent": cmdAbsent,
	"begins": cmdBegins, "holds": cmdHolds, "contains": cmdContains, "many": cmdMany, "goeson": cmdGoesOn, "mail": cmdMail, "receiver": cmdReceiver, "received": cmdReceived,
}

type sessionKey struct{}

// session is one script's server and what it was told.
type session struct {
	env     *testscript.Env
	server  *exec.Cmd
	base    string
	client  string // client id of the application with every permission
	tenant  string
	token   string
	who     []string        // arguments of the last "as"
	header  http.Header     // of the next call
	asked   *url.URL        // what the last call asked for
	seen    map[string]bool // ids on the pages since the last call
	answer  *http.Response
	body    []byte
	decoded any
	mailed  map[string]int // messages to somebody that were seen

	receivers map[string]*receiver // custom extensions on this machine
}

func of(ts *testscript.TestScript) *session { return ts.Value(sessionKey{}).(*session) }

func cmdStart(ts *testscript.TestScript, _ bool, args []string) {
	s := of(ts)
	flags := append([]string{"emulator", "--http", "127.0.0.1:0", "--https", "127.0.0.1:0", "--db", ts.Getenv("DSN"), "--frozen"}, args...)
	s.server = exec.Command(binary, flags...)
	s.server.Dir = ts.Getenv("WORK")
	s.server.Env = append(os.Environ(), "TMPDIR="+ts.Getenv("WORK"))
	s.server.Stderr = ts.Stderr()
	s.server.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := s.server.StdoutPipe()
	ts.Check(err)
	ts.Check(s.server.Start())
	server := s.server
	ts.Defer(func() { stop(server) })
	line, err := bufio.NewReader(out).ReadBytes('\n')
	ts.Check(err)
	var started struct {
		HTTP, Tenant string
		Client       struct{ ID string }
	}
	ts.Check(json.Unmarshal(line, &started))
	s.base, s.client, s.tenant = started.HTTP, started.Client.ID, started.Tenant
	ts.Setenv("tenant", s.tenant)
	cmdAs(ts, false, []string{"admin"})
}

// stop ends a server that is still running; it is killed, so its exit is no
// news.
func stop(server *exec.Cmd) {
	if server.ProcessState == nil {
		if err := server.Process.Kill(); err == nil {
			_ = server.Wait()
		}
	}
}

func cmdKill(ts *testscript.TestScript, _ bool, _ []string) { stop(of(ts).server) }

// send makes a call and keeps the answer. Bodies travel as clients send
// them: variables in them are filled in first.
func (s *session) send(ts *testscript.TestScript, method, path string, body []byte) {
	var reader io.Reader
	if body != nil {
		reader = bytes.NewReader(s.encoded(ts, body))
	}
	req, err := http.NewRequest(method, s.base+path, reader)
	ts.Check(err)
	if s.token != "" {
		req.Header.Set("Authorization", "Bearer "+s.token)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	s.dress(req)
	client := http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	s.answer, err = client.Do(req)
	ts.Check(err)
	defer s.answer.Body.Close()
	s.body, err = io.ReadAll(s.answer.Body)
	ts.Check(err)
	s.decoded = nil
	if len(s.body) > 0 && strings.Contains(s.answer.Header.Get("Content-Type"), "json") {
		ts.Check(json.Unmarshal(s.body, &s.decoded))
	}
}

// must is send for what the script takes for granted.
func (s *session) must(ts *testscript.TestScript, method, path string, body any) map[string]any {
	encoded, err := json.Marshal(body)
	ts.Check(err)
	s.send(ts, method, path, encoded)
	if s.answer.StatusCode/100 != 2 {
		ts.Fatalf("%s %s: %d %s", method, path, s.answer.StatusCode, s.body)
	}
	out, _ := s.decoded.(map[string]any)
	return out
}

func cmdCall(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: call METHOD PATH [FILE]")
	}
	var body []byte
	if len(args) > 2 {
		body = []byte(os.Expand(ts.ReadFile(args[2]), ts.Getenv))
	}
	s := of(ts)
	path := strings.NewReplacer(" ", "%20", `"`, "'").Replace(strings.TrimPrefix(args[1], s.base)) // links are absolute
	s.send(ts, args[0], path, body)
	s.seen = map[string]bool{}
	s.look(ts)
	ts.Logf("%s %s -> %d %s", args[0], path, s.answer.StatusCode, s.body)
}

func cmdAs(ts *testscript.TestScript, _ bool, args []string) {
	s := of(ts)
	s.who = args
	body := map[string]any{}
	switch {
	case args[0] == "nobody":
		s.token = ""
		return
	case args[0] == "admin":
	case args[0] == "app":
		body["wids"] = []string{}
		body["roles"] = args[1:]
		if id := ts.Getenv("app"); id != "" {
			body["app"] = id
		}
	default:
		body["user"] = args[0] + "@contoso.example"
		scopes := "EntitlementMgmt-SubjectAccess.ReadWrite"
		if len(args) > 1 {
			scopes = strings.Join(args[1:], " ")
		}
		body["scp"] = scopes
	}
	s.token = ""
	s.token, _ = s.must(ts, "POST", "/_emulator/token", body)["access_token"].(string)
}

func cmdStatus(ts *testscript.TestScript, _ bool, args []string) {
	s := of(ts)
	if got := strconv.Itoa(s.answer.StatusCode); got != args[0] {
		ts.Fatalf("status %s, want %s: %s", got, args[0], s.body)
	}
}

func cmdCode(ts *testscript.TestScript, neg bool, args []string) {
	cmdField(ts, neg, []string{"error.code", args[0]})
}

func cmdEmpty(ts *testscript.TestScript, _ bool, _ []string) {
	s := of(ts)
	if len(s.body) > 0 || s.answer.Header.Get("Content-Type") != "" {
		ts.Fatalf("the answer is not empty: %q %q", s.answer.Header.Get("Content-Type"), s.body)
	}
}

// member finds a dotted path in the last answer; numbers index lists.
func member(ts *testscript.TestScript, path string) any {
	at := of(ts).decoded
	for _, name := range strings.Split(strings.ReplaceAll(path, "@odata.", "@odata\x00"), ".") {
		if name == "" {
			continue
		}
		name = strings.ReplaceAll(name, "\x00", ".") // annotations have a dot in their name
		switch v := at.(type) {
		case map[string]any:
			next, ok := v[name]
			if !ok {
				ts.Fatalf("no member %s of %s in %s", name, path, of(ts).body)
			}
			at = next
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil || i >= len(v) {
				ts.Fatalf("no element %s of %s in %s", name, path, of(ts).body)
			}
			at = v[i]
		default:
			ts.Fatalf("no member %s of %s in %s", name, path, of(ts).body)
		}
	}
	return at
}

func text(v any) string {
	if v == nil {
		return "null"
	}
	return fmt.Sprint(v)
}

func cmdField(ts *testscript.TestScript, neg bool, args []string) {
	got := text(member(ts, args[0]))
	if want := strings.Join(args[1:], " "); strings.EqualFold(got, want) == neg {
		ts.Fatalf("%s is %q, want %q (negated: %v)\n%s", args[0], got, want, neg, of(ts).body)
	}
}

func cmdCount(ts *testscript.TestScript, _ bool, args []string) {
	list, _ := member(ts, args[0]).([]any)
	if got := strconv.Itoa(len(list)); got != args[1] {
		ts.Fatalf("%s has %s elements, want %s: %s", args[0], got, args[1], of(ts).body)
	}
}

func cmdHeader(ts *testscript.TestScript, neg bool, args []string) {
	got := of(ts).answer.Header.Get(args[0])
	want := strings.Join(args[1:], " ")
	ok := got == want || want == "*" && got != ""
	if ok == neg {
		ts.Fatalf("header %s is %q, want %q (negated: %v)", args[0], got, want, neg)
	}
}

func cmdSave(ts *testscript.TestScript, _ bool, args []string) {
	ts.Setenv(args[0], text(member(ts, args[1])))
}

func cmdClock(ts *testscript.TestScript, _ bool, args []string) {
	control(ts, "PUT", "/_emulator/clock", map[string]string{"advance": args[0]})
	s := of(ts)
	answer, sent, decoded := s.answer, s.body, s.decoded
	cmdAs(ts, false, s.who) // the old token has expired by now
	s.answer, s.body, s.decoded = answer, sent, decoded
}

func cmdSettle(ts *testscript.TestScript, _ bool, _ []string) {
	control(ts, "POST", "/_emulator/settle", nil)
}

func cmdLater(ts *testscript.TestScript, _ bool, args []string) {
	s := of(ts)
	ahead, err := time.ParseDuration(args[1])
	ts.Check(err)
	answer, sent, decoded := s.answer, s.body, s.decoded
	now, err := time.Parse(time.RFC3339Nano, s.must(ts, "GET", "/_emulator/clock", nil)["now"].(string))
	ts.Check(err)
	s.answer, s.body, s.decoded = answer, sent, decoded
	ts.Setenv(args[0], now.Add(ahead).UTC().Format("2006-01-02T15:04:05Z"))
}

func control(ts *testscript.TestScript, method, path string, body any) {
	s := of(ts)
	answer, sent, decoded := s.answer, s.body, s.decoded
	s.must(ts, method, path, body)
	s.answer, s.body, s.decoded = answer, sent, decoded
}

const em = "/v1.0/identityGovernance/entitlementManagement"

// cmdWorld makes people (adele reports to ben, ben to chi; dana decides, sam
// is a stranger), a group "approvers" with dana and eli, a group "readers"
// that packages give, and a catalog "sales" with that group in it. Roles on
// the catalog: olga owns it, rita reads it, max manages packages, anna
// assignments; otto manages assignments of another catalog. The variables
// are called like the people and things.
func cmdWorld(ts *testscript.TestScript, _ bool, _ []string) {
	s := of(ts)
	for _, name := range []string{"chi", "ben", "adele", "dana", "eli", "sam", "olga", "rita", "max", "anna", "otto"} {
		ts.Setenv(name, s.create(ts, "/v1.0/users", map[string]any{
			"accountEnabled": true, "displayName": strings.ToUpper(name[:1]) + name[1:], "mailNickname": name,
			"userPrincipalName": name + "@contoso.example", "mail": name + "@contoso.example",
			"passwordProfile": map[string]any{"password": "not kept"},
		}))
	}
	for who, manager := range map[string]string{"adele": "ben", "ben": "chi"} {
		s.must(ts, "PUT", "/v1.0/users/"+ts.Getenv(who)+"/manager/$ref", ref("users", ts.Getenv(manager)))
	}
	for _, name := range []string{"approvers", "readers", "writers"} {
		ts.Setenv(name, s.create(ts, "/v1.0/groups", map[string]any{
			"displayName": name, "mailEnabled": false, "mailNickname": name, "securityEnabled": true,
		}))
	}
	for _, name := range []string{"dana", "eli"} {
		s.must(ts, "POST", "/v1.0/groups/"+ts.Getenv("approvers")+"/members/$ref", ref("directoryObjects", ts.Getenv(name)))
	}
	for _, name := range []string{"sales", "other"} {
		ts.Setenv(name, s.create(ts, em+"/catalogs", map[string]any{"displayName": name, "description": name, "isExternallyVisible": false}))
	}
	for _, name := range []string{"readers", "writers"} {
		s.must(ts, "POST", em+"/resourceRequests", map[string]any{
			"requestType": "adminAdd", "catalog": map[string]any{"id": ts.Getenv("sales")},
			"resource": map[string]any{"originId": ts.Getenv(name), "originSystem": "AadGroup"},
		})
	}
	roles := map[string][2]string{
		"olga": {"ae79f266-94d4-4dab-b730-feca7e132178", "sales"}, "rita": {"44272f93-9762-48e8-af59-1b5351b1d6b3", "sales"},
		"max": {"7f480852-ebdc-47d4-87de-0d8498384a83", "sales"}, "anna": {"e2182095-804a-4656-ae11-64734e9b7ae5", "sales"},
		"otto": {"e2182095-804a-4656-ae11-64734e9b7ae5", "other"},
	}
	for _, who := range slices.Sorted(maps.Keys(roles)) {
		s.must(ts, "POST", "/v1.0/roleManagement/entitlementManagement/roleAssignments", map[string]any{
			"principalId": ts.Getenv(who), "roleDefinitionId": roles[who][0], "appScopeId": "/AccessPackageCatalog/" + ts.Getenv(roles[who][1]),
		})
	}
}

func ref(collection, id string) map[string]any {
	return map[string]any{"@odata.id": "https://graph.microsoft.com/v1.0/" + collection + "/" + id}
}

func (s *session) create(ts *testscript.TestScript, path string, body any) string {
	return text(s.must(ts, "POST", path, body)["id"])
}

// cmdPackage makes a package in the catalog "sales" that gives membership of
// "readers" (or of the group named third), with one policy.
func cmdPackage(ts *testscript.TestScript, _ bool, args []string) {
	s := of(ts)
	cmdAs(ts, false, []string{"admin"})
	name, group := args[0], "readers"
	if len(args) > 2 {
		group = args[2]
	}
	id := s.create(ts, em+"/accessPackages", map[string]any{
		"displayName": name, "description": name, "catalog": map[string]any{"id": ts.Getenv("sales")},
	})
	gid := ts.Getenv(group)
	s.must(ts, "POST", em+"/accessPackages/"+id+"/resourceRoleScopes", map[string]any{
		"role":  map[string]any{"originId": "Member_" + gid, "displayName": "Member", "originSystem": "AadGroup", "resource": map[string]any{"originId": gid, "originSystem": "AadGroup"}},
		"scope": map[string]any{"originId": gid, "originSystem": "AadGroup", "isRootScope": true},
	})
	var policy map[string]any
	ts.Check(json.Unmarshal([]byte(os.Expand(ts.ReadFile(args[1]), ts.Getenv)), &policy))
	policy["accessPackage"] = map[string]any{"id": id}
	if policy["displayName"] == nil {
		policy["displayName"], policy["description"] = name, name
	}
	ts.Setenv(name, id)
	ts.Setenv(name+"_policy", s.create(ts, em+"/assignmentPolicies", policy))
}
