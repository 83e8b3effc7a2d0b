package engine_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/engine"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/store"
)

// told lists what was called for a request: stage and status, in order.
func told(callouts []entitlement.Callout) string {
	var all []string
	for _, c := range callouts {
		all = append(all, strings.TrimPrefix(string(c.Stage), "assignment")+" "+string(c.Status))
	}
	return strings.Join(all, ", ")
}

// tools is a catalog with a package that gives membership of a group.
func (w *world) tools() (entitlement.CatalogID, entitlement.PackageID) {
	w.t.Helper()
	sales := w.catalog("sales")
	pkg := w.pkg(sales, "tools")
	w.give(pkg, w.resource(sales, "readers"), "Member")
	return sales, pkg
}

func waitsFor(d entitlement.Duration) func(*entitlement.CustomExtension) {
	return waiting(entitlement.PlainCallback, d)
}

// answers resumes a request, as the extension of its only open callout.
func (w *world) answers(id entitlement.RequestID, state entitlement.CallbackState) error {
	w.t.Helper()
	return w.engine.ResumeRequest(w.ctx, w.admin(), id, entitlement.Callback{Instance: w.waitedFor(id), State: state, Detail: "checked", Source: "hook"})
}

// waitedFor is the callout that a request waits for.
func (w *world) waitedFor(id entitlement.RequestID) string {
	w.t.Helper()
	r := w.request(id)
	at := slices.IndexFunc(r.Callouts, func(c entitlement.Callout) bool { return c.Status == entitlement.CalloutWaiting })
	if at < 0 {
		w.t.Fatalf("the request waits for nothing: %s, %s", r.Status, told(r.Callouts))
	}
	return r.Callouts[at].ID
}

// stands checks status and callouts of a request.
func (w *world) stands(id entitlement.RequestID, status entitlement.Status, callouts string) {
	w.t.Helper()
	r := w.request(id)
	if r.Status != status || told(r.Callouts) != callouts {
		w.t.Errorf("the request is %q with %q, want %q with %q", string(r.Status), told(r.Callouts), string(status), callouts)
	}
}

func (w *world) isReader(name string) bool {
	w.t.Helper()
	return w.memberOf(name, "readers")
}

func TestExtensionsAreCalledAtEachStage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sales, pkg := w.tools()
	hook := w.extension(sales, "hook")
	w.policy(pkg, w.approvedBy("ben"), calling(entitlement.AtGrant, hook), calling(entitlement.AtRemoval, hook), calling(entitlement.AtApproval, hook), calling(entitlement.AtCreation, hook))

	id := w.submit("adele", pkg)
	w.stands(id, entitlement.Accepted, "")
	w.advance(0)
	w.stands(id, entitlement.PendingApproval, "RequestCreated calloutSent")
	w.decide("ben", id, true)
	w.advance(0)
	w.stands(id, entitlement.Delivered, "RequestCreated calloutSent, RequestApproved calloutSent, RequestGranted calloutSent")
	if !w.isReader("adele") {
		t.Error("access was not given")
	}
	r := w.request(id)
	gone, err := w.engine.Submit(w.ctx, w.as("adele"), entitlement.Submission{Kind: entitlement.UserRemove, Assignment: r.Assignment})
	w.ok(err)
	w.advance(0)
	w.stands(gone.ID, entitlement.Delivered, "RequestRemoved calloutSent")
}

func TestOthersCallNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sales, pkg := w.tools()
	w.extension(sales, "hook")
	w.policy(pkg)
	id := w.submit("adele", pkg)
	w.advance(0)
	w.stands(id, entitlement.Delivered, "")
}

