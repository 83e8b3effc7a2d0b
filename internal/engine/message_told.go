package engine

import (
	"slices"

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
				if err := m.tx.PutAssignment(m.ctx, after, m.endTold(a)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// endTold is the audit record of a person who was told that access ended.
func (m *mailing) endTold(a entitlement.Assignment) audit.Record {
	why := m.e.record(m.ctx, entitlement.System, m.now, audit.AssignmentEndTold, audit.KindAssignment, string(a.ID), string(a.State))
	why.OnBehalf = a.Target
	return versions(why, a.Version)
}

// foresee reads what the messages need that assignments have ended, and finds
// out who gets them, before anything is changed.
func (m *mailing) foresee(ends []ending) error {
	var due []entitlement.Notice
	for _, end := range ends {
		if len(end.notices) != 1 || !end.notices[0].Event.TellsEnd() {
			continue // what else is to be told is left to WriteMessages
		}
		due = append(due, end.notices...)
		m.requests[end.removal.After.ID] = end.removal.After
		m.assignments[end.assignment.After.ID] = end.assignment.After
	}
	if len(due) == 0 {
		return nil
	}
	if err := m.loadBehind(due); err != nil {
		return err
	}
	for _, n := range due {
		if err := m.take(n); err != nil {
			return err
		}
	}
	return nil
}

// tellEnds writes the messages that were foreseen, of those assignments that
// have ended, and returns whose targets are told.
func (m *mailing) tellEnds(ends []ending) (map[entitlement.AssignmentID]bool, error) {
	over := make(map[entitlement.AssignmentID]bool, len(ends))
	for _, end := range ends {
		over[end.assignment.After.ID] = true
	}
	m.letters = slices.DeleteFunc(m.letters, func(l letter) bool { return !over[l.subject.assignment.ID] })
	letters, err := m.post()
	told := make(map[entitlement.AssignmentID]bool, len(letters))
	for _, l := range letters {
		told[l.subject.assignment.ID] = true
	}
	return told, err
}
