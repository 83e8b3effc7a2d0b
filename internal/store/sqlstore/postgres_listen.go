package sqlstore

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// channel is the name under which processes tell each other that something
// falls due. The payload names the sender and the instant.
const channel = "grantkeep_due"

const (
	tellAtMost = 50 * time.Millisecond // one notification stands for all commits in between
	reconnect  = time.Second
)

// announce has the other processes told soon. It is not part of the commit:
// a transaction with a NOTIFY in it takes a lock of the whole database until
// its end, so that commits would come one by one. What is lost when the
// process dies in between, the others find when they look by themselves.
func (d *postgresDB) announce(due time.Time) { d.herald.tell(due) }

// tell sends notifications, never more often than tellAtMost.
func (d *postgresDB) tell(ctx context.Context) {
	for {
		var due time.Time
		select {
		case due = <-d.herald.last:
		case <-ctx.Done():
			return
		}
		payload := d.self + " " + strconv.FormatInt(due.UnixMicro(), 10)
		if _, err := d.pool.Exec(ctx, "SELECT pg_notify($1, $2)", channel, payload); err != nil && ctx.Err() == nil {
			d.log.WarnContext(ctx, "other processes could not be told", "err", err)
		}
		if !sleep(ctx, tellAtMost) {
			return
		}
	}
}

// listen reports what other processes announce, on a connection of its own,
// which it opens again if it is lost. What was missed meanwhile is reported
// as one change.
func (d *postgresDB) listen(ctx context.Context, changed func(time.Time)) {
	for {
		err := d.listenOnce(ctx, changed)
		if ctx.Err() != nil {
			return
		}
		d.log.WarnContext(ctx, "notifications are interrupted", "err", err)
		if !sleep(ctx, reconnect) {
			return
		}
		changed(time.UnixMicro(1)) // whatever was missed: look at once
	}
}

func (d *postgresDB) listenOnce(ctx context.Context, changed func(time.Time)) error {
	c, err := pgx.ConnectConfig(ctx, d.pool.Config().ConnConfig)
	if err != nil {
		return err
	}
	defer func() {
		closing, cancel := context.WithTimeout(context.Background(), reconnect)
		defer cancel()
		if err := c.Close(closing); err != nil {
			d.log.WarnContext(ctx, "close", "err", err)
		}
	}()
	if _, err := c.Exec(ctx, "LISTEN "+channel); err != nil {
		return err
	}
	for {
		n, err := c.WaitForNotification(ctx)
		if err != nil {
			return err
		}
		sender, due, _ := strings.Cut(n.Payload, " ")
		at, err := strconv.ParseInt(due, 10, 64)
		if err != nil {
			at = 1 // an unknown instant: look at once
		}
		if sender != d.self {
			changed(time.UnixMicro(at).UTC())
		}
	}
}

// sleep reports whether ctx lasted longer.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