// Scenario 12 of requests.md section 20, and what the three stages differ in.
func TestRequestsWaitForAnswers(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		stage    entitlement.CalloutStage
		state    entitlement.CallbackState // "none": nobody answers
		waits    entitlement.Status
		ends     entitlement.Status
		has      bool // access in the end
		refusing bool // the stage lets an extension refuse
	}{
		{"created, goes on", entitlement.AtCreation, "", entitlement.WaitingCreated, entitlement.Delivered, true, true},
		{"created, denied", entitlement.AtCreation, "denied", entitlement.WaitingCreated, entitlement.Denied, false, true},
		{"created, canceled", entitlement.AtCreation, "canceled", entitlement.WaitingCreated, entitlement.Canceled, false, true},
		{"created, no answer", entitlement.AtCreation, "none", entitlement.WaitingCreated, entitlement.CallbackTimedOut, false, true},
		{"approved, goes on", entitlement.AtApproval, "", entitlement.WaitingApproved, entitlement.Delivered, true, true},
		{"approved, denied", entitlement.AtApproval, "denied", entitlement.WaitingApproved, entitlement.Denied, false, true},
		{"approved, canceled", entitlement.AtApproval, "canceled", entitlement.WaitingApproved, entitlement.Canceled, false, true},
		{"approved, no answer", entitlement.AtApproval, "none", entitlement.WaitingApproved, entitlement.CallbackTimedOut, false, true},
		{"granted, goes on", entitlement.AtGrant, "", entitlement.WaitingDelivered, entitlement.Delivered, true, false},
		{"granted, no answer", entitlement.AtGrant, "none", entitlement.WaitingDelivered, entitlement.Delivered, true, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			sales, pkg := w.tools()
			w.policy(pkg, calling(tt.stage, w.extension(sales, "hook", waitsFor("PT1H"))))
			id := w.submit("adele", pkg)
			w.advance(0)
			stage := strings.TrimPrefix(string(tt.stage), "assignment")
			w.stands(id, tt.waits, stage+" waitingForCallback")
			if due := w.request(id).NextDue(); !due.Equal(monday.Add(time.Hour)) {
				t.Errorf("due at %v, want after an hour", due)
			}
			if !tt.refusing {
				for _, state := range []entitlement.CallbackState{"denied", "canceled"} {
					refused(t, w.answers(id, state), fault.Invalid, "InvalidCallbackState")
				}
			}
			status := "callbackReceived"
			if tt.state == "none" {
				w.advance(time.Hour - time.Second)
				w.stands(id, tt.waits, stage+" waitingForCallback")
				w.advance(time.Second)
				status = "callbackTimedOut"
			} else {
				w.ok(w.answers(id, tt.state))
				w.advance(0)
			}
			w.stands(id, tt.ends, stage+" "+status)
			r := w.request(id)
			if r.Open() || !r.NextDue().IsZero() || w.isReader("adele") != tt.has {
				t.Errorf("in the end: open %v, due %v, has access %v", r.Open(), r.NextDue(), w.isReader("adele"))
			}
			if failed := tt.ends == entitlement.CallbackTimedOut; (r.Failure != "") != failed {
				t.Errorf("the failure is %q", r.Failure)
			}
			if tt.state != "none" && r.Callouts[0].Detail != "checked" {
				t.Errorf("the detail is %q", r.Callouts[0].Detail)
			}
		})
	}
}

func TestSettingsOfAStageRunInOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sales, pkg := w.tools()
	hook, first, second := w.extension(sales, "hook"), w.extension(sales, "first", waitsFor("PT1H")), w.extension(sales, "second", waitsFor("PT2H"))
	w.policy(pkg, calling(entitlement.AtGrant, hook), calling(entitlement.AtCreation, hook), calling(entitlement.AtCreation, first),
		calling(entitlement.AtCreation, second), calling(entitlement.AtCreation, hook))
	id := w.submit("adele", pkg)
	w.advance(0)
	w.stands(id, entitlement.WaitingCreated, "RequestCreated calloutSent, RequestCreated waitingForCallback")
	w.ok(w.answers(id, ""))
	w.advance(0)
	w.stands(id, entitlement.WaitingCreated, "RequestCreated calloutSent, RequestCreated callbackReceived, RequestCreated waitingForCallback")
	w.ok(w.answers(id, ""))
	w.advance(0)
	w.stands(id, entitlement.Delivered, "RequestCreated calloutSent, RequestCreated callbackReceived, RequestCreated callbackReceived, "+
		"RequestCreated calloutSent, RequestGranted calloutSent")
}

