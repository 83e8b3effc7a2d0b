package sqlstore

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

func (r *reader) RuleStamp(ctx context.Context) (store.RuleStamp, error) {
	stamp := store.RuleStamp("")
	err := r.lookup(ctx, "SELECT stamp FROM rule_stamp WHERE tenant_id = $1", []any{r.no}, func(row scanner) error {
		return row.Scan(&stamp)
	})
	return stamp, err
}

// ruleFacts reads everything that rules are judged by, as rows of the same
// shape: p: packages that must not be combined, b: groups that a package
// bars, g: what those packages give, w: groups inside those groups.
const ruleFacts = `WITH RECURSIVE nested (root, id) AS (
		SELECT DISTINCT b.group_id, g.id FROM package_barred_group b
			JOIN directory_object g ON g.tenant_id = $1 AND g.id = b.group_id AND g.kind = 'group' AND g.deleted_at IS NULL
			WHERE b.tenant_id = $1
		UNION SELECT nested.root, g.id FROM nested
			JOIN membership m ON m.tenant_id = $1 AND m.group_id = nested.id AND m.relation = 'member'
			JOIN directory_object g ON g.tenant_id = $1 AND g.id = m.member_id AND g.kind = 'group' AND g.deleted_at IS NULL)
	SELECT 'p', package_id, other_id, '', '' FROM package_incompatible WHERE tenant_id = $1
	UNION ALL SELECT 'b', package_id, group_id, '', '' FROM package_barred_group WHERE tenant_id = $1
	UNION ALL SELECT 'w', root, id, '', '' FROM nested
	UNION ALL SELECT 'g', package_id, origin_id, role_origin_id, origin_system FROM package_role WHERE tenant_id = $1 AND package_id IN (
		SELECT package_id FROM package_incompatible WHERE tenant_id = $1
		UNION SELECT other_id FROM package_incompatible WHERE tenant_id = $1)
	ORDER BY 1, 2, 3, 4, 5`

// Rules asks the cache first. A stamp stands for one state of the rules, so
// what was made for it stays right; what a transaction is about to change is
// not kept.
func (r *reader) Rules(ctx context.Context, stamp store.RuleStamp) (entitlement.Rules, error) {
	if stamp == "" {
		return entitlement.Rules{}, nil
	}
	k := cacheKey{tenant: r.no, table: "rules", id: string(stamp)}
	if known, ok := r.store.cache.get(k); ok {
		return known.(entitlement.Rules), nil
	}
	f := entitlement.RuleFacts{
		Gives:  map[entitlement.PackageID][]entitlement.RoleKey{},
		Within: map[directory.ObjectID][]directory.ObjectID{},
	}
	err := r.query(ctx, ruleFacts, []any{r.no}, func(row scanner) error {
		var tag, at, a, b, c string
		if err := row.Scan(&tag, &at, &a, &b, &c); err != nil {
			return err
		}
		id := entitlement.PackageID(at)
		switch tag {
		case "p":
			f.Rules = append(f.Rules, entitlement.Rule{Package: id, Other: entitlement.PackageID(a)})
		case "b":
			f.Rules = append(f.Rules, entitlement.Rule{Package: id, Group: directory.ObjectID(a)})
		case "w":
			f.Within[directory.ObjectID(at)] = append(f.Within[directory.ObjectID(at)], directory.ObjectID(a))
		default:
			f.Gives[id] = append(f.Gives[id], entitlement.RoleKey{System: entitlement.OriginSystem(c), Resource: a, Role: b})
		}
		return nil
	})
	if err != nil {
		return entitlement.Rules{}, fmt.Errorf("rules: %w", err)
	}
	rules := entitlement.NewRules(f)
	if !r.private {
		r.store.cache.put(k, rules)
	}
	return rules, nil
}

