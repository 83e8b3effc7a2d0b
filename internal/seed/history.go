package seed

import "time"

const (
	hour = time.Hour
	day  = 24 * time.Hour

	// past is how long ago the company began to use Grantkeep.
	past = 90 * day
)

// story is one row of history: a request and what became of it. All times
// but ago count from the moment when it was made.
type story struct {
	ago     time.Duration // before now
	who     string        // for whom, keys separated by spaces: one request each, some hours apart
	pkg     string
	policy  string // empty: the package's first
	why     string
	answers []string      // in the order of the questions
	starts  time.Duration // zero: at once

	askedBy    string // a manager asks for them; empty: they ask for themselves
	assignedBy string // an administrator assigns directly

	verdicts []verdict

	canceled   time.Duration
	canceledBy string // empty: by themselves
	removed    time.Duration
	removedBy  string // empty: by themselves
}

// verdict is what an approver says; by is a key, or boss.
type verdict struct {
	by      string
	after   time.Duration
	approve bool
	why     string
}

// boss stands for the manager of whoever the request is for.
const boss = "the manager"

func yes(by string, after time.Duration, why string) verdict { return verdict{by, after, true, why} }

func no(by string, after time.Duration, why string) verdict { return verdict{by, after, false, why} }

// departure is a leaver, who may not sign in any more.
type departure struct {
	who string
	ago time.Duration // before now
}

var departures = []departure{{"gil", 27 * day}}

