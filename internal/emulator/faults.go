package emulator

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"regexp"
	"sync"
	"time"

	"github.com/grantkeep/grantkeep/internal/engine"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/store"
)

// FaultPlan is what is to go wrong, as PUT /_emulator/faults takes it.
type FaultPlan struct {
	Delivery *DeliveryFault `json:"delivery,omitempty"`
	Throttle *ThrottleFault `json:"throttle,omitempty"`
	Latency  string         `json:"latency,omitempty"` // such as "200ms", before every answer
}

// DeliveryFault lets deliveries fail: the share Rate of those that concern
// the resource with the origin id Resource (empty: all), with Error as the
// reason. They fail for good, unless Error begins with an HTTP status after
// which a connector is asked again: 408, 429 or 5xx, as in "503 too busy".
type DeliveryFault struct {
	Rate     float64 `json:"rate"`
	Resource string  `json:"resource,omitempty"`
	Error    string  `json:"error,omitempty"`
}

// ThrottleFault refuses requests with 429 once After of them have been
// answered, telling clients to wait RetryAfter seconds; then it begins anew.
type ThrottleFault struct {
	After      int `json:"after"`
	RetryAfter int `json:"retryAfter"`
}

// Faults holds the plan that is in force. It is safe for concurrent use.
type Faults struct {
	mu       sync.Mutex
	plan     FaultPlan
	latency  time.Duration
	answered int
	until    time.Time // throttled until then, by the machine's clock
	dice     *rand.Rand
}

// NewFaults returns a plan in which nothing goes wrong. seed makes rates
// repeatable.
func NewFaults(seed uint64) *Faults {
	return &Faults{dice: rand.New(rand.NewPCG(seed, seed))}
}

// Set puts a plan in force; the zero plan clears all. Faults: Invalid for a
// latency that is no duration.
func (f *Faults) Set(p FaultPlan) {
	f.mu.Lock()
	defer f.mu.Unlock()
	latency, err := time.ParseDuration(p.Latency)
	if err != nil {
		latency = 0 // checked by putFaults; an empty text is none
	}
	f.plan, f.latency, f.answered, f.until = p, latency, 0, time.Time{}
}

func (e *Emulator) putFaults(r *http.Request) (any, error) {
	var plan FaultPlan
	if err := decode(r, &plan); err != nil {
		return nil, err
	}
	if _, err := time.ParseDuration(plan.Latency); plan.Latency != "" && err != nil {
		return nil, fault.New(fault.Invalid, "InvalidModel", "latency must be a duration such as 200ms.")
	}
	if d := plan.Delivery; d != nil && (d.Rate < 0 || d.Rate > 1) {
		return nil, fault.New(fault.Invalid, "InvalidModel", "delivery.rate must lie between 0 and 1.")
	}
	if t := plan.Throttle; t != nil && (t.After < 0 || t.RetryAfter < 1) {
		return nil, fault.New(fault.Invalid, "InvalidModel", "throttle.after must not be negative and throttle.retryAfter be at least 1.")
	}
	e.world.Faults.Set(plan)
	return nil, nil
}

// delivery returns why giving the grant fails, or nil.
func (f *Faults) delivery(g entitlement.Grant) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	d := f.plan.Delivery
	if d == nil || d.Resource != "" && d.Resource != g.OriginID || f.dice.Float64() >= d.Rate {
		return nil
	}
	switch {
	case d.Error == "":
		return errors.New("a fault of the emulator")
	case passes.MatchString(d.Error):
		return fault.New(fault.Unavailable, "ServiceUnavailable", "%s", d.Error)
	}
	return errors.New(d.Error)
}

// passes matches the errors that may go away by themselves.
var passes = regexp.MustCompile(`^(408|429|5[0-9][0-9])\b`)

// throttled returns how many seconds to wait, or 0 to go on. A throttled
// client that waits as told is let in again. now is the machine's time: that is
// what clients wait by.
func (f *Faults) throttled(now time.Time) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	t := f.plan.Throttle
	if t == nil {
		return 0
	}
	if !f.until.IsZero() {
		if now.Before(f.until) {
			return t.RetryAfter
		}
		f.until, f.answered = time.Time{}, 0
	}
	if f.answered++; f.answered <= t.After {
		return 0
	}
	f.until = now.Add(time.Duration(t.RetryAfter) * time.Second)
	return t.RetryAfter
}

// pause waits for the latency that is in force.
func (f *Faults) pause(ctx context.Context) {
	f.mu.Lock()
	d := f.latency
	f.mu.Unlock()
	if d == 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// Connectors puts the faults in front of real connectors.
func (f *Faults) Connectors(real engine.Connectors) engine.Connectors {
	faulty := engine.Connectors{}
	for system, c := range real {
		faulty[system] = faultyConnector{Connector: c, faults: f}
	}
	return faulty
}

type faultyConnector struct {
	engine.Connector
	faults *Faults
}

// Give gives what is not to fail.
func (c faultyConnector) Give(ctx context.Context, tx store.Tx, grants []entitlement.Grant, why engine.Why) ([]error, error) {
	return c.spare(grants, func(good []entitlement.Grant) ([]error, error) { return c.Connector.Give(ctx, tx, good, why) })
}

// Take takes what is not to fail.
func (c faultyConnector) Take(ctx context.Context, tx store.Tx, grants []entitlement.Grant, why engine.Why) ([]error, error) {
	return c.spare(grants, func(good []entitlement.Grant) ([]error, error) { return c.Connector.Take(ctx, tx, good, why) })
}

// spare does what is not to fail.
func (c faultyConnector) spare(grants []entitlement.Grant, do func([]entitlement.Grant) ([]error, error)) ([]error, error) {
	failed := make([]error, len(grants))
	var good []entitlement.Grant
	var at []int
	for i, g := range grants {
		if failed[i] = c.faults.delivery(g); failed[i] == nil {
			good, at = append(good, g), append(at, i)
		}
	}
	rest, err := do(good)
	if err != nil {
		return nil, fmt.Errorf("deliver: %w", err)
	}
	for i, err := range rest {
		failed[at[i]] = err
	}
	return failed, nil
}
