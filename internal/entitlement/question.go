package entitlement

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/grantkeep/grantkeep/internal/fault"
)

// Limits of answers, in characters (policies.md section 8).
const (
	maxLine = 200
	maxText = 2000
)

// Answered joins what was answered with the questions of the policy. It
// refuses unknown questions, missing required answers, choices that are not
// offered and texts that do not fit, with a fault.Invalid "InvalidAnswers".
func (p Policy) Answered(given []Answer) ([]Answer, error) {
	var all []Answer
	for _, a := range given {
		at := slices.IndexFunc(p.Questions, func(q Question) bool { return q.ID == a.Question.ID })
		if at < 0 {
			return nil, invalidAnswer("The policy has no question %s; getApplicablePolicyRequirements lists those that it has.", a.Question.ID)
		}
		q := p.Questions[at]
		for _, v := range q.selections(a.Value) {
			value, display, err := q.accept(v)
			if err != nil {
				return nil, err
			}
			twice := slices.ContainsFunc(all, func(b Answer) bool { return q.Multiple && b.Question.ID == q.ID && b.Value == value })
			if value != "" && !twice {
				all = append(all, Answer{Question: q, Value: value, Display: display})
			}
		}
	}
	for _, q := range p.Questions {
		n := 0
		for _, a := range all {
			if a.Question.ID == q.ID {
				n++
			}
		}
		if n == 0 && q.Required {
			return nil, invalidAnswer("The question %q (%s) is required; give it an answer.", q.Text.Default, q.ID)
		}
		if n > 1 && !q.Multiple {
			return nil, invalidAnswer("The question %q (%s) takes one answer; leave the others out.", q.Text.Default, q.ID)
		}
	}
	return all, nil
}

// selections are the choices that one answer names, joined by semicolons
// (requests.md section 7). A choice may have one in its own value.
func (q Question) selections(given string) []string {
	if _, whole := q.chosen(strings.TrimSpace(given)); whole || q.Kind != ChoiceQuestion || !q.Multiple {
		return []string{given}
	}
	return strings.Split(given, ";")
}

// chosen finds the choice with the value or, as some clients send it, with
// the text that people read.
func (q Question) chosen(value string) (Choice, bool) {
	for _, matches := range []func(Choice) bool{
		func(c Choice) bool { return c.Value == value },
		func(c Choice) bool { return c.Text.Default == value },
		func(c Choice) bool {
			return slices.ContainsFunc(c.Text.Translations, func(t Translation) bool { return t.Text == value })
		},
	} {
		if at := slices.IndexFunc(q.Choices, matches); at >= 0 {
			return q.Choices[at], true
		}
	}
	return Choice{}, false
}

// values lists, for people, what may be chosen.
func (q Question) values() string {
	all := make([]string, len(q.Choices))
	for i, c := range q.Choices {
		all[i] = c.Value
	}
	return strings.Join(all, ", ")
}

// lineBreaks are the characters that begin a new line in Unicode.
const lineBreaks = "\n\v\f\r\u0085\u2028\u2029"

// accept checks one answer. A blank one is none.
func (q Question) accept(value string) (accepted, display string, err error) {
	if strings.TrimSpace(value) == "" {
		return "", "", nil
	}
	if q.Kind == ChoiceQuestion {
		c, ok := q.chosen(strings.TrimSpace(value))
		if !ok {
			return "", "", invalidAnswer("The answer to %q (%s) is none of its choices; use one of %s.", q.Text.Default, q.ID, q.values())
		}
		return c.Value, c.Text.Default, nil
	}
	limit := maxText
	if q.SingleLine {
		limit = maxLine
		if strings.ContainsAny(value, lineBreaks) {
			return "", "", invalidAnswer("The answer to %q (%s) must be a single line; take the line breaks out.", q.Text.Default, q.ID)
		}
	}
	if utf8.RuneCountInString(value) > limit {
		return "", "", invalidAnswer("The answer to %q (%s) is longer than %d characters; shorten it.", q.Text.Default, q.ID, limit)
	}
	if q.Pattern != "" {
		re, err := CompilePattern(q.Pattern)
		if err != nil || !re.MatchString(value) {
			return "", "", invalidAnswer("The answer to %q (%s) does not match; write it as the pattern %s says.", q.Text.Default, q.ID, q.Pattern)
		}
	}
	return value, value, nil
}

// CompilePattern compiles a question's pattern: RE2 syntax, matched against
// the whole answer. It is compiled by itself first, so that a parenthesis too
// many cannot get out of the anchors.
func CompilePattern(pattern string) (*regexp.Regexp, error) {
	if _, err := regexp.Compile(pattern); err != nil {
		return nil, err
	}
	return regexp.Compile(`\A(?:` + pattern + `)\z`)
}

func invalidAnswer(format string, args ...any) error {
	return fault.New(fault.Invalid, "InvalidAnswers", format, args...).At("answers")
}
