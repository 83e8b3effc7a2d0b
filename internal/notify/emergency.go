package notify

import (
	"slices"

	"github.com/grantkeep/grantkeep/internal/entitlement"
)

// emergency are the messages about access that was given at once, and about
// the review that looks back at it.
var emergency = map[entitlement.MessageEvent]template{
	entitlement.EmergencyTold: {
		func(f Facts) string { return "Emergency: " + f.Target + " has " + f.Package + " without approval" },
		func(f Facts) []string {
			whose := "You were not asked to approve it, because the policy is one for emergencies. "
			if f.Audience == entitlement.ToOwners {
				whose = "Nobody was asked to approve it, because the policy is one for emergencies. "
			}
			return slices.Concat([]string{
				f.Target + " got " + quoted(f.Package) + " at once. " + whose + "Somebody reviews it by " + when(f.DecideBy) + ".", "",
			}, f.used())
		},
	},
	entitlement.EmergencyReviewNeeded: {
		func(f Facts) string {
			return "Review the emergency: " + f.Target + " → " + f.Package + ", by " + shortly(f.DecideBy)
		},
		func(f Facts) []string { return f.review("") },
	},
	entitlement.EmergencyReminder: {
		func(f Facts) string {
			return "Still to review, " + span(f.DecideBy.Sub(f.Now)) + " left: " + f.Target + " → " + f.Package
		},
		func(f Facts) []string { return f.review("Nobody has reviewed it yet.") },
	},
	entitlement.EmergencyMissed: {
		func(f Facts) string { return "Not reviewed in time: emergency of " + f.Target + " → " + f.Package },
		func(f Facts) []string { return f.review("Its review is overdue. It still has to be done.") },
	},
	entitlement.EmergencyDecided: {
		func(f Facts) string { return "Emergency reviewed: " + f.Target + " → " + f.Package },
		func(f Facts) []string {
			what := "The access stays."
			if f.Denied {
				what = "The access was removed; what another access package gives too stays."
			}
			return slices.Concat([]string{someone(f.By, "A reviewer") + " reviewed the emergency access of " + f.Target + " to " + quoted(f.Package) + ". " + what, ""},
				facts(fact("Why", quoted(f.Reason))))
		},
	},
}

// used is what is known of the use of a policy for emergencies.
func (f Facts) used() []string {
	return facts(fact("Company", f.Company), fact("Sent by", f.Sender), fact("Why", quoted(f.Justification)), fact("Asked", when(f.AskedAt)), fact("Ends", f.ending()))
}

// review is all that a reviewer needs to judge.
func (f Facts) review(note string) []string {
	return slices.Concat([]string{
		f.Target + " got " + quoted(f.Package) + " at once, without approval, because the policy is one for emergencies. Say whether the access stays or is removed.",
		note, "",
	}, f.used(), facts(fact("Time", f.until(f.DecideBy))))
}