var history = []story{
	{ago: 89 * day, who: "otto", pkg: "warehouse-admin", assignedBy: "chi", why: "Runs the warehouse"},
	{ago: 88 * day, who: "ada lin zoe", pkg: "wiki"},
	{ago: 88 * day, who: "noor pavel", pkg: "finance-close", verdicts: []verdict{yes("felix", 5*hour, "")}},
	{ago: 86 * day, who: "ingrid noor", pkg: "dashboards"},
	{ago: 84 * day, who: "kim anna", pkg: "sales-eu", why: "My accounts are in Europe", answers: []string{"EU"}, verdicts: []verdict{yes("ben", 7*hour, "")}},
	{ago: 82 * day, who: "finn", pkg: "dashboard-editors", why: "Campaign dashboards", verdicts: []verdict{yes("ben", 26*hour, "For two months")}},
	{ago: 81 * day, who: "greta yuki", pkg: "ledger-read", verdicts: []verdict{yes(boss, 3*hour, "")}},
	{ago: 80 * day, who: "lin jonas", pkg: "analytics", why: "Weekly stock report", answers: []string{"4711", "no"}, verdicts: []verdict{yes(boss, 5*hour, ""), yes("maya", 26*hour, "")}},
	{ago: 79 * day, who: "drew paige", pkg: "sales-us", verdicts: []verdict{yes(boss, 30*hour, "")}},
	{ago: 77 * day, who: "jonas", pkg: "sandbox"},
	{ago: 75 * day, who: "ivo carla", pkg: "dashboards"},
	{ago: 74 * day, who: "suri", pkg: "vpn", why: "On site in Milan for a month", verdicts: []verdict{yes("lu", 9*hour, "Confirmed with Ivo")}},
	{ago: 72 * day, who: "alessia", pkg: "partner-portal", why: "Joint offers", verdicts: []verdict{yes("ivo", 4*hour, "")}},
	{ago: 70 * day, who: "dina", pkg: "sales-eu", why: "Article about the quarter", answers: []string{"Nordics"}, verdicts: []verdict{no("ada", 20*hour, "The published figures are enough for this")}},
	{ago: 70 * day, who: "hana", pkg: "wiki"},
	{ago: 69 * day, who: "joel", pkg: "wiki", removed: 20 * day},
	{ago: 68 * day, who: "finn clara", pkg: "design", verdicts: []verdict{yes(boss, 28*hour, "")}},
	{ago: 66 * day, who: "zoe", pkg: "loading", why: "Reload of the October bookings", verdicts: []verdict{yes("chi", 2*hour, "")}},
	{ago: 65 * day, who: "paige", pkg: "sales-eu", why: "Comparison with the Americas", answers: []string{"EU"}},
	{ago: 63 * day, who: "leo", pkg: "production", why: "Disk replacement", verdicts: []verdict{yes(boss, hour, "Planned work"), yes("lena", 3*hour, "")}},
	{ago: 62 * day, who: "felix", pkg: "payments", why: "Deputy for Omar", verdicts: []verdict{yes("omar", 6*hour, "Agreed in the team"), yes("ingrid", 29*hour, "Within his limit")}},
	{ago: 60 * day, who: "anna", pkg: "analytics", why: "Churn by account", answers: []string{"2040", "not sure"}},
	{ago: 60 * day, who: "luca", pkg: "dashboards", removed: 15 * day},
	{ago: 58 * day, who: "anna", pkg: "quotes", verdicts: []verdict{yes(boss, 4*hour, ""), yes("hugo", 50*hour, "")}},
	{ago: 55 * day, who: "leo", pkg: "analytics", why: "Capacity planning", answers: []string{"3300", "no"}, verdicts: []verdict{yes(boss, 8*hour, ""), yes("chi", 24*hour, "")}},
	{ago: 52 * day, who: "drew", pkg: "sales-eu", why: "Handover of two accounts", answers: []string{"DACH"}, canceled: 22 * hour, canceledBy: "ida"},
	{ago: 50 * day, who: "noor pavel", pkg: "finance-close", verdicts: []verdict{yes("felix", 2*hour, "")}},
	{ago: 50 * day, who: "pete", pkg: "dashboards"},
	{ago: 48 * day, who: "kofi", pkg: "design", verdicts: []verdict{yes(boss, 10*hour, "")}, removed: 12 * day, removedBy: "lu"},
	{ago: 47 * day, who: "olga", pkg: "sales-eu", why: "Guest list for the Milan fair", answers: []string{"EU"}, verdicts: []verdict{yes("ada", 25*hour, "")}},
	{ago: 45 * day, who: "emil", pkg: "analytics", why: "Order history by supplier", answers: []string{"5120", "no"}, verdicts: []verdict{yes("chi", 8*day, "Pete is on leave"), yes("maya", 9*day, "")}},
	{ago: 44 * day, who: "mei leo", pkg: "sandbox"},
	{ago: 43 * day, who: "dee", pkg: "ledger-read", verdicts: []verdict{yes(boss, 2*hour, "")}},
	{ago: 41 * day, who: "otto", pkg: "loading", why: "Repair of a failed load", verdicts: []verdict{yes("maya", hour, "")}},
	{ago: 40 * day, who: "clara", pkg: "dashboard-editors", why: "Press dashboard", verdicts: []verdict{yes("ben", 24*hour, "")}},
	{ago: 40 * day, who: "tom", pkg: "wiki"},
	{ago: 39 * day, who: "luca", pkg: "quotes", verdicts: []verdict{yes(boss, 5*hour, ""), no("hugo", 30*hour, "After the training in spring")}},
	{ago: 38 * day, who: "alessia", pkg: "partner-portal", why: "Joint offers, second quarter", verdicts: []verdict{yes("ivo", 3*hour, "")}},
	{ago: 36 * day, who: "ken", pkg: "audit-window", assignedBy: "ingrid", why: "Interim audit"},
	{ago: 34 * day, who: "luca", pkg: "analytics", askedBy: "ivo", why: "Luca prepares the price review", answers: []string{"2040", "no"}, verdicts: []verdict{yes("chi", 7*day+5*hour, ""), yes("zoe", 8*day, "")}},
	{ago: 33 * day, who: "tara", pkg: "vpn", why: "Stock counts from the harbour", verdicts: []verdict{yes(boss, 6*hour, "")}},
	{ago: 33 * day, who: "otto", pkg: "analytics", policy: "Short visit", why: "Check of a load"},
	{ago: 32 * day, who: "gil", pkg: "sales-us", why: "New territory", verdicts: []verdict{yes(boss, 4*day, "")}},
	{ago: 31 * day, who: "finn", pkg: "sales-us", verdicts: []verdict{no(boss, 9*hour, "Ask Olga for the slides instead")}},
	{ago: 30 * day, who: "noor", pkg: "analytics", why: "Cost report", answers: []string{"1010", "yes"}, verdicts: []verdict{no(boss, 27*hour, "The ledger has what you need")}},
	{ago: 29 * day, who: "olga", pkg: "design", why: "Posters"},
	{ago: 28 * day, who: "dina", pkg: "dashboard-editors", why: "Newsletter figures", verdicts: []verdict{no("ben", 12*hour, "Clara can make this for you")}},
	{ago: 27 * day, who: "tara emil", pkg: "night-shift", verdicts: []verdict{yes("pete", 3*hour, "")}},
	{ago: 26 * day, who: "olga finn", pkg: "trade-fair", askedBy: "clara", why: "Milan fair"},
	{ago: 25 * day, who: "sam", pkg: "analytics", why: "Forecast model", answers: []string{"2040", "yes"}, verdicts: []verdict{yes(boss, 3*hour, ""), no("zoe", 2*day, "Personal data needs a training first")}},
	{ago: 23 * day, who: "aisha", pkg: "production", why: "Trace of a slow query", verdicts: []verdict{yes(boss, 2*hour, "Incident 1204"), yes("raj", 3*hour, "")}},
	{ago: 22 * day, who: "pete", pkg: "ledger-read", verdicts: []verdict{no(boss, 2*day, "Not needed for stock")}},
	{ago: 21 * day, who: "ken", pkg: "vpn", why: "Audit from home", verdicts: []verdict{yes("bo", 5*hour, "Dee confirmed")}},
	{ago: 20 * day, who: "suri", pkg: "partner-portal", why: "Price lists", verdicts: []verdict{yes("ivo", 6*hour, "")}},
	{ago: 20 * day, who: "clara", pkg: "dashboards"},
	{ago: 19 * day, who: "greta", pkg: "payments", why: "Holiday cover", verdicts: []verdict{yes(boss, 4*hour, "Until spring"), yes("nora", 4*day, "Omar and Ingrid are at the fair")}},
	{ago: 18 * day, who: "lin", pkg: "sandbox"},
	{ago: 17 * day, who: "tom", pkg: "design", canceled: 2 * hour},
	{ago: 16 * day, who: "ted", pkg: "dashboard-editors", why: "Demo environment", verdicts: []verdict{yes("chi", 4*day, "")}},
	{ago: 15 * day, who: "rosa", pkg: "analytics", why: "Bid for a retailer", answers: []string{"2041", "no"}, canceled: 6 * hour},
	{ago: 14 * day, who: "noor pavel", pkg: "finance-close", verdicts: []verdict{yes("ingrid", 7*hour, "")}},
	{ago: 13 * day, who: "vera", pkg: "vpn", assignedBy: "max", why: "Works from abroad this month"},
	{ago: 12 * day, who: "ada", pkg: "analytics", policy: "Short visit", why: "First look"},
	{ago: 12 * day, who: "sam", pkg: "wiki"},
	{ago: 11 * day, who: "yuki", pkg: "payments", why: "Cover for Felix", verdicts: []verdict{no(boss, 8*hour, "Greta covers already")}},
	{ago: 9 * day, who: "vera", pkg: "production", why: "Look at test data", verdicts: []verdict{no(boss, 3*hour, "Use the copy in staging")}},
	{ago: 8 * day, who: "lin", pkg: "loading", why: "Correction of one table"},
	{ago: 8 * day, who: "mei", pkg: "vpn", why: "On call while travelling", canceled: 3 * hour},
	{ago: 7 * day, who: "alessia", pkg: "partner-portal", why: "Joint offers, third quarter"},
	{ago: 6 * day, who: "dina", pkg: "sales-us", why: "Customer story"},
	{ago: 5 * day, who: "sam", pkg: "sales-eu", why: "Cover for Ida in December", answers: []string{"EU"}},
	{ago: 4 * day, who: "kim", pkg: "quotes", why: "From the new year", starts: 10 * day, verdicts: []verdict{yes(boss, day, ""), yes("hugo", 2*day, "")}},
	{ago: 4 * day, who: "ted rosa", pkg: "trade-fair", askedBy: "carla", why: "Austin fair"},
	{ago: 3 * day, who: "maya zoe", pkg: "sandbox"},
	{ago: 2 * day, who: "bo", pkg: "design", why: "Signs for the service desk"},
	{ago: 30 * hour, who: "kofi", pkg: "production", why: "Certificate renewal", starts: 3 * day, verdicts: []verdict{yes(boss, 3*hour, "Planned work"), yes("lena", 9*hour, "")}},
	{ago: 20 * hour, who: "mei", pkg: "production", why: "Upgrade of the load balancer", verdicts: []verdict{yes(boss, 2*hour, "Planned work")}},
	{ago: 2 * hour, who: "ada", pkg: "analytics", why: "Fourth quarter stock report for the board", answers: []string{"4711", "no"}},
}
