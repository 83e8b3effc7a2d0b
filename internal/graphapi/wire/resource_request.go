package wire

import (
	"strings"
	"time"

	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/query"
)

func (m *model) declareResourceRequest() {
	type request = entitlement.ResourceRequestView
	*m.resourceRequest = Entity[request]{
		collection: "resourceRequests",
		record: record[request]{
			name: both("accessPackageResourceRequest"),
			props: []property[request]{
				text(both("id"), func(r *request) *string { return &r.ID }).filter("id").ro(),
				resourceRequestCatalog(),
				resourceRequestKind(),
				fixed[request](onlyV1("state"), "graph.accessPackageRequestState", `"delivered"`),
				fixed[request](onlyBeta("requestState"), "Edm.String", `"Delivered"`),
				fixed[request](onlyBeta("requestStatus"), "Edm.String", `"Fulfilled"`),
				instant(onlyV1("createdDateTime"), func(r *request) *time.Time { return &r.CreatedAt }).filter("createdAt").ro(),
				flag(onlyBeta("isValidationOnly"), func(r *request) *bool { return &r.ValidationOnly }),
				plain(onlyBeta("justification"), func(r *request) *string { return &r.Justification }),
				fixed[request](onlyBeta("executeImmediately"), "Edm.Boolean", "true"),
				fixed[request](onlyBeta("expirationDateTime"), "Edm.DateTimeOffset", "null"),
			},
			input: []input[request]{
				{names: []string{"catalogId"}, set: takeGUID(setResourceRequestCatalog)},
				{names: []string{"catalog", "accessPackageCatalog", "catalog@odata.bind"}, set: takeReference(setResourceRequestCatalog)},
				{names: []string{"resource", "accessPackageResource"}, set: takeResource},
				{names: []string{"isValidationOnly"}, set: func(_ *reader, v *value, r *request) (err error) {
					r.ValidationOnly, err = v.asBool()
					return err
				}},
				{names: []string{"justification"}, set: func(_ *reader, v *value, r *request) (err error) {
					r.Justification, err = v.asText()
					return err
				}},
			},
			ignored: []string{"executeImmediately", "requestor", "history"},
			finish: func(r *reader, _ *value, req *request) error {
				const name = "accessPackageResourceRequest"
				if req.Catalog == "" {
					return missing(r, name, renamed("catalog", "catalogId"))
				}
				if req.Resource.ID == "" && (req.Resource.OriginID == "" || req.Resource.OriginSystem == "") {
					return invalidModel("The resource must be named by its id, or by originSystem and originId.").
						At(renamed("resource", "accessPackageResource").In(r.v))
				}
				return nil
			},
		},
		navs: []navigation[request]{
			one(renamed("resource", "accessPackageResource"), "", m.resource, func(r *request) *resourceView {
				return &resourceView{Resource: r.Resource}
			}),
			one(onlyV1("catalog"), "catalog", m.catalog, func(r *request) *catalogView { return r.InCatalog }),
			one(onlyBeta("requestor"), "requestor", m.subject, func(r *request) *entitlement.Subject { return r.RequestedBy }),
		},
		paths: []property[request]{
			path(onlyV1("catalog/id"), "catalog", guidLiteral, func(r *request) query.Value { return textValue(r.Catalog) }),
		},
	}
	m.resourceRequest.build()
}

func setResourceRequestCatalog(r *entitlement.ResourceRequestView, id string) error {
	if r.Catalog != "" && string(r.Catalog) != id {
		return wrong("names another catalog than the rest of the body")
	}
	r.Catalog = entitlement.CatalogID(id)
	return nil
}

func resourceRequestCatalog() property[entitlement.ResourceRequestView] {
	p := guid(onlyBeta("catalogId"), func(r *entitlement.ResourceRequestView) *entitlement.CatalogID { return &r.Catalog }).filter("catalog")
	p.set, p.unset = takeGUID(setResourceRequestCatalog), nil
	return p
}

// resourceRequestKind is refused in the words of the service it stands for,
// which clients match.
func resourceRequestKind() property[entitlement.ResourceRequestView] {
	kinds := cased(onlyV1("accessPackageRequestType"), entitlement.AdminAdd, entitlement.AdminUpdate, entitlement.AdminRemove)
	p := choice(both("requestType"), kinds, func(r *entitlement.ResourceRequestView) *entitlement.RequestKind { return &r.Kind }).filter("kind").due()
	p.set = func(_ *reader, v *value, r *entitlement.ResourceRequestView) error {
		is, err := argument(kinds, v)
		r.Kind = entitlement.RequestKind(is)
		return err
	}
	return p
}

// argument reads a word whose refusal has a code and a text of its own.
func argument(d *vocabulary, v *value) (string, error) {
	s, err := v.asText()
	if err != nil {
		return "", err
	}
	if w := d.lookup(s); w != nil {
		return w.is, nil
	}
	return "", fault.New(fault.Invalid, "ArgumentException", "Requested value '%s' was not found.", shorten(s))
}

// takeResource reads the resource of a resource request: its id, or where it
// comes from and what is known of it.
func takeResource(r *reader, v *value, req *entitlement.ResourceRequestView) error {
	body, err := v.asObject()
	if err != nil {
		return err
	}
	res := &req.Resource
	members := record[entitlement.Resource]{
		name: both("accessPackageResource"),
		props: []property[entitlement.Resource]{
			guid(both("id"), func(r *entitlement.Resource) *entitlement.ResourceID { return &r.ID }),
			text(both("originId"), func(r *entitlement.Resource) *string { return &r.OriginID }),
			choice(both("originSystem"), originSystems(), func(r *entitlement.Resource) *entitlement.OriginSystem { return &r.OriginSystem }),
			text(both("resourceType"), func(r *entitlement.Resource) *string { return &r.Type }),
			text(both("displayName"), func(r *entitlement.Resource) *string { return &r.DisplayName }),
			text(both("description"), func(r *entitlement.Resource) *string { return &r.Description }),
			text(both("url"), func(r *entitlement.Resource) *string { return &r.URL }),
			takeAttributes(),
			oneOf(both("notificationEndpointConfiguration"), "customExtensionEndpointConfiguration", endpointTypes, "",
				func(e *endpoint) *entitlement.EndpointKind { return &e.Kind }, func(r *entitlement.Resource) **endpoint { return &r.Notify }),
		},
		ignored: []string{
			"addedBy", "addedOn", "createdDateTime", "modifiedDateTime", "isPendingOnboarding", "environment",
			"accessPackageResourceEnvironment", "roles", "scopes", "accessPackageResourceRoles", "accessPackageResourceScopes",
			"uploadSessions", "externalOriginResourceConnector",
		},
	}
	members.props[2].set = func(_ *reader, v *value, r *entitlement.Resource) error {
		is, err := argument(originSystems(), v)
		r.OriginSystem = entitlement.OriginSystem(is)
		return err
	}
	if err := members.decode(r.inside(), body, res); err != nil {
		return err
	}
	if res.OriginSystem == "" && strings.EqualFold(typeOf(body), "customDataProvidedResource") {
		res.OriginSystem = entitlement.OriginCustomData
	}
	res.OriginID = lowerGUID(res.OriginID)
	return nil
}

// lowerGUID returns a GUID in lower case and everything else as it is.
func lowerGUID(s string) string {
	v := value{kind: isString, text: s}
	if id, err := v.asGUID(); err == nil {
		return id
	}
	return s
}
