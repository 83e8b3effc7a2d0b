package directory

import (
	"strings"
	"time"

	"github.com/grantkeep/grantkeep/internal/fault"
)

// Identity is one way in which somebody signs in (Graph's objectIdentity).
type Identity struct {
	SignInType string // emailAddress, federated, userName or userPrincipalName
	Issuer     string // a tenant's id, an issuer's URL, ExternalAzureAD, mail or a social provider
	AssignedID string // what the issuer calls the person
}

// What sign-in types and issuers of people from outside are called.
const (
	Federated  = "federated"
	ByMail     = "emailAddress" // with a code that is sent by mail
	SomeTenant = "ExternalAzureAD"
	mailIssuer = "mail"
)

// The published states of a guest's account.
const (
	PendingAcceptance = "PendingAcceptance"
	Accepted          = "Accepted"
)

// guestMark stands in the user principal names of guests.
const guestMark = "#EXT#"

// External reports whether the object is somebody from outside: a guest, or a
// person without an account.
func (o Object) External() bool {
	return o.Kind == KindExternal || o.User != nil && o.User.Type == Guest
}

// Home is where somebody from outside signs in, as far as it is known.
type Home struct {
	Tenant  TenantID // of another organization
	Issuer  string   // URL
	Social  string   // such as facebook
	OneTime bool     // with a code that is sent by mail
}

// Home tells where somebody signs in. The zero Home is not known.
func (o Object) Home() (h Home) {
	if o.User == nil {
		return h
	}
	for _, id := range o.User.Identities {
		issuer := Fold(id.Issuer)
		switch {
		case strings.EqualFold(id.SignInType, ByMail), issuer == mailIssuer:
			h.OneTime = true
		case !strings.EqualFold(id.SignInType, Federated), issuer == "", strings.EqualFold(issuer, SomeTenant):
		case isGUID(issuer):
			h.Tenant = TenantID(issuer)
		case strings.Contains(issuer, "://"):
			h.Issuer = id.Issuer
		default:
			h.Social, _, _ = strings.Cut(issuer, ".")
		}
	}
	return h
}

// MailDomain returns the domain of the object's address, folded. Guests
// without an address show it in their user principal name.
func (o Object) MailDomain() string {
	if o.Mail != "" {
		return DomainOf(o.Mail)
	}
	name, _, guest := strings.Cut(o.PrincipalName, guestMark)
	if at := strings.LastIndexByte(name, '_'); guest && at >= 0 {
		return Fold(name[at+1:])
	}
	return ""
}

// DomainOf returns the domain of a mail address, folded; empty if it has
// none.
func DomainOf(mail string) string {
	at := strings.LastIndexByte(mail, '@')
	if at < 0 {
		return ""
	}
	return Fold(mail[at+1:])
}

// longestMail is the longest address that mail can be sent to (RFC 5321,
// section 4.5.3.1).
const longestMail = 254

// CheckMail reports whether a text can be the address of somebody outside, as
// a fault.Invalid "InvalidModel".
func CheckMail(mail string) error {
	name, domain := strings.TrimSuffix(mail, "@"+mail[strings.LastIndexByte(mail, '@')+1:]), DomainOf(mail)
	if name == "" || name == mail || len(mail) > longestMail || !IsDomain(domain) || strings.ContainsAny(name, " \t\r\n@<>,;:\\\"()[]#") {
		return fault.New(fault.Invalid, "InvalidModel", "%q is not a mail address such as name@partner.example.", mail)
	}
	return nil
}

// IsDomain reports whether a text is the name of a domain, with a dot in it.
func IsDomain(s string) bool {
	labels := strings.Split(s, ".")
	for _, l := range labels {
		if l == "" || len(l) > 63 || l[0] == '-' || l[len(l)-1] == '-' {
			return false
		}
		if strings.ContainsFunc(l, func(r rune) bool {
			return r < 0x80 && r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
		}) {
			return false
		}
	}
	return len(labels) > 1 && len(s) <= 253
}

// NewExternal returns a person without an account. The address or an
// identity may be missing, but not both.
func NewExternal(id ObjectID, mail, displayName string, now time.Time, identities ...Identity) Object {
	if displayName == "" {
		displayName = mail
	}
	if displayName == "" {
		displayName = string(id)
	}
	return Object{
		ID: id, Kind: KindExternal, DisplayName: displayName, Mail: mail, Enabled: true, CreatedAt: now,
		User: &UserDetail{Type: Guest, Identities: identities},
	}
}

// GuestName is the user principal name of a person's guest account in a
// tenant with the domain. With an addition, it differs from that of somebody
// whose address looks the same.
func (o Object) GuestName(domain, addition string) string {
	name := strings.ReplaceAll(o.Mail, "@", "_")
	if name == "" {
		name = string(o.ID)
	}
	return name + addition + guestMark + "@" + domain
}

// AsGuest gives a person without an account a guest account with the user
// principal name. Who has signed in elsewhere has accepted the invitation.
func (o Object) AsGuest(principalName string) Object {
	o = o.Clone()
	o.Kind, o.PrincipalName, o.Enabled, o.DeletedAt = KindUser, principalName, true, time.Time{}
	o.User.Type, o.User.ExternalState = Guest, PendingAcceptance
	o.User.MailNickname, _, _ = strings.Cut(principalName, "@")
	if o.Home() != (Home{}) {
		o.User.ExternalState = Accepted
	}
	return o
}
