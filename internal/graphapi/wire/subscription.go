package wire

import (
	"slices"
	"strings"
	"time"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
)

type subscription = entitlement.Subscription

// followed names, by their path and in lower case, the collections that can
// be subscribed to.
var followed = map[string]map[string]entitlement.Followed{
	V1.String(): {
		"assignmentrequests": entitlement.FollowRequests,
		"assignments":        entitlement.FollowAssignments,
	},
	Beta.String(): {
		"assignmentrequests":              entitlement.FollowRequests,
		"accesspackageassignmentrequests": entitlement.FollowRequests,
		"assignments":                     entitlement.FollowAssignments,
		"accesspackageassignments":        entitlement.FollowAssignments,
	},
}

// followedResource is the path of a collection or of an object in it; it
// tells the domain which.
func followedResource() property[subscription] {
	return property[subscription]{
		names: both("resource"), types: typed(both("resource"), "Edm.String"), required: true,
		put: func(b []byte, s *subscription, _ *Shape) []byte { return appendString(b, s.Resource) },
		set: func(r *reader, v *value, s *subscription) error {
			written, err := v.asText()
			if err != nil {
				return err
			}
			const root = "identitygovernance/entitlementmanagement/"
			path, ok := strings.CutPrefix(strings.ToLower(strings.Trim(written, "/")), root)
			name, key, one := path, "", false
			if at := strings.IndexAny(path, "/("); at >= 0 {
				name, key, one = path[:at], strings.Trim(path[at:], "/()'"), true
			}
			of := followed[r.v.String()][name]
			if !ok || of == "" || one && !isGUID(key) {
				return wrong("must be identityGovernance/entitlementManagement/assignmentRequests or identityGovernance/entitlementManagement/assignments, or one object of them by its id; nothing else can be followed, and there is no $filter")
			}
			s.Resource, s.Of, s.Object = written, of, key
			return nil
		},
	}
}

// changeTypes are words behind commas.
func changeTypes() property[subscription] {
	return property[subscription]{
		names: both("changeType"), types: typed(both("changeType"), "Edm.String"), required: true,
		put: func(b []byte, s *subscription, _ *Shape) []byte {
			words := make([]string, len(s.Changes))
			for i, c := range s.Changes {
				words[i] = string(c)
			}
			return appendString(b, strings.Join(words, ","))
		},
		set: func(_ *reader, v *value, s *subscription) error {
			written, err := v.asText()
			if err != nil {
				return err
			}
			s.Changes = nil
			for word := range strings.SplitSeq(written, ",") {
				c := entitlement.ChangeType(strings.ToLower(strings.TrimSpace(word)))
				if !slices.Contains(entitlement.ChangeTypes(), c) {
					return wrong("must be created, updated and deleted, or some of them, separated by commas")
				}
				if !slices.Contains(s.Changes, c) {
					s.Changes = append(s.Changes, c)
				}
			}
			return nil
		},
	}
}

// notOffered is a published property that is always null, and refused where
// that would be a promise.
func notOffered(name, edm, why string) property[subscription] {
	p := fixed[subscription](both(name), edm, "null")
	p.readOnly = false
	p.set = func(_ *reader, v *value, _ *subscription) error {
		if no, err := v.asBool(); err == nil && !no {
			return nil
		}
		return wrong(why)
	}
	p.unset = func(*subscription) {}
	return p
}

func (m *model) declareSubscription() {
	*m.subscription = Entity[subscription]{
		collection: "subscriptions",
		record: record[subscription]{
			name: both("subscription"),
			props: []property[subscription]{
				guid(both("id"), func(s *subscription) *entitlement.SubscriptionID { return &s.ID }).ro(),
				followedResource(),
				changeTypes(),
				text(both("notificationUrl"), func(s *subscription) *string { return &s.NotificationURL }).due(),
				text(both("lifecycleNotificationUrl"), func(s *subscription) *string { return &s.LifecycleURL }),
				text(both("clientState"), func(s *subscription) *string { return &s.ClientState }),
				instant(both("expirationDateTime"), func(s *subscription) *time.Time { return &s.ExpiresAt }).due(),
				guid(both("creatorId"), func(s *subscription) *directory.ObjectID { return &s.Owner.ID }).ro(),
				choice(both("latestSupportedTlsVersion"), alike[string](Names{}, "v1_2", "v1_3"), func(s *subscription) *string { return &s.TLS }),
				fixed[subscription](both("applicationId"), "Edm.String", "null"),
				notOffered("includeResourceData", "Edm.Boolean", "cannot be asked for: read the object by its id"),
				notOffered("encryptionCertificate", "Edm.String", "cannot be given: no data of the object is sent"),
				notOffered("encryptionCertificateId", "Edm.String", "cannot be given: no data of the object is sent"),
				notOffered("notificationQueryOptions", "Edm.String", "cannot be given: everything that happens is told"),
				notOffered("notificationUrlAppId", "Edm.String", "cannot be given: no token is sent along"),
			},
		},
	}
	m.subscription.build()
}
