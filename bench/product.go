package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/grantkeep/grantkeep/bench/load"
)

const em = "/v1.0/identityGovernance/entitlementManagement"

// product is the real binary in emulator mode: the real server with tokens
// on request and a counter of statements.
type product struct {
	*server
	first  startup
	graph  *client
	people *company
	tokens []string // of the people, in their order
	boss   string   // the approver's token
	rows   int      // assignments seeded
	idle   int64    // bytes of memory before anybody asked anything
	next   atomic.Int64
	asked  atomic.Int64 // the same for packages with approval
	open   pool
}

// startup is the line that the emulator prints.
type startup struct {
	HTTP   string `json:"http"`
	Tenant string `json:"tenant"`
	Client struct {
		ID     string `json:"id"`
		Secret string `json:"secret"`
	} `json:"client"`
}

// startProduct makes a company on a new database, fills in assignments, and
// starts the server on what is now an existing database.
func (b *bench) startProduct(ctx context.Context, fresh newDatabase, rows int) (*product, error) {
	dsn, err := fresh(ctx)
	if err != nil {
		return nil, err
	}
	seed := seeding{people: seedTargets, rows: rows, end: time.Now().Add(5 * 365 * 24 * time.Hour)}
	// Nothing that was asked for is taken up by itself: it stays cancelable.
	return b.prepareProduct(ctx, dsn, "24h", seed)
}

func (b *bench) prepareProduct(ctx context.Context, dsn, delay string, seed seeding) (*product, error) {
	p, err := b.launch(ctx, dsn, delay)
	if err != nil {
		return nil, err
	}
	people, err := found(ctx, p.graph, b.cfg.users, b.cfg.packages)
	if err == nil {
		// What changed packages look at once more is done before the seeding.
		err = p.graph.call(ctx, "PUT", "/_emulator/clock", fields{"advance": "PT1M"}, nil)
	}
	// The seeding has the database for itself.
	if err := errors.Join(err, p.stop()); err != nil {
		return nil, err
	}
	if err := seedAssignments(ctx, dsn, people, seed); err != nil {
		return nil, fmt.Errorf("seed: %w", err)
	}
	if p, err = b.launchAgain(ctx, dsn, delay); err != nil {
		return nil, err
	}
	p.people, p.rows = people, seed.rows
	if err := p.signIn(ctx); err != nil {
		return nil, errors.Join(err, p.stop())
	}
	return p, nil
}

// launchAgain starts the server a few times on a database that exists, and
// leaves the last one running. It notes the median time to the server's
// line, and the memory of one that nobody has asked anything yet.
func (b *bench) launchAgain(ctx context.Context, dsn, delay string) (*product, error) {
	const starts = 3
	var ready []time.Duration
	for {
		p, err := b.launch(ctx, dsn, delay)
		if err != nil {
			return nil, err
		}
		ready = append(ready, p.ready)
		if len(ready) < starts {
			if err := p.stop(); err != nil {
				return nil, err
			}
			continue
		}
		time.Sleep(time.Second)
		usage, err := p.usage()
		if err != nil {
			return nil, errors.Join(err, p.stop())
		}
		p.ready, p.idle = load.Quantile(ready, 0.5), usage.RSS
		return p, nil
	}
}

// launch starts the binary and gets a token for its own application.
func (b *bench) launch(ctx context.Context, dsn, delay string) (*product, error) {
	s, err := startServer(ctx, "/_emulator/stats", b.cfg.binary, "emulator", "--http", "127.0.0.1:0", "--https", "127.0.0.1:0",
		"--db", dsn, "--seed", "none", "--delivery-delay", delay)
	if err != nil {
		return nil, fmt.Errorf("the product (make build?): %w", err)
	}
	var first startup
	if err := json.Unmarshal(s.line, &first); err != nil {
		return nil, errors.Join(err, s.stop())
	}
	p := &product{server: s, first: first, graph: &client{base: first.HTTP}}
	if err := p.graph.signIn(ctx, first); err != nil {
		return nil, errors.Join(err, s.stop())
	}
	return p, nil
}

// signIn gets a token for everybody, and shows each to the server, which
// checks the signature of a token once.
func (p *product) signIn(ctx context.Context) error {
	const aYear = 365 * 24 * 3600
	token := func(ctx context.Context, user string) (string, error) {
		var out struct {
			Token string `json:"access_token"`
		}
		err := p.graph.call(ctx, "POST", "/_emulator/token", fields{
			"user": user, "scp": "EntitlementMgmt-SubjectAccess.ReadWrite EntitlementManagement.ReadWrite.All User.Read", "expiresIn": aYear,
		}, &out)
		return out.Token, err
	}
	var err error
	if p.boss, err = token(ctx, p.people.approver); err != nil {
		return err
	}
	p.tokens = make([]string, len(p.people.users))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(8)
	for i, user := range p.people.users {
		group.Go(func() (err error) {
			if p.tokens[i], err = token(ctx, user); err != nil {
				return err
			}
			self := client{base: p.graph.base, token: p.tokens[i]}
			return self.call(ctx, "GET", "/v1.0/me", nil, nil)
		})
	}
	return group.Wait()
}

