package seed

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
)

// apart is how long after one another the people of a story ask, and stagger
// keeps stories from happening on the same minute of the hour.
const (
	apart   = 3*time.Hour + 17*time.Minute
	stagger = 7 * time.Minute
)

// event is something that somebody does at an instant.
type event struct {
	at   time.Time
	what string // for errors
	do   func(context.Context) error
}

// play lives through history: events in the order of time, and before each
// whatever falls due.
func (w *world) play(ctx context.Context) error {
	events := w.departures()
	for i, s := range history {
		for j, who := range strings.Fields(s.who) {
			at := w.now.Add(-s.ago).Add(-time.Duration(i) * stagger % time.Hour).Add(time.Duration(j) * apart)
			events = append(events, w.events(s, who, at)...)
		}
	}
	slices.SortStableFunc(events, func(a, b event) int { return a.at.Compare(b.at) })
	for _, e := range events {
		if err := w.advance(ctx, e.at); err != nil {
			return err
		}
		if err := e.do(ctx); err != nil {
			return fmt.Errorf("%s, %s before now: %w", e.what, w.now.Sub(e.at), err)
		}
	}
	return w.advance(ctx, w.now)
}

func (w *world) departures() []event {
	var events []event
	for _, d := range departures {
		events = append(events, event{w.now.Add(-d.ago), d.who + " leaves", func(ctx context.Context) error {
			disable := func(o *directory.Object) error { o.Enabled = false; return nil }
			return w.engine.UpdateObject(ctx, w.setup, directory.KindUser, string(w.objects[d.who]), disable, nil)
		}})
	}
	return events
}

// events are what happens to one request, made at the instant.
func (w *world) events(s story, who string, at time.Time) []event {
	var id entitlement.RequestID
	name := who + " and " + s.pkg
	events := []event{{at, name + ": ask", func(ctx context.Context) (err error) {
		id, err = w.ask(ctx, s, who)
		return err
	}}}
	for _, v := range s.verdicts {
		events = append(events, event{at.Add(v.after), name + ": " + v.by + " decides", func(ctx context.Context) error {
			return w.decide(ctx, id, who, v)
		}})
	}
	if s.canceled > 0 {
		events = append(events, event{at.Add(s.canceled), name + ": cancel", func(ctx context.Context) error {
			return w.engine.CancelRequest(ctx, w.orAdmin(who, s.canceledBy), id, true)
		}})
	}
	if s.removed > 0 {
		events = append(events, event{at.Add(s.removed), name + ": remove", func(ctx context.Context) error {
			kind := entitlement.UserRemove
			if s.removedBy != "" {
				kind = entitlement.AdminRemove
			}
			removal := entitlement.Submission{Kind: kind, Assignment: entitlement.AssignmentID(id)}
			_, err := w.engine.Submit(ctx, w.orAdmin(who, s.removedBy), removal)
			return err
		}})
	}
	return events
}

// orAdmin is the administrator as a caller, or the person if there is none.
func (w *world) orAdmin(person, admin string) authz.Caller {
	if admin == "" {
		return w.as(person, authz.SubjectAccess)
	}
	return w.as(admin, authz.ReadWriteAll)
}

func (w *world) ask(ctx context.Context, s story, who string) (entitlement.RequestID, error) {
	policy := w.policies[s.pkg][0]
	if s.policy != "" {
		at := slices.IndexFunc(w.policies[s.pkg], func(p entitlement.Policy) bool { return p.DisplayName == s.policy })
		policy = w.policies[s.pkg][at]
	}
	submission := entitlement.Submission{
		Kind: entitlement.UserAdd, Package: w.packages[s.pkg], Policy: policy.ID, Target: w.objects[who], Justification: s.why,
	}
	if s.assignedBy != "" {
		submission.Kind = entitlement.AdminAdd
	}
	if s.starts > 0 {
		submission.Schedule.Start = w.clock.Now().Add(s.starts)
	}
	for i, a := range s.answers {
		submission.Answers = append(submission.Answers, entitlement.Answer{Question: entitlement.Question{ID: policy.Questions[i].ID}, Value: a})
	}
	caller := w.orAdmin(who, s.assignedBy)
	if s.askedBy != "" {
		caller = w.as(s.askedBy, authz.SubjectAccess)
	}
	made, err := w.engine.Submit(ctx, caller, submission)
	return made.ID, err
}

// decide says yes or no in the stage that is in progress.
func (w *world) decide(ctx context.Context, id entitlement.RequestID, who string, v verdict) error {
	by := v.by
	if by == boss {
		at := slices.IndexFunc(people, func(p person) bool { return p.key == who })
		by = people[at].manager
	}
	caller := w.as(by, authz.SubjectAccess)
	approval, err := w.engine.Approval(ctx, caller, id)
	if err != nil {
		return err
	}
	at := approval.Current()
	if at < 0 {
		return fmt.Errorf("approval %s has no stage in progress", id)
	}
	return w.engine.DecideApproval(ctx, caller, id, entitlement.Decision{
		Stage: approval.Stages[at].ID, Approve: v.approve, Justification: v.why,
	})
}

// batch is how many rows fall due in one transaction.
const batch = 100

// advance moves the clock and runs everything in the tenant that falls due on
// the way, each at its own instant.
func (w *world) advance(ctx context.Context, to time.Time) error {
	for {
		if err := w.runDue(ctx); err != nil {
			return err
		}
		_, next, err := w.store.NextDue(ctx, w.clock.Now())
		if err != nil {
			return err
		}
		if next.IsZero() || next.After(to) {
			break
		}
		w.clock.Set(next)
	}
	if !w.clock.Set(to) {
		return fmt.Errorf("the tables go beyond now: %s", to)
	}
	return w.runDue(ctx)
}

// runDue leaves other tenants alone: their time is not ours to tell.
func (w *world) runDue(ctx context.Context) error {
	for moved := true; moved; {
		now := w.clock.Now()
		advanced, err := w.engine.AdvanceRequests(ctx, w.setup.Tenant, now, batch)
		if err != nil {
			return err
		}
		_, assigned, err := w.engine.RunAutomatic(ctx, w.setup.Tenant, now, batch)
		if err != nil {
			return err
		}
		expired, err := w.engine.ExpireAssignments(ctx, w.setup.Tenant, now, batch)
		if err != nil {
			return err
		}
		guests, err := w.engine.AdvanceGuests(ctx, w.setup.Tenant, now, batch)
		if err != nil {
			return err
		}
		_, swept, err := w.engine.RunSweeps(ctx, w.setup.Tenant, now, batch)
		if err != nil {
			return err
		}
		told, err := w.engine.WriteMessages(ctx, w.setup.Tenant, now, batch)
		if err != nil {
			return err
		}
		moved = advanced+expired+guests+told > 0 || assigned || swept
	}
	return nil
}
