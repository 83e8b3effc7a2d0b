package graphapi

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/grantkeep/grantkeep/internal/fault"
)

// How many requests a batch may hold if the operator does not say, and how
// many of them run at once: enough to share a commit, few enough to leave
// room for others.
const (
	defaultBatch  = 20
	batchParallel = 4
)

// postBatch answers several requests at once (conventions.md section 10).
// They run through the router like any other, as the caller of the batch, and
// independently of each other unless they say what they depend on.
func postBatch(c *call) error {
	body, err := c.content()
	if err != nil {
		return err
	}
	parts, err := readBatch(body, c.s.settings.MaxBatch)
	if err != nil {
		return err
	}
	answers := c.runBatch(parts)
	return c.sendJSON(http.StatusOK, func(b []byte) []byte {
		b = append(b, `{"responses":[`...)
		for i := range answers {
			if i > 0 {
				b = append(b, ',')
			}
			b = answers[i].append(b, parts[i].ID)
		}
		return append(b, `]}`...)
	})
}

// runBatch runs the parts, each as soon as those it depends on are done. It
// returns when all are.
func (c *call) runBatch(parts []batchPart) []partAnswer {
	answers := make([]partAnswer, len(parts))
	done := make([]chan struct{}, len(parts))
	for i := range done {
		done[i] = make(chan struct{})
	}
	room := make(chan struct{}, batchParallel)
	var all sync.WaitGroup
	for i := range parts {
		all.Go(func() {
			defer close(done[i])
			for _, on := range parts[i].after {
				<-done[on]
			}
			room <- struct{}{}
			defer func() { <-room }()
			answers[i] = c.runPart(&parts[i], parts, answers)
		})
	}
	all.Wait()
	return answers
}

// runPart runs one part, unless something it depends on has failed.
func (c *call) runPart(p *batchPart, parts []batchPart, answers []partAnswer) (answer partAnswer) {
	w := &partAnswer{header: http.Header{}}
	r, err := c.request(p)
	if err == nil {
		for _, on := range p.after {
			if answers[on].status >= http.StatusBadRequest {
				err = fault.New(fault.Dependency, "FailedDependency", "The request '%s', which this one depends on, was not successful.", parts[on].ID).At("dependsOn")
			}
		}
	}
	if r == nil { // what cannot be run is answered all the same
		r = c.r.Clone(c.r.Context())
	}
	inner := c.s.newCall(w, r)
	inner.outer, inner.version = c, c.version
	c.s.answer(inner, func() error {
		if err != nil {
			return err
		}
		return inner.serve()
	})
	return *w
}

// request makes the HTTP request that a part stands for.
func (c *call) request(p *batchPart) (*http.Request, error) {
	path, query, _ := strings.Cut(p.URL, "?")
	path, _, _ = strings.Cut(strings.TrimPrefix(path, "/"), "#")
	query, _, _ = strings.Cut(query, "#")
	if strings.Contains(path, "://") || strings.HasPrefix(path, "/") {
		return nil, inBatch("url must be relative to the version, such as /users or me/manager, not an absolute one").At("url")
	}
	u, err := url.Parse("/" + c.version.String() + "/" + path)
	if err != nil {
		return nil, inBatch("url cannot be read").At("url").With(err)
	}
	u.RawQuery = query
	body, err := p.content()
	if err != nil {
		return nil, err
	}
	r := &http.Request{
		Method: strings.ToUpper(p.Method), URL: u, Host: c.r.Host, TLS: c.r.TLS, RemoteAddr: c.r.RemoteAddr,
		Proto: c.r.Proto, ProtoMajor: c.r.ProtoMajor, ProtoMinor: c.r.ProtoMinor,
		Header: http.Header{}, Body: http.NoBody, ContentLength: int64(len(body)),
	}
	if len(body) > 0 {
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	for name, value := range p.Headers {
		r.Header.Set(name, value)
	}
	// Whoever asks, and by which way, is said outside; a part is never packed.
	for _, name := range []string{"Authorization", "X-Forwarded-Proto", "X-Forwarded-Host"} {
		r.Header.Del(name)
		if v := c.r.Header.Get(name); v != "" {
			r.Header.Set(name, v)
		}
	}
	for _, name := range []string{"Accept-Encoding", "Content-Encoding", "Content-Length", "Host"} {
		r.Header.Del(name)
	}
	if r.Header.Get("client-request-id") == "" {
		r.Header.Set("client-request-id", c.clientRequestID)
	}
	return r.WithContext(c.r.Context()), nil
}

func inBatch(format string, args ...any) *fault.Error {
	return fault.New(fault.Invalid, "BadRequest", "The request in the batch is not valid: "+format+".", args...)
}

// content is the body of a part: JSON as it stands, anything else from
// base64url.
func (p *batchPart) content() ([]byte, error) {
	if len(p.Body) == 0 || string(p.Body) == "null" {
		return nil, nil
	}
	contentType := ""
	for name, value := range p.Headers {
		if strings.EqualFold(name, "Content-Type") {
			contentType = value
		}
	}
	if contentType == "" {
		return nil, inBatch("a body needs the header Content-Type").At("headers")
	}
	if isJSON(contentType) {
		return p.Body, nil
	}
	var text string
	if err := json.Unmarshal(p.Body, &text); err != nil {
		return nil, inBatch("a body that is not JSON must be a string in base64url").At("body").With(err)
	}
	content, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(text, "="))
	if err != nil {
		return nil, inBatch("a body that is not JSON must be a string in base64url").At("body").With(err)
	}
	return content, nil
}

// partAnswer is the answer to a part, collected as it is written. It
// implements http.ResponseWriter.
type partAnswer struct {
	header http.Header
	status int
	body   []byte
}

// Header implements http.ResponseWriter.
func (a *partAnswer) Header() http.Header { return a.header }

// WriteHeader implements http.ResponseWriter.
func (a *partAnswer) WriteHeader(status int) { a.status = status }

// Write implements http.ResponseWriter.
func (a *partAnswer) Write(b []byte) (int, error) {
	a.body = append(a.body, b...)
	return len(b), nil
}

// append writes the answer as an element of responses.
func (a *partAnswer) append(b []byte, id string) []byte {
	b = append(b, `{"id":`...)
	b = appendString(b, id)
	b = append(b, `,"status":`...)
	b = strconv.AppendInt(b, int64(a.status), 10)
	b = append(b, `,"headers":{`...)
	a.header.Del("Content-Length")
	a.header.Del("Vary")
	for i, name := range slices.Sorted(maps.Keys(a.header)) {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(b, name)
		b = append(b, ':')
		b = appendString(b, strings.Join(a.header[name], ", "))
	}
	b = append(b, '}')
	if len(a.body) > 0 {
		b = append(b, `,"body":`...)
		if media, _, _ := mime.ParseMediaType(a.header.Get("Content-Type")); media == "application/json" {
			b = append(b, a.body...)
		} else {
			b = appendString(b, base64.RawURLEncoding.EncodeToString(a.body))
		}
	}
	return append(b, '}')
}