// In place of the missing answer nothing stands in the way of those behind it
// once access is given.
func TestLateStagesGoOnWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sales, pkg := w.tools()
	hook := w.extension(sales, "hook", waitsFor("PT1H"))
	w.policy(pkg, calling(entitlement.AtGrant, hook), calling(entitlement.AtGrant, hook))
	w.role("olga", authz.CatalogOwner, sales)
	id := w.submit("adele", pkg)
	w.advance(time.Hour)
	w.stands(id, entitlement.WaitingDelivered, "RequestGranted waitingForCallback")
	w.advance(time.Hour)
	w.stands(id, entitlement.WaitingDelivered, "RequestGranted callbackTimedOut, RequestGranted waitingForCallback")
	w.advance(time.Hour)
	w.stands(id, entitlement.Delivered, "RequestGranted callbackTimedOut, RequestGranted callbackTimedOut")
	missed := 0
	for _, m := range w.outbox() {
		if m.Event == entitlement.ExtensionFailed && m.Recipient == w.user("olga") && strings.Contains(m.Text, "did not answer in time") {
			missed++
		}
	}
	if missed != 2 {
		t.Errorf("the owner was told %d times that an answer was missed", missed)
	}
}

func TestApprovedStageComesBeforeTheStart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sales, pkg := w.tools()
	w.policy(pkg, w.approvedBy("ben"), calling(entitlement.AtApproval, w.extension(sales, "hook", waitsFor("PT1H"))))
	made, err := w.engine.Submit(w.ctx, w.as("adele"), entitlement.Submission{
		Kind: entitlement.UserAdd, Package: pkg, Schedule: entitlement.Schedule{Start: monday.Add(day)},
	})
	w.ok(err)
	w.advance(0)
	w.decide("ben", made.ID, true)
	w.advance(0)
	w.stands(made.ID, entitlement.WaitingApproved, "RequestApproved waitingForCallback")
	w.ok(w.answers(made.ID, ""))
	w.advance(0)
	w.stands(made.ID, entitlement.PendingNotBefore, "RequestApproved callbackReceived")
	w.advance(day)
	w.stands(made.ID, entitlement.Delivered, "RequestApproved callbackReceived")
}

func TestResumeRules(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sales, pkg := w.tools()
	w.policy(pkg, calling(entitlement.AtCreation, w.extension(sales, "hook", waitsFor("PT1H"))))
	for name, role := range map[string]authz.Role{"anna": authz.AssignmentManager, "max": authz.PackageManager, "olga": authz.CatalogOwner, "rita": authz.CatalogReader} {
		w.role(name, role, sales)
	}
	w.role("otto", authz.AssignmentManager, w.catalog("other"))
	id := w.submit("adele", pkg)
	resume := func(who authz.Caller, cb entitlement.Callback) error {
		return w.engine.ResumeRequest(w.ctx, who, id, cb)
	}
	refused(t, resume(w.admin(), entitlement.Callback{Instance: newID()}), fault.Invalid, "RequestNotWaitingForCallback")
	w.advance(0)
	good := entitlement.Callback{Instance: w.waitedFor(id)}
	for _, name := range []string{"adele", "rita", "otto", "sam"} {
		forbidden(t, resume(w.as(name), good))
	}
	forbidden(t, resume(w.as("anna", authz.SubjectAccess), good))
	forbidden(t, resume(w.app(authz.ReadAll), good))
	forbidden(t, w.engine.ResumeRequest(w.ctx, w.as("anna"), entitlement.RequestID(newID()), good))
	refused(t, w.engine.ResumeRequest(w.ctx, w.app(authz.ReadWriteAll), entitlement.RequestID(newID()), good), fault.NotFound, "ResourceNotFound")

	bad := good
	bad.Instance = newID()
	refused(t, resume(w.admin(), bad), fault.Invalid, "InvalidCallback")
	bad = good
	bad.Stage = entitlement.AtApproval
	refused(t, resume(w.admin(), bad), fault.Invalid, "InvalidCallback")
	bad = good
	bad.Approval = &entitlement.StageSettings{TimeOut: "P1D", Primary: []entitlement.SubjectSet{{Kind: entitlement.SetUser, ID: string(w.user("ben"))}}}
	refused(t, resume(w.admin(), bad), fault.Invalid, "InvalidCallback")
	bad = good
	bad.Detail = strings.Repeat("x", 4001)
	refused(t, resume(w.admin(), bad), fault.Invalid, "InvalidModel")
	w.stands(id, entitlement.WaitingCreated, "RequestCreated waitingForCallback")

	good.Stage = entitlement.AtCreation
	w.ok(resume(w.app(authz.ReadWriteAll), good))
	refused(t, resume(w.admin(), good), fault.Invalid, "InvalidCallback")
	refused(t, resume(w.admin(), entitlement.Callback{Instance: newID()}), fault.Invalid, "RequestNotWaitingForCallback")
	w.advance(0)
	refused(t, resume(w.admin(), good), fault.Invalid, "InvalidCallback")
	refused(t, resume(w.admin(), entitlement.Callback{Instance: newID()}), fault.Invalid, "RequestNotWaitingForCallback")

	// Whoever may assign may resume.
	for _, name := range []string{"anna", "max", "olga"} {
		id = w.submit(name, pkg)
		w.advance(0)
		w.ok(resume(w.as(name), entitlement.Callback{Instance: w.waitedFor(id)}))
	}
	// After the time-out it is too late.
	id = w.submit("sam", pkg)
	w.advance(0)
	late := entitlement.Callback{Instance: w.waitedFor(id)}
	w.advance(time.Hour)
	refused(t, resume(w.admin(), late), fault.Invalid, "RequestNotWaitingForCallback")
}

