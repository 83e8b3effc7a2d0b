package wire

import (
	"fmt"

	"github.com/grantkeep/grantkeep/internal/query"
)

// maxOpaque bounds what is kept without being understood.
const maxOpaque = 4 << 10

// opaque is an object of any members, kept as the JSON that it was sent as.
// It is null where there is none.
func opaque[T any](n Names, edm string, at func(*T) *string) property[T] {
	return pointed(n, edm, noLiteral, at, appendJSON, (*value).asOpaque, func(string) query.Value { return nil })
}

func appendJSON(b []byte, json string) []byte {
	if json == "" {
		return append(b, "null"...)
	}
	return append(b, json...)
}

func (v *value) asOpaque() (string, error) {
	if _, err := v.asObject(); err != nil {
		return "", err
	}
	json := string(v.append(nil))
	if len(json) > maxOpaque {
		return "", wrong(fmt.Sprintf("must hold at most %d bytes of JSON", maxOpaque))
	}
	return json, nil
}

// append writes the value as JSON.
func (v *value) append(b []byte) []byte {
	switch v.kind {
	case isString:
		return appendString(b, v.text)
	case isArray:
		return appendEach(b, v.items, func(b []byte, item *value) []byte { return item.append(b) })
	case isObject:
		b = append(b, '{')
		for i := range v.members {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(appendString(b, v.members[i].name), ':')
			b = v.members[i].value.append(b)
		}
		return append(b, '}')
	default:
		return append(b, v.text...)
	}
}
