package entitlement

import (
	"slices"
	"strings"
	"time"

	"github.com/grantkeep/grantkeep/internal/directory"
)

// RolloutPhase is how far an automatic policy has got with its people.
type RolloutPhase string

// The phases of a rollout.
const (
	RolloutIdle     RolloutPhase = "idle"     // nothing to do until the next look at everybody
	RolloutClearing RolloutPhase = "clearing" // what is left of an earlier plan goes
	RolloutPlanning RolloutPhase = "planning" // finding out whom a change touches
	RolloutWaiting  RolloutPhase = "waiting"  // it touches so many that somebody has to confirm it
	RolloutWorking  RolloutPhase = "working"  // carrying it out
)

// RolloutEvent is something that happens to a rollout.
type RolloutEvent string

// The events in the life of a rollout.
const (
	RolloutStart   RolloutEvent = "start"   // the policy was changed, or it is time to look again
	RolloutCleared RolloutEvent = "cleared" // no earlier plan is left
	RolloutHold    RolloutEvent = "hold"    // the plan is ready and touches too many
	RolloutGo      RolloutEvent = "go"      // the plan is ready, or somebody has confirmed it
	RolloutDone    RolloutEvent = "done"    // the plan is carried out
	RolloutDrop    RolloutEvent = "drop"    // the plan is not wanted, though the rule stands
)

// rolloutTransitions is the whole life of a rollout. What is not listed cannot
// happen.
var rolloutTransitions = []struct {
	From RolloutPhase
	On   RolloutEvent
	To   RolloutPhase
}{
	{RolloutIdle, RolloutStart, RolloutClearing},
	{RolloutClearing, RolloutStart, RolloutClearing},
	{RolloutPlanning, RolloutStart, RolloutClearing},
	{RolloutWaiting, RolloutStart, RolloutClearing},
	{RolloutWorking, RolloutStart, RolloutClearing},
	{RolloutClearing, RolloutCleared, RolloutPlanning},
	{RolloutPlanning, RolloutHold, RolloutWaiting},
	{RolloutPlanning, RolloutGo, RolloutWorking},
	{RolloutWaiting, RolloutGo, RolloutWorking},
	{RolloutWaiting, RolloutDrop, RolloutIdle},
	{RolloutWorking, RolloutDone, RolloutIdle},
}

// Allows reports whether the event can happen in the phase.
func (p RolloutPhase) Allows(e RolloutEvent) bool {
	_, ok := p.after(e)
	return ok
}

func (p RolloutPhase) after(e RolloutEvent) (RolloutPhase, bool) {
	for _, t := range rolloutTransitions {
		if t.From == p && t.On == e {
			return t.To, true
		}
	}
	return "", false
}

// Open reports whether a change is on its way that is not in force yet.
func (p RolloutPhase) Open() bool {
	return p == RolloutClearing || p == RolloutPlanning || p == RolloutWaiting
}

// LookAgain is how long after its last look at everybody a rollout looks again.
// What changes leaves work of its own behind at once; this mends what nobody
// foresaw, such as a database that was restored.
const LookAgain = 24 * time.Hour

// Rollout is the work of an automatic policy: which version of it is in force,
// which one shall be, and how far that has got. It outlives the policy until
// nobody has anything through it any more.
//
// A change of a policy has two passes over the people. The first makes a plan
// of those for whom something would change. The plan is carried out at once
// or, if it holds too many, once somebody has confirmed it; until then the
// version in force goes on as if nothing had happened.
type Rollout struct {
	Policy  PolicyID
	Version int64
	Package PackageID

	InForce int64 // the version of the policy that is applied; 0 if none is
	Wanted  int64 // the version that shall be; InForce if nothing changes

	// End says that what the policy gave by itself shall end, Ended that this
	// is in force.
	End, Ended bool

	Phase  RolloutPhase
	Plan   int64  // numbers the plans: what bears another number is old
	Cursor string // how far the pass has got

	// What the plan holds, as counted when it was made.
	Users, Adds, Removes int64

	// People says that it was people who changed and not the rule, and so many
	// that what the rule does about them waits for the plan, too.
	People bool

	// What the rule in force has done since Since because people changed.
	Since                   time.Time
	SinceAdds, SinceRemoves int64

	// Reads and Groups are what the rules in force, and those wanted, ask
	// about.
	Reads  []directory.Property
	Groups []directory.ObjectID

	DueAt time.Time // when it goes on; zero while it waits for somebody
}