func TestCancelWhileWaiting(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		allowed bool
		stage   entitlement.CalloutStage
		want    entitlement.Status
	}{
		{"refused as documented", false, entitlement.AtCreation, entitlement.WaitingCreated},
		{"allowed by the deployment", true, entitlement.AtCreation, entitlement.Canceled},
		{"allowed until delivery", true, entitlement.AtApproval, entitlement.Canceled},
		{"never when access is given", true, entitlement.AtGrant, entitlement.WaitingDelivered},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(s *engine.Settings) { s.CancelAllowWaiting = tt.allowed })
			sales, pkg := w.tools()
			w.policy(pkg, calling(tt.stage, w.extension(sales, "hook", waitsFor("PT1H"))))
			id := w.submit("adele", pkg)
			w.advance(0)
			err := w.engine.CancelRequest(w.ctx, w.as("adele"), id, false)
			if tt.want == entitlement.Canceled {
				w.ok(err)
			} else {
				refused(t, err, fault.Invalid, "RequestNotCancelable")
				if !strings.Contains(fault.Of(err).Message, "the status WaitingForCallback cannot") {
					t.Errorf("the refusal says %q", fault.Of(err).Message)
				}
			}
			if got := w.request(id).Status; got != tt.want {
				t.Errorf("status %q, want %q", string(got), string(tt.want))
			}
		})
	}
}

// An extension that may have refused stops the request if it cannot be
// called; one that only listens does not.
func TestExtensionsThatCannotBeCalled(t *testing.T) {
	t.Parallel()
	nowhere := func(x *entitlement.CustomExtension) {
		x.Endpoint = &entitlement.ExtensionEndpoint{Kind: entitlement.LogicAppEndpoint}
	}
	for _, tt := range []struct {
		name  string
		stage entitlement.CalloutStage
		edits []func(*entitlement.CustomExtension)
		gone  bool // by the time it is called
		want  entitlement.Status
	}{
		{"listening", entitlement.AtCreation, []func(*entitlement.CustomExtension){nowhere}, false, entitlement.Delivered},
		{"waited for", entitlement.AtCreation, []func(*entitlement.CustomExtension){nowhere, waitsFor("PT1H")}, false, entitlement.CallbackTimedOut},
		{"waited for, when access is given", entitlement.AtGrant, []func(*entitlement.CustomExtension){nowhere, waitsFor("PT1H")}, false, entitlement.Delivered},
		{"deleted", entitlement.AtApproval, nil, true, entitlement.CallbackTimedOut},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			sales, pkg := w.tools()
			hook := w.extension(sales, "hook", tt.edits...)
			policy := w.policy(pkg, calling(tt.stage, hook))
			id := w.submit("adele", pkg)
			if tt.gone {
				_, err := w.engine.ReplacePolicy(w.ctx, w.admin(), policy, func(p *entitlement.Policy) error { p.ExtensionStages = nil; return nil })
				w.ok(err)
				w.ok(w.engine.DeleteExtension(w.ctx, w.admin(), entitlement.ExtensionRef{Catalog: sales, ID: hook}))
			}
			w.advance(0)
			w.stands(id, tt.want, strings.TrimPrefix(string(tt.stage), "assignment")+" calloutFailed")
			if r := w.request(id); r.Callouts[0].Detail == "" {
				t.Error("nobody learns why")
			}
		})
	}
}

