package seed

import (
	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/entitlement"
)

// catalog is one row of catalogs. Ida may make catalogs and so owns the one
// that she made; the others are made by Setup.
type catalog struct {
	key, name, about, by string
	external             bool
	offers               string // keys of groups and applications
}

var catalogs = []catalog{
	{"data", "Data", "The warehouse and what is built on it", "", false, "snowflake looker wh-analysts sandbox"},
	{"sales", "Sales", "Reports and partners", "ida", true, "sales-eu sales-us partners"},
	{"finance", "Finance", "Ledger, payments and the monthly close", "", false, "ledger finance-close"},
	{"workplace", "Workplace", "What people need to work: network, tools, doors", "", true, "wiki vpn studio prod floor"},
}

// duty gives a role on a catalog, or on the tenant if catalog is empty.
type duty struct {
	who, role string
	provider  authz.Provider
	catalog   string
}

var duties = []duty{
	{"eve", authz.GovernanceAdmin, authz.DirectoryProvider, ""},
	{"ida", string(authz.CatalogCreator), authz.EntitlementProvider, ""},
	{"chi", string(authz.CatalogOwner), authz.EntitlementProvider, "data"},
	{"ingrid", string(authz.CatalogOwner), authz.EntitlementProvider, "finance"},
	{"dee", string(authz.CatalogReader), authz.EntitlementProvider, "data"},
	{"dee", string(authz.CatalogReader), authz.EntitlementProvider, "finance"},
	{"max", string(authz.PackageManager), authz.EntitlementProvider, "workplace"},
	{"lu", string(authz.AssignmentManager), authz.EntitlementProvider, "workplace"},
}

// offer is one row of packages: an access package and its policies.
type offer struct {
	key, catalog, name, about string
	gives                     string // "snowflake/Reader", separated by commas
	conflicts                 string // key of an incompatible package in an earlier row
	hidden                    bool
	policies                  []entitlement.Policy // subject sets hold keys instead of ids
}

