package sqlstore

import (
	"context"
	"fmt"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/store"
)

// standingAssignment is an assignment in the shape of a request.
const standingAssignment = `a.id, a.version, a.state, a.duration, a.catalog_id, a.package_id, a.policy_id, a.policy_version, a.request_id,
	a.target_id, a.expiration, '', a.created_at, a.expired_at, a.start_at, CASE a.automatic WHEN 1 THEN 'automatic' ELSE '' END,
	a.extended, a.end_at, a.ends_at, a.grace_at, a.detail`

// Standing asks for three different things at once. Its rows have the shape
// of a request behind a tag; what the others have besides is put into a
// column of the same type, as its scan function reads it.
func (r *reader) Standing(ctx context.Context, target directory.ObjectID, pkg entitlement.PackageID) (store.Standing, error) {
	const statement = `SELECT 'r', ` + requestColumns + ` FROM request
			WHERE tenant_id = $1 AND target_id = $2 AND package_id = $3 AND completed_at IS NULL
		UNION ALL SELECT 'a', ` + standingAssignment + ` FROM assignment a WHERE tenant_id = $1 AND target_id = $2 AND package_id = $3 AND state <> 'expired'
		UNION ALL SELECT 'o', id, version, '', '', '', '', '', 0, '', '', '', '', 0, NULL, NULL, '', 0, NULL, NULL, NULL, doc
			FROM directory_object WHERE tenant_id = $1 AND id = $2`
	var s store.Standing
	err := r.lookup(ctx, statement, []any{r.no, string(target), string(pkg)}, func(row scanner) (err error) {
		t := tagged{scanner: row}
		none := ignored{}
		err = row.Scan(&t.tag, none, none, none, none, none, none, none, none, none, none,
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
		default:
			s.Target, err = r.scanObject(wideDoc{t})
			return err
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
	var automatic, detail string
	end := &a.Schedule.Expiration
	none := ignored{}
	err := row.Scan(&a.ID, &a.Version, &a.State, &end.Duration, &a.Catalog, &a.Package, &a.Policy, &a.PolicyVersion, &a.Request, &a.Target,
		&end.Type, none, instant{&a.CreatedAt}, instant{&a.ExpiredAt}, instant{&a.Schedule.Start}, &automatic, truth{&a.Extended},
		instant{&end.End}, instant{&a.EndsAt}, instant{&a.GraceUntil}, &detail)
	a.Automatic = automatic != ""
	if err != nil {
		return a, err
	}
	return a, readAssignmentDetail(detail, &a)
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
