package engine_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/engine"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
)

// refusal is one way in which a request, a decision or a cancellation is
// refused.
type refusal struct {
	name string
	call func(w *world) error
	kind fault.Kind
	code string

	// rule are words of the sentence that say which rule refused, remedy those
	// that say what would change it.
	rule, remedy string
}

// judged is a submission about which everything is known and nothing is
// wrong, until edit makes it so.
func judged(kind entitlement.RequestKind, edit func(*entitlement.Submission, *entitlement.Facts)) func(*world) error {
	return func(*world) error {
		s := entitlement.Submission{Kind: kind, Target: "adele"}
		f := entitlement.Facts{
			Catalog: entitlement.Catalog{DisplayName: "Sales", Published: true}, Now: monday, InScope: true,
			Target: directory.Object{ID: "adele", Kind: directory.KindUser, DisplayName: "Adele", Enabled: true},
			Policy: openPolicy("tools"),
			Held:   entitlement.Assignment{ID: "held", State: entitlement.AssignmentDelivered, CreatedAt: monday, EndsAt: monday.Add(10 * day)},
		}
		f.Policy.ID = "policy"
		edit(&s, &f)
		if kind.Updates() {
			return s.CheckUpdate(f)
		}
		return s.CheckAdd(f)
	}
}

func asks(edit func(*entitlement.Submission, *entitlement.Facts)) func(*world) error {
	return judged(entitlement.UserAdd, edit)
}

// presents is a request with credentials.
func presents(admin bool, n int, authority string) func(*world) error {
	return asks(func(s *entitlement.Submission, f *entitlement.Facts) {
		f.Admin, s.Credentials = admin, slices.Repeat([]entitlement.PresentedCredential{{Authority: authority, Types: []string{"badge"}}}, n)
	})
}

func changes(edit func(*entitlement.Submission, *entitlement.Facts)) func(*world) error {
	return judged(entitlement.UserUpdate, edit)
}

// answering is a request whose policy asks a question.
func answering(q entitlement.Question, answers ...string) func(*world) error {
	return asks(func(s *entitlement.Submission, f *entitlement.Facts) {
		q.ID, q.Text.Default = "why", "Why?"
		f.Policy.Questions = []entitlement.Question{q}
		for _, a := range answers {
			s.Answers = append(s.Answers, entitlement.Answer{Question: entitlement.Question{ID: "why"}, Value: a})
		}
	})
}

// removing judges the end of an assignment.
func removing(edit func(*entitlement.Assignment, *entitlement.Policy, **entitlement.Request)) func(*world) error {
	return func(*world) error {
		a := entitlement.Assignment{ID: "held", State: entitlement.AssignmentDelivered}
		p := openPolicy("tools")
		var open *entitlement.Request
		edit(&a, &p, &open)
		return entitlement.Submission{Kind: entitlement.UserRemove}.CheckRemove(a, p, open)
	}
}

func until(t time.Time) entitlement.Schedule {
	return entitlement.Schedule{Expiration: entitlement.Expiration{Type: entitlement.AfterDateTime, End: t}}
}

func tenDays(p *entitlement.Policy) {
	p.Expiration = entitlement.Expiration{Type: entitlement.AfterDuration, Duration: "P10D"}
}

// sends is a call of somebody to the engine.
func sends(who string, s entitlement.Submission, edits ...func(*entitlement.Policy)) func(*world) error {
	return func(w *world) error {
		if s.Package == "tools" {
			s.Package = w.pkg(w.catalog("sales"), "tools")
			w.policy(s.Package, edits...)
		}
		caller := w.as(who)
		if who == "admin" {
			caller = w.admin()
		}
		_, err := w.engine.Submit(w.ctx, caller, s)
		return err
	}
}

// decides has a request for approval, and somebody who decides about it.
func decides(who string, edit func(w *world, d *entitlement.Decision, id entitlement.RequestID)) func(*world) error {
	return func(w *world) error {
		pkg := w.pkg(w.catalog("sales"), "tools")
		w.policy(pkg, w.approvedBy("ben"), func(p *entitlement.Policy) { p.Approval.Stages[0].ApproverJustificationRequired = true })
		id := w.submit("adele", pkg)
		w.advance(0)
		a, err := w.engine.Approval(w.ctx, w.as("ben"), id)
		w.ok(err)
		d := entitlement.Decision{Stage: a.Stages[0].ID, Approve: true, Justification: "because"}
		edit(w, &d, id)
		return w.engine.DecideApproval(w.ctx, w.as(who), id, d)
	}
}

