package engine_test

import (
	"strings"
	"testing"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/engine"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/provision/builtin"
)

// collects makes a resource ask for attributes of people.
func (w *world) collects(r entitlement.Resource, attributes ...entitlement.ResourceAttribute) error {
	w.t.Helper()
	_, err := w.engine.RequestResource(w.ctx, w.admin(), entitlement.ResourceRequest{
		Kind: entitlement.AdminUpdate, Catalog: r.Catalog, Resource: entitlement.Resource{ID: r.ID, Attributes: attributes},
	})
	return err
}

func anAttribute(name string) entitlement.ResourceAttribute {
	return entitlement.ResourceAttribute{
		AttributeUse: entitlement.AttributeUse{Name: name},
		Question:     entitlement.Question{Kind: entitlement.TextQuestion, Text: entitlement.LocalizedText{Default: "Your " + name + "?"}},
	}
}

// asked are the questions that somebody meets who asks for a package.
func (w *world) asked(name string, p entitlement.PackageID) []entitlement.Question {
	w.t.Helper()
	all, err := w.engine.Requirements(w.ctx, w.as(name), p, "")
	w.ok(err)
	if len(all) != 1 {
		w.t.Fatalf("%d requirements, want one", len(all))
	}
	return all[0].Questions
}

// answered asks for a package with answers to the questions, in their order.
func (w *world) answered(name string, p entitlement.PackageID, values ...string) (entitlement.RequestID, error) {
	w.t.Helper()
	s := entitlement.Submission{Kind: entitlement.UserAdd, Package: p}
	for i, q := range w.asked(name, p) {
		s.Answers = append(s.Answers, entitlement.Answer{Question: entitlement.Question{ID: q.ID}, Value: values[i]})
	}
	r, err := w.engine.Submit(w.ctx, w.as(name), s)
	return r.ID, err
}

func (w *world) userDetail(name string) directory.UserDetail {
	w.t.Helper()
	o, err := w.engine.Object(w.ctx, w.admin(), directory.KindUser, string(w.user(name)))
	w.ok(err)
	return *o.User
}

// reading makes a package under a policy, and the resource whose role it
// gives.
func (w *world) reading(edits ...func(*entitlement.Policy)) (entitlement.PackageID, entitlement.Resource) {
	w.t.Helper()
	c := w.catalog("CRM")
	p, r := w.pkg(c, "CRM"), w.resource(c, "readers")
	w.give(p, r, "Member")
	w.policy(p, edits...)
	return p, r
}

// catalogs-and-resources.md section 4.6: an answer is mandatory.
func TestAttributesAreAskedWithTheQuestionsOfThePolicy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.catalog("CRM")
	p, r, unused := w.pkg(c, "CRM"), w.resource(c, "readers"), w.resource(c, "writers")
	w.give(p, r, "Member")
	w.policy(p, func(p *entitlement.Policy) {
		p.Questions = []entitlement.Question{{Kind: entitlement.TextQuestion, Text: entitlement.LocalizedText{Default: "Why?"}}}
	})
	title, floor := anAttribute("jobtitle"), anAttribute("officeLocation")
	floor.Editable = true
	w.ok(w.collects(r, title, floor))
	w.ok(w.collects(unused, anAttribute("city")))
	questions := w.asked("adele", p)
	if len(questions) != 3 || questions[1].Text.Default != "Your jobtitle?" || !questions[1].Required || questions[0].Required {
		t.Fatalf("asked %+v, want the policy's question and two more that need an answer", questions)
	}
	_, err := w.engine.Submit(w.ctx, w.as("adele"), entitlement.Submission{Kind: entitlement.UserAdd, Package: p})
	refused(t, err, fault.Invalid, "InvalidAnswers")
	id, err := w.answered("adele", p, "", "Buyer", "3")
	w.ok(err)
	if got := w.stored(id).Answers; len(got) != 2 || got[0].Value != "Buyer" || got[1].Value != "3" {
		t.Errorf("answers %+v", got)
	}

	// What is there is asked for only if it can be edited.
	w.edit("ben", func(o *directory.Object) { o.User.JobTitle, o.User.OfficeLocation = "Boss", "9" })
	if questions := w.asked("ben", p); len(questions) != 2 || questions[1].Text.Default != "Your officeLocation?" {
		t.Errorf("ben is asked %+v", questions)
	}
}

