// Package store states what Grantkeep needs of a database. Every promise is
// in a comment here and proved on SQLite and PostgreSQL by storetest.
//
// It knows the core and nothing of SQL. All reads and writes happen inside
// Read or Write, for one tenant; nothing crosses tenants except RunDue's
// question which tenants have something due.
package store

import (
	"context"
	"time"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/query"
)

// Class tells which queue a write waits in. Writers draw from the queues in
// turn, so that a sweep of a hundred thousand expiries starves nobody.
type Class int

// The classes of writes.
const (
	People   Class = iota // somebody waits for the answer
	Delivery              // taking requests along
	Sweep                 // expiry and other mass work, at most 200 rows a closure
)

// Store keeps everything. It is safe for concurrent use.
type Store interface {
	// Read calls fn with a reader that sees one consistent state of the
	// tenant, all that was committed before the call included. It may begin
	// fn again to keep that promise; what an earlier run returned is dropped.
	Read(ctx context.Context, tenant directory.TenantID, fn func(Reader) error) error

	// Write commits when fn returns nil and rolls back otherwise; then it
	// returns what fn returned. When Write returns nil, the change is durable
	// and every later Read or Write, in any process, sees it.
	//
	// It may call fn again after a conflict with another writer (a
	// fault.Stale, a unique key taken meanwhile, a deadlock or a
	// serialization failure), at most ten times, and may commit several
	// closures together; so fn does nothing that a rollback does not undo.
	// fault.Busy if the queue is so long that waiting makes no sense.
	Write(ctx context.Context, tenant directory.TenantID, class Class, fn func(Tx) error) error

	// Tenants returns the tenants that exist.
	Tenants(ctx context.Context) ([]directory.TenantID, error)

	// CreateTenant makes a tenant if it does not exist.
	CreateTenant(ctx context.Context, id directory.TenantID, displayName string) error

	// NextDue returns the tenants that have something due at or before
	// until, and the earliest due instant after it (zero if there is none).
	NextDue(ctx context.Context, until time.Time) (due []directory.TenantID, next time.Time, err error)

	// NextErrand is NextDue for errands and feeds, which lead out of the
	// process and so are run apart from everything else. A feed is due if
	// there is history behind its position, or if its time to wake has come.
	NextErrand(ctx context.Context, until time.Time) (due []directory.TenantID, next time.Time, err error)

	// Changes returns a channel that receives, soon after a commit that left
	// something to fall due, the instant at which it does; the commit may be
	// another process's. Values may be merged into the earliest; nobody needs
	// to receive.
	Changes() <-chan time.Time

	// Statements returns how many SQL statements were sent so far.
	Statements() int64

	// Close waits for running writes and closes the database.
	Close() error
}

