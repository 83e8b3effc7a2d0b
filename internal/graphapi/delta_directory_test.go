package graphapi

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/query"
)

// mirror is a copy of the users and groups that is kept by following them.
type mirror struct {
	l       *live
	minimal bool
	links   map[string]string
	names   map[string]string          // users and groups
	members map[string]map[string]bool // of groups
}

func (m *mirror) follow(collection string) {
	m.l.t.Helper()
	link := m.links[collection]
	if link == "" {
		link = "/v1.0/" + collection + "/delta?$top=2&$select=displayName,description"
		if collection == "groups" {
			link += ",members"
		} else {
			link = strings.Replace(link, "description", "jobTitle", 1)
		}
	}
	for done := false; !done; {
		target, err := url.Parse(link)
		m.l.ok(err)
		var prefer []string
		if m.minimal {
			prefer = []string{"Prefer: return=minimal"}
		}
		w := m.l.ask("person "+allScopes(), "GET", target.RequestURI(), "", prefer...)
		var page struct {
			Value []struct {
				ID      string
				Name    string `json:"displayName"`
				Removed any    `json:"@removed"`
				Members []struct {
					ID      string
					Removed any `json:"@removed"`
				} `json:"members@delta"`
			}
			Next  string `json:"@odata.nextLink"`
			Delta string `json:"@odata.deltaLink"`
		}
		if err := json.Unmarshal(w.Body.Bytes(), &page); err != nil || w.Code != 200 {
			m.l.t.Fatalf("%s: %d %s", link, w.Code, w.Body)
		}
		for _, row := range page.Value {
			if row.Removed != nil {
				delete(m.names, row.ID)
				delete(m.members, row.ID)
				continue
			}
			if row.Name != "" {
				m.names[row.ID] = row.Name
			}
			for _, member := range row.Members {
				if m.members[row.ID] == nil {
					m.members[row.ID] = map[string]bool{}
				}
				if delete(m.members[row.ID], member.ID); member.Removed == nil {
					m.members[row.ID][member.ID] = true
				}
			}
		}
		link, done = page.Next, page.Delta != ""
		if done {
			link = page.Delta
		}
	}
	m.links[collection] = link
}

// check compares the copy with what there is.
func (m *mirror) check(when string) {
	m.l.t.Helper()
	names, members := map[string]string{}, map[string]map[string]bool{}
	admin := m.l.person(m.l.admin)
	for _, kind := range []directory.ObjectKind{directory.KindUser, directory.KindGroup} {
		page, err := m.l.engine.Objects(m.l.t.Context(), admin, kind, query.List{Limit: 1000})
		m.l.ok(err)
		for _, o := range page.Rows {
			names[string(o.ID)] = o.DisplayName
			if kind != directory.KindGroup {
				continue
			}
			in, err := m.l.engine.Members(m.l.t.Context(), admin, o.ID, directory.MemberOf, query.List{Limit: 1000})
			m.l.ok(err)
			for _, u := range in.Rows {
				if members[string(o.ID)] == nil {
					members[string(o.ID)] = map[string]bool{}
				}
				members[string(o.ID)][string(u.ID)] = true
			}
		}
	}
	maps.DeleteFunc(m.members, func(_ string, in map[string]bool) bool { return len(in) == 0 })
	if diff := cmp.Diff(names, m.names); diff != "" {
		m.l.t.Fatalf("%s (-there +copy):\n%s", when, diff)
	}
	if diff := cmp.Diff(members, m.members); diff != "" {
		m.l.t.Fatalf("members %s (-there +copy):\n%s", when, diff)
	}
}

