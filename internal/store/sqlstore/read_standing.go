package sqlstore

import (
	"context"
	"fmt"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/store"
)

// Standing asks for four different things at once. Its rows have the shape
// of a request behind a tag; what the others have besides is put into a
// column of the same type, as its scan function reads it.
func (r *reader) Standing(ctx context.Context, target directory.ObjectID, pkg entitlement.PackageID) (store.Standing, error) {
	const statement = `SELECT 'r', ` + requestColumns + ` FROM request
			WHERE tenant_id = $1 AND target_id = $2 AND package_id = $3 AND completed_at IS NULL
		UNION ALL SELECT 'a', id, version, state, duration, catalog_id, package_id, policy_id, policy_version, request_id, target_id,
				expiration, '', created_at, expired_at, start_at, '', extended, end_at, ends_at, NULL, ''
			FROM assignment WHERE tenant_id = $1 AND target_id = $2 AND package_id = $3 AND state <> 'expired'
		UNION ALL SELECT 'o', id, version, '', '', '', '', '', 0, '', '', '', '', 0, NULL, NULL, '', 0, NULL, NULL, NULL, doc
			FROM directory_object WHERE tenant_id = $1 AND id = $2
		UNION ALL SELECT 'i', other_id, 0, '', '', '', '', '', 0, '', '', '', '', 0, NULL, NULL, '', 0, NULL, NULL, NULL, ''
			FROM package_incompatible i WHERE tenant_id = $1 AND package_id = $3 AND EXISTS (SELECT 1 FROM assignment a
				WHERE a.tenant_id = $1 AND a.target_id = $2 AND a.package_id = i.other_id AND a.state <> 'expired')`
	var s store.Standing
	err := r.query(ctx, statement, []any{r.no, string(target), string(pkg)}, func(row scanner) (err error) {
		t := tagged{scanner: row}
		none := ignored{}
		var id string
		err = row.Scan(&t.tag, &id, none, none, none, none, none, none, none, none, none,
			none, none, none, none, none, none, none, none, none, none, none)
		if err != nil {
			return err
		}
		switch t.tag {
		case "r":
			q, err := scanRequest(t)
			s.Open = &q
			return err
		case "a":
			a, err := scanStandingAssignment(t)
			s.Active = append(s.Active, a)
			return err
		case "o":
			s.Target, err = r.scanObject(wideDoc{t})
			return err
		default:
			s.Incompatible = append(s.Incompatible, entitlement.PackageID(id))
			return nil
		}
	})
	if err != nil {
		return s, fmt.Errorf("standing of %s for package %s: %w", target, pkg, err)
	}
	return s, nil
}

// scanStandingAssignment is scanAssignment in the order of Standing.
func scanStandingAssignment(row scanner) (entitlement.Assignment, error) {
	var a entitlement.Assignment
	end := &a.Schedule.Expiration
	none := ignored{}
	err := row.Scan(&a.ID, &a.Version, &a.State, &end.Duration, &a.Catalog, &a.Package, &a.Policy, &a.PolicyVersion, &a.Request, &a.Target,
		&end.Type, none, instant{&a.CreatedAt}, instant{&a.ExpiredAt}, instant{&a.Schedule.Start}, none, truth{&a.Extended},
		instant{&end.End}, instant{&a.EndsAt}, none, none)
	return a, err
}

// tagged is a row that tells in its first column what it is.
type tagged struct {
	scanner
	tag string
}

// Scan reads what stands behind the tag.
func (t tagged) Scan(dest ...any) error {
	return t.scanner.Scan(append([]any{ignored{}}, dest...)...)
}

// wideDoc is a row of id and version with the doc in the last column.
type wideDoc struct{ scanner }

// Scan reads id, version and doc.
func (w wideDoc) Scan(dest ...any) error {
	none := ignored{}
	return w.scanner.Scan(dest[0], dest[1], none, none, none, none, none, none, none, none,
		none, none, none, none, none, none, none, none, none, none, dest[2])
}

// ignored takes any value.
type ignored struct{}

// Scan does nothing.
func (ignored) Scan(any) error { return nil }
