package entitlement

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/fault"
)

// SubscriptionID names a subscription.
type SubscriptionID string

// Followed is a collection whose changes can be subscribed to.
type Followed string

// The collections that can be followed.
const (
	FollowRequests    Followed = "requests"
	FollowAssignments Followed = "assignments"
)

// ChangeType is what happened to an object, as subscribers name it.
type ChangeType string

// The published types of change.
const (
	ChangeCreated ChangeType = "created"
	ChangeUpdated ChangeType = "updated"
	ChangeDeleted ChangeType = "deleted"
)

// ChangeTypes returns all types of change.
func ChangeTypes() []ChangeType { return []ChangeType{ChangeCreated, ChangeUpdated, ChangeDeleted} }

// Subscription asks that somebody be told over HTTP of what changes in a
// collection, or of one object of it, until it expires.
type Subscription struct {
	ID      SubscriptionID
	Version int64

	// Owner subscribed and alone sees the subscription. Scopes and Roles are
	// what the owner's token carried then, or at the last renewal; the roles
	// that the directory holds are asked for at each notification.
	Owner  Actor
	Scopes []string
	Roles  []string

	Resource string // as it was written
	Of       Followed
	Object   string // id of the one object; empty for the whole collection
	Changes  []ChangeType

	NotificationURL string
	LifecycleURL    string // is told of the subscription itself; may be empty
	ClientState     string // comes back in each notification; a secret
	TLS             string // the published name of the latest version that the receiver speaks
	CreatedAt       time.Time
	ExpiresAt       time.Time
}

// The bounds of a subscription: the published ones for objects of the
// directory.
const (
	shortestSubscription = 45 * time.Minute
	longestSubscription  = 41760 * time.Minute
	longestClientState   = 128

	// renewBefore is how long before its end the lifecycle URL is told that a
	// subscription should be renewed.
	renewBefore = 30 * time.Minute
)

// Check reports what is wrong with a new or renewed subscription, and brings
// a time that is too short to the shortest. loopback lets receivers on this
// machine be called without encryption.
func (s *Subscription) Check(now time.Time, loopback bool) error {
	if s.Of == "" {
		return badSubscription("resource", "must name what is followed: identityGovernance/entitlementManagement/assignmentRequests or …/assignments, or one object of them by its id")
	}
	if len(s.Changes) == 0 {
		return badSubscription("changeType", "must name at least one of created, updated and deleted, separated by commas")
	}
	for _, u := range []struct{ name, value string }{{"notificationUrl", s.NotificationURL}, {"lifecycleNotificationUrl", s.LifecycleURL}} {
		if u.value == "" && u.name == "lifecycleNotificationUrl" {
			continue
		}
		if err := CheckAddress(u.value); err != nil {
			return badSubscription(u.name, err.Error())
		}
		if !loopback && !strings.HasPrefix(strings.ToLower(u.value), "https://") {
			return badSubscription(u.name, "must begin with https://")
		}
	}
	if utf8.RuneCountInString(s.ClientState) > longestClientState {
		return badSubscription("clientState", fmt.Sprintf("must have at most %d characters", longestClientState))
	}
	switch {
	case s.ExpiresAt.IsZero():
		return badSubscription("expirationDateTime", "must be given")
	case !s.ExpiresAt.After(now):
		return badSubscription("expirationDateTime", "must be in the future")
	case s.ExpiresAt.After(now.Add(longestSubscription)):
		return badSubscription("expirationDateTime", fmt.Sprintf("must be at most %d minutes ahead; renew the subscription before it ends", longestSubscription/time.Minute))
	}
	if s.ExpiresAt.Before(now.Add(shortestSubscription)) {
		s.ExpiresAt = now.Add(shortestSubscription)
	}
	return nil
}

func badSubscription(field, what string) error {
	return fault.New(fault.Invalid, "InvalidRequest", "The subscription is not valid: %s %s.", field, what).At(field)
}

// CheckRenewal reports a change of what only a new subscription can say.
func (s Subscription) CheckRenewal(after Subscription) error {
	for _, p := range []struct {
		name string
		same bool
	}{
		{"resource", s.Of == after.Of && s.Object == after.Object},
		{"changeType", slices.Equal(s.Changes, after.Changes)},
		{"clientState", s.ClientState == after.ClientState},
		{"lifecycleNotificationUrl", s.LifecycleURL == after.LifecycleURL},
	} {
		if !p.same {
			return badSubscription(p.name, "cannot be changed; expirationDateTime and notificationUrl can, and for the rest delete the subscription and make another")
		}
	}
	return nil
}

// Expired reports whether the subscription has ended by now.
func (s Subscription) Expired(now time.Time) bool { return !s.ExpiresAt.After(now) }

// Feed is how far a subscription has come in the history of the tenant. What
// happened behind Position is still to be told, but for what Told names.
type Feed struct {
	ID       SubscriptionID
	Position string
	Told     []string  // notifications behind the position that were sent
	Due      time.Time // nothing is sent before it
	Wakes    time.Time // when time alone gives a reason to look
	Failures int       // since the last call that was taken
	Warned   bool      // the lifecycle URL has been told that the end is near, or that nothing can be told
}

// Wake sets the instant at which time alone gives a reason to look.
func (f Feed) Wake(s Subscription) Feed {
	f.Wakes = s.ExpiresAt
	if s.LifecycleURL != "" && !f.Warned {
		f.Wakes = s.ExpiresAt.Add(-renewBefore)
	}
	return f
}

// Warns reports whether it is time to say that the end is near.
func (f Feed) Warns(s Subscription, now time.Time) bool {
	return s.LifecycleURL != "" && !f.Warned && !now.Before(s.ExpiresAt.Add(-renewBefore))
}

// Claim leaves the feed alone for as long as telling may take.
func (f Feed) Claim(now time.Time) Feed {
	f.Due = now.Add(claimed)
	return f
}

// Again postpones telling after a failure, with growing pauses of up to an
// hour; it goes on until the subscription ends.
func (f Feed) Again(now time.Time) Feed {
	wait := longestWait
	if f.Failures < 6 { // the sixth wait would be longer
		wait = firstWait << f.Failures
	}
	f.Failures++
	f.Due = now.Add(wait)
	return f
}

// Notification tells of one change of one object.
type Notification struct {
	ID     string // the same whenever it is sent again
	Object string
	Change ChangeType
}

// LifecycleEvent is what a lifecycle URL is told.
type LifecycleEvent string

// The published lifecycle events that we send. None is ever missed.
const (
	Reauthorize LifecycleEvent = "reauthorizationRequired"
	Removed     LifecycleEvent = "subscriptionRemoved"
)

// Telling is one call of a subscriber: notifications, or a lifecycle event.
type Telling struct {
	Tenant        directory.TenantID
	For           Subscription
	Notifications []Notification
	Lifecycle     LifecycleEvent // empty for notifications

	// After is the feed once the call was taken, Before as it is now.
	Before, After Feed
}

// URL is where the call goes.
func (t Telling) URL() string {
	if t.Lifecycle != "" {
		return t.For.LifecycleURL
	}
	return t.For.NotificationURL
}
