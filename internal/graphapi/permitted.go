package graphapi

import (
	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/fault"
)

// permittedFirst returns the refusal of a caller who may not write here at
// all, if what is wrong otherwise is the body.
func (c *call) permittedFirst(err error) error {
	if !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.MediaType) {
		return err
	}
	if len(c.route.access.writes) > 0 {
		if refusal := c.s.engine.May(c.ctx, c.who, c.route.access.writes...); refusal != nil {
			return refusal
		}
	}
	return err
}

// tokenAllows asks the rules table for what everybody may whose token carries
// a scope for it. No use case stands behind such routes.
func (c *call) tokenAllows(a authz.Action) error {
	reach, err := authz.ReachOf(c.who, nil, a)
	if err == nil && reach.Empty() {
		err = reach.Refusal()
	}
	return err
}
