package wire

import (
	"time"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
)

type suggestionView = entitlement.SuggestionView

var (
	relatedReason = complexType(record[suggestionView]{
		name: both("accessPackageSuggestionRelatedPeopleBased"), annotated: true,
		props: []property[suggestionView]{
			whole(both("relatedPeopleAssignmentCount"), func(s *suggestionView) *int { return &s.Related }).ro(),
			objects(both("relatedPeople"), identityRecord, func(s *suggestionView) *[]directory.Object { return &s.People }).ro(),
		},
	})
	historyReason = complexType(record[suggestionView]{
		name: both("accessPackageSuggestionSelfAssignmentHistoryBased"), annotated: true,
		props: []property[suggestionView]{
			whole(both("pastAssignmentCount"), func(s *suggestionView) *int { return &s.Past.Count }).ro(),
			instant(both("lastAssignmentDateTime"), func(s *suggestionView) *time.Time { return &s.Past.Last }).ro(),
		},
	})
)

// declareSuggestion declares a package that somebody may want. Filters and
// orders are those of packages.
func (m *model) declareSuggestion() {
	*m.suggestion = Entity[suggestionView]{
		collection: "packages",
		record: record[suggestionView]{
			name: both("accessPackageSuggestion"),
			props: []property[suggestionView]{
				guid(both("id"), func(s *suggestionView) *entitlement.PackageID { return &s.ID }).filter("id").ro(),
				shown(both("reasons"), "Collection(graph.accessPackageSuggestionReason)", appendReasons),
			},
		},
		navs: []navigation[suggestionView]{
			one(both("accessPackage"), "package", m.available, func(s *suggestionView) *packageView { return s.Of }),
		},
	}
	m.suggestion.build()
}

func appendReasons(b []byte, v *suggestionView, s *Shape) []byte {
	b = append(b, '[')
	if v.Related > 0 {
		b = relatedReason.append(b, v, s)
	}
	if v.Past.Count > 0 {
		if v.Related > 0 {
			b = append(b, ',')
		}
		b = historyReason.append(b, v, s)
	}
	return append(b, ']')
}
