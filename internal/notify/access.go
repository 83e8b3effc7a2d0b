package notify

import (
	"maps"
	"slices"

	"github.com/grantkeep/grantkeep/internal/entitlement"
)

// access are the messages about set-up, change and end (emails.md section
// 3.2).
var access = map[entitlement.MessageEvent]template{
	entitlement.AccessReady: {
		func(f Facts) string { return "Ready: " + f.Package + f.forWhom() },
		func(f Facts) []string {
			whose := "You have "
			if !f.Own {
				whose = f.Target + " has "
			}
			return slices.Concat([]string{whose + quoted(f.Package) + " now.", ""}, facts(fact("Ends", f.ending())))
		},
	},
	entitlement.AccessPartly: {
		func(f Facts) string { return f.Package + f.forWhom() + ": not everything is ready" },
		func(f Facts) []string {
			if f.Own {
				return []string{"A part of " + quoted(f.Package) + " could not be set up yet. There is nothing for you to do; those who manage it know."}
			}
			return slices.Concat([]string{"A part of " + quoted(f.Package) + " could not be set up for " + f.Target + ". Mend the cause and reprocess the request.", ""},
				facts(fact("Cause", f.Reason)))
		},
	},
	entitlement.AccessFailed: {
		func(f Facts) string { return f.Package + f.forWhom() + " could not be set up" },
		func(f Facts) []string {
			if f.Own {
				return []string{quoted(f.Package) + " could not be set up. There is nothing for you to do; those who manage it know."}
			}
			return slices.Concat([]string{quoted(f.Package) + " could not be set up for " + f.Target + ". Mend the cause and reprocess the request.", ""},
				facts(fact("Cause", f.Reason)))
		},
	},
	entitlement.AccessGiven: {
		func(f Facts) string { return someone(f.Sender, "An administrator") + " gave you " + f.Package },
		func(f Facts) []string {
			return slices.Concat([]string{someone(f.Sender, "An administrator") + " gave you " + quoted(f.Package) + ".", ""},
				facts(fact("Why", quoted(f.Justification)), fact("Ends", f.ending())))
		},
	},
	entitlement.AccessEndsSoon: {
		func(f Facts) string { return f.Package + " ends on " + shortly(f.End) + ": extend?" },
		func(f Facts) []string {
			how := "You can extend it; that needs no approval."
			if f.NeedsConsent {
				how = "You can ask to extend it; somebody has to approve that, so ask in time."
			}
			return slices.Concat([]string{"You lose what " + quoted(f.Package) + " gives you unless it is extended. " + how, ""},
				facts(fact("Ends", f.until(f.End))))
		},
	},
	entitlement.AccessExtended: {
		func(f Facts) string {
			if f.End.IsZero() {
				return f.Package + " now lasts without an end"
			}
			return f.Package + " now lasts until " + shortly(f.End)
		},
		func(f Facts) []string {
			return slices.Concat([]string{"The time of " + quoted(f.Package) + " was changed.", ""}, facts(fact("Ends", f.ending())))
		},
	},
	entitlement.AccessEnded: {
		func(f Facts) string { return f.Package + " ended" },
		func(f Facts) []string {
			return []string{
				"Your time with " + quoted(f.Package) + " is over. What only it gave you is gone; what another access package gives you too, you keep.",
				"", "You can ask again.",
			}
		},
	},
	entitlement.AccessRemoved: {
		func(f Facts) string { return someone(f.Sender, "An administrator") + " removed your " + f.Package },
		func(f Facts) []string {
			return slices.Concat([]string{someone(f.Sender, "An administrator") + " removed your " + quoted(f.Package) + ". What another access package gives you too, you keep.", ""},
				facts(fact("Why", quoted(f.Justification))))
		},
	},
}

// owners are the messages to those who look after something (emails.md
// section 3.3).
var owners = map[entitlement.MessageEvent]template{
	entitlement.ExtensionFailed: {
		func(f Facts) string {
			return "Call-out " + quoted(f.Extension) + " failed: " + f.Target + " → " + f.Package
		},
		func(f Facts) []string {
			return slices.Concat([]string{
				"The custom extension " + quoted(f.Extension) + " was called for " + f.Target + " and " + quoted(f.Package) +
					", without success. Look at its endpoint and sign-in; a request that ended over it can be reprocessed.", "",
			}, facts(fact("Cause", f.Reason)))
		},
	},
}

var catalogue = joined(asking, access, guest, owners, emergency)

func joined(parts ...map[entitlement.MessageEvent]template) map[entitlement.MessageEvent]template {
	all := map[entitlement.MessageEvent]template{}
	for _, p := range parts {
		maps.Copy(all, p)
	}
	return all
}
