package wire

import (
	"testing"

	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/odata"
)

// BenchmarkAssignmentPage writes a page of 100 assignments with two expands,
// as the commonest client asks for it.
func BenchmarkAssignmentPage(b *testing.B) {
	for _, v := range []Version{V1, Beta} {
		b.Run(v.String(), func(b *testing.B) {
			o, err := odata.ParseOptions("$expand=accessPackage,target")
			if err != nil {
				b.Fatal(err)
			}
			p, err := Assignment.Plan(v, o)
			if err != nil {
				b.Fatal(err)
			}
			p.Shape.Tenant = tenant
			pkg := packageView{Package: entitlement.Package{ID: idB, Catalog: idA, DisplayName: "Sales reader", Description: "Reads sales", Stamp: entitlement.Stamp{CreatedAt: noon, ModifiedAt: later}}}
			target := entitlement.Subject{ID: idB, ObjectID: idA, Kind: "user", DisplayName: "Adele Vance", Email: "adele@example.com", PrincipalName: "adele@example.com"}
			rows := make([]assignmentView, 100)
			for i := range rows {
				rows[i] = assignmentView{Assignment: entitlement.Assignment{
					ID: idA, State: entitlement.AssignmentDelivered, Catalog: idB, Package: idC, Policy: idD, Target: idA, CreatedAt: noon, EndsAt: later,
				}, OfPackage: &pkg, OfTarget: &target}
			}
			buf := make([]byte, 0, 1<<20)
			b.ReportAllocs()
			for b.Loop() {
				out := buf[:0]
				for i := range rows {
					out = Assignment.Append(out, &rows[i], &p.Shape)
				}
			}
		})
	}
}
