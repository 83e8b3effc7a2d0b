package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/fault"
)

// scanner is one row of an answer.
type scanner interface{ Scan(dest ...any) error }

// conn runs statements inside one transaction.
type conn interface {
	query(ctx context.Context, sql string, args []any, each func(scanner) error) error
	exec(ctx context.Context, sql string, args []any) (affected int64, err error)
}

// reader implements store.Reader on a connection, for one tenant. What its
// files have in common: each method is one statement, told by its text, and
// every text begins with the tenant.
type reader struct {
	store  *Store
	tenant directory.TenantID
	no     int64 // tenant.no
	conn   conn

	// flush sends what the transaction has put and not sent yet, so that
	// reads see it. It is nil in a Read.
	flush func(context.Context) error

	// private is set once the transaction sees changes that may still be
	// rolled back: versions among them must not get into the cache.
	private bool
}

// Tenant returns the tenant that is read.
func (r *reader) Tenant() directory.TenantID { return r.tenant }

// query runs one statement and hands each row of the answer to each.
func (r *reader) query(ctx context.Context, text string, args []any, each func(scanner) error) error {
	if r.flush != nil {
		if err := r.flush(ctx); err != nil {
			return err
		}
	}
	r.store.statements.Add(1)
	return r.store.dialect.toFault(r.conn.query(ctx, text, args, each))
}

// lookup is query for a statement that finds a few rows by their key. The
// database may answer it together with those of others.
func (r *reader) lookup(ctx context.Context, text string, args []any, each func(scanner) error) error {
	conn, ok := r.conn.(looker)
	if !ok {
		return r.query(ctx, text, args, each)
	}
	if r.flush != nil {
		if err := r.flush(ctx); err != nil {
			return err
		}
	}
	r.store.statements.Add(1)
	return r.store.dialect.toFault(conn.lookup(ctx, text, args, each))
}

// one runs a statement that answers with one row or none, and scans it.
func one[T any](ctx context.Context, r *reader, text string, args []any, scan func(scanner) (T, error)) (T, error) {
	var found T
	n := 0
	err := r.lookup(ctx, text, args, func(row scanner) (err error) {
		n++
		found, err = scan(row)
		return err
	})
	if err == nil && n == 0 {
		err = sql.ErrNoRows
	}
	return found, err
}

// many runs a statement and scans all rows of the answer.
func many[T any](ctx context.Context, r *reader, text string, args []any, scan func(scanner) (T, error)) ([]T, error) {
	var all []T
	err := r.query(ctx, text, args, func(row scanner) error {
		v, err := scan(row)
		if err != nil {
			return err
		}
		all = append(all, v)
		return nil
	})
	return all, err
}

// byID reads one object by its id.
func byID[T any](ctx context.Context, r *reader, table, columns, id string, scan func(scanner) (T, error)) (T, error) {
	v, err := one(ctx, r, "SELECT "+columns+" FROM "+table+" WHERE tenant_id = $1 AND id = $2", []any{r.no, id}, scan)
	if errors.Is(err, sql.ErrNoRows) {
		return v, notFound("The %s %s does not exist.", nouns[table], id)
	}
	if err != nil {
		return v, fmt.Errorf("%s %s: %w", table, id, err)
	}
	return v, nil
}

func notFound(format string, args ...any) error {
	return fault.New(fault.NotFound, "ResourceNotFound", format, args...)
}

// nouns names tables as people call what they hold.
var nouns = map[string]string{
	"catalog": "catalog", "resource": "resource", "package": "access package", "policy": "assignment policy",
	"request": "assignment request", "approval": "approval", "assignment": "assignment", "access_grant": "grant",
	"connected_organization": "connected organization", "organization_source": "connected organization",
	"directory_object": "directory object", "app_role_assignment": "app role assignment",
	"role_assignment": "role assignment", "resource_request": "resource request", "upload_session": "upload session", "upload_content": "uploaded file", "custom_extension": "custom extension", "origin_connector": "connector", "membership": "membership", "grant_source": "grant source",
	"incompatibility_exception": "incompatibility exception",
	"emergency_review":          "emergency review", "subscription": "subscription", "subscription_feed": "subscription",
	"automatic_rollout": "rollout", "automatic_plan": "plan", "automatic_touched": "touched user",
}