// held gives adele the package and returns what is sent about it.
func held(who string, s entitlement.Submission, edit func(w *world, s *entitlement.Submission, pkg entitlement.PackageID), edits ...func(*entitlement.Policy)) func(*world) error {
	return func(w *world) error {
		pkg := w.pkg(w.catalog("sales"), "tools")
		w.policy(pkg, edits...)
		s.Assignment = entitlement.AssignmentID(w.submit("adele", pkg))
		w.advance(0)
		edit(w, &s, pkg)
		_, err := w.engine.Submit(w.ctx, w.as(who), s)
		return err
	}
}

func asIs(*world, *entitlement.Submission, entitlement.PackageID) {}

var longText = strings.Repeat("x", entitlement.MaxJustification+1)

// refusals are all ways in which requests, decisions and cancellations are
// refused (requests.md sections 6.4, 10 and 17, approvals.md section 6).
var refusals = []refusal{
	// 1: token, scope, role.
	{
		"no scope", func(w *world) error {
			_, err := w.engine.Submit(w.ctx, w.as("adele", authz.UserRead), entitlement.Submission{Kind: entitlement.UserAdd})
			return err
		}, fault.Forbidden, "UnAuthorized", "not authorized to ask for access", "the token needs the scope EntitlementMgmt-SubjectAccess.ReadWrite",
	},
	{"no role", sends("adele", entitlement.Submission{Kind: entitlement.AdminAdd}), fault.Forbidden, "UnAuthorized", "assign and remove access directly", "needs a role that allows it: Catalog owner"},

	// 2: what is sent.
	{"unknown type", sends("adele", entitlement.Submission{Kind: "systemAdd"}), fault.Invalid, "RequestTypeNotAllowed", `type "systemAdd" cannot be made here`, "use userAdd"},
	{"no package", sends("adele", entitlement.Submission{Kind: entitlement.UserAdd}), fault.Invalid, "InvalidModel", "names the access package", "set assignment.accessPackageId"},
	{"no policy", sends("admin", entitlement.Submission{Kind: entitlement.AdminAdd, Package: "tools"}), fault.Invalid, "InvalidModel", "required for a direct assignment", "set assignment.assignmentPolicyId"},
	{"target by mail", sends("adele", entitlement.Submission{Kind: entitlement.UserAdd, Package: "tools", TargetEmail: "a@example.com"}), fault.Invalid, "InvalidModel", "Only a direct assignment", "by assignment.targetId"},
	{"no assignment to end", sends("adele", entitlement.Submission{Kind: entitlement.UserRemove}), fault.Invalid, "InvalidModel", "names the assignment to end", "set assignment.id"},
	{"no assignment to change", sends("adele", entitlement.Submission{Kind: entitlement.UserUpdate}), fault.Invalid, "InvalidModel", "the assignment to change", "by assignment.id"},

	// 3: package and catalog.
	{"unpublished", asks(func(_ *entitlement.Submission, f *entitlement.Facts) { f.Catalog.Published = false }), fault.Invalid, "CatalogNotEnabled", `catalog "Sales" is not published`, "owner can publish it"},
	{
		"closed to people from outside", asks(func(_ *entitlement.Submission, f *entitlement.Facts) { f.Target.Kind = directory.KindExternal }),
		fault.Invalid, "CatalogNotEnabled", "not open to people from outside", "isExternallyVisible",
	},

	// 4: the policy.
	{"policy of another package", sends("adele", entitlement.Submission{Kind: entitlement.UserAdd, Package: "tools", Policy: "other"}), fault.Invalid, "PolicyNotApplicable", "has no policy other", "Name one of its own"},
	{"closed policy", asks(func(_ *entitlement.Submission, f *entitlement.Facts) { f.Policy.AcceptRequests = false }), fault.Invalid, "PolicyNotApplicable", `policy "everybody" does not accept requests`, "can switch them on"},
	{
		"no policy fits", sends("adele", entitlement.Submission{Kind: entitlement.UserAdd, Package: "tools"}, func(p *entitlement.Policy) { p.AcceptRequests = false }),
		fault.Invalid, "PolicyNotApplicable", "none has the target in its scope", "can assign the package directly",
	},
	{
		"several policies fit", func(w *world) error {
			pkg := w.pkg(w.catalog("sales"), "tools")
			w.policy(pkg)
			w.policy(pkg)
			_, err := w.engine.Submit(w.ctx, w.as("adele"), entitlement.Submission{Kind: entitlement.UserAdd, Package: pkg})
			return err
		}, fault.Invalid, "PolicySelectionRequired", "Several policies apply", "name one of them in assignment.assignmentPolicyId",
	},
	{
		"only for emergencies", func(*world) error {
			_, err := entitlement.Choose([]entitlement.Policy{{ID: "p", Emergency: &entitlement.EmergencySettings{}}})
			return err
		}, fault.Invalid, "PolicyNotApplicable", "is for emergencies", "Name it in assignment.assignmentPolicyId",
	},

	// 5: for whom.
	{
		"not for oneself", func(w *world) error {
			pkg := w.pkg(w.catalog("sales"), "tools")
			policy := w.policy(pkg, func(p *entitlement.Policy) { p.Requestor.SelfAdd = false })
			_, err := w.engine.Submit(w.ctx, w.as("adele"), entitlement.Submission{Kind: entitlement.UserAdd, Package: pkg, Policy: policy})
			return err
		}, fault.Invalid, "PolicyNotApplicable", "does not let people ask for themselves", "can set enableTargetsToSelfAddAccess",
	},
	{
		"for somebody else", func(w *world) error {
			return sends("adele", entitlement.Submission{Kind: entitlement.UserAdd, Package: "tools", Target: w.user("dana")})(w)
		}, fault.Forbidden, "UnAuthorized", "does not let the caller ask for somebody else", "onBehalfRequestors",
	},

	// 6: the target.
	{"inactive target", asks(func(_ *entitlement.Submission, f *entitlement.Facts) { f.Target.Enabled = false }), fault.Invalid, "TargetNotAllowed", "not an active object", "enable or restore the account"},
	{"out of scope", asks(func(_ *entitlement.Submission, f *entitlement.Facts) { f.InScope = false }), fault.Invalid, "TargetNotAllowed", "whose scope is allDirectoryUsers", "can widen it"},
	{
		"policy for nobody", asks(func(_ *entitlement.Submission, f *entitlement.Facts) {
			f.InScope, f.Policy.Scope = false, entitlement.ScopeNobody
		}), fault.Invalid, "TargetNotAllowed", "through the policy", "an assignment manager can assign it",
	},

	// 7 and 8: what is there already.
	{
		"open request", asks(func(_ *entitlement.Submission, f *entitlement.Facts) {
			f.Open = &entitlement.Request{ID: "open", Status: entitlement.Delivering}
		}), fault.Invalid, "ExistingOpenRequest", "already an open request", "Wait for it or cancel it",
	},
	{
		"held already", asks(func(_ *entitlement.Submission, f *entitlement.Facts) {
			f.Active = []entitlement.Assignment{{ID: "held", Policy: f.Policy.ID}}
		}), fault.Invalid, "ExistingAssignment", "already has this access package through this policy", "extended or changed, or remove it",
	},

	// 9: separation of duties.
	{
		"incompatible", asks(func(_ *entitlement.Submission, f *entitlement.Facts) {
			f.Incompatible = []entitlement.Conflict{{Kind: entitlement.HoldsPackage, Package: "pay", Assignment: "held"}}
		}), fault.Invalid, "IncompatibleAccess", "must not be combined", "has to end first, or an exception has to be approved",
	},
	{
		"incompatible by now, when it is to be approved", func(w *world) error {
			c := w.catalog("sales")
			pay, enter := w.open(c, "pay"), w.pkg(c, "enter")
			w.policy(enter, w.approvedBy("ben"))
			id := w.submit("adele", enter)
			w.advance(0)
			w.submit("adele", pay)
			w.advance(0)
			w.bar(enter, pay)
			a, err := w.engine.Approval(w.ctx, w.as("ben"), id)
			w.ok(err)
			return w.engine.DecideApproval(w.ctx, w.as("ben"), id, entitlement.Decision{Stage: a.Stages[0].ID, Approve: true})
		}, fault.Invalid, "IncompatibleAccess", "must not be combined", "has to end first",
	},

	// Credentials that come with the request.
	{
		"credentials of one's own", presents(false, 1, "authority"), fault.Invalid, "VerifiedCredentialsNotAccepted",
		"is taken from those who assign access to others", "Leave it out",
	},
	{"too many credentials", presents(true, 11, "authority"), fault.Invalid, "InvalidModel", "at most 10 verified credentials", "send fewer"},
	{"a credential of nobody", presents(true, 1, ""), fault.Invalid, "InvalidModel", "names its authority", "name both"},

	// 10: the schedule.
	{"start in the past", asks(func(s *entitlement.Submission, f *entitlement.Facts) { s.Schedule.Start = f.Now.Add(-time.Hour) }), fault.Invalid, "InvalidSchedule", "lies in the past", "leave it out"},
	{
		"no custom schedule", asks(func(s *entitlement.Submission, f *entitlement.Facts) {
			f.Policy.Requestor.CustomSchedule, s.Schedule = false, until(f.Now.Add(day))
		}), fault.Invalid, "InvalidSchedule", "does not let requestors choose a period", "leave schedule out",
	},
	{
		"end before start", asks(func(s *entitlement.Submission, f *entitlement.Facts) { s.Schedule = until(f.Now.Add(-day)) }),
		fault.Invalid, "InvalidSchedule", "must be later than its start", "set a later end",
	},
	{
		"longer than the policy", asks(func(s *entitlement.Submission, f *entitlement.Facts) {
			tenDays(&f.Policy)
			s.Schedule = until(f.Now.Add(11 * day))
		}), fault.Invalid, "InvalidSchedule", "The policy ends access at", "ask for an end until then",
	},

	// 11: answers.
	{"unknown question", asks(func(s *entitlement.Submission, _ *entitlement.Facts) {
		s.Answers = []entitlement.Answer{{Question: entitlement.Question{ID: "who"}}}
	}), fault.Invalid, "InvalidAnswers", "no question who", "getApplicablePolicyRequirements lists those"},
	{"no answer", answering(entitlement.Question{Required: true}), fault.Invalid, "InvalidAnswers", `"Why?" (why) is required`, "give it an answer"},
	{"two answers", answering(entitlement.Question{}, "a", "b"), fault.Invalid, "InvalidAnswers", "takes one answer", "leave the others out"},
	{
		"no such choice", answering(entitlement.Question{Kind: entitlement.ChoiceQuestion, Choices: []entitlement.Choice{{Value: "a"}, {Value: "b"}}}, "c"),
		fault.Invalid, "InvalidAnswers", "none of its choices", "use one of a, b",
	},
	{"two lines", answering(entitlement.Question{SingleLine: true}, "a\nb"), fault.Invalid, "InvalidAnswers", "must be a single line", "take the line breaks out"},
	{"long answer", answering(entitlement.Question{}, longText), fault.Invalid, "InvalidAnswers", "longer than 2000 characters", "shorten it"},
	{"pattern", answering(entitlement.Question{Pattern: "[a-z]+"}, "7"), fault.Invalid, "InvalidAnswers", "does not match", "write it as the pattern [a-z]+ says"},

	// 12: the justification.
	{"long justification", asks(func(s *entitlement.Submission, _ *entitlement.Facts) { s.Justification = longText }), fault.Invalid, "InvalidModel", "longer than 4000 characters", "shorten it"},
	{
		"no justification", asks(func(_ *entitlement.Submission, f *entitlement.Facts) {
			f.Policy.Approval.RequestorJustificationRequired = true
		}), fault.Invalid, "JustificationRequired", "asks requestors to say why", "set justification",
	},

	// 13: credentials.
	{
		"credential", asks(func(_ *entitlement.Submission, f *entitlement.Facts) {
			f.Policy.VerifiedCredentials = []entitlement.VerifiedCredential{{}}
		}), fault.Invalid, "VerifiableCredentialRequired", "asks for a verified credential", "can assign the package directly",
	},

	// Changes.
	{"ended", changes(func(_ *entitlement.Submission, f *entitlement.Facts) { f.Held.State = entitlement.AssignmentExpired }), fault.Invalid, "AssignmentNotActive", "cannot be changed while its state is", "ask for a new one"},
	{"nothing to change", changes(func(*entitlement.Submission, *entitlement.Facts) {}), fault.Invalid, "InvalidModel", "An update gives", "new answers, a new schedule.expiration, or both"},
	{
		"a gap", changes(func(s *entitlement.Submission, f *entitlement.Facts) {
			s.Schedule = until(f.Now.Add(30 * day))
			s.Schedule.Start = f.Held.EndsAt.Add(day)
		}), fault.Invalid, "InvalidSchedule", "must not have a gap", "leave schedule.startDateTime out",
	},
	{
		"no custom end", changes(func(s *entitlement.Submission, f *entitlement.Facts) {
			f.Policy.Requestor.CustomSchedule, s.Schedule = false, until(f.Now.Add(day))
		}), fault.Invalid, "InvalidSchedule", "does not let requestors choose a period", "leave schedule out",
	},
	{"new end in the past", changes(func(s *entitlement.Submission, f *entitlement.Facts) { s.Schedule = until(f.Now.Add(-day)) }), fault.Invalid, "InvalidSchedule", "must lie in the future", "to end access now, remove it"},
	{
		"new end too late", changes(func(s *entitlement.Submission, f *entitlement.Facts) {
			tenDays(&f.Policy)
			s.Schedule = until(f.Now.Add(30 * day))
		}), fault.Invalid, "InvalidSchedule", "The policy ends access at", "ask for an end until then",
	},
	{
		"no end to extend", judged(entitlement.UserExtend, func(_ *entitlement.Submission, f *entitlement.Facts) { f.Held.EndsAt = time.Time{} }),
		fault.Invalid, "InvalidSchedule", "does not end", "nothing to extend",
	},
	{
		"no later end", judged(entitlement.UserExtend, func(s *entitlement.Submission, f *entitlement.Facts) {
			s.Schedule = until(f.Now.Add(5 * day))
		}), fault.Invalid, "InvalidSchedule", "ends at", "an extension has to end later",
	},
	{
		"answers that stay", changes(func(s *entitlement.Submission, f *entitlement.Facts) {
			q := entitlement.Question{ID: "why", Text: entitlement.LocalizedText{Default: "Why?"}}
			f.Policy.Questions = []entitlement.Question{q}
			f.Before = []entitlement.Answer{{Question: q, Value: "a"}}
			s.Answers = []entitlement.Answer{{Question: q, Value: "b"}}
		}), fault.Invalid, "InvalidAnswers", "cannot be changed later", "an assignment manager can change it",
	},
	{
		"changes switched off", held("adele", entitlement.Submission{Kind: entitlement.UserUpdate}, asIs, func(p *entitlement.Policy) { p.Requestor.SelfUpdate = false }),
		fault.Invalid, "PolicyNotApplicable", "does not let people extend or change", "ask an assignment manager",
	},
	{
		"a policy that is not the assignment's", func(w *world) error {
			pkg := w.open(w.catalog("sales"), "tools")
			id := w.submit("adele", pkg)
			w.advance(0)
			_, err := w.engine.Submit(w.ctx, w.admin(), entitlement.Submission{Kind: entitlement.AdminUpdate, Assignment: entitlement.AssignmentID(id), Policy: "other"})
			return err
		}, fault.NotFound, "ResourceNotFound", "no assignment", "name it by assignment.id alone",
	},
	{"nothing held", sends("adele", entitlement.Submission{Kind: entitlement.UserUpdate, Package: "tools"}), fault.Invalid, "AssignmentNotActive", "no such active assignment", "ask for a new one"},
	{
		"several held", func(w *world) error {
			pkg := w.pkg(w.catalog("sales"), "tools")
			for range 2 {
				policy := w.policy(pkg)
				_, err := w.engine.Submit(w.ctx, w.as("adele"), entitlement.Submission{Kind: entitlement.UserAdd, Package: pkg, Policy: policy})
				w.ok(err)
				w.advance(0)
			}
			_, err := w.engine.Submit(w.ctx, w.as("adele"), entitlement.Submission{Kind: entitlement.UserUpdate, Package: pkg})
			return err
		}, fault.Invalid, "PolicySelectionRequired", "several assignments", "name one of them in assignment.id",
	},

	// Removals.
	{"ended already", removing(func(a *entitlement.Assignment, _ *entitlement.Policy, _ **entitlement.Request) {
		a.State = entitlement.AssignmentExpired
	}), fault.Invalid, "AssignmentNotActive", "has ended already", "nothing left to remove"},
	{"removal switched off", removing(func(_ *entitlement.Assignment, p *entitlement.Policy, _ **entitlement.Request) {
		p.Requestor.SelfRemove = false
	}), fault.Invalid, "PolicyNotApplicable", "does not let people remove their own access", "ask an assignment manager"},
	{"somebody else's", held("dana", entitlement.Submission{Kind: entitlement.UserRemove}, asIs), fault.Forbidden, "UnAuthorized", "not the caller's own", "an assignment manager of its catalog can"},
	{"not one's approval", held("dana", entitlement.Submission{Kind: entitlement.ApproverRemove}, asIs), fault.Forbidden, "UnAuthorized", "approved no request", "an assignment manager of its catalog can"},

	// Decisions.
	{"no approver", decides("dana", func(*world, *entitlement.Decision, entitlement.RequestID) {}), fault.Forbidden, "UnAuthorized", "not an approver of this stage", "those who are asked in it can decide"},
	{"no approver, no stage", decides("dana", func(_ *world, d *entitlement.Decision, _ entitlement.RequestID) { d.Stage = "none" }), fault.Forbidden, "UnAuthorized", "not an approver of this request", "those who are asked can decide"},
	{"no such stage", decides("ben", func(_ *world, d *entitlement.Decision, _ entitlement.RequestID) { d.Stage = "none" }), fault.NotFound, "ResourceNotFound", "no stage none", "Read the approval"},
	{"approver says nothing", decides("ben", func(_ *world, d *entitlement.Decision, _ entitlement.RequestID) { d.Justification = "" }), fault.Invalid, "JustificationRequired", "asks approvers to say why", "set justification"},
	{"approver says too much", decides("ben", func(_ *world, d *entitlement.Decision, _ entitlement.RequestID) { d.Justification = longText }), fault.Invalid, "InvalidModel", "longer than 4000 characters", "shorten it"},
	{"decided already", decides("ben", func(w *world, d *entitlement.Decision, id entitlement.RequestID) {
		w.ok(w.engine.DecideApproval(w.ctx, w.as("ben"), id, *d))
	}), fault.Conflict, "Conflict", "not open for a decision", "Read the approval again"},
	{
		"closed meanwhile", func(*world) error {
			a := entitlement.Approval{Stages: []entitlement.Stage{{ID: "s", Status: entitlement.StageInProgress}}}
			_, _, err := a.Decide(entitlement.Request{Status: entitlement.Canceled}, entitlement.Decision{Stage: "s"}, entitlement.System, monday)
			return err
		}, fault.Conflict, "Conflict", "no longer waiting for a decision", "a new request can be made",
	},
	{
		"no such stage in the approval", func(*world) error {
			_, _, err := entitlement.Approval{}.Decide(entitlement.Request{}, entitlement.Decision{Stage: "none"}, entitlement.System, monday)
			return err
		}, fault.NotFound, "ResourceNotFound", "no stage none", "Read the approval",
	},

	// Cancellations.
	{
		"delivered already", func(w *world) error {
			id := w.submit("adele", w.open(w.catalog("sales"), "tools"))
			w.advance(0)
			return w.engine.CancelRequest(w.ctx, w.as("adele"), id, true)
		}, fault.Invalid, "RequestNotCancelable", "cannot be canceled; only Accepted", "end access that was given by a request of its own, userRemove or adminRemove",
	},
	{
		"a stranger's", func(w *world) error {
			return w.engine.CancelRequest(w.ctx, w.as("dana"), w.submit("adele", w.open(w.catalog("sales"), "tools")), true)
		}, fault.Forbidden, "UnAuthorized", "not authorized to cancel a request", "needs a role that allows it: Catalog owner",
	},
	{
		"an application's", func(w *world) error {
			return w.engine.CancelRequest(w.ctx, w.app(authz.ReadWriteAll), w.submit("adele", w.open(w.catalog("sales"), "tools")), true)
		}, fault.Forbidden, "UnAuthorized", "the application permission is not enough", "the application needs a role",
	},
}

