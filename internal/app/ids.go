package app

import (
	"encoding/binary"
	"math/rand/v2"
	"sync"

	"github.com/google/uuid"

	"github.com/grantkeep/grantkeep/internal/clock"
)

// newID returns a GUID that rises with time (RFC 9562 version 7), so that
// rows made together lie together.
func newID() string {
	id, err := uuid.NewV7()
	if err != nil {
		panic("app: the machine gives no random numbers: " + err.Error())
	}
	return id.String()
}

// repeatableIDs returns a source of GUIDs that are the same in every run
// with the same seed and the same moves of the clock.
func repeatableIDs(seed uint64, clk clock.Clock) func() string {
	var mu sync.Mutex
	dice := rand.New(rand.NewPCG(seed, seed))
	n := uint64(0)
	return func() string {
		mu.Lock()
		defer mu.Unlock()
		var id uuid.UUID
		n++
		binary.BigEndian.PutUint64(id[0:8], uint64(clk.Now().UnixMilli())<<16)
		binary.BigEndian.PutUint64(id[8:16], dice.Uint64())
		// 28 bits behind the time count, so that ids rise within a millisecond too.
		id[6], id[7] = 0x70|byte(n>>24&0x0f), byte(n>>16)
		id[8], id[9] = 0x80|byte(n>>10&0x3f), byte(n>>2)
		id[10] = byte(n<<6) | id[10]&0x3f
		return id.String()
	}
}
