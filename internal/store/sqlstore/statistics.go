package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
)

// sqliteStatistics are the figures by which SQLite's planner chooses between
// indexes: rows, and for each column of the index how many rows share one
// value of it and of those before it. They are those of a busy tenant.
//
// Without figures the planner takes the key of the table, which begins with
// the tenant like every index, for as good as any of them and walks through
// all rows. Figures gathered while the tables are small would be no better.
var sqliteStatistics = []struct{ table, index, figures string }{
	{"catalog", "catalog", "1000 1000 1"},
	{"catalog", "catalog_name", "1000 1000 1"},
	{"catalog", "catalog_unique_name", "500 500 1"},
	{"resource", "resource", "10000 10000 1"},
	{"resource", "resource_origin", "10000 10000 10 9 1"},
	{"resource", "resource_asks", "100 100 2"},
	{"upload_session", "upload_session", "1000 1000 1"},
	{"upload_session", "upload_session_resource", "1000 1000 10 1"},
	{"upload_content", "upload_content", "5000 5000 1"},
	{"upload_content", "upload_content_session", "5000 5000 5"},
	{"resource_request", "resource_request", "20000 20000 1"},
	{"resource_request", "resource_request_catalog", "20000 20000 20 1"},
	{"custom_extension", "custom_extension", "1000 1000 1"},
	{"custom_extension", "custom_extension_catalog", "1000 1000 3 1"},
	{"origin_connector", "origin_connector", "10 10 1"},
	{"package", "package", "10000 10000 1"},
	{"package", "package_name", "10000 10000 10 1"},
	{"package", "package_unique_name", "5000 5000 1"},
	{"package_incompatible", "package_incompatible", "10000 10000 5 1"},
	{"package_incompatible", "package_incompatible_other", "10000 10000 5"},
	{"package_barred_group", "package_barred_group", "1000 1000 2 1"},
	{"package_role", "package_role", "30000 30000 5 3 3 1"},
	{"package_role", "package_role_package", "30000 30000 3"},
	{"package_role", "package_role_scope", "30000 30000 2 1"},
	{"rule_stamp", "rule_stamp", "10 1"},
	{"incompatibility_exception", "incompatibility_exception", "10000 10000 1"},
	{"incompatibility_exception", "exception_package", "10000 10000 5 1"},
	{"incompatibility_exception", "exception_target", "10000 10000 2 1"},
	{"emergency_review", "emergency_review", "10000 10000 1"},
	{"emergency_review", "emergency_status", "10000 10000 2500 1"},
	{"emergency_review", "emergency_target", "10000 10000 3 1"},
	{"emergency_review", "emergency_package", "10000 10000 20 1"},
	{"policy_audience", "policy_audience", "50000 50000 20 2 1"},
	{"policy_audience", "policy_audience_policy", "50000 50000 3"},
	{"connected_organization", "connected_organization", "1000 1000 1"},
	{"connected_organization", "organization_name", "1000 1000 1 1"},
	{"organization_source", "organization_source", "1000 1000 1 1"},
	{"organization_source", "organization_source_of", "1000 1000 1"},
	{"organization_sponsor", "organization_sponsor", "2000 2000 5 3 1"},
	{"organization_sponsor", "organization_sponsor_of", "2000 2000 2"},
	{"policy_organization", "policy_organization", "2000 2000 2 1"},
	{"policy_organization", "policy_organization_of", "2000 2000 5"},
	{"policy", "policy", "20000 20000 1"},
	{"policy", "policy_package", "20000 20000 2 1"},
	{"policy", "policy_name", "20000 20000 10 1"},
	{"policy_extension", "policy_extension", "5000 5000 3 1"},
	{"policy_extension", "policy_extension_other", "5000 5000 10"},
	{"request", "request", "2000000 2000000 1"},
	{"request", "request_open", "10000 10000 2 1"},
	{"request", "request_target", "2000000 2000000 20 1"},
	{"request", "request_created_by", "2000000 2000000 20 1"},
	{"request", "request_requestor", "2000000 2000000 20 1"},
	{"request", "request_status", "2000000 2000000 200000 1"},
	{"request", "request_package", "2000000 2000000 2000 1"},
	{"request", "request_created", "2000000 2000000 1"},
	{"request", "request_due", "10000 10000 10 1"},
	{"approval", "approval", "1000000 1000000 1"},
	{"approval_asked", "approval_asked", "10000 10000 2000 50 50 1"},
	{"approval_asked", "approval_asked_approval", "10000 10000 2"},
	{"approval", "approval_target", "1000000 1000000 10 1"},
	{"approval_stage", "approval_stage", "2000000 2000000 2 1"},
	{"approval_stage", "approval_stage_status", "2000000 2000000 10000 1"},
	{"approval_past", "approval_past", "2000000 2000000 2000 1"},
	{"approval_past", "approval_past_approval", "2000000 2000000 2"},
	{"assignment", "assignment", "1000000 1000000 1"},
	{"assignment", "assignment_active", "800000 800000 10 1"},
	{"assignment", "assignment_package", "1000000 1000000 2000 1000 1"},
	{"assignment", "assignment_target", "1000000 1000000 10 1"},
	{"assignment", "assignment_catalog", "1000000 1000000 20000 10000 1"},
	{"assignment", "assignment_state", "1000000 1000000 250000 1"},
	{"assignment", "assignment_policy", "1000000 1000000 1000 500 1"},
	{"assignment", "assignment_due", "500000 500000 10 1"},
	{"tally", "tally", "20 20 10 1 1"},
	{"access_grant", "access_grant", "2000000 2000000 1"},
	{"access_grant", "grant_open", "1500000 1500000 15 15 1 1"},
	{"access_grant", "grant_subject", "2000000 2000000 20 1"},
	{"access_grant", "grant_status", "2000000 2000000 500000 1"},
	{"access_grant", "grant_role", "2000000 2000000 200 1"},
	{"grant_source", "grant_source", "2000000 2000000 2 1 1"},
	{"grant_source", "grant_source_grant", "2000000 2000000 2"},
	{"work", "work", "10 10 2 1"},
	{"work", "work_due", "10 10 2"},
	{"sent_once", "sent_once", "100000 100000 100 1"},
	{"sent_once", "sent_once_expires", "100000 100000 2"},
	{"notice", "notice", "20000 20000 1"},
	{"notice", "notice_due", "20000 20000 2 1"},
	{"errand", "errand", "1000 1000 1"},
	{"errand", "errand_due", "1000 1000 2 1"},
	{"subscription", "subscription", "1000 1000 1"},
	{"subscription", "subscription_owner", "1000 1000 10 1"},
	{"subscription_feed", "subscription_feed", "1000 1000 1"},
	{"subscription_feed", "subscription_feed_due", "1000 1000 2 1"},
	{"message", "message", "5000000 5000000 1"},
	{"message", "message_once", "5000000 5000000 2 2 1 1"},
	{"directory_object", "directory_object", "200000 200000 1"},
	{"directory_object", "object_principal_name", "150000 150000 1"},
	{"directory_object", "object_app_id", "10000 10000 5000 1"},
	{"directory_object", "object_kind", "190000 190000 50000 1"},
	{"directory_object", "object_deleted", "10000 10000 3000 1"},
	{"directory_object", "object_name", "200000 200000 50000 2 1"},
	{"directory_object", "object_mail", "150000 150000 1"},
	{"directory_object", "object_subject", "160000 160000 1"},
	{"directory_object", "object_external_mail", "1000 1000 1"},
	{"directory_object", "object_manager", "100000 100000 10"},
	{"user_sponsor", "user_sponsor", "10000 10000 20 1"},
	{"user_sponsor", "user_sponsor_user", "10000 10000 2"},
	{"guest", "guest", "10000 10000 1"},
	{"guest", "guest_due", "1000 1000 10 1"},
	{"tenant_settings", "tenant_settings", "10 1 1"},
	{"membership", "membership", "1000000 1000000 50 45 1"},
	{"membership", "membership_member", "1000000 1000000 10 9 1"},
	{"app_role_assignment", "app_role_assignment", "100000 100000 1"},
	{"app_role_assignment", "app_role_principal", "100000 100000 5 2 1"},
	{"app_role_assignment", "app_role_resource", "100000 100000 100 1"},
	{"role_assignment", "role_assignment", "10000 10000 1"},
	{"role_assignment", "role_assignment_key", "10000 10000 5 2 1 1"},
	{"role_assignment", "role_assignment_catalog", "10000 10000 5"},
	{"automatic_rollout", "automatic_rollout", "100 100 1"},
	{"automatic_rollout", "automatic_rollout_due", "100 100 2 1"},
	{"automatic_plan", "automatic_plan", "10000 10000 5000 5000 1"},
	{"automatic_touched", "automatic_touched", "1000 1000 1"},
	{"automatic_touched", "automatic_touched_due", "1000 1000 10 1"},
	{"audit", "audit", "10000000 10000000 1"},
	{"audit", "audit_object", "10000000 10000000 5 1"},
	{"audit", "audit_at", "10000000 10000000 3 1"},
	{"audit", "audit_action", "10000000 10000000 100000 3"},
	{"audit", "audit_actor", "4000000 4000000 100 1"},
	{"audit", "audit_actor_name", "10000000 10000000 200 3"},
	{"audit", "audit_actor_app", "4000000 4000000 40000 3"},
	{"version", "version", "5000000 5000000 3 3 1"},
}

