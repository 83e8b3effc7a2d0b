package graphapi

import (
	"encoding/xml"
	"errors"
	"io/fs"
	"os"
	"slices"
	"testing"
)

// publishedAt is where the published schema lies beside the repository. It
// is no part of it.
const publishedAt = "../../../shared/graph/"

// readPublishedFile returns a file of the published description of the API.
// Where it is not there the test is skipped, except on the build machine.
func readPublishedFile(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(publishedAt + name)
	if errors.Is(err, fs.ErrNotExist) && os.Getenv("GRANTKEEP_REQUIRE_ALL") != "1" && os.Getenv("CI") == "" {
		t.Skip("the published schema is not here; it is no part of this repository")
	}
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// published is what the tests need of a published CSDL document.
type published struct {
	types      []publishedType
	enums      []publishedEnum
	operations []publishedOperation
}

type publishedType struct {
	name    string
	entity  bool
	members []publishedMember
}

type publishedMember struct {
	name, edm  string
	navigation bool
}

type publishedEnum struct {
	name    string
	members []string
}

type publishedOperation struct {
	name, bound string // bound as an Edm type
	action      bool
	parameters  []publishedMember
	returns     string
}

type csdlMember struct {
	Name string `xml:"Name,attr"`
	Type string `xml:"Type,attr"`
}

type csdlElement struct {
	Name        string       `xml:"Name,attr"`
	Members     []csdlMember `xml:"Member"`
	Properties  []csdlMember `xml:"Property"`
	Navigations []csdlMember `xml:"NavigationProperty"`
	Parameters  []csdlMember `xml:"Parameter"`
	Return      csdlMember   `xml:"ReturnType"`
}

type csdlDocument struct {
	Schemas []struct {
		Enums     []csdlElement `xml:"EnumType"`
		Entities  []csdlElement `xml:"EntityType"`
		Complex   []csdlElement `xml:"ComplexType"`
		Actions   []csdlElement `xml:"Action"`
		Functions []csdlElement `xml:"Function"`
		Container struct {
			Sets       []csdlMember `xml:"EntitySet"`
			Singletons []csdlMember `xml:"Singleton"`
		} `xml:"EntityContainer"`
	} `xml:"DataServices>Schema"`
}

func readCSDL(t *testing.T, data []byte) published {
	t.Helper()
	var doc csdlDocument
	if err := xml.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	var p published
	for _, s := range doc.Schemas {
		for _, e := range s.Enums {
			enum := publishedEnum{name: e.Name}
			for _, m := range e.Members {
				enum.members = append(enum.members, m.Name)
			}
			p.enums = append(p.enums, enum)
		}
		for i, e := range slices.Concat(s.Entities, s.Complex) {
			p.addType(e, i < len(s.Entities))
		}
		for i, e := range slices.Concat(s.Actions, s.Functions) {
			op := publishedOperation{name: e.Name, action: i < len(s.Actions), returns: e.Return.Type}
			op.bound = e.Parameters[0].Type
			for _, m := range e.Parameters[1:] {
				op.parameters = append(op.parameters, publishedMember{name: m.Name, edm: m.Type})
			}
			p.operations = append(p.operations, op)
		}
	}
	return p
}

// addType adds a type, or to one that is there already: the published files
// hold some in two pieces.
func (p *published) addType(e csdlElement, entity bool) {
	at := slices.IndexFunc(p.types, func(t publishedType) bool { return t.name == e.Name })
	if at < 0 {
		at = len(p.types)
		p.types = append(p.types, publishedType{
			name: e.Name, entity: entity,
		})
	}
	t := &p.types[at]
	for i, m := range slices.Concat(e.Properties, e.Navigations) {
		t.members = append(t.members, publishedMember{name: m.Name, edm: m.Type, navigation: i >= len(e.Properties)})
	}
}
