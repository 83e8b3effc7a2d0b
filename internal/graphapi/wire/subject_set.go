package wire

import (
	"fmt"
	"slices"
	"strings"

	"github.com/grantkeep/grantkeep/internal/entitlement"
)

// typedSet is a subject set as one element of a list: beta marks those that
// are asked only if the others resolve to nobody.
type typedSet struct {
	entitlement.SubjectSet
	backup bool
}

// subjectSets are the types of subject sets, called user sets in beta.
var subjectSets = func() map[entitlement.SubjectSetKind]*record[typedSet] {
	id := func(s *typedSet) *string { return &s.ID }
	backup := flag(onlyBeta("isBackup"), func(s *typedSet) *bool { return &s.backup })
	described := text(both("description"), func(s *typedSet) *string { return &s.Description })
	named := func(v1 string) []property[typedSet] {
		return []property[typedSet]{backup, guid(renamed(v1, "id"), id), described}
	}
	manager := []property[typedSet]{
		backup, whole(both("managerLevel"), func(s *typedSet) *int { return &s.ManagerLevel }).orElse(func(s *typedSet) { s.ManagerLevel = 1 }),
	}
	nobodyNamed := []property[typedSet]{backup}
	sets := map[entitlement.SubjectSetKind]*record[typedSet]{}
	for kind, props := range map[entitlement.SubjectSetKind][]property[typedSet]{
		entitlement.SetUser:             named("userId"),
		entitlement.SetGroup:            named("groupId"),
		entitlement.SetOrg:              named("connectedOrganizationId"),
		entitlement.SetServicePrincipal: named("servicePrincipalId"),
		entitlement.SetRule: {
			backup, described, plain(both("membershipRule"), func(s *typedSet) *string { return &s.Rule }).due(),
		},
		entitlement.SetRequestorManager: manager,
		entitlement.SetTargetManager:    manager,
		entitlement.SetInternalSponsors: nobodyNamed,
		entitlement.SetExternalSponsors: nobodyNamed,
		entitlement.SetTargetSponsors:   nobodyNamed,
		entitlement.SetAppOwners:        nobodyNamed,
		entitlement.SetAgentSponsors:    nobodyNamed,
	} {
		sets[kind] = subjectSetType(kind, props)
	}
	return sets
}()

func subjectSetType(kind entitlement.SubjectSetKind, props []property[typedSet]) *record[typedSet] {
	c := record[typedSet]{
		name: both(string(kind)), props: append([]property[typedSet]{}, props...), annotated: true,
		ignored: []string{"isBackup", "description", "managerLevel", "userPrincipalName", "mail", "displayName"},
	}
	if len(props) > 1 && props[1].names.Beta == "id" {
		c.ignored = append(c.ignored, "id", "userId", "groupId", "connectedOrganizationId", "servicePrincipalId")
		c.finish = func(r *reader, body *value, s *typedSet) error {
			// The names of both versions mean the same; samples mix them.
			if v := body.first(props[1].names.In(r.v), "id", "userId", "groupId", "connectedOrganizationId", "servicePrincipalId"); v != nil && s.ID == "" {
				id, err := v.asGUID()
				if err != nil {
					return explained(err, props[1].names.In(r.v))
				}
				s.ID = id
			}
			if s.ID == "" {
				return missing(r, string(kind), props[1].names)
			}
			return nil
		}
	}
	return complexType(c)
}

// typeOf returns the name that @odata.type gives, without its namespace.
func typeOf(v *value) string {
	t := v.member("@odata.type")
	if t == nil || t.kind != isString {
		return ""
	}
	name := strings.TrimPrefix(t.text, "#")
	return name[strings.LastIndexByte(name, '.')+1:]
}

func readSet(r *reader, v *value, s *typedSet) error {
	body, err := v.asObject()
	if err != nil {
		return err
	}
	name := typeOf(body)
	if name == "" {
		return wrong("must name its type by '@odata.type', such as #microsoft.graph.singleUser")
	}
	for kind, c := range subjectSets {
		if strings.EqualFold(string(kind), name) {
			s.Kind = kind
			return c.decode(r.inside(), body, s)
		}
	}
	return wrong(fmt.Sprintf("has the type %q, which is no subject set that is known here", shorten(name)))
}

func appendSet(b []byte, set entitlement.SubjectSet, backup bool, s *Shape) []byte {
	c, ok := subjectSets[set.Kind]
	if !ok {
		panic(fmt.Sprintf("wire: no subject set: %q", set.Kind))
	}
	return c.append(b, &typedSet{set, backup}, s)
}

func appendSets(b []byte, list []entitlement.SubjectSet, s *Shape) []byte {
	return appendEach(b, list, func(b []byte, set *entitlement.SubjectSet) []byte { return appendSet(b, *set, false, s) })
}

// setTypes names the lists of subject sets.
func setTypes(n Names) Names {
	return Names{"Collection(graph.subjectSet)", "Collection(graph.userSet)"}.where(n)
}

// sets is a list of subject sets without backups.
func sets[T any](n Names, at func(*T) *[]entitlement.SubjectSet) property[T] {
	return property[T]{
		names: n, types: setTypes(n),
		put: func(b []byte, t *T, s *Shape) []byte { return appendSets(b, *at(t), s) },
		set: func(r *reader, v *value, t *T) error {
			list, err := decodeEach(r, v, readSet)
			if err != nil {
				return err
			}
			*at(t) = nil
			for _, s := range list {
				*at(t) = append(*at(t), s.SubjectSet)
			}
			return nil
		},
		unset: func(t *T) { *at(t) = nil },
	}
}

// order has backups come last, where a list says nothing else.
func order(backup bool) int {
	if backup {
		return 1
	}
	return 0
}

// setsWithBackups is beta's form of two lists: the sets that are asked first
// and, marked as backups, those that stand in for them.
func setsWithBackups[T any](n Names, first, backups func(*T) *[]entitlement.SubjectSet) property[T] {
	return property[T]{
		names: n, types: setTypes(n),
		put: func(b []byte, t *T, s *Shape) []byte {
			all := make([]typedSet, 0, len(*first(t))+len(*backups(t)))
			for _, set := range *first(t) {
				all = append(all, typedSet{set, false})
			}
			for _, set := range *backups(t) {
				all = append(all, typedSet{set, true})
			}
			slices.SortStableFunc(all, func(a, b typedSet) int { return a.Place - b.Place })
			return appendEach(b, all, func(b []byte, set *typedSet) []byte { return appendSet(b, set.SubjectSet, set.backup, s) })
		},
		set: func(r *reader, v *value, t *T) error {
			list, err := decodeEach(r, v, readSet)
			if err != nil {
				return err
			}
			*first(t), *backups(t) = nil, nil
			ordered := slices.IsSortedFunc(list, func(a, b typedSet) int { return order(a.backup) - order(b.backup) })
			for i, s := range list {
				to := first(t)
				if s.backup {
					to = backups(t)
				}
				if !ordered {
					s.Place = i + 1
				}
				*to = append(*to, s.SubjectSet)
			}
			return nil
		},
		unset: func(t *T) { *first(t), *backups(t) = nil, nil },
	}
}
