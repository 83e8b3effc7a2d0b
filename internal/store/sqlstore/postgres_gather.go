package sqlstore

import "sync"

// gatherer makes groups of what many goroutines want done at the same time.
// Nobody waits for a group to fill: it is what came in while the one before
// was under way.
type gatherer[T any] struct {
	queue chan T
	ended sync.WaitGroup

	mu     sync.RWMutex // held for reading while a member enters the queue
	closed bool
}

// gather starts as many workers as groups shall be under way at a time. The
// slice that do is given is good until it returns.
func gather[T any](workers int, do func(group []T)) *gatherer[T] {
	g := &gatherer[T]{queue: make(chan T, groupLimit)}
	for range workers {
		g.ended.Go(func() { g.run(do) })
	}
	return g
}

// enter hands a member over; do will be called with it.
func (g *gatherer[T]) enter(m T) error {
	g.mu.RLock()
	defer g.mu.RUnlock()
	if g.closed {
		return closed()
	}
	g.queue <- m
	return nil
}

func (g *gatherer[T]) run(do func([]T)) {
	group := make([]T, 0, groupLimit)
	for first := range g.queue {
		group = append(group[:0], first)
	drain:
		for len(group) < groupLimit {
			select {
			case m, ok := <-g.queue:
				if !ok {
					break drain
				}
				group = append(group, m)
			default:
				break drain
			}
		}
		do(group)
		clear(group) // what is done is not kept alive
	}
}

// close waits until all that entered is done.
func (g *gatherer[T]) close() {
	g.mu.Lock()
	g.closed = true
	close(g.queue)
	g.mu.Unlock()
	g.ended.Wait()
}
