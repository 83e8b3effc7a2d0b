package wire

import "slices"

// PropertyInfo describes one member of a type in one version.
type PropertyInfo struct {
	Name     string
	Type     string // Edm type, such as Edm.String or Collection(graph.subjectSet)
	Nullable bool
	ReadOnly bool
	Required bool   // on create
	Field    string // in store.Fields; empty if lists cannot be filtered or sorted by it
	Kind     string // of the field: text, name, flag or instant

	Navigation bool
	Contained  bool // the related objects are part of this one
	PathOnly   bool // the related objects have a path of their own and cannot be expanded
}

// TypeInfo describes an entity or complex type in one version.
type TypeInfo struct {
	Name       string
	Namespace  string // below the one of Graph; empty for that itself
	Base       string // what it extends; empty if nothing
	Entity     bool
	Open       bool // objects have members besides those that are declared
	Abstract   bool // no object is of this type and of none that extends it
	Properties []PropertyInfo
}

// EnumInfo describes an enumeration type in one version.
type EnumInfo struct {
	Name    string
	Members []string
	Flags   bool // a value may be several members, separated by commas
}

// typeInfo is a declared type, whatever it is declared over.
type typeInfo interface {
	describe(v Version) TypeInfo
	vocabularies(v Version) []*vocabulary
	inner() []typeInfo
}

func (c *record[T]) describe(v Version) TypeInfo {
	info := TypeInfo{Name: c.name.In(v), Open: c.open}
	for i := range c.props {
		p := &c.props[i]
		name := p.names.In(v)
		if name == "" || name[0] == '@' {
			continue
		}
		info.Properties = append(info.Properties, PropertyInfo{
			Name: name, Type: p.types.In(v), Nullable: !p.required && name != "id",
			ReadOnly: p.readOnly || p.set == nil, Required: p.required, Field: p.field, Kind: p.fieldKind(),
			Navigation: p.contained.In(v) != "", Contained: p.contained.In(v) != "",
		})
	}
	return info
}

// fieldKind names the type that the field must have in store.Fields.
func (p *property[T]) fieldKind() string {
	switch {
	case p.field == "":
		return ""
	case p.literal == nameLiteral || p.literal == listLiteral:
		return "name"
	case p.literal == instantLiteral:
		return "instant"
	case p.literal == flagLiteral, p.words != nil && len(p.words.words) > 0 && p.words.isFlag():
		return "flag"
	}
	return "text"
}

// isFlag reports whether the words stand for booleans.
func (d *vocabulary) isFlag() bool {
	for _, w := range d.words {
		for _, v := range w.stands {
			if _, ok := v.(bool); ok {
				return true
			}
		}
	}
	return false
}

func (c *record[T]) vocabularies(v Version) (list []*vocabulary) {
	for i := range c.props {
		if c.props[i].words != nil && c.name.In(v) != "" && c.props[i].names.In(v) != "" {
			list = append(list, c.props[i].words)
		}
	}
	return list
}

func (c *record[T]) inner() (list []typeInfo) {
	for i := range c.props {
		if c.props[i].parts != nil {
			list = append(list, c.props[i].parts)
		}
	}
	return list
}

func (e *Entity[T]) describe(v Version) TypeInfo {
	info := e.record.describe(v)
	info.Entity, info.Abstract = true, e.abstract || len(e.kinds) > 0 && info.Name != "directoryObject"
	for i := range e.navs {
		n := &e.navs[i]
		name := n.names.In(v)
		if name == "" {
			continue
		}
		to := "graph." + n.target.Type(v)
		if n.collection {
			to = "Collection(" + to + ")"
		}
		info.Properties = append(info.Properties, PropertyInfo{
			Name: name, Type: to, Nullable: true, ReadOnly: true, Navigation: true, Contained: n.contained,
		})
	}
	return info
}

// Properties describes the entity's members in a version: properties in
// declared order, then navigations.
func (e *Entity[T]) Properties(v Version) []PropertyInfo { return e.describe(v).Properties }

// Fields lists every field that $filter and $orderby can lead to, with its
// kind: text, name, flag or instant.
func (e *Entity[T]) Fields() map[string]string {
	fields := map[string]string{}
	for _, list := range [][]property[T]{e.props, e.paths} {
		for i := range list {
			if p := &list[i]; p.field != "" {
				fields[p.field] = p.fieldKind()
			}
		}
	}
	return fields
}

// Lookups lists the related lists that any and all can look into, each with
// the collection of its elements.
func (e *Entity[T]) Lookups() map[string]string {
	lookups := map[string]string{}
	for i := range e.navs {
		if n := &e.navs[i]; n.lookup != "" {
			lookups[n.lookup] = n.target.Collection()
		}
	}
	return lookups
}

