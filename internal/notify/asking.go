package notify

import (
	"fmt"
	"slices"

	"github.com/grantkeep/grantkeep/internal/entitlement"
)

// asking are the messages about asking and deciding (emails.md section 3.1).
var asking = map[entitlement.MessageEvent]template{
	entitlement.RequestReceived: {
		func(f Facts) string { return "You asked for " + f.Package + f.forWhom() },
		func(f Facts) []string {
			return slices.Concat([]string{"You asked for " + quoted(f.Package) + f.forWhom() + ". Somebody has to approve it first.", ""}, f.course())
		},
	},
	entitlement.RequestMadeForYou: {
		func(f Facts) string { return f.Sender + " asked for " + f.Package + " for you" },
		func(f Facts) []string {
			return slices.Concat([]string{f.Sender + " asked for " + quoted(f.Package) + " for you. You can cancel the request if you do not want it.", ""}, f.course())
		},
	},
	entitlement.ApprovalNeeded: {
		func(f Facts) string { return f.decide("") },
		func(f Facts) []string { return f.judged("") },
	},
	entitlement.ApprovalReminder: {
		func(f Facts) string {
			return fmt.Sprintf("Still waiting, %s left: %s → %s", span(f.DecideBy.Sub(f.Now)), f.Target, f.Package)
		},
		func(f Facts) []string { return f.judged("Nobody has decided yet.") },
	},
	entitlement.ApprovalEscalated: {
		func(f Facts) string { return f.decide(" (passed on)") },
		func(f Facts) []string {
			return f.judged("It came to you because " + names(f.Approvers, "those who were asked first") + " did not decide in time; they still can.")
		},
	},
	entitlement.ApprovalPassedOn: {
		func(f Facts) string { return f.Package + " for " + f.Target + " was also passed on" },
		func(f Facts) []string {
			return slices.Concat([]string{
				"Nobody decided on " + quoted(f.Package) + " for " + f.Target + " yet, so " +
					names(f.Alternates, "the alternate approvers") + " may decide now too. You can still decide.", "",
			}, facts(fact("Time", f.until(f.DecideBy))))
		},
	},
	entitlement.RequestMovedOn: {
		func(f Facts) string { return fmt.Sprintf("%s: step %d of %d approved", f.Package, f.Step, f.Steps) },
		func(f Facts) []string {
			return slices.Concat([]string{fmt.Sprintf("Step %d of %d for %s%s was approved.", f.Step, f.Steps, quoted(f.Package), f.forWhom()), ""},
				facts(fact("Next", names(f.Approvers, "the approvers of the next step")), fact("Time", f.until(f.DecideBy))))
		},
	},
	entitlement.ApprovalDecided: {
		func(f Facts) string { return f.verdict() + ": " + f.Target + " → " + f.Package },
		func(f Facts) []string {
			return slices.Concat([]string{
				someone(f.By, "Another approver") + " decided on " + quoted(f.Package) + " for " + f.Target + ". There is nothing left for you to do in this step.", "",
			}, facts(fact("Decision", f.verdict()), fact("Why", quoted(f.Reason))))
		},
	},
	entitlement.RequestDenied: {
		func(f Facts) string { return "Denied: " + f.Package + f.forWhom() },
		func(f Facts) []string {
			return slices.Concat([]string{"The request for " + quoted(f.Package) + f.forWhom() + " was denied.", ""},
				facts(fact("By", f.By), fact("Why", quoted(f.Reason))), []string{"", "You can ask again if the reason does not hold any more."})
		},
	},
	entitlement.RequestTimedOut: {
		func(f Facts) string { return "Nobody decided on " + f.Package + f.forWhom() + "; it ended" },
		func(f Facts) []string {
			return slices.Concat([]string{"Nobody decided on " + quoted(f.Package) + f.forWhom() + " in time, so the request ended. You can ask again.", ""},
				facts(fact("Asked", names(f.Approvers, ""))))
		},
	},
	entitlement.ApprovalTimedOut: {
		func(f Facts) string { return "Nobody decided in time: " + f.Target + " → " + f.Package },
		func(f Facts) []string {
			return []string{"Nobody decided on " + quoted(f.Package) + " for " + f.Target + " in time. The request ended; " + f.Target + " has to ask again."}
		},
	},
	entitlement.RequestLater: {
		func(f Facts) string { return f.Package + f.forWhom() + " starts on " + shortly(f.Start) },
		func(f Facts) []string {
			return slices.Concat([]string{quoted(f.Package) + f.forWhom() + " is settled and starts later. Until then the request can be canceled.", ""},
				facts(fact("Starts", when(f.Start)), fact("Ends", f.ending())))
		},
	},
	entitlement.RequestWithdrawn: {
		func(f Facts) string {
			return "No decision needed: " + someone(f.By, f.Target) + " canceled " + f.Package
		},
		func(f Facts) []string {
			return []string{someone(f.By, f.Target) + " canceled the request of " + f.Target + " for " + quoted(f.Package) + " on " + when(f.Now) + ". No decision is needed any more."}
		},
	},
	entitlement.RequestCanceled: {
		func(f Facts) string {
			if f.Audience == entitlement.ToAsked {
				return "No decision needed: " + f.Target + " → " + f.Package + " was canceled"
			}
			return "Your request for " + f.Package + " was canceled by " + someone(f.By, "an administrator")
		},
		func(f Facts) []string {
			if f.Audience == entitlement.ToAsked {
				return []string{someone(f.By, "An administrator") + " canceled the request of " + f.Target + " for " + quoted(f.Package) + ". No decision is needed any more."}
			}
			return []string{someone(f.By, "An administrator") + " canceled the request for " + quoted(f.Package) + f.forWhom() + ".", "", "You can ask again."}
		},
	},
	entitlement.ApprovalFallback: {
		func(f Facts) string {
			return "No approver found for " + f.Target + ": fallback decides on " + f.Package
		},
		func(f Facts) []string {
			return []string{
				"The policy names nobody who can approve " + quoted(f.Package) + " for " + f.Target + ", so the fallback approvers were asked: " +
					names(f.Approvers, "nobody") + ".", "", "Give " + f.Target + " a manager, or change the approvers of the policy.",
			}
		},
	},
	entitlement.ApprovalDeadEnd: {
		func(f Facts) string { return "Nobody can decide on " + f.Target + " → " + f.Package },
		func(f Facts) []string {
			return slices.Concat([]string{
				"Neither the approvers of the policy nor their fallbacks are people who can decide on " + quoted(f.Package) + " for " + f.Target + ". " +
					"Without a change the request runs out of time.", "", "Name approvers who exist in the policy and have the person ask again, or cancel the request.", "",
			}, facts(fact("Time", f.until(f.DecideBy))))
		},
	},
}

