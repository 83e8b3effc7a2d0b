package engine

import (
	"errors"
	"slices"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
)

// carryOut does in the origin systems what was decided and writes grants
// and sources.
func (d *delivery) carryOut() error {
	var give, check, take []*held
	for _, h := range d.order {
		switch status := h.grant.Status; {
		case h.wanted && h.missing && !status.Given():
			h.fail(errGone)
		case h.wanted && status == entitlement.GrantHeld && h.check:
			check = append(check, h)
		case h.wanted && status == entitlement.GrantLeaving:
			h.grant.Status, h.grant.Error = entitlement.GrantHeld, "" // it was not taken yet
		case h.wanted && (status == entitlement.GrantPending && h.now || status == entitlement.GrantFailed && h.afresh):
			give = append(give, h)
		case len(h.ended) > 0 && h.free():
			if status.Given() && !h.grant.Preexisting {
				take = append(take, h)
			} else {
				h.close(d)
			}
		}
	}
	if err := d.give(give); err != nil {
		return err
	}
	if err := d.giveBack(check); err != nil {
		return err
	}
	if err := d.take(take); err != nil {
		return err
	}
	for _, h := range d.order {
		if err := d.write(h); err != nil {
			return err
		}
	}
	return d.touchMoved()
}

// fail notes why the grant could not be given.
func (h *held) fail(err error) {
	h.grant.Status, h.grant.Error = entitlement.GrantFailed, reasonOf(err)
	if passing(err) && h.again {
		h.grant.Status = entitlement.GrantPending
	}
}

// passing reports whether an error of a connector may go away by itself.
func passing(err error) bool { return fault.Is(err, fault.Unavailable) }

// reasonOf is what an error of a connector tells people.
func reasonOf(err error) string {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return f.Message
	}
	return err.Error()
}

// close ends the grant. One that was never given lasted for no time.
func (h *held) close(d *delivery) {
	h.grant.To = d.now
	if !h.grant.Status.Given() {
		h.grant.From = d.now
	}
	h.grant.Status, h.grant.Error = entitlement.GrantEnded, ""
}

// give asks the connectors, origin system by origin system. What a subject
// had before stays when the grant ends, so that is found out first.
func (d *delivery) give(all []*held) error {
	return d.perOrigin(all, func(c Connector, batch []*held) error {
		had, err := c.Holds(d.ctx, d.tx, grantsOf(batch))
		if err != nil {
			return err
		}
		var missing []*held
		for i, h := range batch {
			if h.grant.Preexisting = had[i]; had[i] {
				h.gave(d)
			} else {
				missing = append(missing, h)
			}
		}
		return d.giveMissing(c, missing)
	})
}

// giveBack gives what is held by the books only: somebody took it by hand.
func (d *delivery) giveBack(all []*held) error {
	return d.perOrigin(all, func(c Connector, batch []*held) error {
		had, err := c.Holds(d.ctx, d.tx, grantsOf(batch))
		if err != nil {
			return err
		}
		var missing []*held
		for i, h := range batch {
			if !had[i] {
				h.back, h.grant.Preexisting = true, false // what was there before was lost by hand
				missing = append(missing, h)
			}
		}
		return d.giveMissing(c, missing)
	})
}

func (d *delivery) giveMissing(c Connector, missing []*held) error {
	failed, err := c.Give(d.ctx, d.tx, grantsOf(missing), d.why)
	if err != nil {
		return err
	}
	for i, h := range missing {
		if failed[i] == nil {
			h.gave(d)
		} else {
			h.fail(failed[i])
		}
	}
	return nil
}

// gave notes that the subject has the role now.
func (h *held) gave(d *delivery) {
	h.grant.Status, h.grant.Error, h.grant.From = entitlement.GrantHeld, "", d.now
}

func (d *delivery) take(all []*held) error {
	return d.perOrigin(all, func(c Connector, batch []*held) error {
		failed, err := c.Take(d.ctx, d.tx, grantsOf(batch), d.why)
		if err != nil {
			return err
		}
		for i, h := range batch {
			if failed[i] == nil {
				h.close(d)
				continue
			}
			h.stays = true
			h.grant.Status, h.grant.Error = entitlement.GrantHeld, reasonOf(failed[i])
			if passing(failed[i]) && h.again {
				h.grant.Status = entitlement.GrantLeaving
			}
		}
		return nil
	})
}

func (d *delivery) perOrigin(all []*held, do func(Connector, []*held) error) error {
	var systems []entitlement.OriginSystem
	for _, h := range all {
		if !slices.Contains(systems, h.grant.OriginSystem) {
			systems = append(systems, h.grant.OriginSystem)
		}
	}
	for _, system := range systems {
		batch := slices.DeleteFunc(slices.Clone(all), func(h *held) bool { return h.grant.OriginSystem != system })
		c, ok := d.e.connectors[system]
		if !ok {
			c = noConnector(system)
		}
		if err := do(c, batch); err != nil {
			return err
		}
	}
	return nil
}

func grantsOf(batch []*held) []entitlement.Grant {
	grants := make([]entitlement.Grant, len(batch))
	for i, h := range batch {
		grants[i] = h.grant
	}
	return grants
}

func (d *delivery) why(action audit.Action, g entitlement.Grant) audit.Record {
	r := d.e.record(d.ctx, entitlement.System, d.now, action, audit.KindObject, g.OriginID, g.RoleOriginID)
	r.OnBehalf = g.Subject
	return r
}

// grantActions names what happens to grants in the audit log, by the status
// that they come to.
var grantActions = map[entitlement.GrantStatus]audit.Action{
	entitlement.GrantPending: audit.ResourceFailed,
	entitlement.GrantFailed:  audit.ResourceFailed,
	entitlement.GrantHeld:    audit.ResourceFulfilled,
	entitlement.GrantLeaving: audit.ResourceKept,
	entitlement.GrantEnded:   audit.ResourceWithdrawn,
}

// grantRecord tells what happens to a grant. Without an event of its own it
// has got, or lost, one of several assignments.
func (d *delivery) grantRecord(h *held) audit.Record {
	action := audit.ResourceShared
	switch {
	case h.stays:
		action = audit.ResourceKept
	case h.back || h.grant.Status != h.before.Status || h.grant.Error != h.before.Error:
		action = grantActions[h.grant.Status]
	}
	why := d.e.record(d.ctx, entitlement.System, d.now, action, audit.KindGrant, string(h.grant.ID), h.grant.RoleOriginID)
	why.OnBehalf = h.grant.Subject
	if h.grant.Error != "" {
		why.Result, why.Reason = audit.Failure, h.grant.Error
	}
	return versions(why, h.grant.Version)
}

func (d *delivery) write(h *held) error {
	if !h.wanted && h.before.ID == "" || !h.changed() && len(h.began)+len(h.ended) == 0 {
		return nil
	}
	if err := d.tx.PutGrant(d.ctx, h.grant, d.grantRecord(h)); err != nil {
		return err
	}
	for _, id := range h.began {
		if err := d.tx.AddSource(d.ctx, entitlement.GrantSource{Grant: h.grant.ID, Assignment: id, From: d.now}); err != nil {
			return err
		}
	}
	if h.stays {
		return nil
	}
	for _, s := range h.ended {
		s.To = d.now
		if err := d.tx.EndSource(d.ctx, s); err != nil {
			return err
		}
	}
	return nil
}
