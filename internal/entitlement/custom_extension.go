package entitlement

import (
	"slices"
	"time"

	"github.com/grantkeep/grantkeep/internal/fault"
)

// ExtensionKind is the type of a custom extension, in the published spelling.
type ExtensionKind string

// The kinds of custom extensions. Beta's older kind fits every stage and
// never holds anything up.
const (
	RequestExtension    ExtensionKind = "accessPackageAssignmentRequestWorkflowExtension"
	AssignmentExtension ExtensionKind = "accessPackageAssignmentWorkflowExtension"
	LegacyExtension     ExtensionKind = "customAccessPackageWorkflowExtension"
)

// CalloutStage is a moment in the life of a request or an assignment at which
// custom extensions are called, in the published spelling.
type CalloutStage string

// The published stages.
const (
	AtCreation     CalloutStage = "assignmentRequestCreated"
	AtApproval     CalloutStage = "assignmentRequestApproved"
	AtGrant        CalloutStage = "assignmentRequestGranted"
	AtRemoval      CalloutStage = "assignmentRequestRemoved"
	TwoWeeksBefore CalloutStage = "assignmentFourteenDaysBeforeExpiration"
	OneDayBefore   CalloutStage = "assignmentOneDayBeforeExpiration"
)

// CalloutStages returns every stage, in the order of a life.
func CalloutStages() []CalloutStage {
	return []CalloutStage{AtCreation, AtApproval, AtGrant, AtRemoval, TwoWeeksBefore, OneDayBefore}
}

// OfRequest reports whether the stage is one of a request; the others are of
// an assignment that is about to end.
func (s CalloutStage) OfRequest() bool {
	return s == AtCreation || s == AtApproval || s == AtGrant || s == AtRemoval
}

// CustomExtension is something outside that a catalog's policies call while
// requests and assignments go their way.
type CustomExtension struct {
	ID      ExtensionID
	Version int64
	Catalog CatalogID
	Kind    ExtensionKind

	DisplayName    string
	Description    string
	Endpoint       *ExtensionEndpoint
	Authentication *ExtensionAuthentication
	Client         *ExtensionClient
	Callback       *ExtensionCallback // set: launch and wait
	Stamp
}

// ExtensionRef names a custom extension of a catalog.
type ExtensionRef struct {
	Catalog CatalogID
	ID      ExtensionID
	Kind    ExtensionKind // empty: of any kind
}

// Means reports whether the extension is the one that is named.
func (r ExtensionRef) Means(x CustomExtension) bool {
	return x.ID == r.ID && x.Catalog == r.Catalog && (r.Kind == "" || x.Kind == r.Kind)
}

// EndpointKind is the type of an endpoint, in the published spelling.
type EndpointKind string

// The published endpoints.
const (
	HTTPEndpoint     EndpointKind = "httpRequestEndpoint"
	LogicAppEndpoint EndpointKind = "logicAppTriggerEndpointConfiguration"
)

// ExtensionEndpoint is where an extension is called.
type ExtensionEndpoint struct {
	Kind                                  EndpointKind
	URL                                   string
	Subscription, ResourceGroup, Workflow string // of a logic app
}

// ExtensionAuthentication is how calls prove where they come from; Kind is
// the published type.
type ExtensionAuthentication struct {
	Kind     string
	Resource string
}

// ExtensionClient bounds calls; nil leaves a bound to us.
type ExtensionClient struct {
	MaximumRetries, TimeoutMilliseconds *int
}

// CallbackKind is the type of a callback, in the published spelling.
type CallbackKind string

// The published callbacks. The second one brings the approvers of a dynamic
// stage.
const (
	PlainCallback    CallbackKind = "customExtensionCallbackConfiguration"
	ApprovalCallback CallbackKind = "accessPackageRequestApprovalStageCallbackConfiguration"
)

// ExtensionCallback says that a request waits for an answer, and how long.
type ExtensionCallback struct {
	Kind    CallbackKind
	TimeOut Duration
}

// Bounds of how long a request waits (policies.md section 10).
const (
	minCallback = 5 * time.Minute
	maxCallback = 14 * 24 * time.Hour
)

// Waits reports whether a request waits for the extension's answer.
func (x CustomExtension) Waits() bool { return x.Kind == RequestExtension && x.Callback != nil }

// Check reports what is wrong with the extension's own properties, as a
// fault.Invalid.
func (x CustomExtension) Check() error {
	if err := checkNames(x.DisplayName, x.Description, ""); err != nil {
		return err
	}
	if err := x.checkEndpoint(); err != nil {
		return err
	}
	if c := x.Client; c != nil {
		if c.MaximumRetries != nil && *c.MaximumRetries < 0 || c.TimeoutMilliseconds != nil && *c.TimeoutMilliseconds < 0 {
			return fault.New(fault.Invalid, "InvalidModel", "maximumRetries and timeoutInMilliseconds must not be negative.").At("clientConfiguration")
		}
	}
	if x.Callback == nil {
		return nil
	}
	if wait := x.Callback.TimeOut.Length(); wait < minCallback || wait > maxCallback {
		return fault.New(fault.Invalid, "InvalidModel",
			"timeoutDuration is required and must be between five minutes and fourteen days.").At("callbackConfiguration/timeoutDuration")
	}
	return nil
}

