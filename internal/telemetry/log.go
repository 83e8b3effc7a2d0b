// Package telemetry makes the logger. Whoever logs leaves out tokens, secrets,
// justifications and answers; this package is the last line of defence for
// the day when somebody forgets.
package telemetry

import (
	"io"
	"log/slog"
	"net/http"
	"strings"

	"github.com/grantkeep/grantkeep/internal/fault"
)

// NewLogger returns a logger that writes to w. The level is debug, info, warn
// or error, the format text or json; anything else is fault.Invalid.
func NewLogger(w io.Writer, level, format string) (*slog.Logger, error) {
	levels := map[string]slog.Level{
		"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError,
	}
	at, ok := levels[level]
	if !ok {
		return nil, fault.New(fault.Invalid, "InvalidLogLevel", "The log level %q is not one of debug, info, warn, error.", level).At("level")
	}
	options := &slog.HandlerOptions{Level: at, ReplaceAttr: redact}
	switch format {
	case "text":
		return slog.New(slog.NewTextHandler(w, options)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(w, options)), nil
	}
	return nil, fault.New(fault.Invalid, "InvalidLogFormat", "The log format %q is not one of text, json.", format).At("format")
}

const redacted = "[redacted]"

// hushed are the words that mark an attribute as nobody's business. A name
// counts if it holds one of them, in capitals or not.
var hushed = []string{"authorization", "token", "secret", "password", "cookie", "justification", "answers"}

func isHushed(name string) bool {
	for _, word := range hushed {
		for at := 0; at+len(word) <= len(name); at++ {
			if strings.EqualFold(name[at:at+len(word)], word) {
				return true
			}
		}
	}
	return false
}

// redact hides the value of an attribute that is named like a secret, or that
// stands in a group which is.
func redact(groups []string, a slog.Attr) slog.Attr {
	for _, g := range groups {
		if isHushed(g) {
			return slog.String(a.Key, redacted)
		}
	}
	if isHushed(a.Key) {
		return slog.String(a.Key, redacted)
	}
	if a.Value.Kind() == slog.KindAny {
		a.Value = slog.AnyValue(redactMap(a.Value.Any()))
	}
	return a
}

// redactMap looks into the maps that requests are made of.
func redactMap(value any) any {
	switch m := value.(type) {
	case http.Header:
		return http.Header(hush(m, []string{redacted}))
	case map[string][]string:
		return hush(m, []string{redacted})
	case map[string]string:
		return hush(m, redacted)
	case map[string]any:
		clean := hush(m, redacted)
		for name, inner := range clean {
			clean[name] = redactMap(inner)
		}
		return clean
	case []any:
		clean := make([]any, len(m))
		for n, inner := range m {
			clean[n] = redactMap(inner)
		}
		return clean
	}
	return value
}

func hush[V any](m map[string]V, instead V) map[string]V {
	clean := make(map[string]V, len(m))
	for name, value := range m {
		if isHushed(name) {
			value = instead
		}
		clean[name] = value
	}
	return clean
}
