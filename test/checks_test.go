package test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

func cmdWith(ts *testscript.TestScript, _ bool, args []string) {
	s := of(ts)
	if s.header == nil {
		s.header = http.Header{}
	}
	s.header.Set(args[0], strings.Join(args[1:], " "))
}

// encoded compresses a body if the next call says that it is.
func (s *session) encoded(ts *testscript.TestScript, body []byte) []byte {
	if s.header.Get("Content-Encoding") != "gzip" {
		return body
	}
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := z.Write(body)
	ts.Check(err)
	ts.Check(z.Close())
	return b.Bytes()
}

// dress gives a call the headers that were asked for.
func (s *session) dress(req *http.Request) {
	for name, values := range s.header {
		if name == "Host" {
			req.Host = values[0]
			continue
		}
		req.Header[name] = values
	}
	s.header, s.asked = nil, req.URL
}

func cmdAssign(ts *testscript.TestScript, _ bool, args []string) {
	s := of(ts)
	cmdAs(ts, false, []string{"admin"})
	for _, who := range args[1:] {
		s.must(ts, "POST", em+"/assignmentRequests", map[string]any{"requestType": "adminAdd", "assignment": map[string]any{
			"targetId": ts.Getenv(who), "assignmentPolicyId": ts.Getenv(args[0] + "_policy"), "accessPackageId": ts.Getenv(args[0]),
		}})
	}
}

// look notes the rows of a page and complains of those seen before.
func (s *session) look(ts *testscript.TestScript) {
	body, _ := s.decoded.(map[string]any)
	rows, _ := body["value"].([]any)
	for _, row := range rows {
		object, _ := row.(map[string]any)
		id, _ := object["id"].(string)
		if id != "" && s.seen[id] {
			ts.Fatalf("%s stands on two pages", id)
		}
		s.seen[id] = true
	}
}

func cmdFollow(ts *testscript.TestScript, _ bool, _ []string) {
	s := of(ts)
	link := text(member(ts, "@odata.nextLink"))
	next, err := url.Parse(link)
	ts.Check(err)
	if !strings.HasPrefix(link, s.base+"/") || next.Path != s.asked.Path {
		ts.Fatalf("the next link %s does not lead on from %s%s", link, s.base, s.asked.Path)
	}
	given := map[string]string{}
	for name, values := range s.asked.Query() {
		given[strings.TrimPrefix(name, "$")] = values[0]
	}
	kept := map[string]string{}
	for name, values := range next.Query() {
		kept[strings.TrimPrefix(name, "$")] = values[0]
	}
	delete(given, "skip")
	delete(given, "skiptoken")
	delete(kept, "skiptoken")
	if !maps.Equal(given, kept) {
		ts.Fatalf("the next link has the options %v, the first page had %v", kept, given)
	}
	s.send(ts, "GET", strings.TrimPrefix(link, s.base), nil)
	s.look(ts)
	ts.Logf("GET %s -> %d %s", link, s.answer.StatusCode, s.body)
}

func cmdSays(ts *testscript.TestScript, neg bool, args []string) {
	if got, want := string(of(ts).body), strings.Join(args, " "); (got == want) == neg {
		ts.Fatalf("the answer is %q, want %q (negated: %v)", got, want, neg)
	}
}

func object(ts *testscript.TestScript, path string) map[string]any {
	o, ok := member(ts, path).(map[string]any)
	if !ok {
		ts.Fatalf("%s is no object: %s", path, of(ts).body)
	}
	return o
}

func cmdContains(ts *testscript.TestScript, neg bool, args []string) {
	s := of(ts)
	if strings.Contains(string(s.body), args[0]) == neg {
		ts.Fatalf("the body contains %q: %v, want %v\n%s", args[0], neg, !neg, s.body)
	}
}

func cmdOnly(ts *testscript.TestScript, _ bool, args []string) {
	var got []string
	for name := range object(ts, args[0]) {
		if !strings.Contains(name, "@") {
			got = append(got, name)
		}
	}
	slices.Sort(got)
	want := slices.Sorted(slices.Values(args[1:]))
	if !slices.Equal(got, want) {
		ts.Fatalf("%s has the members %v, want %v", args[0], got, want)
	}
}

func cmdAbsent(ts *testscript.TestScript, _ bool, args []string) {
	if value, ok := object(ts, args[0])[args[1]]; ok {
		ts.Fatalf("%s is there: %v", args[1], value)
	}
}

func cmdBegins(ts *testscript.TestScript, neg bool, args []string) {
	if got := text(member(ts, args[0])); strings.HasPrefix(got, args[1]) == neg {
		ts.Fatalf("%s is %q, want it to begin with %q (negated: %v)", args[0], got, args[1], neg)
	}
}

func cmdHolds(ts *testscript.TestScript, _ bool, args []string) {
	var want any
	ts.Check(json.Unmarshal([]byte(os.Expand(ts.ReadFile(args[0]), ts.Getenv)), &want))
	if at := missing(want, of(ts).decoded); at != "" {
		ts.Fatalf("what was sent did not come back at %s: %s", at, of(ts).body)
	}
}

// missing returns where got lacks something of want; "" if nowhere. Lists
// have the same elements, objects may have more members.
func missing(want, got any) string {
	switch want := want.(type) {
	case map[string]any:
		object, ok := got.(map[string]any)
		if !ok {
			return "/"
		}
		for _, name := range slices.Sorted(maps.Keys(want)) {
			value, ok := object[name]
			if !ok {
				return "/" + name
			}
			if at := missing(want[name], value); at != "" {
				return "/" + name + strings.TrimSuffix(at, "/")
			}
		}
		return ""
	case []any:
		list, ok := got.([]any)
		if !ok || len(list) != len(want) {
			return "/"
		}
		for i := range want {
			if at := missing(want[i], list[i]); at != "" {
				return "/" + strings.TrimPrefix(at, "/")
			}
		}
		return ""
	}
	if reflect.DeepEqual(want, got) {
		return ""
	}
	return "/"
}
