package wire

import (
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/odata"
	"github.com/grantkeep/grantkeep/internal/query"
)

// planner is an entity, whatever it is over.
type planner interface {
	Plan(v Version, o odata.Options) (Plan, error)
	Fields() map[string]string
	Collection() string
}

func planned(t *testing.T, e planner, v Version, options string) (Plan, error) {
	t.Helper()
	o, err := odata.ParseOptions(options)
	if err != nil {
		t.Fatal(err)
	}
	return e.Plan(v, o)
}

func eq(field string, v query.Value) query.Compare {
	return query.Compare{Field: field, Op: query.Eq, Value: v}
}

func name(field, v string) query.Compare {
	return query.Compare{Field: field, Op: query.Eq, Value: v, Fold: true}
}

func part(field, v string) query.Text {
	return query.Text{Field: field, Op: query.Contains, Value: v, Fold: true}
}

func TestFilters(t *testing.T) {
	t.Parallel()
	instant := time.Date(2026, 1, 31, 8, 0, 0, 0, time.UTC)
	waiting := query.In{Field: "status", Values: []query.Value{"WaitingForCallback", "WaitingForCallbackApproved", "WaitingForCallbackDelivered"}}
	pending := query.In{Field: "status", Values: []query.Value{"PendingApproval", "PendingApprovalEscalated"}}
	for _, tt := range []struct {
		e      planner
		v      Version
		filter string
		want   query.Expr
	}{
		{Catalog, V1, "displayName eq 'O''Neil'", name("displayName", "O'Neil")},
		{Catalog, V1, "contains(tolower(displayName),'x')", query.Text{Field: "displayName", Op: query.Contains, Value: "x", Fold: true}},
		{Catalog, Beta, "startswith(displayName, 'x')", query.Text{Field: "displayName", Op: query.StartsWith, Value: "x", Fold: true}},
		{Catalog, V1, "id eq '" + idA + "'", eq("id", idA)},
		{Catalog, V1, "id eq AAAAAAAA-0000-4000-8000-000000000001", eq("id", idA)},
		{Catalog, V1, "isExternallyVisible eq true", eq("externallyVisible", true)},
		{Catalog, V1, "state eq 'Published'", eq("published", true)},
		{Catalog, V1, "state eq microsoft.graph.accessPackageCatalogState'unpublished'", eq("published", false)},
		{Catalog, Beta, "catalogStatus ne 'Published'", query.Compare{Field: "published", Op: query.Ne, Value: true}},
		{Catalog, V1, "uniqueName eq 'x'", name("uniqueName", "x")},
		{Catalog, Beta, "catalogType eq 'ServiceDefault'", eq("type", "serviceDefault")},

		{Catalog, V1, "state has 'published' and not (catalogType has 'serviceDefault')", query.And{eq("published", true), query.Not{X: eq("type", "serviceDefault")}}},
		{Catalog, V1, "accessPackages/any(p: startswith(p/displayName,'x') and p/isHidden eq false)", query.Any{Collection: "packages", Where: query.And{
			query.Text{Field: "displayName", Op: query.StartsWith, Value: "x", Fold: true}, eq("hidden", false),
		}}},
		{Catalog, Beta, "accessPackageResources/all(r: r/originId ne 'x') or accessPackages/any()", query.Or{
			query.All{Collection: "resources", Where: query.Compare{Field: "originId", Op: query.Ne, Value: "x"}}, query.Any{Collection: "packages"},
		}},
		{Catalog, V1, "accessPackages/any(p:p/assignmentPolicies/any(q:q/displayName eq 'x'))", query.Any{
			Collection: "packages", Where: query.Any{Collection: "policies", Where: name("displayName", "x")},
		}},
		{Package, V1, "accessPackagesIncompatibleWith/any(p:p/id eq '" + idA + "')", query.Any{Collection: "incompatibleWith", Where: eq("id", idA)}},
		{Package, V1, "catalog/id eq '" + idA + "' and isHidden eq false", query.And{eq("catalog", idA), eq("hidden", false)}},
		{Package, Beta, "catalogId eq '" + idA + "'", eq("catalog", idA)},
		{Package, V1, "catalog/displayName eq 'x'", name("catalog.displayName", "x")},

		{Resource, V1, "startswith(originId,'x') and originSystem eq 'aadapplication'", query.And{
			query.Text{Field: "originId", Op: query.StartsWith, Value: "x"}, eq("originSystem", "AadApplication"),
		}},
		{Resource, V1, "originSystem eq 'SharePointOnline'", eq("originSystem", "SharePointOnline")},
		{Resource, Beta, "(id eq '" + idA + "') and resourceType eq 'Application'", query.And{eq("id", idA), eq("type", "Application")}},
		{ResourceRole, V1, "(originSystem eq 'AadGroup' and resource/id eq '" + idA + "')", query.And{eq("originSystem", "AadGroup"), eq("resource", idA)}},
		{ResourceRole, Beta, "accessPackageResource/id eq '" + idA + "'", eq("resource", idA)},
		{ResourceRequest, Beta, "startswith(id,'x')", query.Text{Field: "id", Op: query.StartsWith, Value: "x"}},

		{Policy, V1, "displayName eq 'x'", name("displayName", "x")},
		{Policy, V1, "accessPackage/id eq '" + idA + "'", eq("package", idA)},
		{Policy, Beta, "accessPackageId eq '" + idA + "'", eq("package", idA)},

		{Request, V1, "state eq 'Submitted'", query.In{Field: "status", Values: []query.Value{"Accepted", "WaitingForCallback"}}},
		{Request, V1, "status eq 'waitingForCallback'", waiting},
		{Request, Beta, "requestStatus eq 'WaitingForCallback'", waiting},
		{Request, V1, "state eq 'pendingApproval'", pending},
		{Request, Beta, "requestState eq 'PendingApproval'", pending},
		{Request, Beta, "requestState ne 'PendingApproval'", query.Not{X: pending}},
		{Request, V1, "state in ('scheduled','cancelled')", query.In{Field: "status", Values: []query.Value{"PendingNotBefore", "Canceled"}}},
		{Request, V1, "status eq 'PendingApprovalEscalated'", eq("status", "PendingApprovalEscalated")},
		{Request, Beta, "requestStatus eq 'Fulfilled'", query.In{Field: "status", Values: []query.Value{"Delivered", "FulfilledNotificationTriggered"}}},
		{Request, V1, "status eq 'Delivered'", query.In{Field: "status", Values: []query.Value{"Delivered", "FulfilledNotificationTriggered"}}},
		{Request, V1, "status eq 'FulfilledNotificationTriggered'", eq("status", "FulfilledNotificationTriggered")},
		{Request, V1, "requestType eq 'userUpdate'", query.In{Field: "kind", Values: []query.Value{"userUpdate", "userExtend"}}},
		{Request, Beta, "requestType eq 'UserUpdate'", eq("kind", "userUpdate")},
		{Request, V1, "requestType eq 'UserExtend'", eq("kind", "userExtend")},
		{Request, V1, "requestType eq 'notSpecified'", eq("kind", "notSpecified")},
		{Request, V1, "requestType eq 'unknownFutureValue'", eq("kind", "approverRemove")},
		{Request, V1, "accessPackage/id eq '" + idA + "'", eq("package", idA)},
		{Request, V1, "requestor/objectid eq '" + idA + "'", eq("requestor", idA)},
		{Request, V1, "assignment/target/objectId eq '" + idA + "' or assignment/id eq '" + idB + "'", query.Or{eq("target", idA), eq("assignment", idB)}},
		{Request, Beta, "accessPackageAssignment/target/objectId eq '" + idA + "'", eq("target", idA)},
		{Request, V1, "createdDateTime ge 2026-01-31T08:00:00Z", query.Compare{Field: "createdAt", Op: query.Ge, Value: instant}},
		{Request, V1, "completedDateTime eq null", eq("completedAt", nil)},
		{Request, Beta, "not (completedDate lt 2026-01-31T08:00:00Z)", query.Not{X: query.Compare{Field: "completedAt", Op: query.Lt, Value: instant}}},

		{Assignment, V1, "accessPackage/id eq '" + idA + "' and state eq 'Delivered'", query.And{eq("package", idA), eq("state", "delivered")}},
		{Assignment, V1, "state in ('delivering','PartiallyDelivered')", query.In{Field: "state", Values: []query.Value{"delivering", "partiallyDelivered"}}},
		{Assignment, Beta, "assignmentState eq 'Expired' and assignmentStatus eq 'Expired'", query.And{eq("state", "expired"), query.And{eq("state", "expired"), eq("told", "")}}},
		{Assignment, V1, "status eq 'ExpiredNotificationTriggered'", query.And{
			eq("state", "expired"), query.Compare{Field: "graceUntil"}, eq("told", "ExpiredNotificationTriggered"),
		}},
		{Assignment, Beta, "assignmentStatus eq 'NearExpiry1DayNotificationTriggered'", query.And{
			eq("state", "delivered"), query.Compare{Field: "graceUntil"}, eq("told", "NearExpiry1DayNotificationTriggered"),
		}},
		{Assignment, V1, "assignmentPolicy/id eq '" + idA + "' and target/objectid eq '" + idB + "'", query.And{eq("policy", idA), eq("target", idB)}},
		{Assignment, Beta, "accessPackageAssignmentPolicy/Id eq '" + idA + "'", eq("policy", idA)},
		{Assignment, V1, "accessPackageAssignmentPolicy/id eq '" + idA + "'", eq("policy", idA)},
		{Assignment, V1, "accessPackage/catalog/id eq '" + idA + "'", eq("catalog", idA)},
		{Assignment, Beta, "catalogId eq '" + idA + "' and isExtended eq true", query.And{eq("catalog", idA), eq("extended", true)}},
		{Assignment, V1, "assignmentPolicyId eq '" + idA + "' and accessPackageId eq '" + idB + "'", query.And{eq("policy", idA), eq("package", idB)}},
		{Assignment, V1, "target/email eq 'ann@x' and startswith(target/displayName,'a')", query.And{
			name("target.mail", "ann@x"), query.Text{Field: "target.displayName", Op: query.StartsWith, Value: "a", Fold: true},
		}},
		{Assignment, V1, "schedule/expiration/endDateTime le 2026-01-31T08:00:00Z", query.Compare{Field: "endsAt", Op: query.Le, Value: instant}},
		{Assignment, V1, "expiredDateTime gt 2026-01-31T08:00:00Z", query.Compare{Field: "expiredAt", Op: query.Gt, Value: instant}},

		{User, V1, "userType eq 'guest' and accountEnabled eq true", query.And{eq("userType", "Guest"), eq("enabled", true)}},
		{User, V1, "userPrincipalName eq 'acctest''2@x' or mailNickname in ('a','b')", query.Or{
			name("principalName", "acctest'2@x"), query.In{Field: "mailNickname", Values: []query.Value{"a", "b"}, Fold: true},
		}},
		{Group, V1, "startswith(displayName,'x') and securityEnabled eq true", query.And{
			query.Text{Field: "displayName", Op: query.StartsWith, Value: "x", Fold: true}, eq("securityEnabled", true),
		}},
		{Group, V1, "groupTypes/any(c:c eq 'Unified')", part("groupTypes", ",Unified,")},
		{Group, V1, "NOT groupTypes/any(c: startswith(c,'Dyn') or endswith(c,'ship'))", query.Not{X: query.Or{part("groupTypes", ",Dyn"), part("groupTypes", "ship,")}}},
		{Group, V1, "groupTypes/all(c:c ne 'Unified')", query.Not{X: part("groupTypes", ",Unified,")}},
		{Group, V1, "groupTypes/any() and groupTypes/any(c:c eq 'a,b')", query.And{query.Compare{Field: "groupTypes", Op: query.Ne}, query.Bool(false)}},
		{ServicePrincipal, V1, "appId eq '" + idA + "'", eq("appId", idA)},
		{AppRoleAssignment, V1, "resourceId eq " + idA, eq("resource", idA)},
		{RoleDefinition, V1, "displayName eq 'Catalog owner' and isBuiltIn eq true", query.And{name("displayName", "Catalog owner"), eq("builtIn", true)}},
		{RoleAssignment, V1, "principalId eq '" + idA + "' and roleDefinitionId in ('" + idB + "')", query.And{
			eq("principal", idA), query.In{Field: "role", Values: []query.Value{idB}},
		}},
		{RoleAssignment, V1, "appScopeId eq '/accesspackagecatalog/" + idA + "'", eq("catalog", idA)},
		{RoleAssignment, V1, "appScopeId eq '/'", eq("catalog", nil)},
	} {
		p, err := planned(t, tt.e, tt.v, "$filter="+url.QueryEscape(tt.filter))
		if err != nil {
			t.Errorf("%s %s: %v", tt.v, tt.filter, err)
			continue
		}
		if diff := cmp.Diff(tt.want, p.Where); diff != "" {
			t.Errorf("%s %s (-want +got):\n%s", tt.v, tt.filter, diff)
		}
	}
}

