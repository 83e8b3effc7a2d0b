package graphapi

import (
	"net/http"
	"testing"

	"github.com/grantkeep/grantkeep/internal/fault"
)

// FuzzBatch holds that any body is a batch or a fault of the client's, and
// that each part of a batch is a request or such a fault.
func FuzzBatch(f *testing.F) {
	for _, seed := range []string{
		``, `[]`, `{"requests":[]}`, `{"requests":[{"id":"1","method":"GET","url":"/me"}]}`,
		`{"requests":[{"id":"1","method":"GET","url":"//x/y?z#w"},{"id":"2","method":"p","url":"%zz","dependsOn":["1"]}]}`,
		`{"requests":[{"id":"1","method":"POST","url":"/a","headers":{"content-type":"text/plain"},"body":"aGk="}]}`,
		`{"requests":[{"id":"1","method":"POST","url":"\u0000","headers":{"X\n":"y\r\n"},"body":{"a":[]}}]}{}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		parts, err := readBatch([]byte(body), defaultBatch)
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Fatalf("%q: %v", body, err)
			}
			return
		}
		c := &call{r: &http.Request{Header: http.Header{}}, clientRequestID: "x"}
		for i := range parts {
			if r, err := c.request(&parts[i]); err != nil && !fault.Is(err, fault.Invalid) {
				t.Fatalf("%q: %v", body, err)
			} else if err == nil && r.URL.Path == "" {
				t.Fatalf("%q: a request without a path", body)
			}
		}
	})
}