// PackagesGiving asks for all pairs of the resources and the roles, and keeps
// those that were meant.
func (r *reader) PackagesGiving(ctx context.Context, keys []entitlement.RoleKey) ([]entitlement.PackageID, error) {
	var resources, roles []string
	for _, k := range keys {
		resources, roles = append(resources, k.Resource), append(roles, k.Role)
	}
	var found []entitlement.PackageID
	among := r.store.dialect.among
	err := r.query(ctx, `SELECT package_id, origin_system, origin_id, role_origin_id FROM package_role WHERE tenant_id = $1 AND origin_id `+
		among("$2")+" AND role_origin_id "+among("$3")+" ORDER BY package_id", []any{r.no, listArg(r, resources), listArg(r, roles)}, func(row scanner) error {
		var id entitlement.PackageID
		var k entitlement.RoleKey
		err := row.Scan(&id, &k.System, &k.Resource, &k.Role)
		if err == nil && slices.Contains(keys, k) && !slices.Contains(found, id) {
			found = append(found, id)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("packages that give roles: %w", err)
	}
	return found, nil
}

// having is the condition that an assignment counts as access that its
// target has (requests.md section 17).
const having = ".state IN ('delivering', 'partiallyDelivered', 'delivered')"

func (r *reader) Combined(ctx context.Context, with store.Combination, q query.List) (query.Page[entitlement.Assignment], error) {
	among := r.store.dialect.among
	return list(ctx, r, assignments, assignmentColumns, scanAssignment, q, func(s *statement, tenant string) {
		held := ` EXISTS (SELECT 1 FROM assignment held WHERE held.tenant_id = ` + tenant + ` AND held.target_id = assignment.target_id AND held` + having +
			` AND held.package_id `
		s.add(" AND assignment", having, " AND (FALSE")
		if with.Configured {
			s.add(" OR", held, `IN (SELECT i.other_id FROM package_incompatible i WHERE i.tenant_id = `, tenant, ` AND i.package_id = assignment.package_id
				UNION ALL SELECT i.package_id FROM package_incompatible i WHERE i.tenant_id = `, tenant, ` AND i.other_id = assignment.package_id))`)
		}
		if len(with.Packages) > 0 {
			s.add(" OR", held, among(s.arg(listArg(r, with.Packages))), ")")
		}
		if len(with.Groups) > 0 {
			s.add(` OR EXISTS (SELECT 1 FROM membership m WHERE m.tenant_id = `, tenant,
				` AND m.member_id = assignment.target_id AND m.relation = 'member' AND m.group_id `, among(s.arg(listArg(r, with.Groups))), ")")
		}
		s.add(")")
	})
}

const exceptionColumns = `id, version, doc`

func (r *reader) scanException(row scanner) (entitlement.Exception, error) {
	return scanDoc(r, row, "incompatibility_exception", func(x entitlement.Exception) entitlement.Exception { return x })
}

var exceptions = listing{
	collection: "exceptions", table: "incompatibility_exception",
	fields: map[string]column{
		"id":        {at: "incompatibility_exception.id", folded: true},
		"package":   {at: "incompatibility_exception.package_id", folded: true},
		"other":     {at: "incompatibility_exception.other_id", folded: true},
		"group":     {at: "incompatibility_exception.group_id", folded: true},
		"target":    {at: "incompatibility_exception.target_id", folded: true},
		"from":      {at: "incompatibility_exception.from_at"},
		"until":     {at: "incompatibility_exception.until_at"},
		"createdAt": {at: "incompatibility_exception.created_at"},
	},
}

func (r *reader) Exception(ctx context.Context, id entitlement.ExceptionID) (entitlement.Exception, error) {
	return byID(ctx, r, "incompatibility_exception", exceptionColumns, string(id), r.scanException)
}

func (r *reader) Exceptions(ctx context.Context, q query.List) (query.Page[entitlement.Exception], error) {
	return list(ctx, r, exceptions, exceptionColumns, r.scanException, q, nil)
}

func (r *reader) ExceptionsFor(ctx context.Context, targets []directory.ObjectID, now time.Time) ([]entitlement.Exception, error) {
	return many(ctx, r, "SELECT "+exceptionColumns+" FROM incompatibility_exception WHERE tenant_id = $1 AND target_id "+
		r.store.dialect.among("$2")+" AND until_at > $3 AND from_at <= $3 ORDER BY id", []any{r.no, listArg(r, targets), micros(now)}, r.scanException)
}