// Whoever follows users and groups has a copy that is never wrong, whatever
// happens to them and however seldom they look.
func TestFollowedDirectoryIsAFaithfulCopy(t *testing.T) {
	t.Parallel()
	l := newLive(t, Settings{})
	admin := l.person(l.admin)
	random := rand.New(rand.NewPCG(7, 7))
	var ids []directory.ObjectID
	pick := func() directory.ObjectID { return ids[random.IntN(len(ids))] }
	steps := []func() error{
		func() error { return l.makeObject(directory.KindUser, &ids) },
		func() error { return l.makeObject(directory.KindGroup, &ids) },
		func() error { return l.engine.AddMember(t.Context(), admin, pick(), pick(), directory.MemberOf) },
		func() error { return l.engine.AddMember(t.Context(), admin, pick(), pick(), directory.MemberOf) },
		func() error { return l.engine.AddMember(t.Context(), admin, pick(), pick(), directory.MemberOf) },
		func() error { return l.engine.AddMember(t.Context(), admin, pick(), l.admin, directory.MemberOf) },
		func() error { return l.engine.RemoveMember(t.Context(), admin, pick(), pick(), directory.MemberOf) },
		func() error {
			id := pick()
			for _, kind := range []directory.ObjectKind{directory.KindUser, directory.KindGroup} {
				err := l.engine.UpdateObject(t.Context(), admin, kind, string(id), func(o *directory.Object) error {
					o.DisplayName = fmt.Sprint("name ", random.IntN(1000))
					return nil
				}, nil)
				if err == nil || !fault.Is(err, fault.NotFound) {
					return err
				}
			}
			return nil
		},
		func() error {
			id := pick()
			if err := l.engine.DeleteObject(t.Context(), admin, directory.KindUser, string(id)); err == nil {
				return nil
			}
			return l.engine.DeleteObject(t.Context(), admin, directory.KindGroup, string(id))
		},
		func() error { _, err := l.engine.RestoreObject(t.Context(), admin, pick()); return err },
		func() error { _, err := l.engine.RestoreObject(t.Context(), admin, pick()); return err },
		func() error { return l.engine.PurgeObject(t.Context(), admin, pick()) },
	}
	var mirrors []*mirror
	for _, minimal := range []bool{false, true} {
		for range 2 {
			mirrors = append(mirrors, &mirror{
				l: l, minimal: minimal, links: map[string]string{}, names: map[string]string{}, members: map[string]map[string]bool{},
			})
		}
	}
	for range 8 {
		l.ok(steps[0]())
		l.ok(steps[1]())
	}
	for i := range 600 {
		l.clock.Set(l.clock.Now().Add(time.Second))
		if err := steps[random.IntN(len(steps))](); err != nil && fault.Of(err).Kind == fault.Internal {
			t.Fatal(err)
		}
		for k, m := range mirrors {
			if i%(k*37+11) == 0 { // some look often, some seldom
				m.follow("users")
				m.follow("groups")
				m.check(fmt.Sprintf("after %d steps, mirror %d", i, k))
			}
		}
	}
}

func (l *live) makeObject(kind directory.ObjectKind, ids *[]directory.ObjectID) error {
	name := fmt.Sprint(kind, len(*ids))
	o := directory.Object{Kind: kind, DisplayName: name, Enabled: true}
	if kind == directory.KindUser {
		o.PrincipalName, o.User = name+"@contoso.example", &directory.UserDetail{Type: directory.Member, MailNickname: name}
	} else {
		o.Group = &directory.GroupDetail{MailNickname: name, SecurityEnabled: true}
	}
	made, err := l.engine.CreateObject(l.t.Context(), l.person(l.admin), o, nil)
	*ids = append(*ids, made.ID)
	return err
}

