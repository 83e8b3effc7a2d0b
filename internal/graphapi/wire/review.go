package wire

import (
	"slices"
	"time"

	"github.com/grantkeep/grantkeep/internal/entitlement"
)

type review = entitlement.ReviewSettings

// The kinds of reviewers, which v1.0 tells by other members.
const (
	selfReview     = "Self"
	managerReviews = "Manager"
	namedReviewers = "Reviewers"
)

func truly(at func(*review) *bool) func(*review) { return func(r *review) { *at(r) = true } }

func recommended(r *review) *bool { return &r.RecommendationEnabled }
func explainedBy(r *review) *bool { return &r.ReviewerJustificationRequired }

func behaviors(edm Names) *vocabulary {
	return alike(edm, "keepAccess", "removeAccess", "acceptAccessRecommendation")
}

var reviewSettingsV1 = complexType(record[review]{
	name: onlyV1("accessPackageAssignmentReviewSettings"),
	props: []property[review]{
		flag(both("isEnabled"), func(r *review) *bool { return &r.Enabled }),
		choice(both("expirationBehavior"), behaviors(both("accessReviewExpirationBehavior")), func(r *review) *string { return &r.ExpirationBehavior }),
		flag(both("isRecommendationEnabled"), recommended).orElse(truly(recommended)),
		flag(both("isReviewerJustificationRequired"), explainedBy).orElse(truly(explainedBy)),
		flag(both("isSelfReview"), func(r *review) *bool { return &r.SelfReview }),
		object(both("schedule"), reviewSchedule, itself[review]).orElse(nil),
		reviewersV1(),
		sets(both("fallbackReviewers"), func(r *review) *[]entitlement.SubjectSet { return &r.Fallback }),
	},
	finish: func(_ *reader, _ *value, r *review) error {
		manager := slices.ContainsFunc(r.Primary, func(s entitlement.SubjectSet) bool { return s.Kind == entitlement.SetRequestorManager })
		switch {
		case r.SelfReview:
			r.ReviewerType = selfReview
		case manager:
			r.ReviewerType = managerReviews
		case len(r.Primary)+len(r.Fallback) > 0:
			r.ReviewerType = namedReviewers
		}
		if r.ReviewerType == managerReviews && len(r.Primary) == 1 && r.Primary[0].ManagerLevel == 1 {
			r.Primary = nil // the word says it all; see reviewersV1
		}
		return nil
	},
})

// reviewersV1 names the manager where beta only says so by the reviewerType.
func reviewersV1() property[review] {
	p := sets(both("primaryReviewers"), func(r *review) *[]entitlement.SubjectSet { return &r.Primary })
	put := p.put
	p.put = func(b []byte, r *review, s *Shape) []byte {
		if r.ReviewerType == managerReviews && len(r.Primary) == 0 {
			return appendSets(b, []entitlement.SubjectSet{{Kind: entitlement.SetRequestorManager, ManagerLevel: 1}}, s)
		}
		return put(b, r, s)
	}
	return p
}

// reviewSchedule says when reviews begin, how long a round takes and how they
// repeat. It is read into fresh values only.
var reviewSchedule = complexType(record[review]{
	name: onlyV1("entitlementManagementSchedule"),
	props: []property[review]{
		instant(both("startDateTime"), func(r *review) *time.Time { return &r.Start }),
		roundLength(),
		optional(both("recurrence"), recurrenceType, func(r *review) **entitlement.Recurrence { return &r.Recurrence }),
	},
})

// roundLength is an expiration of which only the duration matters.
func roundLength() property[review] {
	return property[review]{
		names: both("expiration"), types: both("graph.expirationPattern"), parts: expirationPattern,
		put: func(b []byte, r *review, s *Shape) []byte {
			e := entitlement.Expiration{Type: entitlement.AfterDuration, Duration: r.RoundDuration}
			if r.RoundDuration == "" {
				e.Type = entitlement.NotSpecified
			}
			return expirationPattern.append(b, &e, s)
		},
		set: func(rd *reader, v *value, r *review) error {
			body, err := v.asObject()
			if err != nil {
				return err
			}
			var e entitlement.Expiration
			err = expirationPattern.decode(rd.inside(), body, &e)
			r.RoundDuration = e.Duration
			return err
		},
	}
}

var reviewSettingsBeta = complexType(record[review]{
	name: onlyBeta("assignmentReviewSettings"),
	props: []property[review]{
		flag(both("isEnabled"), func(r *review) *bool { return &r.Enabled }),
		recurrenceWord(),
		reviewerType(),
		instant(both("startDateTime"), func(r *review) *time.Time { return &r.Start }),
		counted(both("durationInDays"), daysOf, entitlement.Days, func(r *review) *entitlement.Duration { return &r.RoundDuration }),
		setsWithBackups(both("reviewers"),
			func(r *review) *[]entitlement.SubjectSet { return &r.Primary },
			func(r *review) *[]entitlement.SubjectSet { return &r.Fallback }),
		flag(both("isAccessRecommendationEnabled"), recommended).orElse(truly(recommended)),
		flag(both("isApprovalJustificationRequired"), explainedBy).orElse(truly(explainedBy)),
		choice(both("accessReviewTimeoutBehavior"), behaviors(both("accessReviewTimeoutBehavior")), func(r *review) *string { return &r.ExpirationBehavior }),
		flag(both("isAgenticExperienceEnabled"), func(r *review) *bool { return &r.AgenticExperienceEnabled }),
	},
	finish: func(_ *reader, _ *value, r *review) error {
		r.SelfReview = r.ReviewerType == selfReview
		return nil
	},
})

func reviewerType() property[review] {
	p := choice(both("reviewerType"), alike(Names{}, selfReview, namedReviewers, managerReviews), func(r *review) *string { return &r.ReviewerType })
	return p
}

// rhythms are beta's words for how reviews repeat.
var rhythms = []struct {
	word, pattern string
	interval      int
}{
	{"weekly", "weekly", 1},
	{"monthly", "absoluteMonthly", 1},
	{"quarterly", "absoluteMonthly", 3},
	{"halfyearly", "absoluteMonthly", 6},
	{"annual", "absoluteYearly", 1},
}

// rhythmOf returns beta's word for how a review repeats; empty if it has none.
func rhythmOf(r *review) string {
	for _, known := range rhythms {
		if rec := r.Recurrence; rec != nil && rec.Type == known.pattern && rec.Interval == known.interval {
			return known.word
		}
	}
	return ""
}

// recurrenceWord is null for a recurrence that beta has no word for.
func recurrenceWord() property[review] {
	words := &vocabulary{}
	for _, r := range rhythms {
		words.words = append(words.words, word{is: r.word, v1: r.word, beta: r.word})
	}
	return property[review]{
		names: both("recurrenceType"), types: both("Edm.String"),
		put: func(b []byte, r *review, _ *Shape) []byte { return appendText(b, rhythmOf(r)) },
		set: func(rd *reader, v *value, r *review) error {
			is, err := words.read(rd, v)
			for _, known := range rhythms {
				if known.word == is {
					r.Recurrence = &entitlement.Recurrence{Type: known.pattern, Interval: known.interval, RangeType: "noEnd"}
				}
			}
			return err
		},
		unset: func(r *review) { r.Recurrence = nil },
	}
}
