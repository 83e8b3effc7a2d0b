package odata

import (
	"encoding/base64"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/grantkeep/grantkeep/internal/query"
)

func TestTokenGivesBackItsValues(t *testing.T) {
	t.Parallel()
	secret := []byte("secret")
	fixed := []query.Value{
		nil, true, false, int64(math.MinInt64), int64(math.MaxInt64), 0.1, math.Inf(-1), "", "it's \x00 ä",
		time.Date(2023, 6, 28, 1, 19, 48, 421678000, time.UTC), time.Time{}.UTC(), time.Date(9999, 12, 31, 23, 59, 59, 999999000, time.UTC),
	}
	check := func(t interface{ Fatalf(string, ...any) }, key []query.Value) {
		got, err := DecodeToken(secret, "f", EncodeToken(secret, "f", key))
		if err != nil {
			t.Fatalf("%v: %v", key, err)
		}
		if diff := cmp.Diff(key, got); diff != "" {
			t.Fatalf("values (-want +got):\n%s", diff)
		}
	}
	check(t, fixed)
	check(t, []query.Value{})
	rapid.Check(t, func(t *rapid.T) {
		check(t, rapid.SliceOf(rapid.OneOf(
			rapid.Map(rapid.String(), func(s string) query.Value { return s }),
			rapid.Map(rapid.Int64(), func(i int64) query.Value { return i }),
			rapid.Map(rapid.Float64(), func(f float64) query.Value { return f }),
			rapid.Map(rapid.Int64(), func(us int64) query.Value { return time.UnixMicro(us).UTC() }),
			rapid.SampledFrom(fixed),
		)).Draw(t, "key"))
	})
}

func TestTokenOfOthersIsRefused(t *testing.T) {
	t.Parallel()
	secret := []byte("secret")
	token := EncodeToken(secret, "f", []query.Value{"a", int64(1)})
	refused := func(name string, secret []byte, fingerprint, token string) {
		t.Helper()
		key, err := DecodeToken(secret, fingerprint, token)
		if err == nil {
			t.Errorf("%s: the token was taken for %v", name, key)
			return
		}
		checkFault(t, err, "BadRequest", "$skiptoken", "$skiptoken is not one of ours")
	}
	refused("another secret", []byte("other"), "f", token)
	refused("another query", secret, "g", token)
	refused("nothing", secret, "f", "")
	refused("no base64", secret, "f", token+"=")
	refused("cut short", secret, "f", token[:len(token)-4])
	for i := range len(token) {
		c := "A"
		if token[i] == 'A' {
			c = "B"
		}
		refused("one character changed", secret, "f", token[:i]+c+token[i+1:])
	}
	// The end of the fingerprint cannot be taken for the beginning of a key.
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		t.Fatal(err)
	}
	refused("fingerprint and values shifted", secret, "f"+string(raw[:1]), base64.RawURLEncoding.EncodeToString(raw[1:]))
	if strings.ContainsAny(token, "+/=&") {
		t.Errorf("token %s needs escaping in a URL", token)
	}
}
