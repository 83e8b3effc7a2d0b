package graphapi

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/clock"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/engine"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/provision/builtin"
	"github.com/grantkeep/grantkeep/internal/store/sqlstore"
)

// live is a server with an engine and a database of its own, in which there
// is one of everything that tests of routes address.
type live struct {
	*Server
	t      *testing.T
	tenant directory.TenantID
	clock  *clock.Manual

	admin, approver directory.ObjectID
	catalog         entitlement.CatalogID
	pkg             entitlement.PackageID
	policy          entitlement.PolicyID
	request         entitlement.RequestID // of the admin, waits for the approver
	asked           entitlement.RequestID // of the approver, waits for the admin
}

func newGUID() string { return uuid.Must(uuid.NewV7()).String() }

func newLive(t *testing.T, set Settings) *live {
	t.Helper()
	db, err := sqlstore.Open(t.Context(), "sqlite::memory:", sqlstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	l := &live{
		t: t, tenant: directory.TenantID(newGUID()), clock: clock.NewManual(time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC), true),
		admin: directory.ObjectID(newGUID()), approver: directory.ObjectID(newGUID()),
	}
	e := engine.New(db, l.clock, newGUID, builtin.Connectors(newGUID), engine.Settings{MaxStages: 3})
	set.TokenSecret = []byte("secret")
	l.Server = New(e, l, l.clock, newGUID, slog.New(slog.DiscardHandler), set)
	l.ok(e.OpenTenant(t.Context(), l.tenant, "Contoso"))
	admin := l.person(l.admin)
	for name, id := range map[string]directory.ObjectID{"admin": l.admin, "approver": l.approver} {
		_, err := e.CreateObject(t.Context(), admin, directory.Object{
			ID: id, Kind: directory.KindUser, DisplayName: name, PrincipalName: name + "@contoso.example", Enabled: true,
			User: &directory.UserDetail{Type: directory.Member, MailNickname: name},
		}, nil)
		l.ok(err)
	}
	c, err := e.CreateCatalog(t.Context(), admin, entitlement.Catalog{DisplayName: "Sales", Published: true})
	l.ok(err)
	l.catalog = c.ID
	l.pkg, l.policy = l.offer("Reader", l.approver)
	other, _ := l.offer("Writer", l.admin)
	l.request = l.submit(l.admin, l.pkg)
	l.asked = l.submit(l.approver, other)
	return l
}

// offer makes a package that everybody may ask the approver for.
func (l *live) offer(name string, approver directory.ObjectID) (entitlement.PackageID, entitlement.PolicyID) {
	l.t.Helper()
	admin := l.person(l.admin)
	p, err := l.engine.CreatePackage(l.t.Context(), admin, entitlement.Package{Catalog: l.catalog, DisplayName: name})
	l.ok(err)
	stage := entitlement.StageSettings{Primary: []entitlement.SubjectSet{{Kind: entitlement.SetUser, ID: string(approver)}}}
	policy, err := l.engine.CreatePolicy(l.t.Context(), admin, entitlement.Policy{
		Package: p.ID, DisplayName: "everybody", Scope: entitlement.ScopeAllUsers, AcceptRequests: true,
		Requestor:  entitlement.RequestorSettings{SelfAdd: true},
		Expiration: entitlement.Expiration{Type: entitlement.NoExpiration},
		Approval:   entitlement.ApprovalSettings{RequiredForAdd: true, Stages: []entitlement.StageSettings{stage}},
	})
	l.ok(err)
	return p.ID, policy.ID
}

// submit asks for a package and has the request go on to its approval.
func (l *live) submit(who directory.ObjectID, pkg entitlement.PackageID) entitlement.RequestID {
	l.t.Helper()
	r, err := l.engine.Submit(l.t.Context(), l.person(who), entitlement.Submission{Kind: entitlement.UserAdd, Package: pkg})
	l.ok(err)
	const batch = 10
	_, err = l.engine.AdvanceRequests(l.t.Context(), l.tenant, l.clock.Now(), batch)
	l.ok(err)
	return r.ID
}

// person is a Global Administrator with every scope.
func (l *live) person(id directory.ObjectID) authz.Caller {
	return authz.Caller{
		Tenant: l.tenant, Scopes: authz.Permissions(), DirectoryRoles: []string{authz.GlobalAdmin},
		Actor: entitlement.Actor{Kind: entitlement.ByUser, ID: id},
	}
}

// Caller reads "Bearer person scope scope" as the admin with these scopes, and
// "Bearer app permission" as an application with these permissions.
func (l *live) Caller(_ context.Context, header string) (authz.Caller, error) {
	words := strings.Fields(strings.TrimPrefix(header, "Bearer "))
	if len(words) == 0 {
		return authz.Caller{}, fault.New(fault.Unauthenticated, "InvalidAuthenticationToken", "Access token is empty.")
	}
	c := l.person(l.admin)
	if words[0] == "app" {
		c = authz.Caller{Tenant: l.tenant, Actor: entitlement.Actor{Kind: entitlement.ByApp, ID: otherID}}
	}
	c.Scopes = nil
	for _, s := range words[1:] {
		c.Scopes = append(c.Scopes, authz.Scope(s))
	}
	return c, nil
}

// ask sends a request with a token as Caller reads it.
func (l *live) ask(token, method, target, body string, headers ...string) *httptest.ResponseRecorder {
	l.t.Helper()
	headers = append([]string{"Authorization: Bearer " + token, "Content-Type: application/json"}, headers...)
	return do(l.Server, method, target, body, headers...)
}

func (l *live) ok(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

// allScopes is every permission, as a token for Caller lists them.
func allScopes() string {
	var names []string
	for _, s := range authz.Permissions() {
		names = append(names, string(s))
	}
	return strings.Join(names, " ")
}
