package graphapi

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/grantkeep/grantkeep/internal/graphapi/wire"
)

// TestOpenAPI holds the document to what OpenAPI asks for, and to the routes:
// each is in it, each name in a path is declared, each reference leads
// somewhere, and no two operations have the same name.
func TestOpenAPI(t *testing.T) {
	t.Parallel()
	s, _ := server(t, Settings{})
	for _, v := range []wire.Version{wire.V1, wire.Beta} {
		w := get(s, "/"+v.String()+"/$openapi", "Authorization: ")
		var document struct {
			OpenAPI    string
			Paths      map[string]map[string]json.RawMessage
			Components struct{ Schemas map[string]json.RawMessage }
		}
		if err := json.Unmarshal(w.Body.Bytes(), &document); err != nil || w.Code != 200 || !strings.HasPrefix(document.OpenAPI, "3.") {
			t.Fatalf("%s: %d, %v", v, w.Code, err)
		}
		for _, ref := range regexp.MustCompile(`"\$ref":"([^"]*)"`).FindAllStringSubmatch(w.Body.String(), -1) {
			if document.Components.Schemas[strings.TrimPrefix(ref[1], "#/components/schemas/")] == nil {
				t.Errorf("%s: %s leads nowhere", v, ref[1])
			}
		}
		names := map[string]string{}
		for path, operations := range document.Paths {
			var parameters []struct{ Name, In string }
			if own, ok := operations["parameters"]; ok {
				if err := json.Unmarshal(own, &parameters); err != nil {
					t.Fatal(err)
				}
			}
			if strings.Count(path, "{") != len(parameters) {
				t.Errorf("%s %s declares %d parameters", v, path, len(parameters))
			}
			for method, text := range operations {
				if method == "parameters" {
					continue
				}
				var operation struct {
					OperationID string
					Responses   map[string]struct{ Description string }
				}
				if err := json.Unmarshal(text, &operation); err != nil {
					t.Fatal(err)
				}
				if other := names[operation.OperationID]; other != "" {
					t.Errorf("%s: %s and %s are both called %s", v, other, path, operation.OperationID)
				}
				names[operation.OperationID] = path
				if len(operation.Responses) == 0 || operation.Responses["2XX"].Description == "" {
					t.Errorf("%s: %s %s answers nothing", v, method, path)
				}
			}
		}
		served := 0
		for _, r := range routes() {
			if r.versions.has(v) {
				served++
			}
		}
		if len(names) != served {
			t.Errorf("%s: %d operations, and %d routes", v, len(names), served)
		}
		if again := get(s, "/"+v.String()+"/$openapi", "If-None-Match: "+w.Header().Get("ETag")); again.Code != 304 {
			t.Errorf("%s: asked again with its tag: %d", v, again.Code)
		}
	}
}
