package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

// start is the instant at which every world begins.
var start = time.Date(2026, 3, 1, 8, 0, 0, 123456000, time.UTC)

// world is a tenant in which a test can put things. Its methods fail the
// test instead of returning errors.
type world struct {
	*testing.T
	store  store.Store
	tenant directory.TenantID
}

// newWorld makes a tenant of its own for a test, in a store that others may
// use at the same time.
func newWorld(t *testing.T, s store.Store) world {
	t.Helper()
	w := world{t, s, directory.TenantID(newID[string]())}
	if err := s.CreateTenant(t.Context(), w.tenant, "Test"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.counted)
	return w
}

// counted checks, when a test is over, that counts by state are those of the
// rows: stores need not look at the rows for them.
func (w world) counted() {
	w.Helper()
	err := w.store.Read(context.Background(), w.tenant, func(r store.Reader) error {
		ctx := context.Background()
		all := query.List{Limit: 100_000, Count: true}
		requests, err := r.Requests(ctx, all)
		if err != nil {
			return err
		}
		assignments, err := r.Assignments(ctx, all)
		if err != nil {
			return err
		}
		if int(requests.Count) != len(requests.Rows) || int(assignments.Count) != len(assignments.Rows) {
			w.Errorf("%d requests of %d, %d assignments of %d", requests.Count, len(requests.Rows), assignments.Count, len(assignments.Rows))
		}
		byStatus, byState := map[entitlement.Status]int64{entitlement.Canceled: 0}, map[entitlement.AssignmentState]int64{entitlement.AssignmentExpired: 0}
		for _, q := range requests.Rows {
			byStatus[q.Status]++
		}
		for _, a := range assignments.Rows {
			byState[a.State]++
		}
		for status, n := range byStatus {
			page, err := r.Requests(ctx, query.List{Limit: 1, Count: true, Where: query.Compare{Field: "status", Value: string(status)}})
			if err != nil {
				return err
			}
			same(w, "requests "+string(status), page.Count, n)
		}
		for state, n := range byState {
			page, err := r.Assignments(ctx, query.List{Limit: 1, Count: true, Where: query.In{Field: "state", Values: []query.Value{string(state)}}})
			if err != nil {
				return err
			}
			same(w, "assignments "+string(state), page.Count, n)
		}
		return nil
	})
	if err != nil {
		w.Error(err)
	}
}

func newID[ID ~string]() ID { return ID(uuid.Must(uuid.NewV7()).String()) }

// record is an audit record about an object.
func record(kind audit.ObjectKind, id string, when time.Time) audit.Record {
	return audit.Record{
		ID: newID[string](), At: when, Result: audit.Success, Action: audit.RequestUpdated,
		Actor:    entitlement.Actor{Kind: entitlement.ByUser, ID: "u", Name: "adele@example.com", App: "portal"},
		OnBehalf: "b", Object: audit.Object{Kind: kind, ID: id, Name: "it"}, Before: 1, After: 2, Reason: "why",
		RequestID: "request", ClientRequestID: "client",
	}
}

// write runs fn in a transaction that must succeed.
func (w world) write(fn func(context.Context, store.Tx) error) {
	w.Helper()
	if err := w.tryWrite(fn); err != nil {
		w.Fatal(err)
	}
}

func (w world) tryWrite(fn func(context.Context, store.Tx) error) error {
	return w.store.Write(w.Context(), w.tenant, store.People, func(tx store.Tx) error { return fn(w.Context(), tx) })
}

// look returns what fn reads.
func look[T any](w world, fn func(context.Context, store.Reader) (T, error)) T {
	w.Helper()
	v, err := tryLook(w, fn)
	if err != nil {
		w.Fatal(err)
	}
	return v
}

func tryLook[T any](w world, fn func(context.Context, store.Reader) (T, error)) (v T, err error) {
	err = w.store.Read(w.Context(), w.tenant, func(r store.Reader) (err error) {
		v, err = fn(w.Context(), r)
		return err
	})
	return v, err
}

// putAll puts objects of any kind, each with a record, in one transaction.
func (w world) putAll(objects ...any) {
	w.Helper()
	if err := w.tryPutAll(start, objects...); err != nil {
		w.Fatal(err)
	}
}

func (w world) tryPutAll(when time.Time, objects ...any) error {
	return w.tryWrite(func(ctx context.Context, tx store.Tx) error {
		for _, o := range objects {
			if err := putOne(ctx, tx, when, o); err != nil {
				return err
			}
		}
		return nil
	})
}

