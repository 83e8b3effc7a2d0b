package sqlstore

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// channel is the name under which processes tell each other that something
// is due. The payload names the sender.
const channel = "grantkeep_due"

const (
	tellAtMost = 50 * time.Millisecond // one notification stands for all commits in between
	reconnect  = time.Second
)

// announce has the other processes told soon. It is not part of the commit:
// a transaction with a NOTIFY in it takes a lock of the whole database until
// its end, so that commits would come one by one. What is lost when the
// process dies in between, the others find when they look by themselves.
func (d *postgresDB) announce() {
	select {
	case d.herald <- struct{}{}:
	default: // one that is under way stands for both
	}
}

// tell sends notifications, never more often than tellAtMost.
func (d *postgresDB) tell(ctx context.Context) {
	for {
		select {
		case <-d.herald:
		case <-ctx.Done():
			return
		}
		if _, err := d.pool.Exec(ctx, "SELECT pg_notify($1, $2)", channel, d.self); err != nil && ctx.Err() == nil {
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
func (d *postgresDB) listen(ctx context.Context, changed func()) {
	for {
		err := d.listenOnce(ctx, changed)
		if ctx.Err() != nil {
			return
		}
		d.log.WarnContext(ctx, "notifications are interrupted", "err", err)
		if !sleep(ctx, reconnect) {
			return
		}
		changed()
	}
}

func (d *postgresDB) listenOnce(ctx context.Context, changed func()) error {
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
		if n.Payload != d.self {
			changed()
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
