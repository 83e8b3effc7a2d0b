package entitlement

import (
	"slices"
	"unicode/utf8"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/fault"
)

// OrgState tells whether somebody has looked at a connected organization.
type OrgState string

// The published states of a connected organization.
const (
	OrgConfigured OrgState = "configured"
	OrgProposed   OrgState = "proposed" // made by us, for somebody from an organization that nobody knew
)

// Organization is a connected organization: one whose people may ask for
// access (catalogs-and-resources.md section 7).
type Organization struct {
	ID      OrgID
	Version int64

	DisplayName string
	Description string
	State       OrgState
	Sources     []IdentitySource
	Domains     []string // that the tenant of the source owns, as the operator says

	// Sponsors are users and groups. They answer for the people of the
	// organization: internal ones work here, external ones there.
	InternalSponsors []directory.ObjectID
	ExternalSponsors []directory.ObjectID
	Stamp
}

// Check reports what is wrong with the organization's own properties, as a
// fault.Invalid "InvalidModel".
func (o Organization) Check() error {
	if err := checkNames(o.DisplayName, "", ""); err != nil {
		return err
	}
	if utf8.RuneCountInString(o.Description) > maxDescription {
		return fault.New(fault.Invalid, "InvalidModel", "description holds at most %d characters.", maxDescription).At("description")
	}
	if len(o.Sources) != 1 {
		return fault.New(fault.Invalid, "InvalidModel", "identitySources holds exactly one source, not %d.", len(o.Sources)).At("identitySources")
	}
	return o.Sources[0].check()
}

// CheckEdit reports whether the organization may become after: it keeps the
// identity source that it was made with.
func (o Organization) CheckEdit(after Organization) error {
	keys := func(sources []IdentitySource) (all []SourceKey) {
		for _, s := range sources {
			all = append(all, s.Key())
		}
		return all
	}
	if !slices.Equal(keys(o.Sources), keys(after.Sources)) {
		return fault.New(fault.Invalid, "InvalidModel",
			"identitySources cannot be changed. Delete the connected organization and make another one.").At("identitySources")
	}
	return after.Check()
}

// CheckDelete reports whether the organization may go; naming are policies
// that name it.
func (o Organization) CheckDelete(naming []Policy) error {
	if len(naming) == 0 {
		return nil
	}
	return fault.New(fault.Invalid, "InvalidDeleteConnectedOrganizationInUse",
		"The connected organization %q can not be deleted because the policy %q (%s) names it. Take it out of the policy first.",
		o.DisplayName, naming[0].DisplayName, naming[0].ID)
}

// SponsorKind tells internal from external sponsors. The values are those of
// the subject sets that stand for them.
type SponsorKind = SubjectSetKind

// Sponsors returns the sponsors of one kind, SetInternalSponsors or
// SetExternalSponsors.
func (o *Organization) Sponsors(kind SponsorKind) *[]directory.ObjectID {
	if kind == SetInternalSponsors {
		return &o.InternalSponsors
	}
	return &o.ExternalSponsors
}

// AddSponsor returns the organization with one more sponsor. Users and groups
// can be sponsors. One who is a sponsor already is a fault.Invalid.
func (o Organization) AddSponsor(kind SponsorKind, sponsor directory.Object) (Organization, error) {
	if sponsor.Kind != directory.KindUser && sponsor.Kind != directory.KindGroup {
		return o, fault.New(fault.Invalid, "InvalidModel", "A %s cannot be a sponsor; users and groups can.", sponsor.Kind).At("@odata.id")
	}
	list := o.Sponsors(kind)
	if slices.Contains(*list, sponsor.ID) {
		return o, fault.New(fault.Invalid, "Request_BadRequest",
			"One or more added object references already exist for the following modified properties: '%s'.", kind)
	}
	*list = append(slices.Clone(*list), sponsor.ID)
	return o, nil
}

// RemoveSponsor returns the organization without a sponsor; fault.NotFound if
// it is none.
func (o Organization) RemoveSponsor(kind SponsorKind, id directory.ObjectID) (Organization, error) {
	list := o.Sponsors(kind)
	at := slices.Index(*list, id)
	if at < 0 {
		return o, fault.New(fault.NotFound, "ResourceNotFound", "%s is not among the %s of the connected organization.", id, kind)
	}
	*list = slices.Delete(slices.Clone(*list), at, at+1)
	return o, nil
}

// Propose returns the organization that is made for somebody whom no known
// one fits; ok is false if too little is known about that person.
func Propose(id OrgID, person directory.Object, partners Partners) (o Organization, ok bool) {
	source, ok := sourceFor(person, partners)
	name := source.DisplayName
	if name == "" {
		name = source.Key().Value
	}
	return partners.Known(Organization{
		ID: id, DisplayName: name, State: OrgProposed, Sources: []IdentitySource{source},
		Description: "Proposed because somebody from there was accepted. Check it, then set its state to configured.",
	}), ok
}
