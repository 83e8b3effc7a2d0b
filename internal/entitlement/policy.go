package entitlement

import (
	"slices"
	"time"

	"github.com/grantkeep/grantkeep/internal/directory"
)

// TargetScope says who may get a package through a policy, in the v1.0
// spelling; policies.md section 3 maps it to beta.
type TargetScope string

// The published target scopes.
const (
	ScopeNobody                TargetScope = "notSpecified" // direct assignment only
	ScopeSpecificUsers         TargetScope = "specificDirectoryUsers"
	ScopeSpecificOrgs          TargetScope = "specificConnectedOrganizationUsers"
	ScopeSpecificPrincipals    TargetScope = "specificDirectoryServicePrincipals"
	ScopeAllMembers            TargetScope = "allMemberUsers"
	ScopeAllUsers              TargetScope = "allDirectoryUsers"
	ScopeAllPrincipals         TargetScope = "allDirectoryServicePrincipals"
	ScopeAllConfiguredOrgs     TargetScope = "allConfiguredConnectedOrganizationUsers"
	ScopeAllExternal           TargetScope = "allExternalUsers"
	ScopeAllAgentIdentities    TargetScope = "allDirectoryAgentIdentities"
	ScopeAllExistingOrgsLegacy TargetScope = "allExistingConnectedOrganizationUsers" // beta only; means ScopeAllConfiguredOrgs, echoed as sent
)

// External reports whether the scope is about people from outside, whose
// connected organization matters.
func (s TargetScope) External() bool {
	return s == ScopeSpecificOrgs || s == ScopeAllExternal || s.configuredOnly()
}

func (s TargetScope) configuredOnly() bool {
	return s == ScopeAllConfiguredOrgs || s == ScopeAllExistingOrgsLegacy
}

// AdmitsExternal reports whether the policy's scope contains somebody from
// outside who belongs to the organization; the zero one is not known.
func (p Policy) AdmitsExternal(o Organization) bool {
	switch {
	case p.Scope == ScopeAllExternal:
		return true
	case o.ID == "":
		return false
	case p.Scope == ScopeSpecificOrgs:
		return slices.Contains(p.Organizations(), o.ID)
	}
	return p.Scope.configuredOnly() && o.State == OrgConfigured
}

// AsksSponsors reports whether any stage of approval asks the sponsors of the
// target's connected organization.
func (p Policy) AsksSponsors() bool {
	return slices.ContainsFunc(p.Approval.Stages, func(s StageSettings) bool {
		return slices.ContainsFunc(slices.Concat(s.Primary, s.FallbackPrimary, s.Escalation, s.FallbackEscalate), func(set SubjectSet) bool {
			return set.Kind == SetInternalSponsors || set.Kind == SetExternalSponsors
		})
	})
}

// SubjectSetKind tells how a SubjectSet finds people.
type SubjectSetKind string

// The published subject sets (policies.md section 12).
const (
	SetUser             SubjectSetKind = "singleUser"
	SetGroup            SubjectSetKind = "groupMembers"
	SetOrg              SubjectSetKind = "connectedOrganizationMembers"
	SetServicePrincipal SubjectSetKind = "singleServicePrincipal"
	SetRule             SubjectSetKind = "attributeRuleMembers"
	SetRequestorManager SubjectSetKind = "requestorManager"
	SetTargetManager    SubjectSetKind = "targetManager"
	SetInternalSponsors SubjectSetKind = "internalSponsors"
	SetExternalSponsors SubjectSetKind = "externalSponsors"
	SetTargetSponsors   SubjectSetKind = "targetUserSponsors"
	SetAppOwners        SubjectSetKind = "targetApplicationOwners"
	SetAgentSponsors    SubjectSetKind = "targetAgentIdentitySponsorsOrOwners"
)

// SubjectSet describes people instead of naming them: one user, the members
// of a group, the manager of whoever asks.
type SubjectSet struct {
	Kind         SubjectSetKind
	ID           string // user, group, organization or service principal, by Kind
	ManagerLevel int    // manager sets: 1 is the direct manager
	Rule         string // SetRule: the membership rule
	Description  string // display name of what ID names, for people to read
	Place        int    // from 1, in a list that mixes sets with their fallbacks; 0: fallbacks come last
}

// Policy says who may get a package, who must approve, for how long and with
// which questions. Version pins it: a request keeps the version it was made
// under, so edits never touch requests in flight.
type Policy struct {
	ID      PolicyID
	Version int64
	Package PackageID
	Catalog CatalogID

	DisplayName string
	Description string

	Scope          TargetScope
	AllowedTargets []SubjectSet
	AcceptRequests bool // policies.md section 4
	Requestor      RequestorSettings
	Expiration     Expiration
	Approval       ApprovalSettings
	Review         *ReviewSettings
	Questions      []Question
	Automatic      *AutomaticSettings
	Emergency      *EmergencySettings // nil: the policy is an ordinary one

	AssignmentNotificationDisabled bool
	ExtensionStages                []ExtensionStage
	VerifiedCredentials            []VerifiedCredential
	Stamp
}

