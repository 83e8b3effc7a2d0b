package seed

// group is one row of groups; members and owners are keys, separated by
// spaces. Members may be groups of earlier rows.
type group struct {
	key, name, about string
	members, owners  string
}

var groups = []group{
	{"dept-data", "Data", "Everybody in Data", "ben chi ada lin jonas maya otto zoe", "ben"},
	{"dept-sales", "Sales", "Everybody in Sales", "hugo ivo carla sam kim ida anna luca drew paige rosa ted gil", "hugo"},
	{"dept-marketing", "Marketing", "Everybody in Marketing", "clara dina finn olga", "clara"},
	{"dept-finance", "Finance", "Everybody in Finance", "omar ingrid felix dee noor greta pavel yuki", "omar"},
	{"dept-engineering", "Engineering", "Everybody in Engineering", "priya lena raj tom aisha nils vera leo mei kofi elif", "priya"},
	{"dept-it", "IT", "Everybody in IT", "max eve lu bo sia", "max"},
	{"commercial", "Commercial", "Sales and Marketing", "dept-sales dept-marketing", "hugo"},
	{"employees", "All employees", "Everybody with a contract", "dept-data commercial dept-finance dept-engineering dept-it nora ray tess vic june pete sofia emil tara hana joel", "tess"},

	{"data-owners", "Data owners", "Decide who may see the warehouse", "chi maya zoe", "chi"},
	{"report-owners", "Report owners", "Decide who may see sales reports", "ada ben", "ben"},
	{"finance-approvers", "Finance approvers", "Decide about money", "omar ingrid felix", "omar"},

	{"wh-analysts", "wh-analysts", "May query the warehouse", "chi", "chi"},
	{"sandbox", "analytics-sandbox", "May make tables in the sandbox", "", "chi"},
	{"sales-eu", "sales-eu-readers", "Sales reports, Europe", "ivo", "ida"},
	{"sales-us", "sales-us-readers", "Sales reports, Americas", "carla", "ida"},
	{"partners", "partner-portal", "Partner portal", "ivo", "ida"},
	{"finance-close", "finance-close", "Takes part in the monthly close", "ingrid", "ingrid"},
	{"vpn", "vpn-users", "May use the VPN", "bo sia", "max"},
	{"prod", "production-access", "May sign in to production", "", "raj"},
	{"floor", "warehouse-floor", "Doors of the warehouse at night", "pete", "pete"},
}

// teams are groups with a mailbox and a site.
var teams = []group{
	{"wiki", "Team wiki", "Editors of the team wiki", "dina", "clara"},
}

// app is one row of apps; roles are separated by spaces, and an application
// without roles is simply open to those who have it.
type app struct {
	key, name, about, roles string
}

var apps = []app{
	{"snowflake", "Snowflake", "The data warehouse", "Reader Writer Admin"},
	{"looker", "Looker", "Dashboards on the warehouse", "Viewer Editor"},
	{"ledger", "Ledger", "General ledger and payments", "Viewer Poster Approver"},
	{"studio", "Design studio", "Drawing and layout", ""},
}
