package authz_test

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/grantkeep/grantkeep/internal/authz"
)

// rowActions says what the actions of a row of the published matrix are: by
// role, and for oneself.
type rowActions struct {
	byRole     []authz.Action
	forOneself authz.Action
}

func by(actions ...authz.Action) rowActions { return rowActions{byRole: actions} }

func (r rowActions) or(own authz.Action) rowActions {
	r.forOneself = own
	return r
}

// matrixRows names the rows of permissions.md section 5.
var matrixRows = map[string]rowActions{
	"create catalog":                                        by(authz.CreateCatalog),
	"list/read catalog":                                     by(authz.ReadCatalogs),
	"edit / delete catalog":                                 by(authz.EditCatalog),
	"read catalog resources, roles, scopes":                 by(authz.ReadResources, authz.ReadExtensions),
	"add/remove/refresh resource":                           by(authz.EditResources),
	"catalog role assignments: read":                        by(authz.ReadRoleAssignments).or(authz.ReadRoleAssignments),
	"catalog role assignments: write":                       by(authz.EditCatalogRoles),
	"tenant role assignments (Catalog creator …)":           by(authz.EditTenantRoles),
	"create/edit/hide/delete access package, moveToCatalog": by(authz.EditPackages),
	"role scopes of a package":                              by(authz.EditPackages),
	"incompatible packages/groups":                          by(authz.EditPackages),
	"read package, policies":                                by(authz.ReadPackages, authz.ReadPolicies).or(authz.DiscoverPackages),
	"create/edit/delete policy":                             by(authz.EditPolicies),
	"custom extension CRUD":                                 by(authz.EditExtensions),
	"admin requests (`adminAdd/Update/Remove`)":             by(authz.MakeAdminRequest),
	"user requests (`userAdd/Update/Remove`, on behalf)":    by().or(authz.MakeOwnRequest),
	"list/read requests and assignments":                    by(authz.ReadRequests).or(authz.ReadOwnRequests),
	"**cancel** a request of someone else":                  by(authz.CancelAnyRequest),
	"**cancel** own request":                                by(authz.CancelAnyRequest).or(authz.CancelOwnRequest),
	"reprocess, delete request":                             by(authz.ReprocessRequest, authz.ReprocessAssignment, authz.DeleteRequest),
	"resume":                                                by(authz.ResumeRequest),
	"getApplicablePolicyRequirements":                       by(authz.ReadRequirements).or(authz.DiscoverPackages),
	"approve / deny a stage":                                by().or(authz.DecideApproval),
	"additionalAccess":                                      by(authz.ReadRequests),
	"connected organizations: read":                         by(authz.ReadOrganizations),
	"connected organizations, sponsors: write":              by(authz.EditOrganizations),
	"settings, control configurations: read":                by(authz.ReadSettings),
	"settings, control configurations: write":               by(authz.EditSettings),
	"subjects": by(authz.ReadSubjects),
}

// TestPublishedMatrix holds the rules table to the published matrix of
// actions and roles, row by row. The file lies beside the repository and is
// no part of it.
func TestPublishedMatrix(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, row := range matrix(t) {
		seen[row.label] = true
		actions, ok := matrixRows[row.label]
		if !ok {
			t.Errorf("matrixRows lacks %q", row.label)
			continue
		}
		for _, a := range actions.byRole {
			checkRow(t, row, a)
		}
		if own := row.cells["Self"] != ""; own != (actions.forOneself != "") {
			t.Errorf("%s: for oneself is %v in the matrix, and the action is %q", row.label, own, actions.forOneself)
		}
		if a := actions.forOneself; a != "" && !authz.ForOneself(a) {
			t.Errorf("%s: nobody may %s without a role", row.label, a)
		}
	}
	for label := range maps.Keys(matrixRows) {
		if !seen[label] {
			t.Errorf("matrixRows has %q, which is not published", label)
		}
	}
}

func checkRow(t *testing.T, row matrixRow, a authz.Action) {
	t.Helper()
	for _, c := range columns {
		name := c.name
		if name == "GA" || name == "IGA" {
			name = "GA/IGA"
		}
		cell, published := row.cells[name]
		if !published {
			continue
		}
		reach, err := authz.ReachOf(c.who, c.held, a)
		if err != nil {
			t.Errorf("%s by %s: %v", a, c.name, err)
		}
		if want := strings.HasPrefix(cell, "✔"); want == reach.Empty() {
			t.Errorf("%s: %s by %s: allowed is %v, and the matrix says %q", row.label, a, c.name, !reach.Empty(), cell)
		}
		if catalogRole := slices.Contains([]string{"CO", "CR", "APM", "APAM"}, name); catalogRole && reach.Covers(theirs) {
			t.Errorf("%s by %s reaches a catalog on which nobody gave the role", a, c.name)
		}
	}
}

type matrixRow struct {
	label string
	cells map[string]string // by the name of the column
}

func matrix(t *testing.T) []matrixRow {
	t.Helper()
	text, err := os.ReadFile("../../../shared/graph/permissions.md")
	if errors.Is(err, fs.ErrNotExist) && os.Getenv("GRANTKEEP_REQUIRE_ALL") != "1" && os.Getenv("CI") == "" {
		t.Skip("the published permissions are not here; they are no part of this repository")
	}
	if err != nil {
		t.Fatal(err)
	}
	var head []string
	var rows []matrixRow
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		switch {
		case !strings.HasPrefix(line, "|"):
			if len(rows) > 0 {
				return rows
			}
			head = nil
		case cells[0] == "Action":
			head = cells
		case head != nil && !strings.HasPrefix(cells[0], "---"):
			rows = append(rows, rowsOf(head, cells)...)
		}
	}
	t.Fatal("the published permissions hold no matrix")
	return nil
}

// rowsOf reads a line of the matrix. One line stands for two rows, of which
// each cell holds both.
func rowsOf(head, cells []string) []matrixRow {
	const two = ": read / write"
	label, double := strings.CutSuffix(cells[0], two)
	first, second := matrixRow{cells[0], map[string]string{}}, matrixRow{label + ": write", map[string]string{}}
	for i, name := range head[1:] {
		first.cells[name] = cells[i+1]
		if double {
			first.cells[name], second.cells[name], _ = strings.Cut(cells[i+1], " / ")
		}
	}
	if !double {
		return []matrixRow{first}
	}
	first.label = label + ": read"
	return []matrixRow{first, second}
}
