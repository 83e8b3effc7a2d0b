package engine_test

import (
	"strings"
	"testing"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/fault"
)

const (
	absent    = "Request_ResourceNotFound"
	badObject = "Request_BadRequest"
)

func newUser(name string) directory.Object {
	return directory.Object{
		Kind: directory.KindUser, DisplayName: name, PrincipalName: name + "@contoso.example", Enabled: true,
		User: &directory.UserDetail{Type: directory.Member, MailNickname: name},
	}
}

func newGroup(name string) directory.Object {
	return directory.Object{
		Kind: directory.KindGroup, DisplayName: name, Enabled: true,
		Group: &directory.GroupDetail{MailNickname: name, SecurityEnabled: true},
	}
}

func TestNewObjectsAreChecked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.user("adele")
	tests := []struct {
		name, says string
		make       func() directory.Object
	}{
		{"no display name", "displayName is required", func() directory.Object { o := newUser("x"); o.DisplayName = ""; return o }},
		{"no user principal name", "userPrincipalName is required", func() directory.Object { o := newUser("x"); o.PrincipalName = ""; return o }},
		{"half a user principal name", "name@domain", func() directory.Object { o := newUser("x"); o.PrincipalName = "x"; return o }},
		{"no nickname", "mailNickname is required", func() directory.Object { o := newUser("x"); o.User.MailNickname = ""; return o }},
		{"a name that is taken", "Another object with the same value for property userPrincipalName already exists.", func() directory.Object { return newUser("ADELE") }},
		{"a group without nickname", "mailNickname is required", func() directory.Object { o := newGroup("g"); o.Group.MailNickname = ""; return o }},
		{"a dynamic group without a rule", "membershipRule", func() directory.Object { o := newGroup("g"); o.Group.Types = []string{"DynamicMembership"}; return o }},
	}
	for _, tt := range tests {
		_, err := w.engine.CreateObject(w.ctx, w.admin(), tt.make(), nil)
		if !fault.Is(err, fault.Invalid) || fault.Of(err).Code != badObject || !strings.Contains(fault.Of(err).Message, tt.says) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.says)
		}
	}
}

func TestRenamedUserCannotTakeAnothersName(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.user("adele")
	rename := func(to string) error {
		return w.engine.UpdateObject(w.ctx, w.admin(), directory.KindUser, string(w.user("bob")), func(o *directory.Object) error { o.PrincipalName = to; return nil }, nil)
	}
	refused(t, rename("Adele@contoso.example"), fault.Invalid, badObject)
	w.ok(rename("Bob@contoso.example"))
}

func TestUserIsFoundByIDAndByName(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.user("o'brien")
	for _, key := range []string{string(id), strings.ToUpper(string(id)), "O'Brien@Contoso.example"} {
		o, err := w.engine.Object(w.ctx, w.admin(), directory.KindUser, key)
		if err != nil || o.ID != id {
			t.Errorf("%s: %v, %v", key, o.ID, err)
		}
	}
	_, err := w.engine.Object(w.ctx, w.admin(), directory.KindGroup, string(id))
	refused(t, err, fault.NotFound, absent)
	_, err = w.engine.Object(w.ctx, w.admin(), directory.KindUser, "nobody@contoso.example")
	if want := "Resource 'nobody@contoso.example' does not exist or one of its queried reference-property objects are not present."; fault.Of(err).Message != want {
		t.Errorf("says %q, want %q", fault.Of(err).Message, want)
	}
}

