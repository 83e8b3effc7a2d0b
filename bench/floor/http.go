package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/google/uuid"
)

// pageSize is the number of assignments on a page.
const pageSize = 100

// database does the transactions; it is all that differs between SQLite and
// PostgreSQL.
type database interface {
	create(ctx context.Context, r request) error
	// cancel reports whether the request was there and could be canceled.
	cancel(ctx context.Context, c cancellation) (bool, error)
	// page returns the delivered assignments after an id, with their targets
	// and packages.
	page(ctx context.Context, after string) ([]assignment, error)
	// statements counts what was sent to the database.
	statements() int64
	close() error
}

// request is the four rows of a creation.
type request struct {
	id, version, audit, outbox         string
	kind, packageID, policyID, target  string
	justification, body, image, client string
	at                                 int64
}

// cancellation is the three rows of a cancellation.
type cancellation struct {
	id, audit, actor, image, client string
	at                              int64
}

// floor is the server.
type floor struct {
	db   database
	rows int

	mu      sync.Mutex
	queries []time.Duration // how long the pages' SQL took
}

func (f *floor) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /create", f.create)
	mux.HandleFunc("POST /cancel/{id}", f.cancel)
	mux.HandleFunc("GET /get/{id}", f.get)
	mux.HandleFunc("GET /page", f.page)
	mux.HandleFunc("GET /stats", f.stats)
	return mux
}

// The JSON of a request, as long as a real one.
type (
	submission struct {
		RequestType   string   `json:"requestType"`
		Justification string   `json:"justification"`
		Assignment    wanted   `json:"assignment"`
		Schedule      schedule `json:"schedule"`
	}
	wanted struct {
		TargetID  string `json:"targetId"`
		PolicyID  string `json:"assignmentPolicyId"`
		PackageID string `json:"accessPackageId"`
	}
	schedule struct {
		Start      *time.Time `json:"startDateTime"`
		Recurrence *string    `json:"recurrence"`
		Expiration struct {
			End      *time.Time `json:"endDateTime"`
			Duration *string    `json:"duration"`
			Type     string     `json:"type"`
		} `json:"expiration"`
	}
	answer struct {
		Context       string     `json:"@odata.context"`
		ID            string     `json:"id"`
		RequestType   string     `json:"requestType"`
		State         string     `json:"state"`
		Status        string     `json:"status"`
		Created       time.Time  `json:"createdDateTime"`
		Completed     *time.Time `json:"completedDateTime"`
		Justification string     `json:"justification"`
		Schedule      schedule   `json:"schedule"`
		Answers       []string   `json:"answers"`
		Extensions    []string   `json:"customExtensionCalloutInstances"`
	}
)

const answerContext = "http://127.0.0.1/v1.0/$metadata#identityGovernance/entitlementManagement/assignmentRequests/$entity"

func (f *floor) create(w http.ResponseWriter, r *http.Request) {
	var in submission
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || in.Assignment.PackageID == "" {
		http.Error(w, "not a request", http.StatusBadRequest)
		return
	}
	now := time.Now().UTC().Truncate(time.Microsecond)
	out := answer{
		Context: answerContext, ID: newID(), RequestType: in.RequestType, State: "submitted", Status: "Accepted", Created: now,
		Justification: in.Justification, Schedule: in.Schedule, Answers: []string{}, Extensions: []string{},
	}
	image, err := json.Marshal(out)
	if err != nil {
		fail(w, err)
		return
	}
	body, err := json.Marshal(in.Schedule)
	if err != nil {
		fail(w, err)
		return
	}
	err = f.db.create(r.Context(), request{
		id: out.ID, version: newID(), audit: newID(), outbox: newID(), kind: in.RequestType,
		packageID: in.Assignment.PackageID, policyID: in.Assignment.PolicyID, target: in.Assignment.TargetID,
		justification: in.Justification, body: string(body), image: string(image),
		client: r.Header.Get("client-request-id"), at: now.UnixMicro(),
	})
	if err != nil {
		fail(w, err)
		return
	}
	write(w, image)
}

