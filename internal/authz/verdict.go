package authz

import (
	"fmt"
	"slices"
	"strings"

	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/query"
)

// Reach says how far a caller's right to do something goes: everywhere, to
// some catalogs, or nowhere.
type Reach struct {
	Everywhere bool
	Catalogs   []entitlement.CatalogID

	action Action
	why    string // for refusals: what is missing
}

// ReachOf works out how far the caller may do something, with the roles that
// the store holds for it. It returns fault.Forbidden if the token itself does
// not allow it; a token that does, with no role, gives an empty Reach.
func ReachOf(c Caller, held []RoleAssignment, a Action) (Reach, error) {
	r, ok := rules[a]
	if !ok {
		return Reach{}, denied(a, "nobody may do this")
	}
	reach := Reach{action: a}
	if c.AppOnly() {
		if c.Has(r.app...) {
			reach.Everywhere = true
			return reach, nil
		}
		if len(r.app) == 0 && !r.appByRole {
			return Reach{}, denied(a, "applications cannot do this in their own name; use a delegated token")
		}
		reach.why = "the application needs the permission " + anyOf(r.app) + " or a role"
		if len(r.app) == 0 {
			reach.why = "the application permission is not enough for this; the application needs a role"
		}
	} else {
		if !c.Has(r.scopes...) {
			return Reach{}, denied(a, "the token needs the scope "+anyOf(r.scopes))
		}
		if r.anybody {
			reach.Everywhere = true
			return reach, nil
		}
		reach.why = "the caller needs a role that allows it"
	}
	for _, id := range append(directoryRoles(held), c.DirectoryRoles...) {
		if id == GlobalAdmin && !onlySelf(r) || slices.Contains(r.directory, id) {
			reach.Everywhere = true
			return reach, nil
		}
	}
	for _, h := range held {
		if h.Provider != EntitlementProvider || !slices.Contains(r.roles, Role(h.Role)) {
			continue
		}
		if h.Catalog == "" {
			reach.Everywhere = true
			return reach, nil
		}
		if !slices.Contains(reach.Catalogs, h.Catalog) {
			reach.Catalogs = append(reach.Catalogs, h.Catalog)
		}
	}
	return reach, nil
}

// onlySelf reports whether no role at all allows the action: it is about
// oneself, and being an administrator changes nothing.
func onlySelf(r rule) bool {
	return r.self && len(r.roles) == 0 && len(r.directory) == 0
}

// ForOneself reports whether people may do it for themselves, without a role.
func ForOneself(a Action) bool { return rules[a].self }

// Token checks the token alone: whether it carries a scope for the action.
// It is the whole check for what people do for themselves.
func Token(c Caller, a Action) error {
	_, err := ReachOf(c, nil, a)
	return err
}

// Covers reports whether the reach includes the catalog.
func (r Reach) Covers(id entitlement.CatalogID) bool {
	return r.Everywhere || slices.Contains(r.Catalogs, id)
}

// Empty reports whether the reach is nowhere.
func (r Reach) Empty() bool { return !r.Everywhere && len(r.Catalogs) == 0 }

// Check returns fault.Forbidden unless the reach includes the catalog.
func (r Reach) Check(id entitlement.CatalogID) error {
	if r.Covers(id) {
		return nil
	}
	return r.Refusal()
}

// Refusal is what a caller gets who asks beyond the reach.
func (r Reach) Refusal() error {
	if names := anyRole(rules[r.action]); names != "" {
		return denied(r.action, r.why+": "+names)
	}
	return denied(r.action, r.why)
}

// Missing turns the absence of an object into what the caller may know:
// NotFound for those whose reach is everywhere, else the same refusal as for
// an object out of reach (permissions.md section 8: 403 before 404).
func (r Reach) Missing(err error) error {
	if !r.Everywhere && fault.Is(err, fault.NotFound) {
		return r.Refusal()
	}
	return err
}

// Narrow returns the condition that keeps a list within the reach; field is
// the list's field that holds the catalog. A nil condition is no limit.
func (r Reach) Narrow(field string) query.Expr {
	if r.Everywhere {
		return nil
	}
	in := query.In{Field: field}
	for _, id := range r.Catalogs {
		in.Values = append(in.Values, string(id))
	}
	return in
}

// Holds reports whether a tenant-wide role of entitlement management is held.
func Holds(held []RoleAssignment, role Role) bool {
	return slices.ContainsFunc(held, func(h RoleAssignment) bool {
		return h.Provider == EntitlementProvider && h.Role == string(role)
	})
}

// HoldsDirectory reports whether the caller has any of the directory roles.
func HoldsDirectory(c Caller, held []RoleAssignment, ids ...string) bool {
	return slices.ContainsFunc(append(directoryRoles(held), c.DirectoryRoles...), func(id string) bool {
		return slices.Contains(ids, id)
	})
}

func directoryRoles(held []RoleAssignment) []string {
	var ids []string
	for _, h := range held {
		if h.Provider == DirectoryProvider {
			ids = append(ids, h.Role)
		}
	}
	return ids
}

func denied(a Action, why string) error {
	return fault.New(fault.Forbidden, "UnAuthorized",
		"User is not authorized to perform the operation. Reason: The caller is not authorized to %s: %s.", a, why)
}

// Denied is the refusal of somebody whom no role could help, such as a
// stranger to a request.
func Denied(a Action, format string, args ...any) error {
	return denied(a, fmt.Sprintf(format, args...))
}

// anyRole names the roles that allow what a rule is about, as clients look
// them up; none allow what people may do for themselves only.
func anyRole(r rule) string {
	if onlySelf(r) {
		return ""
	}
	var names []string
	for _, role := range r.roles {
		names = append(names, roleName(EntitlementProvider, string(role)))
	}
	for _, id := range r.directory {
		names = append(names, roleName(DirectoryProvider, id))
	}
	return strings.Join(append(names, roleName(DirectoryProvider, GlobalAdmin)), " or ")
}

func roleName(p Provider, id string) string {
	at := slices.IndexFunc(definitions[p], func(d Definition) bool { return d.ID == id })
	return definitions[p][at].DisplayName
}

func anyOf(scopes []Scope) string {
	names := make([]string, len(scopes))
	for i, s := range scopes {
		names[i] = string(s)
	}
	return strings.Join(names, " or ")
}
