package wire

import (
	"strings"

	"github.com/grantkeep/grantkeep/internal/entitlement"
)

// roleScopeBody is the body that adds a role scope to a package. Role and
// scope are named by their ids, or by where they come from within a resource;
// all published forms differ in what they leave out.
var roleScopeBody = complexType(record[entitlement.RoleScopeRef]{
	name: both("accessPackageResourceRoleScope"),
	input: []input[entitlement.RoleScopeRef]{
		{names: []string{"role", "accessPackageResourceRole"}, set: takeRole},
		{names: []string{"scope", "accessPackageResourceScope"}, set: takeScope},
	},
	ignored: []string{"id", "createdBy", "createdDateTime", "modifiedBy", "modifiedDateTime"},
})

// DecodeRoleScope reads the body that adds a role scope to a package. What
// is named is the engine's to find.
func DecodeRoleScope(body []byte, v Version, o DecodeOptions) (entitlement.RoleScopeRef, error) {
	var ref entitlement.RoleScopeRef
	parsed, err := parse(body)
	if err != nil {
		return ref, err
	}
	if err := roleScopeBody.decode(&reader{v: v, mode: Create, lenient: o.Lenient}, parsed, &ref); err != nil {
		return ref, err
	}
	r := &reader{v: v}
	if ref.Role == "" && ref.RoleOriginID == "" && ref.RoleDisplayName == "" {
		return ref, missing(r, roleScopeBody.name.In(v), renamed("role", "accessPackageResourceRole"))
	}
	return ref, nil
}

// takeMembers reads those of the members that are there.
func takeMembers(body *value, into map[string]*string) error {
	for name, to := range into {
		v := body.first(name)
		if v == nil {
			continue
		}
		s, err := v.asText()
		if err != nil {
			return wrong("holds a member " + name + " that " + err.Error())
		}
		*to = lowerGUID(s)
	}
	return nil
}

func takeRole(_ *reader, v *value, ref *entitlement.RoleScopeRef) error {
	body, err := v.asObject()
	if err != nil {
		return err
	}
	if err := takeMembers(body, map[string]*string{
		"id": &ref.Role, "originId": &ref.RoleOriginID, "originSystem": &ref.RoleOriginSystem, "displayName": &ref.RoleDisplayName,
	}); err != nil {
		return err
	}
	return takeResourceOf(body, ref)
}

func takeScope(_ *reader, v *value, ref *entitlement.RoleScopeRef) error {
	body, err := v.asObject()
	if err != nil {
		return err
	}
	system := ""
	if err := takeMembers(body, map[string]*string{
		"id": &ref.Scope, "originId": &ref.ScopeOriginID, "originSystem": &system,
	}); err != nil {
		return err
	}
	if ref.ResourceOriginSystem == "" {
		ref.ResourceOriginSystem = system
	}
	return takeResourceOf(body, ref)
}

// takeResourceOf reads the resource inside a role or scope.
func takeResourceOf(body *value, ref *entitlement.RoleScopeRef) error {
	v := body.first("resource", "accessPackageResource")
	if v == nil {
		return nil
	}
	resource, err := v.asObject()
	if err != nil {
		return err
	}
	var id, origin, system string
	if err := takeMembers(resource, map[string]*string{"id": &id, "originId": &origin, "originSystem": &system}); err != nil {
		return err
	}
	if ref.ResourceID != "" && id != "" && !strings.EqualFold(ref.ResourceID, id) {
		return wrong("names another resource than the role")
	}
	for _, known := range []struct{ to, from *string }{{&ref.ResourceID, &id}, {&ref.ResourceOriginID, &origin}, {&ref.ResourceOriginSystem, &system}} {
		if *known.from != "" {
			*known.to = *known.from
		}
	}
	return nil
}