// Reader reads. Methods that take an id return fault.NotFound
// ("ResourceNotFound") if there is no such object; methods that take several
// ids leave out what is not there, cost one statement, and take any number.
// Lists sort by the order asked, then by id; fields are listed in fields.go.
// A field that is not there is fault.Invalid "InvalidFilter". Lists of Each
// have a page for every parent.
type Reader interface {
	AutomaticReader

	Tenant() directory.TenantID

	Catalog(ctx context.Context, id entitlement.CatalogID) (entitlement.Catalog, error)
	Catalogs(ctx context.Context, q query.List) (query.Page[entitlement.Catalog], error)

	Resource(ctx context.Context, id entitlement.ResourceID) (entitlement.Resource, error)
	Resources(ctx context.Context, q query.List) (query.Page[entitlement.Resource], error)
	// ResourcesEach lists those of each catalog, or of each origin system.
	ResourcesEach(ctx context.Context, q query.Each) (map[string]query.Page[entitlement.Resource], error)

	UploadSession(ctx context.Context, id entitlement.UploadID) (entitlement.UploadSession, error)
	// UploadSessions returns the sessions of the resources, oldest first.
	UploadSessions(ctx context.Context, resources []entitlement.ResourceID) ([]entitlement.UploadSession, error)
	// UploadedContent returns what a file of a session holds.
	UploadedContent(ctx context.Context, id entitlement.FileID) ([]byte, error)

	ResourceRequest(ctx context.Context, id string) (entitlement.ResourceRequest, error)
	ResourceRequests(ctx context.Context, q query.List) (query.Page[entitlement.ResourceRequest], error)

	Extension(ctx context.Context, id entitlement.ExtensionID) (entitlement.CustomExtension, error)
	Extensions(ctx context.Context, q query.List) (query.Page[entitlement.CustomExtension], error)
	// ExtensionsEach lists those of each catalog.
	ExtensionsEach(ctx context.Context, q query.Each) (map[string]query.Page[entitlement.CustomExtension], error)
	// Callers returns the policies that call a custom extension.
	Callers(ctx context.Context, id entitlement.ExtensionID) ([]entitlement.Policy, error)

	// OriginConnectors returns all of them; there are a handful.
	OriginConnectors(ctx context.Context) ([]entitlement.OriginConnector, error)

	Package(ctx context.Context, id entitlement.PackageID) (entitlement.Package, error)
	Packages(ctx context.Context, q query.List) (query.Page[entitlement.Package], error)
	// PackagesEach lists those of each catalog.
	PackagesEach(ctx context.Context, q query.Each) (map[string]query.Page[entitlement.Package], error)

	// RoleScopes lists what packages give: each role on a scope once, with the
	// first of the packages that give it.
	RoleScopes(ctx context.Context, q query.List) (query.Page[RoleScopeAt], error)

	Policy(ctx context.Context, id entitlement.PolicyID) (entitlement.Policy, error)
	Policies(ctx context.Context, q query.List) (query.Page[entitlement.Policy], error)
	// PoliciesEach lists those of each package.
	PoliciesEach(ctx context.Context, q query.Each) (map[string]query.Page[entitlement.Policy], error)
	// PolicyAt returns the policy as it was in the given version, even if it
	// has been changed or deleted since.
	PolicyAt(ctx context.Context, id entitlement.PolicyID, version int64) (entitlement.Policy, error)

	// Offer returns a package with its catalog, all its policies and the
	// resources of the catalog that have attributes, in one statement. What was decoded before is not decoded again.
	Offer(ctx context.Context, id entitlement.PackageID) (Offer, error)

	Request(ctx context.Context, id entitlement.RequestID) (entitlement.Request, error)
	Requests(ctx context.Context, q query.List) (query.Page[entitlement.Request], error)
	// RequestsEach lists those about each assignment.
	RequestsEach(ctx context.Context, q query.Each) (map[string]query.Page[entitlement.Request], error)
	// DueRequests returns up to limit open requests whose next due instant is
	// at or before now, earliest first, and claims them: until the
	// transaction ends no other one gets them from this method, nor waits
	// for them.
	DueRequests(ctx context.Context, now time.Time, limit int) ([]entitlement.Request, error)
	// HeldRequests is DueRequests for requests that only wait for their
	// NotBefore, whatever it is.
	HeldRequests(ctx context.Context, limit int) ([]entitlement.Request, error)

	Approval(ctx context.Context, id entitlement.RequestID) (entitlement.Approval, error)
	ApprovalsByID(ctx context.Context, ids []entitlement.RequestID) (map[entitlement.RequestID]entitlement.Approval, error)
	Approvals(ctx context.Context, q query.List) (query.Page[entitlement.Approval], error)
	// PendingFor returns the open approvals in whose current stage somebody
	// might be an approver: by name, by a group, as the target's manager or
	// manager's manager, as a sponsor of the target or of the target's
	// organization, as primary, fallback or (once escalated) alternate.
	// The use case decides exactly. Approvals come in the order of their ids,
	// after the given one.
	PendingFor(ctx context.Context, who directory.ObjectID, after entitlement.RequestID, limit int) ([]entitlement.Approval, error)

	Assignment(ctx context.Context, id entitlement.AssignmentID) (entitlement.Assignment, error)
	Assignments(ctx context.Context, q query.List) (query.Page[entitlement.Assignment], error)
	// DueAssignments is DueRequests for assignments.
	DueAssignments(ctx context.Context, now time.Time, limit int) ([]entitlement.Assignment, error)

	// Standing returns what matters when somebody asks for a package, in one
	// statement.
	Standing(ctx context.Context, target directory.ObjectID, pkg entitlement.PackageID) (Standing, error)

	// RuleStamp returns the stamp of the rules about what must not be
	// combined; an Offer tells it, too.
	RuleStamp(ctx context.Context) (RuleStamp, error)
	// Rules returns the rules that a stamp of this transaction stands for. It
	// costs no statement if there are none, or if this process has read them
	// before.
	Rules(ctx context.Context, stamp RuleStamp) (entitlement.Rules, error)
	// PackagesGiving returns the packages that give any of the roles.
	PackagesGiving(ctx context.Context, keys []entitlement.RoleKey) ([]entitlement.PackageID, error)
	// Combined lists those assignments whose target has something else
	// besides. On both sides only what is being delivered, or was at least in
	// part, counts.
	Combined(ctx context.Context, with Combination, q query.List) (query.Page[entitlement.Assignment], error)

	Exception(ctx context.Context, id entitlement.ExceptionID) (entitlement.Exception, error)
	Exceptions(ctx context.Context, q query.List) (query.Page[entitlement.Exception], error)
	// ExceptionsFor returns the exceptions of the targets whose time it is.
	ExceptionsFor(ctx context.Context, targets []directory.ObjectID, now time.Time) ([]entitlement.Exception, error)

	Emergency(ctx context.Context, id entitlement.RequestID) (entitlement.EmergencyReview, error)
	Emergencies(ctx context.Context, q query.List) (query.Page[entitlement.EmergencyReview], error)

	// PackagesOffered is Packages for those of published catalogs that have a
	// policy which takes requests and may be for one of the objects
	// (entitlement.Policy.Audience). The use case decides exactly.
	PackagesOffered(ctx context.Context, to []directory.ObjectID, q query.List) (query.Page[entitlement.Package], error)

	// PackageHolders returns who of the people has which package now, or is about
	// to, each once. PastAccess returns what somebody had.
	PackageHolders(ctx context.Context, holders []directory.ObjectID) ([]entitlement.PackageHolder, error)
	PastAccess(ctx context.Context, holder directory.ObjectID) ([]entitlement.PastAccess, error)

	// OpenGrants returns the grants of the subjects that have not ended,
	// those that were not given yet among them.
	OpenGrants(ctx context.Context, subjects []directory.ObjectID) ([]entitlement.Grant, error)
	// SourcesOf returns the open sources of the assignments, and of all
	// other assignments that share a grant with them.
	SourcesOf(ctx context.Context, assignments []entitlement.AssignmentID) ([]entitlement.GrantSource, error)
	GrantsByID(ctx context.Context, ids []entitlement.GrantID) (map[entitlement.GrantID]entitlement.Grant, error)
	// Grants lists grants, of each subject and role the newest, whether it
	// has ended or not: all, or unless within is nil those that assignments
	// of one of the catalogs give or gave.
	Grants(ctx context.Context, q query.List, within []entitlement.CatalogID) (query.Page[entitlement.Grant], error)
	// GrantsEach lists, for each assignment, the grants that it gives or, if
	// it has ended, gave.
	GrantsEach(ctx context.Context, q query.Each) (map[string]query.Page[entitlement.Grant], error)
	// SourcesByGrant and SourcesByAssignment return the sources, open or not.
	SourcesByGrant(ctx context.Context, ids []entitlement.GrantID) ([]entitlement.GrantSource, error)
	SourcesByAssignment(ctx context.Context, ids []entitlement.AssignmentID) ([]entitlement.GrantSource, error)

	// DueWork is DueRequests for work.
	DueWork(ctx context.Context, now time.Time, limit int) ([]Work, error)

	// SentOnce returns what a caller sent with a key, though it may have
	// expired.
	SentOnce(ctx context.Context, caller directory.ObjectID, key string) (Sent, error)

	// DueNotices is DueRequests for notices.
	DueNotices(ctx context.Context, now time.Time, limit int) ([]entitlement.Notice, error)
	// DueErrands is DueRequests for errands.
	DueErrands(ctx context.Context, now time.Time, limit int) ([]entitlement.Errand, error)

	Subscription(ctx context.Context, id entitlement.SubscriptionID) (entitlement.Subscription, error)
	Subscriptions(ctx context.Context, q query.List) (query.Page[entitlement.Subscription], error)
	Feed(ctx context.Context, id entitlement.SubscriptionID) (entitlement.Feed, error)
	// DueFeeds is DueRequests for feeds (see NextErrand), those first that
	// waited longest.
	DueFeeds(ctx context.Context, now time.Time, limit int) ([]entitlement.Feed, error)

	Messages(ctx context.Context, q query.List) (query.Page[entitlement.Message], error)

	Object(ctx context.Context, id directory.ObjectID) (directory.Object, error)
	// ObjectByName finds a living user by user principal name, in any case.
	ObjectByName(ctx context.Context, principalName string) (directory.Object, error)
	// ObjectByAppID finds a living service principal by client id.
	ObjectByAppID(ctx context.Context, appID string) (directory.Object, error)
	ObjectsByID(ctx context.Context, ids []directory.ObjectID) (map[directory.ObjectID]directory.Object, error)
	// Objects lists objects of one kind, living ones only.
	Objects(ctx context.Context, kind directory.ObjectKind, q query.List) (query.Page[directory.Object], error)
	// DeletedObjects lists objects of one kind that are in the recycle bin.
	DeletedObjects(ctx context.Context, kind directory.ObjectKind, q query.List) (query.Page[directory.Object], error)
	// Members lists who has the relation to the group directly, living only.
	Members(ctx context.Context, group directory.ObjectID, rel directory.Relation, q query.List) (query.Page[directory.Object], error)
	// DeepMembers lists who is a member of the group, directly or through
	// living groups, those groups among them; living only.
	DeepMembers(ctx context.Context, group directory.ObjectID, q query.List) (query.Page[directory.Object], error)
	// HasMember reports whether the object has the relation to the group directly.
	HasMember(ctx context.Context, m directory.Membership) (bool, error)
	// HaveMembers is HasMember for many; it returns those that exist.
	HaveMembers(ctx context.Context, ms []directory.Membership) (map[directory.Membership]bool, error)
	// MembersOfEach returns up to limit living members of the groups, of any
	// kind, in the order of the ids of group and member, behind the given one
	// ("", "" for the first).
	MembersOfEach(ctx context.Context, groups []directory.ObjectID, group, member directory.ObjectID, limit int) ([]GroupMember, error)
	// MembershipsOf returns the memberships of the objects in groups, directly
	// and without Since, whether the object or the group is deleted or not.
	MembershipsOf(ctx context.Context, members []directory.ObjectID) ([]directory.Membership, error)
	// GroupsOf returns the living groups that the object is a member of,
	// through any number of groups.
	GroupsOf(ctx context.Context, id directory.ObjectID) ([]directory.ObjectID, error)
	// MembersOf returns the living, enabled users that are members of the
	// groups through any number of groups, up to limit.
	MembersOf(ctx context.Context, groups []directory.ObjectID, limit int) ([]directory.ObjectID, error)
	// GroupsHolding lists the groups the object is in directly, or (deep)
	// through any number of groups.
	GroupsHolding(ctx context.Context, id directory.ObjectID, deep bool, q query.List) (query.Page[directory.Object], error)

	// ObjectByMail finds a living user or person without an account by mail
	// address, in any case; users go first.
	ObjectByMail(ctx context.Context, mail string) (directory.Object, error)
	// Subjects lists the living users, service principals and people without
	// an account. The field "id" is that of the subject.
	Subjects(ctx context.Context, q query.List) (query.Page[directory.Object], error)

	Organization(ctx context.Context, id entitlement.OrgID) (entitlement.Organization, error)
	Organizations(ctx context.Context, q query.List) (query.Page[entitlement.Organization], error)
	OrganizationsByID(ctx context.Context, ids []entitlement.OrgID) (map[entitlement.OrgID]entitlement.Organization, error)
	// OrganizationsAt returns the organizations with the identity sources.
	OrganizationsAt(ctx context.Context, keys []entitlement.SourceKey) (map[entitlement.SourceKey]entitlement.Organization, error)
	// PoliciesNaming returns policies whose targets name the organization, up
	// to limit.
	PoliciesNaming(ctx context.Context, id entitlement.OrgID, limit int) ([]entitlement.Policy, error)

	// Guests returns what is kept about the guests among the ids.
	Guests(ctx context.Context, ids []directory.ObjectID) (map[directory.ObjectID]entitlement.Guest, error)
	// DueGuests is DueRequests for guests.
	DueGuests(ctx context.Context, now time.Time, limit int) ([]entitlement.Guest, error)

	// TenantSettings returns the defaults, with the version 0, until some are
	// put.
	TenantSettings(ctx context.Context) (entitlement.TenantSettings, error)

	AppRoleAssignment(ctx context.Context, id string) (directory.AppRoleAssignment, error)
	AppRoleAssignments(ctx context.Context, q query.List) (query.Page[directory.AppRoleAssignment], error)
	// AppRoleOf finds the assignment of a role to a principal; NotFound if there is none.
	AppRoleOf(ctx context.Context, principal, resource directory.ObjectID, role string) (directory.AppRoleAssignment, error)

	RoleAssignment(ctx context.Context, id string) (authz.RoleAssignment, error)
	RoleAssignments(ctx context.Context, q query.List) (query.Page[authz.RoleAssignment], error)
	// RolesOf returns the role assignments of the principal and of all groups
	// it is in, in one statement.
	RolesOf(ctx context.Context, principal directory.ObjectID) ([]authz.RoleAssignment, error)

	// AuditOf returns the records about an object, oldest first.
	AuditOf(ctx context.Context, kind audit.ObjectKind, id string) ([]audit.Record, error)
	// AuditOfMany returns the records about objects of any kind that have one
	// of the ids, oldest first.
	AuditOfMany(ctx context.Context, ids []string) ([]audit.Record, error)
	// AuditRecords lists all records, newest first.
	AuditRecords(ctx context.Context, q query.List) (query.Page[audit.Record], error)
	// Latest returns a position in the history behind which every change is
	// that this reader does not see.
	Latest(ctx context.Context) (Position, error)
	// Changed looks through up to limit records behind a position and names
	// the objects of the kind that they are about. It costs as much as has
	// happened since, whatever else there is.
	Changed(ctx context.Context, kind audit.ObjectKind, since string, limit int) (Changed, error)
	// ObjectsChanged is Changed for users, groups and applications, and for
	// who is a member of which group.
	ObjectsChanged(ctx context.Context, since string, limit int) (ObjectsChanged, error)
	// ObjectVersions returns objects as they were in the given versions, even
	// if they have been removed since.
	ObjectVersions(ctx context.Context, versions map[directory.ObjectID]int64) (map[directory.ObjectID]directory.Object, error)
	// Happened is Changed for those who want to know what happened to each
	// object; to one of them only, unless object is empty.
	Happened(ctx context.Context, kind audit.ObjectKind, object, since string, limit int) (Happenings, error)
	// VersionAt returns the image of an object as it was at an instant, as
	// JSON of the core's own type; nil if it did not exist then.
	VersionAt(ctx context.Context, kind audit.ObjectKind, id string, at time.Time) ([]byte, error)
}

