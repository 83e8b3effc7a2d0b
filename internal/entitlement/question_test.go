package entitlement_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	. "github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
)

// TestAnswersAreTakenAsTheQuestionAllows also tells what is kept of them.
func TestAnswersAreTakenAsTheQuestionAllows(t *testing.T) {
	t.Parallel()
	states := []Choice{
		{Value: "AZ", Text: text("Arizona", Translation{"de", "Arizonien"})},
		{Value: "Arizona", Text: text("WA")},
		{Value: "a;b", Text: text("both")},
	}
	line := Question{ID: "q", Kind: TextQuestion, Text: text("?"), SingleLine: true}
	lines := Question{ID: "q", Kind: TextQuestion, Text: text("?")}
	code := Question{ID: "q", Kind: TextQuestion, Text: text("?"), Pattern: "[a-z]+|[0-9]{3}"}
	one := Question{ID: "q", Kind: ChoiceQuestion, Text: text("?"), Choices: states}
	some := Question{ID: "q", Kind: ChoiceQuestion, Text: text("?"), Choices: states, Multiple: true}
	needed := Question{ID: "q", Kind: TextQuestion, Text: text("?"), Required: true}
	tests := []struct {
		name  string
		q     Question
		given []string
		want  []string // nil: refused
	}{
		{"a line", line, []string{"Mars 7"}, []string{"Mars 7"}},
		{"blanks around it stay", line, []string{" Mars "}, []string{" Mars "}},
		{"200 letters", line, []string{strings.Repeat("ö", 200)}, []string{strings.Repeat("ö", 200)}},
		{"201 letters", line, []string{strings.Repeat("ö", 201)}, nil},
		{"two lines for one", line, []string{"a\nb"}, nil},
		{"two lines as other systems write them", line, []string{"a\u2028b"}, nil},
		{"two lines", lines, []string{"a\nb"}, []string{"a\nb"}},
		{"2000 letters", lines, []string{strings.Repeat("ö", 2000)}, []string{strings.Repeat("ö", 2000)}},
		{"2001 letters", lines, []string{strings.Repeat("ö", 2001)}, nil},
		{"two answers to a text", lines, []string{"a", "b"}, nil},
		{"a pattern's first part", code, []string{"abc"}, []string{"abc"}},
		{"a pattern's last part", code, []string{"123"}, []string{"123"}},
		{"more than the pattern in front", code, []string{"X123"}, nil},
		{"more than the pattern behind", code, []string{"abcX"}, nil},
		{"a line more than the pattern", code, []string{"abc\n"}, nil},
		{"nothing for a pattern", code, []string{""}, []string{}},
		{"nothing", line, nil, []string{}},
		{"a required answer", needed, []string{"x"}, []string{"x"}},
		{"a required answer is missing", needed, nil, nil},
		{"a required answer is blank", needed, []string{" \t\n"}, nil},
		{"a choice by value", one, []string{"AZ"}, []string{"AZ"}},
		{"a value goes before a text", one, []string{"Arizona"}, []string{"Arizona"}},
		{"a choice by text", one, []string{"WA"}, []string{"Arizona"}},
		{"a choice by a translation", one, []string{"Arizonien"}, []string{"AZ"}},
		{"no choice", one, []string{"NY"}, nil},
		{"two choices for one", one, []string{"AZ", "WA"}, nil},
		{"joined choices for one", one, []string{"AZ;WA"}, nil},
		{"several choices, one by one", some, []string{"AZ", "WA"}, []string{"AZ", "Arizona"}},
		{"several choices, joined", some, []string{"AZ; WA"}, []string{"AZ", "Arizona"}},
		{"a choice twice is one", some, []string{"AZ;AZ", "AZ"}, []string{"AZ"}},
		{"a value with a semicolon", some, []string{"a;b"}, []string{"a;b"}},
		{"one of several is no choice", some, []string{"AZ;NY"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var given []Answer
			for _, v := range tt.given {
				given = append(given, Answer{Question: Question{ID: "q"}, Value: v})
			}
			got, err := Policy{Questions: []Question{tt.q}}.Answered(given)
			if tt.want == nil {
				if !fault.Is(err, fault.Invalid) || fault.Of(err).Code != "InvalidAnswers" {
					t.Errorf("%v and %+v, want InvalidAnswers", err, got)
				}
				return
			}
			values := []string{}
			for _, a := range got {
				values = append(values, a.Value)
				if a.Question.Text.Default != "?" {
					t.Errorf("the answer does not keep its question: %+v", a)
				}
			}
			if err != nil || !slices.Equal(values, tt.want) {
				t.Errorf("%q (%v), want %q", values, err, tt.want)
			}
		})
	}
}

func TestQuestionsAreAskedInSequence(t *testing.T) {
	t.Parallel()
	questions := []Question{{ID: "c", Sequence: 2}, {ID: "a"}, {ID: "d", Sequence: 2}, {ID: "b", Sequence: 1}}
	var ids []QuestionID
	for _, q := range (Policy{Questions: questions}).Requirement(nil, time.Time{}).Questions {
		ids = append(ids, q.ID)
	}
	if want := []QuestionID{"a", "b", "c", "d"}; !slices.Equal(ids, want) || questions[0].ID != "c" {
		t.Errorf("%v, want %v, and the policy's own order untouched", ids, want)
	}
}
