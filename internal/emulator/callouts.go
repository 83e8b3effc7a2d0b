package emulator

import (
	"context"
	"sync"

	"github.com/grantkeep/grantkeep/internal/clock"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/runner"
)

// Outside calls custom extensions and subscribers.
type Outside interface {
	runner.Caller
	Prove(ctx context.Context, url string) error
}

// Callouts remembers the calls of custom extensions and of subscribers, for
// GET /_emulator/messages. Only those on this machine are really called: others
// take every call, without hearing of it.
type Callouts struct {
	next  Outside
	clock clock.Clock

	mu   sync.Mutex
	last []Message
}

// NewCallouts returns a caller that stands before another one.
func NewCallouts(next Outside, clk clock.Clock) *Callouts {
	return &Callouts{next: next, clock: clk}
}

// Call implements runner.Caller.
func (c *Callouts) Call(ctx context.Context, o entitlement.Outcall) error {
	to := ""
	if o.To.Endpoint != nil {
		to = o.To.Endpoint.URL
	}
	now := c.clock.Now()
	c.add(Message{
		Event: "callout." + string(o.Callout.Stage), Kind: string(entitlement.Webhook), To: to, Subject: o.To.DisplayName, Text: o.ID,
		At: stamp(now), when: now, Request: string(o.Of.ID), Assignment: string(o.Of.Assignment), Package: string(o.Of.Package),
	})
	if to != "" && !entitlement.OnLoopback(to) {
		return nil
	}
	return c.next.Call(ctx, o)
}

// Tell implements runner.Caller.
func (c *Callouts) Tell(ctx context.Context, t entitlement.Telling) error {
	what := string(t.Lifecycle)
	if what == "" {
		what = "changes"
	}
	now := c.clock.Now()
	c.add(Message{
		Event: "subscription." + what, Kind: string(entitlement.Webhook), To: t.URL(), Subject: t.For.Resource, Text: string(t.For.ID),
		At: stamp(now), when: now,
	})
	if !entitlement.OnLoopback(t.URL()) {
		return nil
	}
	return c.next.Tell(ctx, t)
}

// Prove asks receivers on this machine; others want everything.
func (c *Callouts) Prove(ctx context.Context, url string) error {
	if !entitlement.OnLoopback(url) {
		return nil
	}
	return c.next.Prove(ctx, url)
}

func (c *Callouts) add(m Message) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last = append(c.last, m)
	c.last = c.last[max(0, len(c.last)-keptMessages):]
}

func (c *Callouts) list() []Message {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]Message{}, c.last...)
}

func (c *Callouts) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last = nil
}
