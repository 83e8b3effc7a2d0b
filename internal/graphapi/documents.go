package graphapi

import (
	"sync"

	"github.com/grantkeep/grantkeep/internal/graphapi/wire"
)

// documents are the descriptions of the API, by version. Each is made when
// somebody asks for it first.
type documents struct {
	schemas, openAPIs map[wire.Version]func() document
}

func newDocuments(table []route) documents {
	d := documents{map[wire.Version]func() document{}, map[wire.Version]func() document{}}
	for _, v := range []wire.Version{wire.V1, wire.Beta} {
		d.schemas[v] = sync.OnceValue(func() document { return newDocument(newSchema(v, table).csdl()) })
		d.openAPIs[v] = sync.OnceValue(func() document { return newDocument(newSchema(v, table).openAPI()) })
	}
	return d
}

func (d *documents) metadata(v wire.Version) document { return d.schemas[v]() }

func (d *documents) openAPI(v wire.Version) document { return d.openAPIs[v]() }
