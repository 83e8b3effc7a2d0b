package entitlement

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/fault"
)

// giving is a package that gives roles.
func giving(id PackageID, keys ...RoleKey) Package {
	p := Package{ID: id, DisplayName: string(id)}
	for _, k := range keys {
		p.RoleScopes = append(p.RoleScopes, RoleScope{Role: RoleID(k.Role), Origin: k})
	}
	return p
}

// pathsOf tells kind and meeting point of each conflict.
func pathsOf(found []Conflict) []string {
	paths := []string{}
	for _, c := range found {
		paths = append(paths, strings.Join([]string{string(c.Kind), string(c.Package), string(c.Via) + string(c.Group)}, " "))
	}
	return paths
}

func TestConflictsAreFoundByEveryPath(t *testing.T) {
	t.Parallel()
	pay, enter := RoleKey{OriginApplication, "erp", "pay"}, RoleKey{OriginApplication, "erp", "enter"}
	common := RoleKey{OriginApplication, "intranet", "read"}
	// Payers pay, clerks enter; auditors are in a group with a group inside.
	payers, clerks := giving("payers", pay, common), giving("clerks", enter, common)
	carrier, base := giving("carrier", enter), giving("base", common)
	audit, inner := giving("audit", MemberRole("auditors")), giving("inner", MemberRole("nested"))
	owner := giving("owner", RoleKey{OriginGroup, "auditors", "Owner_auditors"})
	sameRole := giving("other system", RoleKey{OriginGroup, "erp", "enter"})
	rules := NewRules(RuleFacts{
		Rules: []Rule{{Package: "payers", Other: "clerks"}, {Package: "payers", Group: "auditors"}},
		Gives: map[PackageID][]RoleKey{"payers": payers.Gives(), "clerks": clerks.Gives()},
		Within: map[directory.ObjectID][]directory.ObjectID{
			"auditors": {"auditors", "nested"},
		},
	})
	tests := []struct {
		name  string
		wants Package
		has   []Package
		in    []directory.ObjectID
		paths []string
	}{
		{"the package of the rule", payers, []Package{clerks}, nil, []string{"holdsPackage clerks "}},
		{"the same rule from the other side", clerks, []Package{payers}, nil, []string{"holdsPackage payers "}},
		{"a package that gives what the other one gives", payers, []Package{carrier}, nil, []string{"sharesRole carrier clerks"}},
		{"the same from the other side", carrier, []Package{payers}, nil, []string{"givesRole payers clerks"}},
		{"what both packages of the rule give", payers, []Package{base}, nil, nil},
		{"the same from the other side", base, []Package{payers, clerks}, nil, nil},
		{"the same ids in another system", payers, []Package{sameRole}, nil, nil},
		{"a member of the group", payers, nil, []directory.ObjectID{"auditors"}, []string{"inGroup  auditors"}},
		{"a member of a group inside it", payers, nil, []directory.ObjectID{"nested"}, []string{"inGroup  nested"}},
		{"a member of another group", payers, nil, []directory.ObjectID{"others"}, nil},
		{"a package that makes one a member", payers, []Package{audit}, nil, []string{"holdsMember audit auditors"}},
		{"a package that makes one a member of a group inside it", payers, []Package{inner}, nil, []string{"holdsMember inner nested"}},
		{"the membership that comes from the package", payers, []Package{audit}, []directory.ObjectID{"auditors"}, []string{"holdsMember audit auditors"}},
		{"a membership besides", payers, []Package{audit}, []directory.ObjectID{"nested"}, []string{"holdsMember audit auditors", "inGroup  nested"}},
		{"the same from the other side", audit, []Package{payers}, nil, []string{"givesMember payers auditors"}},
		{"through the inner group", inner, []Package{payers}, nil, []string{"givesMember payers nested"}},
		{"an owner is no member", owner, []Package{payers}, nil, nil},
		{"the package itself, through another policy", payers, []Package{payers}, nil, nil},
		{"nothing that a rule touches", owner, []Package{base, carrier}, nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := Candidate{Package: tt.wants, In: tt.in}
			for _, p := range tt.has {
				c.Held = append(c.Held, Holding{Package: p.ID, Assignment: "a", Gives: p.Gives()})
			}
			found := rules.Conflicts(c)
			want := tt.paths
			if want == nil {
				want = []string{}
			}
			if diff := cmp.Diff(want, pathsOf(found)); diff != "" {
				t.Errorf("paths (-want +got): %s", diff)
			}
			if len(found) > 0 && !rules.Touch(tt.wants) {
				t.Error("the rules are said not to touch the package")
			}
			for _, f := range found { // whoever looks for violations finds the same
				b := rules.Beside(tt.wants)
				at := slices.IndexFunc(tt.has, func(p Package) bool { return p.ID == f.Package })
				found := slices.Contains(b.Groups, f.Group) && at < 0 || slices.Contains(b.Packages, f.Package) ||
					at >= 0 && slices.ContainsFunc(tt.has[at].Gives(), func(k RoleKey) bool { return slices.Contains(b.Roles, k) })
				if !found {
					t.Errorf("%s is not where violations are looked for: %+v", f.Kind, b)
				}
			}
		})
	}
	for _, p := range []Package{base, owner, sameRole} {
		if rules.Touch(p) {
			t.Errorf("a rule touches %s", p.ID)
		}
	}
}