func TestWhoMayReadObjects(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	adele, bob, g := string(w.user("adele")), string(w.user("bob")), string(w.group("team"))
	tests := []struct {
		name    string
		who     authz.Caller
		kind    directory.ObjectKind
		key     string
		allowed bool
	}{
		{"oneself by id", w.as("adele", authz.UserRead), directory.KindUser, adele, true},
		{"oneself by name", w.as("adele", authz.UserRead), directory.KindUser, "adele@contoso.example", true},
		{"oneself as an object", w.as("adele", authz.UserRead), "", adele, true},
		{"oneself without any scope for it", w.as("adele", authz.SubjectAccess), directory.KindUser, adele, false},
		{"somebody else with User.Read", w.as("adele", authz.UserRead), directory.KindUser, bob, false},
		{"nobody with User.Read", w.as("adele", authz.UserRead), directory.KindUser, newID(), false},
		{"somebody else with User.ReadBasic.All", w.as("adele", authz.UserReadBasic), directory.KindUser, bob, true},
		{"a group with User.ReadBasic.All", w.as("adele", authz.UserReadBasic), directory.KindGroup, g, false},
		{"a user as an object with User.Read.All", w.as("adele", authz.UserReadAll), "", bob, true},
		{"a group as an object with User.Read.All", w.as("adele", authz.UserReadAll), "", g, false},
		{"a group as an object with Directory.Read.All", w.as("adele", authz.DirectoryReadAll), "", g, true},
		{"an application reading a group", w.app(authz.GroupReadAll), directory.KindGroup, g, true},
		{"an application without permission", w.app(), directory.KindGroup, g, false},
		{"an application reading itself", w.app(), "", string(w.app().ID()), true},
	}
	for _, tt := range tests {
		_, err := w.engine.Object(w.ctx, tt.who, tt.kind, tt.key)
		if tt.allowed && err != nil || !tt.allowed && !fault.Is(err, fault.Forbidden) {
			t.Errorf("%s: %v, allowed should be %v", tt.name, err, tt.allowed)
		}
	}
}

func TestMeIsForPeople(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o, err := w.engine.Me(w.ctx, w.as("adele", authz.UserRead))
	if err != nil || o.DisplayName != "adele" {
		t.Errorf("me is %+v, %v", o, err)
	}
	_, err = w.engine.Me(w.ctx, w.app(authz.UserReadAll))
	refused(t, err, fault.Invalid, "BadRequest")
	if want := "/me request is only valid with delegated authentication flow."; fault.Of(err).Message != want {
		t.Errorf("says %q, want %q", fault.Of(err).Message, want)
	}
	_, err = w.engine.Me(w.ctx, w.as("adele", authz.SubjectAccess))
	forbidden(t, err)
}

func TestDeletedObjectFreesItsNameAndCanBePurged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, g := w.user("adele"), w.group("team", "adele")
	w.role("adele", authz.CatalogCreator, "")
	refused(t, w.engine.PurgeObject(w.ctx, w.admin(), id), fault.NotFound, absent)
	w.ok(w.engine.DeleteObject(w.ctx, w.admin(), directory.KindUser, "adele@contoso.example"))
	_, err := w.engine.Object(w.ctx, w.admin(), directory.KindUser, string(id))
	refused(t, err, fault.NotFound, absent)
	refused(t, w.engine.DeleteObject(w.ctx, w.admin(), directory.KindUser, string(id)), fault.NotFound, absent)
	members, err := w.engine.Members(w.ctx, w.admin(), g, directory.MemberOf, rows())
	w.ok(err)
	if len(members.Rows) != 0 {
		t.Errorf("the group still shows %+v", members.Rows)
	}
	w.object(w.admin(), newUser("adele"))

	forbidden(t, w.engine.PurgeObject(w.ctx, w.as("bob"), id))
	w.ok(w.engine.PurgeObject(w.ctx, w.admin(), id))
	refused(t, w.engine.PurgeObject(w.ctx, w.admin(), id), fault.NotFound, absent)
	roles, err := w.engine.RoleAssignments(w.ctx, w.admin(), authz.EntitlementProvider, rows(), nil)
	w.ok(err)
	if len(roles.Rows) != 0 {
		t.Errorf("the purged user still has %+v", roles.Rows)
	}
}

func TestGroupIsMadeWithItsMembers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	g := w.object(w.app(authz.GroupCreate), newGroup("team"),
		directory.Membership{Member: w.user("adele"), Relation: directory.MemberOf},
		directory.Membership{Member: w.user("owen"), Relation: directory.OwnerOf})
	for rel, want := range map[directory.Relation]string{directory.MemberOf: "adele", directory.OwnerOf: "owen"} {
		page, err := w.engine.Members(w.ctx, w.admin(), g.ID, rel, rows())
		w.ok(err)
		if len(page.Rows) != 1 || page.Rows[0].DisplayName != want {
			t.Errorf("%ss are %+v, want %s", rel, page.Rows, want)
		}
	}
	_, err := w.engine.CreateObject(w.ctx, w.admin(), newGroup("half"), []directory.Membership{{Member: directory.ObjectID(newID()), Relation: directory.MemberOf}})
	refused(t, err, fault.NotFound, absent)
	page, err := w.engine.Objects(w.ctx, w.admin(), directory.KindGroup, rows(equalTo("mailNickname", "half")))
	w.ok(err)
	if len(page.Rows) != 0 {
		t.Error("the group was made although a member is missing")
	}
	many := make([]directory.Membership, 21)
	for i := range many {
		many[i] = directory.Membership{Member: w.user("m" + newID()), Relation: directory.MemberOf}
	}
	_, err = w.engine.CreateObject(w.ctx, w.admin(), newGroup("many"), many)
	refused(t, err, fault.Invalid, badObject)
}

