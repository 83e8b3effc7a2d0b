package entitlement

import (
	"slices"
	"unicode/utf8"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/fault"
)

// Published types of resources (catalogs-and-resources.md section 4.1).
const (
	TypeSecurityGroup = "Security Group"
	TypeOffice365     = "O365 Group"
	TypeApplication   = "Application"
	TypeCustomData    = "Custom Data Provided Resource" // ours
)

// unifiedGroup is the type of groups that have a mailbox and more.
const unifiedGroup = "Unified"

// originKinds says what kind of object each origin system holds.
var originKinds = map[OriginSystem]directory.ObjectKind{
	OriginGroup:       directory.KindGroup,
	OriginApplication: directory.KindServicePrincipal,
}

// Check reports what is missing in the request itself, as a fault.Invalid.
// A resource that is added is named by its origin; one that is changed or
// removed by its id or its origin.
func (r ResourceRequest) Check() error {
	switch r.Kind {
	case AdminAdd, AdminUpdate, AdminRemove:
	default:
		return unknownValue("requestType", string(r.Kind))
	}
	if r.Catalog == "" {
		return fault.New(fault.Invalid, "InvalidModel", "Model is not valid. The id of the catalog is required.").At("catalog")
	}
	if r.Kind != AdminAdd && r.Resource.ID != "" {
		return nil
	}
	if r.Resource.OriginID == "" {
		return fault.New(fault.Invalid, "InvalidModel", "Model is not valid. resource.originId is required.").At("resource.originId")
	}
	if r.Resource.OriginSystem == OriginCustomData {
		if r.Kind == AdminAdd {
			return r.Resource.checkCustomData()
		}
		return nil
	}
	if _, ok := originKinds[r.Resource.OriginSystem]; !ok {
		return unknownValue("resource.originSystem", string(r.Resource.OriginSystem))
	}
	return r.Resource.CheckNotify()
}

func unknownValue(field, value string) error {
	return fault.New(fault.Invalid, "ArgumentException", "Requested value '%s' was not found.", value).At(field)
}

// checkCustomData reports what is wrong with a resource whose data is
// uploaded: it has nothing to take a name from.
func (r Resource) checkCustomData() error {
	if err := checkNames(r.DisplayName, r.Description, ""); err != nil {
		return err
	}
	if utf8.RuneCountInString(r.OriginID) > maxName {
		return fault.New(fault.Invalid, "InvalidModel", "resource.originId holds at most %d characters.", maxName).At("resource.originId")
	}
	return r.CheckNotify()
}

// CheckNotify reports what is wrong with the endpoint that is asked for data.
func (r Resource) CheckNotify() error {
	const at = "notificationEndpointConfiguration"
	switch {
	case r.Notify == nil:
		return nil
	case r.OriginSystem != OriginCustomData:
		return fault.New(fault.Invalid, "InvalidModel", "Only resources of %s have a %s.", OriginCustomData, at).At(at)
	}
	return r.Notify.check(at)
}

// NewCustomData returns the resource that custom data becomes in a catalog.
// It has no roles, so that no package can give it. newID makes the ids.
func NewCustomData(asked Resource, newID func() string) Resource {
	asked.ID, asked.Version, asked.Type, asked.Roles = ResourceID(newID()), 0, TypeCustomData, nil
	asked.Scopes, asked.Attributes = rootScope(asked.OriginID, newID), completed(asked.Attributes, nil, newID)
	return asked
}

func rootScope(originID string, newID func() string) []ResourceScope {
	return []ResourceScope{{ID: ScopeID(newID()), OriginID: originID, DisplayName: "Root", Description: "Root Scope", Root: true}}
}

