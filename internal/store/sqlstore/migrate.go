package sqlstore

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the schema up to date. Its caller sees to it that nobody
// else does the same.
func migrate(ctx context.Context, db *sql.DB, kind goose.Dialect, rewrite func(string) string) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(kind, db, rewritten{files, rewrite}, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// rewritten is a file system whose SQL files have been rewritten for one of
// the databases.
type rewritten struct {
	fs.FS
	rewrite func(string) string
}

// Open opens a file or directory.
func (r rewritten) Open(name string) (fs.File, error) {
	f, err := r.FS.Open(name)
	if err != nil || !strings.HasSuffix(name, ".sql") {
		return f, err
	}
	b, err := io.ReadAll(f)
	if err != nil {
		return nil, err
	}
	return rewrittenFile{f, strings.NewReader(r.rewrite(string(b)))}, nil
}

type rewrittenFile struct {
	fs.File
	text *strings.Reader
}

// Read reads the rewritten text.
func (f rewrittenFile) Read(b []byte) (int, error) { return f.text.Read(b) }