func TestWhatAPackageGivesItselfIsNoReasonToTakeItAway(t *testing.T) {
	t.Parallel()
	p := giving("p", MemberRole("g"))
	rules := NewRules(RuleFacts{
		Rules:  []Rule{{Package: "p", Group: "g"}},
		Within: map[directory.ObjectID][]directory.ObjectID{"g": {"g"}},
	})
	in := []directory.ObjectID{"g"}
	if found := rules.Conflicts(Candidate{Package: p, In: in}); len(found) != 1 {
		t.Errorf("who is in the group already gets the package: %v", found)
	}
	if found := rules.Conflicts(Candidate{Package: p, In: in, Has: true}); len(found) != 0 {
		t.Errorf("who has the package cannot keep it: %v", found)
	}
}

func TestRoleThatSetsAPackageAgainstItself(t *testing.T) {
	t.Parallel()
	enter := RoleKey{OriginApplication, "erp", "enter"}
	payers := giving("payers")
	rules := NewRules(RuleFacts{
		Rules:  []Rule{{Package: "clerks", Other: "payers"}, {Package: "payers", Group: "g"}},
		Gives:  map[PackageID][]RoleKey{"clerks": {enter}},
		Within: map[directory.ObjectID][]directory.ObjectID{"g": {"g", "inner"}},
	})
	for _, tt := range []struct {
		key  RoleKey
		want Rule
		ok   bool
	}{
		{enter, Rule{Package: "payers", Other: "clerks"}, true},
		{MemberRole("inner"), Rule{Package: "payers", Group: "g"}, true},
		{MemberRole("other"), Rule{}, false},
		{RoleKey{OriginGroup, "g", "Owner_g"}, Rule{}, false},
	} {
		got, ok := rules.Against(payers, tt.key)
		if got != tt.want || ok != tt.ok {
			t.Errorf("%v: %v %v, want %v %v", tt.key, got, ok, tt.want, tt.ok)
		}
		if err := payers.AgainstItself(got, "it"); ok && fault.Of(err).Code != "IncompatibleResourceRole" {
			t.Errorf("%v: %v", tt.key, err)
		}
	}
}

func TestRefusalTellsThePath(t *testing.T) {
	t.Parallel()
	err := CheckConflicts([]Conflict{{
		Kind: SharesRole, Rule: Rule{Package: "A", Other: "B"}, Package: "C", Assignment: "a", Via: "B", Role: MemberRole("g"),
		Names: map[string]string{"C": "Carrier", "B": "Barred", "g": "Staff", "Member_g": "Member"},
	}})
	want := `The target has access that must not be combined with this access package: the target holds the access package "Carrier" (C, assignment a), ` +
		`which gives the role "Member" of "Staff" that the incompatible access package "Barred" (B) also gives. It has to end first, or an exception has to be approved.`
	if got := fault.Of(err).Message; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	if CheckConflicts(nil) != nil {
		t.Error("nothing is refused")
	}
}
