package engine

import (
	"context"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
)

// fetch reads objects that are not known yet, in one statement.
func (p *people) fetch(ctx context.Context, ids []directory.ObjectID) error {
	var unknown []directory.ObjectID
	seen := map[directory.ObjectID]bool{"": true}
	for _, id := range ids {
		if _, known := p.objects[id]; !known && !seen[id] {
			seen[id] = true
			unknown = append(unknown, id)
		}
	}
	if len(unknown) < 2 {
		return nil // object reads it when it is wanted
	}
	found, err := p.r.ObjectsByID(ctx, unknown)
	if err != nil {
		return err
	}
	for _, id := range unknown {
		p.objects[id] = found[id] // the zero value for what is not there
	}
	return nil
}

// lookAhead reads whom stages may ask in a number of statements that does not
// depend on how many stages there are: people by name, the targets where
// sets start from them, and their managers, level by level.
func (p *people) lookAhead(ctx context.Context, stages []entitlement.StageSettings, targets []directory.ObjectID) error {
	var ids []directory.ObjectID
	var levels int
	var fromTarget bool
	for _, s := range stages {
		for _, sets := range [][]entitlement.SubjectSet{s.Primary, s.FallbackPrimary, s.Escalation, s.FallbackEscalate} {
			for _, set := range sets {
				switch set.Kind {
				case entitlement.SetUser:
					ids = append(ids, directory.ObjectID(set.ID))
				case entitlement.SetRequestorManager:
					levels = max(levels, set.ManagerLevel, 1)
				case entitlement.SetGroup, entitlement.SetServicePrincipal:
				default:
					fromTarget = true
				}
			}
		}
	}
	if levels == 0 && !fromTarget {
		return p.fetch(ctx, ids)
	}
	if err := p.fetch(ctx, append(ids, targets...)); err != nil {
		return err
	}
	above := targets
	for range levels {
		above = p.managersOf(above)
		if err := p.fetch(ctx, above); err != nil {
			return err
		}
	}
	var sponsors []directory.ObjectID
	if fromTarget {
		for _, id := range targets {
			if u := p.objects[id].User; u != nil {
				sponsors = append(sponsors, u.SponsorIDs...)
			}
		}
	}
	return p.fetch(ctx, sponsors)
}

// managersOf returns the managers of those of the people who are known.
func (p *people) managersOf(ids []directory.ObjectID) []directory.ObjectID {
	var managers []directory.ObjectID
	for _, id := range ids {
		if u := p.objects[id].User; u != nil && u.ManagerID != "" {
			managers = append(managers, u.ManagerID)
		}
	}
	return managers
}
