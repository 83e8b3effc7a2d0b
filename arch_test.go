// Package grantkeep_test holds the rules of the tree: who may import whom,
// and what no file may do.
package grantkeep_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

const module = "github.com/grantkeep/grantkeep/"

// core packages are pure: no I/O, no context, no clock, no logging.
var core = []string{"fault", "directory", "entitlement", "authz", "audit", "query", "notify"}

// imports lists what each package may import of ours, by its path below
// internal. A package that is not listed does not exist. Tests are free.
var imports = map[string][]string{
	// core
	"fault":       {},
	"query":       {"fault"},
	"directory":   {"fault"},
	"entitlement": {"directory", "query", "fault"},
	"authz":       {"entitlement", "directory", "fault", "query"},
	"audit":       {"entitlement", "directory", "fault"},
	"notify":      {"entitlement"},

	// use cases
	"clock":  {},
	"store":  {"authz", "audit", "entitlement", "directory", "query", "fault"},
	"engine": {"authz", "audit", "entitlement", "directory", "notify", "query", "fault", "clock", "store"},
	"runner": {"engine", "store", "clock", "authz", "audit", "entitlement", "directory", "query", "fault"},

	// inward
	"authn":         {"authz", "entitlement", "directory", "fault", "clock"},
	"authn/issuer":  {"authz", "directory", "fault", "clock"},
	"odata":         {"query", "fault"},
	"graphapi/wire": {"odata", "authz", "audit", "entitlement", "directory", "query", "fault"}, // names in a filter are resolved by the declarations
	"graphapi": {
		"graphapi/wire", "odata", "authn", "engine", "clock",
		"authz", "audit", "entitlement", "directory", "query", "fault",
	},
	"emulator": {
		"engine", "runner", "store", "clock", "authn/issuer",
		"authz", "audit", "entitlement", "directory", "query", "fault",
	},
	"seed": {"engine", "runner", "store", "clock", "authz", "audit", "entitlement", "directory", "query", "fault"},

	// outward
	"store/sqlstore":  {"store", "clock", "authz", "audit", "entitlement", "directory", "query", "fault"},
	"store/storetest": {"store", "clock", "authz", "audit", "entitlement", "directory", "query", "fault"},
	// Delivery to the built-in directory happens in the transaction that decides it, so engine
	// declares the connector, and not runner.
	"provision/builtin": {"engine", "store", "audit", "entitlement", "directory", "fault"},
	"callout":           {"clock", "entitlement", "directory", "fault"},
	"telemetry":         {"fault"},

	// wiring
	"config": {"fault"},
	"app": {
		"config", "telemetry", "store", "store/sqlstore", "clock", "engine", "runner", "provision/builtin", "callout",
		"authn", "authn/issuer", "odata", "graphapi", "graphapi/wire", "emulator", "seed",
		"authz", "audit", "entitlement", "directory", "query", "fault",
	},
	"cli":           {"app", "config", "telemetry", "fault"},
	"cmd/grantkeep": {"cli"},

	// not shipped
	"pgtest":      {},
	"bench":       {"pgtest", "bench/load"},
	"bench/load":  {},
	"bench/floor": {},
}

// longFiles are the files over the limit that hold nothing but a table.
var longFiles = []string{}

const maxLines = 500

// ambient is what the core must not know, with all below it.
var ambient = []string{"context", "net/http", "database/sql", "log", "os"}

func TestTree(t *testing.T) {
	t.Parallel()
	for _, breach := range breaches(os.DirFS("."), imports) {
		t.Error(breach)
	}
}

// breaches returns what breaks a rule in the tree, one sentence each.
func breaches(tree fs.FS, table map[string][]string) []string {
	var found []string
	seen := map[string]bool{}
	err := fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if name != "." && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "testdata" || name == "tools" || name == "test") {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		source, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		f, err := parseFile(name, source)
		if err != nil {
			return err
		}
		if _, ok := table[f.pkg]; !ok && !seen[f.pkg] {
			found = append(found, fmt.Sprintf("package %s has no line in arch_test.go", f.pkg))
		}
		seen[f.pkg] = true
		found = append(found, f.breaches(table)...)
		return nil
	})
	if err != nil {
		found = append(found, err.Error())
	}
	return found
}

// file is a source file and the package it belongs to, as the table names it.
type file struct {
	name, pkg string
	lines     int
	fset      *token.FileSet
	syntax    *ast.File
}

func parseFile(name string, source []byte) (file, error) {
	fset := token.NewFileSet()
	syntax, err := parser.ParseFile(fset, name, source, parser.SkipObjectResolution)
	if err != nil {
		return file{}, err
	}
	pkg := strings.TrimPrefix(path.Dir(name), "internal/")
	return file{name: name, pkg: pkg, lines: bytes.Count(source, []byte("\n")), fset: fset, syntax: syntax}, nil
}

func (f file) breaches(table map[string][]string) []string {
	var found []string
	if f.lines > maxLines && !slices.Contains(longFiles, f.name) {
		found = append(found, fmt.Sprintf("%s: %d lines, and %d is the limit: split it by subject", f.name, f.lines, maxLines))
	}
	timeName := ""
	for _, spec := range f.syntax.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			found = append(found, err.Error())
			continue
		}
		if imported == "time" {
			timeName = "time"
			if spec.Name != nil {
				timeName = spec.Name.Name
			}
		}
		if ours, ok := strings.CutPrefix(imported, module); ok {
			ours = strings.TrimPrefix(ours, "internal/")
			if !slices.Contains(table[f.pkg], ours) {
				found = append(found, fmt.Sprintf("%s: %s must not import %s", f.at(spec), f.pkg, ours))
			}
		}
		if slices.Contains(core, f.pkg) && slices.ContainsFunc(ambient, func(a string) bool {
			return imported == a || strings.HasPrefix(imported, a+"/")
		}) {
			found = append(found, fmt.Sprintf("%s: %s is core and must not import %s", f.at(spec), f.pkg, imported))
		}
	}
	mayAskTime := f.pkg == "clock" || f.pkg == "bench" || strings.HasPrefix(f.pkg, "bench/")
	ast.Inspect(f.syntax, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if n.Recv == nil && n.Name.Name == "init" {
				found = append(found, fmt.Sprintf("%s: no init functions", f.at(n)))
			}
		case *ast.SelectorExpr:
			x, ok := n.X.(*ast.Ident)
			if ok && timeName != "" && x.Name == timeName && n.Sel.Name == "Now" && !mayAskTime {
				found = append(found, fmt.Sprintf("%s: time.Now belongs to package clock", f.at(n)))
			}
		}
		return true
	})
	return found
}

