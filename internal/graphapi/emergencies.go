package graphapi

import (
	"net/http"

	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/graphapi/wire"
	"github.com/grantkeep/grantkeep/internal/query"
)

// emergencyID is also the id of the request.
func (c *call) emergencyID() entitlement.RequestID { return entitlement.RequestID(c.arg("emergency")) }

func (c *call) loadEmergencies(q query.List, inc entitlement.Include) (query.Page[entitlement.EmergencyReviewView], error) {
	return c.s.engine.Emergencies(c.ctx, c.who, q, inc)
}

func (c *call) loadMyEmergencies(q query.List, inc entitlement.Include) (query.Page[entitlement.EmergencyReviewView], error) {
	return c.s.engine.MyEmergencies(c.ctx, c.who, c.arg("on"), q, inc)
}

func listEmergencies(c *call) error {
	return answerList(c, wire.Emergency, c.here(), nil, c.loadEmergencies)
}

func countEmergencies(c *call) error { return answerCount(c, wire.Emergency, nil, c.loadEmergencies) }

func listMyEmergencies(c *call) error {
	return answerList(c, wire.Emergency, c.here(), nil, c.loadMyEmergencies)
}

func countMyEmergencies(c *call) error {
	return answerCount(c, wire.Emergency, nil, c.loadMyEmergencies)
}

func getEmergency(c *call) error {
	return answerOne(c, wire.Emergency, c.around(), func(inc entitlement.Include) (entitlement.EmergencyReviewView, error) {
		return c.s.engine.Emergency(c.ctx, c.who, c.emergencyID(), inc)
	})
}

func reviewEmergency(c *call) error {
	body, err := c.content()
	if err != nil {
		return err
	}
	d, err := wire.DecodeVerdict(body, c.version)
	if err != nil {
		return err
	}
	if err := c.s.engine.ReviewEmergency(c.ctx, c.who, c.emergencyID(), d.Remove, d.Justification); err != nil {
		return err
	}
	return c.sendNothing(http.StatusNoContent)
}
