package issuer

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	httphelper "github.com/zitadel/oidc/v3/pkg/http"
	"github.com/zitadel/oidc/v3/pkg/oidc"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/fault"
)

// The endpoints, behind the tenant's segment.
const (
	tokenPath     = "/oauth2/v2.0/token"
	discoveryPath = "/v2.0/.well-known/openid-configuration"
	keysPath      = "/discovery/v2.0/keys"

	maxForm = 64 << 10
)

// published are the addresses under which clients know Graph in the national
// clouds, and its client id.
var published = []string{
	"https://graph.microsoft.com", "https://graph.microsoft.us", "https://dod-graph.microsoft.us",
	"https://microsoftgraph.chinacloudapi.cn", "00000003-0000-0000-c000-000000000000",
}

// Serves reports whether the path is one of the issuer's endpoints.
func Serves(path string) bool {
	_, endpoint, ok := split(path)
	return ok && endpoint != ""
}

// split takes a path apart into what names the tenant and the endpoint.
func split(path string) (tenant, endpoint string, ok bool) {
	tenant, rest, ok := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	endpoint = "/" + rest
	return tenant, endpoint, ok && tenant != "" && slices.Contains([]string{tokenPath, discoveryPath, keysPath}, endpoint)
}

// ServeHTTP answers at the addresses that Serves accepts, under every host.
func (i *Issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name, endpoint, ok := split(r.URL.Path)
	if !ok {
		http.NotFound(w, r)
		return
	}
	allowed := []string{http.MethodGet, http.MethodHead}
	if endpoint == tokenPath {
		allowed = []string{http.MethodPost}
	}
	if !slices.Contains(allowed, r.Method) {
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		i.refuse(w, r, http.StatusMethodNotAllowed, oidc.ErrInvalidRequest().WithDescription("This endpoint takes %s.", allowed[0]))
		return
	}
	tenant, ok := i.config.Tenants[strings.ToLower(name)]
	if !ok {
		i.refuse(w, r, http.StatusBadRequest, oidc.ErrInvalidRequest().WithDescription("There is no tenant %q here.", name))
		return
	}
	switch endpoint {
	case tokenPath:
		i.serveToken(w, r, tenant)
	case discoveryPath:
		httphelper.MarshalJSON(w, i.description(r, tenant, name))
	case keysPath:
		httphelper.MarshalJSON(w, i.keys.public)
	}
}

// description is the discovery document. Its endpoints are on the host that
// was asked, so that it works under every name the server has.
func (i *Issuer) description(r *http.Request, tenant directory.TenantID, name string) oidc.DiscoveryConfiguration {
	here := i.here(r) + "/" + url.PathEscape(name)
	return oidc.DiscoveryConfiguration{
		Issuer: iss(i.base(r), tenant), TokenEndpoint: here + tokenPath, JwksURI: here + keysPath,
		// The specification asks for this one even where nobody signs in.
		AuthorizationEndpoint:             here + "/oauth2/v2.0/authorize",
		GrantTypesSupported:               []oidc.GrantType{oidc.GrantTypeClientCredentials},
		ResponseTypesSupported:            []string{"token"},
		SubjectTypesSupported:             []string{"public"},
		IDTokenSigningAlgValuesSupported:  i.keys.algorithms(),
		TokenEndpointAuthMethodsSupported: []oidc.AuthMethod{oidc.AuthMethodPost, oidc.AuthMethodBasic},
		ClaimsSupported:                   []string{"aud", "iss", "exp", "iat", "nbf", "oid", "sub", "tid", "idtyp", "scp", "roles", "wids", "appid"},
	}
}

// here is the address at which clients reach the server.
func (i *Issuer) here(r *http.Request) string {
	if i.config.PublicURL != "" {
		return strings.TrimSuffix(i.config.PublicURL, "/")
	}
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// base begins "iss" in what is made for a request.
func (i *Issuer) base(r *http.Request) string {
	if i.follows {
		return i.here(r)
	}
	return i.config.Base
}

// tokenResponse is the answer of the token endpoint, in the platform's form.
type tokenResponse struct {
	TokenType    string `json:"token_type"`
	ExpiresIn    int64  `json:"expires_in"`
	ExtExpiresIn int64  `json:"ext_expires_in"`
	AccessToken  string `json:"access_token"`
}

func (i *Issuer) serveToken(w http.ResponseWriter, r *http.Request, tenant directory.TenantID) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Pragma", "no-cache")
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	token, err := i.token(r, tenant)
	if refusal, ok := errors.AsType[*oidc.Error](err); ok {
		status := http.StatusBadRequest
		if refusal.ErrorType == oidc.InvalidClient {
			status = http.StatusUnauthorized
			w.Header().Set("WWW-Authenticate", `Basic realm="`+string(tenant)+`"`)
		}
		i.refuse(w, r, status, refusal)
		return
	}
	if err != nil {
		i.log.ErrorContext(r.Context(), "token not issued", "err", err)
		i.refuse(w, r, http.StatusInternalServerError, oidc.ErrServerError().WithDescription("The server could not make a token."))
		return
	}
	seconds := int64(i.config.Lifetime.Seconds())
	httphelper.MarshalJSON(w, tokenResponse{TokenType: "Bearer", ExpiresIn: seconds, ExtExpiresIn: seconds, AccessToken: token})
}