// Who has gone meanwhile gets nothing, and the extension is not waited for.
func TestTargetGoneWhileWaiting(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sales, pkg := w.tools()
	w.policy(pkg, calling(entitlement.AtApproval, w.extension(sales, "hook", waitsFor("PT1H"))))
	id := w.submit("adele", pkg)
	w.advance(0)
	w.ok(w.engine.DeleteObject(w.ctx, w.admin(), directory.KindUser, string(w.user("adele"))))
	w.stands(id, entitlement.Canceled, "RequestApproved waitingForCallback")
	if r := w.request(id); r.Failure == "" || !r.NextDue().IsZero() {
		t.Errorf("canceled because of %q, due %v", r.Failure, r.NextDue())
	}
}

// ends makes a policy end access after a while.
func ends(after entitlement.Duration) func(*entitlement.Policy) {
	return func(p *entitlement.Policy) {
		p.Expiration = entitlement.Expiration{Type: entitlement.AfterDuration, Duration: after}
	}
}

func (w *world) assignmentOf(id entitlement.RequestID) entitlement.Assignment {
	w.t.Helper()
	a, err := w.engine.Assignment(w.ctx, w.admin(), w.request(id).Assignment, nil)
	w.ok(err)
	return a.Assignment
}

func TestExtensionsAreCalledBeforeTheEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sales, pkg := w.tools()
	ending := w.extension(sales, "ending", ofKind(entitlement.AssignmentExtension))
	w.policy(pkg, ends("P30D"), calling(entitlement.TwoWeeksBefore, ending), calling(entitlement.OneDayBefore, ending))
	id := w.submit("adele", pkg)
	at := func(d time.Duration, want string) {
		t.Helper()
		w.advance(monday.Add(d).Sub(w.clock.Now()))
		if got := told(w.assignmentOf(id).Callouts); got != want {
			t.Errorf("after %v: %q, want %q", d, got, want)
		}
	}
	w.advance(0)
	at(16*day-time.Second, "")
	at(16*day, "FourteenDaysBeforeExpiration calloutSent")
	at(29*day-time.Second, "FourteenDaysBeforeExpiration calloutSent")
	// An end that is moved is called for again.
	_, err := w.engine.Submit(w.ctx, w.as("adele"), entitlement.Submission{Kind: entitlement.UserExtend, Package: pkg})
	w.ok(err)
	w.advance(0)
	const again = "FourteenDaysBeforeExpiration calloutSent, FourteenDaysBeforeExpiration calloutSent"
	at(46*day-time.Second, "FourteenDaysBeforeExpiration calloutSent")
	at(46*day, again)
	at(59*day, again+", OneDayBeforeExpiration calloutSent")
	at(70*day, again+", OneDayBeforeExpiration calloutSent")
	if a := w.assignmentOf(id); a.State != entitlement.AssignmentExpired {
		t.Errorf("in the end it is %s", a.State)
	}
}

func TestShortAssignmentsAreNotAnnouncedTwoWeeksBefore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sales, pkg := w.tools()
	ending := w.extension(sales, "ending", ofKind(entitlement.AssignmentExtension))
	w.policy(pkg, ends("P7D"), calling(entitlement.TwoWeeksBefore, ending), calling(entitlement.OneDayBefore, ending))
	id := w.submit("adele", pkg)
	w.advance(30 * day)
	if got := told(w.assignmentOf(id).Callouts); got != "" {
		t.Errorf("what was too late was called: %q", got) // the clock jumped over the end
	}
	id = w.submit("dana", pkg)
	w.advance(0)
	w.advance(6 * day)
	if got := told(w.assignmentOf(id).Callouts); got != "OneDayBeforeExpiration calloutSent" {
		t.Errorf("called: %q", got)
	}
}

