package issuer

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"strings"
	"sync"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/fault"
)

// Client is an application that may ask for tokens in its own name.
type Client struct {
	ID          string             // the client id
	ObjectID    directory.ObjectID // of its service principal
	DisplayName string

	Secrets        []SecretHash // any of them lets it in
	Roles          []string     // application permissions
	DirectoryRoles []string     // template ids
}

// SecretHash is what is kept of a secret. Secrets are long random strings,
// not passwords that people choose, so a plain SHA-256 cannot be guessed
// backwards and a slow hash would only slow down the token endpoint.
type SecretHash [sha256.Size]byte

// HashSecret returns the hash of a secret.
func HashSecret(secret string) SecretHash { return sha256.Sum256([]byte(secret)) }

// accepts compares in constant time, with every hash, so that the time tells
// nothing about how near a guess was.
func (c Client) accepts(secret string) bool {
	given := HashSecret(secret)
	found := 0
	for _, s := range c.Secrets {
		found |= subtle.ConstantTimeCompare(given[:], s[:])
	}
	return found == 1
}

// Registry is a list of applications in memory. The zero value is empty and
// ready; it is safe for concurrent use.
type Registry struct {
	mu      sync.RWMutex
	clients map[clientKey]Client
}

type clientKey struct {
	tenant directory.TenantID
	id     string
}

func keyOf(tenant directory.TenantID, id string) clientKey {
	return clientKey{tenant, strings.ToLower(id)} // client ids are GUIDs, in whatever case
}

// Put adds the application to the tenant, or replaces it.
func (r *Registry) Put(tenant directory.TenantID, c Client) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.clients == nil {
		r.clients = map[clientKey]Client{}
	}
	r.clients[keyOf(tenant, c.ID)] = c
}

// Clear removes all applications.
func (r *Registry) Clear() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.clients = nil
}

// Client returns the application, or fault.NotFound.
func (r *Registry) Client(_ context.Context, tenant directory.TenantID, id string) (Client, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	c, ok := r.clients[keyOf(tenant, id)]
	if !ok {
		return Client{}, fault.New(fault.NotFound, "ClientNotFound", "The tenant has no application with the client id %q.", id)
	}
	return c, nil
}
