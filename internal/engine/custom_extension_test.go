package engine_test

import (
	"testing"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

// anExtension is one that requests do not wait for.
func anExtension(catalog entitlement.CatalogID, name string) entitlement.CustomExtension {
	return entitlement.CustomExtension{
		Catalog: catalog, Kind: entitlement.RequestExtension, DisplayName: name,
		Endpoint: &entitlement.ExtensionEndpoint{Kind: entitlement.HTTPEndpoint, URL: "https://hooks.contoso.example/" + name},
	}
}

// waiting makes requests wait for the extension's answer.
func waiting(kind entitlement.CallbackKind, timeOut entitlement.Duration) func(*entitlement.CustomExtension) {
	return func(x *entitlement.CustomExtension) {
		x.Callback = &entitlement.ExtensionCallback{Kind: kind, TimeOut: timeOut}
	}
}

func ofKind(kind entitlement.ExtensionKind) func(*entitlement.CustomExtension) {
	return func(x *entitlement.CustomExtension) { x.Kind = kind }
}

// extension adds an extension to a catalog: anExtension, edited.
func (w *world) extension(catalog entitlement.CatalogID, name string, edits ...func(*entitlement.CustomExtension)) entitlement.ExtensionID {
	w.t.Helper()
	x := anExtension(catalog, name)
	for _, edit := range edits {
		edit(&x)
	}
	made, err := w.engine.CreateExtension(w.ctx, w.admin(), x)
	w.ok(err)
	return made.ID
}

// calling makes a policy call an extension at a stage.
func calling(stage entitlement.CalloutStage, x entitlement.ExtensionID) func(*entitlement.Policy) {
	return func(p *entitlement.Policy) {
		p.ExtensionStages = append(p.ExtensionStages, entitlement.ExtensionStage{Stage: stage, Extension: x})
	}
}

func TestExtensionsBelongToTheCatalogOwner(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sales, other := w.catalog("sales"), w.catalog("other")
	w.role("olga", authz.CatalogOwner, sales)
	w.role("rita", authz.CatalogReader, sales)
	w.role("max", authz.PackageManager, sales)

	made, err := w.engine.CreateExtension(w.ctx, w.as("olga"), anExtension(sales, "hook"))
	w.ok(err)
	ref := entitlement.ExtensionRef{Catalog: sales, ID: made.ID}
	_, err = w.engine.CreateExtension(w.ctx, w.as("olga"), anExtension(other, "hook"))
	forbidden(t, err)
	for _, name := range []string{"rita", "max", "sam"} {
		_, err := w.engine.CreateExtension(w.ctx, w.as(name), anExtension(sales, "hook"))
		forbidden(t, err)
		_, err = w.engine.ReplaceExtension(w.ctx, w.as(name), ref, func(*entitlement.CustomExtension) error { return nil })
		forbidden(t, err)
		forbidden(t, w.engine.DeleteExtension(w.ctx, w.as(name), ref))
		_, err = w.engine.Extension(w.ctx, w.as(name), ref)
		if name == "sam" {
			forbidden(t, err)
		} else {
			w.ok(err)
		}
	}
	// The permission data says that an application may create with Read.All; we do not honour it.
	_, err = w.engine.CreateExtension(w.ctx, w.app(authz.ReadAll), anExtension(sales, "hook"))
	forbidden(t, err)
	_, err = w.engine.CreateExtension(w.ctx, w.app(authz.ReadWriteAll), anExtension(sales, "hook"))
	w.ok(err)
	// Through another catalog it is not there.
	_, err = w.engine.Extension(w.ctx, w.admin(), entitlement.ExtensionRef{Catalog: other, ID: made.ID})
	refused(t, err, fault.NotFound, "ResourceNotFound")

	// Whoever is refused is remembered, too.
	w.ok(w.store.Read(w.ctx, w.tenant, func(r store.Reader) error {
		log, err := r.AuditOf(w.ctx, audit.KindExtension, string(made.ID))
		if len(log) != 7 || log[0].Action != audit.ExtensionCreated || log[0].Result != audit.Success || log[6].Result != audit.Failure {
			t.Errorf("recorded: %+v", log)
		}
		return err
	}))
}

func TestExtensionRules(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		edit func(*entitlement.CustomExtension)
		at   string
	}{
		{"no name", func(x *entitlement.CustomExtension) { x.DisplayName = "" }, "displayName"},
		{"no endpoint", func(x *entitlement.CustomExtension) { x.Endpoint = nil }, "endpointConfiguration"},
		{"a relative address", func(x *entitlement.CustomExtension) { x.Endpoint.URL = "/hook" }, "endpointConfiguration/targetUrl"},
		{"an address of another kind", func(x *entitlement.CustomExtension) { x.Endpoint.URL = "file:///etc/passwd" }, "endpointConfiguration/targetUrl"},
		{"negative retries", func(x *entitlement.CustomExtension) {
			n := -1
			x.Client = &entitlement.ExtensionClient{MaximumRetries: &n}
		}, "clientConfiguration"},
		{"no time-out", waiting(entitlement.PlainCallback, ""), "callbackConfiguration/timeoutDuration"},
		{"less than five minutes", waiting(entitlement.PlainCallback, "PT4M59S"), "callbackConfiguration/timeoutDuration"},
		{"more than fourteen days", waiting(entitlement.PlainCallback, "P14DT1S"), "callbackConfiguration/timeoutDuration"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			x := anExtension("c", "x")
			tt.edit(&x)
			err := x.Check()
			refused(t, err, fault.Invalid, "InvalidModel")
			if got := fault.Of(err).Target; got != tt.at {
				t.Errorf("at %q, want %q", got, tt.at)
			}
		})
	}
	for _, timeOut := range []entitlement.Duration{"PT5M", "P14D"} {
		x := anExtension("c", "x")
		waiting(entitlement.PlainCallback, timeOut)(&x)
		if err := x.Check(); err != nil {
			t.Errorf("%s: %v", timeOut, err)
		}
	}
}

