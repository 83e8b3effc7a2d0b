package wire

import (
	"time"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/query"
)

// What stands in this file is ours: the published API has no emergencies. In
// a policy they are an annotation, which other clients pass over.

type emergencyView = entitlement.EmergencyReviewView

const emergencyAnnotation = "@grantkeep.emergency"

var emergencySettings = complexType(record[entitlement.EmergencySettings]{
	name: both("grantkeepEmergencySettings"),
	props: []property[entitlement.EmergencySettings]{
		sets(both("reviewers"), func(x *entitlement.EmergencySettings) *[]entitlement.SubjectSet { return &x.Reviewers }),
		duration(both("reviewDuration"), func(x *entitlement.EmergencySettings) *entitlement.Duration { return &x.ReviewWithin }),
	},
})

// emergencyOfPolicy is only there where it says something. A body that lacks
// it changes nothing of it, so that clients that do not know it take nothing
// away; null does.
func emergencyOfPolicy() property[policyView] {
	return shown(both(emergencyAnnotation), "graph.grantkeepEmergencySettings", func(b []byte, p *policyView, s *Shape) []byte {
		return emergencySettings.append(b, p.Emergency, s)
	}).unless(func(p *policyView) bool { return p.Emergency == nil })
}

func takeEmergency() input[policyView] {
	return input[policyView]{
		names: []string{emergencyAnnotation},
		set: func(r *reader, v *value, p *policyView) error {
			body, err := v.asObject()
			if err != nil {
				return err
			}
			p.Emergency = &entitlement.EmergencySettings{}
			return emergencySettings.decode(r.inside(), body, p.Emergency)
		},
		clear: func(p *policyView) { p.Emergency = nil },
	}
}

func (m *model) declareEmergency() {
	*m.emergency = Entity[emergencyView]{
		collection: "emergencies",
		record: record[emergencyView]{
			name: both("grantkeepEmergencyReview"),
			props: []property[emergencyView]{
				guid(both("id"), func(x *emergencyView) *entitlement.RequestID { return &x.ID }).filter("id").ro(),
				guid(both("accessPackageId"), func(x *emergencyView) *entitlement.PackageID { return &x.Package }).filter("package").ro(),
				guid(both("assignmentPolicyId"), func(x *emergencyView) *entitlement.PolicyID { return &x.Policy }).ro(),
				guid(both("assignmentId"), func(x *emergencyView) *entitlement.AssignmentID { return &x.Assignment }).ro(),
				guid(both("targetId"), func(x *emergencyView) *directory.ObjectID { return &x.Target }).filter("target").ro(),
				choice(both("status"), alike(Names{}, entitlement.EmergencyStatuses()...), func(x *emergencyView) *entitlement.EmergencyStatus { return &x.Status }).
					filter("status").ro(),
				flag(both("assignedToMe"), func(x *emergencyView) *bool { return &x.AssignedToMe }).ro(),
				instant(both("createdDateTime"), func(x *emergencyView) *time.Time { return &x.OpenedAt }).filter("openedAt").ro(),
				instant(both("dueDateTime"), func(x *emergencyView) *time.Time { return &x.DueAt }).filter("dueAt").ro(),
				sets(both("reviewers"), func(x *emergencyView) *[]entitlement.SubjectSet { return &x.Reviewers }).ro(),
				told(both("reviewedBy"), func(x *emergencyView) string { return x.ReviewedBy.Name }),
				instant(both("reviewedDateTime"), func(x *emergencyView) *time.Time { return &x.ReviewedAt }).ro(),
				text(both("justification"), func(x *emergencyView) *string { return &x.Justification }).ro(),
			},
		},
		navs: []navigation[emergencyView]{
			one(both("target"), "target", m.subject, func(x *emergencyView) *entitlement.Subject { return x.OfTarget }),
			one(both("accessPackage"), "package", m.pkg, func(x *emergencyView) *packageView { return x.OfPackage }),
		},
		paths: []property[emergencyView]{
			path(both("target/objectId"), "target", guidLiteral, func(x *emergencyView) query.Value { return textValue(x.Target) }),
			path(both("accessPackage/id"), "package", guidLiteral, func(x *emergencyView) query.Value { return textValue(x.Package) }),
		},
	}
	m.emergency.build()
}

// Verdict is what a reviewer says of an emergency.
type Verdict struct {
	Remove        bool
	Justification string
}

// DecodeVerdict reads the body by which a review of an emergency is closed:
// decision, which is keepAccess or removeAccess, and justification. Members
// that the server owns are ignored.
func DecodeVerdict(body []byte, v Version) (Verdict, error) {
	var d Verdict
	parsed, err := parse(body)
	if err != nil {
		return d, err
	}
	decision := parsed.first("decision")
	if decision == nil {
		return d, missing(&reader{v: v}, "grantkeepEmergencyReview", both("decision"))
	}
	is, err := alike(Names{}, entitlement.EmergencyKeep, entitlement.EmergencyRemove).read(&reader{v: v}, decision)
	if err != nil {
		return d, explained(err, "decision")
	}
	d.Remove = is == string(entitlement.EmergencyRemove)
	if why := parsed.first("justification"); why != nil {
		if d.Justification, err = why.asText(); err != nil {
			return d, explained(err, "justification")
		}
	}
	return d, nil
}
