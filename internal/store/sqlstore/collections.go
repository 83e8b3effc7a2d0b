package sqlstore

import (
	"maps"

	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

// listing describes how a collection of store.Fields is listed.
type listing struct {
	collection string
	table      string
	state      string            // the column by which it is tallied; empty: it is not
	from       string            // what stands after FROM; the table, if empty
	joined     string            // equal to the id; PostgreSQL merges from the table's first row on unless told where a page begins
	fields     map[string]column // by the names of store.Fields
	order      []query.Order     // used if none is asked for
	inside     map[string]inside // the collections in each row, by their names
}

// inside is a collection in each row of a listing, in a table of its own. The
// table goes by the name "element".
type inside struct {
	listing
	owner string // the column that holds the id of the row
}

// column is where a field is stored. The empty text in a column that is not
// nullable stands for null: no field holds an empty text.
type column struct {
	at       string // with its table
	nullable bool
	sparse   bool   // its index holds only rows in which it is not empty, which a condition has to say
	folded   bool   // holds lower case only: names, and ids other than the opaque ones
	of       *other // the field belongs to another table

	field string          // set by listing.column
	kind  store.FieldType // set by listing.column
}

// other is a table that a row names another row of. The table goes by the
// name "other".
type other struct {
	table string
	by    string // the column that holds the id
	index string // a condition that loses nothing and lets an index serve
}

// column finds a field.
func (l listing) column(field string) (column, error) {
	c, ok := l.fields[field]
	if !ok {
		return column{}, fault.New(fault.Invalid, "InvalidFilter", "%s cannot be filtered or sorted by.", field).At(field)
	}
	c.field, c.kind = field, store.Fields[l.collection][field]
	return c, nil
}

func (c column) isText() bool { return c.kind == store.Text || c.kind == store.Name }

// emptyIsNull reports whether null is stored as the empty text.
func (c column) emptyIsNull() bool { return c.isText() && !c.nullable }

// value returns the column as an expression in a statement about the listing.
func (c column) value(tenant string) string {
	if c.of == nil {
		return c.at
	}
	return "(SELECT NULLIF(" + c.at + ", '') FROM " + c.of.table + " other WHERE other.tenant_id = " + tenant +
		" AND other.id = " + c.of.by + ")"
}

// isNull returns the condition that the field is null.
func (c column) isNull(tenant string) string {
	switch {
	case c.of != nil || c.nullable:
		return c.value(tenant) + " IS NULL"
	case c.emptyIsNull():
		return c.at + " = ''"
	}
	return "FALSE"
}

var catalogs = listing{
	collection: "catalogs", table: "catalog",
	fields: map[string]column{
		"id":                {at: "catalog.id", folded: true},
		"displayName":       {at: "catalog.display_name", folded: true},
		"description":       {at: "catalog.description", folded: true},
		"uniqueName":        {at: "catalog.unique_name", folded: true, nullable: true},
		"type":              {at: "catalog.type"},
		"published":         {at: "catalog.published"},
		"externallyVisible": {at: "catalog.externally_visible"},
		"createdAt":         {at: "catalog.created_at"},
		"modifiedAt":        {at: "catalog.modified_at"},
	},
}

var resources = listing{
	collection: "resources", table: "resource",
	fields: map[string]column{
		"id":           {at: "resource.id", folded: true},
		"catalog":      {at: "resource.catalog_id", folded: true},
		"originSystem": {at: "resource.origin_system"},
		"originId":     {at: "resource.origin_id"},
		"type":         {at: "resource.type"},
		"displayName":  {at: "resource.display_name", folded: true},
		"description":  {at: "resource.description", folded: true},
		"createdAt":    {at: "resource.created_at"},
	},
}

var packages = listing{
	collection: "packages", table: "package",
	fields: map[string]column{
		"id":                  {at: "package.id", folded: true},
		"catalog":             {at: "package.catalog_id", folded: true},
		"displayName":         {at: "package.display_name", folded: true},
		"description":         {at: "package.description", folded: true},
		"uniqueName":          {at: "package.unique_name", folded: true, nullable: true},
		"hidden":              {at: "package.hidden"},
		"createdAt":           {at: "package.created_at"},
		"modifiedAt":          {at: "package.modified_at"},
		"catalog.displayName": {at: "other.display_name", folded: true, of: &other{table: "catalog", by: "package.catalog_id"}},
	},
}

var policies = listing{
	collection: "policies", table: "policy",
	fields: map[string]column{
		"id":          {at: "policy.id", folded: true},
		"package":     {at: "policy.package_id", folded: true},
		"catalog":     {at: "policy.catalog_id", folded: true},
		"displayName": {at: "policy.display_name", folded: true},
		"description": {at: "policy.description", folded: true},
		"createdAt":   {at: "policy.created_at"},
		"modifiedAt":  {at: "policy.modified_at"},
	},
}

var (
	requestPackage = &other{table: "package", by: "request.package_id"}
	requestTarget  = &other{table: "directory_object", by: "request.target_id", index: anyKind}
)

// Requests come newest first: what people look for is nearly always there.
var requests = listing{
	collection: "requests", table: "request", state: "status",
	order: []query.Order{{Field: "createdAt", Desc: true}, {Field: "id", Desc: true}},
	fields: map[string]column{
		"id":                  {at: "request.id", folded: true},
		"kind":                {at: "request.kind"},
		"status":              {at: "request.status"},
		"catalog":             {at: "request.catalog_id", folded: true},
		"package":             {at: "request.package_id", folded: true},
		"policy":              {at: "request.policy_id", folded: true},
		"assignment":          {at: "request.assignment_id", folded: true},
		"target":              {at: "request.target_id", folded: true},
		"requestor":           {at: "request.requestor_id", folded: true},
		"createdBy":           {at: "request.created_by", folded: true},
		"createdAt":           {at: "request.created_at"},
		"completedAt":         {at: "request.completed_at", nullable: true},
		"startAt":             {at: "request.start_at", nullable: true},
		"package.displayName": {at: "other.display_name", folded: true, of: requestPackage},
		"target.displayName":  {at: "other.display_name", folded: true, of: requestTarget},
		"target.mail":         {at: "other.mail", folded: true, nullable: true, of: requestTarget},
		"target.manager":      {at: "other.manager_id", folded: true, nullable: true, of: requestTarget},
	},
}

var approvals = listing{
	collection: "approvals", table: "approval",
	fields: map[string]column{
		"id":        {at: "approval.id", folded: true},
		"catalog":   {at: "approval.catalog_id", folded: true},
		"target":    {at: "approval.target_id", folded: true},
		"requestor": {at: "approval.requestor_id", folded: true},
		"createdBy": {at: "other.created_by", folded: true, of: &other{table: "request", by: "approval.id"}},
	},
	inside: map[string]inside{
		"stages": {owner: "element.approval_id", listing: listing{
			collection: "approvals.stages", table: "approval_stage",
			fields: map[string]column{"status": {at: "element.status"}, "reviewResult": {at: "element.result"}},
		}},
		"asked": {owner: "element.approval_id", listing: listing{
			collection: "approvals.asked", table: "approval_past",
			fields: map[string]column{"ref": {at: "element.ref", folded: true}},
		}},
	},
}

var (
	assignmentPackage = &other{table: "package", by: "assignment.package_id"}
	assignmentPolicy  = &other{table: "policy", by: "assignment.policy_id"}
	// The request that makes an assignment has its id (requests.md section 4).
	assignmentRequest = &other{table: "request", by: "assignment.id"}
	assignmentTarget  = &other{table: "directory_object", by: "assignment.target_id", index: anyKind}
)

var assignments = listing{
	collection: "assignments", table: "assignment", state: "state",
	fields: map[string]column{
		"id":                   {at: "assignment.id", folded: true},
		"state":                {at: "assignment.state"},
		"catalog":              {at: "assignment.catalog_id", folded: true},
		"package":              {at: "assignment.package_id", folded: true},
		"policy":               {at: "assignment.policy_id", folded: true},
		"target":               {at: "assignment.target_id", folded: true},
		"request":              {at: "assignment.request_id", folded: true},
		"createdBy":            {at: "other.created_by", folded: true, of: assignmentRequest},
		"createdAt":            {at: "assignment.created_at"},
		"expiredAt":            {at: "assignment.expired_at", nullable: true},
		"endsAt":               {at: "assignment.ends_at", nullable: true},
		"automatic":            {at: "assignment.automatic"},
		"graceUntil":           {at: "assignment.grace_at", nullable: true},
		"told":                 {at: "assignment.told"},
		"extended":             {at: "assignment.extended"},
		"package.displayName":  {at: "other.display_name", folded: true, of: assignmentPackage},
		"policy.displayName":   {at: "other.display_name", folded: true, of: assignmentPolicy},
		"target.displayName":   {at: "other.display_name", folded: true, of: assignmentTarget},
		"target.mail":          {at: "other.mail", folded: true, nullable: true, of: assignmentTarget},
		"target.principalName": {at: "other.principal_name", folded: true, nullable: true, of: assignmentTarget},
		"target.manager":       {at: "other.manager_id", folded: true, nullable: true, of: assignmentTarget},
	},
}

var grants = listing{
	collection: "grants", table: "access_grant",
	fields: map[string]column{
		"id":           {at: "access_grant.id", folded: true},
		"status":       {at: "access_grant.status"},
		"subject":      {at: "access_grant.subject_id", folded: true},
		"originSystem": {at: "access_grant.origin_system"},
		"roleOriginId": {at: "access_grant.role_origin_id"},
	},
}

// givenGrants are grants below the assignments that give them.
var givenGrants = listing{
	collection: "grants", table: "access_grant",
	from: "grant_source source JOIN assignment held ON held.tenant_id = source.tenant_id AND held.id = source.assignment_id" +
		" JOIN access_grant ON access_grant.tenant_id = source.tenant_id AND access_grant.id = source.grant_id",
	fields: withField(grants.fields, "assignment", column{at: "source.assignment_id", folded: true}),
}

// anyKind names every kind there is, because the index on names begins with
// the kind.
const anyKind = " AND other.kind IN ('user', 'group', 'servicePrincipal', 'application', 'external')"

var objects = listing{
	collection: "objects", table: "directory_object",
	fields: objectFields("directory_object.id"),
}

// members lists objects in the order of the membership's index, so that a
// page of a large group costs no more than one of a small group.
var members = listing{
	collection: "objects", table: "directory_object",
	from: "membership JOIN directory_object ON directory_object.tenant_id = membership.tenant_id" +
		" AND directory_object.id = membership.member_id",
	joined: "directory_object.id",
	fields: objectFields("membership.member_id"),
}

// withField returns the fields and one more.
func withField(fields map[string]column, name string, c column) map[string]column {
	all := maps.Clone(fields)
	all[name] = c
	return all
}

func objectFields(id string) map[string]column {
	return map[string]column{
		"id":              {at: id, folded: true},
		"kind":            {at: "directory_object.kind"},
		"displayName":     {at: "directory_object.display_name", folded: true},
		"mail":            {at: "directory_object.mail", folded: true, nullable: true},
		"principalName":   {at: "directory_object.principal_name", folded: true, nullable: true},
		"enabled":         {at: "directory_object.enabled"},
		"createdAt":       {at: "directory_object.created_at"},
		"mailNickname":    {at: "directory_object.mail_nickname", folded: true, nullable: true},
		"givenName":       {at: "directory_object.given_name", folded: true, nullable: true},
		"surname":         {at: "directory_object.surname", folded: true, nullable: true},
		"userType":        {at: "directory_object.user_type", nullable: true},
		"department":      {at: "directory_object.department", folded: true, nullable: true},
		"jobTitle":        {at: "directory_object.job_title", folded: true, nullable: true},
		"companyName":     {at: "directory_object.company_name", folded: true, nullable: true},
		"employeeId":      {at: "directory_object.employee_id", folded: true, nullable: true},
		"manager":         {at: "directory_object.manager_id", folded: true, nullable: true},
		"appId":           {at: "directory_object.app_id", folded: true, nullable: true},
		"mailEnabled":     {at: "directory_object.mail_enabled", nullable: true},
		"securityEnabled": {at: "directory_object.security_enabled", nullable: true},
		"groupTypes":      {at: "directory_object.group_types", folded: true, nullable: true},
	}
}

var appRoleAssignments = listing{
	collection: "appRoleAssignments", table: "app_role_assignment",
	fields: map[string]column{
		"id":        {at: "app_role_assignment.id"},
		"principal": {at: "app_role_assignment.principal_id", folded: true},
		"resource":  {at: "app_role_assignment.resource_id", folded: true},
		"role":      {at: "app_role_assignment.role_id", folded: true},
		"createdAt": {at: "app_role_assignment.created_at"},
	},
}

var roleAssignments = listing{
	collection: "roleAssignments", table: "role_assignment",
	fields: map[string]column{
		"id":        {at: "role_assignment.id"},
		"principal": {at: "role_assignment.principal_id", folded: true},
		"role":      {at: "role_assignment.role", folded: true},
		"provider":  {at: "role_assignment.provider"},
		"catalog":   {at: "role_assignment.catalog_id", folded: true},
		"createdAt": {at: "role_assignment.created_at"},
	},
}
