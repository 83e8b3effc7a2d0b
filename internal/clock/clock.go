// Package clock is where the time comes from. It is the only package that
// asks the operating system; everything else takes the time as an argument
// or reads a Clock once per use case.
package clock

import (
	"sync"
	"time"
)

// Clock tells the time, in UTC, cut to microseconds: the precision that
// both databases keep.
type Clock interface {
	Now() time.Time
}

// System is the clock of the machine.
type System struct{}

// Now returns the machine's time.
func (System) Now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// Manual is a clock that can be moved forward and stopped. Between moves it
// runs at the speed of the machine's clock unless it is frozen. It is safe
// for concurrent use.
type Manual struct {
	mu     sync.Mutex
	at     time.Time // what the clock showed at since
	since  time.Time // machine time of the last move
	frozen bool
}

// NewManual returns a clock that shows at, running unless frozen is set.
func NewManual(at time.Time, frozen bool) *Manual {
	return &Manual{at: at.UTC().Truncate(time.Microsecond), since: time.Now(), frozen: frozen}
}

// Now returns the time the clock shows.
func (m *Manual) Now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now()
}

func (m *Manual) now() time.Time {
	if m.frozen {
		return m.at
	}
	return m.at.Add(time.Since(m.since)).Truncate(time.Microsecond)
}

// Set moves the clock to t if t is later than what it shows, and reports
// whether it is so. A clock never runs backwards.
func (m *Manual) Set(t time.Time) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	t = t.UTC().Truncate(time.Microsecond)
	if t.Before(m.now()) {
		return false
	}
	m.at, m.since = t, time.Now()
	return true
}

// Freeze stops the clock, or lets it run again from where it stands.
func (m *Manual) Freeze(frozen bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.at, m.since, m.frozen = m.now(), time.Now(), frozen
}

// Frozen reports whether the clock stands still between moves.
func (m *Manual) Frozen() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.frozen
}
