package wire

import "github.com/grantkeep/grantkeep/internal/directory"

// mostChecked is how many groups checkMemberGroups takes.
const mostChecked = 20

// DecodeGroupIDs reads the body of checkMemberGroups.
func DecodeGroupIDs(body []byte) ([]directory.ObjectID, error) {
	v, err := parse(body)
	if err != nil {
		return nil, err
	}
	list := v.first("groupIds")
	if list == nil {
		return nil, invalidModel("The property 'groupIds' is required.").At("groupIds")
	}
	ids, err := decodeEach(&reader{}, list, func(_ *reader, v *value, id *directory.ObjectID) error {
		s, err := v.asGUID()
		*id = directory.ObjectID(s)
		return err
	})
	if err == nil && (len(ids) == 0 || len(ids) > mostChecked) {
		err = wrong("holds one to 20 ids")
	}
	return ids, explained(err, "groupIds")
}

// DecodeSecurityOnly reads the body of getMemberGroups.
func DecodeSecurityOnly(body []byte) (bool, error) {
	v, err := parse(body)
	if err != nil {
		return false, err
	}
	only := v.first("securityEnabledOnly")
	if only == nil {
		return false, invalidModel("The property 'securityEnabledOnly' is required.").At("securityEnabledOnly")
	}
	security, err := only.asBool()
	return security, explained(err, "securityEnabledOnly")
}
