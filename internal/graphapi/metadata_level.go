package graphapi

import (
	"bytes"
	"mime"
	"strings"
)

// metadataLevel is how much about itself an answer holds: none, minimal or
// full, as Accept asks (conventions.md section 1).
type metadataLevel string

const (
	noMetadata      metadataLevel = "none"
	minimalMetadata metadataLevel = "minimal"
	fullMetadata    metadataLevel = "full"
)

// metadataIn reads the level from the part of an Accept header that asks for
// JSON. What is not known means minimal, as if it had not been asked.
func metadataIn(accept string) metadataLevel {
	for part := range strings.SplitSeq(accept, ",") {
		_, params, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		for _, name := range []string{"odata.metadata", "metadata"} {
			switch level := metadataLevel(strings.ToLower(params[name])); level {
			case noMetadata, minimalMetadata, fullMetadata:
				return level
			}
		}
	}
	return minimalMetadata
}

// metadata is the level that the client asked for.
func (c *call) metadata() metadataLevel { return metadataIn(c.r.Header.Get("Accept")) }

// jsonTypeAt is the content type of answers at a level.
func jsonTypeAt(level metadataLevel) string {
	return strings.Replace(jsonType, "=minimal", "="+string(level), 1)
}

// withoutMetadata takes the control information out of a JSON text of ours,
// in place: every member with "@odata." in its name, but for the count and
// the links, without which a client could not go on.
func withoutMetadata(b []byte) []byte {
	out := b[:0]
	for i := 0; i < len(b); {
		if b[i] != '"' {
			out = append(out, b[i])
			i++
			continue
		}
		end := stringEnd(b, i)
		if end < len(b) && b[end] == ':' && aboutItself(b[i+1:end-1]) {
			i = valueEnd(b, end+1)
			switch {
			case i < len(b) && b[i] == ',': // the next member takes its place
				i++
			case len(out) > 0 && out[len(out)-1] == ',': // it was the last one
				out = out[:len(out)-1]
			}
			continue
		}
		out = append(out, b[i:end]...)
		i = end
	}
	return out
}

// aboutItself reports whether a member is control information that can be left
// out.
func aboutItself(name []byte) bool {
	at := bytes.Index(name, []byte("@odata."))
	if at < 0 {
		return false
	}
	switch string(name[at:]) {
	case "@odata.count", "@odata.nextLink", "@odata.deltaLink":
		return false
	}
	return true
}

// stringEnd returns where the string that begins at i has ended.
func stringEnd(b []byte, i int) int {
	for i++; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(b)
}

// valueEnd returns where the value that begins at i has ended.
func valueEnd(b []byte, i int) int {
	depth := 0
	for i < len(b) {
		switch b[i] {
		case '"':
			i = stringEnd(b, i)
			if depth == 0 {
				return i
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return i
			}
			if depth--; depth == 0 {
				return i + 1
			}
		case ',':
			if depth == 0 {
				return i
			}
		}
		i++
	}
	return i
}
