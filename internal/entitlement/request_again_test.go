package entitlement

import (
	"slices"
	"testing"
	"time"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/fault"
)

func TestReprocessIsPossibleForFourteenDays(t *testing.T) {
	t.Parallel()
	failed := Request{ID: "r", Kind: UserAdd, Status: DeliveryFailed, CompletedAt: noon, Assignment: "a", Policy: "p", Failure: "no"}
	kept := Assignment{ID: "a", State: AssignmentFailed, Policy: "p", Request: "r"}
	ended := kept
	ended.State = AssignmentExpired
	tests := []struct {
		name  string
		after time.Duration
		left  Remains
		code  string
	}{
		{"at once", 0, Remains{Assignment: kept, Active: []Assignment{kept}}, ""},
		{"without an assignment", 0, Remains{}, ""},
		{"at the end of the fourteenth day", 14 * 24 * time.Hour, Remains{Assignment: kept}, ""},
		{"later", 14*24*time.Hour + time.Second, Remains{Assignment: kept}, "RequestNotReprocessable"},
		{"beside another open request", 0, Remains{Assignment: kept, Open: &Request{ID: "other"}}, "ExistingOpenRequest"},
		{"after the assignment ended", 0, Remains{Assignment: ended}, "RequestNotReprocessable"},
		{"when another assignment took its place", 0, Remains{Active: []Assignment{{ID: "b", Policy: "p"}}}, "RequestNotReprocessable"},
		{"beside an assignment through another policy", 0, Remains{Active: []Assignment{{ID: "b", Policy: "q"}}}, ""},
	}
	for _, tt := range tests {
		now := noon.Add(tt.after)
		c, err := failed.Reprocess(tt.left, ben, now)
		if tt.code != "" {
			if fault.Of(err).Code != tt.code {
				t.Errorf("%s: %v, want %s", tt.name, err, tt.code)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if got := c.After; got.Status != Delivering || !got.CompletedAt.IsZero() || !got.NextDue().Equal(now) || got.Failure != "" {
			t.Errorf("%s: after %+v; it is open again and due at once", tt.name, got)
		}
	}
}

func TestReprocessNamesTheStatusThatForbidsIt(t *testing.T) {
	t.Parallel()
	for _, s := range Statuses() {
		_, err := Request{ID: "r", Kind: UserAdd, Status: s, CompletedAt: noon}.Reprocess(Remains{}, ben, noon)
		if s.Allows(Reprocess) != (err == nil) {
			t.Errorf("%s: %v", s, err)
		}
		if err != nil && fault.Of(err).Code != "RequestNotReprocessable" {
			t.Errorf("%s: %v", s, err)
		}
	}
}

func TestRequestIsDeletedOnlyWhenNothingDependsOnIt(t *testing.T) {
	t.Parallel()
	for _, s := range Statuses() {
		if err := (Request{ID: "r", Status: s}).CheckDelete(Remains{}); (err == nil) != s.Final() {
			t.Errorf("%s: %v", s, err)
		}
	}
	for _, s := range AssignmentStates() {
		left := Remains{Assignment: Assignment{ID: "a", Request: "r", State: s}}
		err := Request{ID: "r", Status: Delivered}.CheckDelete(left)
		if (err == nil) != (s == AssignmentExpired) {
			t.Errorf("its assignment is %s: %v", s, err)
		}
		if err != nil && fault.Of(err).Code != "RequestInUse" {
			t.Errorf("its assignment is %s: %v, want RequestInUse", s, err)
		}
		if err := (Request{ID: "removal", Status: Delivered}).CheckDelete(left); err != nil {
			t.Errorf("the assignment of another request is %s: %v", s, err)
		}
	}
}

func TestTimeOfAnAssignmentThatGaveNothingCountsFromTheNextTry(t *testing.T) {
	t.Parallel()
	p := Policy{Expiration: Expiration{Type: AfterDuration, Duration: "P30D"}}
	first := NewAssignment(Request{ID: "r"}, p, noon)
	later := noon.Add(5 * 24 * time.Hour)
	for gaveAny, want := range map[bool]time.Time{
		false: later.Add(30 * 24 * time.Hour),
		true:  noon.Add(30 * 24 * time.Hour),
	} {
		if got := first.Again(Request{ID: "r"}, p, gaveAny, later).EndsAt; !got.Equal(want) {
			t.Errorf("gave any: %v; ends at %v, want %v", gaveAny, got, want)
		}
	}
}

func TestBestKeepsAllOfTheMostSpecificClass(t *testing.T) {
	t.Parallel()
	everybody := Policy{ID: "all", Scope: ScopeAllUsers}
	team, group := Policy{ID: "team", Scope: ScopeSpecificUsers}, Policy{ID: "group", Scope: ScopeSpecificUsers}
	var got []PolicyID
	for _, p := range Best([]Policy{everybody, team, group}) {
		got = append(got, p.ID)
	}
	if want := []PolicyID{"team", "group"}; !slices.Equal(got, want) {
		t.Errorf("best: %v, want %v", got, want)
	}
	if len(Best(nil)) != 0 {
		t.Error("nothing is best of nothing")
	}
}

func TestCatalogIsOpenThroughAPolicyThatTakesAndAdmits(t *testing.T) {
	t.Parallel()
	takes := Policy{ID: "takes", AcceptRequests: true, Requestor: RequestorSettings{SelfAdd: true}}
	admits := func(ids ...PolicyID) func(Policy) (bool, error) {
		return func(p Policy) (bool, error) { return slices.Contains(ids, p.ID), nil }
	}
	closed := takes
	closed.ID, closed.AcceptRequests = "closed", false
	forOthers := takes
	forOthers.ID, forOthers.Requestor = "others", RequestorSettings{OnBehalfAdd: true}
	tests := []struct {
		name      string
		published bool
		policies  []Policy
		admits    func(Policy) (bool, error)
		want      bool
	}{
		{"one that takes and admits", true, []Policy{closed, takes}, admits("takes"), true},
		{"unpublished", false, []Policy{takes}, admits("takes"), false},
		{"none that admits", true, []Policy{takes}, admits(), false},
		{"none that takes requests", true, []Policy{closed}, admits("closed"), false},
		{"only for others", true, []Policy{forOthers}, admits("others"), false},
		{"no policy", true, nil, admits(), false},
	}
	for _, tt := range tests {
		if got, err := (Catalog{Published: tt.published}).OpenTo(directory.Object{}, tt.policies, tt.admits); err != nil || got != tt.want {
			t.Errorf("%s: %v, %v, want %v", tt.name, got, err, tt.want)
		}
	}
}
