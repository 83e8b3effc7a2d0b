package graphapi

import (
	"maps"
	"reflect"
	"testing"

	"github.com/grantkeep/grantkeep/internal/graphapi/wire"
	"github.com/grantkeep/grantkeep/internal/store"
)

// fielded is what every entity tells of its fields.
type fielded interface {
	Collection() string
	Type(wire.Version) string
	Fields() map[string]string
	Lookups() map[string]string
}

// A field that the wire filters or sorts by and the store does not know would
// be refused at run time, with a sentence about a name no client ever wrote.
func TestEveryFilterReachesAField(t *testing.T) {
	t.Parallel()
	kinds := map[store.FieldType]string{store.Text: "text", store.Name: "name", store.Flag: "flag", store.Instant: "instant"}
	for _, e := range []fielded{
		wire.Catalog, wire.Package, wire.AvailablePackage, wire.Suggestion, wire.Exception, wire.Emergency, wire.Subscription, wire.Violation, wire.Resource, wire.Policy, wire.Request, wire.Assignment, wire.Approval,
		wire.Subject, wire.Organization, wire.HomeOrganization, wire.User, wire.Group, wire.ServicePrincipal, wire.DirectoryObject, wire.RoleAssignment, wire.AppRoleAssignment,
	} {
		known := store.Fields[e.Collection()]
		if known == nil {
			t.Errorf("%s is listed from %q, which no store has", e.Type(wire.V1), e.Collection())
		}
		for field, kind := range e.Fields() {
			if got, ok := known[field]; !ok || kinds[got] != kind {
				t.Errorf("%s filters by %s as %s; the store has it as %q (known: %v)", e.Type(wire.V1), field, kind, kinds[got], ok)
			}
		}
	}
	looked := map[string]map[string]string{}
	for _, e := range []fielded{wire.Catalog, wire.Package, wire.Resource, wire.Policy, wire.Request, wire.Assignment, wire.Approval} {
		lookups := e.Lookups()
		maps.DeleteFunc(lookups, func(name, _ string) bool { return store.Fields[e.Collection()+"."+name] != nil })
		if len(lookups) > 0 {
			looked[e.Collection()] = lookups
		}
	}
	if !reflect.DeepEqual(looked, store.Collections) {
		t.Errorf("any and all look into %v; the store has %v", looked, store.Collections)
	}
	for collection, fields := range searchable {
		for _, field := range fields {
			if _, ok := store.Fields[collection][field]; !ok {
				t.Errorf("$search looks into %s of %s, which the store does not have", field, collection)
			}
		}
	}
}
