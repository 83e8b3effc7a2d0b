package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/grantkeep/grantkeep/bench/load"
)

// alone measures what only the product does.
func (b *bench) alone(ctx context.Context, op, db string, fresh newDatabase) (err error) {
	dsn, err := fresh(ctx)
	if err != nil {
		return err
	}
	var seed seeding
	switch op {
	case "expire", "meanwhile":
		seed = seeding{people: seedTargets, rows: b.cfg.expiries, end: time.Now().Add(24 * time.Hour).Truncate(time.Second)}
	case "automatic":
		seed = seeding{people: b.cfg.people}
	case "lists":
		seed = seeding{people: listPeople, rows: slices.Max(b.cfg.rows), end: time.Now().Add(5 * 365 * 24 * time.Hour).Truncate(time.Second)}
		small := b.cfg
		small.users, small.packages = 1, listPackages/2
		b = &bench{cfg: small, dir: b.dir}
	}
	p, err := b.prepareProduct(ctx, dsn, "0s", seed)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.stop()) }()
	switch op {
	case "deliver":
		return p.deliveries(db, b.cfg.duration)
	case "late":
		return p.lateness(ctx, db)
	case "lists":
		return p.lists(ctx, db, b.cfg.duration)
	case "automatic":
		return p.rollout(ctx, db, b.cfg.people)
	}
	return p.expiries(ctx, db, b.cfg.expiries, b.cfg.duration, op == "meanwhile")
}

// deliveries measures how long it takes from sending a request to seeing it
// delivered, one after the other, so far below saturation.
func (p *product) deliveries(db string, duration time.Duration) error {
	ask := p.ask(&p.next, p.people.free)
	var waiting string
	asked := time.Now()
	var took []time.Duration
	// One connection sends a request and then asks for it until it is done.
	res, err := load.Run(load.Plan{
		Addr: p.addr, Conns: 1, Duration: duration,
		Next: func(i int, buf []byte) []byte {
			if waiting == "" {
				asked = time.Now()
				return ask.next(i, buf)
			}
			return raw(buf, "GET", p.addr, em+"/assignmentRequests/"+waiting, p.graph.token, "")
		},
		Done: func(_ int, body []byte) {
			var r struct{ ID, State string }
			if err := json.Unmarshal(body, &r); err != nil || waiting == "" {
				waiting = r.ID
				return
			}
			if strings.EqualFold(r.State, "delivered") {
				took = append(took, time.Since(asked))
				waiting = ""
			}
		},
	})
	if err != nil {
		return err
	}
	if len(took) == 0 {
		return fmt.Errorf("nothing was delivered; %d answers, %d errors, such as: %s", res.Requests, res.Errors, res.Example)
	}
	p50, p99 := load.Quantile(took, 0.50), load.Quantile(took, 0.99)
	fmt.Printf("\n%s: request to delivered, %d times: p50 %s, target %s; p99 %s, target %s\n", db, len(took),
		short(p50), reached("≤ 20ms", p50 <= 20*time.Millisecond), short(p99), reached("≤ 250ms", p99 <= 250*time.Millisecond))
	return nil
}

// modest is how many people a second ask while much ends.
const modest = 100

// expiries measures how long it takes until all that ends at one instant has
// ended; or, if people go on asking at a modest rate, how long they wait.
func (p *product) expiries(ctx context.Context, db string, n int, duration time.Duration, busy bool) error {
	ask := p.ask(&p.next, p.people.free)
	plan := load.Plan{Addr: p.addr, Conns: 16, Duration: duration, PerSecond: modest, Next: ask.next}
	var normal, meanwhile load.Result
	var err error
	if busy {
		if normal, err = load.Run(plan); err != nil {
			return err
		}
	}
	begin, end := time.Now(), make(chan struct{})
	var took time.Duration
	var failed error
	go func() {
		failed = p.graph.call(ctx, "PUT", "/_emulator/clock", fields{"advance": "P2D"}, nil)
		took = time.Since(begin)
		close(end)
	}()
	if busy {
		plan.Duration = 10 * time.Minute
		plan.Next = func(i int, buf []byte) []byte {
			select {
			case <-end:
				return nil
			default:
				return ask.next(i, buf)
			}
		}
		meanwhile, err = load.Run(plan)
	}
	<-end
	if err := errors.Join(err, failed); err != nil {
		return err
	}
	// By the clock that was moved, the old token has expired.
	if err := p.graph.signIn(ctx, p.first); err != nil {
		return err
	}
	left, err := p.delivered(ctx, "01900001-0000-7000-8000-000000000000")
	if err != nil {
		return err
	}
	if busy {
		limit := map[string]time.Duration{"sqlite": 30 * time.Second, "postgres": 10 * time.Second}[db]
		fmt.Printf("\n%s: while people ask, %d expiries in %s, target %s; POST p99 %s, normally %s, target %s (%d and %d errors); left of the first person's: %d\n",
			db, n, short(took), reached("≤ "+limit.String(), took <= limit), short(meanwhile.P99), short(normal.P99),
			reached("≤ 3 times", meanwhile.P99 <= 3*normal.P99), meanwhile.Errors, normal.Errors, left)
		return nil
	}
	usage, err := p.usage()
	if err != nil {
		return err
	}
	fmt.Printf("\n%s: %d expiries in %s, target %s; %s; left of the first person's: %d\n",
		db, n, short(took), reached("≤ 30s", took <= 30*time.Second), megabytes(usage.RSS), left)
	return nil
}
