package entitlement

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/grantkeep/grantkeep/internal/fault"
)

// checkQuestions applies policies.md section 8 to the questions of a policy.
func (p Policy) checkQuestions() error {
	if len(p.Questions) > maxQuestions {
		return invalidQuestion("A policy has at most %d questions.", maxQuestions)
	}
	for _, q := range p.Questions {
		if err := q.check(); err != nil {
			return err
		}
	}
	return nil
}

func invalidQuestion(format string, args ...any) error {
	return fault.New(fault.Invalid, "InvalidQuestion", format, args...).At("questions")
}

func (q Question) check() error {
	if strings.TrimSpace(q.Text.Default) == "" {
		return invalidQuestion("A question needs a text.")
	}
	if err := q.Text.check(q, "text"); err != nil {
		return err
	}
	if q.Kind == TextQuestion {
		return q.checkPattern()
	}
	return q.checkChoices()
}

func (q Question) checkPattern() error {
	if utf8.RuneCountInString(q.Pattern) > maxPattern {
		return invalidQuestion("The pattern of the question %q is longer than %d characters.", q.Text.Default, maxPattern)
	}
	if _, err := CompilePattern(q.Pattern); err != nil {
		return invalidQuestion("The pattern of the question %q cannot be used: %v.", q.Text.Default, err)
	}
	return nil
}

// checkChoices wants values by which an answer can be told from every other.
func (q Question) checkChoices() error {
	if len(q.Choices) == 0 {
		return invalidQuestion("The question %q needs choices.", q.Text.Default)
	}
	var seen []string
	for _, c := range q.Choices {
		if strings.TrimSpace(c.Value) == "" {
			return invalidQuestion("Every choice of the question %q needs an actualValue.", q.Text.Default)
		}
		if slices.Contains(seen, c.Value) {
			return invalidQuestion("The question %q has two choices with the actualValue %q.", q.Text.Default, c.Value)
		}
		seen = append(seen, c.Value)
		if err := c.Text.check(q, "choice "+c.Value); err != nil {
			return err
		}
	}
	return nil
}

// languageCode is the form of a language tag, such as de or fr-CA.
var languageCode = regexp.MustCompile(`^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$`)

// check reports languages that are none, or that come twice.
func (t LocalizedText) check(of Question, part string) error {
	var seen []string
	for _, l := range t.Translations {
		if !languageCode.MatchString(l.Language) {
			return invalidQuestion("The question %q has the languageCode %q, which is none; it is like de or fr-CA (%s).", of.Text.Default, l.Language, part)
		}
		if slices.ContainsFunc(seen, func(s string) bool { return strings.EqualFold(s, l.Language) }) {
			return invalidQuestion("The question %q has two texts in %s (%s).", of.Text.Default, l.Language, part)
		}
		seen = append(seen, l.Language)
	}
	return nil
}

// withIDs gives every question an id: the one it had in the policy before,
// or a new one. What a body calls a question otherwise is no id of ours.
func withIDs(questions, before []Question, newID func() string) []Question {
	questions = slices.Clone(questions)
	taken := map[QuestionID]bool{}
	for i := range questions {
		q := &questions[i]
		known := slices.ContainsFunc(before, func(b Question) bool { return b.ID == q.ID })
		if !known || taken[q.ID] {
			q.ID = QuestionID(newID())
		}
		taken[q.ID] = true
	}
	return questions
}

// InSequence returns the questions in the order in which they are asked:
// by sequence, and by their place where that is the same.
func InSequence(questions []Question) []Question {
	questions = slices.Clone(questions)
	slices.SortStableFunc(questions, func(a, b Question) int { return a.Sequence - b.Sequence })
	return questions
}
