package graphapi

import (
	"net/http"
	"slices"
	"strings"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/graphapi/wire"
	"github.com/grantkeep/grantkeep/internal/odata"
)

// versions tells in which versions of the API a route exists.
type versions int

const (
	v1Only versions = 1 << iota
	betaOnly
	both             = v1Only | betaOnly
	outside versions = 0 // beside the versions
)

func (v versions) has(w wire.Version) bool {
	if w == wire.Beta {
		return v&betaOnly != 0
	}
	return v&v1Only != 0
}

// token is the kind of token that a route asks for.
type token int

const (
	anyToken    token = iota
	noToken           // not even one
	personToken       // a delegated token; else 403
	myToken           // a delegated token; else the 400 that /me gives
)

// access tells what a route asks of the caller before any use case looks at
// the request.
type access struct {
	token token

	// writes is what the body is for; one of the actions is enough. It is
	// asked only when the body cannot be read: who may not send it learns
	// that first (permissions.md section 8). Other refusals are the use
	// cases' own.
	writes []authz.Action
}

// The kinds of access without a body that may be refused.
var (
	signedIn  = access{token: anyToken}
	anonymous = access{token: noToken}
	asPerson  = access{token: personToken}
	asMyself  = access{token: myToken}
)

func (a access) toWrite(actions ...authz.Action) access {
	a.writes = actions
	return a
}

// route is one line of the routes table.
//
// A template is made of segments. In front of a bar stand the names a
// segment has in v1.0, behind it those in beta, separated by commas; without
// a bar the names are the same. An exclamation mark leads a name that is
// retiring in favour of the first one. {x} takes a GUID and {x:any} any key,
// as a segment of its own or in parentheses; name(arg={x:any}) takes an
// alternate key or the argument of a function; further ones follow after commas. No segment may hold a slash.
type route struct {
	method   string
	template string
	versions versions
	handle   func(*call) error
	access   access
}

const namespace = "microsoft.graph."

// router finds routes. It is a tree of segments for each version, made once.
type router struct {
	roots   map[wire.Version]*node
	outside *node // what stands beside the versions
}

// node is a place in the tree: what may follow, and what can be done here.
type node struct {
	names   map[string]*edge // by name in lower case
	key     *edge            // what {x} leads to
	args    map[string]*edge // by argument name in lower case, after name(
	methods map[string]*route
}

// edge leads from a node to the next.
type edge struct {
	to *node

	word    string // the name as it is published
	newName string // the name that replaces a retiring one

	param string // what the key is called
	any   bool   // the key need not be a GUID
}

// isDirectory reports whether the route belongs to the directory, which has
// error codes of its own.
func (r *route) isDirectory() bool {
	return !strings.HasPrefix(r.template, em) && !strings.HasPrefix(r.template, rm)
}

func newNode() *node {
	return &node{names: map[string]*edge{}, args: map[string]*edge{}, methods: map[string]*route{}}
}

func newRouter(table []route) *router {
	rt := &router{roots: map[wire.Version]*node{wire.V1: newNode(), wire.Beta: newNode()}, outside: newNode()}
	for i := range table {
		r := &table[i]
		segments := strings.Split(strings.TrimPrefix(r.template, "/"), "/")
		for version, root := range rt.roots {
			if r.versions.has(version) {
				grow(root, version, segments, r)
			}
		}
		if r.versions == outside {
			grow(rt.outside, wire.V1, segments, r)
		}
	}
	return rt
}

// grow adds a route below a node, under every name its segments have.
func grow(at *node, version wire.Version, segments []string, r *route) {
	if len(segments) == 0 {
		if at.methods[r.method] != nil {
			panic("graphapi: two routes for " + r.method + " " + r.template)
		}
		at.methods[r.method] = r
		return
	}
	if param, ok := placeholder(segments[0]); ok {
		if at.key == nil {
			at.key = newKey(param)
		}
		grow(at.key.to, version, segments[1:], r)
		return
	}
	word, rest, hasArg := strings.Cut(segments[0], "(")
	names := namesIn(word, version)
	for _, name := range names {
		retiring := strings.HasPrefix(name, "!")
		name = strings.TrimPrefix(name, "!")
		next := at.names[strings.ToLower(name)]
		if next == nil {
			next = &edge{to: newNode(), word: name}
			if retiring {
				next.newName = names[0]
			}
			at.names[strings.ToLower(name)] = next
		}
		below := next.to
		if hasArg {
			below = growArgs(below, strings.TrimSuffix(rest, ")"))
		}
		grow(below, version, segments[1:], r)
	}
}

// growArgs adds the arguments of a function, in the order of their names,
// because clients give them in any order.
func growArgs(below *node, list string) *node {
	args := strings.Split(list, ",")
	slices.SortFunc(args, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) })
	for _, a := range args {
		name, value, named := strings.Cut(a, "=")
		if !named {
			continue // there are none
		}
		name = strings.ToLower(name)
		if below.args[name] == nil {
			param, _ := placeholder(value)
			below.args[name] = newKey(param)
		}
		below = below.args[name].to
	}
	return below
}