func TestPolicyCallsOnlyWhatFits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sales, other := w.catalog("sales"), w.catalog("other")
	pkg := w.pkg(sales, "tools")
	request := w.extension(sales, "request", waiting(entitlement.PlainCallback, "PT1H"))
	ending := w.extension(sales, "ending", ofKind(entitlement.AssignmentExtension))
	stubborn := w.extension(sales, "stubborn", ofKind(entitlement.AssignmentExtension), waiting(entitlement.PlainCallback, "PT1H"))
	older := w.extension(sales, "older", ofKind(entitlement.LegacyExtension))
	approvers := w.extension(sales, "approvers", waiting(entitlement.ApprovalCallback, "PT1H"))
	foreign := w.extension(other, "foreign")
	dynamic := func(x entitlement.ExtensionID, others ...entitlement.StageSettings) func(*entitlement.Policy) {
		return func(p *entitlement.Policy) {
			p.Approval.Stages = append(others, entitlement.StageSettings{Dynamic: true, Extension: x})
		}
	}
	static := entitlement.StageSettings{Primary: []entitlement.SubjectSet{{Kind: entitlement.SetUser, ID: string(w.user("ben"))}}}
	for _, tt := range []struct {
		name string
		edit func(*entitlement.Policy)
		ok   bool
	}{
		{"a request's at creation", calling(entitlement.AtCreation, request), true},
		{"a request's at removal", calling(entitlement.AtRemoval, request), true},
		{"a request's before the end", calling(entitlement.OneDayBefore, request), false},
		{"an assignment's before the end", calling(entitlement.TwoWeeksBefore, ending), true},
		{"an assignment's at creation", calling(entitlement.AtCreation, ending), false},
		{"one that waits before the end", calling(entitlement.OneDayBefore, stubborn), false},
		{"an older one at any stage", calling(entitlement.OneDayBefore, older), true},
		{"one of another catalog", calling(entitlement.AtCreation, foreign), false},
		{"one that does not exist", calling(entitlement.AtCreation, entitlement.ExtensionID(newID())), false},
		{"a dynamic stage", dynamic(approvers), true},
		{"a dynamic stage with a plain callback", dynamic(request), false},
		{"a dynamic stage that does not wait", dynamic(older), false},
		{"a dynamic stage without extension", dynamic(""), false},
		{"a dynamic second stage", dynamic(approvers, static), false},
	} {
		p := openPolicy(pkg)
		tt.edit(&p)
		_, err := w.engine.CreatePolicy(w.ctx, w.admin(), p)
		if tt.ok && err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		if !tt.ok && fault.Of(err).Code != "InvalidExtensionStage" {
			t.Errorf("%s: %v, want InvalidExtensionStage", tt.name, err)
		}
	}
}

