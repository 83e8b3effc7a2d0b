// Package test runs whole exchanges against the real binary: every script in
// scripts/ over each surface of the API (v1.0, beta, and beta's retiring
// path) and on each database.
package test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/grantkeep/grantkeep/internal/pgtest"
)

// binary is the server under test, built once.
var binary string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "grantkeep-test-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "grantkeep")
	build := exec.Command("go", "build", "-o", binary, "../cmd/grantkeep")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		panic(err)
	}
	return pgtest.Main(m)
}

// surface is one way to spell the same API. The keys are the names that
// scripts use, the values what the surface calls it. The retiring path is
// another name for one collection: the life of a request shows that.
var surfaces = []struct {
	name    string
	scripts string
	names   map[string]string
}{
	{"v1.0", "*", map[string]string{
		"V": "v1.0", "requests": "assignmentRequests", "assignments": "assignments", "policies": "assignmentPolicies",
		"catalogs": "catalogs", "stages": "stages", "state": "state", "status": "status", "assignment": "assignment",
		"assignmentState": "state", "assignmentStatus": "status", "completed": "completedDateTime", "policy": "assignmentPolicy",
		"catalog": "catalog", "resources": "resources", "resourceRequests": "resourceRequests", "roleScopes": "resourceRoleScopes", "rolesOf": "roles", "scopesOf": "scopes",
		"roleScopeGone": "204", "deprecated": "", "extensions": "customWorkflowExtensions", "approvalStages": "stages",
		"environments": "resourceEnvironments", "environment": "environment", "resourceOf": "resource", "roleOf": "role", "scopeOf": "scope", "resourceRequestOf": "catalog", "resourceRequestName": "sales",
	}},
	{"beta", "*", map[string]string{
		"V": "beta", "requests": "assignmentRequests", "assignments": "accessPackageAssignments", "policies": "accessPackageAssignmentPolicies",
		"catalogs": "accessPackageCatalogs", "stages": "steps", "state": "requestState", "status": "requestStatus", "assignment": "accessPackageAssignment",
		"assignmentState": "assignmentState", "assignmentStatus": "assignmentStatus", "completed": "completedDate", "policy": "accessPackageAssignmentPolicy",
		"catalog": "accessPackageCatalog", "resources": "accessPackageResources", "resourceRequests": "accessPackageResourceRequests",
		"roleScopes": "accessPackageResourceRoleScopes", "rolesOf": "accessPackageResourceRoles", "scopesOf": "accessPackageResourceScopes", "roleScopeGone": "200", "deprecated": "", "extensions": "accessPackageCustomWorkflowExtensions", "approvalStages": "approvalStages",
		"environments": "accessPackageResourceEnvironments", "environment": "accessPackageResourceEnvironment", "resourceOf": "accessPackageResource", "roleOf": "accessPackageResourceRole", "scopeOf": "accessPackageResourceScope", "resourceRequestOf": "requestor", "resourceRequestName": "ServicePrincipal",
	}},
	{"beta-retiring", "[01]*", map[string]string{
		"V": "beta", "requests": "accessPackageAssignmentRequests", "assignments": "accessPackageAssignments", "policies": "accessPackageAssignmentPolicies",
		"catalogs": "accessPackageCatalogs", "stages": "steps", "state": "requestState", "status": "requestStatus", "assignment": "accessPackageAssignment",
		"assignmentState": "assignmentState", "assignmentStatus": "assignmentStatus", "completed": "completedDate", "policy": "accessPackageAssignmentPolicy",
		"catalog": "accessPackageCatalog", "resources": "accessPackageResources", "resourceRequests": "accessPackageResourceRequests",
		"roleScopes": "accessPackageResourceRoleScopes", "rolesOf": "accessPackageResourceRoles", "scopesOf": "accessPackageResourceScopes", "roleScopeGone": "200", "deprecated": "true", "extensions": "accessPackageCustomWorkflowExtensions", "approvalStages": "approvalStages",
		"environments": "accessPackageResourceEnvironments", "environment": "accessPackageResourceEnvironment", "resourceOf": "accessPackageResource", "roleOf": "accessPackageResourceRole", "scopeOf": "accessPackageResourceScope", "resourceRequestOf": "requestor", "resourceRequestName": "ServicePrincipal",
	}},
}

func TestScripts(t *testing.T) {
	t.Parallel()
	databases := map[string]func(testing.TB) string{
		"sqlite":   func(testing.TB) string { return "sqlite::memory:" },
		"postgres": pgtest.Start,
	}
	for database, dsn := range databases {
		for _, s := range surfaces {
			t.Run(database+"/"+s.name, func(t *testing.T) {
				t.Parallel()
				dsn(t) // skips here, before the scripts, if there is no server
				scripts, err := filepath.Glob("scripts/" + s.scripts + ".txtar")
				if err != nil {
					t.Fatal(err)
				}
				testscript.Run(t, testscript.Params{
					Files: scripts,
					Cmds:  commands,
					Setup: func(env *testscript.Env) error {
						for name, value := range s.names {
							env.Setenv(name, value)
						}
						env.Setenv("EM", "/"+s.names["V"]+"/identityGovernance/entitlementManagement")
						env.Setenv("DSN", dsn(env.T().(testing.TB)))
						env.Values[sessionKey{}] = &session{env: env}
						return nil
					},
				})
			})
		}
	}
}
