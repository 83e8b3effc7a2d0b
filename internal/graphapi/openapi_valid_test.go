package graphapi

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/grantkeep/grantkeep/internal/graphapi/wire"
)

// TestOpenAPIIsValid has the document judged by a library that others use,
// and our answers by the document: the lists, and the objects in them.
func TestOpenAPIIsValid(t *testing.T) {
	t.Parallel()
	l := newLive(t, Settings{})
	for _, v := range []wire.Version{wire.V1, wire.Beta} {
		document, err := openapi3.NewLoader().LoadFromData(l.ask("", "GET", "/"+v.String()+"/$openapi", "").Body.Bytes())
		if err != nil {
			t.Fatalf("%s: %v", v, err)
		}
		if err := document.Validate(t.Context(), openapi3.EnableMultiError()); err != nil {
			t.Errorf("%s: %v", v, err)
		}
		lists, objects := 0, 0
		for path, item := range document.Paths.Map() {
			if item.Get == nil || strings.Contains(path, "{") {
				continue
			}
			answer := l.ask("person "+allScopes(), "GET", "/"+v.String()+path, "")
			response := item.Get.Responses.Value("2XX").Value.Content.Get("application/json")
			if answer.Code != 200 || response == nil || !strings.Contains(answer.Header().Get("Content-Type"), "json") {
				continue
			}
			var body any
			if err := json.Unmarshal(answer.Body.Bytes(), &body); err != nil {
				t.Fatal(err)
			}
			if err := response.Schema.Value.VisitJSON(body); err != nil {
				t.Errorf("%s %s answers what the document does not say: %v", v, path, err)
			}
			lists++
			if rows, ok := body.(map[string]any)["value"].([]any); ok {
				objects += len(rows)
			}
		}
		if lists == 0 || objects == 0 {
			t.Errorf("%s: %d answers with %d objects were looked at", v, lists, objects)
		}
	}
}
