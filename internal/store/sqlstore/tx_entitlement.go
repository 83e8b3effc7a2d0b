package sqlstore

import (
	"context"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/entitlement"
)

func (t *tx) PutCatalog(_ context.Context, c entitlement.Catalog, why audit.Record) error {
	before := c.Version
	c.Version++
	doc, err := encode(c)
	if err != nil {
		return err
	}
	t.buf.put(catalogTable, before, string(c.ID), c.Version, name(c.DisplayName), name(c.Description), nameOrNull(c.UniqueName),
		string(c.Type), flag(c.Published), flag(c.ExternallyVisible), micros(c.CreatedAt), micros(c.ModifiedAt), doc)
	return t.keep(audit.KindCatalog, string(c.ID), c.Version, doc, []audit.Record{why})
}

func (t *tx) DeleteCatalog(ctx context.Context, id entitlement.CatalogID, why audit.Record) error {
	return t.remove(ctx, "catalog", string(id), audit.KindCatalog, why)
}

func (t *tx) PutResource(_ context.Context, r entitlement.Resource, why audit.Record) error {
	before := r.Version
	r.Version++
	doc, err := encode(r)
	if err != nil {
		return err
	}
	t.buf.put(resourceTable, before, string(r.ID), r.Version, string(r.Catalog), string(r.OriginSystem), r.OriginID, r.Type,
		name(r.DisplayName), name(r.Description), flag(len(r.Attributes) > 0), micros(r.CreatedAt), doc)
	return t.keep(audit.KindResource, string(r.ID), r.Version, doc, []audit.Record{why})
}

func (t *tx) DeleteResource(ctx context.Context, id entitlement.ResourceID, why audit.Record) error {
	return t.remove(ctx, "resource", string(id), audit.KindResource, why)
}

func (t *tx) PutResourceRequest(_ context.Context, q entitlement.ResourceRequest, why audit.Record) error {
	before := q.Version
	q.Version++
	doc, err := encode(q)
	if err != nil {
		return err
	}
	t.buf.put(resourceRequestTable, before, q.ID, q.Version, string(q.Catalog), string(q.Kind), micros(q.CreatedAt), doc)
	return t.keep(audit.KindResourceRequest, q.ID, q.Version, doc, []audit.Record{why})
}

func (t *tx) PutPackage(ctx context.Context, p entitlement.Package, why audit.Record) error {
	before := p.Version
	p.Version++
	doc, err := encode(p)
	if err != nil {
		return err
	}
	t.buf.put(packageTable, before, string(p.ID), p.Version, string(p.Catalog), name(p.DisplayName), name(p.Description),
		nameOrNull(p.UniqueName), flag(p.Hidden), micros(p.CreatedAt), micros(p.ModifiedAt), doc)
	if err := t.putRules(ctx, p, before == 0); err != nil {
		return err
	}
	return t.keep(audit.KindPackage, string(p.ID), p.Version, doc, []audit.Record{why})
}

func (t *tx) DeletePackage(ctx context.Context, id entitlement.PackageID, why audit.Record) error {
	if err := t.touchRules(ctx, id); err != nil {
		return err
	}
	return t.remove(ctx, "package", string(id), audit.KindPackage, why)
}

func (t *tx) PutPolicy(_ context.Context, p entitlement.Policy, why audit.Record) error {
	before := p.Version
	p.Version++
	doc, err := encode(p)
	if err != nil {
		return err
	}
	t.buf.put(policyTable, before, string(p.ID), p.Version, string(p.Package), string(p.Catalog), name(p.DisplayName),
		name(p.Description), micros(p.CreatedAt), micros(p.ModifiedAt), doc)
	if before > 0 {
		t.buf.delete(policyExtensionTable, string(p.ID))
		t.buf.delete(audienceTable, string(p.ID))
		t.buf.delete(policyOrganizationTable, string(p.ID))
	}
	for _, called := range p.CalledExtensions() {
		t.buf.add(policyExtensionTable, string(p.ID), string(called))
	}
	for _, who := range p.Audience() {
		t.buf.add(audienceTable, string(p.ID), string(p.Package), who)
	}
	for _, id := range p.Organizations() {
		t.buf.add(policyOrganizationTable, string(p.ID), string(id))
	}
	return t.keep(audit.KindPolicy, string(p.ID), p.Version, doc, []audit.Record{why})
}

func (t *tx) DeletePolicy(ctx context.Context, id entitlement.PolicyID, why audit.Record) error {
	return t.remove(ctx, "policy", string(id), audit.KindPolicy, why)
}

func (t *tx) PutRequest(_ context.Context, q entitlement.Request, why ...audit.Record) error {
	before := q.Version
	q.Version++
	image, err := encode(q)
	if err != nil {
		return err
	}
	detail := ""
	if d := (requestDetail{q.Schedule.Expiration, q.Answers, q.Failure, q.Tries, q.Calls, q.Callouts, q.Organization, q.Credentials}); !d.empty() {
		if detail, err = encode(d); err != nil {
			return err
		}
	}
	due := microsOrNull(q.NextDue())
	t.due = earlier(t.due, q.NextDue())
	t.buf.put(requestTable, before, string(q.ID), q.Version, string(q.Kind), string(q.Status), string(q.Catalog), string(q.Package),
		string(q.Policy), q.PolicyVersion, string(q.Assignment), string(q.Target), string(q.Requestor), string(q.CreatedBy),
		micros(q.CreatedAt), microsOrNull(q.CompletedAt), microsOrNull(q.Schedule.Start), q.Justification, flag(q.ApprovalNeeded),
		microsOrNull(q.NotBefore), microsOrNull(q.EscalateAt), microsOrNull(q.DenyAt), due, detail)
	return t.keep(audit.KindRequest, string(q.ID), q.Version, image, why)
}

