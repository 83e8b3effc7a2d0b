package entitlement

import (
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"time"

	"github.com/grantkeep/grantkeep/internal/directory"
)

// Errand is a callout that is still to be sent. It is noted together with the
// change that makes the call, so that no change waits for what is outside and
// none is forgotten; it is carried out soon after, at least once.
type Errand struct {
	ID        string // of the callout
	Extension ExtensionID

	// Request or Assignment has the callout among its own; the other is empty.
	Request    RequestID
	Assignment AssignmentID

	Status Status // of the request when it called; empty for an assignment
	Due    time.Time
	Tries  Tries
}

// claimed is how long somebody who carries out an errand has it alone. A
// process that dies meanwhile leaves it to another one.
const claimed = 2 * time.Minute

// Claim leaves the errand alone for as long as carrying it out may take.
func (e Errand) Claim(now time.Time) Errand {
	e.Due = now.Add(claimed)
	return e
}

// Again postpones an errand that failed in a way that may pass; ok is false
// if it has been tried often enough.
func (e Errand) Again(x CustomExtension, now time.Time) (next Errand, ok bool) {
	if e.Tries.Last(now) || x.Client != nil && x.Client.MaximumRetries != nil && e.Tries.Count >= *x.Client.MaximumRetries {
		return e, false
	}
	e.Tries, e.Due = e.Tries.again(now)
	return e, true
}

// errand is what has to be done for a callout that was made.
func (out Callout) errand() Errand {
	return Errand{ID: out.ID, Extension: out.Extension, Due: out.At}
}

// open reports whether the callout is on its way, or may be.
func (out Callout) open() bool { return out.Status == CalloutSent || out.Status == CalloutWaiting }

// Errands returns what has to be done for the custom extensions that were
// called on the way to the change.
func (c Change) Errands() []Errand {
	var all []Errand
	for _, out := range c.Called {
		e := out.errand()
		e.Request = c.After.ID
		switch out.Status {
		case CalloutSent:
			e.Status = c.Before.Status
		case CalloutWaiting:
			e.Status = c.After.Status
		default:
			continue
		}
		all = append(all, e)
	}
	return all
}

// Errands returns what has to be done for the custom extensions that the
// assignment called at an instant.
func (a Assignment) Errands(at time.Time) []Errand {
	var all []Errand
	for _, out := range a.Callouts {
		if out.Status == CalloutSent && out.At.Equal(at) {
			e := out.errand()
			e.Assignment = a.ID
			all = append(all, e)
		}
	}
	return all
}

// Outcall is all that a custom extension is told. What does not exist any
// more is zero.
type Outcall struct {
	Errand
	Tenant     directory.TenantID
	Callout    Callout
	To         CustomExtension
	Of         Request    // that called, or that made the assignment that did
	About      Assignment // that the request makes, changes or ends
	Package    Package
	Catalog    Catalog
	Requestor  Subject
	Target     Subject
	CanRespond bool // somebody waits for an answer
}

// Outcall returns the errand with what it is about; ok is false if there is
// nothing to call for any more: nobody waits for the answer, or what called
// has been deleted.
func (e Errand) Outcall(r Request, a Assignment) (o Outcall, ok bool) {
	callouts := r.Callouts
	if e.Request == "" {
		callouts = a.Callouts
	}
	at := slices.IndexFunc(callouts, func(c Callout) bool { return c.ID == e.ID })
	if at < 0 || !callouts[at].open() {
		return Outcall{}, false
	}
	return Outcall{Errand: e, Callout: callouts[at], Of: r, About: a, CanRespond: callouts[at].Status == CalloutWaiting}, true
}

// unreached returns the callouts after one of them could not be made; ok is
// false if it is not there, or was ended by something else.
func unreached(all []Callout, id, why string) (after []Callout, out Callout, ok bool) {
	at := slices.IndexFunc(all, func(c Callout) bool { return c.ID == id })
	if at < 0 || !all[at].open() {
		return all, Callout{}, false
	}
	after = slices.Clone(all)
	after[at].Status, after[at].Detail = CalloutFailed, why
	return after, after[at], true
}

// Unreached notes in the request that a callout could not be made. waited
// tells whether the request waited for its answer.
func (r Request) Unreached(id, why string) (after Request, out Callout, waited, ok bool) {
	at := r.waitingFor()
	waited = at >= 0 && r.Callouts[at].ID == id
	r.Callouts, out, ok = unreached(r.Callouts, id, why)
	return r, out, waited, ok
}

// Unreached is the same for an assignment.
func (a Assignment) Unreached(id, why string) (after Assignment, out Callout, ok bool) {
	a.Callouts, out, ok = unreached(a.Callouts, id, why)
	return a, out, ok
}

// CheckAddress reports why a custom extension must not be called at a URL:
// what is told travels encrypted, or not at all. Only what is on this machine
// may be called without.
func CheckAddress(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return fmt.Errorf("must be an absolute URL that begins with https://")
	}
	if u.Scheme == "http" && !loopback(u.Hostname()) {
		return fmt.Errorf("must begin with https://; http:// is for this machine only (localhost, 127.0.0.1, ::1)")
	}
	return nil
}

// OnLoopback reports whether a URL leads to this machine.
func OnLoopback(address string) bool {
	u, err := url.Parse(address)
	return err == nil && loopback(u.Hostname())
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}
