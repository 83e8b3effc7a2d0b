package graphapi

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/grantkeep/grantkeep/internal/graphapi/wire"
)

const xmlType = "application/xml; charset=utf-8"

// document is a text that is the same for everybody, with its entity tag.
type document struct {
	text []byte
	tag  string
}

func newDocument(text []byte) document {
	sum := sha256.Sum256(text)
	return document{text, `W/"` + hex.EncodeToString(sum[:12]) + `"`}
}

// sendDocument answers with a document, or says that the client has it.
func (c *call) sendDocument(d document, contentType string) error {
	c.w.Header().Set("ETag", d.tag)
	if sameTag(c.r.Header.Get("If-None-Match"), d.tag) {
		return c.sendNothing(http.StatusNotModified)
	}
	c.send(http.StatusOK, contentType, d.text)
	return nil
}

// getMetadata answers with the schema of the version (conventions.md
// section 9): what is served, and nothing else.
func getMetadata(c *call) error {
	return c.sendDocument(c.s.documents.metadata(c.version), xmlType)
}

// csdl writes the schema as OData's CSDL in XML.
func (s *schema) csdl() []byte {
	var x xmlWriter
	x.text.WriteString(xml.Header)
	x.open("edmx:Edmx", "Version", "4.0", "xmlns:edmx", "http://docs.oasis-open.org/odata/ns/edmx")
	x.open("edmx:DataServices")
	x.open("Schema", "Namespace", "microsoft.graph", "Alias", "graph", "xmlns", "http://docs.oasis-open.org/odata/ns/edm")
	for _, e := range s.enums {
		x.enum(e)
	}
	x.open("EntityType", "Name", "entity", "Abstract", "true")
	x.open("Key")
	x.leaf("PropertyRef", "Name", "id")
	x.close()
	x.leaf("Property", "Name", "id", "Type", "Edm.String", "Nullable", "false")
	x.close()
	for i := range s.types {
		if s.types[i].Namespace == "" {
			s.typeTo(&x, &s.types[i])
		}
	}
	for i := range s.operations {
		if s.called[i] {
			s.operationTo(&x, &s.operations[i])
		}
	}
	x.open("EntityContainer", "Name", "GraphService")
	for _, set := range wire.Sets() {
		if set.Collection {
			x.leaf("EntitySet", "Name", set.Name, "EntityType", "microsoft.graph."+set.Type)
		} else {
			x.leaf("Singleton", "Name", set.Name, "Type", "microsoft.graph."+set.Type)
		}
	}
	x.close()
	x.close()
	for i := range s.types {
		if name := s.types[i].Namespace; name != "" {
			x.open("Schema", "Namespace", "microsoft.graph."+name, "Alias", name, "xmlns", "http://docs.oasis-open.org/odata/ns/edm")
			s.typeTo(&x, &s.types[i])
			x.close()
		}
	}
	x.close()
	x.close()
	return []byte(x.text.String())
}

func (s *schema) typeTo(x *xmlWriter, t *wire.TypeInfo) {
	kind := "ComplexType"
	if t.Entity {
		kind = "EntityType"
	}
	attributes := []string{"Name", t.Name}
	if t.Base != "" {
		attributes = append(attributes, "BaseType", "graph."+t.Base)
	}
	if t.Abstract {
		attributes = append(attributes, "Abstract", "true")
	}
	if t.Open {
		attributes = append(attributes, "OpenType", "true")
	}
	x.open(kind, attributes...)
	for _, p := range t.Properties {
		if s.inherits(t, p) || !s.offers(t, p) {
			continue
		}
		about := []string{"Name", p.Name, "Type", p.Type}
		switch {
		case p.Contained:
			about = append(about, "ContainsTarget", "true")
		case !p.Nullable && !p.Navigation:
			about = append(about, "Nullable", "false")
		}
		if p.Navigation {
			x.leaf("NavigationProperty", about...)
		} else {
			x.leaf("Property", about...)
		}
	}
	for _, key := range s.alternateKeys[t.Name] {
		x.open("Annotation", "Term", "Org.OData.Core.V1.AlternateKeys")
		x.open("Collection")
		x.open("Record", "Type", "Org.OData.Core.V1.AlternateKey")
		x.open("PropertyValue", "Property", "Key")
		x.open("Collection")
		x.open("Record", "Type", "Org.OData.Core.V1.PropertyRef")
		x.leaf("PropertyValue", "Property", "Alias", "String", key)
		x.leaf("PropertyValue", "Property", "Name", "PropertyPath", key)
		for range 6 {
			x.close()
		}
	}
	x.close()
}

// inherits reports whether a member is one of the type's base.
func (s *schema) inherits(t *wire.TypeInfo, p wire.PropertyInfo) bool {
	if t.Base == "entity" {
		return p.Name == "id"
	}
	base := s.find(t.Base)
	return base != nil && slices.ContainsFunc(base.Properties, func(q wire.PropertyInfo) bool { return q.Name == p.Name })
}

func (s *schema) operationTo(x *xmlWriter, op *wire.OperationInfo) {
	kind := "Function"
	if op.Action {
		kind = "Action"
	}
	x.open(kind, "Name", op.Name, "IsBound", "true")
	bound := "graph." + op.Bound
	if op.Collection {
		bound = "Collection(" + bound + ")"
	}
	x.leaf("Parameter", "Name", "bindingParameter", "Type", bound)
	for _, p := range op.Parameters {
		if p.Nullable {
			x.leaf("Parameter", "Name", p.Name, "Type", p.Type)
		} else {
			x.leaf("Parameter", "Name", p.Name, "Type", p.Type, "Nullable", "false")
		}
	}
	if op.Returns != "" {
		x.leaf("ReturnType", "Type", op.Returns)
	}
	x.close()
}

// xmlWriter writes elements with attributes, one a line.
type xmlWriter struct {
	text  strings.Builder
	stack []string
}

// enum writes an enumeration. The members of flags have values that can be
// added, none is 0.
func (x *xmlWriter) enum(e wire.EnumInfo) {
	if !e.Flags {
		x.open("EnumType", "Name", e.Name)
		for _, m := range e.Members {
			x.leaf("Member", "Name", m)
		}
		x.close()
		return
	}
	x.open("EnumType", "Name", e.Name, "IsFlags", "true")
	bit := 1
	for _, m := range e.Members {
		value := 0
		if m != "none" {
			value, bit = bit, 2*bit
		}
		x.leaf("Member", "Name", m, "Value", strconv.Itoa(value))
	}
	x.close()
}

func (x *xmlWriter) open(name string, attributes ...string) {
	x.start(name, attributes)
	x.text.WriteString(">\n")
	x.stack = append(x.stack, name)
}

func (x *xmlWriter) leaf(name string, attributes ...string) {
	x.start(name, attributes)
	x.text.WriteString("/>\n")
}

// start writes a tag up to its end. The attributes are names and values in
// turn; none of ours holds what XML would have escaped.
func (x *xmlWriter) start(name string, attributes []string) {
	x.text.WriteString(strings.Repeat("  ", len(x.stack)))
	x.text.WriteString("<" + name)
	for i := 0; i < len(attributes); i += 2 {
		x.text.WriteString(" " + attributes[i] + `="` + attributes[i+1] + `"`)
	}
}

func (x *xmlWriter) close() {
	name := x.stack[len(x.stack)-1]
	x.stack = x.stack[:len(x.stack)-1]
	x.text.WriteString(strings.Repeat("  ", len(x.stack)) + "</" + name + ">\n")
}
