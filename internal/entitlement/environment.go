package entitlement

import "github.com/grantkeep/grantkeep/internal/directory"

// EnvironmentID names an environment.
type EnvironmentID string

// Environment is the place in an origin system where resources live
// (catalogs-and-resources.md section 4.8). The groups and the applications of
// the directory have one each, which is there as long as the tenant.
type Environment struct {
	ID           EnvironmentID
	OriginSystem OriginSystem
	OriginID     string // the tenant
	DisplayName  string
	Description  string
	Stamp
}

// Environments returns the environments of a tenant; opened says when and by
// whom the tenant was made.
func Environments(tenant directory.TenantID, opened Stamp) []Environment {
	of := func(system OriginSystem, name, description string) Environment {
		return Environment{
			ID: EnvironmentID(derivedID(string(tenant), "environment", string(system))), OriginSystem: system, OriginID: string(tenant),
			DisplayName: name, Description: description, Stamp: opened,
		}
	}
	return []Environment{
		of(OriginGroup, "Groups", "The groups of the directory"),
		of(OriginApplication, "Applications", "The applications of the directory"),
	}
}
