package graphapi

import "github.com/grantkeep/grantkeep/internal/graphapi/wire"

// leastPercent is how much of what is published is served at least.
var leastPercent = map[wire.Version]float64{wire.V1: 99, wire.Beta: 98}

// Reasons that stand for several things.
const (
	noCredentials  = "will not: nobody can present a credential here, so none is ever retrieved or verified"
	noOrchestrator = "will not: only its permissions are published, and no schema"
)

// notServed says why something published is missing: a type, a member of it,
// an action or a function bound to it, or an operation. An entry covers what
// is inside, and both versions unless it begins with one.
var notServed = map[string]string{
	"beta unifiedRbacResourceNamespace/importResourceActions": "will not: the actions are those of the roles, which are built in",

	"verifiableCredentialRetrieved": noCredentials,
	"verifiableCredentialVerified":  noCredentials,

	"EM/accessOrchestratorRequests": noOrchestrator,
}