func TestExtensionInUseStays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sales := w.catalog("sales")
	pkg := w.pkg(sales, "tools")
	ending := entitlement.ExtensionRef{Catalog: sales, ID: w.extension(sales, "ending", ofKind(entitlement.AssignmentExtension))}
	policy := w.policy(pkg)
	setting, err := w.engine.AddStageSetting(w.ctx, w.admin(), policy, entitlement.ExtensionStage{Stage: entitlement.OneDayBefore, Extension: ending.ID})
	w.ok(err)
	refused(t, w.engine.DeleteExtension(w.ctx, w.admin(), ending), fault.Invalid, "CustomExtensionInUse")

	edit := func(change func(*entitlement.CustomExtension)) error {
		_, err := w.engine.ReplaceExtension(w.ctx, w.admin(), ending, func(x *entitlement.CustomExtension) error {
			change(x)
			return nil
		})
		return err
	}
	refused(t, edit(waiting(entitlement.PlainCallback, "PT1H")), fault.Invalid, "InvalidExtensionStage")
	refused(t, edit(ofKind(entitlement.RequestExtension)), fault.Invalid, "InvalidModel")
	w.ok(edit(func(x *entitlement.CustomExtension) { x.DisplayName = "renamed" }))

	refused(t, w.engine.RemoveStageSetting(w.ctx, w.admin(), policy, setting.ID, true), fault.NotFound, "ResourceNotFound")
	w.ok(w.engine.RemoveStageSetting(w.ctx, w.admin(), policy, setting.ID, false))
	w.ok(w.engine.DeleteExtension(w.ctx, w.admin(), ending))
	_, err = w.engine.Extension(w.ctx, w.admin(), ending)
	refused(t, err, fault.NotFound, "ResourceNotFound")
}

func TestExtensionsGoWithTheirCatalog(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sales := w.catalog("sales")
	id := w.extension(sales, "hook")
	w.ok(w.engine.DeleteCatalog(w.ctx, w.admin(), sales))
	if got := w.history(audit.KindExtension, string(id)); got[len(got)-1] != (step{audit.ExtensionDeleted, 1, 0}) {
		t.Errorf("recorded: %v", got)
	}
}

func TestExtensionsAreExpanded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sales := w.catalog("sales")
	id := w.extension(sales, "hook")
	policy := w.policy(w.pkg(sales, "tools"), calling(entitlement.AtCreation, id), calling(entitlement.AtGrant, id))
	p, err := w.engine.Policy(w.ctx, w.admin(), policy, entitlement.Include{"extension": nil}.Under("settings"))
	w.ok(err)
	if len(p.Settings) != 2 || p.Settings[1].Of == nil || p.Settings[1].Of.DisplayName != "hook" || p.Settings[1].Stage != entitlement.AtGrant {
		t.Errorf("settings: %+v", p.Settings)
	}
	page, err := w.engine.Catalogs(w.ctx, w.admin(), query.List{Where: equalTo("id", string(sales)), Limit: 1}, entitlement.Include{"extensions": nil})
	w.ok(err)
	if x := page.Rows[0].Extensions.Rows; len(x) != 1 || x[0].ID != id {
		t.Errorf("extensions: %+v", x)
	}
}
