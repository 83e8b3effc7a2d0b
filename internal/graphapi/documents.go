package graphapi

import (
	"sync"

	"github.com/grantkeep/grantkeep/internal/graphapi/wire"
)

// documents are the descriptions of the API. Each is made when somebody asks
// for it first.
type documents struct {
	v1, beta func() document
}

func newDocuments(table []route) documents {
	metadata := func(v wire.Version) func() document {
		return sync.OnceValue(func() document { return newDocument(newSchema(v, table).csdl()) })
	}
	return documents{v1: metadata(wire.V1), beta: metadata(wire.Beta)}
}

func (d *documents) metadata(v wire.Version) document {
	if v == wire.Beta {
		return d.beta()
	}
	return d.v1()
}
