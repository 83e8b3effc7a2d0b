package graphapi

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/graphapi/wire"
)

func zipped(content []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := z.Write(content); err != nil {
		panic(err)
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return out.Bytes()
}

func sent(body []byte, header map[string]string) *http.Request {
	r := httptest.NewRequest("POST", "/v1.0/x", bytes.NewReader(body))
	for name, value := range header {
		r.Header.Set(name, value)
	}
	return r
}

func TestBodies(t *testing.T) {
	t.Parallel()
	const limit = 1000
	asJSON := map[string]string{"Content-Type": "application/json; charset=utf-8"}
	asGzip := map[string]string{"Content-Type": "application/json", "Content-Encoding": "gzip"}
	tests := []struct {
		name   string
		body   []byte
		header map[string]string
		want   string
		kind   fault.Kind // Internal: no fault
	}{
		{"JSON", []byte(`{}`), asJSON, `{}`, fault.Internal},
		{"none", nil, nil, "", fault.Internal},
		{"none with a content type", nil, asJSON, "", fault.Internal},
		{"none, said to be compressed", nil, asGzip, "", fault.Internal},
		{"compressed", zipped([]byte(`{"a":1}`)), asGzip, `{"a":1}`, fault.Internal},
		{"of exactly the limit", bytes.Repeat([]byte{' '}, limit), asJSON, strings.Repeat(" ", limit), fault.Internal},
		{"over the limit", bytes.Repeat([]byte{' '}, limit+1), asJSON, "", fault.TooLarge},
		{"a bomb", zipped(make([]byte, 10<<20)), asGzip, "", fault.TooLarge},
		{"not compressed although said so", []byte(`{}`), asGzip, "", fault.Invalid},
		{"compressed and cut off", zipped(bytes.Repeat([]byte("abc"), 300))[:20], asGzip, "", fault.Invalid},
		{"in an unknown encoding", []byte(`{}`), map[string]string{"Content-Encoding": "br"}, "", fault.MediaType},
		{"not JSON", []byte(`a=b`), map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, "", fault.MediaType},
		{"of no type", []byte(`{}`), nil, "", fault.MediaType},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := readBody(nil, sent(tt.body, tt.header), limit)
			if tt.kind != fault.Internal {
				if !fault.Is(err, tt.kind) {
					t.Fatalf("got %v, want kind %d", err, tt.kind)
				}
				return
			}
			if err != nil || string(got) != tt.want {
				t.Errorf("got %q, %v; want %q", got, err, tt.want)
			}
		})
	}
}

// FuzzDecodeBody sends any bytes through the body reader and the decoders of
// the entities that bodies hold: nothing panics, nothing passes the limit,
// and what is refused is refused as the client's doing.
func FuzzDecodeBody(f *testing.F) {
	f.Add([]byte(`{"displayName":"Sales","state":"published","uniqueName":null}`), false)
	f.Add([]byte(`{"requestType":"adminAdd","assignment":{"targetId":"`+someID+`","accessPackageId":"`+otherID+`"}}`), true)
	f.Add([]byte(`{"displayName":"P","accessPackageId":"`+someID+`","questions":[{"@odata.type":"#microsoft.graph.accessPackageTextInputQuestion","text":"?"}]}`), true)
	f.Add([]byte(`[[[[[[`), false)
	f.Add([]byte("\x1f\x8b\x08\x00"), true)
	const limit = 4096
	f.Fuzz(func(t *testing.T, content []byte, compressed bool) {
		header := map[string]string{"Content-Type": "application/json"}
		body := content
		if compressed {
			header["Content-Encoding"] = "gzip"
			if !bytes.HasPrefix(content, []byte("\x1f\x8b")) {
				body = zipped(content)
			}
		}
		got, err := readBody(nil, sent(body, header), limit)
		refused(t, err)
		if len(got) > limit {
			t.Fatalf("%d bytes passed a limit of %d", len(got), limit)
		}
		if err != nil || len(got) == 0 {
			return
		}
		for _, v := range []wire.Version{wire.V1, wire.Beta} {
			for _, mode := range []wire.Mode{wire.Create, wire.Merge, wire.Replace} {
				o := wire.DecodeOptions{Mode: mode}
				refused(t, wire.Catalog.Decode(got, v, new(entitlement.CatalogView), o))
				refused(t, wire.Policy.Decode(got, v, new(entitlement.PolicyView), o))
				_, err := wire.DecodeSubmission(got, v, o)
				refused(t, err)
			}
		}
		_, err = readCancel(got, wire.V1, someID)
		refused(t, err)
		_, err = readLinks(got)
		refused(t, err)
	})
}

// refused fails the test for an error that would be answered with a 500.
func refused(t *testing.T, err error) {
	t.Helper()
	if err != nil && fault.Of(err).Kind == fault.Internal {
		t.Fatalf("an internal error for a bad body: %v", err)
	}
}

func TestBodyOfCancel(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, body string
		declared   bool
		ok         bool
	}{
		{"none", "", false, true},
		{"blank", " \n", false, true},
		{"an empty object", "{}", false, true},
		{"the documented one", `{"id":"` + someID + `","requestStatus":"cancelled"}`, true, true},
		{"the other spelling, in other letter case", `{"ID":"` + strings.ToUpper(someID) + `","RequestStatus":"Canceled"}`, true, true},
		{"v1.0's property", `{"id":"` + someID + `","state":"canceled"}`, true, true},
		{"nulls", `{"id":null,"requestStatus":null}`, false, true},
		{"noise", `{"@odata.type":"#microsoft.graph.accessPackageAssignmentRequest","justification":1}`, false, true},
		{"the id alone", `{"id":"` + someID + `"}`, false, true},
		{"a foreign id", `{"id":"` + otherID + `","requestStatus":"cancelled"}`, false, false},
		{"another status", `{"id":"` + someID + `","requestStatus":"denied"}`, false, false},
		{"a status that is no word", `{"requestStatus":7}`, false, false},
		{"a list", `[]`, false, false},
		{"not JSON", `cancel`, false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			declared, err := readCancel([]byte(tt.body), wire.Beta, someID)
			if tt.ok != (err == nil) || err != nil && fault.Of(err).Code != "InvalidModel" {
				t.Fatalf("got %v, want it to pass: %v", err, tt.ok)
			}
			if declared != tt.declared {
				t.Errorf("declared = %v, want %v", declared, tt.declared)
			}
		})
	}
}

func TestBoundObjects(t *testing.T) {
	t.Parallel()
	links, err := readLinks([]byte(`{"displayName":"x","owners@odata.bind":["https://graph.microsoft.com/v1.0/users/` + strings.ToUpper(someID) +
		`"],"members@odata.bind":["https://elsewhere/v2/t/directoryObjects/` + otherID + `/Microsoft.DirectoryServices.User"]}`))
	if err != nil || len(links) != 2 || links[0].Member != otherID || links[1].Member != someID {
		t.Errorf("links = %v, %v", links, err)
	}
	many := `{"members@odata.bind":[` + strings.TrimSuffix(strings.Repeat(`"users/`+someID+`",`, 21), ",") + `]}`
	if _, err := readLinks([]byte(many)); !fault.Is(err, fault.Invalid) {
		t.Errorf("21 members at once: %v, want Invalid", err)
	}
	if _, err := readLinks([]byte(`{"members@odata.bind":["users/ann"]}`)); !fault.Is(err, fault.Invalid) {
		t.Errorf("a reference without a GUID: %v, want Invalid", err)
	}
}
