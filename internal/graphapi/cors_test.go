package graphapi

import (
	"net/http"
	"testing"
)

func TestOtherOriginsReadWhatTheOperatorLetsThem(t *testing.T) {
	t.Parallel()
	const page, stranger = "https://portal.example", "https://evil.example"
	tests := []struct {
		name, method, origin string
		allowed              []string
		status               int
		told                 string // Access-Control-Allow-Origin
	}{
		{"a page that is allowed", "GET", page, []string{page}, 200, page},
		{"another page", "GET", stranger, []string{page}, 200, ""},
		{"off", "GET", page, nil, 200, ""},
		{"asking first", "OPTIONS", page, []string{page}, 204, page},
		{"asking first from elsewhere", "OPTIONS", stranger, []string{page}, 405, ""},
		{"asking first while it is off", "OPTIONS", page, nil, 405, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, _ := server(t, Settings{Origins: tt.allowed})
			w := do(s, tt.method, "/v1.0"+em, "", "Origin: "+tt.origin, "Access-Control-Request-Method: PATCH", "Access-Control-Request-Headers: authorization")
			h := w.Header()
			if w.Code != tt.status || h.Get("Access-Control-Allow-Origin") != tt.told {
				t.Errorf("%d, for %q; want %d, %q", w.Code, h.Get("Access-Control-Allow-Origin"), tt.status, tt.told)
			}
			if told := tt.told != ""; told != (h.Get("Access-Control-Expose-Headers") == exposed) {
				t.Errorf("readable headers: %q", h.Get("Access-Control-Expose-Headers"))
			}
			if tt.status == http.StatusNoContent && (h.Get("Access-Control-Allow-Headers") != "authorization" || h.Get("Access-Control-Allow-Methods") == "") {
				t.Errorf("what may be sent: %q, %q", h.Get("Access-Control-Allow-Methods"), h.Get("Access-Control-Allow-Headers"))
			}
		})
	}
}
