package wire

import (
	"fmt"
	"strings"
	"time"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
)

type (
	organizationView = entitlement.OrganizationView
	identitySource   = entitlement.IdentitySource
)

func orgStates() *vocabulary {
	return alike(both("connectedOrganizationState"), entitlement.OrgConfigured, entitlement.OrgProposed)
}

// organizationRecord is what connected organizations show of themselves.
func organizationRecord() record[organizationView] {
	return record[organizationView]{
		name: both("connectedOrganization"),
		props: []property[organizationView]{
			guid(both("id"), func(o *organizationView) *entitlement.OrgID { return &o.ID }).filter("id").ro(),
			plain(both("displayName"), func(o *organizationView) *string { return &o.DisplayName }).folded("displayName").due(),
			plain(both("description"), func(o *organizationView) *string { return &o.Description }).folded("description"),
			identitySources(),
			choice(both("state"), orgStates(), func(o *organizationView) *entitlement.OrgState { return &o.State }).filter("state").
				orElse(func(o *organizationView) { o.State = entitlement.OrgConfigured }),
			instant(both("createdDateTime"), func(o *organizationView) *time.Time { return &o.CreatedAt }).filter("createdAt").ro(),
			instant(both("modifiedDateTime"), func(o *organizationView) *time.Time { return &o.ModifiedAt }).filter("modifiedAt").ro(),
			text(onlyBeta("createdBy"), func(o *organizationView) *string { return &o.CreatedBy }).ro(),
			text(onlyBeta("modifiedBy"), func(o *organizationView) *string { return &o.ModifiedBy }).ro(),
		},
	}
}

func (m *model) declareOrganization() {
	organizations := both("connectedOrganizations")
	organizationID := func(o *organizationView) string { return string(o.ID) }
	*m.organization = Entity[organizationView]{
		collection: "organizations",
		record:     organizationRecord(),
		navs: []navigation[organizationView]{
			many(both("internalSponsors"), "internalSponsors", m.object, func(o *organizationView) []directory.Object { return o.Internal }).
				of(organizations, organizationID),
			many(both("externalSponsors"), "externalSponsors", m.object, func(o *organizationView) []directory.Object { return o.External }).
				of(organizations, organizationID),
		},
		searches: []valueSearch{{
			names: both("identitySources"), collection: "identitySources",
			members: []searchedMember{
				{string(entitlement.SourceTenant), "tenantId"},
				{string(entitlement.SourceCloud), "tenantId"},
				{string(entitlement.SourceDomain), "domainName"},
				{string(entitlement.SourceFederation), "domainName"},
				{string(entitlement.SourceSocial), "socialIdentitySourceType"},
			},
		}},
	}
	m.organization.build()
	// With a subject comes its organization, but not who sponsors that: those
	// who read their own requests need not know.
	*m.homeOfSubject = Entity[organizationView]{collection: "organizations", record: organizationRecord()}
	m.homeOfSubject.build()
}

func sourceName(s *identitySource) *string { return &s.DisplayName }

// sourceTypes are the types of identity sources.
var sourceTypes = func() map[entitlement.SourceKind]*record[identitySource] {
	tenant := plain(both("tenantId"), func(s *identitySource) *string { return &s.TenantID }).due()
	domain := plain(both("domainName"), func(s *identitySource) *string { return &s.Domain }).due()
	types := map[entitlement.SourceKind]*record[identitySource]{}
	for kind, props := range map[entitlement.SourceKind][]property[identitySource]{
		entitlement.SourceTenant:     {tenant},
		entitlement.SourceDomain:     {domain},
		entitlement.SourceFederation: {domain, plain(both("issuerUri"), func(s *identitySource) *string { return &s.IssuerURI }).due()},
		entitlement.SourceCloud:      {tenant, plain(both("cloudInstance"), func(s *identitySource) *string { return &s.Cloud }).due()},
		entitlement.SourceSocial: {
			choice(both("socialIdentitySourceType"), alike(both("socialIdentitySourceType"), "facebook"),
				func(s *identitySource) *string { return &s.Social }).due(),
		},
	} {
		types[kind] = complexType(record[identitySource]{
			name: both(string(kind)), annotated: true, props: append([]property[identitySource]{text(both("displayName"), sourceName)}, props...),
		})
	}
	return types
}()

// identitySources is the list of where the people of an organization sign in.
func identitySources() property[organizationView] {
	return property[organizationView]{
		names: both("identitySources"), types: both("Collection(graph.identitySource)"), required: true,
		put: func(b []byte, o *organizationView, s *Shape) []byte {
			return appendEach(b, o.Sources, func(b []byte, source *identitySource) []byte {
				return sourceTypes[source.Kind].append(b, source, s)
			})
		},
		set: func(r *reader, v *value, o *organizationView) (err error) {
			o.Sources, err = decodeEach(r, v, readSource)
			return err
		},
	}
}

func readSource(r *reader, v *value, s *identitySource) error {
	body, err := v.asObject()
	if err != nil {
		return err
	}
	name := typeOf(body)
	if name == "" {
		return wrong("must name its type by '@odata.type', such as #microsoft.graph.domainIdentitySource")
	}
	for kind, t := range sourceTypes {
		if strings.EqualFold(string(kind), name) {
			s.Kind = kind
			return t.decode(r.inside(), body, s)
		}
	}
	return wrong(fmt.Sprintf("has the type %q, which is no identity source that is known here", shorten(name)))
}
