package graphapi

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/grantkeep/grantkeep/internal/graphapi/wire"
)

// schemaFiles are the published schemas by version.
var schemaFiles = map[wire.Version]string{wire.V1: "entitlement-v1.csdl.xml", wire.Beta: "entitlement-beta.csdl.xml"}

// stubs are the types of which the published files hold the name only.
var stubs = []string{"user", "group", "servicePrincipal", "application", "directoryObject", "entity"}

// point is one published thing, and whether it is served.
type point struct {
	kind   string // one of kinds
	name   string
	served bool
	how    string // what is different, if it is there but not the same
}

// kinds are what is counted, in the order of the document.
var kinds = []string{"types", "properties and navigations", "members of enumerations", "actions and functions", "documented operations"}

// compare lists what the published schema has, and whether we have it.
func compare(t *testing.T, v wire.Version) []point {
	t.Helper()
	p := readCSDL(t, readPublishedFile(t, schemaFiles[v]))
	ours := newSchema(v, routes())
	var points []point
	for _, pub := range p.types {
		if slices.Contains(stubs, pub.name) {
			continue
		}
		own := ours.find(pub.name)
		pt := point{kind: kinds[0], name: pub.name, served: own != nil}
		if own != nil && own.Entity != pub.entity {
			pt.served, pt.how = false, "an entity type in one and a complex type in the other"
		}
		points = append(points, pt)
		for _, m := range pub.members {
			points = append(points, compareMember(ours, own, &pub, m))
		}
	}
	enums := wire.Enums(v)
	for _, pub := range p.enums {
		i := slices.IndexFunc(enums, func(e wire.EnumInfo) bool { return e.Name == pub.name })
		points = append(points, point{kind: kinds[0], name: pub.name, served: i >= 0})
		for _, m := range pub.members {
			served := i >= 0 && slices.Contains(enums[i].Members, m)
			points = append(points, point{kind: kinds[2], name: pub.name + "." + m, served: served})
		}
	}
	for _, pub := range p.operations {
		points = append(points, compareOperation(ours, &pub))
	}
	return points
}

func compareMember(ours *schema, own *wire.TypeInfo, pub *publishedType, m publishedMember) point {
	pt := point{kind: kinds[1], name: pub.name + "." + m.name}
	if own == nil {
		return pt
	}
	for _, p := range own.Properties {
		switch {
		case p.Name != m.name:
		case p.Type != m.edm:
			pt.how = "is " + p.Type + " instead of " + m.edm
		case !ours.offers(own, p):
			pt.how = "no route leads along it"
		default:
			pt.served = true
		}
	}
	return pt
}

func compareOperation(ours *schema, pub *publishedOperation) point {
	pt := point{kind: kinds[3], name: pub.String()}
	for i, op := range ours.operations {
		bound := "graph." + op.Bound
		if op.Collection {
			bound = "Collection(" + bound + ")"
		}
		same := func(p wire.ParameterInfo, m publishedMember) bool { return p.Name == m.name && p.Type == m.edm }
		if op.Name == pub.name && op.Action == pub.action && bound == pub.bound && slices.EqualFunc(op.Parameters, pub.parameters, same) {
			pt.served = ours.called[i] && op.Returns == pub.returns
			if op.Returns != pub.returns {
				pt.how = "returns " + op.Returns + " instead of " + pub.returns
			}
		}
	}
	return pt
}

// String names an operation by what it is bound to: accessPackage/refresh, or
// Collection(accessPackage)/Search().
func (op *publishedOperation) String() string {
	name := strings.ReplaceAll(op.bound, "graph.", "") + "/" + op.name
	if op.action {
		return name
	}
	var args []string
	for _, p := range op.parameters {
		args = append(args, p.name)
	}
	return name + "(" + strings.Join(args, ",") + ")"
}

// documentedOperation is a row of the published list of operations.
type documentedOperation struct {
	version      wire.Version
	method, path string

	// delegated and application are the permissions that let in each kind of
	// token; none where the kind is not supported.
	delegated, application []string
}

