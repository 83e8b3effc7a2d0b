package engine

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/store"
)

// progress is an approval on its way through one transaction, with all that
// happened to its request in it, in order.
type progress struct {
	approval entitlement.Approval
	changes  []entitlement.Change
}

// request is the request as it is by now.
func (g progress) request() entitlement.Request { return g.changes[len(g.changes)-1].After }

// step adds what a function of the approval did, if it did anything.
func (g progress) step(a entitlement.Approval, c entitlement.Change, ok bool) (progress, bool) {
	if ok {
		g = progress{a, append(g.changes, c)}
	}
	return g, ok
}

// settleStage takes a stage that has just begun as far as it goes without
// anybody's doing: it is approved if somebody's word for the request is known
// already and the operator lets that count; if nobody can decide it, it
// escalates at once. A stage that nobody can decide even then is a dead end:
// it is never approved by itself (approvals.md section 4.2).
func (e *Engine) settleStage(ctx context.Context, tx store.Tx, p *people, g progress, now time.Time) (progress, error) {
	for {
		at := g.approval.Current()
		if at < 0 {
			return g, nil
		}
		stage, req := g.approval.Stages[at], g.request()
		in, justification, why, err := e.word(ctx, p, g.approval, req)
		if err != nil {
			return g, err
		}
		if why != "" {
			if stage.Asked, err = p.asked(ctx, stage, req); err != nil {
				return g, err
			}
			next, ok := g.step(g.approval.Concede(req, in, justification, why, now))
			if !ok {
				return g, nil
			}
			next.approval.Stages[at].Asked = stage.Asked
			g = next
			continue
		}
		if some, err := p.decidable(ctx, stage, req); some || err != nil {
			return g, err
		}
		next, ok := g.step(g.approval.Escalate(req, now))
		if !ok {
			return g, e.deadEnd(ctx, tx, g.approval, req, now)
		}
		g = next
	}
}

// word returns whose approval of the stage in progress is known already, and
// on what ground; the ground is empty if nobody's is. Both grounds are the
// operator's to allow.
func (e *Engine) word(ctx context.Context, p *people, a entitlement.Approval, r entitlement.Request) (in entitlement.Actor, justification, why string, err error) {
	stage := a.Stages[a.Current()]
	if e.settings.SkipRepeatedApprover {
		for _, before := range a.Stages[:a.Current()] {
			ok, err := p.approves(ctx, before.ReviewedBy.ID, stage, r)
			if ok || err != nil {
				return before.ReviewedBy, before.Justification, "approval.skipRepeatedApprover: approved an earlier stage", err
			}
		}
	}
	if e.settings.OnBehalfManagerAutoApproves && r.Kind.ByPeople() && r.Requestor != r.Target {
		who, only, err := p.onlyManager(ctx, stage, r)
		if only || err != nil {
			return actorOf(who), r.Justification, "approval.onBehalfManagerAutoApproves: the manager asked for the target", err
		}
	}
	return entitlement.Actor{}, "", "", nil
}

func actorOf(o directory.Object) entitlement.Actor {
	return entitlement.Actor{Kind: entitlement.ByUser, ID: o.ID, Name: o.PrincipalName}
}

// deadEnd records that nobody can decide the stage in progress, and alerts
// those who can help. The request waits for its time-out; an administrator
// may cancel it or make somebody an approver. This is the one place where
// that is found out.
func (e *Engine) deadEnd(ctx context.Context, tx store.Tx, a entitlement.Approval, r entitlement.Request, now time.Time) error {
	at := a.Current()
	why := e.record(ctx, entitlement.System, now, audit.NobodyCanApprove, audit.KindRequest, string(r.ID), string(r.Kind))
	why.OnBehalf, why.Result, why.Reason = r.Target, audit.Failure, fmt.Sprintf("NoApprover: stage %d", at+1)
	if err := tx.Note(ctx, why); err != nil {
		return err
	}
	return tx.PutNotice(ctx, entitlement.Notice{
		ID: entitlement.NoticeID(e.newID()), Due: now, Event: entitlement.ApprovalDeadEnd, Request: r.ID, Stage: a.Stages[at].ID,
		At: now, By: entitlement.System,
	})
}

// putProgress writes an approval and all that happened to its request. The
// audit record of the approval is called by action; by is who caused it.
func (e *Engine) putProgress(ctx context.Context, tx store.Tx, g progress, by entitlement.Actor, action audit.Action, now time.Time) error {
	why := e.record(ctx, by, now, action, audit.KindApproval, string(g.approval.ID), "approval")
	if by.Kind != entitlement.BySystem {
		why.OnBehalf = g.approval.Target
	}
	if err := tx.PutApproval(ctx, g.approval, versions(why, g.approval.Version)); err != nil {
		return err
	}
	return e.commit(ctx, tx, g.changes...)
}

// barred are the people who may not decide about a request: those whom it is
// about (approvals.md section 5).
func barred(r entitlement.Request) []directory.ObjectID {
	return []directory.ObjectID{r.Target, r.Requestor}
}

// decidable reports whether there is anybody who can decide the stage now.
// Where a set resolves to nobody its fallback counts, so one list will do.
func (p *people) decidable(ctx context.Context, s entitlement.Stage, r entitlement.Request) (bool, error) {
	primary, fallback, escalation, escalationFallback := s.Approvers()
	return p.anybody(ctx, slices.Concat(primary, fallback, escalation, escalationFallback), r.Target, barred(r))
}

// asked returns the people and groups that are asked in the stage now, each
// set by itself or, if it resolves to nobody, by its fallback.
func (p *people) asked(ctx context.Context, s entitlement.Stage, r entitlement.Request) ([]directory.ObjectID, error) {
	var all []directory.ObjectID
	primary, fallback, escalation, escalationFallback := s.Approvers()
	for _, sets := range [][2][]entitlement.SubjectSet{{primary, fallback}, {escalation, escalationFallback}} {
		counts := sets[0]
		some, err := p.anybody(ctx, sets[0], r.Target, barred(r))
		if err != nil {
			return nil, err
		}
		if !some {
			counts = sets[1]
		}
		for _, set := range counts {
			named, err := p.named(ctx, set, r.Target)
			if err != nil {
				return nil, err
			}
			for _, id := range named {
				if !slices.Contains(all, id) {
					all = append(all, id)
				}
			}
		}
	}
	return all, nil
}

// named returns the people whom a set stands for, or the group.
func (p *people) named(ctx context.Context, s entitlement.SubjectSet, target directory.ObjectID) ([]directory.ObjectID, error) {
	if s.Kind == entitlement.SetGroup {
		return []directory.ObjectID{directory.ObjectID(s.ID)}, nil
	}
	return p.candidates(ctx, s, target)
}

// onlyManager returns the requestor if it is the target's manager, and as
// such the only one whom the first sets of the stage resolve to.
func (p *people) onlyManager(ctx context.Context, s entitlement.Stage, r entitlement.Request) (directory.Object, bool, error) {
	var managers []entitlement.SubjectSet
	for _, set := range s.Settings.Primary {
		if set.Kind == entitlement.SetRequestorManager {
			managers = append(managers, set)
		}
	}
	asManager, err := p.in(ctx, r.Requestor, managers, r.Target)
	if !asManager || err != nil {
		return directory.Object{}, false, err
	}
	others, err := p.anybody(ctx, s.Settings.Primary, r.Target, barred(r))
	if others || err != nil {
		return directory.Object{}, false, err
	}
	who, err := p.object(ctx, r.Requestor)
	return who, err == nil && who.Active(), err
}
