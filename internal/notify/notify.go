// Package notify writes the texts of messages: subject and plain text of
// every event, in English. Facts go in, texts come out; who gets them and how
// they travel it does not know.
package notify

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/grantkeep/grantkeep/internal/entitlement"
)

// Facts are what a message may tell. What the recipient must not know is
// left out by whoever gathers them; the texts leave out what is empty.
type Facts struct {
	Event    entitlement.MessageEvent
	Audience entitlement.Audience // as which the recipient is told
	Own      bool                 // the recipient is the target

	Package string
	Target  string // who gets or loses the access
	Company string // of the target
	Sender  string // who asked, if that is somebody else
	By      string // who made it happen; empty if the recipient must not know
	Reason  string
	Denied  bool // what was decided

	Justification string // approvers and owners only
	Answers       []entitlement.Answer
	AskedAt       time.Time

	Step, Steps int      // of the approval
	Approvers   []string // who decides in the step
	Alternates  []string // who is asked too if nobody does
	EscalatesAt time.Time
	DecideBy    time.Time

	Start, End   time.Time // as asked or as given
	Length       entitlement.Duration
	NeedsConsent bool // an extension needs approval

	Extension string // the name of the custom extension that was not reached

	Link      string    // of an invitation
	DeleteAt  time.Time // when the account of a guest goes
	BlockOnly bool      // ... or that it is only blocked

	Request entitlement.RequestID
	Now     time.Time
}

// template is how the message of an event is written.
type template struct {
	subject func(Facts) string
	lines   func(Facts) []string
}

// Write returns subject and text of a message. It panics for an event that
// has no template, which is our own bug.
func Write(f Facts) (subject, text string) {
	t, ok := catalogue[f.Event]
	if !ok {
		panic("notify: nothing is written about the event " + string(f.Event))
	}
	lines := t.lines(f)
	if f.Request != "" {
		lines = append(lines, "", "Request "+string(f.Request))
	}
	return fitted(t.subject, f), strings.Join(tidy(lines), "\n") + "\n"
}

// maxSubject is how many characters of a subject people see in a list.
const maxSubject = 78

// fitted writes a subject that is not too long: long names of packages lose
// their middle.
func fitted(subject func(Facts) string, f Facts) string {
	s := subject(f)
	for keep := utf8.RuneCountInString(f.Package); utf8.RuneCountInString(s) > maxSubject && keep > shortest; {
		keep = max(shortest, keep-(utf8.RuneCountInString(s)-maxSubject))
		f.Package = middleOut(f.Package, keep)
		s = subject(f)
	}
	return middleOut(strings.Join(strings.Fields(s), " "), maxSubject)
}

// shortest is how much of a package's name always stays.
const shortest = 16

// middleOut shortens a text to n characters by leaving out its middle.
func middleOut(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	head := n / 2
	return string(r[:head]) + "…" + string(r[len(r)-(n-head-1):])
}

// tidy leaves out empty lines at the beginning, at the end and next to each
// other.
func tidy(lines []string) []string {
	var out []string
	for _, l := range lines {
		if l == "" && (len(out) == 0 || out[len(out)-1] == "") {
			continue
		}
		out = append(out, l)
	}
	for len(out) > 0 && out[len(out)-1] == "" {
		out = out[:len(out)-1]
	}
	return out
}

// fact is a line of the table of facts, or nothing if there is no value.
func fact(name, value string) string {
	if value == "" {
		return ""
	}
	return fmt.Sprintf("%-9s%s", name, value)
}

// facts drops the lines that say nothing, so that a table has no holes.
func facts(lines ...string) []string {
	var out []string
	for _, l := range lines {
		if l != "" {
			out = append(out, l)
		}
	}
	return out
}

func quoted(s string) string {
	if s == "" {
		return ""
	}
	return "“" + s + "”"
}

// when writes an instant for people: never as digits only, always with its
// zone.
func when(t time.Time) string { return t.UTC().Format("Mon 2 Jan 2006 15:04 UTC") }

// shortly is when in a subject.
func shortly(t time.Time) string { return t.UTC().Format("Mon 2 Jan 15:04") }

// until is a deadline with the time that is left.
func (f Facts) until(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return when(t) + " (" + span(t.Sub(f.Now)) + ")"
}

// span writes a length of time in its largest fitting unit.
func span(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%d days", d/(24*time.Hour))
	case d >= 2*time.Hour:
		return fmt.Sprintf("%d hours", d/time.Hour)
	case d >= 2*time.Minute:
		return fmt.Sprintf("%d minutes", d/time.Minute)
	}
	return "a minute"
}

// names lists people in a sentence.
func names(all []string, nobody string) string {
	switch n := len(all); {
	case n == 0:
		return nobody
	case n == 1:
		return all[0]
	case n > 4:
		return strings.Join(all[:3], ", ") + " and others"
	default:
		return strings.Join(all[:n-1], ", ") + " and " + all[n-1]
	}
}

// someone is a name, or what to say where there is none.
func someone(name, nobody string) string {
	if name == "" {
		return nobody
	}
	return name
}

// step tells which step of an approval it is.
func (f Facts) step() string {
	if f.Steps <= 1 {
		return "the only step"
	}
	return fmt.Sprintf("step %d of %d", f.Step, f.Steps)
}

// period tells for how long access is asked or given.
func (f Facts) period() string {
	switch {
	case !f.Start.IsZero() && !f.End.IsZero():
		return "from " + when(f.Start) + " until " + when(f.End)
	case !f.Start.IsZero():
		return "from " + when(f.Start)
	case !f.End.IsZero():
		return "until " + when(f.End)
	case f.Length != "":
		return span(f.Length.Length()) + " from approval"
	}
	return ""
}

// forWhom is the target where the recipient is somebody else.
func (f Facts) forWhom() string {
	if f.Own {
		return ""
	}
	return " for " + f.Target
}