func (p *product) plan(op string, conns int, duration time.Duration) (load.Plan, error) {
	pl := load.Plan{Addr: p.addr}
	switch op {
	case "create":
		pl.Next = p.ask(&p.next, p.people.free).next
		return pl, nil
	case "cancel":
		pl.Next = func(_ int, buf []byte) []byte {
			m, ok := p.open.take()
			if !ok {
				return nil
			}
			return raw(buf, "POST", p.addr, em+"/assignmentRequests/"+m.id+"/cancel", p.tokens[m.by], "")
		}
		return pl, p.open.fill(p.addr, p.ask(&p.next, p.people.free), conns, duration)
	case "approve":
		return pl, p.planApprovals(&pl, conns, duration)
	case "get":
		if err := p.open.fill(p.addr, p.ask(&p.next, p.people.free), 1, time.Second); err != nil {
			return pl, err
		}
		all := p.open.drain()
		if len(all) == 0 {
			return pl, errors.New("all packages were asked for; more -users or -packages give room")
		}
		pl.Next = func(i int, buf []byte) []byte {
			m := all[i%len(all)]
			return raw(buf, "GET", p.addr, em+"/assignmentRequests/"+m.id, p.tokens[m.by], "")
		}
		return pl, nil
	case "page", "page90":
		path, err := p.pagePath(op)
		if err != nil {
			return pl, err
		}
		pl.Next = func(_ int, buf []byte) []byte { return raw(buf, "GET", p.addr, path, p.graph.token, "") }
		return pl, nil
	}
	return pl, fmt.Errorf("the product has no %s", op)
}

// ask makes requests for packages, each for a pair of a person and a package
// that nothing was asked for yet, until there is none left.
func (p *product) ask(next *atomic.Int64, packages []offered) asker {
	return func(buf []byte) (request []byte, by int) {
		n := int(next.Add(1) - 1)
		if n >= len(p.people.users)*len(packages) {
			return nil, 0
		}
		// Neighbours in time are different people, as in real life.
		user, pkg := n%len(p.people.users), packages[n/len(p.people.users)]
		return raw(buf, "POST", p.addr, em+"/assignmentRequests", p.tokens[user], creation(p.people.users[user], pkg.id, pkg.policy)), user
	}
}

// planApprovals makes requests that wait for approval and looks up the stages
// to decide.
func (p *product) planApprovals(pl *load.Plan, conns int, duration time.Duration) error {
	if err := p.open.fill(p.addr, p.ask(&p.asked, p.people.guarded), conns, duration); err != nil {
		return err
	}
	ctx := context.Background()
	// The breath before a request is taken up is over for all of them.
	if err := p.graph.call(ctx, "POST", "/_emulator/settle", nil, nil); err != nil {
		return err
	}
	all := p.open.drain()
	boss := &client{base: p.graph.base, token: p.boss} // approvals are for people
	paths := make([]string, len(all))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(8)
	for i, m := range all {
		group.Go(func() error {
			var approval struct {
				Stages []object `json:"stages"`
			}
			path := em + "/accessPackageAssignmentApprovals/" + m.id
			if err := boss.call(ctx, "GET", path, nil, &approval); err != nil {
				return err
			}
			if len(approval.Stages) == 0 {
				return fmt.Errorf("the approval of %s has no stages", m.id)
			}
			paths[i] = path + "/stages/" + approval.Stages[0].ID
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	var used atomic.Int64
	pl.Next = func(_ int, buf []byte) []byte {
		n := int(used.Add(1) - 1)
		if n >= len(paths) {
			return nil
		}
		return raw(buf, "PATCH", p.addr, paths[n], p.boss, `{"reviewResult":"Approve","justification":"fine"}`)
	}
	return nil
}

// pagePath is the path of a page of 100 delivered assignments with two
// expands: the first one, or one at 90 % of all rows.
func (p *product) pagePath(op string) (string, error) {
	options := url.Values{"$filter": {"state eq 'delivered'"}, "$expand": {"target,accessPackage"}, "$top": {"100"}}
	if op == "page90" {
		token, err := p.tokenAt(options.Get("$filter"), p.rows*9/10)
		if err != nil {
			return "", err
		}
		options.Set("$skiptoken", token)
	}
	return em + "/assignments?" + options.Encode(), nil
}

// tokenAt walks through the collection, in steps as long as allowed, and
// returns the $skiptoken after at least n rows.
func (p *product) tokenAt(filter string, n int) (string, error) {
	options := url.Values{"$filter": {filter}, "$top": {"999"}, "$select": {"id"}}
	path := em + "/assignments?" + options.Encode()
	for seen := 0; ; {
		var page struct {
			Next  string   `json:"@odata.nextLink"`
			Value []object `json:"value"`
		}
		if err := p.graph.call(context.Background(), "GET", path, nil, &page); err != nil {
			return "", err
		}
		seen += len(page.Value)
		next, err := url.Parse(page.Next)
		if err != nil {
			return "", err
		}
		if page.Next == "" {
			return "", fmt.Errorf("the list ends after %d rows, before %d", seen, n)
		}
		if seen >= n {
			return next.Query().Get("$skiptoken"), nil
		}
		path = next.RequestURI()
	}
}