// RequestorSettings says what targets and those acting for them may do.
type RequestorSettings struct {
	SelfAdd, SelfUpdate, SelfRemove             bool
	CustomSchedule                              bool
	OnBehalfAdd, OnBehalfUpdate, OnBehalfRemove bool
	OnBehalfRequestors                          []SubjectSet
}

// ApprovalSettings says when approval is needed and through which stages, in
// order.
type ApprovalSettings struct {
	RequiredForAdd                 bool
	RequiredForUpdate              bool
	RequestorJustificationRequired bool
	Stages                         []StageSettings
}

// StageSettings is one stage of approval: who decides, and what happens when
// nobody does.
type StageSettings struct {
	TimeOut                       Duration // after it the request is denied
	ApproverJustificationRequired bool
	EscalationEnabled             bool
	EscalateAfter                 Duration
	Primary, FallbackPrimary      []SubjectSet
	Escalation, FallbackEscalate  []SubjectSet
	InformationVisibility         string // default, notVisible, visible
	DisplayName                   string

	// Dynamic stages have no approvers of their own: the extension names
	// them for each request (policies.md section 6.3).
	Dynamic   bool
	Extension ExtensionID
}

// LeavesVisibility reports whether the policy leaves it to the tenant what
// those who ask see of the stage's approvers.
func (s StageSettings) LeavesVisibility() bool {
	return s.ShowsApprovers(true) != s.ShowsApprovers(false)
}

// ShowsApprovers reports whether those whom a request is about may see who
// decided the stage; byDefault is what the tenant says where the policy
// leaves it open.
func (s StageSettings) ShowsApprovers(byDefault bool) bool {
	switch s.InformationVisibility {
	case "visible":
		return true
	case "notVisible":
		return false
	}
	return byDefault
}

// ReviewSettings are access reviews attached to a policy: kept and given
// back; reviews themselves come later.
type ReviewSettings struct {
	Enabled                       bool
	ExpirationBehavior            string // keepAccess, removeAccess, acceptAccessRecommendation
	RecommendationEnabled         bool
	ReviewerJustificationRequired bool
	SelfReview                    bool
	ReviewerType                  string // beta spelling: Self, Reviewers, Manager
	Primary, Fallback             []SubjectSet
	Start                         time.Time
	RoundDuration                 Duration
	Recurrence                    *Recurrence
	AgenticExperienceEnabled      bool
}

// QuestionKind tells what answers a question takes.
type QuestionKind string

// The published kinds of questions.
const (
	TextQuestion   QuestionKind = "accessPackageTextInputQuestion"
	ChoiceQuestion QuestionKind = "accessPackageMultipleChoiceQuestion"
)

// Question is asked of requestors.
type Question struct {
	ID             QuestionID
	Kind           QuestionKind
	Text           LocalizedText
	Sequence       int
	Required       bool
	AnswerEditable bool
	SingleLine     bool   // text
	Pattern        string // text: RE2, matched against the whole answer
	Choices        []Choice
	Multiple       bool // choices: more than one may be selected

	Fills *AttributeUse // where the answer goes to; nil for a question of the policy's own
}

// Choice is one answer of a multiple choice question.
type Choice struct {
	Value string
	Text  LocalizedText
}

// LocalizedText is a text with translations, in order of appearance.
type LocalizedText struct {
	Default      string
	Translations []Translation
}

// Translation is a text in one language; Language is like "fr-CA".
type Translation struct {
	Language, Text string
}

// AutomaticSettings makes a policy assign by rule instead of by request.
type AutomaticSettings struct {
	RequestForAllowedTargets bool
	RemoveWhenTargetLeaves   bool
	GracePeriod              Duration
}

// ExtensionStage links a custom extension to a moment in the life of a
// request or assignment.
type ExtensionStage struct {
	ID        string
	Stage     CalloutStage
	Extension ExtensionID
	Legacy    bool // came in beta's customExtensionHandlers
}

// PresentedCredential is a credential that somebody has verified elsewhere, and
// says so in a request.
type PresentedCredential struct {
	Authority string   // who issued it
	Types     []string // what it is
	Claims    string   // what it says, as JSON; empty for nothing
}

// VerifiedCredential is a credential that requestors must present.
type VerifiedCredential struct {
	Type    string
	Issuers []string
}

// ApprovalRequired reports whether a request of the given kind needs
// approval under the policy.
func (p Policy) ApprovalRequired(kind RequestKind) bool {
	switch kind {
	case UserAdd, OnBehalfAdd, AdminAdd:
		return p.Approval.RequiredForAdd && p.Emergency == nil
	case UserExtend, UserUpdate:
		return p.Approval.RequiredForUpdate
	}
	return false
}

// Answer answers one question; Question is a copy, so that later edits of
// the policy do not change what was asked.
type Answer struct {
	Question Question
	Value    string // the choice's Value, or the text
	Display  string
}

// SubjectOf returns the id that entitlement management uses for a directory
// object. It is derived, so that naming somebody as a target writes nothing.
func SubjectOf(tenant directory.TenantID, object directory.ObjectID) SubjectID {
	return SubjectID(derivedID(string(tenant), "subject", string(object)))
}