func (f *floor) cancel(w http.ResponseWriter, r *http.Request) {
	done, err := f.db.cancel(r.Context(), cancellation{
		id: r.PathValue("id"), audit: newID(), actor: "someone", image: string(fixed),
		client: r.Header.Get("client-request-id"), at: time.Now().UnixMicro(),
	})
	switch {
	case err != nil:
		fail(w, err)
	case !done:
		http.Error(w, "it cannot be canceled", http.StatusBadRequest)
	default:
		w.WriteHeader(http.StatusOK)
	}
}

// fixed is what get answers: a request, without any database.
var fixed = func() []byte {
	at := time.Date(2026, 12, 1, 9, 12, 33, 123456000, time.UTC)
	in := answer{
		Context: answerContext, ID: "7e382d02-0000-7000-8000-000000000001", RequestType: "userAdd", State: "submitted",
		Status: "Accepted", Created: at, Justification: "needed for the benchmark", Answers: []string{}, Extensions: []string{},
	}
	in.Schedule.Expiration.Type = "notSpecified"
	out, err := json.Marshal(in)
	if err != nil {
		panic(err)
	}
	return out
}()

func (f *floor) get(w http.ResponseWriter, _ *http.Request) { write(w, fixed) }

// The JSON of an assignment with its two expanded objects.
type (
	assignment struct {
		ID        string     `json:"id"`
		State     string     `json:"state"`
		Status    string     `json:"status"`
		Schedule  schedule   `json:"schedule"`
		Expired   *time.Time `json:"expiredDateTime"`
		Target    *subject   `json:"target"`
		Package   *offer     `json:"accessPackage"`
		Callouts  []string   `json:"customExtensionCalloutInstances"`
		targetID  string     // looked up after the page is read
		packageID string     // likewise
		end       *int64     // goes into the schedule, in microseconds
	}
	subject struct {
		ID            string `json:"id"`
		ObjectID      string `json:"objectId"`
		DisplayName   string `json:"displayName"`
		Mail          string `json:"email"`
		PrincipalName string `json:"principalName"`
		Type          string `json:"subjectType"`
	}
	offer struct {
		ID          string    `json:"id"`
		DisplayName string    `json:"displayName"`
		Description string    `json:"description"`
		Hidden      bool      `json:"isHidden"`
		Created     time.Time `json:"createdDateTime"`
		Modified    time.Time `json:"modifiedDateTime"`
	}
)

// page answers a page; depth says after which share of all rows it begins.
func (f *floor) page(w http.ResponseWriter, r *http.Request) {
	after := ""
	if depth, err := strconv.ParseFloat(r.FormValue("depth"), 64); err == nil && depth > 0 {
		after = seriesID(int(depth * float64(f.rows)))
	}
	begin := time.Now()
	rows, err := f.db.page(r.Context(), after)
	took := time.Since(begin)
	if err != nil {
		fail(w, err)
		return
	}
	f.mu.Lock()
	f.queries = append(f.queries, took)
	f.mu.Unlock()
	out := struct {
		Context string       `json:"@odata.context"`
		Next    string       `json:"@odata.nextLink"`
		Value   []assignment `json:"value"`
	}{"http://127.0.0.1/v1.0/$metadata#identityGovernance/entitlementManagement/assignments", "", rows}
	if len(rows) > 0 {
		out.Next = "http://127.0.0.1/page?after=" + rows[len(rows)-1].ID
	}
	text, err := json.Marshal(out)
	if err != nil {
		fail(w, err)
		return
	}
	write(w, text)
}

// stats tells how many statements were sent so far, and the median time of
// the pages' SQL since stats was last asked, in microseconds.
func (f *floor) stats(w http.ResponseWriter, _ *http.Request) {
	f.mu.Lock()
	took := f.queries
	f.queries = nil
	f.mu.Unlock()
	slices.Sort(took)
	var median int64
	if len(took) > 0 {
		median = took[len(took)/2].Microseconds()
	}
	write(w, fmt.Appendf(nil, `{"statements":%d,"pageSQLMicros":%d}`, f.db.statements(), median))
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

func write(w http.ResponseWriter, text []byte) {
	w.Header().Set("Content-Type", "application/json")
	if _, err := w.Write(text); err != nil {
		log.Printf("answer: %v", err)
	}
}

func fail(w http.ResponseWriter, err error) {
	log.Print(err)
	http.Error(w, err.Error(), http.StatusInternalServerError)
}
