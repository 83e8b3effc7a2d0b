package engine

import (
	"context"
	"slices"
	"time"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/notify"
	"github.com/grantkeep/grantkeep/internal/store"
)

// messageBatch is after how many messages a transaction takes up no further
// notice.
const messageBatch = 1000

// WriteMessages takes up to limit notices of a tenant that are due at now,
// finds out who is to be told, and puts the messages in the outbox, all in
// one transaction. It returns how many notices it took.
func (e *Engine) WriteMessages(ctx context.Context, tenant directory.TenantID, now time.Time, limit int) (int, error) {
	var n int
	err := e.store.Write(ctx, tenant, store.Sweep, func(tx store.Tx) error {
		due, err := tx.DueNotices(ctx, now, limit)
		n = len(due)
		if err != nil || n == 0 {
			return err
		}
		m := e.newMailing(ctx, tx, now)
		if err := m.load(due); err != nil {
			return err
		}
		for i, notice := range due {
			if len(m.letters) >= messageBatch {
				n = i
				break
			}
			if err := m.take(notice); err != nil {
				return err
			}
			if err := tx.DropNotice(ctx, notice.ID); err != nil {
				return err
			}
		}
		told, err := m.post()
		if err != nil {
			return err
		}
		return m.confirm(told)
	})
	return n, err
}

// mailing turns a batch of notices into messages, with a handful of
// statements for all of them.
//
// Use: load, then take for each notice, then post.
type mailing struct {
	e   *Engine
	ctx context.Context
	tx  store.Tx
	now time.Time

	people         *people
	requests       map[entitlement.RequestID]entitlement.Request
	approvals      map[entitlement.RequestID]entitlement.Approval
	assignments    map[entitlement.AssignmentID]entitlement.Assignment
	packages       map[entitlement.PackageID]entitlement.Package
	policies       map[entitlement.PolicyID]entitlement.Policy
	guests         map[directory.ObjectID]entitlement.Guest
	extensions     map[entitlement.ExtensionID]entitlement.CustomExtension
	emergencies    map[entitlement.RequestID]entitlement.EmergencyReview
	showsApprovers bool   // to those who ask, where policies leave it open
	staff          *staff // nil until somebody asks for it
	letters        []letter
}

// letter is a message that is not written yet.
type letter struct {
	to       directory.ObjectID
	audience entitlement.Audience // as which the recipient is told
	subject  subject
	asked    askedPeople
}

// subject is what a notice is about.
type subject struct {
	notice     entitlement.Notice
	request    entitlement.Request
	assignment entitlement.Assignment
	approval   entitlement.Approval
	stage      int // of the approval; -1 for none
	pkg        entitlement.Package
	policy     entitlement.Policy
	emergency  entitlement.EmergencyReview
	guest      entitlement.Guest
}

func (e *Engine) newMailing(ctx context.Context, tx store.Tx, now time.Time) *mailing {
	return &mailing{
		e: e, ctx: ctx, tx: tx, now: now, people: newPeople(tx),
		requests:    map[entitlement.RequestID]entitlement.Request{},
		assignments: map[entitlement.AssignmentID]entitlement.Assignment{},
	}
}

// load reads what the notices are about.
func (m *mailing) load(due []entitlement.Notice) error {
	var err error
	ids := distinct(due, func(n *entitlement.Notice) entitlement.RequestID { return n.Request })
	if m.requests, err = index(m.ctx, ids, m.tx.Requests, func(r *entitlement.Request) entitlement.RequestID { return r.ID }); err != nil {
		return err
	}
	if m.approvals, err = m.tx.ApprovalsByID(m.ctx, ids); err != nil {
		return err
	}
	if err := m.loadEmergencies(due); err != nil {
		return err
	}
	if err := m.loadGuests(due); err != nil {
		return err
	}
	called := distinct(due, func(n *entitlement.Notice) entitlement.ExtensionID { return n.Extension })
	if m.extensions, err = extensionsByID(m.ctx, m.tx, called); err != nil {
		return err
	}
	assignments := distinct(due, func(n *entitlement.Notice) entitlement.AssignmentID { return n.Assignment })
	m.assignments, err = index(m.ctx, assignments, m.tx.Assignments, func(a *entitlement.Assignment) entitlement.AssignmentID { return a.ID })
	if err != nil {
		return err
	}
	return m.loadBehind(due)
}

