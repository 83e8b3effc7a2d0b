// Package emulator adds to the real server what tests need: a clock that can
// be moved, tokens on request, faults on request, and a look at what was
// called. It is mounted only in demo and emulator mode; nothing behind it is
// a mock.
package emulator

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/clock"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/runner"
	"github.com/grantkeep/grantkeep/internal/store"
)

// Prefix is the path under which the control endpoints live.
const Prefix = "/_emulator/"

// Token describes a token to be minted: delegated if User is set, else
// app-only.
type Token struct {
	User      directory.Object // zero for an app-only token
	Client    Client
	Scopes    []string // "scp" of a delegated token
	Roles     []string // "roles" of an app-only one
	WIDs      []string // directory roles
	ExpiresIn int      // seconds
}

// Client is an application that can get tokens.
type Client struct {
	ID          string
	Secret      string
	OID         string // its service principal
	DisplayName string
	Roles       []string // application permissions
	WIDs        []string // directory roles
}

// World is what the control endpoints control.
type World struct {
	Tenant directory.TenantID
	Store  store.Store
	Runner *runner.Runner
	Clock  *clock.Manual
	Faults *Faults

	Callouts *Callouts

	Default Client // the client that tokens name unless told otherwise

	// Mint signs a token that is valid by the clock.
	Mint func(context.Context, Token) (string, error)

	// Clients looks a registered client up, and Register adds one.
	Clients  func(id string) (Client, bool)
	Register func(context.Context, Client) error

	// Reset brings everything but the clock back to the seed.
	Reset func(context.Context) error
}

// Emulator serves the control endpoints and records the calls to the rest.
type Emulator struct {
	world World
	mux   *http.ServeMux
	calls calls

	// moving holds the runner still while the clock is moved: what falls due
	// runs at its own instant and is counted.
	moving sync.Mutex
}

// New returns an emulator for the world.
func New(w World) *Emulator {
	e := &Emulator{world: w, mux: http.NewServeMux()}
	for pattern, handle := range map[string]func(*http.Request) (any, error){
		"POST /_emulator/token":       e.token,
		"GET /_emulator/clock":        e.readClock,
		"PUT /_emulator/clock":        e.moveClock,
		"POST /_emulator/settle":      e.settle,
		"POST /_emulator/reset":       e.reset,
		"PUT /_emulator/clients/{id}": e.putClient,
		"PUT /_emulator/faults":       e.putFaults,
		"GET /_emulator/calls":        e.listCalls,
		"DELETE /_emulator/calls":     e.clearCalls,
		"GET /_emulator/messages":     e.messages,
		"GET /_emulator/stats":        e.stats,
	} {
		e.mux.HandleFunc(pattern, answer(handle))
	}
	e.mux.HandleFunc(Prefix, answer(func(r *http.Request) (any, error) {
		return nil, fault.New(fault.NotFound, "ResourceNotFound", "There is no control endpoint %s %s.", r.Method, r.URL.Path)
	}))
	return e
}

// statuses are the HTTP codes of the faults that control endpoints report.
var statuses = map[fault.Kind]int{
	fault.Invalid: http.StatusBadRequest, fault.NotFound: http.StatusNotFound, fault.TooLarge: http.StatusRequestEntityTooLarge,
}

