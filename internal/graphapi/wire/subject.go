package wire

import (
	"time"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/query"
)

// subjectIDOf is the id of a target as a subject, whether it was loaded or not.
func subjectIDOf(loaded *entitlement.Subject, object directory.ObjectID, s *Shape) entitlement.SubjectID {
	switch {
	case loaded != nil:
		return loaded.ID
	case object == "" || s.Tenant == "":
		return ""
	}
	return entitlement.SubjectOf(s.Tenant, object)
}

func lifecycles() *vocabulary {
	return alike(both("accessPackageSubjectLifecycle"), entitlement.NotDefined, entitlement.NotGoverned, entitlement.Governed)
}

// lifecycle is never null.
func lifecycle() property[entitlement.Subject] {
	p := choice(both("subjectLifecycle"), lifecycles(), func(s *entitlement.Subject) *entitlement.Lifecycle { return &s.Lifecycle })
	put := p.put
	p.put = func(b []byte, s *entitlement.Subject, shape *Shape) []byte {
		if s.Lifecycle == "" {
			return appendString(b, string(entitlement.NotDefined))
		}
		return put(b, s, shape)
	}
	p.unset = func(s *entitlement.Subject) { s.Lifecycle = entitlement.NotDefined }
	return p
}

func (m *model) declareSubject() {
	type subject = entitlement.Subject
	kinds := (&vocabulary{edm: onlyV1("accessPackageSubjectType")}).
		with(notSpecified).
		with(word{is: string(directory.KindUser), v1: "user", beta: "User"}).
		with(word{is: string(directory.KindServicePrincipal), v1: "servicePrincipal", beta: "ServicePrincipal"})
	// Somebody without an account is a user to clients.
	kinds.lookup(string(directory.KindUser)).stands = []query.Value{string(directory.KindUser), string(directory.KindExternal)}
	*m.subject = Entity[subject]{
		collection: "subjects",
		record: record[subject]{
			name: both("accessPackageSubject"),
			props: []property[subject]{
				guid(both("id"), func(s *subject) *entitlement.SubjectID { return &s.ID }).filter("id").ro(),
				guid(both("objectId"), func(s *subject) *directory.ObjectID { return &s.ObjectID }).filter("objectId").ro(),
				text(both("displayName"), func(s *subject) *string { return &s.DisplayName }).folded("displayName").ro(),
				text(both("email"), func(s *subject) *string { return &s.Email }).folded("mail").ro(),
				text(both("principalName"), func(s *subject) *string { return &s.PrincipalName }).folded("principalName").ro(),
				fixed[subject](both("onPremisesSecurityIdentifier"), "Edm.String", "null"),
				choice(renamed("subjectType", "type"), kinds, func(s *subject) *directory.ObjectKind { return &s.Kind }).filter("kind").ro(),
				lifecycle(),
				guid(onlyBeta("connectedOrganizationId"), func(s *subject) *entitlement.OrgID { return &s.Organization }).ro(),
				fixed[subject](onlyBeta("altSecId"), "Edm.String", "null"),
				instant(onlyBeta("cleanupScheduledDateTime"), func(s *subject) *time.Time { return &s.CleanupAt }).ro(),
			},
		},
		navs: []navigation[subject]{
			one(both("connectedOrganization"), "organization", m.homeOfSubject, func(s *subject) *organizationView { return s.InOrganization }),
		},
	}
	m.subject.build()
}
