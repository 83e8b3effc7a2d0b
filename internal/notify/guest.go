package notify

import (
	"slices"

	"github.com/grantkeep/grantkeep/internal/entitlement"
)

// guest are the messages about the accounts of people from outside (emails.md
// rows 33 and 34). Those who sponsor a guest get them, too.
var guest = map[entitlement.MessageEvent]template{
	entitlement.GuestInvited: {
		func(f Facts) string {
			if f.Package == "" {
				return f.whose("You have", "has") + " a guest account now"
			}
			return f.whose("You have", "has") + " access to " + f.Package + " as a guest"
		},
		func(f Facts) []string {
			what := "an account as a guest"
			if f.Package != "" {
				what += ", because of the access to " + quoted(f.Package)
			}
			how := "Sign in with the account of your own organization, under the address that this message was sent to."
			if !f.Own {
				how = "You get this because you are a sponsor of the guest or of the organization that the guest is from."
			}
			return slices.Concat([]string{f.whose("You have", "has") + " " + what + " now. " + how, ""},
				facts(fact("Invited", f.By), fact("Ends", f.endsWithAccess()), fact("Sign in", f.Link)))
		},
	},
	entitlement.GuestAccessEnded: {
		func(f Facts) string {
			if f.BlockOnly {
				return f.whose("Your", "'s") + " guest account is blocked"
			}
			return f.whose("Your", "'s") + " guest account ends on " + shortly(f.DeleteAt)
		},
		func(f Facts) []string {
			fate := "It is blocked now and is not deleted."
			if !f.BlockOnly {
				fate = "It is blocked now and will be deleted."
			}
			return slices.Concat([]string{f.whose("Your", "'s") + " last access has ended, so the guest account is not needed any more. " + fate + " New access opens it again.", ""},
				f.fate())
		},
	},
	entitlement.GuestGoesSoon: {
		func(f Facts) string {
			return f.whose("Your", "'s") + " guest account will be deleted on " + shortly(f.DeleteAt)
		},
		func(f Facts) []string {
			ask := "Ask for access, or have somebody assign it, if the account is still needed."
			if !f.Own {
				ask = "Have access assigned to the guest if the account is still needed."
			}
			return slices.Concat([]string{f.whose("Your", "'s") + " guest account has no access any more and will be deleted. " + ask, ""}, f.fate())
		},
	},
}

// whose begins a sentence about a guest: as the guest reads it, or with the
// name and what follows it.
func (f Facts) whose(own, other string) string {
	switch {
	case f.Own:
		return own
	case other == "'s":
		return f.Target + other
	}
	return f.Target + " " + other
}

func (f Facts) fate() []string { return facts(fact("Deleted", f.until(f.DeleteAt))) }

func (f Facts) endsWithAccess() string {
	if f.Package == "" {
		return ""
	}
	return f.ending()
}