// removals are the requests that ended somebody's access.
func (w *world) removals(name string) []entitlement.Request {
	w.t.Helper()
	page, err := w.engine.Requests(w.ctx, w.admin(), rows(equalTo("target", string(w.user(name))), equalTo("kind", string(entitlement.SystemRemove))), nil)
	w.ok(err)
	var all []entitlement.Request
	for _, r := range page.Rows {
		all = append(all, r.Request)
	}
	return all
}

// Access ends on time; only the request behind it waits.
func TestExpiryWaitsForNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sales, pkg := w.tools()
	w.policy(pkg, ends("P7D"), calling(entitlement.AtRemoval, w.extension(sales, "hook", waitsFor("PT1H"))))
	w.submit("adele", pkg)
	w.advance(0)
	w.advance(7 * day)
	if w.isReader("adele") {
		t.Error("access did not end")
	}
	r := w.removals("adele")[0]
	w.stands(r.ID, entitlement.WaitingDelivered, "RequestRemoved waitingForCallback")
	w.advance(time.Hour)
	w.stands(r.ID, entitlement.Delivered, "RequestRemoved callbackTimedOut")
}

// There is one open request for a person and a package. Were the removal
// open beside another, the sweep could never end the assignment.
func TestExpiryBesideAnOpenRequestDoesNotWait(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sales, pkg := w.tools()
	hook := calling(entitlement.AtRemoval, w.extension(sales, "hook", waitsFor("P14D")))
	asksAgain := func(p *entitlement.Policy) { p.Approval.RequiredForAdd, p.Approval.RequiredForUpdate = false, true }
	w.policy(pkg, ends("P7D"), w.approvedBy("ben"), asksAgain, hook)
	w.submit("adele", pkg)
	w.advance(0)
	longer, err := w.engine.Submit(w.ctx, w.as("adele"), entitlement.Submission{Kind: entitlement.UserExtend, Package: pkg})
	w.ok(err)
	w.advance(7 * day)
	if w.isReader("adele") {
		t.Error("access did not end")
	}
	w.stands(w.removals("adele")[0].ID, entitlement.Delivered, "RequestRemoved calloutSent")
	w.stands(longer.ID, entitlement.PendingApproval, "")
	// Two assignments of one person that end together: the second removal
	// does not wait either.
	for _, name := range []string{"a", "b"} {
		id := w.policy(pkg, ends("P30D"), hook, func(p *entitlement.Policy) { p.DisplayName = name })
		_, err := w.engine.Submit(w.ctx, w.admin(), entitlement.Submission{Kind: entitlement.AdminAdd, Package: pkg, Policy: id, Target: w.user("dana")})
		w.ok(err)
		w.advance(0)
	}
	w.advance(30 * day)
	var got []string
	for _, r := range w.removals("dana") {
		got = append(got, string(r.Status)+": "+told(r.Callouts))
	}
	slices.Sort(got)
	want := []string{"Delivered: RequestRemoved calloutSent", "WaitingForCallbackDelivered: RequestRemoved waitingForCallback"}
	if !slices.Equal(got, want) {
		t.Errorf("removals: %q, want %q", got, want)
	}
}

