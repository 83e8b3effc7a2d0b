package wire

import (
	"strconv"
	"time"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/query"
)

type auditRecord = audit.Record

// loggedBy names the two services that records come from.
const (
	loggedByEntitlements = "Entitlement Management"
	loggedByDirectory    = "Core Directory"
)

func (m *model) declareAudit() {
	*m.auditTarget = Entity[auditRecord]{
		record: record[auditRecord]{
			name: both("targetResource"),
			props: []property[auditRecord]{
				text(both("id"), func(r *auditRecord) *string { return &r.Object.ID }).filter("object").ro(),
				text(both("displayName"), func(r *auditRecord) *string { return &r.Object.Name }).filter("objectName").ro(),
				told(both("type"), targetType),
				fixed[auditRecord](both("userPrincipalName"), "Edm.String", "null"),
				fixed[auditRecord](both("groupType"), "Edm.String", "null"),
				changedVersion(),
			},
		},
	}
	m.auditTarget.build()

	*m.audit = Entity[auditRecord]{
		collection: "audit",
		record: record[auditRecord]{
			name: both("directoryAudit"),
			props: []property[auditRecord]{
				text(both("id"), func(r *auditRecord) *string { return &r.ID }).filter("id").ro(),
				auditCategory(both("category"), func(r *auditRecord) string { return string(audit.CategoryOf(r.Action)) }, func(v string) (audit.Category, bool) {
					return audit.Category(v), true
				}),
				text(both("correlationId"), func(r *auditRecord) *string { return &r.RequestID }).filter("correlation").ro(),
				text(both("result"), func(r *auditRecord) *audit.Result { return &r.Result }).filter("result").ro(),
				text(both("resultReason"), func(r *auditRecord) *string { return &r.Reason }).ro(),
				text(both("activityDisplayName"), func(r *auditRecord) *audit.Action { return &r.Action }).filter("action").ro(),
				instant(both("activityDateTime"), func(r *auditRecord) *time.Time { return &r.At }).filter("at").ro(),
				auditCategory(both("loggedByService"), loggedBy, func(v string) (audit.Category, bool) {
					return audit.Entitlements, v == loggedByEntitlements
				}),
				told(both("operationType"), func(r *auditRecord) string { return r.Action.Operation() }),
				shown(onlyBeta("userAgent"), "Edm.String", func(b []byte, _ *auditRecord, _ *Shape) []byte { return append(b, "null"...) }),
				initiatedBy(),
				shown(both("targetResources"), "Collection(graph.targetResource)", func(b []byte, r *auditRecord, s *Shape) []byte {
					inner := Shape{}.in(s)
					return append(m.auditTarget.Append(append(b, '['), r, &inner), ']')
				}),
				additionalDetails(),
			},
		},
		paths: []property[auditRecord]{
			actorPath("initiatedBy/user/id", "actor", entitlement.ByUser),
			actorPath("initiatedBy/user/displayName", "actorName", entitlement.ByUser),
			actorPath("initiatedBy/user/userPrincipalName", "actorName", entitlement.ByUser),
			actorPath("initiatedBy/app/appId", "actorApp", entitlement.ByApp),
			actorPath("initiatedBy/app/servicePrincipalId", "actor", entitlement.ByApp),
			actorPath("initiatedBy/app/displayName", "actorName", entitlement.ByApp),
		},
		alone: map[string]target{"targetResources": m.auditTarget},
	}
	m.audit.build()
}

func loggedBy(r *auditRecord) string {
	if audit.CategoryOf(r.Action) == audit.Entitlements {
		return loggedByEntitlements
	}
	return loggedByDirectory
}

