package authz

import (
	"slices"
	"strings"
)

// Namespace is the name under which the actions of a provider's roles stand.
type Namespace struct {
	ID      string
	Actions []ResourceAction
}

// ResourceAction is something that a role lets its holder do, as
// /roleManagement tells it.
type ResourceAction struct {
	ID   string
	Name string
	Verb string // of HTTP; empty for actions that stand for all
	Wide bool   // roles with it are given on the tenant, not on a catalog
}

// Namespaces returns the namespaces of a provider with the actions that its
// roles have. The roles of the directory tell no actions, so it has none.
func Namespaces(p Provider) []Namespace {
	var spaces []Namespace
	for _, d := range definitions[p] {
		for _, name := range d.Actions {
			space, _, _ := strings.Cut(name, "/")
			at := slices.IndexFunc(spaces, func(n Namespace) bool { return n.ID == space })
			if at < 0 {
				at = len(spaces)
				spaces = append(spaces, Namespace{ID: space})
			}
			if !slices.ContainsFunc(spaces[at].Actions, func(a ResourceAction) bool { return a.Name == name }) {
				spaces[at].Actions = append(spaces[at].Actions, ResourceAction{
					ID: strings.ReplaceAll(name, "/", "-"), Name: name, Verb: verbs[name[strings.LastIndexByte(name, '/')+1:]], Wide: d.Tenant,
				})
			}
		}
	}
	return spaces
}

// verbs are the methods of HTTP that the last words of actions stand for.
var verbs = map[string]string{"Create": "POST", "Read": "GET"}
