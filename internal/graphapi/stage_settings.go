package graphapi

import (
	"net/http"

	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/graphapi/wire"
	"github.com/grantkeep/grantkeep/internal/query"
)

// stageCollection serves one of the two collections of a policy that say at
// which stages it calls custom extensions.
type stageCollection struct {
	of     *wire.Entity[entitlement.StageSettingView]
	legacy bool
}

var (
	stageSettings     = stageCollection{wire.StageSetting, false}
	extensionHandlers = stageCollection{wire.ExtensionHandler, true}
)

func (s stageCollection) load(c *call) loader[entitlement.StageSettingView] {
	return func(q query.List, inc entitlement.Include) (query.Page[entitlement.StageSettingView], error) {
		p, err := c.s.engine.Policy(c.ctx, c.who, c.policyID(), inc.Under("settings"))
		return s.of.Select(wire.StageSettings(&p, s.legacy), q), err
	}
}

func (s stageCollection) list(c *call) error {
	return answerList(c, s.of, c.here(), nil, s.load(c))
}

func (s stageCollection) count(c *call) error {
	return answerCount(c, s.of, nil, s.load(c))
}

func (s stageCollection) get(c *call) error {
	return answerOne(c, s.of, c.around(), func(inc entitlement.Include) (entitlement.StageSettingView, error) {
		return onlyRow(s.load(c)(query.List{Where: is("id", c.arg("setting")), Limit: 1}, inc))
	})
}

func (s stageCollection) create(c *call) error {
	var v entitlement.StageSettingView
	if err := decode(c, s.of, &v, wire.Create); err != nil {
		return err
	}
	v.Legacy = s.legacy
	made, err := c.s.engine.AddStageSetting(c.ctx, c.who, c.policyID(), v.ExtensionStage)
	if err != nil {
		return err
	}
	return answerMade(c, s.of, http.StatusCreated, c.here(), made.ID, &made)
}

func (s stageCollection) delete(c *call) error {
	if err := c.s.engine.RemoveStageSetting(c.ctx, c.who, c.policyID(), c.arg("setting"), s.legacy); err != nil {
		return err
	}
	return c.sendNothing(http.StatusNoContent)
}
