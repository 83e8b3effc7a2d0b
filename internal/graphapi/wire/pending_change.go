package wire

import "github.com/grantkeep/grantkeep/internal/entitlement"

type pendingChange = entitlement.PendingChange

// PendingChange is an extension of ours, so no schema names it.
var PendingChange = (&Entity[pendingChange]{record: record[pendingChange]{
	name: both("pendingChange"),
	props: []property[pendingChange]{
		guid(both("policyId"), func(c *pendingChange) *entitlement.PolicyID { return &c.Policy }).ro(),
		choice(both("state"), alike(Names{}, entitlement.PendingStates()...), func(c *pendingChange) *entitlement.PendingState { return &c.State }).ro(),
		told(both("cause"), func(c *pendingChange) string {
			switch {
			case c.State == entitlement.PendingNone:
				return ""
			case c.People:
				return "people"
			}
			return "policy"
		}),
		counter("usersTotal", func(c *pendingChange) *int64 { return &c.Users }),
		counter("usersToAdd", func(c *pendingChange) *int64 { return &c.Adds }),
		counter("usersToRemove", func(c *pendingChange) *int64 { return &c.Removes }),
		shown(both("usersWithoutConfirmation"), "Edm.Int64", func(b []byte, c *pendingChange, _ *Shape) []byte {
			if c.Limit < 0 {
				return append(b, "null"...)
			}
			return appendInt(b, int(c.Limit))
		}),
	},
}}).build()

// counter is a number that the server counts.
func counter(name string, at func(*pendingChange) *int64) property[pendingChange] {
	return shown(both(name), "Edm.Int64", func(b []byte, c *pendingChange, _ *Shape) []byte { return appendInt(b, int(*at(c))) })
}