func TestPeopleOwnTheGroupsTheyMake(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	gus := w.with("gus", authz.GroupsAdmin)
	g := w.object(gus, newGroup("team"))
	owners, err := w.engine.Members(w.ctx, w.admin(), g.ID, directory.OwnerOf, rows())
	w.ok(err)
	if len(owners.Rows) != 1 || owners.Rows[0].ID != gus.ID() {
		t.Errorf("owners %+v, want gus", owners.Rows)
	}
}

func TestMembersAreAddedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	g, adele := w.group("team"), w.user("adele")
	add := func(id directory.ObjectID, rel directory.Relation) error {
		return w.engine.AddMember(w.ctx, w.admin(), g, id, rel)
	}
	w.ok(add(adele, directory.MemberOf))
	w.ok(add(adele, directory.OwnerOf))
	for rel, property := range map[directory.Relation]string{directory.MemberOf: "members", directory.OwnerOf: "owners"} {
		err := add(adele, rel)
		refused(t, err, fault.Invalid, badObject)
		want := "One or more added object references already exist for the following modified properties: '" + property + "'."
		if fault.Of(err).Message != want {
			t.Errorf("says %q, want %q", fault.Of(err).Message, want)
		}
	}
	nobody := directory.ObjectID(newID())
	err := add(nobody, directory.MemberOf)
	refused(t, err, fault.NotFound, absent)
	if !strings.Contains(fault.Of(err).Message, string(nobody)) {
		t.Errorf("says %q, want it to name the member", fault.Of(err).Message)
	}
	refused(t, add(g, directory.MemberOf), fault.Invalid, badObject)
	refused(t, add(w.group("other"), directory.OwnerOf), fault.Invalid, badObject)
	w.ok(add(w.group("other"), directory.MemberOf))
	refused(t, w.engine.AddMember(w.ctx, w.admin(), adele, w.user("bob"), directory.MemberOf), fault.NotFound, absent)
	refused(t, w.engine.AddMember(w.ctx, w.admin(), nobody, adele, directory.MemberOf), fault.NotFound, absent)

	w.ok(w.engine.RemoveMember(w.ctx, w.admin(), g, adele, directory.MemberOf))
	refused(t, w.engine.RemoveMember(w.ctx, w.admin(), g, adele, directory.MemberOf), fault.NotFound, absent)
}

func TestUpdateAddsMembersAllOrNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	g := w.group("team", "adele")
	update := func(members ...string) error {
		var links []directory.Membership
		for _, m := range members {
			links = append(links, directory.Membership{Member: w.user(m), Relation: directory.MemberOf})
		}
		return w.engine.UpdateObject(w.ctx, w.admin(), directory.KindGroup, string(g), func(o *directory.Object) error { o.DisplayName = "Team"; return nil }, links)
	}
	refused(t, update("bob", "adele"), fault.Invalid, badObject)
	o, err := w.engine.Object(w.ctx, w.admin(), directory.KindGroup, string(g))
	w.ok(err)
	members, err := w.engine.Members(w.ctx, w.admin(), g, directory.MemberOf, rows())
	w.ok(err)
	if o.DisplayName != "team" || len(members.Rows) != 1 {
		t.Errorf("after a refusal: %q with %d members, want nothing changed", o.DisplayName, len(members.Rows))
	}
	w.ok(update("bob", "carl"))
}

