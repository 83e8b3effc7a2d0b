package wire

import (
	"strings"
	"time"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
)

type requirement = entitlement.Requirement

// declareRequirement declares what getApplicablePolicyRequirements answers
// with. v1.0 names the type of each.
func (m *model) declareRequirement() {
	*m.requirement = Entity[requirement]{record: record[requirement]{
		name: both("accessPackageAssignmentRequestRequirements"),
		props: []property[requirement]{
			fixed[requirement](onlyV1("@odata.type"), "Edm.String", `"#microsoft.graph.accessPackageAssignmentRequestRequirements"`),
			guid(both("policyId"), func(r *requirement) *entitlement.PolicyID { return &r.Policy }).ro(),
			plain(both("policyDisplayName"), func(r *requirement) *string { return &r.DisplayName }).ro(),
			plain(both("policyDescription"), func(r *requirement) *string { return &r.Description }).ro(),
			flag(renamed("isApprovalRequiredForAdd", "isApprovalRequired"), func(r *requirement) *bool { return &r.ApprovalForAdd }).ro(),
			flag(renamed("isApprovalRequiredForUpdate", "isApprovalRequiredForExtension"), func(r *requirement) *bool { return &r.ApprovalForUpdate }).ro(),
			flag(both("isRequestorJustificationRequired"), func(r *requirement) *bool { return &r.Justification }).ro(),
			flag(renamed("allowCustomAssignmentSchedule", "isCustomAssignmentScheduleAllowed"), func(r *requirement) *bool { return &r.CustomSchedule }).ro(),
			credentialStatus(),
			answers(onlyBeta("existingAnswers"), func(r *requirement) *[]entitlement.Answer { return &r.Answers }),
			scheduleOf(func(r *requirement) *entitlement.Schedule { return &r.Schedule }),
			questions(func(r *requirement) *[]question { return &r.Questions }).ro(),
			flag(both(emergencyAnnotation), func(r *requirement) *bool { return &r.Emergency }).ro().unless(func(r *requirement) bool { return !r.Emergency }),
		},
	}}
	m.requirement.build()
}

// credentialRequired is what a requestor meets whom the policy asks for
// credentials. There is no url: nothing here takes them.
var credentialRequired = complexType(record[requirement]{
	name: onlyBeta("verifiableCredentialRequired"), annotated: true,
	props: []property[requirement]{
		instant(both("expiryDateTime"), func(r *requirement) *time.Time { return &r.Credentials }).ro(),
		fixed[requirement](both("url"), "Edm.String", "null"),
	},
})

// credentialStatus is null where no credential is asked for.
func credentialStatus() property[requirement] {
	p := shown(onlyBeta("verifiableCredentialRequirementStatus"), "graph.verifiableCredentialRequirementStatus", func(b []byte, r *requirement, s *Shape) []byte {
		if r.Credentials.IsZero() {
			return append(b, "null"...)
		}
		return credentialRequired.append(b, r, s)
	})
	p.parts = credentialRequired
	return p
}

// subjectBody is the body of getApplicablePolicyRequirements. v1.0 has none
// that means anything.
var subjectBody = complexType(record[directory.ObjectID]{
	name: both("accessPackageSubject"),
	props: []property[directory.ObjectID]{{
		names: onlyBeta("subject"), types: onlyBeta("graph.accessPackageSubject"),
		set: func(_ *reader, v *value, id *directory.ObjectID) error {
			body, err := v.asObject()
			if err != nil {
				return err
			}
			object := body.first("objectId")
			if object == nil {
				return wrong("must name somebody by objectId")
			}
			s, err := object.asGUID()
			if err != nil {
				return wrong("holds an objectId that " + err.Error())
			}
			*id = directory.ObjectID(s)
			return nil
		},
	}},
})

// DecodeSubject reads for whom getApplicablePolicyRequirements asks: nobody
// is the caller.
func DecodeSubject(body []byte, v Version, o DecodeOptions) (directory.ObjectID, error) {
	var id directory.ObjectID
	if strings.TrimSpace(string(body)) == "" {
		return "", nil
	}
	parsed, err := parse(body)
	if err != nil {
		return "", err
	}
	err = subjectBody.decode(&reader{v: v, mode: Create, lenient: o.Lenient}, parsed, &id)
	return id, err
}

// declareAvailable declares a package as requestors see it.
func (m *model) declareAvailable() {
	*m.available = Entity[packageView]{
		collection: "packages",
		record: record[packageView]{
			name: both("availableAccessPackage"),
			props: []property[packageView]{
				guid(both("id"), func(p *packageView) *entitlement.PackageID { return &p.ID }).filter("id").ro(),
				plain(both("displayName"), func(p *packageView) *string { return &p.DisplayName }).folded("displayName").ro(),
				plain(both("description"), func(p *packageView) *string { return &p.Description }).folded("description").ro(),
			},
		},
		navs: []navigation[packageView]{
			many(both("resourceRoleScopes"), "roleScopes", m.roleScope, func(p *packageView) []roleScopeView { return p.Contents }).
				of(both("availableAccessPackages"), packageID),
		},
	}
	m.available.build()
}
