package main

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/grantkeep/grantkeep/bench/load"
)

// endings is how many assignments end one after the other.
const endings = 100

// lateness measures how long after its instant an assignment has ended, seen
// from outside, while nothing else happens.
func (p *product) lateness(ctx context.Context, db string) error {
	begin := time.Now().Add(10 * time.Second).UTC().Truncate(time.Second)
	ends := map[string]time.Time{} // by person
	for i, user := range p.people.users[:endings] {
		ends[user] = begin.Add(time.Duration(i) * 50 * time.Millisecond)
	}
	tasks, all := errgroup.WithContext(ctx)
	tasks.SetLimit(8)
	for user, end := range ends {
		tasks.Go(func() error {
			return p.graph.call(all, "POST", em+"/assignmentRequests", fields{
				"requestType": "adminAdd",
				"assignment":  fields{"targetId": user, "accessPackageId": p.people.free[0].id, "assignmentPolicyId": p.people.free[0].policy},
				"schedule":    fields{"expiration": fields{"type": "afterDateTime", "endDateTime": end.Format(time.RFC3339Nano)}},
			}, nil)
		})
	}
	if err := tasks.Wait(); err != nil {
		return err
	}
	if _, err := p.until(ctx, time.Until(begin), func() (bool, error) {
		n, err := p.delivered(ctx, "")
		return n == endings, err
	}); err != nil {
		return err
	}
	var late []time.Duration
	for len(ends) > 0 && time.Since(begin) < time.Minute {
		held, err := p.holders(ctx)
		if err != nil {
			return err
		}
		now := time.Now()
		for user, end := range ends {
			if !slices.Contains(held, user) {
				late = append(late, now.Sub(end))
				delete(ends, user)
			}
		}
		time.Sleep(2 * time.Millisecond)
	}
	if len(ends) > 0 {
		return fmt.Errorf("%d assignments did not end within a minute", len(ends))
	}
	p50, p99 := load.Quantile(late, 0.50), load.Quantile(late, 0.99)
	fmt.Printf("\n%s: an assignment ends late by p50 %s, p99 %s, target %s\n", db, short(p50), short(p99), reached("≤ 1s", p99 <= time.Second))
	return nil
}

// holders are the people with a delivered assignment, up to 999.
func (p *product) holders(ctx context.Context) ([]string, error) {
	var list struct {
		Value []struct {
			Target struct {
				ObjectID string `json:"objectId"`
			} `json:"target"`
		} `json:"value"`
	}
	query := url.Values{"$filter": {"state eq 'delivered'"}, "$expand": {"target"}, "$top": {"999"}}
	err := p.graph.call(ctx, "GET", em+"/assignments?"+query.Encode(), nil, &list)
	out := make([]string, 0, len(list.Value))
	for _, a := range list.Value {
		out = append(out, a.Target.ObjectID)
	}
	return out, err
}

// delivered counts the assignments that a person still has, or everybody if
// target is empty.
func (p *product) delivered(ctx context.Context, target string) (int, error) {
	filter := "state eq 'delivered'"
	if target != "" {
		filter = "target/objectId eq '" + target + "' and " + filter
	}
	var list struct {
		Count int `json:"@odata.count"`
	}
	query := url.Values{"$filter": {filter}, "$top": {"1"}, "$count": {"true"}}
	err := p.graph.call(ctx, "GET", em+"/assignments?"+query.Encode(), nil, &list)
	return list.Count, err
}

// rollout measures how long it takes until an automatic policy has given n
// people access, and then until the change of one person's attribute shows.
func (p *product) rollout(ctx context.Context, db string, n int) error {
	rule := `user.displayName -startsWith "target"`
	var policy object
	if err := p.graph.call(ctx, "POST", em+"/assignmentPolicies", fields{
		"displayName": "Automatic", "description": "", "accessPackage": fields{"id": p.people.guarded[0].id},
		"allowedTargetScope":       "specificDirectoryUsers",
		"specificAllowedTargets":   []fields{{"@odata.type": "#microsoft.graph.attributeRuleMembers", "membershipRule": rule}},
		"automaticRequestSettings": fields{"requestAccessForAllowedTargets": true, "removeAccessWhenTargetLeavesAllowedTargets": true, "gracePeriodBeforeAccessRemoval": "P0D"},
	}, &policy); err != nil {
		return err
	}
	path := em + "/assignmentPolicies/" + policy.ID
	planned, err := p.until(ctx, 10*time.Minute, func() (bool, error) {
		var change struct{ State string }
		err := p.graph.call(ctx, "GET", path+"/grantkeep.pendingChange", nil, &change)
		return change.State == "waiting", err
	})
	if err != nil {
		return fmt.Errorf("the guard did not hold the change back: %w", err)
	}
	if err := p.graph.call(ctx, "POST", path+"/grantkeep.confirmChange", nil, nil); err != nil {
		return err
	}
	given, err := p.until(ctx, time.Hour, func() (bool, error) {
		got, err := p.delivered(ctx, "")
		return got >= n, err
	})
	if err != nil {
		return err
	}
	usage, err := p.usage()
	if err != nil {
		return err
	}
	fmt.Printf("\n%s: %d automatic assignments in %s, and %s before that to count them for the guard; target %s; %s\n", db, n,
		short(given), short(planned), reached("≤ 15m", given+planned <= 15*time.Minute), megabytes(usage.RSS))

	user := p.people.users[0]
	if err := p.graph.call(ctx, "PATCH", "/v1.0/users/"+user, fields{"displayName": "target, too"}, nil); err != nil {
		return err
	}
	joined, err := p.until(ctx, time.Minute, func() (bool, error) {
		got, err := p.delivered(ctx, user)
		return got == 1, err
	})
	if err != nil {
		return err
	}
	if err := p.graph.call(ctx, "PATCH", "/v1.0/users/"+user, fields{"displayName": "somebody else"}, nil); err != nil {
		return err
	}
	left, err := p.until(ctx, time.Minute, func() (bool, error) {
		got, err := p.delivered(ctx, user)
		return got == 0, err
	})
	if err != nil {
		return err
	}
	fmt.Printf("%s: a changed attribute gives access after %s and takes it after %s, target %s\n", db, short(joined), short(left),
		reached("≤ 5s", max(joined, left) <= 5*time.Second))
	return nil
}

// until asks again and again until something is so, and returns how long that
// took.
func (p *product) until(ctx context.Context, most time.Duration, so func() (bool, error)) (time.Duration, error) {
	begin := time.Now()
	for pause := 2 * time.Millisecond; ; pause = min(2*pause, time.Second) {
		ok, err := so()
		if err != nil && !strings.Contains(err.Error(), "404") {
			return 0, err
		}
		took := time.Since(begin)
		switch {
		case ok:
			return took, nil
		case took > most:
			return 0, fmt.Errorf("not within %s", most)
		case ctx.Err() != nil:
			return 0, ctx.Err()
		}
		time.Sleep(pause)
	}
}
