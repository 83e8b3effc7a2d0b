package graphapi

import (
	"maps"
	"slices"
	"strings"

	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/query"
)

// searchable lists, for the collections of store.Fields that have $search,
// the fields that are searched, by the names clients write before a colon.
var searchable = map[string]map[string]string{
	"catalogs": {"displayname": "displayName", "description": "description"},
	"packages": {"displayname": "displayName", "description": "description"},
	"objects": {
		"displayname": "displayName", "mail": "mail", "userprincipalname": "principalName",
		"givenname": "givenName", "surname": "surname", "mailnickname": "mailNickname",
	},
}

// searched turns $search into a condition: each term in at least one field,
// or in the field that stands before a colon.
func (c *call) searched(collection string) (query.Expr, error) {
	if len(c.options.Search) == 0 {
		return nil, nil
	}
	fields := searchable[collection]
	if fields == nil {
		return nil, fault.New(fault.Invalid, "InvalidFilter", "$search is not supported here; use $filter.").At("$search")
	}
	if c.dialect() == directoryCodes && !c.advanced() {
		return nil, fault.New(fault.Invalid, "Request_BadRequest", "$search needs the header ConsistencyLevel: eventual.").At("ConsistencyLevel")
	}
	var all query.And
	for _, term := range c.options.Search {
		name, text, named := strings.Cut(term.Text, ":")
		field, known := fields[strings.ToLower(name)]
		if named && known {
			all = append(all, query.Text{Field: field, Op: query.Contains, Value: text, Fold: true})
			continue
		}
		var anywhere query.Or
		for _, field := range slices.Sorted(maps.Values(fields)) {
			anywhere = append(anywhere, query.Text{Field: field, Op: query.Contains, Value: term.Text, Fold: true})
		}
		all = append(all, anywhere)
	}
	return all, nil
}
