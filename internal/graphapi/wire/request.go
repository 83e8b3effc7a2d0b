package wire

import (
	"time"

	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/query"
)

type requestView = entitlement.RequestView

// requestKinds spells the kinds of requests. Typed v1.0 clients know no
// userExtend, so they see the update that it is; approverRemove stands behind
// unknownFutureValue.
func requestKinds() *vocabulary {
	d := cased(onlyV1("accessPackageRequestType"),
		entitlement.UserAdd, entitlement.UserUpdate, entitlement.UserRemove,
		entitlement.AdminAdd, entitlement.AdminUpdate, entitlement.AdminRemove,
		entitlement.SystemAdd, entitlement.SystemUpdate, entitlement.SystemRemove, entitlement.OnBehalfAdd)
	return d.
		with(word{is: string(entitlement.UserExtend), v1: string(entitlement.UserUpdate), beta: "UserExtend"}).
		with(word{is: string(entitlement.ApproverRemove), v1: string(entitlement.ApproverRemove), beta: "ApproverRemove", evolved: true})
}

// requestStates are the coarse states, each standing for its statuses.
func requestStates() *vocabulary {
	d := &vocabulary{edm: onlyV1("accessPackageRequestState")}
	for _, status := range entitlement.Statuses() {
		state := status.State()
		w := d.lookup(state)
		if w == nil {
			d.words = append(d.words, word{is: state, v1: state, beta: pascal(state)})
			w = &d.words[len(d.words)-1]
		}
		w.stands = append(w.stands, string(status))
		if status == entitlement.Canceled {
			w.also = []string{"cancelled"}
		}
	}
	return d
}

// requestStatuses are spelled alike in both versions. Whether people were told
// of what was delivered shows only in filters that ask for it.
func requestStatuses() *vocabulary {
	d := &vocabulary{}
	for _, s := range entitlement.Statuses() {
		d.words = append(d.words, word{is: string(s), v1: s.String(), beta: s.String()})
	}
	done := d.lookup(string(entitlement.Delivered))
	done.also, done.stands = []string{"Fulfilled"}, []query.Value{string(entitlement.Delivered), string(entitlement.DeliveredTold)}
	d.lookup(string(entitlement.Canceled)).also = []string{"Cancelled"}
	return d
}

