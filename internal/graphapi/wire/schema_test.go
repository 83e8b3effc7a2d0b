package wire

import (
	"encoding/xml"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
)

// published is what the tests need of a published CSDL document.
type published struct {
	types map[string]publishedType
	enums map[string][]string
}

type publishedType struct {
	base    string
	members map[string]string // Edm type by name
}

func readPublished(t *testing.T, name string) published {
	t.Helper()
	data, err := os.ReadFile("../../../../shared/graph/" + name)
	if errors.Is(err, fs.ErrNotExist) && os.Getenv("GRANTKEEP_REQUIRE_ALL") != "1" && os.Getenv("CI") == "" {
		t.Skip("the published schema is not here; it is no part of this repository")
	}
	if err != nil {
		t.Fatal(err)
	}
	type named struct {
		Name     string `xml:"Name,attr"`
		Type     string `xml:"Type,attr"`
		BaseType string `xml:"BaseType,attr"`
		Members  []struct {
			Name string `xml:"Name,attr"`
		} `xml:"Member"`
		Properties []struct {
			Name string `xml:"Name,attr"`
			Type string `xml:"Type,attr"`
		} `xml:"Property"`
		Navigations []struct {
			Name string `xml:"Name,attr"`
			Type string `xml:"Type,attr"`
		} `xml:"NavigationProperty"`
	}
	var doc struct {
		Schemas []struct {
			Enums    []named `xml:"EnumType"`
			Entities []named `xml:"EntityType"`
			Complex  []named `xml:"ComplexType"`
		} `xml:"DataServices>Schema"`
	}
	if err := xml.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	p := published{types: map[string]publishedType{}, enums: map[string][]string{}}
	for _, s := range doc.Schemas {
		for _, e := range s.Enums {
			for _, m := range e.Members {
				p.enums[e.Name] = append(p.enums[e.Name], m.Name)
			}
		}
		for _, e := range slices.Concat(s.Entities, s.Complex) {
			pt := publishedType{base: e.BaseType, members: map[string]string{}}
			if old, ok := p.types[e.Name]; ok {
				pt = old
			}
			for _, m := range slices.Concat(e.Properties, e.Navigations) {
				pt.members[m.Name] = m.Type
			}
			p.types[e.Name] = pt
		}
	}
	return p
}

// find returns the Edm type of a member, inherited ones included.
func (p published) find(typeName, member string) (string, bool) {
	for typeName != "" {
		t, ok := p.types[typeName]
		if !ok {
			return "", false
		}
		if edm, ok := t.members[member]; ok {
			return edm, true
		}
		typeName = t.base
		for _, prefix := range []string{"graph.", "microsoft.graph."} {
			if len(typeName) > len(prefix) && typeName[:len(prefix)] == prefix {
				typeName = typeName[len(prefix):]
			}
		}
	}
	return "", false
}

// extras are what we serve beyond the published files, with the reason.
var extras = map[string]string{
	"v1.0 accessPackageCatalog.uniqueName":                                              "an alternate key by annotation only",
	"v1.0 accessPackage.uniqueName":                                                     "an alternate key by annotation only",
	"beta singleServicePrincipal":                                                       "v1.0 policies are readable in beta",
	"beta targetManager":                                                                "v1.0 policies are readable in beta",
	"beta targetApplicationOwners":                                                      "v1.0 policies are readable in beta",
	"v1.0 customAccessPackageWorkflowExtension":                                         "what beta made is readable in v1.0",
	"v1.0 accessPackageDynamicApprovalStage.customExtension":                            "v1.0 binds it and reads it back",
	"beta customExtensionCallbackConfiguration.durationBeforeTimeout":                   "the name of the published samples",
	"beta accessPackageRequestApprovalStageCallbackConfiguration.durationBeforeTimeout": "the name of the published samples",
}

// boundary are the types of which the published files, which are about
// entitlement management, hold stubs only, or nothing.
var boundary = []string{
	"user", "group", "servicePrincipal", "application", "directoryObject", "appRole", "permissionScope", "appRoleAssignment",
	"onPremisesExtensionAttributes", "objectIdentity", "userIdentity", "directory", "roleManagement", "subscription",
}

func TestNamesAgreeWithPublishedSchema(t *testing.T) {
	t.Parallel()
	for v, file := range map[Version]string{V1: "entitlement-v1.csdl.xml", Beta: "entitlement-beta.csdl.xml"} {
		t.Run(v.String(), func(t *testing.T) {
			t.Parallel()
			p := readPublished(t, file)
			checked := 0
			for _, info := range Types(v) {
				here := v.String() + " " + info.Name
				if slices.Contains(boundary, info.Name) || extras[here] != "" || strings.HasPrefix(info.Name, "grantkeep") {
					continue
				}
				if _, ok := p.types[info.Name]; !ok {
					t.Errorf("%s is not a published type", here)
					continue
				}
				for _, m := range info.Properties {
					checked++
					edm, ok := p.find(info.Name, m.Name)
					switch {
					case extras[here+"."+m.Name] != "":
					case !ok:
						t.Errorf("%s.%s is not published", here, m.Name)
					case edm != m.Type && m.Name != "id":
						t.Errorf("%s.%s is %s, published as %s", here, m.Name, m.Type, edm)
					}
				}
			}
			if checked < 150 {
				t.Errorf("only %d members were checked; the declarations are not walked", checked)
			}
			for _, e := range Enums(v) {
				members, ok := p.enums[e.Name]
				if !ok {
					t.Errorf("%s %s is not a published enumeration", v, e.Name)
				}
				for _, m := range e.Members {
					if !slices.Contains(members, m) {
						t.Errorf("%s %s.%s is not published", v, e.Name, m)
					}
				}
			}
		})
	}
}
