package test

import (
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// cmdMail compares the events of the messages to a person that no earlier
// mail of the script has seen. The last one stays as the answer.
func cmdMail(ts *testscript.TestScript, _ bool, args []string) {
	s := of(ts)
	s.send(ts, "GET", "/_emulator/messages", nil)
	all, _ := member(ts, "messages").([]any)
	to := args[0]
	if !strings.Contains(to, "@") {
		to += "@contoso.example"
	}
	var events []string
	var last any
	for _, m := range all {
		if m := m.(map[string]any); m["to"] == to {
			events, last = append(events, text(m["event"])), m
		}
	}
	if s.mailed == nil {
		s.mailed = map[string]int{}
	}
	seen := s.mailed[to]
	s.mailed[to] = len(events)
	got, want := events[seen:], slices.Clone(args[1:])
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		ts.Fatalf("%s got %v, want %v", args[0], got, want)
	}
	s.decoded = last
}