func TestOptionsThatAreRefused(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		e       planner
		options string
		code    string
		message string
	}{
		{Catalog, "$filter=owner eq 'x'", "InvalidFilter", "The property 'owner' of type 'microsoft.graph.accessPackageCatalog' cannot be used in $filter; these can: id, displayName, description, state, catalogType, isExternallyVisible, uniqueName, createdDateTime, modifiedDateTime."},
		{Catalog, "$filter=id eq 'x'", "InvalidFilter", "'id' is compared with a GUID. Unrecognized Guid format (position 7 of $filter)."},
		{Catalog, "$filter=state eq 'open'", "InvalidFilter", "'state' is compared with one of unpublished, published (position 10 of $filter)."},
		{Catalog, "$filter=state gt 'published'", "InvalidFilter", "'state' can be compared with eq, ne and in only (position 1 of $filter)."},
		{Catalog, "$filter=contains(createdDateTime,'x')", "InvalidFilter", "contains, startswith and endswith need text; 'createdDateTime' is none (position 1 of $filter)."},
		{Catalog, "$filter=createdDateTime gt 'soon'", "InvalidFilter", "'createdDateTime' is compared with an instant such as 2026-01-31T08:00:00Z (position 20 of $filter)."},
		{Catalog, "$filter=displayName eq 3", "InvalidFilter", "'displayName' is compared with text in single quotes (position 16 of $filter)."},
		{Catalog, "$filter=resources/any(r:r/id eq 'x')", "InvalidFilter", "'id' is compared with a GUID. Unrecognized Guid format (position 25 of $filter)."},
		{Catalog, "$filter=customWorkflowExtensions/any(r:r/id eq 'x')", "InvalidFilter", "any and all are not supported on 'customWorkflowExtensions' of type 'microsoft.graph.accessPackageCatalog'; these can be looked into: accessPackages, resources."},
		{Catalog, "$filter=resources/any(r:displayName eq 'x')", "InvalidFilter", "'displayName' at position 17 of $filter is no property of the element; inside any and all, write r/ and the name of one."},
		{Catalog, "$filter=accessPackages/any(p:p/incompatibleAccessPackages/any(i:p/displayName eq 'x'))", "InvalidFilter", "'p/displayName' at position 57 of $filter is no property of the element; inside any and all, write i/ and the name of one."},
		{Catalog, "$filter=displayName has 'x'", "InvalidFilter", "has needs a property of an enumeration; 'displayName' is none (position 1 of $filter)."},
		{Group, "$filter=groupTypes eq 'Unified'", "InvalidFilter", "'groupTypes' is a collection; look into it with any, such as groupTypes/any(x:x eq 'value')."},
		{Group, "$filter=groupTypes/any(c:c gt 'Unified')", "InvalidFilter", "any on 'groupTypes' takes c eq 'value', contains, startswith, endswith and or (position 18 of $filter)."},
		{Group, "$filter=groupTypes/all(c:c eq 'Unified')", "InvalidFilter", "all on 'groupTypes' takes ne only (position 1 of $filter)."},
		{Group, "$orderby=groupTypes", "InvalidFilter", "'groupTypes' is a collection, which nothing can be ordered by."},
		{Policy, "$orderby=questions", "InvalidFilter", "The property 'questions' of type 'microsoft.graph.accessPackageAssignmentPolicy' cannot be used in $orderby; these can: id, displayName, description, createdDateTime, modifiedDateTime, accessPackage/id, accessPackageId, catalog/id, catalogId, accessPackage/catalog/id."},
		{Catalog, "$select=x", "BadRequest", "Could not find a property named 'x' on type 'microsoft.graph.accessPackageCatalog'."},
		{Catalog, "$select=catalogStatus", "BadRequest", "Could not find a property named 'catalogStatus' on type 'microsoft.graph.accessPackageCatalog'."},
		{DirectoryObject, "$select=x", "BadRequest", "Could not find a property named 'x' on type 'microsoft.graph.directoryObject'."},
		{Catalog, "$expand=x", "BadRequest", "Could not find a navigation property named 'x' on type 'microsoft.graph.accessPackageCatalog'; these can be expanded: accessPackages, resources, customWorkflowExtensions."},
		{Package, "$expand=incompatibleAccessPackages($filter=catalog/displayName eq 'x')", "BadRequest", "$filter and $orderby inside $expand work on the expanded object's own properties only, not on 'catalog.displayName'."},
		{Package, "$expand=catalog($top=1)", "BadRequest", "$filter, $orderby, $top and $skip inside $expand need a collection; 'catalog' is a single object."},
		{Package, "$expand=catalog($count=true)", "BadRequest", "$count inside $expand needs a collection; 'catalog' is a single object."},
		{Package, "$expand=catalog($select=x)", "BadRequest", "Could not find a property named 'x' on type 'microsoft.graph.accessPackageCatalog'."},
	} {
		_, err := planned(t, tt.e, V1, tt.options)
		f := fault.Of(err)
		if f.Kind != fault.Invalid || f.Code != tt.code || f.Message != tt.message {
			t.Errorf("%s:\n%s: %s\nwant\n%s: %s", tt.options, f.Code, f.Message, tt.code, tt.message)
		}
	}
}

