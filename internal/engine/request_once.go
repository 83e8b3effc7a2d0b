package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/store"
)

// A client that does not know whether its request arrived sends it again with
// the same key, and gets the same answer (requests.md section 6.5). The key is
// the caller's own and is kept with the request, in the same transaction.
const (
	rememberFor = 24 * time.Hour
	longestKey  = 255
)

// sentBefore returns the request that the caller made with the key of the
// submission; nil if there is none or no key. A key that was sent with
// something else is a fault.Invalid "IdempotencyKeyReused".
func sentBefore(ctx context.Context, r store.Reader, who authz.Caller, s entitlement.Submission, now time.Time) (*entitlement.Request, error) {
	if s.Key == "" || s.ValidateOnly {
		return nil, nil
	}
	if err := checkKey(s.Key); err != nil {
		return nil, err
	}
	sent, err := r.SentOnce(ctx, who.ID(), s.Key)
	if fault.Is(err, fault.NotFound) || err == nil && !sent.Expires.After(now) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	content, err := contentOf(s)
	if err != nil {
		return nil, err
	}
	if sent.Content != content {
		return nil, reused("The Idempotency-Key was sent before with another request, %s. Use a new key for each request.", sent.Request)
	}
	made, err := r.Request(ctx, sent.Request)
	if fault.Is(err, fault.NotFound) {
		return nil, reused("The request that was made with this Idempotency-Key, %s, was deleted. Use a new key for a new request.", sent.Request)
	}
	if err != nil {
		return nil, err
	}
	made = made.AsMade()
	return &made, nil
}

func reused(format string, args ...any) error {
	return fault.New(fault.Invalid, "IdempotencyKeyReused", format, args...).At("Idempotency-Key")
}

func checkKey(key string) error {
	printable := func(c rune) bool { return c > ' ' && c < 0x7f }
	if len(key) > longestKey || strings.ContainsFunc(key, func(c rune) bool { return !printable(c) }) {
		return fault.New(fault.Invalid, "BadRequest", "An Idempotency-Key has 1 to %d printable ASCII characters without spaces, such as a GUID.", longestKey).At("Idempotency-Key")
	}
	return nil
}

// orNone is the request, or none.
func orNone(r *entitlement.Request) entitlement.Request {
	if r == nil {
		return entitlement.Request{}
	}
	return *r
}

// remember keeps the key of a submission, if it has one, with the request
// that it made.
func remember(ctx context.Context, tx store.Tx, who authz.Caller, s entitlement.Submission, made entitlement.Request) error {
	if s.Key == "" {
		return nil
	}
	content, err := contentOf(s)
	if err != nil {
		return err
	}
	return tx.PutSentOnce(ctx, store.Sent{
		Caller: who.ID(), Key: s.Key, Content: content, Request: made.ID, Expires: made.CreatedAt.Add(rememberFor),
	}, made.CreatedAt)
}

// contentOf is a hash of what a submission asks for, in whatever version and
// letter case it was sent.
func contentOf(s entitlement.Submission) (string, error) {
	s.Key = ""
	b, err := json.Marshal(s)
	if err != nil {
		return "", fmt.Errorf("hash a submission: %w", err)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:]), nil
}
