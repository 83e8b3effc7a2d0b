package wire

import (
	"strings"

	"github.com/grantkeep/grantkeep/internal/entitlement"
)

// dynamicStage is a stage whose approvers a custom extension names. v1.0
// publishes no member for the extension, but clients bind it there too.
var dynamicStage = complexType(record[stageOfPolicy]{
	name: both("accessPackageDynamicApprovalStage"), annotated: true,
	props: append(stageProperties(), shown(both("customExtension"), "graph.customCalloutExtension", func(b []byte, s *stageOfPolicy, _ *Shape) []byte {
		b = append(b, `{"@odata.type":"#microsoft.graph.`...)
		b = append(b, entitlement.RequestExtension...)
		b = append(b, `","id":`...)
		b = appendText(b, s.Extension)
		return append(b, '}')
	})),
	input: []input[stageOfPolicy]{{
		names: []string{"customExtension", "customExtension@odata.bind"},
		set: takeReference(func(s *stageOfPolicy, id string) error {
			s.Extension = entitlement.ExtensionID(id)
			return nil
		}),
	}},
})

// stageType is the type of a stage.
func stageType(s *stageOfPolicy) *record[stageOfPolicy] {
	if s.Dynamic {
		return dynamicStage
	}
	return stageSettings
}

func readStage(r *reader, v *value, s *stageOfPolicy) error {
	body, err := v.asObject()
	if err != nil {
		return err
	}
	s.Dynamic = strings.EqualFold(typeOf(body), dynamicStage.name.In(r.v))
	return stageType(s).decode(r.inside(), body, s)
}

func approvalStages() property[entitlement.ApprovalSettings] {
	at := func(a *entitlement.ApprovalSettings) *[]stageOfPolicy { return &a.Stages }
	p := objects(renamed("stages", "approvalStages"), stageSettings, at)
	p.put = func(b []byte, a *entitlement.ApprovalSettings, s *Shape) []byte {
		return appendEach(b, a.Stages, func(b []byte, stage *stageOfPolicy) []byte { return stageType(stage).append(b, stage, s) })
	}
	p.set = func(r *reader, v *value, a *entitlement.ApprovalSettings) (err error) {
		a.Stages, err = decodeEach(r, v, readStage)
		return err
	}
	return p
}
