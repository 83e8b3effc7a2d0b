package graphapi

import (
	"strings"

	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/graphapi/wire"
	"github.com/grantkeep/grantkeep/internal/query"
)

func (c *call) loadSubjects() loader[entitlement.Subject] {
	return func(q query.List, inc entitlement.Include) (query.Page[entitlement.Subject], error) {
		return c.s.engine.Subjects(c.ctx, c.who, q, inc)
	}
}

// subjectKey is the condition that finds the subject on the path, by its own
// id or by that of its object in the directory.
func (c *call) subjectKey() query.Expr {
	if id := c.arg("subject"); id != "" {
		return is("id", id)
	}
	return query.Compare{Field: "objectId", Value: strings.ToLower(c.arg("object"))}
}

func (c *call) loadSubject(inc entitlement.Include) (entitlement.Subject, error) {
	s, err := onlyRow(c.loadSubjects()(query.List{Where: c.subjectKey(), Limit: 1}, inc))
	if err == nil && s.ObjectID == "" && c.arg("subject") == "" {
		err = fault.New(fault.NotFound, "ResourceNotFound", "There is no object with this key.")
	}
	return s, err
}

func listSubjects(c *call) error {
	return answerList(c, wire.Subject, c.here(), nil, c.loadSubjects())
}

func countSubjects(c *call) error { return answerCount(c, wire.Subject, nil, c.loadSubjects()) }

func getSubject(c *call) error { return answerOne(c, wire.Subject, c.around(), c.loadSubject) }

func updateSubject(c *call) error {
	body, err := c.content()
	if err != nil {
		return err
	}
	same := func(s entitlement.Subject) entitlement.Subject { return s }
	edit := editing(c, body, wire.Subject, wire.Merge, same, same)
	if err := c.s.engine.GovernSubject(c.ctx, c.who, c.subjectKey(), edit); err != nil {
		return err
	}
	return answerChanged(c, wire.Subject, c.around(), c.loadSubject)
}

func getOrganizationOfSubject(c *call) error {
	return answerOne(c, wire.HomeOrganization, c.named(organizationNames), func(entitlement.Include) (entitlement.OrganizationView, error) {
		s, err := c.loadSubject(entitlement.Include{"organization": nil})
		return organizationOf(&s, err)
	})
}

// organizationOf is the organization of a subject at the end of a navigation.
func organizationOf(s *entitlement.Subject, err error) (entitlement.OrganizationView, error) {
	of, err := related(s, err)
	return related(of.InOrganization, err)
}