func TestAttributesKeepTheirIDs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.resource(w.catalog("CRM"), "readers")
	stored := func() []entitlement.ResourceAttribute {
		v, err := w.engine.Resource(w.ctx, w.admin(), "", r.ID, nil)
		w.ok(err)
		return v.Attributes
	}
	w.ok(w.collects(r, anAttribute("jobTitle")))
	first := stored()
	if len(first) != 1 || first[0].ID == "" || first[0].Question.ID == "" || first[0].Name != "jobTitle" {
		t.Fatalf("stored %+v", first)
	}
	w.ok(w.collects(r, anAttribute("city"), anAttribute("JOBTITLE")))
	if all := stored(); len(all) != 2 || all[1].ID != first[0].ID || all[1].Question.ID != first[0].Question.ID || all[0].ID == all[1].ID {
		t.Errorf("stored %+v, want the id of %+v again", all, first)
	}
	w.ok(w.collects(r)) // says nothing of them
	if n := len(stored()); n != 2 {
		t.Errorf("%d attributes after a change of something else, want 2", n)
	}
}

func TestAttributesAreChecked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.catalog("CRM")
	r := w.resource(c, "readers")
	nameless := anAttribute("city")
	nameless.Question.Text.Default = " "
	for name, tt := range map[string]struct {
		code       string
		attributes []entitlement.ResourceAttribute
	}{
		"unknown":               {"InvalidResourceAttribute", []entitlement.ResourceAttribute{anAttribute("shoeSize")}},
		"by which one signs in": {"InvalidResourceAttribute", []entitlement.ResourceAttribute{anAttribute("userPrincipalName")}},
		"twice":                 {"InvalidResourceAttribute", []entitlement.ResourceAttribute{anAttribute("city"), anAttribute("City")}},
		"without a text":        {"InvalidQuestion", []entitlement.ResourceAttribute{nameless}},
	} {
		if err := w.collects(r, tt.attributes...); !fault.Is(err, fault.Invalid) || fault.Of(err).Code != tt.code || fault.Of(err).Target != "resource.attributes" {
			t.Errorf("%s: %v, want %s", name, err, tt.code)
		}
	}

	// Rules judge people by them, so the owner of a catalog cannot set them.
	w.role("olga", authz.CatalogOwner, c)
	ask := entitlement.ResourceRequest{
		Kind: entitlement.AdminUpdate, Catalog: c,
		Resource: entitlement.Resource{ID: r.ID, Attributes: []entitlement.ResourceAttribute{anAttribute("city")}},
	}
	_, err := w.engine.RequestResource(w.ctx, w.as("olga"), ask)
	forbidden(t, err)
	_, err = w.engine.RequestResource(w.ctx, w.with("ida", authz.GovernanceAdmin), ask)
	w.ok(err)
	ask.Resource.DisplayName = "Readers"
	_, err = w.engine.RequestResource(w.ctx, w.as("olga"), ask)
	w.ok(err) // she sends back what is there
}