func putOne(ctx context.Context, tx store.Tx, when time.Time, o any) error {
	switch o := o.(type) {
	case entitlement.Catalog:
		return tx.PutCatalog(ctx, o, record(audit.KindCatalog, string(o.ID), when))
	case entitlement.Resource:
		return tx.PutResource(ctx, o, record(audit.KindResource, string(o.ID), when))
	case entitlement.ResourceRequest:
		return tx.PutResourceRequest(ctx, o, record(audit.KindResourceRequest, o.ID, when))
	case entitlement.UploadSession:
		return tx.PutUploadSession(ctx, o, record(audit.KindUpload, string(o.ID), when))
	case entitlement.CustomExtension:
		return tx.PutExtension(ctx, o, record(audit.KindExtension, string(o.ID), when))
	case entitlement.OriginConnector:
		return tx.PutOriginConnector(ctx, o, record(audit.KindConnector, string(o.ID), when))
	case entitlement.Package:
		return tx.PutPackage(ctx, o, record(audit.KindPackage, string(o.ID), when))
	case entitlement.Policy:
		return tx.PutPolicy(ctx, o, record(audit.KindPolicy, string(o.ID), when))
	case entitlement.Request:
		return tx.PutRequest(ctx, o, record(audit.KindRequest, string(o.ID), when))
	case entitlement.Approval:
		return tx.PutApproval(ctx, o, record(audit.KindApproval, string(o.ID), when))
	case entitlement.Assignment:
		return tx.PutAssignment(ctx, o, record(audit.KindAssignment, string(o.ID), when))
	case entitlement.Grant:
		return tx.PutGrant(ctx, o, record(audit.KindGrant, string(o.ID), when))
	case entitlement.GrantSource:
		return tx.AddSource(ctx, o)
	case entitlement.Organization:
		return tx.PutOrganization(ctx, o, record(audit.KindOrganization, string(o.ID), when))
	case entitlement.Guest:
		return tx.PutGuest(ctx, o, record(audit.KindSubject, string(o.Object), when))
	case entitlement.TenantSettings:
		return tx.PutTenantSettings(ctx, o, record(audit.KindSettings, "settings", when))
	case directory.Object:
		return tx.PutObject(ctx, o, record(audit.KindObject, string(o.ID), when))
	case directory.Membership:
		return tx.AddMember(ctx, o, record(audit.KindObject, string(o.Group), when))
	case entitlement.Notice:
		return tx.PutNotice(ctx, o)
	case entitlement.Message:
		return tx.PutMessage(ctx, o)
	case directory.AppRoleAssignment:
		return tx.PutAppRoleAssignment(ctx, o, record(audit.KindAppRole, o.ID, when))
	}
	panic(fmt.Sprintf("storetest: nothing to put: %T", o))
}

func stampAt(t time.Time) entitlement.Stamp {
	return entitlement.Stamp{CreatedAt: t, ModifiedAt: t, CreatedBy: "adele", ModifiedBy: "adele"}
}

func newCatalog(display string) entitlement.Catalog {
	return entitlement.Catalog{
		ID: newID[entitlement.CatalogID](), DisplayName: display, Description: "All of " + display, Type: entitlement.UserManaged,
		Published: true, Stamp: stampAt(start),
	}
}

func newPackage(c entitlement.Catalog, display string, incompatible ...entitlement.PackageID) entitlement.Package {
	return entitlement.Package{
		ID: newID[entitlement.PackageID](), Catalog: c.ID, DisplayName: display, Incompatible: incompatible, Stamp: stampAt(start),
		RoleScopes: []entitlement.RoleScope{{Resource: "r", Role: "o", Scope: "s", Stamp: stampAt(start)}},
	}
}

func newResource(c entitlement.Catalog, origin string) entitlement.Resource {
	return entitlement.Resource{
		ID: newID[entitlement.ResourceID](), Catalog: c.ID, OriginSystem: entitlement.OriginGroup, OriginID: origin, DisplayName: origin, Stamp: stampAt(start),
	}
}

func newPolicy(p entitlement.Package, display string) entitlement.Policy {
	return entitlement.Policy{
		ID: newID[entitlement.PolicyID](), Package: p.ID, Catalog: p.Catalog, DisplayName: display, Scope: entitlement.ScopeAllMembers,
		AllowedTargets: []entitlement.SubjectSet{{Kind: entitlement.SetUser, ID: "u"}}, AcceptRequests: true,
		Expiration: entitlement.Expiration{Type: entitlement.AfterDuration, Duration: "P30D"},
		Approval: entitlement.ApprovalSettings{RequiredForAdd: true, Stages: []entitlement.StageSettings{{
			TimeOut: "P14D", Primary: []entitlement.SubjectSet{{Kind: entitlement.SetTargetManager, ManagerLevel: 1}},
		}}},
		Questions: []entitlement.Question{{ID: "q", Kind: entitlement.TextQuestion, Text: entitlement.LocalizedText{Default: "Why?"}}},
		Stamp:     stampAt(start),
	}
}

