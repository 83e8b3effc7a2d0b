package wire

import (
	"strconv"

	"github.com/grantkeep/grantkeep/internal/directory"
)

type extensions = [directory.ExtensionAttributes]string

// extensionAttributes are the free texts of a user, extensionAttribute1 and
// so on.
var extensionAttributes = func() *record[extensions] {
	var props []property[extensions]
	for i := range directory.ExtensionAttributes {
		props = append(props, text(both("extensionAttribute"+strconv.Itoa(i+1)), func(x *extensions) *string { return &x[i] }))
	}
	return complexType(record[extensions]{name: both("onPremisesExtensionAttributes"), props: props})
}()

// userExtensions are the extension attributes in a user. Unlike other complex
// values they are changed one by one: those that PATCH does not name stay.
func userExtensions() property[dirObject] {
	at := func(o *dirObject) *extensions { return &userOf(o).Extensions }
	p := object(both("onPremisesExtensionAttributes"), extensionAttributes, at)
	p.set = func(r *reader, v *value, o *dirObject) error {
		body, err := v.asObject()
		if err != nil {
			return err
		}
		return extensionAttributes.decode(&reader{v: r.v, mode: r.mode, lenient: r.lenient}, body, at(o))
	}
	return p.selected()
}
