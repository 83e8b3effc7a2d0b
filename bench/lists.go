package main

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/grantkeep/grantkeep/bench/load"
)

// The company whose lists are measured, beside the assignments of -rows.
const (
	listPeople   = 100_000
	listPackages = 5000
)

// lists measures what people look at in a large company, over 8 connections.
func (p *product) lists(ctx context.Context, db string, duration time.Duration) error {
	const (
		most      = 60 * time.Millisecond
		mostCount = 100 * time.Millisecond
	)
	pkg, policy := p.people.free[0].id, p.people.free[0].policy
	const target = "01900001-0000-7000-8000-000000000007"
	page := func(path string, options ...string) string {
		q := url.Values{"$top": {"100"}}
		for i := 0; i < len(options); i += 2 {
			q.Set(options[i], options[i+1])
		}
		return path + "?" + q.Encode()
	}
	lists := []string{
		page(em+"/catalogs", "$filter", "state eq 'published'"),
		page(em + "/catalogs/" + p.people.catalog + "/resources"),
		page(em+"/accessPackages", "$filter", "catalog/id eq '"+p.people.catalog+"'", "$expand", "catalog"),
		page(em+"/accessPackages", "$expand", "assignmentPolicies,resourceRoleScopes($expand=role,scope)"),
		page(em+"/accessPackages", "$filter", "contains(displayName,'ee 12')"),
		page(em+"/accessPackages", "$filter", "displayName eq 'Free 7'"),
		page(em+"/assignmentPolicies", "$filter", "accessPackage/id eq '"+pkg+"'", "$expand", "accessPackage"),
		page(em+"/assignmentPolicies", "$expand", "accessPackage,catalog"),
		page(em+"/assignments", "$filter", "state eq 'delivered'", "$expand", "target,accessPackage"),
		page(em+"/assignments", "$filter", "accessPackage/id eq '"+pkg+"' and state eq 'delivered'", "$expand", "target,assignmentPolicy"),
		page(em+"/assignments", "$filter", "target/objectId eq '"+target+"'", "$expand", "accessPackage,assignmentPolicy"),
		page(em+"/assignments", "$filter", "assignmentPolicy/id eq '"+policy+"'", "$expand", "target"),
		page(em+"/assignmentRequests", "$filter", "state eq 'delivered'", "$expand", "accessPackage,requestor,assignment($expand=target)"),
		page(em+"/assignmentRequests", "$orderby", "createdDateTime desc", "$expand", "accessPackage,requestor"),
		page(em+"/assignmentRequests", "$filter", "accessPackage/id eq '"+pkg+"'", "$expand", "requestor"),
		page(em+"/assignmentRequests", "$filter", "requestor/objectId eq '"+target+"'", "$expand", "accessPackage"),
		page("/beta/identityGovernance/entitlementManagement/accessPackageAssignmentResourceRoles", "$expand", "accessPackageSubject,accessPackageResourceRole"),
		page("/v1.0/users", "$filter", "startswith(displayName,'target12')"),
		page("/v1.0/groups/" + p.people.given.group + "/members"),
	}
	counts := []string{
		em + "/assignments/$count?" + url.Values{"$filter": {"accessPackage/id eq '" + pkg + "'"}}.Encode(),
		em + "/assignments/$count?" + url.Values{"$filter": {"target/objectId eq '" + target + "'"}}.Encode(),
		em + "/assignments/$count?" + url.Values{"$filter": {"state eq 'delivered'"}}.Encode(),
		em + "/assignmentRequests/$count?" + url.Values{"$filter": {"accessPackage/id eq '" + pkg + "'"}}.Encode(),
	}
	fmt.Printf("\n%s: lists of %d assignments, %d people and %d packages, 8 connections, p50 and p99\n", db, p.rows, listPeople, listPackages)
	for i, path := range append(lists, counts...) {
		if err := ctx.Err(); err != nil {
			return err
		}
		limit := most
		if i >= len(lists) {
			limit = mostCount
		}
		res, err := load.Run(load.Plan{
			Addr: p.addr, Conns: 8, Duration: duration,
			Next: func(_ int, buf []byte) []byte { return raw(buf, "GET", p.addr, path, p.graph.token, "") },
		})
		if err != nil {
			return err
		}
		if res.Errors > 0 || res.Requests == 0 {
			return fmt.Errorf("%s: %d answers, %d errors, such as: %s", path, res.Requests, res.Errors, res.Example)
		}
		shown, err := url.QueryUnescape(strings.TrimPrefix(path, em))
		if err != nil {
			return err
		}
		fmt.Printf("%8s %8s  %-14s %s\n", short(res.P50), short(res.P99), reached("≤ "+limit.String(), res.P99 <= limit), shown)
	}
	return nil
}
