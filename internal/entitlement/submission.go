package entitlement

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/fault"
)

// MaxJustification is the longest justification, in characters
// (requests.md section 4).
const MaxJustification = 4000

// startTolerance is how far in the past an asked start may lie; it then
// means now (requests.md section 6.4).
const startTolerance = 5 * time.Minute

// Submission is what a caller sends to make a request (requests.md 6.1).
type Submission struct {
	Kind          RequestKind
	Assignment    AssignmentID // an existing one: removals, updates
	Package       PackageID
	Policy        PolicyID           // empty: the server chooses
	Target        directory.ObjectID // empty: the caller
	TargetEmail   string             // instead: anybody, also from outside
	Schedule      Schedule
	Justification string
	Answers       []Answer // Question.ID and Value only
	Credentials   []PresentedCredential
	ValidateOnly  bool
	Key           string // the client's, so that sending it again makes no second one; may be empty
}

// Facts are what decides whether a submission becomes a request. The use
// case gathers them; the rules here judge them.
type Facts struct {
	Package      Package
	Catalog      Catalog
	Policy       Policy           // the policy that was named or chosen
	Target       directory.Object // zero if there is no such object
	Returning    bool             // the target was blocked for lack of access, which this request gives
	Organization OrgID            // of a target from outside
	InScope      bool             // the policy's scope contains the target
	Open         *Request         // an open request of the target for the package
	Active       []Assignment     // active assignments of the target to the package
	Held         Assignment       // for changes: the assignment to change
	Before       []Answer         // for changes: the answers that hold now
	Incompatible []Conflict       // what the target has that must not be combined with the package
	Admin        bool             // the caller acts as administrator
	Bypass       bool             // the caller may assign without approval
	Now          time.Time
}

// CheckAdd applies the rules for new access in the documented order
// (requests.md section 6.4, checks 3 to 13) and reports the first that does
// not hold.
func (s Submission) CheckAdd(f Facts) error {
	for _, check := range []func(Facts) error{
		s.CheckCatalog, s.CheckPolicy, s.checkTarget, s.checkDuplicates, s.checkIncompatible,
		s.checkSchedule, s.checkAnswers, s.checkJustification, s.checkPresented, s.checkCredentials,
	} {
		if err := check(f); err != nil {
			return err
		}
	}
	return nil
}

// CheckCatalog is the first rule of CheckAdd, for which only the catalog need
// be known: it is a fault.Invalid "CatalogNotEnabled" unless the catalog is
// published.
func (s Submission) CheckCatalog(f Facts) error {
	if !f.Catalog.Published && !f.Admin {
		return fault.New(fault.Invalid, "CatalogNotEnabled",
			"The catalog %q is not published, so its access packages cannot be requested. A catalog owner can publish it.", f.Catalog.DisplayName)
	}
	outside := f.Target.Kind == directory.KindExternal || f.Target.External() && !f.Admin
	if outside && !f.Catalog.ExternallyVisible {
		return fault.New(fault.Invalid, "CatalogNotEnabled",
			"The catalog %q is not open to people from outside. A catalog owner can open it by isExternallyVisible.", f.Catalog.DisplayName)
	}
	return nil
}

// CheckPolicy is the second rule of CheckAdd: it is a fault.Invalid
// "PolicyNotApplicable" unless the policy accepts such requests.
func (s Submission) CheckPolicy(f Facts) error {
	direct := f.Admin && f.Policy.Scope != ScopeNobody
	if !f.Policy.AcceptRequests && !direct {
		return fault.New(fault.Invalid, "PolicyNotApplicable",
			"The policy %q does not accept requests now. A package manager can switch them on.", f.Policy.DisplayName).At("assignment.assignmentPolicyId")
	}
	return nil
}