func answer(handle func(*http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := handle(r)
		status := http.StatusOK
		if err != nil {
			f := fault.Of(err)
			var ok bool
			if status, ok = statuses[f.Kind]; !ok {
				status = http.StatusInternalServerError
			}
			body = map[string]any{"error": map[string]string{"code": f.Code, "message": f.Message}}
		}
		if body == nil {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		if err := json.NewEncoder(w).Encode(body); err != nil {
			return // the client has gone
		}
	}
}

// maxBody bounds the bodies of control endpoints.
const maxBody = 1 << 20

// decode reads a JSON body strictly: unknown members are refused. An empty
// body leaves into as it is.
func decode(r *http.Request, into any) error {
	d := json.NewDecoder(http.MaxBytesReader(nil, r.Body, maxBody))
	d.DisallowUnknownFields()
	err := d.Decode(into)
	if errors.Is(err, io.EOF) {
		return nil
	}
	if err != nil {
		return fault.New(fault.Invalid, "InvalidModel", "The body cannot be read: %v.", err)
	}
	return nil
}

type tokenBody struct {
	User      string   `json:"user"`
	App       string   `json:"app"`
	Scp       string   `json:"scp"`
	Roles     []string `json:"roles"`
	Wids      []string `json:"wids"`
	ExpiresIn int      `json:"expiresIn"`
}

// defaultLifetime is how long a token lives unless told otherwise, seconds.
const defaultLifetime = 3600

func (e *Emulator) token(r *http.Request) (any, error) {
	var body tokenBody
	if err := decode(r, &body); err != nil {
		return nil, err
	}
	t := Token{Client: e.world.Default, Scopes: strings.Fields(body.Scp), Roles: body.Roles, WIDs: body.Wids, ExpiresIn: body.ExpiresIn}
	if t.ExpiresIn == 0 {
		t.ExpiresIn = defaultLifetime
	}
	if body.App != "" {
		c, ok := e.world.Clients(strings.ToLower(body.App))
		if !ok {
			return nil, fault.New(fault.Invalid, "UnknownClient", "There is no application with the client id %q; register it with PUT /_emulator/clients/{id}.", body.App)
		}
		t.Client = c
	}
	if body.User == "" {
		if body.Scp != "" {
			return nil, fault.New(fault.Invalid, "InvalidModel", "scp belongs to a delegated token; set user, or use roles.")
		}
		if body.Roles == nil {
			t.Roles = t.Client.Roles
		}
		if body.Wids == nil {
			t.WIDs = t.Client.WIDs
		}
	} else {
		user, err := e.user(r.Context(), body.User)
		if err != nil {
			return nil, err
		}
		t.User = user
		if body.Scp == "" {
			t.Scopes = []string{string(authz.SubjectAccess), string(authz.UserRead)}
		}
	}
	signed, err := e.world.Mint(r.Context(), t)
	if err != nil {
		return nil, err
	}
	return map[string]string{"access_token": signed}, nil
}

// user finds a user by id or user principal name.
func (e *Emulator) user(ctx context.Context, key string) (directory.Object, error) {
	var found directory.Object
	err := e.world.Store.Read(ctx, e.world.Tenant, func(r store.Reader) error {
		var err error
		if strings.Contains(key, "@") {
			found, err = r.ObjectByName(ctx, key)
		} else {
			found, err = r.Object(ctx, directory.ObjectID(strings.ToLower(key)))
		}
		return err
	})
	if fault.Is(err, fault.NotFound) || err == nil && found.Kind != directory.KindUser {
		return directory.Object{}, fault.New(fault.Invalid, "UnknownUser", "There is no user %q in the directory.", key)
	}
	return found, err
}

func (e *Emulator) reset(r *http.Request) (any, error) {
	e.moving.Lock()
	defer e.moving.Unlock()
	e.world.Faults.Set(FaultPlan{})
	e.calls.clear()
	e.world.Callouts.clear()
	return nil, e.world.Reset(r.Context())
}

type clientBody struct {
	Secret      string   `json:"secret"`
	OID         string   `json:"oid"`
	DisplayName string   `json:"displayName"`
	Roles       []string `json:"roles"`
	Wids        []string `json:"wids"`
}

func (e *Emulator) putClient(r *http.Request) (any, error) {
	var body clientBody
	if err := decode(r, &body); err != nil {
		return nil, err
	}
	if body.Secret == "" || body.OID == "" {
		return nil, fault.New(fault.Invalid, "InvalidModel", "secret and oid are required.")
	}
	return nil, e.world.Register(r.Context(), Client{
		ID: strings.ToLower(r.PathValue("id")), Secret: body.Secret, OID: strings.ToLower(body.OID),
		DisplayName: body.DisplayName, Roles: body.Roles, WIDs: body.Wids,
	})
}

func (e *Emulator) stats(*http.Request) (any, error) {
	return map[string]int64{"statements": e.world.Store.Statements()}, nil
}
