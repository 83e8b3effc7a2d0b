package wire

import (
	"fmt"
	"strings"
	"time"

	"github.com/grantkeep/grantkeep/internal/entitlement"
)

type customExtension = entitlement.CustomExtension

// oneOf is a complex value of one of several types, which '@odata.type' tells
// apart; null if there is none. A value that does not say is of the type
// usual, if there is one.
func oneOf[T, U any, K ~string](n Names, base string, types []*record[U], usual K, kind func(*U) *K, at func(*T) **U) property[T] {
	find := func(name string) *record[U] {
		for _, c := range types {
			if strings.EqualFold(c.name.either(), name) {
				return c
			}
		}
		return nil
	}
	var names []string
	for _, c := range types {
		names = append(names, "#microsoft.graph."+c.name.either())
	}
	return property[T]{
		names: n, types: typed(n, "graph."+base),
		put: func(b []byte, t *T, s *Shape) []byte {
			u := *at(t)
			if u == nil {
				return append(b, "null"...)
			}
			return find(string(*kind(u))).append(b, u, s)
		},
		set: func(r *reader, v *value, t *T) error {
			body, err := v.asObject()
			if err != nil {
				return err
			}
			name := typeOf(body)
			if name == "" {
				name = string(usual)
			}
			c := find(name)
			if c == nil {
				return wrong(fmt.Sprintf("must name its type by '@odata.type': %s", strings.Join(names, " or ")))
			}
			u := new(U)
			*kind(u) = K(c.name.either())
			if err := c.decode(r.inside(), body, u); err != nil {
				return err
			}
			*at(t) = u
			return nil
		},
		unset: func(t *T) { *at(t) = nil },
	}
}

// bound is a number that may be missing.
func bound[T any](n Names, at func(*T) **int) property[T] {
	return property[T]{
		names: n, types: typed(n, "Edm.Int32"),
		put: func(b []byte, t *T, _ *Shape) []byte {
			if v := *at(t); v != nil {
				return appendInt(b, *v)
			}
			return append(b, "null"...)
		},
		set: func(_ *reader, v *value, t *T) error {
			n, err := v.asInt()
			if err == nil {
				*at(t) = &n
			}
			return err
		},
		unset: func(t *T) { *at(t) = nil },
	}
}

type (
	endpoint       = entitlement.ExtensionEndpoint
	authentication = entitlement.ExtensionAuthentication
	client         = entitlement.ExtensionClient
	callback       = entitlement.ExtensionCallback
)

var endpointTypes = []*record[endpoint]{
	complexType(record[endpoint]{
		name: both(string(entitlement.HTTPEndpoint)), annotated: true,
		props: []property[endpoint]{text(both("targetUrl"), func(e *endpoint) *string { return &e.URL }).due()},
	}),
	complexType(record[endpoint]{
		name: both(string(entitlement.LogicAppEndpoint)), annotated: true,
		props: []property[endpoint]{
			text(both("subscriptionId"), func(e *endpoint) *string { return &e.Subscription }),
			text(both("resourceGroupName"), func(e *endpoint) *string { return &e.ResourceGroup }),
			text(both("logicAppWorkflowName"), func(e *endpoint) *string { return &e.Workflow }),
			text(both("url"), func(e *endpoint) *string { return &e.URL }),
		},
	}),
}

var authenticationTypes = []*record[authentication]{
	complexType(record[authentication]{name: both("azureAdPopTokenAuthentication"), annotated: true}),
	complexType(record[authentication]{
		name: both("azureAdTokenAuthentication"), annotated: true,
		props: []property[authentication]{text(both("resourceId"), func(a *authentication) *string { return &a.Resource })},
	}),
}

var clientType = complexType(record[client]{
	name: both("customExtensionClientConfiguration"),
	props: []property[client]{
		bound(both("maximumRetries"), func(c *client) **int { return &c.MaximumRetries }),
		bound(both("timeoutInMilliseconds"), func(c *client) **int { return &c.TimeoutMilliseconds }),
	},
})

var callbackTypes = []*record[callback]{callbackType(entitlement.PlainCallback), callbackType(entitlement.ApprovalCallback)}

