package graphapi

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestMetadataLevelOfAccept(t *testing.T) {
	t.Parallel()
	for accept, want := range map[string]metadataLevel{
		"":                                     minimalMetadata,
		"*/*":                                  minimalMetadata,
		"application/json;odata.metadata=none": noMetadata,
		"application/json; charset=utf-8; IEEE754Compatible=false; odata.metadata=full": fullMetadata,
		"application/json;metadata=full":                                                fullMetadata,
		"text/plain, application/json; odata.metadata=None":                             noMetadata,
		"application/json;odata.metadata=verbose":                                       minimalMetadata,
		"application/json;odata.metadata=minimal; x=\"none\"":                           minimalMetadata,
	} {
		if got := metadataIn(accept); got != want {
			t.Errorf("%q: %s, want %s", accept, got, want)
		}
	}
}

func TestWithoutMetadata(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"@odata.context":"x","id":"1"}`:                `{"id":"1"}`,
		`{"id":"1","@odata.type":"#a"}`:                  `{"id":"1"}`,
		`{"@odata.type":"#a"}`:                           `{}`,
		`{"a":[{"@odata.type":"#a","b":1},{"c":{}}]}`:    `{"a":[{"b":1},{"c":{}}]}`,
		`{"x@odata.context":{"y":[1,"}"]},"x":null}`:     `{"x":null}`,
		`{"@odata.count":3,"@odata.nextLink":"l","v":1}`: `{"@odata.count":3,"@odata.nextLink":"l","v":1}`,
		`{"a":"\"@odata.type\":1","b":["@odata.id"]}`:    `{"a":"\"@odata.type\":1","b":["@odata.id"]}`,
		`{"@odata.a":1,"@odata.b":true,"c":0}`:           `{"c":0}`,
		`{"c":0,"@odata.a":1,"@odata.b":true}`:           `{"c":0}`,
	} {
		if got := string(withoutMetadata([]byte(body))); got != want || !json.Valid([]byte(got)) {
			t.Errorf("%s: %s, want %s", body, got, want)
		}
	}
}

func TestAnswersHaveTheMetadataThatIsAskedFor(t *testing.T) {
	t.Parallel()
	l := newLive(t, Settings{})
	for level, told := range map[string]bool{"none": false, "minimal": true, "full": true} {
		w := l.ask("person "+allScopes(), "GET", "/v1.0"+em+"/catalogs?$count=true", "", "Accept: application/json;odata.metadata="+level)
		if got := w.Header().Get("Content-Type"); !strings.Contains(got, "odata.metadata="+level+";") {
			t.Errorf("%s: Content-Type %s", level, got)
		}
		if got := strings.Contains(w.Body.String(), "@odata.context"); w.Code != 200 || got != told {
			t.Errorf("%s: %d %s", level, w.Code, w.Body)
		}
		if !strings.Contains(w.Body.String(), `"@odata.count":2`) {
			t.Errorf("%s: no count: %s", level, w.Body)
		}
	}
}

// FuzzWithoutMetadata takes control information out of whatever is JSON: what
// is left is JSON too, and holds none.
func FuzzWithoutMetadata(f *testing.F) {
	for _, seed := range []string{
		`{"@odata.context":"x","id":"1","a":[{"@odata.type":"t"}]}`, `[]`, `{"a":{"b":[1,2,{"x@odata.type":"y"}]},"c":"\\"}`, `"@odata.type"`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var compact strings.Builder
		var value any
		if json.Unmarshal(body, &value) != nil {
			return
		}
		encoder := json.NewEncoder(&compact)
		if err := encoder.Encode(value); err != nil {
			t.Fatal(err)
		}
		got := withoutMetadata([]byte(compact.String()))
		if err := json.Unmarshal(got, &value); err != nil {
			t.Fatalf("%s: %v in %s", body, err, got)
		}
		checkControls(t, value)
	})
}

func checkControls(t *testing.T, value any) {
	switch value := value.(type) {
	case map[string]any:
		for name, inner := range value {
			if strings.Contains(name, `\`) {
				continue
			}
			if aboutItself([]byte(name)) {
				t.Errorf("%q is still there", name)
			}
			checkControls(t, inner)
		}
	case []any:
		for _, inner := range value {
			checkControls(t, inner)
		}
	}
}