// plant gives SQLite its statistics. What an operator gathered with ANALYZE
// stays.
func plant(ctx context.Context, db *sql.DB) error {
	c, err := db.Conn(ctx) // one connection: the last statement is for it alone
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := c.ExecContext(ctx, "ANALYZE sqlite_schema"); err != nil { // makes the table
		return fmt.Errorf("statistics: %w", err)
	}
	tx, err := c.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("statistics: %w", err)
	}
	defer tx.Rollback() // nothing to do once it is committed
	for _, s := range sqliteStatistics {
		// The key of a table is an index of its own, with a name that SQLite
		// gave it, unless the table is kept in the order of its key.
		_, err := tx.ExecContext(ctx, `INSERT INTO sqlite_stat1 (tbl, idx, stat) SELECT $1, name, $3 FROM (
				SELECT $2 AS name UNION ALL
				SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = $1 AND $1 = $2 AND name LIKE 'sqlite_autoindex_%')
			WHERE NOT EXISTS (SELECT 1 FROM sqlite_stat1 WHERE tbl = $1 AND idx = name)`, s.table, s.index, s.figures)
		if err != nil {
			return fmt.Errorf("statistics of %s: %w", s.index, err)
		}
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("statistics: %w", err)
	}
	if _, err := c.ExecContext(ctx, "ANALYZE sqlite_schema"); err != nil { // reads it
		return fmt.Errorf("statistics: %w", err)
	}
	return nil
}
