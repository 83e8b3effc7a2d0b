package wire

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/query"
)

func TestAnyAndAllLookIntoStages(t *testing.T) {
	t.Parallel()
	open := eq("status", "InProgress")
	for _, tt := range []struct {
		v      Version
		filter string
		want   query.Expr
	}{
		{V1, "stages/any(s:s/status eq 'InProgress')", query.Any{Collection: "stages", Where: open}},
		{Beta, "steps/any(s:s/status eq 'inprogress')", query.Any{Collection: "stages", Where: open}},
		{V1, "steps/any(s:s/status eq 'InProgress')", query.Any{Collection: "stages", Where: open}},
		{Beta, "stages/all(x:x/reviewResult ne 'Denied')", query.All{Collection: "stages", Where: query.Compare{Field: "reviewResult", Op: query.Ne, Value: "Denied"}}},
		{V1, "not stages/any()", query.Not{X: query.Any{Collection: "stages"}}},
		{V1, "id eq '" + idA + "' and stages/any(s:s/status eq 'InProgress' or s/reviewResult eq 'Approved')", query.And{
			eq("id", idA), query.Any{Collection: "stages", Where: query.Or{open, eq("reviewResult", "Approved")}},
		}},
	} {
		p, err := planned(t, Approval, tt.v, "$filter="+tt.filter)
		if err != nil {
			t.Errorf("%s %s: %v", tt.v, tt.filter, err)
		} else if diff := cmp.Diff(tt.want, p.Where); diff != "" {
			t.Errorf("%s %s (-want +got):\n%s", tt.v, tt.filter, diff)
		}
	}
	for _, filter := range []string{
		"stages/any(s:status eq 'InProgress')",              // of the approval, which has none
		"stages/any(s:s/status eq 'Waiting')",               // no such status
		"stages/any(s:s/nonsense eq 'x')",                   // no such member
		"completedSteps/any(s:s/status eq 'Completed')",     // no collection of its own
		"stages/any(s:s/status eq 'Completed' and id eq 1)", // mixed
	} {
		if _, err := planned(t, Approval, V1, "$filter="+filter); !fault.Is(err, fault.Invalid) || fault.Of(err).Code != "InvalidFilter" {
			t.Errorf("%s: %v, want InvalidFilter", filter, err)
		}
	}
}

func TestExpandUnderstandsTheNamesOfBothVersions(t *testing.T) {
	t.Parallel()
	for _, v := range []Version{V1, Beta} {
		for _, options := range []string{"$expand=stages", "$expand=steps", "$expand=stages($filter=status eq 'InProgress')"} {
			if _, err := planned(t, Approval, v, options); err != nil {
				t.Errorf("%s %s: %v", v, options, err)
			}
		}
		for _, options := range []string{"$expand=catalog", "$expand=accessPackageCatalog"} {
			if _, err := planned(t, Policy, v, options); err != nil {
				t.Errorf("%s %s: %v", v, options, err)
			}
		}
	}
	for _, options := range []string{"$expand=completedSteps", "$expand=pendingSteps"} {
		if _, err := planned(t, Approval, Beta, options); err != nil {
			t.Errorf("beta %s: %v", options, err)
		}
		if _, err := planned(t, Approval, V1, options); err == nil {
			t.Errorf("v1.0 %s: v1.0 has no such navigation", options)
		}
	}
}

// Questions are always written, so an option inside their $expand would be
// ignored; it is refused instead.
func TestExpandOfQuestionsTakesNoOptions(t *testing.T) {
	t.Parallel()
	if _, err := planned(t, Policy, V1, "$expand=questions"); err != nil {
		t.Error(err)
	}
	for _, inner := range []string{"$select=text", "$top=1", "$orderby=sequence"} {
		if _, err := planned(t, Policy, V1, "$expand=questions("+inner+")"); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", inner, err)
		}
	}
}

func TestParallelApprovalIsNotSupported(t *testing.T) {
	t.Parallel()
	for mode, code := range map[string]string{"Parallel": "NotSupported", "sideways": "InvalidModel", "Serial": "", "noApproval": ""} {
		var p policyView
		err := Policy.Decode([]byte(`{"displayName":"x","accessPackageId":"`+idA+`","requestApprovalSettings":{"approvalMode":"`+mode+`"}}`), Beta, &p, DecodeOptions{})
		if code == "" && err != nil || code != "" && fault.Of(err).Code != code {
			t.Errorf("%s: %v, want %q", mode, err, code)
		}
	}
}