// token answers a request for a token. What the client did wrong is an
// *oidc.Error (RFC 6749 section 5.2).
func (i *Issuer) token(r *http.Request, tenant directory.TenantID) (string, error) {
	if err := r.ParseForm(); err != nil {
		return "", oidc.ErrInvalidRequest().WithDescription("The body must be a form of at most %d bytes.", maxForm)
	}
	// Only the body counts: secrets in an address end in logs.
	form := r.PostForm
	switch grant := oidc.GrantType(form.Get("grant_type")); grant {
	case oidc.GrantTypeClientCredentials:
	case "":
		return "", oidc.ErrInvalidRequest().WithDescription("The form has no grant_type.")
	default:
		return "", oidc.ErrUnsupportedGrantType().WithDescription("The grant_type %q is not supported; client_credentials is.", string(grant))
	}
	client, err := i.authenticate(r, form, tenant)
	if err != nil {
		return "", err
	}
	if err := i.checkScope(form.Get("scope"), r.Host); err != nil {
		return "", err
	}
	return i.Mint(r.Context(), Grant{
		Tenant: tenant, AppOnly: true, ObjectID: client.ObjectID, AppID: client.ID, AppName: client.DisplayName,
		Roles: client.Roles, DirectoryRoles: client.DirectoryRoles, base: i.base(r),
	})
}

// authenticate returns the application that the request proves to be from.
// An unknown one and a wrong secret get the same answer in the same time.
func (i *Issuer) authenticate(r *http.Request, form url.Values, tenant directory.TenantID) (Client, error) {
	id, secret, err := credentials(r, form)
	if err != nil {
		return Client{}, err
	}
	client, err := i.known(r.Context(), tenant, id)
	if err != nil {
		return Client{}, err
	}
	if !client.accepts(secret) {
		return Client{}, oidc.ErrInvalidClient().WithDescription("There is no application with this client_id and client_secret in the tenant.")
	}
	return client, nil
}

// known returns the application, or one that nobody has the secret of.
func (i *Issuer) known(ctx context.Context, tenant directory.TenantID, id string) (Client, error) {
	client, err := i.clients.Client(ctx, tenant, id)
	if fault.Is(err, fault.NotFound) {
		return Client{Secrets: []SecretHash{{}}}, nil
	}
	return client, err
}

// credentials returns client id and secret from the form or the header; not
// from both (RFC 6749 section 2.3).
func credentials(r *http.Request, form url.Values) (id, secret string, err error) {
	id, secret = form.Get("client_id"), form.Get("client_secret")
	user, password, ok := r.BasicAuth()
	if !ok {
		if id == "" || secret == "" {
			return "", "", oidc.ErrInvalidClient().WithDescription("Send client_id and client_secret, in the form or as basic authentication.")
		}
		return id, secret, nil
	}
	if secret != "" {
		return "", "", oidc.ErrInvalidRequest().WithDescription("Send the client secret once: in the form or as basic authentication.")
	}
	// Both are form-encoded inside the header.
	user, userErr := url.QueryUnescape(user)
	password, passwordErr := url.QueryUnescape(password)
	if userErr != nil || passwordErr != nil {
		return "", "", oidc.ErrInvalidClient().WithDescription("Client id and secret must be form-encoded in basic authentication.")
	}
	if id != "" && id != user {
		return "", "", oidc.ErrInvalidRequest().WithDescription("The client_id of the form is another than that of the basic authentication.")
	}
	return user, password, nil
}

// checkScope accepts one "{resource}/.default" that means this server.
func (i *Issuer) checkScope(scope, host string) error {
	wanted := slices.DeleteFunc(strings.Fields(scope), func(s string) bool {
		return slices.Contains([]string{"openid", "profile", "offline_access"}, s) // sent by habit, without effect here
	})
	if len(wanted) != 1 {
		return oidc.ErrInvalidScope().WithDescription(`The scope must be one resource with "/.default" behind it, such as %q.`, i.config.Audience+"/.default")
	}
	resource, ok := strings.CutSuffix(wanted[0], "/.default")
	if !ok {
		return oidc.ErrInvalidScope().WithDescription(`The scope %q does not end in "/.default", which client_credentials asks for.`, wanted[0])
	}
	// A resource that ends in a slash has two of them in the scope.
	resource = strings.TrimSuffix(resource, "/")
	if i.isOurs(resource, host) {
		return nil
	}
	return oidc.ErrInvalidScope().WithDescription("The resource %q is not served here; try %q.", resource, i.config.Audience+"/.default")
}

// isOurs reports whether a resource is this server. Ports do not count: one
// server listens on several.
func (i *Issuer) isOurs(resource, host string) bool {
	names := slices.Concat(published, i.config.Resources, []string{i.config.Audience, i.config.Base, i.config.PublicURL})
	if resource != "" && slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(strings.TrimSuffix(n, "/"), resource) }) {
		return true
	}
	u, err := url.Parse(resource)
	return err == nil && u.Hostname() != "" && u.Path == "" && strings.EqualFold(u.Hostname(), hostname(host))
}

func hostname(hostport string) string {
	if host, _, err := net.SplitHostPort(hostport); err == nil {
		return host
	}
	return strings.Trim(hostport, "[]")
}

// refuse answers in the form of RFC 6749 section 5.2.
func (i *Issuer) refuse(w http.ResponseWriter, r *http.Request, status int, why *oidc.Error) {
	i.log.InfoContext(r.Context(), "token endpoint refused", "reason", string(why.ErrorType), "description", why.Description)
	httphelper.MarshalJSONWithStatus(w, why, status)
}
