package engine

import (
	"context"
	"errors"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/store"
)

// Connector gives and takes roles in the system that owns the resources of
// one origin. Connectors that are called here work on our own database and
// so inside the transaction that decides; they take whole batches.
//
// It is declared here and not beside the runner because delivery to the
// built-in directory happens in the same transaction as the claim.
type Connector interface {
	// Holds reports for each grant whether its subject has the role already.
	Holds(ctx context.Context, tx store.Tx, grants []entitlement.Grant) ([]bool, error)

	// Give gives the roles. failed holds, for each grant, why that one could
	// not be given, or nil. What may pass is a fault.Unavailable and is tried
	// again; everything else is for good. err stops everything, and the whole
	// batch is run again.
	Give(ctx context.Context, tx store.Tx, grants []entitlement.Grant, why Why) (failed []error, err error)

	// Take takes the roles away; a role that is gone already is fine. failed
	// and err are as for Give.
	Take(ctx context.Context, tx store.Tx, grants []entitlement.Grant, why Why) (failed []error, err error)
}

// Why makes the audit record of what a connector does for a grant.
type Why func(action audit.Action, g entitlement.Grant) audit.Record

// Connectors holds the connector of each origin system.
type Connectors map[entitlement.OriginSystem]Connector

// noConnector stands for the connector of an origin system that has none.
type noConnector entitlement.OriginSystem

func (n noConnector) Holds(_ context.Context, _ store.Tx, grants []entitlement.Grant) ([]bool, error) {
	return make([]bool, len(grants)), nil
}

func (n noConnector) Give(_ context.Context, _ store.Tx, grants []entitlement.Grant, _ Why) ([]error, error) {
	return n.refuse(grants), nil
}

func (n noConnector) Take(_ context.Context, _ store.Tx, grants []entitlement.Grant, _ Why) ([]error, error) {
	return n.refuse(grants), nil
}

func (n noConnector) refuse(grants []entitlement.Grant) []error {
	failed := make([]error, len(grants))
	for i := range failed {
		failed[i] = errors.New("no connector serves the origin system " + string(n))
	}
	return failed
}
