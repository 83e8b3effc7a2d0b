package wire

import "slices"

// OperationInfo describes an action or a function in one version. A function
// that takes arguments in more than one way is several.
type OperationInfo struct {
	Name       string
	Action     bool
	Bound      string // the type whose objects have it
	Collection bool   // collections of the type have it, and not single objects
	Parameters []ParameterInfo
	Returns    string // Edm type; empty if nothing
}

// ParameterInfo is an argument of an action or a function.
type ParameterInfo struct {
	Name, Type string
	Nullable   bool
}

type operation struct {
	names   Names
	action  bool
	on      Names
	many    bool
	takes   []parameter
	returns Names // Edm types
}

type parameter struct {
	name     string
	types    Names
	nullable bool
}

// operations lists every action and function of the published schema that is
// served, or will be: the routes say which are.
var operations = func() []operation {
	assignment, request, pkg := both("accessPackageAssignment"), both("accessPackageAssignmentRequest"), both("accessPackage")
	catalog, approval, suggestion := both("accessPackageCatalog"), both("approval"), both("accessPackageSuggestion")
	given := onlyBeta("accessPackageAssignmentResourceRole")
	first := parameter{name: "accessPackageId", types: both("Edm.String"), nullable: true}
	second := parameter{name: "incompatibleAccessPackageId", types: both("Edm.String"), nullable: true}
	list := []operation{
		{names: renamed("cancel", "Cancel"), action: true, on: request},
		{names: both("reprocess"), action: true, on: request},
		{names: both("reprocess"), action: true, on: assignment},
		{names: both("resume"), action: true, on: request, takes: []parameter{
			{name: "source", types: both("Edm.String"), nullable: true},
			{name: "type", types: both("Edm.String"), nullable: true},
			{name: "data", types: both("graph.customExtensionData"), nullable: true},
		}},
		{names: both("getApplicablePolicyRequirements"), action: true, on: pkg, returns: both("Collection(graph.accessPackageAssignmentRequestRequirements)")},
		{names: both("moveToCatalog"), action: true, on: pkg, takes: []parameter{{name: "catalogId", types: both("Edm.String")}}},
		{names: both("refresh"), action: true, on: both("accessPackageResource")},
		{
			names: both("uploadFile"), action: true, on: both("customDataProvidedResourceUploadSession"),
			returns: both("graph.customDataProvidedResourceUploadSession"),
		},
	}
	for _, takes := range [][]parameter{nil, {first}, {first, second}} {
		list = append(list, operation{names: both("additionalAccess"), on: assignment, many: true, takes: takes, returns: listOf(assignment)})
	}
	for _, f := range []struct {
		on      Names
		options *vocabulary
	}{
		{pkg, packageOptions},
		{assignment, assignmentOptions},
		{request, requestOptions},
		{suggestion, suggestionOptions},
		{approval, approvalOptions},
	} {
		on := parameter{name: "on", types: Names{"graph." + f.options.edm.V1, "graph." + f.options.edm.Beta}}
		list = append(list, operation{names: both("filterByCurrentUser"), on: f.on, many: true, takes: []parameter{on}, returns: listOf(f.on)})
	}
	for _, on := range []Names{assignment, request, given} {
		list = append(list, operation{names: onlyBeta("My"), on: on, many: true, returns: listOf(on)})
	}
	for _, on := range []Names{request, assignment, both("user"), both("group")} {
		list = append(list, operation{names: both("delta"), on: on, many: true, returns: listOf(on)})
	}
	for _, on := range []Names{pkg, catalog} {
		list = append(list, operation{names: onlyBeta("Search"), on: on, many: true, returns: listOf(on)})
	}
	return append(list, operation{
		names: both("getByIds"), action: true, on: both("directoryObject"), many: true, returns: listOf(both("directoryObject")),
		takes: []parameter{
			{name: "ids", types: both("Collection(Edm.String)")},
			{name: "types", types: both("Collection(Edm.String)"), nullable: true},
		},
	})
}()

func listOf(of Names) Names {
	return Names{"Collection(graph." + of.V1 + ")", "Collection(graph." + of.Beta + ")"}.where(of)
}

// What filterByCurrentUser can be asked for.
var (
	packageOptions    = alike(both("accessPackageFilterByCurrentUserOptions"), "allowedRequestor")
	assignmentOptions = alike(both("accessPackageAssignmentFilterByCurrentUserOptions"), "target", "createdBy").later("targetManager", "targetAgentIdentitySponsorOrOwner")
	requestOptions    = alike(both("accessPackageAssignmentRequestFilterByCurrentUserOptions"), "target", "createdBy", "approver").
				later("targetOrRequestor", "targetManager", "requestForOthers", "targetAgentIdentitySponsorOrOwner")
	approvalOptions   = alike(both("approvalFilterByCurrentUserOptions"), "target", "createdBy", "approver")
	suggestionOptions = alike(both("accessPackageSuggestionFilterByCurrentUserOptions"), "none", "relatedPeopleAssignments", "assignmentHistory").combined()
)

// later adds members that came after unknownFutureValue.
func (d *vocabulary) later(members ...string) *vocabulary {
	for _, m := range members {
		d.words = append(d.words, word{is: m, v1: m, beta: m, evolved: true})
	}
	return d
}

// Operations lists the actions and functions of a version.
func Operations(v Version) []OperationInfo {
	var list []OperationInfo
	for _, o := range operations {
		if o.names.In(v) == "" || o.on.In(v) == "" {
			continue
		}
		info := OperationInfo{Name: o.names.In(v), Action: o.action, Bound: o.on.In(v), Collection: o.many, Returns: o.returns.In(v)}
		for _, p := range o.takes {
			info.Parameters = append(info.Parameters, ParameterInfo{Name: p.name, Type: p.types.In(v), Nullable: p.nullable})
		}
		list = append(list, info)
	}
	slices.SortStableFunc(list, func(a, b OperationInfo) int { return compareText(a.Name+" "+a.Bound, b.Name+" "+b.Bound) })
	return list
}
