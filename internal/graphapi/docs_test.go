package graphapi

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/grantkeep/grantkeep/internal/graphapi/wire"
)

// documented matches the line of a route in docs/api.md: method, path in
// v1.0, path in beta or "same". A version that does not have it has a dash.
var documented = regexp.MustCompile("(?m)^\\| ([A-Z]+) \\| (?:`([^`]+)`|–) \\| (?:`([^`]+)`|(same)|–) \\|")

// TestDocsListEveryRoute compares docs/api.md with the routes, both ways.
func TestDocsListEveryRoute(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	inDocs := map[string]bool{}
	for _, m := range documented.FindAllStringSubmatch(string(text), -1) {
		beta := m[3]
		if m[4] != "" {
			beta = m[2]
		}
		line := m[1] + " " + m[2] + " " + beta
		if inDocs[line] {
			t.Errorf("docs/api.md lists a route twice: %s", line)
		}
		inDocs[line] = true
	}
	served := map[string]bool{}
	for _, r := range routes() {
		var paths [2]string
		for i, v := range []wire.Version{wire.V1, wire.Beta} {
			if r.versions == outside || r.versions.has(v) {
				paths[i] = inWords(r.template, v)
			}
		}
		served[r.method+" "+paths[0]+" "+paths[1]] = true
	}
	for _, line := range slices.Sorted(maps.Keys(served)) {
		if !inDocs[line] {
			t.Errorf("docs/api.md lacks a route: %s", line)
		}
	}
	for _, line := range slices.Sorted(maps.Keys(inDocs)) {
		if !served[line] {
			t.Errorf("docs/api.md lists what is not served: %s", line)
		}
	}
}

// TestDocsListEveryFurtherName finds the second names of segments in
// docs/api.md.
func TestDocsListEveryFurtherName(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range routes() {
		for segment := range strings.SplitSeq(r.template, "/") {
			segment, _, _ = strings.Cut(segment, "(")
			for _, v := range []wire.Version{wire.V1, wire.Beta} {
				names := namesIn(segment, v)
				for _, further := range names[1:] {
					if line := "| `" + names[0] + "` | `" + strings.TrimPrefix(further, "!") + "` |"; !strings.Contains(string(text), line) {
						t.Errorf("docs/api.md does not tell the further name: %s", line)
					}
				}
			}
		}
	}
}

// inWords spells a template as the documentation does: with the first name of
// each segment, and EM and RM for the roots.
func inWords(template string, v wire.Version) string {
	segments := strings.Split(template, "/")
	for i, segment := range segments {
		name, rest, called := strings.Cut(segment, "(")
		if _, key := placeholder(segment); !key {
			name = strings.TrimPrefix(namesIn(name, v)[0], "!")
		}
		if called {
			name += "(" + rest
		}
		segments[i] = strings.ReplaceAll(name, ":any", "")
	}
	path := strings.Join(segments, "/")
	for short, root := range map[string]string{"EM": em, "RM": rm} {
		if below, ok := strings.CutPrefix(path, root); ok && (below == "" || strings.HasPrefix(below, "/")) {
			path = short + below
		}
	}
	return path
}
