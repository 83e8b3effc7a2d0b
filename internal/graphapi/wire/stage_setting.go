package wire

import (
	"slices"

	"github.com/grantkeep/grantkeep/internal/entitlement"
)

type (
	stageSetting   = entitlement.StageSettingView
	extensionStage = entitlement.ExtensionStage
)

func extensionStages() *vocabulary {
	return alike(both("accessPackageCustomExtensionStage"), entitlement.CalloutStages()...)
}

// declareStageSetting declares the two types that say at which stages a policy
// calls what: the present one, and beta's older one, which knows older
// extensions only.
func (m *model) declareStageSetting() {
	of := func(s *stageSetting) *customExtension { return s.Of }
	m.declareStageType(m.stageSetting, both("customExtensionStageSetting"), one(both("customExtension"), "extension", m.extension, of))
	m.declareStageType(m.handler, onlyBeta("customExtensionHandler"), one(onlyBeta("customExtension"), "extension", m.legacyExtension, of))
}

func (m *model) declareStageType(e *Entity[stageSetting], name Names, extension navigation[stageSetting]) {
	*e = Entity[stageSetting]{
		record: record[stageSetting]{
			name: name,
			props: []property[stageSetting]{
				text(both("id"), func(s *stageSetting) *string { return &s.ID }).filter("id"),
				choice(both("stage"), extensionStages(), func(s *stageSetting) *entitlement.CalloutStage { return &s.Stage }).filter("stage").due(),
			},
			input: []input[stageSetting]{{
				names: []string{"customExtension", "customExtension@odata.bind"},
				set: takeReference(func(s *stageSetting, id string) error {
					s.Extension = entitlement.ExtensionID(id)
					return nil
				}),
			}},
			finish: func(r *reader, _ *value, s *stageSetting) error {
				if s.Extension == "" {
					return missing(r, e.typeName(r.v), both("customExtension"))
				}
				return nil
			},
		},
		navs: []navigation[stageSetting]{extension},
	}
	e.build()
}

// StageSettings returns those stage settings of a policy that are in one of
// its two collections: the present one, or beta's older
// customExtensionHandlers.
func StageSettings(p *entitlement.PolicyView, legacy bool) []entitlement.StageSettingView {
	return slices.DeleteFunc(slices.Clone(p.Settings), func(s stageSetting) bool { return s.Legacy != legacy })
}

func settingsOf(legacy bool) func(p *policyView) []stageSetting {
	return func(p *policyView) []stageSetting { return StageSettings(p, legacy) }
}

// takeStages replaces the stage settings of one of the two collections;
// absent, they stay, as they have paths of their own. Settings that the
// policy has already keep their ids, others get new ones.
func takeStages(name string, of *Entity[stageSetting], legacy bool) input[policyView] {
	replace := func(p *policyView, list []extensionStage) {
		known := map[string]bool{}
		kept := slices.DeleteFunc(slices.Clone(p.ExtensionStages), func(s extensionStage) bool {
			known[s.ID] = s.Legacy == legacy
			return s.Legacy == legacy
		})
		for i := range list {
			if !known[list[i].ID] {
				list[i].ID = ""
			}
			known[list[i].ID] = false // an id that stands twice is one setting's only
		}
		if p.ExtensionStages = append(kept, list...); len(p.ExtensionStages) == 0 {
			p.ExtensionStages = nil
		}
	}
	return input[policyView]{
		names: []string{name},
		clear: func(p *policyView) { replace(p, nil) },
		set: func(r *reader, v *value, p *policyView) error {
			list, err := decodeEach(r, v, func(r *reader, v *value, s *extensionStage) error {
				body, err := v.asObject()
				if err != nil {
					return err
				}
				setting := stageSetting{}
				err = of.decode(r.inside(), body, &setting)
				*s = setting.ExtensionStage
				s.Legacy = legacy
				return err
			})
			if err == nil {
				replace(p, list)
			}
			return err
		},
	}
}
