package wire

import (
	"strings"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
)

// submission is a request for access on its way in.
type submission struct {
	entitlement.Submission
	inner *entitlement.Schedule // of the assignment; the outer one wins
}

// submissionBody reads a request in all its documented forms, of which some
// hold members that the published type does not have.
var submissionBody = complexType(record[submission]{
	name: both("accessPackageAssignmentRequest"),
	props: []property[submission]{
		choice(both("requestType"), requestKinds(), func(s *submission) *entitlement.RequestKind { return &s.Kind }).due(),
		text(both("justification"), func(s *submission) *string { return &s.Justification }),
		object(both("schedule"), scheduleType, func(s *submission) *entitlement.Schedule { return &s.Schedule }).orElse(nil),
		submittedAnswers(),
		flag(both("isValidationOnly"), func(s *submission) *bool { return &s.ValidateOnly }),
		objects(onlyBeta("verifiedCredentialsData"), credentialData, func(s *submission) *[]credential { return &s.Credentials }),
	},
	input: []input[submission]{
		{names: []string{"assignment", "accessPackageAssignment"}, set: func(r *reader, v *value, s *submission) error {
			body, err := v.asObject()
			if err != nil {
				return err
			}
			return submittedAssignment.decode(r.inside(), body, s)
		}},
		{names: []string{"accessPackage"}, set: takeReference(setPackage)},
	},
	ignored: []string{
		"id", "state", "status", "requestState", "requestStatus", "createdDateTime", "completedDateTime", "completedDate",
		"expirationDateTime", "customExtensionCalloutInstances", "customExtensionHandlerInstances", "verifiedCredentialsData",
		"history", "requestor", "parameters",
	},
	finish: func(_ *reader, body *value, s *submission) error {
		if s.inner != nil && body.first("schedule") == nil {
			s.Schedule = *s.inner
		}
		return nil
	},
})

func submittedAnswers() property[submission] {
	return property[submission]{
		names: both("answers"), types: both("Collection(graph.accessPackageAnswer)"),
		set: func(r *reader, v *value, s *submission) (err error) {
			s.Answers, err = decodeEach(r, v, readAnswer)
			return err
		},
	}
}

func setPackage(s *submission, id string) error {
	if s.Package != "" && string(s.Package) != id {
		return wrong("names another package than the rest of the body")
	}
	s.Package = entitlement.PackageID(id)
	return nil
}

func setPolicy(s *submission, id string) error {
	if s.Policy != "" && string(s.Policy) != id {
		return wrong("names another policy than the rest of the body")
	}
	s.Policy = entitlement.PolicyID(id)
	return nil
}

func setTarget(s *submission, id string) error {
	if s.Target != "" && string(s.Target) != id {
		return wrong("names another person than the rest of the body")
	}
	s.Target = directory.ObjectID(id)
	return nil
}

// submittedAssignment is not the declared type: requests name package, policy
// and target in it by members that the published schema does not have.
var submittedAssignment = complexType(record[submission]{
	name: both("accessPackageAssignment"),
	props: []property[submission]{
		guid(both("id"), func(s *submission) *entitlement.AssignmentID { return &s.Assignment }),
	},
	input: []input[submission]{
		{names: []string{"accessPackageId"}, set: takeGUID(setPackage)},
		{names: []string{"accessPackage"}, set: takeReference(setPackage)},
		{names: []string{"assignmentPolicyId", "accessPackageAssignmentPolicyId"}, set: takeGUID(setPolicy)},
		{names: []string{"assignmentPolicy", "accessPackageAssignmentPolicy"}, set: takeReference(setPolicy)},
		{names: []string{"targetId"}, set: takeGUID(setTarget)},
		{names: []string{"target"}, set: takeTarget},
		{names: []string{"schedule"}, set: func(r *reader, v *value, s *submission) error {
			body, err := v.asObject()
			if err != nil {
				return err
			}
			s.inner = new(entitlement.Schedule)
			return scheduleType.decode(r.inside(), body, s.inner)
		}},
	},
	ignored: []string{
		"state", "status", "assignmentState", "assignmentStatus", "catalogId", "isExtended", "expiredDateTime",
		"customExtensionCalloutInstances", "customExtensionHandlerInstances",
		"accessPackageAssignmentRequests", "accessPackageAssignmentResourceRoles",
	},
})

// takeTarget reads a target: somebody in the directory by objectId, anybody
// else by email. The id of a subject is not the one of the directory and
// says nothing here.
func takeTarget(_ *reader, v *value, s *submission) error {
	body, err := v.asObject()
	if err != nil {
		return err
	}
	if id := body.first("objectId"); id != nil {
		object, err := id.asGUID()
		if err != nil {
			return wrong("holds an objectId that " + err.Error())
		}
		return setTarget(s, object)
	}
	email := body.first("email")
	if email == nil {
		return nil
	}
	if s.TargetEmail, err = email.asText(); err != nil {
		return wrong("holds an email that " + err.Error())
	}
	if s.TargetEmail = strings.TrimSpace(s.TargetEmail); !strings.Contains(s.TargetEmail, "@") {
		return wrong("holds an email that is not one")
	}
	return nil
}

// DecodeSubmission reads the body of a new request in all documented forms.
func DecodeSubmission(body []byte, v Version, o DecodeOptions) (entitlement.Submission, error) {
	parsed, err := parse(body)
	if err != nil {
		return entitlement.Submission{}, err
	}
	var s submission
	err = submissionBody.decode(&reader{v: v, mode: Create, lenient: o.Lenient}, parsed, &s)
	return s.Submission, err
}

// CancelBody is what the body of a cancel declares.
type CancelBody struct {
	ID       entitlement.RequestID // empty if it was not sent
	Declared bool                  // the documented form: the id and the status word
}

// DecodeCancel reads the body of a cancel: none, an empty object, or the id
// of the request and the word cancelled, in either spelling. Whether the id
// is the one of the path is the caller's to compare.
func DecodeCancel(body []byte, v Version) (CancelBody, error) {
	var c CancelBody
	if len(strings.TrimSpace(string(body))) == 0 {
		return c, nil
	}
	parsed, err := parse(body)
	if err != nil {
		return c, err
	}
	if id := parsed.first("id"); id != nil {
		s, err := id.asGUID()
		if err != nil {
			return c, explained(err, "id")
		}
		c.ID = entitlement.RequestID(s)
	}
	said := false
	for _, name := range []string{"requestStatus", "status", "requestState", "state"} {
		word := parsed.first(name)
		if word == nil {
			continue
		}
		s, err := word.asText()
		if err == nil && !strings.EqualFold(s, "cancelled") && !strings.EqualFold(s, "canceled") {
			err = wrong("must be cancelled")
		}
		if err != nil {
			return c, explained(err, name)
		}
		said = true
	}
	c.Declared = said && c.ID != ""
	return c, nil
}
