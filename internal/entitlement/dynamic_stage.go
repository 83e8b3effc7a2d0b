package entitlement

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