// callbackType reads the time-out under the name of the schema and under
// that of the published samples, which beta shows too.
func callbackType(kind entitlement.CallbackKind) *record[callback] {
	timeOut := func(c *callback) *entitlement.Duration { return &c.TimeOut }
	return complexType(record[callback]{
		name: both(string(kind)), annotated: true,
		props: []property[callback]{
			duration(both("timeoutDuration"), timeOut),
			duration(onlyBeta("durationBeforeTimeout"), timeOut).ro(),
		},
		ignored: []string{"durationBeforeTimeout"},
		finish: func(_ *reader, body *value, c *callback) error {
			v := body.first("timeoutDuration", "durationBeforeTimeout")
			if v == nil {
				return nil
			}
			var err error
			c.TimeOut, err = v.asDuration()
			return explained(err, "timeoutDuration")
		},
	})
}

// declareExtensions declares the types of custom extensions and the abstract
// one that they derive from.
func (m *model) declareExtensions() {
	id := guid(both("id"), func(x *customExtension) *entitlement.ExtensionID { return &x.ID }).filter("id").ro()
	common := []property[customExtension]{
		id,
		plain(both("displayName"), func(x *customExtension) *string { return &x.DisplayName }).folded("displayName").due(),
		plain(both("description"), func(x *customExtension) *string { return &x.Description }).folded("description"),
		oneOf(both("endpointConfiguration"), "customExtensionEndpointConfiguration", endpointTypes, "",
			func(e *endpoint) *entitlement.EndpointKind { return &e.Kind }, func(x *customExtension) **endpoint { return &x.Endpoint }),
		oneOf(both("authenticationConfiguration"), "customExtensionAuthenticationConfiguration", authenticationTypes, "",
			func(a *authentication) *string { return &a.Kind }, func(x *customExtension) **authentication { return &x.Authentication }),
		optional(both("clientConfiguration"), clientType, func(x *customExtension) **client { return &x.Client }),
	}
	created := instant(both("createdDateTime"), func(x *customExtension) *time.Time { return &x.CreatedAt }).filter("createdAt").ro()
	modified := instant(both("lastModifiedDateTime"), func(x *customExtension) *time.Time { return &x.ModifiedAt }).filter("modifiedAt").ro()
	present := append(append([]property[customExtension]{}, common...),
		oneOf(both("callbackConfiguration"), "customExtensionCallbackConfiguration", callbackTypes, entitlement.PlainCallback,
			func(c *callback) *entitlement.CallbackKind { return &c.Kind }, func(x *customExtension) **callback { return &x.Callback }),
		created, modified,
		text(both("createdBy"), func(x *customExtension) *string { return &x.CreatedBy }).ro(),
		text(both("lastModifiedBy"), func(x *customExtension) *string { return &x.ModifiedBy }).ro(),
	)
	older := append(append([]property[customExtension]{}, common...), created, modified)
	declare := func(e *Entity[customExtension], kind entitlement.ExtensionKind, props []property[customExtension]) kindOf[customExtension] {
		*e = Entity[customExtension]{collection: "extensions", record: record[customExtension]{name: both(string(kind)), props: append([]property[customExtension]{}, props...)}}
		return kindOf[customExtension]{
			is: func(x *customExtension) bool { return x.Kind == kind }, become: func(x *customExtension) { x.Kind = kind }, entity: e.build(),
		}
	}
	*m.extension = Entity[customExtension]{
		collection: "extensions",
		record:     record[customExtension]{name: both("customCalloutExtension"), props: append([]property[customExtension]{}, common...)},
		kinds: []kindOf[customExtension]{
			declare(m.requestExtension, entitlement.RequestExtension, present),
			declare(m.assignmentExtension, entitlement.AssignmentExtension, present),
			declare(m.legacyExtension, entitlement.LegacyExtension, older),
		},
	}
	m.extension.build()
}

// extensionParts are the complex types inside custom extensions.
func extensionParts() (parts []typeInfo) {
	for _, t := range endpointTypes {
		parts = append(parts, t)
	}
	for _, t := range authenticationTypes {
		parts = append(parts, t)
	}
	for _, t := range callbackTypes {
		parts = append(parts, t)
	}
	return parts
}