func (s Submission) checkTarget(f Facts) error {
	if f.Target.ID == "" || !f.Target.Active() && !f.Returning {
		return fault.New(fault.Invalid, "TargetNotAllowed",
			"The target %s is not an active object of this directory. Name somebody who is, or have an administrator enable or restore the account.", s.Target).At("assignment.targetId")
	}
	if f.InScope || f.Admin && f.Policy.Scope == ScopeNobody {
		return nil
	}
	return fault.New(fault.Invalid, "TargetNotAllowed",
		"%s is not among the people who may have this access package through the policy %q%s.", f.Target.DisplayName, f.Policy.DisplayName, f.whyOutside()).
		At("assignment.targetId")
}

// whyOutside tells what would bring somebody from outside into the scope of
// the policy.
func (f Facts) whyOutside() string {
	switch {
	case f.Policy.Scope == ScopeNobody:
		return ", which is for direct assignment only: an assignment manager can assign it"
	case !f.Target.External() || !f.Policy.Scope.External():
		return ", whose scope is " + string(f.Policy.Scope) + ". A package manager can widen it; another policy of the package may fit"
	case f.Organization == "":
		return ": no connected organization is known by where this person comes from. An administrator can add one"
	case f.Policy.Scope == ScopeSpecificOrgs:
		return ": it does not name the connected organization of this person. A package manager can add it"
	case f.Policy.Scope.configuredOnly():
		return ": the connected organization of this person is only proposed. An administrator can set its state to configured"
	}
	return ""
}

func (s Submission) checkDuplicates(f Facts) error {
	if f.Open != nil {
		return existingOpen(*f.Open)
	}
	held := slices.IndexFunc(f.Active, func(a Assignment) bool { return a.Policy == f.Policy.ID })
	if held >= 0 {
		return fault.New(fault.Invalid, "ExistingAssignment",
			"The target already has this access package through this policy: assignment %s. Have it extended or changed, or remove it first.", f.Active[held].ID)
	}
	return nil
}

func existingOpen(r Request) error {
	return fault.New(fault.Invalid, "ExistingOpenRequest",
		"There is already an open request of this target for this access package: %s, with the status %s. Wait for it or cancel it.", r.ID, r.Status)
}

func (s Submission) checkIncompatible(f Facts) error { return CheckConflicts(f.Incompatible) }

func (s Submission) checkSchedule(f Facts) error {
	bad := func(target, format string, args ...any) error {
		return fault.New(fault.Invalid, "InvalidSchedule", format, args...).At(target)
	}
	start := s.Schedule.Start
	if !start.IsZero() && start.Before(f.Now.Add(-startTolerance)) {
		return bad("schedule.startDateTime", "schedule.startDateTime lies in the past; leave it out to start at once.")
	}
	asked := s.Schedule.Expiration
	custom := !start.IsZero() || asked.Type == AfterDateTime || asked.Type == AfterDuration
	if custom && !f.Admin && !f.Policy.Requestor.CustomSchedule {
		return bad("schedule", "The policy %q does not let requestors choose a period; leave schedule out.", f.Policy.DisplayName)
	}
	if start.IsZero() || start.Before(f.Now) {
		start = f.Now
	}
	end := asked.EndFrom(start)
	if !end.IsZero() && !end.After(start) {
		return bad("schedule.expiration", "The end of the period must be later than its start; set a later end, or leave expiration out.")
	}
	if limit := f.Policy.Expiration.EndFrom(start); !limit.IsZero() && end.After(limit) {
		return bad("schedule.expiration", "The policy ends access at %s at the latest; ask for an end until then, or leave expiration out.", limit.Format(time.RFC3339))
	}
	return nil
}

func (s Submission) checkAnswers(f Facts) error {
	_, err := f.Policy.Answered(s.Answers)
	return err
}

