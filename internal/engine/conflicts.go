package engine

import (
	"context"
	"slices"
	"time"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

// asking is a package that somebody may get, or have for longer.
type asking struct {
	Package    entitlement.PackageID
	Target     directory.ObjectID
	Assignment entitlement.AssignmentID // the one that it will be
	Has        bool                     // the target has the package; there is nothing to begin
}

// judgement is what the rules say to an asking: what keeps the target from
// the package, and which exceptions lifted rules that would have kept it, too.
type judgement struct {
	conflicts []entitlement.Conflict
	lifted    []entitlement.Exception
}

// docket is what the rules are asked about.
type docket struct {
	stamp store.RuleStamp // read in the same transaction
	asked []asking        // in the order in which they will be carried out
	known []entitlement.Package
	now   time.Time

	// hold, if not nil, keeps others from giving access to the targets until
	// the end of the transaction.
	hold func(context.Context, []directory.ObjectID) error
}

// judge asks the rules about many askings. One that is free of conflicts
// counts against those after it. It costs nothing in a tenant without rules.
// Otherwise the number of statements is the same for any number of askings:
// one at most if no rule touches them, and none if the packages are known.
func judge(ctx context.Context, r store.Reader, d docket) ([]judgement, error) {
	asked, now := d.asked, d.now
	out := make([]judgement, len(asked))
	rules, err := r.Rules(ctx, d.stamp)
	if err != nil || d.stamp == "" || len(asked) == 0 {
		return out, err
	}
	j := judging{ctx: ctx, r: r, rules: rules, packages: map[entitlement.PackageID]entitlement.Package{}}
	for _, p := range d.known {
		j.packages[p.ID] = p
	}
	if err := j.learn(distinct(asked, func(a *asking) entitlement.PackageID { return a.Package })); err != nil {
		return nil, err
	}
	var touched []asking
	for _, a := range asked {
		if rules.Touch(j.packages[a.Package]) {
			touched = append(touched, a)
		}
	}
	if len(touched) == 0 {
		return out, nil
	}
	targets := distinct(touched, func(a *asking) directory.ObjectID { return a.Target })
	if d.hold != nil {
		if err := d.hold(ctx, targets); err != nil {
			return nil, err
		}
	}
	if err := j.read(touched, targets); err != nil {
		return nil, err
	}
	for i, a := range asked {
		p := j.packages[a.Package]
		if !rules.Touch(p) {
			continue
		}
		out[i].conflicts = rules.Conflicts(entitlement.Candidate{Package: p, Held: j.held[a.Target], In: j.in[a.Target], Has: a.Has})
		if len(out[i].conflicts) == 0 && !a.Has {
			j.held[a.Target] = append(j.held[a.Target], entitlement.Holding{Assignment: a.Assignment, Package: p.ID, Gives: p.Gives()})
		}
	}
	if err := j.lift(asked, out, now); err != nil {
		return nil, err
	}
	return out, j.name(out)
}

// judging is what judge reads on its way.
type judging struct {
	ctx      context.Context
	r        store.Reader
	rules    entitlement.Rules
	packages map[entitlement.PackageID]entitlement.Package
	held     map[directory.ObjectID][]entitlement.Holding
	in       map[directory.ObjectID][]directory.ObjectID
}

// learn reads the packages that are not known yet.
func (j *judging) learn(ids []entitlement.PackageID) error {
	unknown := slices.DeleteFunc(slices.Clone(ids), func(id entitlement.PackageID) bool {
		_, ok := j.packages[id]
		return ok
	})
	found, err := index(j.ctx, unknown, j.r.Packages, func(p *entitlement.Package) entitlement.PackageID { return p.ID })
	for id, p := range found {
		j.packages[id] = p
	}
	return err
}

// manyRows is more rows than one statement is expected to answer with.
const manyRows = 1 << 17

// read reads what the targets hold, and in which groups of the rules they are.
func (j *judging) read(touched []asking, targets []directory.ObjectID) error {
	theirs := query.In{Field: "target"}
	for _, id := range targets {
		theirs.Values = append(theirs.Values, string(id))
	}
	page, err := j.r.Assignments(j.ctx, query.List{
		Where: query.AllOf(theirs, query.Compare{Field: "state", Op: query.Ne, Value: string(entitlement.AssignmentExpired)}), Limit: manyRows,
	})
	if err != nil {
		return err
	}
	if err := j.learn(distinct(page.Rows, func(a *entitlement.Assignment) entitlement.PackageID { return a.Package })); err != nil {
		return err
	}
	j.held = map[directory.ObjectID][]entitlement.Holding{}
	for _, a := range page.Rows {
		j.held[a.Target] = append(j.held[a.Target], entitlement.Holding{Assignment: a.ID, Package: a.Package, Gives: j.packages[a.Package].Gives()})
	}
	return j.readGroups(touched)
}

func (j *judging) readGroups(touched []asking) error {
	var asked []directory.Membership
	for _, a := range touched {
		for _, g := range j.rules.Groups(a.Package) {
			asked = append(asked, directory.Membership{Group: g, Member: a.Target, Relation: directory.MemberOf})
		}
	}
	if len(asked) == 0 {
		return nil
	}
	there, err := j.r.HaveMembers(j.ctx, asked)
	if err != nil {
		return err
	}
	j.in = map[directory.ObjectID][]directory.ObjectID{}
	for _, m := range asked { // in this order, so that what is told is told the same every time
		if there[m] && !slices.Contains(j.in[m.Member], m.Group) {
			j.in[m.Member] = append(j.in[m.Member], m.Group)
		}
	}
	return nil
}

// lift takes away the conflicts with rules from which there is an exception.
func (j *judging) lift(asked []asking, out []judgement, now time.Time) error {
	var targets []directory.ObjectID
	for i, a := range asked {
		if len(out[i].conflicts) > 0 && !slices.Contains(targets, a.Target) {
			targets = append(targets, a.Target)
		}
	}
	if len(targets) == 0 {
		return nil
	}
	exceptions, err := j.r.ExceptionsFor(j.ctx, targets, now)
	if err != nil {
		return err
	}
	for i, a := range asked {
		out[i].conflicts = slices.DeleteFunc(out[i].conflicts, func(c entitlement.Conflict) bool {
			at := slices.IndexFunc(exceptions, func(x entitlement.Exception) bool { return x.Lifts(c.Rule, a.Target, now) })
			if at >= 0 && !slices.Contains(out[i].lifted, exceptions[at]) {
				out[i].lifted = append(out[i].lifted, exceptions[at])
			}
			return at >= 0
		})
	}
	return nil
}

// name tells what the packages, groups and roles of the conflicts are called.
func (j *judging) name(out []judgement) error {
	var packages []entitlement.PackageID
	var groups []directory.ObjectID
	for _, o := range out {
		for _, c := range o.conflicts {
			p, g := c.Unnamed()
			packages, groups = append(packages, p...), append(groups, g...)
		}
	}
	if len(packages) == 0 {
		return nil
	}
	if err := j.learn(packages); err != nil {
		return err
	}
	names := map[string]string{}
	for _, id := range packages {
		names[string(id)] = j.packages[id].DisplayName
	}
	found, err := j.r.ObjectsByID(j.ctx, groups)
	if err != nil {
		return err
	}
	for id, g := range found {
		names[string(id)] = g.DisplayName
	}
	if err := j.nameRoles(out, names); err != nil {
		return err
	}
	for _, o := range out {
		for i := range o.conflicts {
			o.conflicts[i].Names = names
		}
	}
	return nil
}

// nameRoles finds the resources of the roles that are shared.
func (j *judging) nameRoles(out []judgement, names map[string]string) error {
	var shared []entitlement.RoleScope
	for _, o := range out {
		for _, c := range o.conflicts {
			for _, rs := range j.packages[c.Via].RoleScopes {
				if rs.Origin == c.Role {
					shared = append(shared, rs)
				}
			}
		}
	}
	ids := distinct(shared, func(rs *entitlement.RoleScope) entitlement.ResourceID { return rs.Resource })
	resources, err := index(j.ctx, ids, j.r.Resources, func(r *entitlement.Resource) entitlement.ResourceID { return r.ID })
	for _, rs := range shared {
		resource := resources[rs.Resource]
		names[rs.Origin.Resource] = resource.DisplayName
		for _, role := range resource.Roles {
			if role.ID == rs.Role {
				names[rs.Origin.Role] = role.DisplayName
			}
		}
	}
	return err
}

// judgeOffer asks the rules about one target for the package of an offer.
func judgeOffer(ctx context.Context, r store.Reader, offer store.Offer, target directory.ObjectID, has bool, now time.Time) (judgement, error) {
	out, err := judge(ctx, r, docket{
		stamp: offer.Rules, known: []entitlement.Package{offer.Package}, now: now,
		asked: []asking{{Package: offer.Package.ID, Target: target, Has: has}},
	})
	if err != nil {
		return judgement{}, err
	}
	return out[0], nil
}

// overrides reports whether requests of the kind may combine what must not be
// combined.
func (e *Engine) overrides(kind entitlement.RequestKind) bool {
	return kind == entitlement.AdminAdd && e.settings.AdminAddOverridesIncompatibility
}

// noteLifted writes down that access is asked for although a rule would keep
// the target from it: because of exceptions, or because administrators may.
func (e *Engine) noteLifted(ctx context.Context, tx store.Tx, by entitlement.Actor, s entitlement.Submission, found judgement, now time.Time) error {
	if s.ValidateOnly {
		return nil
	}
	note := func(action audit.Action, kind audit.ObjectKind, id string) error {
		why := e.record(ctx, by, now, action, kind, id, string(s.Package))
		why.OnBehalf = s.Target
		return tx.Note(ctx, why)
	}
	for _, x := range found.lifted {
		if err := note(audit.ExceptionUsed, audit.KindException, string(x.ID)); err != nil {
			return err
		}
	}
	if len(found.conflicts) == 0 {
		return nil
	}
	return note(audit.IncompatibleAllowed, audit.KindPackage, string(s.Package))
}

// conflictsNow asks again what keeps the targets of many requests from what
// they asked for. Rules and people change while requests wait, so what was
// right when a request was made says nothing. In a tenant without rules it
// costs one statement. hold is that of docket.
func (e *Engine) conflictsNow(ctx context.Context, r store.Reader, requests []entitlement.Request, now time.Time, hold func(context.Context, []directory.ObjectID) error) (map[entitlement.RequestID][]entitlement.Conflict, error) {
	if len(requests) == 0 {
		return nil, nil
	}
	d := docket{asked: make([]asking, len(requests)), now: now, hold: hold}
	var err error
	if d.stamp, err = r.RuleStamp(ctx); err != nil {
		return nil, err
	}
	for i, q := range requests {
		d.asked[i] = asking{Package: q.Package, Target: q.Target, Assignment: q.Assignment, Has: !q.Begins()}
	}
	judged, err := judge(ctx, r, d)
	if err != nil {
		return nil, err
	}
	found := map[entitlement.RequestID][]entitlement.Conflict{}
	for i, q := range requests {
		if len(judged[i].conflicts) > 0 && !e.overrides(q.Kind) {
			found[q.ID] = judged[i].conflicts
		}
	}
	return found, nil
}

// checkStillCompatible refuses to approve what has become incompatible while
// it waited. The request stays open: its approver may deny it, or approve it
// once the other access has ended.
func (e *Engine) checkStillCompatible(ctx context.Context, tx store.Tx, r entitlement.Request, now time.Time) error {
	more, err := givesMore(ctx, tx, r, now)
	if err != nil || !more {
		return err
	}
	found, err := e.conflictsNow(ctx, tx, []entitlement.Request{r}, now, nil)
	if err != nil {
		return err
	}
	return entitlement.CheckConflicts(found[r.ID])
}

// givesMore reports whether the request gives access, or makes it last
// longer.
func givesMore(ctx context.Context, r store.Reader, q entitlement.Request, now time.Time) (bool, error) {
	if !q.Updates() {
		return q.Begins(), nil
	}
	a, err := r.Assignment(ctx, q.Assignment)
	if err != nil {
		return false, err
	}
	policy, err := r.PolicyAt(ctx, q.Policy, q.PolicyVersion)
	return err == nil && a.ProlongedBy(q, policy, now), err
}
