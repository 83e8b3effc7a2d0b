package directory

import (
	"slices"
	"strings"

	"github.com/grantkeep/grantkeep/internal/fault"
)

// Clone returns a copy that can be edited without touching the original.
func (o Object) Clone() Object {
	if o.User != nil {
		u := *o.User
		u.BusinessPhones, u.OtherMails = slices.Clone(u.BusinessPhones), slices.Clone(u.OtherMails)
		u.SponsorIDs, u.ProxyAddresses = slices.Clone(u.SponsorIDs), slices.Clone(u.ProxyAddresses)
		u.Identities = slices.Clone(u.Identities)
		o.User = &u
	}
	if o.Group != nil {
		g := *o.Group
		g.Types = slices.Clone(g.Types)
		o.Group = &g
	}
	if o.App != nil {
		a := *o.App
		a.Roles, a.Scopes = slices.Clone(a.Roles), slices.Clone(a.Scopes)
		a.Tags, a.IdentifierURIs = slices.Clone(a.Tags), slices.Clone(a.IdentifierURIs)
		o.App = &a
	}
	return o
}

// CheckNew reports what a new object lacks, as a fault.Invalid
// (directory.md sections 2 and 3).
func (o Object) CheckNew() error {
	nickname := "-"
	switch {
	case o.Kind == KindUser && o.User != nil:
		nickname = o.User.MailNickname
	case o.Kind == KindGroup && o.Group != nil:
		nickname = o.Group.MailNickname
	}
	if nickname == "" {
		return required("mailNickname")
	}
	return o.Check()
}

// Check reports what is wrong with the object's own properties.
func (o Object) Check() error {
	if o.DisplayName == "" {
		return required("displayName")
	}
	switch o.Kind {
	case KindUser:
		if o.User == nil || o.PrincipalName == "" {
			return required("userPrincipalName")
		}
		if name, domain, ok := strings.Cut(o.PrincipalName, "@"); !ok || name == "" || domain == "" {
			return fault.New(fault.Invalid, "Request_BadRequest", "userPrincipalName has the form name@domain.").At("userPrincipalName")
		}
	case KindGroup:
		if o.Group == nil {
			return required("groupTypes")
		}
		if o.Group.Dynamic() == (o.Group.MembershipRule == "") {
			return fault.New(fault.Invalid, "Request_BadRequest",
				"A group with dynamic membership has a membershipRule, and no other group has one.").At("membershipRule")
		}
	case KindServicePrincipal, KindApplication:
		if o.App == nil {
			return required("appId")
		}
	default:
		return fault.New(fault.Invalid, "Request_BadRequest", "Objects of the type %q cannot be made.", o.Kind)
	}
	return nil
}

func required(property string) error {
	return fault.New(fault.Invalid, "Request_BadRequest", "%s is required.", property).At(property)
}

// Dynamic reports whether a rule decides who is a member.
func (g GroupDetail) Dynamic() bool { return slices.Contains(g.Types, "DynamicMembership") }

// CheckWritable reports whether the object may be changed here: what is a
// copy of another directory's object may not.
func (o Object) CheckWritable() error {
	if o.Group != nil && o.Group.OnPremisesSynced {
		return fault.New(fault.Invalid, "Request_BadRequest",
			"Unable to update the specified properties for on-premises mastered Directory Sync objects or objects currently undergoing migration.")
	}
	return nil
}

// CheckLink reports whether the object may have others in the relation to it,
// chosen by people: groups have members and owners, applications owners.
func (o Object) CheckLink(m Membership) error {
	switch {
	case o.Kind == KindUser, o.Kind != KindGroup && m.Relation != OwnerOf:
		return fault.New(fault.Invalid, "Request_BadRequest", "A %s has no %ss.", o.Kind, m.Relation)
	case m.Member == o.ID:
		return fault.New(fault.Invalid, "Request_BadRequest", "An object cannot be a member or an owner of itself.")
	case m.Relation == MemberOf && o.Group.Dynamic():
		return fault.New(fault.Invalid, "Request_BadRequest", "A rule decides who is a member of this group; its members cannot be chosen.")
	}
	return o.CheckWritable()
}

// CheckMember reports whether an object of the kind can be in the relation to
// another: groups and applications own nothing.
func CheckMember(kind ObjectKind, rel Relation) error {
	if kind == KindApplication || rel == OwnerOf && kind == KindGroup {
		return fault.New(fault.Invalid, "Request_BadRequest", "A %s cannot be an %s of another object.", kind, rel)
	}
	return nil
}

// CheckAppRole reports whether the application gives the role to principals
// of the kind: a role that it declares for them or, if it declares none, the
// default one (directory.md section 4).
func (o Object) CheckAppRole(role string, principal ObjectKind) error {
	member := "User"
	if principal == KindServicePrincipal {
		member = "Application"
	}
	declared := false
	for _, r := range o.App.Roles {
		if len(r.AllowedMemberTypes) > 0 && !slices.Contains(r.AllowedMemberTypes, member) {
			continue
		}
		if r.ID == role && r.Enabled {
			return nil
		}
		declared = true
	}
	if role == DefaultAppRole && !declared {
		return nil
	}
	return fault.New(fault.Invalid, "Request_BadRequest", "Permission being assigned was not found on application %q.", o.DisplayName).At("appRoleId")
}
