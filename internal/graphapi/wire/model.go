package wire

import (
	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
)

// model holds all declarations. They point at one another, so they are made
// together: first the entities, then what is in them.
type model struct {
	catalog         *Entity[entitlement.CatalogView]
	pkg             *Entity[entitlement.PackageView]
	available       *Entity[entitlement.PackageView]
	requirement     *Entity[entitlement.Requirement]
	suggestion      *Entity[entitlement.SuggestionView]
	exception       *Entity[entitlement.ExceptionView]
	emergency       *Entity[entitlement.EmergencyReviewView]
	subscription    *Entity[entitlement.Subscription]
	violation       *Entity[entitlement.ViolationView]
	resource        *Entity[entitlement.ResourceView]
	customResource  *Entity[entitlement.ResourceView]
	upload          *Entity[entitlement.UploadSessionView]
	reviewUpload    *Entity[entitlement.UploadSessionView]
	file            *Entity[entitlement.UploadedFile]
	role            *Entity[entitlement.RoleView]
	scope           *Entity[entitlement.ScopeView]
	roleScope       *Entity[entitlement.RoleScopeView]
	environment     *Entity[entitlement.EnvironmentView]
	resourceRequest *Entity[entitlement.ResourceRequestView]
	policy          *Entity[entitlement.PolicyView]
	question        *Entity[entitlement.Question]
	stageSetting    *Entity[entitlement.StageSettingView]
	handler         *Entity[entitlement.StageSettingView]

	extension, requestExtension, assignmentExtension, legacyExtension *Entity[entitlement.CustomExtension]
	originConnector                                                   *Entity[entitlement.OriginConnector]

	request           *Entity[entitlement.RequestView]
	assignment        *Entity[entitlement.AssignmentView]
	assignedRole      *Entity[entitlement.GrantView]
	approval          *Entity[entitlement.ApprovalView]
	stage             *Entity[StageView]
	subject           *Entity[entitlement.Subject]
	organization      *Entity[entitlement.OrganizationView]
	homeOfSubject     *Entity[entitlement.OrganizationView]
	settings          *Entity[entitlement.TenantSettings]
	control           *Entity[entitlement.Control]
	endUser           *Entity[entitlement.Control]
	insiderRisk       *Entity[entitlement.Control]
	userRisk          *Entity[entitlement.Control]
	user              *Entity[directory.Object]
	group             *Entity[directory.Object]
	servicePrincipal  *Entity[directory.Object]
	application       *Entity[directory.Object]
	object            *Entity[directory.Object]
	roleDefinition    *Entity[authz.Definition]
	roleAssignment    *Entity[authz.RoleAssignmentView]
	appRoleAssignment *Entity[directory.AppRoleAssignmentView]
	namespace         *Entity[authz.Namespace]
	action            *Entity[authz.ResourceAction]
	actionScope       *Entity[authz.ResourceAction]
	actionContext     *Entity[authz.ResourceAction]
	appScope          *Entity[authz.AppScope]
	audit             *Entity[audit.Record]
	auditTarget       *Entity[audit.Record]
}