func TestOwnersRunTheirGroups(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	g, adele := w.group("team"), w.user("adele")
	w.ok(w.engine.AddMember(w.ctx, w.admin(), g, w.user("owen"), directory.OwnerOf))
	for name, who := range map[string]authz.Caller{"stranger": w.as("bob"), "owner without the scope": w.as("owen", authz.GroupReadAll)} {
		if err := w.engine.AddMember(w.ctx, who, g, adele, directory.MemberOf); !fault.Is(err, fault.Forbidden) {
			t.Errorf("%s: %v, want Forbidden", name, err)
		}
	}
	owen := w.as("owen")
	w.ok(w.engine.AddMember(w.ctx, owen, g, adele, directory.MemberOf))
	w.ok(w.engine.RemoveMember(w.ctx, owen, g, adele, directory.MemberOf))
	w.ok(w.engine.UpdateObject(w.ctx, owen, directory.KindGroup, string(g), func(o *directory.Object) error { o.DisplayName = "Owen's"; return nil }, nil))
	forbidden(t, w.engine.DeleteObject(w.ctx, owen, directory.KindGroup, newID()))
	w.ok(w.engine.DeleteObject(w.ctx, owen, directory.KindGroup, string(g)))
}

func TestMembersOfDynamicAndCopiedGroupsAreNotChosen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dynamic := newGroup("dynamic")
	dynamic.Group.Types, dynamic.Group.MembershipRule = []string{"DynamicMembership"}, "x"
	copied := newGroup("copied")
	copied.Group.OnPremisesSynced = true
	for _, o := range []directory.Object{dynamic, copied} {
		made := w.object(w.admin(), o)
		refused(t, w.engine.AddMember(w.ctx, w.admin(), made.ID, w.user("adele"), directory.MemberOf), fault.Invalid, badObject)
	}
}

func TestGroupsThatHoldRolesAreForRoleAdministrators(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := newGroup("admins")
	o.Group.AssignableToRole = true
	_, err := w.engine.CreateObject(w.ctx, w.with("gus", authz.GroupsAdmin), o, nil)
	forbidden(t, err)
	g := w.object(w.admin(), o)
	forbidden(t, w.engine.AddMember(w.ctx, w.with("gus", authz.GroupsAdmin), g.ID, w.user("gus"), directory.MemberOf))
	w.ok(w.engine.AddMember(w.ctx, w.admin(), g.ID, w.user("adele"), directory.MemberOf))
	plain := w.group("plain")
	refused(t, w.engine.UpdateObject(w.ctx, w.admin(), directory.KindGroup, string(plain), func(o *directory.Object) error { o.Group.AssignableToRole = true; return nil }, nil),
		fault.Invalid, badObject)
}

func TestMemberOfIsDirectOrDeep(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inner, outer := w.group("inner", "adele"), w.group("outer")
	w.ok(w.engine.AddMember(w.ctx, w.admin(), outer, inner, directory.MemberOf))
	for deep, want := range map[bool]int{false: 1, true: 2} {
		page, err := w.engine.MemberOf(w.ctx, w.as("adele", authz.UserRead), string(w.user("adele")), deep, rows())
		w.ok(err)
		if len(page.Rows) != want {
			t.Errorf("deep=%v: %d groups, want %d", deep, len(page.Rows), want)
		}
	}
	_, err := w.engine.MemberOf(w.ctx, w.as("bob", authz.UserRead), string(w.user("adele")), false, rows())
	forbidden(t, err)
}

func TestManager(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	adele, megan := string(w.user("adele")), w.user("megan")
	_, err := w.engine.Manager(w.ctx, w.admin(), adele)
	refused(t, err, fault.NotFound, absent)
	forbidden(t, w.engine.SetManager(w.ctx, w.as("adele"), adele, megan))
	refused(t, w.engine.SetManager(w.ctx, w.admin(), adele, directory.ObjectID(newID())), fault.NotFound, absent)
	refused(t, w.engine.SetManager(w.ctx, w.admin(), adele, w.group("team")), fault.NotFound, absent)
	refused(t, w.engine.SetManager(w.ctx, w.admin(), adele, w.user("adele")), fault.Invalid, badObject)
	w.ok(w.engine.SetManager(w.ctx, w.with("uma", authz.UserAdmin), "adele@contoso.example", megan))
	m, err := w.engine.Manager(w.ctx, w.as("adele", authz.UserRead), adele)
	if err != nil || m.ID != megan {
		t.Errorf("manager %v, %v; want megan", m.DisplayName, err)
	}
	w.ok(w.engine.SetManager(w.ctx, w.admin(), adele, ""))
	_, err = w.engine.Manager(w.ctx, w.admin(), adele)
	refused(t, err, fault.NotFound, absent)
}

