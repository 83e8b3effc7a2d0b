package wire

import (
	"slices"
	"time"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
)

type approvalView = entitlement.ApprovalView

// StageView is one stage of an approval as its reader sees it: approvalStage
// in v1.0, approvalStep in beta.
type StageView struct {
	entitlement.Stage
	AssignedToMe bool
	Reviewer     directory.Object // zero while open
}

// Stages returns the stages of an approval.
func Stages(a *entitlement.ApprovalView) []StageView {
	stages := make([]StageView, len(a.Stages))
	for i, s := range a.Stages {
		stages[i].Stage = s
		if i < len(a.AssignedToMe) {
			stages[i].AssignedToMe = a.AssignedToMe[i]
		}
		if i < len(a.Reviewers) {
			stages[i].Reviewer = a.Reviewers[i]
		}
	}
	return stages
}

// CompletedStages returns the stages that have ended.
func CompletedStages(a *entitlement.ApprovalView) []StageView {
	return slices.DeleteFunc(Stages(a), StageView.pending)
}

// PendingStages returns the stages that have not ended.
func PendingStages(a *entitlement.ApprovalView) []StageView {
	return slices.DeleteFunc(Stages(a), func(s StageView) bool { return !s.pending() })
}

func (s StageView) pending() bool {
	return s.Status == entitlement.StageInitializing || s.Status == entitlement.StageInProgress
}

func (m *model) declareApproval() {
	open := func(s *StageView) bool { return s.Result == entitlement.NotReviewed || s.Result == "" }
	*m.stage = Entity[StageView]{record: record[StageView]{
		name: renamed("approvalStage", "approvalStep"),
		props: []property[StageView]{
			guid(both("id"), func(s *StageView) *entitlement.StageID { return &s.ID }).filter("id").ro(),
			text(both("displayName"), func(s *StageView) *string { return &s.Settings.DisplayName }).ro(),
			choice(both("status"), alike(Names{}, entitlement.StageInitializing, entitlement.StageInProgress, entitlement.StageCompleted, entitlement.StageExpired),
				func(s *StageView) *entitlement.StageStatus { return &s.Status }).filter("status").ro(),
			flag(both("assignedToMe"), func(s *StageView) *bool { return &s.AssignedToMe }).filter("assignedToMe").ro(),
			choice(both("reviewResult"), alike(Names{}, entitlement.NotReviewed, entitlement.StageApproved, entitlement.StageWasDenied),
				func(s *StageView) *entitlement.StageResult { return &s.Result }).filter("reviewResult").ro(),
			plain(both("justification"), func(s *StageView) *string { return &s.Justification }).ro(),
			shown(both("reviewedBy"), "graph.identity", func(b []byte, v *StageView, s *Shape) []byte {
				if open(v) || v.ReviewedBy.ID == "" && v.Reviewer.ID == "" {
					return append(b, "null"...)
				}
				return appendReviewer(b, v, s)
			}),
			instant(both("reviewedDateTime"), func(s *StageView) *time.Time { return &s.ReviewedAt }).filter("reviewedAt").ro(),
		},
	}}
	m.stage.build()
	*m.approval = Entity[approvalView]{
		collection: "approvals",
		record: record[approvalView]{
			name: both("approval"),
			props: []property[approvalView]{
				guid(both("id"), func(a *approvalView) *entitlement.RequestID { return &a.ID }).filter("id").ro(),
			},
		},
		navs: []navigation[approvalView]{
			many(renamed("stages", "steps"), "", m.stage, Stages).always(onlyV1("stages")).within("stages"),
			many(onlyBeta("completedSteps"), "", m.stage, CompletedStages).belongs(),
			many(onlyBeta("pendingSteps"), "", m.stage, PendingStages).belongs(),
		},
	}
	m.approval.build()
}

func appendReviewer(b []byte, v *StageView, s *Shape) []byte {
	who := v.Reviewer
	if who.ID == "" {
		who.ID, who.DisplayName = v.ReviewedBy.ID, v.ReviewedBy.Name
	}
	return personRecord.append(b, &who, s)
}

// DecodeDecision reads what an approver sends; the stage is the one of the
// path. Members that the server owns are ignored.
func DecodeDecision(body []byte, v Version, stage entitlement.StageID) (entitlement.Decision, error) {
	d := entitlement.Decision{Stage: stage}
	parsed, err := parse(body)
	if err != nil {
		return d, err
	}
	results := (&vocabulary{}).
		with(word{is: "Approve", v1: "Approve", beta: "Approve", also: []string{"Approved"}}).
		with(word{is: "Deny", v1: "Deny", beta: "Deny", also: []string{"Denied"}})
	result := parsed.first("reviewResult")
	if result == nil {
		return d, missing(&reader{v: v}, Stage.Type(v), both("reviewResult"))
	}
	is, err := results.read(&reader{v: v}, result)
	if err != nil {
		return d, explained(err, "reviewResult")
	}
	d.Approve = is == "Approve"
	if why := parsed.first("justification"); why != nil {
		if d.Justification, err = why.asText(); err != nil {
			return d, explained(err, "justification")
		}
	}
	return d, nil
}
