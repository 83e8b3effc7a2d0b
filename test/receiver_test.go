package test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
)

// receiver stands for a custom extension, or for a subscriber, who sends the
// token of a validation back as long as it answers at all.
type receiver struct {
	mu     sync.Mutex
	status int
	bodies [][]byte
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	body, err := io.ReadAll(q.Body)
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil || q.Method != http.MethodPost {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	if token := q.URL.Query().Get("validationToken"); token != "" && r.status/100 == 2 {
		w.Header().Set("Content-Type", "text/plain")
		_, _ = io.WriteString(w, token)
		return
	}
	r.bodies = append(r.bodies, body)
	w.WriteHeader(r.status)
}

// cmdReceiver starts a receiver, whose URL is then in the variable NAME, or
// has a running one answer with a status from now on.
func cmdReceiver(ts *testscript.TestScript, _ bool, args []string) {
	s := of(ts)
	status := http.StatusAccepted
	if len(args) > 1 {
		var err error
		status, err = strconv.Atoi(args[1])
		ts.Check(err)
	}
	if r := s.receivers[args[0]]; r != nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.status = status
		return
	}
	if s.receivers == nil {
		s.receivers = map[string]*receiver{}
	}
	r := &receiver{status: status}
	s.receivers[args[0]] = r
	server := httptest.NewServer(r)
	ts.Defer(server.Close)
	ts.Setenv(args[0], server.URL)
}

// cmdReceived counts what a receiver got since it was asked last. The last
// one stays as the answer.
func cmdReceived(ts *testscript.TestScript, _ bool, args []string) {
	s := of(ts)
	r := s.receivers[args[0]]
	r.mu.Lock()
	got := slices.Clone(r.bodies)
	r.bodies = nil
	r.mu.Unlock()
	if strconv.Itoa(len(got)) != args[1] {
		ts.Fatalf("%s got %d calls, want %s: %s", args[0], len(got), args[1], got)
	}
	if len(got) > 0 {
		s.body = got[len(got)-1]
		ts.Check(json.Unmarshal(s.body, &s.decoded))
	}
}
