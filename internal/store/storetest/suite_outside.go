package storetest

import (
	"context"
	"slices"
	"time"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

func newOrganization(display string, source entitlement.IdentitySource, sponsors ...directory.Object) entitlement.Organization {
	o := entitlement.Organization{
		ID: newID[entitlement.OrgID](), DisplayName: display, State: entitlement.OrgConfigured,
		Sources: []entitlement.IdentitySource{source}, Stamp: stampAt(start),
	}
	for _, s := range sponsors {
		o.InternalSponsors = append(o.InternalSponsors, s.ID)
	}
	return o
}

func ofDomain(domain string) entitlement.IdentitySource {
	return entitlement.IdentitySource{Kind: entitlement.SourceDomain, Domain: domain}
}

func newGuest(mail string) directory.Object {
	u := newUser(mail)
	u.User.Type = directory.Guest
	return u
}

func newExternal(mail string) directory.Object {
	return directory.NewExternal(newID[directory.ObjectID](), mail, "", start)
}

// outsideTests: what there is about people from outside.
func outsideTests() map[string]func(world) {
	return map[string]func(world){
		"organizations, guests and settings come back as they were put": func(w world) {
			o := newOrganization("Fabrikam", ofDomain("fabrikam.example"))
			o.Domains, o.ExternalSponsors = []string{"a.example"}, []directory.ObjectID{"x"}
			g := entitlement.Guest{Object: newID[directory.ObjectID](), Lifecycle: entitlement.Governed, Status: entitlement.GuestLeaves, BlockAt: start}
			s := look(w, func(ctx context.Context, r store.Reader) (entitlement.TenantSettings, error) {
				return r.TenantSettings(ctx)
			})
			same(w, "no settings", s, entitlement.DefaultSettings())
			s.EndUser = &entitlement.EndUserSettings{ID: "e", RelatedPeople: entitlement.InsightCount}
			w.putAll(o, g, s)
			o.Version, g.Version, s.Version = 1, 1, 1
			for range 2 { // the second time they may have been decoded before, and been changed
				got := look(w, func(ctx context.Context, r store.Reader) (entitlement.Organization, error) {
					return r.Organization(ctx, o.ID)
				})
				same(w, "organization", got, o)
				got.Sources[0].Domain, got.Domains[0], got.ExternalSponsors[0] = "", "", ""
				kept := look(w, func(ctx context.Context, r store.Reader) (entitlement.TenantSettings, error) {
					return r.TenantSettings(ctx)
				})
				same(w, "settings", kept, s)
				kept.EndUser.ID = ""
			}
			same(w, "organizations by id", look(w, func(ctx context.Context, r store.Reader) (map[entitlement.OrgID]entitlement.Organization, error) {
				return r.OrganizationsByID(ctx, []entitlement.OrgID{o.ID, "missing"})
			}), map[entitlement.OrgID]entitlement.Organization{o.ID: o})
			same(w, "guests", look(w, func(ctx context.Context, r store.Reader) (map[directory.ObjectID]entitlement.Guest, error) {
				return r.Guests(ctx, []directory.ObjectID{g.Object, "missing"})
			}), map[directory.ObjectID]entitlement.Guest{g.Object: g})
		},
		"organizations are found by all their keys, and no two have the same": func(w world) {
			tenant := newOrganization("Tenant", entitlement.IdentitySource{Kind: entitlement.SourceTenant, TenantID: "t-1"})
			tenant.Domains = []string{"owned.example"}
			domain := newOrganization("Domain", ofDomain("Domain.example"))
			w.putAll(tenant, domain)
			tenant.Version, domain.Version = 1, 1
			asked := append(slices.Concat(tenant.Keys(), domain.Keys()),
				entitlement.SourceKey{Kind: entitlement.SourceCloud, Value: "t-1"}, entitlement.SourceKey{Kind: entitlement.SourceDomain, Value: "none.example"})
			got := look(w, func(ctx context.Context, r store.Reader) (map[entitlement.SourceKey]entitlement.Organization, error) {
				return r.OrganizationsAt(ctx, asked)
			})
			same(w, "found", got, map[entitlement.SourceKey]entitlement.Organization{
				tenant.Keys()[0]: tenant, tenant.Keys()[1]: tenant, domain.Keys()[0]: domain,
			})
			wantFault(w, "the same source again", w.tryPutAll(start, newOrganization("Again", ofDomain("domain.example"))), fault.Conflict)
			domain.Sources = []entitlement.IdentitySource{ofDomain("other.example")}
			w.putAll(domain, newOrganization("Now it is free", ofDomain("domain.example")))
		},
		"organizations are filtered by their identity sources": func(w world) {
			a, b := newOrganization("A", ofDomain("a.example")), newOrganization("B", ofDomain("b.example"))
			w.putAll(a, b)
			value := func(v string) query.Expr { return query.Compare{Field: "value", Value: v, Fold: true} }
			tests := []struct {
				where query.Expr
				want  []string
			}{
				{query.Any{Collection: "identitySources", Where: value("A.EXAMPLE")}, []string{"A"}},
				{query.Not{X: query.Any{Collection: "identitySources", Where: value("a.example")}}, []string{"B"}},
				{query.All{Collection: "identitySources", Where: value("b.example")}, []string{"B"}},
				{query.Any{Collection: "identitySources"}, []string{"A", "B"}},
				{query.Any{Collection: "identitySources", Where: query.And{
					query.Compare{Field: "kind", Value: string(entitlement.SourceTenant)}, value("a.example"),
				}}, nil},
			}
			for _, tt := range tests {
				page := look(w, func(ctx context.Context, r store.Reader) (query.Page[entitlement.Organization], error) {
					return r.Organizations(ctx, query.List{Where: tt.where, Order: []query.Order{{Field: "displayName"}}, Limit: 9, Count: true})
				})
				var names []string
				for _, o := range page.Rows {
					names = append(names, o.DisplayName)
				}
				if same(w, "found", names, tt.want); page.Count != int64(len(tt.want)) {
					w.Errorf("%d counted, want %d", page.Count, len(tt.want))
				}
			}
			_, err := tryLook(w, func(ctx context.Context, r store.Reader) (any, error) {
				return r.Organizations(ctx, query.List{Where: query.Any{Collection: "identitySources", Where: query.Compare{Field: "id", Value: "x"}}, Limit: 1})
			})
			wantFault(w, "a field that elements do not have", err, fault.Invalid)
		},
		"an organization that a policy names stays": func(w world) {
			c := newCatalog("Sales")
			p := newPackage(c, "Reader")
			l := newPolicy(p, "Partners")
			o := newOrganization("Fabrikam", ofDomain("fabrikam.example"))
			l.AllowedTargets = []entitlement.SubjectSet{{Kind: entitlement.SetOrg, ID: string(o.ID)}}
			w.putAll(c, p, o, l)
			naming := func() []entitlement.Policy {
				return look(w, func(ctx context.Context, r store.Reader) ([]entitlement.Policy, error) {
					return r.PoliciesNaming(ctx, o.ID, 5)
				})
			}
			l.Version = 1
			same(w, "naming", naming(), []entitlement.Policy{l})
			remove := func() error {
				return w.tryWrite(func(ctx context.Context, tx store.Tx) error {
					return tx.DeleteOrganization(ctx, o.ID, record(audit.KindOrganization, string(o.ID), start))
				})
			}
			wantFault(w, "delete", remove(), fault.Conflict)
			l.AllowedTargets = nil
			w.putAll(l)
			same(w, "naming no more", naming(), []entitlement.Policy(nil))
			if err := remove(); err != nil {
				w.Errorf("delete: %v", err)
			}
			wantFault(w, "delete again", remove(), fault.NotFound)
			same(w, "its key", look(w, func(ctx context.Context, r store.Reader) (int, error) {
				found, err := r.OrganizationsAt(ctx, o.Keys())
				return len(found), err
			}), 0)
		},
		"people are found by mail, one external for each address": func(w world) {
			u, external := newGuest("Gina@x.example"), newExternal("kim@x.example")
			w.putAll(u, external)
			by := func(mail string) (directory.Object, error) {
				return tryLook(w, func(ctx context.Context, r store.Reader) (directory.Object, error) { return r.ObjectByMail(ctx, mail) })
			}
			for mail, want := range map[string]directory.Object{"gina@X.example": u, "KIM@x.example": external} {
				got, err := by(mail)
				if err != nil || got.ID != want.ID {
					w.Errorf("%s is %s, %v", mail, got.ID, err)
				}
			}
			_, err := by("nobody@x.example")
			wantFault(w, "nobody", err, fault.NotFound)
			wantFault(w, "the same address again", w.tryPutAll(start, newExternal("Kim@x.example")), fault.Conflict)
			external.Version = 1
			w.putAll(external.AsGuest("kim@y.example"), newExternal("other@x.example"))
			got, err := by("kim@x.example")
			if err != nil || got.Kind != directory.KindUser {
				w.Errorf("kim is a %s, %v", got.Kind, err)
			}
		},
		"sponsors are found by whom they answer for": sponsoredApprovals,
		"due guests come earliest first": func(w world) {
			leaving := entitlement.Guest{Object: "leaving", Status: entitlement.GuestLeaves, BlockAt: start.Add(time.Minute), DeleteAt: start}
			blocked := entitlement.Guest{Object: "blocked", Status: entitlement.GuestBlocked, DeleteAt: start.Add(time.Second)}
			w.putAll(leaving, blocked, entitlement.NewGuest("stays", entitlement.Governed))
			w.write(func(ctx context.Context, tx store.Tx) error {
				for at, want := range map[time.Duration][]directory.ObjectID{0: nil, time.Second: {"blocked"}, time.Hour: {"blocked", "leaving"}} {
					due, err := tx.DueGuests(ctx, start.Add(at), 9)
					if err != nil {
						return err
					}
					var ids []directory.ObjectID
					for _, g := range due {
						ids = append(ids, g.Object)
					}
					same(w, "due", ids, want)
				}
				return nil
			})
		},
	}
}

func sponsoredApprovals(w world) {
	direct, inner, other := newUser("direct@x"), newUser("inner@x"), newUser("other@x")
	group, empty := newGroup("Sponsors"), newGroup("Empty")
	w.putAll(direct, inner, other, group, empty, member(group, inner))
	o := newOrganization("Fabrikam", ofDomain("fabrikam.example"), direct, group)
	o.ExternalSponsors = []directory.ObjectID{other.ID}
	target := newGuest("gina@fabrikam.example")
	target.User.SponsorIDs = []directory.ObjectID{other.ID, group.ID}
	w.putAll(o, target)
	q := newRequest(target.ID, "p")
	q.Organization = o.ID
	approval := func(kind entitlement.SubjectSetKind) entitlement.Approval {
		q.ID = newID[entitlement.RequestID]()
		return entitlement.NewApproval(q, []entitlement.StageSettings{{Primary: []entitlement.SubjectSet{{Kind: kind}}}}, newID[string], start)
	}
	internal, external, own := approval(entitlement.SetInternalSponsors), approval(entitlement.SetExternalSponsors), approval(entitlement.SetTargetSponsors)
	q.Organization = ""
	nobodys := approval(entitlement.SetInternalSponsors)
	w.putAll(internal, external, own, nobodys)
	pending := func(who directory.Object, want ...entitlement.RequestID) {
		w.Helper()
		got := look(w, func(ctx context.Context, r store.Reader) ([]entitlement.Approval, error) {
			return r.PendingFor(ctx, who.ID, "", 9)
		})
		var ids []entitlement.RequestID
		for _, a := range got {
			ids = append(ids, a.ID)
		}
		slices.Sort(want)
		same(w, "pending for "+who.DisplayName, ids, want)
	}
	pending(direct, internal.ID)
	pending(inner, internal.ID, own.ID)
	pending(other, external.ID, own.ID)

	o.Version, o.InternalSponsors = 1, []directory.ObjectID{other.ID}
	target.Version, target.User.SponsorIDs = 1, []directory.ObjectID{direct.ID}
	w.putAll(o, target)
	pending(direct, own.ID)
	pending(inner)
	pending(other, internal.ID, external.ID)
}
