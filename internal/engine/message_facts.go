package engine

import (
	"cmp"
	"slices"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/notify"
)

// defaultRecipients is how many people get the message of one event where
// the settings do not say.
const defaultRecipients = 500

func (e *Engine) maxRecipients() int { return cmp.Or(e.settings.MaxRecipients, defaultRecipients) }

// audience resolves a group of people that a message goes to.
func (m *mailing) audience(a entitlement.Audience, s subject, asked askedPeople) ([]directory.ObjectID, error) {
	stage, inApproval := s.current()
	switch a {
	case entitlement.ToTarget:
		return []directory.ObjectID{s.target()}, nil
	case entitlement.ToRequestor:
		return []directory.ObjectID{s.target(), s.request.Requestor, s.request.CreatedBy}, nil
	case entitlement.ToSender:
		return []directory.ObjectID{cmp.Or(s.request.CreatedBy, s.request.Requestor)}, nil
	case entitlement.ToApprovers:
		return asked.first, nil
	case entitlement.ToAlternates:
		if inApproval && stage.Escalated {
			return asked.alternates, nil
		}
		return nil, nil
	case entitlement.ToAsked:
		return m.askedSoFar(s)
	case entitlement.ToOwners:
		return m.staffWith(s, string(authz.CatalogOwner), string(authz.PackageManager))
	case entitlement.ToManagers:
		return m.staffWith(s, string(authz.AssignmentManager))
	case entitlement.ToGovernors:
		return m.staffWith(s, authz.GovernanceAdmin)
	case entitlement.ToSponsors:
		return m.sponsorsOf(s)
	case entitlement.ToBypassed:
		return m.resolveFor(s, s.emergency.Bypassed, s.emergency.Barred)
	case entitlement.ToReviewers:
		return m.reviewers(s)
	}
	panic("engine: nobody knows the audience " + string(a))
}

// askedSoFar are those who were asked in the stages that began, up to the
// one that the notice names.
func (m *mailing) askedSoFar(s subject) ([]directory.ObjectID, error) {
	var all []directory.ObjectID
	for i, stage := range s.approval.Stages {
		if stage.StartedAt.IsZero() || s.notice.Stage != "" && i > s.stage {
			break
		}
		asked, err := m.people.ofStage(m.ctx, stage.Settings, s.request, m.e.maxRecipients())
		if err != nil {
			return nil, err
		}
		all = append(all, asked.first...)
		if stage.Escalated {
			all = append(all, asked.alternates...)
		}
	}
	return all, nil
}

func (m *mailing) staffWith(s subject, roles ...string) ([]directory.ObjectID, error) {
	if m.staff == nil {
		var catalogs []entitlement.CatalogID
		for _, r := range m.requests {
			catalogs = append(catalogs, r.Catalog)
		}
		for _, a := range m.assignments {
			catalogs = append(catalogs, a.Catalog)
		}
		all, err := staffOf(m.ctx, m.people, distinct(catalogs, func(id *entitlement.CatalogID) entitlement.CatalogID { return *id }))
		if err != nil {
			return nil, err
		}
		m.staff = &all
	}
	return m.staff.with(m.ctx, s.catalog(), m.e.maxRecipients(), roles...)
}

// facts are what the recipient of a letter may know.
func (m *mailing) facts(l letter) notify.Facts {
	s := &l.subject
	n, r, target := s.notice, s.request, s.target()
	f := notify.Facts{
		Event: n.Event, Audience: l.audience, Own: l.to == target,
		Package: cmp.Or(s.pkg.DisplayName, "an access package that is gone"), Target: m.name(target), By: m.actor(n.By), Reason: n.Reason,
		Justification: r.Justification, Answers: r.Answers, AskedAt: r.CreatedAt,
		Start: r.Schedule.Start, End: r.Schedule.Expiration.End, Length: r.Schedule.Expiration.Duration,
		NeedsConsent: s.policy.Approval.RequiredForUpdate,
		Request:      n.Request, Now: m.now,
	}
	if o := m.people.objects[target]; o.User != nil {
		f.Company = o.User.CompanyName
	}
	if r.CreatedBy != "" && r.CreatedBy != target {
		f.Sender = m.name(r.CreatedBy)
	}
	if s.assignment.ID != "" {
		f.End = s.assignment.EndsAt
	}
	if n.Event.AboutGuest() {
		m.addGuest(&f, s)
	}
	if n.Extension != "" {
		f.Extension = cmp.Or(m.extensions[n.Extension].DisplayName, "a custom extension that is gone")
	}
	if n.Event.AboutEmergency() {
		f.DecideBy, f.Denied = s.emergency.DueAt, s.emergency.Status == entitlement.EmergencyRemoved
	}
	if stage, ok := s.current(); ok {
		m.addStage(&f, l, stage)
	}
	return f
}

// addStage adds what is known of the stage. Those who asked learn the names
// of approvers only if the policy lets them (policies.md section 6.2).
func (m *mailing) addStage(f *notify.Facts, l letter, stage entitlement.Stage) {
	stages, at := l.subject.approval.Stages, l.subject.stage
	f.Step, f.Steps, f.Denied = at+1, len(stages), stage.Result == entitlement.StageWasDenied
	if f.Event == entitlement.RequestMovedOn && at+1 < len(stages) {
		stage = stages[at+1]
		l.asked = askedPeople{} // they are asked by messages of their own
	}
	f.EscalatesAt, f.DecideBy = stage.Clocks()
	asking := []entitlement.Audience{entitlement.ToTarget, entitlement.ToRequestor, entitlement.ToSender}
	if !slices.Contains(asking, l.audience) || stage.Settings.ShowsApprovers(m.showsApprovers) {
		f.Approvers, f.Alternates = m.names(l.asked.first), m.names(l.asked.alternates)
		return
	}
	if f.Event == entitlement.RequestDenied {
		f.By = ""
	}
}

func (m *mailing) name(id directory.ObjectID) string {
	o := m.people.objects[id]
	return cmp.Or(o.DisplayName, o.PrincipalName, "somebody")
}

func (m *mailing) actor(by entitlement.Actor) string {
	if by.Kind == entitlement.BySystem {
		return ""
	}
	return cmp.Or(m.people.objects[by.ID].DisplayName, by.Name)
}

// namesShown is how many people a message names at most; for the rest it
// says that there are others.
const namesShown = 5

func shown(ids []directory.ObjectID) []directory.ObjectID { return ids[:min(len(ids), namesShown)] }

func (m *mailing) names(ids []directory.ObjectID) []string {
	var out []string
	for _, id := range shown(ids) {
		out = append(out, m.name(id))
	}
	return out
}