func (x CustomExtension) checkEndpoint() error {
	if x.Endpoint == nil {
		return fault.New(fault.Invalid, "InvalidModel", "endpointConfiguration is required: it says what to call.").At("endpointConfiguration")
	}
	return x.Endpoint.check("endpointConfiguration")
}

// check wants an address. That of a logic app may be left out, as clients do
// that let Azure look it up; it cannot be called then.
func (e ExtensionEndpoint) check(at string) error {
	name := "targetUrl"
	if e.Kind == LogicAppEndpoint {
		if name = "url"; e.URL == "" {
			return nil
		}
	}
	if err := CheckAddress(e.URL); err != nil {
		return fault.New(fault.Invalid, "InvalidModel", "%s %v.", name, err).At(at + "/" + name)
	}
	return nil
}

// CheckEdit reports whether the extension may become after: its type stays,
// and it still fits wherever the policies call it.
func (x CustomExtension) CheckEdit(after CustomExtension, callers []Policy) error {
	if after.Kind != x.Kind {
		return fault.New(fault.Invalid, "InvalidModel", "The extension %q is a %s and stays one; make another one.", x.DisplayName, x.Kind).At("@odata.type")
	}
	if err := after.Check(); err != nil {
		return err
	}
	for _, p := range callers {
		if err := p.checkCalls(after); err != nil {
			return err
		}
	}
	return nil
}

// CheckDelete reports whether the extension may go: no policy may call it.
func (x CustomExtension) CheckDelete(callers []Policy) error {
	if len(callers) == 0 {
		return nil
	}
	return fault.New(fault.Invalid, "CustomExtensionInUse",
		"The extension %q can not be deleted because the policy %q (%s) calls it. Take it out of the policy first.",
		x.DisplayName, callers[0].DisplayName, callers[0].ID)
}

// CalledExtensions returns the custom extensions that the policy calls, each once.
func (p Policy) CalledExtensions() []ExtensionID {
	var ids []ExtensionID
	add := func(id ExtensionID) {
		if id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	for _, s := range p.ExtensionStages {
		add(s.Extension)
	}
	for _, s := range p.Approval.Stages {
		add(s.Extension)
	}
	return ids
}

// CheckCalls reports the first custom extension that the policy cannot call
// as it says, as a fault.Invalid "InvalidExtensionStage": it is not in the
// catalog of the package, or it does not fit the stage.
func (p Policy) CheckCalls(found map[ExtensionID]CustomExtension) error {
	for _, id := range p.CalledExtensions() {
		x, ok := found[id]
		if !ok || x.Catalog != p.Catalog {
			return badStage("The catalog of the access package has no custom extension %s.", id)
		}
		if err := p.checkCalls(x); err != nil {
			return err
		}
	}
	return nil
}

// checkCalls checks every call of one extension.
func (p Policy) checkCalls(x CustomExtension) error {
	for _, s := range p.ExtensionStages {
		if s.Extension != x.ID {
			continue
		}
		switch {
		case s.Legacy && x.Kind != LegacyExtension:
			return badStage("The type of extension %q is %s; customExtensionHandlers call those of type %s only. Put it into customExtensionStageSettings.",
				x.DisplayName, x.Kind, LegacyExtension).At("customExtensionHandlers")
		case x.Kind == RequestExtension && !s.Stage.OfRequest(), x.Kind == AssignmentExtension && s.Stage.OfRequest():
			return badStage("The extension %q is a %s, which cannot be called at %s.", x.DisplayName, x.Kind, s.Stage)
		case p.Emergency != nil && x.Waits() && (s.Stage == AtCreation || s.Stage == AtApproval):
			return badStage("The extension %q makes requests wait for its callback at %s, and a policy for emergencies gives access at once. "+
				"Take its callbackConfiguration away, call it at %s, or take @grantkeep.emergency out of the policy.", x.DisplayName, s.Stage, AtGrant)
		case x.Callback != nil && !s.Stage.OfRequest():
			return badStage("The extension %q waits for a callback, but at %s nothing can wait; take its callbackConfiguration away.", x.DisplayName, s.Stage)
		}
	}
	for _, s := range p.Approval.Stages {
		if s.Extension == x.ID && (!x.Waits() || x.Callback.Kind != ApprovalCallback) {
			return badStage("The extension %q cannot name the approvers of a dynamic stage; its callbackConfiguration must be an %s.", x.DisplayName, ApprovalCallback).
				At("requestApprovalSettings")
		}
	}
	return nil
}

func badStage(format string, args ...any) *fault.Error {
	return fault.New(fault.Invalid, "InvalidExtensionStage", format, args...).At("customExtensionStageSettings")
}
