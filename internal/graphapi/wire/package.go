package wire

import (
	"time"

	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/query"
)

type packageView = entitlement.PackageView

func packageID(p *packageView) string { return string(p.ID) }

func (m *model) declarePackage() {
	packages := both("accessPackages")
	catalogOf := func(p *packageView) query.Value { return textValue(p.Catalog) }
	*m.pkg = Entity[packageView]{
		collection: "packages",
		record: record[packageView]{
			name: both("accessPackage"),
			props: []property[packageView]{
				guid(both("id"), func(p *packageView) *entitlement.PackageID { return &p.ID }).filter("id").ro(),
				packageCatalog(),
				plain(both("displayName"), func(p *packageView) *string { return &p.DisplayName }).folded("displayName").due(),
				plain(both("description"), func(p *packageView) *string { return &p.Description }).folded("description"),
				flag(both("isHidden"), func(p *packageView) *bool { return &p.Hidden }).filter("hidden"),
				flag(onlyBeta("isRoleScopesVisible"), func(p *packageView) *bool { return &p.RoleScopesVisible }),
				text(both("uniqueName"), func(p *packageView) *string { return &p.UniqueName }).folded("uniqueName").
					unless(func(p *packageView) bool { return p.UniqueName == "" }),
				instant(both("createdDateTime"), func(p *packageView) *time.Time { return &p.CreatedAt }).filter("createdAt").ro(),
				instant(both("modifiedDateTime"), func(p *packageView) *time.Time { return &p.ModifiedAt }).filter("modifiedAt").ro(),
				text(onlyBeta("createdBy"), func(p *packageView) *string { return &p.CreatedBy }).ro(),
				text(onlyBeta("modifiedBy"), func(p *packageView) *string { return &p.ModifiedBy }).ro(),
			},
			input: []input[packageView]{
				{names: []string{"catalogId"}, set: takeGUID(setPackageCatalog)},
				{names: []string{"catalog", "accessPackageCatalog", "catalog@odata.bind", "accessPackageCatalog@odata.bind"}, set: takeReference(setPackageCatalog)},
			},
			finish: func(r *reader, _ *value, p *packageView) error {
				if p.Catalog == "" {
					return missing(r, "accessPackage", renamed("catalog", "catalogId"))
				}
				return nil
			},
		},
		navs: []navigation[packageView]{
			one(renamed("catalog", "accessPackageCatalog"), "catalog", m.catalog, func(p *packageView) *catalogView { return p.InCatalog }),
			pages(renamed("assignmentPolicies", "accessPackageAssignmentPolicies"), "policies", m.policy,
				func(p *packageView) *query.Page[policyView] { return &p.Policies }).of(packages, packageID).within("policies"),
			many(renamed("resourceRoleScopes", "accessPackageResourceRoleScopes"), "roleScopes", m.roleScope,
				func(p *packageView) []roleScopeView { return p.Contents }).of(packages, packageID),
			many(both("incompatibleAccessPackages"), "incompatible", m.pkg, func(p *packageView) []packageView { return p.IncompatibleViews }).
				of(packages, packageID).within("incompatible"),
			many(both("incompatibleGroups"), "incompatibleGroups", m.group, func(p *packageView) []dirObject { return p.IncompatibleGroups }).
				of(packages, packageID),
			many(both("accessPackagesIncompatibleWith"), "incompatibleWith", m.pkg, func(p *packageView) []packageView { return p.IncompatibleWith }).
				of(packages, packageID).within("incompatibleWith"),
		},
		paths: []property[packageView]{
			path(renamed("catalog/id", "accessPackageCatalog/id"), "catalog", guidLiteral, catalogOf),
			path(both("catalogId"), "catalog", guidLiteral, catalogOf),
			path[packageView](renamed("catalog/displayName", "accessPackageCatalog/displayName"), "catalog.displayName", nameLiteral, nil),
		},
	}
	m.pkg.build()
}

// packageCatalog is the catalog of a package as beta names it: given once,
// changed by moving the package only.
func packageCatalog() property[packageView] {
	p := guid(onlyBeta("catalogId"), func(p *packageView) *entitlement.CatalogID { return &p.Catalog }).filter("catalog")
	p.set, p.unset = takeGUID(setPackageCatalog), nil
	return p
}

// setPackageCatalog takes the id of the catalog from wherever it stands in a
// body. Clients send it twice, and again when they change something else.
func setPackageCatalog(p *packageView, id string) error {
	if p.Catalog != "" && string(p.Catalog) != id {
		return wrong("names another catalog than " + string(p.Catalog) + "; use moveToCatalog to move a package")
	}
	p.Catalog = entitlement.CatalogID(id)
	return nil
}

// DecodeCatalogID reads the body of moveToCatalog.
func DecodeCatalogID(body []byte) (entitlement.CatalogID, error) {
	v, err := parse(body)
	if err != nil {
		return "", err
	}
	id := v.first("catalogId")
	if id == nil {
		return "", invalidModel("The property 'catalogId' is required.").At("catalogId")
	}
	to, err := id.asGUID()
	return entitlement.CatalogID(to), explained(err, "catalogId")
}
