package seed

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
)

// fillDirectory makes people, groups and applications.
func (w *world) fillDirectory(ctx context.Context) error {
	for i, p := range people {
		given, surname, _ := strings.Cut(p.name, " ")
		user := directory.UserDetail{
			Type: directory.Member, ManagerID: w.objects[p.manager], GivenName: given, Surname: surname, MailNickname: p.key,
			JobTitle: p.title, Department: p.department, City: p.city, OfficeLocation: p.city, CompanyName: company,
			EmployeeID: fmt.Sprintf("E%04d", 1001+i), EmployeeType: "Employee", PreferredLanguage: "en",
		}
		if err := w.makeUser(ctx, p.key, p.name, p.key+"@"+domain, p.key+"@"+domain, user); err != nil {
			return err
		}
	}
	for _, g := range guests {
		given, surname, _ := strings.Cut(g.name, " ")
		nickname := strings.ReplaceAll(g.mail, "@", "_") + "#EXT#"
		user := directory.UserDetail{
			Type: directory.Guest, GivenName: given, Surname: surname, MailNickname: nickname,
			JobTitle: g.title, CompanyName: g.company, ExternalState: "Accepted", SponsorIDs: []directory.ObjectID{w.objects[g.sponsor]},
		}
		if err := w.makeUser(ctx, g.key, g.name, g.mail, nickname+"@"+domain, user); err != nil {
			return err
		}
	}
	for _, g := range groups {
		if err := w.makeGroup(ctx, g, directory.GroupDetail{SecurityEnabled: true}); err != nil {
			return err
		}
	}
	for _, g := range teams {
		if err := w.makeGroup(ctx, g, directory.GroupDetail{MailEnabled: true, Types: []string{"Unified"}, Visibility: "Private"}); err != nil {
			return err
		}
	}
	for _, a := range apps {
		if err := w.makeApp(ctx, a); err != nil {
			return err
		}
	}
	return nil
}

func (w *world) makeUser(ctx context.Context, key, name, mail, upn string, user directory.UserDetail) error {
	o, err := w.make(ctx, key, directory.Object{
		Kind: directory.KindUser, DisplayName: name, Mail: mail, PrincipalName: upn, Enabled: true, User: &user,
	}, nil)
	w.people[key] = o
	return err
}

func (w *world) makeGroup(ctx context.Context, g group, detail directory.GroupDetail) error {
	detail.Description, detail.MailNickname = g.about, g.key
	o := directory.Object{Kind: directory.KindGroup, DisplayName: g.name, Enabled: true, Group: &detail}
	if detail.MailEnabled {
		o.Mail = g.key + "@" + domain
	}
	var links []directory.Membership
	for _, key := range strings.Fields(g.members) {
		links = append(links, directory.Membership{Member: w.objects[key], Relation: directory.MemberOf})
	}
	for _, key := range strings.Fields(g.owners) {
		links = append(links, directory.Membership{Member: w.objects[key], Relation: directory.OwnerOf})
	}
	_, err := w.make(ctx, g.key, o, links)
	return err
}

func (w *world) makeApp(ctx context.Context, a app) error {
	detail := directory.AppDetail{
		AppID: w.newID(), Description: a.about, Homepage: "https://" + a.key + "." + domain,
		ServicePrincipalType: "Application", AssignmentRequired: true,
	}
	for _, role := range strings.Fields(a.roles) {
		detail.Roles = append(detail.Roles, directory.AppRole{
			ID: w.newID(), Value: role, DisplayName: role, Description: role + " of " + a.name, Enabled: true, AllowedMemberTypes: []string{"User"},
		})
	}
	_, err := w.make(ctx, a.key, directory.Object{
		Kind: directory.KindServicePrincipal, DisplayName: a.name, Enabled: true, App: &detail,
	}, nil)
	return err
}

func (w *world) make(ctx context.Context, key string, o directory.Object, links []directory.Membership) (directory.Object, error) {
	made, err := w.engine.CreateObject(ctx, w.setup, o, links)
	if err != nil {
		return made, fmt.Errorf("make %s: %w", key, err)
	}
	w.objects[key] = made.ID
	return made, nil
}

