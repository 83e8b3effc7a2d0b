package graphapi

import (
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/graphapi/wire"
	"github.com/grantkeep/grantkeep/internal/query"
)

func (c *call) loadSuggestions(q query.List, inc entitlement.Include) (query.Page[entitlement.SuggestionView], error) {
	return c.s.engine.Suggestions(c.ctx, c.who, c.arg("on"), q, inc)
}

func listSuggestions(c *call) error {
	return answerList(c, wire.Suggestion, c.here(), nil, c.loadSuggestions)
}

func countSuggestions(c *call) error { return answerCount(c, wire.Suggestion, nil, c.loadSuggestions) }