func newModel() *model {
	m := &model{
		catalog:             new(Entity[entitlement.CatalogView]),
		pkg:                 new(Entity[entitlement.PackageView]),
		available:           new(Entity[entitlement.PackageView]),
		requirement:         new(Entity[entitlement.Requirement]),
		suggestion:          new(Entity[entitlement.SuggestionView]),
		exception:           new(Entity[entitlement.ExceptionView]),
		emergency:           new(Entity[entitlement.EmergencyReviewView]),
		subscription:        new(Entity[entitlement.Subscription]),
		violation:           new(Entity[entitlement.ViolationView]),
		resource:            new(Entity[entitlement.ResourceView]),
		customResource:      new(Entity[entitlement.ResourceView]),
		upload:              new(Entity[entitlement.UploadSessionView]),
		reviewUpload:        new(Entity[entitlement.UploadSessionView]),
		file:                new(Entity[entitlement.UploadedFile]),
		role:                new(Entity[entitlement.RoleView]),
		scope:               new(Entity[entitlement.ScopeView]),
		roleScope:           new(Entity[entitlement.RoleScopeView]),
		environment:         new(Entity[entitlement.EnvironmentView]),
		resourceRequest:     new(Entity[entitlement.ResourceRequestView]),
		policy:              new(Entity[entitlement.PolicyView]),
		question:            new(Entity[entitlement.Question]),
		stageSetting:        new(Entity[entitlement.StageSettingView]),
		handler:             new(Entity[entitlement.StageSettingView]),
		extension:           new(Entity[entitlement.CustomExtension]),
		requestExtension:    new(Entity[entitlement.CustomExtension]),
		assignmentExtension: new(Entity[entitlement.CustomExtension]),
		legacyExtension:     new(Entity[entitlement.CustomExtension]),
		originConnector:     new(Entity[entitlement.OriginConnector]),
		request:             new(Entity[entitlement.RequestView]),
		assignment:          new(Entity[entitlement.AssignmentView]),
		assignedRole:        new(Entity[entitlement.GrantView]),
		approval:            new(Entity[entitlement.ApprovalView]),
		stage:               new(Entity[StageView]),
		subject:             new(Entity[entitlement.Subject]),
		organization:        new(Entity[entitlement.OrganizationView]),
		homeOfSubject:       new(Entity[entitlement.OrganizationView]),
		settings:            new(Entity[entitlement.TenantSettings]),
		control:             new(Entity[entitlement.Control]),
		endUser:             new(Entity[entitlement.Control]),
		insiderRisk:         new(Entity[entitlement.Control]),
		userRisk:            new(Entity[entitlement.Control]),
		user:                new(Entity[directory.Object]),
		group:               new(Entity[directory.Object]),
		servicePrincipal:    new(Entity[directory.Object]),
		application:         new(Entity[directory.Object]),
		object:              new(Entity[directory.Object]),
		roleDefinition:      new(Entity[authz.Definition]),
		roleAssignment:      new(Entity[authz.RoleAssignmentView]),
		appRoleAssignment:   new(Entity[directory.AppRoleAssignmentView]),
		namespace:           new(Entity[authz.Namespace]),
		action:              new(Entity[authz.ResourceAction]),
		actionScope:         new(Entity[authz.ResourceAction]),
		actionContext:       new(Entity[authz.ResourceAction]),
		appScope:            new(Entity[authz.AppScope]),
		audit:               new(Entity[audit.Record]),
		auditTarget:         new(Entity[audit.Record]),
	}
	m.declareCatalog()
	m.declarePackage()
	m.declareAvailable()
	m.declareRequirement()
	m.declareSuggestion()
	m.declareException()
	m.declareEmergency()
	m.declareSubscription()
	m.declareViolation()
	m.declareResource()
	m.declareCustomResource()
	m.declareUploads()
	m.declareRoleScope()
	m.declareEnvironment()
	m.declareResourceRequest()
	m.declarePolicy()
	m.declareQuestion()
	m.declareStageSetting()
	m.declareExtensions()
	m.declareOriginConnector()
	m.declareRequest()
	m.declareAssignment()
	m.declareAssignedRole()
	m.declareApproval()
	m.declareSubject()
	m.declareOrganization()
	m.declareSettings()
	m.declareControls()
	m.declareUser()
	m.declareGroup()
	m.declareApps()
	m.declareObject()
	m.declareAppScope()
	m.declareRoles()
	m.declareNamespaces()
	m.declareAudit()
	m.declareAppRoleAssignment()
	return m
}

var schema = newModel()

// The entities that are served.
var (
	Catalog           = schema.catalog
	Package           = schema.pkg
	AvailablePackage  = schema.available // a package as requestors see it
	Requirement       = schema.requirement
	Suggestion        = schema.suggestion
	Exception         = schema.exception // ours
	Emergency         = schema.emergency // ours
	Subscription      = schema.subscription
	Violation         = schema.violation // ours
	Resource          = schema.resource
	UploadSession     = schema.upload
	UploadedFile      = schema.file
	ResourceRole      = schema.role
	ResourceScope     = schema.scope
	RoleScope         = schema.roleScope
	Environment       = schema.environment
	ResourceRequest   = schema.resourceRequest
	Policy            = schema.policy
	Question          = schema.question // of either kind, each with its @odata.type
	StageSetting      = schema.stageSetting
	ExtensionHandler  = schema.handler   // beta\'s older form of a stage setting
	Extension         = schema.extension // custom extensions of any type, each with its @odata.type
	LegacyExtension   = schema.legacyExtension
	OriginConnector   = schema.originConnector
	Request           = schema.request
	Assignment        = schema.assignment
	AssignedRole      = schema.assignedRole
	Approval          = schema.approval
	Stage             = schema.stage // approvalStage in v1.0, approvalStep in beta
	Subject           = schema.subject
	Organization      = schema.organization
	HomeOrganization  = schema.homeOfSubject // what comes with a subject
	Settings          = schema.settings
	Control           = schema.control // a control configuration of any type
	User              = schema.user
	Group             = schema.group
	ServicePrincipal  = schema.servicePrincipal
	Application       = schema.application
	DirectoryObject   = schema.object // rows of any kind, each with its @odata.type
	RoleDefinition    = schema.roleDefinition
	RoleAssignment    = schema.roleAssignment
	AppRoleAssignment = schema.appRoleAssignment
	Namespace         = schema.namespace
	ResourceAction    = schema.action
	Audit             = schema.audit
)