func (t *tx) PutApproval(_ context.Context, a entitlement.Approval, why audit.Record) error {
	before := a.Version
	a.Version++
	doc, err := encode(a)
	if err != nil {
		return err
	}
	t.buf.put(approvalTable, before, string(a.ID), a.Version, string(a.Catalog), string(a.Target), string(a.Requestor), doc)
	past := a.Asked()
	if before > 0 {
		t.buf.delete(askedTable, string(a.ID))
		t.buf.delete(stageTable, string(a.ID))
		if len(past) > 0 {
			t.buf.delete(pastTable, string(a.ID))
		}
	}
	for _, who := range asked(a) {
		t.buf.add(askedTable, string(a.ID), who.kind, who.ref, who.level)
	}
	for i, s := range a.Stages {
		t.buf.add(stageTable, string(a.ID), int64(i), string(s.Status), string(s.Result))
	}
	for _, ref := range past {
		t.buf.add(pastTable, string(a.ID), string(ref))
	}
	return t.keep(audit.KindApproval, string(a.ID), a.Version, doc, []audit.Record{why})
}

// askedSet is a subject set as a row of approval_asked.
type askedSet struct {
	kind, ref string
	level     int64
}

// asked lists whom the stage in progress asks, each once.
func asked(a entitlement.Approval) []askedSet {
	at := a.Current()
	if at < 0 {
		return nil
	}
	var all []askedSet
	seen := map[askedSet]bool{}
	primary, fallback, escalation, escalationFallback := a.Stages[at].Approvers()
	for _, sets := range [][]entitlement.SubjectSet{primary, fallback, escalation, escalationFallback} {
		for _, s := range sets {
			row := askedSet{kind: string(s.Kind), ref: s.ID}
			switch s.Kind {
			case entitlement.SetRequestorManager, entitlement.SetTargetManager:
				row.ref, row.level = string(a.Target), int64(max(s.ManagerLevel, 1))
			case entitlement.SetInternalSponsors, entitlement.SetExternalSponsors:
				row.ref = string(a.Organization)
			case entitlement.SetTargetSponsors:
				row.ref = string(a.Target)
			}
			if !seen[row] {
				seen[row] = true
				all = append(all, row)
			}
		}
	}
	return all
}

func (t *tx) PutAssignment(_ context.Context, a entitlement.Assignment, why ...audit.Record) error {
	before := a.Version
	a.Version++
	image, err := encode(a)
	if err != nil {
		return err
	}
	detail := ""
	if d := (assignmentDetail{a.RetryAt, a.Tries, a.Calls, a.Callouts, a.Warned, a.Collected}); !d.empty() {
		if detail, err = encode(d); err != nil {
			return err
		}
	}
	due := microsOrNull(a.NextDue())
	t.due = earlier(t.due, a.NextDue())
	end := a.Schedule.Expiration
	t.buf.put(assignmentTable, before, string(a.ID), a.Version, string(a.State), string(a.Catalog), string(a.Package), string(a.Policy),
		a.PolicyVersion, string(a.Target), string(a.Request), micros(a.CreatedAt), microsOrNull(a.Schedule.Start), string(end.Type),
		microsOrNull(end.End), string(end.Duration), microsOrNull(a.EndsAt), microsOrNull(a.ExpiredAt), flag(a.Extended), flag(a.Automatic),
		microsOrNull(a.GraceUntil), string(a.Told), due, detail)
	return t.keep(audit.KindAssignment, string(a.ID), a.Version, image, why)
}

func (t *tx) PutGrant(_ context.Context, g entitlement.Grant, why audit.Record) error {
	before := g.Version
	g.Version++
	image, err := encode(g)
	if err != nil {
		return err
	}
	t.buf.put(grantTable, before, string(g.ID), g.Version, string(g.Subject), string(g.Resource), string(g.Role), string(g.Scope),
		string(g.OriginSystem), g.OriginID, g.RoleOriginID, string(g.Status), g.Error, micros(g.From), microsOrNull(g.To), flag(g.Preexisting))
	return t.keep(audit.KindGrant, string(g.ID), g.Version, image, []audit.Record{why})
}

func (t *tx) AddSource(_ context.Context, s entitlement.GrantSource) error {
	t.buf.add(sourceTable, string(s.Assignment), string(s.Grant), micros(s.From), microsOrNull(s.To))
	return nil
}

func (t *tx) EndSource(ctx context.Context, s entitlement.GrantSource) error {
	if len(t.buf.tables[sourceTable].added) > 0 {
		if err := t.flushBuffer(ctx); err != nil { // it may be one of them
			return err
		}
	}
	t.buf.replace(sourceTable, string(s.Assignment), string(s.Grant), micros(s.From), microsOrNull(s.To))
	return nil
}
