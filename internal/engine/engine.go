// Package engine holds the use cases, one file each, always in the same
// order: authorize, decide, commit, inside one transaction.
//
// It knows the core, the store's contract and the clock; it does not know
// HTTP, SQL or versions of the API.
package engine

import (
	"context"
	"time"

	"github.com/grantkeep/grantkeep/internal/clock"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/store"
)

// Settings are the rules that an operator may change.
type Settings struct {
	// DeliveryDelay is how long a request is left alone before it is
	// processed; until then it can be withdrawn without a trace.
	DeliveryDelay time.Duration

	// CancelStrictBody asks people who are not administrators for the
	// documented body of cancel (requests.md section 10).
	CancelStrictBody bool

	// CancelAllowAppPermission lets an application cancel with the
	// application permission alone, without a role.
	CancelAllowAppPermission bool

	// CancelAllowWaiting lets a request be canceled that waits for a custom
	// extension, as long as access is not given.
	CancelAllowWaiting bool

	// AlwaysHonorApproval makes every direct assignment wait for approval if
	// the policy asks for it (requests.md section 6.3).
	AlwaysHonorApproval bool

	// AdminAddOverridesIncompatibility lets direct assignments combine what
	// must not be combined (requests.md section 6.4).
	AdminAddOverridesIncompatibility bool

	// MaxStages is the most approval stages a policy may have.
	MaxStages int

	// SkipRepeatedApprover approves a stage at once if somebody who could
	// decide it has approved an earlier one (approvals.md section 5).
	SkipRepeatedApprover bool

	// OnBehalfManagerAutoApproves approves a stage at once if its only
	// approver is the manager who asked for the target (approvals.md
	// section 5). Otherwise such a stage goes to its fallbacks.
	OnBehalfManagerAutoApproves bool

	// ApproversHidden keeps targets and requestors from seeing who decided,
	// where the policy leaves it to the tenant.
	ApproversHidden bool

	// Guard holds back changes of automatic policies that touch too many
	// people. MaxAutomatic is the most people whom one of them may give
	// access; 0 for any number.
	Guard        entitlement.Guard
	MaxAutomatic int

	// MaxRecipients is the most people who get the message of one event.
	MaxRecipients int

	// SubscribersOnLoopback lets those who subscribe to changes be told at
	// addresses of this machine, without encryption.
	SubscribersOnLoopback bool

	// DirectoryReadOnly refuses calls that would change users, groups and
	// applications. What is delivered to groups is no such call.
	DirectoryReadOnly bool

	// Partners are the other organizations whose domains are known.
	Partners entitlement.Partners

	// GuestDomains are the domains in which guests get their user principal
	// names, by tenant.
	GuestDomains map[directory.TenantID]string
}

// Engine runs the use cases. It is safe for concurrent use.
type Engine struct {
	store      store.Store
	clock      clock.Clock
	newID      func() string
	connectors Connectors
	settings   Settings
}

// New returns an engine. newID makes GUIDs that rise with time.
func New(db store.Store, clk clock.Clock, newID func() string, connectors Connectors, settings Settings) *Engine {
	return &Engine{store: db, clock: clk, newID: newID, connectors: connectors, settings: settings}
}

type traceKey struct{}

// Trace names the HTTP request behind a use case, for the audit log.
type Trace struct {
	RequestID, ClientRequestID string
}

// WithTrace returns a context that carries the trace.
func WithTrace(ctx context.Context, t Trace) context.Context {
	return context.WithValue(ctx, traceKey{}, t)
}

func traceOf(ctx context.Context) Trace {
	t, _ := ctx.Value(traceKey{}).(Trace)
	return t
}