func TestDynamicStageOfApproval(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sales, pkg := w.tools()
	hook := w.extension(sales, "hook", waiting(entitlement.ApprovalCallback, "PT1H"))
	second := entitlement.StageSettings{Primary: []entitlement.SubjectSet{{Kind: entitlement.SetUser, ID: string(w.user("chi"))}}}
	policy := w.policy(pkg, func(p *entitlement.Policy) {
		p.Approval.RequiredForAdd = true
		p.Approval.Stages = []entitlement.StageSettings{{Dynamic: true, Extension: hook}, second}
	})
	id := w.submit("adele", pkg)
	w.advance(0)
	w.stands(id, entitlement.WaitingCreated, "RequestCreated waitingForCallback")

	answer := entitlement.Callback{Instance: w.waitedFor(id)}
	resume := func() error { return w.engine.ResumeRequest(w.ctx, w.admin(), id, answer) }
	refused(t, resume(), fault.Invalid, "InvalidCallback")
	answer.Approval = &entitlement.StageSettings{TimeOut: "P2D"}
	refused(t, resume(), fault.Invalid, "ApproversRequired")
	answer.Approval.Primary = []entitlement.SubjectSet{{Kind: entitlement.SetUser, ID: newID()}}
	refused(t, resume(), fault.Invalid, "SubjectNotFound")
	answer.Approval.Primary[0].ID = string(w.user("ben"))
	w.ok(resume())
	w.advance(0)
	w.stands(id, entitlement.PendingApproval, "RequestCreated callbackReceived")
	if got, want := w.request(id).DenyAt, monday.Add(2*day); !got.Equal(want) {
		t.Errorf("denied at %v, want %v as the extension says", got, want)
	}
	w.decide("ben", id, true)
	w.decide("chi", id, true)
	w.advance(0)
	w.stands(id, entitlement.Delivered, "RequestCreated callbackReceived")

	// A call at creation that is there anyway is the one that names them.
	_, err := w.engine.AddStageSetting(w.ctx, w.admin(), policy, entitlement.ExtensionStage{Stage: entitlement.AtCreation, Extension: hook})
	w.ok(err)
	id = w.submit("dana", pkg)
	w.advance(0)
	answer.Instance = w.waitedFor(id)
	w.ok(resume())
	w.advance(0)
	w.stands(id, entitlement.PendingApproval, "RequestCreated callbackReceived")

	// Whoever may skip approval needs no approvers: the setting alone is left.
	made, err := w.engine.Submit(w.ctx, w.admin(), entitlement.Submission{Kind: entitlement.AdminAdd, Package: pkg, Policy: policy, Target: w.user("eli")})
	w.ok(err)
	w.advance(0)
	w.ok(w.answers(made.ID, ""))
	w.advance(0)
	w.stands(made.ID, entitlement.Delivered, "RequestCreated callbackReceived")
}

// What is called is read once for a batch, whatever its size.
func TestCalloutsAreReadOnceForABatch(t *testing.T) {
	t.Parallel()
	statements := func(n int, stages ...entitlement.CalloutStage) int64 {
		w := newWorld(t)
		sales, pkg := w.tools()
		hook := w.extension(sales, "hook")
		w.policy(pkg, func(p *entitlement.Policy) {
			for _, s := range stages {
				calling(s, hook)(p)
			}
		})
		for i := range n {
			w.submit("user"+string(rune('a'+i)), pkg)
		}
		before := w.store.Statements()
		if _, err := w.engine.AdvanceRequests(w.ctx, w.tenant, w.clock.Now(), 100); err != nil {
			t.Fatal(err)
		}
		return w.store.Statements() - before
	}
	all := []entitlement.CalloutStage{entitlement.AtCreation, entitlement.AtApproval, entitlement.AtGrant}
	// One to read the extensions; the records go out with the others, in
	// blocks of 100, 20, 5, 3, 2 and 1.
	if more := statements(20, all...) - statements(20); more > 5 {
		t.Errorf("calls cost %d statements for 20 requests", more)
	}
}

// Calls and answers are in the request's own trail, with who answered.
func TestCalloutsAreRecorded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sales, pkg := w.tools()
	w.policy(pkg, calling(entitlement.AtCreation, w.extension(sales, "hook", waitsFor("PT1H"))), calling(entitlement.AtApproval, w.extension(sales, "second", waitsFor("PT1H"))))
	id := w.submit("adele", pkg)
	w.advance(0)
	w.ok(w.answers(id, ""))
	w.advance(time.Hour)
	want := []string{
		"User requests access package assignment",
		"Execute custom extension: waitingForCallback", "Hold access package assignment request for custom extension",
		"Resume access package assignment request: hook",
		"Execute custom extension: waitingForCallback", "Hold access package assignment request for custom extension",
		"Time out custom extension: callbackTimedOut", "Failed access package assignment request: no callback came for the callout",
	}
	w.advance(time.Hour)
	w.ok(w.store.Read(w.ctx, w.tenant, func(r store.Reader) error {
		log, err := r.AuditOf(w.ctx, audit.KindRequest, string(id))
		for i, record := range log {
			said := string(record.Action) + ": " + record.Reason
			if i >= len(want) || !strings.HasPrefix(said, want[i]) {
				t.Errorf("record %d says %q", i, said)
			}
		}
		if len(log) != len(want) {
			t.Errorf("%d records, want %d", len(log), len(want))
		}
		return err
	}))
}
