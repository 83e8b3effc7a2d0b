package sqlstore

import (
	"sync"
	"time"
)

// changes carries the instants that commits left something due at. Those
// that nobody took yet are merged: the earliest stands for all.
type changes struct {
	mu   sync.Mutex // held by tell, so that the channel is never full when it sends
	last chan time.Time
}

func newChanges() *changes { return &changes{last: make(chan time.Time, 1)} }

func (c *changes) tell(due time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	select {
	case other := <-c.last:
		due = earlier(due, other)
	default:
	}
	c.last <- due
}

// earlier returns the earlier of two instants; the zero time is none.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