// catalogs-and-resources.md section 4.6: written at delivery, cleared at
// removal unless persisted.
func TestAnswersGoToTheAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, r := w.reading()
	title, floor, city := anAttribute("jobTitle"), anAttribute("officeLocation"), anAttribute("city")
	title.Editable, floor.Persistent, city.Editable = true, true, true
	w.ok(w.collects(r, title, floor, city))
	w.edit("adele", func(o *directory.Object) { o.User.JobTitle = "Clerk" })
	id, err := w.answered("adele", p, "Buyer", "3", "Rome")
	w.ok(err)
	if u := w.userDetail("adele"); u.JobTitle != "Clerk" {
		t.Errorf("before delivery the job is %q", u.JobTitle)
	}
	w.advance(0)
	if u := w.userDetail("adele"); u.JobTitle != "Buyer" || u.OfficeLocation != "3" || u.City != "Rome" {
		t.Errorf("delivered, but the account has %q, %q and %q", u.JobTitle, u.OfficeLocation, u.City)
	}
	records := w.audit(audit.KindObject, string(w.user("adele")))
	if last := records[len(records)-1]; last.Action != audit.UserUpdated || last.Actor != entitlement.System || strings.Contains(last.Reason, "Buyer") {
		t.Errorf("the audit log says %+v", last)
	}
	w.edit("adele", func(o *directory.Object) { o.User.City = "Oslo" })
	w.ok(w.removes("adele", id))
	w.advance(0)
	if u := w.userDetail("adele"); u.JobTitle != "" || u.OfficeLocation != "3" || u.City != "Oslo" {
		t.Errorf("removed, but the account has %q, %q and %q; want what persists and what was changed since", u.JobTitle, u.OfficeLocation, u.City)
	}
}

func TestAnAttributeStaysWhileOtherAccessWantsIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.catalog("CRM")
	r := w.resource(c, "readers")
	title := anAttribute("jobTitle")
	title.Editable = true
	w.ok(w.collects(r, title))
	var ids []entitlement.RequestID
	for _, name := range []string{"A", "B"} {
		p := w.pkg(c, name)
		w.give(p, r, "Member")
		w.policy(p)
		id, err := w.answered("adele", p, "Buyer")
		w.ok(err)
		w.advance(0)
		ids = append(ids, id)
	}
	for i, want := range []string{"Buyer", ""} {
		w.ok(w.removes("adele", ids[i]))
		w.advance(0)
		if got := w.userDetail("adele").JobTitle; got != want {
			t.Errorf("after %d removals the job is %q, want %q", i+1, got, want)
		}
	}
}

func TestTheAccountFollowsTheEndOfTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, r := w.reading(func(p *entitlement.Policy) {
		p.Expiration = entitlement.Expiration{Type: entitlement.AfterDuration, Duration: "P1D"}
	})
	w.ok(w.collects(r, anAttribute("jobTitle")))
	_, err := w.answered("adele", p, "Buyer")
	w.ok(err)
	w.advance(0)
	if got := w.userDetail("adele").JobTitle; got != "Buyer" {
		t.Errorf("the job is %q", got)
	}
	w.advance(2 * day)
	if got := w.userDetail("adele").JobTitle; got != "" {
		t.Errorf("after the end the job is %q", got)
	}
}

func TestANewAnswerGoesToTheAccountToo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, r := w.reading()
	title := anAttribute("jobTitle")
	title.Editable, title.Question.AnswerEditable = true, true
	w.ok(w.collects(r, title))
	id, err := w.answered("adele", p, "Buyer")
	w.ok(err)
	w.advance(0)
	_, err = w.engine.Submit(w.ctx, w.as("adele"), entitlement.Submission{
		Kind: entitlement.UserUpdate, Assignment: w.request(id).Assignment,
		Answers: []entitlement.Answer{{Question: entitlement.Question{ID: w.asked("adele", p)[0].ID}, Value: "Seller"}},
	})
	w.ok(err)
	w.advance(0)
	if got := w.userDetail("adele").JobTitle; got != "Seller" {
		t.Errorf("the job is %q", got)
	}
}

func TestAccountsOfAnotherDirectoryStayAsTheyAre(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, r := w.reading()
	w.ok(w.collects(r, anAttribute("jobTitle")))
	w.user("adele")
	readOnly := engine.New(w.store, w.clock, newID, builtin.Connectors(newID), engine.Settings{MaxStages: 3, DirectoryReadOnly: true})
	w.engine = readOnly
	id, err := w.answered("adele", p, "Buyer")
	w.ok(err)
	w.advance(0)
	if got := w.userDetail("adele").JobTitle; got != "" || w.request(id).Status != entitlement.Delivered {
		t.Errorf("the job is %q", got)
	}
}