// newRequest is an open request with every field set.
func newRequest(target directory.ObjectID, pkg entitlement.PackageID) entitlement.Request {
	return entitlement.Request{
		ID: newID[entitlement.RequestID](), Kind: entitlement.UserAdd, Status: entitlement.Accepted,
		Catalog: "c", Package: pkg, Policy: "p", PolicyVersion: 3, Assignment: newID[entitlement.AssignmentID](),
		Target: target, Requestor: target, CreatedBy: "someone", CreatedAt: start,
		Schedule: entitlement.Schedule{
			Start:      start.Add(time.Hour),
			Expiration: entitlement.Expiration{Type: entitlement.AfterDateTime, End: start.Add(2 * time.Hour)},
		},
		Justification: "I need it", NotBefore: start.Add(time.Second), ApprovalNeeded: true,
		EscalateAt: start.Add(3 * time.Hour), DenyAt: start.Add(4 * time.Hour),
		Answers: []entitlement.Answer{{Question: entitlement.Question{ID: "q", Kind: entitlement.TextQuestion}, Value: "so", Display: "so"}},
		Failure: "none yet", Calls: []entitlement.Call{{Setting: "s", Stage: entitlement.AtGrant, Extension: "x", Approvers: true}},
		Callouts: []entitlement.Callout{{ID: "i", Call: entitlement.Call{Setting: "t"}, At: start, Status: entitlement.CalloutSent, Detail: "so"}},
	}
}

// newAssignment is an active assignment with every field set.
func newAssignment(target directory.ObjectID, pkg entitlement.PackageID, policy entitlement.PolicyID) entitlement.Assignment {
	return entitlement.Assignment{
		ID: newID[entitlement.AssignmentID](), State: entitlement.AssignmentDelivered, Catalog: "c", Package: pkg, Policy: policy,
		PolicyVersion: 2, Target: target, Request: newID[entitlement.RequestID](), CreatedAt: start,
		Schedule: entitlement.Schedule{
			Start:      start.Add(time.Minute),
			Expiration: entitlement.Expiration{Type: entitlement.AfterDuration, Duration: "P1D", End: start.Add(time.Hour)},
		},
		EndsAt: start.Add(24 * time.Hour), Extended: true,
		Calls:     []entitlement.Call{{Setting: "s", Stage: entitlement.AtRemoval, Extension: "x"}},
		Callouts:  []entitlement.Callout{{ID: "i", Call: entitlement.Call{Setting: "t"}, At: start, Status: entitlement.CalloutFailed}},
		Collected: []entitlement.Collected{{AttributeUse: entitlement.AttributeUse{Name: "city", Persistent: true}, Value: "Rome"}},
	}
}

func newGrant(subject directory.ObjectID, origin string) entitlement.Grant {
	return entitlement.Grant{
		ID: newID[entitlement.GrantID](), Subject: subject, Resource: "r", Role: "o", Scope: "s",
		OriginSystem: entitlement.OriginGroup, OriginID: origin, RoleOriginID: "Member_" + origin,
		Status: entitlement.GrantHeld, Error: "e", From: start, Preexisting: true,
	}
}

func newUser(principal string) directory.Object {
	return directory.Object{
		ID: newID[directory.ObjectID](), Kind: directory.KindUser, DisplayName: principal, PrincipalName: principal, Mail: principal,
		Enabled: true, CreatedAt: start,
		User: &directory.UserDetail{Type: directory.Member, Department: "Sales", BusinessPhones: []string{"1", "2"}},
	}
}

func managed(u, by directory.Object) directory.Object {
	detail := *u.User
	detail.ManagerID = by.ID
	u.User = &detail
	return u
}

func newGroup(display string) directory.Object {
	return directory.Object{
		ID: newID[directory.ObjectID](), Kind: directory.KindGroup, DisplayName: display, Enabled: true, CreatedAt: start,
		Group: &directory.GroupDetail{SecurityEnabled: true, Types: []string{"Unified"}},
	}
}

func member(group, of directory.Object) directory.Membership {
	return directory.Membership{Group: group.ID, Member: of.ID, Relation: directory.MemberOf, Since: start}
}

func newTenantID(name string) directory.TenantID {
	return directory.TenantID(uuid.NewSHA1(uuid.NameSpaceURL, []byte(name)).String())
}
