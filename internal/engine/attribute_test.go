package engine_test

import (
	"testing"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
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
		Name: name, Question: entitlement.Question{Kind: entitlement.TextQuestion, Text: entitlement.LocalizedText{Default: "Your " + name + "?"}},
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
	_, err = w.engine.RequestResource(w.ctx, w.as("olga"), ask) // sends back what is there
	if err == nil {
		return
	}
	t.Errorf("the owner cannot send attributes back: %v", err)
}