func TestAppRoles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	crm, plain := w.application("crm", "Reader"), w.application("plain")
	o, err := w.engine.Object(w.ctx, w.admin(), directory.KindServicePrincipal, string(crm))
	w.ok(err)
	give := func(principal, resource directory.ObjectID, role string) (directory.AppRoleAssignmentView, error) {
		return w.engine.GiveAppRole(w.ctx, w.admin(), directory.AppRoleAssignment{Principal: principal, Resource: resource, Role: role})
	}
	reader := o.App.Roles[0].ID
	adele := w.user("adele")
	for name, err := range map[string]error{
		"an unknown role":                      second(give(adele, crm, newID())),
		"the default role where there are any": second(give(adele, crm, directory.DefaultAppRole)),
		"a role for people to an application":  second(give(w.application("daemon"), crm, reader)),
	} {
		if !fault.Is(err, fault.Invalid) || fault.Of(err).Code != badObject {
			t.Errorf("%s: %v, want it refused", name, err)
		}
	}
	refused(t, second(give(directory.ObjectID(newID()), crm, reader)), fault.NotFound, absent)
	refused(t, second(give(adele, adele, reader)), fault.NotFound, absent)
	made, err := give(adele, crm, reader)
	w.ok(err)
	if made.PrincipalOf.DisplayName != "adele" || made.ResourceOf.DisplayName != "crm" {
		t.Errorf("made %+v", made)
	}
	_, err = give(adele, crm, reader)
	refused(t, err, fault.Invalid, badObject)
	if want := "Permission being assigned already exists on the object"; fault.Of(err).Message != want {
		t.Errorf("says %q, want %q", fault.Of(err).Message, want)
	}
	_, err = give(adele, plain, directory.DefaultAppRole)
	w.ok(err)
	forbidden(t, second(w.engine.GiveAppRole(w.ctx, w.as("adele"), directory.AppRoleAssignment{Principal: adele, Resource: crm, Role: reader})))

	count := func(principal, resource directory.ObjectID) int {
		page, err := w.engine.AppRoleAssignments(w.ctx, w.admin(), principal, resource, rows())
		w.ok(err)
		return len(page.Rows)
	}
	if a, b := count(adele, ""), count("", crm); a != 2 || b != 1 {
		t.Errorf("adele has %d, the application gave %d; want 2 and 1", a, b)
	}
	w.ok(w.engine.TakeAppRole(w.ctx, w.admin(), made.ID))
	refused(t, w.engine.TakeAppRole(w.ctx, w.admin(), made.ID), fault.NotFound, absent)
}

func second[T any](_ T, err error) error { return err }

func TestApplicationWithOwnedByRunsOnlyItsOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	crm := w.application("crm")
	who := w.app(authz.AppReadWriteOwned)
	rename := func(id directory.ObjectID) error {
		return w.engine.UpdateObject(w.ctx, who, directory.KindServicePrincipal, string(id), func(o *directory.Object) error { o.DisplayName = "x"; return nil }, nil)
	}
	forbidden(t, rename(crm))
	mine := w.object(who, directory.Object{Kind: directory.KindServicePrincipal, DisplayName: "mine", App: &directory.AppDetail{}})
	w.ok(rename(mine.ID))
	taken := directory.Object{Kind: directory.KindServicePrincipal, DisplayName: "copy", App: &directory.AppDetail{AppID: mine.App.AppID}}
	_, err := w.engine.CreateObject(w.ctx, w.admin(), taken, nil)
	refused(t, err, fault.Conflict, "Request_MultipleObjectsWithSameKeyValue")
}

func TestObjectsByIDLeavesOutWhatIsNotThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	adele, gone, g := w.user("adele"), w.user("gone"), w.group("team")
	w.ok(w.engine.DeleteObject(w.ctx, w.admin(), directory.KindUser, string(gone)))
	all, err := w.engine.ObjectsByID(w.ctx, w.admin(), []directory.ObjectID{g, directory.ObjectID(newID()), adele, gone, g})
	w.ok(err)
	if len(all) != 2 || all[0].ID != g || all[1].ID != adele {
		t.Errorf("found %+v, want the group and adele", all)
	}
}