// NewResource returns the resource that an object of the directory becomes in
// a catalog, with its roles and its root scope. What the client said of it
// (name, description, address) goes before what the object says. newID makes
// the ids. fault.Invalid if there is no such object, or if its members are
// somebody else's to choose.
func NewResource(asked Resource, object directory.Object, newID func() string) (Resource, error) {
	if object.ID == "" || object.Deleted() || object.Kind != originKinds[asked.OriginSystem] {
		return Resource{}, fault.New(fault.Invalid, "ResourceNotFoundInOriginSystem",
			"%s holds no object %s.", asked.OriginSystem, asked.OriginID).At("resource.originId")
	}
	r := Resource{
		ID: ResourceID(newID()), Catalog: asked.Catalog, Attributes: completed(asked.Attributes, nil, newID),
		OriginSystem: asked.OriginSystem, OriginID: string(object.ID),
		DisplayName: asked.DisplayName, Description: asked.Description, URL: asked.URL,
	}
	if r.DisplayName == "" {
		r.DisplayName = object.DisplayName
	}
	var err error
	if object.Kind == directory.KindGroup {
		err = r.fromGroup(object, newID)
	} else {
		r.fromApplication(object, newID)
	}
	r.Scopes = rootScope(r.OriginID, newID)
	return r, err
}

func (r *Resource) fromGroup(o directory.Object, newID func() string) error {
	g := o.Group
	switch {
	case g.OnPremisesSynced:
		return unusable("its members are kept by another directory")
	case g.Dynamic():
		return unusable("its membership is dynamic")
	case g.MailEnabled && !slices.Contains(g.Types, unifiedGroup):
		return unusable("it is a distribution list")
	}
	r.Type = TypeSecurityGroup
	if slices.Contains(g.Types, unifiedGroup) {
		r.Type = TypeOffice365
	}
	if r.Description == "" {
		r.Description = g.Description
	}
	r.Roles = []ResourceRole{
		{ID: RoleID(newID()), OriginID: groupMember + r.OriginID, DisplayName: "Member"},
		{ID: RoleID(newID()), OriginID: "Owner_" + r.OriginID, DisplayName: "Owner"},
	}
	return nil
}

func unusable(why string) error {
	return fault.New(fault.Invalid, "InvalidResource", "The group cannot be given through access packages: %s.", why).At("resource.originId")
}

// fromApplication takes the roles that people can have. An application that
// declares none can still be opened to people: the default role stands for
// that.
func (r *Resource) fromApplication(o directory.Object, newID func() string) {
	r.Type = TypeApplication
	if r.Description == "" {
		r.Description = o.App.Description
	}
	if r.URL == "" {
		r.URL = o.App.Homepage
	}
	for _, role := range o.App.Roles {
		if role.Enabled && (len(role.AllowedMemberTypes) == 0 || slices.Contains(role.AllowedMemberTypes, "User")) {
			r.Roles = append(r.Roles, ResourceRole{
				ID: RoleID(newID()), OriginID: role.ID, DisplayName: role.DisplayName, Description: role.Description,
			})
		}
	}
	if len(r.Roles) == 0 {
		r.Roles = []ResourceRole{{ID: RoleID(newID()), OriginID: directory.DefaultAppRole, DisplayName: "Default Access"}}
	}
}

// Renamed returns the resource with the display properties that the client
// gave; what it left out stays.
func (r Resource) Renamed(asked Resource) Resource {
	for _, p := range []struct {
		to   *string
		from string
	}{{&r.DisplayName, asked.DisplayName}, {&r.Description, asked.Description}, {&r.URL, asked.URL}} {
		if p.from != "" {
			*p.to = p.from
		}
	}
	if asked.Notify != nil {
		r.Notify = asked.Notify
	}
	return r
}

// CheckRemove reports whether the resource may leave its catalog: not while
// one of the catalog's packages gives a role of it.
func (r Resource) CheckRemove(packages []Package) error {
	for _, p := range packages {
		if slices.ContainsFunc(p.RoleScopes, func(rs RoleScope) bool { return rs.Resource == r.ID }) {
			return fault.New(fault.Invalid, "InvalidDeleteResourceHasEntitlements",
				"The resource: %s can not be deleted because there are active entitlements.", r.DisplayName)
		}
	}
	return nil
}