// Types describes every entity and complex type of a version that the
// declarations name, each once, in the order of their names. Members that a
// type has from its base are among its own.
func Types(v Version) []TypeInfo {
	var types []TypeInfo
	walk(func(t typeInfo) {
		info := t.describe(v)
		known := slices.ContainsFunc(types, func(other TypeInfo) bool { return other.Name == info.Name })
		if info.Name != "" && !known {
			types = append(types, info)
		}
	})
	types = withBases(withContainers(append(types, payloads(v)...), v), v)
	slices.SortFunc(types, func(a, b TypeInfo) int { return compareText(a.Name, b.Name) })
	return types
}

// Enums describes every enumeration type of a version, in the order of their
// names. Evolvable ones have unknownFutureValue before what came later.
func Enums(v Version) []EnumInfo {
	var enums []EnumInfo
	add := func(vocabularies []*vocabulary) {
		for _, d := range vocabularies {
			name := d.edm.In(v)
			if name == "" {
				continue
			}
			at := slices.IndexFunc(enums, func(other EnumInfo) bool { return other.Name == name })
			if at < 0 {
				at = len(enums)
				enums = append(enums, EnumInfo{Name: name, Flags: d.flags})
			}
			// Some properties know a part of an enumeration only.
			for _, m := range d.spellings(v) {
				if !slices.Contains(enums[at].Members, m) {
					enums[at].Members = append(enums[at].Members, m)
				}
			}
		}
	}
	walk(func(t typeInfo) { add(t.vocabularies(v)) })
	add([]*vocabulary{packageOptions, assignmentOptions, requestOptions, approvalOptions, suggestionOptions})
	slices.SortFunc(enums, func(a, b EnumInfo) int { return compareText(a.Name, b.Name) })
	return enums
}

// payloads are the types of what clients say of uploads, which v1.0 declares
// by name only, in a namespace of its own.
func payloads(v Version) []TypeInfo {
	if v != V1 {
		return nil
	}
	return []TypeInfo{{Name: "data", Namespace: "customDataProvidedResourcePayloads", Abstract: true}}
}

func compareText(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// spellings lists the members as metadata does.
func (d *vocabulary) spellings(v Version) []string {
	var members, evolved []string
	for _, w := range d.words {
		name := w.v1
		if v == Beta {
			name = w.beta
		}
		switch {
		case name == "" || slices.Contains(members, name):
		case w.evolved:
			evolved = append(evolved, name)
		default:
			members = append(members, name)
		}
	}
	if slices.Contains(closedEnums, d.edm.In(v)) {
		return members
	}
	return append(append(members, unknownFuture), evolved...)
}

// closedEnums will have no further members; all others may, and say so by
// unknownFutureValue.
var closedEnums = []string{"dayOfWeek", "expirationPatternType", "recurrencePatternType", "recurrenceRangeType", "weekIndex"}

// walk visits every declared type once.
func walk(visit func(typeInfo)) {
	seen := map[typeInfo]bool{}
	var see func(typeInfo)
	see = func(t typeInfo) {
		if seen[t] {
			return
		}
		seen[t] = true
		visit(t)
		for _, part := range t.inner() {
			see(part)
		}
	}
	for _, t := range declared() {
		see(t)
	}
	for _, set := range subjectSets {
		see(set)
	}
	for _, t := range sourceTypes {
		see(t)
	}
	for _, t := range extensionParts() {
		see(t)
	}
	for _, t := range connectionTypes {
		see(t)
	}
	for _, t := range securityTypes {
		see(t)
	}
	for _, t := range []typeInfo{textQuestion, choiceQuestion, localizedText, localizedContent, choiceType, appRoleType, permissionScopeType, dynamicStage, relatedReason, historyReason, identityRecord, personRecord, calloutRequest, callbackData, approvalCallbackData} {
		see(t)
	}
}

func declared() []typeInfo {
	return []typeInfo{
		AssignedRole, Catalog, Package, AvailablePackage, Requirement, Suggestion, Exception, Emergency, Subscription, Violation, Resource, schema.customResource,
		UploadSession, schema.reviewUpload, UploadedFile, ResourceRole, ResourceScope, RoleScope, Environment, ResourceRequest, Policy, StageSetting, ExtensionHandler,
		OriginConnector, Extension, schema.requestExtension, schema.assignmentExtension, LegacyExtension,
		Request, Assignment, Approval, Stage, Subject, User, Group, ServicePrincipal, Application, DirectoryObject,
		RoleDefinition, RoleAssignment, schema.appScope, Namespace, ResourceAction, schema.actionScope, schema.actionContext, AppRoleAssignment, Organization, Settings, Control, schema.endUser, schema.insiderRisk, schema.userRisk,
	}
}
