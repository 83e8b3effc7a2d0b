package sqlstore_test

import (
	"fmt"
	"testing"

	"github.com/grantkeep/grantkeep/internal/pgtest"
	"github.com/grantkeep/grantkeep/internal/store/storetest"
)

// BenchmarkPutRequest writes a request with its version and its record.
func BenchmarkPutRequest(b *testing.B) {
	for _, database := range []string{"sqlite", "postgres"} {
		for _, parallel := range []int{1, 16, 64} {
			b.Run(fmt.Sprint(database, "/", parallel), func(b *testing.B) {
				dsn := "sqlite:" + b.TempDir() + "/grantkeep.db"
				if database == "postgres" {
					dsn = pgtest.Start(b)
				}
				s := open(b, dsn)
				b.ResetTimer()
				storetest.PutRequests(b, s, parallel, b.N)
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "writes/s")
			})
		}
	}
}
