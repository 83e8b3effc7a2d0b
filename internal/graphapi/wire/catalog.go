package wire

import (
	"time"

	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/query"
)

type catalogView = entitlement.CatalogView

func (m *model) declareCatalog() {
	catalogs := renamed("catalogs", "accessPackageCatalogs")
	catalogID := func(c *catalogView) string { return string(c.ID) }
	*m.catalog = Entity[catalogView]{
		collection: "catalogs",
		record: record[catalogView]{
			name: both("accessPackageCatalog"),
			props: []property[catalogView]{
				guid(both("id"), func(c *catalogView) *entitlement.CatalogID { return &c.ID }).filter("id").ro(),
				plain(both("displayName"), func(c *catalogView) *string { return &c.DisplayName }).folded("displayName").due(),
				plain(both("description"), func(c *catalogView) *string { return &c.Description }).folded("description"),
				toggle(renamed("state", "catalogStatus"), catalogStates(), "published", "unpublished",
					func(c *catalogView) *bool { return &c.Published }).filter("published").orElse(func(c *catalogView) { c.Published = true }),
				choice(both("catalogType"), catalogTypes(), func(c *catalogView) *entitlement.CatalogType { return &c.Type }).filter("type").ro(),
				flag(both("isExternallyVisible"), func(c *catalogView) *bool { return &c.ExternallyVisible }).
					filter("externallyVisible").orElse(func(c *catalogView) { c.ExternallyVisible = true }),
				text(both("uniqueName"), func(c *catalogView) *string { return &c.UniqueName }).folded("uniqueName").
					unless(func(c *catalogView) bool { return c.UniqueName == "" }),
				choice(onlyBeta("privilegeLevel"), alike(onlyBeta("privilegeLevel"), entitlement.StandardLevel, entitlement.PrivilegedLevel),
					func(c *catalogView) *entitlement.PrivilegeLevel { return &c.Privilege }).unless(func(c *catalogView) bool { return c.Privilege == "" }),
				instant(both("createdDateTime"), func(c *catalogView) *time.Time { return &c.CreatedAt }).filter("createdAt").ro(),
				instant(both("modifiedDateTime"), func(c *catalogView) *time.Time { return &c.ModifiedAt }).filter("modifiedAt").ro(),
				text(onlyBeta("createdBy"), func(c *catalogView) *string { return &c.CreatedBy }).ro(),
				text(onlyBeta("modifiedBy"), func(c *catalogView) *string { return &c.ModifiedBy }).ro(),
			},
			ignored: []string{
				"privilegeLevel", "resourceRoles", "resourceScopes", "accessPackageResourceRoles", "accessPackageResourceScopes",
			},
		},
		navs: []navigation[catalogView]{
			pages(both("accessPackages"), "packages", m.pkg, func(c *catalogView) *query.Page[packageView] { return &c.Packages }).
				of(catalogs, catalogID).within("packages"),
			pages(renamed("resources", "accessPackageResources"), "resources", m.resource, func(c *catalogView) *query.Page[resourceView] { return &c.Resources }).
				of(catalogs, catalogID).within("resources"),
			pages(renamed("customWorkflowExtensions", "accessPackageCustomWorkflowExtensions"), "extensions", m.extension,
				func(c *catalogView) *query.Page[customExtension] { return &c.Extensions }).of(catalogs, catalogID).belongs(),
			pages(onlyBeta("customAccessPackageWorkflowExtensions"), "legacyExtensions", m.legacyExtension,
				func(c *catalogView) *query.Page[customExtension] { return &c.LegacyExtensions }).of(catalogs, catalogID).belongs(),
		},
	}
	m.catalog.build()
}

func catalogStates() *vocabulary {
	return cased(onlyV1("accessPackageCatalogState"), "unpublished", "published")
}

func catalogTypes() *vocabulary {
	return cased(onlyV1("accessPackageCatalogType"), entitlement.UserManaged, entitlement.ServiceDefault, entitlement.ServiceManaged)
}
