package graphapi

import (
	"strings"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/graphapi/wire"
	"github.com/grantkeep/grantkeep/internal/query"
)

// namespaces are told to whoever may see the roles that have the actions.
func (p roleProvider) namespaces(c *call) loader[authz.Namespace] {
	return func(q query.List, _ entitlement.Include) (query.Page[authz.Namespace], error) {
		_, err := c.s.engine.RoleDefinitions(c.ctx, c.who, p.of)
		return wire.Namespace.Select(authz.Namespaces(p.of), q), err
	}
}

func (p roleProvider) actions(c *call) loader[authz.ResourceAction] {
	return func(q query.List, inc entitlement.Include) (query.Page[authz.ResourceAction], error) {
		space, err := p.namespace(c)(inc)
		return wire.ResourceAction.Select(space.Actions, q), err
	}
}

// namespace finds the one on the path, in any letter case.
func (p roleProvider) namespace(c *call) func(entitlement.Include) (authz.Namespace, error) {
	return func(inc entitlement.Include) (authz.Namespace, error) {
		page, err := p.namespaces(c)(query.List{Limit: largestPage}, inc)
		for _, n := range page.Rows {
			if strings.EqualFold(n.ID, c.arg("namespace")) {
				return n, err
			}
		}
		return onlyRow(query.Page[authz.Namespace]{}, err)
	}
}

func (p roleProvider) listNamespaces(c *call) error {
	return answerList(c, wire.Namespace, c.here(), nil, p.namespaces(c))
}

func (p roleProvider) getNamespace(c *call) error {
	return answerOne(c, wire.Namespace, c.around(), p.namespace(c))
}

func (p roleProvider) listActions(c *call) error {
	return answerList(c, wire.ResourceAction, c.here(), nil, p.actions(c))
}

func (p roleProvider) getAction(c *call) error {
	return answerOne(c, wire.ResourceAction, c.around(), func(inc entitlement.Include) (authz.ResourceAction, error) {
		return onlyRow(p.actions(c)(query.List{Where: is("id", c.arg("action")), Limit: 1}, inc))
	})
}