// fillCatalogs makes roles, catalogs, resources, packages and policies.
func (w *world) fillCatalogs(ctx context.Context) error {
	// Roles on the tenant come first: Ida needs hers to make a catalog.
	if err := w.giveRoles(ctx, func(d duty) bool { return d.catalog == "" }); err != nil {
		return err
	}
	for _, c := range catalogs {
		if err := w.makeCatalog(ctx, c); err != nil {
			return fmt.Errorf("make the catalog %s: %w", c.name, err)
		}
	}
	if err := w.giveRoles(ctx, func(d duty) bool { return d.catalog != "" }); err != nil {
		return err
	}
	for _, o := range packages {
		if err := w.makePackage(ctx, o); err != nil {
			return fmt.Errorf("make the package %s: %w", o.name, err)
		}
	}
	return nil
}

func (w *world) giveRoles(ctx context.Context, which func(duty) bool) error {
	for _, d := range duties {
		if !which(d) {
			continue
		}
		_, err := w.engine.AssignRole(ctx, w.setup, authz.RoleAssignment{
			Principal: w.objects[d.who], Role: d.role, Provider: d.provider, Catalog: w.catalogs[d.catalog],
		})
		if err != nil {
			return fmt.Errorf("give %s a role: %w", d.who, err)
		}
	}
	return nil
}

func (w *world) makeCatalog(ctx context.Context, c catalog) error {
	who := w.as(c.by, authz.ReadWriteAll)
	made, err := w.engine.CreateCatalog(ctx, who, entitlement.Catalog{
		DisplayName: c.name, Description: c.about, Published: true, ExternallyVisible: c.external,
	})
	if err != nil {
		return err
	}
	w.catalogs[c.key] = made.ID
	for _, key := range strings.Fields(c.offers) {
		system := entitlement.OriginGroup
		if slices.ContainsFunc(apps, func(a app) bool { return a.key == key }) {
			system = entitlement.OriginApplication
		}
		_, err := w.engine.RequestResource(ctx, who, entitlement.ResourceRequest{
			Kind: entitlement.AdminAdd, Catalog: made.ID,
			Resource: entitlement.Resource{OriginSystem: system, OriginID: string(w.objects[key])},
		})
		if err != nil {
			return fmt.Errorf("offer %s: %w", key, err)
		}
	}
	return nil
}

// makePackage is done by whoever made the catalog.
func (w *world) makePackage(ctx context.Context, o offer) error {
	at := slices.IndexFunc(catalogs, func(c catalog) bool { return c.key == o.catalog })
	who := w.as(catalogs[at].by, authz.ReadWriteAll)
	made, err := w.engine.CreatePackage(ctx, who, entitlement.Package{
		Catalog: w.catalogs[o.catalog], DisplayName: o.name, Description: o.about, Hidden: o.hidden, RoleScopesVisible: true,
	})
	if err != nil {
		return err
	}
	w.packages[o.key] = made.ID
	for _, gift := range strings.Split(o.gives, ",") {
		key, role, _ := strings.Cut(gift, "/")
		ref := entitlement.RoleScopeRef{ResourceOriginID: string(w.objects[key]), RoleDisplayName: role}
		if _, err := w.engine.AddRoleScope(ctx, who, made.ID, ref); err != nil {
			return fmt.Errorf("give %s: %w", gift, err)
		}
	}
	if o.conflicts != "" {
		err := w.engine.UpdatePackage(ctx, who, made.ID, func(p *entitlement.Package) error {
			p.Incompatible = []entitlement.PackageID{w.packages[o.conflicts]}
			return nil
		})
		if err != nil {
			return err
		}
	}
	for _, p := range o.policies {
		p = p.WithSets(func(s entitlement.SubjectSet) entitlement.SubjectSet {
			if s.ID != "" {
				s.ID = string(w.objects[s.ID])
			}
			return s
		})
		p.Package = made.ID
		view, err := w.engine.CreatePolicy(ctx, who, p)
		if err != nil {
			return fmt.Errorf("policy %s: %w", p.DisplayName, err)
		}
		w.policies[o.key] = append(w.policies[o.key], view.Policy)
	}
	return nil
}