func (op documentedOperation) String() string {
	return op.method + " " + strings.NewReplacer(em, "EM", rm, "RM").Replace(op.path)
}

func readOperations(t *testing.T) []documentedOperation {
	t.Helper()
	var list []documentedOperation
	for i, line := range strings.Split(strings.TrimSpace(string(readPublishedFile(t, "operations.tsv"))), "\n") {
		cells := strings.Split(line, "\t")
		if i == 0 {
			continue
		}
		v, ok := versionOf(cells[0])
		if !ok || len(cells) < 8 {
			t.Fatalf("line %d of the operations cannot be read: %q", i+1, line)
		}
		list = append(list, documentedOperation{v, cells[1], cells[2], permissions(cells[4], cells[5]), permissions(cells[6], cells[7])})
	}
	return list
}

// permissions reads the cells that list the least and the further permissions.
func permissions(cells ...string) (list []string) {
	for _, cell := range cells {
		cell = strings.TrimPrefix(cell, "UNDOCUMENTED: proposed: ")
		if !strings.HasPrefix(cell, "not ") { // "not supported", "not available"
			list = append(list, strings.Split(cell, ", ")...)
		}
	}
	return list
}

// serves reports whether the router finds a route for an operation.
func serves(t *testing.T, rt *router, op documentedOperation) bool {
	t.Helper()
	m, err := found(t, rt, op.version, placeholders.ReplaceAllString(op.path, "11111111-1111-1111-1111-111111111111"))
	return err == nil && m.at.methods[op.method] != nil
}

var placeholders = regexp.MustCompile(`\{[^}]*\}`)

// unserved explains what is missing; the longest name that fits explains it.
// Names stand for both versions, or begin with one.
func unserved(v wire.Version, name string) (reason, entry string) {
	for _, key := range slices.Sorted(maps.Keys(notServed)) {
		rest, ok := strings.CutPrefix(key, v.String()+" ")
		if !ok && (strings.HasPrefix(key, "v1.0 ") || strings.HasPrefix(key, "beta ")) {
			continue
		}
		if !ok {
			rest = key
		}
		if _, path, operation := strings.Cut(name, " "); operation && strings.HasPrefix(rest, "EM") {
			name = path // whatever the method
		}
		inside, ok := strings.CutPrefix(name, rest)
		if ok && (inside == "" || strings.ContainsAny(inside[:1], "./?(")) && len(key) >= len(entry) {
			reason, entry = notServed[key], key
		}
	}
	return reason, entry
}

// TestConformity accounts for everything that is published: it is served, or
// notServed says why not.
func TestConformity(t *testing.T) {
	t.Parallel()
	for v := range schemaFiles {
		t.Run(v.String(), func(t *testing.T) {
			t.Parallel()
			points := allPoints(t, v)
			for _, p := range points {
				if reason, _ := unserved(v, p.name); !p.served && reason == "" {
					t.Errorf("%s %s is not served, and notServed does not say why; %s", v, p.name, p.how)
				}
			}
			got := score(points)
			t.Logf("%s: %s", v, got)
			if got.percent() < leastPercent[v] {
				t.Errorf("%s serves %.1f %% of what is published; it has been at least %.1f %%", v, got.percent(), leastPercent[v])
			}
		})
	}
}

func allPoints(t *testing.T, v wire.Version) []point {
	t.Helper()
	points := compare(t, v)
	rt := newRouter(routes())
	for _, op := range readOperations(t) {
		if op.version == v {
			points = append(points, point{kind: kinds[4], name: op.String(), served: serves(t, rt, op)})
		}
	}
	return points
}

type tally struct{ served, all int }

func score(points []point) (t tally) {
	for _, p := range points {
		t.all++
		if p.served {
			t.served++
		}
	}
	return t
}

func (t tally) percent() float64 { return 100 * float64(t.served) / float64(max(t.all, 1)) }

func (t tally) String() string {
	return fmt.Sprintf("%d of %d (%.1f %%)", t.served, t.all, t.percent())
}