// Every refusal says which rule refused and what would change it, under its
// documented code.
func TestEveryRefusalSaysWhichRuleAndWhatWouldChangeIt(t *testing.T) {
	t.Parallel()
	said := make([]string, len(refusals))
	t.Run("refusals", func(t *testing.T) {
		for i, r := range refusals {
			t.Run(r.name, func(t *testing.T) {
				t.Parallel()
				err := r.call(newWorld(t))
				if !fault.Is(err, r.kind) || fault.Of(err).Code != r.code {
					t.Fatalf("error %v, want %s (kind %d)", err, r.code, r.kind)
				}
				said[i] = fault.Of(err).Message
				for what, words := range map[string]string{"the rule": r.rule, "the remedy": r.remedy} {
					if words == "" || !strings.Contains(said[i], words) {
						t.Errorf("%s is not told: %q lacks %q", what, said[i], words)
					}
				}
			})
		}
		t.Run("strict body", func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(s *engine.Settings) { s.CancelStrictBody = true })
			err := w.engine.CancelRequest(w.ctx, w.as("adele"), w.submit("adele", w.open(w.catalog("sales"), "tools")), false)
			refused(t, err, fault.Invalid, "InvalidModel")
			if !strings.Contains(fault.Of(err).Message, `"requestStatus": "cancelled"`) {
				t.Errorf("the body is not told: %v", err)
			}
		})
	})
	for format, pattern := range refusing(t) {
		if elsewhere[format] == "" && !slices.ContainsFunc(said, pattern.MatchString) {
			t.Errorf("no row of refusals is told %q", format)
		}
	}
}