// Start begins the way to what is wanted, from wherever the rollout is.
func (s Rollout) Start(now time.Time) Rollout {
	s = s.step(RolloutStart)
	s.Plan++
	s.Users, s.Adds, s.Removes, s.DueAt = 0, 0, 0, now
	return s
}

// Want makes a version of the policy the wanted one.
func (s Rollout) Want(p AutomaticPolicy, now time.Time) Rollout {
	s.Wanted, s.End = p.Version, false
	s.learn(p)
	return s.Start(now)
}

// WantNone makes it wanted that nothing stays of what the policy gave by
// itself.
func (s Rollout) WantNone(now time.Time) Rollout {
	s.Wanted, s.End = 0, true
	return s.Start(now)
}

// Gone is WantNone for a policy that does not exist any more: it is in force
// at once.
func (s Rollout) Gone(now time.Time) Rollout {
	s.InForce, s.Ended = 0, true
	return s.WantNone(now)
}

// Keep makes a version the wanted one that does the same to the same people
// as the one in force, and puts it in force: what was wanted before is taken
// back.
func (s Rollout) Keep(p AutomaticPolicy, now time.Time) Rollout {
	s.InForce = p.Version
	return s.Want(p, now)
}

// Rename takes note of a version that does the same to the same people as the
// one before it.
func (s Rollout) Rename(before, after int64) Rollout {
	if s.InForce == before {
		s.InForce = after
	}
	if s.Wanted == before {
		s.Wanted = after
	}
	return s
}

// Cleared begins the plan.
func (s Rollout) Cleared(now time.Time) Rollout { return s.moved(RolloutCleared, now) }

// Hold makes the rollout wait until somebody confirms the plan.
func (s Rollout) Hold() Rollout { return s.moved(RolloutHold, time.Time{}) }

// Go puts in force what was wanted and begins to carry out the plan.
func (s Rollout) Go(now time.Time) Rollout {
	s.InForce, s.Ended = s.Wanted, s.End
	return s.moved(RolloutGo, now)
}

// Drop ends the rollout without its plan, until it is time to look again. Only
// what a rule does that stands can be dropped.
func (s Rollout) Drop(now time.Time) Rollout { return s.moved(RolloutDrop, now.Add(LookAgain)) }

// Stands reports whether the rollout is about the version that is in force: the
// policy stays as it is, whatever becomes of the plan.
func (s Rollout) Stands() bool { return s.InForce == s.Wanted && s.Ended == s.End }

// Suspect begins the way to a plan because so many people have changed that
// the rule should not follow them unseen.
func (s Rollout) Suspect(now time.Time) Rollout {
	s = s.Start(now).Follow(0, 0, now)
	s.People = true
	return s
}

// guardWindow is how long the guard adds up what single changes of people do:
// an import that goes wrong sends them one by one.
const guardWindow = time.Hour

// Follow adds up what the rule does about people who changed.
func (s Rollout) Follow(adds, removes int64, now time.Time) Rollout {
	if now.Sub(s.Since) > guardWindow {
		s.Since, s.SinceAdds, s.SinceRemoves = now, 0, 0
	}
	s.SinceAdds += adds
	s.SinceRemoves += removes
	return s
}

// Done ends the rollout until it is time to look again.
func (s Rollout) Done(now time.Time) Rollout { return s.moved(RolloutDone, now.Add(LookAgain)) }

func (s Rollout) moved(e RolloutEvent, due time.Time) Rollout {
	s = s.step(e)
	s.DueAt = due
	if s.People && !s.Phase.Open() { // there was a word on it
		s.People, s.Since, s.SinceAdds, s.SinceRemoves = false, time.Time{}, 0, 0
	}
	return s
}

