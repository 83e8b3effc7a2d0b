package wire

import (
	"strings"
	"time"

	"github.com/grantkeep/grantkeep/internal/entitlement"
)

var expirationTypes = alike(both("expirationPatternType"),
	entitlement.NotSpecified, entitlement.NoExpiration, entitlement.AfterDateTime, entitlement.AfterDuration)

// expirationPattern says when something ends. Its type is never null on the
// way out; on the way in it may be left out if the rest tells it.
// policyExpiration is the same without a look at whether its parts fit, which
// policies have a rule and a code of their own for.
var (
	expirationPattern = expirationWith(settleExpiration)
	policyExpiration  = expirationWith(func(e *entitlement.Expiration) error {
		nameExpiration(e)
		return nil
	})
)

func expirationWith(finish func(*entitlement.Expiration) error) *record[entitlement.Expiration] {
	return complexType(record[entitlement.Expiration]{
		name: both("expirationPattern"),
		props: []property[entitlement.Expiration]{
			instant(both("endDateTime"), func(e *entitlement.Expiration) *time.Time { return &e.End }),
			duration(both("duration"), func(e *entitlement.Expiration) *entitlement.Duration { return &e.Duration }),
			expirationKind(),
		},
		finish: func(_ *reader, _ *value, e *entitlement.Expiration) error { return finish(e) },
	})
}

func expirationKind() property[entitlement.Expiration] {
	p := choice(both("type"), expirationTypes, func(e *entitlement.Expiration) *entitlement.ExpirationType { return &e.Type })
	p.put = func(b []byte, e *entitlement.Expiration, _ *Shape) []byte {
		if e.Type == "" {
			return appendString(b, entitlement.NotSpecified)
		}
		return appendString(b, e.Type)
	}
	return p
}

// nameExpiration finds the type if only the others were given.
func nameExpiration(e *entitlement.Expiration) {
	switch {
	case e.Type != "":
	case e.Duration != "":
		e.Type = entitlement.AfterDuration
	case !e.End.IsZero():
		e.Type = entitlement.AfterDateTime
	default:
		e.Type = entitlement.NotSpecified
	}
}

// settleExpiration checks that type, end and duration fit each other.
func settleExpiration(e *entitlement.Expiration) error {
	nameExpiration(e)
	if fault := misfit(e); fault != "" {
		return invalidModel("An expiration of the type %s %s.", e.Type, fault)
	}
	return nil
}

func misfit(e *entitlement.Expiration) string {
	switch e.Type {
	case entitlement.AfterDateTime:
		if e.End.IsZero() || e.Duration != "" {
			return "needs endDateTime and takes no duration"
		}
	case entitlement.AfterDuration:
		if e.Duration == "" || !e.End.IsZero() {
			return "needs duration and takes no endDateTime"
		}
	default:
		if e.Duration != "" || !e.End.IsZero() {
			return "takes neither endDateTime nor duration"
		}
	}
	return ""
}

// scheduleType is a period: entitlementManagementSchedule in v1.0,
// requestSchedule in beta. It is read into fresh values only.
var scheduleType = complexType(record[entitlement.Schedule]{
	name: renamed("entitlementManagementSchedule", "requestSchedule"),
	props: []property[entitlement.Schedule]{
		instant(both("startDateTime"), func(s *entitlement.Schedule) *time.Time { return &s.Start }),
		{
			names: both("recurrence"), types: both("graph.patternedRecurrence"),
			put: func(b []byte, _ *entitlement.Schedule, _ *Shape) []byte { return append(b, "null"...) },
			set: func(*reader, *value, *entitlement.Schedule) error {
				return wrong("is not supported in a request; only policies repeat, for their reviews")
			},
		},
		// No default: a stopDateTime may have set it.
		object(both("expiration"), expirationPattern, func(s *entitlement.Schedule) *entitlement.Expiration { return &s.Expiration }).orElse(nil),
	},
	input: []input[entitlement.Schedule]{
		{names: []string{"stopDateTime"}, set: func(_ *reader, v *value, s *entitlement.Schedule) error {
			end, err := v.asInstant()
			if err == nil && !end.IsZero() {
				s.Expiration = entitlement.Expiration{Type: entitlement.AfterDateTime, End: end}
			}
			return err
		}},
	},
})