// Tx also changes things. There is no way to change one without an audit
// record, which is committed with it.
//
// Put writes a new object if its Version is 0, else it replaces the stored
// one; the version stored is Version+1. fault.Stale if Version is not the
// stored one; it may come as late as the commit, and Write handles it. An
// object is put at most once in a transaction. Reads after writes see them.
// Every put keeps the after-image with the instant from which it holds
// (audit.Record.At), so any object can be read as of any instant.
//
// Delete removes an object and keeps its past; fault.NotFound if it is gone.
type Tx interface {
	Reader
	AutomaticTx

	PutCatalog(ctx context.Context, c entitlement.Catalog, why audit.Record) error
	DeleteCatalog(ctx context.Context, id entitlement.CatalogID, why audit.Record) error
	PutResource(ctx context.Context, r entitlement.Resource, why audit.Record) error
	DeleteResource(ctx context.Context, id entitlement.ResourceID, why audit.Record) error
	PutUploadSession(ctx context.Context, s entitlement.UploadSession, why audit.Record) error
	// DeleteUploadSession removes the contents of its files, too.
	DeleteUploadSession(ctx context.Context, id entitlement.UploadID, why audit.Record) error
	// PutUploadedContent and DropUploadedContent need no record: that of the
	// session, which lists its files, tells it.
	PutUploadedContent(ctx context.Context, session entitlement.UploadID, id entitlement.FileID, content []byte) error
	DropUploadedContent(ctx context.Context, id entitlement.FileID) error
	PutResourceRequest(ctx context.Context, r entitlement.ResourceRequest, why audit.Record) error
	PutExtension(ctx context.Context, x entitlement.CustomExtension, why audit.Record) error
	// DeleteExtension is fault.Conflict while a policy calls the extension.
	DeleteExtension(ctx context.Context, id entitlement.ExtensionID, why audit.Record) error
	PutOriginConnector(ctx context.Context, c entitlement.OriginConnector, why audit.Record) error
	DeleteOriginConnector(ctx context.Context, id entitlement.ConnectorID, why audit.Record) error
	PutPackage(ctx context.Context, p entitlement.Package, why audit.Record) error
	DeletePackage(ctx context.Context, id entitlement.PackageID, why audit.Record) error
	PutPolicy(ctx context.Context, p entitlement.Policy, why audit.Record) error
	DeletePolicy(ctx context.Context, id entitlement.PolicyID, why audit.Record) error

	// PutPackage, DeletePackage and PutObject of a group change the RuleStamp
	// where the rules may have changed. A group that comes into another one,
	// or leaves it, has to be told.
	GroupsNested(ctx context.Context) error
	// Hold makes other transactions that hold one of the objects wait until
	// this one ends, so that they see what it does.
	Hold(ctx context.Context, ids []directory.ObjectID) error
	PutException(ctx context.Context, x entitlement.Exception, why audit.Record) error
	DeleteException(ctx context.Context, id entitlement.ExceptionID, why audit.Record) error
	PutEmergency(ctx context.Context, x entitlement.EmergencyReview, why audit.Record) error

	// PutRequest takes one record for each thing that happened, in order.
	// There is at most one open request for a target and a package.
	PutRequest(ctx context.Context, r entitlement.Request, why ...audit.Record) error
	DeleteRequest(ctx context.Context, id entitlement.RequestID, why audit.Record) error
	PutApproval(ctx context.Context, a entitlement.Approval, why audit.Record) error
	// DeleteApproval removes a closed approval.
	DeleteApproval(ctx context.Context, id entitlement.RequestID, why audit.Record) error
	// PutAssignment takes one record for each thing that happened, in order.
	// There is at most one active assignment for a target and a policy.
	PutAssignment(ctx context.Context, a entitlement.Assignment, why ...audit.Record) error
	// PutGrant keeps at most one open grant for a GrantKey.
	PutGrant(ctx context.Context, g entitlement.Grant, why audit.Record) error
	// AddSource and EndSource need no record: the grant's and the
	// assignment's tell it.
	AddSource(ctx context.Context, s entitlement.GrantSource) error
	EndSource(ctx context.Context, s entitlement.GrantSource) error

	// PutWork makes work due, and replaces that of its kind and ref. EndWork
	// removes it. They need no record: the change that made the work
	// necessary has one, and so has all that it changes.
	PutWork(ctx context.Context, s Work) error
	EndWork(ctx context.Context, s Work) error

	// PutSentOnce remembers what was sent with a key, in place of what has
	// expired by now, until it expires itself. ForgetSent removes up to limit
	// of those that have, and returns the first instant at which one will.
	PutSentOnce(ctx context.Context, s Sent, now time.Time) error
	ForgetSent(ctx context.Context, now time.Time, limit int) (next time.Time, err error)

	// PutNotice, DropNotice and PutMessage need no record: that of the change
	// which is told tells it. PutMessage does nothing if the recipient has a
	// message of the event about the same occasion already.
	PutNotice(ctx context.Context, n entitlement.Notice) error
	DropNotice(ctx context.Context, id entitlement.NoticeID) error
	PutMessage(ctx context.Context, m entitlement.Message) error
	// PutErrand adds an errand or replaces the one with its id, DropErrand
	// removes it. The record of the callout tells it.
	PutErrand(ctx context.Context, e entitlement.Errand) error
	DropErrand(ctx context.Context, id string) error

	PutSubscription(ctx context.Context, s entitlement.Subscription, why audit.Record) error
	// DeleteSubscription removes the feed too.
	DeleteSubscription(ctx context.Context, id entitlement.SubscriptionID, why audit.Record) error
	// PutFeed adds the feed of a subscription or replaces it. It needs no
	// record: the feed only tells what has one. DropFeed removes it.
	PutFeed(ctx context.Context, f entitlement.Feed) error
	DropFeed(ctx context.Context, id entitlement.SubscriptionID) error

	// PutOrganization keeps one organization for an identity source.
	PutOrganization(ctx context.Context, o entitlement.Organization, why audit.Record) error
	// DeleteOrganization fails with fault.Conflict while a policy names it.
	DeleteOrganization(ctx context.Context, id entitlement.OrgID, why audit.Record) error
	PutGuest(ctx context.Context, g entitlement.Guest, why audit.Record) error
	PutTenantSettings(ctx context.Context, s entitlement.TenantSettings, why audit.Record) error

	// PutObject keeps one person without an account for a mail address.
	PutObject(ctx context.Context, o directory.Object, why audit.Record) error
	// PurgeObject removes an object for good.
	PurgeObject(ctx context.Context, id directory.ObjectID, why audit.Record) error
	// AddMember and RemoveMember do nothing if it is so already.
	AddMember(ctx context.Context, m directory.Membership, why audit.Record) error
	RemoveMember(ctx context.Context, m directory.Membership, why audit.Record) error
	PutAppRoleAssignment(ctx context.Context, a directory.AppRoleAssignment, why audit.Record) error
	DeleteAppRoleAssignment(ctx context.Context, id string, why audit.Record) error
	PutRoleAssignment(ctx context.Context, a authz.RoleAssignment, why audit.Record) error
	DeleteRoleAssignment(ctx context.Context, id string, why audit.Record) error

	// Note writes a record that goes with no change, such as a refusal.
	Note(ctx context.Context, why audit.Record) error
}

// Offer is a package as those who ask for it meet it.
type Offer struct {
	Package  entitlement.Package
	Catalog  entitlement.Catalog
	Policies []entitlement.Policy
	Asking   []entitlement.Resource // of the catalog, those with attributes
	Rules    RuleStamp
}

// RoleScopeAt tells where a role scope is written down.
type RoleScopeAt struct {
	ID      string // of the role scope
	Package entitlement.PackageID
}

// RuleStamp stands for one state of the rules about what must not be
// combined, and of what they are judged by. It is empty as long as a tenant
// has had no rules.
type RuleStamp string

// Combination is what a target may have besides an assignment: an assignment
// to one of the packages, or to one that must not be combined with the
// package by a rule that names both, or the direct membership of a group. One
// of them is enough.
type Combination struct {
	Packages   []entitlement.PackageID
	Configured bool
	Groups     []directory.ObjectID
}

// Standing is what is known about a target and a package before a request.
type Standing struct {
	Target directory.Object         // zero if there is no such object
	Open   *entitlement.Request     // the open request of the target for the package
	Active []entitlement.Assignment // the active assignments of the target to the package
}
