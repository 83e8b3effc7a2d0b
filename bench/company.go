package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/sync/errgroup"
)

// client speaks to the product's Graph API as the emulator's application. It
// makes the company; the load itself does not go through it.
type client struct {
	base  string
	token string
}

type (
	fields map[string]any
	object struct {
		ID string `json:"id"`
	}
)

// signIn gets a token with the application's secret.
func (c *client) signIn(ctx context.Context, first startup) error {
	form := url.Values{
		"grant_type": {"client_credentials"}, "client_id": {first.Client.ID}, "client_secret": {first.Client.Secret},
		"scope": {"https://graph.microsoft.com/.default"},
	}
	req, err := http.NewRequestWithContext(ctx, "POST", c.base+"/"+first.Tenant+"/oauth2/v2.0/token", strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	var out struct {
		Token string `json:"access_token"`
	}
	if err := do(req, &out); err != nil {
		return err
	}
	c.token = out.Token
	return nil
}

// call sends in, if any, as JSON and reads the answer into out, if any.
func (c *client) call(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return do(req, out)
}

func do(req *http.Request, out any) (err error) {
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, res.Body.Close()) }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode > 299 {
		return fmt.Errorf("%s %s: %s: %.500s", req.Method, req.URL.Path, res.Status, text)
	}
	if out == nil || len(text) == 0 {
		return nil
	}
	return json.Unmarshal(text, out)
}

// company is what the load needs to know of those who were made.
type company struct {
	catalog  string
	users    []string
	approver string
	given    given     // by every package
	free     []offered // packages without approval
	guarded  []offered // packages with approval
}

// offered is a package and its policy.
type offered struct{ id, policy string }

// given is the role of a group that packages give, by its ids.
type given struct{ group, resource, role, scope string }

// found makes a company over the Graph API: people, a group, and packages
// that give its membership, half of them after approval.
func found(ctx context.Context, c *client, users, packages int) (*company, error) {
	out := &company{users: make([]string, users), free: make([]offered, packages), guarded: make([]offered, packages)}
	var err error
	if out.approver, err = c.user(ctx, "approver"); err != nil {
		return nil, err
	}
	var group, catalog object
	if err := c.call(ctx, "POST", "/v1.0/groups", fields{
		"displayName": "Bench", "mailNickname": "bench", "mailEnabled": false, "securityEnabled": true,
	}, &group); err != nil {
		return nil, err
	}
	if err := c.call(ctx, "POST", em+"/catalogs", fields{
		"displayName": "Bench", "description": "for the benchmark", "state": "published", "isExternallyVisible": false,
	}, &catalog); err != nil {
		return nil, err
	}
	out.catalog = catalog.ID
	role, err := c.resource(ctx, catalog.ID, group.ID)
	if err != nil {
		return nil, err
	}
	out.given.group, out.given.resource = group.ID, role["role"].(fields)["resource"].(fields)["id"].(string)
	tasks, all := errgroup.WithContext(ctx)
	tasks.SetLimit(8)
	for i := range users {
		tasks.Go(func() (err error) {
			out.users[i], err = c.user(all, fmt.Sprintf("person%05d", i))
			return err
		})
	}
	for i := range packages {
		tasks.Go(func() (err error) {
			out.free[i], err = c.offer(all, catalog.ID, fmt.Sprintf("Free %d", i), role, "")
			return err
		})
		tasks.Go(func() (err error) {
			out.guarded[i], err = c.offer(all, catalog.ID, fmt.Sprintf("Guarded %d", i), role, out.approver)
			return err
		})
	}
	if err := tasks.Wait(); err != nil {
		return nil, err
	}
	return out, c.ids(ctx, out.free[0].id, &out.given)
}

// ids reads what the role that a package gives is called.
func (c *client) ids(ctx context.Context, pkg string, out *given) error {
	var list struct {
		Value []struct{ Role, Scope object } `json:"value"`
	}
	if err := c.call(ctx, "GET", em+"/accessPackages/"+pkg+"/resourceRoleScopes?$expand=role,scope", nil, &list); err != nil {
		return err
	}
	if len(list.Value) != 1 {
		return fmt.Errorf("the package gives %d roles", len(list.Value))
	}
	out.role, out.scope = list.Value[0].Role.ID, list.Value[0].Scope.ID
	return nil
}

func (c *client) user(ctx context.Context, name string) (string, error) {
	var user object
	err := c.call(ctx, "POST", "/v1.0/users", fields{
		"accountEnabled": true, "displayName": name, "mailNickname": name, "userPrincipalName": name + "@bench.example",
		"mail": name + "@bench.example", "passwordProfile": fields{"password": "not used by anybody"},
	}, &user)
	return user.ID, err
}

// resource puts the group into the catalog and returns the role scope that
// makes somebody a member of it.
func (c *client) resource(ctx context.Context, catalog, group string) (fields, error) {
	if err := c.call(ctx, "POST", em+"/resourceRequests", fields{
		"requestType": "adminAdd", "catalog": fields{"id": catalog},
		"resource": fields{"originId": group, "originSystem": "AadGroup"},
	}, nil); err != nil {
		return nil, err
	}
	var list struct {
		Value []object `json:"value"`
	}
	query := url.Values{"$filter": {"originId eq '" + group + "'"}}
	if err := c.call(ctx, "GET", em+"/catalogs/"+catalog+"/resources?"+query.Encode(), nil, &list); err != nil {
		return nil, err
	}
	if len(list.Value) != 1 {
		return nil, fmt.Errorf("the catalog lists the group %d times", len(list.Value))
	}
	return fields{
		"role": fields{
			"displayName": "Member", "originSystem": "AadGroup", "originId": "Member_" + group,
			"resource": fields{"id": list.Value[0].ID, "originId": group, "originSystem": "AadGroup"},
		},
		"scope": fields{"originSystem": "AadGroup", "originId": group, "isRootScope": true},
	}, nil
}

// offer makes a package with a policy that lets every member ask; somebody
// has to approve if an approver is named.
func (c *client) offer(ctx context.Context, catalog, name string, role fields, approver string) (offered, error) {
	var pkg, policy object
	if err := c.call(ctx, "POST", em+"/accessPackages", fields{
		"displayName": name, "description": "What " + name + " is for", "catalog": fields{"id": catalog},
	}, &pkg); err != nil {
		return offered{}, err
	}
	if err := c.call(ctx, "POST", em+"/accessPackages/"+pkg.ID+"/resourceRoleScopes", role, nil); err != nil {
		return offered{}, err
	}
	approval := fields{"isApprovalRequiredForAdd": false, "isApprovalRequiredForUpdate": false, "stages": []fields{}}
	if approver != "" {
		approval = fields{"isApprovalRequiredForAdd": true, "isApprovalRequiredForUpdate": false, "stages": []fields{{
			"durationBeforeAutomaticDenial": "P14D", "isApproverJustificationRequired": false, "isEscalationEnabled": false,
			"primaryApprovers": []fields{{"@odata.type": "#microsoft.graph.singleUser", "userId": approver}},
		}}}
	}
	err := c.call(ctx, "POST", em+"/assignmentPolicies", fields{
		"displayName": "Policy of " + name, "description": "", "accessPackage": fields{"id": pkg.ID},
		"allowedTargetScope": "allMemberUsers", "specificAllowedTargets": []fields{},
		"expiration":              fields{"type": "afterDuration", "duration": "P365D"},
		"requestorSettings":       fields{"enableTargetsToSelfAddAccess": true, "enableTargetsToSelfRemoveAccess": true},
		"requestApprovalSettings": approval,
	}, &policy)
	return offered{pkg.ID, policy.ID}, err
}
