package callout

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
)

// subscriberTimeout is how long a subscriber has to answer.
const subscriberTimeout = 10 * time.Second

// The shape of what subscribers are told (directory.md section 9).
type (
	collection struct {
		Value []notification `json:"value"`
	}

	notification struct {
		ID        string        `json:"id,omitempty"`
		Sub       string        `json:"subscriptionId"`
		Until     time.Time     `json:"subscriptionExpirationDateTime"`
		State     string        `json:"clientState,omitempty"`
		Tenant    string        `json:"tenantId"`
		Change    string        `json:"changeType,omitempty"`
		Resource  string        `json:"resource,omitempty"`
		Data      *resourceData `json:"resourceData,omitempty"`
		Lifecycle string        `json:"lifecycleEvent,omitempty"`
	}

	resourceData struct {
		Type string `json:"@odata.type"`
		Ref  string `json:"@odata.id"`
		ID   string `json:"id"`
	}
)

var followedTypes = map[entitlement.Followed]string{
	entitlement.FollowRequests:    "#microsoft.graph.accessPackageAssignmentRequest",
	entitlement.FollowAssignments: "#microsoft.graph.accessPackageAssignment",
}

// Tell tells a subscriber what has happened. An answer other than 2xx, and
// none, are errors.
func (c *Caller) Tell(ctx context.Context, t entitlement.Telling) error {
	body, err := json.Marshal(told(t))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, subscriberTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.URL(), bytes.NewReader(body))
	if err != nil {
		return errors.New("the URL of the subscriber cannot be called") // the error would tell it, with what it keeps secret
	}
	c.label(req.Header, "application/json", body)
	status, _, err := c.ask(req)
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("the subscriber did not answer within %v", subscriberTimeout)
	case err != nil:
		return fmt.Errorf("the subscriber cannot be reached: %w", err)
	case status/100 != 2:
		return fmt.Errorf("the subscriber answered with the status %d", status)
	}
	return nil
}

func told(t entitlement.Telling) collection {
	s := t.For
	each := notification{Sub: string(s.ID), Until: s.ExpiresAt.UTC(), State: s.ClientState, Tenant: string(t.Tenant), Lifecycle: string(t.Lifecycle)}
	if t.Lifecycle != "" {
		return collection{[]notification{each}}
	}
	var all collection
	for _, n := range t.Notifications {
		each.ID, each.Change = n.ID, string(n.Change)
		each.Resource = strings.Trim(s.Resource, "/")
		if s.Object == "" {
			each.Resource += "/" + n.Object
		}
		each.Data = &resourceData{followedTypes[s.Of], each.Resource, n.Object}
		all.Value = append(all.Value, each)
	}
	return all
}

// Prove asks the receiver at a URL whether it wants to be told anything: it
// has to send back, as plain text, the token that it gets. fault.Invalid
// "ValidationError" if it does not.
func (c *Caller) Prove(ctx context.Context, address string) error {
	u, err := url.Parse(address)
	if err != nil {
		return unproved("it is no URL")
	}
	token := "Validation " + rand.Text()
	query := "validationToken=" + url.QueryEscape(token)
	if u.RawQuery != "" {
		query = u.RawQuery + "&" + query
	}
	u.RawQuery = query
	ctx, cancel := context.WithTimeout(ctx, subscriberTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), http.NoBody)
	if err != nil {
		return unproved("it cannot be called")
	}
	c.label(req.Header, "text/plain; charset=utf-8", nil)
	status, answer, err := c.ask(req)
	switch {
	case err != nil: // the reason would tell of a network that is none of the caller's business
		return unproved("it did not answer in time").With(err)
	case status != http.StatusOK:
		return unproved("it answered with the status " + strconv.Itoa(status))
	case string(answer) != token:
		return unproved("its answer is not the token")
	}
	return nil
}

// ask sends a request. Errors do not tell the URL.
func (c *Caller) ask(req *http.Request) (status int, body []byte, err error) {
	answer, err := c.client.Do(req)
	if err != nil {
		if u, ok := errors.AsType[*url.Error](err); ok {
			err = u.Err
		}
		return 0, nil, err
	}
	defer answer.Body.Close()
	body, err = io.ReadAll(io.LimitReader(answer.Body, readMost))
	return answer.StatusCode, body, err
}

func unproved(why string) *fault.Error {
	return fault.New(fault.Invalid, "ValidationError",
		"The receiver did not validate the subscription: %s. It has to answer the POST with ?validationToken=… within 10 seconds with 200, text/plain and the decoded token as body.", why).
		At("notificationUrl")
}
