package graphapi

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantkeep/grantkeep/internal/graphapi/wire"
)

var update = flag.Bool("update", false, "write docs/compatibility.md anew")

const compatibilityDoc = "../../docs/compatibility.md"

// TestCompatibilityDocument holds docs/compatibility.md to what the
// declarations and the routes serve of the published API, to the letter.
func TestCompatibilityDocument(t *testing.T) {
	t.Parallel()
	want := compatibility(t)
	if *update {
		if err := os.WriteFile(compatibilityDoc, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(compatibilityDoc)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("docs/compatibility.md is not what is served (-want +got):\n%s\n"+
			"write it anew with: go test ./internal/graphapi -run TestCompatibilityDocument -update", diff)
	}
}

func compatibility(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString(`# Compatibility

How much of the published entitlement-management API is served, in each version. A test writes this page from the declarations, the routes and
the published schema, and fails when it says anything else; nobody edits it by hand.

| | v1.0 | beta |
|---|---|---|
`)
	versions := []wire.Version{wire.V1, wire.Beta}
	points := map[wire.Version][]point{}
	for _, v := range versions {
		points[v] = allPoints(t, v)
	}
	for _, kind := range kinds {
		fmt.Fprintf(&b, "| %s |", kind)
		for _, v := range versions {
			fmt.Fprintf(&b, " %s |", score(ofKind(points[v], kind)))
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "| **together** | **%s** | **%s** |\n", score(points[wire.V1]), score(points[wire.Beta]))
	b.WriteString(`
## What is not served

A name without a version is meant in both.

| what | why |
|---|---|
`)
	for _, row := range missing(points) {
		b.WriteString(row)
	}
	b.WriteString(`
## Documented operations

` + "`EM` is `/identityGovernance/entitlementManagement`, `RM` is `/roleManagement/entitlementManagement`." + `

| version | operation | served |
|---|---|---|
`)
	for _, v := range versions {
		for _, p := range ofKind(points[v], kinds[4]) {
			answer := "yes"
			if !p.served {
				reason, _ := unserved(v, p.name)
				answer = "no: " + reason
			}
			fmt.Fprintf(&b, "| %s | `%s` | %s |\n", v, p.name, answer)
		}
	}
	return b.String()
}

func ofKind(points []point, kind string) []point {
	return slices.DeleteFunc(slices.Clone(points), func(p point) bool { return p.kind != kind })
}

// missing writes a row for each entry that explains something.
func missing(points map[wire.Version][]point) []string {
	rows := map[string]bool{}
	for v, list := range points {
		for _, p := range list {
			if reason, entry := unserved(v, p.name); !p.served && p.kind != kinds[4] {
				rows[fmt.Sprintf("| `%s` | %s |\n", entry, reason)] = true
			}
		}
	}
	var list []string
	for row := range rows {
		list = append(list, row)
	}
	slices.Sort(list)
	return list
}
