package entitlement

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Duration is an ISO 8601 duration of weeks, days, hours, minutes and seconds
// as it was written. Texts that mean the same stay different, because clients
// compare what comes back with what they sent. The empty Duration is unset.
type Duration string

// ParseDuration checks the text of a duration. Months and years are refused:
// their length depends on where one starts (conventions.md section 7).
func ParseDuration(s string) (Duration, error) {
	if _, err := durationLength(s); err != nil {
		return "", err
	}
	return Duration(s), nil
}

// Days returns the duration of n days.
func Days(n int) Duration { return Duration("P" + strconv.Itoa(n) + "D") }

// DurationOf writes d in days, hours, minutes and seconds.
func DurationOf(d time.Duration) Duration {
	days := d / (24 * time.Hour)
	d -= days * 24 * time.Hour
	var b strings.Builder
	b.WriteByte('P')
	if days > 0 {
		fmt.Fprintf(&b, "%dD", days)
	}
	if d > 0 || days == 0 {
		b.WriteByte('T')
		if h := d / time.Hour; h > 0 {
			fmt.Fprintf(&b, "%dH", h)
			d -= h * time.Hour
		}
		if m := d / time.Minute; m > 0 {
			fmt.Fprintf(&b, "%dM", m)
			d -= m * time.Minute
		}
		if d > 0 || strings.HasSuffix(b.String(), "T") {
			b.WriteString(strconv.FormatFloat(d.Seconds(), 'f', -1, 64) + "S")
		}
	}
	return Duration(b.String())
}

// Length returns how long the duration is; zero if it is unset.
func (d Duration) Length() time.Duration {
	length, err := durationLength(string(d))
	if err != nil {
		return 0
	}
	return length
}

// secondsPer is keyed by unit and by nothing else: in the time part M is a
// minute, and months do not get here.
var secondsPer = map[byte]float64{'W': 7 * 86400, 'D': 86400, 'H': 3600, 'M': 60, 'S': 1}

func durationLength(s string) (time.Duration, error) {
	bad := fmt.Errorf("%q is not an ISO 8601 duration of weeks, days, hours, minutes and seconds, such as P30D or PT8H", s)
	rest, ok := strings.CutPrefix(strings.ToUpper(s), "P")
	if !ok || rest == "" || strings.HasSuffix(rest, "T") {
		return 0, bad
	}
	units, inTime := "WD", false // units that may still follow
	var total float64
	for rest != "" {
		if rest[0] == 'T' && !inTime {
			units, inTime, rest = "HMS", true, rest[1:]
			continue
		}
		end := strings.IndexFunc(rest, func(r rune) bool { return (r < '0' || r > '9') && r != '.' })
		if end <= 0 {
			return 0, bad
		}
		n, err := strconv.ParseFloat(rest[:end], 64)
		unit := strings.IndexByte(units, rest[end])
		if err != nil || unit < 0 || (strings.Contains(rest[:end], ".") && rest[end] != 'S') {
			return 0, bad
		}
		total += n * secondsPer[rest[end]]
		units, rest = units[unit+1:], rest[end+1:]
	}
	if total > math.MaxInt64/1e9 {
		return 0, bad
	}
	return time.Duration(total * 1e9), nil
}

// ExpirationType tells how an end is given.
type ExpirationType string

// The published expiration types.
const (
	NotSpecified  ExpirationType = "notSpecified"
	NoExpiration  ExpirationType = "noExpiration"
	AfterDateTime ExpirationType = "afterDateTime"
	AfterDuration ExpirationType = "afterDuration"
)

// Expiration says when something ends: never, at an instant, or some time
// after it began. The zero value is not specified.
type Expiration struct {
	Type     ExpirationType
	End      time.Time // with AfterDateTime
	Duration Duration  // with AfterDuration
}

// EndFrom returns the instant at which something that began at start ends;
// the zero time if it does not end.
func (e Expiration) EndFrom(start time.Time) time.Time {
	switch e.Type {
	case AfterDateTime:
		return e.End
	case AfterDuration:
		return start.Add(e.Duration.Length())
	}
	return time.Time{}
}

// Schedule is the period for which access is asked or given.
type Schedule struct {
	Start      time.Time // zero: at once
	Expiration Expiration
}

// Recurrence repeats reviews; kept and given back as sent.
type Recurrence struct {
	Type           string // weekly, absoluteMonthly, absoluteYearly …
	Interval       int
	Month          int
	DayOfMonth     int
	DaysOfWeek     []string
	FirstDayOfWeek string
	Index          string
	RangeType      string // noEnd, endDate, numbered
	Occurrences    int
	TimeZone       string
	StartDate      string // YYYY-MM-DD
	EndDate        string
}

// earliest returns the first of the instants that are set.
func earliest(instants ...time.Time) time.Time {
	var first time.Time
	for _, t := range instants {
		if !t.IsZero() && (first.IsZero() || t.Before(first)) {
			first = t
		}
	}
	return first
}