func TestPlanIncludesWhatIsExpanded(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		e       planner
		v       Version
		options string
		want    entitlement.Include
	}{
		{
			Request, V1, "$expand=assignment($expand=target,accessPackage),requestor($expand=connectedOrganization)",
			entitlement.Include{
				"assignment": {Include: entitlement.Include{"target": nil, "package": nil}}, "requestor": {Include: entitlement.Include{"organization": nil}},
			},
		},
		{
			Package, Beta, "$expand=accessPackageResourceRoleScopes($expand=accessPackageResourceRole($expand=accessPackageResource),accessPackageResourceScope)",
			entitlement.Include{
				"role": {Include: entitlement.Include{"resource": nil}}, "scope": nil,
			}.Under("roleScopes"),
		},
		{Package, V1, "$expand=resourceRoleScopes/role", entitlement.Include{"role": nil}.Under("roleScopes")},
		{Assignment, V1, "$expand=*", entitlement.Include{"package": nil, "policy": nil, "target": nil}},
		{Policy, V1, "$expand=questions,customExtensionStageSettings($expand=customExtension)", entitlement.Include{"extension": nil}.Under("settings")},
		{Catalog, V1, "", nil},
	} {
		p, err := planned(t, tt.e, tt.v, tt.options)
		if err != nil {
			t.Errorf("%s: %v", tt.options, err)
		}
		if diff := cmp.Diff(tt.want, p.Include); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.options, diff)
		}
	}
	p, err := planned(t, Request, Beta, "$orderby=requestState,completedDate desc")
	if want := []query.Order{{Field: "status"}, {Field: "completedAt", Desc: true}}; err != nil || !cmp.Equal(want, p.Order) {
		t.Errorf("order %v, %v", p.Order, err)
	}
}

func TestSelectInMemory(t *testing.T) {
	t.Parallel()
	res := aResource()
	p, err := planned(t, ResourceRole, V1, "$filter=resource/id eq '"+idA+"' and originSystem eq 'AadGroup' and displayName eq 'OWNER'")
	if err != nil {
		t.Fatal(err)
	}
	page := ResourceRole.Select(Roles(&res), query.List{Where: p.Where, Limit: 10, Count: true})
	if len(page.Rows) != 1 || page.Rows[0].DisplayName != "Owner" || page.Count != 1 {
		t.Errorf("got %+v", page)
	}
}
