package wire

import (
	"strings"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/odata"
)

// takeGUID makes the reader of a member that holds an id.
func takeGUID[T any](set func(t *T, id string) error) func(*reader, *value, *T) error {
	return func(_ *reader, v *value, t *T) error {
		id, err := v.asGUID()
		if err != nil {
			return err
		}
		return set(t, id)
	}
}

// takeReference makes the reader of a member that names a related object: by
// an object with its id, of which nothing else is read, or by a URL. An
// object without an id names nothing.
func takeReference[T any](set func(t *T, id string) error) func(*reader, *value, *T) error {
	return func(_ *reader, v *value, t *T) error {
		id, err := v.asReference()
		if err != nil || id == "" {
			return err
		}
		return set(t, id)
	}
}

// asReference returns the GUID of an object's id or of a URL; empty if the
// object has none.
func (v *value) asReference() (string, error) {
	switch v.kind {
	case isString:
		return referenceID(v.text)
	case isObject:
		if id := v.first("id"); id != nil {
			s, err := id.asGUID()
			if err != nil {
				return "", wrong("holds an id that " + err.Error())
			}
			return s, nil
		}
		if url := v.first("@odata.id"); url != nil {
			return url.asReference()
		}
		return "", nil
	}
	return "", v.mustBe("an object with an id")
}

// referenceID returns the GUID that a reference ends in. Its host means
// nothing: clients name hosts that are not ours.
func referenceID(url string) (string, error) {
	_, key, err := odata.ParseReference(url)
	if err != nil {
		if isGUID(url) {
			return strings.ToLower(url), nil
		}
		return "", wrong("must be a reference that ends in a collection and a GUID, such as users/{id}")
	}
	if !isGUID(key) {
		return "", wrong("must be a reference that ends in a GUID, not in “" + shorten(key) + "”")
	}
	return strings.ToLower(key), nil
}

// missing is the fault for a required member that is not there under any of
// its names.
func missing(r *reader, typeName string, n Names) *fault.Error {
	return invalidModel("The property '%s' of type 'microsoft.graph.%s' is required.", n.In(r.v), typeName).At(n.In(r.v))
}

// DecodeRef reads the body of a POST or PUT to a $ref: the id of the object
// that its @odata.id names.
func DecodeRef(body []byte) (directory.ObjectID, error) {
	v, err := parse(body)
	if err != nil {
		return "", err
	}
	url := v.first("@odata.id", "odata.id")
	if url == nil {
		return "", invalidModel("The body must name an object by '@odata.id'.").At("@odata.id")
	}
	if url.kind != isString {
		return "", explained(url.mustBe("a reference such as users/{id}"), "@odata.id")
	}
	id, err := referenceID(url.text)
	return directory.ObjectID(id), explained(err, "@odata.id")
}

// explained names the member of a body that has no declared type.
func explained(err error, name string) error {
	switch e := err.(type) {
	case wrong:
		return invalidModel("The property '%s' %s.", name, string(e)).At(name)
	case element:
		return invalidModel("The property '%s' holds an element at index %d that %s.", name, e.index, e.what).At(name)
	}
	return err
}

// maxBound is how many references one body may bind.
const maxBound = 20

// DecodeBinds reads an array of references such as members@odata.bind from a
// body; it is nil if it is not there.
func DecodeBinds(body []byte, name string) ([]directory.ObjectID, error) {
	v, err := parse(body)
	if err != nil {
		return nil, err
	}
	name += "@odata.bind"
	urls := v.first(name)
	if urls == nil {
		return nil, nil
	}
	ids, err := decodeEach(&reader{}, urls, func(_ *reader, v *value, id *directory.ObjectID) error {
		s, err := v.asText()
		if err != nil {
			return err
		}
		s, err = referenceID(s)
		*id = directory.ObjectID(s)
		return err
	})
	if err == nil && len(ids) > maxBound {
		err = wrong("holds more than 20 references")
	}
	return ids, explained(err, name)
}

// maxIDs is how many ids getByIds takes.
const maxIDs = 1000

// DecodeGetByIDs reads the body of directoryObjects/getByIds. Kinds is empty
// if every type is wanted.
func DecodeGetByIDs(body []byte) (ids []directory.ObjectID, kinds []directory.ObjectKind, err error) {
	v, err := parse(body)
	if err != nil {
		return nil, nil, err
	}
	list := v.first("ids")
	if list == nil {
		return nil, nil, invalidModel("The property 'ids' is required.").At("ids")
	}
	ids, err = decodeEach(&reader{}, list, func(_ *reader, v *value, id *directory.ObjectID) error {
		s, err := v.asGUID()
		*id = directory.ObjectID(s)
		return err
	})
	if err == nil && len(ids) > maxIDs {
		err = wrong("holds more than 1000 ids")
	}
	if err != nil {
		return nil, nil, explained(err, "ids")
	}
	types := v.first("types")
	if types == nil {
		return ids, nil, nil
	}
	known := alike(Names{}, directory.KindUser, directory.KindGroup, directory.KindServicePrincipal, directory.KindApplication)
	known.words = append(known.words, word{is: "directoryObject", v1: "directoryObject", beta: "directoryObject"})
	kinds, err = decodeEach(&reader{}, types, func(r *reader, v *value, k *directory.ObjectKind) error {
		is, err := known.read(r, v)
		*k = directory.ObjectKind(is)
		return err
	})
	for _, k := range kinds {
		if k == "directoryObject" {
			kinds = nil // any type
			break
		}
	}
	return ids, kinds, explained(err, "types")
}