// loadBehind reads what stands behind the requests and assignments that the
// notices are about.
func (m *mailing) loadBehind(due []entitlement.Notice) error {
	var subjects []subject
	var known, targets []directory.ObjectID
	var stages []entitlement.StageSettings
	for _, n := range due {
		s := m.subject(n)
		subjects = append(subjects, s)
		targets = append(targets, s.target())
		known = append(known, s.target(), s.request.Requestor, s.request.CreatedBy, n.By.ID)
		for _, stage := range s.approval.Stages {
			stages = append(stages, stage.Settings)
		}
		stages = append(stages, entitlement.StageSettings{Primary: s.emergency.Bypassed, FallbackPrimary: s.emergency.Reviewers})
	}
	var err error
	m.packages, err = index(m.ctx, distinct(subjects, (*subject).packageID), m.tx.Packages, func(p *entitlement.Package) entitlement.PackageID { return p.ID })
	if err != nil {
		return err
	}
	m.policies, err = index(m.ctx, distinct(subjects, (*subject).policyID), m.tx.Policies, func(p *entitlement.Policy) entitlement.PolicyID { return p.ID })
	if err != nil {
		return err
	}
	if err := m.know(known); err != nil {
		return err
	}
	m.showsApprovers, err = m.e.showsApprovers(m.ctx, m.tx, stages)
	if err != nil {
		return err
	}
	return m.people.lookAhead(m.ctx, stages, targets)
}

