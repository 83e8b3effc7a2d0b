// Package audit describes the record of what was done: who, what, to which
// object, why, and with what result. Every change writes its record in the
// same transaction; refusals are recorded too.
//
// Records never hold tokens, secrets or answers. They are pure values; the
// store keeps them.
package audit

import (
	"time"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
)

// Result tells how an action ended.
type Result string

// The results that directoryAudits knows and we use.
const (
	Success Result = "success"
	Failure Result = "failure"
)

// Record is one entry of the audit log.
type Record struct {
	ID       string // GUID, rising with time
	At       time.Time
	Actor    entitlement.Actor
	OnBehalf directory.ObjectID // for whom the actor acted; empty for oneself
	Action   Action
	Object   Object
	Before   int64 // version before; 0 if the object is new
	After    int64 // version after; 0 if it was deleted, or if nothing changed
	Result   Result
	Reason   string // why: the code of a refusal, or why the system acted

	RequestID       string // of the HTTP request
	ClientRequestID string
}

// Object names what was acted on.
type Object struct {
	Kind ObjectKind
	ID   string
	Name string // as it was called then
}

// ObjectKind is the type of an audited object.
type ObjectKind string

// The kinds of objects that are audited and kept in versions.
const (
	KindCatalog         ObjectKind = "accessPackageCatalog"
	KindResource        ObjectKind = "accessPackageResource"
	KindResourceRequest ObjectKind = "accessPackageResourceRequest"
	KindUpload          ObjectKind = "customDataProvidedResourceUploadSession"
	KindExtension       ObjectKind = "customCalloutExtension"
	KindPackage         ObjectKind = "accessPackage"
	KindPolicy          ObjectKind = "accessPackageAssignmentPolicy"
	KindRequest         ObjectKind = "accessPackageAssignmentRequest"
	KindApproval        ObjectKind = "approval"
	KindAssignment      ObjectKind = "accessPackageAssignment"
	KindGrant           ObjectKind = "grant"
	KindRoleAssignment  ObjectKind = "roleAssignment"
	KindObject          ObjectKind = "directoryObject"
	KindAppRole         ObjectKind = "appRoleAssignment"
	KindException       ObjectKind = "incompatibilityException" // ours
	KindEmergency       ObjectKind = "emergencyReview"          // ours
	KindOrganization    ObjectKind = "connectedOrganization"
	KindSettings        ObjectKind = "entitlementManagementSettings"
	KindConnector       ObjectKind = "externalOriginResourceConnector"
	KindSubject         ObjectKind = "accessPackageSubject"
	KindSubscription    ObjectKind = "subscription"
)

// Action is the published activityDisplayName of what was done
// (directory.md section 7); those marked are our additions.
type Action string