func (s Submission) checkJustification(f Facts) error {
	if utf8.RuneCountInString(s.Justification) > MaxJustification {
		return fault.New(fault.Invalid, "InvalidModel", "justification is longer than %d characters; shorten it.", MaxJustification).At("justification")
	}
	if f.Policy.asksWhy() && (!f.Admin || f.Policy.Emergency != nil) && strings.TrimSpace(s.Justification) == "" {
		return fault.New(fault.Invalid, "JustificationRequired",
			"The policy %q asks requestors to say why; set justification.", f.Policy.DisplayName).At("justification")
	}
	return nil
}

// asksWhy reports whether requestors have to say why. In an emergency they
// always do: those who review it have nothing else to go by.
func (p Policy) asksWhy() bool {
	return p.Approval.RequestorJustificationRequired || p.Emergency != nil
}

// maxPresented is the most credentials of a request, and the most types of
// each.
const maxPresented = 10

// checkPresented takes verified credentials from those only who assign access
// to others: what people say of themselves nobody has verified.
func (s Submission) checkPresented(f Facts) error {
	if len(s.Credentials) == 0 {
		return nil
	}
	if !f.Admin {
		return fault.New(fault.Invalid, "VerifiedCredentialsNotAccepted",
			"What people say of themselves is not verified: verifiedCredentialsData is taken from those who assign access to others, and from applications. Leave it out.").
			At("verifiedCredentialsData")
	}
	if len(s.Credentials) > maxPresented {
		return fault.New(fault.Invalid, "InvalidModel", "A request carries at most %d verified credentials; send fewer.", maxPresented).At("verifiedCredentialsData")
	}
	for _, c := range s.Credentials {
		if c.Authority == "" || utf8.RuneCountInString(c.Authority) > maxName || len(c.Types) == 0 || len(c.Types) > maxPresented {
			return fault.New(fault.Invalid, "InvalidModel",
				"A verified credential names its authority, in at most %d characters, and 1 to %d types; name both.", maxName, maxPresented).At("verifiedCredentialsData")
		}
	}
	return nil
}

// checkCredentials refuses people whom the policy asks for a verified
// credential: this server has no way to have one presented.
func (s Submission) checkCredentials(f Facts) error {
	if len(f.Policy.VerifiedCredentials) == 0 || f.Admin {
		return nil
	}
	return fault.New(fault.Invalid, "VerifiableCredentialRequired",
		"The policy %q asks for a verified credential, which cannot be presented here. An assignment manager can assign the package directly, or a package manager can take the demand out of the policy.",
		f.Policy.DisplayName)
}

// NewRequest returns the request that the submission makes once every check
// has passed. The request is left alone until delay has gone by.
func (s Submission) NewRequest(id RequestID, f Facts, by Actor, delay time.Duration) Request {
	answers, err := f.Policy.Answered(s.Answers)
	if err != nil {
		answers = nil // CheckAdd refused it before
	}
	r := Request{
		ID: id, Kind: s.Kind, Status: Accepted,
		Catalog: f.Catalog.ID, Package: f.Package.ID, Policy: f.Policy.ID, PolicyVersion: f.Policy.Version,
		Assignment: AssignmentID(id),
		Target:     f.Target.ID, Requestor: by.ID, CreatedBy: by.ID, Organization: f.Organization,
		CreatedAt: f.Now, NotBefore: f.Now.Add(delay),
		Schedule: s.Schedule, Justification: s.Justification, Answers: answers, Credentials: s.Credentials,
		ApprovalNeeded: f.Policy.ApprovalRequired(s.Kind) && !f.Bypass,
	}
	if f.Policy.Emergency != nil {
		r.NotBefore = f.Now
	}
	if s.Kind == AdminAdd {
		r.Requestor = f.Target.ID // requests.md section 4: the subject who was assigned
	}
	r.Calls = f.Policy.callsOf(r.Kind, r.ApprovalNeeded)
	return r
}

