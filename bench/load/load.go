// Package load sends requests over a number of kept-alive connections and
// measures the answers. It shares two cores with the server it measures, so
// it does as little as it can: requests are bytes made by the caller, and
// answers are read just far enough to know their status and their end.
//
// It knows HTTP/1.1 and nothing of what is asked for.
package load

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Plan is one run.
type Plan struct {
	Addr     string // host:port
	Conns    int
	Duration time.Duration
	// PerSecond is how many requests a second are to be sent; 0 for as many
	// as are answered. One that is sent late, because all connections wait
	// for answers, counts from when it should have been.
	PerSecond int
	// Next appends the i-th request to buf; nil ends the run early, because
	// there is nothing left to ask. It is called from all connections at
	// once, each i once.
	Next func(i int, buf []byte) []byte
	// Done, if set, gets the body of each good answer; it is valid during
	// the call only.
	Done func(i int, body []byte)
}

// Result is what a run measured.
type Result struct {
	Requests int // answered with 2xx
	Errors   int
	Elapsed  time.Duration
	P50, P99 time.Duration
	Example  string // one of the errors
}

// PerSecond returns good answers a second.
func (r Result) PerSecond() float64 {
	if r.Elapsed <= 0 {
		return 0
	}
	return float64(r.Requests) / r.Elapsed.Seconds()
}

// Run carries out the plan. An answer other than 2xx is an error in the
// result; a connection that cannot be made is one of Run's.
func Run(p Plan) (Result, error) {
	workers := make([]*worker, p.Conns)
	for i := range workers {
		conn, err := dial(p.Addr)
		if err != nil {
			return Result{}, fmt.Errorf("connection %d to %s: %w", i, p.Addr, err)
		}
		workers[i] = &worker{conn: conn, took: make([]time.Duration, 0, 1<<14)}
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	begin := time.Now()
	for _, w := range workers {
		wg.Go(func() { w.run(p, &next, begin) })
	}
	wg.Wait()
	res := Result{Elapsed: time.Since(begin)}
	var all []time.Duration
	for _, w := range workers {
		all = append(all, w.took...)
		res.Errors += w.errors
		if res.Example == "" {
			res.Example = w.example
		}
		w.conn.close()
	}
	res.Requests = len(all)
	res.P50, res.P99 = Quantile(all, 0.50), Quantile(all, 0.99)
	return res, nil
}

// Quantile returns the value below which the share q of the values lies, 0 if
// there are none. It sorts them.
func Quantile(values []time.Duration, q float64) time.Duration {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	return values[min(int(q*float64(len(values))), len(values)-1)]
}

// worker is one connection and what it measured.
type worker struct {
	conn    *conn
	took    []time.Duration
	errors  int
	example string
}

func (w *worker) run(p Plan, next *atomic.Int64, begin time.Time) {
	until := begin.Add(p.Duration)
	var out []byte
	for {
		i := int(next.Add(1) - 1)
		if out = p.Next(i, out[:0]); out == nil {
			return
		}
		sent := time.Now()
		if p.PerSecond > 0 {
			sent = begin.Add(time.Duration(i) * time.Second / time.Duration(p.PerSecond))
			time.Sleep(time.Until(sent))
		}
		if sent.After(until) {
			return
		}
		status, body, err := w.conn.exchange(out)
		took := time.Since(sent)
		switch {
		case err != nil:
			w.fail(err.Error())
			// A connection that broke ends its part of the run: with one
			// answer lost, the others would be taken for the wrong ones.
			return
		case status < 200 || status > 299:
			w.fail(fmt.Sprintf("%d %s", status, body))
		default:
			w.took = append(w.took, took)
			if p.Done != nil {
				p.Done(i, body)
			}
		}
	}
}

func (w *worker) fail(text string) {
	w.errors++
	if w.example == "" {
		w.example = text
	}
}
