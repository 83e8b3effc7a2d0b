package app

import (
	"context"
	"encoding/csv"
	"errors"
	"io"
	"log/slog"
	"strings"

	"github.com/grantkeep/grantkeep/internal/clock"
	"github.com/grantkeep/grantkeep/internal/config"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/engine"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/store/sqlstore"
)

// Import says what is imported into the directory of a tenant.
type Import struct {
	File     io.Reader
	CSV      bool              // else one JSON object a line
	Tenant   string            // empty: the first one
	Progress func(ImportCount) // told after each batch
}

// ImportCount tells how far an import is, and in the end what it did.
type ImportCount struct{ Added, Changed, Same, Members int }

// Lines is how many users and groups were read.
func (n ImportCount) Lines() int { return n.Added + n.Changed + n.Same }

// importBatch is how many lines are written in one transaction.
const importBatch = 1000

// ImportDirectory puts users and groups into the directory. Batches that were
// written before a line turned out wrong stay; the same file can be imported
// again, and changes only what is different. Faults: Invalid, which names the
// line.
func ImportDirectory(ctx context.Context, c config.Config, log *slog.Logger, in Import) (ImportCount, error) {
	o, err := FromConfig(c, log)
	if err != nil {
		return ImportCount{}, err
	}
	tenant, err := o.tenantFor(in.Tenant)
	if err != nil {
		return ImportCount{}, err
	}
	db, err := sqlstore.Open(ctx, o.DSN, o.Store)
	if err != nil {
		return ImportCount{}, err
	}
	i := importing{ctx: ctx, tenant: tenant.ID, progress: in.Progress, engine: engine.New(db, clock.System{}, newID, nil, o.Engine)}
	err = i.engine.OpenTenant(ctx, tenant.ID, tenant.DisplayName)
	if err == nil {
		err = i.run(in.reader())
	}
	return i.count, errors.Join(err, db.Close())
}

func (in Import) reader() lineReader {
	if in.CSV {
		return &csvLines{in: csv.NewReader(in.File)}
	}
	return newJSONLines(in.File)
}

func (o Options) tenantFor(id string) (engine.Tenant, error) {
	for _, t := range o.Tenants {
		if id == "" || strings.EqualFold(id, string(t.ID)) {
			return t, nil
		}
	}
	return engine.Tenant{}, fault.New(fault.Invalid, "InvalidModel", "The configuration has no tenant %q.", id)
}

// importing is an import under way.
type importing struct {
	ctx      context.Context
	engine   *engine.Engine
	tenant   directory.TenantID
	progress func(ImportCount)
	count    ImportCount

	batch   []engine.Imported
	waiting []engine.Imported // for managers that stand further down
	links   []engine.ImportedMember
}

func (i *importing) run(lines lineReader) error {
	for {
		members, at, err := lines.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		line, err := readImport(members, at)
		if err != nil {
			return err
		}
		i.batch, i.links = append(i.batch, line.Imported), append(i.links, line.links...)
		if len(i.batch) == importBatch {
			if err := i.write(); err != nil {
				return err
			}
		}
	}
	if err := i.write(); err != nil {
		return err
	}
	if err := i.managers(); err != nil {
		return err
	}
	return i.members()
}

func (i *importing) write() error {
	if len(i.batch) == 0 {
		return nil
	}
	done, err := i.engine.Import(i.ctx, i.tenant, i.batch)
	if err != nil {
		return err
	}
	i.count.Added, i.count.Changed, i.count.Same = i.count.Added+done.Added, i.count.Changed+done.Changed, i.count.Same+done.Same
	i.waiting = append(i.waiting, done.Waiting...)
	i.batch = i.batch[:0]
	i.progress(i.count)
	return nil
}

// managers gives people the managers who came after them.
func (i *importing) managers() error {
	for len(i.waiting) > 0 {
		n := min(len(i.waiting), importBatch)
		done, err := i.engine.Import(i.ctx, i.tenant, i.waiting[:n])
		if err != nil {
			return err
		}
		for _, line := range done.Waiting {
			return badLine(line.Line, "there is no user %s who could be the manager.", line.Manager)
		}
		i.waiting = i.waiting[n:]
	}
	return nil
}

func (i *importing) members() error {
	for len(i.links) > 0 {
		n := min(len(i.links), importBatch)
		added, err := i.engine.ImportMembers(i.ctx, i.tenant, i.links[:n])
		if err != nil {
			return err
		}
		i.links = i.links[n:]
		i.count.Members += added
		i.progress(i.count)
	}
	return nil
}
