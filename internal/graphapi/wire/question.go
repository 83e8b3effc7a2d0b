package wire

import (
	"fmt"
	"strings"

	"github.com/grantkeep/grantkeep/internal/entitlement"
)

type question = entitlement.Question

// textQuestion and choiceQuestion are the two types of questions.
var (
	textQuestion = complexType(record[question]{
		name: both(string(entitlement.TextQuestion)), annotated: true,
		props: append(questionProperties(),
			flag(both("isSingleLineQuestion"), func(q *question) *bool { return &q.SingleLine }),
			text(both("regexPattern"), func(q *question) *string { return &q.Pattern }),
		),
		ignored: []string{"choices", "isMultipleSelectionAllowed", "allowsMultipleSelection"},
	})
	choiceQuestion = complexType(record[question]{
		name: both(string(entitlement.ChoiceQuestion)), annotated: true,
		props: append(questionProperties(),
			objects(both("choices"), choiceType, func(q *question) *[]entitlement.Choice { return &q.Choices }),
			flag(renamed("isMultipleSelectionAllowed", "allowsMultipleSelection"), func(q *question) *bool { return &q.Multiple }),
		),
		ignored: []string{"isSingleLineQuestion", "regexPattern"},
	})
)

// declareQuestion makes of the two types what lists and single questions are
// answered with.
func (m *model) declareQuestion() {
	kind := func(k entitlement.QuestionKind, of *record[question]) kindOf[question] {
		return kindOf[question]{is: func(q *question) bool { return q.Kind == k }, entity: (&Entity[question]{record: *of}).build()}
	}
	*m.question = Entity[question]{
		record: record[question]{name: both("accessPackageQuestion"), props: []property[question]{
			guid(both("id"), func(q *question) *entitlement.QuestionID { return &q.ID }).filter("id"),
			whole(both("sequence"), func(q *question) *int { return &q.Sequence }).filter("sequence"),
			flag(both("isRequired"), func(q *question) *bool { return &q.Required }).filter("required"),
			flag(both("isAnswerEditable"), func(q *question) *bool { return &q.AnswerEditable }).filter("editable"),
		}},
		kinds: []kindOf[question]{kind(entitlement.TextQuestion, textQuestion), kind(entitlement.ChoiceQuestion, choiceQuestion)},
	}
	m.question.build()
}

func questionProperties() []property[question] {
	wording := func(q *question) *entitlement.LocalizedText { return &q.Text }
	return []property[question]{
		guid(both("id"), func(q *question) *entitlement.QuestionID { return &q.ID }),
		whole(both("sequence"), func(q *question) *int { return &q.Sequence }),
		flag(both("isRequired"), func(q *question) *bool { return &q.Required }),
		flag(both("isAnswerEditable"), func(q *question) *bool { return &q.AnswerEditable }),
		wordingV1("text", wording),
		localizationsV1(wording),
		wordingBeta("text", wording),
	}
}

var localizedText = complexType(record[entitlement.Translation]{
	name: both("accessPackageLocalizedText"),
	props: []property[entitlement.Translation]{
		plain(both("languageCode"), func(t *entitlement.Translation) *string { return &t.Language }).due(),
		plain(both("text"), func(t *entitlement.Translation) *string { return &t.Text }),
	},
})

// localizedContent is how beta nests a text with its translations.
var localizedContent = complexType(record[entitlement.LocalizedText]{
	name: onlyBeta("accessPackageLocalizedContent"),
	props: []property[entitlement.LocalizedText]{
		plain(both("defaultText"), func(t *entitlement.LocalizedText) *string { return &t.Default }),
		objects(both("localizedTexts"), localizedText, func(t *entitlement.LocalizedText) *[]entitlement.Translation { return &t.Translations }),
	},
})

// The parts of a text have no default of their own: questions are always read
// into fresh values, and what one form leaves out the other may have brought.

// readWording takes both forms of a text in either version.
func readWording(r *reader, v *value, t *entitlement.LocalizedText) error {
	if v.kind == isString {
		t.Default = v.text
		return nil
	}
	if v.kind != isObject {
		return v.mustBe("a string, or an object with defaultText")
	}
	return localizedContent.decode(r.inside(), v, t)
}

func wordingV1[T any](name string, at func(*T) *entitlement.LocalizedText) property[T] {
	p := plain(onlyV1(name), func(t *T) *string { return &at(t).Default })
	p.set = func(r *reader, v *value, t *T) error { return readWording(r, v, at(t)) }
	p.unset = nil
	return p
}

func localizationsV1[T any](at func(*T) *entitlement.LocalizedText) property[T] {
	p := objects(onlyV1("localizations"), localizedText, func(t *T) *[]entitlement.Translation { return &at(t).Translations })
	p.unset = nil
	return p
}

func wordingBeta[T any](name string, at func(*T) *entitlement.LocalizedText) property[T] {
	p := object(onlyBeta(name), localizedContent, at)
	p.set = func(r *reader, v *value, t *T) error { return readWording(r, v, at(t)) }
	p.unset = nil
	return p
}

func choiceWording(c *entitlement.Choice) *entitlement.LocalizedText { return &c.Text }

