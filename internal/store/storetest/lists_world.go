package storetest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/store"
)

// listWorld is a tenant full of rows in which everything a filter could
// stumble over occurs: nulls, ties, letters in both cases and beyond ASCII,
// wildcards, references to what is gone. Beside it lives a tenant that is
// much the same, of which nothing may show.
type listWorld struct {
	store  store.Store
	tenant directory.TenantID
	random *rand.Rand

	catalogs    []entitlement.Catalog
	resources   []entitlement.Resource
	packages    []entitlement.Package
	orgs        []entitlement.Organization
	policies    []entitlement.Policy
	intakes     []entitlement.ResourceRequest
	extensions  []entitlement.CustomExtension
	requests    []entitlement.Request
	approvals   []entitlement.Approval
	assignments []entitlement.Assignment
	grants      []entitlement.Grant
	objects     []directory.Object
	memberships []directory.Membership
	appRoles    []directory.AppRoleAssignment
	roles       []authz.RoleAssignment
	messages    []entitlement.Message
}

func newListWorld(t *testing.T, s store.Store) *listWorld {
	t.Helper()
	var w *listWorld
	for seed := range uint64(2) {
		w = &listWorld{store: s, random: rand.New(rand.NewPCG(seed, 0))}
		w.tenant = directory.TenantID(w.newID())
		w.invent()
		if err := s.CreateTenant(t.Context(), w.tenant, "Tenant"); err != nil {
			t.Fatal(err)
		}
		if err := s.Write(t.Context(), w.tenant, store.People, func(tx store.Tx) error { return w.put(t.Context(), tx) }); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

func (w *listWorld) newID() string {
	var id uuid.UUID
	for i := range id {
		id[i] = byte(w.random.Uint32())
	}
	return id.String()
}

// pick returns one of the values.
func pick[T any](w *listWorld, values ...T) T { return values[w.random.IntN(len(values))] }

func (w *listWorld) chance() bool { return w.random.IntN(2) == 0 }

func (w *listWorld) name() string {
	return pick(w, "alpha", "Alpha beta", "ALPHA", "Ärger", "ärger 50%", "a_b", "a%b", `back\slash`, "O'Neil", "名前", "Zz", "zz top")
}

func (w *listWorld) nameOrNone() string { return pick(w, "", "", w.name()) }

// instant returns one of few instants, so that there are ties.
func (w *listWorld) instant() time.Time {
	return time.Date(2026, 1, 1, 0, 0, w.random.IntN(4), w.random.IntN(2)*1000, time.UTC)
}

func (w *listWorld) instantOrNone() time.Time { return pick(w, time.Time{}, w.instant()) }

func (w *listWorld) stamp() entitlement.Stamp {
	return entitlement.Stamp{CreatedAt: w.instant(), ModifiedAt: w.instant()}
}

// invent makes up the rows. Names are numbered where they must be unique.
func (w *listWorld) invent() {
	for i := range 14 {
		w.catalogs = append(w.catalogs, entitlement.Catalog{
			ID: entitlement.CatalogID(w.newID()), DisplayName: fmt.Sprint(w.name(), i), Description: w.nameOrNone(),
			UniqueName: pick(w, "", fmt.Sprint("Unique", i)), Published: w.chance(), ExternallyVisible: w.chance(), Stamp: w.stamp(),
			Type: pick(w, entitlement.UserManaged, entitlement.ServiceDefault, entitlement.ServiceManaged),
		})
	}
	for i := range 20 {
		w.resources = append(w.resources, entitlement.Resource{
			ID: entitlement.ResourceID(w.newID()), Catalog: pick(w, w.catalogs[:4]...).ID, DisplayName: w.name(), Description: w.nameOrNone(),
			OriginSystem: pick(w, entitlement.OriginGroup, entitlement.OriginApplication, "SharePointOnline"),
			OriginID:     fmt.Sprint(pick(w, "Site/", "site/", "50%/"), i), Type: pick(w, "", "Security Group", "Application"), Stamp: w.stamp(),
		})
	}
	for range 12 {
		w.intakes = append(w.intakes, entitlement.ResourceRequest{
			ID: w.newID(), Catalog: pick(w, w.catalogs[:4]...).ID, CreatedAt: w.instant(),
			Kind: pick(w, entitlement.AdminAdd, entitlement.AdminUpdate, entitlement.AdminRemove),
		})
	}
	for range 12 {
		w.extensions = append(w.extensions, entitlement.CustomExtension{
			ID: entitlement.ExtensionID(w.newID()), Catalog: pick(w, w.catalogs[:4]...).ID, DisplayName: w.name(), Description: w.nameOrNone(),
			Kind: pick(w, entitlement.RequestExtension, entitlement.AssignmentExtension, entitlement.LegacyExtension), Stamp: w.stamp(),
		})
	}
	for i := range 18 {
		w.packages = append(w.packages, entitlement.Package{
			ID: entitlement.PackageID(w.newID()), Catalog: pick(w, w.catalogs[:5]...).ID, DisplayName: fmt.Sprint(w.name(), i),
			Description: w.nameOrNone(), UniqueName: pick(w, "", fmt.Sprint("Unique", i)), Hidden: w.chance(), Stamp: w.stamp(),
		})
	}
	for i := range w.packages[:8] {
		for range w.random.IntN(3) {
			if other := pick(w, w.packages...).ID; other != w.packages[i].ID && !slices.Contains(w.packages[i].Incompatible, other) {
				w.packages[i].Incompatible = append(w.packages[i].Incompatible, other)
			}
		}
	}
	w.fill()
	for range 18 {
		p := pick(w, w.packages[:6]...)
		w.policies = append(w.policies, entitlement.Policy{
			ID: entitlement.PolicyID(w.newID()), Package: p.ID, Catalog: p.Catalog,
			DisplayName: w.name(), Description: w.nameOrNone(), Stamp: w.stamp(),
		})
	}
	for i := range 14 {
		w.orgs = append(w.orgs, entitlement.Organization{
			ID: entitlement.OrgID(w.newID()), DisplayName: w.name(), Description: w.nameOrNone(), Stamp: w.stamp(),
			State:   pick(w, entitlement.OrgConfigured, entitlement.OrgProposed),
			Sources: []entitlement.IdentitySource{{Kind: entitlement.SourceDomain, Domain: fmt.Sprint("org", i, ".example")}},
		})
	}
	w.inventDirectory()
	w.inventRequests()
	w.inventAssignments()
	w.inventGrants()
	w.inventApprovals()
	w.inventMessages()
	for range 20 {
		w.roles = append(w.roles, authz.RoleAssignment{
			ID: w.newID(), Principal: pick(w, w.objects[:5]...).ID, Role: w.newID(), CreatedAt: w.instant(),
			Catalog: pick(w, "", pick(w, w.catalogs[:3]...).ID), Provider: pick(w, authz.EntitlementProvider, authz.DirectoryProvider),
		})
	}
}

func (w *listWorld) inventApprovals() {
	for i := range 16 {
		a := entitlement.Approval{
			ID: entitlement.RequestID(w.newID()), Catalog: pick(w, w.catalogs[:3]...).ID,
			Target: pick(w, w.objects[:5]...).ID, Requestor: pick(w, w.objects[:5]...).ID,
		}
		if i%2 == 0 {
			a.ID = w.requests[i].ID
		}
		for range w.random.IntN(4) {
			s := entitlement.Stage{
				ID:     entitlement.StageID(w.newID()),
				Status: pick(w, entitlement.StageInitializing, entitlement.StageInProgress, entitlement.StageCompleted, entitlement.StageExpired),
				Result: pick(w, entitlement.NotReviewed, entitlement.StageApproved, entitlement.StageWasDenied),
			}
			if s.Status == entitlement.StageCompleted {
				s.Asked = []directory.ObjectID{pick(w, w.objects[:4]...).ID, pick(w, w.objects[:4]...).ID}
			}
			a.Stages = append(a.Stages, s)
		}
		w.approvals = append(w.approvals, a)
	}
}

func (w *listWorld) inventDirectory() {
	for i := range 60 {
		o := directory.Object{
			ID: directory.ObjectID(w.newID()), Kind: pick(w, directory.KindUser, directory.KindUser, directory.KindGroup, directory.KindServicePrincipal),
			DisplayName: w.name(), Enabled: w.chance(), CreatedAt: w.instant(),
		}
		switch o.Kind {
		case directory.KindUser:
			o.Mail, o.PrincipalName = w.nameOrNone(), fmt.Sprint("User", i, "@example.com")
			o.User = &directory.UserDetail{
				Type: pick(w, directory.Member, directory.Guest), GivenName: w.nameOrNone(), Surname: w.nameOrNone(), MailNickname: w.nameOrNone(),
				JobTitle: w.nameOrNone(), Department: w.nameOrNone(), CompanyName: w.nameOrNone(), EmployeeID: pick(w, "", fmt.Sprint("E", i)),
			}
			if len(w.objects) > 0 && w.chance() {
				o.User.ManagerID = pick(w, w.objects[:min(4, len(w.objects))]...).ID
			}
		case directory.KindGroup:
			o.Mail, o.Enabled = w.nameOrNone(), true
			o.Group = &directory.GroupDetail{
				MailNickname: w.nameOrNone(), MailEnabled: w.chance(), SecurityEnabled: w.chance(),
				Types: pick(w, nil, []string{"Unified"}, []string{"DynamicMembership", "Unified"}),
			}
		case directory.KindServicePrincipal:
			o.App = &directory.AppDetail{AppID: w.newID()}
		}
		if w.random.IntN(6) == 0 {
			o.DeletedAt = w.instant()
		}
		w.objects = append(w.objects, o)
	}
	for i := range 5 {
		id := directory.ObjectID(w.newID())
		w.objects = append(w.objects, directory.NewExternal(id, pick(w, "", fmt.Sprint("external", i, "@example.com")), w.name(), w.instant()))
	}
	seen := map[directory.Membership]bool{}
	for _, g := range w.objects {
		if g.Kind != directory.KindGroup {
			continue
		}
		for range 12 {
			m := directory.Membership{Group: g.ID, Member: pick(w, w.objects...).ID, Relation: pick(w, directory.MemberOf, directory.MemberOf, directory.OwnerOf)}
			if !seen[m] && m.Group != m.Member {
				seen[m] = true
				m.Since = w.instant()
				w.memberships = append(w.memberships, m)
			}
		}
	}
	for range 20 {
		w.appRoles = append(w.appRoles, directory.AppRoleAssignment{
			ID: pick(w, "Opaque-", "opaque-") + w.newID(), Principal: pick(w, w.objects[:5]...).ID,
			Resource: pick(w, w.objects[:5]...).ID, Role: w.newID(), CreatedAt: w.instant(),
		})
	}
}

func (w *listWorld) inventRequests() {
	type pair struct{ target, pkg string }
	open := map[pair]bool{}
	for range 40 {
		r := entitlement.Request{
			ID: entitlement.RequestID(w.newID()), Kind: pick(w, entitlement.UserAdd, entitlement.AdminAdd, entitlement.UserRemove),
			Status: pick(w, entitlement.Statuses()...), Catalog: pick(w, w.catalogs[:3]...).ID,
			Package: pick(w, entitlement.PackageID(w.newID()), pick(w, w.packages...).ID), Policy: pick(w, w.policies[:3]...).ID, PolicyVersion: 1,
			Assignment: entitlement.AssignmentID(pick(w, "", w.newID())), Target: pick(w, directory.ObjectID(w.newID()), pick(w, w.objects...).ID),
			Requestor: pick(w, w.objects[:4]...).ID, CreatedBy: pick(w, "", w.objects[0].ID), CreatedAt: w.instant(),
			Schedule: entitlement.Schedule{Start: w.instantOrNone()},
		}
		p := pair{string(r.Target), string(r.Package)}
		if open[p] {
			r.Status = entitlement.Canceled
		}
		if r.Status.Final() {
			r.CompletedAt = w.instant()
		} else {
			open[p] = true
		}
		w.requests = append(w.requests, r)
	}
}

func (w *listWorld) inventAssignments() {
	type pair struct{ target, policy string }
	active := map[pair]bool{}
	for range 40 {
		a := entitlement.Assignment{
			ID: entitlement.AssignmentID(w.newID()), State: pick(w, entitlement.AssignmentStates()...), Catalog: pick(w, w.catalogs[:3]...).ID,
			Package: pick(w, w.packages[:6]...).ID, Policy: pick(w, entitlement.PolicyID(w.newID()), pick(w, w.policies...).ID), PolicyVersion: 1,
			Target: pick(w, directory.ObjectID(w.newID()), pick(w, w.objects...).ID), Request: entitlement.RequestID(w.newID()),
			CreatedAt: w.instant(), EndsAt: w.instantOrNone(), Extended: w.chance(),
			Automatic: w.chance(), GraceUntil: w.instantOrNone(), Told: pick(w, "", entitlement.TwoWeeksLeft, entitlement.EndTold),
		}
		p := pair{string(a.Target), string(a.Policy)}
		if active[p] {
			a.State = entitlement.AssignmentExpired
		}
		if a.Active() {
			active[p] = true
		} else {
			a.ExpiredAt = w.instant()
		}
		w.assignments = append(w.assignments, a)
	}
}

// put stores everything.
func (w *listWorld) put(ctx context.Context, tx store.Tx) error {
	n := 0
	why := func(kind audit.ObjectKind, id string) audit.Record {
		n++
		return audit.Record{
			ID: uuid.NewSHA1(uuid.NameSpaceURL, fmt.Append(nil, w.tenant, n)).String(), At: time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC),
			Actor: entitlement.System, Action: audit.CatalogCreated, Object: audit.Object{Kind: kind, ID: id}, Result: audit.Success,
		}
	}
	return firstError(
		each(w.catalogs, func(c entitlement.Catalog) error { return tx.PutCatalog(ctx, c, why(audit.KindCatalog, string(c.ID))) }),
		each(w.resources, func(r entitlement.Resource) error {
			return tx.PutResource(ctx, r, why(audit.KindResource, string(r.ID)))
		}),
		each(w.intakes, func(r entitlement.ResourceRequest) error {
			return tx.PutResourceRequest(ctx, r, why(audit.KindResource, r.ID))
		}),
		each(w.extensions, func(x entitlement.CustomExtension) error {
			return tx.PutExtension(ctx, x, why(audit.KindExtension, string(x.ID)))
		}),
		each(w.packages, func(p entitlement.Package) error { return tx.PutPackage(ctx, p, why(audit.KindPackage, string(p.ID))) }),
		each(w.orgs, func(o entitlement.Organization) error {
			return tx.PutOrganization(ctx, o, why(audit.KindOrganization, string(o.ID)))
		}),
		each(w.policies, func(p entitlement.Policy) error { return tx.PutPolicy(ctx, p, why(audit.KindPolicy, string(p.ID))) }),
		each(w.objects, func(o directory.Object) error { return tx.PutObject(ctx, o, why(audit.KindObject, string(o.ID))) }),
		each(w.memberships, func(m directory.Membership) error {
			return tx.AddMember(ctx, m, why(audit.KindObject, string(m.Group)))
		}),
		each(w.requests, func(r entitlement.Request) error { return tx.PutRequest(ctx, r, why(audit.KindRequest, string(r.ID))) }),
		each(w.approvals, func(a entitlement.Approval) error {
			return tx.PutApproval(ctx, a, why(audit.KindApproval, string(a.ID)))
		}),
		each(w.assignments, func(a entitlement.Assignment) error {
			return tx.PutAssignment(ctx, a, why(audit.KindAssignment, string(a.ID)))
		}),
		each(w.grants, func(g entitlement.Grant) error { return tx.PutGrant(ctx, g, why(audit.KindGrant, string(g.ID))) }),
		each(w.appRoles, func(a directory.AppRoleAssignment) error {
			return tx.PutAppRoleAssignment(ctx, a, why(audit.KindAppRole, a.ID))
		}),
		each(w.roles, func(a authz.RoleAssignment) error {
			return tx.PutRoleAssignment(ctx, a, why(audit.KindRoleAssignment, a.ID))
		}),
		each(w.messages, func(m entitlement.Message) error { return tx.PutMessage(ctx, m) }),
	)
}

func each[T any](values []T, put func(T) error) error {
	for _, v := range values {
		if err := put(v); err != nil {
			return fmt.Errorf("%+v: %w", v, err)
		}
	}
	return nil
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
