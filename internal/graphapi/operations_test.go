package graphapi

import (
	"net/url"
	"strings"
	"testing"

	"github.com/grantkeep/grantkeep/internal/authz"
)

// deviations are where we do not follow the published list, with the reason.
var deviations = map[string]string{
	"v1.0 POST EM/catalogs/{accessPackageCatalogId}/customWorkflowExtensions app EntitlementManagement.Read.All":                           "reading is not writing (permissions.md section 6)",
	"beta POST EM/accessPackageCatalogs/{accessPackageCatalogId}/accessPackageCustomWorkflowExtensions app EntitlementManagement.Read.All": "reading is not writing (permissions.md section 6)",
	"beta POST EM/accessPackageCatalogs/{accessPackageCatalogId}/customAccessPackageWorkflowExtensions app":                                "a retiring name allows what its successor does",
}

// TestEveryDocumentedOperation walks the published list of operations. Each
// row that is served lets in every scope that it lists, to the kind of token
// that it lists it for, and nobody else: without a scope, and with a token of
// a kind that is not supported, it answers 403. The scopes are tried as
// somebody whom every role is given, so that they alone decide. Rows that are
// not served have a reason (TestConformity).
func TestEveryDocumentedOperation(t *testing.T) {
	t.Parallel()
	operations := readOperations(t)
	l := newLive(t, Settings{})
	served := 0
	for _, op := range operations {
		if !serves(t, l.router, op) {
			if reason, _ := unserved(op.version, op.String()); reason == "" {
				t.Errorf("%s %s is not served, and notServed does not say why", op.version, op)
			}
			continue
		}
		served++
		l.checkScopes(op)
	}
	if served == 0 {
		t.Error("no documented operation is served")
	}
}

func (l *live) checkScopes(op documentedOperation) {
	l.t.Helper()
	target, body := "/"+op.version.String()+l.filled(op), l.bodyFor(op)
	status := func(token string) int { return l.ask(token, op.method, target, body).Code }
	for _, token := range []string{"person", "app"} {
		if got := status(token); got != 403 {
			l.t.Errorf("%s %s as %s without a scope: %d, want 403", op.version, op, token, got)
		}
	}
	const none = "Everything.Read.All"
	if got := status("person " + none); got != 403 {
		l.t.Errorf("%s %s with a scope that is not listed: %d, want 403", op.version, op, got)
	}
	for token, scopes := range map[string][]string{"app": op.application, "person": op.delegated} {
		for _, scope := range scopes {
			w := l.ask(token+" "+scope, op.method, target, body)
			l.deviates(op, token+" "+scope, w.Code == 401 || w.Code == 403, "is kept out: "+w.Body.String())
		}
		if len(scopes) == 0 {
			everything := token + " " + string(authz.ReadAll) + " " + string(authz.ReadWriteAll)
			l.deviates(op, token, status(everything) != 403, "is let in, though not supported")
		}
	}
}

// deviates compares whether a row deviates with what is known of it.
func (l *live) deviates(op documentedOperation, token string, does bool, how string) {
	l.t.Helper()
	name := op.version.String() + " " + op.String() + " " + token
	if known := deviations[name] != ""; does != known {
		l.t.Errorf("%s %s; deviations knows of it: %v", name, how, known)
	}
}

// filled puts keys into the path of an operation. Things that are one's own
// business must exist, for nobody else may learn that they do not; what is
// deleted must not, for later rows need it.
func (l *live) filled(op documentedOperation) string {
	keys := map[string]string{
		"accessPackageCatalogId": string(l.catalog), "accessPackageId": string(l.pkg), "availableAccessPackageId": string(l.pkg),
		"accessPackageAssignmentPolicyId": string(l.policy), "accessPackageAssignmentRequestId": string(l.request),
		"approvalId": string(l.asked), "on": l.relation(op.path), "uniqueName": "Reader",
	}
	return placeholders.ReplaceAllStringFunc(op.path, func(p string) string {
		if key, ok := keys[strings.Trim(p, "{}")]; ok && op.method != "DELETE" {
			return url.PathEscape(key)
		}
		return newGUID()
	})
}

// relation is what filterByCurrentUser of a collection is asked for.
func (l *live) relation(path string) string {
	switch {
	case strings.Contains(path, "Approvals"):
		return "approver"
	case strings.Contains(path, "ssignments"):
		return "target"
	case strings.Contains(path, "Requests"):
		return "requestor"
	}
	return "allowedRequestor"
}

// bodyFor is a body that can be read. Where the right to send it depends on
// what it says, it says what needs least.
func (l *live) bodyFor(op documentedOperation) string {
	switch op.method {
	case "GET", "DELETE":
		return ""
	}
	return "{}"
}
