package entitlement

import (
	"slices"
	"strings"
	"time"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/fault"
)

// PackageHolder says that somebody has a package.
type PackageHolder struct {
	Package PackageID
	Holder  directory.ObjectID
}

// PastAccess is how often somebody had a package, and since when the last
// time.
type PastAccess struct {
	Package PackageID
	Count   int
	Last    time.Time
}

// SuggestionView is a package that somebody may want, with the reasons to
// think so. It includes "package".
type SuggestionView struct {
	ID      PackageID
	Related int                // how many related people have it
	People  []directory.Object // who they are, if that may be told
	Past    PastAccess         // Count is 0 if it is no reason
	Of      *PackageView
}

// SuggestionReasons are the kinds of reasons that somebody asks for.
type SuggestionReasons struct {
	RelatedPeople, History bool
}

// ReadSuggestionReasons reads the published flags: a list, separated by commas,
// of relatedPeopleAssignments, assignmentHistory and none. Anything else is a
// fault.Invalid.
func ReadSuggestionReasons(on string) (SuggestionReasons, error) {
	var r SuggestionReasons
	for word := range strings.SplitSeq(on, ",") {
		switch strings.ToLower(strings.TrimSpace(word)) {
		case "relatedpeopleassignments":
			r.RelatedPeople = true
		case "assignmenthistory":
			r.History = true
		case "none":
		default:
			return r, fault.New(fault.Invalid, "BadRequest",
				"filterByCurrentUser(on='%s') is not known here; on is a list of relatedPeopleAssignments and assignmentHistory, or none.", on).At("on")
		}
	}
	return r, nil
}

// Insight is what people are told of the access of those around them: nothing,
// unless administrators made end user settings that say otherwise.
func (s TenantSettings) Insight() InsightLevel {
	if s.EndUser == nil || !s.EndUser.Enabled || s.EndUser.RelatedPeople == "" {
		return InsightDisabled
	}
	return s.EndUser.RelatedPeople
}

// Suggest returns the packages that there is a reason for to suggest to
// somebody who does not have them, by id: what people around have, and what
// the person had before.
func Suggest(person directory.ObjectID, held []PackageHolder, past []PastAccess, people map[directory.ObjectID]directory.Object, named bool) map[PackageID]SuggestionView {
	found := map[PackageID]SuggestionView{}
	for _, h := range held {
		if h.Holder == person {
			continue
		}
		v := found[h.Package]
		v.ID = h.Package
		v.Related++
		if named {
			v.People = append(v.People, people[h.Holder])
		}
		found[h.Package] = v
	}
	for _, p := range past {
		v := found[p.Package]
		v.ID, v.Past = p.Package, p
		found[p.Package] = v
	}
	for _, h := range held {
		if h.Holder == person {
			delete(found, h.Package)
		}
	}
	for id, v := range found {
		slices.SortFunc(v.People, func(a, b directory.Object) int {
			return strings.Compare(a.DisplayName+string(a.ID), b.DisplayName+string(b.ID))
		})
		found[id] = v
	}
	return found
}
