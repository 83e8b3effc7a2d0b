package seed

// domain is the company's mail domain; it is reserved for examples.
const domain = "contoso.example"

// person is one row of people. The key is the first name: it is the mailbox
// and what the other tables call the person.
type person struct {
	key, name, title, department, manager, city string
}

// people are the staff, managers before those who report to them.
var people = []person{
	{"nora", "Nora Lindgren", "Chief executive", "Executive", "", "Oslo"},
	{"omar", "Omar Haddad", "Chief financial officer", "Finance", "nora", "Oslo"},
	{"priya", "Priya Raman", "Chief technology officer", "Engineering", "nora", "Oslo"},
	{"hugo", "Hugo Marchetti", "Chief commercial officer", "Sales", "nora", "Milan"},
	{"tess", "Tess Aalto", "Chief people officer", "People", "nora", "Helsinki"},
	{"ray", "Ray Donnelly", "Chief operating officer", "Operations", "nora", "Dublin"},
	{"vic", "Vic Hale", "General counsel", "Legal", "nora", "Dublin"},
	{"june", "June Abbott", "Paralegal", "Legal", "vic", "Dublin"},

	{"ben", "Ben Okafor", "Head of analytics", "Data", "priya", "Oslo"},
	{"chi", "Chi Park", "Data platform lead", "Data", "priya", "Oslo"},
	{"ada", "Ada Cole", "Analyst", "Data", "ben", "Oslo"},
	{"lin", "Lin Zhao", "Analyst", "Data", "ben", "Oslo"},
	{"jonas", "Jonas Weber", "Data scientist", "Data", "ben", "Hamburg"},
	{"maya", "Maya Cohen", "Data engineer", "Data", "chi", "Oslo"},
	{"otto", "Otto Virtanen", "Data engineer", "Data", "chi", "Helsinki"},
	{"zoe", "Zoe Laurent", "Dashboard developer", "Data", "chi", "Lyon"},

	{"ivo", "Ivo Petrov", "Sales manager, Europe", "Sales", "hugo", "Milan"},
	{"carla", "Carla Mendes", "Sales manager, Americas", "Sales", "hugo", "Austin"},
	{"sam", "Sam Lee", "Analyst", "Sales", "ivo", "Milan"},
	{"kim", "Kim Tran", "Account manager", "Sales", "ivo", "Hamburg"},
	{"ida", "Ida Holm", "Sales operations lead", "Sales", "ivo", "Oslo"},
	{"anna", "Anna Kowalska", "Account manager", "Sales", "ivo", "Gdansk"},
	{"luca", "Luca Ferrari", "Account manager", "Sales", "ivo", "Milan"},
	{"drew", "Drew Collins", "Account manager", "Sales", "carla", "Austin"},
	{"paige", "Paige Monroe", "Account manager", "Sales", "carla", "Austin"},
	{"rosa", "Rosa Delgado", "Bid writer", "Sales", "carla", "Austin"},
	{"ted", "Ted Nakamura", "Sales engineer", "Sales", "carla", "Austin"},
	{"clara", "Clara Nyberg", "Marketing lead", "Marketing", "hugo", "Oslo"},
	{"dina", "Dina Haas", "Editor", "Marketing", "clara", "Hamburg"},
	{"finn", "Finn Gallagher", "Designer", "Marketing", "clara", "Dublin"},
	{"olga", "Olga Ivanova", "Events planner", "Marketing", "clara", "Milan"},

	{"ingrid", "Ingrid Bauer", "Controller", "Finance", "omar", "Hamburg"},
	{"felix", "Felix Moreau", "Treasury lead", "Finance", "omar", "Lyon"},
	{"dee", "Dee Novak", "Internal auditor", "Finance", "omar", "Oslo"},
	{"noor", "Noor Rahman", "Accountant", "Finance", "ingrid", "Oslo"},
	{"greta", "Greta Olsen", "Accounts payable", "Finance", "ingrid", "Oslo"},
	{"pavel", "Pavel Dvorak", "Accountant", "Finance", "ingrid", "Hamburg"},
	{"yuki", "Yuki Tanaka", "Treasury analyst", "Finance", "felix", "Lyon"},

	{"lena", "Lena Fischer", "Engineering manager", "Engineering", "priya", "Hamburg"},
	{"raj", "Raj Malhotra", "Platform manager", "Engineering", "priya", "Oslo"},
	{"tom", "Tom Becker", "Developer", "Engineering", "lena", "Hamburg"},
	{"aisha", "Aisha Bello", "Developer", "Engineering", "lena", "Hamburg"},
	{"nils", "Nils Sorensen", "Developer", "Engineering", "lena", "Oslo"},
	{"vera", "Vera Popescu", "Test engineer", "Engineering", "lena", "Hamburg"},
	{"leo", "Leo Martins", "Reliability engineer", "Engineering", "raj", "Oslo"},
	{"mei", "Mei Huang", "Reliability engineer", "Engineering", "raj", "Oslo"},
	{"kofi", "Kofi Mensah", "Platform developer", "Engineering", "raj", "Dublin"},
	{"elif", "Elif Demir", "Security engineer", "Engineering", "raj", "Oslo"},

	{"max", "Max Orr", "IT service manager", "IT", "ray", "Dublin"},
	{"eve", "Eve Lindqvist", "Identity administrator", "IT", "max", "Oslo"},
	{"lu", "Lu Wei", "Service desk lead", "IT", "max", "Dublin"},
	{"bo", "Bo Jensen", "Service desk", "IT", "max", "Oslo"},
	{"sia", "Sia Patel", "Service desk", "IT", "max", "Dublin"},
	{"pete", "Pete Larsson", "Warehouse manager", "Operations", "ray", "Gdansk"},
	{"sofia", "Sofia Reyes", "Planner", "Operations", "pete", "Gdansk"},
	{"emil", "Emil Novotny", "Buyer", "Operations", "pete", "Gdansk"},
	{"tara", "Tara Singh", "Logistics", "Operations", "pete", "Gdansk"},
	{"hana", "Hana Suzuki", "HR partner", "People", "tess", "Helsinki"},
	{"joel", "Joel Brandt", "Recruiter", "People", "hana", "Helsinki"},
	{"gil", "Gil Stone", "Account manager", "Sales", "carla", "Austin"},
}

