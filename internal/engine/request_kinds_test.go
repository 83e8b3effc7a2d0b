package engine_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
)

// ladder is a world in which every check of requests.md section 6.4 can fail:
// adele is in the scope of the policy, has nothing, and may ask.
type ladder struct {
	*world
	catalog entitlement.CatalogID
	pkg     entitlement.PackageID
	through entitlement.PolicyID
	ask     entitlement.Submission
	who     authz.Caller
}

func newLadder(t *testing.T) *ladder {
	w := newWorld(t)
	c := w.catalog("Sales")
	p := w.pkg(c, "CRM")
	l := &ladder{world: w, catalog: c, pkg: p, who: w.as("adele"), ask: entitlement.Submission{Kind: entitlement.UserAdd, Package: p}}
	l.through = w.policy(p, scopedTo(w.group("team", "adele")), func(p *entitlement.Policy) {
		p.Requestor.CustomSchedule = false
		p.Questions = []entitlement.Question{{Kind: entitlement.TextQuestion, Text: entitlement.LocalizedText{Default: "Why?"}, Required: true}}
		p.Approval.RequestorJustificationRequired = true
		p.VerifiedCredentials = []entitlement.VerifiedCredential{{Type: "Employee", Issuers: []string{"did:web:contoso.example"}}}
	})
	l.ask.Policy = l.through
	return l
}

func (l *ladder) editPolicy(edit func(*entitlement.Policy)) {
	l.t.Helper()
	_, err := l.engine.ReplacePolicy(l.ctx, l.admin(), l.through, func(p *entitlement.Policy) error { edit(p); return nil })
	l.ok(err)
}

// rungs break one check each, in the documented order. The last ones are
// broken from the beginning.
var rungs = []struct {
	no     int
	name   string
	kind   fault.Kind
	code   string
	breaks func(*ladder)
}{
	{1, "the token", fault.Forbidden, "UnAuthorized", func(l *ladder) { l.who.Scopes = []authz.Scope{authz.UserRead} }},
	{2, "the package is named", fault.Invalid, "InvalidModel", func(l *ladder) { l.ask.Package = "" }},
	{3, "the package exists", fault.NotFound, "ResourceNotFound", func(l *ladder) { l.ask.Package = entitlement.PackageID(newID()) }},
	{3, "the catalog is published", fault.Invalid, "CatalogNotEnabled", func(l *ladder) {
		l.ok(l.engine.UpdateCatalog(l.ctx, l.admin(), l.catalog, func(c *entitlement.Catalog) error { c.Published = false; return nil }))
	}},
	{4, "the policy is one of the package", fault.Invalid, "PolicyNotApplicable", func(l *ladder) { l.ask.Policy = entitlement.PolicyID(newID()) }},
	{4, "the policy accepts requests", fault.Invalid, "PolicyNotApplicable", func(l *ladder) {
		l.editPolicy(func(p *entitlement.Policy) { p.AcceptRequests = false })
	}},
	{5, "the caller may act for the target", fault.Forbidden, "UnAuthorized", func(l *ladder) { l.ask.Target = l.user("dana") }},
	{6, "the target is in scope", fault.Invalid, "TargetNotAllowed", func(l *ladder) {
		l.ok(l.engine.RemoveMember(l.ctx, l.admin(), l.group("team"), l.user("adele"), directory.MemberOf))
	}},
	{7, "nothing is open", fault.Invalid, "ExistingOpenRequest", func(l *ladder) {
		other := l.policy(l.pkg, func(p *entitlement.Policy) { p.DisplayName = "other" })
		_, err := l.engine.Submit(l.ctx, l.admin(), entitlement.Submission{Kind: entitlement.AdminAdd, Package: l.pkg, Policy: other, Target: l.user("adele"), Schedule: entitlement.Schedule{Start: monday.Add(day)}})
		l.ok(err)
	}},
	{9, "nothing is incompatible", fault.Invalid, "IncompatibleAccess", func(l *ladder) {
		barred := l.world.pkg(l.catalog, "Audit")
		policy := l.policy(barred)
		_, err := l.engine.Submit(l.ctx, l.admin(), entitlement.Submission{Kind: entitlement.AdminAdd, Package: barred, Policy: policy, Target: l.user("adele")})
		l.ok(err)
		l.advance(0)
		l.ok(l.engine.BarPackage(l.ctx, l.admin(), l.pkg, barred))
	}},
	{10, "the schedule", fault.Invalid, "InvalidSchedule", func(l *ladder) {
		l.ask.Schedule.Expiration = entitlement.Expiration{Type: entitlement.AfterDuration, Duration: "P1D"}
	}},
	{11, "the answers", fault.Invalid, "InvalidAnswers", func(*ladder) {}},
	{12, "the justification", fault.Invalid, "JustificationRequired", func(l *ladder) { l.answer() }},
	{13, "the credential", fault.Invalid, "VerifiableCredentialRequired", func(l *ladder) {
		l.answer()
		l.ask.Justification = "work"
	}},
}

