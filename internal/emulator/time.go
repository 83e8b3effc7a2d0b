package emulator

import (
	"context"
	"net/http"
	"time"

	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
)

// Paused reports whether the runner must leave everything alone: while the
// clock is frozen or being moved, only moves and settle run what is due, so
// that a run is repeatable.
func (e *Emulator) Paused() bool {
	if !e.moving.TryLock() {
		return true
	}
	e.moving.Unlock()
	return e.world.Clock.Frozen()
}

type clockState struct {
	Now    string `json:"now"`
	Frozen bool   `json:"frozen"`
}

func (e *Emulator) readClock(*http.Request) (any, error) {
	return clockState{Now: stamp(e.world.Clock.Now()), Frozen: e.world.Clock.Frozen()}, nil
}

func stamp(t time.Time) string { return t.Format("2006-01-02T15:04:05.999999Z07:00") }

type moveBody struct {
	Now     string `json:"now"`
	Advance string `json:"advance"`
	Frozen  *bool  `json:"frozen"`
}

type moved struct {
	Now string `json:"now"`
	Ran int    `json:"ran"`
}

func (e *Emulator) moveClock(r *http.Request) (any, error) {
	var body moveBody
	if err := decode(r, &body); err != nil {
		return nil, err
	}
	e.moving.Lock()
	defer e.moving.Unlock()
	to, err := e.destination(body)
	if err != nil {
		return nil, err
	}
	c := e.world.Clock
	if body.Frozen != nil && *body.Frozen {
		c.Freeze(true)
	}
	ran, err := e.moveTo(r.Context(), to)
	if err != nil {
		return nil, err
	}
	now := c.Now()
	if body.Frozen != nil && !*body.Frozen {
		c.Freeze(false)
	}
	return moved{Now: stamp(now), Ran: ran}, nil
}

// destination reads where the clock is to go.
func (e *Emulator) destination(body moveBody) (time.Time, error) {
	now := e.world.Clock.Now()
	switch {
	case body.Now != "" && body.Advance != "":
		return now, fault.New(fault.Invalid, "InvalidModel", "Set now or advance, not both.")
	case body.Now != "":
		to, err := time.Parse(time.RFC3339Nano, body.Now)
		if err != nil {
			return now, fault.New(fault.Invalid, "InvalidModel", "now must be an instant such as 2026-12-24T18:00:00Z.")
		}
		if to.Before(now) {
			return now, fault.New(fault.Invalid, "ClockRunsForward", "The clock shows %s and only moves forward.", stamp(now))
		}
		return to, nil
	case body.Advance != "":
		if d, err := entitlement.ParseDuration(body.Advance); err == nil {
			return now.Add(d.Length()), nil
		}
		d, err := time.ParseDuration(body.Advance)
		if err != nil || d < 0 {
			return now, fault.New(fault.Invalid, "InvalidModel", "advance must be a duration such as P14D or 336h.")
		}
		return now.Add(d), nil
	case body.Frozen != nil:
		return now, nil
	}
	return now, fault.New(fault.Invalid, "InvalidModel", "Set now, advance or frozen.")
}

// moveTo moves the clock and runs all that falls due on the way, each at its
// own instant. A clock that runs goes on running: what people ask for
// meanwhile falls due later than what is run, so the move comes to its end
// however much they ask.
func (e *Emulator) moveTo(ctx context.Context, to time.Time) (int, error) {
	c := e.world.Clock
	ran := 0
	for {
		n, err := e.world.Runner.Finish(ctx, c.Now())
		ran += n
		if err != nil {
			return ran, err
		}
		next, err := e.world.Runner.NextDue(ctx, c.Now())
		if err != nil {
			return ran, err
		}
		if next.IsZero() || next.After(to) {
			break
		}
		c.Set(next)
	}
	c.Set(to)
	n, err := e.world.Runner.Finish(ctx, c.Now())
	return ran + n, err
}

func (e *Emulator) settle(r *http.Request) (any, error) {
	e.moving.Lock()
	defer e.moving.Unlock()
	ran, err := e.world.Runner.Settle(r.Context(), e.world.Clock.Now())
	return map[string]int{"ran": ran}, err
}
