package graphapi

import (
	"encoding/json"
	"regexp"
	"strings"

	"github.com/grantkeep/grantkeep/internal/graphapi/wire"
)

const openAPIPath = "/$openapi"

// jsonObject is an object of a JSON text.
type jsonObject = map[string]any

// getOpenAPI answers with the version as an OpenAPI document: what is served,
// and nothing else.
func getOpenAPI(c *call) error {
	return c.sendDocument(c.s.documents.openAPI(c.version), "application/json")
}

// openAPI writes the schema as an OpenAPI 3.0 document. Its paths begin
// behind the version.
func (s *schema) openAPI() []byte {
	paths := map[string]jsonObject{}
	for i := range s.endpoints {
		e := &s.endpoints[i]
		at := paths[e.path]
		if at == nil {
			at = jsonObject{}
			paths[e.path] = at
			if parameters := pathParameters(e.path); len(parameters) > 0 {
				at["parameters"] = parameters
			}
		}
		at[strings.ToLower(e.route.method)] = s.openOperation(e)
	}
	schemas := jsonObject{}
	for i := range s.types {
		schemas[s.types[i].Name] = s.openType(&s.types[i])
	}
	for _, e := range s.enums {
		schemas[e.Name] = openEnum(e)
	}
	schemas["error"] = errorSchema
	document := jsonObject{
		"openapi":  "3.0.3",
		"info":     jsonObject{"title": "Grantkeep", "version": s.version.String(), "description": "The entitlement-management API as this server serves it."},
		"servers":  []any{jsonObject{"url": "/" + s.version.String()}},
		"paths":    paths,
		"security": []any{jsonObject{"token": []any{}}},
		"components": jsonObject{
			"schemas":         schemas,
			"securitySchemes": jsonObject{"token": jsonObject{"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
		},
	}
	text, err := json.Marshal(document)
	if err != nil {
		panic(err) // there is nothing in it that cannot be written
	}
	return text
}

var inBraces = regexp.MustCompile(`\{([^}]*)\}`)

func pathParameters(path string) []any {
	var list []any
	for _, m := range inBraces.FindAllStringSubmatch(path, -1) {
		list = append(list, jsonObject{"name": m[1], "in": "path", "required": true, "schema": jsonObject{"type": "string"}})
	}
	return list
}

// openOperation describes a route: what it takes and what it answers. The
// exact status is docs/api.md's to tell.
func (s *schema) openOperation(e *endpoint) jsonObject {
	o := jsonObject{
		"operationId": operationID(e),
		"responses": jsonObject{
			"2XX":     s.openAnswer(e),
			"default": jsonObject{"description": "refused", "content": asJSON(jsonObject{"$ref": "#/components/schemas/error"})},
		},
	}
	switch {
	case e.route.method == "GET" && e.at.collection && !strings.HasSuffix(e.path, "/$ref"):
		o["parameters"] = collectionOptions
	case e.route.method == "PUT" || e.route.method == "PATCH" || e.route.method == "POST":
		o["requestBody"] = jsonObject{"content": asJSON(s.openBody(e))}
	}
	if e.route.access.token == noToken {
		o["security"] = []any{}
	}
	return o
}

// operationID names an operation by its method and the words of its path.
func operationID(e *endpoint) string {
	return strings.ToLower(e.route.method) + strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' {
			return r
		}
		return '_'
	}, e.path)
}

func asJSON(schema jsonObject) jsonObject {
	return jsonObject{"application/json": jsonObject{"schema": schema}}
}

func (s *schema) openAnswer(e *endpoint) jsonObject {
	answer := jsonObject{"description": "done"}
	switch {
	case strings.HasSuffix(e.path, "/$count"):
		answer["content"] = jsonObject{"text/plain": jsonObject{"schema": jsonObject{"type": "integer"}}}
	case e.route.method == "DELETE" || strings.HasSuffix(e.path, "/$ref") || e.at.of == "" || s.find(e.at.of) == nil:
	case e.at.collection && e.route.method == "GET" || e.at.collection && e.call != nil:
		answer["content"] = asJSON(jsonObject{"type": "object", "properties": jsonObject{
			"value":           jsonObject{"type": "array", "items": refTo(e.at.of)},
			"@odata.count":    jsonObject{"type": "integer"},
			"@odata.nextLink": jsonObject{"type": "string"},
		}})
	default:
		answer["content"] = asJSON(refTo(e.at.of))
	}
	return answer
}

