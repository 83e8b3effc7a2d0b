package engine

import (
	"context"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/store"
)

// Tenant is what a deployment says of a tenant before it serves it.
type Tenant struct {
	ID             directory.TenantID
	DisplayName    string
	Administrators []directory.ObjectID // get the role Identity Governance Administrator
	Applications   []Application
}

// Application is a client of the built-in issuer; it is shown in the
// directory as a service principal.
type Application struct {
	ObjectID    directory.ObjectID
	ClientID    string
	DisplayName string
}

// Prepare makes a tenant ready to be served: the tenant itself with its
// General catalog, its applications and administrators. What is there already stays
// as it is, but for what the operator has told since of partners.
func (e *Engine) Prepare(ctx context.Context, t Tenant) error {
	if err := e.OpenTenant(ctx, t.ID, t.DisplayName); err != nil {
		return err
	}
	if err := e.noteDomains(ctx, t.ID); err != nil {
		return err
	}
	missing, err := read(ctx, e, t.ID, func(r store.Reader) (bool, error) { return e.unprepared(ctx, r, t) })
	if err != nil || !missing {
		return err
	}
	return e.store.Write(ctx, t.ID, store.People, func(tx store.Tx) error {
		for _, app := range t.Applications {
			if err := e.prepareApplication(ctx, tx, app); err != nil {
				return err
			}
		}
		for _, id := range t.Administrators {
			if err := e.prepareAdministrator(ctx, tx, id); err != nil {
				return err
			}
		}
		return nil
	})
}

// unprepared finds out with reads alone whether anything is missing, so that
// a start on a prepared database writes nothing.
func (e *Engine) unprepared(ctx context.Context, r store.Reader, t Tenant) (bool, error) {
	for _, app := range t.Applications {
		if _, err := r.Object(ctx, app.ObjectID); err != nil {
			return fault.Is(err, fault.NotFound), ignoreMissing(err)
		}
	}
	for _, id := range t.Administrators {
		if found, err := hasRole(ctx, r, id); err != nil || !found {
			return err == nil, err
		}
	}
	return false, nil
}

func ignoreMissing(err error) error {
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

func (e *Engine) prepareApplication(ctx context.Context, tx store.Tx, app Application) error {
	if _, err := tx.Object(ctx, app.ObjectID); !fault.Is(err, fault.NotFound) {
		return err
	}
	now := e.clock.Now()
	o := directory.Object{
		ID: app.ObjectID, Kind: directory.KindServicePrincipal, DisplayName: app.DisplayName, Enabled: true, CreatedAt: now,
		App: &directory.AppDetail{AppID: app.ClientID, ServicePrincipalType: "Application"},
	}
	why := e.record(ctx, entitlement.System, now, audit.ServicePrincipalSet, audit.KindObject, string(o.ID), o.DisplayName)
	return tx.PutObject(ctx, o, versions(why, 0))
}

func hasRole(ctx context.Context, r store.Reader, id directory.ObjectID) (bool, error) {
	held, err := r.RolesOf(ctx, id)
	return authz.HoldsDirectory(authz.Caller{}, held, authz.GovernanceAdmin), err
}

func (e *Engine) prepareAdministrator(ctx context.Context, tx store.Tx, id directory.ObjectID) error {
	if found, err := hasRole(ctx, tx, id); err != nil || found {
		return err
	}
	now := e.clock.Now()
	a := authz.RoleAssignment{
		ID: e.newID(), Principal: id, Role: authz.GovernanceAdmin, Provider: authz.DirectoryProvider, CreatedAt: now,
	}
	why := e.record(ctx, entitlement.System, now, audit.RoleGiven, audit.KindRoleAssignment, a.ID, authz.GovernanceAdmin)
	return tx.PutRoleAssignment(ctx, a, versions(why, 0))
}
