package entitlement

import (
	"slices"

	"github.com/grantkeep/grantkeep/internal/directory"
)

// checkDynamic checks a stage whose approvers an extension names: n is its
// place among the stages, from 1.
func (s StageSettings) checkDynamic(n int) error {
	switch {
	case n > 1:
		return badStage("Stage %d: only the first stage can be dynamic.", n).At("requestApprovalSettings")
	case s.Extension == "":
		return badStage("Stage %d: a dynamic stage needs customExtension, which names its approvers.", n).At("requestApprovalSettings")
	}
	return nil
}

// ApprovalStages returns the stages of approval that the request has to pass
// under the policy: the first one is as an extension answered, if it is
// dynamic.
func (r Request) ApprovalStages(p Policy) []StageSettings {
	stages := slices.Clone(p.Approval.Stages)
	for _, c := range r.Callouts {
		if c.Approval != nil && len(stages) > 0 && stages[0].Dynamic {
			stages[0] = *c.Approval
		}
	}
	return stages
}

// Subjects returns the directory objects that the stage names, each once.
func (s StageSettings) Subjects() []directory.ObjectID { return s.policy().Subjects() }

// CheckSubjects reports the first object that the stage names and that does
// not exist, as a fault.Invalid "SubjectNotFound".
func (s StageSettings) CheckSubjects(found map[directory.ObjectID]directory.Object) error {
	return s.policy().CheckSubjects(Policy{}, found)
}

// policy is a policy with only this stage.
func (s StageSettings) policy() Policy {
	return Policy{Approval: ApprovalSettings{Stages: []StageSettings{s}}}
}
