package wire

import (
	"strings"
	"time"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/query"
)

// groupOf is userOf for groups.
func groupOf(o *dirObject) *directory.GroupDetail {
	if o.Group == nil {
		return &directory.GroupDetail{}
	}
	return o.Group
}

func ownGroup(o *dirObject) {
	detail := *groupOf(o)
	o.Group = &detail
}

// ofGroup is a text of a group.
func ofGroup(name string, at func(*directory.GroupDetail) *string) property[dirObject] {
	return text(both(name), func(o *dirObject) *string { return at(groupOf(o)) })
}

func (m *model) declareGroup() {
	*m.group = Entity[dirObject]{
		collection: "objects",
		id:         objectID,
		record: record[dirObject]{
			name: both("group"),
			props: []property[dirObject]{
				guid(both("id"), func(o *dirObject) *directory.ObjectID { return &o.ID }).filter("id").ro(),
				plain(both("displayName"), func(o *dirObject) *string { return &o.DisplayName }).folded("displayName").due(),
				ofGroup("description", func(g *directory.GroupDetail) *string { return &g.Description }),
				groupTypes(),
				text(both("mail"), func(o *dirObject) *string { return &o.Mail }).folded("mail").ro(),
				flag(both("mailEnabled"), func(o *dirObject) *bool { return &groupOf(o).MailEnabled }).filter("mailEnabled"),
				ofGroup("mailNickname", func(g *directory.GroupDetail) *string { return &g.MailNickname }).folded("mailNickname"),
				flag(both("securityEnabled"), func(o *dirObject) *bool { return &groupOf(o).SecurityEnabled }).filter("securityEnabled"),
				ofGroup("visibility", func(g *directory.GroupDetail) *string { return &g.Visibility }),
				flag(both("isAssignableToRole"), func(o *dirObject) *bool { return &groupOf(o).AssignableToRole }),
				ofGroup("membershipRule", func(g *directory.GroupDetail) *string { return &g.MembershipRule }),
				membershipProcessing(),
				syncedGroup(),
				fixed[dirObject](both("onPremisesSecurityIdentifier"), "Edm.String", "null"),
				fixed[dirObject](both("onPremisesSamAccountName"), "Edm.String", "null"),
				fixed[dirObject](both("onPremisesDomainName"), "Edm.String", "null"),
				fixed[dirObject](both("onPremisesNetBiosName"), "Edm.String", "null"),
				fixed[dirObject](both("preferredLanguage"), "Edm.String", "null"),
				fixed[dirObject](both("theme"), "Edm.String", "null"),
				fixed[dirObject](both("proxyAddresses"), "Collection(Edm.String)", "[]"),
				fixed[dirObject](both("resourceBehaviorOptions"), "Collection(Edm.String)", "[]"),
				fixed[dirObject](both("resourceProvisioningOptions"), "Collection(Edm.String)", "[]"),
				ofGroup("uniqueName", func(g *directory.GroupDetail) *string { return &g.UniqueName }),
				instant(both("createdDateTime"), func(o *dirObject) *time.Time { return &o.CreatedAt }).filter("createdAt").ro(),
				instant(both("deletedDateTime"), func(o *dirObject) *time.Time { return &o.DeletedAt }).ro(),
				flag(both("hideFromAddressLists"), func(o *dirObject) *bool { return &groupOf(o).HideFromAddressLists }).selected(),
				flag(both("autoSubscribeNewMembers"), func(o *dirObject) *bool { return &groupOf(o).AutoSubscribeNew }).selected(),
				fixed[dirObject](both("allowExternalSenders"), "Edm.Boolean", "false").selected(),
				fixed[dirObject](both("hideFromOutlookClients"), "Edm.Boolean", "false").selected(),
				fixed[dirObject](both("writebackConfiguration"), "graph.groupWritebackConfiguration", "null").selected(),
			},
			ignored: keptOut,
			prepare: ownGroup,
			finish: func(r *reader, _ *value, o *dirObject) error {
				if r.mode == Create {
					o.Kind, o.Enabled = directory.KindGroup, true
				}
				return nil
			},
		},
	}
	m.group.build()
}

// groupTypes are kept in one field, in the form of store.GroupTypes.
func groupTypes() property[dirObject] {
	p := texts(both("groupTypes"), func(o *dirObject) *[]string { return &groupOf(o).Types }).filter("groupTypes")
	p.literal = listLiteral
	p.value = func(o *dirObject) query.Value {
		if types := groupOf(o).Types; len(types) > 0 {
			return "," + strings.Join(types, ",") + ","
		}
		return nil
	}
	return p
}

func membershipProcessing() property[dirObject] {
	return told(both("membershipRuleProcessingState"), func(o *dirObject) string {
		if groupOf(o).MembershipRule != "" {
			return "On"
		}
		return ""
	})
}

// syncedGroup is null, not false, for groups of our own.
func syncedGroup() property[dirObject] {
	return shown(both("onPremisesSyncEnabled"), "Edm.Boolean", func(b []byte, o *dirObject, _ *Shape) []byte {
		if groupOf(o).OnPremisesSynced {
			return append(b, "true"...)
		}
		return append(b, "null"...)
	})
}
