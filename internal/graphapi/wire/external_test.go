package wire

import (
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/odata"
	"github.com/grantkeep/grantkeep/internal/query"
)

func anOrganization() organizationView {
	return organizationView{
		Organization: entitlement.Organization{
			ID: idA, DisplayName: "Fabrikam", State: entitlement.OrgConfigured,
			Sources: []entitlement.IdentitySource{{Kind: entitlement.SourceFederation, DisplayName: "F", Domain: "f.example", IssuerURI: "https://f"}},
			Stamp:   entitlement.Stamp{CreatedAt: noon, ModifiedAt: later, CreatedBy: "ann@x", ModifiedBy: "bob@x"},
		},
		Internal: []directory.Object{{ID: idB, Kind: directory.KindGroup, DisplayName: "G", Group: &directory.GroupDetail{}}},
	}
}

func TestOrganizationOnTheWire(t *testing.T) {
	t.Parallel()
	source := `"identitySources":[{"@odata.type":"#microsoft.graph.externalDomainFederation","displayName":"F","domainName":"f.example","issuerUri":"https://f"}]`
	golden(t, Organization, "$expand=internalSponsors($select=id)", "$expand=internalSponsors($select=id)", anOrganization(),
		`{"id":"`+idA+`","displayName":"Fabrikam","description":"",`+source+`,"state":"configured",
		  "createdDateTime":"2026-03-01T10:00:00Z","modifiedDateTime":"2026-03-02T10:00:00.12Z",
		  "internalSponsors":[{"@odata.type":"#microsoft.graph.group","id":"`+idB+`"}]}`,
		`{"id":"`+idA+`","displayName":"Fabrikam","description":"",`+source+`,"state":"configured",
		  "createdDateTime":"2026-03-01T10:00:00Z","modifiedDateTime":"2026-03-02T10:00:00.12Z","createdBy":"ann@x","modifiedBy":"bob@x",
		  "internalSponsors":[{"@odata.type":"#microsoft.graph.group","id":"`+idB+`"}]}`)
}

func TestSubjectOnTheWire(t *testing.T) {
	t.Parallel()
	o := anOrganization()
	o.Sources, o.Stamp = nil, entitlement.Stamp{}
	s := entitlement.SubjectFor(tenant, directory.NewExternal(idB, "kim@x.example", "Kim", noon))
	s.ID, s.CleanupAt, s.Organization, s.InOrganization = idC, later, idA, &o
	home := `"connectedOrganization":{"id":"` + idA + `","displayName":"Fabrikam","description":"","identitySources":[],"state":"configured","createdDateTime":null,"modifiedDateTime":null`
	golden(t, Subject, "$expand=connectedOrganization", "$expand=connectedOrganization", s,
		`{"id":"`+idC+`","objectId":null,"displayName":"Kim","email":"kim@x.example","principalName":null,"onPremisesSecurityIdentifier":null,
		  "subjectType":"user","subjectLifecycle":"notGoverned",`+home+`}}`,
		`{"id":"`+idC+`","objectId":null,"displayName":"Kim","email":"kim@x.example","principalName":null,"onPremisesSecurityIdentifier":null,
		  "type":"User","subjectLifecycle":"notGoverned","connectedOrganizationId":"`+idA+`","altSecId":null,
		  "cleanupScheduledDateTime":"2026-03-02T10:00:00.12Z",`+home+`,"createdBy":null,"modifiedBy":null}}`)
}

func TestSettingsOnTheWire(t *testing.T) {
	t.Parallel()
	golden(t, Settings, "", "", entitlement.TenantSettings{Guests: entitlement.BlockGuests, DeleteAfter: "PT36H"},
		`{"id":"singleton","durationUntilExternalUserDeletedAfterBlocked":"PT36H","externalUserLifecycleAction":"blockSignIn"}`,
		`{"id":"singleton","daysUntilExternalUserDeletedAfterBlocked":2,"externalUserLifecycleAction":"BlockSignIn"}`)
}

func TestElementsAreSearchedByTypeAndMember(t *testing.T) {
	t.Parallel()
	kind := func(k entitlement.SourceKind) query.Expr { return query.Compare{Field: "kind", Value: string(k)} }
	is := query.In{Field: "value", Values: []query.Value{"X"}, Fold: true}
	some := func(where query.Expr) query.Expr { return query.Any{Collection: "identitySources", Where: where} }
	tests := map[string]query.Expr{
		"identitySources/any(is:is/microsoft.graph.azureActiveDirectoryTenant/tenantId eq 'X')": some(query.And{kind(entitlement.SourceTenant), is}),
		"identitySources/any(s:s/microsoft.graph.DOMAINIdentitySource/DomainName in ('X'))":     some(query.And{kind(entitlement.SourceDomain), is}),
		"identitySources/any(s:s/domainName eq 'X')": some(query.Or{
			query.And{kind(entitlement.SourceDomain), is}, query.And{kind(entitlement.SourceFederation), is},
		}),
		"identitySources/any()": some(nil),
		"identitySources/all(s:not (s/microsoft.graph.domainIdentitySource/domainName eq 'X'))": query.All{
			Collection: "identitySources", Where: query.Not{X: query.And{kind(entitlement.SourceDomain), is}},
		},
	}
	for filter, want := range tests {
		o, err := odata.ParseOptions("$filter=" + url.QueryEscape(filter))
		if err != nil {
			t.Fatal(err)
		}
		p, err := Organization.Plan(V1, o)
		if err != nil {
			t.Errorf("%s: %v", filter, err)
		}
		if diff := cmp.Diff(want, p.Where); diff != "" {
			t.Errorf("%s (-want +got):\n%s", filter, diff)
		}
	}
	for _, filter := range []string{
		"identitySources/any(s:s/colour eq 'X')", "identitySources/any(s:s/domainName ne 'X')", "identitySources/any(s:s/domainName eq 3)",
		"identitySources/any(s:contains(s/domainName,'X'))", "identitySources/any(s:displayName eq 'X')", "internalSponsors/any(s:s/id eq 'X')",
		"identitySources/any(s:s/microsoft.graph.domainIdentitySource/tenantId eq 'X')",
	} {
		o, err := odata.ParseOptions("$filter=" + url.QueryEscape(filter))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Organization.Plan(Beta, o); fault.Of(err).Code != "InvalidFilter" {
			t.Errorf("%s: %v, want InvalidFilter", filter, err)
		}
	}
}

func TestIdentitiesOfAUserAreReadAndWritten(t *testing.T) {
	t.Parallel()
	var o directory.Object
	body := `{"displayName":"V","userPrincipalName":"v@x","identities":[{"signInType":"federated","issuer":"https://f","issuerAssignedId":"v"}]}`
	if err := User.Decode([]byte(body), V1, &o, DecodeOptions{Mode: Create}); err != nil {
		t.Fatal(err)
	}
	if o.Home().Issuer != "https://f" {
		t.Errorf("identities %+v", o.User.Identities)
	}
	if got := written(t, User, V1, "$select=identities", &o); got != `{"id":null,"identities":[{"signInType":"federated","issuer":"https://f","issuerAssignedId":"v"}]}` {
		t.Error(got)
	}
}