func (f file) at(n ast.Node) string {
	p := f.fset.Position(n.Pos())
	return fmt.Sprintf("%s:%d", p.Filename, p.Line)
}

func TestBreachesAreFound(t *testing.T) {
	t.Parallel()
	table := map[string][]string{"fault": {}, "engine": {"fault"}, "clock": {}, "pgtest": {}, "bench": {"pgtest"}}
	tests := []struct {
		name, file, source string
		want               string // part of the only breach; empty if there is none
	}{
		{"an allowed import", "internal/engine/a.go", `package engine; import "github.com/grantkeep/grantkeep/internal/fault"`, ""},
		{"an import up the list", "internal/fault/a.go", `package fault; import "github.com/grantkeep/grantkeep/internal/engine"`, "internal/fault/a.go:1: fault must not import engine"},
		{"a renamed import", "internal/fault/a.go", `package fault; import e "github.com/grantkeep/grantkeep/internal/engine"`, "fault must not import engine"},
		{"an unlisted package", "internal/util/a.go", `package util`, "package util has no line"},
		{"what only tests use", "internal/engine/a.go", `package engine; import "github.com/grantkeep/grantkeep/internal/pgtest"`, "engine must not import pgtest"},
		{"the same in a test", "internal/engine/a_test.go", `package engine; import "github.com/grantkeep/grantkeep/internal/pgtest"`, ""},
		{"the bench starts servers", "bench/a.go", `package main; import "github.com/grantkeep/grantkeep/internal/pgtest"`, ""},
		{"context in the core", "internal/fault/a.go", `package fault; import "context"`, "core and must not import context"},
		{"a logger in the core", "internal/fault/a.go", `package fault; import "log/slog"`, "must not import log/slog"},
		{"HTTP in the core", "internal/fault/a.go", `package fault; import "net/http"`, "must not import net/http"},
		{"SQL in the core", "internal/fault/a.go", `package fault; import "database/sql"`, "must not import database/sql"},
		{"the system in the core", "internal/fault/a.go", `package fault; import "os/exec"`, "must not import os/exec"},
		{"context in a use case", "internal/engine/a.go", `package engine; import "context"`, ""},
		{"the time asked", "internal/engine/a.go", `package engine; import "time"; func f() time.Time { return time.Now() }`, "time.Now belongs to package clock"},
		{"the time handed on", "internal/engine/a.go", `package engine; import "time"; var now = time.Now`, "time.Now belongs"},
		{"the time under another name", "internal/engine/a.go", `package engine; import t "time"; var now = t.Now`, "time.Now belongs"},
		{"another clock's Now", "internal/engine/a.go", `package engine; func f(time interface{ Now() int }) int { return time.Now() }`, ""},
		{"the clock asks the time", "internal/clock/a.go", `package clock; import "time"; var now = time.Now`, ""},
		{"the bench asks the time", "bench/a.go", `package main; import "time"; var now = time.Now`, ""},
		{"init", "internal/engine/a.go", `package engine; func init() {}`, "no init functions"},
		{"a method named init", "internal/engine/a.go", `package engine; type t int; func (t) init() {}`, ""},
		{"a file at the limit", "internal/engine/a.go", "package engine" + strings.Repeat("\n", maxLines), ""},
		{"a file over the limit", "internal/engine/a.go", "package engine" + strings.Repeat("\n", maxLines+1), "501 lines"},
		{"a long test", "internal/engine/a_test.go", "package engine" + strings.Repeat("\n", maxLines+1), ""},
		{"test data", "internal/engine/testdata/a.go", `package nothing; func init() {}`, ""},
		{"another module", "tools/a.go", `package tools; func init() {}`, ""},
		{"what cannot be read", "internal/engine/a.go", `package`, "expected"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := breaches(fstest.MapFS{tt.file: {Data: []byte(tt.source)}}, table)
			if tt.want == "" && len(got) > 0 {
				t.Errorf("breaches: %q, want none", got)
			}
			if tt.want != "" && (len(got) != 1 || !strings.Contains(got[0], tt.want)) {
				t.Errorf("breaches: %q, want one with %q", got, tt.want)
			}
		})
	}
}

func TestTableHasNoCycle(t *testing.T) {
	t.Parallel()
	const begun, done = 1, 2
	state := map[string]int{}
	var visit func(pkg string, trail []string)
	visit = func(pkg string, trail []string) {
		trail = append(trail, pkg)
		if state[pkg] == begun {
			t.Errorf("cycle: %s", strings.Join(trail, " → "))
			return
		}
		if state[pkg] == done {
			return
		}
		state[pkg] = begun
		for _, to := range imports[pkg] {
			if _, ok := imports[to]; !ok {
				t.Errorf("%s may import %s, which has no line", pkg, to)
			}
			visit(to, trail)
		}
		state[pkg] = done
	}
	for pkg := range imports {
		visit(pkg, nil)
	}
}
