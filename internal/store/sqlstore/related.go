package sqlstore

import (
	"github.com/grantkeep/grantkeep/internal/query"
)

// related is a list of rows that belong to a row: those for which the column
// by, in from, holds the row's id.
type related struct {
	id   string // column of the row
	by   string
	from string // what stands after FROM; the element's table, if empty
	of   *listing
}

func relatedPackages(link, other string) related {
	return related{
		id: "package.id", by: "link." + link, of: &packages,
		from: "package_incompatible link JOIN package ON package.tenant_id = link.tenant_id AND package.id = link." + other,
	}
}

// relations are the lists of store.Collections. They stand apart from the
// listings, which they lead from and to.
var relations = map[string]map[string]related{
	"catalogs": {
		"packages":  {id: "catalog.id", by: "package.catalog_id", of: &packages},
		"resources": {id: "catalog.id", by: "resource.catalog_id", of: &resources},
	},
	"packages": {
		"policies":         {id: "package.id", by: "policy.package_id", of: &policies},
		"incompatible":     relatedPackages("package_id", "other_id"),
		"incompatibleWith": relatedPackages("other_id", "package_id"),
	},
}

// related writes that the condition holds for a related row. As a list of ids
// it lets the database begin with what the condition finds; and a row may be
// related to others of its own table, whose columns would hide its own
// inside.
func (f *filter) related(collection string, where query.Expr) error {
	rel, ok := relations[f.listing.collection][collection]
	if !ok {
		return noCollection(collection)
	}
	from := rel.from
	if from == "" {
		from = rel.of.table
	}
	f.add("(", rel.id, " IN (SELECT ", rel.by, " FROM ", from, " WHERE ", rel.of.table, ".tenant_id = ", f.tenant)
	if where != nil {
		f.add(" AND ")
		outer := f.listing
		f.listing = *rel.of
		if err := f.expr(where); err != nil {
			return err
		}
		f.listing = outer
	}
	f.add("))")
	return nil
}
