package sqlstore

import (
	"context"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

func (r *reader) PackagesOffered(ctx context.Context, to []directory.ObjectID, q query.List) (query.Page[entitlement.Package], error) {
	who := append([]directory.ObjectID{entitlement.Anybody}, to...)
	return list(ctx, r, packages, packageColumns, r.scanPackage, q, func(s *statement, tenant string) {
		s.add(" AND package.catalog_id IN (SELECT c.id FROM catalog c WHERE c.tenant_id = ", tenant, " AND c.published = 1)",
			" AND package.id IN (SELECT a.package_id FROM policy_audience a WHERE a.tenant_id = ", tenant,
			" AND a.who ", r.store.dialect.among(s.arg(listArg(r, who))), ")")
	})
}

// RelatedHolders counts in the database, and tells names for the first few
// only.
func (r *reader) RelatedHolders(ctx context.Context, of, manager directory.ObjectID, names int) ([]store.RelatedHolders, error) {
	const statement = `WITH holder (package_id, id, display_name, doc, version) AS (
			SELECT DISTINCT a.package_id, u.id, u.display_name, u.doc, u.version FROM directory_object u
				JOIN assignment a ON a.tenant_id = $1 AND a.target_id = u.id AND a` + having + `
				WHERE u.tenant_id = $1 AND u.kind = 'user' AND u.deleted_at IS NULL AND u.id <> $2
				AND (u.id = $3 OR u.manager_id = $2 OR u.manager_id = $3)),
		ranked AS (SELECT holder.*, count(*) OVER (PARTITION BY package_id) AS people,
			row_number() OVER (PARTITION BY package_id ORDER BY display_name, id) AS place FROM holder)
		SELECT package_id, people, id, version, doc FROM ranked WHERE place = 1 OR place <= $4 ORDER BY people DESC, package_id, place`
	var all []store.RelatedHolders
	err := r.query(ctx, statement, []any{r.no, string(of), string(manager), int64(names)}, func(row scanner) error {
		var id entitlement.PackageID
		var people int64
		person, err := r.scanObject(leading{row, []any{&id, &people}})
		if err != nil {
			return err
		}
		if len(all) == 0 || all[len(all)-1].Package != id {
			all = append(all, store.RelatedHolders{Package: id, Count: int(people)})
		}
		if last := &all[len(all)-1]; len(last.People) < names {
			last.People = append(last.People, person)
		}
		return nil
	})
	return all, err
}

// leading is a row with further columns in front.
type leading struct {
	scanner
	first []any
}

// Scan reads the columns in front, too.
func (l leading) Scan(dest ...any) error { return l.scanner.Scan(append(l.first, dest...)...) }

func (r *reader) PastAssignments(ctx context.Context, of directory.ObjectID) ([]store.PastAssignments, error) {
	return many(ctx, r, `SELECT package_id, count(*), max(created_at) FROM assignment WHERE tenant_id = $1 AND target_id = $2 AND state = 'expired'
		GROUP BY package_id ORDER BY package_id`, []any{r.no, string(of)}, func(row scanner) (p store.PastAssignments, err error) {
		var n int64
		err = row.Scan(&p.Package, &n, instant{&p.Last})
		p.Count = int(n)
		return p, err
	})
}
