package sqlstore

import (
	"context"
	"crypto/rand"
	"slices"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
)

// newRules changes the stamp of the rules: from now on they are read again.
func (t *tx) newRules() {
	t.buf.do(`INSERT INTO rule_stamp (tenant_id, stamp) VALUES ($1, $2)
		ON CONFLICT (tenant_id) DO UPDATE SET stamp = excluded.stamp`, t.no, rand.Text())
}

// touchRules changes the stamp if a rule names the package by now. It is
// sent at once, because what was put may take the rule away.
func (t *tx) touchRules(ctx context.Context, id entitlement.PackageID) error {
	return t.change(ctx, `UPDATE rule_stamp SET stamp = $2 WHERE tenant_id = $1 AND (
		EXISTS (SELECT 1 FROM package_incompatible i WHERE i.tenant_id = $1 AND i.package_id = $3)
		OR EXISTS (SELECT 1 FROM package_incompatible i WHERE i.tenant_id = $1 AND i.other_id = $3)
		OR EXISTS (SELECT 1 FROM package_barred_group b WHERE b.tenant_id = $1 AND b.package_id = $3))`,
		[]any{t.no, rand.Text(), string(id)}, nil)
}

// putRules writes the rules of a package and what it gives, beside its doc.
func (t *tx) putRules(ctx context.Context, p entitlement.Package, isNew bool) error {
	if len(p.Incompatible)+len(p.IncompatibleGroup) > 0 {
		t.newRules()
	} else if !isNew {
		if err := t.touchRules(ctx, p.ID); err != nil {
			return err
		}
	}
	if !isNew {
		t.buf.delete(incompatibleTable, string(p.ID))
		t.buf.delete(barredGroupTable, string(p.ID))
		t.buf.delete(packageRoleTable, string(p.ID))
	}
	for _, other := range once(p.Incompatible) {
		t.buf.add(incompatibleTable, string(p.ID), string(other))
	}
	for _, group := range once(p.IncompatibleGroup) {
		t.buf.add(barredGroupTable, string(p.ID), string(group))
	}
	gives := p.Gives()
	for _, rs := range p.RoleScopes {
		if at := slices.Index(gives, rs.Origin); at >= 0 {
			k := rs.Origin
			t.buf.add(packageRoleTable, string(p.ID), string(k.System), k.Resource, k.Role, rs.ID(), micros(rs.CreatedAt))
			gives = slices.Delete(gives, at, at+1)
		}
	}
	return nil
}

// once returns each id once.
func once[ID comparable](ids []ID) []ID {
	seen := make(map[ID]bool, len(ids))
	var all []ID
	for _, id := range ids {
		if !seen[id] {
			seen[id] = true
			all = append(all, id)
		}
	}
	return all
}

func (t *tx) GroupsNested(context.Context) error {
	t.buf.do("UPDATE rule_stamp SET stamp = $2 WHERE tenant_id = $1", t.no, rand.Text())
	return nil
}

func (t *tx) Hold(ctx context.Context, ids []directory.ObjectID) error {
	if t.store.dialect.hold == "" || len(ids) == 0 {
		return nil
	}
	t.conn.begin()
	return t.query(ctx, "SELECT id FROM directory_object WHERE tenant_id = $1 AND id "+t.store.dialect.among("$2")+" ORDER BY id"+t.store.dialect.hold,
		[]any{t.no, listArg(&t.reader, ids)}, func(scanner) error { return nil })
}

func (t *tx) PutException(_ context.Context, x entitlement.Exception, why audit.Record) error {
	before := x.Version
	x.Version++
	doc, err := encode(x)
	if err != nil {
		return err
	}
	t.buf.put(exceptionTable, before, string(x.ID), x.Version, string(x.Rule.Package), string(x.Rule.Other), string(x.Rule.Group),
		string(x.Target), micros(x.From), micros(x.Until), micros(x.CreatedAt), doc)
	return t.keep(audit.KindException, string(x.ID), x.Version, doc, []audit.Record{why})
}

func (t *tx) DeleteException(ctx context.Context, id entitlement.ExceptionID, why audit.Record) error {
	return t.remove(ctx, "incompatibility_exception", string(id), audit.KindException, why)
}
