package entitlement

import (
	"time"

	"github.com/grantkeep/grantkeep/internal/directory"
)

// Requirement is what somebody meets who asks for a package through a policy
// (requests.md section 16).
type Requirement struct {
	Policy            PolicyID
	DisplayName       string
	Description       string
	ApprovalForAdd    bool
	ApprovalForUpdate bool
	Justification     bool // requestors must say why
	CustomSchedule    bool // requestors may choose the period
	Schedule          Schedule
	Questions         []Question
	Answers           []Answer  // given before, by somebody who has the package
	Credentials       time.Time // until when the credentials that the policy asks for can be presented; zero: it asks for none
	Emergency         bool      // access comes at once and is reviewed afterwards
}

// Requirement returns what the policy asks of requestors; given are the
// answers of the assignment that the subject has through it. This server has
// no way to have credentials presented, so the time for it is always up.
func (p Policy) Requirement(given []Answer, now time.Time) Requirement {
	r := Requirement{
		Policy: p.ID, DisplayName: p.DisplayName, Description: p.Description,
		ApprovalForAdd: p.ApprovalRequired(UserAdd), ApprovalForUpdate: p.ApprovalRequired(UserUpdate),
		Justification: p.asksWhy(), Emergency: p.Emergency != nil, CustomSchedule: p.Requestor.CustomSchedule,
		Schedule: Schedule{Expiration: p.Expiration}, Questions: InSequence(p.Questions), Answers: given,
	}
	if len(p.VerifiedCredentials) > 0 {
		r.Credentials = now
	}
	return r
}

// TakesRequests reports whether people may ask through the policy at all,
// for themselves or, if on behalf, for others.
func (p Policy) TakesRequests(onBehalf bool) bool {
	if onBehalf {
		return p.AcceptRequests && p.Requestor.OnBehalfAdd
	}
	return p.AcceptRequests && p.Requestor.SelfAdd
}

// OpenTo reports whether somebody can ask for a package of the catalog for
// oneself; admits tells whose scope contains that person.
func (c Catalog) OpenTo(person directory.Object, policies []Policy, admits func(Policy) (bool, error)) (bool, error) {
	if !c.Published || person.External() && !c.ExternallyVisible {
		return false, nil
	}
	for _, p := range policies {
		if !p.TakesRequests(false) {
			continue
		}
		if in, err := admits(p); in || err != nil {
			return in, err
		}
	}
	return false, nil
}