func (s *schema) openBody(e *endpoint) jsonObject {
	switch {
	case e.call != nil:
		properties := jsonObject{}
		for _, p := range e.call.Parameters {
			properties[p.Name] = s.openEdm(p.Type)
		}
		return jsonObject{"type": "object", "properties": properties}
	case strings.HasSuffix(e.path, "/$ref"):
		return jsonObject{"type": "object", "properties": jsonObject{"@odata.id": jsonObject{"type": "string"}}}
	case e.at.of != "" && s.find(e.at.of) != nil:
		return refTo(e.at.of)
	}
	return jsonObject{"type": "object"}
}

func refTo(name string) jsonObject { return jsonObject{"$ref": "#/components/schemas/" + name} }

func (s *schema) openType(t *wire.TypeInfo) jsonObject {
	properties := jsonObject{}
	for _, p := range t.Properties {
		if !s.offers(t, p) {
			continue
		}
		about := s.openEdm(p.Type)
		nullable := p.Nullable && !p.Navigation
		if _, reference := about["$ref"]; reference && (nullable || p.ReadOnly) {
			about = besides(about, nullable)
		} else if nullable {
			about["nullable"] = true
		}
		if p.ReadOnly {
			about["readOnly"] = true
		}
		properties[p.Name] = about
	}
	return jsonObject{"type": "object", "properties": properties}
}

func openEnum(e wire.EnumInfo) jsonObject {
	if e.Flags {
		return jsonObject{"type": "string", "description": "Some of these, separated by commas: " + strings.Join(e.Members, ", ") + "."}
	}
	return jsonObject{"type": "string", "enum": e.Members}
}

// besides wraps a reference, beside which nothing may stand. What it leads to
// says nothing of null, so that has to be an alternative.
func besides(reference jsonObject, nullable bool) jsonObject {
	if nullable {
		return jsonObject{"anyOf": []any{reference, jsonObject{"type": "object", "nullable": true}}}
	}
	return jsonObject{"allOf": []any{reference}}
}

// edmTypes are the primitive types as JSON has them.
var edmTypes = map[string][2]string{
	"Edm.Boolean": {"boolean"}, "Edm.Int32": {"integer", "int32"}, "Edm.Int64": {"integer", "int64"},
	"Edm.DateTimeOffset": {"string", "date-time"}, "Edm.Date": {"string", "date"}, "Edm.Duration": {"string", "duration"},
	"Edm.Guid": {"string", "uuid"},
}

func (s *schema) openEdm(edm string) jsonObject {
	if inner, list := strings.CutPrefix(edm, "Collection("); list {
		return jsonObject{"type": "array", "items": s.openEdm(strings.TrimSuffix(inner, ")"))}
	}
	if name, ours := strings.CutPrefix(edm, "graph."); ours {
		if s.find(name) != nil || s.isEnum(name) {
			return refTo(name)
		}
		return jsonObject{"type": "object"}
	}
	if !strings.HasPrefix(edm, "Edm.") {
		return jsonObject{"type": "object"} // of a namespace of its own, whose types have no members
	}
	about := jsonObject{"type": "string"}
	if as, ok := edmTypes[edm]; ok {
		about["type"] = as[0]
		if as[1] != "" {
			about["format"] = as[1]
		}
	}
	return about
}

func (s *schema) isEnum(name string) bool {
	for _, e := range s.enums {
		if e.Name == name {
			return true
		}
	}
	return false
}

// collectionOptions are the query options of lists.
var collectionOptions = func() []any {
	var list []any
	for _, name := range []string{"$filter", "$select", "$expand", "$orderby", "$search", "$skiptoken"} {
		list = append(list, jsonObject{"name": name, "in": "query", "schema": jsonObject{"type": "string"}})
	}
	for _, name := range []string{"$top", "$skip"} {
		list = append(list, jsonObject{"name": name, "in": "query", "schema": jsonObject{"type": "integer"}})
	}
	return append(list, jsonObject{"name": "$count", "in": "query", "schema": jsonObject{"type": "boolean"}})
}()

var errorSchema = jsonObject{"type": "object", "properties": jsonObject{"error": jsonObject{"type": "object", "properties": jsonObject{
	"code": jsonObject{"type": "string"}, "message": jsonObject{"type": "string"},
	"details":    jsonObject{"type": "array", "items": jsonObject{"type": "object"}},
	"innerError": jsonObject{"type": "object"},
}}}}
