package store

import "strings"

// FieldType is the type of a field's values; all fields may be null.
type FieldType int

// The types of fields. A Name always compares and sorts without regard to
// case (queries on it say Fold): the store keeps it folded.
const (
	Text FieldType = iota
	Name
	Flag
	Instant
)

// Fields lists, for each collection, what can be filtered and sorted by.
// The wire declarations name these fields; a test holds the two together.
// A dotted field belongs to the object named before the dot; a dotted
// collection lies in every row of the one named before the dot, and is looked
// into by query.Any and query.All.
var Fields = map[string]map[string]FieldType{
	"catalogs": {
		"id": Text, "displayName": Name, "description": Name, "uniqueName": Name, "type": Text,
		"published": Flag, "externallyVisible": Flag, "createdAt": Instant, "modifiedAt": Instant,
	},
	"resources": {
		"id": Text, "catalog": Text, "originSystem": Text, "originId": Text, "type": Text,
		"displayName": Name, "description": Name, "createdAt": Instant,
	},
	"resourceRequests": {"id": Text, "catalog": Text, "kind": Text, "createdAt": Instant},
	"extensions": {
		"id": Text, "catalog": Text, "kind": Text, "displayName": Name, "description": Name, "createdAt": Instant, "modifiedAt": Instant,
	},
	"packages": {
		"id": Text, "catalog": Text, "displayName": Name, "description": Name, "uniqueName": Name,
		"hidden": Flag, "createdAt": Instant, "modifiedAt": Instant, "catalog.displayName": Name,
	},
	"audit": {
		"id": Text, "at": Instant, "action": Text, "result": Text, "actorKind": Text, "actor": Text, "actorName": Text, "actorApp": Text,
		"object": Text, "objectKind": Text, "objectName": Text, "correlation": Text,
	},
	"roleScopes": {"id": Text, "createdAt": Instant, "catalog": Text},
	"policies": {
		"id": Text, "package": Text, "catalog": Text, "displayName": Name, "description": Name,
		"createdAt": Instant, "modifiedAt": Instant,
	},
	"requests": {
		"id": Text, "kind": Text, "status": Text, "catalog": Text, "package": Text, "policy": Text,
		"assignment": Text, "target": Text, "requestor": Text, "createdBy": Text,
		"createdAt": Instant, "completedAt": Instant, "startAt": Instant,
		"package.displayName": Name, "target.displayName": Name, "target.mail": Name, "target.manager": Text,
	},
	"assignments": {
		"id": Text, "state": Text, "catalog": Text, "package": Text, "policy": Text, "target": Text,
		"request": Text, "createdBy": Text, "createdAt": Instant, "expiredAt": Instant, "endsAt": Instant, "extended": Flag,
		"automatic": Flag, "graceUntil": Instant, "told": Text,
		"package.displayName": Name, "policy.displayName": Name,
		"target.displayName": Name, "target.mail": Name, "target.principalName": Name, "target.manager": Text,
	},
	"grants":           {"id": Text, "status": Text, "subject": Text, "originSystem": Text, "roleOriginId": Text},
	"approvals":        {"id": Text, "catalog": Text, "target": Text, "requestor": Text, "createdBy": Text},
	"approvals.stages": {"status": Text, "reviewResult": Text},
	"approvals.asked":  {"ref": Text},
	"emergencies": {
		"id": Text, "catalog": Text, "package": Text, "target": Text, "status": Text, "openedAt": Instant, "dueAt": Instant,
	},
	"subscriptions": {"id": Text, "owner": Text},
	"exceptions": {
		"id": Text, "package": Text, "other": Text, "group": Text, "target": Text,
		"from": Instant, "until": Instant, "createdAt": Instant,
	},
	"messages": {
		"id": Text, "event": Text, "recipient": Text, "request": Text, "assignment": Text, "package": Text, "at": Instant,
	},
	"objects": {
		"id": Text, "kind": Text, "displayName": Name, "mail": Name, "principalName": Name, "enabled": Flag,
		"createdAt": Instant, "mailNickname": Name, "givenName": Name, "surname": Name, "userType": Text,
		"department": Name, "jobTitle": Name, "companyName": Name, "employeeId": Name, "manager": Text,
		"appId": Text, "mailEnabled": Flag, "securityEnabled": Flag, "groupTypes": Name,
	},
	"subjects": {
		"id": Text, "objectId": Text, "kind": Text, "displayName": Name, "mail": Name, "principalName": Name,
	},
	"organizations.identitySources": {"kind": Text, "value": Name},
	"organizations": {
		"id": Text, "displayName": Name, "description": Name, "state": Text, "createdAt": Instant, "modifiedAt": Instant,
	},
	"appRoleAssignments": {
		"id": Text, "principal": Text, "resource": Text, "role": Text, "createdAt": Instant,
	},
	"roleAssignments": {
		"id": Text, "principal": Text, "role": Text, "provider": Text, "catalog": Text, "createdAt": Instant,
	},
}

// Collections lists, for each collection, the related rows that a query.Any
// or query.All can look into, and the collection that those are of.
var Collections = map[string]map[string]string{
	"catalogs": {"packages": "packages", "resources": "resources"},
	"packages": {"policies": "policies", "incompatible": "packages", "incompatibleWith": "packages"},
}

// GroupTypes is the value of the field groupTypes: all types with a comma
// before, between and behind them, so that each can be looked for whole; the
// empty text, which is null, if there are none.
func GroupTypes(types []string) string {
	if len(types) == 0 {
		return ""
	}
	return "," + strings.Join(types, ",") + ","
}
