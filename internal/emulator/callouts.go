package emulator

import (
	"context"
	"sync"

	"github.com/grantkeep/grantkeep/internal/clock"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/runner"
)

// Callouts remembers the calls of custom extensions, for GET
// /_emulator/messages. Only those on this machine are really called: others
// take every call, without hearing of it.
type Callouts struct {
	next  runner.Caller
	clock clock.Clock

	mu   sync.Mutex
	last []Message
}

// NewCallouts returns a caller that stands before another one.
func NewCallouts(next runner.Caller, clk clock.Clock) *Callouts {
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
