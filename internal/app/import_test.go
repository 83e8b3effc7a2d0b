package app_test

import (
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"github.com/grantkeep/grantkeep/internal/app"
	"github.com/grantkeep/grantkeep/internal/config"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
	"github.com/grantkeep/grantkeep/internal/store/sqlstore"
)

const importTenant = "11111111-1111-4111-8111-111111111111"

func importInto(t *testing.T, dsn, text string, csv bool) (app.ImportCount, error) {
	t.Helper()
	c := config.Default()
	c.Database = dsn
	c.Tenants = []config.Tenant{{ID: importTenant, DisplayName: "Contoso", Domains: []string{"contoso.example"}}}
	return app.ImportDirectory(t.Context(), c, slog.New(slog.DiscardHandler),
		app.Import{File: strings.NewReader(text), CSV: csv, Progress: func(app.ImportCount) {}})
}

// people reads the users of the database by their user principal names, and
// who is in the group.
func people(t *testing.T, dsn string) (byName map[string]directory.Object, members []string) {
	t.Helper()
	db, err := sqlstore.Open(t.Context(), dsn, sqlstore.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	byName = map[string]directory.Object{}
	err = db.Read(t.Context(), importTenant, func(r store.Reader) error {
		users, err := r.Objects(t.Context(), directory.KindUser, query.List{Limit: 100})
		if err != nil {
			return err
		}
		for _, u := range users.Rows {
			byName[u.PrincipalName] = u
		}
		groups, err := r.Objects(t.Context(), directory.KindGroup, query.List{Limit: 1})
		if err != nil || len(groups.Rows) == 0 {
			return err
		}
		in, err := r.Members(t.Context(), groups.Rows[0].ID, directory.MemberOf, query.List{Limit: 100})
		for _, o := range in.Rows {
			members = append(members, o.DisplayName)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return byName, members
}

func TestImportBringsPeopleUpToDate(t *testing.T) {
	t.Parallel()
	dsn := "sqlite:" + filepath.Join(t.TempDir(), "import.db")
	first := `{"userPrincipalName":"ann@contoso.example","displayName":"Ann","department":"Sales","manager":"ben@contoso.example","memberOf":["crew"]}
{"userPrincipalName":"ben@contoso.example","displayName":"Ben","jobTitle":"Head"}

{"type":"group","mailNickname":"crew","displayName":"Crew","members":["BEN@contoso.example"]}
`
	count, err := importInto(t, dsn, first, false)
	if err != nil || count.Added != 3 || count.Members != 2 || count.Changed+count.Same != 0 {
		t.Fatalf("the first import: %+v, %v", count, err)
	}
	found, members := people(t, dsn)
	ann, ben := found["ann@contoso.example"], found["ben@contoso.example"]
	if ann.User.ManagerID != ben.ID || ann.User.Department != "Sales" || !ann.Enabled || ann.User.MailNickname != "ann" || len(members) != 2 {
		t.Errorf("imported: %+v %+v, in the group: %v", ann, ann.User, members)
	}

	count, err = importInto(t, dsn, first, false)
	if err != nil || count.Same != 3 || count.Added+count.Changed+count.Members != 0 {
		t.Errorf("the same file again: %+v, %v", count, err)
	}

	count, err = importInto(t, dsn, "userPrincipalName,displayName,jobTitle,accountEnabled,manager\nann@contoso.example,Ann Lee,,false,\n", true)
	if err != nil || count.Changed != 1 || count.Added != 0 {
		t.Errorf("a table: %+v, %v", count, err)
	}
	found, _ = people(t, dsn)
	after := found["ann@contoso.example"]
	if after.ID != ann.ID || after.DisplayName != "Ann Lee" || after.Enabled || after.User.Department != "Sales" || after.User.ManagerID != ben.ID {
		t.Errorf("what the table did not say has changed: %+v %+v", after, after.User)
	}
}

func TestImportNamesTheLineThatIsWrong(t *testing.T) {
	t.Parallel()
	good := `{"userPrincipalName":"ann@contoso.example","displayName":"Ann"}` + "\n"
	for name, tt := range map[string]struct {
		text, says string
		csv        bool
	}{
		"no JSON":          {good + "{", "Line 2", false},
		"no key":           {good + `{"displayName":"Ben"}`, "Line 2", false},
		"unknown property": {good + `{"userPrincipalName":"b@c.example","displayName":"B","shoeSize":"44"}`, "shoeSize", false},
		"nobody's manager": {`{"userPrincipalName":"b@c.example","displayName":"B","manager":"x@c.example"}`, "Line 1: there is no user x@c.example", false},
		"no such member":   {`{"type":"group","mailNickname":"g","displayName":"G","members":["x@c.example"]}`, "Line 1: there is no user or group", false},
		"twice":            {good + good, "Line 2: ann@contoso.example stands in the file twice", false},
		"another type":     {`{"type":"robot","id":"1","displayName":"B"}`, "robot", false},
		"no name":          {`{"userPrincipalName":"b@c.example"}`, "displayName is required", false},
		"no flag":          {"userPrincipalName,displayName,accountEnabled\nb@c.example,B,perhaps\n", "Line 2: accountEnabled", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := importInto(t, "sqlite:"+filepath.Join(t.TempDir(), "import.db"), tt.text, tt.csv)
			if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%v, want a refusal that says %q", err, tt.says)
			}
		})
	}
}