func newKey(param string) *edge {
	name, kind, _ := strings.Cut(param, ":")
	return &edge{to: newNode(), param: name, any: kind == "any"}
}

// namesIn returns the names a segment of a template has in a version.
func namesIn(segment string, version wire.Version) []string {
	v1, beta, differs := strings.Cut(segment, "|")
	if differs && version == wire.Beta {
		return strings.Split(beta, ",")
	}
	return strings.Split(v1, ",")
}

func placeholder(segment string) (string, bool) {
	inner, ok := strings.CutPrefix(segment, "{")
	return strings.TrimSuffix(inner, "}"), ok
}

// match is where a path led.
type match struct {
	at      *node
	keys    map[string]string
	context string // the path as @odata.context spells it
	within  string // the same without the key at its end
	last    string // the last key on the path
	newPath string // the path up to the successor of a retiring name, and with it
	oldName string // that name
	badKey  string // a key that is no GUID where one is due
	args    []arg  // alternate keys and arguments, still to be read
}

// arg is a named argument on the path. Its value may be an alias that stands
// in the query string, which is read later.
type arg struct {
	param   string
	name    string
	segment odata.Segment
}

// find follows the path from a root. fault.Invalid names the
// first segment that leads nowhere.
func (n *node) find(path []odata.Segment) (match, error) {
	m := match{at: n, keys: map[string]string{}}
	for _, s := range path {
		if !m.follow(s) {
			return m, noSegment(s.Key)
		}
	}
	if len(m.at.methods) == 0 {
		return m, noSegment(lastOf(path))
	}
	return m, nil
}

func lastOf(path []odata.Segment) string {
	if len(path) == 0 {
		return ""
	}
	return path[len(path)-1].Key
}

func noSegment(name string) error {
	return fault.New(fault.Invalid, "BadRequest", "Resource not found for the segment '%s'.", name)
}

// follow goes one segment further and reports whether that was possible. A
// name goes before a key, so "$count" is never taken for an id.
func (m *match) follow(s odata.Segment) bool {
	e := m.at.named(s)
	if e == nil {
		if m.at.key == nil || s.Called {
			return false
		}
		m.take(m.at.key, s.Key)
		return true
	}
	if e.newName != "" {
		m.oldName, m.newPath = e.word, m.context+"/"+e.newName
	}
	m.at = e.to
	m.name(e.word)
	args := slices.Clone(s.Args)
	slices.SortFunc(args, func(a, b odata.Arg) int { return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) })
	for _, a := range args {
		name := strings.ToLower(a.Name)
		to := m.at.args[name]
		if to == nil {
			return false
		}
		m.args = append(m.args, arg{param: to.param, name: name, segment: s})
		m.at = to.to
	}
	return true
}

// named returns the edge with the name of a segment. A cast is spelled with
// its namespace; an action or a function may be.
func (n *node) named(s odata.Segment) *edge {
	if s.InParens {
		return nil
	}
	name := strings.ToLower(s.Name)
	if s.Qualified {
		if e := n.names[namespace+name]; e != nil {
			return e
		}
	}
	return n.names[name]
}

func (m *match) take(e *edge, key string) {
	if !e.any {
		key = strings.ToLower(key)
		if !isGUID(key) {
			m.badKey = key
		}
	}
	m.at = e.to
	m.keys[e.param] = key
	m.last = key
	m.within = m.context
	m.context += "('" + strings.ReplaceAll(key, "'", "''") + "')"
}

func (m *match) name(word string) {
	if m.context != "" {
		m.context += "/"
	}
	m.context += word
	m.within = m.context
}

// route returns the route for a method. fault.MethodNotAllowed carries
// nothing: the caller sets Allow from allowed.
func (m match) route(method string) (*route, error) {
	if r := m.at.methods[method]; r != nil {
		return r, nil
	}
	return nil, fault.New(fault.MethodNotAllowed, "MethodNotAllowed",
		"The method %s is not allowed here; use %s.", method, m.allowed())
}

// allowed lists the methods of the place, for people and for Allow.
func (m match) allowed() string {
	var methods []string
	for method := range m.at.methods {
		methods = append(methods, method)
	}
	slices.Sort(methods)
	return strings.Join(methods, ", ")
}

// checkKeys refuses a malformed GUID: with the object not found where one is
// addressed, as a bad input where something is to be done with it
// (conventions.md section 2).
func (m match) checkKeys(method string) error {
	switch {
	case m.badKey == "":
		return nil
	case method == http.MethodPost:
		return fault.New(fault.Invalid, "InvalidModel", "Unrecognized Guid format: '%s'.", m.badKey)
	}
	return fault.New(fault.NotFound, "ResourceNotFound", "There is no object with the id '%s': ids are GUIDs.", m.badKey)
}

// isGUID reports whether s is a GUID in lower case, with hyphens.
func isGUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		switch c := s[i]; {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if c != '-' {
				return false
			}
		case (c < '0' || c > '9') && (c < 'a' || c > 'f'):
			return false
		}
	}
	return true
}
