package app

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/grantkeep/grantkeep/internal/clock"
)

func TestRepeatableIDsAreTheSameInEveryRunAndRise(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	run := func(seed uint64) []string {
		clk := clock.NewManual(start, true)
		next := repeatableIDs(seed, clk)
		var ids []string
		for i := range 2000 {
			if i%500 == 0 {
				clk.Set(clk.Now().Add(time.Millisecond))
			}
			ids = append(ids, next())
		}
		return ids
	}
	first, again, other := run(7), run(7), run(8)
	for i, id := range first {
		if id != again[i] {
			t.Fatalf("id %d is %s in one run and %s in another", i, id, again[i])
		}
		if id == other[i] {
			t.Fatalf("id %d does not depend on the seed", i)
		}
		if i > 0 && id <= first[i-1] {
			t.Fatalf("id %d (%s) does not rise above %s", i, id, first[i-1])
		}
		if u := uuid.MustParse(id); u.Version() != 7 || u.Variant() != uuid.RFC4122 {
			t.Fatalf("%s is version %d, variant %v", id, u.Version(), u.Variant())
		}
	}
}

func TestOnlyLoopbackAddressesAreServedByTheEmulator(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"", "127.0.0.1:0", "[::1]:8080", "localhost:1", "127.9.9.9:5"} {
		if err := loopback(address); err != nil {
			t.Errorf("%q is refused: %v", address, err)
		}
	}
	for _, address := range []string{":8080", "0.0.0.0:8080", "[::]:1", "192.168.0.1:80", "example.com:80", "nonsense"} {
		if loopback(address) == nil {
			t.Errorf("%q is accepted", address)
		}
	}
}
