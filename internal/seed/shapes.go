package seed

import "github.com/grantkeep/grantkeep/internal/entitlement"

// The words that the rows of packages are written in. Subject sets hold keys
// until the policy is made.

// policy returns a policy through which every employee may ask for
// themselves; the edits say what is different.
func policy(name string, lasts entitlement.Expiration, edits ...func(*entitlement.Policy)) entitlement.Policy {
	p := entitlement.Policy{
		DisplayName: name, Scope: entitlement.ScopeAllMembers, AcceptRequests: true, Expiration: lasts,
		Requestor: entitlement.RequestorSettings{SelfAdd: true, SelfUpdate: true, SelfRemove: true},
	}
	for _, edit := range edits {
		edit(&p)
	}
	return p
}

func days(n int) entitlement.Expiration {
	return entitlement.Expiration{Type: entitlement.AfterDuration, Duration: entitlement.Days(n)}
}

func hours(d entitlement.Duration) entitlement.Expiration {
	return entitlement.Expiration{Type: entitlement.AfterDuration, Duration: d}
}

func forever() entitlement.Expiration { return entitlement.Expiration{Type: entitlement.NoExpiration} }

func only(group string) func(*entitlement.Policy) {
	return func(p *entitlement.Policy) {
		p.Scope, p.AllowedTargets = entitlement.ScopeSpecificUsers, []entitlement.SubjectSet{members(group)}
	}
}

// everybody lets guests ask too.
func everybody() func(*entitlement.Policy) {
	return func(p *entitlement.Policy) { p.Scope = entitlement.ScopeAllUsers }
}

// direct lets nobody ask: administrators assign.
func direct() func(*entitlement.Policy) {
	return func(p *entitlement.Policy) {
		p.Scope, p.Requestor = entitlement.ScopeNobody, entitlement.RequestorSettings{CustomSchedule: true}
	}
}

func reason() func(*entitlement.Policy) {
	return func(p *entitlement.Policy) { p.Approval.RequestorJustificationRequired = true }
}

// period lets people choose when it begins and ends.
func period() func(*entitlement.Policy) {
	return func(p *entitlement.Policy) { p.Requestor.CustomSchedule = true }
}

// behalf lets managers ask for their reports.
func behalf() func(*entitlement.Policy) {
	return func(p *entitlement.Policy) {
		p.Requestor.OnBehalfAdd, p.Requestor.OnBehalfRemove = true, true
		p.Requestor.OnBehalfRequestors = []entitlement.SubjectSet{{Kind: entitlement.SetTargetManager, ManagerLevel: 1}}
	}
}

func notSelf() func(*entitlement.Policy) {
	return func(p *entitlement.Policy) { p.Requestor.SelfAdd, p.Requestor.SelfUpdate = false, false }
}

func questions(qs ...entitlement.Question) func(*entitlement.Policy) {
	return func(p *entitlement.Policy) {
		for i, q := range qs {
			q.Sequence, q.Required, q.AnswerEditable = i, true, true
			p.Questions = append(p.Questions, q)
		}
	}
}

func text(question, pattern string) entitlement.Question {
	return entitlement.Question{
		Kind: entitlement.TextQuestion, Text: entitlement.LocalizedText{Default: question}, SingleLine: true, Pattern: pattern,
	}
}

func choice(question string, answers ...string) entitlement.Question {
	q := entitlement.Question{Kind: entitlement.ChoiceQuestion, Text: entitlement.LocalizedText{Default: question}}
	for _, a := range answers {
		q.Choices = append(q.Choices, entitlement.Choice{Value: a, Text: entitlement.LocalizedText{Default: a}})
	}
	return q
}

func approval(stages ...entitlement.StageSettings) func(*entitlement.Policy) {
	return func(p *entitlement.Policy) { p.Approval.RequiredForAdd, p.Approval.Stages = true, stages }
}

func stage(limit entitlement.Duration, approvers ...entitlement.SubjectSet) entitlement.StageSettings {
	return entitlement.StageSettings{TimeOut: limit, Primary: approvers, InformationVisibility: "default"}
}

// saying wants approvers to say why.
func saying(s entitlement.StageSettings) entitlement.StageSettings {
	s.ApproverJustificationRequired = true
	return s
}

// escalating asks the alternates too if nobody decides in time.
func escalating(s entitlement.StageSettings, after entitlement.Duration, alternates ...entitlement.SubjectSet) entitlement.StageSettings {
	s.EscalationEnabled, s.EscalateAfter, s.Escalation = true, after, alternates
	return s
}

// orElse names who decides when there is no first approver, such as for
// guests, who have no manager.
func orElse(s entitlement.StageSettings, fallback ...entitlement.SubjectSet) entitlement.StageSettings {
	s.FallbackPrimary = fallback
	return s
}

func one(person string) entitlement.SubjectSet {
	return entitlement.SubjectSet{Kind: entitlement.SetUser, ID: person}
}

func members(group string) entitlement.SubjectSet {
	return entitlement.SubjectSet{Kind: entitlement.SetGroup, ID: group}
}

func manager() entitlement.SubjectSet {
	return entitlement.SubjectSet{Kind: entitlement.SetRequestorManager, ManagerLevel: 1}
}
