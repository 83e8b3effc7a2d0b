package sqlstore

import "sync"

// claims are the rows that closures have taken up that decide at the same
// time. They keep each other's hands off them, as SKIP LOCKED does on
// PostgreSQL. Nothing depends on it but speed: two that took the same row
// could not both write it.
type claims struct {
	mu   sync.Mutex
	held map[string]bool
}

// claimer is a connection on which rows are claimed without the writer.
type claimer interface {
	// others is how many rows are claimed by others, about.
	others() int
	// claim takes up a row until the end of the write; false means that
	// somebody else has done so.
	claim(id string) bool
}

// claimant is one who claims rows.
type claimant struct {
	all  *claims
	mine map[string]bool
}

func (c *claims) claimant() *claimant { return &claimant{all: c, mine: map[string]bool{}} }

func (c *claimant) others() int {
	c.all.mu.Lock()
	defer c.all.mu.Unlock()
	return len(c.all.held) - len(c.mine)
}

func (c *claimant) claim(id string) bool {
	if c.mine[id] {
		return true
	}
	c.all.mu.Lock()
	defer c.all.mu.Unlock()
	if c.all.held[id] {
		return false
	}
	if c.all.held == nil {
		c.all.held = map[string]bool{}
	}
	c.all.held[id], c.mine[id] = true, true
	return true
}

// release gives up all claims.
func (c *claimant) release() {
	c.all.mu.Lock()
	defer c.all.mu.Unlock()
	for id := range c.mine {
		delete(c.all.held, id)
	}
}

// claimingTx is the writer's connection in the hands of a claimant that
// decides again.
type claimingTx struct {
	*sqliteTx
	*claimant
}
