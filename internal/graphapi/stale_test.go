package graphapi

import (
	"maps"
	"slices"
	"testing"

	"github.com/grantkeep/grantkeep/internal/graphapi/wire"
)

// TestNoReasonIsStale finds the entries of notServed that explain nothing:
// what they are about is served by now, or another entry says it already.
func TestNoReasonIsStale(t *testing.T) {
	t.Parallel()
	needed := map[string]bool{}
	for _, v := range []wire.Version{wire.V1, wire.Beta} {
		for _, p := range allPoints(t, v) {
			if _, entry := unserved(v, p.name); !p.served {
				needed[entry] = true
			}
		}
	}
	for _, entry := range slices.Sorted(maps.Keys(notServed)) {
		if !needed[entry] {
			t.Errorf("notServed says %q of %s, of which nothing is missing", notServed[entry], entry)
		}
	}
}
