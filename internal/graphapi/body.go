package graphapi

import (
	"compress/gzip"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/grantkeep/grantkeep/internal/fault"
)

// readBody returns the body of a request, decompressed, appended to b; it is
// empty if there is none. It never reads more than limit bytes of content,
// however small the bytes on the wire are: a larger one is fault.TooLarge.
// Faults: MediaType if it is not JSON, Invalid if it cannot be read.
func readBody(b []byte, r *http.Request, limit int64) ([]byte, error) {
	b, err := appendContent(b, r, limit)
	if err != nil {
		return nil, err
	}
	if len(b) > 0 && !isJSON(r.Header.Get("Content-Type")) {
		return nil, fault.New(fault.MediaType, "UnsupportedMediaType",
			"The body must be JSON: send Content-Type: application/json.").At("Content-Type")
	}
	return b, nil
}

// readContent is readBody for content of any type.
func readContent(r *http.Request, limit int64) ([]byte, error) { return appendContent(nil, r, limit) }

func appendContent(b []byte, r *http.Request, limit int64) ([]byte, error) {
	if r.Body == nil || r.Body == http.NoBody {
		return b, nil
	}
	content, err := unpacked(r)
	if err != nil {
		return nil, err
	}
	if content == nil {
		return b, nil
	}
	return appendUpTo(b, content, limit)
}

// unpacked returns the reader of the content; nil if there is none.
func unpacked(r *http.Request) (io.Reader, error) {
	switch coding := strings.ToLower(strings.TrimSpace(r.Header.Get("Content-Encoding"))); coding {
	case "", "identity":
		return r.Body, nil
	case "gzip", "x-gzip":
		z, err := gzip.NewReader(r.Body)
		if err == io.EOF {
			return nil, nil // clients that compress everything say so of nothing too
		}
		if err != nil {
			return nil, unreadable(err)
		}
		return z, nil
	default:
		return nil, fault.New(fault.MediaType, "UnsupportedMediaType",
			"The Content-Encoding %q is not supported; send gzip or none.", coding).At("Content-Encoding")
	}
}

// appendUpTo appends what r holds to b. It stops at the first byte over the
// limit, so that a bomb costs no more than a body of the largest size.
func appendUpTo(b []byte, r io.Reader, limit int64) ([]byte, error) {
	start := len(b)
	for {
		if len(b) == cap(b) {
			b = append(b, 0)[:len(b)]
		}
		space := b[len(b):cap(b)]
		if left := limit + 1 - int64(len(b)-start); int64(len(space)) > left {
			space = space[:left]
		}
		n, err := r.Read(space)
		b = b[:len(b)+n]
		if int64(len(b)-start) > limit {
			return nil, fault.New(fault.TooLarge, "RequestEntityTooLarge", "The body is larger than %d bytes, which is the limit.", limit)
		}
		if err == io.EOF {
			return b, nil
		}
		if err != nil {
			return nil, unreadable(err)
		}
	}
}

func unreadable(cause error) error {
	return fault.New(fault.Invalid, "BadRequest", "The body could not be read in the encoding that its headers name.").With(cause)
}

// isJSON reports whether a content type is JSON, with any parameters.
func isJSON(contentType string) bool {
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		media, _, _ = strings.Cut(contentType, ";")
		media = strings.ToLower(strings.TrimSpace(media))
	}
	return media == "application/json" || strings.HasPrefix(media, "application/") && strings.HasSuffix(media, "+json")
}
