package graphapi

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// The content types of answers.
const (
	jsonType = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"
	textType = "text/plain; charset=utf-8"

	bytesType = "application/octet-stream" // of what is none of ours
)

// worthZipping is the size from which a body is compressed: below it the
// gain does not pay for the work.
const worthZipping = 1 << 10

// keepable is the largest buffer that is kept for later use; one giant page
// must not pin its memory for ever.
const keepable = 1 << 20

// buffers is a pool of byte slices.
type buffers struct{ pool sync.Pool }

func (p *buffers) take() *[]byte {
	if b, ok := p.pool.Get().(*[]byte); ok {
		return b
	}
	b := make([]byte, 0, 16<<10)
	return &b
}

func (p *buffers) give(b *[]byte) {
	if cap(*b) <= keepable {
		*b = (*b)[:0]
		p.pool.Put(b)
	}
}

// zippers is a pool of gzip writers.
type zippers struct{ pool sync.Pool }

// zip returns body compressed, appended to b.
func (p *zippers) zip(b, body []byte) []byte {
	out := bytes.NewBuffer(b)
	z, ok := p.pool.Get().(*gzip.Writer)
	if ok {
		z.Reset(out)
	} else {
		z = newZipper(out)
	}
	// A bytes.Buffer takes everything, so neither call can fail.
	if _, err := z.Write(body); err != nil {
		panic(err)
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	p.pool.Put(z)
	return out.Bytes()
}

func newZipper(out *bytes.Buffer) *gzip.Writer {
	z, err := gzip.NewWriterLevel(out, gzip.BestSpeed)
	if err != nil {
		panic(err) // the level is a constant
	}
	return z
}

// send writes status, headers and body in one go, with the length known.
// It is called once for each request.
func (c *call) send(status int, contentType string, body []byte) {
	h := c.w.Header()
	if level := c.metadata(); contentType == jsonType && level != minimalMetadata {
		contentType = jsonTypeAt(level)
		if level == noMetadata && status < http.StatusBadRequest {
			body = withoutMetadata(body)
		}
	}
	h.Set("Content-Type", contentType)
	h.Add("Vary", "Accept-Encoding")
	if len(body) > worthZipping && takesGzip(c.r.Header.Get("Accept-Encoding")) {
		packed := c.s.buffers.take()
		defer c.s.buffers.give(packed)
		*packed = c.s.zippers.zip((*packed)[:0], body)
		body = *packed
		h.Set("Content-Encoding", "gzip")
	}
	c.write(status, body)
}

// sendNothing answers without a body and, as strict clients want it, without
// a content type (conventions.md section 7).
func (c *call) sendNothing(status int) error {
	c.write(status, nil)
	return nil
}

func (c *call) write(status int, body []byte) {
	h := c.w.Header()
	if status != http.StatusNoContent && status != http.StatusNotModified {
		h.Set("Content-Length", strconv.Itoa(len(body)))
	}
	c.status, c.out = status, len(body)
	c.w.WriteHeader(status)
	if len(body) == 0 {
		return
	}
	if _, err := c.w.Write(body); err != nil {
		// The client is gone; there is nobody left to tell but the log.
		c.s.log.DebugContext(c.ctx, "answer not delivered", "request", c.requestID, "err", err)
	}
}

// sendText answers with a bare number or word.
func (c *call) sendText(text string) error {
	c.send(http.StatusOK, textType, []byte(text))
	return nil
}

// sendJSON answers with what build appends to a pooled buffer.
func (c *call) sendJSON(status int, build func(b []byte) []byte) error {
	b := c.s.buffers.take()
	defer c.s.buffers.give(b)
	*b = build((*b)[:0])
	c.send(status, jsonType, *b)
	return nil
}

// takesGzip reports whether an Accept-Encoding header allows gzip.
func takesGzip(header string) bool {
	for part := range strings.SplitSeq(header, ",") {
		coding, params, _ := strings.Cut(part, ";")
		coding = strings.TrimSpace(coding)
		if (strings.EqualFold(coding, "gzip") || coding == "*") && quality(params) > 0 {
			return true
		}
	}
	return false
}

// quality returns the q parameter among others, 1 if there is none.
func quality(params string) float64 {
	for param := range strings.SplitSeq(params, ";") {
		name, value, _ := strings.Cut(param, "=")
		if strings.EqualFold(strings.TrimSpace(name), "q") {
			q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
			if err != nil {
				return 0
			}
			return q
		}
	}
	return 1
}

// appendString appends s as a JSON string. Unlike encoding/json it leaves "&"
// as it is, so that people can copy links out of answers.
func appendString(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	for _, r := range s { // what is not UTF-8 becomes U+FFFD
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r < 0x20:
			b = append(b, '\\', 'u', '0', '0', hex[r>>4], hex[r&0xf])
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return append(b, '"')
}
