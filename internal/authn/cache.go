package authn

import (
	"crypto/sha256"
	"sync"
	"time"

	"github.com/grantkeep/grantkeep/internal/authz"
)

// cacheAge is how long a verified token is believed without another look at
// the issuer's keys, and how old these may be, in real time.
const cacheAge = 150 * time.Second

// cache remembers verified tokens by their digest; the tokens themselves are
// never kept.
type cache struct {
	limit   int
	mu      sync.RWMutex
	entries map[digest]entry
}

type digest = [sha256.Size]byte

type entry struct {
	who      authz.Caller
	expires  time.Time // by the server's clock
	verified time.Time // real time
}

func newCache(limit int) *cache {
	return &cache{limit: limit, entries: map[digest]entry{}}
}

func (c *cache) get(key digest, now, wall time.Time) (authz.Caller, bool) {
	c.mu.RLock()
	e, ok := c.entries[key]
	c.mu.RUnlock()
	if !ok || !e.holds(now, wall) {
		return authz.Caller{}, false
	}
	return e.who, true
}

func (e entry) holds(now, wall time.Time) bool {
	return now.Before(e.expires) && young(e.verified, wall, cacheAge)
}

// put remembers e, unless the token is in the skew after its end.
func (c *cache) put(key digest, e entry, now time.Time) {
	if !now.Before(e.expires) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.entries) >= c.limit {
		c.makeRoom(now, e.verified)
	}
	c.entries[key] = e
}

// makeRoom forgets what no longer holds, and then whatever comes first, until
// a tenth is free, so that the next sweep is far away.
func (c *cache) makeRoom(now, wall time.Time) {
	for key, e := range c.entries {
		if !e.holds(now, wall) {
			delete(c.entries, key)
		}
	}
	keep := c.limit - max(c.limit/10, 1)
	for key := range c.entries {
		if len(c.entries) <= keep {
			return
		}
		delete(c.entries, key)
	}
}

// young reports whether at is less than limit ago. A clock that was set back
// does not make anything young.
func young(at, now time.Time, limit time.Duration) bool {
	age := now.Sub(at)
	return age >= 0 && age < limit
}
