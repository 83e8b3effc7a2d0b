package test

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

func cmdMany(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	var names []string
	for i := range n {
		names = append(names, fmt.Sprintf("%04d", i+1))
	}
	repeat(ts, names, args[1], args[2], args[3])
}

// repeat sends a file once for each name, which it knows as $n.
func repeat(ts *testscript.TestScript, names []string, method, path, file string) {
	s, body := of(ts), ts.ReadFile(file)
	for _, n := range names {
		s.send(ts, method, path, []byte(os.Expand(body, func(name string) string {
			if name == "n" {
				return n
			}
			return ts.Getenv(name)
		})))
		if s.answer.StatusCode/100 != 2 {
			ts.Fatalf("%s %s for %s: %d %s", method, path, n, s.answer.StatusCode, s.body)
		}
	}
}

// idsIn returns the ids of a list in the last answer, in their order.
func idsIn(ts *testscript.TestScript, path string) []string {
	rows, _ := member(ts, path).([]any)
	var ids []string
	for _, row := range rows {
		ids = append(ids, text(row.(map[string]any)["id"]))
	}
	return ids
}

func cmdGoesOn(ts *testscript.TestScript, _ bool, args []string) {
	s := of(ts)
	at := ""
	name := args[0]
	if i := strings.LastIndex(name, "."); i >= 0 {
		at, name = name[:i], name[i+1:]
	}
	link, _ := object(ts, at)[name+"@odata.nextLink"].(string)
	if link == "" {
		ts.Fatalf("%s does not go on: %.300s", args[0], s.body)
	}
	got := append(idsIn(ts, args[0]), allPages(ts, link)...)
	if len(args) == 1 {
		return
	}
	answer, sent, decoded := s.answer, s.body, s.decoded
	want := allPages(ts, strings.NewReplacer(" ", "%20", `"`, "'").Replace(args[1]))
	if !slices.Equal(got, want) {
		ts.Fatalf("%s and the rest of it are %d objects, the list has %d; the same ones: %v", args[0], len(got), len(want), sameSet(got, want))
	}
	s.answer, s.body, s.decoded = answer, sent, decoded
}

// allPages returns the ids on all pages of a list.
func allPages(ts *testscript.TestScript, link string) []string {
	s := of(ts)
	var ids []string
	for link != "" {
		s.send(ts, "GET", strings.TrimPrefix(link, s.base), nil)
		if s.answer.StatusCode != 200 {
			ts.Fatalf("GET %s: %d %s", link, s.answer.StatusCode, s.body)
		}
		ids = append(ids, idsIn(ts, "value")...)
		link, _ = object(ts, "")["@odata.nextLink"].(string)
	}
	return ids
}

func sameSet(a, b []string) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}
