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
			return nil, invalidAnswer("The policy has no question %s.", a.Question.ID)
		}
		q := p.Questions[at]
		values := []string{a.Value}
		if q.Kind == ChoiceQuestion && q.Multiple {
			values = strings.Split(a.Value, ";")
		}
		for _, v := range values {
			value, display, err := q.accept(v)
			if err != nil {
				return nil, err
			}
			if value != "" {
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
			return nil, invalidAnswer("The question %q (%s) needs an answer.", q.Text.Default, q.ID)
		}
		if n > 1 && !q.Multiple {
			return nil, invalidAnswer("The question %q (%s) takes one answer.", q.Text.Default, q.ID)
		}
	}
	return all, nil
}

func (q Question) accept(given string) (value, display string, err error) {
	value = strings.TrimSpace(given)
	if value == "" {
		return "", "", nil
	}
	if q.Kind == ChoiceQuestion {
		for _, c := range q.Choices {
			if c.Value == value || c.Text.Default == value {
				return c.Value, c.Text.Default, nil
			}
		}
		return "", "", invalidAnswer("The answer to %q (%s) is none of its choices.", q.Text.Default, q.ID)
	}
	limit := maxText
	if q.SingleLine {
		limit = maxLine
		if strings.ContainsAny(value, "\r\n") {
			return "", "", invalidAnswer("The answer to %q (%s) must be a single line.", q.Text.Default, q.ID)
		}
	}
	if utf8.RuneCountInString(value) > limit {
		return "", "", invalidAnswer("The answer to %q (%s) is longer than %d characters.", q.Text.Default, q.ID, limit)
	}
	if q.Pattern != "" {
		re, err := CompilePattern(q.Pattern)
		if err != nil || !re.MatchString(value) {
			return "", "", invalidAnswer("The answer to %q (%s) does not match the pattern %s.", q.Text.Default, q.ID, q.Pattern)
		}
	}
	return value, value, nil
}

// CompilePattern compiles a question's pattern: RE2 syntax, matched against
// the whole answer.
func CompilePattern(pattern string) (*regexp.Regexp, error) {
	return regexp.Compile(`^(?:` + pattern + `)$`)
}

func invalidAnswer(format string, args ...any) error {
	return fault.New(fault.Invalid, "InvalidAnswers", format, args...).At("answers")
}