// auditCategory is told by the action. In a filter it becomes a condition on
// the actions that have it.
func auditCategory(n Names, get func(*auditRecord) string, meant func(string) (audit.Category, bool)) property[auditRecord] {
	p := told(n, get)
	p.field = "action"
	p.selects = func(v query.Value) query.Expr {
		text, _ := v.(string)
		category, ok := meant(text)
		if !ok && text != loggedByDirectory {
			return query.Bool(false)
		}
		in := query.In{Field: "action"}
		if !ok {
			category = audit.Entitlements // the directory's are all but those
		}
		for _, a := range audit.DirectoryActions(category) {
			in.Values = append(in.Values, string(a))
		}
		if ok && category == audit.Entitlements {
			return query.Not{X: in}
		}
		return in
	}
	return p
}

// actorPath finds records by who acted; a person and an application are never
// taken for each other.
func actorPath(name, field string, kind entitlement.ActorKind) property[auditRecord] {
	return property[auditRecord]{
		names: both(name), field: field, literal: textLiteral, readOnly: true,
		selects: func(v query.Value) query.Expr {
			return query.And{query.Compare{Field: "actorKind", Value: string(kind)}, query.Compare{Field: field, Value: v}}
		},
	}
}

// initiatedBy is a person, or an application; the system is an application
// that has no id.
func initiatedBy() property[auditRecord] {
	return shown(both("initiatedBy"), "graph.auditActivityInitiator", func(b []byte, r *auditRecord, _ *Shape) []byte {
		if r.Actor.Kind == entitlement.ByUser {
			b = append(b, `{"app":null,"user":{"id":`...)
			b = appendText(b, r.Actor.ID)
			b = append(b, `,"displayName":`...)
			b = appendText(b, r.Actor.Name)
			b = append(b, `,"userPrincipalName":`...)
			b = appendText(b, r.Actor.Name)
			return append(b, `,"ipAddress":null}}`...)
		}
		b = append(b, `{"user":null,"app":{"appId":`...)
		b = appendText(b, r.Actor.App)
		b = append(b, `,"displayName":`...)
		b = appendText(b, r.Actor.Name)
		b = append(b, `,"servicePrincipalId":`...)
		b = appendText(b, r.Actor.ID)
		return append(b, `,"servicePrincipalName":null}}`...)
	})
}

// targetType is the kind of the object, as people know it.
func targetType(r *auditRecord) string {
	switch audit.CategoryOf(r.Action) {
	case audit.Users:
		return "User"
	case audit.Groups:
		return "Group"
	case audit.Applications:
		return "ServicePrincipal"
	}
	return pascal(string(r.Object.Kind))
}

// changedVersion tells from which version to which the object went.
func changedVersion() property[auditRecord] {
	return shown(both("modifiedProperties"), "Collection(graph.modifiedProperty)", func(b []byte, r *auditRecord, _ *Shape) []byte {
		if r.Before == 0 && r.After == 0 {
			return append(b, "[]"...)
		}
		b = append(b, `[{"displayName":"version","oldValue":`...)
		b = appendVersion(b, r.Before)
		b = append(b, `,"newValue":`...)
		return append(appendVersion(b, r.After), `}]`...)
	})
}

// appendVersion writes a version as JSON inside a string; there is none
// before an object is made and after it is deleted.
func appendVersion(b []byte, version int64) []byte {
	if version == 0 {
		return append(b, "null"...)
	}
	return appendString(b, strconv.FormatInt(version, 10))
}

func additionalDetails() property[auditRecord] {
	return shown(both("additionalDetails"), "Collection(graph.keyValue)", func(b []byte, r *auditRecord, _ *Shape) []byte {
		b = append(b, '[')
		for _, d := range []struct{ key, value string }{{"clientRequestId", r.ClientRequestID}, {"onBehalfOf", string(r.OnBehalf)}} {
			if d.value == "" {
				continue
			}
			if b[len(b)-1] == '}' {
				b = append(b, ',')
			}
			b = append(b, `{"key":`...)
			b = appendString(b, d.key)
			b = append(b, `,"value":`...)
			b = append(appendString(b, d.value), '}')
		}
		return append(b, ']')
	})
}
