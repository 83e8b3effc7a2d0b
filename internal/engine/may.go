package engine

import (
	"context"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/store"
)

// May returns nil if the caller may do one of the things at all, to whatever
// object, and else fault.Forbidden with the refusal of the last of them. What
// people may do for themselves needs nothing but the scope. It is for those
// who have to refuse a call before there is anything to decide about.
func (e *Engine) May(ctx context.Context, who authz.Caller, actions ...authz.Action) error {
	return e.store.Read(ctx, who.Tenant, func(r store.Reader) error {
		var err error
		for _, a := range actions {
			if authz.ForOneself(a) && !who.AppOnly() {
				err = authz.Token(who, a)
			} else {
				_, err = e.listReach(ctx, r, who, a)
			}
			if err == nil {
				return nil
			}
		}
		return err
	})
}
