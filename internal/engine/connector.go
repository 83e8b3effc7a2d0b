package engine

import (
	"context"

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
	// not be given for good, or nil; err stops everything and is retried.
	Give(ctx context.Context, tx store.Tx, grants []entitlement.Grant, why Why) (failed []error, err error)

	// Take takes the roles away; a role that is gone already is fine.
	Take(ctx context.Context, tx store.Tx, grants []entitlement.Grant, why Why) error
}

// Why makes the audit record of what a connector does for a grant.
type Why func(action audit.Action, g entitlement.Grant) audit.Record

// Connectors holds the connector of each origin system.
type Connectors map[entitlement.OriginSystem]Connector