// elsewhere are the refusals that have no row, with the reason.
var elsewhere = map[string]string{
	`This server wants the documented body to cancel one's own request: {"id": "%s", "requestStatus": "cancelled"}.`:         "needs a setting; the test has it",
	"The policy of the assignment %s does not exist any more. It can only be removed, and asked for through another policy.": "a policy with assignments cannot be deleted; only data from elsewhere gets here",
}

// refusing finds the refusals in the source of requests, decisions and
// cancellations: their formats, and what matches their sentences.
func refusing(t *testing.T) map[string]*regexp.Regexp {
	t.Helper()
	format := map[string]int{"fault.New": 2, "authz.Denied": 1, "bad": 1, "invalidAnswer": 0} // the argument that is the format
	verb := regexp.MustCompile(`%[a-z]`)
	found := map[string]*regexp.Regexp{}
	for _, file := range []string{
		"../entitlement/submission.go", "../entitlement/extension.go", "../entitlement/question.go", "../entitlement/sod.go",
		"../entitlement/approval.go", "../entitlement/request.go", "request_submit.go", "request_update.go", "request_cancel.go",
		"request_revoke.go", "request_external.go", "approval_decide.go",
	} {
		parsed, err := parser.ParseFile(token.NewFileSet(), filepath.FromSlash(file), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			at, ok := format[nameOf(call.Fun)]
			if !ok {
				return true
			}
			if text, ok := literal(call.Args[at]); ok {
				found[text] = regexp.MustCompile(`(?s)` + verb.ReplaceAllString(regexp.QuoteMeta(text), ".*"))
			}
			return true
		})
	}
	if len(found) == 0 {
		t.Fatal("no refusal was found in the source")
	}
	return found
}

func nameOf(fun ast.Expr) string {
	switch f := fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return fmt.Sprint(f.X, ".", f.Sel)
	}
	return ""
}

// literal puts a text together that is written in one piece or in several.
func literal(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		s, err := strconv.Unquote(e.Value)
		return s, err == nil
	case *ast.BinaryExpr:
		left, l := literal(e.X)
		right, r := literal(e.Y)
		return left + right, l && r
	}
	return "", false
}
