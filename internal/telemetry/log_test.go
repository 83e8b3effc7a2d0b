package telemetry

import (
	"bytes"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/grantkeep/grantkeep/internal/fault"
)

const private = "hunter2"

type lazy struct{}

func (lazy) LogValue() slog.Value {
	return slog.GroupValue(slog.String("access_token", private), slog.String("app", "portal"))
}

func TestSecretsAreRedacted(t *testing.T) {
	t.Parallel()
	attrs := map[string]slog.Attr{
		"the header":                slog.String("Authorization", private),
		"a token":                   slog.String("accessToken", private),
		"in other words":            slog.String("ACCESS_TOKEN", private),
		"a secret":                  slog.String("client-secret", private),
		"a password":                slog.Any("password", []byte(private)),
		"a cookie":                  slog.String("Set-Cookie", private),
		"a justification":           slog.String("justification", private),
		"answers":                   slog.Any("answers", []string{private}),
		"inside a group":            slog.Group("request", slog.String("token", private)),
		"a group of secrets":        slog.Group("secrets", slog.String("db", private)),
		"a group in such a group":   slog.Group("secrets", slog.Group("db", slog.String("user", private))),
		"a value that comes late":   slog.Any("who", lazy{}),
		"a header map":              slog.Any("header", http.Header{"Authorization": {private}}),
		"a form":                    slog.Any("form", map[string][]string{"client_secret": {private}}),
		"a map of texts":            slog.Any("form", map[string]string{"password": private}),
		"a body":                    slog.Any("body", map[string]any{"justification": private}),
		"a body with a list in it":  slog.Any("body", map[string]any{"list": []any{map[string]any{"answers": private}}}),
		"a body with a body in it":  slog.Any("body", map[string]any{"inner": map[string]any{"token": private}}),
		"something that is a group": slog.Any("", slog.GroupValue(slog.String("token", private))),
	}
	for name, attr := range attrs {
		for _, format := range []string{"text", "json"} {
			t.Run(name+" as "+format, func(t *testing.T) {
				t.Parallel()
				var out bytes.Buffer
				log, err := NewLogger(&out, "info", format)
				if err != nil {
					t.Fatal(err)
				}
				log.Info("message", attr)
				log.With(attr).Info("message")
				log.WithGroup("g").Info("message", attr)
				if strings.Contains(out.String(), private) || strings.Count(out.String(), redacted) != 3 {
					t.Errorf("log = %s", out.String())
				}
			})
		}
	}
}

func TestOtherFactsAreKept(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log, err := NewLogger(&out, "info", "json")
	if err != nil {
		t.Fatal(err)
	}
	body := map[string]any{"id": "r-1", "token": private}
	log.Info("provisioning failed", "assignment", "a-1", "attempt", 3, "who", lazy{}, "body", body)
	for _, want := range []string{`"msg":"provisioning failed"`, `"assignment":"a-1"`, `"attempt":3`, `"app":"portal"`, `"id":"r-1"`} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("log = %s, want %s in it", out.String(), want)
		}
	}
	if body["token"] != private {
		t.Error("the caller's map was changed")
	}
}

func TestLevelAndFormat(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log, err := NewLogger(&out, "warn", "text")
	if err != nil {
		t.Fatal(err)
	}
	log.Info("quiet")
	log.Warn("loud")
	if got := out.String(); strings.Contains(got, "quiet") || !strings.Contains(got, "msg=loud") {
		t.Errorf("log = %s", got)
	}
	if _, err := NewLogger(&out, "loud", "text"); !fault.Is(err, fault.Invalid) {
		t.Errorf("level: %v, want fault.Invalid", err)
	}
	if _, err := NewLogger(&out, "info", "xml"); !fault.Is(err, fault.Invalid) {
		t.Errorf("format: %v, want fault.Invalid", err)
	}
}