// The actions that are recorded.
const (
	CatalogCreated    Action = "Create access package catalog"
	CatalogUpdated    Action = "Update access package catalog"
	CatalogDeleted    Action = "Delete access package catalog"
	ResourceAdded     Action = "Create resource request"
	ResourceRemoved   Action = "Create resource remove request"
	ResourceUpdated   Action = "Update access package catalog resource"
	ExtensionCreated  Action = "Create custom extension"
	ExtensionUpdated  Action = "Update custom extension"
	ExtensionDeleted  Action = "Delete custom extension"
	ExtensionCalled   Action = "Execute custom extension"
	ExtensionMissed   Action = "Time out custom extension" // ours
	PackageCreated    Action = "Create access package"
	PackageUpdated    Action = "Update access package"
	PackageDeleted    Action = "Delete access package"
	PackageBarred     Action = "Create incompatible access package"
	PackageUnbarred   Action = "Delete incompatible access package"
	GroupBarred       Action = "Create incompatible group"
	GroupUnbarred     Action = "Delete incompatible group"
	PolicyCreated     Action = "Create access package assignment policy"
	PolicyUpdated     Action = "Update access package assignment policy"
	PolicyDeleted     Action = "Delete access package assignment policy"
	RoleGiven         Action = "Add Entitlement Management role assignment"
	RoleTaken         Action = "Remove Entitlement Management role assignment"
	UserRequested     Action = "User requests access package assignment"
	UserExtension     Action = "User requests to extend access package assignment"
	UserUpdate        Action = "Create access package assignment user update request"
	AssignmentLonger  Action = "Extend access package assignment"
	UserRemoval       Action = "User requests to remove access package assignment"
	AdminAssigned     Action = "Administrator directly assigns user to access package"
	AdminRemoved      Action = "Administrator directly removes user access package assignment"
	SystemAssigned    Action = "Entitlement Management creates access package assignment request for user"
	SystemRemoved     Action = "Entitlement Management removes access package assignment request for user"
	RequestCanceled   Action = "Cancel access package assignment request"
	RequestApproved   Action = "Approve access package assignment request"
	StageCompleted    Action = "Approval stage completed for access package assignment request"
	RequestDenied     Action = "Deny access package assignment request"
	RequestUpdated    Action = "Update access package assignment request"
	RequestScheduled  Action = "Schedule a future access package assignment"
	RequestReady      Action = "Ready to fulfill access package assignment request"
	RequestFulfilled  Action = "Fulfill access package assignment request"
	RequestPartial    Action = "Partially fulfill access package assignment request"
	RequestFailed     Action = "Failed access package assignment request"
	ResourceFulfilled Action = "Fulfill access package resource assignment"
	ResourceWithdrawn Action = "Remove access package resource assignment"

	RequestEscalated  Action = "Escalate access package assignment request"                    // ours
	RequestTimedOut   Action = "Expire access package assignment request"                      // ours
	NobodyCanApprove  Action = "No approver found for access package assignment request"       // ours
	AssignmentChanged Action = "Update access package assignment"                              // ours
	AdminUpdated      Action = "Administrator directly updates user access package assignment" // ours

	PackageMoved          Action = "Move access package to catalog"                                    // ours
	RequestReprocessed    Action = "Reprocess access package assignment request"                       // ours
	RequestDeleted        Action = "Delete access package assignment request"                          // ours
	RequestHeldUp         Action = "Hold access package assignment request for custom extension"       // ours
	RequestResumed        Action = "Resume access package assignment request"                          // ours
	RequestPostponed      Action = "Retry access package assignment request"                           // ours
	RequestTold           Action = "Notify about access package assignment request"                    // ours
	AssignmentEnding      Action = "Announce end of access package assignment"                         // ours
	AssignmentEndTold     Action = "Notify about end of access package assignment"                     // ours
	AssignmentReprocessed Action = "Reprocess access package assignment"                               // ours
	ResourceFailed        Action = "Failed access package resource assignment"                         // ours
	ResourceKept          Action = "Failed to remove access package resource assignment"               // ours
	ResourceRefreshed     Action = "Refresh access package resource"                                   // ours
	ResourceShared        Action = "Update access package resource assignment"                         // ours
	SystemUpdated         Action = "Entitlement Management updates access package assignment for user" // ours
	ApproverRemoved       Action = "Approver removes user access package assignment"                   // ours

	UploadCreated Action = "Create upload session" // ours
	UploadUpdated Action = "Update upload session" // ours
	UploadDeleted Action = "Delete upload session" // ours
	FileUploaded  Action = "Upload file"           // ours
	FileDeleted   Action = "Delete uploaded file"  // ours

	ExceptionApproved      Action = "Approve incompatibility exception"                 // ours
	ExceptionRevoked       Action = "Revoke incompatibility exception"                  // ours
	ExceptionEnded         Action = "End incompatibility exception"                     // ours
	ExceptionUsed          Action = "Use incompatibility exception"                     // ours
	IncompatibleAllowed    Action = "Administrator assigns incompatible access package" // ours
	OrganizationCreated    Action = "Create connected organization"
	OrganizationUpdated    Action = "Update connected organization"
	OrganizationDeleted    Action = "Delete connected organization"
	InternalSponsorAdded   Action = "Assign user as internal sponsor"
	InternalSponsorRemoved Action = "Remove user as internal sponsor"
	ExternalSponsorAdded   Action = "Assign user as external sponsor"
	ExternalSponsorRemoved Action = "Remove user as external sponsor"
	ConnectorCreated       Action = "Create external origin resource connector" // ours
	ConnectorUpdated       Action = "Update external origin resource connector" // ours
	ConnectorDeleted       Action = "Delete external origin resource connector" // ours
	SettingsUpdated        Action = "Update tenant setting"

	SubjectUpdated  Action = "Update access package subject"               // ours
	CleanupPlanned  Action = "Schedule the clean-up of an external user"   // ours
	CleanupCanceled Action = "Cancel the clean-up of an external user"     // ours
	GuestBlocked    Action = "Block sign-in of an external user"           // ours
	GuestRemoved    Action = "Delete an external user without access"      // ours
	ExternalNamed   Action = "Add external person to entitlement requests" // ours
	UserInvited     Action = "Invite external user"

	SubscriptionCreated Action = "Create subscription" // ours
	SubscriptionUpdated Action = "Update subscription" // ours
	SubscriptionDeleted Action = "Delete subscription" // ours

	EmergencyUsed     Action = "Give access in an emergency"         // ours
	EmergencyReviewed Action = "Review emergency access"             // ours
	EmergencyOverdue  Action = "Miss the review of emergency access" // ours

	AutomaticHeld      Action = "Hold back automatic assignment changes"   // ours
	AutomaticDropped   Action = "Discard automatic assignment changes"     // ours
	AutomaticConfirmed Action = "Confirm automatic assignment changes"     // ours
	AutomaticLimit     Action = "Reach the limit of automatic assignments" // ours

	UserAdded               Action = "Add user"
	UserUpdated             Action = "Update user"
	UserDeleted             Action = "Delete user"
	GroupAdded              Action = "Add group"
	GroupUpdated            Action = "Update group"
	GroupDeleted            Action = "Delete group"
	ServicePrincipalSet     Action = "Add service principal"
	ServicePrincipalUpdated Action = "Update service principal"
	ServicePrincipalDeleted Action = "Remove service principal"
	ApplicationAdded        Action = "Add application"
	ApplicationUpdated      Action = "Update application"
	ApplicationDeleted      Action = "Delete application"
	DirectoryRoleGiven      Action = "Add member to role"
	DirectoryRoleTaken      Action = "Remove member from role"
	ObjectPurged            Action = "Hard delete directory object" // ours
	ObjectRestored          Action = "Restore directory object"     // ours
	MemberAdded             Action = "Add member to group"
	MemberRemoved           Action = "Remove member from group"
	OwnerAdded              Action = "Add owner to group"
	OwnerRemoved            Action = "Remove owner from group"
	AppRoleGiven            Action = "Add app role assignment to service principal"
	AppRoleTaken            Action = "Remove app role assignment from service principal"
)