var packages = []offer{
	{
		key: "finance-close", catalog: "finance", name: "Finance close", about: "Post and check the monthly close.",
		gives: "finance-close/Member,ledger/Poster",
		policies: []entitlement.Policy{
			policy("Finance staff", days(35), only("dept-finance"), approval(stage("P5D", members("finance-approvers")))),
		},
	},
	{
		key: "ledger-read", catalog: "finance", name: "Ledger reader", about: "Look at bookings.",
		gives: "ledger/Viewer",
		policies: []entitlement.Policy{
			policy("Employees", days(365), approval(stage("P10D", manager()))),
		},
	},
	{
		key: "payments", catalog: "finance", name: "Payment approver", about: "Release payments, up to the limit of one's role.",
		gives: "ledger/Approver",
		policies: []entitlement.Policy{
			policy("Finance staff", days(90), only("dept-finance"), reason(), period(), approval(
				saying(stage("P7D", manager())),
				saying(escalating(stage("P7D", members("finance-approvers")), "P2D", one("nora"))),
			)),
		},
	},
	{
		key: "audit-window", catalog: "finance", name: "Audit window", about: "Everything an external auditor needs to see.",
		gives:    "ledger/Viewer,finance-close/Member",
		policies: []entitlement.Policy{policy("Direct assignment", days(14), direct())},
	},

	{
		key: "analytics", catalog: "data", name: "Warehouse analytics", about: "Query the warehouse and see its dashboards.",
		gives: "snowflake/Reader,looker/Viewer,wh-analysts/Member",
		policies: []entitlement.Policy{
			policy("Employees", days(180), reason(), period(), behalf(), questions(
				text("Which cost centre pays?", `[0-9]{4}`),
				choice("Will you work with personal data?", "no", "yes", "not sure"),
			), approval(
				escalating(stage("P14D", manager()), "P7D", one("chi")),
				stage("P14D", members("data-owners")),
			)),
			policy("Short visit", days(2), only("dept-data")),
		},
	},
	{
		key: "warehouse-admin", catalog: "data", name: "Warehouse admin", about: "Run the warehouse.",
		gives: "snowflake/Admin", conflicts: "finance-close",
		policies: []entitlement.Policy{policy("Direct assignment", days(365), direct())},
	},
	{
		key: "loading", catalog: "data", name: "Warehouse loading", about: "Write to the warehouse for one working day.",
		gives: "snowflake/Writer",
		policies: []entitlement.Policy{
			policy("Data staff", hours("PT8H"), only("dept-data"), reason(), approval(stage("P1D", members("data-owners")))),
		},
	},
	{
		key: "dashboards", catalog: "data", name: "Dashboards", about: "See the company's dashboards.",
		gives:    "looker/Viewer",
		policies: []entitlement.Policy{policy("Employees", days(120))},
	},
	{
		key: "dashboard-editors", catalog: "data", name: "Dashboard editors", about: "Build dashboards for others.",
		gives: "looker/Editor",
		policies: []entitlement.Policy{
			policy("Employees", days(60), reason(), approval(escalating(stage("P7D", one("ben")), "P3D", one("chi")))),
		},
	},
	{
		key: "sandbox", catalog: "data", name: "Analytics sandbox", about: "A place to try things out for a week.",
		gives:    "sandbox/Member",
		policies: []entitlement.Policy{policy("Employees", days(7), period())},
	},

	{
		key: "sales-eu", catalog: "sales", name: "Sales EU reports", about: "Pipeline and bookings in Europe.",
		gives: "sales-eu/Member",
		policies: []entitlement.Policy{
			policy("Employees", days(90), reason(), questions(choice("Region", "EU", "Nordics", "DACH")),
				approval(escalating(stage("P14D", members("report-owners")), "P3D", one("chi")))),
		},
	},
	{
		key: "sales-us", catalog: "sales", name: "Sales US reports", about: "Pipeline and bookings in the Americas.",
		gives: "sales-us/Member",
		policies: []entitlement.Policy{
			policy("Commercial", days(90), only("commercial"), approval(stage("P14D", manager()))),
		},
	},
	{
		key: "partner-portal", catalog: "sales", name: "Partner portal", about: "Shared space with resellers.",
		gives: "partners/Member",
		policies: []entitlement.Policy{
			policy("Employees and guests", days(30), everybody(), reason(),
				approval(escalating(stage("P10D", one("ivo")), "P4D", one("hugo")))),
		},
	},
	{
		key: "quotes", catalog: "sales", name: "Quote approver", about: "Release quotes with a discount.",
		gives: "sales-eu/Member,sales-us/Member",
		policies: []entitlement.Policy{
			policy("Sales staff", days(120), only("dept-sales"), period(), approval(
				stage("P14D", manager()),
				stage("P14D", one("hugo")),
			)),
		},
	},
	{
		key: "trade-fair", catalog: "sales", name: "Trade fair kit", about: "Reports for a team that travels.",
		gives:    "sales-eu/Member,partners/Member",
		policies: []entitlement.Policy{policy("By the manager", days(14), behalf(), notSelf())},
	},

	{
		key: "wiki", catalog: "workplace", name: "Team wiki editors", about: "Write in the team wiki.",
		gives:    "wiki/Member",
		policies: []entitlement.Policy{policy("Employees", forever())},
	},
	{
		key: "vpn", catalog: "workplace", name: "VPN for contractors", about: "Reach the internal network from outside.",
		gives: "vpn/Member",
		policies: []entitlement.Policy{
			policy("Employees and guests", days(30), everybody(), reason(),
				approval(orElse(stage("P14D", manager()), members("dept-it")))),
		},
	},
	{
		key: "design", catalog: "workplace", name: "Design tools", about: "Draw and lay out.",
		gives: "studio/Default Access",
		policies: []entitlement.Policy{
			policy("Employees", days(180), approval(stage("P14D", manager()))),
		},
	},
	{
		key: "production", catalog: "workplace", name: "Production access", about: "Sign in to production for one shift.",
		gives: "prod/Member",
		policies: []entitlement.Policy{
			policy("Engineers", hours("PT4H"), only("dept-engineering"), reason(), period(), approval(
				saying(stage("P2D", manager())),
				escalating(stage("P2D", one("raj"), one("lena")), "PT12H", one("priya")),
			)),
		},
	},
	{
		key: "night-shift", catalog: "workplace", name: "Night shift", about: "Open the warehouse doors at night.",
		gives: "floor/Member", hidden: true,
		policies: []entitlement.Policy{
			policy("Operations", hours("PT12H"), period(), approval(stage("P3D", one("pete")))),
		},
	},
}