// guest is somebody of another company, with the employee who answers for
// them.
type guest struct {
	key, name, title, company, mail, sponsor string
}

var guests = []guest{
	{"alessia", "Alessia Rossi", "Partner manager", "Fabrikam", "alessia@fabrikam.example", "ivo"},
	{"suri", "Suri Kapoor", "Consultant", "Fabrikam", "suri@fabrikam.example", "ivo"},
	{"ken", "Ken Oyelaran", "Auditor", "Northwind", "ken@northwind.example", "dee"},
}

// part is what a persona plays in the demo, and the permissions that a token
// for such work carries.
type part struct {
	key, role string
	scopes    []string
}

// cast are the people to try things out as. The first one with a request
// that waits is the one whom the demo shows canceling.
var cast = []part{
	{"ada", "analyst; her request waits for Ben", self},
	{"ben", "Ada's manager; decides on requests", self},
	{"sam", "sales analyst; his request has gone on to the alternate approver", self},
	{"kim", "account manager; her request is approved and starts in six days", self},
	{"chi", "owner of the catalog Data; alternate approver", administer},
	{"dee", "auditor; reader of the catalogs Data and Finance", look},
	{"eve", "Identity Governance Administrator", administer},
	{"ida", "catalog creator; made the catalog Sales", administer},
	{"max", "access package manager of the catalog Workplace", administer},
	{"lu", "assignment manager of the catalog Workplace", administer},
	{"alessia", "guest from Fabrikam", self},
}
