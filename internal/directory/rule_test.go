package directory_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/fault"
)

const (
	staff  directory.ObjectID = "11111111-0000-4000-8000-000000000001"
	guests directory.ObjectID = "11111111-0000-4000-8000-000000000002"
	boss   directory.ObjectID = "22222222-0000-4000-8000-000000000001"
)

// adele has most properties, and none of some.
func adele() directory.Object {
	u := &directory.UserDetail{
		Type: directory.Member, ManagerID: boss, MailNickname: "adele", Department: "Sales", JobTitle: "Account Manager",
		City: "Zürich", Country: "CH", EmployeeID: "4711", Surname: "O'Brien", CompanyName: `The "Works"`,
		BusinessPhones: []string{"+41 1", "+41 2"}, OtherMails: []string{"adele@home.example", "a@old.example"},
		ProxyAddresses: []string{"SMTP:adele@contoso.example", "smtp:av@contoso.example"},
	}
	u.Extensions[14] = "Marketing"
	return directory.Object{
		ID: "33333333-0000-4000-8000-000000000001", Kind: directory.KindUser, DisplayName: "Adele Vance", Mail: "adele@contoso.example",
		PrincipalName: "adele@contoso.example", Enabled: true, User: u,
	}
}

func parse(t *testing.T, text string) directory.Rule {
	t.Helper()
	r, err := directory.ParseRule(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return r
}

func TestRuleMatches(t *testing.T) {
	t.Parallel()
	in := map[directory.ObjectID]bool{staff: true}
	for text, want := range map[string]bool{
		`user.department -eq "Sales"`:                              true,
		`(user.department -eq "sales")`:                            true, // letter case does not matter
		`USER.Department -EQ "SALES"`:                              true,
		`user.department eq "Sales"`:                               true, // nor does the hyphen
		"user.department \u2013eq 'Sales'":                         true, // or what became of it
		`user.department -ne "Sales"`:                              false,
		`user.department -eq "Sale"`:                               false,
		`user.department -startsWith "sal"`:                        true,
		`user.department -notStartsWith "sal"`:                     false,
		`user.department -endsWith "ES"`:                           true,
		`user.mail -notEndsWith "@contoso.example"`:                false,
		`user.jobTitle -contains "MANAGE"`:                         true,
		`user.jobTitle -notContains "manage"`:                      false,
		`user.displayName -match "^ad"`:                            true,
		`user.displayName -match "vance$"`:                         true,
		`user.displayName -match "^vance"`:                         false,
		`user.displayName -notMatch "^vance"`:                      true,
		`user.department -in ["HR", "sales"]`:                      true,
		`user.department -in ["HR","Law"]`:                         false,
		`user.department -notIn ["HR","Law"]`:                      true,
		`user.employeeId -eq 4711`:                                 true,
		`user.employeeId -in [4710, 4711]`:                         true,
		`user.accountEnabled -eq true`:                             true,
		`user.accountEnabled -ne True`:                             false,
		`user.accountEnabled -eq "false"`:                          false,
		`user.userType -eq "member"`:                               true,
		`user.city -eq "ZÜRICH"`:                                   true,
		`user.surname -eq "O''Brien"`:                              true,
		`user.surname -eq 'O''Brien'`:                              true,
		`user.surname -eq "O'Brien"`:                               true,
		"user.companyName -eq \"The `\"Works`\"\"":                 true,
		"user.companyName -endsWith `\"works`\"":                   true,
		`user.extensionAttribute15 -eq "marketing"`:                true,
		`user.extensionAttribute1 -eq "marketing"`:                 false,
		`user.telephoneNumber -eq "+41 1"`:                         true,
		`user.officeLocation -eq null`:                             true,
		`user.physicalDeliveryOfficeName -eq $null`:                true,
		`user.department -eq null`:                                 false,
		`user.department -ne null`:                                 true,
		`user.state -eq ""`:                                        true,
		`user.state -eq "null"`:                                    false, // in quotes it is a text
		`user.state -ne "Bavaria"`:                                 true,  // null is not Bavaria
		`user.state -notContains "a"`:                              true,
		`user.state -notMatch "."`:                                 true,
		`user.state -in ["a"]`:                                     false,
		`user.objectId -ne null`:                                   true, // everybody
		`user.objectId -eq "33333333-0000-4000-8000-000000000001"`: true,

		`user.otherMails -any (_ -startsWith "a@")`:                           true,
		`user.otherMails -any (_ -eq "nobody")`:                               false,
		`user.otherMails -all (_ -endsWith ".example")`:                       true,
		`user.otherMails -all (_ -startsWith "a@")`:                           false,
		`user.proxyAddresses -any _ -contains "av@"`:                          true,
		`user.proxyAddresses -any (_ -contains "av@" -and _ -startsWith "x")`: false,
		`user.proxyAddresses -any (-not _ -contains "av@")`:                   true,
		`user.otherMails -endsWith "@old.example"`:                            true, // of a list, one is enough
		`user.otherMails -notEndsWith "@old.example"`:                         false,
		`user.otherMails -eq null`:                                            false,

		`user.memberof -any (group.objectId -in ['11111111-0000-4000-8000-000000000001'])`:                                         true,
		`user.memberOf -any (group.objectId -in ["11111111-0000-4000-8000-000000000002"])`:                                         false,
		`user.memberOf -any (group.objectId -in ["11111111-0000-4000-8000-000000000002", "11111111-0000-4000-8000-000000000001"])`: true,
		`Direct Reports for "22222222-0000-4000-8000-000000000001"`:                                                                true,
		`direct reports FOR "33333333-0000-4000-8000-000000000001"`:                                                                false,

		// -not goes before -and, -and before -or.
		`user.city -eq "Bern" -and user.country -eq "CH" -or user.department -eq "Sales"`:        true,
		`user.city -eq "Bern" -and (user.country -eq "CH" -or user.department -eq "Sales")`:      false,
		`user.department -eq "Sales" -or user.city -eq "Bern" -and user.country -eq "AT"`:        true,
		`(user.department -eq "Sales" -or user.city -eq "Bern") -and user.country -eq "AT"`:      false,
		`-not user.city -eq "Bern" -and user.country -eq "AT"`:                                   false,
		`-not (user.city -eq "Bern" -and user.country -eq "AT")`:                                 true,
		`not user.city -eq "Bern" and not not user.country -eq "CH"`:                             true,
		`(user.department -eq "Sales") -and -not (user.jobTitle -startsWith "SDE")`:              true,
		`((user.department -eq "Sales") -and (user.proxyAddresses -any (_ -startsWith "smtp")))`: true,
	} {
		r := parse(t, text)
		if got := r.Match(adele(), in); got != want {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
		again := parse(t, r.String())
		if again.String() != r.String() || again.Match(adele(), in) != want {
			t.Errorf("%s printed as %s, and that as %s", text, r, again)
		}
	}
}

func TestRuleMatchesUsersOnly(t *testing.T) {
	t.Parallel()
	everybody := parse(t, `user.objectId -ne null`)
	if everybody.Match(directory.Object{ID: staff, Kind: directory.KindGroup, Group: &directory.GroupDetail{}}, nil) {
		t.Error("a group matches")
	}
	if (directory.Rule{}).Match(adele(), nil) {
		t.Error("the zero rule matches")
	}
	empty := adele()
	empty.User = &directory.UserDetail{}
	for text, want := range map[string]bool{
		`user.otherMails -all (_ -eq "x")`: true, // of nobody, all are
		`user.otherMails -any (_ -ne "x")`: false,
		`user.otherMails -eq null`:         true,
		`user.telephoneNumber -eq null`:    true,
	} {
		if got := parse(t, text).Match(empty, nil); got != want {
			t.Errorf("%s of nothing: %v, want %v", text, got, want)
		}
	}
}

func TestRuleIsRefusedAtAPosition(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		``:                                                      "position 1: expected a property",
		`user.department -eq`:                                   "position 20: expected a text in quotes, a number or null, found the end of the rule",
		`user.department "Sales"`:                               `position 17: expected an operator: -contains, -endsWith, -eq`,
		`user.department -equals "Sales"`:                       "position 17: expected an operator",
		`user.department -not null`:                             "position 17: expected an operator",
		`user.department -eq Sales`:                             "position 21: expected a text in quotes",
		`user.department -eq "Sales`:                            "position 21: the text that begins here has no closing quote",
		`user.departement -eq "Sales"`:                          "position 1: expected a property of user, which are accountEnabled,",
		`device.displayName -eq "x"`:                            "position 1: expected a property of user; there are no devices here",
		`department -eq "x"`:                                    "position 1: expected a property such as user.department",
		`(user.department -eq "Sales"`:                          "position 29: expected ), found the end of the rule",
		`user.department -eq "Sales")`:                          "position 28: expected -and, -or or the end of the rule, found )",
		`user.department -eq "a" "b"`:                           "position 25: expected -and, -or or the end",
		`user.department -in "a"`:                               "position 21: expected [",
		`user.department -in ["a" "b"]`:                         "position 26: expected , or ]",
		`user.department -in []`:                                "position 22: expected a text",
		`user.department -in [null]`:                            "position 22: expected a text",
		`user.department -contains null`:                        "position 27: null is compared with -eq or -ne, not -contains",
		`user.department -contains ""`:                          "position 27: the text is empty",
		`user.department -match "("`:                            "position 24: the regular expression cannot be used: error parsing regexp: missing closing )",
		`user.department -eq true`:                              "position 21: expected a text in quotes, as the value is no flag",
		`user.accountEnabled -eq "yes"`:                         "position 25: expected true or false",
		`user.accountEnabled -startsWith "t"`:                   "position 21: user.accountEnabled is true or false",
		`user.department -any (_ -eq "x")`:                      "position 17: user.department has one value",
		`user.otherMails -any (user.city -eq "x")`:              "position 23: expected _, which stands for the value inside",
		`user.otherMails -any _ -eq "x" -and user.city -eq "y"`: "position 37: expected _",
		`user.city -eq "ä" -and §`:                              "position 24: \"§\" cannot stand here",
		`user.city - "x"`:                                       "position 11: expected the name of an operator",
		`user.memberOf -eq "x"`:                                 "position 15: expected -any (group.objectId -in",
		`user.memberOf -any (group.objectId -in ["x"])`:         "position 41: expected an object id",
		`Direct Reports for "x"`:                                "position 20: expected an object id",
		`Direct Reports for "22222222-0000-4000-8000-000000000001" -and user.city -eq "x"`: "position 59: expected the end of the rule, as Direct Reports cannot be combined",
		`user.department -match "` + strings.Repeat("a", 513) + `"`:                        "more than 512 characters",
		`user.department -eq "` + strings.Repeat("a", 3072) + `"`:                          "at most 3072 characters",
		"user.city -eq \"\xff\"": "UTF-8",
	} {
		_, err := directory.ParseRule(text)
		if !fault.Is(err, fault.Invalid) || fault.Of(err).Code != "InvalidMembershipRule" || !strings.Contains(fault.Of(err).Message, want) {
			t.Errorf("%.80s: %v, want %q", text, err, want)
		}
	}
}

func TestRuleTellsWhatItDependsOn(t *testing.T) {
	t.Parallel()
	r := parse(t, `user.officeLocation -eq "x" -or -not (user.OTHERMAILS -any (_ -eq "y")) -and user.city -in ["a"] -or user.city -eq null
		-or user.memberOf -any (group.objectId -in ["11111111-0000-4000-8000-000000000002", "11111111-0000-4000-8000-000000000001"])`)
	want := []directory.Property{"city", "memberOf", "otherMails", "physicalDeliveryOfficeName"}
	if diff := cmp.Diff(want, r.Depends()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]directory.ObjectID{staff, guests}, r.Groups()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]directory.Property{directory.PropertyManager}, parse(t, `Direct Reports for "`+string(boss)+`"`).Depends()); diff != "" {
		t.Error(diff)
	}
}

