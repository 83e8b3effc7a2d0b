package engine

import (
	"context"

	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/store"
)

// tell notes what is to be told of changes, in the same transaction. The
// messages are written later (message_write.go), and the custom extensions
// that the changes call are called later (callout_send.go).
func (e *Engine) tell(ctx context.Context, tx store.Tx, changes ...entitlement.Change) error {
	for _, c := range changes {
		if err := putNotices(ctx, tx, c.Notices(e.newID)); err != nil {
			return err
		}
		if err := putErrands(ctx, tx, c.Errands()); err != nil {
			return err
		}
	}
	return nil
}

func putNotices(ctx context.Context, tx store.Tx, all []entitlement.Notice) error {
	for _, n := range all {
		if err := tx.PutNotice(ctx, n); err != nil {
			return err
		}
	}
	return nil
}

func putErrands(ctx context.Context, tx store.Tx, all []entitlement.Errand) error {
	for _, e := range all {
		if err := tx.PutErrand(ctx, e); err != nil {
			return err
		}
	}
	return nil
}
