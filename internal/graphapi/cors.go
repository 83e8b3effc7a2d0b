package graphapi

import (
	"net/http"
	"slices"
	"strings"
)

// exposed are the headers of answers that pages of other origins may read
// (conventions.md section 4).
const exposed = "request-id, client-request-id, Location, Retry-After, ETag"

// crossOrigin tells a browser that a page of another origin may read the
// answer, if the operator allows its origin. It reports whether that answers
// the request already: a browser asks before it sends one that is not simple.
func (s *Server) crossOrigin(w http.ResponseWriter, r *http.Request) (done bool) {
	if len(s.settings.Origins) == 0 {
		return false
	}
	h := w.Header()
	h.Add("Vary", "Origin")
	origin := r.Header.Get("Origin")
	if origin == "" || !slices.ContainsFunc(s.settings.Origins, func(o string) bool { return strings.EqualFold(o, origin) }) {
		return false
	}
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Access-Control-Expose-Headers", exposed)
	wanted := r.Header.Get("Access-Control-Request-Method")
	if r.Method != http.MethodOptions || wanted == "" {
		return false
	}
	h.Set("Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE")
	if asked := r.Header.Get("Access-Control-Request-Headers"); asked != "" {
		h.Set("Access-Control-Allow-Headers", asked)
	}
	const tenMinutes = "600"
	h.Set("Access-Control-Max-Age", tenMinutes)
	w.WriteHeader(http.StatusNoContent)
	return true
}