func (l *ladder) answer() {
	l.t.Helper()
	p, err := l.engine.Policy(l.ctx, l.admin(), l.through, nil)
	l.ok(err)
	l.ask.Answers = []entitlement.Answer{{Question: entitlement.Question{ID: p.Questions[0].ID}, Value: "AZ"}}
}

// Each check comes before all that follow: with two rules broken, the answer
// is the one of the earlier.
func TestChecksOnCreateComeInTheDocumentedOrder(t *testing.T) {
	t.Parallel()
	for i, rung := range rungs {
		for _, later := range rungs[i:] {
			// What is the same member cannot be broken twice, and from rung 11 on
			// everything behind is broken anyway.
			if same := rung.no == later.no || rung.no == 2 && later.no == 3; later.name != rung.name && (same || rung.no > 10) {
				continue
			}
			t.Run(rung.name+", and "+later.name, func(t *testing.T) {
				t.Parallel()
				l := newLadder(t)
				rung.breaks(l)
				if later.name != rung.name {
					later.breaks(l)
				}
				_, err := l.engine.Submit(l.ctx, l.who, l.ask)
				refused(t, err, rung.kind, rung.code)
			})
		}
	}
}

func TestApproverRevokesWhatTheyApproved(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.pkg(w.catalog("Sales"), "CRM")
	w.policy(p, w.approvedBy("megan"), func(p *entitlement.Policy) { p.Approval.Stages[0].ApproverJustificationRequired = true })
	id := w.submit("adele", p)
	w.advance(0)
	a, err := w.engine.Approval(w.ctx, w.admin(), id)
	w.ok(err)
	w.ok(w.engine.DecideApproval(w.ctx, w.as("megan"), id, entitlement.Decision{Stage: a.Stages[0].ID, Approve: true, Justification: "fine"}))
	w.advance(0)
	revoke := entitlement.Submission{Kind: entitlement.ApproverRemove, Assignment: w.request(id).Assignment, Justification: "no more"}
	for _, who := range []authz.Caller{w.as("adele"), w.as("dana"), w.admin(), w.as("megan", authz.UserRead), w.app(authz.ReadWriteAll)} {
		_, err := w.engine.Submit(w.ctx, who, revoke)
		forbidden(t, err)
	}
	unknown := revoke
	unknown.Assignment = entitlement.AssignmentID(newID())
	_, err = w.engine.Submit(w.ctx, w.as("megan"), unknown)
	forbidden(t, err)
	silent := revoke
	silent.Justification = " "
	_, err = w.engine.Submit(w.ctx, w.as("megan"), silent)
	refused(t, err, fault.Invalid, "JustificationRequired")
	r, err := w.engine.Submit(w.ctx, w.as("megan"), revoke)
	w.ok(err)
	if r.Kind != entitlement.ApproverRemove || r.Requestor != w.user("adele") || r.CreatedBy != w.user("megan") {
		t.Errorf("the removal is %+v", r.Request)
	}
	forbidden(t, w.engine.CancelRequest(w.ctx, w.as("adele"), r.ID, true))
	w.advance(0)
	if got := w.assignment(revoke.Assignment).State; got != entitlement.AssignmentExpired {
		t.Errorf("the assignment is %s", got)
	}
	_, err = w.engine.Submit(w.ctx, w.as("megan"), revoke)
	refused(t, err, fault.Invalid, "AssignmentNotActive")
}

func TestKindsOfTheServerAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, kind := range []entitlement.RequestKind{entitlement.SystemAdd, entitlement.SystemUpdate, entitlement.SystemRemove, ""} {
		_, err := w.engine.Submit(w.ctx, w.admin(), entitlement.Submission{Kind: kind})
		refused(t, err, fault.Invalid, "RequestTypeNotAllowed")
	}
}

func TestWhatIsOnlyValidatedIsNotKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, p, _ := w.oneGroup("CRM")
	ask := entitlement.Submission{Kind: entitlement.UserAdd, Package: p, ValidateOnly: true, Key: "k"}
	r, err := w.engine.Submit(w.ctx, w.as("adele"), ask)
	w.ok(err)
	if !r.ValidationOnly || r.Status != entitlement.Accepted || r.Target != w.user("adele") {
		t.Errorf("would be %+v", r)
	}
	_, err = w.engine.Request(w.ctx, w.admin(), r.ID, nil)
	refused(t, err, fault.NotFound, "ResourceNotFound")
	id := w.submit("adele", p)
	_, err = w.engine.Submit(w.ctx, w.as("adele"), ask)
	refused(t, err, fault.Invalid, "ExistingOpenRequest")
	w.advance(0)
	if got := w.request(id).Status; got != entitlement.Delivered {
		t.Errorf("the request is %s", got)
	}
}

func TestTheSameKeyMakesNoSecondRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, p, _ := w.oneGroup("CRM")
	ask := entitlement.Submission{Kind: entitlement.UserAdd, Package: p, Key: "first", Justification: "work"}
	adele := w.as("adele")
	var mu sync.Mutex
	var made []entitlement.RequestID
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			r, err := w.engine.Submit(w.ctx, adele, ask)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			made = append(made, r.ID)
			mu.Unlock()
		})
	}
	wg.Wait()
	if len(slices.Compact(made)) != 1 {
		t.Fatalf("made %v, want one", made)
	}
	w.advance(0)
	first, err := w.engine.Submit(w.ctx, adele, ask)
	w.ok(err)
	if first.ID != made[0] || first.Status != entitlement.Accepted || !first.CompletedAt.IsZero() {
		t.Errorf("afterwards the answer is %+v, want the first one", first.Request)
	}
	other := ask
	other.Justification = "play"
	_, err = w.engine.Submit(w.ctx, adele, other)
	refused(t, err, fault.Invalid, "IdempotencyKeyReused")
	r, err := w.engine.Submit(w.ctx, w.as("dana"), ask) // a key is the caller's own
	w.ok(err)
	if r.ID == first.ID {
		t.Error("two callers with the same key have the same request")
	}
	for _, key := range []string{"with space", "ünlaut", string(make([]byte, 256))} {
		bad := ask
		bad.Key = key
		_, err := w.engine.Submit(w.ctx, adele, bad)
		refused(t, err, fault.Invalid, "BadRequest")
	}

	// It is forgotten after a day.
	w.advance(day)
	_, err = w.engine.Submit(w.ctx, adele, ask)
	refused(t, err, fault.Invalid, "ExistingAssignment")
	if _, next, err := w.store.NextDue(w.ctx, w.clock.Now()); err != nil || !next.IsZero() {
		t.Errorf("nothing is left to forget, and yet something is due at %v, %v", next, err)
	}
	w.ok(w.engine.DeleteObject(w.ctx, w.admin(), directory.KindUser, string(w.user("adele"))))
}

func TestAKeyCostsOnlyThoseWhoSendIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, p, _ := w.oneGroup("CRM")
	cost := func(name, key string) int64 {
		who := w.as(name)
		before := w.store.Statements()
		_, err := w.engine.Submit(w.ctx, who, entitlement.Submission{Kind: entitlement.UserAdd, Package: p, Key: key})
		w.ok(err)
		return w.store.Statements() - before
	}
	cost("adele", "")
	if without, with := cost("dana", ""), cost("eli", "k"); without != 6 || with != 9 {
		t.Errorf("%d statements without a key, %d with one; want 6 (two reads, three puts, a tally) and 9", without, with)
	}
}

func TestHistoryTellsWhatHappened(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.pkg(w.catalog("Sales"), "CRM")
	w.policy(p, w.approvedBy("megan"))
	r, err := w.engine.Submit(w.ctx, w.as("adele"), entitlement.Submission{Kind: entitlement.UserAdd, Package: p, Schedule: entitlement.Schedule{Start: monday.Add(day)}})
	w.ok(err)
	id := r.ID
	w.advance(0)
	a, err := w.engine.Approval(w.ctx, w.admin(), id)
	w.ok(err)
	w.ok(w.engine.DecideApproval(w.ctx, w.as("megan"), id, entitlement.Decision{Stage: a.Stages[0].ID, Approve: true, Justification: "secret"}))
	w.advance(day)
	inc := entitlement.Include{"history": nil}
	view, err := w.engine.Request(w.ctx, w.admin(), id, inc)
	w.ok(err)
	type entry struct {
		action, name string
		scheduled    time.Time
	}
	var got []entry
	for _, h := range view.History {
		if h.Detail == "secret" {
			t.Error("the history tells a justification")
		}
		got = append(got, entry{h.Action, h.Who().DisplayName, h.Scheduled})
	}
	want := []entry{
		{"User requests access package assignment", "adele", time.Time{}},
		{"Update access package assignment request", "Grantkeep", time.Time{}},
		{"Approve access package assignment request", "megan", time.Time{}},
		{"Schedule a future access package assignment", "megan", monday.Add(day)},
		{"Ready to fulfill access package assignment request", "Grantkeep", time.Time{}},
		{"Fulfill access package assignment request", "Grantkeep", time.Time{}},
		{"Notify about access package assignment request", "Grantkeep", time.Time{}},
	}
	if !slices.Equal(got, want) {
		t.Errorf("history\n%v, want\n%v", got, want)
	}
	own, err := w.engine.MyRequests(w.ctx, w.as("adele"), "target", rows(), inc)
	w.ok(err)
	for _, h := range own.Rows[0].History {
		if who := h.Who().DisplayName; who == "megan" || h.Action == want[0].action && who != "adele" {
			t.Errorf("adele reads of %q that it was %q", h.Action, who)
		}
	}
	plain, err := w.engine.Request(w.ctx, w.admin(), id, nil)
	w.ok(err)
	if plain.History != nil {
		t.Error("history was loaded unasked")
	}
}