func (m *model) declareRequest() {
	status := func(r *requestView) query.Value { return textValue(r.Status) }
	packageOf := func(r *requestView) query.Value { return textValue(r.Package) }
	catalogOf := func(r *requestView) query.Value { return textValue(r.Catalog) }
	policyOf := func(r *requestView) query.Value { return textValue(r.Policy) }
	targetOf := func(r *requestView) query.Value { return textValue(r.Target) }
	assignmentOf := func(r *requestView) query.Value { return textValue(r.Request.Assignment) }
	*m.request = Entity[requestView]{
		collection: "requests",
		record: record[requestView]{
			name: both("accessPackageAssignmentRequest"),
			props: []property[requestView]{
				guid(both("id"), func(r *requestView) *entitlement.RequestID { return &r.ID }).filter("id").ro(),
				choice(both("requestType"), requestKinds().with(notSpecified), func(r *requestView) *entitlement.RequestKind { return &r.Kind }).filter("kind").ro(),
				derivedChoice(renamed("state", "requestState"), requestStates(), func(r *requestView) string { return r.Status.State() }, status).filter("status"),
				choice(renamed("status", "requestStatus"), requestStatuses(), func(r *requestView) *entitlement.Status { return &r.Status }).filter("status").ro(),
				instant(both("createdDateTime"), func(r *requestView) *time.Time { return &r.CreatedAt }).filter("createdAt").ro(),
				instant(renamed("completedDateTime", "completedDate"), func(r *requestView) *time.Time { return &r.CompletedAt }).filter("completedAt").ro(),
				instant(onlyBeta("expirationDateTime"), func(r *requestView) *time.Time { return &r.DenyAt }).ro(),
				flag(onlyBeta("isValidationOnly"), func(r *requestView) *bool { return &r.ValidationOnly }).ro(),
				text(both("justification"), func(r *requestView) *string { return &r.Justification }).ro(),
				scheduleOf(func(r *requestView) *entitlement.Schedule { return &r.Schedule }),
				answers(both("answers"), func(r *requestView) *[]entitlement.Answer { return &r.Answers }),
				objects(onlyBeta("verifiedCredentialsData"), credentialData, func(r *requestView) *[]credential { return &r.Credentials }).ro(),
				handlerInstances(func(r *requestView) []callout { return r.Callouts }),
				calloutInstances(func(r *requestView) *[]callout { return &r.Callouts }),
				objects(onlyBeta("history"), activityType, func(r *requestView) *[]entitlement.Activity { return &r.History }).ro().selected().loads("history"),
			},
		},
		navs: []navigation[requestView]{
			one(both("accessPackage"), "package", m.pkg, func(r *requestView) *packageView { return r.OfPackage }),
			one(renamed("assignment", "accessPackageAssignment"), "assignment", m.assignment, func(r *requestView) *assignmentView { return r.OfAssignment }),
			one(both("requestor"), "requestor", m.subject, func(r *requestView) *entitlement.Subject { return r.RequestedBy }),
		},
		paths: []property[requestView]{
			path(both("accessPackage/id"), "package", guidLiteral, packageOf),
			path[requestView](both("accessPackage/displayName"), "package.displayName", nameLiteral, nil),
			path(renamed("accessPackage/catalog/id", "accessPackage/accessPackageCatalog/id"), "catalog", guidLiteral, catalogOf),
			path(both("accessPackage/catalogId"), "catalog", guidLiteral, catalogOf),
			path(both("requestor/objectId"), "requestor", guidLiteral, func(r *requestView) query.Value { return textValue(r.Requestor) }),
			path(renamed("assignment/id", "accessPackageAssignment/id"), "assignment", guidLiteral, assignmentOf),
			path(renamed("assignment/target/objectId", "accessPackageAssignment/target/objectId"), "target", guidLiteral, targetOf),
			path[requestView](renamed("assignment/target/displayName", "accessPackageAssignment/target/displayName"), "target.displayName", nameLiteral, nil),
			path[requestView](renamed("assignment/target/email", "accessPackageAssignment/target/email"), "target.mail", nameLiteral, nil),
			path(renamed("assignment/accessPackage/id", "accessPackageAssignment/accessPackageId"), "package", guidLiteral, packageOf),
			path(renamed("assignment/assignmentPolicy/id", "accessPackageAssignment/assignmentPolicyId"), "policy", guidLiteral, policyOf),
			path(both("schedule/startDateTime"), "startAt", instantLiteral, func(r *requestView) query.Value { return instantValue(r.Schedule.Start) }),
		},
	}
	m.request.build()
}

// scheduleOf is a period that the server shows.
func scheduleOf[T any](at func(*T) *entitlement.Schedule) property[T] {
	p := object(both("schedule"), scheduleType, at)
	return p.ro()
}

// activityType is one entry of the history of a request, which only beta has.
var activityType = complexType(record[entitlement.Activity]{
	name: onlyBeta("requestActivity"),
	props: []property[entitlement.Activity]{
		text(onlyBeta("action"), func(a *entitlement.Activity) *string { return &a.Action }),
		instant(onlyBeta("actionDateTime"), func(a *entitlement.Activity) *time.Time { return &a.At }),
		text(onlyBeta("detail"), func(a *entitlement.Activity) *string { return &a.Detail }),
		instant(onlyBeta("scheduledDateTime"), func(a *entitlement.Activity) *time.Time { return &a.Scheduled }),
		shown(onlyBeta("userDisplayName"), "Edm.String", func(b []byte, a *entitlement.Activity, _ *Shape) []byte {
			return appendText(b, a.Who().DisplayName)
		}),
		shown(onlyBeta("userPrincipalName"), "Edm.String", func(b []byte, a *entitlement.Activity, _ *Shape) []byte {
			return appendText(b, a.Who().PrincipalName)
		}),
	},
})

type credential = entitlement.PresentedCredential

// credentialData is a credential that was verified elsewhere.
var credentialData = complexType(record[credential]{
	name: onlyBeta("verifiedCredentialData"),
	props: []property[credential]{
		text(onlyBeta("authority"), func(c *credential) *string { return &c.Authority }),
		texts(onlyBeta("type"), func(c *credential) *[]string { return &c.Types }),
		claims(),
	},
})

// claims is what a credential says: any members.
func claims() property[credential] {
	p := opaque(onlyBeta("claims"), "graph.verifiedCredentialClaims", func(c *credential) *string { return &c.Claims })
	p.parts = complexType(record[credential]{name: onlyBeta("verifiedCredentialClaims"), open: true})
	return p
}
