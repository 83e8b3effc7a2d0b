package wire

import (
	"strings"

	"github.com/grantkeep/grantkeep/internal/entitlement"
)

type callout = entitlement.Callout

// calloutType is a call of a custom extension that was made. What the
// endpoint calls it is not known: nothing is sent yet.
var calloutType = complexType(record[callout]{
	name: both("customExtensionCalloutInstance"),
	props: []property[callout]{
		text(both("id"), func(c *callout) *string { return &c.ID }),
		text(both("customExtensionId"), func(c *callout) *entitlement.ExtensionID { return &c.Extension }),
		fixed[callout](both("externalCorrelationId"), "Edm.String", "null"),
		text(both("detail"), func(c *callout) *string { return &c.Detail }),
		choice(both("status"), alike(both("customExtensionCalloutInstanceStatus"),
			entitlement.CalloutSent, entitlement.CalloutAnswered, entitlement.CalloutFailed, entitlement.CalloutMissed, entitlement.CalloutWaiting),
			func(c *callout) *entitlement.CalloutStatus { return &c.Status }),
	},
})

// handlerType is the same in the older words of beta.
var handlerType = complexType(record[callout]{
	name: onlyBeta("customExtensionHandlerInstance"),
	props: []property[callout]{
		text(both("customExtensionId"), func(c *callout) *entitlement.ExtensionID { return &c.Extension }),
		fixed[callout](both("externalCorrelationId"), "Edm.String", "null"),
		choice(both("stage"), extensionStages(), func(c *callout) *entitlement.CalloutStage { return &c.Stage }),
		derivedChoice(both("status"), alike(both("accessPackageCustomExtensionHandlerStatus"), "requestSent", "requestReceived"), handlerStatus, nil),
	},
})

func handlerStatus(c *callout) string {
	if c.Status == entitlement.CalloutAnswered {
		return "requestReceived"
	}
	return "requestSent"
}

func calloutInstances[T any](at func(*T) *[]callout) property[T] {
	return objects(both("customExtensionCalloutInstances"), calloutType, at).ro()
}

// handlerInstances are the callouts that the older settings of a policy made.
func handlerInstances[T any](of func(*T) []callout) property[T] {
	p := shown(onlyBeta("customExtensionHandlerInstances"), "Collection(graph.customExtensionHandlerInstance)", func(b []byte, t *T, s *Shape) []byte {
		older := []callout{}
		for _, c := range of(t) {
			if c.Legacy {
				older = append(older, c)
			}
		}
		return appendEach(b, older, func(b []byte, c *callout) []byte { return handlerType.append(b, c, s) })
	})
	p.parts = handlerType
	return p
}

// calloutRequest is what the endpoint of an extension is sent, by package
// callout. It is declared for those who write endpoints.
var calloutRequest = complexType(record[callout]{
	name: both("customExtensionCalloutRequest"),
	props: []property[callout]{
		{names: both("type"), types: both("Edm.String")},
		{names: both("source"), types: both("Edm.String")},
		{names: both("data"), types: both("graph.customExtensionData")},
	},
})

// callbackStage begins the type of a callback; the stage follows.
const callbackStage = "microsoft.graph.accessPackageCustomExtensionStage."

// answer is a callback on its way in.
type answer struct {
	entitlement.Callback
	typed entitlement.CalloutStage // the stage that the type names
}

var callbackBody = complexType(record[answer]{
	name: both("resume"),
	props: []property[answer]{
		plain(both("source"), func(a *answer) *string { return &a.Source }),
		{names: both("type"), set: func(r *reader, v *value, a *answer) error {
			s, err := v.asText()
			if err != nil {
				return err
			}
			s = strings.TrimPrefix(s, "#")
			if len(s) < len(callbackStage) || !strings.EqualFold(s[:len(callbackStage)], callbackStage) {
				return wrong("must be " + callbackStage + " with a stage behind it, not “" + shorten(s) + "”")
			}
			stage, err := extensionStages().read(r, &value{kind: isString, text: s[len(callbackStage):]})
			a.typed = entitlement.CalloutStage(stage)
			return err
		}},
		{names: both("data"), required: true, set: readCallbackData},
	},
	finish: func(_ *reader, _ *value, a *answer) error {
		a.Instance = strings.ToLower(a.Instance)
		if a.typed != "" && a.Stage != "" && a.typed != a.Stage {
			return invalidModel("type names the stage %s and data.stage %s; they must agree.", a.typed, a.Stage).At("data/stage")
		}
		if a.Stage == "" {
			a.Stage = a.typed
		}
		return nil
	},
})

func callbackProperties() []property[answer] {
	return []property[answer]{
		choice(both("stage"), extensionStages(), func(a *answer) *entitlement.CalloutStage { return &a.Stage }),
		plain(both("customExtensionStageInstanceId"), func(a *answer) *string { return &a.Instance }).due(),
		plain(both("customExtensionStageInstanceDetail"), func(a *answer) *string { return &a.Detail }),
		choice(both("state"), callbackStates(), func(a *answer) *entitlement.CallbackState { return &a.State }),
	}
}

// callbackStates are the words of an answer that lets nothing go on.
func callbackStates() *vocabulary {
	d := alike(Names{}, entitlement.CallbackDenied, entitlement.CallbackCanceled)
	d.lookup(string(entitlement.CallbackCanceled)).also = []string{"cancelled"}
	return d
}

var callbackData = complexType(record[answer]{name: both("accessPackageAssignmentRequestCallbackData"), props: callbackProperties()})

// approvalCallbackData also brings a stage of approval, which has the shape
// of v1.0 in beta too.
var approvalCallbackData = complexType(record[answer]{
	name: onlyV1("assignmentRequestApprovalStageCallbackData"),
	props: append(callbackProperties(), property[answer]{
		names: both("approvalStage"), types: onlyV1("graph.accessPackageApprovalStage"), set: func(r *reader, v *value, a *answer) error {
			body, err := v.asObject()
			if err != nil {
				return err
			}
			a.Approval = new(stageOfPolicy)
			return stageSettings.decode(&reader{v: V1, mode: Create, lenient: r.lenient}, body, a.Approval)
		},
	}),
})

func readCallbackData(r *reader, v *value, a *answer) error {
	body, err := v.asObject()
	if err != nil {
		return err
	}
	for _, c := range []*record[answer]{callbackData, approvalCallbackData} {
		if name := typeOf(body); strings.EqualFold(name, c.name.V1) || name == "" {
			return c.decode(r.inside(), body, a)
		}
	}
	return wrong("must be of the type #microsoft.graph." + callbackData.name.V1 + " or #microsoft.graph." + approvalCallbackData.name.V1 +
		", as its '@odata.type' says")
}

// DecodeCallback reads the body of resume.
func DecodeCallback(body []byte, v Version, o DecodeOptions) (entitlement.Callback, error) {
	parsed, err := parse(body)
	if err != nil {
		return entitlement.Callback{}, err
	}
	var a answer
	err = callbackBody.decode(&reader{v: v, mode: Create, lenient: o.Lenient}, parsed, &a)
	return a.Callback, err
}
