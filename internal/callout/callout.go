// Package callout calls custom extensions and subscribers over HTTP: it
// implements runner.Caller. It decides nothing: what is called, and what becomes of the
// answer, it does not know.
package callout

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/grantkeep/grantkeep/internal/clock"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
)

const (
	// defaultTimeout is how long an extension has to answer if it does not
	// say; longestTimeout is the most that it may ask for.
	defaultTimeout = 10 * time.Second
	longestTimeout = 30 * time.Second

	// readMost bounds what is read of an answer, so that the connection can
	// be used again. Nobody looks at it.
	readMost = 64 << 10
)

// Signature is the header that proves where a call comes from: "t=", the
// instant in seconds since 1970, ",v1=" and the hexadecimal HMAC-SHA256 of
// that instant, a full stop and the body.
const Signature = "X-Grantkeep-Signature"

// Options are what a Caller is made of.
type Options struct {
	// Token makes a token for a resource in the name of this server; nil if
	// nobody makes tokens here.
	Token func(ctx context.Context, tenant directory.TenantID, resource string) (string, error)

	Secret string // signs the calls; empty: they bear no signature
	Clock  clock.Clock
}

// Caller calls custom extensions. Make it with New; it is safe for concurrent
// use.
type Caller struct {
	options Options
	client  *http.Client
}

// New returns a caller. It follows no redirections: they could lead anywhere.
func New(o Options) *Caller {
	return &Caller{options: o, client: &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Call tells an extension what has happened. Answers other than 2xx, and
// none, are errors: a fault.Unavailable if it may be otherwise later.
func (c *Caller) Call(ctx context.Context, o entitlement.Outcall) error {
	if o.To.Endpoint == nil || o.To.Endpoint.URL == "" {
		return errors.New("the custom extension does not exist any more, or has no URL")
	}
	if err := entitlement.CheckAddress(o.To.Endpoint.URL); err != nil {
		return fmt.Errorf("the URL of the custom extension %w", err)
	}
	body, err := payload(o)
	if err != nil {
		return err
	}
	limit := timeoutOf(o.To)
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, o.To.Endpoint.URL, bytes.NewReader(body))
	if err != nil {
		return errors.New("the URL of the custom extension cannot be called") // the error would tell it, with what it keeps secret
	}
	if err := c.dress(ctx, req, o, body); err != nil {
		return err
	}
	answer, err := c.client.Do(req)
	if err != nil {
		return unreachable(ctx, err, limit)
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, io.LimitReader(answer.Body, readMost)); err != nil {
		return unreachable(ctx, err, limit)
	}
	return verdict(answer.StatusCode)
}

// timeoutOf is how long the extension has to answer.
func timeoutOf(x entitlement.CustomExtension) time.Duration {
	if x.Client == nil || x.Client.TimeoutMilliseconds == nil || *x.Client.TimeoutMilliseconds == 0 {
		return defaultTimeout
	}
	return min(time.Duration(*x.Client.TimeoutMilliseconds)*time.Millisecond, longestTimeout)
}

// The published ways in which a call proves where it comes from.
const tokenAuthentication = "azureAdTokenAuthentication"

// dress adds the headers of a call.
func (c *Caller) dress(ctx context.Context, req *http.Request, o entitlement.Outcall, body []byte) error {
	h := req.Header
	c.label(h, "application/json", body)
	h.Set("client-request-id", o.ID) // the same for each try
	auth := o.To.Authentication
	if auth == nil || auth.Kind != tokenAuthentication {
		return nil
	}
	if c.options.Token == nil {
		return errors.New("the custom extension wants a token, and the built-in issuer that makes them is off")
	}
	token, err := c.options.Token(ctx, o.Tenant, auth.Resource)
	if err != nil {
		return err
	}
	h.Set("Authorization", "Bearer "+token)
	return nil
}

// label says what is sent and by whom, and proves it.
func (c *Caller) label(h http.Header, media string, body []byte) {
	h.Set("Content-Type", media)
	h.Set("User-Agent", "Grantkeep")
	if c.options.Secret != "" {
		at := strconv.FormatInt(c.options.Clock.Now().Unix(), 10)
		h.Set(Signature, "t="+at+",v1="+sign(c.options.Secret, at, body))
	}
}

func sign(secret, at string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(at + "."))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

// unreachable tells why there was no answer, without the URL: what stands
// behind its question mark may be a secret.
func unreachable(ctx context.Context, err error, limit time.Duration) error {
	if ctx.Err() != nil {
		return passing("the custom extension did not answer within %v", limit)
	}
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	return passing("the custom extension cannot be reached: %v", err)
}

func passing(format string, args ...any) error {
	return fault.New(fault.Unavailable, "CalloutFailed", format, args...)
}

// verdict says what a status code means. Only some of the client's faults
// pass by themselves.
func verdict(status int) error {
	switch {
	case status/100 == 2:
		return nil
	case status >= 500, status == http.StatusTooManyRequests, status == http.StatusRequestTimeout:
		return passing("the custom extension answered with the status %d", status)
	}
	return fmt.Errorf("the custom extension answered with the status %d", status)
}