// step is the only place where a rollout changes its phase. What the table does
// not list is a bug of the caller.
func (s Rollout) step(e RolloutEvent) Rollout {
	to, ok := s.Phase.after(e)
	if !ok {
		panic("entitlement: a rollout that is " + string(s.Phase) + " knows no " + string(e))
	}
	s.Phase, s.Cursor = to, ""
	return s
}

// learn adds what the rules of a version ask about.
func (s *Rollout) learn(p AutomaticPolicy) {
	s.Reads, s.Groups = append(s.Reads, p.Depends()...), append(s.Groups, p.Groups()...)
	slices.Sort(s.Reads)
	slices.Sort(s.Groups)
	s.Reads, s.Groups = slices.Compact(s.Reads), slices.Compact(s.Groups)
}

// Knows forgets what only rules ask about that are not in force any more.
func (s Rollout) Knows(p AutomaticPolicy) Rollout {
	s.Reads, s.Groups = nil, nil
	s.learn(p)
	return s
}

// NewRollout returns the rollout of a policy that has none yet.
func NewRollout(p Policy) Rollout {
	return Rollout{Policy: p.ID, Package: p.Package, Phase: RolloutIdle}
}

// Guard holds back what touches too many people at once.
type Guard struct {
	Share   int // percent of the users of the tenant; 0: no guard
	Minimum int // so many people never need a confirmation
}

// Follows reports whether the rule may have done as much about people who
// changed as the rollout has added up; users is how many there are.
func (g Guard) Follows(s Rollout, users int64) bool {
	limit := g.Limit(users)
	return limit < 0 || max(s.SinceAdds, s.SinceRemoves) <= limit
}

// Limit is the most people who may be touched without a confirmation, of so
// many users; negative if there is no limit.
func (g Guard) Limit(users int64) int64 {
	if g.Share <= 0 {
		return -1
	}
	return max(users*int64(g.Share)/100, int64(g.Minimum))
}

// Holds reports whether the plan has to be confirmed.
func (g Guard) Holds(s Rollout) bool {
	limit, adds, removes := g.Limit(s.Users), s.Adds, s.Removes
	if s.People { // what went through one by one counts
		adds, removes = adds+s.SinceAdds, removes+s.SinceRemoves
	}
	return limit >= 0 && max(adds, removes) > limit
}

// PlanKind is what a plan holds for a user.
type PlanKind string

// What a plan holds: a look is for those for whom nothing is known to change
// but who changed themselves while the plan waited.
const (
	PlanAdd    PlanKind = "add"
	PlanRemove PlanKind = "remove"
	PlanLook   PlanKind = "look"
)

// Planned is a line of a plan.
type Planned struct {
	User directory.ObjectID
	Kind PlanKind
}

// PlanFor says what a plan holds for somebody about whom the step would be
// done; ok is false if nothing.
func PlanFor(s AutomaticStep) (kind PlanKind, ok bool) {
	switch {
	case s.Removes():
		return PlanRemove, true
	case s.Add != nil || s.Waits:
		return PlanAdd, true
	}
	return PlanLook, !s.Idle()
}

// Touched is a user about whom automatic assignment has to decide anew.
type Touched struct {
	User  directory.ObjectID
	DueAt time.Time

	// Blocked names the packages that the user should have and cannot get,
	// each once, so that it is told once.
	Blocked []PackageID
}

// IsBlocked reports whether it is known that the user cannot get the package.
func (t Touched) IsBlocked(id PackageID) bool { return slices.Contains(t.Blocked, id) }

// LookAtBlocked is how long after a refusal somebody is looked at again who
// should have a package and could not get it: an open request, or access that
// must not be combined with it, was in the way.
const LookAtBlocked = 30 * time.Minute

// JoinNames and SplitNames keep a list of names, none of which has a space,
// in one text.
func JoinNames[S ~string](names []S) string {
	texts := make([]string, len(names))
	for i, n := range names {
		texts[i] = string(n)
	}
	return strings.Join(texts, " ")
}

// SplitNames is the opposite of JoinNames.
func SplitNames[S ~string](text string) []S {
	var names []S
	for _, n := range strings.Fields(text) {
		names = append(names, S(n))
	}
	return names
}