// decide is the subject of a message that asks for a decision.
func (f Facts) decide(how string) string {
	return "Approve or deny" + how + ": " + f.Target + " → " + f.Package + ", by " + shortly(f.DecideBy)
}

// judged is all that an approver needs to judge.
func (f Facts) judged(note string) []string {
	asks := f.Target + " asks for " + quoted(f.Package) + "."
	if f.Sender != "" {
		asks = f.Sender + " asks for " + quoted(f.Package) + " for " + f.Target + "."
	}
	lines := []string{asks, note, ""}
	table := []string{fact("Company", f.Company), fact("Why", quoted(f.Justification))}
	for _, a := range f.Answers {
		table = append(table, fact("Answer", a.Question.Text.Default+": "+someone(a.Display, a.Value)))
	}
	passed := ""
	if !f.EscalatesAt.IsZero() && f.EscalatesAt.Before(f.DecideBy) {
		passed = fmt.Sprintf(". From %s also %s", when(f.EscalatesAt), names(f.Alternates, "the alternate approvers"))
	}
	table = append(table, fact("Period", f.period()), fact("Asked", when(f.AskedAt)), fact("You are", f.step()+" of the approval"),
		fact("Time", f.until(f.DecideBy)+passed))
	return slices.Concat(lines, facts(table...))
}

// course tells those who asked what happens now.
func (f Facts) course() []string {
	return facts(
		fact("Decides", names(f.Approvers, "the approvers of the policy")), fact("Step", f.step()), fact("Time", f.until(f.DecideBy)),
		fact("Then", "without a decision the request ends by itself"), fact("Why", quoted(f.Justification)))
}

func (f Facts) verdict() string {
	if f.Denied {
		return "Denied"
	}
	return "Approved"
}

func (f Facts) ending() string {
	if f.End.IsZero() {
		return "never by itself"
	}
	return when(f.End)
}