// NewRemoval returns the request that ends an assignment.
func NewRemoval(id RequestID, kind RequestKind, a Assignment, by Actor, justification string, now time.Time, delay time.Duration) Request {
	requestor := by.ID
	if kind != UserRemove {
		requestor = a.Target
	}
	return Request{
		ID: id, Kind: kind, Status: Accepted,
		Catalog: a.Catalog, Package: a.Package, Policy: a.Policy, PolicyVersion: a.PolicyVersion,
		Assignment: a.ID, Target: a.Target, Requestor: requestor, CreatedBy: by.ID,
		CreatedAt: now, NotBefore: now.Add(delay), Justification: justification,
		Calls: callsAt(a.Calls, AtRemoval),
	}
}

// rank orders policies by how specific they are about who may ask
// (requests.md section 6.2); lower is better.
func (p Policy) rank() int {
	switch p.Scope {
	case ScopeSpecificUsers, ScopeSpecificPrincipals, ScopeSpecificOrgs:
		return 1
	case ScopeAllMembers:
		return 2
	case ScopeAllUsers, ScopeAllPrincipals:
		return 3
	}
	return 4
}

// Best keeps the most specific ones of the policies that fit somebody, in
// their order, and behind them those for emergencies: they stand in nobody's
// way.
func Best(fitting []Policy) []Policy {
	var best, emergency []Policy
	for _, p := range fitting {
		switch {
		case p.Emergency != nil:
			emergency = append(emergency, p)
		case len(best) == 0 || p.rank() < best[0].rank():
			best = []Policy{p}
		case p.rank() == best[0].rank():
			best = append(best, p)
		}
	}
	return append(best, emergency...)
}

// Choose picks the policy for somebody who named none, among those that fit:
// the most specific one. Several equally specific ones are a
// "PolicySelectionRequired" that lists them; none is "PolicyNotApplicable". A
// policy for emergencies is never chosen: who wants it names it.
func Choose(fitting []Policy) (Policy, error) {
	best := Best(fitting)
	ordinary := slices.DeleteFunc(slices.Clone(best), func(p Policy) bool { return p.Emergency != nil })
	if len(ordinary) < len(best) && len(ordinary) == 0 {
		return Policy{}, fault.New(fault.Invalid, "PolicyNotApplicable",
			"Only the policy %s (%s) applies, which is for emergencies. Name it in assignment.assignmentPolicyId if this is one: the access is given at once, "+
				"those who would have approved are told, and it is reviewed.", best[0].ID, best[0].DisplayName).At("assignment.assignmentPolicyId")
	}
	switch best = ordinary; len(best) {
	case 0:
		return Policy{}, fault.New(fault.Invalid, "PolicyNotApplicable",
			"No policy of this access package accepts a request for this target: none has the target in its scope and takes requests now. "+
				"A package manager can change that, or an assignment manager can assign the package directly.")
	case 1:
		return best[0], nil
	}
	names := make([]string, len(best))
	for i, p := range best {
		names[i] = string(p.ID) + " (" + p.DisplayName + ")"
	}
	return Policy{}, fault.New(fault.Invalid, "PolicySelectionRequired",
		"Several policies apply; name one of them in assignment.assignmentPolicyId: %s.", strings.Join(names, ", ")).At("assignment.assignmentPolicyId")
}

// CheckRemove applies the rules for ending an assignment: it must be active,
// nothing else may be under way, and people may do it themselves only if the
// policy lets them.
func (s Submission) CheckRemove(a Assignment, p Policy, open *Request) error {
	if !a.State.Allows(Ended) {
		return fault.New(fault.Invalid, "AssignmentNotActive", "The assignment %s has ended already; there is nothing left to remove.", a.ID).At("assignment.id")
	}
	if open != nil {
		return existingOpen(*open)
	}
	if s.Kind == UserRemove && !p.Requestor.SelfRemove {
		return fault.New(fault.Invalid, "PolicyNotApplicable",
			"The policy %q does not let people remove their own access; ask an assignment manager.", p.DisplayName)
	}
	return s.checkJustification(Facts{Admin: true})
}