func TestUsersDifferInWhatIsAskedAbout(t *testing.T) {
	t.Parallel()
	tests := []struct {
		property directory.Property
		edit     func(*directory.Object)
	}{
		{"department", func(o *directory.Object) { o.User.Department = "HR" }},
		{"manager", func(o *directory.Object) { o.User.ManagerID = "" }},
		{"accountEnabled", func(o *directory.Object) { o.Enabled = false }},
		{"otherMails", func(o *directory.Object) { o.User.OtherMails = nil }},
		{"extensionAttribute15", func(o *directory.Object) { o.User.Extensions[14] = "" }},
	}
	all := []directory.Property{"memberOf"}
	for _, tt := range tests {
		all = append(all, tt.property)
	}
	for _, tt := range tests {
		after := adele().Clone()
		tt.edit(&after)
		others := slices.DeleteFunc(slices.Clone(all), func(p directory.Property) bool { return p == tt.property })
		if !directory.Differ(adele(), after, []directory.Property{tt.property}) || directory.Differ(adele(), after, others) {
			t.Errorf("a change of %s is not seen, or seen elsewhere", tt.property)
		}
	}
}

// FuzzRule: no text makes the parser panic, and what it can read is the same
// rule when printed and read again.
func FuzzRule(f *testing.F) {
	for _, seed := range []string{
		`user.department -eq "Sales"`, `(user.a -ne null) -and -not user.city -in ["a",'b''c']`, "user.city -eq \"`\"x`\"\" or user.city eq `\"y`\"",
		`user.otherMails -any (_ -match "^a.*" -or -not _ -eq null)`, `user.proxyAddresses -all _ -contains "x"`,
		`user.memberof -any (group.objectId -in ['11111111-0000-4000-8000-000000000001'])`, `Direct Reports for "22222222-0000-4000-8000-000000000001"`,
		`user.accountEnabled -eq $true -or ((user.employeeId -eq 12.5))`, "user.city –eq \"ü\"",
	} {
		f.Add(seed)
	}
	in := map[directory.ObjectID]bool{staff: true}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := directory.ParseRule(text)
		if err != nil {
			if fault.Of(err).Code != "InvalidMembershipRule" {
				t.Fatalf("error = %v", err)
			}
			return
		}
		printed := r.String()
		if utf8.RuneCountInString(printed) > directory.MaxRule {
			return // quotes and escapes made it longer than rules may be
		}
		again, err := directory.ParseRule(printed)
		if err != nil || again.String() != printed {
			t.Fatalf("%q printed as %q, and that as %q: %v", text, printed, again, err)
		}
		if got, want := again.Match(adele(), in), r.Match(adele(), in); got != want {
			t.Fatalf("%q matches %v, printed %v", text, want, got)
		}
		if !slices.Equal(r.Depends(), again.Depends()) || !slices.Equal(r.Groups(), again.Groups()) {
			t.Fatalf("%q and %q depend on different things", text, printed)
		}
	})
}

func ExampleParseRule() {
	rule, err := directory.ParseRule(`user.department eq 'Sales' and not user.country in ["US"]`)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(rule)
	fmt.Println(rule.Depends())
	// Output:
	// user.department -eq "Sales" -and -not user.country -in ["US"]
	// [country department]
}
