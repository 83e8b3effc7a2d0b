package storetest

import (
	"slices"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

func catalogRow(c entitlement.Catalog) listed {
	return listed{id: string(c.ID), fields: map[string]query.Value{
		"id": text(c.ID), "displayName": name(c.DisplayName), "description": name(c.Description), "uniqueName": name(c.UniqueName),
		"type": text(c.Type), "published": c.Published, "externallyVisible": c.ExternallyVisible,
		"createdAt": at(c.CreatedAt), "modifiedAt": at(c.ModifiedAt),
	}}
}

func resourceRow(r entitlement.Resource) listed {
	return listed{id: string(r.ID), fields: map[string]query.Value{
		"id": text(r.ID), "catalog": text(r.Catalog), "originSystem": text(r.OriginSystem), "originId": text(r.OriginID),
		"type": text(r.Type), "displayName": name(r.DisplayName), "description": name(r.Description), "createdAt": at(r.CreatedAt),
	}}
}

func intakeRow(r entitlement.ResourceRequest) listed {
	return listed{id: r.ID, fields: map[string]query.Value{
		"id": text(r.ID), "catalog": text(r.Catalog), "kind": text(r.Kind), "createdAt": at(r.CreatedAt),
	}}
}

func extensionRow(x entitlement.CustomExtension) listed {
	return listed{id: string(x.ID), fields: map[string]query.Value{
		"id": text(x.ID), "catalog": text(x.Catalog), "kind": text(x.Kind), "displayName": name(x.DisplayName),
		"description": name(x.Description), "createdAt": at(x.CreatedAt), "modifiedAt": at(x.ModifiedAt),
	}}
}

// listings return rows with all that is related to them.

func (w *listWorld) catalogListing(c entitlement.Catalog) listed {
	row := catalogRow(c)
	for name, rows := range map[string][]query.Row{
		"packages":  rowsOf(w.packages, func(p entitlement.Package) bool { return p.Catalog == c.ID }, w.packageListing),
		"resources": rowsOf(w.resources, func(r entitlement.Resource) bool { return r.Catalog == c.ID }, resourceRow),
	} {
		row.fields[name] = rows
	}
	return row
}

func (w *listWorld) packageListing(p entitlement.Package) listed {
	row := w.packageRow(p)
	for name, rows := range map[string][]query.Row{
		"policies":         rowsOf(w.policies, func(l entitlement.Policy) bool { return l.Package == p.ID }, policyRow),
		"incompatible":     rowsOf(w.packages, func(o entitlement.Package) bool { return slices.Contains(p.Incompatible, o.ID) }, w.packageRow),
		"incompatibleWith": rowsOf(w.packages, func(o entitlement.Package) bool { return slices.Contains(o.Incompatible, p.ID) }, w.packageRow),
	} {
		row.fields[name] = rows
	}
	return row
}

func rowsOf[T any](all []T, belongs func(T) bool, row func(T) listed) (rows []query.Row) {
	for _, v := range all {
		if belongs(v) {
			rows = append(rows, row(v))
		}
	}
	return rows
}

func (w *listWorld) packageRow(p entitlement.Package) listed {
	row := listed{id: string(p.ID), fields: map[string]query.Value{
		"id": text(p.ID), "catalog": text(p.Catalog), "displayName": name(p.DisplayName), "description": name(p.Description),
		"uniqueName": name(p.UniqueName), "hidden": p.Hidden, "createdAt": at(p.CreatedAt), "modifiedAt": at(p.ModifiedAt),
	}}
	if i := slices.IndexFunc(w.catalogs, func(c entitlement.Catalog) bool { return c.ID == p.Catalog }); i >= 0 {
		row.fields["catalog.displayName"] = name(w.catalogs[i].DisplayName)
	}
	return row
}

func policyRow(p entitlement.Policy) listed {
	return listed{id: string(p.ID), fields: map[string]query.Value{
		"id": text(p.ID), "package": text(p.Package), "catalog": text(p.Catalog), "displayName": name(p.DisplayName),
		"description": name(p.Description), "createdAt": at(p.CreatedAt), "modifiedAt": at(p.ModifiedAt),
	}}
}

func (w *listWorld) requestRow(r entitlement.Request) listed {
	row := listed{id: string(r.ID), fields: map[string]query.Value{
		"id": text(r.ID), "kind": text(r.Kind), "status": text(r.Status), "catalog": text(r.Catalog), "package": text(r.Package),
		"policy": text(r.Policy), "assignment": text(r.Assignment), "target": text(r.Target), "requestor": text(r.Requestor),
		"createdBy": text(r.CreatedBy), "createdAt": at(r.CreatedAt), "completedAt": at(r.CompletedAt), "startAt": at(r.Schedule.Start),
	}}
	w.addPackage(row, r.Package)
	w.addTarget(row, r.Target)
	return row
}

func (w *listWorld) approvalRow(a entitlement.Approval) listed {
	row := listed{string(a.ID), map[string]query.Value{
		"id": text(a.ID), "catalog": text(a.Catalog), "target": text(a.Target), "requestor": text(a.Requestor),
	}}
	if i := slices.IndexFunc(w.requests, func(r entitlement.Request) bool { return r.ID == a.ID }); i >= 0 {
		row.fields["createdBy"] = text(w.requests[i].CreatedBy)
	}
	var stages, asked []query.Row
	for _, s := range a.Stages {
		stages = append(stages, listed{string(s.ID), map[string]query.Value{"status": text(s.Status), "reviewResult": text(s.Result)}})
	}
	for _, ref := range a.Asked() {
		asked = append(asked, listed{string(ref), map[string]query.Value{"ref": text(ref)}})
	}
	row.fields["stages"], row.fields["asked"] = stages, asked
	return row
}

// insideOf gathers what lies in the rows of a collection.
func insideOf(rows []listed, of string, names ...string) map[string]collection {
	all := map[string]collection{}
	for _, name := range names {
		c := collection{name: name, fields: store.Fields[of+"."+name]}
		for _, r := range rows {
			for _, e := range r.Elements(name) {
				c.rows = append(c.rows, e.(listed))
			}
		}
		all[name] = c
	}
	return all
}

func (w *listWorld) assignmentRow(a entitlement.Assignment) listed {
	row := listed{id: string(a.ID), fields: map[string]query.Value{
		"id": text(a.ID), "state": text(a.State), "catalog": text(a.Catalog), "package": text(a.Package), "policy": text(a.Policy),
		"target": text(a.Target), "request": text(a.Request), "createdAt": at(a.CreatedAt), "expiredAt": at(a.ExpiredAt),
		"endsAt": at(a.EndsAt), "extended": a.Extended, "automatic": a.Automatic, "graceUntil": at(a.GraceUntil), "told": text(a.Told),
	}}
	if i := slices.IndexFunc(w.policies, func(p entitlement.Policy) bool { return p.ID == a.Policy }); i >= 0 {
		row.fields["policy.displayName"] = name(w.policies[i].DisplayName)
	}
	w.addPackage(row, a.Package)
	w.addTarget(row, a.Target)
	return row
}

func (w *listWorld) addPackage(row listed, id entitlement.PackageID) {
	if i := slices.IndexFunc(w.packages, func(p entitlement.Package) bool { return p.ID == id }); i >= 0 {
		row.fields["package.displayName"] = name(w.packages[i].DisplayName)
	}
}

func (w *listWorld) addTarget(row listed, id directory.ObjectID) {
	i := slices.IndexFunc(w.objects, func(o directory.Object) bool { return o.ID == id })
	if i < 0 {
		return
	}
	target := objectRow(w.objects[i])
	for _, field := range []string{"displayName", "mail", "principalName", "manager"} {
		row.fields["target."+field] = target.fields[field]
	}
}

func objectRow(o directory.Object) listed {
	row := listed{id: string(o.ID), fields: map[string]query.Value{
		"id": text(o.ID), "kind": text(o.Kind), "displayName": name(o.DisplayName), "mail": name(o.Mail),
		"principalName": name(o.PrincipalName), "enabled": o.Enabled, "createdAt": at(o.CreatedAt),
	}}
	if u := o.User; u != nil {
		row.fields["userType"], row.fields["manager"] = text(u.Type), text(u.ManagerID)
		row.fields["mailNickname"], row.fields["givenName"], row.fields["surname"] = name(u.MailNickname), name(u.GivenName), name(u.Surname)
		row.fields["department"], row.fields["jobTitle"] = name(u.Department), name(u.JobTitle)
		row.fields["companyName"], row.fields["employeeId"] = name(u.CompanyName), name(u.EmployeeID)
	}
	if g := o.Group; g != nil {
		row.fields["mailNickname"], row.fields["mailEnabled"], row.fields["securityEnabled"] = name(g.MailNickname), g.MailEnabled, g.SecurityEnabled
		row.fields["groupTypes"] = name(store.GroupTypes(g.Types))
	}
	if a := o.App; a != nil {
		row.fields["appId"] = text(a.AppID)
	}
	return row
}

func appRoleRow(a directory.AppRoleAssignment) listed {
	return listed{id: a.ID, fields: map[string]query.Value{
		"id": text(a.ID), "principal": text(a.Principal), "resource": text(a.Resource), "role": text(a.Role), "createdAt": at(a.CreatedAt),
	}}
}

func roleRow(a authz.RoleAssignment) listed {
	return listed{id: a.ID, fields: map[string]query.Value{
		"id": text(a.ID), "principal": text(a.Principal), "role": text(a.Role), "provider": text(a.Provider),
		"catalog": text(a.Catalog), "createdAt": at(a.CreatedAt),
	}}
}

func organizationRow(o entitlement.Organization) listed {
	return listed{string(o.ID), map[string]query.Value{
		"id": text(o.ID), "displayName": name(o.DisplayName), "description": name(o.Description), "state": text(o.State),
		"createdAt": at(o.CreatedAt), "modifiedAt": at(o.ModifiedAt),
	}}
}

// subjects are the objects that entitlement management has a name for.
func (w *listWorld) subjects() []directory.Object {
	var all []directory.Object
	for _, o := range w.objects {
		if !o.Deleted() && o.Kind != directory.KindGroup {
			all = append(all, o)
		}
	}
	return all
}

func (w *listWorld) subjectRow(o directory.Object) listed {
	id := string(entitlement.SubjectOf(w.tenant, o.ID))
	return listed{id, map[string]query.Value{
		"id": id, "objectId": text(o.ID), "kind": text(o.Kind), "displayName": name(o.DisplayName), "mail": name(o.Mail),
		"principalName": name(o.PrincipalName),
	}}
}
