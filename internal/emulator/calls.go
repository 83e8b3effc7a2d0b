package emulator

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/google/uuid"

	"github.com/grantkeep/grantkeep/internal/clock"
)

// keptCalls is how many calls GET /_emulator/calls remembers.
const keptCalls = 1000

// Call is one request that the server answered.
type Call struct {
	At           string `json:"at"`
	Method       string `json:"method"`
	Path         string `json:"path"` // with its query
	Status       int    `json:"status"`
	RequestSize  int64  `json:"requestSize"`
	ResponseSize int64  `json:"responseSize"`
}

// calls is a ring of the last calls.
type calls struct {
	mu   sync.Mutex
	ring []Call
	next int
}

func (c *calls) add(call Call) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.ring) < keptCalls {
		c.ring = append(c.ring, call)
		return
	}
	c.ring[c.next] = call
	c.next = (c.next + 1) % keptCalls
}

func (c *calls) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ring, c.next = nil, 0
}

func (c *calls) list() []Call {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append(append([]Call{}, c.ring[c.next:]...), c.ring[:c.next]...)
}

func (e *Emulator) listCalls(*http.Request) (any, error) {
	return map[string][]Call{"calls": e.calls.list()}, nil
}

func (e *Emulator) clearCalls(*http.Request) (any, error) {
	e.calls.clear()
	return nil, nil
}

// Wrap returns a handler that serves the control endpoints itself and hands
// everything else to next, with the faults in force and a note of the call.
func (e *Emulator) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, Prefix) {
			e.mux.ServeHTTP(w, r)
			return
		}
		e.world.Faults.pause(r.Context())
		counted := &countingWriter{ResponseWriter: w, status: http.StatusOK}
		if wait := e.world.Faults.throttled(clock.System{}.Now()); wait > 0 {
			e.throttle(counted, r, wait)
		} else {
			next.ServeHTTP(counted, r)
		}
		e.calls.add(Call{
			At: stamp(e.world.Clock.Now()), Method: r.Method, Path: r.URL.RequestURI(),
			Status: counted.status, RequestSize: max(r.ContentLength, 0), ResponseSize: counted.size,
		})
	})
}

// throttle answers as a throttled Graph does (conventions.md section 8).
func (e *Emulator) throttle(w http.ResponseWriter, r *http.Request, seconds int) {
	request := uuid.NewString()
	client := request
	if id := r.Header.Get("client-request-id"); uuid.Validate(id) == nil {
		client = id
	}
	w.Header().Set("request-id", request)
	w.Header().Set("client-request-id", client)
	w.Header().Set("Retry-After", strconv.Itoa(seconds))
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusTooManyRequests)
	const form = `{"error":{"code":"TooManyRequests","message":"Please retry again later.","details":[],` +
		`"innerError":{"code":"429","message":"Please retry after","status":"429","date":%q,"request-id":%q,"client-request-id":%q}}}`
	if _, err := fmt.Fprintf(w, form, e.world.Clock.Now().UTC().Format("2006-01-02T15:04:05"), request, client); err != nil {
		return // the client has gone
	}
}

type countingWriter struct {
	http.ResponseWriter
	status int
	size   int64
}

func (w *countingWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

func (w *countingWriter) Write(b []byte) (int, error) {
	n, err := w.ResponseWriter.Write(b)
	w.size += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the real writer.
func (w *countingWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