var choiceType = complexType(record[entitlement.Choice]{
	name: both("accessPackageAnswerChoice"),
	props: []property[entitlement.Choice]{
		plain(both("actualValue"), func(c *entitlement.Choice) *string { return &c.Value }).due(),
		wordingV1("text", choiceWording),
		localizationsV1(choiceWording),
		wordingBeta("displayValue", choiceWording),
	},
	input: []input[entitlement.Choice]{{
		names: []string{"text", "displayValue"},
		set:   func(r *reader, v *value, c *entitlement.Choice) error { return readWording(r, v, &c.Text) },
	}},
	finish: func(_ *reader, _ *value, c *entitlement.Choice) error {
		if c.Text.Default == "" {
			c.Text.Default = c.Value
		}
		return nil
	},
})

func questionType(q *question) *record[question] {
	if q.Kind == entitlement.ChoiceQuestion {
		return choiceQuestion
	}
	return textQuestion
}

func appendQuestion(b []byte, q *question, s *Shape) []byte { return questionType(q).append(b, q, s) }

// readQuestion finds the type by @odata.type, with the synonyms that
// published examples use, or by what only one type has.
func readQuestion(r *reader, v *value, q *question) error {
	body, err := v.asObject()
	if err != nil {
		return err
	}
	switch name := typeOf(body); {
	case strings.EqualFold(name, string(entitlement.TextQuestion)), strings.EqualFold(name, "textInputQuestion"):
		q.Kind = entitlement.TextQuestion
	case strings.EqualFold(name, string(entitlement.ChoiceQuestion)), strings.EqualFold(name, "multipleChoiceQuestion"):
		q.Kind = entitlement.ChoiceQuestion
	case name != "":
		return wrong(fmt.Sprintf("has the type %q; questions are %s and %s", shorten(name), entitlement.TextQuestion, entitlement.ChoiceQuestion))
	case body.first("choices") != nil:
		q.Kind = entitlement.ChoiceQuestion
	default:
		q.Kind = entitlement.TextQuestion
	}
	return questionType(q).decode(r.inside(), body, q)
}

// questions is a list of questions: a contained navigation in v1.0, a
// property in beta, and part of the object in both.
func questions[T any](at func(*T) *[]question) property[T] {
	return property[T]{
		names: both("questions"), types: both("Collection(graph.accessPackageQuestion)"), contained: onlyV1("questions"),
		put: func(b []byte, t *T, s *Shape) []byte {
			return appendEach(b, *at(t), func(b []byte, q *question) []byte { return appendQuestion(b, q, s) })
		},
		set: func(r *reader, v *value, t *T) error {
			list, err := decodeEach(r, v, readQuestion)
			if err == nil {
				*at(t) = list
			}
			return err
		},
		unset: func(t *T) { *at(t) = nil },
	}
}

// answerType is an answer, with the question as it was asked.
var answerType = complexType(record[entitlement.Answer]{
	name: both("accessPackageAnswerString"), annotated: true,
	props: []property[entitlement.Answer]{
		plain(both("value"), func(a *entitlement.Answer) *string { return &a.Value }),
		shown(both("displayValue"), "Edm.String", func(b []byte, a *entitlement.Answer, _ *Shape) []byte {
			if a.Display == "" {
				return appendString(b, a.Value)
			}
			return appendString(b, a.Display)
		}),
		answeredQuestion(),
	},
})

func answeredQuestion() property[entitlement.Answer] {
	p := shown(both("answeredQuestion"), "graph.accessPackageQuestion", func(b []byte, a *entitlement.Answer, s *Shape) []byte {
		return appendQuestion(b, &a.Question, s)
	})
	p.contained = onlyV1("answeredQuestion")
	return p
}

// answers is a list of answers.
func answers[T any](n Names, at func(*T) *[]entitlement.Answer) property[T] {
	p := shown(n, "Collection(graph.accessPackageAnswer)", func(b []byte, t *T, s *Shape) []byte {
		return appendEach(b, *at(t), func(b []byte, a *entitlement.Answer) []byte { return answerType.append(b, a, s) })
	})
	p.parts = answerType
	return p
}

// readAnswer takes the id of the question and the answer to it; the rest is
// the server's to say.
func readAnswer(_ *reader, v *value, a *entitlement.Answer) error {
	body, err := v.asObject()
	if err != nil {
		return err
	}
	asked := body.first("answeredQuestion")
	if asked == nil || asked.kind != isObject || asked.first("id") == nil {
		return wrong("must name its question by answeredQuestion.id")
	}
	id, err := asked.first("id").asGUID()
	if err != nil {
		return wrong("holds an answeredQuestion.id that " + err.Error())
	}
	a.Question.ID = entitlement.QuestionID(id)
	given := body.first("value", "displayValue")
	if given == nil {
		return nil // an empty answer; whether one is due is the policy's to say
	}
	if given.kind == isNumber || given.kind == isBool {
		a.Value = given.text
		return nil
	}
	if a.Value, err = given.asText(); err != nil {
		return wrong("holds a value that " + err.Error())
	}
	return nil
}
