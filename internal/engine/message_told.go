package engine

import (
	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/entitlement"
)

// confirm notes in the requests and assignments that letters are about that
// people were told: that they have what they asked for, or that it ended.
// Each is written once, however many letters tell of it.
func (m *mailing) confirm(told []letter) error {
	requests, assignments := map[entitlement.RequestID]bool{}, map[entitlement.AssignmentID]bool{}
	for _, l := range told {
		s := l.subject
		if r := s.request; s.notice.Event.TellsStart() && r.ID != "" && !requests[r.ID] {
			requests[r.ID] = true
			if c, ok := r.Happen(entitlement.Notify, entitlement.System, m.now); ok {
				if err := m.tx.PutRequest(m.ctx, c.After, m.e.changeRecord(m.ctx, c)); err != nil {
					return err
				}
			}
		}
		if a := s.assignment; s.notice.Event.TellsEnd() && a.ID != "" && !assignments[a.ID] {
			assignments[a.ID] = true
			if after, ok := a.TellEnd(); ok {
				why := m.e.record(m.ctx, entitlement.System, m.now, audit.AssignmentEndTold, audit.KindAssignment, string(a.ID), string(a.State))
				why.OnBehalf = a.Target
				if err := m.tx.PutAssignment(m.ctx, after, versions(why, a.Version)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
