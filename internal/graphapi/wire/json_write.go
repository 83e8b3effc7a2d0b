package wire

import (
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/grantkeep/grantkeep/internal/entitlement"
)

const hex = "0123456789abcdef"

// appendString writes a JSON string. Bytes that are not UTF-8 become the
// replacement character, so that the output is always valid.
func appendString[S ~string](b []byte, s S) []byte {
	b = append(b, '"')
	done := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c >= 0x20 && c != '"' && c != '\\' {
				i++
				continue
			}
			b = append(b, s[done:i]...)
			switch c {
			case '"', '\\':
				b = append(b, '\\', c)
			case '\n':
				b = append(b, '\\', 'n')
			case '\r':
				b = append(b, '\\', 'r')
			case '\t':
				b = append(b, '\\', 't')
			default:
				b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
			}
			i++
			done = i
			continue
		}
		r, size := utf8.DecodeRuneInString(string(s[i:]))
		if r == utf8.RuneError && size == 1 {
			b = append(b, s[done:i]...)
			b = append(b, "\ufffd"...)
			done = i + size
		}
		i += size
	}
	b = append(b, s[done:]...)
	return append(b, '"')
}

// appendText writes a string, or null if it is empty.
func appendText[S ~string](b []byte, s S) []byte {
	if s == "" {
		return append(b, "null"...)
	}
	return appendString(b, s)
}

func appendBool(b []byte, v bool) []byte { return strconv.AppendBool(b, v) }

func appendInt(b []byte, n int) []byte { return strconv.AppendInt(b, int64(n), 10) }

// appendInstant writes an instant in UTC, with as many digits of a fraction
// as it has, or null for the zero time.
func appendInstant(b []byte, t time.Time) []byte {
	if t.IsZero() {
		return append(b, "null"...)
	}
	b = append(b, '"')
	b = t.UTC().Truncate(time.Microsecond).AppendFormat(b, time.RFC3339Nano)
	return append(b, '"')
}

// appendStrings writes an array of strings.
func appendStrings[S ~string](b []byte, list []S) []byte {
	b = append(b, '[')
	for i, s := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(b, s)
	}
	return append(b, ']')
}

// daysOf rounds a duration up to whole days, for beta, which counts in days.
func daysOf(d entitlement.Duration) int {
	const day = 24 * time.Hour
	return int((d.Length() + day - 1) / day)
}

// minutesOf rounds a duration up to whole minutes.
func minutesOf(d entitlement.Duration) int {
	return int((d.Length() + time.Minute - 1) / time.Minute)
}

// ofMinutes is the duration of n minutes, in the units people write.
func ofMinutes(n int) entitlement.Duration {
	return entitlement.DurationOf(time.Duration(n) * time.Minute)
}
