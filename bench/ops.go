package main

import (
	"bytes"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/grantkeep/grantkeep/bench/load"
)

// The operations. Those that are not compared have no floor: nothing else in
// the world does them.
var (
	allOps      = []string{"create", "cancel", "get", "page", "page90", "approve", "deliver", "expire", "meanwhile", "late", "automatic", "lists"}
	comparedOps = []string{"create", "cancel", "get", "page", "page90", "approve"}
)

// target is the ratio of requests a second to the floor that an operation
// has to reach. Approving is measured beside the floor's cancel, which writes
// as many rows.
var target = map[string]float64{"create": 0.5, "cancel": 0.6, "get": 0.5}

func known(op string) bool { return slices.Contains(allOps, op) }

// only returns the operations of the list that are among the wanted.
func only(list []string, wanted ...string) []string {
	var out []string
	for _, op := range list {
		if slices.Contains(wanted, op) {
			out = append(out, op)
		}
	}
	return out
}

// side is a server under load: the floor or the product.
type side interface {
	// plan prepares an operation for that many connections and that long, and
	// returns what to send; the caller fills in Conns and Duration.
	plan(op string, conns int, duration time.Duration) (load.Plan, error)
	stats() (stats, error)
	usage() (load.Usage, error)
}

// stats is what a server tells about its database.
type stats struct {
	Statements    int64 `json:"statements"`
	PageSQLMicros int64 `json:"pageSQLMicros"` // the floor's only
}

// figures are what was measured of one operation on one side.
type figures struct {
	load.Result
	cpu        time.Duration // of the server process, for each request
	statements float64       // for each request
	rss        int64
	pageSQL    time.Duration // the median of the pages' SQL, of the floor
}

// measure runs an operation for a while, after a short run to get warm.
func measure(s side, op string, conns int, duration time.Duration) (figures, error) {
	plan, err := s.plan(op, conns, duration)
	if err != nil {
		return figures{}, err
	}
	plan.Conns, plan.Duration = conns, duration/5
	warm, err := load.Run(plan)
	if err != nil {
		return figures{}, err
	}
	if warm.Requests == 0 {
		return figures{}, fmt.Errorf("no good answer; the first bad one: %s", warm.Example)
	}
	plan.Duration = duration
	before, err := reading(s)
	if err != nil {
		return figures{}, err
	}
	result, err := load.Run(plan)
	if err != nil {
		return figures{}, err
	}
	after, err := reading(s)
	if err != nil {
		return figures{}, err
	}
	f := figures{Result: result, rss: after.usage.RSS, pageSQL: time.Duration(after.stats.PageSQLMicros) * time.Microsecond}
	if n := result.Requests + result.Errors; n > 0 {
		f.cpu = (after.usage.CPU - before.usage.CPU) / time.Duration(n)
		f.statements = float64(after.stats.Statements-before.stats.Statements) / float64(n)
	}
	return f, nil
}

// snapshot is what a server has used up to an instant.
type snapshot struct {
	usage load.Usage
	stats stats
}

func reading(s side) (snapshot, error) {
	st, err := s.stats()
	if err != nil {
		return snapshot{}, err
	}
	u, err := s.usage()
	return snapshot{u, st}, err
}

// made is a request that was made, and the number of the person who did.
type made struct {
	id string
	by int
}

// pool holds requests that were made and not used up yet.
type pool struct {
	mu   sync.Mutex
	made []made
}

// take returns a request, each once.
func (p *pool) take() (made, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.made) == 0 {
		return made{}, false
	}
	m := p.made[len(p.made)-1]
	p.made = p.made[:len(p.made)-1]
	return m, true
}

// drain returns all requests and leaves none.
func (p *pool) drain() []made {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := p.made
	p.made = nil
	return all
}

func (p *pool) put(m made) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.made = append(p.made, m)
}

// asker appends the next creation to buf and tells who asks; nil when there is
// nothing left to ask for.
type asker func(buf []byte) (request []byte, by int)

// next makes the asker fit for a plan.
func (a asker) next(_ int, buf []byte) []byte {
	buf, _ = a(buf)
	return buf
}

// fill makes requests until a run of an operation that uses them up has
// enough. Such a run is a little faster than the creations.
func (p *pool) fill(addr string, ask asker, conns int, duration time.Duration) error {
	p.drain()
	var by sync.Map // who sent the i-th
	res, err := load.Run(load.Plan{
		Addr: addr, Conns: conns, Duration: duration * 3 / 2,
		Next: func(i int, buf []byte) []byte {
			buf, who := ask(buf)
			by.Store(i, who)
			return buf
		},
		Done: func(i int, body []byte) {
			who, _ := by.Load(i)
			if id, ok := idIn(body); ok {
				p.put(made{id: id, by: who.(int)})
			}
		},
	})
	if err != nil {
		return err
	}
	if res.Errors > 0 {
		return fmt.Errorf("%d creations failed, such as: %s", res.Errors, res.Example)
	}
	return nil
}

// idIn finds the first id in a JSON object.
func idIn(body []byte) (string, bool) {
	const guid = 36
	_, rest, ok := bytes.Cut(body, []byte(`"id":`))
	if !ok {
		return "", false
	}
	rest = bytes.TrimLeft(rest, ` "`)
	if len(rest) < guid {
		return "", false
	}
	return string(rest[:guid]), true
}

// raw appends an HTTP/1.1 request.
func raw(buf []byte, method, addr, path, token, body string) []byte {
	buf = fmt.Appendf(buf, "%s %s HTTP/1.1\r\nHost: %s\r\n", method, path, addr)
	if token != "" {
		buf = fmt.Appendf(buf, "Authorization: Bearer %s\r\n", token)
	}
	if body != "" {
		buf = append(buf, "Content-Type: application/json\r\n"...)
	}
	return fmt.Appendf(buf, "Content-Length: %d\r\n\r\n%s", len(body), body)
}