// know looks people up, so that their names can be told.
func (m *mailing) know(ids []directory.ObjectID) error {
	if err := m.people.fetch(m.ctx, ids); err != nil {
		return err
	}
	for _, id := range ids {
		if _, err := m.people.object(m.ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// subject gathers what is known about a notice.
func (m *mailing) subject(n entitlement.Notice) subject {
	s := subject{
		notice: n, request: m.requests[n.Request], assignment: m.assignments[n.Assignment], approval: m.approvals[n.Request], stage: -1,
	}
	s.emergency, s.guest = m.emergencies[n.Request], m.guests[n.Guest]
	s.pkg, s.policy = m.packages[s.packageID()], m.policies[s.policyID()]
	if n.Stage != "" {
		s.stage = slices.IndexFunc(s.approval.Stages, func(st entitlement.Stage) bool { return st.ID == n.Stage })
	}
	return s
}

func (s *subject) packageID() entitlement.PackageID {
	if s.request.ID == "" {
		return s.assignment.Package
	}
	return s.request.Package
}

func (s *subject) policyID() entitlement.PolicyID {
	if s.request.ID == "" {
		return s.assignment.Policy
	}
	return s.request.Policy
}

func (s *subject) target() directory.ObjectID {
	if s.notice.Guest != "" {
		return s.notice.Guest
	}
	if s.request.ID == "" {
		return s.assignment.Target
	}
	return s.request.Target
}

func (s *subject) catalog() entitlement.CatalogID {
	if s.request.ID == "" {
		return s.assignment.Catalog
	}
	return s.request.Catalog
}

// current returns the stage of the approval that the subject is about.
func (s *subject) current() (entitlement.Stage, bool) {
	if s.stage < 0 {
		return entitlement.Stage{}, false
	}
	return s.approval.Stages[s.stage], true
}

// moot reports whether there is nothing to tell any more.
func (s *subject) moot(now time.Time) bool {
	if s.notice.Event.AboutGuest() {
		return s.guestMoot()
	}
	if s.request.ID == "" && s.assignment.ID == "" {
		return true // deleted meanwhile
	}
	if s.policy.AssignmentNotificationDisabled && s.notice.Event.Silenced() {
		return true
	}
	switch s.notice.Event {
	case entitlement.ApprovalNeeded, entitlement.ApprovalReminder, entitlement.ApprovalEscalated, entitlement.ApprovalPassedOn:
		stage, ok := s.current()
		return !ok || stage.Status != entitlement.StageInProgress
	case entitlement.AccessEndsSoon:
		return !s.assignment.Extendable(s.policy, now)
	case entitlement.EmergencyReviewNeeded, entitlement.EmergencyReminder, entitlement.EmergencyMissed:
		return !s.emergency.Pending()
	}
	return false
}

// take finds out who gets the message of a notice.
func (m *mailing) take(n entitlement.Notice) error {
	s := m.subject(n)
	if s.moot(m.now) {
		return nil
	}
	asked, err := m.asked(s)
	if err != nil {
		return err
	}
	if err := m.address(s, asked); err != nil {
		return err
	}
	if n.Event != entitlement.ApprovalNeeded || !asked.fallback || len(asked.first) == 0 {
		return nil
	}
	s.notice.Event = entitlement.ApprovalFallback
	return m.address(s, asked)
}

// asked resolves whom the stage asks that the subject is about.
func (m *mailing) asked(s subject) (askedPeople, error) {
	stage, ok := s.current()
	if !ok {
		return askedPeople{}, nil
	}
	return m.people.ofStage(m.ctx, stage.Settings, s.request, m.e.maxRecipients())
}

// address adds a letter for everybody who gets the message.
func (m *mailing) address(s subject, asked askedPeople) error {
	told := map[directory.ObjectID]bool{s.notice.By.ID: true, "": true}
	left := m.e.maxRecipients()
	for _, audience := range s.notice.Event.Audiences() {
		all, err := m.audience(audience, s, asked)
		if err != nil {
			return err
		}
		for _, to := range all {
			if told[to] || left == 0 {
				continue
			}
			told[to] = true
			left--
			m.letters = append(m.letters, letter{to: to, audience: audience, subject: s, asked: asked})
		}
	}
	return nil
}

// message is the message about the subject, without text and recipient.
func (s *subject) message(now time.Time) entitlement.Message {
	occasion := string(s.notice.Request)
	if occasion == "" {
		occasion = string(s.notice.Assignment) + string(s.notice.Guest)
	}
	occasion += string(s.notice.Extension)
	return entitlement.Message{
		Event: s.notice.Event, Kind: entitlement.Mail, Request: s.notice.Request, Assignment: s.notice.Assignment, Package: s.packageID(),
		Occasion: occasion + "/" + string(s.notice.Stage) + "/" + s.notice.At.UTC().Format(time.RFC3339Nano), At: now,
	}
}

// post writes the letters to people who exist and may sign in, and returns
// those that it wrote.
func (m *mailing) post() ([]letter, error) {
	var known []directory.ObjectID
	for _, l := range m.letters {
		known = append(append(append(known, l.to), shown(l.asked.first)...), shown(l.asked.alternates)...)
	}
	if err := m.know(known); err != nil {
		return nil, err
	}
	var told []letter
	for _, l := range m.letters {
		o := m.people.objects[l.to]
		blocked := l.to == l.subject.notice.Guest && !o.Deleted()
		if o.Kind != directory.KindUser || !o.Active() && !blocked {
			continue
		}
		msg := l.subject.message(m.now)
		msg.ID, msg.Recipient, msg.Address = entitlement.MessageID(m.e.newID()), o.ID, o.Mail
		msg.Subject, msg.Text = notify.Write(m.facts(l))
		if err := m.tx.PutMessage(m.ctx, msg); err != nil {
			return nil, err
		}
		told = append(told, l)
	}
	return told, nil
}