// recurrenceType is how reviews repeat; kept and given back as sent.
var recurrenceType = complexType(record[entitlement.Recurrence]{
	name: both("patternedRecurrence"),
	props: []property[entitlement.Recurrence]{
		object(both("pattern"), recurrencePattern, itself[entitlement.Recurrence]),
		object(both("range"), recurrenceRange, itself[entitlement.Recurrence]),
	},
})

// itself is for complex values whose members lie in the object around them.
func itself[T any](t *T) *T { return t }

var recurrencePattern = complexType(record[entitlement.Recurrence]{
	name: both("recurrencePattern"),
	props: []property[entitlement.Recurrence]{
		whole(both("dayOfMonth"), func(r *entitlement.Recurrence) *int { return &r.DayOfMonth }),
		recurrenceDays(),
		choice(both("firstDayOfWeek"), weekDays, func(r *entitlement.Recurrence) *string { return &r.FirstDayOfWeek }),
		choice(both("index"), alike(both("weekIndex"), "first", "second", "third", "fourth", "last"), func(r *entitlement.Recurrence) *string { return &r.Index }),
		whole(both("interval"), func(r *entitlement.Recurrence) *int { return &r.Interval }),
		whole(both("month"), func(r *entitlement.Recurrence) *int { return &r.Month }),
		choice(both("type"), alike(both("recurrencePatternType"), "daily", "weekly", "absoluteMonthly", "relativeMonthly", "absoluteYearly", "relativeYearly"),
			func(r *entitlement.Recurrence) *string { return &r.Type }),
	},
})

var weekDays = alike(both("dayOfWeek"), "sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")

func recurrenceDays() property[entitlement.Recurrence] {
	p := texts(both("daysOfWeek"), func(r *entitlement.Recurrence) *[]string { return &r.DaysOfWeek })
	p.types = both("Collection(graph.dayOfWeek)")
	p.set = func(r *reader, v *value, rec *entitlement.Recurrence) error {
		days, err := decodeEach(r, v, func(r *reader, v *value, day *string) (err error) {
			*day, err = weekDays.read(r, v)
			return err
		})
		rec.DaysOfWeek = days
		return err
	}
	return p
}

var recurrenceRange = complexType(record[entitlement.Recurrence]{
	name: both("recurrenceRange"),
	props: []property[entitlement.Recurrence]{
		date(both("endDate"), func(r *entitlement.Recurrence) *string { return &r.EndDate }),
		whole(both("numberOfOccurrences"), func(r *entitlement.Recurrence) *int { return &r.Occurrences }),
		text(both("recurrenceTimeZone"), func(r *entitlement.Recurrence) *string { return &r.TimeZone }),
		date(both("startDate"), func(r *entitlement.Recurrence) *string { return &r.StartDate }),
		choice(both("type"), alike(both("recurrenceRangeType"), "endDate", "noEnd", "numbered"), func(r *entitlement.Recurrence) *string { return &r.RangeType }),
	},
})

// date is a calendar date, kept as text.
func date[T any](n Names, at func(*T) *string) property[T] {
	p := text(n, at)
	p.types, p.literal = typed(n, "Edm.Date"), noLiteral
	p.set = func(_ *reader, v *value, t *T) error {
		s, err := v.asText()
		if err != nil {
			return err
		}
		day, _, _ := strings.Cut(s, "T")
		if _, err := time.Parse(time.DateOnly, day); err != nil {
			return wrong("must be a date such as 2026-01-31")
		}
		*at(t) = day
		return nil
	}
	return p
}