func TestMinimalDeltaShowsWhatHasChanged(t *testing.T) {
	t.Parallel()
	l := newLive(t, Settings{})
	admin := l.person(l.admin)
	var ids []directory.ObjectID
	l.ok(l.makeObject(directory.KindUser, &ids))
	l.ok(l.makeObject(directory.KindGroup, &ids))
	latest := func(collection string) string {
		_, _, link := l.round("/v1.0/" + collection + "/delta?$deltatoken=latest")
		target, err := url.Parse(link)
		l.ok(err)
		return target.RequestURI()
	}
	users, groups := latest("users"), latest("groups")
	l.ok(l.engine.UpdateObject(t.Context(), admin, directory.KindUser, string(ids[0]), func(o *directory.Object) error {
		o.DisplayName = "Renamed"
		o.User.Department = "Sales" // not among the default properties
		return nil
	}, nil))
	l.ok(l.engine.AddMember(t.Context(), admin, ids[1], ids[0], directory.MemberOf))
	value := func(path string, headers ...string) string {
		w := l.ask("person "+allScopes(), "GET", path, "", headers...)
		var page struct{ Value json.RawMessage }
		if err := json.Unmarshal(w.Body.Bytes(), &page); err != nil || w.Code != 200 {
			t.Fatalf("%s: %d %s", path, w.Code, w.Body)
		}
		if got := w.Header().Get("Preference-Applied"); (got == "return=minimal") != (len(headers) > 0) {
			t.Errorf("Preference-Applied is %q", got)
		}
		return string(page.Value)
	}
	const minimal = "Prefer: return=minimal"
	if got, want := value(users, minimal), `[{"id":"`+string(ids[0])+`","displayName":"Renamed"}]`; got != want {
		t.Errorf("users: %s, want %s", got, want)
	}
	member := `"members@delta":[{"@odata.type":"#microsoft.graph.user","id":"` + string(ids[0]) + `"}]}]`
	if got, want := value(groups, minimal), `[{"id":"`+string(ids[1])+`",`+member; got != want {
		t.Errorf("groups: %s, want %s", got, want)
	}
	if got := value(groups); !strings.Contains(got, `"displayName"`) || !strings.HasSuffix(got, member) {
		t.Errorf("groups in full: %s", got)
	}
	users = latest("users")
	l.ok(l.engine.UpdateObject(t.Context(), admin, directory.KindUser, string(ids[0]), func(o *directory.Object) error {
		o.User.Department = "Support"
		return nil
	}, nil))
	if got := value(users, minimal); got != "[]" {
		t.Errorf("of what is shown nothing has changed: %s", got)
	}
}

// A group with more members than come at once stands on several pages.
func TestFollowedGroupsOfManyMembers(t *testing.T) {
	t.Parallel()
	l := newLive(t, Settings{})
	admin := l.person(l.admin)
	var ids []directory.ObjectID
	for range 3 {
		l.ok(l.makeObject(directory.KindGroup, &ids))
	}
	large := slices.Sorted(slices.Values(ids))[1]
	const many = 1203
	for range many {
		l.ok(l.makeObject(directory.KindUser, &ids))
		l.ok(l.engine.AddMember(t.Context(), admin, large, ids[len(ids)-1], directory.MemberOf))
	}
	m := &mirror{l: l, links: map[string]string{}, names: map[string]string{}, members: map[string]map[string]bool{}}
	m.follow("groups")
	if len(m.names) != 3 || len(m.members[string(large)]) != many {
		t.Errorf("%d groups came, and %d members", len(m.names), len(m.members[string(large)]))
	}
}

func TestDirectoryDeltaRefuses(t *testing.T) {
	t.Parallel()
	l := newLive(t, Settings{})
	_, _, link := l.round("/v1.0/users/delta?$select=id")
	target, err := url.Parse(link)
	l.ok(err)
	ids := strings.Repeat("id%20eq%20'x'%20or%20", maxFollowedIDs)
	ask := func(path string) (int, string, string) {
		w := l.ask("person "+allScopes(), "GET", path, "")
		return w.Code, code(t, w), w.Header().Get("Location")
	}
	for _, tt := range []struct {
		name, path string
		status     int
		code       string
	}{
		{"more ids than allowed", "/v1.0/users/delta?$filter=" + ids + "id%20eq%20'y'", 400, "Request_UnsupportedQuery"},
		{"another comparison", "/v1.0/users/delta?$filter=id%20gt%20'y'", 400, "Request_UnsupportedQuery"},
		{"another property", "/v1.0/users/delta?$filter=mail%20eq%20'y'", 400, "Request_UnsupportedQuery"},
		{"an expansion", "/v1.0/groups/delta?$expand=members", 400, "Request_BadRequest"},
		{"the token of another query", strings.Replace(target.RequestURI(), "/users/", "/groups/", 1), 410, "syncStateNotFound"},
	} {
		if status, c, _ := ask(tt.path); status != tt.status || c != tt.code {
			t.Errorf("%s: %d %s", tt.name, status, c)
		}
	}
	l.clock.Set(l.clock.Now().Add(deltaKept + time.Second))
	if status, c, location := ask(target.RequestURI()); status != 410 || c != "resyncRequired" || !strings.HasSuffix(location, "/v1.0/users/delta?$select=id") {
		t.Errorf("an old link: %d %s, Location %s", status, c, location)
	}
}
