package graphapi

import (
	"net/http"

	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/graphapi/wire"
	"github.com/grantkeep/grantkeep/internal/query"
)

func (c *call) policyID() entitlement.PolicyID { return entitlement.PolicyID(c.arg("policy")) }

// loadPolicies lists policies; if there is a package on the path, the caller
// must be able to read it.
func (c *call) loadPolicies() loader[entitlement.PolicyView] {
	return func(q query.List, inc entitlement.Include) (query.Page[entitlement.PolicyView], error) {
		if c.packageID() != "" {
			if _, err := c.loadPackage(nil); err != nil {
				return query.Page[entitlement.PolicyView]{}, err
			}
		}
		return c.s.engine.Policies(c.ctx, c.who, q, inc)
	}
}

// loadPolicy loads the policy on the path, which belongs to the package on
// the path if there is one.
func (c *call) loadPolicy(inc entitlement.Include) (entitlement.PolicyView, error) {
	p, err := c.s.engine.Policy(c.ctx, c.who, c.policyID(), inc)
	if of := c.packageID(); err == nil && of != "" && of != p.Package {
		return entitlement.PolicyView{}, fault.New(fault.NotFound, "ResourceNotFound", "The access package %s has no policy %s.", of, p.ID)
	}
	return p, err
}

// ofPackage narrows a list to the package on the path, if there is one.
func (c *call) ofPackage() query.Expr { return is("package", c.arg("package")) }

// listPolicies serves all policies, and those of the package on the path.
func listPolicies(c *call) error {
	return answerList(c, wire.Policy, c.here(), c.ofPackage(), c.loadPolicies())
}

func countPolicies(c *call) error {
	return answerCount(c, wire.Policy, c.ofPackage(), c.loadPolicies())
}

func getPolicy(c *call) error { return answerOne(c, wire.Policy, c.around(), c.loadPolicy) }

func getPackageOfPolicy(c *call) error {
	return answerOne(c, wire.Package, c.named(packageNames), func(inc entitlement.Include) (entitlement.PackageView, error) {
		p, err := c.loadPolicy(inc.Under("package"))
		return related(p.OfPackage, err)
	})
}

func getCatalogOfPolicy(c *call) error {
	return answerOne(c, wire.Catalog, c.named(catalogNames), func(inc entitlement.Include) (entitlement.CatalogView, error) {
		p, err := c.loadPolicy(inc.Under("catalog"))
		return related(p.InCatalog, err)
	})
}

// loadQuestions lists the questions of the policy in the order in which they
// are asked.
func (c *call) loadQuestions(q query.List, _ entitlement.Include) (query.Page[entitlement.Question], error) {
	p, err := c.loadPolicy(nil)
	if len(q.Order) == 0 {
		q.Order = []query.Order{{Field: "sequence"}}
	}
	return wire.Question.Select(p.Questions, q), err
}

func listQuestions(c *call) error {
	return answerList(c, wire.Question, c.here(), nil, c.loadQuestions)
}

func countQuestions(c *call) error { return answerCount(c, wire.Question, nil, c.loadQuestions) }

func getQuestion(c *call) error {
	return answerOne(c, wire.Question, c.around(), func(inc entitlement.Include) (entitlement.Question, error) {
		return onlyRow(c.loadQuestions(query.List{Where: is("id", c.arg("question")), Limit: 1}, inc))
	})
}

// createPolicy takes the package from the path if there is one, else from
// the body.
func createPolicy(c *call) error {
	var v entitlement.PolicyView
	v.Package = c.packageID()
	if err := decode(c, wire.Policy, &v, wire.Create); err != nil {
		return err
	}
	made, err := c.s.engine.CreatePolicy(c.ctx, c.who, v.Policy)
	if err != nil {
		return err
	}
	return answerMade(c, wire.Policy, http.StatusCreated, c.here(), string(made.ID), &made)
}

// changePolicy puts the body into the policy: all of it, or what it names.
func changePolicy(c *call, mode wire.Mode) (entitlement.PolicyView, error) {
	body, err := c.content()
	if err != nil {
		return entitlement.PolicyView{}, err
	}
	edit := editing(c, body, wire.Policy, mode,
		func(current entitlement.Policy) entitlement.PolicyView {
			return entitlement.PolicyView{Policy: current}
		},
		func(v entitlement.PolicyView) entitlement.Policy { return v.Policy })
	return c.s.engine.ReplacePolicy(c.ctx, c.who, c.policyID(), edit)
}

func replacePolicy(c *call) error {
	changed, err := changePolicy(c, wire.Replace)
	if err != nil {
		return err
	}
	return answerMade(c, wire.Policy, http.StatusOK, c.around(), string(changed.ID), &changed)
}

// updatePolicy is an extension of ours: Graph has only PUT.
func updatePolicy(c *call) error {
	if _, err := changePolicy(c, wire.Merge); err != nil {
		return err
	}
	return answerChanged(c, wire.Policy, c.around(), c.loadPolicy)
}

func deletePolicy(c *call) error {
	if err := c.s.engine.DeletePolicy(c.ctx, c.who, c.policyID(), unchanged[entitlement.Policy](c)); err != nil {
		return err
	}
	return c.sendNothing(http.StatusNoContent)
}
