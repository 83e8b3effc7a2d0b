package authn

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/entitlement"
)

// claims are what is read from a token (permissions.md section 9).
type claims struct {
	Audience  list    `json:"aud"`
	Expires   instant `json:"exp"`
	NotBefore instant `json:"nbf"`
	IssuedAt  instant `json:"iat"`

	Tenant   string `json:"tid"`
	ObjectID string `json:"oid"`
	Subject  string `json:"sub"`
	IDType   string `json:"idtyp"`

	Scopes         words    `json:"scp"`
	Roles          []string `json:"roles"`
	DirectoryRoles []string `json:"wids"`

	AppID           string `json:"appid"` // version 1.0
	AuthorizedParty string `json:"azp"`   // version 2.0
	AppName         string `json:"app_displayname"`

	PrincipalName string `json:"upn"`
	PreferredName string `json:"preferred_username"`
	UniqueName    string `json:"unique_name"`
	Name          string `json:"name"`
	Mail          string `json:"email"`
}

// kind tells people from applications. A token that does not say so is an
// application's if it has no scopes but roles or a client id. One that names
// a person never is: a person's roles must not count as an application's
// permissions.
func (c claims) kind() entitlement.ActorKind {
	switch {
	case c.IDType == "app":
		return entitlement.ByApp
	case c.IDType == "user":
		return entitlement.ByUser
	case c.IDType != "":
		return ""
	}
	person := c.PrincipalName != "" || c.PreferredName != "" || c.UniqueName != ""
	if len(c.Scopes) == 0 && !person && (len(c.Roles) > 0 || c.app() != "") {
		return entitlement.ByApp
	}
	return entitlement.ByUser
}

func (c claims) app() string { return first(c.AppID, c.AuthorizedParty) }

// timely checks the times of the token, with skew on both sides.
func (c claims) timely(now time.Time) error {
	switch {
	case c.Expires.at.IsZero():
		return refuse("The access token never expires: the claim exp is missing.")
	case now.After(c.Expires.at.Add(skew)):
		return refuse("The access token expired at %s; it is %s now. Get a new one.", stamp(c.Expires.at), stamp(now))
	case c.NotBefore.at.After(now.Add(skew)):
		return refuse("The access token is not valid before %s; it is %s now.", stamp(c.NotBefore.at), stamp(now))
	case c.IssuedAt.at.After(now.Add(skew)):
		return refuse("The access token was issued in the future, at %s; it is %s now.", stamp(c.IssuedAt.at), stamp(now))
	}
	return nil
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// hint is what a token says before anything is verified: enough to find who
// can check it, and nothing else is taken from it.
type hint struct {
	Algorithm string
	Issuer    string `json:"iss"`
	Tenant    string `json:"tid"`
}

func peek(token string) (hint, error) {
	header, rest, _ := strings.Cut(token, ".")
	payload, _, _ := strings.Cut(rest, ".")
	var head struct {
		Algorithm string `json:"alg"`
	}
	var h hint
	if decode(header, &head) != nil {
		return h, errors.New("its header is not base64url of JSON")
	}
	if decode(payload, &h) != nil {
		return h, errors.New("its payload is not base64url of JSON")
	}
	h.Algorithm = head.Algorithm
	return h, nil
}

func decode(part string, into any) error {
	b, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, into)
}

// instant is a time in seconds since 1970, whole or not.
type instant struct{ at time.Time }

// The last second of the year 9999; later ones cannot be written as text.
const lastSecond = 253402300799

func (i *instant) UnmarshalJSON(b []byte) error {
	var seconds *float64
	if err := json.Unmarshal(b, &seconds); err != nil || seconds == nil {
		return err
	}
	if !(*seconds > 0 && *seconds <= lastSecond) {
		return errors.New("time out of range")
	}
	whole, part := math.Modf(*seconds)
	i.at = time.Unix(int64(whole), int64(part*1e9)).UTC()
	return nil
}

// list is a string, or several in an array.
type list []string

func (l *list) UnmarshalJSON(b []byte) error {
	if bytes.HasPrefix(bytes.TrimSpace(b), []byte(`"`)) {
		var one string
		err := json.Unmarshal(b, &one)
		*l = list{one}
		return err
	}
	return json.Unmarshal(b, (*[]string)(l))
}

// words is a string of words with spaces between them, or an array of them.
type words []string

func (w *words) UnmarshalJSON(b []byte) error {
	var l list
	if err := json.Unmarshal(b, &l); err != nil {
		return err
	}
	*w = strings.Fields(strings.Join(l, " "))
	return nil
}

// guid returns a GUID in lower case. Other spellings that the parser knows,
// such as braces, do not occur in tokens.
func guid(s string) (string, bool) {
	const length = 36
	id, err := uuid.Parse(s)
	if err != nil || len(s) != length {
		return "", false
	}
	return id.String(), true
}

func scopes(names []string) []authz.Scope {
	var out []authz.Scope
	for _, n := range names {
		out = append(out, authz.Scope(n))
	}
	return out
}

func lower(ids []string) []string {
	var out []string
	for _, id := range ids {
		out = append(out, strings.ToLower(id))
	}
	return out
}

func first(candidates ...string) string {
	for _, c := range candidates {
		if c != "" {
			return c
		}
	}
	return ""
}
